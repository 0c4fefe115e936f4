//! Judging without a broker: an empty memory, and the way through the records that items take.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::app::judge::publish;
use crate::article::Observation;
use crate::config::Config;
use crate::event::{self, ItemRecord, Message};
use crate::judge::{Input, Memory, Outcome, Overlay, Position, Stamp};
use crate::kafka::{Settings, Topic};

/// What an entry comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    /// Its headline, to name it.
    pub(super) headline: Option<String>,
    /// The verdict.
    pub(super) outcome: Outcome,
    /// The event that would be published, or why there is none.
    pub(super) published: Result<Value, String>,
}

impl Judged {
    /// The event that would be published.
    pub(super) fn event(&self) -> Option<&Value> {
        self.published.as_ref().ok()
    }
}

/// Judges what a feed shows, in its order.
pub(super) fn judge<'a>(
    observations: impl Iterator<Item = &'a Observation>,
    config: &Config,
    now: DateTime<Utc>,
) -> Vec<Judged> {
    let memory = Memory::new(config.judge.limits);
    let mut overlay = Overlay::new(&memory);
    observations
        .zip(0..)
        .map(|(observation, offset)| one(observation, (offset, now), &mut overlay, &config.kafka))
        .collect()
}

fn one(
    observation: &Observation,
    (offset, now): (i64, DateTime<Utc>),
    overlay: &mut Overlay<'_>,
    kafka: &Settings,
) -> Judged {
    let headline = observation.article.headline.clone();
    let dead = |why: String| Judged { headline: headline.clone(), outcome: Outcome::DeadLetter, published: Err(why) };
    let gathered = ItemRecord::Observed(Box::new(observation.clone()));
    let value = match gathered.message(kafka.topic(Topic::Items).max_message_bytes) {
        Ok(message) => message.value,
        Err(error) => return dead(format!("its record is too large: {error}")),
    };
    let Ok(ItemRecord::Observed(observation)) = ItemRecord::decode(&value) else {
        return dead("its record does not read back".to_owned());
    };
    let stamp = Stamp { offset, record_time: now, digest: Position::digest_of(&value), clock: now };
    let input = Input::Observed(observation);
    let decision = overlay.decide(&input, stamp);
    overlay.accept(&decision);
    let Input::Observed(observation) = &input else { return dead("it is no item".to_owned()) };
    match publish::event(&decision, observation, kafka) {
        Ok(Some(record)) => {
            let message = Message { key: record.key, headers: record.headers, value: record.value.unwrap_or_default() };
            Judged { headline, outcome: decision.outcome, published: Ok(event::structured(&message)) }
        }
        Ok(None) => Judged { headline, outcome: decision.outcome, published: Err(why(decision.outcome).to_owned()) },
        Err(error) => dead(format!("its event is too large: {error}")),
    }
}

/// Why an outcome publishes nothing, in words.
fn why(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Repeat => "it says nothing that an entry before it does not say",
        Outcome::Stale => "the feed has shown something newer of it",
        Outcome::Remembered => "the backlog rule holds it back",
        Outcome::DeadLetter => "it could not be judged",
        Outcome::Signal => "it is no entry",
        Outcome::New | Outcome::Revised | Outcome::Duplicate => "it has no event",
    }
}
