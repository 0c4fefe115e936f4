//! The gatherers' writes: at least once, in order for each partition, held as long as the broker is away.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::client::Context;
use super::error::{ClientError, RecordFault, SendError, code_of};
use super::{Receipt, Record, Settings, Stamps, Topic, producer};
use crate::clock;

/// A permit stands for this many bytes, so that a terabyte still counts in 32 bits.
const PERMIT_BYTES: u64 = 1024;
/// librdkafka counts a little more than we do; its queue must never be the tighter one.
const QUEUE_HEADROOM_KIB: u64 = 64 * 1024;
/// The most that librdkafka's queue can be set to.
const QUEUE_KIB_CEILING: u64 = 2_147_483_647;
/// Batches of many small records compress far better, and 20 ms are nothing to news.
const LINGER_MS: &str = "20";
/// Between two tries while librdkafka's own queue is full.
const FULL_PAUSE: Duration = Duration::from_millis(10);

/// What waits for the broker's acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many records.
    pub records: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// An idempotent producer with a bound on what it holds. Cheap to share behind an `Arc`.
///
/// Dropping it drops what is not acknowledged: see [`Publisher::drain`].
pub struct Publisher {
    settings: Settings,
    producer: ThreadedProducer<Context<Deliveries>>,
    room: Arc<Semaphore>,
    permits: u32,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Tally {
    records: AtomicU64,
    bytes: AtomicU64,
    last_ack: Mutex<Option<Instant>>,
}

struct Deliveries {
    stamps: Stamps,
}

/// A record on its way. Dropping it gives its room back.
struct Underway {
    answer: oneshot::Sender<Result<Receipt, SendError>>,
    held: Holding,
}

/// Room taken by one record.
struct Holding {
    _room: OwnedSemaphorePermit,
    tally: Arc<Tally>,
    bytes: u64,
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.tally.records.fetch_sub(1, Ordering::Relaxed);
        self.tally.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl ProducerContext for Context<Deliveries> {
    type DeliveryOpaque = Box<Underway>;

    fn delivery(&self, result: &DeliveryResult<'_>, underway: Box<Underway>) {
        let Underway { answer, held } = *underway;
        let outcome = match result {
            Ok(message) => {
                *held.tally.last_ack.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                self.health.answered();
                Ok(Receipt {
                    partition: message.partition(),
                    offset: message.offset(),
                    time_ms: match self.role.stamps {
                        Stamps::Broker => message.timestamp().to_millis().unwrap_or(-1),
                        Stamps::Ours => clock::now().timestamp_millis(),
                    },
                })
            }
            Err((error, _)) => Err(refusal(error)),
        };
        drop(held);
        // Who sent it may no longer wait for it.
        answer.send(outcome).ok();
    }
}

fn refusal(error: &KafkaError) -> SendError {
    code_of(error).map_or_else(|| SendError::Broker(error.to_string()), SendError::of)
}

impl Publisher {
    /// A producer with room for `outage_bytes_max` bytes.
    pub fn new(settings: &Settings) -> Result<Publisher, ClientError> {
        let kib = (settings.outage_bytes_max / PERMIT_BYTES).max(1);
        let permits = u32::try_from(kib).unwrap_or(u32::MAX >> 3);
        let mut config = producer::config(settings);
        config
            // Nothing is dropped while the broker is away.
            .set("message.timeout.ms", "0")
            .set("queue.buffering.max.messages", "0")
            .set("queue.buffering.max.kbytes", (kib + QUEUE_HEADROOM_KIB).min(QUEUE_KIB_CEILING).to_string())
            .set("linger.ms", settings.properties.get("linger.ms").unwrap_or(LINGER_MS));
        let context = Context::new("publisher", settings, Deliveries { stamps: settings.stamps });
        let producer =
            ThreadedProducer::from_config_and_context(&config, context).map_err(|error| ClientError::of(&error))?;
        Ok(Publisher {
            settings: settings.clone(),
            producer,
            room: Arc::new(Semaphore::new(usize::try_from(permits).unwrap_or(usize::MAX))),
            permits,
            tally: Arc::default(),
        })
    }

    /// Sends a record and waits for its receipt; first it waits for room. Once it is under way, dropping the future
    /// does not call it back.
    pub async fn send(&self, record: Record) -> Result<Receipt, SendError> {
        if !record.fits(&self.settings) {
            return Err(SendError::Record(RecordFault::TooLarge));
        }
        let Some(backlog) = self.settings.backlog.as_ref().filter(|_| record.topic == Topic::Items) else {
            return self.send_now(record).await;
        };
        let bytes = record.value.as_ref().map_or(0, Vec::len);
        backlog.take(bytes).await;
        self.send_now(record).await.inspect_err(|_| backlog.give_back(bytes))
    }

    async fn send_now(&self, record: Record) -> Result<Receipt, SendError> {
        let (answer, answered) = oneshot::channel();
        let underway = Box::new(Underway { answer, held: self.hold(&record).await? });
        self.enqueue(&record, underway).await?;
        drop(record);
        answered.await.unwrap_or_else(|_| Err(SendError::Broker("the producer has ended".to_owned())))
    }

    async fn hold(&self, record: &Record) -> Result<Holding, SendError> {
        let bytes = u64::try_from(record.bytes()).unwrap_or(u64::MAX);
        let permits = u32::try_from(bytes.div_ceil(PERMIT_BYTES)).unwrap_or(u32::MAX).min(self.permits);
        let room = Arc::clone(&self.room)
            .acquire_many_owned(permits)
            .await
            .map_err(|_| SendError::Broker("the producer has ended".to_owned()))?;
        self.tally.records.fetch_add(1, Ordering::Relaxed);
        self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(Holding { _room: room, tally: Arc::clone(&self.tally), bytes })
    }

    async fn enqueue(&self, record: &Record, mut underway: Box<Underway>) -> Result<(), SendError> {
        let topic = &self.settings.topic(record.topic).name;
        loop {
            match self.producer.send(producer::outgoing(record, topic, underway)) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    underway = back.delivery_opaque;
                }
                Err((error, _)) => return Err(refusal(&error)),
            }
            tokio::time::sleep(FULL_PAUSE).await;
        }
    }

    /// What waits for the broker.
    pub fn unacknowledged(&self) -> Held {
        Held { records: self.tally.records.load(Ordering::Relaxed), bytes: self.tally.bytes.load(Ordering::Relaxed) }
    }

    /// The most bytes that may wait.
    pub fn bytes_max(&self) -> u64 {
        u64::from(self.permits) * PERMIT_BYTES
    }

    /// Why this producer can send nothing any more, if so: only a new one can. Its records are refused for ever.
    pub fn failed(&self) -> Option<String> {
        self.producer.client().fatal_error().map(|(_, words)| words)
    }

    /// When the broker last acknowledged a record.
    pub fn last_ack(&self) -> Option<Instant> {
        *self.tally.last_ack.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when nothing waits for the broker any more; what is sent meanwhile waits behind it.
    pub async fn drain(&self) {
        if self.room.acquire_many(self.permits).await.is_err() {
            tracing::debug!("the producer has ended");
        }
    }
}
