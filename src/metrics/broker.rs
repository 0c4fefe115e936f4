//! The way to and from Kafka.

use prometheus::{Gauge, IntGauge};

use super::family::{Counters, Declare};
use crate::kafka::Topic;

/// The way to and from Kafka, as one replica sees it.
#[derive(Debug, Clone)]
pub struct Broker {
    /// One while the broker answers.
    pub reachable: IntGauge,
    /// Feed partitions that this replica owns.
    pub feed_partitions: IntGauge,
    /// Records written and acknowledged, or committed, by topic.
    pub records: Counters<Topic>,
    /// Bytes that wait for their acknowledgement.
    pub held_bytes: IntGauge,
    /// How many bytes may wait before no poll is started.
    pub held_bytes_max: IntGauge,
    /// Records that wait for their acknowledgement.
    pub held_records: IntGauge,
    /// When a record was last acknowledged.
    pub last_acknowledged: Gauge,
}

impl Broker {
    pub(super) fn declare(declare: &Declare<'_>) -> Result<Broker, prometheus::Error> {
        Ok(Broker {
            reachable: declare.gauge("broker_reachable", "1 while the broker answers, else 0")?,
            feed_partitions: declare.gauge("feed_partitions", "Feed partitions that this replica owns")?,
            records: declare.counters(
                "records_written_total",
                "Records that were acknowledged or committed, by topic",
                "topic",
            )?,
            held_bytes: declare.gauge("held_bytes", "Bytes that wait for the broker's acknowledgement")?,
            held_bytes_max: declare.gauge("held_bytes_max", "How many bytes may wait before polling stops")?,
            held_records: declare.gauge("held_records", "Records that wait for the broker's acknowledgement")?,
            last_acknowledged: declare.seconds(
                "last_acknowledged_timestamp_seconds",
                "When a record was last acknowledged, in Unix seconds; 0 for never",
            )?,
        })
    }
}
