//! What our clients learn of the broker: is it reachable, and how far are readers behind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::Statistics;

/// Statistics come every five seconds from each client; silence this long means that none is served any more.
const FRESH: Duration = Duration::from_secs(30);

/// Shared by all clients made from one [`super::Settings`].
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    up: Option<Instant>,
    down: Option<Instant>,
    lag: BTreeMap<(String, i32), i64>,
}

impl Health {
    /// Whether some client had a working connection to a broker within the last 30 seconds, and no client has since
    /// lost its last one.
    pub fn reachable(&self) -> bool {
        self.with(|known| known.is_up(Instant::now()))
    }

    /// How many records of a topic (by full name) this process has still to read, over the partitions that it follows.
    pub fn lag(&self, topic: &str) -> Option<i64> {
        self.with(|known| {
            let mut lags = known.lag.iter().filter(|((name, _), _)| name == topic).map(|(_, lag)| *lag).peekable();
            lags.peek().is_some().then(|| lags.sum())
        })
    }

    /// A broker has just answered us.
    pub(crate) fn answered(&self) {
        self.with(|known| known.up = Some(Instant::now()));
    }

    pub(crate) fn all_down(&self) {
        self.with(|known| known.down = Some(Instant::now()));
    }

    pub(crate) fn forget_lag(&self, topic: &str, partition: i32) {
        self.with(|known| known.lag.remove(&(topic.to_owned(), partition)));
    }

    pub(crate) fn take(&self, statistics: &Statistics) {
        // The bootstrap address is listed as a broker of its own beside those it leads to.
        if statistics.brokers.values().any(|broker| broker.state == "UP") {
            self.answered();
        }
        let lags = statistics.topics.values().flat_map(|topic| {
            let known = topic.partitions.values().filter(|partition| partition.consumer_lag >= 0);
            known.map(|partition| ((topic.topic.clone(), partition.partition), partition.consumer_lag))
        });
        self.with(|known| known.lag.extend(lags));
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Known) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn is_up(&self, now: Instant) -> bool {
        let Some(up) = self.up else { return false };
        now.saturating_duration_since(up) < FRESH && self.down.is_none_or(|down| down < up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_until_the_last_connection_is_lost_or_silence_is_long() {
        let start = Instant::now();
        let later = |seconds| start + Duration::from_secs(seconds);
        let mut known = Known::default();
        assert!(!known.is_up(start));
        known.up = Some(start);
        assert!(known.is_up(later(29)));
        assert!(!known.is_up(later(31)));
        known.down = Some(later(1));
        assert!(!known.is_up(later(2)));
        known.up = Some(later(3));
        assert!(known.is_up(later(4)));
    }

    #[test]
    fn lag_is_the_sum_over_partitions_that_are_followed() {
        let health = Health::default();
        assert_eq!(health.lag("items"), None);
        health.with(|known| known.lag.extend([(("items".to_owned(), 0), 3), (("items".to_owned(), 1), 4)]));
        assert_eq!(health.lag("items"), Some(7));
        health.forget_lag("items", 1);
        assert_eq!(health.lag("items"), Some(3));
    }
}
