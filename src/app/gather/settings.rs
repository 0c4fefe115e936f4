//! `[gather]`: how much work may be under way, and how long to hold out while the broker is away.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Deserialize;

/// Parser threads: parsing is CPU work; two keep a small machine's cores busy.
const PARSER_THREADS: usize = 2;
/// Bytes of bodies being read and parsed at once: six of the largest documents with their parsed form.
const BODY_BYTES_MAX: u64 = 128 << 20;
/// The room that one document of the largest size needs with its parsed form.
const BODY_BYTES_LEAST: u64 = 16 << 20;
/// How long polling goes on without any acknowledgement: later the web is the better buffer.
const OUTAGE_MAX: Duration = Duration::from_secs(30 * 60);
/// Time to finish on SIGTERM: below the 30 s that container runtimes grant.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);

/// `[gather]` as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawGather {
    parser_threads: usize,
    body_bytes_max: u64,
    #[serde(with = "humantime_serde")]
    outage_max: Duration,
    #[serde(with = "humantime_serde")]
    drain_limit: Duration,
}

impl Default for RawGather {
    fn default() -> RawGather {
        RawGather {
            parser_threads: PARSER_THREADS,
            body_bytes_max: BODY_BYTES_MAX,
            outage_max: OUTAGE_MAX,
            drain_limit: DRAIN_LIMIT,
        }
    }
}

/// `[gather]`, checked.
#[derive(Debug, Clone)]
pub struct Gather {
    /// Threads that parse and normalise.
    pub parser_threads: NonZeroUsize,
    /// Bytes of bodies being read and parsed at once.
    pub body_bytes_max: u64,
    /// How long polling goes on without any acknowledgement.
    pub outage_max: Duration,
    /// Time to finish on SIGTERM.
    pub drain_limit: Duration,
}

impl RawGather {
    /// Checks the section and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Gather> {
        let before = faults.len();
        let threads = NonZeroUsize::new(self.parser_threads);
        if threads.is_none() {
            faults.push("gather.parser_threads must be at least 1".to_owned());
        }
        // One document of the largest size must pass, else its feed would wait for ever.
        if self.body_bytes_max < BODY_BYTES_LEAST {
            faults.push(format!("gather.body_bytes_max ({}) is below {BODY_BYTES_LEAST}", self.body_bytes_max));
        }
        if self.outage_max < Duration::from_secs(10) {
            faults.push(format!("gather.outage_max ({:?}) is below 10s", self.outage_max));
        }
        if faults.len() > before {
            return None;
        }
        Some(Gather {
            parser_threads: threads?,
            body_bytes_max: self.body_bytes_max,
            outage_max: self.outage_max,
            drain_limit: self.drain_limit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_at_once() {
        let raw =
            RawGather { parser_threads: 0, body_bytes_max: 1, outage_max: Duration::ZERO, ..RawGather::default() };
        let mut faults = Vec::new();
        assert!(raw.check(&mut faults).is_none());
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(RawGather::default().check(&mut Vec::new()).is_some());
    }
}
