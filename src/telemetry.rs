//! Logs as text or JSON, on standard error: standard output belongs to what a command answers.

use std::fmt;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// State changes, what is unusual and what fails; libraries only what fails.
const FILTER: &str = "warn,depeche=info";
/// An untrusted value in a log is cut here.
const SHOWN_BYTES_MAX: usize = 256;

/// The `[log]` section as written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawLog {
    /// `text` or `json`.
    pub format: Format,
    /// Which lines are written, such as `info` or `warn,depeche::fetch=debug`.
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for RawLog {
    fn default() -> RawLog {
        RawLog { format: Format::Text, filter: FILTER.to_owned() }
    }
}

/// The `[log]` section as checked.
#[derive(Debug)]
pub struct Log {
    /// The form of a log line.
    pub format: Format,
    /// Which lines are written.
    pub filter: EnvFilter,
}

impl RawLog {
    /// Checks the section and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Log> {
        match EnvFilter::builder().parse(&self.filter) {
            Ok(filter) => Some(Log { format: self.format, filter }),
            Err(error) => {
                faults.push(format!("log.filter ({}) cannot be read: {error}", Shown(&self.filter)));
                None
            }
        }
    }
}

/// Starts to write logs.
///
/// # Errors
/// Something writes logs already.
pub fn start(log: Log) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(log.filter);
    match log.format {
        Format::Text => {
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
            registry.with(lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))).try_init()
        }
        Format::Json => {
            let lines = tracing_subscriber::fmt::layer().json().flatten_event(true);
            registry.with(lines.with_writer(std::io::stderr)).try_init()
        }
    }
}

/// An untrusted text as a log may show it: one line, without control characters and marks that turn
/// the direction of reading, at most 256 bytes, with `…` where it was cut.
#[derive(Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::new();
        for char in self.0.chars() {
            let before = shown.len();
            if is_unseen(char) || char == '\\' {
                shown.extend(char.escape_default());
            } else {
                shown.push(char);
            }
            if shown.len() > SHOWN_BYTES_MAX {
                shown.truncate(before);
                while shown.len() > SHOWN_BYTES_MAX - '…'.len_utf8() {
                    shown.pop();
                }
                shown.push('…');
                break;
            }
        }
        f.write_str(&shown)
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Control characters, line and paragraph separators, marks without width and marks of direction.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Shown(text).to_string(), expected);
    }

    #[test]
    fn shows_text_in_one_line() {
        check("Le pont rouvre", "Le pont rouvre");
        check("a\r\nlevel=ERROR b\0\u{1b}[31m", "a\\r\\nlevel=ERROR b\\u{0}\\u{1b}[31m");
        check("txt.\u{202e}exe", "txt.\\u{202e}exe");
        check("a\\n", "a\\\\n");
        check(&"é".repeat(128), &"é".repeat(128));
        check(&"é".repeat(129), &format!("{}…", "é".repeat(126)));
    }

    #[test]
    fn a_wrong_filter_is_a_fault() {
        let mut faults = Vec::new();
        assert!(RawLog::default().check(&mut faults).is_some());
        assert!(faults.is_empty());
        let raw: RawLog = toml::from_str("format = \"json\"\nfilter = \"depeche=loud\"").unwrap();
        assert!(raw.check(&mut faults).is_none());
        assert!(faults.first().unwrap().starts_with("log.filter (depeche=loud) cannot be read"), "{faults:?}");
        assert!(toml::from_str::<RawLog>("level = \"info\"").is_err());
    }

    proptest! {
        #[test]
        fn is_bounded_and_plain(text in any::<String>()) {
            let shown = Shown(&text.repeat(9)).to_string();
            prop_assert!(shown.len() <= SHOWN_BYTES_MAX);
            prop_assert!(!shown.chars().any(is_unseen));
        }
    }
}
