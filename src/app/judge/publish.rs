//! From a decision to the record that tells subscribers.

use chrono::{DateTime, Utc};

use crate::article::Observation;
use crate::event::{self, Cause, DeadLetter, DeadReason, Message, RecordPlace, Stage, Stamp};
use crate::judge::{Decision, Publication, Unfit};
use crate::kafka::{Record, Settings, Stored, Topic};

/// The record of what a decision publishes, if anything.
///
/// # Errors
/// In words, when it cannot be made to fit into a record.
pub(in crate::app) fn event(
    decision: &Decision,
    observation: &Observation,
    settings: &Settings,
) -> Result<Option<Record>, String> {
    let Some(publication) = &decision.publication else { return Ok(None) };
    let topic = match publication {
        Publication::Created { .. } | Publication::Revised { .. } => Topic::Articles,
        Publication::Duplicated { .. } => Topic::Duplicates,
    };
    let bytes_max = settings.topic(topic).max_message_bytes;
    event::compose(publication, observation, Stamp::of(decision), bytes_max)
        .map(|message| Some(addressed(topic, message)))
        .map_err(|error| error.to_string())
}

/// What becomes a dead letter.
pub(super) struct Letter<'a> {
    /// The record of items.
    pub(super) stored: &'a Stored,
    /// Why it was not judged.
    pub(super) unfit: Unfit,
    /// The error in words.
    pub(super) why: &'a str,
    /// When it was given up.
    pub(super) time: DateTime<Utc>,
}

/// The record of a dead letter; none only if it could not be written even without the item's bytes.
pub(super) fn letter(letter: &Letter<'_>, settings: &Settings) -> Option<Record> {
    let Letter { stored, unfit, why, time } = letter;
    let place = RecordPlace {
        topic: settings.topic(stored.topic).name.clone(),
        partition: stored.partition,
        offset: stored.offset,
    };
    let feed = std::str::from_utf8(&stored.key).ok().and_then(|key| key.parse().ok());
    let cause = Cause { feed, record: Some(place), bytes: stored.value.as_deref().unwrap_or_default() };
    let words = if why.is_empty() { unfit.text().to_owned() } else { format!("{}: {why}", unfit.text()) };
    let bytes_max = settings.topic(Topic::DeadLetters).max_message_bytes;
    DeadLetter::compose((Stage::Judge, DeadReason::from(*unfit)), &cause, &words, *time, bytes_max)
        .inspect_err(|error| tracing::error!(%error, offset = stored.offset, "a dead letter could not be written"))
        .map(|message| addressed(Topic::DeadLetters, message))
        .ok()
}

fn addressed(topic: Topic, message: Message) -> Record {
    Record::new(topic, message.key, message.value).with_headers(message.headers)
}
