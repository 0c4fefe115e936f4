//! Commands that need neither broker nor network: help, exit codes, configuration, parsing, normalising.

use serde_json::{Value, json};

use crate::page::FEED;
use crate::program::{Place, json};

#[test]
fn help_names_every_command() {
    let help = Place::new().run(&["--help"]).ok();
    for command in ["run", "demo", "check", "feeds", "topics", "tail", "parse", "normalise", "try"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}\n{help}");
    }
    assert!(help.contains("DEPECHE_CONFIG") && help.contains("--json"), "{help}");
    for command in ["add", "remove", "pause", "resume", "show", "list", "apply", "export"] {
        let help = Place::new().run(&["feeds", command, "--help"]).ok();
        assert!(help.contains("Usage: depeche feeds"), "{help}");
    }
}

#[track_caller]
fn check(arguments: &[&str], code: i32, words: &str) {
    let said = Place::new().run(arguments).failed(code);
    assert!(said.contains(words), "{arguments:?}: {said}");
}

#[test]
fn a_wrong_command_line_is_a_fault_of_usage() {
    check(&[], 2, "Usage");
    check(&["nonsense"], 2, "nonsense");
    check(&["parse"], 2, "FILE|URL");
    check(&["feeds", "add", "no address"], 2, "`no address` is not an http(s) address");
    check(&["feeds", "add", "https://a.example/", "--country", "France"], 2, "`France`");
    check(&["feeds", "export"], 2, "--opml");
    check(&["tail", "--since", "2h", "--from-beginning"], 2, "cannot be used with");
    check(&["tail", "--topic", "feeds"], 2, "possible values");
    check(&["normalise"], 2, "--format");
    check(&["try", "fanal.example"], 2, "`fanal.example` is not an http(s) address");
    check(&["health", "here"], 2, "`here`");
}

#[test]
fn without_a_broker_one_sentence_says_what_to_do() {
    for arguments in [
        &["run"][..],
        &["feeds", "list"],
        &["feeds", "add", "https://a.example/"],
        &["topics", "plan"],
        &["topics", "create"],
        &["tail"],
        &["check", "--broker"],
    ] {
        let said = Place::new().run(arguments).failed(78);
        assert!(said.contains("kafka.bootstrap_servers"), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    }
}

#[test]
fn a_sound_configuration_is_said_to_be_so() {
    let place = Place::new();
    let ended = place.run(&["check"]);
    assert!(ended.err.contains("names no broker"), "{ended:?}");
    assert_eq!(ended.ok(), "the configuration is sound\n");
    let place = place.with("DEPECHE__KAFKA__BOOTSTRAP_SERVERS", "k:9092");
    let ended = place.run(&["check", "--json"]);
    assert_eq!(ended.err, "");
    assert_eq!(ended.json(), [json!({ "sound": true })]);
}

#[test]
fn every_fault_of_a_configuration_is_named_at_once() {
    let place = Place::new();
    place.write("feeds.txt", "https://a.example/\nnonsense\n");
    let text = "[kafka]\nbotstrap_servers = \"x\"\n[polling]\ninterval = \"5s\"\n[judge]\nwindow = \"1m\"\n\
                [feeds]\nfile = \"feeds.txt\"\n[nonsense]\n";
    let file = place.write("depeche.toml", text);
    let expected = ["botstrap_servers", "polling.interval", "judge.window", "feeds.txt:2", "[nonsense]"];
    // Any command that needs the configuration names the faults as `check` does.
    for arguments in [&["check", "-c", &file][..], &["-c", &file, "feeds", "list"], &["-c", &file, "run"]] {
        let said = place.run(arguments).failed(78);
        assert_eq!(said.lines().count(), expected.len(), "{said}");
        expected.iter().for_each(|fault| assert!(said.contains(fault), "{fault}: {said}"));
    }
    let ended = place.run(&["--json", "check", "-c", &file]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(78), ""), "{ended:?}");
    assert_eq!(json(&ended.out).len(), expected.len());
}

#[test]
fn the_configuration_is_found_where_it_is_said_to_be() {
    let place = Place::new();
    let bad = place.write("config/depeche.toml", "[nonsense]\n");
    assert!(place.run(&["check"]).failed(78).contains("[nonsense]"));
    let place = Place::new().with("DEPECHE_CONFIG", &bad);
    assert!(place.run(&["check"]).failed(78).contains("[nonsense]"));
    let good = place.write("good.toml", "");
    place.run(&["check", "-c", &good]).ok();
    assert!(place.run(&["check", "-c", "/nowhere.toml"]).failed(78).contains("`/nowhere.toml`"));
}

#[test]
fn documents_are_parsed_a_line_each() {
    let place = Place::new();
    let feed = place.write("feed.xml", FEED);
    let page = place.write("page.html", "<!doctype html><html><body>Bonjour</body></html>");
    let good = place.run(&["parse", &feed]).json();
    assert_eq!(good[0]["format"], "rss2");
    assert_eq!(good[0]["items"][0]["id"], "pont");
    assert_eq!(good[0]["items"][0]["published"], "2022-09-06T08:30:00Z");
    let both = place.run(&["parse", &page, &feed, "/nowhere"]);
    assert_eq!(both.code, Some(1));
    assert!(both.err.contains("2 of 3 could not be parsed"), "{}", both.err);
    let lines = json(&both.out);
    assert_eq!(lines[0], json!({ "source": page, "error": "the document is a web page, not a feed" }));
    assert_eq!(lines[1], good[0]);
    assert!(lines[2]["error"].is_string() && lines.len() == 3, "{}", both.out);
    assert_eq!(place.feed(&["parse", "-"], FEED).json()[0]["items"], good[0]["items"]);
}

#[test]
fn files_are_parsed_whatever_is_set() {
    let place = Place::new();
    let feed = place.write("feed.xml", FEED);
    let bad = place.write("bad.toml", "[nonsense]\n");
    place.run(&["-c", &bad, "parse", &feed]).ok();
    place.run(&["-c", &bad, "parse", "http://127.0.0.1:1/"]).failed(78);
}

#[test]
fn articles_are_normalised_one_by_one_or_in_a_batch() {
    let place = Place::new();
    let html = "<h1>Un pont rouvre</h1><p>Le pont du bourg rouvre lundi.</p>";
    let one = place.feed(&["normalise", "--format", "html", "--url", "https://a.example/x?utm_source=y"], html).json();
    assert_eq!(one[0]["headline"], "Un pont rouvre");
    assert_eq!(one[0]["links"]["canonical"], "https://a.example/x");
    let file = place.write("text.txt", "Le pont du bourg rouvre lundi.");
    assert_eq!(
        place.run(&["normalize", &file, "--format", "text"]).json()[0]["body"],
        "Le pont du bourg rouvre lundi."
    );
    let batch = "{\"id\":\"b\",\"text\":\"Deux.\"}\n{\"id\":\"a\",\"html\":\"<p>Un\"}\n{\"id\":\"c\"}\n";
    let lines = place.feed(&["normalise", "--batch"], batch).json();
    assert_eq!(lines.iter().map(|line| &line["id"]).collect::<Vec<_>>(), ["b", "a", "c"]);
    assert!(lines[2]["error"].is_string(), "{}", lines[2]);
    place.run(&["normalise", "/nowhere", "--format", "text"]).failed(1);
}

#[test]
fn what_parse_prints_can_be_normalised() {
    let place = Place::new();
    let feed = place.write("feed.xml", FEED);
    let parsed = place.run(&["parse", &feed]).json();
    let items = parsed[0]["items"].as_array().unwrap();
    let batch: String = items.iter().map(|item| format!("{}\n", json!({ "id": item["id"], "item": item }))).collect();
    let articles = place.feed(&["normalise", "--batch"], &batch).json();
    assert_eq!(articles.len(), 3);
    assert_eq!(articles[0]["guid"], "pont");
    assert_eq!(articles[0]["headline"], "Un pont rouvre");
    let body = "Le pont du bourg rouvre lundi, et la mairie attend mille passages par jour.";
    assert_eq!(articles[0]["body"], body);
    let alone: Value = place.feed(&["normalise", "--format", "item"], &items[0].to_string()).json().remove(0);
    assert_eq!(alone["content_hash"], articles[0]["content_hash"]);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let place = Place::new();
    let feed = place.write("feed.xml", FEED);
    let mut running = place.start(&["parse", &feed]);
    drop(running.child().stdout.take());
    assert_eq!(running.child().wait().unwrap().code(), Some(0));
}
