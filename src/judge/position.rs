//! Where the judge stands in the items topic, and whether the topic is still the one it judged.

use chrono::{DateTime, Utc};

use crate::article::Digest;

use super::times::Times;

/// One record of the items topic as it comes to the judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Its offset.
    pub offset: i64,
    /// When the broker appended it.
    pub record_time: DateTime<Utc>,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Our own clock.
    pub clock: DateTime<Utc>,
}

/// The last record judged, and the judge's times then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Offset of the last record judged.
    pub offset: i64,
    /// When the broker appended it, in milliseconds since 1970.
    pub record_ms: i64,
    /// Digest of its bytes.
    pub digest: Digest,
    /// The judge's times.
    pub times: Times,
}

impl Position {
    /// The digest by which a record of items is known again.
    pub fn digest_of(value: &[u8]) -> Digest {
        Digest::of("record", [value])
    }

    /// The offset to read next.
    pub const fn next(&self) -> i64 {
        self.offset + 1
    }
}

/// What the items topic holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The first offset it still holds.
    pub start: i64,
    /// The offset of its next record.
    pub end: i64,
    /// The record at the position, where the topic still holds it.
    pub at_position: Option<Found>,
}

/// A record of the items topic, by what it is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// When the broker appended it, in milliseconds since 1970.
    pub record_ms: i64,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// How a position stands to the items topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Standing {
    /// Nothing was ever judged here: begin at the start.
    #[error("nothing was judged yet, judging begins at offset {start}")]
    Fresh {
        /// The first offset of the topic.
        start: i64,
    },
    /// The topic goes on behind the position.
    #[error("judging goes on at offset {next}")]
    Continues {
        /// The offset to read next.
        next: i64,
    },
    /// Records between the position and the start of the topic were deleted before they were judged.
    #[error("items {next} to {start} were deleted before they were judged")]
    Below {
        /// The offset that should have been read next.
        next: i64,
        /// The first offset of the topic.
        start: i64,
    },
    /// The topic ends before the position: it was made anew or has lost its tail.
    #[error("the position {next} lies beyond the end {end} of items: the topic was made anew or has lost its tail")]
    Beyond {
        /// The offset that should have been read next.
        next: i64,
        /// The end of the topic.
        end: i64,
    },
    /// Another record stands at the position: the topic was made anew and has grown past it.
    #[error("another record stands at offset {offset} of items than the one that was judged there")]
    Another {
        /// The offset of the last record judged.
        offset: i64,
    },
    /// Articles were published, but the memory of it is gone.
    #[error("articles were published, but the memory of them and the position are lost")]
    Lost,
}

/// Whether anything was published before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// The articles topic is and was empty.
    Nothing,
    /// It holds, or has held, records.
    Something,
}

/// Compares a position with what the items topic holds. Only `Fresh` and `Continues` allow judging.
pub fn check_position(position: Option<&Position>, log: &Log, published: Published) -> Standing {
    let Some(position) = position else {
        return match published {
            Published::Nothing => Standing::Fresh { start: log.start },
            Published::Something => Standing::Lost,
        };
    };
    let next = position.next();
    if next < log.start {
        return Standing::Below { next, start: log.start };
    }
    if next > log.end {
        return Standing::Beyond { next, end: log.end };
    }
    // A topic quiet for longer than its retention is empty: start = end = next, and nothing is left to compare.
    let here = Found { record_ms: position.record_ms, digest: position.digest };
    if position.offset >= log.start && log.at_position != Some(here) {
        return Standing::Another { offset: position.offset };
    }
    Standing::Continues { next }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> Position {
        let digest = Position::digest_of(b"item");
        Position { offset, record_ms: 7, digest, times: Times::default() }
    }

    const SAME: &[u8] = b"item";

    fn log(start: i64, end: i64, found: Option<(i64, &[u8])>) -> Log {
        let found = found.map(|(record_ms, value)| Found { record_ms, digest: Position::digest_of(value) });
        Log { start, end, at_position: found }
    }

    #[track_caller]
    fn check(position: Option<i64>, log: Log, published: Published, expected: Standing) {
        assert_eq!(check_position(position.map(at).as_ref(), &log, published), expected);
    }

    #[test]
    fn run_4_lost_items_are_seen() {
        let is = Published::Something;
        check(Some(50_000), log(0, 40, None), is, Standing::Beyond { next: 50_001, end: 40 });
        check(Some(50_000), log(0, 50_040, Some((9, b"new"))), is, Standing::Another { offset: 50_000 });
        check(Some(50_000), log(0, 50_040, Some((9, SAME))), is, Standing::Another { offset: 50_000 });
        check(Some(50_000), log(0, 50_040, None), is, Standing::Another { offset: 50_000 });
        check(Some(10), log(12, 20, None), is, Standing::Below { next: 11, start: 12 });
        check(None, log(0, 20, None), is, Standing::Lost);
    }

    #[test]
    fn what_is_whole_goes_on() {
        check(Some(10), log(0, 20, Some((7, SAME))), Published::Something, Standing::Continues { next: 11 });
        check(Some(10), log(0, 11, Some((7, SAME))), Published::Nothing, Standing::Continues { next: 11 });
        check(None, log(3, 20, None), Published::Nothing, Standing::Fresh { start: 3 });
    }

    #[test]
    fn quiet_for_longer_than_retention_is_not_below() {
        check(Some(10), log(11, 11, None), Published::Something, Standing::Continues { next: 11 });
    }
}
