//! The member's thread: polls the group and serves commands.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset;
use tokio::sync::{mpsc, oneshot};

use super::rebalance::Rebalance;
use super::{Command, Interest, Membership, Share, Waiting};
use crate::kafka::client::{self, Context};
use crate::kafka::error::{ClientError, Expelled, code_of, is_unreachable};
use crate::kafka::{Settings, Topic};

/// How long a command may wait.
const POLL: Duration = Duration::from_millis(5);
/// Between two tries of a confirmation while the group settles.
const RETRY: Duration = Duration::from_millis(200);
/// Positions are for tools that show lag: more often than this nobody looks.
const POSITIONS_EVERY: Duration = Duration::from_secs(1);
/// Kafka's own default. Our thread polls all the time; only a hand-over makes it wait, for half a session.
const MAX_POLL_INTERVAL_MS: u64 = 300_000;

pub(super) struct Worker {
    settings: Settings,
    consumer: BaseConsumer<Context<Rebalance>>,
    inbox: mpsc::UnboundedReceiver<Command>,
    waiting: Waiting,
    /// Confirmations to be asked (again), and when they are given up.
    asks: BTreeMap<Share, Ask>,
    positions: BTreeMap<Share, i64>,
    noted: BTreeMap<Share, i64>,
    note_at: Instant,
}

struct Ask {
    at: Instant,
    until: Instant,
}

impl Worker {
    pub(super) fn new(
        settings: &Settings,
        interest: Interest,
        inbox: mpsc::UnboundedReceiver<Command>,
        events: mpsc::Sender<Membership>,
    ) -> Result<Worker, ClientError> {
        let session = settings.session_timeout.as_millis();
        let mut config = client::config(settings);
        config
            .set("group.id", settings.group())
            .set("group.protocol", "classic")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", session.to_string())
            .set("heartbeat.interval.ms", (session / 5).min(3_000).to_string())
            .set(
                "max.poll.interval.ms",
                MAX_POLL_INTERVAL_MS.max(settings.session_timeout.as_secs() * 2_000).to_string(),
            )
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "latest")
            .set("allow.auto.create.topics", "false")
            .set("isolation.level", "read_committed");
        let context = Context::new("member", settings, Rebalance::new(settings, events));
        let consumer =
            BaseConsumer::from_config_and_context(&config, context).map_err(|error| ClientError::of(&error))?;
        let worker = Worker {
            settings: settings.clone(),
            consumer,
            inbox,
            waiting: Waiting::new(),
            asks: BTreeMap::new(),
            positions: BTreeMap::new(),
            noted: BTreeMap::new(),
            note_at: Instant::now(),
        };
        worker.subscribe(interest)?;
        Ok(worker)
    }

    pub(super) fn run(mut self) {
        let left = self.serve();
        // Closing the consumer revokes everything, each share with its release, and leaves the group.
        drop(self);
        if let Some(left) = left {
            // Who asked may have gone.
            left.send(()).ok();
        }
    }

    /// Serves until told to leave; then gives whom to tell.
    fn serve(&mut self) -> Option<oneshot::Sender<()>> {
        loop {
            loop {
                match self.inbox.try_recv() {
                    Ok(Command::Leave(done)) => return Some(done),
                    Ok(command) => self.obey(command),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => return None,
                }
            }
            if !self.consumer.context().role.is_listened_to() {
                return None;
            }
            if let Some(Err(error)) = self.consumer.poll(POLL) {
                tracing::debug!("the group's consumer: {error}");
            }
            self.ask_due();
            self.note_positions();
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Confirm(share, answer) => {
                let now = Instant::now();
                self.waiting.entry(share).or_default().push(answer);
                self.asks.insert(share, Ask { at: now, until: now + self.settings.session_timeout });
            }
            Command::Position(share, offset) => drop(self.positions.insert(share, offset)),
            Command::Interest(interest) => {
                if let Err(error) = self.subscribe(interest) {
                    tracing::error!("could not change what this replica wants of the group: {error}");
                }
            }
            // Taken by `serve`.
            Command::Leave(done) => done.send(()).unwrap_or_default(),
        }
    }

    fn subscribe(&self, interest: Interest) -> Result<(), ClientError> {
        let name = |topic: &Topic| self.settings.topic(*topic).name.as_str();
        let names: Vec<&str> = interest.topics().iter().map(name).collect();
        self.consumer.subscribe(&names).map_err(|error| ClientError::of(&error))
    }

    fn holds(&self, share: Share) -> bool {
        let held = self.consumer.context().role.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.contains(&share) && !self.consumer.assignment_lost()
    }

    /// Asks for the confirmations that are due, and gives up on those that had a whole session.
    fn ask_due(&mut self) {
        let now = Instant::now();
        let due: Vec<Share> = self.asks.iter().filter(|(_, ask)| ask.at <= now).map(|(share, _)| *share).collect();
        for share in due {
            if !self.holds(share) {
                self.settle(share, &Err(Expelled::NotOurs));
                continue;
            }
            // Waits for the coordinator, at most a session. One share at a time: for several, librdkafka would hide
            // that some were refused.
            let outcome = self.commit(&[share], CommitMode::Sync);
            match outcome {
                Ok(()) if self.holds(share) => self.settle(share, &Ok(())),
                Ok(()) => self.settle(share, &Err(Expelled::NotOurs)),
                Err(error) => self.refused(share, &error),
            }
        }
    }

    fn commit(&self, shares: &[Share], mode: CommitMode) -> KafkaResult<()> {
        let mut list = TopicPartitionList::with_capacity(shares.len());
        for share in shares {
            let (topic, partition) = share.place(&self.settings);
            let offset = self.positions.get(share).copied().unwrap_or(0);
            list.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        }
        self.consumer.commit(&list, mode)
    }

    fn refused(&mut self, share: Share, error: &KafkaError) {
        let passing = |code| {
            matches!(code, RDKafkaErrorCode::RebalanceInProgress | RDKafkaErrorCode::CoordinatorLoadInProgress)
                || matches!(code, RDKafkaErrorCode::NotCoordinator)
                || is_unreachable(code)
        };
        let now = Instant::now();
        match self.asks.get_mut(&share) {
            Some(_) if !code_of(error).is_some_and(passing) => {
                self.settle(share, &Err(Expelled::Refused(error.to_string())));
            }
            Some(ask) if now < ask.until => ask.at = now + RETRY,
            Some(_) | None => self.settle(share, &Err(Expelled::Unanswered)),
        }
    }

    fn settle(&mut self, share: Share, outcome: &Result<(), Expelled>) {
        self.asks.remove(&share);
        for answer in self.waiting.remove(&share).unwrap_or_default() {
            // Who asked may have gone.
            answer.send(outcome.clone()).ok();
        }
    }

    fn note_positions(&mut self) {
        let now = Instant::now();
        if now < self.note_at {
            return;
        }
        self.note_at = now + POSITIONS_EVERY;
        let moved = |(share, offset): (&Share, &i64)| {
            let is_news = self.noted.get(share) != Some(offset) && !self.asks.contains_key(share);
            (is_news && self.holds(*share)).then_some(*share)
        };
        let moved: Vec<Share> = self.positions.iter().filter_map(moved).collect();
        if !moved.is_empty() {
            self.noted.extend(moved.iter().filter_map(|share| Some((*share, *self.positions.get(share)?))));
            if let Err(error) = self.commit(&moved, CommitMode::Async) {
                tracing::debug!("positions were not noted: {error}");
            }
        }
    }
}
