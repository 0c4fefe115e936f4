//! The gatherer: owns the schedule, the feeds and their state; polls what is due and settles what it finds.
//!
//! One task owns everything and reads a closed set of events, so there is no lock. What takes time (claims,
//! polls, settlements) runs in tasks that change nothing and report back.

mod feeds;
mod key;
mod ownership;
pub mod poll;
mod restore;
mod secrets;
pub mod settings;
mod settle;
pub mod sight;
pub mod state;
mod tally;
mod turn;
mod turns;

use std::collections::{BTreeMap, BTreeSet};
use std::future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::app::clock;
use crate::app::status::{Restoring as Reading, Status};
use crate::article::{Digest, FeedId};
use crate::feed::Definition;
use crate::kafka::{self, Member, Publisher, Reader, Release, Tagged};
use crate::metrics::{self, Metrics};
use crate::schedule::{Next, Schedule};
use poll::{Polled, Tools};
use restore::Restore;
use settle::Tally;
use state::{FeedHealth, FeedState};
use turn::Place;

pub use key::StateKey;
pub use settings::{Gather, RawGather};

/// How often the gauges are renewed and a lost broker is looked for.
const TICK: Duration = Duration::from_secs(1);
/// No poll is started while more than this share of the outage budget is taken, so that those under way fit.
const HEADROOM: (u64, u64) = (4, 5);

/// What the group says about feed partitions.
#[derive(Debug)]
pub enum Shares {
    /// These are ours from now on.
    Assigned(Vec<i32>),
    /// These go to another replica once `Release` is dropped everywhere.
    Revoked(Vec<i32>, Arc<Release>),
    /// These are no longer ours.
    Lost(Vec<i32>),
}

/// What the gatherer works with.
pub struct Links {
    /// Takes records and acknowledges them.
    pub publisher: Arc<Publisher>,
    /// Our membership, to confirm claims.
    pub member: Arc<Member>,
    /// Reads feeds and their state.
    pub reader: Reader,
    /// Fetches and parses.
    pub tools: Arc<Tools>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// For the health checks.
    pub status: Status,
    /// Names, sizes and the broker's health.
    pub kafka: kafka::Settings,
    /// How long to hold out without acknowledgements.
    pub outage_max: Duration,
}

/// Owns what this replica gathers.
pub struct Gatherer {
    links: Links,
    schedule: Schedule,
    partitions: BTreeMap<i32, Partition>,
    feeds: BTreeMap<FeedId, Feed>,
    tasks: JoinSet<Done>,
    /// Feeds whose definitions cannot be used, each with its partition.
    skipped: BTreeMap<FeedId, i32>,
    claims_made: u64,
    /// Partitions and whether all are restored, as last told.
    shared: (usize, bool),
    /// Since when something waits for the broker.
    held_since: Option<Instant>,
    /// The limit that keeps polls from being started.
    held_up: Option<metrics::LimitHit>,
    stopping: bool,
}

/// One of our partitions.
struct Partition {
    /// Tells this taking of the partition from earlier ones.
    claim: Digest,
    epoch: u64,
    /// Polls started under this claim.
    polls: u64,
    phase: Phase,
    /// Settlements under way.
    settling: usize,
    /// Held until these are over.
    closing: Option<Arc<Release>>,
    /// The group has given it up while the broker was away: polled on until the broker is back.
    orphaned: bool,
    /// Its feeds.
    feeds: BTreeSet<FeedId>,
    /// Feeds whose state a later version has written.
    later: BTreeSet<FeedId>,
    /// Falls when it goes, so that settlements under way write no state any more.
    ours: Arc<AtomicBool>,
}

/// How far a partition is taken over.
enum Phase {
    /// The claim is being written and confirmed.
    Claiming,
    /// What is wanted and what is known is being read.
    Restoring(Box<Restoring>),
    /// What a replica that no longer owned it had written is being written anew.
    Cleaning,
    /// Its feeds are polled.
    Owned,
}

/// What has been read of a partition.
#[derive(Default)]
struct Restoring {
    restore: Restore,
    /// The last word on each; none where it is wanted no more.
    definitions: BTreeMap<FeedId, Option<Vec<u8>>>,
    feeds_read: bool,
    state_read: bool,
}

/// A feed of ours.
struct Feed {
    partition: i32,
    definition: Arc<Definition>,
    state: Arc<FeedState>,
    wanted: Wanted,
    stage: Stage,
    /// An operator asked for a poll that has not been planned yet.
    asked: bool,
}

/// What the operator wants of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Active,
    Paused,
    Removed,
}

/// What is under way for a feed; one thing at a time.
enum Stage {
    Idle,
    Polling(AbortHandle),
    Settling,
}

/// What a task reports.
enum Done {
    Claimed { partition: i32, claim: Digest, result: Result<(), String> },
    Cleaned { partition: i32, claim: Digest },
    Polled(Box<Polled>),
    Settled(Settled),
    Removed { feed: FeedId, partition: i32, claim: Digest },
}

/// A feed's settlement that is acknowledged.
struct Settled {
    feed: FeedId,
    partition: i32,
    claim: Digest,
    state: Arc<FeedState>,
    tally: Tally,
    /// When its items had been fetched.
    fetched: Option<DateTime<Utc>>,
}

impl Feed {
    /// A feed for which nothing is under way.
    fn new(partition: i32, definition: Definition, state: FeedState, wanted: Wanted) -> Feed {
        let (definition, state) = (Arc::new(definition), Arc::new(state));
        Feed { partition, definition, state, wanted, stage: Stage::Idle, asked: false }
    }

    /// How it is counted; a removed feed is not.
    fn shown_as(&self) -> Option<metrics::FeedState> {
        match (self.wanted, self.state.health) {
            (Wanted::Active, FeedHealth::Well) => Some(metrics::FeedState::Active),
            (Wanted::Active, FeedHealth::Failing | FeedHealth::Gone) => Some(metrics::FeedState::Failing),
            (Wanted::Paused, _) => Some(metrics::FeedState::Paused),
            (Wanted::Removed, _) => None,
        }
    }
}

impl Partition {
    /// Whether its feeds are polled.
    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Owned) && self.closing.is_none()
    }
}

impl Gatherer {
    /// A gatherer that owns nothing yet.
    pub fn new(links: Links, schedule: Schedule) -> Gatherer {
        Gatherer {
            links,
            schedule,
            partitions: BTreeMap::new(),
            feeds: BTreeMap::new(),
            tasks: JoinSet::new(),
            skipped: BTreeMap::new(),
            claims_made: 0,
            shared: (0, true),
            held_since: None,
            held_up: None,
            stopping: false,
        }
    }

    /// Gathers until told to stop; then settles what is under way and ends.
    pub async fn run(
        mut self,
        mut shares: mpsc::Receiver<Shares>,
        mut reads: mpsc::Receiver<Tagged>,
        stop: CancellationToken,
    ) {
        let mut tick = tokio::time::interval(TICK);
        while !(self.stopping && self.settlements() == 0) {
            let wake = self.start_due();
            tokio::select! {
                () = stop.cancelled(), if !self.stopping => self.stop(),
                Some(order) = shares.recv() => self.on_shares(order),
                Some(read) = reads.recv() => self.on_read(read),
                Some(done) = self.tasks.join_next() => match done {
                    Ok(done) => self.on_done(done),
                    Err(error) if error.is_cancelled() => {}
                    // What it was to settle is not remembered: a new process finds it again, this one would never.
                    Err(error) => {
                        tracing::error!(%error, "a gathering task failed; this replica gives up");
                        return;
                    }
                },
                () = sleep_until(wake) => {}
                _ = tick.tick() => self.on_tick(),
            }
        }
    }

    fn on_done(&mut self, done: Done) {
        match done {
            Done::Claimed { partition, claim, result } => self.on_claimed(partition, claim, result),
            Done::Cleaned { partition, claim } => self.on_cleaned(partition, claim),
            Done::Polled(polled) => self.on_polled(*polled),
            Done::Settled(settled) => self.on_settled(settled),
            Done::Removed { feed, partition, claim } => self.on_removed(feed, partition, claim),
        }
    }

    /// No poll is started any more; those under way are given up, for nothing of theirs is remembered yet.
    fn stop(&mut self) {
        self.stopping = true;
        let all: Vec<i32> = self.partitions.keys().copied().collect();
        all.into_iter().for_each(|partition| self.abandon_polls(partition));
    }

    fn settlements(&self) -> usize {
        self.partitions.values().map(|partition| partition.settling).sum()
    }

    fn on_tick(&mut self) {
        if self.links.kafka.health.reachable() {
            self.drop_orphans();
        }
        let is_owned = |owned: &Partition| matches!(owned.phase, Phase::Owned);
        let restored = self.partitions.values().all(is_owned);
        let shared = (self.partitions.len(), restored);
        if shared != self.shared {
            self.shared = shared;
            if restored {
                tracing::info!(partitions = shared.0, feeds = self.feeds.len(), "this replica's share of the feeds");
            }
        }
        self.links.status.restoring(if restored { Reading::Done } else { Reading::UnderWay });
        self.links.status.left_alone(self.partitions.values().map(|owned| owned.later.len()).sum());
        self.links.status.gatherer_moved();
        self.show();
    }

    /// Renews the gauges.
    fn show(&self) {
        let now = clock::steady();
        let shown = &self.links.metrics.gathering;
        shown.feeds_overdue.set(gauge(self.schedule.overdue(OVERDUE_GRACE, now)));
        shown.schedule_lag.set(self.schedule.lag(now).as_secs_f64());
        shown.polls_in_flight.set(gauge(self.schedule.in_flight()));
        let mut states = BTreeMap::from([(metrics::FeedState::Skipped, self.skipped.len())]);
        for state in
            self.feeds.iter().filter(|(id, _)| !self.skipped.contains_key(id)).filter_map(|(_, feed)| feed.shown_as())
        {
            *states.entry(state).or_default() += 1;
        }
        for state in metrics::FeedState::ALL {
            shown.feeds.of(*state).set(gauge(states.get(state).copied().unwrap_or_default()));
        }
        self.show_broker();
    }

    fn show_broker(&self) {
        let shown = &self.links.metrics.broker;
        let held = self.links.publisher.unacknowledged();
        shown.held_bytes.set(gauge(held.bytes));
        shown.held_records.set(gauge(held.records));
        shown.held_bytes_max.set(gauge(self.links.publisher.bytes_max()));
        shown.feed_partitions.set(gauge(self.partitions.len()));
        shown.reachable.set(i64::from(self.links.kafka.health.reachable()));
        if let Some(last) = self.links.publisher.last_ack() {
            shown.last_acknowledged.set(metrics::unix_seconds(clock::now()) - last.elapsed().as_secs_f64());
        }
    }

    /// Starts what is due and returns when to look again; none: only an event can bring more.
    fn start_due(&mut self) -> Option<DateTime<Utc>> {
        if self.stopping {
            return None;
        }
        loop {
            let now = clock::steady();
            if !self.has_room() {
                return None;
            }
            match self.schedule.next(now) {
                Next::Start(feed) => self.start_poll(feed, now),
                Next::Wait(until) => return Some(until),
                Next::Idle => return None,
            }
        }
    }

    /// Whether what a poll finds can be held until the broker takes it; else the web is the buffer.
    fn has_room(&mut self) -> bool {
        let held = self.links.publisher.unacknowledged();
        let (part, whole) = HEADROOM;
        let now = Instant::now();
        // An idle replica has no acknowledgement for hours: silence counts from when something waits for one.
        let waits_since = (held.records > 0).then(|| self.held_since.unwrap_or(now));
        self.held_since = waits_since;
        let heard = waits_since.max(self.links.publisher.last_ack());
        let full = held.bytes >= self.links.publisher.bytes_max() / whole * part;
        let silent = heard.map(|heard| now.saturating_duration_since(heard));
        let outlasted = held.records > 0 && silent.is_some_and(|silent| silent >= self.links.outage_max);
        let limit = match (full, outlasted) {
            (false, false) => None,
            (true, _) => Some(metrics::LimitHit::OutageBytes),
            (false, true) => Some(metrics::LimitHit::OutageTime),
        };
        // Counted when it is met, not as often as it is looked at.
        if let Some(hit) = limit.filter(|_| self.held_up.is_none()) {
            self.links.metrics.gathering.limit_hits.of(hit).inc();
            tracing::warn!(limit = hit.as_str(), "no poll is started: what was found waits for the broker");
        }
        self.held_up = limit;
        limit.is_none()
    }

    fn place(&self, partition: i32) -> Option<Place> {
        let owned = self.partitions.get(&partition)?;
        let limit = |topic| self.links.kafka.topic(topic).max_message_bytes;
        Some(Place {
            partition,
            epoch: owned.epoch,
            item_bytes_max: limit(kafka::Topic::Items),
            letter_bytes_max: limit(kafka::Topic::DeadLetters),
        })
    }
}

/// A feed that waits longer than this past its time is overdue: a host's spacing explains less.
const OVERDUE_GRACE: Duration = Duration::from_secs(60);

/// A number as a gauge holds it.
fn gauge(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

async fn sleep_until(wake: Option<DateTime<Utc>>) {
    match wake {
        Some(wake) => tokio::time::sleep((wake - clock::steady()).to_std().unwrap_or_default()).await,
        None => future::pending().await,
    }
}

#[cfg(test)]
mod tests;
