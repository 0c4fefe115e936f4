//! The one place that reads the wall clock; everything else is handed the time.

use chrono::{DateTime, Utc};

/// The current time.
#[expect(clippy::disallowed_methods, reason = "the one reader of the clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
