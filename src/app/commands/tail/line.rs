//! A record as it is told: a CloudEvent in structured JSON, or a line made of it.

use serde_json::{Value, json};

use crate::app::demo::screen;
use crate::article::FeedId;
use crate::event::{self, Message};
use crate::kafka::{Stored, Topic};

/// A record that is to be told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    /// A CloudEvent in structured JSON; of the items topic the record itself.
    pub(super) event: Value,
    topic: Topic,
}

impl Told {
    /// Reads a record; none for one without a value.
    pub(super) fn of(stored: &Stored) -> Option<Told> {
        let value = stored.value.clone()?;
        let topic = stored.topic;
        let event = match topic {
            // Gatherers and judge write no CloudEvents to each other.
            Topic::Items => serde_json::from_slice(&value).ok()?,
            Topic::Feeds
            | Topic::FeedState
            | Topic::ArticleState
            | Topic::Articles
            | Topic::Duplicates
            | Topic::FeedEvents
            | Topic::DeadLetters => {
                event::structured(&Message { key: stored.key.clone(), headers: stored.headers.clone(), value })
            }
        };
        Some(Told { event, topic })
    }

    /// The feed that it is about.
    pub(super) fn feed(&self) -> Option<FeedId> {
        let data = self.data();
        let places = [data.pointer("/feed/id"), data.get("feed_id"), data.get("feed")];
        places.into_iter().flatten().find_map(Value::as_str)?.parse().ok()
    }

    /// The article's language, else the feed's.
    pub(super) fn language(&self) -> Option<&str> {
        let data = self.data();
        let places = [data.get("language"), data.pointer("/article/language"), data.pointer("/feed/language")];
        places.into_iter().flatten().find_map(Value::as_str)
    }

    /// A readable line.
    pub(super) fn line(&self, columns: usize) -> String {
        if self.topic == Topic::Items {
            screen::line(&self.item(), columns)
        } else {
            screen::line(&self.event, columns)
        }
    }

    fn data(&self) -> &Value {
        self.event.get("data").unwrap_or(&self.event)
    }

    /// What gatherers tell the judge, in the form of an event.
    fn item(&self) -> Value {
        let part = |pointer: &str| self.event.pointer(pointer).cloned().unwrap_or(Value::Null);
        let feed = part("/feed");
        let feed = if feed.is_string() { json!({ "id": feed }) } else { feed };
        json!({
            "event_type": format!("news.item.{}", self.event.get("kind").and_then(Value::as_str).unwrap_or("unknown")),
            "event_time": part("/fetch/time"),
            "headline": part("/article/headline"),
            "language": part("/article/language"),
            "feed": feed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(topic: Topic, headers: &[(&str, &str)], value: &Value) -> Told {
        let stored = Stored {
            topic,
            partition: 0,
            offset: 0,
            time_ms: 0,
            key: b"key".to_vec(),
            value: Some(value.to_string().into_bytes()),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect(),
        };
        Told::of(&stored).unwrap()
    }

    fn id() -> String {
        "0123456789abcdef0123456789abcdef".to_owned()
    }

    #[test]
    fn an_article_is_a_cloud_event() {
        let feed = json!({ "id": id(), "title": "Le Fanal", "language": "fr" });
        let value = json!({ "event_time": "2026-05-04T06:07:08Z", "headline": "Un pont rouvre", "feed": feed });
        let told = told(Topic::Articles, &[("ce_type", "news.article.created"), ("ce_id", "x")], &value);
        assert_eq!(told.event["type"], "news.article.created");
        assert_eq!(told.feed().map(|feed| feed.to_string()), Some(id()));
        assert_eq!(told.language(), Some("fr"));
        assert!(told.line(100).starts_with("06:07:08 new       fr    Le Fanal"), "{}", told.line(100));
    }

    #[test]
    fn an_item_is_told_with_its_headline() {
        let value = json!({
            "v": 1, "kind": "observed", "feed": { "id": id(), "publisher": "Le Fanal" },
            "fetch": { "time": "2026-05-04T06:07:08Z" }, "article": { "headline": "Un pont", "language": "fr" },
        });
        let observed = told(Topic::Items, &[], &value);
        assert_eq!(observed.event, value);
        assert_eq!(observed.language(), Some("fr"));
        let line = observed.line(100);
        assert!(line.starts_with("06:07:08 observed  fr    Le Fanal"), "{line}");
        assert!(line.ends_with("Un pont"), "{line}");
        let left = told(Topic::Items, &[], &json!({ "v": 1, "kind": "left", "feed": id() }));
        assert_eq!(left.feed().map(|feed| feed.to_string()), Some(id()));
        assert!(left.line(100).contains("left"), "{}", left.line(100));
    }

    #[test]
    fn a_dead_letter_names_its_feed_beside_it() {
        let letter = told(Topic::DeadLetters, &[("ce_type", "news.dead_letter")], &json!({ "feed_id": id() }));
        assert!(letter.feed().is_some());
        assert_eq!(letter.language(), None);
    }
}
