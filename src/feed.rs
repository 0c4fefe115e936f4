//! Bytes to items: decoding, parsing, the list of feeds and what each has shown.
//!
//! A document goes through fixed steps: `decode` gives text, `sniff` finds what kind of document it
//! is, `guard` refuses what would hurt the parser and cuts what is too much, `feed-rs` reads it, `map`
//! turns its model into our [`Item`]s. All of it is a function of the bytes and their address.
//! Run it on a thread with a stack of 8 MiB: `feed-rs` recurses.

mod address;
pub mod changes;
mod decode;
mod definition;
mod error;
mod guard;
mod labels;
pub mod list;
mod map;
mod media;
pub mod opml;
mod report;
mod shown;
mod sniff;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use url::Url;

use crate::article::Item;

pub use address::{BadFeedUrl, feed_id, registered_url, registrable_domain, route};
pub use definition::{Backlog, BadDefinition, Credentials, Definition, HeaderValue};
pub use error::{ParseError, ParseFailure};
pub use labels::{country, language};
pub use list::{Fault, Listed};
pub use report::{CharsetFrom, Note, Report};
pub use shown::{Shown, Sighting, Sightings};

/// A document as it was fetched.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The body, inflated but not decoded.
    pub bytes: &'a [u8],
    /// The `Content-Type` header, for its charset.
    pub content_type: Option<&'a str>,
    /// The address after redirects, against which links are resolved.
    pub base: Option<&'a Url>,
}

/// What a document may hold; what is more is refused or cut, and the cut is counted in the [`Report`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document.
    pub document_bytes_max: usize,
    /// Entries of a document; later ones are cut.
    pub entries_max: usize,
    /// Bytes of a title, a name, a category or a rights line.
    pub title_bytes_max: usize,
    /// Bytes of a summary or a content.
    pub content_bytes_max: usize,
    /// Bytes of an address or a guid; a longer one is dropped, since a cut one would name something else.
    pub url_bytes_max: usize,
    /// How deep elements or JSON values may nest.
    pub depth_max: usize,
}

/// The largest real feeds are podcasts of 2 to 5 MB.
pub const DOCUMENT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// A document with more entries is an archive, not a feed.
pub const ENTRIES_MAX: usize = 5_000;
/// Far above any headline, and small enough to log.
pub const TITLE_BYTES_MAX: usize = 4_096;
/// Ten times the longest article of a newspaper.
pub const CONTENT_BYTES_MAX: usize = 1024 * 1024;
/// What servers and browsers agree to carry.
pub const URL_BYTES_MAX: usize = 2_048;
/// `feed-rs` recurses once per nested `media:group`: 917 levels abort a process with 2 MiB of stack.
pub const DEPTH_MAX: usize = 48;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            document_bytes_max: DOCUMENT_BYTES_MAX,
            entries_max: ENTRIES_MAX,
            title_bytes_max: TITLE_BYTES_MAX,
            content_bytes_max: CONTENT_BYTES_MAX,
            url_bytes_max: URL_BYTES_MAX,
            depth_max: DEPTH_MAX,
        }
    }
}

/// The family of a feed document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Atom 1.0.
    Atom,
    /// JSON Feed 1.x.
    Json,
    /// RSS 0.9x.
    Rss0,
    /// RSS 1.0 (RDF).
    Rss1,
    /// RSS 2.0.
    Rss2,
}

impl Format {
    /// Every format.
    pub const ALL: &[Format] = &[Format::Atom, Format::Json, Format::Rss0, Format::Rss1, Format::Rss2];

    /// The name in output and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Atom => "atom",
            Format::Json => "json",
            Format::Rss0 => "rss0",
            Format::Rss1 => "rss1",
            Format::Rss2 => "rss2",
        }
    }
}

/// What a feed document says.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedFeed {
    /// Its family.
    pub format: Format,
    /// Its own title, as plain text.
    pub title: Option<String>,
    /// The BCP 47 tag it declares.
    pub language: Option<String>,
    /// The site it declares to belong to.
    pub site: Option<String>,
    /// How long it asks to be left alone (RSS `ttl`).
    pub ttl: Option<Duration>,
    /// Its entries in document order.
    pub items: Vec<Item>,
    /// What had to be guessed, cut or dropped.
    pub report: Report,
}

/// Parses a feed document of any family.
///
/// # Errors
/// One [`ParseError`] for each reason why a document gives no items; a panic of the parser is one too.
pub fn parse(document: Document<'_>, limits: &Limits) -> Result<ParsedFeed, ParseError> {
    if document.bytes.len() > limits.document_bytes_max {
        return Err(ParseError::TooLarge { bytes_max: limits.document_bytes_max });
    }
    let mut report = Report::default();
    let decoded = decode::decode(document.bytes, document.content_type);
    report.charset = decoded.charset;
    report.charset_from = decoded.found;
    report.count(Note::BadBytes, decoded.bad_bytes);
    let found = sniff::sniff(&decoded.text)?;
    report.count(Note::LeadingJunk, u32::from(found.cut_junk));
    let safe = match found.syntax {
        sniff::Syntax::Xml => guard::xml(found.text, limits, &mut report)?,
        sniff::Syntax::Json => guard::json(found.text, limits, &mut report)?,
    };
    let feed = read(&safe.text, document.base)?;
    let unread = safe.entries.saturating_sub(feed.entries.len());
    if unread > 0 && feed.entries.is_empty() {
        // An unknown namespace reads as an empty feed: to the operator that must not look like silence.
        return Err(ParseError::Malformed(format!("none of its {unread} entries could be read")));
    }
    report.count(Note::EntriesUnread, u32::try_from(unread).unwrap_or(u32::MAX));
    Ok(map::feed(feed, &map::Context { base: document.base, limits }, report))
}

/// Reads text that is safe to read with a parser that has seen nothing else.
///
/// A parser is never used twice: after an error inside an item the next document hits its assertion.
fn read(text: &str, base: Option<&Url>) -> Result<feed_rs::model::Feed, ParseError> {
    let parser = feed_rs::parser::Builder::new()
        .base_uri(base.map(Url::as_str))
        .sanitize_content(false)
        .id_generator(|_, _, _| map::NO_ID.to_owned())
        .build();
    match catch_unwind(AssertUnwindSafe(|| parser.parse(text.as_bytes()))) {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(cause)) => Err(error::of_parser(&cause)),
        Err(payload) => Err(ParseError::Panicked(error::panic_text(payload.as_ref()))),
    }
}

#[cfg(test)]
mod tests;
