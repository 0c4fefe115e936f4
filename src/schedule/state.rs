//! What is stored of a feed's polls and of a host's refusals, and how far it is believed when read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;

use super::due::{self, jitter};
use super::time::after;
use super::{Ending, PollOutcome, Polling};

/// The version that this code writes.
const VERSION: u16 = 1;

/// A feed without a good poll for so long has left, as far as its articles' lead is concerned.
pub(super) const LAPSED_AFTER: Duration = Duration::from_secs(3 * 24 * 3600);

/// So many 410 in a row are believed; fewer may be a slip of the publisher's.
pub(super) const GONE_AFTER: u32 = 3;

/// Why a stored state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A later release wrote it: leave it alone and skip the feed.
    #[error("state of version {0} is newer than this program")]
    Newer(u16),
    /// It is damaged: start afresh.
    #[error("state record is not readable")]
    Malformed(#[from] serde_json::Error),
}

/// The light record of a feed, written at every poll.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollState {
    /// Version of the form.
    pub v: u16,
    /// Epoch of the owner that wrote it.
    pub epoch: u64,
    /// Polls of this feed, ever.
    #[serde(default)]
    pub polls: u64,
    /// When the last poll began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_poll: Option<DateTime<Utc>>,
    /// When a poll last brought the feed's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good: Option<DateTime<Utc>>,
    /// How the last poll ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<PollOutcome>,
    /// Until then the server called its answer fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_until: Option<DateTime<Utc>>,
    /// The server asked not to be asked before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// When the first of the failures in a row ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// Failures in a row.
    #[serde(default)]
    pub failures: u32,
    /// 410 answers in a row.
    #[serde(default)]
    pub gones: u32,
}

/// How a feed stands, judged by its polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The last poll was good, or there was none yet.
    Good,
    /// Failing, for a while only.
    Failing,
    /// No good poll for three days, though there once was one.
    Lapsed,
    /// The publisher said so three times.
    Gone,
}

impl PollState {
    /// Reads a stored record; stored times are not believed further than their own caps.
    pub fn decode(bytes: &[u8], polling: &Polling, now: DateTime<Utc>) -> Result<PollState, StateError> {
        let mut state: PollState = decode(bytes)?;
        state.clamp(polling, now);
        Ok(state)
    }

    /// The record's bytes.
    pub fn encode(&self) -> Result<Vec<u8>, StateError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Pulls in times that a writer with a wrong clock left too far ahead: else no poll for a year.
    pub fn clamp(&mut self, polling: &Polling, now: DateTime<Utc>) {
        let at_most = |time: &mut Option<DateTime<Utc>>, cap: DateTime<Utc>| *time = time.map(|time| time.min(cap));
        at_most(&mut self.last_poll, now);
        at_most(&mut self.last_good, now);
        at_most(&mut self.fresh_until, after(now, polling.fresh_max));
        at_most(&mut self.not_before, after(now, polling.retry_after_max));
    }

    /// The state after a poll that began at `began` and ended at `now`.
    pub(super) fn polled(
        &self,
        ending: &Ending,
        began: DateTime<Utc>,
        polling: &Polling,
        now: DateTime<Utc>,
    ) -> PollState {
        let outcome = ending.outcome;
        let good = outcome.is_good();
        let fresh = ending.hints.fresh_for().filter(|_| good);
        let asked = ending.hints.retry_after.filter(|_| !good);
        PollState {
            v: VERSION,
            epoch: self.epoch,
            polls: self.polls.saturating_add(1),
            last_poll: Some(began),
            last_good: if good { Some(now) } else { self.last_good },
            last_outcome: Some(outcome),
            fresh_until: fresh.map(|span| after(now, span.min(polling.fresh_max))),
            not_before: asked.map(|span| after(now, span.min(polling.retry_after_max))),
            failing_since: if good { None } else { self.failing_since.or(Some(now)) },
            failures: if good { 0 } else { self.failures.saturating_add(1) },
            gones: if outcome == PollOutcome::Gone { self.gones.saturating_add(1) } else { 0 },
        }
    }

    /// How the feed stands at `now`.
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        if self.gones >= GONE_AFTER {
            Standing::Gone
        } else if self.failures == 0 {
            Standing::Good
        } else if self.last_good.is_some_and(|good| after(good, LAPSED_AFTER) <= now) {
            Standing::Lapsed
        } else {
            Standing::Failing
        }
    }
}

/// Why a whole host is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostReason {
    /// It answered 429.
    TooManyRequests,
    /// It answered 503 with a `Retry-After`.
    Unavailable,
}

impl HostReason {
    /// Every reason.
    pub const ALL: &[HostReason] = &[HostReason::TooManyRequests, HostReason::Unavailable];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            HostReason::TooManyRequests => "too_many_requests",
            HostReason::Unavailable => "unavailable",
        }
    }
}

/// The record of a host, written when its standing changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// Version of the form.
    pub v: u16,
    /// Epoch of the owner that wrote it.
    pub epoch: u64,
    /// No request to this host before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_off_until: Option<DateTime<Utc>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<HostReason>,
    /// 429 answers without a good one between them.
    #[serde(default)]
    pub refusals: u32,
}

impl HostState {
    /// Reads a stored record; its time is not believed further than its cap.
    pub fn decode(bytes: &[u8], polling: &Polling, now: DateTime<Utc>) -> Result<HostState, StateError> {
        let mut state: HostState = decode(bytes)?;
        state.clamp(polling, now);
        Ok(state)
    }

    /// The record's bytes.
    pub fn encode(&self) -> Result<Vec<u8>, StateError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Pulls in a time that a writer with a wrong clock left too far ahead.
    pub fn clamp(&mut self, polling: &Polling, now: DateTime<Utc>) {
        self.back_off_until = self.back_off_until.map(|until| until.min(after(now, polling.retry_after_max)));
    }

    /// The state after an ending, if it says anything about the host.
    pub(super) fn answered(
        &self,
        ending: &Ending,
        seed: u64,
        polling: &Polling,
        now: DateTime<Utc>,
    ) -> Option<HostState> {
        let asked = ending.hints.retry_after;
        let (reason, span, refusals) = match (ending.outcome, asked) {
            (PollOutcome::TooManyRequests, Some(span)) => (HostReason::TooManyRequests, span, self.refusals + 1),
            (PollOutcome::TooManyRequests, None) => {
                let ceiling = due::back_off_ceiling(self.refusals, polling);
                (HostReason::TooManyRequests, ceiling / 2 + jitter::part(ceiling / 2, seed), self.refusals + 1)
            }
            (PollOutcome::Unavailable, Some(span)) => (HostReason::Unavailable, span, self.refusals),
            (outcome, _) if outcome.is_good() && *self != self.calm() => return Some(self.calm()),
            _ => return None,
        };
        let until = after(now, span.min(polling.retry_after_max));
        let until = self.back_off_until.map_or(until, |before| before.max(until));
        Some(HostState { v: VERSION, epoch: self.epoch, back_off_until: Some(until), reason: Some(reason), refusals })
    }

    /// This host with nothing against it.
    fn calm(&self) -> HostState {
        HostState { v: self.v, epoch: self.epoch, ..HostState::default() }
    }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StateError> {
    #[derive(Deserialize)]
    struct Versioned {
        v: u16,
    }
    match serde_json::from_slice::<Versioned>(bytes)?.v {
        ..=VERSION => Ok(serde_json::from_slice(bytes)?),
        newer => Err(StateError::Newer(newer)),
    }
}
