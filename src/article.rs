//! The nouns of the trade: what a feed shows, what we make of it, and the ids that name both.
//!
//! These types are the vocabulary of the published contract (see [`crate::event`]), so they
//! carry their JSON form with them. Everything here is plain data: no I/O, no clock.

mod digest;
mod item;
mod observation;
mod relation;
mod text;

pub use digest::{AliasKey, ArticleId, ContentHash, Digest, EventId, FeedId, ItemId, SourceDigest, TextHash};
pub use item::{Enclosure, Image, Item, Text, TextKind};
pub use observation::{Aliases, FeedLabels, Fetched, Observation, Order, Origin, Showing};
pub use relation::{Evidence, RevisionReason};
pub use text::{Article, Block, Fact, Links, Role};
