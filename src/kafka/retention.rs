//! How long the judge's memory must be kept at the broker.

use std::time::Duration;

/// Slack for the broker's clean-up, which runs in steps, and for the segment a record waits in.
const MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// The least retention of article state. A judge that was away for as long as items are kept still reads items of
/// that age, and needs the memory that stood when they arrived: the window, and the time items may wait.
pub(crate) fn memory_retention(window: Duration, items: Duration) -> Duration {
    window.saturating_add(items).saturating_add(MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_the_window_the_wait_and_a_day() {
        let days = |n: u64| Duration::from_secs(n * 86_400);
        assert_eq!(memory_retention(days(30), days(7)), days(38));
    }
}
