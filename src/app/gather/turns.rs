//! A poll's way through the gatherer: started, ended, settled.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use url::Url;

use super::poll::{self, Job, Polled};
use super::settle::{self, Settlement, Watch};
use super::state::FeedState;
use super::tally;
use super::turn::{self, Scheduled};
use super::{Done, Feed, Gatherer, Links, Settled, Stage, Wanted};
use crate::app::clock;
use crate::app::status::Status;
use crate::article::{FeedId, Order};
use crate::kafka::Topic;
use crate::metrics::Metrics;
use crate::schedule::Host;

impl Gatherer {
    /// Starts the poll of a feed that the schedule says is due.
    pub(super) fn start_poll(&mut self, id: FeedId, now: DateTime<Utc>) {
        let Some(job) = self.job(id) else {
            // Its address is none, or it is not ours any more: never asked again until somebody changes it.
            self.schedule.abandoned(id, now);
            self.schedule.pause(id);
            return;
        };
        let tools = Arc::clone(&self.links.tools);
        let task = self.tasks.spawn(async move { Done::Polled(Box::new(poll::poll(tools, job, clock::now).await)) });
        if let Some(feed) = self.feeds.get_mut(&id) {
            feed.stage = Stage::Polling(task);
        }
    }

    pub(super) fn job(&mut self, id: FeedId) -> Option<Job> {
        let feed = self.feeds.get(&id)?;
        let partition = self.partitions.get_mut(&feed.partition)?;
        let address = address(feed)?;
        partition.polls += 1;
        Some(Job {
            feed: id,
            claim: partition.claim,
            order: Order { epoch: partition.epoch, poll: partition.polls },
            definition: Arc::clone(&feed.definition),
            state: feed.state.at(&feed.definition.url),
            address,
            began: clock::now(),
        })
    }

    /// A poll has ended: the host is free again, and what was found is settled.
    pub(super) fn on_polled(&mut self, polled: Polled) {
        let id = polled.job.feed;
        let now = clock::steady();
        let Some(partition) = self.feeds.get(&id).map(|feed| feed.partition) else { return };
        let current = self.partitions.get(&partition).filter(|owned| owned.claim == polled.job.claim);
        if current.is_none_or(|owned| owned.closing.is_some()) || self.stopping {
            self.schedule.abandoned(id, now);
            return;
        }
        let before = self.schedule.state(id).cloned();
        // What is given up is not counted: its items are found again by whoever owns the feed next.
        tally::polled(&self.links.metrics.gathering, &polled);
        let after = self.schedule.finished(id, &polled.ending, now);
        if let Some(reason) = after.host.as_ref().and_then(|(_, state)| state.reason) {
            self.links.metrics.gathering.hosts_throttled.of(reason).inc();
        }
        // Not due again before it is settled: its state is still that of before.
        self.schedule.pause(id);
        let Some(place) = self.place(partition) else { return };
        let time = polled.time;
        let turn = turn::turn(polled, &Scheduled { before, after }, &place);
        tally::queued(&self.links.metrics, &turn, time);
        self.settle(id, turn.settlement, (turn.state, Some(time)));
    }

    /// Sends a settlement; the state holds once all of it is acknowledged.
    pub(super) fn settle(
        &mut self,
        id: FeedId,
        settlement: Settlement,
        (state, fetched): (Arc<FeedState>, Option<DateTime<Utc>>),
    ) {
        let Some(feed) = self.feeds.get_mut(&id) else { return };
        let Some(owned) = self.partitions.get_mut(&feed.partition) else { return };
        feed.stage = Stage::Settling;
        owned.settling += 1;
        let (partition, claim, ours) = (feed.partition, owned.claim, Arc::clone(&owned.ours));
        let (publisher, watch) = (Arc::clone(&self.links.publisher), Refusals::of(&self.links));
        self.tasks.spawn(async move {
            let tally = settle::settle(&publisher, &watch, &ours, settlement).await;
            Done::Settled(Settled { feed: id, partition, claim, state, tally, fetched })
        });
    }

    /// All of a settlement is acknowledged: only now does what we remember move on.
    pub(super) fn on_settled(&mut self, settled: Settled) {
        if let Some(fetched) = settled.fetched {
            tally::settled(&self.links.metrics, settled.tally, fetched);
        }
        if !self.is_current(settled.partition, settled.claim) {
            return;
        }
        if let Some(feed) = self.feeds.get_mut(&settled.feed) {
            let moved = feed.state.address != settled.state.address;
            feed.state = settled.state;
            feed.stage = Stage::Idle;
            if let Some(host) = address(feed).as_ref().and_then(Host::of).filter(|_| moved) {
                let interval = feed.definition.interval;
                self.schedule.update(settled.feed, host, interval, clock::steady());
            }
        }
        self.one_settled(settled.partition);
        self.reconcile(settled.feed);
    }

    /// Gives up the requests under way of a partition.
    pub(super) fn abandon_polls(&mut self, partition: i32) {
        let now = clock::steady();
        let Some(owned) = self.partitions.get(&partition) else { return };
        for id in &owned.feeds {
            let Some(feed) = self.feeds.get_mut(id) else { continue };
            if let Stage::Polling(task) = &feed.stage {
                task.abort();
                feed.stage = Stage::Idle;
                self.schedule.abandoned(*id, now);
            }
            self.schedule.pause(*id);
        }
    }
}

/// Where the feed is asked for.
pub(super) fn address(feed: &Feed) -> Option<Url> {
    if feed.wanted == Wanted::Removed {
        return None;
    }
    let state = feed.state.at(&feed.definition.url);
    let text = state.address.as_deref().unwrap_or(&feed.definition.url);
    text.parse().inspect_err(|error| tracing::warn!(feed = %feed.definition.id, %error, "a feed has no address")).ok()
}

/// Tells operators that the broker refuses what we send.
pub(super) struct Refusals {
    metrics: Arc<Metrics>,
    status: Status,
}

impl Refusals {
    pub(super) fn of(links: &Links) -> Refusals {
        Refusals { metrics: Arc::clone(&links.metrics), status: links.status.clone() }
    }
}

impl Watch for Refusals {
    fn refused(&self, why: &str) {
        tracing::error!(why, "the broker refuses records; they are tried again");
        self.status.refused();
    }

    fn taken(&self, topic: Topic) {
        self.metrics.broker.records.of(topic).inc();
        self.status.taken();
    }
}
