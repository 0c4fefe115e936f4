//! The judge's seat with a broker that never answers.

use std::sync::mpsc::{self, Sender};
use std::time::Instant;

use toml::Table;

use super::*;
use crate::app::clock;
use crate::article::{ArticleId, Digest};
use crate::config::Config;
use crate::kafka::Interest;

fn judge() -> (Judge, Sender<Seat>) {
    let (config, _) = Config::of(Table::new()).unwrap();
    // Nobody listens there.
    let kafka = kafka::Settings::for_broker("127.0.0.1:1", "test.");
    let (orders, taken) = mpsc::channel();
    let links = Links {
        member: Arc::new(Member::join(&kafka, Interest::FeedsAndItems).unwrap().0),
        kafka,
        judge: config.judge,
        metrics: Arc::new(Metrics::new(clock::now()).unwrap()),
        status: Status::default(),
    };
    (Judge::new(links, taken), orders)
}

fn stored(name: &str, value: Option<&str>, offset: i64) -> Read {
    let key = ArticleId(Digest::of("test", [name.as_bytes()])).to_string().into_bytes();
    let value = value.map(|value| value.as_bytes().to_vec());
    let topic = Topic::ArticleState;
    Read::Record(Box::new(Stored { topic, partition: 0, offset, time_ms: 0, key, value, headers: Vec::new() }))
}

#[test]
fn a_later_record_of_the_key_lifts_what_stops_judging() {
    let (mut judge, _orders) = judge();
    judge.on_memory(stored("a", Some("{\"v\":99}"), 0));
    judge.on_memory(stored("b", Some("{"), 1));
    assert_eq!(judge.blocked.len(), 2);
    judge.on_memory(stored("b", None, 2));
    assert_eq!(judge.blocked.len(), 1);
    judge.on_memory(stored("a", None, 3));
    assert!(judge.blocked.is_empty());
}

#[test]
fn a_memory_read_anew_is_not_stopped_by_what_it_held_before() {
    let (mut judge, _orders) = judge();
    judge.on_memory(stored("a", Some("{\"v\":99}"), 0));
    judge.on_memory(Read::Gone { topic: Topic::ArticleState, partition: 0, wanted: 1, start: 5, end: 9 });
    assert!(judge.blocked.is_empty());
}

#[test]
fn nobody_is_put_out_who_was_given_the_seat_while_a_lane_failed() {
    let (mut judge, orders) = judge();
    judge.obey(Seat::Assigned);
    orders.send(Seat::Lost).unwrap();
    let begun = Instant::now();
    assert!(judge.lane().is_ok());
    assert!(begun.elapsed() < Duration::from_secs(5), "it tried to take over");
    assert_eq!(judge.seat, Held::Elsewhere);
}
