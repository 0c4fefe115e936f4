//! The HTTP client: address guard, limits, validators.
