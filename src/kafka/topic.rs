//! Every topic in one place: what it is called, how it is cut into partitions and what the broker may delete.

use std::time::Duration;

use super::Settings;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One of our topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What the operator wants: definitions, pauses, the poll-now number. Key: feed id.
    Feeds,
    /// What was learned of each feed and host, and who owns it. Same partition as the feed.
    FeedState,
    /// The total order of everything gathered, and the archive for a replay. Key: feed id.
    Items,
    /// The judge's memory and its position. Key: article id, `position`, `lane`, `left:` + feed.
    ArticleState,
    /// What consumers subscribe to. Key: article id.
    Articles,
    /// The same article or text in a further feed. Key: article id of the original.
    Duplicates,
    /// Moved, gone, failing, recovered, silent. Key: feed id.
    FeedEvents,
    /// What could not be processed, and why. Key: cause.
    DeadLetters,
}

/// What the broker does with old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Keeps the newest record of each key for ever.
    Compact,
    /// Keeps the newest record of each key until it is as old as the retention.
    CompactDelete,
    /// Keeps every record until it is as old as the retention.
    Delete,
}

impl Cleanup {
    /// As Kafka's `cleanup.policy` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cleanup::Compact => "compact",
            Cleanup::CompactDelete => "compact,delete",
            Cleanup::Delete => "delete",
        }
    }

    /// Whether keys are compacted.
    pub const fn compacts(self) -> bool {
        match self {
            Cleanup::Compact | Cleanup::CompactDelete => true,
            Cleanup::Delete => false,
        }
    }
}

/// How a topic is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its full name at the broker.
    pub name: String,
    /// How many partitions it is created with.
    pub partitions: i32,
    /// What the broker does with old records.
    pub cleanup: Cleanup,
    /// How long records are kept; none for a topic that is only compacted.
    pub retention: Option<Duration>,
    /// The largest record batch the topic takes.
    pub max_message_bytes: usize,
}

/// Kafka's own default for `max.message.bytes`.
pub(crate) const BROKER_MESSAGE_BYTES: usize = 1_048_588;

/// The limit of items, articles and dead letters. An item may carry 1 MiB of text as the feed wrote it and, beside
/// it, the article made of it, whose text stands there as blocks and as body: three to four times its text. Above
/// 5 MiB the embedded broker acknowledges a record and can never give it back.
pub(crate) const LARGE_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Segments of compacted topics: a closed segment is all that compaction works on, and restore reads what it left.
const COMPACTED_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

impl Topic {
    /// All topics, in the order in which an article meets them.
    pub const ALL: &[Self] = &[
        Topic::Feeds,
        Topic::FeedState,
        Topic::Items,
        Topic::ArticleState,
        Topic::Articles,
        Topic::Duplicates,
        Topic::FeedEvents,
        Topic::DeadLetters,
    ];

    /// The name as a metric label and as a key of the `[topics]` section.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Feeds => "feeds",
            Topic::FeedState => "feed_state",
            Topic::Items => "items",
            Topic::ArticleState => "article_state",
            Topic::Articles => "articles",
            Topic::Duplicates => "duplicates",
            Topic::FeedEvents => "feed_events",
            Topic::DeadLetters => "dead_letters",
        }
    }

    /// The topic with this label; hyphens may stand for underscores.
    pub fn parse(name: &str) -> Option<Topic> {
        let wanted = name.replace('-', "_");
        Topic::ALL.iter().copied().find(|topic| topic.as_str() == wanted)
    }

    /// The name at the broker unless the configuration gives another.
    pub fn default_name(self, prefix: &str) -> String {
        format!("{prefix}{}.v1", self.as_str().replace('_', "-"))
    }

    /// How many partitions it is created with unless the configuration says otherwise.
    pub const fn default_partitions(self) -> i32 {
        match self {
            // The most replicas that can share the feeds; a host stays whole within one partition.
            Topic::Feeds | Topic::FeedState => 64,
            // One total order, one memory: what makes identity global and a replay deterministic.
            Topic::Items | Topic::ArticleState => 1,
            Topic::Articles | Topic::Duplicates | Topic::FeedEvents => 16,
            Topic::DeadLetters => 4,
        }
    }

    /// What the broker must do with old records; never a matter of choice.
    pub const fn cleanup(self) -> Cleanup {
        match self {
            Topic::Feeds | Topic::FeedState => Cleanup::Compact,
            Topic::ArticleState => Cleanup::CompactDelete,
            Topic::Items | Topic::Articles | Topic::Duplicates | Topic::FeedEvents | Topic::DeadLetters => {
                Cleanup::Delete
            }
        }
    }

    /// How long records are kept unless the configuration says otherwise. Article state is bound to the window and
    /// to the retention of items: see [`Settings::check`].
    pub(crate) const fn default_retention(self) -> Option<Duration> {
        match self {
            Topic::Feeds | Topic::FeedState | Topic::ArticleState => None,
            Topic::Items | Topic::DeadLetters => Some(DAY.saturating_mul(7)),
            Topic::Articles | Topic::Duplicates | Topic::FeedEvents => Some(DAY.saturating_mul(30)),
        }
    }

    /// The largest record batch it is created with.
    pub(crate) const fn max_message_bytes(self) -> usize {
        match self {
            Topic::Items | Topic::Articles | Topic::DeadLetters => LARGE_MESSAGE_BYTES,
            Topic::Feeds | Topic::FeedState | Topic::ArticleState | Topic::Duplicates | Topic::FeedEvents => {
                BROKER_MESSAGE_BYTES
            }
        }
    }

    /// How this topic is made under these settings.
    pub fn spec(self, settings: &Settings) -> Spec {
        let choice = settings.topic(self);
        Spec {
            name: choice.name.clone(),
            partitions: choice.partitions,
            cleanup: self.cleanup(),
            retention: choice.retention,
            max_message_bytes: self.max_message_bytes(),
        }
    }
}

impl Spec {
    /// The topic's configuration as Kafka spells it, in the order in which the commands show it.
    pub fn configs(&self) -> Vec<(&'static str, String)> {
        let mut configs = vec![
            ("cleanup.policy", self.cleanup.as_str().to_owned()),
            // The broker's clock alone decides how old a record is: a wrong clock of ours can neither
            // delete records too early nor have them refused.
            ("message.timestamp.type", "LogAppendTime".to_owned()),
        ];
        if let Some(retention) = self.retention {
            configs.push(("retention.ms", retention.as_millis().to_string()));
        }
        if self.cleanup.compacts() {
            configs.push(("segment.bytes", COMPACTED_SEGMENT_BYTES.to_string()));
            configs.push(("segment.ms", DAY.as_millis().to_string()));
        }
        if self.max_message_bytes != BROKER_MESSAGE_BYTES {
            configs.push(("max.message.bytes", self.max_message_bytes.to_string()));
        }
        configs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_names_are_distinct_and_read_back() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.as_str()), Some(*topic));
            assert_eq!(Topic::parse(&topic.as_str().replace('_', "-")), Some(*topic));
        }
        assert_eq!(Topic::ArticleState.default_name("news."), "news.article-state.v1");
        assert_eq!(Topic::parse("fleet"), None);
    }

    #[test]
    fn every_topic_stamps_records_with_the_brokers_clock() {
        let settings = Settings::for_broker("localhost:9092", "t.");
        for topic in Topic::ALL {
            let configs = topic.spec(&settings).configs();
            assert!(configs.contains(&("message.timestamp.type", "LogAppendTime".to_owned())), "{topic:?}");
        }
    }

    #[test]
    fn compacted_topics_close_their_segments_daily() {
        let settings = Settings::for_broker("localhost:9092", "t.");
        for topic in Topic::ALL {
            let daily = topic.spec(&settings).configs().contains(&("segment.ms", "86400000".to_owned()));
            assert_eq!(daily, topic.cleanup().compacts(), "{topic:?}");
        }
    }
}
