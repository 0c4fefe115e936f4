//! The whole configuration: read, checked once, all faults together.
