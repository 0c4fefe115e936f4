//! A lane: one stretch of judging, from taking over to the first error or order.
//!
//! The order of its start is the guarantee: the newest producer fences all older ones and settles what they left
//! open; only then is the end of the memory asked for and read; only then is the position compared with the items.

use std::time::{Duration, Instant};

use super::batch::{Turn, memory_record};
use super::{Held, Judge};
use crate::judge::{Found, Log, Position, Published, Standing, check_position, record};
use crate::kafka::{ClientError, CommitError, From, Isolation, JudgeProducer, Read, Share, Source, Topic};
use crate::metrics::{Restored, Role};

/// Without any answer of the broker for so long, a restore is given up and begun anew.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How long one look for a record lasts.
const POLL: Duration = Duration::from_millis(50);

/// Why a lane ended on its own.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) error: LaneError,
    /// Something was committed in it.
    pub(super) made_progress: bool,
}

/// What ends a lane.
#[derive(Debug, thiserror::Error)]
pub(super) enum LaneError {
    /// The broker did not let us take over, or read.
    #[error("the broker does not let this replica judge")]
    Client(#[from] ClientError),
    /// A batch was not committed.
    #[error("a batch of articles was not committed")]
    Commit(#[from] CommitError),
    /// The items are not those that were judged.
    #[error("{0}: nothing is judged until an operator has looked")]
    Position(Standing),
    /// A later version wrote what we must not judge on.
    #[error("the memory of what was published cannot be used: {0}")]
    Memory(String),
    /// A later version wrote items.
    #[error("an item was written by a later version: {0}")]
    LaterItem(String),
    /// Nothing came for too long.
    #[error("the broker fell silent while `{0}` was read")]
    Silent(&'static str),
    /// Items vanished while they were read.
    #[error("items {wanted} to {start} were deleted before they were judged")]
    ItemsGone { wanted: i64, start: i64 },
}

impl Judge {
    /// Takes over and judges until ordered otherwise.
    pub(super) fn lane(&mut self) -> Result<(), Stop> {
        // Words that came while the last lane failed: taking over would put out the replica that has the seat now.
        self.take_orders();
        if self.seat != Held::Ours {
            return Ok(());
        }
        let begun = Instant::now();
        let (mut producer, mut items) = self.take_over().map_err(|error| Stop { error, made_progress: false })?;
        self.links.metrics.judging.restore.of(Restored::Memory).set(begun.elapsed().as_secs_f64());
        let known = self.memory.times().event_ms;
        self.links.metrics.judging.last_commit.set(Duration::from_millis(known.unsigned_abs()).as_secs_f64());
        tracing::info!(articles = self.memory.len(), took = ?begun.elapsed(), "judging begins");
        self.role(Role::Judging);
        let mut made_progress = false;
        let mut committed = Instant::now();
        loop {
            self.links.status.judge_moved();
            self.show_lag();
            self.take_orders();
            if self.seat != Held::Ours {
                tracing::info!("judging ends: the seat goes to another replica");
                return Ok(());
            }
            match self.turn(&mut producer, &mut items, committed.elapsed()) {
                Ok(Turn::Committed { next }) => {
                    (made_progress, committed) = (true, Instant::now());
                    self.links.status.judging_works();
                    self.links.member.note_position(Share::Items, next);
                    self.show();
                }
                Ok(Turn::Quiet) => self.links.status.judging_works(),
                Err(error) => {
                    self.returned();
                    return Err(Stop { error, made_progress });
                }
            }
        }
    }

    fn show_lag(&self) {
        let topic = &self.links.kafka.topic(Topic::Items).name;
        self.links.metrics.judging.lag.set(self.links.kafka.health.lag(topic).unwrap_or(0));
    }

    fn take_over(&mut self) -> Result<(JudgeProducer, Source), LaneError> {
        let producer = JudgeProducer::init(&self.links.kafka)?;
        self.restore()?;
        if let Some(fault) = self.blocked.values().next() {
            return Err(LaneError::Memory(fault.clone()));
        }
        let mut items = Source::new(&self.links.kafka, Isolation::Uncommitted);
        let mut producer = producer;
        let next = self.begin(&mut producer, &mut items)?;
        items.follow(Topic::Items, 0, From::Offset(next))?;
        Ok((producer, items))
    }

    /// Reads the memory up to its end as it is now, when no older judge can add to it any more.
    fn restore(&mut self) -> Result<(), LaneError> {
        self.follow(self.read_to.map_or(From::Beginning, From::Offset));
        let mut heard = Instant::now();
        while heard.elapsed() < SILENCE_MAX {
            self.links.status.judge_moved();
            if let Some(read) = self.source.poll(POLL) {
                heard = Instant::now();
                if let Read::Failed { error, .. } = read {
                    return Err(error.into());
                }
                if self.on_memory(read) {
                    self.source.stop(Topic::ArticleState, 0);
                    return Ok(());
                }
            }
        }
        Err(LaneError::Silent("article-state"))
    }

    /// Compares the position with what items holds; returns the offset to judge next.
    fn begin(&mut self, producer: &mut JudgeProducer, items: &mut Source) -> Result<i64, LaneError> {
        let (start, end) = items.watermarks(Topic::Items, 0)?;
        let at_position = match self.memory.position() {
            Some(position) if position.offset >= start && position.offset < end => self.look(items, position.offset)?,
            Some(_) | None => None,
        };
        let published = self.published(items)?;
        let log = Log { start, end, at_position };
        match check_position(self.memory.position(), &log, published) {
            Standing::Fresh { start } => self.found(producer, start),
            Standing::Continues { next } => Ok(next),
            lost @ (Standing::Below { .. } | Standing::Beyond { .. } | Standing::Another { .. } | Standing::Lost) => {
                Err(LaneError::Position(lost))
            }
        }
    }

    /// Writes the first position of all, in a transaction of its own. Without it a judge that dies in its first batch
    /// would leave articles that are not empty (aborted records raise their end) and no position: as if all were lost.
    fn found(&mut self, producer: &mut JudgeProducer, start: i64) -> Result<i64, LaneError> {
        let position =
            Position { offset: start - 1, record_ms: 0, digest: Position::digest_of(&[]), times: self.memory.times() };
        producer.commit(&[memory_record(record::of_position(&position))])?;
        self.memory.apply(record::Stored::Position(position));
        Ok(start)
    }

    /// The record that stands at an offset of items.
    fn look(&self, items: &mut Source, offset: i64) -> Result<Option<Found>, LaneError> {
        items.follow(Topic::Items, 0, From::Offset(offset))?;
        let begun = Instant::now();
        while begun.elapsed() < SILENCE_MAX {
            match items.poll(POLL) {
                Some(Read::Record(stored)) => {
                    items.stop(Topic::Items, 0);
                    let digest = Position::digest_of(stored.value.as_deref().unwrap_or_default());
                    return Ok((stored.offset == offset).then_some(Found { record_ms: stored.time_ms, digest }));
                }
                Some(Read::CaughtUp { .. } | Read::Gone { .. }) => return Ok(None),
                Some(Read::Failed { error, .. }) => return Err(error.into()),
                None => {}
            }
        }
        Err(LaneError::Silent("items"))
    }

    fn published(&self, source: &mut Source) -> Result<Published, LaneError> {
        for partition in 0..self.links.kafka.topic(Topic::Articles).partitions {
            if source.watermarks(Topic::Articles, partition)?.1 > 0 {
                return Ok(Published::Something);
            }
        }
        Ok(Published::Nothing)
    }
}
