//! How the parts are doing, as the health checks tell it. Each part writes its own words; nothing decides by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use super::clock;
use crate::http::Health;

/// A loop that has not moved for so long is stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// Shared by the parts of one daemon.
#[derive(Debug, Clone, Default)]
pub struct Status(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    gatherer: Beat,
    judge: Beat,
    restoring: AtomicBool,
    judging_fails: AtomicBool,
    refused: AtomicBool,
    left_alone: AtomicBool,
    draining: AtomicBool,
}

/// When a loop last moved.
#[derive(Debug)]
struct Beat(AtomicI64);

impl Default for Beat {
    fn default() -> Beat {
        Beat(AtomicI64::new(clock::steady().timestamp()))
    }
}

impl Beat {
    fn moved(&self) {
        self.0.store(clock::steady().timestamp(), Ordering::Relaxed);
    }

    fn is_stuck(&self) -> bool {
        let silent = clock::steady().timestamp() - self.0.load(Ordering::Relaxed);
        u64::try_from(silent).is_ok_and(|silent| silent > STUCK_AFTER.as_secs())
    }
}

impl Status {
    /// The gatherer's loop has moved.
    pub fn gatherer_moved(&self) {
        self.0.gatherer.moved();
    }

    /// The judge's loop has moved.
    pub fn judge_moved(&self) {
        self.0.judge.moved();
    }

    /// Whether feeds that are ours are still being read back.
    pub fn restoring(&self, is_so: Restoring) {
        self.0.restoring.store(is_so == Restoring::UnderWay, Ordering::Relaxed);
    }

    /// Judging has failed and is to start anew.
    pub fn judging_failed(&self) {
        self.0.judging_fails.store(true, Ordering::Relaxed);
    }

    /// Judging works, or is another replica's.
    pub fn judging_works(&self) {
        self.0.judging_fails.store(false, Ordering::Relaxed);
    }

    /// So many feeds are skipped, for a later version wrote their state.
    pub fn left_alone(&self, feeds: usize) {
        self.0.left_alone.store(feeds > 0, Ordering::Relaxed);
    }

    /// The broker refuses what we send.
    pub fn refused(&self) {
        self.0.refused.store(true, Ordering::Relaxed);
    }

    /// The broker takes what we send.
    pub fn taken(&self) {
        self.0.refused.store(false, Ordering::Relaxed);
    }

    /// The process is on its way out.
    pub fn draining(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// What the probes are told; an outage of the broker never makes us less alive.
    pub fn health(&self, broker: Reached) -> Health {
        let flag = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        Health {
            live: verdict(&[
                (self.0.gatherer.is_stuck(), "polling does not move"),
                (self.0.judge.is_stuck(), "judging does not move"),
            ]),
            ready: verdict(&[
                (broker == Reached::No, "the broker does not answer"),
                (flag(&self.0.restoring), "feeds are being read back"),
                (flag(&self.0.judging_fails), "publishing fails"),
                (flag(&self.0.refused), "the broker refuses records"),
                (flag(&self.0.left_alone), "feeds of a later version are skipped"),
                (flag(&self.0.draining), "stopping"),
            ]),
        }
    }
}

fn verdict(reasons: &[(bool, &'static str)]) -> Result<(), Vec<&'static str>> {
    let said: Vec<&'static str> = reasons.iter().filter(|(is_so, _)| *is_so).map(|(_, word)| *word).collect();
    if said.is_empty() { Ok(()) } else { Err(said) }
}

/// Whether feeds are being read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restoring {
    /// Some are.
    UnderWay,
    /// All are there.
    Done,
}

/// Whether the broker answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It does.
    Yes,
    /// It does not.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_and_goes_again() {
        let status = Status::default();
        let ready = |reached| status.health(reached).ready;
        assert_eq!(ready(Reached::Yes), Ok(()));
        assert_eq!(ready(Reached::No), Err(vec!["the broker does not answer"]));
        status.judging_failed();
        status.refused();
        assert_eq!(ready(Reached::Yes), Err(vec!["publishing fails", "the broker refuses records"]));
        status.judging_works();
        status.taken();
        status.draining();
        assert_eq!(ready(Reached::Yes), Err(vec!["stopping"]));
        assert_eq!(status.health(Reached::No).live, Ok(()));
    }
}
