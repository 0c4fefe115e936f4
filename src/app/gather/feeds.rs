//! What the operator wants of each feed, and making it so.

use std::sync::Arc;

use super::key::StateKey;
use super::settle::{self, Settlement};
use super::state::FeedState;
use super::turn::{signal, state_record, state_tombstone};
use super::turns::{Refusals, address};
use super::{Done, Feed, Gatherer, Partition, Stage, Wanted};
use crate::app::clock;
use crate::article::{Digest, FeedId};
use crate::event::ItemRecord;
use crate::feed::{BadDefinition, Definition};
use crate::metrics::Ignored;
use crate::schedule::{Entry, Host, PollState};

impl Gatherer {
    /// A record of the feeds topic: a feed is added, changed or removed.
    pub(super) fn on_definition(&mut self, partition: i32, id: FeedId, value: Option<&[u8]>) {
        let definition = match value.map(Definition::decode) {
            None => {
                self.skipped.remove(&id);
                self.want(id, Wanted::Removed);
                return;
            }
            Some(Ok(definition)) => definition,
            Some(Err(fault)) => {
                self.skip(id, partition, &fault);
                return;
            }
        };
        if i32::try_from(definition.route) != Ok(partition) {
            self.misplaced(id, partition);
            return;
        }
        self.skipped.remove(&id);
        if self.leave_alone(id, partition) {
            return;
        }
        if self.feeds.contains_key(&id) {
            self.redefine(id, definition);
        } else {
            self.add(partition, definition, FeedState::default(), None);
        }
    }

    /// Ignores a definition in another partition than its own.
    pub(super) fn misplaced(&self, id: FeedId, partition: i32) {
        tracing::warn!(feed = %id, partition, "a feed stands in a partition that is not its own");
        self.links.metrics.gathering.records_ignored.of(Ignored::Misplaced).inc();
    }

    /// Leaves a feed alone whose definition cannot be used.
    pub(super) fn skip(&mut self, id: FeedId, partition: i32, fault: &BadDefinition) {
        tracing::error!(feed = %id, %fault, "a feed's definition cannot be used; the feed is skipped");
        let reason = match fault {
            BadDefinition::Newer { .. } => Ignored::Newer,
            BadDefinition::Malformed(_) => Ignored::Malformed,
        };
        self.links.metrics.gathering.records_ignored.of(reason).inc();
        self.skipped.insert(id, partition);
        self.schedule.pause(id);
    }

    /// Whether a later version has written a feed's state, which we would write over: then it is skipped.
    pub(super) fn leave_alone(&mut self, id: FeedId, partition: i32) -> bool {
        let is_later = self.partitions.get(&partition).is_some_and(|owned| owned.later.contains(&id));
        if is_later {
            tracing::error!(feed = %id, "a later version wrote this feed's state; the feed is skipped");
            self.links.metrics.gathering.records_ignored.of(Ignored::Newer).inc();
            self.skipped.insert(id, partition);
        }
        is_later
    }

    /// Takes up a feed with what is known of it.
    pub(super) fn add(&mut self, partition: i32, definition: Definition, state: FeedState, polls: Option<PollState>) {
        let id = definition.id;
        let interval = definition.interval;
        let wanted = wanted(&definition);
        let feed = Feed::new(partition, definition, state, wanted);
        let host = address(&feed).as_ref().and_then(Host::of);
        self.insert(id, feed);
        let Some(host) = host else { return };
        self.enter(partition, Entry { feed: id, host, interval, epoch: 0, state: polls });
        self.reconcile(id);
    }

    /// Puts a feed into the schedule, paused: reconciling resumes it, once the partition is wholly ours.
    fn enter(&mut self, partition: i32, entry: Entry) {
        let id = entry.feed;
        let epoch = self.partitions.get(&partition).map_or(0, |owned| owned.epoch);
        self.schedule.add(Entry { epoch, ..entry }, clock::steady());
        self.schedule.pause(id);
    }

    fn redefine(&mut self, id: FeedId, definition: Definition) {
        let now = clock::steady();
        let Some(feed) = self.feeds.get_mut(&id) else { return };
        let asked = definition.poll_now > feed.definition.poll_now;
        let (interval, wanted) = (definition.interval, wanted(&definition));
        feed.definition = Arc::new(definition);
        feed.wanted = wanted;
        feed.asked |= asked;
        let partition = feed.partition;
        if let Some(host) = address(feed).as_ref().and_then(Host::of) {
            if self.schedule.state(id).is_some() {
                self.schedule.update(id, host, interval, now);
            } else {
                // It was known only by its state, or by an address that is none.
                self.enter(partition, Entry { feed: id, host, interval, epoch: 0, state: None });
            }
        }
        self.reconcile(id);
    }

    fn want(&mut self, id: FeedId, wanted: Wanted) {
        if let Some(feed) = self.feeds.get_mut(&id) {
            feed.wanted = wanted;
            self.reconcile(id);
        }
    }

    /// Makes what is done equal to what is wanted, once nothing is under way for the feed.
    pub(super) fn reconcile(&mut self, id: FeedId) {
        let now = clock::steady();
        let Some(feed) = self.feeds.get_mut(&id) else { return };
        if self.stopping || !self.partitions.get(&feed.partition).is_some_and(Partition::is_open) {
            return;
        }
        match (&feed.stage, feed.wanted) {
            (Stage::Settling, _) | (Stage::Polling(_), Wanted::Active) => {}
            (Stage::Polling(_), Wanted::Paused | Wanted::Removed) => self.schedule.pause(id),
            (Stage::Idle, Wanted::Active) if self.skipped.contains_key(&id) => self.schedule.pause(id),
            (Stage::Idle, Wanted::Active) => {
                self.schedule.resume(id, now);
                if std::mem::take(&mut feed.asked) {
                    self.schedule.poll_now(id, now);
                }
            }
            (Stage::Idle, Wanted::Paused) => {
                self.schedule.pause(id);
                self.say_left(id);
            }
            (Stage::Idle, Wanted::Removed) => {
                self.schedule.remove(id);
                self.forget(id);
            }
        }
    }

    /// Tells the judge, once, that a paused feed does not lead any more.
    fn say_left(&mut self, id: FeedId) {
        let Some(feed) = self.feeds.get(&id) else { return };
        let Some(place) = self.place(feed.partition) else { return };
        if feed.state.left || feed.state.first_good.is_none() {
            return;
        }
        let mut state = FeedState { left: true, ..FeedState::clone(&feed.state) };
        let value = state.encode(place.epoch);
        let settlement = Settlement {
            room: None,
            items: signal(ItemRecord::Left(id)).into_iter().collect(),
            news: Vec::new(),
            state: vec![state_record(&StateKey::Feed(id), value, place.partition)],
        };
        self.settle(id, settlement, (Arc::new(state), None));
    }

    /// Tells the judge that a removed feed has left, then deletes its state.
    fn forget(&mut self, id: FeedId) {
        let Some(feed) = self.feeds.get_mut(&id) else { return };
        let Some(owned) = self.partitions.get_mut(&feed.partition) else { return };
        feed.stage = Stage::Settling;
        owned.settling += 1;
        let tell = feed.state.first_good.is_some() && !feed.state.left;
        let settlement = Settlement {
            room: None,
            items: tell.then(|| signal(ItemRecord::Left(id))).flatten().into_iter().collect(),
            news: Vec::new(),
            state: [StateKey::Feed(id), StateKey::Poll(id)].map(|key| state_tombstone(&key, feed.partition)).into(),
        };
        let (partition, claim, ours) = (feed.partition, owned.claim, Arc::clone(&owned.ours));
        let (publisher, watch) = (Arc::clone(&self.links.publisher), Refusals::of(&self.links));
        self.tasks.spawn(async move {
            settle::settle(&publisher, &watch, &ours, settlement).await;
            Done::Removed { feed: id, partition, claim }
        });
    }

    /// A removed feed's state is deleted.
    pub(super) fn on_removed(&mut self, id: FeedId, partition: i32, claim: Digest) {
        if !self.is_current(partition, claim) {
            return;
        }
        self.one_settled(partition);
        let readded = self.feeds.get(&id).is_some_and(|feed| feed.wanted != Wanted::Removed);
        let removed = self.feeds.remove(&id);
        if let Some(owned) = self.partitions.get_mut(&partition) {
            owned.feeds.remove(&id);
        }
        if let Some(feed) = removed.filter(|_| readded) {
            self.add(partition, Definition::clone(&feed.definition), FeedState::default(), None);
        }
    }
}

fn wanted(definition: &Definition) -> Wanted {
    if definition.is_active() { Wanted::Active } else { Wanted::Paused }
}
