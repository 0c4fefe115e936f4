//! Sums of a time and a span that stop at the last representable time instead of panicking.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The time `span` after `time`.
pub(super) fn after(time: DateTime<Utc>, span: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(span).ok().and_then(|span| time.checked_add_signed(span)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// How long after `earlier` the time `later` is; zero if it is not later.
pub(super) fn between(earlier: DateTime<Utc>, later: DateTime<Utc>) -> Duration {
    later.signed_duration_since(earlier).to_std().unwrap_or(Duration::ZERO)
}
