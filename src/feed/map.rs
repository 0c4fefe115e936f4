//! The parser's model to our nouns: fields chosen, links made absolute, sizes bounded.

use std::time::Duration;

use feed_rs::model::{Content, Entry, Feed, FeedType, Link, Person, Text as ParsedText};
use url::Url;

use super::report::{Note, Report};
use super::{Format, Limits, ParsedFeed, labels, media};
use crate::article::{Item, Text, TextKind};

/// What the parser is told to put where a document gives no id; no document can hold it as XML.
pub(super) const NO_ID: &str = "\0";

/// Authors of an item; more is a list of contributors or an attack.
const AUTHORS_MAX: usize = 20;
/// Categories of an item.
const CATEGORIES_MAX: usize = 100;
/// Bytes of a name; each item of a feed inherits the feed's authors, so this is kept small.
const NAME_BYTES_MAX: usize = 512;

/// What mapping needs beside the parser's answer.
pub(super) struct Context<'a> {
    /// The address of the document.
    pub base: Option<&'a Url>,
    /// What an item may hold.
    pub limits: &'a Limits,
}

/// Maps a whole feed.
pub(super) fn feed(feed: Feed, context: &Context<'_>, report: Report) -> ParsedFeed {
    let format = format_of(&feed.feed_type);
    let language = feed.language.as_deref().and_then(labels::language);
    let mut mapper = Mapper { context, format, report };
    let title = feed.title.and_then(|title| mapper.line(&title.content));
    let site = feed.links.iter().find(|link| is_main(link, format)).map(|link| link.href.clone());
    let site = site.and_then(|href| mapper.link(&href));
    let authors = mapper.authors(&feed.authors);
    let beyond = feed.entries.len().saturating_sub(context.limits.entries_max);
    mapper.report.count(Note::EntriesCut, u32::try_from(beyond).unwrap_or(u32::MAX));
    let entries = feed.entries.into_iter().take(context.limits.entries_max);
    let items = entries.map(|entry| {
        let mut item = mapper.item(entry);
        if item.authors.is_empty() {
            item.authors.clone_from(&authors);
        }
        item.language = item.language.or_else(|| language.clone());
        item
    });
    let items = items.collect();
    let ttl = feed.ttl.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    ParsedFeed { format, title, language, site, ttl, items, report: mapper.report }
}

fn format_of(kind: &FeedType) -> Format {
    match kind {
        FeedType::Atom => Format::Atom,
        FeedType::JSON => Format::Json,
        FeedType::RSS0 => Format::Rss0,
        FeedType::RSS1 => Format::Rss1,
        FeedType::RSS2 => Format::Rss2,
    }
}

/// A link to the thing itself, not to its comments, its editor or an attached file.
fn is_main(link: &Link, format: Format) -> bool {
    let is_page = link.target.is_none() && link.rel.as_deref().is_none_or(|rel| rel == "alternate");
    // The parser puts the attachments of a JSON item among its links, with their type.
    is_page && (format != Format::Json || link.media_type.is_none())
}

/// Maps the entries of one document and counts what it has to leave out.
pub(super) struct Mapper<'a> {
    context: &'a Context<'a>,
    format: Format,
    pub(super) report: Report,
}

impl Mapper<'_> {
    fn item(&mut self, entry: Entry) -> Item {
        let guid = self.guid(&entry.id);
        let link = self.item_link(&entry.links).or_else(|| self.permalink(guid.as_deref()));
        let (images, enclosures) = media::of(self, &entry);
        // The parser copies an RSS item's date of publication where it finds no date of change.
        let is_copy = self.format != Format::Atom && self.format != Format::Json && entry.updated == entry.published;
        Item {
            title: entry.title.and_then(|title| self.title(title)),
            summary: entry.summary.or_else(|| media::words(&entry.media)).and_then(|summary| self.text(summary)),
            content: entry.content.and_then(|content| self.content(content)),
            authors: self.authors(&entry.authors),
            published: entry.published,
            updated: entry.updated.filter(|_| !is_copy),
            categories: self.categories(&entry.categories),
            language: entry.language.as_deref().and_then(labels::language),
            rights: entry.rights.and_then(|rights| self.line(&rights.content)),
            guid,
            link,
            images,
            enclosures,
        }
    }

    /// The id as the document gives it, relative or odd as it may be.
    fn guid(&mut self, id: &str) -> Option<String> {
        let id = id.trim();
        if id.is_empty() || id == NO_ID {
            return None;
        }
        if id.len() > self.context.limits.url_bytes_max {
            self.report.count(Note::UrlTooLong, 1);
            return None;
        }
        Some(id.to_owned())
    }

    fn item_link(&mut self, links: &[Link]) -> Option<String> {
        let format = self.format;
        let pages = || links.iter().filter(|link| is_main(link, format));
        let is_html = |link: &&Link| link.media_type.as_deref().is_none_or(|kind| kind.contains("html"));
        let in_order = pages().filter(is_html).chain(pages());
        in_order.map(|link| link.href.clone()).find_map(|href| self.link(&href))
    }

    /// RSS 2.0: a guid is a link unless it says otherwise.
    fn permalink(&mut self, guid: Option<&str>) -> Option<String> {
        let is_rss = matches!(self.format, Format::Rss0 | Format::Rss2);
        guid.filter(|guid| is_rss && has_web_scheme(guid)).and_then(|guid| self.link(guid))
    }

    /// An http(s) address made absolute; without a base a relative one is kept as found.
    pub(super) fn link(&mut self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() {
            return None;
        }
        if href.len() > self.context.limits.url_bytes_max {
            self.report.count(Note::UrlTooLong, 1);
            return None;
        }
        let link = match (Url::parse(href), self.context.base) {
            (Ok(url), _) => Some(url),
            (Err(url::ParseError::RelativeUrlWithoutBase), None) => return Some(href.to_owned()),
            (Err(url::ParseError::RelativeUrlWithoutBase), Some(base)) => base.join(href).ok(),
            (Err(_), _) => None,
        };
        let link = link.filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from);
        self.report.count(Note::LinkDropped, u32::from(link.is_none()));
        link
    }

    /// An http(s) address that stands alone.
    pub(super) fn absolute(&mut self, href: &str) -> Option<String> {
        self.link(href).filter(|link| has_web_scheme(link))
    }

    fn title(&mut self, title: ParsedText) -> Option<Text> {
        // RSS does not say whether a title is mark-up; most writers escape twice, so its marks decide.
        let is_loose = matches!(self.format, Format::Rss0 | Format::Rss1 | Format::Rss2);
        let kind = if is_loose && looks_like_html(&title.content) {
            TextKind::Html
        } else {
            kind_of(title.content_type.as_str())
        };
        let value = self.cut(title.content, self.context.limits.title_bytes_max, Note::TitleCut)?;
        Some(Text { kind, value })
    }

    fn text(&mut self, text: ParsedText) -> Option<Text> {
        let is_loose = matches!(self.format, Format::Rss0 | Format::Rss1);
        let kind = if is_loose && looks_like_html(&text.content) {
            TextKind::Html
        } else {
            kind_of(text.content_type.as_str())
        };
        let value = self.cut(text.content, self.context.limits.content_bytes_max, Note::ContentCut)?;
        Some(Text { kind, value })
    }

    fn content(&mut self, content: Content) -> Option<Text> {
        let body = content.body?;
        let kind = content.content_type.as_str();
        if !kind.starts_with("text/") && kind_of(kind) == TextKind::Plain {
            self.report.count(Note::ContentDropped, 1);
            return None;
        }
        let kind = kind_of(kind);
        let value = self.cut(body, self.context.limits.content_bytes_max, Note::ContentCut)?;
        Some(Text { kind, value })
    }

    /// Cuts a text between characters and trims it; nothing left is no text.
    fn cut(&mut self, text: String, bytes_max: usize, note: Note) -> Option<String> {
        let whole = text.trim();
        let part = whole.get(..whole.floor_char_boundary(bytes_max)).unwrap_or_default();
        self.report.count(note, u32::from(part.len() < whole.len()));
        if part.is_empty() {
            return None;
        }
        if part.len() == text.len() { Some(text) } else { Some(part.to_owned()) }
    }

    /// A short text as one line.
    pub(super) fn line(&mut self, text: &str) -> Option<String> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.cut(line, self.context.limits.title_bytes_max, Note::TitleCut)
    }

    fn authors(&mut self, people: &[Person]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for person in people {
            let name = person
                .name
                .as_deref()
                .map(|name| name.trim_matches(|c: char| c.is_whitespace() || "()<>[]".contains(c)));
            let name = name.filter(|name| !name.is_empty()).or(person.email.as_deref());
            let name = name.map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
            let name = name.and_then(|name| self.cut(name, NAME_BYTES_MAX, Note::TitleCut));
            names.extend(name.filter(|name| !names.contains(name)));
            if names.len() > AUTHORS_MAX {
                break;
            }
        }
        self.bounded(names, AUTHORS_MAX)
    }

    fn categories(&mut self, categories: &[feed_rs::model::Category]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for category in categories {
            let label = category.label.as_deref().filter(|label| !label.trim().is_empty());
            let name = self.line(label.unwrap_or(&category.term));
            names.extend(name.filter(|name| !names.contains(name)));
            if names.len() > CATEGORIES_MAX {
                break;
            }
        }
        self.bounded(names, CATEGORIES_MAX)
    }

    /// Keeps the first `max` of a list and counts that there were more.
    pub(super) fn bounded<T>(&mut self, mut list: Vec<T>, max: usize) -> Vec<T> {
        self.report.count(Note::DetailsCut, u32::from(list.len() > max));
        list.truncate(max);
        list
    }
}

fn kind_of(media_type: &str) -> TextKind {
    let is_markup = media_type.contains("html") || media_type.contains("xml");
    if is_markup { TextKind::Html } else { TextKind::Plain }
}

pub(super) fn has_web_scheme(link: &str) -> bool {
    let start: String = link.chars().take(8).collect::<String>().to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// Whether a text of unknown kind holds a closing tag, a break or a character reference.
fn looks_like_html(text: &str) -> bool {
    let mut references = text.split('&').skip(1).filter_map(|rest| rest.split_once(';'));
    let is_reference = |name: &str| {
        let digits = name.strip_prefix('#').map(|number| number.trim_start_matches(['x', 'X']));
        let part = digits.unwrap_or(name);
        (1..=10).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    ["</", "/>", "<br", "<p>", "<img "].iter().any(|mark| text.contains(mark))
        || references.any(|(name, _)| is_reference(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_told_by_its_marks() {
        let cases = [
            ("Tea &amp; cake", true),
            ("It&#8217;s here", true),
            ("<b>Bold</b> claim", true),
            ("AT&T; a; b", true),
            ("Fish & chips; peas", false),
            ("2 < 3 and 5 > 4", false),
            ("plain", false),
        ];
        for (text, expected) in cases {
            assert_eq!(looks_like_html(text), expected, "{text}");
        }
    }
}
