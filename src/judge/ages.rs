//! How old the known articles are, by the minute: what expires goes minute by minute.

use std::collections::BTreeMap;

/// Articles expire in whole minutes, so that the horizon moves seldom.
pub(super) const MINUTE_MS: i64 = 60_000;

/// The start of the minute.
pub(super) const fn minute_of(time_ms: i64) -> i64 {
    time_ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

#[derive(Debug, Default)]
struct Minute {
    /// Slots that came in this minute; some have been renewed since.
    slots: Vec<u32>,
    /// How many are still of this minute.
    live: usize,
}

/// Slots by the minute of their last renewal.
#[derive(Debug, Default)]
pub(super) struct Ages(BTreeMap<i64, Minute>);

impl Ages {
    /// A slot is now of this time.
    pub(super) fn add(&mut self, slot: u32, seen_ms: i64) {
        let minute = self.0.entry(minute_of(seen_ms)).or_default();
        minute.slots.push(slot);
        minute.live += 1;
    }

    /// A slot is of this time no longer.
    pub(super) fn remove(&mut self, seen_ms: i64) {
        let start = minute_of(seen_ms);
        let Some(minute) = self.0.get_mut(&start) else { return };
        minute.live = minute.live.saturating_sub(1);
        if minute.live == 0 {
            self.0.remove(&start);
        }
    }

    /// How many slots are older than the horizon.
    pub(super) fn count_before(&self, horizon_ms: i64) -> usize {
        self.0.range(..horizon_ms).map(|(_, minute)| minute.live).sum()
    }

    /// Takes out what is older than the horizon: minutes, each with slots that may have been renewed since.
    pub(super) fn take_before(&mut self, horizon_ms: i64) -> Vec<(i64, Vec<u32>)> {
        let rest = self.0.split_off(&horizon_ms);
        let gone = std::mem::replace(&mut self.0, rest);
        gone.into_iter().map(|(start, minute)| (start, minute.slots)).collect()
    }

    /// The minutes that hold something, oldest first, from the horizon on.
    pub(super) fn minutes_from(&self, horizon_ms: i64) -> impl Iterator<Item = i64> {
        self.0.range(horizon_ms..).map(|(start, _)| *start)
    }

    /// The oldest minute, unless it is the newest too.
    pub(super) fn oldest_of_several(&self) -> Option<i64> {
        (self.0.len() > 1).then(|| self.0.keys().next().copied()).flatten()
    }

    /// The memory that it takes, near enough.
    pub(super) fn bytes(&self) -> usize {
        self.0.values().map(|minute| minute.slots.capacity() * size_of::<u32>() + 64).sum()
    }
}
