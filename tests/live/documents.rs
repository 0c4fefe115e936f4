//! Real documents on their way through the daemon, read from outside: every entry arrives once; shown again, nothing
//! follows; a changed title gives one revision, the article in a further feed one duplicate; and after all is killed
//! and started again, nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::broker;
use crate::chance::Chance;
use crate::daemon::{Daemon, Setup, write_list};
use crate::shelf::Shelf;

/// Start, claims, and two polls of each document; the largest here holds 730 entries.
const READ_MAX: Duration = Duration::from_secs(90);

/// What another reader finds in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id: Option<String>,
    link: Option<String>,
    title: Option<String>,
}

/// Documents by name, and the entries in each.
#[derive(Default)]
struct Library {
    documents: BTreeMap<String, Vec<u8>>,
    entries: BTreeMap<String, Vec<Entry>>,
}

impl Library {
    /// Document and title of an entry that can be edited: the title stands in the document just once.
    fn editable(&self) -> (&str, &str) {
        let once = |name: &str, title: &str| {
            std::str::from_utf8(&self.documents[name]).is_ok_and(|text| text.matches(title).count() == 1)
        };
        for (name, entries) in &self.entries {
            let titles = entries.iter().filter(|entry| entry.link.is_some()).filter_map(|entry| entry.title.as_deref());
            if let Some(title) = titles.into_iter().find(|title| once(name, title)) {
                return (name, title);
            }
        }
        panic!("no title stands in its document just once")
    }
}

#[test]
fn own_documents_arrive_once() {
    arrive_once(&own());
}

#[test]
#[ignore = "reads ../shared/corpora"]
fn real_documents_arrive_once() {
    arrive_once(&real());
}

fn arrive_once(library: &Library) {
    let folder = tempfile::tempdir().unwrap();
    let further = [("column.rss".to_owned(), column(""))];
    let shelf = Shelf::start(library.documents.clone().into_iter().chain(further));
    let addresses = shelf.addresses();
    let list: String = addresses.values().map(|address| format!("{address}\n")).collect();
    let setup = Setup {
        broker: broker::shared(),
        prefix: format!("documents{}.", Chance::fresh_seed()),
        feeds_file: write_list(folder.path(), &list),
        folder: folder.path().to_owned(),
    };
    let start = || ["a", "b"].map(|name| Daemon::start(&setup, name));
    let mut daemons = start();
    let read = |daemons: &[Daemon]| {
        if let Err(unread) = shelf.wait_until_read(READ_MAX) {
            panic!("{unread}\n{}", daemons.iter().map(Daemon::last_words).collect::<String>());
        }
        events(&setup)
    };

    let first = read(&daemons);
    let findings: Vec<String> =
        library.entries.iter().flat_map(|(name, entries)| missing(&addresses[name], name, entries, &first)).collect();
    assert!(findings.is_empty(), "{} of {} events:\n{}", findings.len(), first.len(), findings.join("\n"));
    assert_once(&first);
    let entries: usize = library.entries.values().map(Vec::len).sum();
    eprintln!("{} documents, {entries} entries: {} events", library.documents.len(), first.len());

    shelf.change_all(|document| [document, b"\n"].concat());
    assert_eq!(news(&first, &read(&daemons)), Vec::<String>::new(), "shown again");

    let (document, title) = library.editable();
    let edited = format!("{title}, corrected");
    shelf.put(document, replaced(&shelf.get(document), title, &edited));
    let second = read(&daemons);
    let revised = format!("news.article.revised {edited}");
    assert_eq!(news(&first, &second), [revised], "a changed title");

    let link = second.iter().find(|event| event["headline"] == *edited).unwrap()["links"]["found"].as_str().unwrap();
    shelf.put("column.rss", column(&format!("<item><title>{edited}</title><link>{link}</link></item>")));
    let third = read(&daemons);
    assert_eq!(news(&second, &third), [format!("news.article.duplicated {edited}")], "in a further feed");
    assert_once(&third);

    daemons.iter_mut().for_each(Daemon::kill9);
    daemons = start();
    shelf.change_all(|document| [document, b"\n\n"].concat());
    assert_eq!(news(&third, &read(&daemons)), Vec::<String>::new(), "all killed and started again");
}

/// A feed of ours that takes up what others publish.
fn column(items: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The reader's column</title>\
         <link>https://column.example/</link><description>Worth reading</description>{items}\
         <item><title>What this column is for</title><link>https://column.example/about</link>\
         <description>Every morning we point at one report that somebody else wrote.</description></item>\
         </channel></rss>"
    )
    .into_bytes()
}

fn replaced(document: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(document).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to).into_bytes()
}

/// Every article and duplicate that a `read_committed` reader outside of the daemon sees.
fn events(setup: &Setup) -> Vec<Value> {
    let answer = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/run"))
        .args(["--events", "--bootstrap", &setup.broker, "--prefix", &setup.prefix])
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let lines = answer.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let records: Vec<Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    let letters: Vec<&Value> = records.iter().filter(|record| record["topic"] == "dead-letters").collect();
    assert!(letters.is_empty(), "{letters:#?}");
    records.into_iter().filter(|record| record["topic"].is_string()).map(|mut record| record["value"].take()).collect()
}

/// Type and headline of what came since.
fn news(before: &[Value], after: &[Value]) -> Vec<String> {
    let known: BTreeSet<&str> = before.iter().map(name).collect();
    let new = after.iter().filter(|event| !known.contains(name(event)));
    new.map(|event| format!("{} {}", event["event_type"].as_str().unwrap(), event["headline"].as_str().unwrap_or("-")))
        .collect()
}

fn name(event: &Value) -> &str {
    event["event_id"].as_str().unwrap()
}

/// No event twice, no article created twice, and a feed shows an article once: as its creator or as a duplicate.
fn assert_once(events: &[Value]) {
    let unique = |what: &str, all: Vec<String>| {
        let all_len = all.len();
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), all_len, "{what} stands there twice");
    };
    let of_type = |kind: &'static str| events.iter().filter(move |event| event["event_type"] == kind);
    let created = || of_type("news.article.created");
    unique("an event", events.iter().map(|event| name(event).to_owned()).collect());
    unique("an article", created().map(|event| event["id"].to_string()).collect());
    let shown = created().map(|event| format!("{} in {}", event["id"], event["feed"]["id"]));
    let carried = of_type("news.article.duplicated").map(|event| format!("{} in {}", event["of"], event["feed"]["id"]));
    unique("a showing", shown.chain(carried).collect());
}

/// Entries of a document that did not arrive; each needs an event of its own.
fn missing(address: &str, document: &str, entries: &[Entry], events: &[Value]) -> Vec<String> {
    let mut arrived: Vec<&Value> = events.iter().filter(|event| event["feed"]["url"] == address).collect();
    let (mut findings, mut found) = (Vec::new(), BTreeSet::new());
    for entry in entries {
        // The very same entry may stand in a document twice; it is one.
        if found.contains(entry) {
            continue;
        }
        match arrived.iter().position(|event| shows(event, entry)) {
            Some(at) => {
                arrived.remove(at);
                found.insert(entry.clone());
            }
            None => findings.push(format!("{document}: {entry:?} did not arrive")),
        }
    }
    findings
}

/// Whether an event tells of an entry: by its id, else by its link, else by its title.
fn shows(event: &Value, entry: &Entry) -> bool {
    let guid = event["guid"].as_str().map(plain);
    match (&entry.id, guid) {
        (Some(id), Some(guid)) if plain(id) == guid => return true,
        _ => {}
    }
    let found = event["links"]["found"].as_str().map(plain);
    if let (Some(link), Some(found)) = (&entry.link, found) {
        return plain(link) == found;
    }
    entry.title.as_deref().map(plain) == event["headline"].as_str().map(plain)
}

/// A text or an address as two readers can agree on it.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches('/').to_lowercase()
}

const HARBOUR: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour Post</title>\
    <link>https://harbour.example/</link><description>News</description>\
    <item><title>Ferry strike ends after nine days</title><link>https://harbour.example/ferry</link>\
    <guid isPermaLink=\"false\">hp-1</guid><pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate>\
    <description>The crews went back to work at dawn, and the first boat left on time.</description></item>\
    <item><title>New crane for the old dock</title><link>https://harbour.example/crane</link>\
    <description>It lifts twice as much as the one from 1961.</description></item></channel></rss>";
const VALLEE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\">\
    <id>urn:made-up:vallee</id><title>La Vallée</title><updated>2026-03-02T06:00:00Z</updated>\
    <entry><id>urn:made-up:vallee:1</id><title>Le pont rouvre jeudi</title>\
    <link href=\"https://vallee.example/pont\"/><updated>2026-03-02T06:00:00Z</updated>\
    <summary>Les travaux ont duré deux hivers.</summary></entry>\
    <entry><id>urn:made-up:vallee:2</id><title>Crane news from the coast</title>\
    <link href=\"https://harbour.example/crane\"/><updated>2026-03-02T07:00:00Z</updated>\
    <summary>On en parle jusque chez nous.</summary></entry></feed>";
const BERG: &str = "<?xml version=\"1.0\"?><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
    xmlns=\"http://purl.org/rss/1.0/\"><channel rdf:about=\"https://berg.example/\"><title>Bergblatt</title>\
    <link>https://berg.example/</link><description>Neues</description></channel>\
    <item rdf:about=\"https://berg.example/1\"><title>Schnee bis ins Tal</title>\
    <link>https://berg.example/1</link><description>Die Pässe sind gesperrt.</description></item></rdf:RDF>";
const NOTES: &str = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"Notes\", \"items\": [\
    {\"id\": \"n-1\", \"url\": \"https://notes.example/1\", \"title\": \"A note on tides\", \
    \"content_text\": \"High water comes fifty minutes later each day.\"}]}";

/// Made-up documents in four forms.
fn own() -> Library {
    let entry = |id: Option<&str>, link: &str, title: &str| Entry {
        id: id.map(str::to_owned),
        link: Some(link.to_owned()),
        title: Some(title.to_owned()),
    };
    let shelved = [
        (
            "harbour.rss",
            HARBOUR,
            vec![
                entry(Some("hp-1"), "https://harbour.example/ferry", "Ferry strike ends after nine days"),
                entry(None, "https://harbour.example/crane", "New crane for the old dock"),
            ],
        ),
        (
            "vallee.atom",
            VALLEE,
            vec![
                entry(Some("urn:made-up:vallee:1"), "https://vallee.example/pont", "Le pont rouvre jeudi"),
                entry(Some("urn:made-up:vallee:2"), "https://harbour.example/crane", "Crane news from the coast"),
            ],
        ),
        ("berg.rdf", BERG, vec![entry(None, "https://berg.example/1", "Schnee bis ins Tal")]),
        ("notes.json", NOTES, vec![entry(Some("n-1"), "https://notes.example/1", "A note on tides")]),
    ];
    let mut library = Library::default();
    for (name, document, entries) in shelved {
        library.documents.insert(name.to_owned(), document.as_bytes().to_vec());
        library.entries.insert(name.to_owned(), entries);
    }
    library
}

/// Two collections of documents from the web, and what another parser finds in them.
fn real() -> Library {
    let folder = tempfile::tempdir().unwrap();
    let archive = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora/feeds.tar.xz"));
    let unpacked = Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success(), "{} cannot be unpacked", archive.display());
    let feeds = folder.path().join("feeds");
    let found = std::fs::read_to_string(feeds.join("feedparser.jsonl")).unwrap();
    let mut library = Library::default();
    for found in found.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let name = found["file"].as_str().unwrap();
        let Some(bytes) = accepted(&feeds.join(name)).filter(|_| COLLECTIONS.iter().any(|of| name.starts_with(of)))
        else {
            continue;
        };
        library.documents.insert(name.to_owned(), bytes);
        let word = |entry: &Value, key: &str| entry[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let entry = |entry| Entry { id: word(entry, "id"), link: word(entry, "link"), title: word(entry, "title") };
        library.entries.insert(name.to_owned(), found["es"].as_array().into_iter().flatten().map(entry).collect());
    }
    assert!(library.documents.len() > 35, "only {} documents", library.documents.len());
    library
}

const COLLECTIONS: [&str; 2] = ["rss-parser/", "feedjira-bench/"];

/// A document that our parser reads.
fn accepted(path: &Path) -> Option<Vec<u8>> {
    let bytes = std::fs::read(path).ok()?;
    let document = depeche::feed::Document { bytes: &bytes, content_type: None, base: None };
    depeche::feed::parse(document, &depeche::feed::Limits::default()).is_ok().then_some(bytes)
}
