//! What kind of document a text is, by its root and not by what a header says of it.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::error::{ParseError, message};

/// How far into a document its root is looked for when something else comes first.
const JUNK_BYTES_MAX: usize = 64 * 1024;

/// A document whose root is a feed's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// The text from its first mark-up on.
    pub text: &'a str,
    /// How it is written.
    pub syntax: Syntax,
    /// Whether something stood before the root and was left out.
    pub cut_junk: bool,
}

/// How a feed is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// RSS, RDF or Atom.
    Xml,
    /// JSON Feed.
    Json,
}

/// Finds the root of a document, or says what the document is instead.
pub(super) fn sniff(text: &str) -> Result<Found<'_>, ParseError> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    if text.starts_with('{') && text.ends_with('}') {
        return Ok(Found { text, syntax: Syntax::Json, cut_junk: false });
    }
    let root = if text.starts_with('<') { root(text) } else { None };
    match root.as_deref() {
        Some("rss" | "feed" | "entry" | "rdf") => Ok(Found { text, syntax: Syntax::Xml, cut_junk: false }),
        Some("opml") => Err(ParseError::Opml),
        Some("urlset" | "sitemapindex") => Err(ParseError::Sitemap),
        other => after_junk(text).ok_or_else(|| stranger(text, other)),
    }
}

/// The local name of the first element, in lower case.
fn root(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) => return Some(tag.local_name().as_ref().to_ascii_lowercase()),
            Event::Eof | Event::End(_) => return None,
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// A feed after a warning of the server's script or another stray text.
fn after_junk(text: &str) -> Option<Found<'_>> {
    let roots = ["<rss ", "<rss>", "<feed xmlns", "<rdf:RDF"];
    let start = roots.iter().filter_map(|root| text.find(root)).min().filter(|at| *at <= JUNK_BYTES_MAX)?;
    let text = text.get(start..)?;
    Some(Found { text, syntax: Syntax::Xml, cut_junk: true })
}

/// Elements that a web page or a fragment of one starts with.
const PAGE_ROOTS: &[&str] = &[
    "html", "head", "body", "title", "meta", "link", "script", "style", "div", "p", "br", "b", "h1", "h2", "table",
    "center", "span", "a", "font", "form", "iframe", "section", "main", "header", "noscript",
];

fn stranger(text: &str, root: Option<&str>) -> ParseError {
    let start: String = text.chars().take(1_000).collect::<String>().to_ascii_lowercase();
    let has_page_mark = || ["<!doctype html", "<html", "<head", "<body"].iter().any(|mark| start.contains(mark));
    match root {
        Some(name) if PAGE_ROOTS.contains(&name) => ParseError::Html,
        Some(name) => ParseError::NotAFeed(format!("XML with the root `{}`", message(name))),
        None if has_page_mark() => ParseError::Html,
        None if text.starts_with(['{', '[']) => ParseError::NotAFeed("JSON that is no object, or not whole".to_owned()),
        None if text.starts_with('<') => ParseError::NotAFeed("mark-up without an element".to_owned()),
        None => {
            let start: String = text.chars().take(30).collect();
            ParseError::NotAFeed(format!("it starts with `{}`", message(&start)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::ParseFailure;

    #[track_caller]
    fn check_found(text: &str, expected: (Syntax, &str)) {
        let found = sniff(text).unwrap();
        let start: String = found.text.chars().take(5).collect();
        assert_eq!((found.syntax, start.as_str()), expected, "{text}");
        assert_eq!(found.cut_junk, !text.trim_start_matches('\u{feff}').trim_start().starts_with(&start), "{text}");
    }

    #[track_caller]
    fn check_refused(text: &str, reason: ParseFailure) {
        assert_eq!(sniff(text).unwrap_err().reason(), reason, "{text}");
    }

    #[test]
    fn finds_feeds() {
        check_found(" \n<?xml version='1.0'?><!-- x --><!DOCTYPE rss><rss/>", (Syntax::Xml, "<?xml"));
        check_found("<RSS version='2.0'></RSS>", (Syntax::Xml, "<RSS "));
        check_found("<rdf:RDF xmlns:rdf='x'/>", (Syntax::Xml, "<rdf:"));
        check_found("<atom:feed xmlns:atom='x'/>", (Syntax::Xml, "<atom"));
        check_found("\u{feff}{\"version\": 1}\n", (Syntax::Json, "{\"ver"));
    }

    #[test]
    fn finds_feeds_behind_a_warning() {
        check_found("Warning: {x} on line 3\n<rss version='2.0'/>", (Syntax::Xml, "<rss "));
        check_found(
            "<br />\n<b>Warning</b>: x<br />\n<?xml version='1.0'?><rss version='2.0'/>",
            (Syntax::Xml, "<rss "),
        );
    }

    #[test]
    fn names_what_is_no_feed() {
        check_refused("", ParseFailure::Empty);
        check_refused(" \n\0", ParseFailure::Empty);
        check_refused("<!DOCTYPE html><html><head></head></html>", ParseFailure::Html);
        check_refused("<p>Not found", ParseFailure::Html);
        check_refused("<opml version='2.0'/>", ParseFailure::Opml);
        check_refused("<urlset><url/></urlset>", ParseFailure::Sitemap);
        check_refused("Sorry <html><body>later", ParseFailure::Html);
        check_refused("<svg/>", ParseFailure::NotAFeed);
        check_refused("<channel><title>x</title></channel>", ParseFailure::NotAFeed);
        check_refused("[1]", ParseFailure::NotAFeed);
        check_refused("%PDF-1.4", ParseFailure::NotAFeed);
    }
}
