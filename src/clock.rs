//! The one place that reads the wall clock; everything else is handed the time.

use std::sync::OnceLock;
use std::time::Instant;

use chrono::{DateTime, Utc};

/// The current time.
#[expect(clippy::disallowed_methods, reason = "the one reader of the clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The wall clock as it was when first asked, moved on by a clock that never jumps: what schedules go by.
pub fn steady() -> DateTime<Utc> {
    static ANCHOR: OnceLock<(DateTime<Utc>, Instant)> = OnceLock::new();
    let (wall, instant) = ANCHOR.get_or_init(|| (now(), Instant::now()));
    *wall + instant.elapsed()
}
