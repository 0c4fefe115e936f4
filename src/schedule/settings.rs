//! `[polling]`: how often, how politely.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Deserialize;

use super::Host;

/// With jitter never sooner than an hour: what publishers ask of clients that send validators.
const INTERVAL: Duration = Duration::from_secs(64 * 60);
/// No feed is polled more often, whatever its own interval says; lower it for servers of your own.
const FLOOR: Duration = Duration::from_secs(60);
/// One request every five seconds is a visitor, not a load.
const HOST_SPACING: Duration = Duration::from_secs(5);
/// Ten thousand new feeds are seen within two minutes, and the name server still copes.
const START_RATE: u32 = 100;
/// At 30 s for the slowest answer a third of the sockets that a process is usually allowed.
const IN_FLIGHT_MAX: usize = 256;
/// A server that is down for a moment is back after this.
const BACK_OFF: Duration = Duration::from_secs(5 * 60);
/// A dead server costs one request a day.
const BACK_OFF_MAX: Duration = Duration::from_secs(24 * 3600);
/// A feed that calls itself fresh for longer was cached by mistake.
const FRESH_MAX: Duration = Duration::from_secs(24 * 3600);
/// A week is the longest that a host may send us away for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// An interval over a month is a typing error.
const INTERVAL_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

/// The section as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawPolling {
    /// How long after a poll a feed is due again, unless it has an interval of its own.
    #[serde(with = "humantime_serde")]
    pub interval: Duration,
    /// The least interval of any feed.
    #[serde(with = "humantime_serde")]
    pub floor: Duration,
    /// Between the starts of two requests to one host.
    #[serde(with = "humantime_serde")]
    pub host_spacing: Duration,
    /// Polls started per second, over all hosts.
    pub start_rate: u32,
    /// Polls in flight at once, over all hosts.
    pub in_flight_max: usize,
    /// First back-off after a failure; it doubles.
    #[serde(with = "humantime_serde")]
    pub back_off: Duration,
    /// Longest back-off after failures.
    #[serde(with = "humantime_serde")]
    pub back_off_max: Duration,
    /// Longest freshness (`max-age`) that is believed.
    #[serde(with = "humantime_serde")]
    pub fresh_max: Duration,
    /// Longest `Retry-After` that is believed.
    #[serde(with = "humantime_serde")]
    pub retry_after_max: Duration,
    /// Exceptions by host: `[polling.hosts."example.org"]`.
    pub hosts: BTreeMap<String, RawHostPolling>,
}

/// What may differ for one host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawHostPolling {
    /// Between the starts of two requests to it.
    #[serde(with = "humantime_serde")]
    pub spacing: Duration,
}

impl Default for RawPolling {
    fn default() -> RawPolling {
        RawPolling {
            interval: INTERVAL,
            floor: FLOOR,
            host_spacing: HOST_SPACING,
            start_rate: START_RATE,
            in_flight_max: IN_FLIGHT_MAX,
            back_off: BACK_OFF,
            back_off_max: BACK_OFF_MAX,
            fresh_max: FRESH_MAX,
            retry_after_max: RETRY_AFTER_MAX,
            hosts: BTreeMap::new(),
        }
    }
}

/// The section, checked.
#[derive(Debug, Clone)]
pub struct Polling {
    /// How long after a poll a feed is due again.
    pub interval: Duration,
    /// The least interval of any feed.
    pub floor: Duration,
    /// Between the starts of two requests to one host.
    pub host_spacing: Duration,
    /// Between the starts of any two polls.
    pub start_spacing: Duration,
    /// Polls in flight at once.
    pub in_flight_max: NonZeroUsize,
    /// First back-off after a failure.
    pub back_off: Duration,
    /// Longest back-off after failures.
    pub back_off_max: Duration,
    /// Longest freshness that is believed.
    pub fresh_max: Duration,
    /// Longest `Retry-After` that is believed.
    pub retry_after_max: Duration,
    /// Spacing of hosts that have their own.
    pub hosts: BTreeMap<Host, Duration>,
}

impl Polling {
    /// The spacing of a host.
    pub fn spacing(&self, host: &Host) -> Duration {
        self.hosts.get(host).copied().unwrap_or(self.host_spacing)
    }

    /// The interval of a feed: its own or the usual one, never below the floor.
    pub fn interval(&self, own: Option<Duration>) -> Duration {
        own.unwrap_or(self.interval).clamp(self.floor, INTERVAL_MAX.max(self.floor))
    }
}

impl RawPolling {
    /// Checks the section and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Polling> {
        let before = faults.len();
        let show = humantime::format_duration;
        if self.interval < self.floor {
            faults.push(format!(
                "polling.interval ({}) is below polling.floor ({})",
                show(self.interval),
                show(self.floor)
            ));
        }
        if self.interval > INTERVAL_MAX {
            faults.push(format!("polling.interval ({}) is above {}", show(self.interval), show(INTERVAL_MAX)));
        }
        if self.floor.is_zero() {
            faults.push("polling.floor must be above 0".to_owned());
        }
        if self.start_rate == 0 {
            faults.push("polling.start_rate must be at least 1".to_owned());
        }
        if self.back_off.is_zero() || self.back_off > self.back_off_max {
            faults.push(format!(
                "polling.back_off ({}) must be above 0 and not above polling.back_off_max ({})",
                show(self.back_off),
                show(self.back_off_max)
            ));
        }
        let hosts = check_hosts(&self.hosts, faults);
        let Ok(in_flight_max) = self.in_flight_max.try_into() else {
            faults.push("polling.in_flight_max must be at least 1".to_owned());
            return None;
        };
        (faults.len() == before).then(|| Polling {
            interval: self.interval,
            floor: self.floor,
            host_spacing: self.host_spacing,
            start_spacing: Duration::from_secs(1) / self.start_rate,
            in_flight_max,
            back_off: self.back_off,
            back_off_max: self.back_off_max,
            fresh_max: self.fresh_max,
            retry_after_max: self.retry_after_max,
            hosts,
        })
    }
}

/// A host that politeness does not know by that name would be an exception without effect.
fn check_hosts(hosts: &BTreeMap<String, RawHostPolling>, faults: &mut Vec<String>) -> BTreeMap<Host, Duration> {
    let mut checked = BTreeMap::new();
    for (name, exception) in hosts {
        let host = Host::named(name);
        if host.as_str() != name.to_ascii_lowercase() {
            faults.push(format!("polling.hosts.\"{name}\" is a part of `{host}`: spacing is set for the whole of it"));
        }
        checked.insert(host, exception.spacing);
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, expected: &[&str]) {
        let mut faults = Vec::new();
        let polling = toml::from_str::<RawPolling>(toml).unwrap().check(&mut faults);
        assert_eq!(faults, expected);
        assert_eq!(polling.is_some(), expected.is_empty());
    }

    #[test]
    fn faults_are_named() {
        check("", &[]);
        check("interval = \"5s\"", &["polling.interval (5s) is below polling.floor (1m)"]);
        check("interval = \"5s\"\nfloor = \"1s\"", &[]);
        check(
            "start_rate = 0\nin_flight_max = 0",
            &["polling.start_rate must be at least 1", "polling.in_flight_max must be at least 1"],
        );
        check(
            "[hosts.\"feeds.example.org\"]\nspacing = \"1s\"",
            &["polling.hosts.\"feeds.example.org\" is a part of `example.org`: spacing is set for the whole of it"],
        );
        check(
            "back_off = \"2days\"",
            &["polling.back_off (2days) must be above 0 and not above polling.back_off_max (1day)"],
        );
    }

    #[test]
    fn exceptions_and_the_floor() {
        let raw: RawPolling = toml::from_str("[hosts.\"example.org\"]\nspacing = \"1s\"").unwrap();
        let polling = raw.check(&mut Vec::new()).unwrap();
        assert_eq!(polling.spacing(&Host::named("www.example.org")), Duration::from_secs(1));
        assert_eq!(polling.spacing(&Host::named("example.net")), HOST_SPACING);
        assert_eq!(polling.interval(Some(Duration::from_secs(1))), FLOOR);
        assert_eq!(polling.interval(None), INTERVAL);
        assert_eq!(polling.start_spacing, Duration::from_millis(10));
    }
}
