//! The walls between the rooms of `src`: who may name whom, and how long a file may be.
//!
//! Direction: article ← core ← edges ← app ← main. The core does no I/O, so it names no library that does.

#![expect(clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::path::{Path, PathBuf};

const CORE: &[&str] = &["article", "feed", "schedule", "normalise", "enrich", "judge", "event"];
const EDGES: &[&str] = &["fetch", "kafka", "http"];
/// What a core module does not name: crates, and modules of `std`.
const IO_CRATES: &[&str] = &["tokio", "reqwest", "rdkafka", "axum"];
const IO_MODULES: &[&str] = &["fs", "net"];
const LINES_MAX: usize = 500;
const MAIN_LINES_MAX: usize = 80;

#[test]
fn every_file_keeps_to_its_room() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.len() > 20, "only {} files under {}", files.len(), src.display());
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let path = file.strip_prefix(&src).expect("it was found there").to_str().expect("a UTF-8 path");
            faults(path, &std::fs::read_to_string(file).expect("a readable file"))
        })
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What is wrong with a file of this path (below `src`) and text.
fn faults(path: &str, text: &str) -> Vec<String> {
    let room = path.split('/').next().unwrap_or(path).trim_end_matches(".rs");
    let tokens = tokens(text);
    let mut faults = Vec::new();
    if !text.starts_with("//!") {
        faults.push("does not say on its first line what it is (`//!`)".to_owned());
    }
    if path.ends_with("/mod.rs") {
        faults.push("is a mod.rs: name it after its subject, beside its folder".to_owned());
    }
    let lines_max = if path == "main.rs" { MAIN_LINES_MAX } else { LINES_MAX };
    if text.lines().count() > lines_max {
        faults.push(format!("has more than {lines_max} lines"));
    }
    if CORE.contains(&room) {
        faults.extend(tokens.iter().filter(|token| IO_CRATES.contains(token)).map(|name| format!("names {name}")));
        let modules = members(&tokens, "std").into_iter().filter(|module| IO_MODULES.contains(module));
        faults.extend(modules.map(|module| format!("names std::{module}")));
    }
    let rooms = members(&tokens, "crate").into_iter().filter(|other| !may_name(room, other));
    faults.extend(rooms.map(|other| format!("names crate::{other}")));
    faults.into_iter().map(|fault| format!("src/{path} {fault}")).collect()
}

/// Whether a file of one room may use another room.
fn may_name(room: &str, other: &str) -> bool {
    let is_core = |room| CORE.contains(&room);
    let is_edge = |room| EDGES.contains(&room);
    // `config` gathers the sections of all rooms, those of `app` too, so it stands where `app` stands.
    if room == other || ["app", "config", "main", "lib"].contains(&room) {
        return true;
    }
    match other {
        "app" => false,
        other if is_edge(other) => !is_core(room) && !is_edge(room),
        other if is_core(other) => room != "article",
        // Not a room: a name at the root, such as a macro; or config, metrics and telemetry, which are not for the core.
        other => !is_core(room) || !["config", "metrics", "telemetry"].contains(&other),
    }
}

/// What stands behind `root::` in paths and in braces: `std::fs`, `std::{io, fs::File}`.
fn members<'t>(tokens: &[&'t str], root: &str) -> Vec<&'t str> {
    let mut members = Vec::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| **token == root) {
        match tokens.get(at + 1..) {
            Some([":", ":", "{", group @ ..]) => {
                let (mut depth, mut first) = (0_i32, true);
                for token in group {
                    match *token {
                        "{" => depth += 1,
                        "}" if depth == 0 => break,
                        "}" => depth -= 1,
                        "," if depth == 0 => first = true,
                        name if first => {
                            members.push(name);
                            first = false;
                        }
                        _ => {}
                    }
                }
            }
            Some([":", ":", name, ..]) => members.push(name),
            _ => {}
        }
    }
    members
}

/// The names and signs of Rust source, without comments and literals.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(literal) = literal(rest) {
            literal
        } else if first.is_alphanumeric() || first == '_' {
            let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest.get(..name).expect("a border between characters"));
            name
        } else {
            if !first.is_whitespace() {
                tokens.push(rest.get(..first.len_utf8()).expect("a border between characters"));
            }
            first.len_utf8()
        };
        rest = rest.get(taken..).expect("a border between characters");
    }
    tokens
}

/// The length of the string or character literal at the start of a text.
fn literal(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        let behind = text.strip_prefix(prefix).unwrap_or_default();
        behind.starts_with('"') || (prefix.ends_with('r') && behind.trim_start_matches('#').starts_with('"'))
    });
    if let Some(prefix) = prefix {
        let behind = text.strip_prefix(prefix)?;
        let hashes = behind.len() - behind.trim_start_matches('#').len();
        let body = prefix.len() + hashes + 1;
        let end = if prefix.ends_with('r') { raw_end(text, body, hashes) } else { quoted_end(text, body, '"') };
        return Some(end.unwrap_or(text.len()));
    }
    let mut signs = text.strip_prefix('\'')?.chars();
    match (signs.next()?, signs.next()?) {
        ('\\', _) => quoted_end(text, 1, '\''),
        (sign, '\'') => Some(sign.len_utf8() + 2),
        _ => None, // a lifetime
    }
}

fn raw_end(text: &str, from: usize, hashes: usize) -> Option<usize> {
    let close = format!("\"{}", "#".repeat(hashes));
    text.get(from..)?.find(&close).map(|at| from + at + close.len())
}

fn quoted_end(text: &str, from: usize, close: char) -> Option<usize> {
    let mut escaped = false;
    for (at, sign) in text.get(from..)?.char_indices() {
        if !escaped && sign == close {
            return Some(from + at + sign.len_utf8());
        }
        escaped = !escaped && sign == '\\';
    }
    None
}

/// The test sees what it is there to see.
#[cfg(test)]
mod tests {
    use super::{LINES_MAX, faults};

    #[track_caller]
    fn check(path: &str, code: &str, expected: &[&str]) {
        let expected: Vec<String> = expected.iter().map(|fault| format!("src/{path} {fault}")).collect();
        assert_eq!(faults(path, &format!("//! A room.\n{code}")), expected, "{code}");
    }

    #[test]
    fn the_core_does_no_io() {
        check("judge/memory.rs", "use std::fs;", &["names std::fs"]);
        check("judge.rs", "use std::{io, net::IpAddr, collections::{BTreeMap, fs}};", &["names std::net"]);
        check("feed.rs", "async fn x() { tokio::spawn(y()); }", &["names tokio"]);
        check("event/cloud.rs", "use rdkafka as kafka;", &["names rdkafka"]);
        check("article.rs", "fn x() -> axum::Router { y::<reqwest::Url>() }", &["names axum", "names reqwest"]);
        check("fetch/client.rs", "use std::net::IpAddr; use reqwest::Client;", &[]);
    }

    #[test]
    fn rooms_keep_their_direction() {
        check("fetch.rs", "use crate::kafka::Topic;", &["names crate::kafka"]);
        check("http/health.rs", "use crate::{article::FeedId, fetch};", &["names crate::fetch"]);
        check("kafka.rs", "fn x() { crate::app::clock::now(); }", &["names crate::app"]);
        check("normalise.rs", "use crate::fetch;", &["names crate::fetch"]);
        check("article.rs", "use crate::judge;", &["names crate::judge"]);
        check("enrich.rs", "use crate::metrics;", &["names crate::metrics"]);
        check("telemetry.rs", "use crate::app;", &["names crate::app"]);
        check("event.rs", "use crate::article::Digest;", &[]);
        check("metrics.rs", "use crate::{fetch, judge};", &[]);
        check("app/run.rs", "use crate::{fetch, kafka}; use tokio::net;", &[]);
    }

    #[test]
    fn words_in_comments_and_texts_are_no_names() {
        check("judge.rs", "// tokio\n/* std::fs */ const A: &str = \"tokio \\\" axum\";", &[]);
        check("judge.rs", "const A: &str = r#\"a \" tokio\"#; const B: &[u8] = br\"std::fs\";", &[]);
        check(
            "judge.rs",
            "const Q: char = '\"'; const R: char = '\\''; fn x<'a>(y: &'a str) { tokio(); }",
            &["names tokio"],
        );
    }

    #[test]
    fn files_are_short_and_say_what_they_are() {
        assert_eq!(faults("feed.rs", "use a;\n"), ["src/feed.rs does not say on its first line what it is (`//!`)"]);
        check("feed.rs", &"\n".repeat(LINES_MAX - 1), &[]);
        check("feed.rs", &"\n".repeat(LINES_MAX), &["has more than 500 lines"]);
        check("main.rs", &"\n".repeat(80), &["has more than 80 lines"]);
        check("feed/mod.rs", "", &["is a mod.rs: name it after its subject, beside its folder"]);
    }
}
