//! The `[kafka]` and `[topics]` sections.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::properties::{Properties, RawProperties};
use super::retention::memory_retention;
use super::{Backlog, Health, Topic};

/// Names all that we own at the broker; two prefixes are two installations.
const PREFIX: &str = "depeche.";
const CLIENT_ID: &str = "depeche";
/// After a crash, a replica's feeds and the judge's seat are free again after this long.
const SESSION_TIMEOUT: Duration = Duration::from_secs(10);
/// Below it heartbeats get lost in ordinary pauses, and Kafka's own least is 6 s.
const SESSION_TIMEOUT_MIN: Duration = Duration::from_secs(6);
const SESSION_TIMEOUT_MAX: Duration = Duration::from_secs(300);
/// While a transaction is open, `read_committed` consumers see nothing behind it: so this bounds what a stalled judge
/// costs them. A broker that restarts is back well within it.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(15);
const TRANSACTION_TIMEOUT_MIN: Duration = Duration::from_secs(5);
/// The broker's default for the longest transaction.
const TRANSACTION_TIMEOUT_MAX: Duration = Duration::from_secs(900);
/// Half an hour without a broker at 25 items a second of 4 KB.
const OUTAGE_BYTES_MAX: u64 = 192 * 1024 * 1024;
/// librdkafka counts its queue in KiB as a 32-bit number.
const OUTAGE_BYTES_CEILING: u64 = 1024 * 1024 * 1024 * 1024;
/// The broker's own default, so that one node and a large cluster both work.
const REPLICATION_FACTOR: i32 = -1;
/// How long the judge remembers what was seen, if nobody says otherwise.
const WINDOW: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The `[kafka]` section as the file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawKafka {
    /// `host:port`, several with commas; empty means that no broker was named.
    pub bootstrap_servers: String,
    /// Begins the names of our topics, group and transactional id.
    pub prefix: String,
    /// How the broker's logs and quotas name us.
    pub client_id: String,
    /// How long the group waits for a silent replica.
    #[serde(with = "humantime_serde")]
    pub session_timeout: Duration,
    /// How long a stalled judge may hide new articles from readers.
    #[serde(with = "humantime_serde")]
    pub transaction_timeout: Duration,
    /// How many bytes of records may wait for the broker.
    pub outage_bytes_max: u64,
    /// Copies of each topic that we create; -1 is the broker's default.
    pub replication_factor: i32,
    /// Any other librdkafka property.
    pub properties: RawProperties,
}

impl Default for RawKafka {
    fn default() -> Self {
        RawKafka {
            bootstrap_servers: String::new(),
            prefix: PREFIX.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            session_timeout: SESSION_TIMEOUT,
            transaction_timeout: TRANSACTION_TIMEOUT,
            outage_bytes_max: OUTAGE_BYTES_MAX,
            replication_factor: REPLICATION_FACTOR,
            properties: RawProperties::default(),
        }
    }
}

/// One topic of the `[topics]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawTopic {
    /// Its full name, if it is not prefix, name and version.
    pub name: Option<String>,
    /// How many partitions to create it with.
    pub partitions: Option<i32>,
    /// How long the broker keeps its records.
    #[serde(with = "humantime_serde")]
    pub retention: Option<Duration>,
}

/// The `[topics]` section as the file has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawTopics {
    /// See [`Topic::Feeds`].
    pub feeds: RawTopic,
    /// See [`Topic::FeedState`].
    #[serde(alias = "feed-state")]
    pub feed_state: RawTopic,
    /// See [`Topic::Items`].
    pub items: RawTopic,
    /// See [`Topic::ArticleState`].
    #[serde(alias = "article-state")]
    pub article_state: RawTopic,
    /// See [`Topic::Articles`].
    pub articles: RawTopic,
    /// See [`Topic::Duplicates`].
    pub duplicates: RawTopic,
    /// See [`Topic::FeedEvents`].
    #[serde(alias = "feed-events")]
    pub feed_events: RawTopic,
    /// See [`Topic::DeadLetters`].
    #[serde(alias = "dead-letters")]
    pub dead_letters: RawTopic,
}

impl RawTopics {
    fn of(&self, topic: Topic) -> &RawTopic {
        match topic {
            Topic::Feeds => &self.feeds,
            Topic::FeedState => &self.feed_state,
            Topic::Items => &self.items,
            Topic::ArticleState => &self.article_state,
            Topic::Articles => &self.articles,
            Topic::Duplicates => &self.duplicates,
            Topic::FeedEvents => &self.feed_events,
            Topic::DeadLetters => &self.dead_letters,
        }
    }
}

/// What is wanted of one topic, and, once [`super::admin::verify`] has looked, what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicChoice {
    /// Its full name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: i32,
    /// How long the broker keeps its records; none for a topic that is only compacted.
    pub retention: Option<Duration>,
    /// The largest record that it takes.
    pub max_message_bytes: usize,
}

/// Whose clock stamps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamps {
    /// The broker's, as our topics ask.
    Broker,
    /// Ours: the embedded broker names one and the same time for every record that it acknowledges.
    Ours,
}

/// Everything that a client of ours needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `host:port`, several with commas; empty: see [`Settings::names_a_broker`].
    pub bootstrap_servers: String,
    /// Begins the names of our topics, group and transactional id.
    pub prefix: String,
    /// How the broker's logs and quotas name us.
    pub client_id: String,
    /// How long the group waits for a silent replica.
    pub session_timeout: Duration,
    /// How long a stalled judge may hide new articles from readers.
    pub transaction_timeout: Duration,
    /// How many bytes of records may wait for the broker.
    pub outage_bytes_max: u64,
    /// Copies of each topic that we create; -1 is the broker's default.
    pub replication_factor: i32,
    /// How long the judge remembers.
    pub window: Duration,
    /// Any other librdkafka property.
    pub properties: Properties,
    /// Whose clock stamps what is written.
    pub stamps: Stamps,
    /// Bounds what waits for the judge, where the broker would forget it.
    pub backlog: Option<Backlog>,
    /// What our clients learn of the broker; shared by all that are made from these settings.
    pub health: Health,
    topics: BTreeMap<Topic, TopicChoice>,
}

impl Settings {
    /// Checks both sections; all faults at once. `window` is how long the judge remembers.
    pub fn check(kafka: RawKafka, topics: &RawTopics, window: Duration, faults: &mut Vec<String>) -> Option<Settings> {
        let before = faults.len();
        check_numbers(&kafka, faults);
        let choices = choices(&kafka.prefix, topics, window, faults);
        let properties = kafka.properties.check(faults);
        (faults.len() == before).then_some(Settings {
            bootstrap_servers: kafka.bootstrap_servers.trim().to_owned(),
            prefix: kafka.prefix,
            client_id: kafka.client_id,
            session_timeout: kafka.session_timeout,
            transaction_timeout: kafka.transaction_timeout,
            outage_bytes_max: kafka.outage_bytes_max,
            replication_factor: kafka.replication_factor,
            window,
            properties,
            stamps: Stamps::Broker,
            backlog: None,
            health: Health::default(),
            topics: choices,
        })
    }

    /// The defaults, for this broker and prefix.
    pub fn for_broker(bootstrap_servers: &str, prefix: &str) -> Settings {
        let kafka = RawKafka::default();
        let topics = choices(prefix, &RawTopics::default(), WINDOW, &mut Vec::new());
        Settings {
            bootstrap_servers: bootstrap_servers.to_owned(),
            prefix: prefix.to_owned(),
            client_id: kafka.client_id,
            session_timeout: kafka.session_timeout,
            transaction_timeout: kafka.transaction_timeout,
            outage_bytes_max: kafka.outage_bytes_max,
            replication_factor: kafka.replication_factor,
            window: WINDOW,
            properties: Properties::default(),
            stamps: Stamps::Broker,
            backlog: None,
            health: Health::default(),
            topics,
        }
    }

    /// The same settings at another broker.
    #[must_use]
    pub fn at(&self, bootstrap_servers: &str) -> Settings {
        Settings { bootstrap_servers: bootstrap_servers.to_owned(), ..self.clone() }
    }

    /// Whether the operator named a broker at all.
    pub fn names_a_broker(&self) -> bool {
        !self.bootstrap_servers.is_empty()
    }

    /// The group that shares the feeds and the judge's seat.
    pub fn group(&self) -> String {
        format!("{}replicas", self.prefix)
    }

    /// The one id that all judges share, so that the newest keeps the others out.
    pub fn transactional_id(&self) -> String {
        format!("{}judge", self.prefix)
    }

    /// What is wanted of this topic.
    pub fn topic(&self, topic: Topic) -> &TopicChoice {
        // `choices` fills every topic, so the entry is there.
        &self.topics[&topic]
    }

    /// Takes a topic as it was found.
    pub fn found(&mut self, topic: Topic, partitions: i32, max_message_bytes: Option<usize>) {
        if let Some(choice) = self.topics.get_mut(&topic) {
            choice.partitions = partitions;
            choice.max_message_bytes = max_message_bytes.unwrap_or(choice.max_message_bytes);
        }
    }

    /// Which topic has this full name.
    pub fn topic_named(&self, name: &str) -> Option<Topic> {
        self.topics.iter().find_map(|(topic, choice)| (choice.name == name).then_some(*topic))
    }
}

fn check_numbers(kafka: &RawKafka, faults: &mut Vec<String>) {
    let shown = humantime::format_duration;
    let mut within = |name: &str, value: Duration, least: Duration, most: Duration| {
        if value < least || value > most {
            faults.push(format!("kafka.{name} ({}) is not within {} to {}", shown(value), shown(least), shown(most)));
        }
    };
    within("session_timeout", kafka.session_timeout, SESSION_TIMEOUT_MIN, SESSION_TIMEOUT_MAX);
    within("transaction_timeout", kafka.transaction_timeout, TRANSACTION_TIMEOUT_MIN, TRANSACTION_TIMEOUT_MAX);
    let least = super::topic::LARGE_MESSAGE_BYTES as u64;
    if kafka.outage_bytes_max < least || kafka.outage_bytes_max > OUTAGE_BYTES_CEILING {
        faults.push(format!(
            "kafka.outage_bytes_max ({}) is not within {least} (one large record) to {OUTAGE_BYTES_CEILING}",
            kafka.outage_bytes_max
        ));
    }
    if kafka.replication_factor != -1 && kafka.replication_factor < 1 {
        faults.push(format!(
            "kafka.replication_factor ({}) is neither -1 (the broker's default) nor at least 1",
            kafka.replication_factor
        ));
    }
    if kafka.client_id.is_empty() {
        faults.push("kafka.client_id is empty".to_owned());
    }
    if !is_topic_name(&format!("{}x", kafka.prefix)) {
        faults.push(format!("kafka.prefix (`{}`) has characters that no topic name may have", kafka.prefix));
    }
}

/// Kafka's own rule.
fn is_topic_name(name: &str) -> bool {
    (1..=249).contains(&name.len())
        && name != "."
        && name != ".."
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn choices(
    prefix: &str,
    topics: &RawTopics,
    window: Duration,
    faults: &mut Vec<String>,
) -> BTreeMap<Topic, TopicChoice> {
    let mut choices = BTreeMap::new();
    for topic in Topic::ALL {
        let raw = topics.of(*topic);
        let name = raw.name.clone().unwrap_or_else(|| topic.default_name(prefix));
        if !is_topic_name(&name) {
            faults.push(format!("topics.{}.name (`{name}`) is not a topic name", topic.as_str()));
        }
        let partitions = raw.partitions.unwrap_or_else(|| topic.default_partitions());
        check_partitions(*topic, partitions, topics, faults);
        let retention = checked_retention(*topic, topics, window, faults);
        let max_message_bytes = topic.max_message_bytes();
        choices.insert(*topic, TopicChoice { name, partitions, retention, max_message_bytes });
    }
    for (topic, choice) in &choices {
        if choices.iter().any(|(other, second)| other < topic && second.name == choice.name) {
            faults.push(format!("topics.{}.name (`{}`) is the name of another topic too", topic.as_str(), choice.name));
        }
    }
    choices
}

fn check_partitions(topic: Topic, partitions: i32, topics: &RawTopics, faults: &mut Vec<String>) {
    if partitions < 1 {
        faults.push(format!("topics.{}.partitions ({partitions}) is below 1", topic.as_str()));
    }
    if matches!(topic, Topic::Items | Topic::ArticleState) && partitions != 1 {
        faults.push(format!(
            "topics.{}.partitions ({partitions}) must be 1: one order of all items is what makes duplicates certain",
            topic.as_str()
        ));
    }
    let feeds = topics.feeds.partitions.unwrap_or_else(|| Topic::Feeds.default_partitions());
    if topic == Topic::FeedState && partitions != feeds {
        faults.push(format!(
            "topics.feed_state.partitions ({partitions}) must equal topics.feeds.partitions ({feeds}): a feed and its \
             state share a partition"
        ));
    }
}

fn checked_retention(topic: Topic, topics: &RawTopics, window: Duration, faults: &mut Vec<String>) -> Option<Duration> {
    let asked = topics.of(topic).retention;
    let name = topic.as_str();
    match topic {
        Topic::Feeds | Topic::FeedState => {
            if asked.is_some() {
                faults.push(format!("topics.{name}.retention cannot be set: this topic keeps every key for ever"));
            }
            None
        }
        Topic::ArticleState => {
            let items = topics.items.retention.or(Topic::Items.default_retention()).unwrap_or_default();
            let least = memory_retention(window, items);
            let chosen = asked.unwrap_or(least);
            if chosen < least {
                faults.push(format!(
                    "topics.{name}.retention ({}) is below {}: the judge's window, items' retention and a day",
                    humantime::format_duration(chosen),
                    humantime::format_duration(least)
                ));
            }
            Some(chosen)
        }
        Topic::Items | Topic::Articles | Topic::Duplicates | Topic::FeedEvents | Topic::DeadLetters => {
            if asked.is_some_and(|asked| asked.is_zero()) {
                faults.push(format!("topics.{name}.retention is zero"));
            }
            asked.or(topic.default_retention())
        }
    }
}

#[cfg(test)]
#[path = "settings/tests.rs"]
mod tests;
