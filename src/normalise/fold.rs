//! White space and invisible characters: what remains of a text when only what a reader sees counts.

/// What stands between two words of a line under construction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Cell,
    Newline,
}

/// A block of text under construction: white space is folded as characters arrive.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    gap: Gap,
}

impl Line {
    /// Adds a character; any white space becomes one space, what nobody sees is dropped.
    pub(super) fn push(&mut self, c: char) {
        if c.is_whitespace() {
            self.gap = self.gap.max(Gap::Space);
        } else if !is_invisible(c) {
            self.close_gap();
            self.text.push(c);
        }
    }

    /// Adds a character of preformatted text, where line ends and indents stand for themselves.
    pub(super) fn push_preformatted(&mut self, c: char) {
        let blank_start = self.text.is_empty() && c.is_whitespace();
        if blank_start || (is_invisible(c) && !c.is_whitespace()) || c == '\r' {
            return;
        }
        self.close_gap();
        self.text.push(c);
    }

    /// The next word stands on a line of its own.
    pub(super) fn newline(&mut self) {
        self.gap = self.gap.max(Gap::Newline);
    }

    /// The next word stands in a table cell of its own.
    pub(super) fn cell(&mut self) {
        self.gap = self.gap.max(Gap::Cell);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The finished text; the line starts anew.
    pub(super) fn take(&mut self) -> String {
        self.gap = Gap::None;
        let mut text = std::mem::take(&mut self.text);
        text.truncate(text.trim_end().len());
        text
    }

    fn close_gap(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if self.text.is_empty() {
            return;
        }
        self.text.push_str(match gap {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Cell => " | ",
            Gap::Newline => "\n",
        });
    }
}

/// The text on one line: white space folded, invisible characters gone.
pub(super) fn one_line(text: &str) -> String {
    let mut line = Line::default();
    text.chars().for_each(|c| line.push(c));
    line.take()
}

/// Controls, soft hyphens, zero-width spaces and byte order marks. Joiners stay: Persian and emoji need them.
fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(one_line(text), expected);
    }

    #[test]
    fn folds_space_and_drops_the_invisible() {
        check("  a \t\r\n b\u{A0}\u{202F}c ", "a b c");
        check("auto\u{AD}bus\u{200B}\u{FEFF}se\0", "autobusse");
        check("می\u{200C}خواهم", "می\u{200C}خواهم");
        check("東京\u{3000}大阪", "東京 大阪");
        check("", "");
    }

    #[test]
    fn keeps_lines_of_preformatted_text() {
        let mut line = Line::default();
        "\n  one\r\n    two  \n".chars().for_each(|c| line.push_preformatted(c));
        assert_eq!(line.take(), "one\n    two");
    }
}
