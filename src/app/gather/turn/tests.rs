//! What follows from polls of each kind.

use super::*;
use crate::app::gather::sight::Sighted;
use crate::app::gather::sight::tests::{ADDRESS, at, definition};
use crate::article::{Digest, Order};
use crate::feed::Report;
use crate::fetch::FetchError;
use crate::schedule::{Ending, Hints, PollOutcome, Validators};
use serde_json::Value;

const PLACE: Place = Place { partition: 3, epoch: 7, item_bytes_max: 1 << 20, letter_bytes_max: 1 << 20 };

fn polled(state: FeedState, found: Found, hour: i64) -> Polled {
    let definition = definition(None);
    let job = Job {
        feed: definition.id,
        claim: Digest::of("claim", []),
        order: Order { epoch: 7, poll: 1 },
        definition: Arc::new(definition),
        state: Arc::new(state),
        address: ADDRESS.parse().unwrap(),
        began: at(hour),
    };
    let ending = Ending { outcome: PollOutcome::Changed, hints: Hints::default() };
    Polled { job, ending, found, permanent: None, wire_bytes: 0, time: at(hour) }
}

fn failed() -> Found {
    Found::Unanswered(FetchError::Status { status: 500, hints: Hints::default() })
}

fn known() -> FeedState {
    FeedState { first_good: Some(at(-200)), ..FeedState::default() }
}

fn after(failures: u32, last_good: i64) -> Scheduled {
    let polls = PollState { failures, last_good: Some(at(last_good)), ..PollState::default() };
    Scheduled { before: None, after: Finished { poll: Some(polls), host: None } }
}

fn kinds(records: &[Record]) -> Vec<String> {
    let kind = |record: &Record| {
        let value: Value = serde_json::from_slice(record.value.as_ref()?).ok()?;
        let kind = value.get("event_type").or_else(|| value.get("kind"))?;
        kind.as_str().map(str::to_owned)
    };
    records.iter().filter_map(kind).collect()
}

fn items(turn: &Turn) -> Vec<String> {
    let records: Vec<Record> = turn.settlement.items.iter().filter_map(|parcel| parcel.record.clone()).collect();
    kinds(&records)
}

fn keys(turn: &Turn) -> Vec<String> {
    turn.settlement.state.iter().map(|record| String::from_utf8_lossy(&record.key).into_owned()).collect()
}

#[test]
fn an_unchanged_feed_costs_one_light_record() {
    let turn = turn(polled(known(), Found::Nothing(Validators::default()), 0), &after(0, 0), &PLACE);
    assert_eq!(keys(&turn), [format!("poll:{}", definition(None).id)]);
    assert!(turn.settlement.items.is_empty() && turn.settlement.news.is_empty());
}

#[test]
fn new_validators_are_written_with_our_epoch() {
    let validators = Validators { etag: Some(b"\"2\"".to_vec()), last_modified: None };
    let turn = turn(polled(known(), Found::Nothing(validators.clone()), 0), &after(0, 0), &PLACE);
    assert_eq!((turn.state.validators.clone(), turn.state.epoch), (validators, 7));
    let heavy = turn.settlement.state.first().unwrap();
    assert_eq!((heavy.partition, keys(&turn).len()), (Some(3), 2));
    assert_eq!(FeedState::decode(heavy.value.as_ref().unwrap()).as_ref(), Some(&*turn.state));
}

#[test]
fn failing_is_announced_once_and_so_is_recovery() {
    let first = turn(polled(known(), failed(), 0), &after(2, -1), &PLACE);
    assert_eq!(kinds(&first.settlement.news), Vec::<String>::new());
    let third = turn(polled(known(), failed(), 0), &after(3, -1), &PLACE);
    assert_eq!(kinds(&third.settlement.news), ["news.feed.failing"]);
    let fourth = turn(polled(FeedState::clone(&third.state), failed(), 1), &after(4, -1), &PLACE);
    assert_eq!(kinds(&fourth.settlement.news), Vec::<String>::new());
    let well =
        turn(polled(FeedState::clone(&fourth.state), Found::Nothing(Validators::default()), 2), &after(0, 2), &PLACE);
    assert_eq!(kinds(&well.settlement.news), ["news.feed.recovered"]);
    assert_eq!(well.state.health, FeedHealth::Well);
}

#[test]
fn a_feed_without_a_good_poll_for_three_days_leaves_and_comes_back() {
    let lapsed = turn(polled(known(), failed(), 0), &after(9, -73), &PLACE);
    assert_eq!(items(&lapsed), ["left"]);
    let again = turn(polled(FeedState::clone(&lapsed.state), failed(), 1), &after(10, -74), &PLACE);
    assert_eq!(items(&again), Vec::<String>::new());
    let back =
        turn(polled(FeedState::clone(&again.state), Found::Nothing(Validators::default()), 2), &after(0, 2), &PLACE);
    assert_eq!(items(&back), ["back"]);
    assert!(!back.state.left);
}

#[test]
fn the_first_good_poll_lifts_what_was_said_of_an_earlier_registration() {
    let first = turn(polled(FeedState::default(), Found::Nothing(Validators::default()), 0), &after(0, 0), &PLACE);
    assert_eq!(items(&first), ["back"]);
}

#[test]
fn a_feed_that_never_showed_anything_cannot_leave() {
    let turn = turn(polled(FeedState::default(), failed(), 0), &after(9, -100), &PLACE);
    assert_eq!(items(&turn), Vec::<String>::new());
}

#[test]
fn three_times_gone_is_gone() {
    let mut scheduled = after(3, -1);
    scheduled.after.poll.as_mut().unwrap().gones = 3;
    let turn = turn(polled(known(), failed(), 0), &scheduled, &PLACE);
    assert_eq!(kinds(&turn.settlement.news), ["news.feed.gone"]);
    assert_eq!((items(&turn), turn.state.left), (vec!["left".to_owned()], true));
}

#[test]
fn a_failed_poll_keeps_what_was_known() {
    let validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    let before = FeedState { validators, ..known() };
    let turn = turn(polled(before.clone(), failed(), 0), &after(1, -1), &PLACE);
    assert_eq!(*turn.state, before);
    assert_eq!(keys(&turn).len(), 1);
}

#[test]
fn a_document_that_breaks_the_parser_is_kept_and_one_that_is_no_feed_is_not() {
    let unread = |error| Found::Unread(Unread { error, bytes: bytes::Bytes::from_static(b"<rss>") });
    let broke =
        turn(polled(known(), unread(crate::feed::ParseError::Panicked("index".to_owned())), 0), &after(1, -1), &PLACE);
    assert_eq!(kinds(&broke.settlement.news), ["news.dead_letter"]);
    let html = turn(polled(known(), unread(crate::feed::ParseError::Html), 0), &after(1, -1), &PLACE);
    assert_eq!(kinds(&html.settlement.news), Vec::<String>::new());
}

#[test]
fn items_carry_their_dead_letter() {
    let sighted =
        Sighted { observations: vec![crate::event::tests::observation()], state: known(), ..Sighted::default() };
    let reading = Reading { sighted, report: Report::default(), room: None };
    let turn = turn(polled(known(), Found::Document(Box::new(reading)), 0), &after(0, 0), &PLACE);
    assert_eq!((items(&turn), turn.items), (vec!["observed".to_owned()], 1));
    assert!(turn.settlement.items.first().unwrap().letter.is_some());
}

#[test]
fn of_an_item_that_fits_into_no_record_the_letter_goes() {
    let place = Place { item_bytes_max: 200, ..PLACE };
    let sighted =
        Sighted { observations: vec![crate::event::tests::observation()], state: known(), ..Sighted::default() };
    let reading = Reading { sighted, report: Report::default(), room: None };
    let turn = turn(polled(known(), Found::Document(Box::new(reading)), 0), &after(0, 0), &place);
    let parcel = turn.settlement.items.first().unwrap();
    assert_eq!((&parcel.record, parcel.letter.is_some()), (&None, true));
}
