//! An observation: one sighting of an item in a feed, with all that the judge needs to decide.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AliasKey, Article, FeedId, Item, ItemId, SourceDigest};

/// What one poll of a feed found: the raw item, the article made of it, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// The feed it was seen in, with the operator's labels as they were at fetch time.
    pub feed: FeedLabels,
    /// The item's name within its feed.
    pub item_id: ItemId,
    /// By what the article can be found again.
    pub aliases: Aliases,
    /// Digest of the raw fields.
    pub source_digest: SourceDigest,
    /// Which sighting is newer; no clock of ours decides that.
    pub order: Order,
    /// Where the text came from; like is compared with like.
    pub origin: Origin,
    /// Whether this is the feed's first poll, and what the backlog rule says then.
    pub showing: Showing,
    /// The feed showed this item before, with another digest.
    #[serde(default)]
    pub shown_before: bool,
    /// The poll that found it.
    pub fetch: Fetched,
    /// The fields as parsed, from which it can be judged again.
    pub item: Item,
    /// What normalising and enriching made of them.
    pub article: Article,
}

/// What the operator says about a feed and what its document says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedLabels {
    /// The feed's id.
    pub id: FeedId,
    /// The document's own title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The feed's current address, without user info and without secrets in its query.
    pub url: String,
    /// The publisher, as the operator names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// BCP 47, as the operator says, else as the document declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The operator's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Registrable domains that are this feed's own: its address's and that of the site it declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_domains: Vec<String>,
}

/// By what an article is found again; each is stored, and looked up in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Aliases {
    /// Feed and guid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub g: Option<AliasKey>,
    /// Canonical URL, unless it is the site's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub u: Option<AliasKey>,
    /// Feed, title and the item's own day; where a document's items share all, the content hash too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t: Option<AliasKey>,
}

/// Which of two sightings of an item by one feed is newer: the owner's epoch, then its poll counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Rises with every claim of the feed's partition.
    pub epoch: u64,
    /// Rises with every poll of this claim.
    pub poll: u64,
}

/// Where a text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The feed's own document.
    Feed,
}

/// How an item stands to the feed's first poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Showing {
    /// Found after the first poll.
    Live,
    /// Found at the first poll, to be published.
    Backlog,
    /// Found at the first poll, held by the backlog rule: remembered, not published.
    BacklogHeld,
}

/// The poll that found an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fetched {
    /// When the answer had been read, by the gatherer's clock.
    pub time: DateTime<Utc>,
    /// HTTP status.
    pub status: u16,
}
