//! The rule: when is this feed due? A learned rule may take this file's place; nothing else knows it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Polling;
use super::state::{GONE_AFTER, PollState};
use super::time::after;
use crate::article::FeedId;

/// Dead feeds come back, so a gone one is asked once a week.
const GONE_PROBE: Duration = Duration::from_secs(7 * 24 * 3600);

/// When the feed is due again; none: at once, for it was never polled.
///
/// A fixed interval with jitter. After failures the longer of it and a back-off that doubles. What
/// the server asked for (freshness, `Retry-After`) only ever moves the poll later.
pub fn due(feed: FeedId, interval: Duration, state: &PollState, polling: &Polling) -> Option<DateTime<Utc>> {
    let last = state.last_poll?;
    let usual = usual(feed, interval, state.polls);
    let span = if state.gones >= GONE_AFTER {
        usual.max(GONE_PROBE)
    } else if state.failures > 0 {
        let ceiling = back_off_ceiling(state.failures, polling);
        usual.max(jitter::part(ceiling, jitter::seed("back-off", feed, state.polls)))
    } else {
        usual
    };
    let asked = [state.fresh_until, state.not_before].into_iter().flatten();
    Some(asked.fold(after(last, span), DateTime::max))
}

/// When an operator's "poll now" may be heard: only a plain request to stay away stands against it.
pub fn due_when_asked(state: &PollState, now: DateTime<Utc>) -> DateTime<Utc> {
    state.not_before.map_or(now, |not_before| not_before.max(now))
}

/// The most that a feed or host may be left alone after `n` failures in a row.
pub(super) fn back_off_ceiling(n: u32, polling: &Polling) -> Duration {
    polling.back_off.saturating_mul(2_u32.saturating_pow(n)).min(polling.back_off_max)
}

/// The interval ×U(0.95, 1.05); after the first poll of all, up to an interval longer, by feed id:
/// feeds that were added together are then spread over the whole interval for good.
fn usual(feed: FeedId, interval: Duration, polls: u64) -> Duration {
    if polls <= 1 {
        return interval + jitter::part(interval, jitter::seed("phase", feed, 0));
    }
    interval.saturating_mul(19) / 20 + jitter::part(interval / 10, jitter::seed("jitter", feed, polls))
}

/// Chance without a random number generator: the same feed and poll give the same draw everywhere,
/// so a restart or another replica arrives at the same due time.
pub(super) mod jitter {
    use super::*;
    use crate::article::Digest;

    /// A part of `span`, uniform in 0 to 1 over all seeds.
    pub(in crate::schedule) fn part(span: Duration, seed: u64) -> Duration {
        const STEPS: u32 = 1 << 20;
        let step = u32::try_from(seed % u64::from(STEPS)).unwrap_or(0);
        let nanos = span.as_nanos() * u128::from(step) / u128::from(STEPS);
        u64::try_from(nanos).map_or(span, Duration::from_nanos)
    }

    /// The seed of a draw, named by what it decides.
    pub(in crate::schedule) fn seed(what: &str, feed: FeedId, n: u64) -> u64 {
        Digest::of("schedule", [what.as_bytes(), &feed.0.bytes(), &n.to_le_bytes()]).low64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Digest;
    use crate::schedule::RawPolling;
    use chrono::TimeZone;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn polling() -> Polling {
        RawPolling::default().check(&mut Vec::new()).unwrap()
    }

    fn feed(n: u64) -> FeedId {
        FeedId(Digest::of("test", [n.to_le_bytes().as_slice()]))
    }

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap()
    }

    fn polled(polls: u64, failures: u32) -> PollState {
        PollState { polls, failures, last_poll: Some(start()), ..PollState::default() }
    }

    /// Checks the least and the greatest wait over many feeds, in minutes.
    #[track_caller]
    fn check(state: &PollState, least: i64, greatest: i64) {
        let waits: Vec<i64> = (0..500)
            .filter_map(|n| due(feed(n), HOUR, state, &polling()))
            .map(|due| (due - start()).num_minutes())
            .collect();
        assert_eq!((*waits.iter().min().unwrap(), *waits.iter().max().unwrap()), (least, greatest));
    }

    #[test]
    fn the_rule() {
        assert_eq!(due(feed(1), HOUR, &PollState::default(), &polling()), None);
        check(&polled(2, 0), 57, 62);
        check(&polled(1, 0), 60, 119);
        check(&polled(5, 1), 57, 62);
        check(&polled(9, 5), 57, 159);
        check(&polled(60, 40), 57, 1439);
        check(&PollState { gones: 2, ..polled(5, 2) }, 57, 62);
        check(&PollState { gones: 3, ..polled(5, 3) }, 10_080, 10_080);
    }

    #[test]
    fn what_the_server_asks_moves_it_later_only() {
        let at = |minutes: i64| Some(start() + chrono::TimeDelta::minutes(minutes));
        check(&PollState { fresh_until: at(30), ..polled(5, 0) }, 57, 62);
        check(&PollState { fresh_until: at(300), ..polled(5, 0) }, 300, 300);
        check(&PollState { not_before: at(300), ..polled(5, 1) }, 300, 300);
        check(&PollState { not_before: at(300), fresh_until: at(400), ..polled(5, 1) }, 400, 400);
    }

    #[test]
    fn being_asked_hears_retry_after_only() {
        let at = |minutes: i64| start() + chrono::TimeDelta::minutes(minutes);
        assert_eq!(due_when_asked(&PollState { fresh_until: Some(at(9)), ..polled(5, 3) }, at(1)), at(1));
        assert_eq!(due_when_asked(&PollState { not_before: Some(at(9)), ..polled(5, 3) }, at(1)), at(9));
    }

    proptest! {
        #[test]
        fn never_sooner_than_the_jittered_interval(n in any::<u64>(), polls in any::<u64>(), failures in any::<u32>(), seconds in 0_u64..10_000_000) {
            let interval = Duration::from_secs(seconds);
            let due = due(feed(n), interval, &polled(polls, failures), &polling()).unwrap();
            prop_assert!(due >= after(start(), interval * 19 / 20));
        }
    }
}
