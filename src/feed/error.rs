//! Why a document gives no items.

use std::any::Any;

use feed_rs::parser::{ParseErrorKind, ParseFeedError};

/// Why a document gives no items; each variant is another answer for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but blanks.
    #[error("the document is empty")]
    Empty,
    /// A web page: often a moved feed, a consent wall or an error page.
    #[error("the document is a web page, not a feed")]
    Html,
    /// A list of feeds.
    #[error("the document is a list of feeds (OPML), not a feed")]
    Opml,
    /// A sitemap.
    #[error("the document is a sitemap, not a feed")]
    Sitemap,
    /// XML or JSON of another vocabulary, or no document of these kinds at all.
    #[error("the document is no feed: {0}")]
    NotAFeed(String),
    /// More bytes than the limit.
    #[error("the document is larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// Nested deeper than any feed is.
    #[error("the document nests deeper than {depth_max} levels")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
    /// So made that the parser would multiply it in memory.
    #[error("the document would multiply in memory: {0}")]
    Amplifies(&'static str),
    /// A feed that breaks its grammar.
    #[error("malformed feed: {0}")]
    Malformed(String),
    /// The parser panicked.
    #[error("the parser panicked: {0}")]
    Panicked(String),
}

impl ParseError {
    /// The metric label.
    pub const fn reason(&self) -> ParseFailure {
        match self {
            ParseError::Empty => ParseFailure::Empty,
            ParseError::Html => ParseFailure::Html,
            ParseError::Opml => ParseFailure::Opml,
            ParseError::Sitemap => ParseFailure::Sitemap,
            ParseError::NotAFeed(_) => ParseFailure::NotAFeed,
            ParseError::TooLarge { .. } => ParseFailure::TooLarge,
            ParseError::TooDeep { .. } => ParseFailure::TooDeep,
            ParseError::Amplifies(_) => ParseFailure::Amplifies,
            ParseError::Malformed(_) => ParseFailure::Malformed,
            ParseError::Panicked(_) => ParseFailure::Panicked,
        }
    }
}

/// The closed set of reasons why a document gives no items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParseFailure {
    /// Nothing but blanks.
    Empty,
    /// A web page.
    Html,
    /// A list of feeds.
    Opml,
    /// A sitemap.
    Sitemap,
    /// Another kind of document.
    NotAFeed,
    /// Over the limit of bytes.
    TooLarge,
    /// Over the limit of depth.
    TooDeep,
    /// Would multiply in memory.
    Amplifies,
    /// Breaks the grammar.
    Malformed,
    /// Made the parser panic.
    Panicked,
}

impl ParseFailure {
    /// Every reason.
    pub const ALL: &[ParseFailure] = &[
        ParseFailure::Empty,
        ParseFailure::Html,
        ParseFailure::Opml,
        ParseFailure::Sitemap,
        ParseFailure::NotAFeed,
        ParseFailure::TooLarge,
        ParseFailure::TooDeep,
        ParseFailure::Amplifies,
        ParseFailure::Malformed,
        ParseFailure::Panicked,
    ];

    /// The metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            ParseFailure::Empty => "empty",
            ParseFailure::Html => "html",
            ParseFailure::Opml => "opml",
            ParseFailure::Sitemap => "sitemap",
            ParseFailure::NotAFeed => "not_a_feed",
            ParseFailure::TooLarge => "too_large",
            ParseFailure::TooDeep => "too_deep",
            ParseFailure::Amplifies => "amplifies",
            ParseFailure::Malformed => "malformed",
            ParseFailure::Panicked => "panicked",
        }
    }
}

/// Messages quote untrusted text: this much of it is enough to find the place.
const MESSAGE_CHARS_MAX: usize = 200;

/// Cuts a message that quotes a document and drops its control characters.
pub(super) fn message(text: &str) -> String {
    text.chars().take(MESSAGE_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Puts an error of `feed-rs` into one of our reasons.
pub(super) fn of_parser(cause: &ParseFeedError) -> ParseError {
    match cause {
        // Sniffing has found a feed's root: its version or its channel is what is missing.
        ParseFeedError::ParseError(ParseErrorKind::NoFeedRoot) => {
            ParseError::Malformed("unknown version or no channel".to_owned())
        }
        ParseFeedError::JsonUnsupportedVersion(version) => {
            ParseError::Malformed(message(&format!("unknown JSON Feed version `{version}`")))
        }
        ParseFeedError::ParseError(kind) => ParseError::Malformed(message(&kind.to_string())),
        ParseFeedError::IoError(cause) => ParseError::Malformed(message(&cause.to_string())),
        ParseFeedError::JsonSerde(cause) => ParseError::Malformed(message(&cause.to_string())),
        ParseFeedError::XmlReader(cause) => ParseError::Malformed(message(&cause.to_string())),
    }
}

/// The text of a caught panic.
pub(super) fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    message(&text.unwrap_or_else(|| "without a message".to_owned()))
}
