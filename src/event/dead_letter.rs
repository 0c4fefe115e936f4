//! `news.dead_letter`: what could not be processed, with the reason and as much of it as fits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cloud::{Contract, Envelope};
use super::{ComposeError, EventType, Message, size};
use crate::article::{Digest, EventId, FeedId};

/// Where processing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading a feed document.
    Parse,
    /// Making an article of an item.
    Normalise,
    /// Writing an item to Kafka.
    Gather,
    /// Deciding about an item and publishing it.
    Judge,
}

impl Stage {
    /// Every stage.
    pub const ALL: &[Stage] = &[Stage::Parse, Stage::Normalise, Stage::Gather, Stage::Judge];

    /// The stage as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Parse => "parse",
            Stage::Normalise => "normalise",
            Stage::Gather => "gather",
            Stage::Judge => "judge",
        }
    }
}

/// Why something could not be processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadReason {
    /// The code panicked on it.
    Panicked,
    /// A poll began twice and never ended: its document may take the process down.
    NeverEnded,
    /// It is larger than a record may be, also without its text.
    TooLarge,
    /// The broker says that the record itself is invalid.
    Refused,
    /// The record is not what its kind says.
    Unreadable,
}

impl DeadReason {
    /// Every reason.
    pub const ALL: &[DeadReason] = &[
        DeadReason::Panicked,
        DeadReason::NeverEnded,
        DeadReason::TooLarge,
        DeadReason::Refused,
        DeadReason::Unreadable,
    ];

    /// The reason as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeadReason::Panicked => "panicked",
            DeadReason::NeverEnded => "never_ended",
            DeadReason::TooLarge => "too_large",
            DeadReason::Refused => "refused",
            DeadReason::Unreadable => "unreadable",
        }
    }
}

/// A record by its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordPlace {
    /// Name of the topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// What could not be processed: a document or an item of a feed, or a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The feed, where it is known.
    pub feed: Option<FeedId>,
    /// The record, where there is one.
    pub record: Option<RecordPlace>,
    /// The thing itself.
    pub bytes: &'a [u8],
}

impl Cause<'_> {
    /// The name by which dead letters of one cause keep their order: the feed, else the record's partition.
    fn name(&self) -> String {
        match (&self.feed, &self.record) {
            (Some(feed), _) => format!("/feeds/{feed}"),
            (None, Some(record)) => format!("/topics/{}/{}", record.topic, record.partition),
            (None, None) => "/unknown".to_owned(),
        }
    }
}

/// A dead letter as published. The order of the fields is the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    /// A function of stage, reason, digest and the record's place.
    pub event_id: EventId,
    /// `news.dead_letter`.
    #[schemars(schema_with = "dead_letter_types")]
    pub event_type: EventType,
    /// When it was given up.
    pub event_time: DateTime<Utc>,
    /// Where processing stopped.
    pub stage: Stage,
    /// Why.
    pub reason: DeadReason,
    /// The error in words, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The feed, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_id: Option<FeedId>,
    /// The record that could not be processed, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordPlace>,
    /// Digest of all its bytes: equal things have equal digests.
    pub digest: Digest,
    /// How many bytes it has.
    pub bytes: u64,
    /// The bytes from the start, in base64, as many as fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Whether bytes are missing at the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// An error's words are cut here: they may quote what a feed said.
const MESSAGE_CHARS_MAX: usize = 1_000;

impl DeadLetter {
    /// The dead letter of a cause, still without its bytes; they are added as the record is made.
    fn new(stage: Stage, reason: DeadReason, cause: &Cause<'_>, event_time: DateTime<Utc>) -> DeadLetter {
        let digest = Digest::of("dead letter", [cause.bytes]);
        let offset = cause.record.as_ref().map_or_else(String::new, |record| record.offset.to_string());
        let name = cause.name();
        let parts = [stage.as_str(), reason.as_str(), &digest.to_string(), &name, &offset];
        DeadLetter {
            event_id: EventId(Digest::of("event", parts.map(str::as_bytes))),
            event_type: EventType::DeadLetter,
            event_time,
            stage,
            reason,
            message: None,
            feed_id: cause.feed,
            record: cause.record.clone(),
            digest,
            bytes: cause.bytes.len() as u64,
            base64: None,
            truncated: false,
        }
    }

    /// The record of a dead letter in at most `bytes_max` bytes: the cause's bytes are cut to fit.
    pub fn compose(
        (stage, reason): (Stage, DeadReason),
        cause: &Cause<'_>,
        message: &str,
        event_time: DateTime<Utc>,
        bytes_max: usize,
    ) -> Result<Message, ComposeError> {
        let mut letter = DeadLetter::new(stage, reason, cause, event_time);
        let words: String = message.chars().take(MESSAGE_CHARS_MAX).collect();
        // Control characters cost six bytes each: the words keep to a bound in bytes as well.
        letter.message = Some(size::start_of(&words, 4 * MESSAGE_CHARS_MAX)).filter(|words| !words.is_empty());
        letter.base64 = Some(String::new());
        letter.truncated = true;
        let bare = letter.written(cause)?.bytes();
        let room = bytes_max.checked_sub(bare).ok_or(ComposeError::TooLarge { bytes: bare, max: bytes_max })?;
        let fits = cause.bytes.len().min(room / 4 * 3);
        letter.truncated = fits < cause.bytes.len();
        letter.base64 = cause.bytes.get(..fits).filter(|bytes| !bytes.is_empty()).map(|bytes| STANDARD.encode(bytes));
        letter.written(cause)
    }

    fn written(&self, cause: &Cause<'_>) -> Result<Message, ComposeError> {
        let name = cause.name();
        let envelope = Envelope {
            id: self.event_id,
            kind: self.event_type,
            time: self.event_time,
            source: name.clone(),
            subject: name,
            sequence: None,
            language: None,
            contract: Contract::DeadLetter,
        };
        Ok(envelope.message(serde_json::to_vec(self)?))
    }
}

fn dead_letter_types(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "const": EventType::DeadLetter.as_str() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::{digest, time};

    fn compose(bytes: &[u8], bytes_max: usize) -> Result<(Message, DeadLetter), ComposeError> {
        let record = RecordPlace { topic: "depeche.items.v1".to_owned(), partition: 0, offset: 9 };
        let cause = Cause { feed: None, record: Some(record), bytes };
        let kind = (Stage::Judge, DeadReason::Unreadable);
        let message = DeadLetter::compose(kind, &cause, "no `kind`", time("2026-03-01T06:00:00Z"), bytes_max)?;
        let letter = serde_json::from_slice(&message.value)?;
        Ok((message, letter))
    }

    #[test]
    fn bytes_are_kept_as_far_as_they_fit() {
        let thing = vec![0xff_u8; 3_000];
        let (message, whole) = compose(&thing, 10_000).unwrap();
        assert_eq!(STANDARD.decode(whole.base64.unwrap()).unwrap(), thing);
        assert_eq!((whole.truncated, whole.bytes), (false, 3_000));
        assert_eq!(message.key, b"/topics/depeche.items.v1/0");
        let (message, cut) = compose(&thing, 2_000).unwrap();
        assert!(message.bytes() <= 2_000 && message.bytes() > 1_900, "{}", message.bytes());
        assert_eq!((cut.truncated, cut.bytes, cut.digest), (true, 3_000, whole.digest));
        assert!(thing.starts_with(&STANDARD.decode(cut.base64.unwrap()).unwrap()));
        assert!(compose(&thing, 200).is_err());
    }

    #[test]
    fn nothing_is_left_out_silently() {
        let (_, letter) = compose(b"", 10_000).unwrap();
        assert_eq!((letter.base64, letter.truncated, letter.bytes), (None, false, 0));
        let cause = Cause { feed: Some(FeedId(digest("feed"))), record: None, bytes: b"x" };
        let long = "\0".repeat(5_000);
        let kind = (Stage::Parse, DeadReason::Panicked);
        let message = DeadLetter::compose(kind, &cause, &long, time("2026-03-01T06:00:00Z"), 8_000).unwrap();
        let letter: DeadLetter = serde_json::from_slice(&message.value).unwrap();
        assert!(letter.message.is_some_and(|words| words.len() <= MESSAGE_CHARS_MAX));
        assert_eq!(message.key, format!("/feeds/{}", digest("feed")).into_bytes());
    }
}
