//! How a request fails: one variant per decision, and a closed reason for metrics.

use std::io;
use std::time::Duration;

use super::Refusal;
use crate::schedule::{Ending, Hints, PollOutcome};

/// A limit of ours that a server ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// For name, connection and TLS.
    Connect,
    /// Until the answer's headers.
    FirstByte,
    /// Between two pieces of the body.
    Idle,
    /// For the whole poll.
    Total,
    /// Number or size of headers.
    Headers,
    /// Size of the decoded body.
    BodyBytes,
    /// Size of the body as transferred.
    WireBytes,
    /// Decoded bytes per transferred byte.
    Ratio,
    /// Redirects in a row.
    Redirects,
}

impl Limit {
    /// Every limit.
    pub const ALL: &[Limit] = &[
        Limit::Connect,
        Limit::FirstByte,
        Limit::Idle,
        Limit::Total,
        Limit::Headers,
        Limit::BodyBytes,
        Limit::WireBytes,
        Limit::Ratio,
        Limit::Redirects,
    ];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Limit::Connect => "connect",
            Limit::FirstByte => "first_byte",
            Limit::Idle => "idle",
            Limit::Total => "total",
            Limit::Headers => "headers",
            Limit::BodyBytes => "body_bytes",
            Limit::WireBytes => "wire_bytes",
            Limit::Ratio => "ratio",
            Limit::Redirects => "redirects",
        }
    }
}

/// Why a poll got no answer that can be used; its chain never holds an address, which may hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The guard forbids the address, or that of a redirect, or where the name leads.
    #[error("the address is refused")]
    Refused(#[source] Refusal),
    /// A header of the feed's own definition that cannot or must not be sent.
    #[error("the feed's own header `{0}` cannot be sent")]
    BadHeader(String),
    /// The name was not found.
    #[error("the host's name was not found")]
    Dns(#[source] reqwest::Error),
    /// No connection.
    #[error("no connection")]
    Connect(#[source] reqwest::Error),
    /// No TLS session: certificate, version, cut off.
    #[error("no secure connection")]
    Tls(#[source] reqwest::Error),
    /// What came is no HTTP, or the connection broke before the answer.
    #[error("no HTTP answer")]
    Protocol(#[source] reqwest::Error),
    /// A limit of ours.
    #[error("over the limit `{}`", .0.as_str())]
    Limit(Limit),
    /// A status that brings no document.
    #[error("status {status}")]
    Status {
        /// The status.
        status: u16,
        /// What the answer asks for.
        hints: Hints,
    },
    /// A redirect back to where we were.
    #[error("redirected in a circle")]
    RedirectLoop,
    /// A redirect without a usable target.
    #[error("redirected to no address")]
    RedirectTarget,
    /// A content encoding that we did not ask for, or more than one.
    #[error("content encoding `{0}` is not supported")]
    Encoding(String),
    /// The body is not what its encoding says.
    #[error("the body cannot be decoded")]
    Undecodable(#[source] io::Error),
    /// The body ends before its end.
    #[error("the body is cut off")]
    Truncated(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The closed set of reasons; a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureReason {
    /// The URL itself is refused.
    BadUrl,
    /// The address is not public, or the port not allowed.
    BlockedAddress,
    /// A header of the feed's own cannot be sent.
    BadHeader,
    /// Name not found.
    Dns,
    /// No connection.
    Connect,
    /// No TLS session.
    Tls,
    /// No HTTP.
    Protocol,
    /// Limit for name, connection and TLS.
    TimeoutConnect,
    /// Limit until the headers.
    TimeoutFirstByte,
    /// Limit between two pieces.
    TimeoutIdle,
    /// Limit of the whole poll.
    TimeoutTotal,
    /// Too many or too large headers.
    HeadersTooLarge,
    /// Decoded body too large.
    TooLarge,
    /// Transferred body too large.
    TooLargeOnWire,
    /// A compression bomb.
    Ratio,
    /// Unknown or double encoding, or a damaged body.
    Encoding,
    /// The body is cut off.
    Truncated,
    /// More redirects than we follow.
    RedirectLimit,
    /// A circle.
    RedirectLoop,
    /// A redirect to nowhere.
    RedirectTarget,
    /// 401, 403 and 4xx not named here.
    StatusRefused,
    /// 404.
    StatusNotFound,
    /// 410.
    StatusGone,
    /// 429.
    StatusTooManyRequests,
    /// 503.
    StatusUnavailable,
    /// 408, 425 and 5xx.
    StatusServerError,
    /// Any other status that brings no document.
    StatusOther,
}

impl FailureReason {
    /// Every reason.
    pub const ALL: &[FailureReason] = &[
        FailureReason::BadUrl,
        FailureReason::BlockedAddress,
        FailureReason::BadHeader,
        FailureReason::Dns,
        FailureReason::Connect,
        FailureReason::Tls,
        FailureReason::Protocol,
        FailureReason::TimeoutConnect,
        FailureReason::TimeoutFirstByte,
        FailureReason::TimeoutIdle,
        FailureReason::TimeoutTotal,
        FailureReason::HeadersTooLarge,
        FailureReason::TooLarge,
        FailureReason::TooLargeOnWire,
        FailureReason::Ratio,
        FailureReason::Encoding,
        FailureReason::Truncated,
        FailureReason::RedirectLimit,
        FailureReason::RedirectLoop,
        FailureReason::RedirectTarget,
        FailureReason::StatusRefused,
        FailureReason::StatusNotFound,
        FailureReason::StatusGone,
        FailureReason::StatusTooManyRequests,
        FailureReason::StatusUnavailable,
        FailureReason::StatusServerError,
        FailureReason::StatusOther,
    ];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            FailureReason::BadUrl => "bad_url",
            FailureReason::BlockedAddress => "blocked_address",
            FailureReason::BadHeader => "bad_header",
            FailureReason::Dns => "dns",
            FailureReason::Connect => "connect",
            FailureReason::Tls => "tls",
            FailureReason::Protocol => "protocol",
            FailureReason::TimeoutConnect => "timeout_connect",
            FailureReason::TimeoutFirstByte => "timeout_first_byte",
            FailureReason::TimeoutIdle => "timeout_idle",
            FailureReason::TimeoutTotal => "timeout_total",
            FailureReason::HeadersTooLarge => "headers_too_large",
            FailureReason::TooLarge => "too_large",
            FailureReason::TooLargeOnWire => "too_large_on_wire",
            FailureReason::Ratio => "ratio",
            FailureReason::Encoding => "encoding",
            FailureReason::Truncated => "truncated",
            FailureReason::RedirectLimit => "redirect_limit",
            FailureReason::RedirectLoop => "redirect_loop",
            FailureReason::RedirectTarget => "redirect_target",
            FailureReason::StatusRefused => "status_refused",
            FailureReason::StatusNotFound => "status_not_found",
            FailureReason::StatusGone => "status_gone",
            FailureReason::StatusTooManyRequests => "status_too_many_requests",
            FailureReason::StatusUnavailable => "status_unavailable",
            FailureReason::StatusServerError => "status_server_error",
            FailureReason::StatusOther => "status_other",
        }
    }

    /// What the schedule makes of it.
    pub const fn outcome(self) -> PollOutcome {
        match self {
            FailureReason::BadUrl | FailureReason::BlockedAddress | FailureReason::BadHeader => PollOutcome::Forbidden,
            FailureReason::Dns
            | FailureReason::Connect
            | FailureReason::Tls
            | FailureReason::Protocol
            | FailureReason::TimeoutConnect
            | FailureReason::TimeoutFirstByte
            | FailureReason::TimeoutIdle
            | FailureReason::TimeoutTotal => PollOutcome::Unreachable,
            FailureReason::HeadersTooLarge
            | FailureReason::TooLarge
            | FailureReason::TooLargeOnWire
            | FailureReason::Ratio
            | FailureReason::Encoding
            | FailureReason::Truncated
            | FailureReason::RedirectLimit
            | FailureReason::RedirectLoop
            | FailureReason::RedirectTarget
            | FailureReason::StatusOther => PollOutcome::BadAnswer,
            FailureReason::StatusRefused => PollOutcome::Refused,
            FailureReason::StatusNotFound => PollOutcome::NotFound,
            FailureReason::StatusGone => PollOutcome::Gone,
            FailureReason::StatusTooManyRequests => PollOutcome::TooManyRequests,
            FailureReason::StatusUnavailable => PollOutcome::Unavailable,
            FailureReason::StatusServerError => PollOutcome::ServerError,
        }
    }
}

impl FetchError {
    /// The reason, for metrics and events.
    pub const fn reason(&self) -> FailureReason {
        match self {
            FetchError::Refused(Refusal::Address(_) | Refusal::Port(_)) => FailureReason::BlockedAddress,
            FetchError::Refused(Refusal::Scheme(_) | Refusal::UserInfo | Refusal::NoHost | Refusal::TooLong(_)) => {
                FailureReason::BadUrl
            }
            FetchError::BadHeader(_) => FailureReason::BadHeader,
            FetchError::Dns(_) => FailureReason::Dns,
            FetchError::Connect(_) => FailureReason::Connect,
            FetchError::Tls(_) => FailureReason::Tls,
            FetchError::Protocol(_) => FailureReason::Protocol,
            FetchError::Limit(limit) => limit_reason(*limit),
            FetchError::Status { status, .. } => status_reason(*status),
            FetchError::RedirectLoop => FailureReason::RedirectLoop,
            FetchError::RedirectTarget => FailureReason::RedirectTarget,
            FetchError::Encoding(_) | FetchError::Undecodable(_) => FailureReason::Encoding,
            FetchError::Truncated(_) => FailureReason::Truncated,
        }
    }

    /// The status, if one was answered.
    pub const fn status(&self) -> Option<u16> {
        match self {
            FetchError::Status { status, .. } => Some(*status),
            FetchError::Refused(_)
            | FetchError::BadHeader(_)
            | FetchError::Dns(_)
            | FetchError::Connect(_)
            | FetchError::Tls(_)
            | FetchError::Protocol(_)
            | FetchError::Limit(_)
            | FetchError::RedirectLoop
            | FetchError::RedirectTarget
            | FetchError::Encoding(_)
            | FetchError::Undecodable(_)
            | FetchError::Truncated(_) => None,
        }
    }

    /// What the answer asked for.
    pub fn hints(&self) -> Hints {
        if let FetchError::Status { hints, .. } = self { *hints } else { Hints::default() }
    }

    /// How long the server asked us to stay away.
    pub fn retry_after(&self) -> Option<Duration> {
        self.hints().retry_after
    }

    /// The limit of ours that was hit.
    pub const fn limit_hit(&self) -> Option<Limit> {
        if let FetchError::Limit(limit) = self { Some(*limit) } else { None }
    }

    /// The ending that the schedule is told.
    pub fn ending(&self) -> Ending {
        Ending { outcome: self.reason().outcome(), hints: self.hints() }
    }
}

const fn limit_reason(limit: Limit) -> FailureReason {
    match limit {
        Limit::Connect => FailureReason::TimeoutConnect,
        Limit::FirstByte => FailureReason::TimeoutFirstByte,
        Limit::Idle => FailureReason::TimeoutIdle,
        Limit::Total => FailureReason::TimeoutTotal,
        Limit::Headers => FailureReason::HeadersTooLarge,
        Limit::BodyBytes => FailureReason::TooLarge,
        Limit::WireBytes => FailureReason::TooLargeOnWire,
        Limit::Ratio => FailureReason::Ratio,
        Limit::Redirects => FailureReason::RedirectLimit,
    }
}

const fn status_reason(status: u16) -> FailureReason {
    match status {
        404 => FailureReason::StatusNotFound,
        410 => FailureReason::StatusGone,
        429 => FailureReason::StatusTooManyRequests,
        503 => FailureReason::StatusUnavailable,
        408 | 425 | 500..=599 => FailureReason::StatusServerError,
        400..=499 => FailureReason::StatusRefused,
        _ => FailureReason::StatusOther,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, reason: FailureReason, outcome: PollOutcome) {
        let error = FetchError::Status { status, hints: Hints::default() };
        assert_eq!((error.reason(), error.ending().outcome), (reason, outcome), "{status}");
    }

    #[test]
    fn statuses() {
        check(401, FailureReason::StatusRefused, PollOutcome::Refused);
        check(403, FailureReason::StatusRefused, PollOutcome::Refused);
        check(404, FailureReason::StatusNotFound, PollOutcome::NotFound);
        check(408, FailureReason::StatusServerError, PollOutcome::ServerError);
        check(410, FailureReason::StatusGone, PollOutcome::Gone);
        check(425, FailureReason::StatusServerError, PollOutcome::ServerError);
        check(429, FailureReason::StatusTooManyRequests, PollOutcome::TooManyRequests);
        check(500, FailureReason::StatusServerError, PollOutcome::ServerError);
        check(503, FailureReason::StatusUnavailable, PollOutcome::Unavailable);
        check(206, FailureReason::StatusOther, PollOutcome::BadAnswer);
        check(304, FailureReason::StatusOther, PollOutcome::BadAnswer);
    }

    #[test]
    fn no_failure_counts_as_good_and_labels_differ() {
        let mut labels: Vec<&str> = FailureReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert!(FailureReason::ALL.iter().all(|reason| !reason.outcome().is_good()));
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), FailureReason::ALL.len());
        assert!(Limit::ALL.iter().all(|limit| FailureReason::ALL.contains(&limit_reason(*limit))));
    }
}
