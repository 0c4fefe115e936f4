//! New, revised or duplicate: (memory, item) to verdict and changes.
