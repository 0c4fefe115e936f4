//! Our TOML: `[[feed]]` with an address and what the operator wants of it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{Form, Listed, Reading, TAGS_MAX, check_country, check_label, check_language, quoted};
use crate::feed::{Backlog, Credentials, HeaderValue};

type Value<'i> = Spanned<DeValue<'i>>;

/// Headers that the client sets itself: a second one would break the request or our guarantees.
const OWN_HEADERS: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "upgrade",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "range",
];
/// Headers whose value is a secret: a definition is a record that many may read.
const SECRET_HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie"];

pub(super) fn read(text: &str, reading: &mut Reading<'_>) {
    let (document, faults) = DeTable::parse_recoverable(text);
    for fault in faults {
        let line = reading.lines.at(fault.span().map_or(0, |span| span.start));
        reading.fault(line, fault.message());
    }
    if !reading.faults.is_empty() {
        return;
    }
    for (key, value) in document.into_inner() {
        let line = reading.lines.at(key.span().start);
        match (key.get_ref().as_ref(), value.into_inner()) {
            ("feed", DeValue::Array(feeds)) => feeds.into_iter().for_each(|feed| table(feed, reading)),
            ("feed", _) => reading.fault(line, "feeds are written as `[[feed]]`, in double brackets"),
            (other, _) => {
                reading.fault(line, format!("unknown key `{}`: only `[[feed]]` is known here", quoted(other)))
            }
        }
    }
}

fn table(feed: Value<'_>, reading: &mut Reading<'_>) {
    let line = reading.lines.at(feed.span().start);
    let DeValue::Table(table) = feed.into_inner() else {
        return reading.fault(line, "a feed is a table such as `{ url = \"https://…\" }`");
    };
    let mut raw = Raw { line, ..Raw::default() };
    let has_url = table.contains_key("url");
    for (key, value) in table {
        let at = reading.lines.at(key.span().start);
        if let Err(what) = raw.set(key.get_ref(), at, value) {
            reading.fault(at, what);
        }
    }
    if !has_url {
        return reading.fault(line, "a feed without `url`");
    }
    let Some((url_line, url)) = raw.url.take() else { return };
    let listed = Listed::at(line, Form::Toml, &url).map_err(|cause| cause.to_string());
    let Some(listed) = reading.checked(url_line, listed) else { return };
    let by_id = raw.id.and_then(|id| reading.by_id.insert(id, line));
    if let Some(twin) = reading.twin(&listed.url).map(|twin| twin.line).or(by_id) {
        return reading.fault(line, format!("the same feed as in line {twin}"));
    }
    reading.keep(raw.complete(listed));
}

/// The values of one feed as they are met.
#[derive(Default)]
struct Raw {
    line: usize,
    url: Option<(usize, String)>,
    id: Option<crate::article::FeedId>,
    publisher: Option<String>,
    country: Option<String>,
    language: Option<String>,
    tags: Vec<String>,
    backlog: Option<Backlog>,
    interval: Option<Duration>,
    headers: BTreeMap<String, HeaderValue>,
    credentials: Option<Credentials>,
    paused: Option<bool>,
}

impl Raw {
    fn set(&mut self, key: &str, line: usize, value: Value<'_>) -> Result<(), String> {
        match key {
            "url" => self.url = Some((line, typed(key, value)?)),
            "id" => {
                let id: String = typed(key, value)?;
                self.id = Some(id.parse().map_err(|cause| format!("id: {cause}"))?);
            }
            "publisher" => self.publisher = Some(check_label(key, &typed::<String>(key, value)?)?),
            "country" => self.country = Some(check_country(&typed::<String>(key, value)?)?),
            "language" => self.language = Some(check_language(&typed::<String>(key, value)?)?),
            "tags" => self.tags = tags(typed(key, value)?)?,
            "backlog" => {
                let rule: String = typed(key, value)?;
                self.backlog = Some(rule.parse().map_err(|cause| format!("backlog: {cause}"))?);
            }
            "interval" => self.interval = Some(interval(&typed::<String>(key, value)?)?),
            "headers" => self.headers = headers(typed(key, value)?)?,
            "credentials" => self.credentials = Some(typed(key, value)?),
            "paused" => self.paused = Some(typed(key, value)?),
            other => return Err(format!("unknown key `{}`", quoted(other))),
        }
        Ok(())
    }

    fn complete(self, listed: Listed) -> Listed {
        Listed {
            line: self.line,
            id: self.id,
            publisher: self.publisher,
            country: self.country,
            language: self.language,
            tags: self.tags,
            backlog: self.backlog,
            interval: self.interval,
            headers: self.headers,
            credentials: self.credentials,
            paused: self.paused,
            ..listed
        }
    }
}

fn typed<'i, T: Deserialize<'i>>(key: &str, value: Value<'i>) -> Result<T, String> {
    T::deserialize(ValueDeserializer::from(value)).map_err(|cause| format!("{key}: {}", cause.message()))
}

fn tags(raw: Vec<String>) -> Result<Vec<String>, String> {
    if raw.len() > TAGS_MAX {
        return Err(format!("more than {TAGS_MAX} tags"));
    }
    let mut tags = Vec::new();
    for tag in raw {
        super::add_tag(&mut tags, check_label("tag", &tag)?);
    }
    Ok(tags)
}

fn interval(text: &str) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text).ok().filter(|interval| !interval.is_zero());
    parsed.ok_or_else(|| format!("interval `{}` is no time such as `15m`", quoted(text)))
}

fn headers(raw: BTreeMap<String, HeaderValue>) -> Result<BTreeMap<String, HeaderValue>, String> {
    for (name, value) in &raw {
        let lower = name.to_ascii_lowercase();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("header name `{}` is not allowed by HTTP", quoted(name)));
        }
        if OWN_HEADERS.contains(&lower.as_str()) {
            return Err(format!("header `{name}` is set by the client itself"));
        }
        match value {
            HeaderValue::Plain(_) if SECRET_HEADERS.contains(&lower.as_str()) => {
                return Err(format!("header `{name}` is a secret: write `{name} = {{ file = \"/path\" }}`"));
            }
            HeaderValue::Plain(text) if text.chars().any(|c| c.is_control() || !c.is_ascii()) => {
                return Err(format!("header `{name}` holds more than visible ASCII"));
            }
            HeaderValue::Plain(_) | HeaderValue::InFile { .. } => {}
        }
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::list;

    #[test]
    fn reads_all_that_a_feed_may_carry() {
        let text = r#"
[[feed]]
url = "https://News.example/rss"
id = "00112233445566778899aabbccddeeff"
publisher = "The News"
country = "ch"
language = "de-ch"
tags = ["politics", "swiss", "politics"]
backlog = "24h"
interval = "15m"
headers = { X-Plain = "yes", Authorization = { file = "/run/token" } }
credentials = { username = "me", password_file = "/run/password" }
paused = true

[[feed]]
url = "https://other.example/atom"
"#;
        let feeds = list::read(text.as_bytes(), "feeds.toml").unwrap();
        let first = &feeds[0];
        assert_eq!((first.line, first.url.as_str()), (2, "https://news.example/rss"));
        assert_eq!(first.id.unwrap().to_string(), "00112233445566778899aabbccddeeff");
        assert_eq!((first.country.as_deref(), first.language.as_deref()), (Some("CH"), Some("de-CH")));
        assert_eq!(first.tags, ["politics", "swiss"]);
        assert_eq!(first.backlog, Some(Backlog::Younger(Duration::from_hours(24))));
        assert_eq!(first.interval, Some(Duration::from_mins(15)));
        assert_eq!(first.headers["Authorization"], HeaderValue::InFile { file: "/run/token".to_owned() });
        assert_eq!(first.credentials.as_ref().unwrap().username, "me");
        assert_eq!((first.paused, feeds[1].paused), (Some(true), None));
    }

    #[track_caller]
    fn check_faults(text: &str, expected: &[(usize, &str)]) {
        let faults = list::read(text.as_bytes(), "feeds.toml").unwrap_err();
        let lines: Vec<_> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, expected.iter().map(|(line, _)| *line).collect::<Vec<_>>(), "{faults:?}");
        for (fault, (_, words)) in faults.iter().zip(expected) {
            assert!(fault.what.contains(words), "{fault}");
        }
    }

    #[test]
    fn every_fault_at_once() {
        let text = "[[feed]]\nurl = 'ftp://a.example'\ncountry = 'Swiss'\nlanguage = 'deutsch'\ntags = 'a'\n\
                    [[feed]]\npublisher = ''\nintervall = '5m'\nheaders = { Cookie = 'a=b' }\n\
                    [[feed]]\nurl = 'https://b.example'\ncredentials = { username = 'u', password = 'p' }\n\
                    [[feed]]\nurl = 'https://b.example'\n[other]\n";
        check_faults(
            text,
            &[
                (2, "not an http(s) address"),
                (3, "two-letter"),
                (4, "BCP 47"),
                (5, "tags"),
                (6, "without `url`"),
                (7, "publisher"),
                (8, "unknown key `intervall`"),
                (9, "a secret"),
                (12, "credentials"),
                (13, "line 10"),
                (15, "unknown key `other`"),
            ],
        );
    }

    #[test]
    fn broken_toml_names_its_line() {
        check_faults("[[feed]]\nurl = https://a.example\n", &[(2, "")]);
        check_faults("[feed]\nurl = 'https://a.example'\n", &[(1, "double brackets")]);
    }
}
