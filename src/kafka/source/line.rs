//! One topic's consumer and the partitions that are followed in it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{ClientContext, Offset, Statistics, TopicPartitionList};

use super::{From, Isolation, Read, Signal};
use crate::kafka::client::{self, Context};
use crate::kafka::error::{ClientError, code_of};
use crate::kafka::record::Stored;
use crate::kafka::{Settings, Topic};

/// How long one question for offsets may take.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);
/// Between two questions that were not answered.
const ASK_PAUSE: Duration = Duration::from_millis(500);
/// How long a fetch at the end of a partition waits for more. The end itself is only reported by the fetch after it.
const FETCH_WAIT_MS: &str = "100";
/// Records fetched ahead, for each topic that is read.
const PREFETCH_KIB: &str = "32768";

struct Follow {
    from: From,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    /// The broker has not yet said what stands in the partition.
    Asking,
    /// Reading what stood there when following began.
    Restoring { next: i64, end: i64 },
    /// Reading what comes since.
    Live { next: i64 },
}

pub(super) struct Line {
    topic: Topic,
    name: String,
    isolation: Isolation,
    consumer: BaseConsumer<Listener>,
    follows: BTreeMap<i32, Follow>,
    ask_at: Instant,
}

/// As [`Context`], and remembers at which offset a partition ended: only librdkafka's words tell.
struct Listener {
    context: Context<()>,
    ended_at: AtomicI64,
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        self.context.log(level, facility, words);
    }

    fn stats(&self, statistics: Statistics) {
        self.context.stats(statistics);
    }

    fn error(&self, error: KafkaError, words: &str) {
        if code_of(&error) == Some(RDKafkaErrorCode::PartitionEOF) {
            self.ended_at.store(offset_in(words).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
        self.context.error(error, words);
    }
}

impl ConsumerContext for Listener {}

/// The offset in "Fetch from broker 1 reached end of partition at offset 20 (HighwaterMark 20)".
fn offset_in(words: &str) -> Option<i64> {
    let (_, behind) = words.split_once("at offset ")?;
    behind.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl Line {
    pub(super) fn new(
        settings: &Settings,
        topic: Topic,
        isolation: Isolation,
        signal: &Arc<Signal>,
    ) -> Result<Line, ClientError> {
        let mut config = client::config(settings);
        config
            // librdkafka reads nothing without a group's name; without a subscription it never joins.
            .set("group.id", settings.group())
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error")
            .set("allow.auto.create.topics", "false")
            .set("check.crcs", "true")
            .set("fetch.wait.max.ms", FETCH_WAIT_MS)
            .set("queued.max.messages.kbytes", PREFETCH_KIB)
            .set(
                "isolation.level",
                match isolation {
                    Isolation::Committed => "read_committed",
                    Isolation::Uncommitted => "read_uncommitted",
                },
            );
        let context = Context::new("source", settings, ());
        let listener = Listener { context, ended_at: AtomicI64::new(i64::MAX) };
        let mut consumer =
            BaseConsumer::from_config_and_context(&config, listener).map_err(|error| ClientError::of(&error))?;
        let signal = Arc::clone(signal);
        consumer.set_nonempty_callback(move || signal.raise());
        let name = settings.topic(topic).name.clone();
        Ok(Line { topic, name, isolation, consumer, follows: BTreeMap::new(), ask_at: Instant::now() })
    }

    pub(super) fn follow(&mut self, partition: i32, from: From) {
        self.follows.insert(partition, Follow { from, stage: Stage::Asking });
        self.ask_at = Instant::now();
    }

    pub(super) fn stop(&mut self, partition: i32) {
        let Some(follow) = self.follows.remove(&partition) else { return };
        if !matches!(follow.stage, Stage::Asking) {
            self.unassign(partition);
        }
    }

    fn unassign(&self, partition: i32) {
        self.consumer.context().context.health.forget_lag(&self.name, partition);
        if let Err(error) = self.consumer.incremental_unassign(&self.list(&[partition], Offset::Invalid)) {
            tracing::warn!(topic = self.topic.as_str(), partition, "could not stop reading: {error}");
        }
    }

    /// Serves what there is without waiting.
    pub(super) fn step(&mut self, ready: &mut VecDeque<Read>) {
        let asking = self.follows.values().any(|follow| matches!(follow.stage, Stage::Asking));
        if asking
            && Instant::now() >= self.ask_at
            && let Err(error) = self.ask(ready)
        {
            self.ask_at = Instant::now() + ASK_PAUSE;
            self.failed(error, ready);
        }
        let polled =
            self.consumer.poll(Duration::ZERO).map(|result| result.map(|message| stored(self.topic, &message)));
        match polled {
            None => {}
            Some(Ok(record)) => self.record(record, ready),
            Some(Err(KafkaError::PartitionEOF(partition))) => self.ended(partition, ready),
            Some(Err(error)) if code_of(&error) == Some(RDKafkaErrorCode::AutoOffsetReset) => self.gap(ready),
            Some(Err(error)) => self.failed(ClientError::of(&error), ready),
        }
    }

    /// A lost connection is not passed on: librdkafka connects again, and [`super::super::Health`] shows it.
    fn failed(&self, error: ClientError, ready: &mut VecDeque<Read>) {
        match error {
            ClientError::Unreachable(words) => tracing::debug!(topic = self.topic.as_str(), "not reachable: {words}"),
            error @ (ClientError::Settings(_)
            | ClientError::Rejected(_)
            | ClientError::Denied(_)
            | ClientError::UnknownTopic(_)
            | ClientError::Thread(_)
            | ClientError::Broker(_)) => ready.push_back(Read::Failed { topic: self.topic, error }),
        }
    }

    fn record(&mut self, record: Stored, ready: &mut VecDeque<Read>) {
        let partition = record.partition;
        let Some(follow) = self.follows.get_mut(&partition) else { return };
        let (Stage::Restoring { next, .. } | Stage::Live { next }) = follow.stage else { return };
        if record.offset < next {
            return;
        }
        let next = record.offset + 1;
        ready.push_back(Read::Record(Box::new(record)));
        follow.stage = match follow.stage {
            Stage::Restoring { end, .. } if next < end => Stage::Restoring { next, end },
            Stage::Restoring { .. } => {
                ready.push_back(Read::CaughtUp { topic: self.topic, partition, next });
                Stage::Live { next }
            }
            Stage::Asking | Stage::Live { .. } => Stage::Live { next },
        };
    }

    /// The partition's end was reached: behind the last record there may be traces of transactions, which no
    /// record tells of. An end below the one first asked is a new leader's that has still to learn it.
    fn ended(&mut self, partition: i32, ready: &mut VecDeque<Read>) {
        let at = self.consumer.context().ended_at.load(Ordering::Relaxed);
        let Some(follow) = self.follows.get_mut(&partition) else { return };
        let Stage::Restoring { next, end } = follow.stage else { return };
        if at >= end {
            let next = next.max(end);
            follow.stage = Stage::Live { next };
            ready.push_back(Read::CaughtUp { topic: self.topic, partition, next });
        }
    }

    /// Some partition's offset is out of range; which one, the broker must say.
    fn gap(&mut self, ready: &mut VecDeque<Read>) {
        let followed: Vec<(i32, i64, From)> = self
            .follows
            .iter()
            .filter_map(|(partition, follow)| match follow.stage {
                Stage::Asking => None,
                Stage::Restoring { next, .. } | Stage::Live { next } => Some((*partition, next, follow.from)),
            })
            .collect();
        let partitions: Vec<i32> = followed.iter().map(|(partition, ..)| *partition).collect();
        let marks = match self.watermarks(&partitions) {
            Ok(marks) => marks,
            Err(error) => {
                // Nobody knows which partition stands still: begin all of them again where they are.
                self.failed(error, ready);
                BTreeMap::new()
            }
        };
        for (partition, next, from) in followed {
            let Some(&(start, end)) = marks.get(&partition) else {
                self.follow_anew(partition, From::Offset(next));
                continue;
            };
            if (start..=end).contains(&next) {
                continue;
            }
            if from == From::Beginning && next < start {
                // What was oldest a moment ago has just been deleted.
                self.follow_anew(partition, From::Beginning);
            } else {
                self.stop(partition);
                ready.push_back(Read::Gone { topic: self.topic, partition, wanted: next, start, end });
            }
        }
    }

    fn follow_anew(&mut self, partition: i32, from: From) {
        self.stop(partition);
        self.follow(partition, from);
    }

    /// Asks what stands in the partitions that begin, and starts to read them.
    fn ask(&mut self, ready: &mut VecDeque<Read>) -> Result<(), ClientError> {
        let asking = |(partition, follow): (&i32, &Follow)| matches!(follow.stage, Stage::Asking).then_some(*partition);
        let partitions: Vec<i32> = self.follows.iter().filter_map(asking).collect();
        let marks = self.watermarks(&partitions)?;
        for partition in partitions {
            let Some(&(start, end)) = marks.get(&partition) else { continue };
            self.begin(partition, start, end, ready)?;
        }
        Ok(())
    }

    fn begin(&mut self, partition: i32, start: i64, end: i64, ready: &mut VecDeque<Read>) -> Result<(), ClientError> {
        let topic = self.topic;
        let Some(from) = self.follows.get(&partition).map(|follow| follow.from) else { return Ok(()) };
        let next = match from {
            From::Beginning => start,
            From::End => end,
            From::Offset(offset) => offset,
            From::Time(time) => self.offset_at(partition, time)?.unwrap_or(end),
        };
        // The end of what is committed is not the end of what is there, so the broker must judge an offset behind it.
        let beyond = next > end && self.isolation == Isolation::Uncommitted;
        if next < start || beyond {
            self.follows.remove(&partition);
            ready.push_back(Read::Gone { topic, partition, wanted: next, start, end });
            return Ok(());
        }
        self.consumer
            .incremental_assign(&self.list(&[partition], Offset::Offset(next)))
            .map_err(|error| ClientError::of(&error))?;
        let stage = if next < end { Stage::Restoring { next, end } } else { Stage::Live { next } };
        self.follows.insert(partition, Follow { from, stage });
        if next >= end {
            ready.push_back(Read::CaughtUp { topic, partition, next });
        }
        Ok(())
    }

    /// The oldest offset of each partition and the one behind its newest settled record.
    pub(super) fn watermarks(&self, partitions: &[i32]) -> Result<BTreeMap<i32, (i64, i64)>, ClientError> {
        let starts = self.offsets(partitions, Offset::Beginning)?;
        let ends = self.offsets(partitions, Offset::End)?;
        let both = |(partition, start): (&i32, &i64)| ends.get(partition).map(|end| (*partition, (*start, *end)));
        Ok(starts.iter().filter_map(both).collect())
    }

    fn offset_at(&self, partition: i32, time_ms: i64) -> Result<Option<i64>, ClientError> {
        Ok(self.offsets(&[partition], Offset::Offset(time_ms))?.get(&partition).copied())
    }

    /// What the broker has for this time, or for the two times that stand for beginning and end.
    fn offsets(&self, partitions: &[i32], time: Offset) -> Result<BTreeMap<i32, i64>, ClientError> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let answer = self
            .consumer
            .offsets_for_times(self.list(partitions, time), ASK_TIMEOUT)
            .map_err(|error| ClientError::of(&error))?;
        self.consumer.context().context.health.answered();
        let mut offsets = BTreeMap::new();
        for element in answer.elements() {
            element.error().map_err(|error| ClientError::of(&error))?;
            if let Offset::Offset(offset) = element.offset() {
                offsets.insert(element.partition(), offset);
            }
        }
        Ok(offsets)
    }

    fn list(&self, partitions: &[i32], offset: Offset) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            let mut element = list.add_partition(&self.name, *partition);
            if let Err(error) = element.set_offset(offset) {
                tracing::error!(topic = self.topic.as_str(), partition, "offset cannot be asked for: {error}");
            }
        }
        list
    }
}

fn stored(topic: Topic, message: &BorrowedMessage<'_>) -> Stored {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        let owned = |header: rdkafka::message::Header<'_, &[u8]>| {
            (header.key.to_owned(), header.value.unwrap_or_default().to_vec())
        };
        headers.iter().map(owned).collect()
    });
    Stored {
        topic,
        partition: message.partition(),
        offset: message.offset(),
        time_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}

#[cfg(test)]
mod tests {
    use super::offset_in;

    #[test]
    fn the_end_is_read_from_librdkafkas_words() {
        let words = "Fetch from broker 1 reached end of partition at offset 20 (HighwaterMark 21)";
        assert_eq!(offset_in(words), Some(20));
        assert_eq!(offset_in("no offset here"), None);
        assert_eq!(offset_in("at offset INVALID"), None);
    }
}
