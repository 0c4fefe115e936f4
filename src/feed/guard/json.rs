//! The same guard for JSON: depth, entries, and authors that each item would inherit.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{INHERITED_BYTES_MAX, Safe, number};
use crate::feed::Limits;
use crate::feed::error::{ParseError, message};
use crate::feed::report::{Note, Report};

/// The members that matter before parsing; the same types as `feed-rs` reads, so neither accepts more.
#[derive(Deserialize)]
struct Shape {
    version: Option<IgnoredAny>,
    items: Option<Vec<IgnoredAny>>,
    author: Option<Author>,
    authors: Option<Vec<Author>>,
}

#[derive(Deserialize)]
struct Author {
    name: Option<String>,
    url: Option<String>,
}

impl Author {
    fn bytes(&self) -> usize {
        // A person costs some hundred bytes even without a name.
        let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        200 + of(&self.name) + of(&self.url)
    }
}

/// Checks a JSON document and returns it in the form that is safe to parse.
pub(in crate::feed) fn json<'a>(text: &'a str, limits: &Limits, report: &mut Report) -> Result<Safe<'a>, ParseError> {
    let mut scan = Scan::default();
    scan.run(text, limits)?;
    let safe = match (scan.cut_from, scan.cut_to) {
        (Some(from), Some(to)) => {
            report.count(Note::EntriesCut, number(scan.items.saturating_sub(limits.entries_max)));
            let parts = [text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default()];
            Cow::Owned(parts.concat())
        }
        (None, _) | (_, None) => Cow::Borrowed(text),
    };
    let shape: Shape =
        serde_json::from_str(&safe).map_err(|cause| ParseError::Malformed(message(&cause.to_string())))?;
    if shape.version.is_none() && shape.items.is_none() {
        return Err(ParseError::NotAFeed("JSON without `version` and `items`".to_owned()));
    }
    let items = shape.items.map_or(0, |items| items.len());
    let authors: usize = shape.authors.iter().flatten().chain(&shape.author).map(Author::bytes).sum();
    if items > limits.entries_max || authors.saturating_mul(items) > INHERITED_BYTES_MAX {
        return Err(ParseError::Amplifies("authors that every item inherits"));
    }
    Ok(Safe { text: safe, entries: items })
}

/// One pass over the bytes; only strings and brackets matter.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    string_from: usize,
    key_is_items: bool,
    in_items: bool,
    items: usize,
    cut_from: Option<usize>,
    cut_to: Option<usize>,
}

impl Scan {
    fn run(&mut self, text: &str, limits: &Limits) -> Result<(), ParseError> {
        for (at, byte) in text.bytes().enumerate() {
            if self.in_string {
                self.string(text, at, byte);
                continue;
            }
            match byte {
                b'"' => (self.in_string, self.string_from) = (true, at + 1),
                b'[' | b'{' => {
                    self.in_items |= byte == b'[' && self.depth == 1 && self.key_is_items;
                    self.items += usize::from(self.in_items && self.depth == 1);
                    self.depth += 1;
                    if self.depth > limits.depth_max {
                        return Err(ParseError::TooDeep { depth_max: limits.depth_max });
                    }
                }
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.in_items && self.depth == 1 {
                        self.in_items = false;
                        self.cut_to = self.cut_from.map(|_| at);
                    }
                }
                b',' if self.in_items && self.depth == 2 => {
                    if self.items == limits.entries_max {
                        self.cut_from = Some(at);
                    }
                    self.items += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn string(&mut self, text: &str, at: usize, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                if self.depth == 1 {
                    self.key_is_items = text.get(self.string_from..at) == Some("items");
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(text: &str, limits: &Limits) -> Result<(String, u32), ParseError> {
        let mut report = Report::default();
        let safe = json(text, limits, &mut report)?.text.into_owned();
        Ok((safe, report.of(Note::EntriesCut)))
    }

    #[test]
    fn items_beyond_the_limit_are_cut() {
        let limits = Limits { entries_max: 2, ..Limits::default() };
        let text = r#"{"version":"1","items":[{"a":[1,2,3]},{"b":"],\"["},{},{}],"title":"t"}"#;
        let cut = r#"{"version":"1","items":[{"a":[1,2,3]},{"b":"],\"["}],"title":"t"}"#;
        assert_eq!(guarded(text, &limits), Ok((cut.to_owned(), 2)));
        assert_eq!(guarded(cut, &limits), Ok((cut.to_owned(), 0)));
        let hidden = r#"{"version":"1","it\u0065ms":[{},{},{}]}"#;
        assert!(matches!(guarded(hidden, &limits), Err(ParseError::Amplifies(_))));
    }

    #[test]
    fn depth_is_bounded_at_the_limit() {
        let nested = |levels: usize| format!("{{\"items\":[],\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(guarded(&nested(47), &Limits::default()).is_ok());
        assert_eq!(guarded(&nested(48), &Limits::default()), Err(ParseError::TooDeep { depth_max: 48 }));
    }

    #[test]
    fn inherited_authors_are_weighed() {
        let authors = vec!["{\"name\":\"x\"}"; 4_000].join(",");
        let items = vec!["{}"; 4_000].join(",");
        let text = format!("{{\"version\":\"1\",\"authors\":[{authors}],\"items\":[{items}]}}");
        assert!(matches!(guarded(&text, &Limits::default()), Err(ParseError::Amplifies(_))));
    }

    #[test]
    fn other_json_is_no_feed() {
        assert!(matches!(guarded("{\"ok\":true}", &Limits::default()), Err(ParseError::NotAFeed(_))));
    }
}
