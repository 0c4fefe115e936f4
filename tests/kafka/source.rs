//! Reading from offsets of our choice: restore, ends behind aborted transactions, gaps.

use std::time::{Duration, Instant};

use depeche::kafka::{
    From, Isolation, JudgeProducer, Publisher, Read, Reader, Record, Settings, Source, Tagged, Topic,
};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use crate::broker::{self, FEEDS, PATIENCE, read_all, until_caught_up, values};

fn item(n: usize) -> Record {
    Record::new(Topic::Items, "feed", n.to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn publish(settings: &Settings, records: impl IntoIterator<Item = Record>) {
    let publisher = Publisher::new(settings).unwrap();
    let sends = records.into_iter().map(|record| publisher.send(record));
    for receipt in futures_util::future::join_all(sends).await {
        receipt.unwrap();
    }
}

fn next(source: &mut Source) -> Read {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(read) = source.poll(Duration::from_millis(100)) {
            return read;
        }
    }
    panic!("nothing came");
}

/// Writes through another transactional producer and aborts: its traces stay in the partition.
fn abort_some(settings: &Settings, topic: Topic) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.bootstrap_servers).set("transactional.id", settings.group());
    let producer: BaseProducer = config.create().unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    let name = &settings.topic(topic).name;
    for _ in 0..10 {
        producer.send(BaseRecord::to(name).key("k").payload("aborted").partition(0)).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    producer.abort_transaction(PATIENCE).unwrap();
}

#[test]
fn what_was_aborted_is_not_read_and_does_not_hide_the_end() {
    let settings = broker::installed("abort");
    let mut judge = JudgeProducer::init(&settings).unwrap();
    judge.commit(&[Record::new(Topic::ArticleState, "a", "kept")]).unwrap();
    abort_some(&settings, Topic::ArticleState);

    let (committed, end) = read_all(&settings, Isolation::Committed, Topic::ArticleState, 0);
    assert_eq!(values(&committed), ["kept"]);
    assert_eq!(end, 13, "a record, its mark, ten aborted and their mark");
    let (all, _) = read_all(&settings, Isolation::Uncommitted, Topic::ArticleState, 0);
    assert_eq!(all.len(), 11);
}

#[test]
fn only_traces_of_a_transaction_are_an_end_too() {
    let settings = broker::installed("traces");
    abort_some(&settings, Topic::ArticleState);
    let (records, end) = read_all(&settings, Isolation::Committed, Topic::ArticleState, 0);
    assert_eq!((records.len(), end), (0, 11));
}

#[test]
fn an_empty_partition_is_caught_up_at_once() {
    let settings = broker::installed("empty");
    assert_eq!(read_all(&settings, Isolation::Uncommitted, Topic::Items, 0), (Vec::new(), 0));
}

#[test]
fn reading_starts_where_it_is_told_and_goes_on_live() {
    let settings = broker::installed("start");
    publish(&settings, (0..5).map(item));
    let mut source = Source::new(&settings, Isolation::Uncommitted);
    assert_eq!(source.watermarks(Topic::Items, 0).unwrap(), (0, 5));

    source.follow(Topic::Items, 0, From::Offset(3)).unwrap();
    let (records, end) = until_caught_up(&mut source);
    assert_eq!((values(&records), end), (vec!["3".to_owned(), "4".to_owned()], 5));
    let time = records[1].time_ms;

    source.follow(Topic::Items, 0, From::End).unwrap();
    assert!(matches!(next(&mut source), Read::CaughtUp { next: 5, .. }));
    publish(&settings, [item(5)]);
    assert!(matches!(next(&mut source), Read::Record(record) if record.offset == 5));

    source.follow(Topic::Items, 0, From::Time(time + 1)).unwrap();
    let (records, _) = until_caught_up(&mut source);
    assert_eq!(values(&records), ["5"]);

    source.stop(Topic::Items, 0);
    publish(&settings, [item(6)]);
    assert!(source.poll(Duration::from_millis(300)).is_none());
}

#[test]
fn two_topics_are_read_side_by_side() {
    let settings = broker::installed("side");
    publish(&settings, (0..3).map(item));
    publish(&settings, [Record::new(Topic::Feeds, "f", "0").to_partition(0)]);
    let mut source = Source::new(&settings, Isolation::Uncommitted);
    source.follow(Topic::Items, 0, From::Beginning).unwrap();
    for partition in 0..FEEDS {
        source.follow(Topic::Feeds, partition, From::Beginning).unwrap();
    }
    let (first, _) = until_caught_up(&mut source);
    let mut records = first.len();
    for _ in 0..FEEDS {
        records += until_caught_up(&mut source).0.len();
    }
    assert_eq!(records, 4);
}

#[test]
fn an_offset_beyond_the_end_is_gone() {
    let settings = broker::installed("beyond");
    publish(&settings, (0..2).map(item));
    let mut source = Source::new(&settings, Isolation::Uncommitted);
    source.follow(Topic::Items, 0, From::Offset(50)).unwrap();
    assert!(matches!(next(&mut source), Read::Gone { wanted: 50, start: 0, end: 2, .. }));
    let mut source = Source::new(&settings, Isolation::Committed);
    source.follow(Topic::Items, 0, From::Offset(50)).unwrap();
    assert!(matches!(next(&mut source), Read::CaughtUp { .. }));
    assert!(matches!(next(&mut source), Read::Gone { wanted: 50, start: 0, end: 2, .. }));
}

#[tokio::main(flavor = "current_thread")]
async fn delete_below(settings: &Settings, offset: i64) {
    let mut config = ClientConfig::new();
    let admin: AdminClient<_> = config.set("bootstrap.servers", &settings.bootstrap_servers).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&settings.topic(Topic::Items).name, 0, Offset::Offset(offset)).unwrap();
    admin.delete_records(&list, &AdminOptions::new()).await.unwrap();
}

#[test]
fn an_offset_whose_record_was_deleted_is_gone() {
    let settings = broker::installed("deleted");
    publish(&settings, (0..10).map(item));
    delete_below(&settings, 6);
    let mut source = Source::new(&settings, Isolation::Uncommitted);
    source.follow(Topic::Items, 0, From::Offset(2)).unwrap();
    assert!(matches!(next(&mut source), Read::Gone { wanted: 2, start: 6, end: 10, .. }));
    let (records, _) = read_all(&settings, Isolation::Uncommitted, Topic::Items, 0);
    assert_eq!(values(&records), ["6", "7", "8", "9"]);
}

#[test]
fn many_records_are_restored_in_order() {
    let settings = broker::installed("restore");
    publish(&settings, (0..20_000).map(item));
    let (records, end) = read_all(&settings, Isolation::Uncommitted, Topic::Items, 0);
    assert_eq!((records.len(), end), (20_000, 20_000));
    assert!(records.windows(2).all(|pair| pair[0].offset + 1 == pair[1].offset));
}

#[tokio::test]
async fn a_reader_obeys_commands_and_stops_when_dropped() {
    let settings = tokio::task::spawn_blocking(|| {
        let settings = broker::installed("reader");
        publish(&settings, (0..3).map(item));
        settings
    });
    let settings = settings.await.unwrap();
    let (reader, mut reads) = Reader::spawn(&settings, Isolation::Uncommitted, 1).unwrap();
    assert_eq!(reader.watermarks(Topic::Items, 0).await.unwrap(), (0, 3));
    reader.follow(Topic::Items, 0, From::Offset(1), 7);
    for expected in [1, 2] {
        assert!(
            matches!(reads.recv().await, Some(Tagged { tag: 7, read: Read::Record(record) }) if record.offset == expected)
        );
    }
    assert!(matches!(reads.recv().await, Some(Tagged { tag: 7, read: Read::CaughtUp { next: 3, .. } })));
    reader.stop(Topic::Items, 0);
    drop(reader);
    assert!(reads.recv().await.is_none());
}
