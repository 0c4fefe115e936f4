//! `news.article.duplicated`: the same article or text in a further feed; light, without its text.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::article::{FeedFacts, FetchFacts, JudgeFacts};
use super::cloud::{Contract, Envelope};
use super::{ComposeError, EventType, Message, Stamp, event_id, said};
use crate::article::{ArticleId, ContentHash, EventId, Evidence, FeedId, Links, Observation};

/// What the judge decided about an item that a further feed carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The article that was published already.
    pub of: ArticleId,
    /// Its newest revision at that time.
    pub revision: u32,
    /// The feed whose version stands.
    pub lead: FeedId,
    /// By what they were found to be the same.
    pub evidence: Evidence,
    /// Dated before the window, or found at the feed's first poll.
    pub backlog: bool,
}

/// A duplicate as published. The order of the fields is the order of the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateEvent {
    /// A function of article, revision, type, content hash, feed and item.
    pub event_id: EventId,
    /// `news.article.duplicated`.
    #[schemars(schema_with = "duplicate_types")]
    pub event_type: EventType,
    /// When it was decided.
    pub event_time: DateTime<Utc>,
    /// The article of which this is a duplicate; also the record's key.
    pub of: ArticleId,
    /// The newest revision of that article at this time.
    #[schemars(range(min = 1))]
    pub revision: u32,
    /// The feed whose version of that article stands.
    pub lead: FeedId,
    /// The headline as this feed gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// When it first appeared, by this publisher's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<DateTime<Utc>>,
    /// When it last changed, by this publisher's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<DateTime<Utc>>,
    /// BCP 47 tag of its main language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where this feed's version can be read.
    #[serde(default, skip_serializing_if = "super::no_links")]
    pub links: Links,
    /// This publisher's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    /// The feed that carries it too.
    pub feed: FeedFacts,
    /// The poll that found it.
    pub fetch: FetchFacts,
    /// Over this feed's headline and body; written `version:hex`.
    pub content_hash: ContentHash,
    /// Version of the normaliser that made the hash.
    pub normaliser: u16,
    /// Found at the feed's first poll, or dated before the window; left out when it is news.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backlog: bool,
    /// By what they were found to be the same.
    pub evidence: Evidence,
    /// `judge` is for our own use.
    pub provenance: DuplicateProvenance,
}

/// What the judge needs to remember a duplicate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateProvenance {
    /// From this the judge's memory can be made anew.
    pub judge: JudgeFacts,
}

impl DuplicateEvent {
    /// The event of an item that a further feed carries.
    pub fn new(carried: Carried, observation: &Observation, stamp: Stamp) -> DuplicateEvent {
        let article = &observation.article;
        let event_type = EventType::Duplicated;
        let place = Some((observation.feed.id, observation.item_id));
        DuplicateEvent {
            event_id: event_id(carried.of, carried.revision, event_type, article.content_hash, place),
            event_type,
            event_time: stamp.event_time,
            of: carried.of,
            revision: carried.revision,
            lead: carried.lead,
            headline: said(article.headline.as_ref()),
            published: article.published,
            updated: article.updated,
            language: said(article.language.as_ref()),
            links: article.links.clone(),
            guid: said(article.guid.as_ref()),
            feed: FeedFacts::from(&observation.feed),
            fetch: FetchFacts::of(&observation.fetch, observation.origin),
            content_hash: article.content_hash,
            normaliser: article.content_hash.version,
            backlog: carried.backlog,
            evidence: carried.evidence,
            provenance: DuplicateProvenance { judge: JudgeFacts::of(observation, stamp) },
        }
    }

    /// The record of this event, in at most `bytes_max` bytes.
    pub fn into_message(self, bytes_max: usize) -> Result<Message, ComposeError> {
        let envelope = Envelope {
            id: self.event_id,
            kind: self.event_type,
            time: self.event_time,
            source: format!("/feeds/{}", self.feed.id),
            subject: self.of.to_string(),
            sequence: None,
            language: self.language.as_deref(),
            contract: Contract::Duplicate,
        };
        let message = envelope.message(serde_json::to_vec(&self)?);
        let bytes = message.bytes();
        if bytes <= bytes_max { Ok(message) } else { Err(ComposeError::TooLarge { bytes, max: bytes_max }) }
    }
}

fn duplicate_types(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "const": EventType::Duplicated.as_str() })
}
