//! What had to be guessed, cut or dropped to read a document.

use std::collections::BTreeMap;

/// What had to be guessed, cut or dropped to read a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The name of the charset it was read in.
    pub charset: &'static str,
    /// How the charset was found.
    pub charset_from: CharsetFrom,
    counts: BTreeMap<Note, u32>,
}

impl Default for Report {
    fn default() -> Report {
        Report { charset: "UTF-8", charset_from: CharsetFrom::Utf8, counts: BTreeMap::new() }
    }
}

impl Report {
    /// Adds `times` to a kind's count.
    pub fn count(&mut self, note: Note, times: u32) {
        if times > 0 {
            let count = self.counts.entry(note).or_default();
            *count = count.saturating_add(times);
        }
    }

    /// How often a kind occurred.
    pub fn of(&self, note: Note) -> u32 {
        self.counts.get(&note).copied().unwrap_or(0)
    }

    /// The kinds that occurred, with their counts.
    pub fn counts(&self) -> impl Iterator<Item = (Note, u32)> + '_ {
        self.counts.iter().map(|(note, count)| (*note, *count))
    }
}

/// How the charset of a document was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharsetFrom {
    /// By a byte order mark.
    Mark,
    /// By the zero bytes of UTF-16 or UTF-32.
    Zeros,
    /// It is valid UTF-8, whatever it says of itself.
    Utf8,
    /// By the HTTP header.
    Http,
    /// By the XML declaration.
    Declaration,
    /// It is UTF-8 with stray bytes of another charset.
    Mixed,
    /// By the frequency of its characters.
    Guess,
}

impl CharsetFrom {
    /// The name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            CharsetFrom::Mark => "mark",
            CharsetFrom::Zeros => "zeros",
            CharsetFrom::Utf8 => "utf8",
            CharsetFrom::Http => "http",
            CharsetFrom::Declaration => "declaration",
            CharsetFrom::Mixed => "mixed",
            CharsetFrom::Guess => "guess",
        }
    }
}

/// A closed kind of thing that was cut, dropped or put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// A byte that the charset does not know, replaced.
    BadBytes,
    /// Text before the root, cut.
    LeadingJunk,
    /// A further XML declaration, blanked.
    StrayDeclaration,
    /// An entry beyond the limit, cut.
    EntriesCut,
    /// An entry that the parser passed over.
    EntriesUnread,
    /// A title, name or category over the limit, cut.
    TitleCut,
    /// A summary or content over the limit, cut.
    ContentCut,
    /// A content that is no text, dropped.
    ContentDropped,
    /// An address that is not http(s), dropped.
    LinkDropped,
    /// An address or guid over the limit, dropped.
    UrlTooLong,
    /// An author, category, picture or enclosure beyond the limit, dropped.
    DetailsCut,
}

impl Note {
    /// Every kind.
    pub const ALL: &[Note] = &[
        Note::BadBytes,
        Note::LeadingJunk,
        Note::StrayDeclaration,
        Note::EntriesCut,
        Note::EntriesUnread,
        Note::TitleCut,
        Note::ContentCut,
        Note::ContentDropped,
        Note::LinkDropped,
        Note::UrlTooLong,
        Note::DetailsCut,
    ];

    /// The name in output and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Note::BadBytes => "bad_bytes",
            Note::LeadingJunk => "leading_junk",
            Note::StrayDeclaration => "stray_declaration",
            Note::EntriesCut => "entries_cut",
            Note::EntriesUnread => "entries_unread",
            Note::TitleCut => "title_cut",
            Note::ContentCut => "content_cut",
            Note::ContentDropped => "content_dropped",
            Note::LinkDropped => "link_dropped",
            Note::UrlTooLong => "url_too_long",
            Note::DetailsCut => "details_cut",
        }
    }
}
