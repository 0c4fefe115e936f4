//! What gatherers count: feeds, polls and items.

use prometheus::{Gauge, Histogram, IntCounter, IntGauge};

use super::family::{Counters, Declare, Gauges};
use super::{FeedState, Ignored, ItemEnd, LimitHit, Measured};
use crate::feed::ParseFailure;
use crate::fetch::FailureReason;
use crate::schedule::{HostReason, PollOutcome};

/// From an answer out of a cache near by to the total limit of a poll.
const POLL_SECONDS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0];
/// From "at once" to a feed that is polled once a day.
const DETECTION_SECONDS: &[f64] =
    &[15.0, 60.0, 180.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0];

/// Feeds, polls and items, as one replica sees them.
#[derive(Debug, Clone)]
pub struct Gathering {
    /// Feeds of this replica by state.
    pub feeds: Gauges<FeedState>,
    /// Feeds whose poll should have begun more than one interval ago.
    pub feeds_overdue: IntGauge,
    /// How late the next poll is.
    pub schedule_lag: Gauge,
    /// Changes of a mirrored file that wait for the operator's word.
    pub changes_held_back: IntGauge,
    /// Records of feeds and their states that were read and not used.
    pub records_ignored: Counters<Ignored>,
    /// Polls by their end.
    pub polls: Counters<PollOutcome>,
    /// Polls that are under way.
    pub polls_in_flight: IntGauge,
    /// From start to the last byte.
    pub poll_duration: Histogram,
    /// Why fetches failed.
    pub fetch_failures: Counters<FailureReason>,
    /// Why documents gave no items.
    pub parse_failures: Counters<ParseFailure>,
    /// Bytes of answers.
    pub answer_bytes: Counters<Measured>,
    /// How often a host was left alone because it asked for it.
    pub hosts_throttled: Counters<HostReason>,
    /// Items found in documents.
    pub items_parsed: IntCounter,
    /// Items that are done with: parsed = the sum of these + in flight.
    pub items: Counters<ItemEnd>,
    /// Items found but not yet done with.
    pub items_in_flight: IntGauge,
    /// From the publisher's date to the fetch; plausible dates of live items only.
    pub detection_delay: Histogram,
    /// Limits that were met.
    pub limit_hits: Counters<LimitHit>,
}

impl Gathering {
    pub(super) fn declare(declare: &Declare<'_>) -> Result<Gathering, prometheus::Error> {
        Ok(Gathering {
            feeds: declare.gauges("feeds", "Feeds of this replica by state", "state")?,
            feeds_overdue: declare.gauge("feeds_overdue", "Feeds whose poll is late by more than one interval")?,
            schedule_lag: declare.seconds("schedule_lag_seconds", "How late the next poll is")?,
            changes_held_back: declare.gauge(
                "feed_changes_held_back",
                "Changes of the mirrored feeds file that wait for the operator's word",
            )?,
            records_ignored: declare.counters(
                "feed_records_ignored_total",
                "Records of feeds and their states that were read and not used, by reason",
                "reason",
            )?,
            polls: declare.counters("polls_total", "Polls by how they ended", "outcome")?,
            polls_in_flight: declare.gauge("polls_in_flight", "Polls that are under way")?,
            poll_duration: declare.histogram(
                "poll_duration_seconds",
                "From the start of a poll to its last byte",
                POLL_SECONDS,
            )?,
            fetch_failures: declare.counters("fetch_failures_total", "Fetches that failed, by reason", "reason")?,
            parse_failures: declare.counters(
                "parse_failures_total",
                "Documents that gave no items, by reason",
                "reason",
            )?,
            answer_bytes: declare.counters(
                "answer_bytes_total",
                "Bytes of answers by where they are measured",
                "at",
            )?,
            hosts_throttled: declare.counters(
                "hosts_throttled_total",
                "How often a host was left alone because it asked for it, by its answer",
                "reason",
            )?,
            items_parsed: declare.counter("items_parsed_total", "Items found in documents")?,
            items: declare.counters("items_gathered_total", "Items by how gathering was done with them", "outcome")?,
            items_in_flight: declare.gauge("items_in_flight", "Items found but not yet done with")?,
            detection_delay: declare.histogram(
                "detection_delay_seconds",
                "From the publisher's date to the fetch, of live items with a plausible date",
                DETECTION_SECONDS,
            )?,
            limit_hits: declare.counters("limit_hits_total", "Limits that were met, by name", "limit")?,
        })
    }
}
