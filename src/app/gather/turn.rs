//! What follows from a poll: which records are sent, in which order, and what is remembered afterwards. Pure.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;

use super::key::StateKey;
use super::poll::{Found, Job, Polled, Reading, Unread};
use super::settle::{Parcel, Settlement};
use super::sight::{self, Said};
use super::state::{FeedHealth, FeedState};
use crate::article::{FeedId, FeedLabels, Observation};
use crate::event::{Cause, ComposeError, DeadLetter, DeadReason, FeedEvent, FeedNews, ItemRecord, Message, Stage};
use crate::feed::{Definition, ParseFailure};
use crate::kafka::{Record, Topic};
use crate::schedule::{Finished, PollState, Standing};

/// So many failed polls in a row are announced.
const FAILING_AFTER: u32 = 3;

/// Where a feed's records go, and how large they may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The partition of feeds and feed-state.
    pub partition: i32,
    /// The epoch of our claim on it.
    pub epoch: u64,
    /// The largest record of items.
    pub item_bytes_max: usize,
    /// The largest record of dead letters.
    pub letter_bytes_max: usize,
}

/// The outcome of a poll: what is to be acknowledged, and the state that holds once it is.
#[derive(Debug)]
pub(super) struct Turn {
    /// To be acknowledged.
    pub settlement: Settlement,
    /// Holds afterwards.
    pub state: Arc<FeedState>,
    /// Items in the settlement, without words about the feed itself.
    pub items: u64,
}

/// What the schedule makes of a poll.
#[derive(Debug, Default)]
pub(super) struct Scheduled {
    /// How the feed did before.
    pub before: Option<PollState>,
    /// What is remembered now.
    pub after: Finished,
}

/// Plans what follows from a poll.
pub(super) fn turn(polled: Polled, scheduled: &Scheduled, place: &Place) -> Turn {
    let Polled { job, found, permanent, time, .. } = polled;
    let before = Arc::clone(&job.state);
    let failure = found.failure();
    let mut settlement = Settlement::default();
    let (mut state, observations) = take(&job, found, place, &mut settlement, time);
    let labels = known_labels(&job.definition, &job.address, &state);
    let announce = Announce { labels: &labels, job: &job, time, scheduled };
    if failure.is_none() {
        announce.good(&mut state, permanent.as_ref(), &mut settlement);
    } else {
        announce.bad(&mut state, failure.unwrap_or_default(), &mut settlement);
    }
    let items = u64::try_from(observations.len()).unwrap_or(u64::MAX);
    settlement.items.extend(observations.into_iter().map(|observation| parcel(observation, place, time)));
    let state = remember(job.feed, (&before, state), &scheduled.after, place, &mut settlement);
    Turn { settlement, state, items }
}

/// The state that a poll's findings lead to, and what goes to the judge.
fn take(
    job: &Job,
    found: Found,
    place: &Place,
    settlement: &mut Settlement,
    time: DateTime<Utc>,
) -> (FeedState, Vec<Observation>) {
    let before = FeedState::clone(&job.state);
    match found {
        Found::Nothing(validators) => (FeedState { validators, ..before }, Vec::new()),
        Found::Document(reading) => {
            let Reading { sighted, room, .. } = *reading;
            settlement.room = room;
            (sighted.state, sighted.observations)
        }
        Found::Unread(unread) => {
            settlement.news.extend(unread_letter(job.feed, &unread, place, time));
            (before, Vec::new())
        }
        Found::Unanswered(_) | Found::NoSecret(_) => (before, Vec::new()),
    }
}

/// A document that broke the parser is kept; what merely is no feed is counted and polled again.
fn unread_letter(feed: FeedId, unread: &Unread, place: &Place, time: DateTime<Utc>) -> Option<Record> {
    if unread.reason() != ParseFailure::Panicked {
        return None;
    }
    let cause = Cause { feed: Some(feed), record: None, bytes: &unread.bytes };
    let kind = (Stage::Parse, DeadReason::Panicked);
    composed(DeadLetter::compose(kind, &cause, &unread.error.to_string(), time, place.letter_bytes_max))
        .map(|message| addressed(Topic::DeadLetters, message))
}

fn parcel(observation: Observation, place: &Place, time: DateTime<Utc>) -> Parcel {
    let feed = observation.feed.id;
    let raw = serde_json::to_vec(&observation.item).unwrap_or_default();
    let cause = Cause { feed: Some(feed), record: None, bytes: &raw };
    let letter = |why: &str| {
        let kind = (Stage::Gather, DeadReason::TooLarge);
        composed(DeadLetter::compose(kind, &cause, why, time, place.letter_bytes_max))
            .map(|message| addressed(Topic::DeadLetters, message))
    };
    match ItemRecord::Observed(Box::new(observation)).message(place.item_bytes_max) {
        Ok(message) => Parcel {
            record: Some(addressed(Topic::Items, message)),
            letter: letter("the broker refused the item's record"),
        },
        Err(error) => Parcel { record: None, letter: letter(&error.to_string()) },
    }
}

/// Tells subscribers what happened to the feed itself, and the judge whether it leads any more.
struct Announce<'a> {
    labels: &'a FeedLabels,
    job: &'a Job,
    time: DateTime<Utc>,
    scheduled: &'a Scheduled,
}

impl Announce<'_> {
    fn good(&self, state: &mut FeedState, permanent: Option<&Url>, settlement: &mut Settlement) {
        if state.health != FeedHealth::Well {
            let before = self.scheduled.before.as_ref();
            let failures = before.map_or(0, |polls| polls.failures);
            let since = before.and_then(|polls| polls.failing_since).unwrap_or(self.time);
            self.news(FeedNews::Recovered { failures, since }, settlement);
            state.health = FeedHealth::Well;
        }
        // At a first poll too: what the judge was told of an earlier registration went with its state.
        if state.left || self.job.state.first_good.is_none() {
            settlement.items.extend(signal(ItemRecord::Back(self.job.feed)));
            state.left = false;
        }
        if let Some(target) = state.redirected(permanent.map(Url::as_str), self.time) {
            let to = target.parse().map_or(target, |url| sight::public_address(&url));
            self.news(FeedNews::Moved { to }, settlement);
        }
    }

    fn bad(&self, state: &mut FeedState, reason: &'static str, settlement: &mut Settlement) {
        let Some(polls) = &self.scheduled.after.poll else { return };
        let standing = polls.standing(self.time);
        if standing == Standing::Gone && state.health != FeedHealth::Gone {
            self.news(FeedNews::Gone { status: 410 }, settlement);
            state.health = FeedHealth::Gone;
        } else if polls.failures >= FAILING_AFTER && state.health == FeedHealth::Well {
            let since = polls.failing_since.unwrap_or(self.time);
            self.news(FeedNews::Failing { reason, failures: polls.failures, since }, settlement);
            state.health = FeedHealth::Failing;
        }
        if matches!(standing, Standing::Gone | Standing::Lapsed) && !state.left && state.first_good.is_some() {
            settlement.items.extend(signal(ItemRecord::Left(self.job.feed)));
            state.left = true;
        }
    }

    fn news(&self, news: FeedNews, settlement: &mut Settlement) {
        let event = FeedEvent::new(news, self.labels, self.job.order, self.time);
        settlement.news.extend(composed(event.into_message()).map(|message| addressed(Topic::FeedEvents, message)));
    }
}

/// A word for the judge about the feed itself.
pub(super) fn signal(record: ItemRecord) -> Option<Parcel> {
    composed(record.message(usize::MAX))
        .map(|message| Parcel { record: Some(addressed(Topic::Items, message)), letter: None })
}

fn composed(message: Result<Message, ComposeError>) -> Option<Message> {
    message.inspect_err(|error| tracing::error!(%error, "a record could not be composed")).ok()
}

fn addressed(topic: Topic, message: Message) -> Record {
    Record::new(topic, message.key, message.value).with_headers(message.headers)
}

fn known_labels(definition: &Definition, address: &Url, state: &FeedState) -> FeedLabels {
    let said = Said { title: state.title.as_deref(), site: state.site.as_deref(), language: None };
    sight::feed_labels(definition, address, &said)
}

/// Adds the state records; the heavy one only when something changed.
fn remember(
    feed: FeedId,
    (before, mut after): (&Arc<FeedState>, FeedState),
    finished: &Finished,
    place: &Place,
    settlement: &mut Settlement,
) -> Arc<FeedState> {
    let changed = **before != after;
    if changed {
        let value = after.encode(place.epoch);
        settlement.state.push(state_record(&StateKey::Feed(feed), value, place.partition));
    }
    let poll = finished.poll.as_ref().and_then(|poll| poll.encode().ok());
    settlement.state.extend(poll.map(|value| state_record(&StateKey::Poll(feed), value, place.partition)));
    if let Some((host, host_state)) = &finished.host {
        let key = StateKey::Host(host.to_string());
        settlement.state.extend(host_state.encode().ok().map(|value| state_record(&key, value, place.partition)));
    }
    if changed { Arc::new(after) } else { Arc::clone(before) }
}

/// A record of feed-state in its feed's partition.
pub(super) fn state_record(key: &StateKey, value: Vec<u8>, partition: i32) -> Record {
    Record::new(Topic::FeedState, key.to_string(), value).to_partition(partition)
}

/// What removes a record of feed-state.
pub(super) fn state_tombstone(key: &StateKey, partition: i32) -> Record {
    Record::tombstone(Topic::FeedState, key.to_string()).to_partition(partition)
}

#[cfg(test)]
#[path = "turn/tests.rs"]
mod tests;
