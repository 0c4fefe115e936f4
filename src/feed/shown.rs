//! What a feed has shown: which entries are new, changed, known, or to be sent again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::article::{ItemId, SourceDigest};

/// However small a feed's documents are, this many entries are known.
const KNOWN_MIN: usize = 100;
/// How many times its largest document a feed's entries are known.
const KNOWN_DOCUMENTS: usize = 2;
/// The largest document is that of 90 days, kept as the largest of each of the last four spans of 30 days.
const SPAN: i64 = 30 * 24 * 3600;
const SPANS_MAX: usize = 4;
/// The bytes of a pair.
const PAIR_BYTES: usize = 16;

/// The entries a feed has shown: a pair of hashes each, the last shown first.
///
/// A document that is short or empty removes nothing: an entry leaves only when newer ones push it out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Shown {
    pairs: Vec<Pair>,
    /// The largest documents by span of 30 days, the newest last.
    largest: Vec<(i64, u32)>,
    /// Until when renewals have been seen to.
    renewed: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    item: u64,
    /// Zero when it was forgotten.
    digest: u64,
}

/// How an entry stands to what the feed has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// Never shown, or long ago.
    New,
    /// Shown before with another digest.
    Changed,
    /// Shown before as it is, and due to be sent again so that it is not forgotten while it is shown.
    Renew,
    /// Shown before as it is: nothing to send.
    Known,
}

impl Sighting {
    /// Whether the entry is to be sent.
    pub const fn is_sent(self) -> bool {
        match self {
            Sighting::New | Sighting::Changed | Sighting::Renew => true,
            Sighting::Known => false,
        }
    }

    /// Whether the feed has shown the entry before.
    pub const fn shown_before(self) -> bool {
        match self {
            Sighting::New => false,
            Sighting::Changed | Sighting::Renew | Sighting::Known => true,
        }
    }
}

impl Shown {
    /// Prepares the questions of one poll. `half_window` is half the time for which the judge remembers.
    pub fn sightings(&self, now: DateTime<Utc>, half_window: Duration) -> Sightings {
        let half = i64::try_from(half_window.as_secs()).unwrap_or(i64::MAX).max(1);
        // A stored time ahead of the clock holds renewals up until the clock has caught up, not longer.
        let since = self.renewed.unwrap_or(now).min(now).timestamp();
        let known = self.pairs.iter().map(|pair| (pair.item, pair.digest)).collect();
        Sightings { known, since, now: now.timestamp(), half }
    }

    /// Takes up a document whose entries are acknowledged.
    pub fn record(&mut self, document: &[(ItemId, SourceDigest)], now: DateTime<Utc>) {
        self.note_size(document.len(), now);
        let mut taken = HashSet::with_capacity(document.len());
        let shown =
            document.iter().map(|(item, digest)| Pair { item: item.0.low64(), digest: digest.0.low64().max(1) });
        let kept = std::mem::take(&mut self.pairs);
        self.pairs = shown.chain(kept).filter(|pair| taken.insert(pair.item)).take(self.capacity()).collect();
        self.renewed = Some(now);
    }

    /// Keeps the ids and drops the digests, so that all that the feed shows is sent once more.
    pub fn forget_digests(&mut self) {
        for pair in &mut self.pairs {
            pair.digest = 0;
        }
    }

    /// When a document was last taken up; none if never.
    pub const fn renewed(&self) -> Option<DateTime<Utc>> {
        self.renewed
    }

    /// How many entries are known.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nothing was ever shown.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    fn capacity(&self) -> usize {
        let largest = self.largest.iter().map(|(_, entries)| *entries).max().unwrap_or(0);
        usize::try_from(largest).unwrap_or(usize::MAX).saturating_mul(KNOWN_DOCUMENTS).max(KNOWN_MIN)
    }

    fn note_size(&mut self, entries: usize, now: DateTime<Utc>) {
        let span = now.timestamp().div_euclid(SPAN);
        let entries = u32::try_from(entries).unwrap_or(u32::MAX);
        match self.largest.last_mut() {
            Some((last, largest)) if *last >= span => *largest = entries.max(*largest),
            Some(_) | None => self.largest.push((span, entries)),
        }
        let oldest = span - i64::try_from(SPANS_MAX).unwrap_or(i64::MAX) + 1;
        self.largest.retain(|(of, _)| *of >= oldest);
    }
}

/// What a feed had shown before one poll, ready to be asked for each entry.
#[derive(Debug)]
pub struct Sightings {
    known: HashMap<u64, u64>,
    since: i64,
    now: i64,
    half: i64,
}

impl Sightings {
    /// How an entry stands to what the feed has shown.
    pub fn of(&self, item: ItemId, digest: SourceDigest) -> Sighting {
        let item = item.0.low64();
        match self.known.get(&item) {
            None => Sighting::New,
            Some(known) if *known != digest.0.low64().max(1) => Sighting::Changed,
            Some(_) if self.is_due(item) => Sighting::Renew,
            Some(_) => Sighting::Known,
        }
    }

    /// Each entry has an instant of its own in every half window; it is due when that has passed since the last poll.
    fn is_due(&self, item: u64) -> bool {
        let phase = i64::try_from(item % self.half.unsigned_abs()).unwrap_or(0);
        let turn = |time: i64| time.saturating_sub(phase).div_euclid(self.half);
        turn(self.now) > turn(self.since)
    }
}

/// The form in a record: the pairs as one text of base64, 22 characters each.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    pairs: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    largest: Vec<(i64, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewed: Option<DateTime<Utc>>,
}

impl From<Shown> for Stored {
    fn from(shown: Shown) -> Stored {
        let bytes = |pair: &Pair| [pair.item.to_le_bytes(), pair.digest.to_le_bytes()].concat();
        let pairs: Vec<u8> = shown.pairs.iter().flat_map(bytes).collect();
        Stored { pairs: STANDARD_NO_PAD.encode(pairs), largest: shown.largest, renewed: shown.renewed }
    }
}

/// A stored text that is not made of pairs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the entries shown are not base64 of whole pairs")]
pub struct NotPairs;

impl TryFrom<Stored> for Shown {
    type Error = NotPairs;

    fn try_from(stored: Stored) -> Result<Shown, NotPairs> {
        let bytes = STANDARD_NO_PAD.decode(stored.pairs).map_err(|_| NotPairs)?;
        let (numbers, rest) = bytes.as_chunks::<{ PAIR_BYTES / 2 }>();
        let (pairs, half) = numbers.as_chunks::<2>();
        if !rest.is_empty() || !half.is_empty() {
            return Err(NotPairs);
        }
        let pair = |[item, digest]: &[[u8; 8]; 2]| Pair {
            item: u64::from_le_bytes(*item),
            digest: u64::from_le_bytes(*digest),
        };
        Ok(Shown { pairs: pairs.iter().map(pair).collect(), largest: stored.largest, renewed: stored.renewed })
    }
}

#[cfg(test)]
mod tests;
