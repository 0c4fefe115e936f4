//! The records of the items topic: what gatherers tell the judge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ComposeError, Message, size};
use crate::article::{FeedId, Observation};

/// The major version that this build writes and reads.
const VERSION: u32 = 1;

/// One record of the items topic. Its key is the feed's id.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemRecord {
    /// A feed showed an item.
    Observed(Box<Observation>),
    /// A feed is no longer polled, or gives no good answer any more: it leads nothing.
    Left(FeedId),
    /// A feed that had left is back.
    Back(FeedId),
}

/// Why a record of the items topic could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A newer build wrote it: it must wait for a judge that understands it.
    #[error("the record has version `{0}`, this build reads version {VERSION}")]
    Newer(u32),
    /// A newer build wrote it: its kind is unknown here.
    #[error("the record is of the unknown kind `{0}`")]
    UnknownKind(String),
    /// It is not what it says it is; waiting does not help.
    #[error("the record is not readable")]
    Malformed(#[from] serde_json::Error),
}

/// The form of a record that tells of an item.
#[derive(Serialize, JsonSchema)]
pub(super) struct ObservedForm<'a> {
    #[schemars(range(min = 1, max = 1))]
    v: u32,
    #[schemars(extend("const" = "observed"))]
    kind: &'a str,
    #[serde(flatten)]
    observation: &'a Observation,
}

/// The form of a record that tells of a feed.
#[derive(Serialize, JsonSchema)]
pub(super) struct FeedForm<'a> {
    #[schemars(range(min = 1, max = 1))]
    v: u32,
    #[schemars(extend("enum" = ["left", "back"]))]
    kind: &'a str,
    feed: FeedId,
}

/// What says how the rest is to be read.
#[derive(Deserialize)]
struct Head {
    v: u32,
    kind: String,
}

#[derive(Deserialize)]
struct FeedOnly {
    feed: FeedId,
}

impl ItemRecord {
    /// Reads a record; unknown fields are ignored.
    pub fn decode(value: &[u8]) -> Result<ItemRecord, DecodeError> {
        let head: Head = serde_json::from_slice(value)?;
        if head.v > VERSION {
            return Err(DecodeError::Newer(head.v));
        }
        let feed = || serde_json::from_slice(value).map(|FeedOnly { feed }| feed);
        match head.kind.as_str() {
            "observed" => Ok(ItemRecord::Observed(serde_json::from_slice(value)?)),
            "left" => Ok(ItemRecord::Left(feed()?)),
            "back" => Ok(ItemRecord::Back(feed()?)),
            unknown => Err(DecodeError::UnknownKind(unknown.chars().take(40).collect())),
        }
    }

    /// The feed that the record is about.
    pub fn feed(&self) -> FeedId {
        match self {
            ItemRecord::Observed(observation) => observation.feed.id,
            ItemRecord::Left(feed) | ItemRecord::Back(feed) => *feed,
        }
    }

    /// The record, in at most `bytes_max` bytes: raw texts go first, then blocks, then the body ends early.
    pub fn message(mut self, bytes_max: usize) -> Result<Message, ComposeError> {
        if let ItemRecord::Observed(observation) = &mut self {
            size::shrink(observation, bytes_max, |observation| Ok(observed(observation)?.bytes()))?;
        }
        match &self {
            ItemRecord::Observed(observation) => observed(observation),
            ItemRecord::Left(feed) => about("left", *feed),
            ItemRecord::Back(feed) => about("back", *feed),
        }
    }
}

fn observed(observation: &Observation) -> Result<Message, ComposeError> {
    let value = serde_json::to_vec(&ObservedForm { v: VERSION, kind: "observed", observation })?;
    Ok(Message { key: observation.feed.id.to_string().into_bytes(), headers: Vec::new(), value })
}

fn about(kind: &str, feed: FeedId) -> Result<Message, ComposeError> {
    let value = serde_json::to_vec(&FeedForm { v: VERSION, kind, feed })?;
    Ok(Message { key: feed.to_string().into_bytes(), headers: Vec::new(), value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::{digest, observation};

    #[test]
    fn every_kind_reads_back() {
        let feed = FeedId(digest("feed"));
        for record in [ItemRecord::Observed(Box::new(observation())), ItemRecord::Left(feed), ItemRecord::Back(feed)] {
            let message = record.clone().message(usize::MAX).unwrap();
            assert_eq!(message.key, feed.to_string().into_bytes());
            assert_eq!((record.feed(), ItemRecord::decode(&message.value).unwrap()), (feed, record));
        }
    }

    #[test]
    fn what_a_newer_build_wrote_is_told_from_what_is_broken() {
        let decode = |text: &str| ItemRecord::decode(text.as_bytes());
        assert!(matches!(decode(r#"{"v":2,"kind":"left","other":1}"#), Err(DecodeError::Newer(2))));
        assert!(
            matches!(decode(r#"{"v":1,"kind":"withdraw"}"#), Err(DecodeError::UnknownKind(kind)) if kind == "withdraw")
        );
        for broken in ["", "{}", r#"{"v":1}"#, r#"{"v":1,"kind":"left"}"#, r#"{"v":1,"kind":"observed"}"#] {
            assert!(matches!(decode(broken), Err(DecodeError::Malformed(_))), "{broken}");
        }
        let feed = FeedId(digest("feed"));
        let text = format!(r#"{{"kind":"back","later":[1],"feed":"{feed}","v":1}}"#);
        assert_eq!(decode(&text).unwrap(), ItemRecord::Back(feed));
    }
}
