//! A batch: what has been read of items is judged on an overlay and committed whole, or not at all.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::Judge;
use super::lane::LaneError;
use super::publish::{self, Letter};
use crate::app::clock;
use crate::event::{DeadReason, DecodeError, EventType, ItemRecord, Stage};
use crate::judge::{Batch, Decision, Input, Outcome, Overlay, Position, Stamp, Unfit};
use crate::kafka::{CommitError, JudgeProducer, Read, Record, Source, Stored, Topic};
use crate::metrics::{self, Reached, Transaction};

/// How long to wait for a first item before orders are looked at.
const POLL: Duration = Duration::from_millis(50);

/// Without items the position is written this often, so that it never expires.
const IDLE_COMMIT: Duration = Duration::from_secs(24 * 3600);

/// What one turn of the loop did.
pub(super) enum Turn {
    /// A batch is committed; `next` is the offset to read next.
    Committed { next: i64 },
    /// Nothing was there.
    Quiet,
}

/// A record of items, ready to be judged.
struct Item {
    stored: Stored,
    input: Input,
    stamp: Stamp,
    /// Why it cannot be judged, in words.
    fault: Option<String>,
}

/// A judged batch and all that makes it visible.
struct Judged {
    batch: Batch,
    records: Vec<Record>,
    ends: Vec<End>,
}

/// How judging one record ended, as it is counted once that is committed.
struct End {
    outcome: Outcome,
    conflict: bool,
    event: Option<EventType>,
    dead: Option<Unfit>,
    fetched: Option<DateTime<Utc>>,
}

impl Judge {
    /// Reads, judges and commits one batch; `age` is the time since the last commit.
    pub(super) fn turn(
        &mut self,
        producer: &mut JudgeProducer,
        items: &mut Source,
        age: Duration,
    ) -> Result<Turn, LaneError> {
        let read = self.read(items)?;
        let Some(last) = read.last() else {
            return if age >= IDLE_COMMIT { self.renew(producer) } else { Ok(Turn::Quiet) };
        };
        let next = last.stored.offset + 1;
        let bytes = read.iter().map(|item| item.stored.value.as_ref().map_or(0, Vec::len)).sum();
        self.opened(&read);
        match self.commit(producer, &read) {
            Ok(()) => {}
            // One record is at fault: with a new producer each item is committed alone, which finds it.
            Err(LaneError::Commit(CommitError::Record { .. })) => self.one_by_one(producer, read)?,
            Err(error) => return Err(error),
        }
        if let Some(backlog) = &self.links.kafka.backlog {
            backlog.give_back(bytes);
        }
        Ok(Turn::Committed { next })
    }

    fn read(&self, items: &mut Source) -> Result<Vec<Item>, LaneError> {
        let judge = &self.links.judge;
        let (mut read, mut bytes) = (Vec::new(), 0_u64);
        let mut deadline = Instant::now() + POLL;
        while read.len() < judge.batch_items_max && bytes < judge.batch_bytes_max {
            match items.poll(deadline.saturating_duration_since(Instant::now())) {
                Some(Read::Record(stored)) => {
                    if read.is_empty() {
                        deadline = Instant::now() + judge.batch_linger;
                    }
                    bytes += stored.value.as_ref().map_or(0, |value| u64::try_from(value.len()).unwrap_or(0));
                    read.push(item(*stored)?);
                }
                Some(Read::CaughtUp { .. }) => {}
                Some(Read::Gone { wanted, start, .. }) => return Err(LaneError::ItemsGone { wanted, start }),
                Some(Read::Failed { error, .. }) => return Err(error.into()),
                None => break,
            }
        }
        Ok(read)
    }

    /// Judges items and commits all of it together; memory moves on only with it.
    fn commit(&mut self, producer: &mut JudgeProducer, items: &[Item]) -> Result<(), LaneError> {
        let judged = self.judge_all(items);
        let begun = Instant::now();
        let committed = producer.commit(&judged.records);
        let result = match &committed {
            Ok(_) => Transaction::Committed,
            Err(CommitError::Record { .. } | CommitError::Fenced) => Transaction::Aborted,
            Err(CommitError::Broker(_)) => Transaction::Unknown,
        };
        self.links.metrics.judging.transactions.of(result).observe(begun.elapsed().as_secs_f64());
        committed?;
        self.memory.merge(judged.batch);
        self.count(&judged.ends, &judged.records);
        Ok(())
    }

    fn opened(&self, items: &[Item]) {
        let counted = &self.links.metrics.judging;
        counted.items_read.inc_by(u64::try_from(items.len()).unwrap_or(0));
        counted.items_in_batch.set(i64::try_from(items.len()).unwrap_or(i64::MAX));
        let oldest = items.first().map_or(0.0, |item| metrics::unix_seconds(item.stamp.record_time));
        counted.oldest_waiting.set(oldest);
    }

    /// A lane ends in the middle of a batch: its items are read again, by this replica or by another.
    pub(super) fn returned(&self) {
        let counted = &self.links.metrics.judging;
        counted.items_returned.inc_by(u64::try_from(counted.items_in_batch.get()).unwrap_or(0));
        counted.items_in_batch.set(0);
    }

    /// Counts what a commit made visible: each item in exactly one outcome.
    fn count(&self, ends: &[End], records: &[Record]) {
        let counted = &self.links.metrics.judging;
        let now = clock::now();
        for end in ends {
            counted.items.of(end.outcome).inc();
            counted.items_in_batch.dec();
            counted.alias_conflicts.inc_by(u64::from(end.conflict));
            if let Some(kind) = end.event {
                counted.events.of(kind).inc();
                let latency = end.fetched.and_then(|fetched| (now - fetched).to_std().ok()).unwrap_or_default();
                counted.event_latency.of(Reached::Committed).observe(latency.as_secs_f64());
            }
            if let Some(reason) = end.dead {
                counted.dead_letters.of(Stage::Judge, DeadReason::from(reason)).inc();
            }
        }
        records.iter().for_each(|record| self.links.metrics.broker.records.of(record.topic).inc());
        counted.last_commit.set(metrics::unix_seconds(now));
        counted.oldest_waiting.set(0.0);
    }

    fn judge_all(&self, items: &[Item]) -> Judged {
        let mut overlay = Overlay::new(&self.memory);
        let (mut records, mut ends) = (Vec::new(), Vec::new());
        for item in items {
            let mut decision = overlay.decide(&item.input, item.stamp);
            match self.publish(item, &decision) {
                Ok(published) => records.extend(published),
                // What cannot be published is no verdict: the item itself goes to the dead letters.
                Err(why) => {
                    decision = overlay.decide(&Input::Unfit(Unfit::TooLarge), item.stamp);
                    records.extend(self.letter(item, Unfit::TooLarge, &why, &decision));
                }
            }
            overlay.accept(&decision);
            ends.push(end(item, &decision));
        }
        let batch = overlay.finish();
        records.extend(batch.records().into_iter().map(memory_record));
        Judged { batch, records, ends }
    }

    /// The records that a decision publishes: none for most, one for an article, a duplicate or a dead letter.
    fn publish(&self, item: &Item, decision: &Decision) -> Result<Option<Record>, String> {
        match &item.input {
            Input::Observed(observation) => publish::event(decision, observation, &self.links.kafka),
            Input::Left(_) | Input::Back(_) => Ok(None),
            Input::Unfit(unfit) => Ok(self.letter(item, *unfit, item.fault.as_deref().unwrap_or_default(), decision)),
        }
    }

    fn letter(&self, item: &Item, unfit: Unfit, why: &str, decision: &Decision) -> Option<Record> {
        publish::letter(&Letter { stored: &item.stored, unfit, why, time: decision.event_time() }, &self.links.kafka)
    }

    /// Commits each item in a transaction of its own, with all that it publishes and its position; the one that
    /// fails alone is what the broker refuses, and becomes a dead letter.
    fn one_by_one(&mut self, producer: &mut JudgeProducer, items: Vec<Item>) -> Result<(), LaneError> {
        for mut item in items {
            *producer = JudgeProducer::init(&self.links.kafka)?;
            match self.commit(producer, std::slice::from_ref(&item)) {
                Ok(()) => {}
                Err(LaneError::Commit(CommitError::Record { fault, .. })) => {
                    *producer = JudgeProducer::init(&self.links.kafka)?;
                    item.fault = Some(fault.to_string());
                    item.input = Input::Unfit(Unfit::Refused);
                    self.commit(producer, &[item])?;
                }
                Err(error) => return Err(error),
            }
        }
        *producer = JudgeProducer::init(&self.links.kafka)?;
        Ok(())
    }

    /// Writes the position again, so that it never grows older than what keeps it.
    fn renew(&mut self, producer: &mut JudgeProducer) -> Result<Turn, LaneError> {
        let Some(position) = self.memory.position().copied() else { return Ok(Turn::Quiet) };
        let records: Vec<Record> = self.memory.renewal().records().into_iter().map(memory_record).collect();
        producer.commit(&records)?;
        Ok(Turn::Committed { next: position.next() })
    }
}

fn item(stored: Stored) -> Result<Item, LaneError> {
    let value = stored.value.as_deref().unwrap_or_default();
    let stamp = Stamp {
        offset: stored.offset,
        record_time: DateTime::from_timestamp_millis(stored.time_ms).unwrap_or_default(),
        digest: Position::digest_of(value),
        clock: clock::now(),
    };
    let (input, fault) = match ItemRecord::decode(value) {
        Ok(ItemRecord::Observed(observation)) => (Input::Observed(observation), None),
        Ok(ItemRecord::Left(feed)) => (Input::Left(feed), None),
        Ok(ItemRecord::Back(feed)) => (Input::Back(feed), None),
        Err(error @ (DecodeError::Newer(_) | DecodeError::UnknownKind(_))) => {
            return Err(LaneError::LaterItem(error.to_string()));
        }
        Err(error @ DecodeError::Malformed(_)) => (Input::Unfit(Unfit::Undecodable), Some(error.to_string())),
    };
    Ok(Item { stored, input, stamp, fault })
}

fn end(item: &Item, decision: &Decision) -> End {
    let is_dead = decision.outcome == Outcome::DeadLetter;
    let (fetched, dead) = match &item.input {
        Input::Observed(observation) => (Some(observation.fetch.time), is_dead.then_some(Unfit::TooLarge)),
        Input::Left(_) | Input::Back(_) => (None, None),
        Input::Unfit(unfit) => (None, Some(*unfit)),
    };
    let event = decision.publication.as_ref().map(EventType::of);
    End { outcome: decision.outcome, conflict: decision.conflict, event, dead, fetched }
}

/// A record of the judge's memory, as it is sent.
pub(super) fn memory_record(record: crate::judge::record::Record) -> Record {
    let key = record.key.into_bytes();
    match record.value {
        Some(value) => Record::new(Topic::ArticleState, key, value).to_partition(0),
        None => Record::tombstone(Topic::ArticleState, key).to_partition(0),
    }
}
