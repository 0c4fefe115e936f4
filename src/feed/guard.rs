//! Refuses documents that would hurt the parser, and cuts those that hold too many entries.
//!
//! `feed-rs` recurses per nested `media:group` (a stack overflow aborts the process and cannot be
//! caught), panics on a late XML declaration of another charset, and copies what a group inherits into
//! each group. The scan reads with the tokeniser that `feed-rs` uses, so both see the same document.

mod json;

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::error::ParseError;
use super::report::{Note, Report};
use super::{Limits, URL_BYTES_MAX};

pub(super) use json::json;

/// What one document may grow to when the parser copies inherited parts: some times its own limit.
const INHERITED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// A document that is safe to parse.
pub(super) struct Safe<'a> {
    /// Its text.
    pub text: Cow<'a, str>,
    /// How many entries it holds.
    pub entries: usize,
}

/// Checks an XML document and returns it in the form that is safe to parse.
pub(super) fn xml<'a>(text: &'a str, limits: &Limits, report: &mut Report) -> Result<Safe<'a>, ParseError> {
    let mut scan =
        Scan { limits, open: Vec::new(), entries: 0, cut: None, blanks: Vec::new(), media: Media::default() };
    scan.run(text)?;
    // The one at the start stands where it belongs.
    report.count(Note::StrayDeclaration, number(scan.blanks.iter().filter(|(start, _)| *start > 0).count()));
    report.count(Note::EntriesCut, number(scan.entries.saturating_sub(limits.entries_max)));
    Ok(Safe { text: scan.apply(text), entries: scan.entries.min(limits.entries_max) })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// One pass over a document.
struct Scan<'l> {
    limits: &'l Limits,
    /// Names of the open elements.
    open: Vec<String>,
    entries: usize,
    /// Where the first entry beyond the limit starts, and the tags that close what is open there.
    cut: Option<(usize, String)>,
    /// Spans of declarations: the text is UTF-8 whatever they say.
    blanks: Vec<(usize, usize)>,
    media: Media,
}

impl Scan<'_> {
    /// Reads until the end or the first fault: `feed-rs` reads no further either.
    fn run(&mut self, text: &str) -> Result<(), ParseError> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.trim_markup_names_in_closing_tags = true;
        loop {
            let before = position(reader.buffer_position());
            let Ok(event) = reader.read_event() else { return Ok(()) };
            let after = position(reader.buffer_position());
            match event {
                Event::Start(tag) => {
                    self.start(&tag, before, after)?;
                    self.open.push(tag.name().as_ref().to_owned());
                    if self.open.len() > self.limits.depth_max {
                        return Err(ParseError::TooDeep { depth_max: self.limits.depth_max });
                    }
                }
                Event::Empty(tag) => self.start(&tag, before, after)?,
                Event::End(_) => drop(self.open.pop()),
                Event::Decl(_) => self.blanks.push((before, after)),
                Event::Eof => {
                    self.media.close(after)?;
                    return Ok(());
                }
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_) => {}
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, before: usize, after: usize) -> Result<(), ParseError> {
        // Every element below inherits the base, and each content keeps a copy.
        if tag.len() > URL_BYTES_MAX && tag.attributes_raw().contains("base") {
            return Err(ParseError::Amplifies("a long tag with a base address"));
        }
        let local = tag.local_name();
        match local.as_ref() {
            "item" | "entry" if matches!(self.open.len(), 1 | 2) => {
                self.media.close(before)?;
                self.media = Media { from: before, ..Media::default() };
                self.entries += 1;
                if self.entries == self.limits.entries_max + 1 {
                    let closing = self.open.iter().rev().map(|name| format!("</{name}>")).collect();
                    self.cut = Some((before, closing));
                }
            }
            "group" => self.media.groups += 1,
            "content" => self.media.contents += 1,
            "rating" => self.media.rated = true,
            _ => {}
        }
        if self.media.groups > 1 || self.media.rated {
            self.media.weigh(after)?;
        }
        Ok(())
    }

    fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.blanks.is_empty() && self.cut.is_none() {
            return Cow::Borrowed(text);
        }
        let end = self.cut.as_ref().map_or(text.len(), |(at, _)| *at);
        let mut safe = String::with_capacity(end + 64);
        let mut from = 0;
        for (start, stop) in &self.blanks {
            safe.push_str(text.get(from..(*start).min(end)).unwrap_or_default());
            from = (*stop).min(end);
        }
        safe.push_str(text.get(from..end).unwrap_or_default());
        safe.push_str(self.cut.as_ref().map_or("", |(_, closing)| closing));
        Cow::Owned(safe)
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// What the media elements of one entry are copied into.
#[derive(Default)]
struct Media {
    from: usize,
    groups: usize,
    contents: usize,
    rated: bool,
}

impl Media {
    /// Each further group inherits what its parent holds, each content a rating.
    fn weigh(&self, to: usize) -> Result<(), ParseError> {
        let copies = self.groups.saturating_sub(1) + if self.rated { self.contents } else { 0 };
        if copies.saturating_mul(to.saturating_sub(self.from)) > INHERITED_BYTES_MAX {
            return Err(ParseError::Amplifies("media groups that inherit"));
        }
        Ok(())
    }

    fn close(&self, at: usize) -> Result<(), ParseError> {
        self.weigh(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(text: &str, limits: &Limits) -> Result<(String, Report), ParseError> {
        let mut report = Report::default();
        xml(text, limits, &mut report).map(|safe| (safe.text.into_owned(), report))
    }

    #[test]
    fn depth_is_bounded_at_the_limit() {
        let nested = |levels: usize| format!("{}{}", "<g>".repeat(levels), "</g>".repeat(levels));
        assert!(guarded(&nested(48), &Limits::default()).is_ok());
        assert_eq!(guarded(&nested(49), &Limits::default()), Err(ParseError::TooDeep { depth_max: 48 }));
        let hidden = format!("<a><!-- {0} --><![CDATA[{0}]]></a>", nested(60));
        assert!(guarded(&hidden, &Limits::default()).is_ok());
        let unclosed = "<media:group>".repeat(5_000);
        assert!(guarded(&unclosed, &Limits::default()).is_err());
    }

    #[test]
    fn declarations_go_wherever_they_stand() {
        let text =
            "<?xml version='1.0' encoding='koi8-r'?><a><?xml version='1.0' encoding='koi8-r'?><![CDATA[<?xml?>]]></a>";
        let (safe, report) = guarded(text, &Limits::default()).unwrap();
        assert_eq!((safe.as_str(), report.of(Note::StrayDeclaration)), ("<a><![CDATA[<?xml?>]]></a>", 1));
    }

    #[test]
    fn entries_beyond_the_limit_are_cut_and_the_rest_closed() {
        let limits = Limits { entries_max: 2, ..Limits::default() };
        let text = "<rss><channel><item>1</item><item>2</item><item>3</item><item>4</item></channel></rss>";
        let (safe, report) = guarded(text, &limits).unwrap();
        assert_eq!(safe, "<rss><channel><item>1</item><item>2</item></channel></rss>");
        assert_eq!(report.of(Note::EntriesCut), 2);
        assert_eq!(guarded("<feed><entry/><entry/></feed>", &limits).unwrap().1.of(Note::EntriesCut), 0);
    }

    #[test]
    fn what_multiplies_is_refused() {
        let thumbnails = "<media:thumbnail url='http://a.example/1'/>".repeat(3_000);
        let groups = "<media:group><media:content url='http://a.example/2'/></media:group>".repeat(3_000);
        let text = format!("<rss><channel><item>{thumbnails}{groups}</item></channel></rss>");
        assert!(matches!(guarded(&text, &Limits::default()), Err(ParseError::Amplifies(_))));
        let rated = format!(
            "<item><media:rating>{}</media:rating>{}</item>",
            "x".repeat(50_000),
            "<media:content/>".repeat(900)
        );
        assert!(matches!(guarded(&format!("<rss>{rated}</rss>"), &Limits::default()), Err(ParseError::Amplifies(_))));
        let gallery = format!("<rss><item>{}</item></rss>", "<media:group/>".repeat(50));
        assert!(guarded(&gallery, &Limits::default()).is_ok());
    }
}
