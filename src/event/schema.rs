//! The published contract as documents: a JSON Schema for each kind of record, and AsyncAPI.
//!
//! Schemas are strict as written: every key is named. Readers should ignore keys that they do not
//! know, because fields are added within a major version.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::item_record::{FeedForm, ObservedForm};
use super::{ArticleEvent, Contract, DeadLetter, DuplicateEvent, EventType, FeedEvent};

/// The documents by file name, as they stand in `deploy/schema/`.
pub fn documents() -> Vec<(String, Value)> {
    let schemas = Contract::ALL.iter().map(|contract| (file_name(*contract), schema(*contract)));
    schemas.chain([("asyncapi.json".to_owned(), asyncapi())]).collect()
}

/// The schema of one kind of record.
pub fn schema(contract: Contract) -> Value {
    let (title, mut schema) = match contract {
        Contract::Article => ("An article, or a revision of it", of::<ArticleEvent>()),
        Contract::Duplicate => ("An article in a further feed", of::<DuplicateEvent>()),
        Contract::FeedEvent => ("What happened to a feed", of::<FeedEvent>()),
        Contract::DeadLetter => ("What could not be processed", of::<DeadLetter>()),
        Contract::Item => ("What gatherers tell the judge", item()),
    };
    without_nulls(&mut schema);
    close(&mut schema);
    let mut named = Map::new();
    named.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    named.insert("$id".to_owned(), json!(contract.uri()));
    named.insert("title".to_owned(), json!(title));
    let rest = schema.as_object().into_iter().flatten();
    named.extend(rest.filter(|(key, _)| *key != "$schema" && *key != "title").map(|(k, v)| (k.clone(), v.clone())));
    Value::Object(named)
}

fn file_name(contract: Contract) -> String {
    format!("{}.json", contract.as_str())
}

fn of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// Items are told from news about a feed by `kind`.
fn item() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let forms: [Schema; 2] = [generator.subschema_for::<ObservedForm<'_>>(), generator.subschema_for::<FeedForm<'_>>()];
    json!({ "oneOf": forms, "$defs": generator.take_definitions(true) })
}

/// Takes null out of what a key may hold: what is absent is left out.
fn without_nulls(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        if let Some(Value::Array(kinds)) = fields.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [only] = kinds.as_slice() {
                let only = only.clone();
                fields.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(forms)) = fields.get("anyOf") {
            let kept: Vec<&Value> = forms.iter().filter(|form| **form != json!({ "type": "null" })).collect();
            if let [Value::Object(only)] = kept.as_slice() {
                let only = only.clone();
                fields.shift_remove("anyOf");
                fields.extend(only);
            }
        }
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(without_nulls),
        Value::Array(schemas) => schemas.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Refuses unknown keys in every object whose keys are all named.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            let named = fields.get("properties").is_some_and(Value::is_object);
            if named && fields.get("type").is_some_and(|kind| kind == "object") {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A topic that subscribers read.
struct Channel {
    name: &'static str,
    about: &'static str,
    key: &'static str,
    partitions: u32,
    retention_days: u32,
    contract: Contract,
    types: &'static [EventType],
}

const CHANNELS: &[Channel] = &[
    Channel {
        name: "articles",
        about: "Every article once, and its revisions, each whole. Read with isolation.level=read_committed.",
        key: "The article's id",
        partitions: 16,
        retention_days: 30,
        contract: Contract::Article,
        types: &[EventType::Created, EventType::Revised],
    },
    Channel {
        name: "duplicates",
        about: "The same article or text in a further feed. Read with isolation.level=read_committed.",
        key: "The id of the article of which it is a duplicate",
        partitions: 16,
        retention_days: 30,
        contract: Contract::Duplicate,
        types: &[EventType::Duplicated],
    },
    Channel {
        name: "feed-events",
        about: "What happened to a feed. Sent at least once: drop an event_id that you know.",
        key: "The feed's id",
        partitions: 16,
        retention_days: 30,
        contract: Contract::FeedEvent,
        types: &[EventType::FeedMoved, EventType::FeedGone, EventType::FeedFailing, EventType::FeedRecovered],
    },
    Channel {
        name: "dead-letters",
        about: "What could not be processed, with the reason.",
        key: "The cause: a feed or a partition",
        partitions: 4,
        retention_days: 7,
        contract: Contract::DeadLetter,
        types: &[EventType::DeadLetter],
    },
];

fn asyncapi() -> Value {
    let each = |part: fn(&Channel) -> Value| {
        CHANNELS.iter().map(|channel| (channel.name.to_owned(), part(channel))).collect::<Map<_, _>>()
    };
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dépêche",
            "version": "1",
            "description": "News articles from feeds, each published exactly once. Records are CloudEvents 1.0 in binary mode. \
                Topic names are the defaults: prefix and names can be set.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": each(channel),
        "operations": each(|channel| json!({
            "action": "send",
            "channel": { "$ref": format!("#/channels/{}", channel.name) },
        })),
        "components": { "messages": each(message) },
    })
}

fn channel(channel: &Channel) -> Value {
    let retention_ms = u64::from(channel.retention_days) * 86_400_000;
    json!({
        "address": format!("depeche.{}.v1", channel.name),
        "description": channel.about,
        "messages": { "event": { "$ref": format!("#/components/messages/{}", channel.name) } },
        "bindings": { "kafka": {
            "partitions": channel.partitions,
            "topicConfiguration": { "cleanup.policy": ["delete"], "retention.ms": retention_ms },
            "bindingVersion": "0.5.0",
        } },
    })
}

fn message(channel: &Channel) -> Value {
    json!({
        "name": channel.name,
        "contentType": "application/json",
        "headers": headers(channel),
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": { "$ref": format!("./{}", file_name(channel.contract)) },
        },
        "bindings": { "kafka": {
            "key": { "type": "string", "description": channel.key },
            "bindingVersion": "0.5.0",
        } },
    })
}

fn headers(channel: &Channel) -> Value {
    let types: Vec<_> = channel.types.iter().map(|kind| kind.as_str()).collect();
    let digest = json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" });
    let mut properties = Map::from_iter([
        ("ce_specversion".to_owned(), json!({ "type": "string", "const": "1.0" })),
        ("ce_id".to_owned(), digest),
        (
            "ce_source".to_owned(),
            json!({ "type": "string", "description": "`/feeds/` and the feed's id, where it is known" }),
        ),
        ("ce_type".to_owned(), json!({ "type": "string", "enum": types })),
        ("ce_subject".to_owned(), json!({ "type": "string", "description": channel.key })),
        ("ce_time".to_owned(), json!({ "type": "string", "format": "date-time" })),
        ("ce_dataschema".to_owned(), json!({ "type": "string", "const": channel.contract.uri() })),
        ("content-type".to_owned(), json!({ "type": "string", "const": "application/json" })),
    ]);
    let required: Vec<String> = properties.keys().cloned().collect();
    match channel.contract {
        Contract::Article => {
            let sequence = json!({ "type": "string", "pattern": "^[0-9]{10}$", "description": "The revision" });
            properties.insert("ce_sequence".to_owned(), sequence);
            properties.insert("ce_lang".to_owned(), json!({ "type": "string", "description": "BCP 47" }));
        }
        Contract::Duplicate => {
            properties.insert("ce_lang".to_owned(), json!({ "type": "string", "description": "BCP 47" }));
        }
        Contract::FeedEvent | Contract::DeadLetter | Contract::Item => {}
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Article, ArticleId, FeedId, Item, Observation};
    use crate::event::tests::{check_nothing_empty, digest, observation, stamp, time};
    use crate::event::{
        Carried, Cause, Change, ComposeError, DeadReason, Evidence, FeedNews, History, ItemRecord, Message, Naming,
        RecordPlace, RevisionReason, Stage, structured,
    };

    fn naming(change: Change) -> Naming {
        Naming {
            id: ArticleId(digest("article")),
            revision: 12,
            change,
            backlog: true,
            history: Some(History::Expired),
            was_duplicate_of: Some(ArticleId(digest("original"))),
        }
    }

    fn bare() -> Observation {
        let mut observation = observation();
        let hashes = (observation.article.content_hash, observation.article.text_hash);
        observation.article = Article {
            headline: Some(String::new()),
            standfirst: None,
            blocks: Vec::new(),
            authors: Vec::new(),
            images: Vec::new(),
            published: None,
            updated: None,
            language: None,
            words: 0,
            links: crate::article::Links::default(),
            guid: None,
            content_hash: hashes.0,
            text_hash: hashes.1,
            provenance: std::collections::BTreeMap::new(),
        };
        observation.item = Item::default();
        observation
    }

    fn article(change: Change, observation: &Observation) -> Message {
        ArticleEvent::new(&naming(change), observation, stamp()).into_message(usize::MAX).unwrap()
    }

    fn revised() -> Change {
        let previous = Some(observation().article.content_hash);
        Change::Revised { reason: RevisionReason::OwnSite, previous, lead_before: Some(FeedId(digest("lead"))) }
    }

    fn news(news: FeedNews) -> Message {
        let observation = observation();
        FeedEvent::new(news, &observation.feed, observation.order, stamp().event_time).into_message().unwrap()
    }

    fn dead_letter() -> Result<Message, ComposeError> {
        let record = RecordPlace { topic: "depeche.items.v1".to_owned(), partition: 0, offset: 9 };
        let cause = Cause { feed: Some(observation().feed.id), record: Some(record), bytes: b"{}" };
        let kind = (Stage::Judge, DeadReason::Refused);
        DeadLetter::compose(kind, &cause, "too many headers", stamp().event_time, 2_000)
    }

    fn duplicate(observation: &Observation) -> Message {
        let of = ArticleId(digest("article"));
        let carried = Carried { of, revision: 3, lead: FeedId(digest("lead")), evidence: Evidence::Url, backlog: true };
        DuplicateEvent::new(carried, observation, stamp()).into_message(usize::MAX).unwrap()
    }

    fn headers_of(channel_name: &str) -> Value {
        let document = asyncapi();
        document.pointer(&format!("/components/messages/{channel_name}/headers")).unwrap().clone()
    }

    #[track_caller]
    fn check(contract: Contract, message: &Message) {
        let value: Value = serde_json::from_slice(&message.value).unwrap();
        let validator = jsonschema::draft202012::new(&schema(contract)).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:?} in {value:#}");
        let Some(channel) = CHANNELS.iter().find(|channel| channel.contract == contract) else {
            return assert!(message.headers.is_empty());
        };
        check_nothing_empty(&value);
        let headers =
            message.headers.iter().map(|(name, text)| (name.clone(), String::from_utf8(text.clone()).unwrap()));
        let headers: Value = serde_json::to_value(headers.collect::<std::collections::BTreeMap<_, _>>()).unwrap();
        let validator = jsonschema::draft202012::new(&headers_of(channel.name)).unwrap();
        let faults: Vec<String> = validator.iter_errors(&headers).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?} in {headers:#}");
        assert_eq!(headers.get("ce_id"), value.get("event_id"));
        assert_eq!(headers.get("ce_type"), value.get("event_type"));
        assert_eq!(headers.get("ce_time"), value.get("event_time"));
        assert_eq!(headers.get("ce_subject").unwrap().as_str().unwrap().as_bytes(), message.key);
    }

    #[test]
    fn articles_keep_to_their_schema() {
        check(Contract::Article, &article(Change::Created, &observation()));
        check(Contract::Article, &article(Change::Created, &bare()));
        check(Contract::Article, &article(revised(), &observation()));
        let event = ArticleEvent::new(&naming(Change::Created), &observation(), stamp());
        let whole = event.clone().into_message(usize::MAX).unwrap().bytes();
        check(Contract::Article, &event.into_message(whole - 1).unwrap());
    }

    #[test]
    fn duplicates_keep_to_their_schema() {
        check(Contract::Duplicate, &duplicate(&observation()));
        check(Contract::Duplicate, &duplicate(&bare()));
    }

    #[test]
    fn feed_events_keep_to_their_schema() {
        let since = time("2026-03-01T00:00:00Z");
        check(Contract::FeedEvent, &news(FeedNews::Moved { to: "https://news.example/new".to_owned() }));
        check(Contract::FeedEvent, &news(FeedNews::Gone { status: 410 }));
        check(Contract::FeedEvent, &news(FeedNews::Failing { reason: "dns", failures: 3, since }));
        check(Contract::FeedEvent, &news(FeedNews::Recovered { failures: 3, since }));
    }

    #[test]
    fn dead_letters_keep_to_their_schema() {
        check(Contract::DeadLetter, &dead_letter().unwrap());
    }

    #[test]
    fn items_keep_to_their_schema() {
        let feed = observation().feed.id;
        for record in [ItemRecord::Left(feed), ItemRecord::Back(feed), ItemRecord::Observed(Box::new(observation()))] {
            check(Contract::Item, &record.message(usize::MAX).unwrap());
        }
    }

    #[test]
    fn schemas_refuse_what_they_do_not_name() {
        let message = article(Change::Created, &observation());
        let mut event: Value = serde_json::from_slice(&message.value).unwrap();
        let validator = jsonschema::draft202012::new(&schema(Contract::Article)).unwrap();
        assert!(validator.is_valid(&event));
        let mut refused = |pointer: &str| {
            let object = event.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
            object.insert("surprise".to_owned(), json!(1));
            let valid = validator.is_valid(&event);
            event.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove("surprise");
            assert!(!valid, "{pointer}");
        };
        ["", "/feed", "/blocks/0", "/links", "/provenance", "/provenance/judge"].into_iter().for_each(&mut refused);
        for (key, wrong) in
            [("event_type", json!("news.article.duplicated")), ("guid", json!(null)), ("history", json!(null))]
        {
            let mut event = event.clone();
            event.as_object_mut().unwrap().insert(key.to_owned(), wrong);
            assert!(!validator.is_valid(&event), "{key}");
        }
    }

    #[test]
    fn keys_stand_in_the_order_of_the_contract() {
        let event = structured(&article(revised(), &observation()));
        let keys: Vec<&str> = event.get("data").unwrap().as_object().unwrap().keys().map(String::as_str).collect();
        let order = "event_id event_type event_time id revision headline standfirst body blocks authors images published \
            language links guid feed fetch content_hash normaliser backlog history reason previous lead_before was_duplicate_of \
            provenance";
        assert_eq!(keys, order.split_whitespace().collect::<Vec<_>>());
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        assert_eq!((text("/specversion"), text("/datacontenttype")), ("1.0".to_owned(), "application/json".to_owned()));
        assert_eq!((text("/sequence"), text("/lang")), ("0000000012".to_owned(), "fr".to_owned()));
        assert_eq!(text("/source"), format!("/feeds/{}", digest("feed")));
    }
}
