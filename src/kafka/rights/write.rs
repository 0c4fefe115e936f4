//! Tries the right to write a topic with a record that the broker must refuse.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::{Answer, PATIENCE};
use crate::kafka::client::{self, Context};
use crate::kafka::error::{ClientError, code_of, record_fault};
use crate::kafka::{Settings, Topic};

const STEP: Duration = Duration::from_millis(5);
/// A larger limit is not worth sending so much.
const PROBE_BYTES_MAX: usize = 16 * 1024 * 1024;
const SURPLUS_BYTES: usize = 1024;

/// What became of the one record under way.
#[derive(Default)]
struct Outcome(Mutex<Option<Result<(), RDKafkaErrorCode>>>);

impl ProducerContext for Context<Outcome> {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let told = match result {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(code_of(error).unwrap_or(RDKafkaErrorCode::Unknown)),
        };
        *self.role.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }
}

pub(super) struct Writer<'s> {
    settings: &'s Settings,
    producer: BaseProducer<Context<Outcome>>,
}

impl<'s> Writer<'s> {
    pub(super) fn new(settings: &'s Settings) -> Result<Writer<'s>, ClientError> {
        let mut config = client::config(settings);
        config
            .set("acks", "all")
            .set("compression.type", "none")
            .set("message.max.bytes", (PROBE_BYTES_MAX + 2 * SURPLUS_BYTES).to_string())
            .set("message.timeout.ms", PATIENCE.as_millis().to_string());
        let context = Context::new("check", settings, Outcome::default());
        let producer =
            BaseProducer::from_config_and_context(&config, context).map_err(|error| ClientError::of(&error))?;
        Ok(Writer { settings, producer })
    }

    /// The broker looks at the right first. Then it refuses a record without a key in a compacted topic, and one
    /// over the topic's limit in another.
    pub(super) fn check(&self, topic: Topic) -> Answer {
        let choice = self.settings.topic(topic);
        let too_large = if topic.cleanup().compacts() { 0 } else { choice.max_message_bytes + SURPLUS_BYTES };
        if too_large > PROBE_BYTES_MAX {
            return Answer::CannotTell("its limit is too large to be exceeded for a test".to_owned());
        }
        let payload = vec![0; too_large];
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&choice.name).partition(0).payload(&payload);
        if let Err((error, _)) = self.producer.send(record) {
            return Answer::of_error(&error);
        }
        let deadline = Instant::now() + PATIENCE;
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            self.producer.poll(STEP);
        }
        let outcome = self.producer.context().role.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            // A broker that is less strict than Apache Kafka has taken it: so we may write.
            Some(Ok(())) => Answer::Yes,
            Some(Err(code)) if record_fault(code).is_some() => Answer::Yes,
            Some(Err(code)) => Answer::of_code(code),
            None => Answer::CannotTell("no answer in time".to_owned()),
        }
    }
}
