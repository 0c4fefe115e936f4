//! What must change so that the `feeds` topic says what a list says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::list::Form;
use super::{Definition, Listed, feed_id, registered_url, route};
use crate::article::FeedId;

/// How long a feed may be missing from a mirrored file before it goes: replicas may read two versions of it for a while.
pub const ABSENCE_MAX: TimeDelta = TimeDelta::hours(24);
/// So many feeds may go at once without a question, however few there are.
pub const GONE_UNASKED_MIN: usize = 5;
/// One feed in so many may go at once without a question.
pub const GONE_UNASKED_SHARE: usize = 10;

/// How feeds that a list no longer names are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// A mirrored file: not polled from now on, removed after [`ABSENCE_MAX`].
    Mirrored,
    /// A file applied by hand: removed at once.
    AtOnce,
    /// As `AtOnce`, and the operator has confirmed it however many they are.
    Confirmed,
}

/// The circumstances of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Partitions of the `feeds` topic, for the routes of added feeds.
    pub partitions: u32,
    /// How missing feeds are treated.
    pub removal: Removal,
    /// The current time.
    pub now: DateTime<Utc>,
}

/// What is to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Definitions of feeds that are new.
    pub added: Vec<Definition>,
    /// Definitions that differ, as they will be.
    pub changed: Vec<Definition>,
    /// Definitions of feeds that go.
    pub removed: Vec<Definition>,
    /// Feeds that stay as they are.
    pub unchanged: usize,
    /// Feeds that would go, but are too many at once to go unasked; they stay as they are.
    pub held_back: Vec<FeedId>,
    /// Lines that name a feed which another line names too, perhaps by an older address; they have no effect.
    pub repeated: Vec<usize>,
}

impl Plan {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Compares what is present with what is listed. `moved` holds the current address of feeds that moved.
///
/// A listed feed is found by its id, then its registered address, then the address it moved to; so a
/// list that follows a move and one that does not both mean the same feed.
pub fn plan(present: &[Definition], listed: &[Listed], moved: &BTreeMap<FeedId, String>, setting: &Setting) -> Plan {
    let index = Index::of(present, moved);
    let mut plan = Plan::default();
    let mut seen = BTreeSet::new();
    for feed in listed {
        match index.find(feed) {
            Some(known) if seen.insert(known.id) => {
                let wanted = changed(known, feed);
                if wanted == *known { plan.unchanged += 1 } else { plan.changed.push(wanted) }
            }
            Some(_) => plan.repeated.push(feed.line),
            None => match added(feed, setting) {
                Some(definition) if seen.insert(definition.id) => plan.added.push(definition),
                Some(_) | None => plan.repeated.push(feed.line),
            },
        }
    }
    missing(&mut plan, present.iter().filter(|known| !seen.contains(&known.id)).collect(), present.len(), setting);
    plan
}

/// Present definitions by each of the names a list may use.
struct Index<'a> {
    by_id: BTreeMap<FeedId, &'a Definition>,
    by_url: BTreeMap<&'a str, &'a Definition>,
    by_moved: BTreeMap<String, &'a Definition>,
}

impl<'a> Index<'a> {
    fn of(present: &'a [Definition], moved: &BTreeMap<FeedId, String>) -> Index<'a> {
        let by_id: BTreeMap<_, _> = present.iter().map(|known| (known.id, known)).collect();
        let by_url = present.iter().map(|known| (known.url.as_str(), known)).collect();
        let addresses = moved.iter().filter_map(|(id, url)| Some((registered_url(url).ok()?, *by_id.get(id)?)));
        Index { by_moved: addresses.collect(), by_url, by_id }
    }

    fn find(&self, feed: &Listed) -> Option<&'a Definition> {
        let by_id = feed.id.and_then(|id| self.by_id.get(&id));
        let by_url = || self.by_url.get(feed.url.as_str());
        let by_moved = || self.by_moved.get(&feed.url);
        // An id is the hash of the first address, which a definition may since have changed.
        let by_first_url = || feed_id(&feed.url).ok().and_then(|id| self.by_id.get(&id));
        by_id.or_else(by_url).or_else(by_moved).or_else(by_first_url).copied()
    }
}

fn added(feed: &Listed, setting: &Setting) -> Option<Definition> {
    let id = feed.id.or_else(|| feed_id(&feed.url).ok())?;
    Some(Definition {
        id,
        route: route(&feed.url, setting.partitions),
        url: feed.url.clone(),
        publisher: feed.publisher.clone(),
        country: feed.country.clone(),
        language: feed.language.clone(),
        tags: feed.tags.clone(),
        backlog: feed.backlog,
        interval: feed.interval,
        headers: feed.headers.clone(),
        credentials: feed.credentials.clone(),
        paused: feed.paused.unwrap_or(false),
        poll_now: 0,
        absent_since: None,
    })
}

/// The definition as the list wants it; what the list's form cannot say stays, and so do id and route.
fn changed(known: &Definition, feed: &Listed) -> Definition {
    let mut wanted = Definition { absent_since: None, paused: feed.paused.unwrap_or(known.paused), ..known.clone() };
    if feed.id == Some(known.id) {
        wanted.url.clone_from(&feed.url);
    }
    match feed.form {
        Form::Plain => {}
        Form::Opml => labelled(&mut wanted, feed),
        Form::Toml => {
            labelled(&mut wanted, feed);
            wanted.backlog = feed.backlog;
            wanted.interval = feed.interval;
            wanted.headers.clone_from(&feed.headers);
            wanted.credentials.clone_from(&feed.credentials);
        }
    }
    wanted
}

fn labelled(wanted: &mut Definition, feed: &Listed) {
    wanted.publisher.clone_from(&feed.publisher);
    wanted.country.clone_from(&feed.country);
    wanted.language.clone_from(&feed.language);
    wanted.tags.clone_from(&feed.tags);
}

/// Decides about the feeds that the list does not name; `total` feeds are present.
fn missing(plan: &mut Plan, missing: Vec<&Definition>, total: usize, setting: &Setting) {
    let (waiting, newly): (Vec<_>, Vec<_>) = match setting.removal {
        Removal::Mirrored => missing.into_iter().partition(|known| known.absent_since.is_some()),
        Removal::AtOnce | Removal::Confirmed => (Vec::new(), missing),
    };
    for known in waiting {
        let is_over = known.absent_since.is_some_and(|since| setting.now - since >= ABSENCE_MAX);
        if is_over { plan.removed.push(known.clone()) } else { plan.unchanged += 1 }
    }
    let is_many = newly.len() > GONE_UNASKED_MIN.max(total / GONE_UNASKED_SHARE);
    for known in newly {
        match setting.removal {
            Removal::Mirrored | Removal::AtOnce if is_many => plan.held_back.push(known.id),
            Removal::Mirrored => plan.changed.push(Definition { absent_since: Some(setting.now), ..known.clone() }),
            Removal::AtOnce | Removal::Confirmed => plan.removed.push(known.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
