//! How a poll ended, in the words that the schedule needs; where the request failed is the edge's story.

use serde::{Deserialize, Serialize};

use super::Hints;

/// The closed set of ends of a poll; a metric label and part of the stored state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollOutcome {
    /// A document that differs from the last one.
    Changed,
    /// 304: nothing new.
    NotModified,
    /// 200, but the very document we had.
    SameBody,
    /// 410: the publisher took it away on purpose.
    Gone,
    /// 404.
    NotFound,
    /// 401, 403 and other refusals of this request.
    Refused,
    /// 429: the host asks all of us to slow down.
    TooManyRequests,
    /// 503: the host is out of service.
    Unavailable,
    /// Another status of the server's own fault.
    ServerError,
    /// Name, connection, TLS or a time limit.
    Unreachable,
    /// Something was answered that is no usable response: redirect loop, over a limit, cut off, wrong encoding.
    BadAnswer,
    /// The body is no feed.
    BadDocument,
    /// Our own rules forbid the address.
    Forbidden,
}

impl PollOutcome {
    /// Every outcome.
    pub const ALL: &[PollOutcome] = &[
        PollOutcome::Changed,
        PollOutcome::NotModified,
        PollOutcome::SameBody,
        PollOutcome::Gone,
        PollOutcome::NotFound,
        PollOutcome::Refused,
        PollOutcome::TooManyRequests,
        PollOutcome::Unavailable,
        PollOutcome::ServerError,
        PollOutcome::Unreachable,
        PollOutcome::BadAnswer,
        PollOutcome::BadDocument,
        PollOutcome::Forbidden,
    ];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            PollOutcome::Changed => "changed",
            PollOutcome::NotModified => "not_modified",
            PollOutcome::SameBody => "same_body",
            PollOutcome::Gone => "gone",
            PollOutcome::NotFound => "not_found",
            PollOutcome::Refused => "refused",
            PollOutcome::TooManyRequests => "too_many_requests",
            PollOutcome::Unavailable => "unavailable",
            PollOutcome::ServerError => "server_error",
            PollOutcome::Unreachable => "unreachable",
            PollOutcome::BadAnswer => "bad_answer",
            PollOutcome::BadDocument => "bad_document",
            PollOutcome::Forbidden => "forbidden",
        }
    }

    /// Whether the poll brought the feed's present content, new or not.
    pub const fn is_good(self) -> bool {
        matches!(self, PollOutcome::Changed | PollOutcome::NotModified | PollOutcome::SameBody)
    }
}

/// The end of one poll, with what the server asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// How it ended.
    pub outcome: PollOutcome,
    /// What the answer's headers ask for; empty if there was none.
    pub hints: Hints,
}

impl Ending {
    /// An ending without hints.
    pub fn plain(outcome: PollOutcome) -> Ending {
        Ending { outcome, hints: Hints::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_and_stored_form_agree() {
        for outcome in PollOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
