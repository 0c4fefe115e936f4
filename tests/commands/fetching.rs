//! Commands that ask a server of the test's own: `try`, `parse URL`, `health`, and a broker that is not there.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::page::{FEED, serve};
use crate::program::{Place, json};

/// An address at which nobody listens.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn a_feed_is_tried_to_the_events_that_it_would_give() {
    let place = Place::on_loopback();
    let url = format!("{}/rss", serve("200 OK", FEED));
    let tried = place.run(&["try", &url]);
    let lines: Vec<&str> = tried.out.lines().collect();
    assert_eq!((tried.code, lines.len()), (Some(0), 2), "{tried:?}");
    assert!(lines[0].contains(" new ") && lines[0].ends_with("Un pont rouvre"), "{tried:?}");
    for words in ["format rss2", "3 entries", "2 events would be published: 2 new, 1 repeat"] {
        assert!(tried.err.contains(words), "{words}: {}", tried.err);
    }
    assert!(tried.err.lines().any(|line| line.starts_with("not published: La crue baisse: ")), "{}", tried.err);

    let events = place.run(&["try", &url, "--json"]).json();
    assert_eq!(events.len(), 2);
    let first = &events[0];
    assert_eq!(first["specversion"], "1.0");
    assert_eq!(first["type"], "news.article.created");
    assert_eq!((&first["data"]["revision"], &first["data"]["backlog"]), (&json!(1), &json!(true)));
    assert_eq!(first["data"]["links"]["canonical"], "https://fanal.example/pont");

    // What the steps do one by one is what they do together.
    let parsed = place.run(&["parse", &url]).json();
    let item = parsed[0]["items"][0].to_string();
    let article = place.feed(&["normalise", "--format", "item"], &item).json().remove(0);
    for fact in ["headline", "body", "content_hash", "published", "guid", "normaliser"] {
        assert_eq!(article[fact], first["data"][fact], "{fact}");
    }
}

#[test]
fn what_cannot_be_tried_is_said_in_a_sentence() {
    let place = Place::on_loopback();
    let check = |place: &Place, url: &str, words: &str| {
        let said = place.run(&["try", url]).failed(1);
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    };
    check(&place, &serve("200 OK", "<!doctype html><html></html>"), "a web page, not a feed");
    check(&place, &serve("200 OK", ""), "no feed");
    check(&place, &serve("404 Not Found", ""), "status 404");
    check(&place, &format!("http://{}/", nobody()), "no connection");
    check(&Place::new(), &serve("200 OK", FEED), "not a public one");
}

#[test]
fn an_address_is_parsed_like_a_file() {
    let place = Place::on_loopback();
    let (good, gone) = (serve("200 OK", FEED), serve("410 Gone", ""));
    let ended = place.run(&["parse", &good, &gone]);
    assert_eq!(ended.code, Some(1));
    let lines = json(&ended.out);
    assert_eq!(lines[0]["items"].as_array().unwrap().len(), 3);
    assert_eq!(lines[1], json!({ "source": gone, "error": "status 410" }));
}

#[test]
fn a_daemon_is_alive_when_it_says_so() {
    let (well, ill) = (serve("200 OK", "ok"), serve("503 Service Unavailable", ""));
    Place::new().run(&["health", &format!("{well}/livez")]).ok();
    assert!(Place::new().run(&["health", &format!("{ill}/livez")]).failed(1).contains("503"));
    let listen = Place::new().with("DEPECHE__HTTP__LISTEN", well.strip_prefix("http://").unwrap());
    listen.run(&["health"]).ok();
    Place::new().with("DEPECHE__HTTP__LISTEN", &nobody()).run(&["health"]).failed(1);
}

#[test]
fn a_broker_that_is_away_is_one_sentence_after_a_while() {
    let address = nobody();
    let place = Place::new().with("DEPECHE__KAFKA__BOOTSTRAP_SERVERS", &address);
    let begun = Instant::now();
    let said = place.run(&["feeds", "list"]).failed(1);
    assert_eq!(said, format!("depeche: no broker answers at `{address}` (kafka.bootstrap_servers)\n"));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
