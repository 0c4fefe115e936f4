//! `news.feed.*`: what happened to a feed. Gatherers send these at least once.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::article::FeedFacts;
use super::cloud::{Contract, Envelope};
use super::{ComposeError, EventType, Message};
use crate::article::{Digest, EventId, FeedLabels, Order};

/// What happened to a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedNews {
    /// The server says for good that it stands elsewhere.
    Moved {
        /// Its new address, without secrets.
        to: String,
    },
    /// The server says that it has ended.
    Gone {
        /// HTTP status.
        status: u16,
    },
    /// It could not be polled several times in a row.
    Failing {
        /// Why the last poll failed, from the fetcher's closed set.
        reason: &'static str,
        /// Failed polls in a row.
        failures: u32,
        /// When the first of them failed.
        since: DateTime<Utc>,
    },
    /// It answers again.
    Recovered {
        /// Failed polls in a row before this one.
        failures: u32,
        /// When the first of them failed.
        since: DateTime<Utc>,
    },
}

impl FeedNews {
    const fn event_type(&self) -> EventType {
        match self {
            FeedNews::Moved { .. } => EventType::FeedMoved,
            FeedNews::Gone { .. } => EventType::FeedGone,
            FeedNews::Failing { .. } => EventType::FeedFailing,
            FeedNews::Recovered { .. } => EventType::FeedRecovered,
        }
    }
}

/// A feed event as published. The order of the fields is the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedEvent {
    /// A function of feed, type and the poll that found it.
    pub event_id: EventId,
    /// `news.feed.moved`, `.gone`, `.failing` or `.recovered`.
    #[schemars(schema_with = "feed_types")]
    pub event_type: EventType,
    /// When it was found.
    pub event_time: DateTime<Utc>,
    /// The feed; its id is also the record's key.
    pub feed: FeedFacts,
    /// The poll that found it.
    pub order: Order,
    /// The new address of a feed that moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The HTTP status of a feed that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why the last poll of a failing feed failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Failed polls in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<u32>,
    /// When the first of them failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

impl FeedEvent {
    /// The event of what a poll found out about its feed.
    pub fn new(news: FeedNews, feed: &FeedLabels, order: Order, event_time: DateTime<Utc>) -> FeedEvent {
        let event_type = news.event_type();
        let poll = format!("{}/{}", order.epoch, order.poll);
        let parts = [feed.id.to_string(), event_type.as_str().to_owned(), poll];
        let mut event = FeedEvent {
            event_id: EventId(Digest::of("event", parts.iter().map(String::as_bytes))),
            event_type,
            event_time,
            feed: FeedFacts::from(feed),
            order,
            to: None,
            status: None,
            reason: None,
            failures: None,
            since: None,
        };
        match news {
            FeedNews::Moved { to } => event.to = Some(to),
            FeedNews::Gone { status } => event.status = Some(status),
            FeedNews::Failing { reason, failures, since } => {
                event.reason = Some(reason.to_owned());
                (event.failures, event.since) = (Some(failures), Some(since));
            }
            FeedNews::Recovered { failures, since } => (event.failures, event.since) = (Some(failures), Some(since)),
        }
        event
    }

    /// The record of this event.
    pub fn into_message(self) -> Result<Message, ComposeError> {
        let envelope = Envelope {
            id: self.event_id,
            kind: self.event_type,
            time: self.event_time,
            source: format!("/feeds/{}", self.feed.id),
            subject: self.feed.id.to_string(),
            sequence: None,
            language: None,
            contract: Contract::FeedEvent,
        };
        Ok(envelope.message(serde_json::to_vec(&self)?))
    }
}

fn feed_types(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let types = [EventType::FeedMoved, EventType::FeedGone, EventType::FeedFailing, EventType::FeedRecovered]
        .map(EventType::as_str);
    schemars::json_schema!({ "type": "string", "enum": types })
}
