//! The published contract: CloudEvents, JSON Schema, field by field.
//!
//! Every event is a [`Message`]: a CloudEvent in binary mode, its attributes in the headers and
//! its data as JSON in the value. The value repeats `event_id`, `event_type` and `event_time`, in
//! that order and before all other keys, so that it is enough alone. What is absent is left out:
//! there are no nulls and no empty strings. Times are RFC 3339 in UTC. Within a major version
//! fields are only added.

mod article;
mod cloud;
mod dead_letter;
mod duplicate;
mod feed_event;
mod item_record;
mod publication;
pub mod schema;
mod size;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::article::{ArticleId, ContentHash, Digest, EventId, FeedId, ItemId, Links};

pub use crate::article::{Evidence, RevisionReason};
pub use article::{
    ArticleEvent, Change, FeedFacts, FetchFacts, History, JudgeFacts, Naming, NormalisedArticle, Provenance, TextPart,
    Truncated,
};
pub use cloud::{Contract, structured};
pub use dead_letter::{Cause, DeadLetter, DeadReason, RecordPlace, Stage};
pub use duplicate::{Carried, DuplicateEvent};
pub use feed_event::{FeedEvent, FeedNews};
pub use item_record::{DecodeError, ItemRecord};
pub use publication::compose;

/// One Kafka record, before it has a topic and a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// What the record is about; records of one key keep their order.
    pub key: Vec<u8>,
    /// CloudEvents attributes; none on the items topic.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The data, as JSON.
    pub value: Vec<u8>,
}

impl Message {
    /// What a record costs beside its bytes: the batch header (61 bytes) and lengths as varints, rounded up.
    const FRAME_BYTES: usize = 128;
    /// Two lengths as varints.
    const HEADER_FRAME_BYTES: usize = 10;

    /// An upper bound of what the broker counts against `max.message.bytes` when nothing is compressed.
    pub fn bytes(&self) -> usize {
        let header = |(name, value): &(String, Vec<u8>)| name.len() + value.len() + Message::HEADER_FRAME_BYTES;
        let headers: usize = self.headers.iter().map(header).sum();
        Message::FRAME_BYTES + self.key.len() + headers + self.value.len()
    }
}

/// When, and at which item, the judge decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When it was decided; never goes back within a lane.
    pub event_time: DateTime<Utc>,
    /// Offset of the item in the items topic.
    pub offset: i64,
}

/// Why an event could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// It does not fit, even without its text.
    #[error("`{bytes}` bytes are left where `{max}` fit")]
    TooLarge {
        /// What remains after all that may be cut is cut.
        bytes: usize,
        /// What fits.
        max: usize,
    },
    /// It has no JSON form.
    #[error("could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// What an event says has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum EventType {
    /// An article was published for the first time.
    #[serde(rename = "news.article.created")]
    Created,
    /// A published article has another text now.
    #[serde(rename = "news.article.revised")]
    Revised,
    /// A further feed carries a published article or its text.
    #[serde(rename = "news.article.duplicated")]
    Duplicated,
    /// A feed has another address.
    #[serde(rename = "news.feed.moved")]
    FeedMoved,
    /// A feed says that it has ended.
    #[serde(rename = "news.feed.gone")]
    FeedGone,
    /// A feed could not be polled for a while.
    #[serde(rename = "news.feed.failing")]
    FeedFailing,
    /// A failing feed answers again.
    #[serde(rename = "news.feed.recovered")]
    FeedRecovered,
    /// Something could not be processed.
    #[serde(rename = "news.dead_letter")]
    DeadLetter,
}

impl EventType {
    /// Every type.
    pub const ALL: &[EventType] = &[
        EventType::Created,
        EventType::Revised,
        EventType::Duplicated,
        EventType::FeedMoved,
        EventType::FeedGone,
        EventType::FeedFailing,
        EventType::FeedRecovered,
        EventType::DeadLetter,
    ];

    /// The type as it stands in `ce_type` and `event_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            EventType::Created => "news.article.created",
            EventType::Revised => "news.article.revised",
            EventType::Duplicated => "news.article.duplicated",
            EventType::FeedMoved => "news.feed.moved",
            EventType::FeedGone => "news.feed.gone",
            EventType::FeedFailing => "news.feed.failing",
            EventType::FeedRecovered => "news.feed.recovered",
            EventType::DeadLetter => "news.dead_letter",
        }
    }
}

/// The id of an article's or duplicate's event, a function of what the event says.
///
/// The first 128 bits of BLAKE3 over the word `event` and the parts in this order, each as the text that
/// stands in the event and with its length before it (eight bytes, little endian): article id, revision
/// in decimal, event type, content hash, and for a duplicate its feed and its item.
pub fn event_id(
    article: ArticleId,
    revision: u32,
    kind: EventType,
    content: ContentHash,
    carried: Option<(FeedId, ItemId)>,
) -> EventId {
    let mut parts = vec![article.to_string(), revision.to_string(), kind.as_str().to_owned(), content.to_string()];
    parts.extend(carried.into_iter().flat_map(|(feed, item)| [feed.to_string(), item.to_string()]));
    EventId(Digest::of("event", parts.iter().map(String::as_bytes)))
}

/// A time as it stands in headers: the same text as in the value.
fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A text, unless it is empty: absent is absent.
fn said(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// The texts that are not empty.
fn all_said(texts: &[String]) -> Vec<String> {
    texts.iter().filter(|text| !text.is_empty()).cloned().collect()
}

/// Whether an article has no address at all.
fn no_links(links: &Links) -> bool {
    *links == Links::default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::article::{
        AliasKey, Aliases, Article, Block, Fact, FeedLabels, Fetched, Image, Item, Observation, Order, Origin, Role,
        Showing, SourceDigest, Text, TextHash, TextKind,
    };

    pub(crate) fn digest(name: &str) -> Digest {
        Digest::of("test", [name.as_bytes()])
    }

    pub(crate) fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn block(role: Role, text: &str) -> Block {
        Block {
            role,
            text: text.to_owned(),
            language: None,
            confidence: Some(0.8),
            reason: Some("p element".to_owned()),
        }
    }

    pub(crate) fn article() -> Article {
        Article {
            headline: Some("Le pont rouvre lundi".to_owned()),
            standfirst: Some("Après deux ans de travaux.".to_owned()),
            blocks: vec![
                block(Role::Paragraph, "Le pont du bourg rouvre \"enfin\"."),
                block(Role::Caption, "Le pont, vu du quai."),
                block(Role::Paragraph, "La mairie attend\tmille passages par jour."),
            ],
            authors: vec!["Ana Petit".to_owned(), String::new()],
            images: vec![Image { url: "https://news.example/p.jpg".to_owned(), caption: None, credit: None }],
            published: Some(time("2026-03-01T06:00:00Z")),
            updated: None,
            language: Some("fr".to_owned()),
            words: 21,
            links: Links {
                found: Some("https://news.example/pont?utm_source=rss".to_owned()),
                landed: None,
                canonical: Some("https://news.example/pont".to_owned()),
            },
            guid: Some("pont-1".to_owned()),
            content_hash: ContentHash { version: 1, digest: digest("content") },
            text_hash: TextHash { version: 16, digest: digest("text") },
            provenance: [("language".to_owned(), Fact { source: "feed.language".to_owned(), ..Fact::default() })]
                .into(),
        }
    }

    pub(crate) fn observation() -> Observation {
        Observation {
            feed: FeedLabels {
                id: FeedId(digest("feed")),
                title: Some(String::new()),
                url: "https://news.example/rss".to_owned(),
                publisher: Some("The Example".to_owned()),
                country: Some("FR".to_owned()),
                language: None,
                tags: vec!["local".to_owned()],
                own_domains: vec!["news.example".to_owned()],
            },
            item_id: ItemId(digest("item")),
            aliases: Aliases { g: Some(AliasKey(digest("g"))), u: Some(AliasKey(digest("u"))), t: None },
            source_digest: SourceDigest(digest("source")),
            order: Order { epoch: 7, poll: 3 },
            origin: Origin::Feed,
            showing: Showing::Live,
            shown_before: false,
            fetch: Fetched { time: time("2026-03-01T06:05:00Z"), status: 200 },
            item: Item {
                guid: Some("pont-1".to_owned()),
                content: Some(Text { kind: TextKind::Html, value: "<p>Le pont</p>".to_owned() }),
                ..Item::default()
            },
            article: article(),
        }
    }

    pub(crate) const STAMP_TIME: &str = "2026-03-01T06:05:01.250Z";

    pub(crate) fn stamp() -> Stamp {
        Stamp { event_time: time(STAMP_TIME), offset: 42 }
    }

    /// Fails on a null or an empty string anywhere.
    #[track_caller]
    pub(crate) fn check_nothing_empty(value: &serde_json::Value) {
        match value {
            serde_json::Value::Null => panic!("a null"),
            serde_json::Value::String(text) => assert!(!text.is_empty(), "an empty string"),
            serde_json::Value::Array(values) => values.iter().for_each(check_nothing_empty),
            serde_json::Value::Object(fields) => fields.values().for_each(check_nothing_empty),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
        }
    }

    #[test]
    fn types_are_written_as_they_are_named() {
        for kind in EventType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }

    #[test]
    fn event_ids_differ_where_events_do() {
        let article = ArticleId(digest("a"));
        let hash = ContentHash { version: 1, digest: digest("h") };
        let other = ContentHash { version: 2, ..hash };
        let carried = (FeedId(digest("f")), ItemId(digest("i")));
        let ids = [
            event_id(article, 1, EventType::Created, hash, None),
            event_id(article, 2, EventType::Revised, hash, None),
            event_id(article, 2, EventType::Revised, other, None),
            event_id(article, 2, EventType::Duplicated, hash, Some(carried)),
            event_id(article, 2, EventType::Duplicated, hash, Some((carried.0, ItemId(digest("j"))))),
        ];
        assert_eq!(std::collections::BTreeSet::from(ids).len(), ids.len());
    }

    /// Consumers check and drop events by this id, so the same words must give the same id for ever.
    #[test]
    fn event_ids_never_change() {
        let zeros = Digest::from_bytes([0; 16]);
        let hash = ContentHash { version: 1, digest: zeros };
        let id = event_id(ArticleId(zeros), 1, EventType::Created, hash, None);
        assert_eq!(id.to_string(), "312e402220a8cfb6bcc2203d99f3c958");
        let carried = Some((FeedId(zeros), ItemId(zeros)));
        let id = event_id(ArticleId(zeros), 1, EventType::Duplicated, hash, carried);
        assert_eq!(id.to_string(), "8fa2dd791168bb6dd7b95ab906785819");
    }
}
