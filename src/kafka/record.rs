//! Records as they are sent and as they are read back.

use super::{Settings, Topic};

/// What Kafka and librdkafka add to a record beside its key, value and headers: at most this much, with its batch.
const FRAME_BYTES: usize = 128;
/// Length prefixes of one header.
const HEADER_FRAME_BYTES: usize = 10;

/// A record on its way to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it goes.
    pub topic: Topic,
    /// Which partition; by the hash of its key if none is given (the hash that Java clients use).
    pub partition: Option<i32>,
    /// Its key.
    pub key: Vec<u8>,
    /// Its value; none deletes the key from a compacted topic.
    pub value: Option<Vec<u8>>,
    /// Its headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Record {
    /// A record without headers, to the partition of its key.
    pub fn new(topic: Topic, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Record {
        Record { topic, partition: None, key: key.into(), value: Some(value.into()), headers: Vec::new() }
    }

    /// A record that deletes its key.
    pub fn tombstone(topic: Topic, key: impl Into<Vec<u8>>) -> Record {
        Record { topic, partition: None, key: key.into(), value: None, headers: Vec::new() }
    }

    /// The same record, to this partition.
    #[must_use]
    pub fn to_partition(self, partition: i32) -> Record {
        Record { partition: Some(partition), ..self }
    }

    /// The same record, with these headers.
    #[must_use]
    pub fn with_headers(self, headers: Vec<(String, Vec<u8>)>) -> Record {
        Record { headers, ..self }
    }

    /// How many bytes it takes in a batch of its own, uncompressed; never too few.
    pub fn bytes(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|(name, value)| name.len() + value.len() + HEADER_FRAME_BYTES).sum();
        FRAME_BYTES + self.key.len() + self.value.as_ref().map_or(0, Vec::len) + headers
    }

    /// Whether its topic takes a record of its size.
    pub fn fits(&self, settings: &Settings) -> bool {
        self.bytes() <= settings.topic(self.topic).max_message_bytes
    }
}

/// Where an acknowledged record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// The broker's time of it, in milliseconds since 1970; ours with a broker that does not tell its own.
    pub time_ms: i64,
}

/// A record as read from a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where it was read.
    pub topic: Topic,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its time in milliseconds since 1970: the broker's, as all our topics say `LogAppendTime`.
    pub time_ms: i64,
    /// Its key; empty when it has none.
    pub key: Vec<u8>,
    /// Its value; none for a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers, in order; a header without a value has an empty one.
    pub headers: Vec<(String, Vec<u8>)>,
}
