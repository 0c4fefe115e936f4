//! What the operator wants of a feed: the record of the `feeds` topic.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::article::FeedId;

/// What the operator wants of a feed. Secrets stand in it as paths of files only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The feed's id, kept for ever.
    pub id: FeedId,
    /// The partition, set at registration; nobody computes it anew.
    pub route: u32,
    /// The registered address.
    pub url: String,
    /// The publisher's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The operator's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What happens to the entries of the first poll; none = as the configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<Backlog>,
    /// Time between two polls; none = as the configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "humantime_serde::option")]
    pub interval: Option<Duration>,
    /// Request headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, HeaderValue>,
    /// User name and password for the feed's host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// Not polled until resumed.
    #[serde(default)]
    pub paused: bool,
    /// A higher number than the one last obeyed asks for a poll at once.
    #[serde(default)]
    pub poll_now: u64,
    /// Since when the mirrored file has not named it; it is not polled meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_since: Option<DateTime<Utc>>,
}

impl Definition {
    /// The version of the record this program writes; a higher one is left alone.
    pub const VERSION: u16 = 1;

    /// What stands for a feed that is wanted no more.
    pub fn removed(id: FeedId) -> Definition {
        Definition {
            id,
            route: 0,
            url: String::new(),
            publisher: None,
            country: None,
            language: None,
            tags: Vec::new(),
            backlog: None,
            interval: None,
            headers: BTreeMap::new(),
            credentials: None,
            paused: true,
            poll_now: 0,
            absent_since: None,
        }
    }

    /// Whether the feed is to be polled.
    pub fn is_active(&self) -> bool {
        !self.paused && self.absent_since.is_none()
    }

    /// The record's value.
    pub fn encode(&self) -> Vec<u8> {
        // A struct of strings and numbers always serialises.
        serde_json::to_vec(&Record { v: Definition::VERSION, definition: self }).unwrap_or_default()
    }

    /// Reads a record's value.
    ///
    /// # Errors
    /// [`BadDefinition::Newer`] for a version this program does not know, [`BadDefinition::Malformed`] for the rest.
    pub fn decode(value: &[u8]) -> Result<Definition, BadDefinition> {
        let malformed = |cause: serde_json::Error| BadDefinition::Malformed(cause.to_string());
        let Version { v } = serde_json::from_slice(value).map_err(malformed)?;
        if v > Definition::VERSION {
            return Err(BadDefinition::Newer { version: v });
        }
        serde_json::from_slice(value).map_err(malformed)
    }
}

#[derive(Serialize)]
struct Record<'a> {
    v: u16,
    #[serde(flatten)]
    definition: &'a Definition,
}

#[derive(Deserialize)]
struct Version {
    v: u16,
}

/// A value of the `feeds` topic that this program cannot use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDefinition {
    /// Written by a later release.
    #[error("the feed definition has version {version}, this release knows {}", Definition::VERSION)]
    Newer {
        /// The version found.
        version: u16,
    },
    /// Not a definition.
    #[error("malformed feed definition: {0}")]
    Malformed(String),
}

/// What happens to the entries of a feed's first poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Backlog {
    /// All are published.
    Publish,
    /// None is published, all are remembered.
    Remember,
    /// Those younger than this are published, the rest is remembered.
    Younger(Duration),
}

/// A text that is no backlog rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no backlog rule: `publish`, `remember` or a time such as `24h` is expected")]
pub struct NotABacklog(String);

impl FromStr for Backlog {
    type Err = NotABacklog;

    fn from_str(text: &str) -> Result<Backlog, NotABacklog> {
        match text.trim() {
            "publish" => Ok(Backlog::Publish),
            "remember" => Ok(Backlog::Remember),
            age => humantime::parse_duration(age)
                .map(Backlog::Younger)
                .map_err(|_| NotABacklog(age.chars().take(40).collect())),
        }
    }
}

impl fmt::Display for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Backlog::Publish => f.write_str("publish"),
            Backlog::Remember => f.write_str("remember"),
            Backlog::Younger(age) => humantime::format_duration(*age).fmt(f),
        }
    }
}

impl From<Backlog> for String {
    fn from(backlog: Backlog) -> String {
        backlog.to_string()
    }
}

impl TryFrom<String> for Backlog {
    type Error = NotABacklog;

    fn try_from(text: String) -> Result<Backlog, NotABacklog> {
        text.parse()
    }
}

/// The value of a request header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HeaderValue {
    /// The value itself.
    Plain(String),
    /// The value is what a file holds.
    InFile {
        /// The file's path.
        file: String,
    },
}

/// User name and password for a feed's host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The file that holds the password.
    pub password_file: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::feed_id;

    fn whole() -> Definition {
        let url = "https://news.example/rss";
        Definition {
            id: feed_id(url).unwrap(),
            route: 7,
            url: url.to_owned(),
            publisher: Some("The News".to_owned()),
            country: Some("CH".to_owned()),
            language: Some("fr".to_owned()),
            tags: vec!["politics".to_owned()],
            backlog: Some(Backlog::Younger(Duration::from_hours(24))),
            interval: Some(Duration::from_mins(15)),
            headers: BTreeMap::from([
                ("X-Plain".to_owned(), HeaderValue::Plain("yes".to_owned())),
                ("X-Key".to_owned(), HeaderValue::InFile { file: "/run/key".to_owned() }),
            ]),
            credentials: Some(Credentials { username: "me".to_owned(), password_file: "/run/password".to_owned() }),
            paused: true,
            poll_now: 3,
            absent_since: Some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn a_record_reads_back() {
        assert_eq!(Definition::decode(&whole().encode()), Ok(whole()));
    }

    #[test]
    fn unknown_fields_are_ignored_and_newer_versions_left_alone() {
        let id = whole().id;
        let small = format!(r#"{{"v":1,"id":"{id}","route":1,"url":"https://a.example/","later":[1]}}"#);
        assert!(Definition::decode(small.as_bytes()).unwrap().is_active());
        assert_eq!(Definition::decode(br#"{"v":2,"shape":"other"}"#), Err(BadDefinition::Newer { version: 2 }));
        for wrong in ["", "{}", "[1]", r#"{"v":1}"#] {
            assert!(matches!(Definition::decode(wrong.as_bytes()), Err(BadDefinition::Malformed(_))), "{wrong}");
        }
    }

    #[test]
    fn backlog_rules_read_back() {
        for (text, rule) in [
            ("publish", Backlog::Publish),
            ("remember", Backlog::Remember),
            ("36h", Backlog::Younger(Duration::from_hours(36))),
        ] {
            assert_eq!(text.parse(), Ok(rule));
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        assert!("soon".parse::<Backlog>().is_err());
    }
}
