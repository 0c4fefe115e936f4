//! The judge's writes: all of a batch becomes visible at once, or none of it, and only from the newest judge.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};

use super::client::Context;
use super::error::{ClientError, CommitError, RecordFault, code_of, is_fenced, record_fault};
use super::{Record, Settings, producer};

/// How long taking over may take: the coordinator first settles what the last judge left open.
const INIT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an unfinished transaction is given to be aborted; if it is not, the next judge's start aborts it.
const ABORT_TIMEOUT: Duration = Duration::from_secs(3);
/// librdkafka's own flush and commit wait in steps of 100 ms, so we wait for acknowledgements ourselves.
const STEP: Duration = Duration::from_millis(1);
/// The judge has a whole batch at hand, so there is nothing to linger for.
const LINGER_MS: &str = "2";

/// What one commit made visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// How many records.
    pub records: usize,
    /// How many bytes, before compression.
    pub bytes: usize,
}

/// The only writer of articles, duplicates and the judge's memory. One thread owns it; every call blocks.
pub struct JudgeProducer {
    settings: Settings,
    producer: BaseProducer<Context<Failures>>,
    spent: bool,
}

/// What went wrong with records of the transaction that runs.
#[derive(Default)]
struct Failures(Mutex<Vec<(usize, RDKafkaErrorCode)>>);

impl Failures {
    fn take(&self) -> Vec<(usize, RDKafkaErrorCode)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ProducerContext for Context<Failures> {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        if let Err((error, _)) = result {
            let code = code_of(error).unwrap_or(RDKafkaErrorCode::Unknown);
            self.role.0.lock().unwrap_or_else(PoisonError::into_inner).push((index, code));
        }
    }
}

impl JudgeProducer {
    /// Takes over as the judge: from here on no older one can commit, and what it left open is settled. Ask for the
    /// end of what is committed only after this.
    pub fn init(settings: &Settings) -> Result<JudgeProducer, ClientError> {
        let producer = transactional(settings, &settings.transactional_id())?;
        producer.init_transactions(INIT_TIMEOUT).map_err(|error| ClientError::of(&error))?;
        Ok(JudgeProducer { settings: settings.clone(), producer, spent: false })
    }

    /// Makes the whole batch visible at once, or none of it. After an error this producer is spent: drop it.
    pub fn commit(&mut self, batch: &[Record]) -> Result<Committed, CommitError> {
        if self.spent {
            return Err(CommitError::Broker("this producer has failed before".to_owned()));
        }
        if batch.is_empty() {
            return Ok(Committed { records: 0, bytes: 0 });
        }
        let outcome = self.attempt(batch);
        if let Err(error) = &outcome {
            self.spent = true;
            self.give_up(error);
        }
        outcome.map(|()| Committed { records: batch.len(), bytes: batch.iter().map(Record::bytes).sum() })
    }

    fn attempt(&self, batch: &[Record]) -> Result<(), CommitError> {
        // A record that cannot fit never reaches the broker, which would blame its companions too.
        if let Some(index) = batch.iter().position(|record| !record.fits(&self.settings)) {
            return Err(CommitError::Record { index, fault: RecordFault::TooLarge });
        }
        let deadline = Instant::now() + self.settings.transaction_timeout;
        self.producer.begin_transaction().map_err(|error| self.fault(&error))?;
        for (index, record) in batch.iter().enumerate() {
            self.stage(index, record, deadline)?;
        }
        while self.producer.in_flight_count() > 0 {
            if Instant::now() >= deadline {
                return Err(CommitError::Broker("records were not acknowledged in time".to_owned()));
            }
            self.producer.poll(STEP);
        }
        self.judge_failures()?;
        self.producer.commit_transaction(self.settings.transaction_timeout).map_err(|error| self.fault(&error))
    }

    fn stage(&self, index: usize, record: &Record, deadline: Instant) -> Result<(), CommitError> {
        let topic = &self.settings.topic(record.topic).name;
        loop {
            match self.producer.send(producer::outgoing(record, topic, index)) {
                Ok(()) => return Ok(()),
                Err((error, _)) => match code_of(&error) {
                    Some(RDKafkaErrorCode::QueueFull) if Instant::now() < deadline => self.producer.poll(STEP),
                    Some(code) => match record_fault(code) {
                        Some(fault) => return Err(CommitError::Record { index, fault }),
                        None => return Err(self.fault(&error)),
                    },
                    // Only a topic name with a zero byte, which the settings refuse.
                    None => return Err(CommitError::Broker(error.to_string())),
                },
            }
        }
    }

    /// Sorts what was not acknowledged: being fenced explains everything else, a faulty record its companions.
    fn judge_failures(&self) -> Result<(), CommitError> {
        let failures = self.producer.context().role.take();
        let Some((_, first)) = failures.first() else { return Ok(()) };
        if failures.iter().any(|(_, code)| is_fenced(*code)) || self.is_fenced() {
            return Err(CommitError::Fenced);
        }
        let faulty = |(index, code): &(usize, RDKafkaErrorCode)| Some((*index, record_fault(*code)?));
        if let Some((index, fault)) = failures.iter().filter_map(faulty).min_by_key(|(index, _)| *index) {
            return Err(CommitError::Record { index, fault });
        }
        Err(CommitError::Broker(first.to_string()))
    }

    fn fault(&self, error: &KafkaError) -> CommitError {
        if code_of(error).is_some_and(is_fenced) || self.is_fenced() {
            CommitError::Fenced
        } else {
            CommitError::Broker(error.to_string())
        }
    }

    fn is_fenced(&self) -> bool {
        self.producer.client().fatal_error().is_some_and(|(code, _)| is_fenced(code))
    }

    /// An open transaction hides all that comes behind it from readers, so it is closed if the broker lets us.
    fn give_up(&self, error: &CommitError) {
        match error {
            CommitError::Fenced => {}
            CommitError::Record { .. } | CommitError::Broker(_) => {
                if let Err(error) = self.producer.abort_transaction(ABORT_TIMEOUT) {
                    tracing::debug!("transaction was not aborted, the next judge will: {error}");
                }
            }
        }
    }
}

fn transactional(settings: &Settings, id: &str) -> Result<BaseProducer<Context<Failures>>, ClientError> {
    let transaction = settings.transaction_timeout;
    // Below the transaction's own timeout, so that what is not acknowledged is known before the broker gives up.
    let message = transaction * 2 / 3;
    let mut config = producer::config(settings);
    config
        .set("transactional.id", id)
        .set("transaction.timeout.ms", transaction.as_millis().to_string())
        .set("message.timeout.ms", message.as_millis().to_string())
        .set("linger.ms", LINGER_MS);
    BaseProducer::from_config_and_context(&config, Context::new("judge", settings, Failures::default()))
        .map_err(|error| ClientError::of(&error))
}

/// Takes over a transactional id and lets it go again: proves the right to it, and stops whoever holds it.
pub(crate) fn take_over(settings: &Settings, timeout: Duration) -> Result<(), ClientError> {
    let producer = transactional(settings, &settings.transactional_id())?;
    producer.init_transactions(timeout).map_err(|error| ClientError::of(&error))
}
