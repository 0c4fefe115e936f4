//! Where the real broker is, and small steps that the tests share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use depeche::kafka::{From, Isolation, Read, Settings, Source, Stored, Topic, admin};

/// Long enough for a slow machine; nothing waits this long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Partitions of feeds.
pub(crate) const FEEDS: i32 = 8;

/// `host:port` of the broker. Without one the test fails: a test that was not run must not pass.
pub(crate) fn address() -> String {
    std::env::var("DEPECHE_TEST_BROKER").expect(
        "these tests need a real Apache Kafka: run ./tests/run, which starts one, or set DEPECHE_TEST_BROKER=host:port",
    )
}

/// Settings of an installation that nothing else uses.
pub(crate) fn fresh(name: &str) -> Settings {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let now = depeche::app::clock::now().timestamp_millis();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut settings = Settings::for_broker(&address(), &format!("{name}-{now}-{number}."));
    settings.session_timeout = Duration::from_secs(6);
    // One small broker carries the topics of all tests, so each has few partitions.
    for topic in [Topic::Feeds, Topic::FeedState] {
        settings.found(topic, FEEDS, None);
    }
    for topic in [Topic::Articles, Topic::Duplicates, Topic::FeedEvents, Topic::DeadLetters] {
        settings.found(topic, 2, None);
    }
    settings
}

/// The same, with its topics.
pub(crate) fn installed(name: &str) -> Settings {
    let mut settings = fresh(name);
    admin::create(&settings).unwrap();
    admin::verify(&mut settings).unwrap();
    settings
}

/// Everything in a partition, and where reading goes on.
pub(crate) fn read_all(settings: &Settings, isolation: Isolation, topic: Topic, partition: i32) -> (Vec<Stored>, i64) {
    let mut source = Source::new(settings, isolation);
    source.follow(topic, partition, From::Beginning).unwrap();
    until_caught_up(&mut source)
}

/// What comes until the source has caught up.
pub(crate) fn until_caught_up(source: &mut Source) -> (Vec<Stored>, i64) {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while Instant::now() < deadline {
        match source.poll(Duration::from_millis(100)) {
            Some(Read::Record(record)) => records.push(*record),
            Some(Read::CaughtUp { next, .. }) => return (records, next),
            Some(read @ (Read::Gone { .. } | Read::Failed { .. })) => panic!("{read:?}"),
            None => {}
        }
    }
    panic!("not caught up, {} records read", records.len());
}

/// Values as text.
pub(crate) fn values(records: &[Stored]) -> Vec<String> {
    let text = |record: &Stored| String::from_utf8(record.value.clone().unwrap_or_default()).unwrap();
    records.iter().map(text).collect()
}
