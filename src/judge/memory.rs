//! Memory: every known article, found by alias and by text, in some 250 bytes each.
//!
//! One owner holds it: the judge, or a standby that follows the judge's records. It changes only
//! by whole stored records, so what a restore builds is what the judge had.

use std::collections::BTreeMap;

use crate::article::{AliasKey, ArticleId, Digest, FeedId};

use super::ages::{Ages, MINUTE_MS, minute_of};
use super::index::Index;
use super::known::Known;
use super::overlay::Batch;
use super::packed;
use super::position::Position;
use super::record::Stored;
use super::settings::Limits;
use super::times::Times;

/// What the judge remembers.
#[derive(Debug)]
pub struct Memory {
    limits: Limits,
    slots: Vec<Option<Box<[u8]>>>,
    free: Vec<u32>,
    index: Index,
    ages: Ages,
    left: BTreeMap<FeedId, i64>,
    packed_bytes: usize,
    times: Times,
    position: Option<Position>,
    lane: Option<u64>,
}

/// One change of memory: what is stored, and what is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The whole new state of an article.
    Article(Box<Known>),
    /// A feed left, and leads nothing while it is away.
    Left {
        /// The feed.
        feed: FeedId,
        /// When that was last heard or needed, in milliseconds of the judge's time.
        since_ms: i64,
    },
    /// A feed that had left is back.
    Back(FeedId),
}

impl Memory {
    /// An empty memory.
    pub fn new(limits: Limits) -> Memory {
        Memory {
            limits,
            slots: Vec::new(),
            free: Vec::new(),
            index: Index::default(),
            ages: Ages::default(),
            left: BTreeMap::new(),
            packed_bytes: 0,
            times: Times::default(),
            position: None,
            lane: None,
        }
    }

    /// Takes a stored record, at restore or as a standby.
    pub fn apply(&mut self, stored: Stored) {
        match stored {
            Stored::Change(change) => {
                self.change(change);
                self.shorten();
            }
            Stored::Gone(id) => {
                if let Some(slot) = self.slot_of(id) {
                    self.forget(slot);
                }
            }
            // Who has judged reads its own records once more as a standby: time must not go back meanwhile.
            Stored::Position(position) => {
                if self.position.is_none_or(|known| known.offset <= position.offset) {
                    self.settle(position);
                }
            }
            Stored::Lane(lane) => self.lane = Some(lane.number),
            Stored::Unknown => {}
        }
    }

    /// Takes what a batch decided, once its transaction is committed.
    pub fn merge(&mut self, batch: Batch) {
        batch.changes.into_iter().for_each(|change| self.change(change));
        if let Some(position) = batch.position {
            self.settle(position);
        }
    }

    /// What to commit on a quiet day, so that the position does not expire: nothing was judged.
    pub fn renewal(&self) -> Batch {
        Batch { changes: Vec::new(), position: self.position }
    }

    /// How many articles it holds.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory that it takes, near enough.
    pub fn bytes(&self) -> usize {
        // A box costs its pointer and length in the slot and about 16 bytes of the allocator.
        let slots = self.slots.capacity() * size_of::<Option<Box<[u8]>>>() + self.len() * 16;
        let left = self.left.len() * 48;
        slots + self.packed_bytes + self.free.capacity() * 4 + self.index.bytes() + self.ages.bytes() + left
    }

    /// How many feeds are away.
    pub fn feeds_left(&self) -> usize {
        self.left.len()
    }

    /// Whether articles younger than the window are forgotten, because there are too many.
    pub fn is_shortened(&self) -> bool {
        self.times.reach_ms() < self.limits.window_ms && self.times.horizon_ms > 0
    }

    /// What it may hold.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The judge's times.
    pub fn times(&self) -> Times {
        self.times
    }

    /// The last item judged.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// The number of the newest lane that began.
    pub fn lane(&self) -> Option<u64> {
        self.lane
    }

    /// An article by its id.
    pub fn get(&self, id: ArticleId) -> Option<Known> {
        self.slot_of(id).and_then(|slot| self.unpack(slot))
    }

    /// All articles, by id: for audits and tests, not for every day.
    pub fn articles(&self) -> Vec<Known> {
        let mut all: Vec<Known> = self.slots.iter().flatten().filter_map(|bytes| packed::unpack(bytes)).collect();
        all.sort_by_key(|known| known.id);
        all
    }

    /// The feeds that are away, and since when.
    pub fn left(&self) -> &BTreeMap<FeedId, i64> {
        &self.left
    }

    /// The articles that the alias leads to.
    pub(super) fn named(&self, key: AliasKey) -> Vec<Known> {
        let slots = self.index.slots(key.0).filter(|slot| self.answers_to(*slot, key.0));
        slots.filter_map(|slot| self.unpack(slot)).collect()
    }

    /// The articles whose text has this hash; it may be either of the two.
    pub(super) fn with_hash(&self, digest: Digest) -> Vec<Known> {
        let found = self.index.slots(digest).filter_map(|slot| self.unpack(slot));
        found.filter(|known| hashes(known).contains(&Some(digest))).collect()
    }

    pub(super) fn ages(&self) -> &Ages {
        &self.ages
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Article(known) => self.put(&known),
            Change::Left { feed, since_ms } => {
                self.left.insert(feed, since_ms);
            }
            Change::Back(feed) => {
                self.left.remove(&feed);
            }
        }
    }

    fn put(&mut self, known: &Known) {
        let old = self.slot_of(known.id);
        if known.seen_ms < self.times.horizon_ms {
            old.into_iter().for_each(|slot| self.forget(slot));
            return;
        }
        let Some(slot) = old.or_else(|| self.free.pop()).or_else(|| self.grow()) else { return };
        let before = self.unpack(slot);
        self.reindex(slot, before.as_ref(), Some(known));
        let bytes = packed::pack(known);
        self.packed_bytes += bytes.len();
        if let Some(place) = self.slots.get_mut(usize::try_from(slot).unwrap_or(usize::MAX)) {
            let replaced = place.replace(bytes);
            self.packed_bytes -= replaced.map_or(0, |bytes| bytes.len());
        }
    }

    fn grow(&mut self) -> Option<u32> {
        let slot = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(None);
        Some(slot)
    }

    fn forget(&mut self, slot: u32) {
        let Some(known) = self.unpack(slot) else { return };
        self.reindex(slot, Some(&known), None);
        if let Some(place) = self.slots.get_mut(usize::try_from(slot).unwrap_or(usize::MAX)) {
            self.packed_bytes -= place.take().map_or(0, |bytes| bytes.len());
            self.free.push(slot);
        }
    }

    /// Makes index and ages follow from one state of a slot to the next.
    fn reindex(&mut self, slot: u32, before: Option<&Known>, after: Option<&Known>) {
        let (old, new) = (before.map(keys).unwrap_or_default(), after.map(keys).unwrap_or_default());
        old.iter().filter(|key| !new.contains(key)).for_each(|key| self.index.remove(*key, slot));
        new.iter().filter(|key| !old.contains(key)).for_each(|key| self.index.insert(*key, slot));
        let minute = |known: &Known| minute_of(known.seen_ms);
        if before.map(minute) != after.map(minute) {
            before.into_iter().for_each(|known| self.ages.remove(known.seen_ms));
            after.into_iter().for_each(|known| self.ages.add(slot, known.seen_ms));
        }
    }

    fn settle(&mut self, position: Position) {
        let horizon_ms = self.times.horizon_ms.max(position.times.horizon_ms);
        self.times = Times { horizon_ms, ..position.times };
        self.position = Some(position);
        let left_horizon = left_horizon(self.times.now_ms, &self.limits);
        self.left.retain(|_, since_ms| *since_ms >= left_horizon);
        self.expire();
    }

    /// While a restore brings more than fits, the oldest go: these are the ones that the judge had dropped already.
    fn shorten(&mut self) {
        while self.len() > self.limits.articles_max {
            let Some(oldest) = self.ages.oldest_of_several() else { return };
            self.times.horizon_ms = self.times.horizon_ms.max(oldest + MINUTE_MS);
            self.expire();
        }
    }

    fn expire(&mut self) {
        for (minute, slots) in self.ages.take_before(self.times.horizon_ms) {
            for slot in slots {
                if self.unpack(slot).is_some_and(|known| minute_of(known.seen_ms) == minute) {
                    self.forget(slot);
                }
            }
        }
    }

    fn slot_of(&self, id: ArticleId) -> Option<u32> {
        self.index.slots(id.0).find(|slot| self.packed(*slot).is_some_and(|bytes| packed::is_of(bytes, id)))
    }

    fn answers_to(&self, slot: u32, key: Digest) -> bool {
        self.packed(slot).is_some_and(|bytes| packed::answers_to(bytes, key))
    }

    fn unpack(&self, slot: u32) -> Option<Known> {
        self.packed(slot).and_then(packed::unpack)
    }

    fn packed(&self, slot: u32) -> Option<&[u8]> {
        self.slots.get(usize::try_from(slot).ok()?)?.as_deref()
    }
}

/// What is older than this of the words that a feed has left is forgotten: an eighth more than the
/// window, because the word is renewed with the articles that still need it, at most an eighth late.
pub(super) fn left_horizon(now_ms: i64, limits: &Limits) -> i64 {
    now_ms.saturating_sub(limits.window_ms).saturating_sub(limits.window_ms / 8)
}

/// The hashes by which a text is found: none where it is too short to be evidence.
pub(super) fn hashes(known: &Known) -> [Option<Digest>; 2] {
    let text = &known.text;
    if text.thin { [None, None] } else { [Some(text.hash.digest), Some(text.all.digest)] }
}

/// All keys that lead to an article, each once.
fn keys(known: &Known) -> Vec<Digest> {
    let mut keys = vec![known.id.0];
    keys.extend(known.aliases.iter().map(|key| key.0));
    for digest in hashes(known).into_iter().flatten() {
        if !keys.contains(&digest) {
            keys.push(digest);
        }
    }
    keys
}
