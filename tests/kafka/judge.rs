//! The judge's transactions: all or nothing, and only from the newest judge.

use depeche::kafka::{CommitError, Isolation, JudgeProducer, Record, RecordFault, Topic};

use crate::broker::{self, read_all, values};

fn article(text: &str) -> Record {
    Record::new(Topic::Articles, "a", text).to_partition(0)
}

fn state(text: &str) -> Record {
    Record::new(Topic::ArticleState, "position", text)
}

#[test]
fn a_batch_is_visible_as_a_whole() {
    let settings = broker::installed("batch");
    let mut judge = JudgeProducer::init(&settings).unwrap();
    let headers = vec![("ce_type".to_owned(), b"news.article.created".to_vec())];
    let batch = [article("one").with_headers(headers.clone()), state("1"), article("two")];
    assert_eq!(judge.commit(&batch).unwrap().records, 3);
    judge.commit(&[Record::tombstone(Topic::ArticleState, "old"), state("2")]).unwrap();

    let (articles, _) = read_all(&settings, Isolation::Committed, Topic::Articles, 0);
    assert_eq!(values(&articles), ["one", "two"]);
    assert_eq!(articles[0].headers, headers);
    let (states, next) = read_all(&settings, Isolation::Committed, Topic::ArticleState, 0);
    assert_eq!(states.iter().map(|record| record.value.is_none()).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(next, 5, "two commit marks lie between and behind the records");
}

#[test]
fn the_newer_judge_keeps_the_older_out() {
    let settings = broker::installed("fence");
    let mut old = JudgeProducer::init(&settings).unwrap();
    old.commit(&[article("old, in time")]).unwrap();
    let mut new = JudgeProducer::init(&settings).unwrap();
    assert!(matches!(old.commit(&[article("zombie"), state("9")]), Err(CommitError::Fenced)));
    new.commit(&[article("new")]).unwrap();

    let (articles, _) = read_all(&settings, Isolation::Committed, Topic::Articles, 0);
    assert_eq!(values(&articles), ["old, in time", "new"]);
    assert!(matches!(old.commit(&[article("again")]), Err(CommitError::Broker(_))), "a spent producer says so");
}

#[test]
fn a_record_that_does_not_fit_never_reaches_the_broker() {
    let settings = broker::installed("fit");
    let mut judge = JudgeProducer::init(&settings).unwrap();
    let too_large = "x".repeat(settings.topic(Topic::Articles).max_message_bytes);
    let error = judge.commit(&[article("companion"), article(&too_large)]).unwrap_err();
    assert!(matches!(error, CommitError::Record { index: 1, fault: RecordFault::TooLarge }), "{error:?}");

    drop(judge);
    let mut judge = JudgeProducer::init(&settings).unwrap();
    judge.commit(&[article("companion")]).unwrap();
    let (articles, _) = read_all(&settings, Isolation::Committed, Topic::Articles, 0);
    assert_eq!(values(&articles), ["companion"]);
}

#[test]
fn a_record_that_the_broker_refuses_spoils_its_batch_and_a_new_producer_goes_on() {
    let mut settings = broker::installed("refuse");
    // The real limit stays at 4 MiB, but our settings believe in more.
    settings.found(Topic::Articles, 2, Some(10_000_000));
    let mut judge = JudgeProducer::init(&settings).unwrap();
    judge.commit(&[article("before"), state("1")]).unwrap();
    let error = judge.commit(&[incompressible(6_000_000), state("2")]).unwrap_err();
    assert!(matches!(error, CommitError::Record { index: 0, fault: RecordFault::TooLarge }), "{error:?}");

    drop(judge);
    let mut judge = JudgeProducer::init(&settings).unwrap();
    judge.commit(&[article("after"), state("3")]).unwrap();
    let (articles, _) = read_all(&settings, Isolation::Committed, Topic::Articles, 0);
    assert_eq!(values(&articles), ["before", "after"]);
    let (states, _) = read_all(&settings, Isolation::Committed, Topic::ArticleState, 0);
    assert_eq!(values(&states), ["1", "3"], "nothing of the spoilt batch is visible");
}

/// An article that no codec makes smaller.
fn incompressible(len: usize) -> Record {
    let mut seed = 1_u64;
    let mut byte = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_le_bytes()[7]
    };
    Record::new(Topic::Articles, "a", (0..len).map(|_| byte()).collect::<Vec<u8>>()).to_partition(0)
}

#[test]
fn an_empty_key_is_a_key() {
    let settings = broker::installed("keyless");
    let mut judge = JudgeProducer::init(&settings).unwrap();
    judge.commit(&[Record::new(Topic::ArticleState, "", "x")]).unwrap();
}

#[test]
fn many_records_commit_in_one_transaction() {
    let settings = broker::installed("many");
    let mut judge = JudgeProducer::init(&settings).unwrap();
    let batch: Vec<Record> = (0..5_000).map(|n| article(&n.to_string())).collect();
    judge.commit(&batch).unwrap();
    // The broker answers a commit before readers see it; the next judge begins only when they do.
    let mut judge = JudgeProducer::init(&settings).unwrap();
    let (articles, _) = read_all(&settings, Isolation::Committed, Topic::Articles, 0);
    assert_eq!(articles.len(), 5_000);
    assert_eq!(articles[4_999].value.as_deref(), Some(b"4999".as_slice()));
    assert_eq!(judge.commit(&[]).unwrap().records, 0);
}
