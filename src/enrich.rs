//! What is added to a normalised article; one file per enrichment.
