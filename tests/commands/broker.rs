//! Commands that change and read what is at a real broker; each test is an installation of its own, by prefix.

use std::io::BufReader;

use serde_json::{Value, json};

use crate::page::{FEED, serve};
use crate::program::Place;

/// An installation with few partitions, which are quicker to make.
#[track_caller]
fn installation() -> Place {
    let address = std::env::var("DEPECHE_TEST_BROKER");
    let address = address
        .expect("DEPECHE_TEST_BROKER names no broker: use ./tests/run, or start one with tests/broker/start FOLDER");
    let place = Place::on_loopback().with("DEPECHE__KAFKA__BOOTSTRAP_SERVERS", &address);
    let prefix = format!("commands-{}.", place.name());
    let topics = ["FEEDS", "FEED_STATE", "ARTICLES", "DUPLICATES", "FEED_EVENTS", "DEAD_LETTERS"];
    let place = place.with("DEPECHE__KAFKA__PREFIX", &prefix);
    topics.iter().fold(place, |place, topic| place.with(&format!("DEPECHE__TOPICS__{topic}__PARTITIONS"), "4"))
}

fn list(place: &Place) -> Vec<Value> {
    place.run(&["feeds", "list", "--json"]).json()
}

fn urls(place: &Place) -> Vec<String> {
    list(place).iter().map(|feed| feed["definition"]["url"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn topics_are_planned_then_created_once() {
    let place = installation();
    let plan = |place: &Place| place.run(&["topics", "plan", "--json"]).json().remove(0);
    assert_eq!(plan(&place)["missing"].as_array().unwrap().len(), 8);
    assert!(place.run(&["topics", "plan"]).ok().contains("--topic commands-"));
    let created = place.run(&["topics", "create", "--json"]).json();
    assert_eq!(created.len(), 8, "{created:?}");
    let again = place.run(&["topics", "create"]);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("", "nothing is missing\n"));
    let after = plan(&place);
    assert_eq!((after["present"].as_array().unwrap().len(), &after["missing"]), (8, &json!([])));
}

#[test]
fn feeds_are_added_changed_and_removed() {
    let place = installation();
    let (a, b) = ("https://a.example/rss", "https://b.example/rss");
    let added = place.run(&["feeds", "add", a, b, "--publisher", "Le Fanal", "--language", "FR", "--json"]).json();
    assert!(added.iter().all(|line| line["change"] == "added") && added.len() == 2, "{added:?}");
    let known = place.run(&["feeds", "add", "HTTPS://A.example/rss#top"]);
    assert!(known.err.contains("0 added, 0 changed, 0 removed, 1 unchanged"), "{known:?}");
    assert_eq!(known.ok(), "");
    assert!(place.run(&["feeds", "add", a, "--tag", "x"]).ok().contains("; tags: none → x"));

    let id = added[1]["id"].as_str().unwrap();
    assert!(place.run(&["feeds", "pause", id]).ok().contains("; paused: no → yes"));
    let shown = place.run(&["feeds", "show", b, "--json"]).json().remove(0);
    assert_eq!((&shown["id"], &shown["definition"]["paused"]), (&json!(id), &json!(true)));
    assert_eq!(shown["definition"]["route"], added[1]["route"]);
    assert_eq!((&shown["definition"]["language"], &shown["state"]["standing"]), (&json!("fr"), &json!("paused")));
    assert!(place.run(&["feeds", "resume", b]).ok().contains("; paused: yes → no"));

    let unknown = place.run(&["feeds", "remove", a, "https://c.example/"]).failed(1);
    assert!(unknown.contains("`https://c.example/`"), "{unknown}");
    assert_eq!(urls(&place), [a, b]);
    assert!(place.run(&["feeds", "remove", a]).ok().starts_with("- https://a.example/rss"));
    assert_eq!(urls(&place), [b]);
    let table = place.run(&["feeds", "list"]).ok();
    assert!(table.contains("Le Fanal") && table.lines().count() == 2, "{table}");
}

fn lines(names: &[u32]) -> String {
    names.iter().map(|name| format!("https://f{name}.example/rss\n")).collect()
}

#[test]
fn the_list_is_made_equal_to_a_file() {
    let place = installation();
    let many: Vec<u32> = (0..8).collect();
    let file = place.write("feeds.txt", &lines(&many));
    let shown = place.run(&["feeds", "apply", &file, "--dry-run"]);
    assert!(shown.err.contains("8 added, 0 changed, 0 removed"), "{shown:?}");
    assert_eq!(shown.ok().lines().count(), 8);
    assert_eq!(urls(&place).len(), 0);
    place.run(&["feeds", "apply", &file]).ok();
    assert_eq!(urls(&place).len(), 8);

    place.write("feeds.txt", &lines(&[0, 1, 2, 3, 9]));
    let applied = place.run(&["feeds", "apply", &file]).ok();
    assert_eq!(applied.lines().filter(|line| line.starts_with("- ")).count(), 4, "{applied}");
    assert_eq!(urls(&place).len(), 5);

    place.write("feeds.txt", "https://f0.example/rss\nnonsense\n");
    let faulty = place.run(&["feeds", "apply", &file]).failed(1);
    assert!(faulty.contains("feeds.txt:2") && faulty.contains("has 1 fault"), "{faulty}");
    assert_eq!(urls(&place).len(), 5);
}

#[test]
fn many_feeds_go_only_when_it_is_meant() {
    let place = installation();
    let file = place.write("feeds.txt", &lines(&(0..8).collect::<Vec<_>>()));
    place.run(&["feeds", "apply", &file]).ok();
    place.write("feeds.txt", &lines(&[0, 9]));
    let refused = place.run(&["feeds", "apply", &file]).failed(1);
    assert!(refused.contains("7 of 8 feeds would go at once") && refused.contains("--yes"), "{refused}");
    // Nothing was written, not even what was new.
    assert_eq!(urls(&place).len(), 8);
    place.run(&["feeds", "apply", &file, "--yes"]).ok();
    assert_eq!(urls(&place), ["https://f0.example/rss", "https://f9.example/rss"]);
}

#[test]
fn what_is_exported_can_be_applied_elsewhere() {
    let (here, there) = (installation(), installation());
    let labels = ["--publisher", "Sud & Nord", "--country", "be", "--tag", "x"];
    here.run(&[&["feeds", "add", "https://a.example/rss?x=1&y=2"], &labels[..]].concat()).ok();
    let opml = here.run(&["feeds", "export", "--opml"]).ok();
    let file = there.write("feeds.opml", &opml);
    there.run(&["feeds", "apply", &file]).ok();
    assert_eq!(list(&there), list(&here));
    assert_eq!(list(&there)[0]["definition"]["publisher"], "Sud & Nord");
    assert_eq!(there.run(&["feeds", "export", "--opml"]).ok(), opml);
}

#[test]
fn where_a_file_is_the_truth_no_hand_changes_the_list() {
    let place = installation();
    let (open, paused) = ("https://open.example/rss", "https://paused.example/rss");
    let file = place
        .write("feeds.toml", &format!("[[feed]]\nurl = \"{open}\"\n\n[[feed]]\nurl = \"{paused}\"\npaused = true\n"));
    let place = place.with("DEPECHE__FEEDS__FILE", &file);
    let other = place.write("other.txt", "https://c.example/\n");
    for arguments in
        [&["feeds", "add", "https://c.example/"][..], &["feeds", "remove", open], &["feeds", "apply", &other]]
    {
        let refused = place.run(arguments).failed(1);
        assert!(refused.contains("feeds.toml") && refused.contains("mirror"), "{refused}");
    }
    place.run(&["feeds", "apply", &file]).ok();
    place.run(&["feeds", "pause", open]).ok();
    let refused = place.run(&["feeds", "resume", paused]).failed(1);
    assert!(refused.contains(paused), "{refused}");
    let states: Vec<Value> = list(&place).into_iter().map(|feed| feed["definition"]["paused"].clone()).collect();
    assert_eq!(states, [true, true]);
    place.with("DEPECHE__FEEDS__SYNC", "seed").run(&["feeds", "add", "https://c.example/"]).ok();
}

#[test]
fn every_right_is_tried() {
    let place = installation();
    let rights = place.run(&["check", "--broker", "--json"]).json();
    assert_eq!(rights.len(), 18, "{rights:?}");
    assert!(rights.iter().all(|right| right["answer"] == "yes"), "{rights:?}");
    assert!(place.run(&["check", "--broker"]).ok().contains("use transactional id"));
}

#[test]
fn what_is_published_is_followed() {
    let place = installation().with("DEPECHE__FEEDS__BACKLOG", "publish");
    let place = place.with("DEPECHE__HTTP__LISTEN", "127.0.0.1:0").with("DEPECHE__HTTP__ADMIN", "127.0.0.1:0");
    let url = format!("{}/rss", serve("200 OK", FEED));
    place.run(&["feeds", "add", &url]).ok();
    let mut tail = place.start(&["tail", "--from-beginning", "--json"]);
    let daemon = place.start(&["run"]);
    let mut reader = BufReader::new(tail.child().stdout.take().unwrap());
    let live: Vec<Value> = (0..2).map(|_| event(&mut reader)).collect();
    assert_eq!(live[0]["type"], "news.article.created");
    assert_eq!(tail.stop("INT").code, Some(0));
    assert_eq!(daemon.stop("TERM").code, Some(0));

    let read = |arguments: &[&str]| place.run(&[&["tail", "--until-end"], arguments].concat()).ok();
    let count = |arguments: &[&str], expected: usize| {
        let out = read(arguments);
        assert_eq!(out.lines().count(), expected, "{arguments:?}\n{out}");
    };
    let told = read(&["--from-beginning"]);
    assert!(told.contains(" new ") && told.contains("Un pont rouvre"), "{told}");
    count(&[], 0);
    count(&["--since", "1h"], 2);
    count(&["--from-beginning", "--lang", "FR"], 2);
    count(&["--from-beginning", "--lang", "de"], 0);
    count(&["--from-beginning", "--feed", &url], 2);
    count(&["--from-beginning", "--feed", "https://other.example/"], 0);
    // Three items, and the word that the feed is there.
    count(&["--from-beginning", "--topic", "items"], 4);
    count(&["--from-beginning", "--topic", "items", "--lang", "fr"], 3);
    count(&["--from-beginning", "--topic", "duplicates"], 0);
    count(&["--from-beginning", "--topic", "dead-letters"], 0);
    let feed = place.run(&["feeds", "show", &url, "--json"]).json().remove(0);
    assert_eq!((&feed["state"]["standing"], &feed["state"]["shown"]), (&json!("well"), &json!(3)));
    assert_eq!(feed["state"]["title"], "Le Fanal");
}

/// The next line; the end of the output is a fault.
fn event(reader: &mut impl std::io::BufRead) -> Value {
    let mut line = String::new();
    assert!(reader.read_line(&mut line).unwrap() > 0, "the follower ended");
    serde_json::from_str(&line).unwrap()
}
