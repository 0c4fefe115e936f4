//! Receipts, and the bound on what is held for a broker that is away.

use std::sync::Arc;
use std::time::Duration;

use depeche::kafka::{Publisher, Record, SendError, Settings, Topic};

use crate::broker;

#[tokio::test]
async fn a_receipt_tells_partition_offset_and_the_brokers_time() {
    let settings = tokio::task::spawn_blocking(|| broker::installed("receipt")).await.unwrap();
    let publisher = Publisher::new(&settings).unwrap();
    let before = depeche::app::clock::now().timestamp_millis();
    let first = publisher.send(Record::new(Topic::FeedState, "claim:1", "{}").to_partition(7)).await.unwrap();
    let second = publisher.send(Record::tombstone(Topic::FeedState, "claim:1").to_partition(7)).await.unwrap();
    let after = depeche::app::clock::now().timestamp_millis();
    assert_eq!((first.partition, first.offset, second.offset), (7, 0, 1));
    assert!((before..=after).contains(&first.time_ms), "{before} {} {after}", first.time_ms);
    assert_eq!(publisher.unacknowledged().records, 0);
    assert!(publisher.last_ack().is_some());
    assert!(settings.health.reachable());
}

#[tokio::test]
async fn a_key_finds_the_partition_that_java_clients_would_choose() {
    let settings = tokio::task::spawn_blocking(|| broker::installed("murmur")).await.unwrap();
    let publisher = Publisher::new(&settings).unwrap();
    // The positive murmur2 hash of the key, as Java's clients compute it, modulo the two partitions.
    for (key, partition) in [("kafka", 0), ("depeche", 1), ("a1", 1)] {
        let receipt = publisher.send(Record::new(Topic::Articles, key, "x")).await.unwrap();
        assert_eq!(receipt.partition, partition, "{key}");
    }
}

#[tokio::test]
async fn what_is_held_is_bounded_while_the_broker_is_away() {
    let mut settings = Settings::for_broker("127.0.0.1:1", "t.");
    settings.outage_bytes_max = 8 * 1024;
    let publisher = Arc::new(Publisher::new(&settings).unwrap());
    assert_eq!(publisher.bytes_max(), 8 * 1024);
    let send = || {
        let publisher = Arc::clone(&publisher);
        tokio::spawn(async move { publisher.send(Record::new(Topic::Items, "k", vec![0; 3_900])).await })
    };
    let sends = [send(), send(), send()];
    tokio::time::sleep(Duration::from_millis(200)).await;
    let held = publisher.unacknowledged();
    assert_eq!(held.records, 2, "the third waits for room");
    assert!(held.bytes <= publisher.bytes_max(), "{held:?}");
    assert!(sends.iter().all(|send| !send.is_finished()));
    for send in sends {
        send.abort();
    }
}

#[tokio::test]
async fn a_record_that_does_not_fit_is_refused_before_it_is_sent() {
    let settings = Settings::for_broker("127.0.0.1:1", "t.");
    let publisher = Publisher::new(&settings).unwrap();
    let refused = publisher.send(Record::new(Topic::Feeds, "k", vec![0; 2_000_000])).await;
    assert!(matches!(refused, Err(SendError::Record(_))), "{refused:?}");
}

#[tokio::test]
async fn draining_waits_for_every_receipt() {
    let settings = tokio::task::spawn_blocking(|| broker::installed("drain")).await.unwrap();
    let publisher = Arc::new(Publisher::new(&settings).unwrap());
    for n in 0..500 {
        let publisher = Arc::clone(&publisher);
        tokio::spawn(async move { publisher.send(Record::new(Topic::Items, "k", n.to_string())).await });
    }
    tokio::task::yield_now().await;
    publisher.drain().await;
    assert_eq!(publisher.unacknowledged().records, 0);
}
