//! Taking partitions over and giving them up: claim, confirm, restore, clean, own; and close.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::key::StateKey;
use super::restore::{Ground, Restored, Trust};
use super::settle::{self, Settlement};
use super::state::FeedState;
use super::turn::{state_record, state_tombstone};
use super::turns::Refusals;
use super::{Done, Feed, Gatherer, Partition, Phase, Restoring, Shares, Wanted};
use crate::app::clock;
use crate::article::{Digest, FeedId};
use crate::feed::Definition;
use crate::kafka::{From, Read, Release, Share, Stored, Tagged, Topic};
use crate::schedule::{Host, HostState, PollState};

/// Between two tries to claim a partition.
const CLAIM_PAUSE: Duration = Duration::from_secs(1);
/// What a claim's record says.
const CLAIM: &[u8] = br#"{"v":1}"#;

impl Gatherer {
    pub(super) fn on_shares(&mut self, shares: Shares) {
        match shares {
            Shares::Assigned(partitions) => {
                partitions.into_iter().for_each(|partition| self.claim(partition, Duration::ZERO))
            }
            Shares::Revoked(partitions, release) => {
                for partition in partitions {
                    self.close(partition, &release);
                }
            }
            Shares::Lost(partitions) => {
                for partition in partitions {
                    self.lose(partition);
                }
            }
        }
    }

    /// Writes our claim, then asks the group whether the partition is still ours: an expelled member is refused.
    fn claim(&mut self, partition: i32, pause: Duration) {
        self.drop_partition(partition);
        self.claims_made += 1;
        let claim = claim_id(self.claims_made);
        self.partitions.insert(
            partition,
            Partition {
                claim,
                epoch: 0,
                polls: 0,
                phase: Phase::Claiming,
                settling: 0,
                closing: None,
                orphaned: false,
                feeds: BTreeSet::new(),
                later: BTreeSet::new(),
                ours: Arc::new(AtomicBool::new(true)),
            },
        );
        let (publisher, member) = (Arc::clone(&self.links.publisher), Arc::clone(&self.links.member));
        self.tasks.spawn(async move {
            tokio::time::sleep(pause).await;
            let record = state_record(&StateKey::Claim(claim), CLAIM.to_vec(), partition);
            let result = match publisher.send(record).await {
                Ok(_) => member.confirm(Share::Feeds(partition)).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            Done::Claimed { partition, claim, result }
        });
    }

    pub(super) fn on_claimed(&mut self, partition: i32, claim: Digest, result: Result<(), String>) {
        if !self.is_current(partition, claim) {
            return;
        }
        if let Err(why) = result {
            // Expelled: the group will tell. Refused by the broker: tried anew while the partition is ours.
            tracing::warn!(partition, why, "a claim was not confirmed; it is made anew");
            self.claim(partition, CLAIM_PAUSE);
            return;
        }
        if let Some(owned) = self.partitions.get_mut(&partition) {
            owned.phase = Phase::Restoring(Box::default());
        }
        // Asked only now, so the end that is restored to lies behind our claim.
        for topic in [Topic::Feeds, Topic::FeedState] {
            self.links.reader.follow(topic, partition, From::Beginning, claim.low64());
        }
    }

    pub(super) fn on_read(&mut self, Tagged { tag, read }: Tagged) {
        match read {
            Read::Record(stored) => self.on_record(tag, *stored),
            Read::CaughtUp { topic, partition, .. } => self.on_caught_up(tag, topic, partition),
            Read::Gone { topic, partition, .. } => {
                tracing::error!(partition, topic = topic.as_str(), "a partition changed while it was read");
                // Of an older claim it is stale: following anew would take the place of the present one.
                if self.partitions.get(&partition).is_some_and(|owned| owned.claim.low64() == tag) {
                    self.links.reader.follow(topic, partition, From::Beginning, tag);
                }
            }
            Read::Failed { topic, error } => {
                tracing::warn!(topic = topic.as_str(), %error, "a topic cannot be read; tried again");
            }
        }
    }

    fn on_record(&mut self, tag: u64, stored: Stored) {
        let Some(owned) = self.partitions.get_mut(&stored.partition).filter(|owned| owned.claim.low64() == tag) else {
            return;
        };
        match (&mut owned.phase, stored.topic) {
            (Phase::Restoring(restoring), Topic::FeedState) => {
                restoring.restore.absorb(&stored.key, stored.value.as_deref(), stored.offset, stored.time_ms);
            }
            (Phase::Restoring(restoring), Topic::Feeds) => {
                if let Some(id) = feed_key(&stored.key) {
                    restoring.definitions.insert(id, stored.value);
                }
            }
            (Phase::Cleaning | Phase::Owned, Topic::Feeds) => {
                if let Some(id) = feed_key(&stored.key) {
                    self.on_definition(stored.partition, id, stored.value.as_deref());
                }
            }
            // What others write to our state is seen at the next restore; nobody else's topics are followed.
            (Phase::Claiming | Phase::Restoring(_) | Phase::Cleaning | Phase::Owned, _) => {}
        }
    }

    fn on_caught_up(&mut self, tag: u64, topic: Topic, partition: i32) {
        let Some(owned) = self.partitions.get_mut(&partition).filter(|owned| owned.claim.low64() == tag) else {
            return;
        };
        let Phase::Restoring(restoring) = &mut owned.phase else { return };
        match topic {
            Topic::Feeds => restoring.feeds_read = true,
            Topic::FeedState => {
                restoring.state_read = true;
                self.links.reader.stop(topic, partition);
            }
            Topic::Items
            | Topic::ArticleState
            | Topic::Articles
            | Topic::Duplicates
            | Topic::FeedEvents
            | Topic::DeadLetters => {}
        }
        if restoring.feeds_read && restoring.state_read {
            self.restored(partition);
        }
    }

    /// Everything is read: sort out what zombies wrote, then own the partition.
    fn restored(&mut self, partition: i32) {
        let Some(owned) = self.partitions.get_mut(&partition) else { return };
        let Phase::Restoring(restoring) = std::mem::replace(&mut owned.phase, Phase::Claiming) else { return };
        let Restoring { restore, definitions, .. } = *restoring;
        let Some(mut ground) = restore.finish(owned.claim) else {
            tracing::error!(partition, "our own claim is not in the partition; it is claimed anew");
            self.claim(partition, CLAIM_PAUSE);
            return;
        };
        owned.epoch = ground.epoch;
        let cleaning = clean(&mut ground, partition);
        owned.settling += 1;
        let (claim, ours) = (owned.claim, Arc::clone(&owned.ours));
        owned.phase = Phase::Cleaning;
        owned.later = ground.later;
        self.take_up(partition, ground.records, definitions);
        let (publisher, watch) = (Arc::clone(&self.links.publisher), Refusals::of(&self.links));
        self.tasks.spawn(async move {
            for stage in cleaning {
                settle::settle(&publisher, &watch, &ours, stage).await;
            }
            Done::Cleaned { partition, claim }
        });
    }

    /// Puts the restored feeds in place; they are polled once the partition is clean.
    fn take_up(&mut self, partition: i32, records: Vec<Restored>, definitions: BTreeMap<FeedId, Option<Vec<u8>>>) {
        let now = clock::steady();
        let mut known = Known::sort(records);
        for (host, state) in known.hosts {
            self.schedule.restore_host(&Host::named(&host), state, now);
        }
        for (id, value) in definitions {
            match value.as_deref().map(Definition::decode) {
                None => continue,
                Some(Ok(definition)) if i32::try_from(definition.route) == Ok(partition) => {
                    if self.leave_alone(id, partition) {
                        known.feeds.remove(&id);
                        continue;
                    }
                    let state = known.feeds.remove(&id).unwrap_or_default();
                    self.add(partition, definition, state, known.polls.remove(&id));
                }
                Some(Ok(_)) => self.misplaced(id, partition),
                // Left alone with its state: a later version knows what it means.
                Some(Err(fault)) => {
                    self.skip(id, partition, &fault);
                    known.feeds.remove(&id);
                }
            }
        }
        // State without a definition: the feed was removed while nobody was there to say that it left.
        for (id, state) in known.feeds {
            if self.leave_alone(id, partition) {
                continue;
            }
            self.add_removed(partition, id, state);
        }
    }

    fn add_removed(&mut self, partition: i32, id: FeedId, state: FeedState) {
        self.insert(id, Feed::new(partition, Definition::removed(id), state, Wanted::Removed));
    }

    pub(super) fn on_cleaned(&mut self, partition: i32, claim: Digest) {
        if !self.is_current(partition, claim) {
            return;
        }
        let Some(owned) = self.partitions.get_mut(&partition) else { return };
        owned.phase = Phase::Owned;
        let (epoch, feeds) = (owned.epoch, owned.feeds.clone());
        tracing::debug!(partition, epoch, feeds = feeds.len(), "a partition of feeds is ours");
        feeds.into_iter().for_each(|id| self.reconcile(id));
        self.one_settled(partition);
    }

    /// The group gives the partition to another replica: what is under way is settled first.
    fn close(&mut self, partition: i32, release: &Arc<Release>) {
        self.abandon_polls(partition);
        let Some(owned) = self.partitions.get_mut(&partition) else { return };
        owned.closing = Some(Arc::clone(release));
        if owned.settling == 0 {
            self.drop_partition(partition);
        }
    }

    /// The group has given the partition up. While the broker is away nobody else can have it: polling goes on.
    fn lose(&mut self, partition: i32) {
        match self.partitions.get_mut(&partition) {
            Some(owned) if matches!(owned.phase, Phase::Owned) && !self.links.kafka.health.reachable() => {
                tracing::warn!(partition, "the broker is away; its feeds are polled on while what they bring fits");
                owned.orphaned = true;
            }
            Some(_) | None => self.drop_partition(partition),
        }
    }

    /// The broker is back: what the group had given up is ours no more.
    pub(super) fn drop_orphans(&mut self) {
        let orphans: Vec<i32> =
            self.partitions.iter().filter(|(_, owned)| owned.orphaned).map(|(partition, _)| *partition).collect();
        orphans.into_iter().for_each(|partition| self.drop_partition(partition));
    }

    /// Forgets a partition at once. What is being settled is still sent (a repeat is harmless), its state is not.
    pub(super) fn drop_partition(&mut self, partition: i32) {
        self.abandon_polls(partition);
        let Some(owned) = self.partitions.remove(&partition) else { return };
        owned.ours.store(false, Ordering::Release);
        for topic in [Topic::Feeds, Topic::FeedState] {
            self.links.reader.stop(topic, partition);
        }
        self.skipped.retain(|_, of| *of != partition);
        for id in owned.feeds {
            self.schedule.remove(id);
            self.feeds.remove(&id);
        }
        tracing::debug!(partition, "a partition of feeds is no longer ours");
    }

    pub(super) fn is_current(&self, partition: i32, claim: Digest) -> bool {
        self.partitions.get(&partition).is_some_and(|owned| owned.claim == claim)
    }

    /// Keeps a feed among those of its partition.
    pub(super) fn insert(&mut self, id: FeedId, feed: Feed) {
        if let Some(owned) = self.partitions.get_mut(&feed.partition) {
            owned.feeds.insert(id);
            self.feeds.insert(id, feed);
        }
    }

    /// One settlement of a partition is over; the last one lets a closing partition go.
    pub(super) fn one_settled(&mut self, partition: i32) {
        let Some(owned) = self.partitions.get_mut(&partition) else { return };
        owned.settling = owned.settling.saturating_sub(1);
        if owned.settling == 0 && owned.closing.is_some() {
            self.drop_partition(partition);
        }
    }
}

/// What zombies wrote is written anew by us, and only then do older claims go: they are what gives zombies away.
fn clean(ground: &mut Ground, partition: i32) -> [Settlement; 2] {
    let mut rewritten = Vec::new();
    for record in ground.records.iter_mut().filter(|record| record.trust == Trust::Zombie) {
        let StateKey::Feed(_) = record.key else { continue };
        let Some(mut state) = FeedState::decode(&record.value) else { continue };
        state.distrust();
        record.value = state.encode(ground.epoch);
        rewritten.push(state_record(&record.key, record.value.clone(), partition));
    }
    let claims = ground.older_claims.iter().map(|claim| state_tombstone(&StateKey::Claim(*claim), partition));
    let settlement = |state| Settlement { state, ..Settlement::default() };
    [settlement(rewritten), settlement(claims.collect())]
}

/// Restored state by what it is about.
#[derive(Default)]
struct Known {
    feeds: BTreeMap<FeedId, FeedState>,
    polls: BTreeMap<FeedId, PollState>,
    hosts: BTreeMap<String, HostState>,
}

impl Known {
    fn sort(records: Vec<Restored>) -> Known {
        let mut known = Known::default();
        for Restored { key, value, .. } in records {
            match key {
                StateKey::Feed(id) => known.feeds.extend(FeedState::decode(&value).map(|state| (id, state))),
                // Stored times are clamped by the schedule as it takes them in.
                StateKey::Poll(id) => known.polls.extend(serde_json::from_slice(&value).ok().map(|state| (id, state))),
                StateKey::Host(host) => {
                    known.hosts.extend(serde_json::from_slice(&value).ok().map(|state| (host, state)));
                }
                StateKey::Claim(_) => {}
            }
        }
        known
    }
}

fn feed_key(key: &[u8]) -> Option<FeedId> {
    std::str::from_utf8(key).ok()?.parse().ok()
}

/// A claim's id, unlike that of any other replica or taking.
fn claim_id(number: u64) -> Digest {
    let now = clock::now().timestamp_nanos_opt().unwrap_or_default();
    Digest::of("claim", [&std::process::id().to_le_bytes()[..], &now.to_le_bytes(), &number.to_le_bytes()])
}
