//! Reads partitions from offsets that we choose, outside any group.
//!
//! One librdkafka consumer for each topic: the end of a partition and a gap are reported to us without the topic's
//! name, and so stay unambiguous.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::ClientError;
use super::record::Stored;
use super::{Settings, Topic};

mod line;
mod signal;

use line::Line;
pub(crate) use signal::Signal;

/// A signal can be lost when librdkafka spends a wake-up on a log line, so no wait is longer than this.
const WAIT_MAX: Duration = Duration::from_millis(20);

/// Whether records of unfinished and aborted transactions are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Only what was committed, up to the first unfinished transaction.
    Committed,
    /// Everything.
    Uncommitted,
}

/// Where reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The oldest record that the broker still has.
    Beginning,
    /// Behind the newest record.
    End,
    /// This offset.
    Offset(i64),
    /// The first record at or after this time, in milliseconds since 1970.
    Time(i64),
}

/// What reading gives.
#[derive(Debug)]
pub enum Read {
    /// A record.
    Record(Box<Stored>),
    /// Everything that stood in the partition when following began has been read. Comes once for each follow.
    CaughtUp {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: i32,
        /// Where reading goes on.
        next: i64,
    },
    /// The wanted offset is not within what the broker has: records are lost, or the topic was made anew. The
    /// partition is no longer followed.
    Gone {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: i32,
        /// The offset that was to be read.
        wanted: i64,
        /// The oldest offset that the broker has.
        start: i64,
        /// The offset behind its newest record.
        end: i64,
    },
    /// Reading a topic fails for another reason than a lost connection; it is tried again as long as it is followed.
    Failed {
        /// The topic.
        topic: Topic,
        /// What the broker said.
        error: ClientError,
    },
}

/// Follows partitions; owned by one thread, every call may block.
pub struct Source {
    settings: Settings,
    isolation: Isolation,
    signal: Arc<Signal>,
    lines: BTreeMap<Topic, Line>,
    ready: VecDeque<Read>,
}

impl Source {
    /// A source that follows nothing yet.
    pub fn new(settings: &Settings, isolation: Isolation) -> Source {
        Source {
            settings: settings.clone(),
            isolation,
            signal: Arc::new(Signal::default()),
            lines: BTreeMap::new(),
            ready: VecDeque::new(),
        }
    }

    /// Begins to read a partition; one that is followed already starts anew. What stands in it is asked from the
    /// broker by the next [`Source::poll`], again and again until it answers.
    pub fn follow(&mut self, topic: Topic, partition: i32, from: From) -> Result<(), ClientError> {
        self.stop(topic, partition);
        self.line(topic)?.follow(partition, from);
        Ok(())
    }

    /// Stops reading a partition. Nothing of it comes from [`Source::poll`] afterwards.
    pub fn stop(&mut self, topic: Topic, partition: i32) {
        if let Some(line) = self.lines.get_mut(&topic) {
            line.stop(partition);
        }
        self.ready.retain(|read| !read.is_of(topic, partition));
    }

    /// The oldest offset of a partition and the one behind its newest record (with [`Isolation::Committed`]: behind
    /// the newest that is settled), asked from the broker now.
    pub fn watermarks(&mut self, topic: Topic, partition: i32) -> Result<(i64, i64), ClientError> {
        let marks = self.line(topic)?.watermarks(&[partition])?;
        marks.get(&partition).copied().ok_or_else(|| ClientError::Broker("no offsets in the answer".to_owned()))
    }

    /// The next event, if one comes in time. While the broker is asked for offsets it may take two seconds longer.
    pub fn poll(&mut self, timeout: Duration) -> Option<Read> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(read) = self.ready.pop_front() {
                return Some(read);
            }
            // One step of each topic in turn, so that a busy one cannot starve another.
            for line in self.lines.values_mut() {
                line.step(&mut self.ready);
            }
            let now = Instant::now();
            if self.ready.is_empty() {
                if now >= deadline {
                    return None;
                }
                self.signal.wait(WAIT_MAX.min(deadline - now));
            }
        }
    }

    fn line(&mut self, topic: Topic) -> Result<&mut Line, ClientError> {
        if !self.lines.contains_key(&topic) {
            let line = Line::new(&self.settings, topic, self.isolation, &self.signal)?;
            self.lines.insert(topic, line);
        }
        self.lines.get_mut(&topic).ok_or_else(|| ClientError::Settings("topic is not configured".to_owned()))
    }
}

impl Read {
    fn is_of(&self, wanted: Topic, number: i32) -> bool {
        match self {
            Read::Record(stored) => stored.topic == wanted && stored.partition == number,
            Read::CaughtUp { topic, partition, .. } | Read::Gone { topic, partition, .. } => {
                *topic == wanted && *partition == number
            }
            Read::Failed { .. } => false,
        }
    }
}
