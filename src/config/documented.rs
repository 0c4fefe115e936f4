//! `config/depeche.toml` is what operators read: every key stands in it, with its default.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Config, SECTIONS};
use crate::app::demo::setting;
use crate::kafka::Topic;

const FILE: &str = include_str!("../../config/depeche.toml");

/// The file without the one line that has no default: where the list of feeds is.
fn documented() -> Table {
    let mut table: Table = FILE.parse().unwrap();
    let Some(Value::Table(feeds)) = table.get_mut("feeds") else { panic!("no [feeds]") };
    assert!(feeds.remove("file").is_some());
    table
}

/// The keys of a section, as it names them itself when it meets one that it does not know.
fn keys(section: &str) -> BTreeSet<String> {
    let faults = Config::of(format!("[{section}]\nno_such_key = 1").parse().unwrap()).unwrap_err();
    let fault = faults.iter().find(|fault| fault.contains("no_such_key")).unwrap();
    let quoted = fault.split('`').skip(1).step_by(2);
    quoted.filter(|name| *name != "no_such_key").map(ToOwned::to_owned).collect()
}

#[test]
fn what_the_file_says_is_what_holds_without_it() {
    let (with, without) = (Config::of(documented()).unwrap(), Config::of(Table::new()).unwrap());
    assert_eq!(format!("{with:#?}"), format!("{without:#?}"));
}

#[test]
fn every_key_stands_in_it() {
    for section in SECTIONS.into_iter().filter(|section| *section != "topics") {
        let keys = keys(section);
        assert!(keys.len() >= 2, "{section}: {keys:?}");
        for key in keys {
            let stands = FILE.lines().any(|line| {
                let line = line.trim_start_matches('#');
                let rest = line.strip_prefix(section).and_then(|rest| rest.strip_prefix('.'));
                rest.and_then(|rest| rest.strip_prefix(key.as_str())).is_some_and(|rest| rest.starts_with([' ', '.']))
            });
            assert!(stands, "{section}.{key} is not in config/depeche.toml");
        }
    }
    for topic in Topic::ALL {
        assert!(FILE.contains(topic.as_str()), "the topic {} is not in config/depeche.toml", topic.as_str());
    }
}

#[test]
fn what_is_commented_out_could_stand_there() {
    let shown: String = FILE
        .lines()
        .map(|line| {
            let example = line.strip_prefix('#').filter(|rest| SECTIONS.iter().any(|name| rest.starts_with(name)));
            format!("{}\n", example.unwrap_or(line))
        })
        .collect();
    let mut table: Table = shown.parse().unwrap();
    assert!(table["kafka"].get("properties").is_some() && table["topics"].get("articles").is_some());
    // The files that the examples name are not there; that is the only fault they may have.
    table.remove("feeds");
    let faults = Config::of(table).err().unwrap_or_default();
    assert!(faults.iter().all(|fault| fault.contains("/run/secrets/kafka-password")), "{faults:#?}");
}

#[test]
fn what_one_must_set_stands_at_the_top() {
    let top: String = FILE.lines().take(20).map(|line| format!("{line}\n")).collect();
    for key in ["kafka.bootstrap_servers = ", "feeds.file = ", "fetch.contact = "] {
        assert!(top.contains(key), "{key}");
    }
}

#[test]
fn the_demos_settings_are_without_fault_and_open_to_nobody() {
    for text in [setting::MADE_UP, setting::OWN_FEEDS] {
        let (config, _) = Config::of(text.parse().unwrap()).unwrap();
        assert!(config.http.listen.ip().is_loopback() && config.http.admin.ip().is_loopback());
    }
}
