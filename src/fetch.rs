//! One conditional request to a feed's server, under limits and behind the address guard.
//!
//! The client asks for nothing but public addresses (and those the operator allows), follows at most
//! five redirects by itself, inflates in small steps under caps, and hands validators on byte for
//! byte. An answer that is cut off or cannot be decoded is a failure: it never brings new validators.

mod body;
mod client;
mod error;
mod guard;
mod headers;
mod redirect;
mod resolve;
mod room;
mod settings;

pub use client::{Answer, Client, Credentials, Request};
pub use error::{FailureReason, FetchError, Limit};
pub use guard::{Guard, Refusal};
pub use room::{Room, Taken};
pub use settings::{Fetch, Limits, RawFetch};

#[cfg(test)]
mod tests;
