//! The start rate of the whole process: an even stream of starts, with a little room to catch up.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::time::after;

/// A timer that fires late may be made up for by this much, no more: no bursts.
const CATCH_UP: Duration = Duration::from_millis(100);

/// When the next poll may start, whichever it is.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Option<DateTime<Utc>>,
}

impl Pace {
    /// The time to wait for, if it has not come yet.
    pub(super) fn hold(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.next.filter(|next| *next > now)
    }

    /// Counts a start at `now`.
    pub(super) fn started(&mut self, spacing: Duration, now: DateTime<Utc>) {
        let earliest = now - CATCH_UP;
        let from = self.next.map_or(now, |next| next.max(earliest));
        self.next = Some(after(from, spacing));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone};

    #[test]
    fn an_idle_hour_gives_no_burst() {
        let spacing = Duration::from_millis(50);
        let mut pace = Pace::default();
        let mut now = Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap();
        pace.started(spacing, now);
        assert_eq!(pace.hold(now), Some(now + TimeDelta::milliseconds(50)));
        now += TimeDelta::hours(1);
        let mut burst = 0;
        while pace.hold(now).is_none() {
            pace.started(spacing, now);
            burst += 1;
        }
        assert_eq!(burst, 3);
    }
}
