//! A batch in the making: memory as it would be, without touching it.

use std::collections::{BTreeMap, BTreeSet};

use crate::article::{AliasKey, ArticleId, Digest, FeedId, Observation};

use super::ages::{MINUTE_MS, minute_of};
use super::known::Known;
use super::memory::{Change, Memory, hashes, left_horizon};
use super::position::{Position, Stamp};
use super::publication::{Decision, Outcome, Unfit};
use super::record::{self, Record};
use super::times::Times;
use super::verdict;

/// What a record of the items topic says to the judge.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A feed showed an item.
    Observed(Box<Observation>),
    /// A feed left: removed, paused, gone, or without a good poll for days.
    Left(FeedId),
    /// A feed that had left is back.
    Back(FeedId),
    /// It cannot be judged.
    Unfit(Unfit),
}

/// Memory with the decisions of an open batch laid over it.
#[derive(Debug)]
pub struct Overlay<'m> {
    base: &'m Memory,
    known: BTreeMap<ArticleId, Known>,
    /// Ids, aliases and hashes that lead to an article of `known`; some may have left it again.
    keys: BTreeMap<Digest, BTreeSet<ArticleId>>,
    left: BTreeMap<FeedId, Option<i64>>,
    times: Times,
    position: Option<Position>,
    articles: usize,
}

/// What a batch comes to: the last state of all that it changed, and where it ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The changes, each article once.
    pub changes: Vec<Change>,
    /// The last record judged; none for a batch without any.
    pub position: Option<Position>,
}

impl Batch {
    /// The records of article-state to be written with the batch's events.
    pub fn records(&self) -> Vec<Record> {
        let changes = self.changes.iter().map(record::of_change);
        changes.chain(self.position.iter().map(record::of_position)).collect()
    }
}

impl<'m> Overlay<'m> {
    /// An empty batch.
    pub fn new(base: &'m Memory) -> Overlay<'m> {
        Overlay {
            base,
            known: BTreeMap::new(),
            keys: BTreeMap::new(),
            left: BTreeMap::new(),
            times: base.times(),
            position: None,
            articles: base.len(),
        }
    }

    /// Says what a record comes to, and changes nothing.
    pub fn decide(&self, input: &Input, stamp: Stamp) -> Decision {
        let clock_ms = stamp.clock.timestamp_millis();
        let times = self.times.advance(stamp.record_time.timestamp_millis(), clock_ms, self.base.limits());
        let view = View { overlay: self, times };
        match input {
            Input::Observed(observation) => verdict::judge(&view, observation, stamp),
            Input::Left(feed) => view
                .signal(stamp, view.is_word_due(*feed).then_some(Change::Left { feed: *feed, since_ms: times.now_ms })),
            Input::Back(feed) => view.signal(stamp, view.left_since(*feed).map(|_| Change::Back(*feed))),
            Input::Unfit(_) => view.decision(stamp, Outcome::DeadLetter),
        }
    }

    /// Takes a decision about the next record.
    pub fn accept(&mut self, decision: &Decision) {
        let times = decision.times;
        if times.horizon_ms != self.times.horizon_ms {
            self.articles = self.live(times.horizon_ms);
        }
        self.times = times;
        decision.changes.iter().for_each(|change| self.take(change));
        self.shorten();
        self.position = Some(Position {
            offset: decision.stamp.offset,
            record_ms: decision.stamp.record_time.timestamp_millis(),
            digest: decision.stamp.digest,
            times: self.times,
        });
    }

    /// Ends the batch.
    pub fn finish(self) -> Batch {
        let articles = self.known.into_values().map(|known| Change::Article(Box::new(known)));
        let left = self.left.into_iter().map(|(feed, since)| match since {
            Some(since_ms) => Change::Left { feed, since_ms },
            None => Change::Back(feed),
        });
        Batch { changes: articles.chain(left).collect(), position: self.position }
    }

    fn take(&mut self, change: &Change) {
        match change {
            Change::Article(known) => self.put(known),
            Change::Left { feed, since_ms } => {
                self.left.insert(*feed, Some(*since_ms));
            }
            Change::Back(feed) => {
                self.left.insert(*feed, None);
            }
        }
    }

    fn put(&mut self, known: &Known) {
        let horizon_ms = self.times.horizon_ms;
        if self.get(known.id).is_none_or(|old| old.seen_ms < horizon_ms) {
            self.articles += 1;
        }
        let names = std::iter::once(known.id.0).chain(known.aliases.iter().map(|key| key.0));
        for key in names.chain(hashes(known).into_iter().flatten()) {
            self.keys.entry(key).or_default().insert(known.id);
        }
        self.known.insert(known.id, known.clone());
    }

    /// At the limit the window shortens by the oldest minute, but never by the present one.
    fn shorten(&mut self) {
        let max = self.base.limits().articles_max;
        let mut horizon_ms = self.times.horizon_ms;
        while self.articles > max {
            let Some(oldest) = self.oldest_minute(horizon_ms).filter(|at| *at < minute_of(self.times.now_ms)) else {
                return;
            };
            horizon_ms = oldest + MINUTE_MS;
            let articles = self.live(horizon_ms);
            // A minute whose articles this batch has renewed holds nothing to forget.
            if articles < self.articles {
                self.articles = articles;
                self.times.horizon_ms = horizon_ms;
            }
        }
    }

    fn oldest_minute(&self, horizon_ms: i64) -> Option<i64> {
        let stored = self.base.ages().minutes_from(horizon_ms).next();
        let here = self.known.values().map(|known| minute_of(known.seen_ms)).filter(|at| *at >= horizon_ms).min();
        stored.into_iter().chain(here).min()
    }

    /// How many articles are younger than the horizon.
    fn live(&self, horizon_ms: i64) -> usize {
        let is_live = |known: &Known| known.seen_ms >= horizon_ms;
        let stored = self.base.len() - self.base.ages().count_before(horizon_ms);
        let replaced = self.known.keys().filter(|id| self.base.get(**id).as_ref().is_some_and(is_live)).count();
        stored - replaced + self.known.values().filter(|known| is_live(known)).count()
    }

    fn get(&self, id: ArticleId) -> Option<Known> {
        self.known.get(&id).cloned().or_else(|| self.base.get(id))
    }
}

/// The overlay as it is at the time of one record.
pub(super) struct View<'a> {
    overlay: &'a Overlay<'a>,
    times: Times,
}

impl View<'_> {
    pub(super) fn times(&self) -> Times {
        self.times
    }

    pub(super) fn window_ms(&self) -> i64 {
        self.overlay.base.limits().window_ms
    }

    /// An article by its id.
    pub(super) fn get(&self, id: ArticleId) -> Option<Known> {
        self.overlay.get(id).filter(|known| self.is_live(known))
    }

    /// The articles to which an alias leads, by id. Only titles lead to more than one.
    pub(super) fn named(&self, key: AliasKey) -> Vec<Known> {
        self.current(key.0, self.overlay.base.named(key), |known| known.answers_to(key))
    }

    /// The articles whose text has this hash, by id.
    pub(super) fn with_hash(&self, digest: Digest) -> Vec<Known> {
        let is_of = |known: &Known| hashes(known).contains(&Some(digest));
        self.current(digest, self.overlay.base.with_hash(digest), is_of)
    }

    /// Since when a feed is away.
    pub(super) fn left_since(&self, feed: FeedId) -> Option<i64> {
        let base = self.overlay.base;
        let since = self.overlay.left.get(&feed).copied().unwrap_or_else(|| base.left().get(&feed).copied());
        since.filter(|since_ms| *since_ms >= left_horizon(self.times.now_ms, base.limits()))
    }

    /// Whether the word that a feed has left must be written: anew, or again before it expires.
    pub(super) fn is_word_due(&self, feed: FeedId) -> bool {
        self.left_since(feed).is_none_or(|since_ms| self.times.now_ms - since_ms >= self.window_ms() / 8)
    }

    pub(super) fn decision(&self, stamp: Stamp, outcome: Outcome) -> Decision {
        Decision { stamp, outcome, publication: None, changes: Vec::new(), conflict: false, times: self.times }
    }

    fn signal(&self, stamp: Stamp, change: Option<Change>) -> Decision {
        Decision { changes: change.into_iter().collect(), ..self.decision(stamp, Outcome::Signal) }
    }

    fn current(&self, key: Digest, stored: Vec<Known>, is_of: impl Fn(&Known) -> bool) -> Vec<Known> {
        let overlay = self.overlay;
        let mut found: BTreeMap<ArticleId, Known> = stored.into_iter().map(|known| (known.id, known)).collect();
        let here = overlay.keys.get(&key).into_iter().flatten();
        for known in here.chain(&found.keys().copied().collect::<Vec<_>>()).filter_map(|id| overlay.known.get(id)) {
            found.insert(known.id, known.clone());
        }
        found.into_values().filter(|known| self.is_live(known) && is_of(known)).collect()
    }

    fn is_live(&self, known: &Known) -> bool {
        known.seen_ms >= self.times.horizon_ms
    }
}
