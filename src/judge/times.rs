//! The judge's times. None of them ever goes back, and all are stored with the position, so what
//! is remembered is the same live, after a restore and in a replay.

use chrono::{DateTime, Utc};

use super::ages::minute_of;
use super::settings::Limits;

/// The judge's times, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// By this articles age: the record time of items, never later than our own clock.
    pub now_ms: i64,
    /// What was last seen before it is forgotten.
    pub horizon_ms: i64,
    /// The time of the newest event.
    pub event_ms: i64,
}

impl Times {
    /// The times once an item of this record time is judged at this time of our own clock.
    pub(super) fn advance(self, record_ms: i64, clock_ms: i64, limits: &Limits) -> Times {
        // A broker whose clock runs ahead must not make us forget; one that runs behind only delays it.
        let now_ms = self.now_ms.max(record_ms.min(clock_ms));
        Times {
            now_ms,
            horizon_ms: self.horizon_ms.max(minute_of(now_ms.saturating_sub(limits.window_ms))),
            event_ms: self.event_ms.max(clock_ms),
        }
    }

    /// The time that an event decided now bears.
    pub fn event_time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.event_ms).unwrap_or_default()
    }

    /// How far memory reaches back.
    pub fn reach_ms(&self) -> i64 {
        self.now_ms.saturating_sub(self.horizon_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: (i64, i64, i64), record_ms: i64, clock_ms: i64, expected: (i64, i64, i64)) {
        let minute = |minutes: i64| minutes * 60_000;
        let times = |(now, horizon, event): (i64, i64, i64)| Times {
            now_ms: minute(now),
            horizon_ms: minute(horizon),
            event_ms: minute(event),
        };
        let limits = Limits { window_ms: minute(100), articles_max: 1 };
        assert_eq!(times(before).advance(minute(record_ms), minute(clock_ms), &limits), times(expected));
    }

    #[test]
    fn no_time_goes_back() {
        check((0, 0, 0), 1000, 1001, (1000, 900, 1001));
        check((1000, 900, 1001), 990, 995, (1000, 900, 1001));
        check((1000, 950, 1001), 1010, 1020, (1010, 950, 1020));
    }

    #[test]
    fn a_record_time_in_the_future_does_not_age_anything() {
        check((1000, 900, 1000), 500_000, 1001, (1001, 901, 1001));
    }
}
