//! The `[judge]` section of the configuration.

use std::time::Duration;

use serde::Deserialize;

/// Thirty days: an item that a feed still shows is sent again within half of it, so only what has
/// left all feeds for a month is forgotten.
const WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);
/// Below an hour a busy feed's own items would be forgotten between two polls.
const WINDOW_MIN: Duration = Duration::from_secs(3600);
/// 330,000 articles a day for thirty days; at 250 bytes each 2.5 GB.
const ARTICLES_MAX: u64 = 10_000_000;
/// Fewer would forget a single large feed.
const ARTICLES_MIN: u64 = 10_000;
/// A slot has 32 bits.
const ARTICLES_LIMIT: u64 = 1_000_000_000;
/// One commit costs 10 to 20 ms whatever it holds; a thousand items of 4 KB pass in one.
const BATCH_ITEMS_MAX: u32 = 1_000;
/// What a batch waits for more items after its first one.
const BATCH_LINGER: Duration = Duration::from_millis(50);
/// A batch that waits longer only delays news.
const BATCH_LINGER_MAX: Duration = Duration::from_secs(5);
/// Half of a transaction's time limit must be left for the commit.
const BATCH_BYTES_MAX: u64 = 16 << 20;

/// The section as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawJudge {
    /// How long an article that no feed shows any more is remembered.
    #[serde(with = "humantime_serde")]
    pub window: Duration,
    /// At this number of articles the window shortens.
    pub articles_max: u64,
    /// Items judged in one transaction.
    pub batch_items_max: u32,
    /// Bytes of items judged in one transaction.
    pub batch_bytes_max: u64,
    /// How long a transaction waits for more items.
    #[serde(with = "humantime_serde")]
    pub batch_linger: Duration,
}

impl Default for RawJudge {
    fn default() -> RawJudge {
        RawJudge {
            window: WINDOW,
            articles_max: ARTICLES_MAX,
            batch_items_max: BATCH_ITEMS_MAX,
            batch_bytes_max: BATCH_BYTES_MAX,
            batch_linger: BATCH_LINGER,
        }
    }
}

/// The section as checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    /// What memory may hold.
    pub limits: Limits,
    /// Items judged in one transaction.
    pub batch_items_max: usize,
    /// Bytes of items judged in one transaction.
    pub batch_bytes_max: u64,
    /// How long a transaction waits for more items.
    pub batch_linger: Duration,
}

/// What memory may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long an article is remembered after an item renewed it, in milliseconds.
    pub window_ms: i64,
    /// How many articles are remembered.
    pub articles_max: usize,
}

impl RawJudge {
    /// Checks the section and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Judge> {
        let before = faults.len();
        let shown = humantime::format_duration;
        if self.window < WINDOW_MIN {
            faults.push(format!("judge.window ({}) is below the floor ({})", shown(self.window), shown(WINDOW_MIN)));
        }
        if !(ARTICLES_MIN..=ARTICLES_LIMIT).contains(&self.articles_max) {
            let found = self.articles_max;
            faults.push(format!("judge.articles_max ({found}) must be between {ARTICLES_MIN} and {ARTICLES_LIMIT}"));
        }
        if self.batch_items_max == 0 {
            faults.push("judge.batch_items_max must be at least 1".to_owned());
        }
        if self.batch_bytes_max == 0 {
            faults.push("judge.batch_bytes_max must be at least 1".to_owned());
        }
        if self.batch_linger > BATCH_LINGER_MAX {
            let (found, ceiling) = (shown(self.batch_linger), shown(BATCH_LINGER_MAX));
            faults.push(format!("judge.batch_linger ({found}) is above the ceiling ({ceiling})"));
        }
        let window_ms = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX);
        let limits = Limits { window_ms, articles_max: usize::try_from(self.articles_max).ok()? };
        let batch_items_max = usize::try_from(self.batch_items_max).ok()?;
        let checked =
            Judge { limits, batch_items_max, batch_bytes_max: self.batch_bytes_max, batch_linger: self.batch_linger };
        (faults.len() == before).then_some(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, expected: &[&str]) {
        let mut faults = Vec::new();
        let raw: RawJudge = toml::from_str(toml).unwrap();
        assert_eq!(raw.check(&mut faults).is_some(), expected.is_empty());
        assert_eq!(faults, expected);
    }

    #[test]
    fn all_faults_come_at_once() {
        check("", &[]);
        check("window = \"7d\"\narticles_max = 20000", &[]);
        check(
            "window = \"5m\"\narticles_max = 7\nbatch_items_max = 0\nbatch_bytes_max = 0\nbatch_linger = \"1m\"",
            &[
                "judge.window (5m) is below the floor (1h)",
                "judge.articles_max (7) must be between 10000 and 1000000000",
                "judge.batch_items_max must be at least 1",
                "judge.batch_bytes_max must be at least 1",
                "judge.batch_linger (1m) is above the ceiling (5s)",
            ],
        );
        assert!(toml::from_str::<RawJudge>("windw = \"1d\"").is_err());
    }
}
