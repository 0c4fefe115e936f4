//! Lists of feeds as operators keep them: our TOML, OPML, or an address a line.
//!
//! Every fault of a file is reported with its line, so one run shows them all.

mod opml;
mod plain;
mod toml;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use super::decode::decode;
use super::{Backlog, Credentials, HeaderValue, labels, registered_url};
use crate::article::FeedId;

/// What a list says of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it stands in the file.
    pub line: usize,
    /// What this form of list can say; the rest stays as it is.
    pub form: Form,
    /// The id, where the list names it.
    pub id: Option<FeedId>,
    /// The address in its registered form.
    pub url: String,
    /// The publisher's name.
    pub publisher: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// The operator's tags.
    pub tags: Vec<String>,
    /// What happens to the entries of the first poll.
    pub backlog: Option<Backlog>,
    /// Time between two polls.
    pub interval: Option<Duration>,
    /// Request headers.
    pub headers: BTreeMap<String, HeaderValue>,
    /// User name and password for the feed's host.
    pub credentials: Option<Credentials>,
    /// Whether it is paused; none = as it is.
    pub paused: Option<bool>,
}

impl Listed {
    /// A feed of which only the address is known.
    ///
    /// # Errors
    /// When the address cannot be a feed's.
    pub fn at(line: usize, form: Form, url: &str) -> Result<Listed, super::BadFeedUrl> {
        Ok(Listed {
            line,
            form,
            id: None,
            url: registered_url(url)?,
            publisher: None,
            country: None,
            language: None,
            tags: Vec::new(),
            backlog: None,
            interval: None,
            headers: BTreeMap::new(),
            credentials: None,
            paused: None,
        })
    }
}

/// The form of a list, by what it can say of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Our TOML: everything.
    Toml,
    /// OPML: address and labels.
    Opml,
    /// An address a line: nothing else.
    Plain,
}

/// One fault of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file's name, as the operator gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// Reads a list of feeds of any form; `name` tells the form by its ending, else the content does.
///
/// # Errors
/// Every fault of the file.
pub fn read(bytes: &[u8], name: &str) -> Result<Vec<Listed>, Vec<Fault>> {
    let text = decode(bytes, None).text;
    let mut reading = Reading::of(&text, name);
    match form_of(&text, name) {
        Form::Toml => toml::read(&text, &mut reading),
        Form::Opml => opml::read(&text, &mut reading),
        Form::Plain => plain::read(&text, &mut reading),
    }
    reading.faults.sort_by_key(|fault| fault.line);
    if reading.faults.is_empty() { Ok(reading.feeds) } else { Err(reading.faults) }
}

fn form_of(text: &str, name: &str) -> Form {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let has_table =
        || text.lines().any(|line| line.trim_start().starts_with("[[") || line.trim_start().starts_with("feed"));
    match ending.as_deref() {
        Some("toml") => Form::Toml,
        Some("opml") => Form::Opml,
        _ if text.trim_start().starts_with('<') => Form::Opml,
        _ if text.trim_start().starts_with('[') || text.lines().any(|line| line.trim() == "[[feed]]") => Form::Toml,
        Some("conf" | "cfg") if has_table() => Form::Toml,
        _ => Form::Plain,
    }
}

/// A list while it is read.
struct Reading<'n> {
    name: &'n str,
    lines: Lines,
    feeds: Vec<Listed>,
    by_url: HashMap<String, usize>,
    by_id: HashMap<FeedId, usize>,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn of<'n>(text: &str, name: &'n str) -> Reading<'n> {
        let (by_url, by_id) = (HashMap::new(), HashMap::new());
        Reading { name, lines: Lines::of(text), feeds: Vec::new(), by_url, by_id, faults: Vec::new() }
    }

    /// The feed that an earlier line names by the same address.
    fn twin(&mut self, url: &str) -> Option<&mut Listed> {
        self.by_url.get(url).and_then(|place| self.feeds.get_mut(*place))
    }

    fn keep(&mut self, listed: Listed) {
        self.by_url.insert(listed.url.clone(), self.feeds.len());
        self.feeds.push(listed);
    }

    fn fault(&mut self, line: usize, what: impl Into<String>) {
        self.faults.push(Fault { file: self.name.to_owned(), line, what: what.into() });
    }

    /// Keeps the good part of an optional value and makes a fault of the bad one.
    fn checked<T>(&mut self, line: usize, value: Result<T, String>) -> Option<T> {
        value.map_err(|what| self.fault(line, what)).ok()
    }
}

/// Offsets to line numbers.
struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        Lines { ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    fn at(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }
}

/// Far more than any operator sorts by.
const TAGS_MAX: usize = 32;
/// Tags become metric-free labels of every event, so they stay short.
const LABEL_CHARS_MAX: usize = 100;

fn check_language(tag: &str) -> Result<String, String> {
    labels::language(tag).ok_or_else(|| format!("language `{}` is no BCP 47 tag such as `fr` or `pt-BR`", quoted(tag)))
}

fn check_country(code: &str) -> Result<String, String> {
    labels::country(code).ok_or_else(|| format!("country `{}` is no two-letter code such as `CH`", quoted(code)))
}

fn check_label(what: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_fit = !text.is_empty() && text.chars().count() <= LABEL_CHARS_MAX && !text.chars().any(char::is_control);
    is_fit
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{what} `{}` is empty, too long or not one line", quoted(text)))
}

/// Adds a tag unless it is there; a list that has too many loses the last ones.
fn add_tag(tags: &mut Vec<String>, tag: String) {
    if tags.len() < TAGS_MAX && !tags.contains(&tag) {
        tags.push(tag);
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_form_is_told_by_name_then_content() {
        let cases = [
            ("", "feeds.toml", Form::Toml),
            ("", "x.opml", Form::Opml),
            ("\u{feff} <opml/>", "subscriptions", Form::Opml),
            ("# mine\n[[feed]]\nurl = 'x'", "feeds", Form::Toml),
            ("https://a.example/\n", "feeds.txt", Form::Plain),
        ];
        for (text, name, expected) in cases {
            assert_eq!(form_of(text.trim_start_matches('\u{feff}'), name), expected, "{name}");
        }
    }

    #[test]
    fn every_fault_has_its_line() {
        let faults = read(b"https://a.example/\nnot an address\n\nhttps://u:p@b.example/\n", "feeds.txt").unwrap_err();
        let shown: Vec<_> = faults.iter().map(Fault::to_string).collect();
        assert_eq!(shown[0], "feeds.txt:2: `not an address` is not an http(s) address");
        assert!(shown[1].starts_with("feeds.txt:4: ") && shown[1].contains("credentials"), "{}", shown[1]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), name in "[a-z]{1,3}\\.(toml|opml|txt)") {
            drop(read(&bytes, &name));
        }

        #[test]
        fn no_markup_panics(text in "(<outline |xmlUrl=|'|\"|http://a.example/|>|/>|</outline>|&|<!--|é|[[feed]]|url|\n){0,40}") {
            for name in ["a.opml", "a.toml", "a.txt"] {
                drop(read(text.as_bytes(), name));
            }
        }
    }
}
