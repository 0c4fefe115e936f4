//! CloudEvents 1.0: attributes as record headers (binary mode), and the structured form for reading.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{EventType, Message, rfc3339};
use crate::article::EventId;

/// The schema that an event's data follows; its major version is in the topic's name too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contract {
    /// Articles and their revisions.
    Article,
    /// Articles in further feeds.
    Duplicate,
    /// What happened to a feed.
    FeedEvent,
    /// What could not be processed.
    DeadLetter,
    /// What gatherers and the judge tell each other; no CloudEvent.
    Item,
}

impl Contract {
    /// Every contract.
    pub const ALL: &[Contract] =
        &[Contract::Article, Contract::Duplicate, Contract::FeedEvent, Contract::DeadLetter, Contract::Item];

    /// The name, with the major version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Contract::Article => "article.v1",
            Contract::Duplicate => "duplicate.v1",
            Contract::FeedEvent => "feed-event.v1",
            Contract::DeadLetter => "dead-letter.v1",
            Contract::Item => "item.v1",
        }
    }

    /// The address of the schema, as `ce_dataschema` and `$id` give it.
    pub fn uri(self) -> String {
        format!("urn:depeche:schema:{}", self.as_str())
    }
}

/// The attributes of an event; its record's key is the subject.
pub(super) struct Envelope<'a> {
    pub(super) id: EventId,
    pub(super) kind: EventType,
    pub(super) time: DateTime<Utc>,
    pub(super) source: String,
    pub(super) subject: String,
    pub(super) sequence: Option<u32>,
    pub(super) language: Option<&'a str>,
    pub(super) contract: Contract,
}

impl Envelope<'_> {
    pub(super) fn message(self, value: Vec<u8>) -> Message {
        let header = |name: &str, text: &str| (name.to_owned(), encode(text).into_bytes());
        let mut headers = vec![
            header("ce_specversion", "1.0"),
            header("ce_id", &self.id.to_string()),
            header("ce_source", &self.source),
            header("ce_type", self.kind.as_str()),
            header("ce_subject", &self.subject),
            header("ce_time", &rfc3339(self.time)),
            header("ce_dataschema", &self.contract.uri()),
        ];
        // Ten digits hold every u32, so the order of the texts is the order of the numbers.
        headers.extend(self.sequence.map(|revision| header("ce_sequence", &format!("{revision:010}"))));
        headers.extend(self.language.map(|tag| header("ce_lang", tag)));
        headers.push(header("content-type", "application/json"));
        Message { key: self.subject.into_bytes(), headers, value }
    }
}

/// Percent-encodes all but visible ASCII, and of that the space, `"` and `%` (CloudEvents HTTP binding,
/// 3.1.3.2, to which the Kafka binding refers): no line break and no NUL ever stands in a header.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'"' && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Reads percent-encoded text back; what is no valid escape stands for itself.
fn decode(header: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(header.len());
    let mut rest = header;
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.split_at_checked(2)).flatten();
        let escaped = escaped.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = escaped.unwrap_or((first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A record as a CloudEvent in structured JSON: attributes beside `data`.
///
/// A value that is no JSON stands in `data_base64`, as the JSON format of CloudEvents asks.
pub fn structured(message: &Message) -> Value {
    let mut event = Map::new();
    for (name, value) in &message.headers {
        let attribute = match name.as_str() {
            "content-type" => "datacontenttype",
            name => name.strip_prefix("ce_").unwrap_or(name),
        };
        event.insert(attribute.to_owned(), Value::String(decode(value)));
    }
    match serde_json::from_slice(&message.value) {
        Ok(data) => event.insert("data".to_owned(), data),
        Err(_) => event.insert("data_base64".to_owned(), Value::String(STANDARD.encode(&message.value))),
    };
    Value::Object(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(encode(text), expected);
        assert_eq!(decode(expected.as_bytes()), text);
    }

    #[test]
    fn untrusted_text_is_encoded() {
        check("fr-CH", "fr-CH");
        check("a b", "a%20b");
        check("\"50%\"", "%2250%25%22");
        check("x\r\ny: z\0", "x%0D%0Ay:%20z%00");
        check("é", "%C3%A9");
    }

    #[test]
    fn broken_escapes_stand_for_themselves() {
        for text in ["%", "%4", "%zz", "%+1"] {
            assert_eq!(decode(text.as_bytes()), text);
        }
    }

    #[test]
    fn bytes_that_are_no_json_are_kept() {
        let message = Message { value: b"\xff\x00".to_vec(), ..Message::default() };
        assert_eq!(structured(&message), serde_json::json!({ "data_base64": "/wA=" }));
    }

    proptest! {
        #[test]
        fn reads_back_and_is_visible_ascii(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(decode(encoded.as_bytes()), text);
        }
    }
}
