//! What is sent of a document, and what is not.

use super::*;
use crate::app::gather::state::FeedState;
use crate::feed::{Document, Limits, feed_id, parse};

pub(in crate::app::gather) const ADDRESS: &str = "https://feeds.news.example/rss?token=hush&page=2";
const WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);

pub(in crate::app::gather) fn at(hour: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + hour * 3600, 0).unwrap()
}

pub(in crate::app::gather) fn definition(backlog: Option<Backlog>) -> Definition {
    Definition {
        url: ADDRESS.to_owned(),
        publisher: Some("The News".to_owned()),
        country: Some("IE".to_owned()),
        tags: vec!["region".to_owned()],
        backlog,
        paused: false,
        ..Definition::removed(feed_id(ADDRESS).unwrap())
    }
}

/// A feed document: guid, title and hour of each entry.
fn rss(entries: &[(&str, &str, i64)]) -> String {
    let items: String = entries
        .iter()
        .map(|(guid, title, hour)| {
            let date = at(*hour).to_rfc2822();
            format!(
                "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>\
                 <link>https://news.example/{guid}</link><pubDate>{date}</pubDate>\
                 <description>All about {title}.</description></item>"
            )
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>The News</title><link>https://www.news.example/</link>\
         <language>en</language>{items}</channel></rss>"
    )
}

fn seen(document: &str, state: &FeedState, backlog: Option<Backlog>, hour: i64) -> Sighted {
    let address = ADDRESS.parse().unwrap();
    let bytes = document.as_bytes();
    let parsed = parse(Document { bytes, content_type: None, base: Some(&address) }, &Limits::default()).unwrap();
    let poll = Poll {
        definition: &definition(backlog),
        state,
        address: &address,
        order: Order { epoch: 5, poll: 1 },
        fetched: Fetched { time: at(hour), status: 200 },
        backlog: Backlog::Younger(Duration::from_secs(24 * 3600)),
        window: WINDOW,
    };
    sight(parsed, &poll)
}

fn showings(sighted: &Sighted) -> Vec<Showing> {
    sighted.observations.iter().map(|observation| observation.showing).collect()
}

#[test]
fn the_backlog_rule_holds_at_the_first_poll_only() {
    let document = rss(&[("new", "Bridge reopens", -2), ("old", "Bridge closes", -48)]);
    let fresh = FeedState::default();
    let first = |backlog| showings(&seen(&document, &fresh, backlog, 0));
    assert_eq!(first(None), [Showing::Backlog, Showing::BacklogHeld]);
    assert_eq!(first(Some(Backlog::Publish)), [Showing::Backlog, Showing::Backlog]);
    assert_eq!(first(Some(Backlog::Remember)), [Showing::BacklogHeld, Showing::BacklogHeld]);
    let known = FeedState { first_good: Some(at(-1)), ..FeedState::default() };
    assert_eq!(showings(&seen(&document, &known, None, 0)), [Showing::Live, Showing::Live]);
}

#[test]
fn what_was_shown_unchanged_is_not_sent_again() {
    let entries = [("a", "Bridge reopens", -2), ("b", "Library opens", -1)];
    let first = seen(&rss(&entries), &FeedState::default(), None, 0);
    assert_eq!((first.parsed, first.shown_before, first.observations.len()), (2, 0, 2));
    assert!(first.observations.iter().all(|observation| !observation.shown_before));
    let again = seen(&rss(&entries), &first.state, None, 1);
    assert_eq!((again.parsed, again.shown_before, again.observations.len()), (2, 2, 0));
    let edited = seen(&rss(&[("a", "Bridge closes again", -2), ("b", "Library opens", -1)]), &again.state, None, 2);
    assert_eq!((edited.shown_before, edited.observations.len()), (1, 1));
    assert!(edited.observations.first().unwrap().shown_before);
}

#[test]
fn an_empty_document_between_two_full_ones_forgets_nothing() {
    let entries = [("a", "Bridge reopens", -2)];
    let first = seen(&rss(&entries), &FeedState::default(), None, 0);
    let empty = seen(&rss(&[]), &first.state, None, 1);
    assert_eq!(empty.parsed, 0);
    assert_eq!(seen(&rss(&entries), &empty.state, None, 2).observations, []);
}

#[test]
fn after_a_zombie_all_is_sent_once_more_as_shown_before() {
    let entries = [("a", "Bridge reopens", -2), ("b", "Library opens", -1)];
    let mut state = seen(&rss(&entries), &FeedState::default(), None, 0).state;
    state.distrust();
    let again = seen(&rss(&entries), &state, None, 1);
    assert!(again.observations.len() == 2 && again.observations.iter().all(|observation| observation.shown_before));
}

#[test]
fn an_entry_still_shown_is_sent_again_within_half_the_window() {
    let entries = [("a", "Bridge reopens", -2), ("b", "Library opens", -1)];
    let mut state = seen(&rss(&entries), &FeedState::default(), None, 0).state;
    let mut renewed = 0;
    for day in 1..=16 {
        let again = seen(&rss(&entries), &state, None, day * 24);
        renewed += again.observations.len();
        state = again.state;
    }
    assert!((2..=4).contains(&renewed), "{renewed}");
}

#[test]
fn the_same_entry_twice_in_a_document_is_one() {
    let twice = [("a", "Bridge reopens", -2), ("a", "Bridge reopens", -2)];
    let sighted = seen(&rss(&twice), &FeedState::default(), None, 0);
    assert_eq!((sighted.parsed, sighted.shown_before, sighted.observations.len()), (2, 1, 1));
}

#[test]
fn labels_reach_the_observation_and_secrets_do_not() {
    let sighted = seen(&rss(&[("a", "Bridge reopens", -2)]), &FeedState::default(), None, 0);
    let feed = &sighted.observations.first().unwrap().feed;
    assert_eq!(feed.publisher.as_deref(), Some("The News"));
    assert_eq!(feed.language.as_deref(), Some("en"));
    assert_eq!(feed.own_domains, ["news.example"]);
    assert!(!feed.url.contains("hush") && feed.url.contains("page=2"), "{}", feed.url);
}

#[test]
fn addresses_are_shown_without_secrets() {
    let check = |address: &str, expected: &str| {
        assert_eq!(public_address(&address.parse().unwrap()), expected);
    };
    check("https://a.example/rss", "https://a.example/rss");
    check("https://me:secret@a.example/rss", "https://a.example/rss");
    check("https://a.example/rss?API_KEY=1&x=2", "https://a.example/rss?API_KEY=%E2%80%A6&x=2");
    check("https://a.example/rss?", "https://a.example/rss");
}
