//! Every metric family, its labels, unit and buckets.
//!
//! Each room counts in its own group: [`Gathering`], [`Judging`] and [`Broker`]. Every series
//! exists from the start, so a rate sees the first event. Labels are closed enums: no feed, host
//! or URL can become one. Units are seconds, bytes and counts; times are Unix seconds, zero for
//! "never", so that an age keeps growing in the eyes of the reader when we stand still.

mod broker;
mod family;
mod gathering;
mod judging;
mod labels;

use chrono::{DateTime, Utc};
use prometheus::{Registry, TextEncoder};

pub use broker::Broker;
pub use family::{CounterTable, Counters, Gauges, Histograms, Label, Seconds};
pub use gathering::Gathering;
pub use judging::Judging;
pub use labels::{FeedState, Ignored, ItemEnd, LimitHit, Measured, Reached, Restored, Role, Transaction};

use family::Declare;

/// All families of one process.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    /// Feeds, polls and items.
    pub gathering: Gathering,
    /// Verdicts, memory and what is published.
    pub judging: Judging,
    /// The way to and from Kafka.
    pub broker: Broker,
}

impl Metrics {
    /// Declares every family in a registry of its own.
    ///
    /// # Errors
    /// Two families have one name, or a name is malformed: a fault of this module, which its test finds.
    pub fn new(started: DateTime<Utc>) -> Result<Metrics, prometheus::Error> {
        let registry = Registry::new();
        let declare = Declare(&registry);
        declare.info("build_info", "What is running", ["version", env!("CARGO_PKG_VERSION")])?;
        let start = declare.seconds("start_timestamp_seconds", "When this process started, in Unix seconds")?;
        start.set(unix_seconds(started));
        let gathering = Gathering::declare(&declare)?;
        let judging = Judging::declare(&declare)?;
        let broker = Broker::declare(&declare)?;
        Ok(Metrics { registry, gathering, judging, broker })
    }

    /// All series in the text format of Prometheus.
    ///
    /// # Errors
    /// A family has no series: a fault of this module, which its test finds.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

/// A time as gauges hold it.
pub fn unix_seconds(time: DateTime<Utc>) -> f64 {
    time.timestamp() as f64 + f64::from(time.timestamp_subsec_millis()) / 1_000.0
}

#[cfg(test)]
mod tests;
