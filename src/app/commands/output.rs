//! How commands speak: JSON lines for programs, readable lines for people, and remarks on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde_json::Value;

/// A line of events is cut here where standard output is no terminal.
const COLUMNS: usize = 120;

/// Who reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A person.
    Text,
    /// A program: JSON lines and nothing else.
    Json,
}

/// Writes one JSON line.
pub(super) fn json_line(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    writeln!(out, "{value}")
}

/// Says something beside the answer, on standard error.
pub(super) fn remark(words: impl Display) {
    // Nowhere is left to complain when standard error is closed.
    writeln!(io::stderr().lock(), "{words}").ok();
}

/// How wide a readable line may be.
pub(super) fn columns() -> usize {
    terminal_size::terminal_size().map_or(COLUMNS, |(width, _)| usize::from(width.0))
}

/// `1 feed`, `2 feeds`.
pub(super) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(0, "feed"), "0 feeds");
        assert_eq!(counted(1, "feed"), "1 feed");
        assert_eq!(counted(12, "right"), "12 rights");
    }
}
