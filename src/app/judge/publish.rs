//! From a decision to the record that tells subscribers.

use chrono::{DateTime, Utc};

use crate::article::Observation;
use crate::event::{
    ArticleEvent, Carried, Cause, Change, ComposeError, DeadLetter, DeadReason, DuplicateEvent, EventType, Message, Naming,
    RecordPlace, Stage, Stamp,
};
use crate::judge::{Decision, History, Publication, Unfit};
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
    let stamp = Stamp { event_time: decision.event_time(), offset: decision.stamp.offset };
    let limit = |topic| settings.topic(topic).max_message_bytes;
    let (topic, message) = match naming(publication) {
        Named::Article(naming) => {
            let event = ArticleEvent::new(&naming, observation, stamp);
            (Topic::Articles, event.into_message(limit(Topic::Articles)))
        }
        Named::Duplicate(carried) => {
            let event = DuplicateEvent::new(carried, observation, stamp);
            (Topic::Duplicates, event.into_message(limit(Topic::Duplicates)))
        }
    };
    message.map(|message| Some(addressed(topic, message))).map_err(|error| error.to_string())
}

/// A publication in the words of the contract.
enum Named {
    Article(Naming),
    Duplicate(Carried),
}

fn naming(publication: &Publication) -> Named {
    match *publication {
        Publication::Created { article, revision, backlog, was_duplicate_of } => Named::Article(Naming {
            id: article,
            revision,
            change: Change::Created,
            backlog,
            history: None,
            was_duplicate_of,
        }),
        Publication::Revised { article, revision, reason, previous, history, .. } => Named::Article(Naming {
            id: article,
            revision,
            change: Change::Revised { reason, previous },
            backlog: false,
            history: (history == History::Expired).then_some(crate::event::History::Expired),
            was_duplicate_of: None,
        }),
        Publication::Duplicated { of, revision, evidence, backlog, .. } => {
            Named::Duplicate(Carried { of, revision, evidence, backlog })
        }
    }
}

/// The type of the event that a publication becomes.
pub(super) const fn event_type(publication: &Publication) -> EventType {
    match publication {
        Publication::Created { .. } => EventType::Created,
        Publication::Revised { .. } => EventType::Revised,
        Publication::Duplicated { .. } => EventType::Duplicated,
    }
}

/// The reason of a dead letter.
pub(super) const fn reason(unfit: Unfit) -> DeadReason {
    match unfit {
        Unfit::Undecodable => DeadReason::Unreadable,
        Unfit::TooLarge => DeadReason::TooLarge,
        Unfit::Refused => DeadReason::Refused,
    }
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
    let composed: Result<Message, ComposeError> =
        DeadLetter::compose((Stage::Judge, reason(*unfit)), &cause, &words, *time, bytes_max);
    composed
        .inspect_err(|error| tracing::error!(%error, offset = stored.offset, "a dead letter could not be written"))
        .map(|message| addressed(Topic::DeadLetters, message))
        .ok()
}

fn addressed(topic: Topic, message: Message) -> Record {
    Record::new(topic, message.key, message.value).with_headers(message.headers)
}
