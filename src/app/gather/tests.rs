//! The gatherer with a broker that never answers: what it is told, and what it then means to poll.

use toml::Table;

use super::sight::tests::definition;
use super::*;
use crate::app::daemon;
use crate::config::Config;
use crate::kafka::{Interest, Isolation};
use crate::schedule::{Entry, Host, PollState};

const PARTITION: i32 = 0;

fn gatherer() -> (Gatherer, mpsc::Receiver<Tagged>) {
    let (config, _) = Config::of(Table::new()).unwrap();
    // Nobody listens there.
    let kafka = kafka::Settings::for_broker("127.0.0.1:1", "test.");
    let (reader, reads) = Reader::spawn(&kafka, Isolation::Uncommitted, 8).unwrap();
    let links = Links {
        publisher: Arc::new(Publisher::new(&kafka).unwrap()),
        member: Arc::new(Member::join(&kafka, Interest::FeedsAndItems).unwrap().0),
        reader,
        tools: Arc::new(daemon::tools(&config).unwrap()),
        metrics: Arc::new(Metrics::new(clock::now()).unwrap()),
        status: Status::default(),
        kafka,
        outage_max: config.gather.outage_max,
    };
    (Gatherer::new(links, Schedule::new(config.polling)), reads)
}

fn claim() -> Digest {
    Digest::of("claim", [b"ours".as_slice()])
}

fn partition(phase: Phase) -> Partition {
    Partition {
        claim: claim(),
        epoch: 7,
        polls: 0,
        phase,
        settling: 0,
        closing: None,
        orphaned: false,
        feeds: BTreeSet::new(),
        later: BTreeSet::new(),
        ours: Arc::new(AtomicBool::new(true)),
    }
}

fn owner() -> (Gatherer, FeedId) {
    let (mut gatherer, _) = gatherer();
    gatherer.partitions.insert(PARTITION, partition(Phase::Owned));
    (gatherer, definition(None).id)
}

fn define(gatherer: &mut Gatherer, definition: &Definition) {
    gatherer.on_definition(PARTITION, definition.id, Some(&definition.encode()));
}

/// As if a poll's settlement were under way.
fn settling(gatherer: &mut Gatherer, feed: FeedId) {
    gatherer.schedule.pause(feed);
    gatherer.feeds.get_mut(&feed).unwrap().stage = Stage::Settling;
    gatherer.partitions.get_mut(&PARTITION).unwrap().settling += 1;
}

fn settle(gatherer: &mut Gatherer, feed: FeedId) {
    let state = Arc::clone(&gatherer.feeds[&feed].state);
    gatherer.on_settled(Settled {
        feed,
        partition: PARTITION,
        claim: claim(),
        state,
        tally: Tally::default(),
        fetched: None,
    });
}

#[tokio::test]
async fn a_feed_known_only_by_its_state_is_polled_once_it_is_wanted_again() {
    let (mut gatherer, _reads) = gatherer();
    gatherer.partitions.insert(PARTITION, partition(Phase::Cleaning));
    gatherer.partitions.get_mut(&PARTITION).unwrap().settling = 1;
    let wanted = definition(None);
    gatherer
        .insert(wanted.id, Feed::new(PARTITION, Definition::removed(wanted.id), FeedState::default(), Wanted::Removed));
    define(&mut gatherer, &wanted);
    gatherer.on_cleaned(PARTITION, claim());
    assert!(gatherer.schedule.due(wanted.id).is_some());
}

#[tokio::test]
async fn a_feed_whose_address_was_none_is_polled_once_it_is_mended() {
    let (mut gatherer, feed) = owner();
    define(&mut gatherer, &Definition { url: "no address".to_owned(), ..definition(None) });
    assert_eq!(gatherer.schedule.due(feed), None);
    define(&mut gatherer, &definition(None));
    assert!(gatherer.schedule.due(feed).is_some());
}

#[tokio::test]
async fn a_poll_asked_for_while_the_last_is_settled_is_made_afterwards() {
    let (mut gatherer, feed) = owner();
    define(&mut gatherer, &definition(None));
    settling(&mut gatherer, feed);
    let just_polled = PollState { last_poll: Some(clock::steady()), ..PollState::default() };
    let host = Host::named("news.example");
    let entry = Entry { feed, host, interval: None, epoch: 7, state: Some(just_polled) };
    gatherer.schedule.add(entry, clock::steady());
    gatherer.schedule.pause(feed);
    define(&mut gatherer, &Definition { poll_now: 1, ..definition(None) });
    settle(&mut gatherer, feed);
    assert!(gatherer.schedule.due(feed).is_some_and(|due| due <= clock::steady()));
    assert!(!gatherer.feeds[&feed].asked);
}

#[tokio::test]
async fn a_definition_of_a_later_version_stops_the_feed_also_while_it_is_settled() {
    let (mut gatherer, feed) = owner();
    define(&mut gatherer, &definition(None));
    settling(&mut gatherer, feed);
    gatherer.on_definition(PARTITION, feed, Some(br#"{"v":99}"#));
    settle(&mut gatherer, feed);
    assert_eq!(gatherer.schedule.due(feed), None);
    define(&mut gatherer, &definition(None));
    assert!(gatherer.schedule.due(feed).is_some());
    assert!(gatherer.skipped.is_empty());
}

#[tokio::test]
async fn what_was_skipped_is_no_longer_counted_when_it_goes() {
    let (mut gatherer, feed) = owner();
    gatherer.on_definition(PARTITION, feed, Some(br#"{"v":99}"#));
    assert_eq!(gatherer.skipped.len(), 1);
    gatherer.on_definition(PARTITION, feed, None);
    assert!(gatherer.skipped.is_empty());
    gatherer.on_definition(PARTITION, feed, Some(br#"{"v":99}"#));
    gatherer.drop_partition(PARTITION);
    assert!(gatherer.skipped.is_empty());
}

#[tokio::test]
async fn a_feed_with_state_of_a_later_version_is_left_alone_whatever_is_said_of_it() {
    let (mut gatherer, feed) = owner();
    gatherer.partitions.get_mut(&PARTITION).unwrap().later.insert(feed);
    define(&mut gatherer, &definition(None));
    gatherer.on_definition(PARTITION, feed, None);
    define(&mut gatherer, &definition(None));
    gatherer.on_tick();
    assert!(gatherer.feeds.is_empty() && gatherer.schedule.is_empty());
    assert_eq!(gatherer.skipped.len(), 1);
    let ready = gatherer.links.status.health(crate::app::status::Reached::Yes).ready;
    assert_eq!(ready, Err(vec!["feeds of a later version are skipped"]));
}

#[tokio::test]
async fn the_operators_new_address_counts_also_for_a_feed_that_had_moved() {
    let (mut gatherer, feed) = owner();
    define(&mut gatherer, &definition(None));
    gatherer.feeds.get_mut(&feed).unwrap().state = Arc::new(FeedState {
        registered: Some(definition(None).url),
        address: Some("https://moved.example/".to_owned()),
        ..FeedState::default()
    });
    define(&mut gatherer, &Definition { url: "https://wanted.example/".to_owned(), ..definition(None) });
    assert_eq!(gatherer.job(feed).unwrap().address.as_str(), "https://wanted.example/");
}
