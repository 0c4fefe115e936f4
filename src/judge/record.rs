//! The stored form of memory: the records of the article-state topic.
//!
//! A key is an article's id, `position`, `lane` or `left:` and a feed's id; a value is JSON with
//! `v`. Unknown fields are ignored, a higher `v` is an error of its own: a later version wrote it.

mod form;

use crate::article::{ArticleId, FeedId};

use super::memory::Change;
use super::position::Position;

/// The version of the values that this code writes, and the highest that it reads.
pub const VERSION: u32 = 1;

const POSITION: &str = "position";
const LANE: &str = "lane";
const LEFT: &str = "left:";

/// One record of article-state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is about.
    pub key: String,
    /// JSON; none is a tombstone.
    pub value: Option<Vec<u8>>,
}

/// What a record of article-state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A change of memory.
    Change(Change),
    /// An article was taken out.
    Gone(ArticleId),
    /// The last item judged.
    Position(Position),
    /// A lane began.
    Lane(Lane),
    /// A key of a later version, or a tombstone of what does not go.
    Unknown,
}

/// The beginning of a lane: one assignment of the judge's partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// Rises by one with each lane.
    pub number: u64,
    /// The offset of the last item judged when it began.
    pub position: Option<i64>,
}

/// A record that cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A later version wrote it: this one must not judge.
    #[error("the record `{key}` has version {version}, this program reads up to {VERSION}")]
    LaterVersion {
        /// The record's key.
        key: String,
        /// Its version.
        version: u32,
    },
    /// It is damaged.
    #[error("the record `{key}` cannot be read")]
    Malformed {
        /// The record's key.
        key: String,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
}

/// The record of a change.
pub fn of_change(change: &Change) -> Record {
    match change {
        Change::Article(known) => Record { key: known.id.to_string(), value: Some(form::article(known)) },
        Change::Left { feed, since_ms } => Record { key: left_key(*feed), value: Some(form::left(*since_ms)) },
        Change::Back(feed) => Record { key: left_key(*feed), value: None },
    }
}

/// The record of a position.
pub fn of_position(position: &Position) -> Record {
    Record { key: POSITION.to_owned(), value: Some(form::position(position)) }
}

/// The record of a lane's beginning.
pub fn of_lane(lane: &Lane) -> Record {
    Record { key: LANE.to_owned(), value: Some(form::lane(lane)) }
}

/// Reads a record.
pub fn read(key: &[u8], value: Option<&[u8]>) -> Result<Stored, RecordError> {
    let key = String::from_utf8_lossy(key);
    if let Ok(id) = key.parse::<ArticleId>() {
        return match value {
            Some(value) => form::read(&key, value, |value| form::read_article(id, value)).map(Stored::Change),
            None => Ok(Stored::Gone(id)),
        };
    }
    if let Some(feed) = key.strip_prefix(LEFT).and_then(|feed| feed.parse::<FeedId>().ok()) {
        return match value {
            Some(value) => form::read(&key, value, |value| form::read_left(feed, value)).map(Stored::Change),
            None => Ok(Stored::Change(Change::Back(feed))),
        };
    }
    match (key.as_ref(), value) {
        (POSITION, Some(value)) => form::read(&key, value, form::read_position).map(Stored::Position),
        (LANE, Some(value)) => form::read(&key, value, form::read_lane).map(Stored::Lane),
        _ => Ok(Stored::Unknown),
    }
}

fn left_key(feed: FeedId) -> String {
    format!("{LEFT}{feed}")
}

#[cfg(test)]
pub(super) mod samples;

#[cfg(test)]
mod tests;
