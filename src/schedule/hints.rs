//! What a server says about when to come back: facts read from headers, no policy.
//!
//! RFC 9111: `s-maxage` before `max-age` before `Expires`, less `Age`. RFC 9110: `Retry-After` as
//! seconds or as a date. Dates are measured against the answer's own `Date`, so neither clock need be right.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::time::between;

/// RFC 9111 section 1.2.2: a number too large is read as this many seconds.
const SECONDS_MAX: u64 = 1 << 31;

/// The raw values of the headers that carry hints; an edge fills it from any answer, 304 too.
#[derive(Debug, Clone, Default)]
pub struct HintHeaders<'a> {
    /// Every `Cache-Control` line.
    pub cache_control: Vec<&'a [u8]>,
    /// `Age`.
    pub age: Option<&'a [u8]>,
    /// `Expires`.
    pub expires: Option<&'a [u8]>,
    /// `Date`.
    pub date: Option<&'a [u8]>,
    /// `Retry-After`.
    pub retry_after: Option<&'a [u8]>,
}

/// What the headers of one answer ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// Do not come back before this span is over.
    pub retry_after: Option<Duration>,
    /// The declared lifetime of the answer.
    pub lifetime: Option<Duration>,
    /// How old the answer already was when it left the last cache.
    pub age: Duration,
}

impl Hints {
    /// Reads the hints of an answer received at `now`.
    pub fn read(headers: &HintHeaders<'_>, now: DateTime<Utc>) -> Hints {
        let date = headers.date.and_then(http_date).unwrap_or(now);
        let retry_after = headers
            .retry_after
            .and_then(|value| seconds(value).or_else(|| http_date(value).map(|until| between(date, until))));
        let lifetime = directive(&headers.cache_control, "s-maxage")
            .or_else(|| directive(&headers.cache_control, "max-age"))
            .or_else(|| headers.expires.map(|value| http_date(value).map_or(Duration::ZERO, |end| between(date, end))));
        Hints { retry_after, lifetime, age: headers.age.and_then(seconds).unwrap_or(Duration::ZERO) }
    }

    /// For how much longer the answer is fresh, so that asking again would be rude.
    pub fn fresh_for(&self) -> Option<Duration> {
        self.lifetime.map(|lifetime| lifetime.saturating_sub(self.age))
    }
}

/// The first value of a directive, of the lines in order.
fn directive(lines: &[&[u8]], name: &str) -> Option<Duration> {
    lines.iter().filter_map(|line| std::str::from_utf8(line).ok()).flat_map(|line| line.split(',')).find_map(|part| {
        let (found, value) = part.split_once('=')?;
        if !found.trim().eq_ignore_ascii_case(name) {
            return None;
        }
        seconds(value.trim().trim_matches('"').as_bytes())
    })
}

/// A count of seconds: digits only.
fn seconds(value: &[u8]) -> Option<Duration> {
    let digits = value.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = digits
        .iter()
        .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        .map_or(SECONDS_MAX, |count| count.min(SECONDS_MAX));
    Some(Duration::from_secs(count))
}

/// An HTTP-date in any of its three forms; a wrong weekday is forgiven.
fn http_date(value: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let text = text.strip_suffix("GMT").or_else(|| text.strip_suffix("UTC")).unwrap_or(text).trim_end();
    let read = |text: &str, form: &str| NaiveDateTime::parse_from_str(text, form).ok();
    let time = match text.split_once(',') {
        // The two-digit form first: "%Y" would read "94" as the year 94.
        Some((_, rest)) => read(rest.trim(), "%d-%b-%y %H:%M:%S").or_else(|| read(rest.trim(), "%d %b %Y %H:%M:%S")),
        None => text.split_once(' ').and_then(|(_, rest)| read(rest.trim(), "%b %e %H:%M:%S %Y")),
    };
    time.map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap()
    }

    #[track_caller]
    fn check_fresh(cache_control: &[&str], others: [Option<&str>; 3], expected: Option<u64>) {
        let [age, expires, date] = others.map(|value| value.map(str::as_bytes));
        let lines = cache_control.iter().map(|line| line.as_bytes()).collect();
        let headers = HintHeaders { cache_control: lines, age, expires, date, retry_after: None };
        assert_eq!(Hints::read(&headers, now()).fresh_for(), expected.map(Duration::from_secs));
    }

    #[test]
    fn freshness() {
        let none = [None; 3];
        check_fresh(&[], none, None);
        check_fresh(&["max-age=600"], none, Some(600));
        check_fresh(&["public, Max-Age = 600"], none, Some(600));
        check_fresh(&["max-age=\"600\""], none, Some(600));
        check_fresh(&["max-age=600, s-maxage=900"], none, Some(900));
        check_fresh(&["public", "max-age=60"], none, Some(60));
        check_fresh(&["max-age=60, max-age=90"], none, Some(60));
        check_fresh(&["max-age=-1"], none, None);
        check_fresh(&["max-age=1.5"], none, None);
        check_fresh(&["max-age"], none, None);
        check_fresh(&["x-max-age=5"], none, None);
        check_fresh(&["no-cache"], none, None);
        check_fresh(&["max-age=99999999999999999999999"], none, Some(SECONDS_MAX));
        check_fresh(&["max-age=600"], [Some("100"), None, None], Some(500));
        check_fresh(&["max-age=600"], [Some("900"), None, None], Some(0));
        check_fresh(&["max-age=600"], [Some("old"), None, None], Some(600));
    }

    #[test]
    fn expires_is_measured_against_the_servers_own_clock() {
        let expires = Some("Wed, 04 Mar 2026 12:10:00 GMT");
        check_fresh(&[], [None, expires, None], Some(600));
        check_fresh(&[], [None, expires, Some("Wed, 04 Mar 2026 12:09:00 GMT")], Some(60));
        check_fresh(&[], [None, expires, Some("Wed, 04 Mar 2026 13:00:00 GMT")], Some(0));
        check_fresh(&["max-age=30"], [None, expires, None], Some(30));
        check_fresh(&[], [None, Some("0"), None], Some(0));
    }

    #[track_caller]
    fn check_retry(value: &str, date: Option<&str>, expected: Option<u64>) {
        let headers = HintHeaders {
            retry_after: Some(value.as_bytes()),
            date: date.map(str::as_bytes),
            ..HintHeaders::default()
        };
        assert_eq!(Hints::read(&headers, now()).retry_after, expected.map(Duration::from_secs), "{value}");
    }

    #[test]
    fn retry_after_in_all_forms() {
        check_retry("120", None, Some(120));
        check_retry(" 120 ", None, Some(120));
        check_retry("-5", None, None);
        check_retry("soon", None, None);
        check_retry("", None, None);
        check_retry("Wed, 04 Mar 2026 12:02:00 GMT", None, Some(120));
        check_retry("Mon, 04 Mar 2026 12:02:00 GMT", None, Some(120));
        check_retry("Wednesday, 04-Mar-26 12:02:00 GMT", None, Some(120));
        check_retry("Wed Mar  4 12:02:00 2026", None, Some(120));
        check_retry("Wed, 04 Mar 2026 11:00:00 GMT", None, Some(0));
        check_retry("Wed, 04 Mar 2026 12:02:00 GMT", Some("Wed, 04 Mar 2026 12:01:50 GMT"), Some(10));
        check_retry("Wed, 32 Mar 2026 12:02:00 GMT", None, None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(value in proptest::collection::vec(any::<u8>(), 0..60)) {
            let some = Some(value.as_slice());
            let headers = HintHeaders { cache_control: vec![&value], age: some, expires: some, date: some, retry_after: some };
            let hints = Hints::read(&headers, now());
            prop_assert!(hints.fresh_for() <= hints.lifetime);
        }
    }
}
