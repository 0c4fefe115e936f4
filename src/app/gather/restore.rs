//! Restoring a partition of feed-state: the epoch of our claim, and which records can be trusted.
//!
//! Several replicas may have written here. A record carries the epoch of its writer; one that
//! stands behind a claim newer than itself was written by a replica that no longer owned the
//! partition (runs 1 and 11 of the protocol study: its digests and validators may hide an edit).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::key::StateKey;
use crate::article::{Digest, FeedId};

/// The newest major of state records that this version reads.
pub(super) const STATE_VERSION: u32 = 1;

/// The part of every state record's value that restoring itself reads.
#[derive(Deserialize)]
struct Envelope {
    v: u32,
    #[serde(default)]
    epoch: u64,
}

/// One record as read: its place decides whom it is trusted against.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    offset: i64,
    epoch: u64,
    value: Vec<u8>,
}

/// Absorbs a partition's records in offset order.
#[derive(Debug, Default)]
pub(super) struct Restore {
    records: BTreeMap<StateKey, Kept>,
    claims: BTreeMap<Digest, (i64, u64)>,
    epoch_max: u64,
    later: BTreeSet<StateKey>,
    foreign: u64,
}

/// Whether a state record's digests and validators may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Written by the owner of its time.
    Owner,
    /// Written behind a newer claim: ids may be kept, digests and validators not.
    Zombie,
}

/// One trusted or untrusted state record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Restored {
    /// What it is about.
    pub key: StateKey,
    /// Whether its writer owned the partition.
    pub trust: Trust,
    /// The value as stored.
    pub value: Vec<u8>,
}

/// A partition as restored behind our own claim.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ground {
    /// Our epoch: above all that was ever written here.
    pub epoch: u64,
    /// Everything but the claims.
    pub records: Vec<Restored>,
    /// Claims older than ours, to be tombstoned once zombies' records are written anew.
    pub older_claims: Vec<Digest>,
    /// Feeds of which a record is of a higher major: they and their state are left alone.
    pub later: BTreeSet<FeedId>,
    /// Records that are no state of ours; left alone.
    pub foreign: u64,
}

impl Restore {
    /// Takes in the next record; `time` is the broker's, in milliseconds.
    pub(super) fn absorb(&mut self, key: &[u8], value: Option<&[u8]>, offset: i64, time: i64) {
        let Some(key) = StateKey::parse(key) else {
            self.foreign += 1;
            return;
        };
        match (key, value) {
            (StateKey::Claim(id), Some(_)) => {
                // Never falls, also when the topic was emptied (broker time) or the clock fell (last + 1).
                let epoch = u64::try_from(time).unwrap_or(0).max(self.epoch_max + 1);
                self.epoch_max = epoch;
                self.claims.insert(id, (offset, epoch));
            }
            (StateKey::Claim(id), None) => {
                self.claims.remove(&id);
            }
            (key, Some(value)) => self.keep(key, value, offset),
            (key, None) => {
                self.later.remove(&key);
                self.records.remove(&key);
            }
        }
    }

    fn keep(&mut self, key: StateKey, value: &[u8], offset: i64) {
        match serde_json::from_slice::<Envelope>(value) {
            Ok(Envelope { v, epoch }) if v <= STATE_VERSION => {
                self.epoch_max = self.epoch_max.max(epoch);
                self.later.remove(&key);
                self.records.insert(key, Kept { offset, epoch, value: value.to_vec() });
            }
            // What an earlier version knew of it is no longer so.
            Ok(Envelope { epoch, .. }) => {
                self.epoch_max = self.epoch_max.max(epoch);
                self.records.remove(&key);
                self.later.insert(key);
            }
            Err(_) => self.foreign += 1,
        }
    }

    /// The partition behind our claim; none while that has not been read.
    pub(super) fn finish(self, own: Digest) -> Option<Ground> {
        let (_, epoch) = *self.claims.get(&own)?;
        let claims = self.claims;
        let is_zombie = |kept: &Kept| claims.values().any(|(at, epoch)| *at < kept.offset && *epoch > kept.epoch);
        let records = self.records.into_iter().map(|(key, kept)| Restored {
            key,
            trust: if is_zombie(&kept) { Trust::Zombie } else { Trust::Owner },
            value: kept.value,
        });
        let records = records.collect();
        let older_claims = claims.iter().filter(|(_, (_, of))| *of < epoch).map(|(id, _)| *id).collect();
        let later = self.later.into_iter().filter_map(|key| match key {
            StateKey::Feed(id) | StateKey::Poll(id) => Some(id),
            StateKey::Host(_) | StateKey::Claim(_) => None,
        });
        Some(Ground { epoch, records, older_claims, later: later.collect(), foreign: self.foreign })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::FeedId;

    fn id(name: &str) -> Digest {
        Digest::of("test", [name.as_bytes()])
    }

    fn claim(name: &str) -> String {
        StateKey::Claim(id(name)).to_string()
    }

    fn feed(name: &str) -> String {
        StateKey::Feed(FeedId(id(name))).to_string()
    }

    fn restore(records: &[(&str, Option<&str>, i64)]) -> Restore {
        let mut restore = Restore::default();
        for (offset, (key, value, time)) in records.iter().enumerate() {
            restore.absorb(key.as_bytes(), value.map(str::as_bytes), i64::try_from(offset).unwrap(), *time);
        }
        restore
    }

    #[test]
    fn an_epoch_is_the_brokers_time_and_never_falls() {
        let check = |records: &[(&str, Option<&str>, i64)], expected: u64| {
            assert_eq!(restore(records).finish(id("own")).unwrap().epoch, expected, "{records:?}");
        };
        let own = claim("own");
        check(&[(&own, Some("{\"v\":1}"), 5_000)], 5_000);
        check(&[(&feed("a"), Some("{\"v\":1,\"epoch\":9000}"), 1), (&own, Some("{\"v\":1}"), 5_000)], 9_001);
        check(&[(&claim("old"), Some("{\"v\":1}"), 5_000), (&own, Some("{\"v\":1}"), 5_000)], 5_001);
    }

    #[test]
    fn what_stands_behind_a_newer_claim_is_a_zombies() {
        let ground = restore(&[
            (&claim("a"), Some("{\"v\":1}"), 100),
            (&feed("x"), Some("{\"v\":1,\"epoch\":100}"), 110),
            (&claim("b"), Some("{\"v\":1}"), 200),
            (&feed("y"), Some("{\"v\":1,\"epoch\":100}"), 210),
            (&feed("z"), Some("{\"v\":1,\"epoch\":200}"), 220),
            (&claim("own"), Some("{\"v\":1}"), 300),
        ]);
        let ground = ground.finish(id("own")).unwrap();
        let trust = |name: &str| {
            let key = StateKey::Feed(FeedId(id(name)));
            ground.records.iter().find(|record| record.key == key).unwrap().trust
        };
        assert_eq!((trust("x"), trust("y"), trust("z")), (Trust::Owner, Trust::Zombie, Trust::Owner));
        assert_eq!(ground.older_claims.len(), 2);
    }

    #[test]
    fn tombstones_higher_majors_and_strangers() {
        let ground = restore(&[
            (&feed("x"), Some("{\"v\":1,\"epoch\":1}"), 1),
            (&feed("x"), None, 2),
            (&feed("y"), Some("{\"v\":99,\"epoch\":1}"), 3),
            ("stranger", Some("{}"), 4),
            (&claim("own"), Some("{\"v\":1}"), 5),
        ]);
        let ground = ground.finish(id("own")).unwrap();
        assert_eq!((ground.records.len(), ground.foreign), (0, 1));
        assert_eq!(ground.later, BTreeSet::from([FeedId(id("y"))]));
    }

    #[test]
    fn a_higher_major_outdates_what_stood_before_and_counts_for_the_epoch() {
        let ground = restore(&[
            (&feed("x"), Some("{\"v\":1,\"epoch\":1}"), 1),
            (&feed("x"), Some("{\"v\":2,\"epoch\":9000}"), 2),
            (&feed("y"), Some("{\"v\":2,\"epoch\":1}"), 3),
            (&feed("y"), Some("{\"v\":1,\"epoch\":2}"), 4),
            (&feed("z"), Some("{\"v\":2}"), 5),
            (&feed("z"), None, 6),
            (&claim("own"), Some("{\"v\":1}"), 7),
        ]);
        let ground = ground.finish(id("own")).unwrap();
        assert_eq!((ground.epoch, ground.later), (9_001, BTreeSet::from([FeedId(id("x"))])));
        assert_eq!(ground.records.len(), 1);
    }

    #[test]
    fn without_the_own_claim_there_is_no_ground() {
        assert_eq!(restore(&[(&claim("other"), Some("{\"v\":1}"), 1)]).finish(id("own")), None);
    }
}
