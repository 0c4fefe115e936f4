//! The whole configuration: read, checked once, all faults together.
//!
//! Each module defines its own section, as written and as checked; here they become one. Nothing reads the
//! environment or the file later.

#[cfg(test)]
mod documented;
mod source;

use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::app::gather::{Gather, RawGather};
use crate::app::mirror::{Feeds, RawFeeds};
use crate::fetch::{Fetch, RawFetch};
use crate::http::{Http, RawHttp};
use crate::judge::{Judge, RawJudge};
use crate::kafka::{self, RawKafka, RawTopics};
use crate::schedule::{Polling, RawPolling};
use crate::telemetry::{Log, RawLog};

/// The sections, in the order in which the file has them.
const SECTIONS: [&str; 9] = ["kafka", "topics", "feeds", "polling", "fetch", "gather", "judge", "http", "log"];

/// Everything that an operator can set, checked.
#[derive(Debug)]
pub struct Config {
    /// The broker and the topics.
    pub kafka: kafka::Settings,
    /// The list of feeds.
    pub feeds: Feeds,
    /// When feeds are polled.
    pub polling: Polling,
    /// How they are fetched.
    pub fetch: Fetch,
    /// How much may be under way.
    pub gather: Gather,
    /// What is remembered.
    pub judge: Judge,
    /// Metrics and health.
    pub http: Http,
}

impl Config {
    /// Reads and checks the configuration, and says how logs are to be written.
    ///
    /// # Errors
    /// Every fault, a sentence each.
    pub fn load(named: Option<&Path>) -> Result<(Config, Log), Vec<String>> {
        let table = source::read(named, std::env::vars()).map_err(|fault| vec![fault])?;
        Config::of(table)
    }

    /// Checks a table.
    ///
    /// # Errors
    /// Every fault, a sentence each.
    pub fn of(mut table: Table) -> Result<(Config, Log), Vec<String>> {
        let mut faults = Vec::new();
        let polling = section(&mut table, "polling", &mut faults, RawPolling::check);
        let fetch = section(&mut table, "fetch", &mut faults, RawFetch::check);
        let gather = section(&mut table, "gather", &mut faults, RawGather::check);
        let judge = section(&mut table, "judge", &mut faults, RawJudge::check);
        let feeds = section(&mut table, "feeds", &mut faults, RawFeeds::check);
        let http = section(&mut table, "http", &mut faults, RawHttp::check);
        let log = section(&mut table, "log", &mut faults, RawLog::check);
        let topics: RawTopics = raw(&mut table, "topics", &mut faults).unwrap_or_default();
        let window = judge
            .as_ref()
            .map_or_else(Default::default, |judge| Duration::from_millis(judge.limits.window_ms.unsigned_abs()));
        let kafka = section(&mut table, "kafka", &mut faults, |raw: RawKafka, faults| {
            kafka::Settings::check(raw, &topics, window, faults)
        });
        for unknown in table.keys() {
            faults.push(format!("section [{unknown}] is unknown: there are {}", SECTIONS.join(", ")));
        }
        let whole = || {
            let config = Config {
                kafka: kafka?,
                feeds: feeds?,
                polling: polling?,
                fetch: fetch?,
                gather: gather?,
                judge: judge?,
                http: http?,
            };
            Some((config, log?))
        };
        if faults.is_empty() { whole().ok_or(faults) } else { Err(faults) }
    }
}

/// Takes a section out of the table and checks it; a missing one is all defaults.
fn section<R: DeserializeOwned + Default, C>(
    table: &mut Table,
    name: &str,
    faults: &mut Vec<String>,
    check: impl FnOnce(R, &mut Vec<String>) -> Option<C>,
) -> Option<C> {
    let raw = raw(table, name, faults)?;
    check(raw, faults)
}

fn raw<R: DeserializeOwned + Default>(table: &mut Table, name: &str, faults: &mut Vec<String>) -> Option<R> {
    let Some(value) = table.remove(name) else { return Some(R::default()) };
    if !matches!(value, Value::Table(_)) {
        faults.push(format!("`{name}` must be a section: [{name}]"));
        return None;
    }
    value.try_into().map_err(|error| faults.push(format!("[{name}]: {}", one_line(&error)))).ok()
}

fn one_line(error: &toml::de::Error) -> String {
    error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        Config::of(text.parse().unwrap()).err().unwrap_or_default()
    }

    #[test]
    fn nothing_set_is_no_fault() {
        assert_eq!(check(""), Vec::<String>::new());
    }

    #[test]
    fn every_section_shows_its_faults_at_once() {
        let faults = check(
            "[kafka]\nbotstrap_servers = \"x\"\n[polling]\ninterval = \"5s\"\n[gather]\nparser_threads = 0\n[nonsense]\n",
        );
        assert_eq!(faults.len(), 4, "{faults:#?}");
        assert!(faults.iter().any(|fault| fault.contains("botstrap_servers")), "{faults:#?}");
        assert!(faults.iter().any(|fault| fault.contains("[nonsense] is unknown")), "{faults:#?}");
    }

    #[test]
    fn a_section_that_is_none_is_named() {
        assert_eq!(check("kafka = 1"), ["`kafka` must be a section: [kafka]"]);
    }
}
