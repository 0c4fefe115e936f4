//! What the judge counts: verdicts, memory and what is published.

use prometheus::{Gauge, IntCounter, IntGauge};

use super::family::{CounterTable, Counters, Declare, Gauges, Histograms, Seconds};
use super::{Reached, Restored, Role, Transaction};
use crate::event::{DeadReason, EventType, Stage};
use crate::judge::Outcome;

/// From a commit on the same machine to a broker that was away.
const LATENCY_SECONDS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];
/// From the 10 ms of an idle broker to the time limit of a transaction.
const TRANSACTION_SECONDS: &[f64] = &[0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0];

/// Verdicts, memory and what is published. All but `role` and `events` stand still where nobody judges.
#[derive(Debug, Clone)]
pub struct Judging {
    /// What this replica does for judging.
    pub role: Gauges<Role>,
    /// Records of items that the judge read.
    pub items_read: IntCounter,
    /// Records whose batch was not committed; whoever judges next reads them again.
    pub items_returned: IntCounter,
    /// Records by outcome, counted at the commit: read = the sum of these + returned + in the open batch.
    pub items: Counters<Outcome>,
    /// Records in the open batch.
    pub items_in_batch: IntGauge,
    /// Items whose guid and link lead to two articles; the guid wins.
    pub alias_conflicts: IntCounter,
    /// Records between the judge's position and the end of items.
    pub lag: IntGauge,
    /// Record time of the oldest item that waits to be judged; zero when none waits.
    pub oldest_waiting: Gauge,
    /// When the judge last committed.
    pub last_commit: Gauge,
    /// How long transactions took, by result.
    pub transactions: Histograms<Transaction>,
    /// Lanes that ended with an error and were started again.
    pub lane_failures: IntCounter,
    /// Articles in the judge's memory.
    pub memory_articles: IntGauge,
    /// How many articles it may remember.
    pub memory_articles_max: IntGauge,
    /// Bytes of the judge's memory.
    pub memory_bytes: IntGauge,
    /// How far back memory reaches.
    pub memory_window: Gauge,
    /// How long the last restore took.
    pub restore: Seconds<Restored>,
    /// Events written and acknowledged or committed, by type.
    pub events: Counters<EventType>,
    /// From the end of the fetch until an event had come so far.
    pub event_latency: Histograms<Reached>,
    /// Dead letters by stage and reason.
    pub dead_letters: CounterTable<Stage, DeadReason>,
}

impl Judging {
    pub(super) fn declare(declare: &Declare<'_>) -> Result<Judging, prometheus::Error> {
        let role: Gauges<Role> = declare.gauges("judge_role", "What this replica does for judging", "role")?;
        role.only(Role::None);
        Ok(Judging {
            role,
            items_read: declare.counter("items_read_total", "Records of items that the judge read")?,
            items_returned: declare.counter(
                "items_returned_total",
                "Records of items whose batch was not committed; they are read again",
            )?,
            items: declare.counters("items_judged_total", "Records of items by outcome", "outcome")?,
            items_in_batch: declare.gauge("items_in_open_batch", "Records of items in the open batch")?,
            alias_conflicts: declare
                .counter("alias_conflicts_total", "Items whose guid and link lead to two articles; the guid wins")?,
            lag: declare.gauge("items_lag", "Records of items that wait to be judged")?,
            oldest_waiting: declare.seconds(
                "oldest_waiting_item_timestamp_seconds",
                "Time of the oldest item that waits to be judged, in Unix seconds; 0 when none waits",
            )?,
            last_commit: declare.seconds(
                "last_commit_timestamp_seconds",
                "When the judge last committed, in Unix seconds; 0 for never",
            )?,
            transactions: declare.histograms(
                "transaction_duration_seconds",
                "How long transactions took, by result",
                "result",
                TRANSACTION_SECONDS,
            )?,
            lane_failures: declare.counter("judge_failures_total", "How often judging failed and was started again")?,
            memory_articles: declare.gauge("memory_articles", "Articles in the judge's memory")?,
            memory_articles_max: declare.gauge("memory_articles_max", "How many articles the judge may remember")?,
            memory_bytes: declare.gauge("memory_bytes", "Bytes of the judge's memory")?,
            memory_window: declare.seconds("memory_window_seconds", "How far back the judge's memory reaches")?,
            restore: declare.seconds_by("restore_seconds", "How long the last restore took", "of")?,
            events: declare.counters("events_published_total", "Events that were published, by type", "type")?,
            event_latency: declare.histograms(
                "event_latency_seconds",
                "From the end of the fetch until an event had come so far",
                "stage",
                LATENCY_SECONDS,
            )?,
            dead_letters: declare.table(
                "dead_letters_total",
                "What could not be processed, by stage and reason",
                ["stage", "reason"],
            )?,
        })
    }
}
