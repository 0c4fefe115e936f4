//! The judge's seat: one thread that follows the memory as a standby, and judges while the group gives it the items.
//!
//! All calls of a transaction block, so this is an operating system thread and no task. It owns its memory; nobody
//! else touches it. Whatever goes wrong ends the *lane*, one stretch of judging; still assigned, it starts anew, from
//! what is committed and from nothing else.

mod batch;
mod lane;
pub(in crate::app) mod publish;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use crate::app::status::Status;
use crate::judge::{self, Memory, record};
use crate::kafka::{self, ClientError, From, Isolation, Member, Read, Release, Source, Stored, Topic};
use crate::metrics::{LimitHit, Metrics, Role};

/// How long a standby waits for a record before it looks at its orders.
const POLL: Duration = Duration::from_millis(50);
/// A lane that failed is started anew after this, doubled each time…
const PAUSE: Duration = Duration::from_millis(500);
/// …up to this: then items have waited long enough.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// While something lasts, a line this often.
const COMPLAIN_AGAIN: Duration = Duration::from_secs(30);

/// What the group says about the judge's seat.
#[derive(Debug)]
pub enum Seat {
    /// It is ours.
    Assigned,
    /// It goes to another replica once the release is dropped everywhere.
    Revoked(Arc<Release>),
    /// It is no longer ours.
    Lost,
    /// The process ends.
    Stop,
}

/// What the judge works with.
pub struct Links {
    /// The broker.
    pub kafka: kafka::Settings,
    /// What memory may hold and how large batches are.
    pub judge: judge::Judge,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// For the health checks.
    pub status: Status,
    /// Our membership, to note the position for tools that show lag.
    pub member: Arc<Member>,
}

/// Owns the memory of what was published.
pub struct Judge {
    links: Links,
    orders: Receiver<Seat>,
    seat: Held,
    memory: Memory,
    source: Source,
    /// Where article-state is read on; none before its first record.
    read_to: Option<i64>,
    /// Records of article-state that this version must not judge on, by key: a later record of the key lifts it.
    blocked: BTreeMap<Vec<u8>, String>,
    failures: u32,
    /// The memory was full when last looked at.
    shortened: bool,
    complained: Option<Instant>,
}

/// Whose the seat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Elsewhere,
    Ours,
    Stopping,
}

impl Judge {
    /// A standby that knows nothing yet.
    pub fn new(links: Links, orders: Receiver<Seat>) -> Judge {
        let source = Source::new(&links.kafka, Isolation::Committed);
        let memory = Memory::new(links.judge.limits);
        Judge {
            links,
            orders,
            seat: Held::Elsewhere,
            memory,
            source,
            read_to: None,
            blocked: BTreeMap::new(),
            failures: 0,
            shortened: false,
            complained: None,
        }
    }

    /// Stands by and judges until told to stop.
    pub fn run(mut self) {
        while self.seat != Held::Stopping {
            match self.seat {
                Held::Elsewhere => self.stand_by(),
                Held::Ours => self.judge(),
                Held::Stopping => {}
            }
        }
        self.role(Role::None);
    }

    /// Follows the memory, so that a take-over finds it warm.
    fn stand_by(&mut self) {
        self.role(Role::Standby);
        self.links.status.judging_works();
        // What this replica left open waits for another one, which says since when.
        self.links.metrics.judging.oldest_waiting.set(0.0);
        // A lane stops following at its start: what it has committed since is read again, which changes nothing.
        self.follow(self.read_to.map_or(From::Beginning, From::Offset));
        while self.seat == Held::Elsewhere {
            self.links.status.judge_moved();
            if let Some(read) = self.source.poll(POLL)
                && self.on_memory(read)
            {
                self.links.status.judging_works();
            }
            self.take_orders();
        }
    }

    /// Runs one lane; after a failure it is started anew, as long as the seat is ours.
    fn judge(&mut self) {
        self.role(Role::Standby);
        self.links.status.judge_moved();
        match self.lane() {
            Ok(()) => self.failures = 0,
            Err(stop) => {
                self.failures = if stop.made_progress { 1 } else { self.failures.saturating_add(1) };
                let pause = PAUSE.saturating_mul(2_u32.saturating_pow(self.failures.min(8) - 1)).min(PAUSE_MAX);
                self.links.metrics.judging.lane_failures.inc();
                self.links.status.judging_failed();
                let error = format!("{:#}", anyhow::Error::from(stop.error));
                tracing::error!(error, ?pause, "judging stopped; it starts anew");
                self.wait(pause);
            }
        }
    }

    fn wait(&mut self, pause: Duration) {
        self.role(Role::Standby);
        match self.orders.recv_timeout(pause) {
            Ok(order) => self.obey(order),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.seat = Held::Stopping,
        }
    }

    fn take_orders(&mut self) {
        loop {
            match self.orders.try_recv() {
                Ok(order) => self.obey(order),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.seat = Held::Stopping;
                    return;
                }
            }
        }
    }

    fn obey(&mut self, order: Seat) {
        match order {
            Seat::Assigned => self.seat = Held::Ours,
            // Between two batches nothing is open, so the seat can go at once.
            Seat::Revoked(release) => {
                self.seat = Held::Elsewhere;
                drop(release);
            }
            Seat::Lost => self.seat = Held::Elsewhere,
            Seat::Stop => self.seat = Held::Stopping,
        }
    }

    /// Reads article-state from here on.
    fn follow(&mut self, from: From) {
        if let Err(error) = self.source.follow(Topic::ArticleState, 0, from) {
            tracing::warn!(%error, "the judge's memory cannot be followed yet");
        }
    }

    /// Takes in what was read of the memory; says whether it has reached the end.
    fn on_memory(&mut self, read: Read) -> bool {
        match read {
            Read::Record(stored) => self.absorb(&stored),
            Read::CaughtUp { next, .. } => {
                self.read_to = Some(next);
                return true;
            }
            Read::Gone { .. } => {
                tracing::warn!("the judge's memory is read anew from its beginning");
                self.memory = Memory::new(self.links.judge.limits);
                self.read_to = None;
                self.blocked.clear();
                self.follow(From::Beginning);
            }
            Read::Failed { error, .. } => self.complain(&error),
        }
        false
    }

    fn complain(&mut self, error: &ClientError) {
        self.links.status.judging_failed();
        if self.complained.is_none_or(|said| said.elapsed() >= COMPLAIN_AGAIN) {
            tracing::warn!(%error, "the judge's memory cannot be read; tried again");
            self.complained = Some(Instant::now());
        }
    }

    fn absorb(&mut self, stored: &Stored) {
        self.read_to = Some(stored.offset + 1);
        match record::read(&stored.key, stored.value.as_deref()) {
            Ok(known) => {
                self.blocked.remove(&stored.key);
                self.memory.apply(known);
            }
            Err(error @ record::RecordError::LaterVersion { .. }) => self.block(stored, &error),
            Err(error @ record::RecordError::Malformed { .. }) => {
                tracing::error!(offset = stored.offset, %error, "a record of the judge's memory is damaged");
                self.block(stored, &error);
            }
        }
    }

    fn block(&mut self, stored: &Stored, error: &record::RecordError) {
        self.blocked.insert(stored.key.clone(), error.to_string());
    }

    fn role(&mut self, role: Role) {
        self.links.metrics.judging.role.only(role);
        self.show();
    }

    fn show(&mut self) {
        let shown = &self.links.metrics.judging;
        shown.memory_articles.set(gauge(self.memory.len()));
        let limit = self.links.judge.limits.articles_max;
        shown.memory_articles_max.set(gauge(limit));
        shown.memory_bytes.set(gauge(self.memory.bytes()));
        if self.memory.is_shortened() && !self.shortened {
            tracing::warn!(limit, "the memory is full: the oldest articles are forgotten before the window ends");
            self.links.metrics.gathering.limit_hits.of(LimitHit::MemoryArticles).inc();
        }
        self.shortened = self.memory.is_shortened();
        shown.memory_window.set(Duration::from_millis(self.memory.times().reach_ms().unsigned_abs()).as_secs_f64());
    }
}

/// A number as a gauge holds it.
fn gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
