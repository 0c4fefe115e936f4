//! Errors that only a mock can produce on demand, and the embedded broker.

use std::time::Duration;

use depeche::kafka::embedded::Broker;
use depeche::kafka::{
    CommitError, Expelled, From, Interest, Isolation, JudgeProducer, Member, Membership, Publisher, Record,
    RecordFault, SendError, Settings, Share, Source, Topic, admin,
};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::time::timeout;

use crate::broker::{PATIENCE, until_caught_up};

type Cluster = MockCluster<'static, DefaultProducerContext>;

fn cluster() -> (Cluster, Settings) {
    let cluster = MockCluster::new(1).unwrap();
    let settings = Settings::for_broker(&cluster.bootstrap_servers(), "t.");
    for topic in Topic::ALL {
        cluster.create_topic(&settings.topic(*topic).name, settings.topic(*topic).partitions, 1).unwrap();
    }
    (cluster, settings)
}

async fn sent_with(error: RDKafkaRespErr) -> Result<i64, SendError> {
    let (cluster, settings) = cluster();
    let publisher = Publisher::new(&settings).unwrap();
    cluster.request_errors(RDKafkaApiKey::Produce, &[error]);
    publisher.send(Record::new(Topic::Items, "k", "v")).await.map(|receipt| receipt.offset)
}

#[tokio::test]
async fn a_send_fails_for_the_record_or_for_the_broker_or_is_repeated() {
    let too_large = sent_with(RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE).await;
    assert!(matches!(too_large, Err(SendError::Record(RecordFault::TooLarge))), "{too_large:?}");
    let denied = sent_with(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED).await;
    assert!(matches!(denied, Err(SendError::Broker(_))), "{denied:?}");
    let moved = sent_with(RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION).await;
    assert_eq!(moved.unwrap(), 0);
    let cut = sent_with(RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT).await;
    assert_eq!(cut.unwrap(), 0);
}

#[tokio::test]
async fn a_producer_that_failed_for_good_says_so() {
    let (cluster, settings) = cluster();
    let publisher = Publisher::new(&settings).unwrap();
    publisher.send(Record::new(Topic::Items, "k", "v")).await.unwrap();
    assert_eq!(publisher.failed(), None);
    cluster.request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER]);
    let refused = timeout(PATIENCE, publisher.send(Record::new(Topic::Items, "k", "v"))).await.unwrap();
    assert!(matches!(refused, Err(SendError::Broker(_))), "{refused:?}");
    assert!(publisher.failed().is_some());
}

fn committed_with(key: RDKafkaApiKey, error: RDKafkaRespErr) -> Result<(), CommitError> {
    let (cluster, settings) = cluster();
    let mut judge = JudgeProducer::init(&settings).unwrap();
    cluster.request_errors(key, &[error]);
    judge.commit(&[Record::new(Topic::Articles, "a", "x"), Record::new(Topic::ArticleState, "a", "y")]).map(drop)
}

#[test]
fn a_commit_tells_fenced_record_and_broker_apart() {
    let fenced = committed_with(RDKafkaApiKey::EndTxn, RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    assert!(matches!(fenced, Err(CommitError::Fenced)), "{fenced:?}");
    let denied = committed_with(RDKafkaApiKey::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert!(matches!(denied, Err(CommitError::Broker(_))), "{denied:?}");
    let policy = committed_with(RDKafkaApiKey::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_POLICY_VIOLATION);
    assert!(matches!(policy, Err(CommitError::Broker(_))), "{policy:?}");
    let invalid = committed_with(RDKafkaApiKey::Produce, RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD);
    assert!(matches!(invalid, Err(CommitError::Record { fault: RecordFault::Invalid, .. })), "{invalid:?}");
    let cut = committed_with(RDKafkaApiKey::EndTxn, RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT);
    assert!(cut.is_ok(), "an answer that is lost is asked for again: {cut:?}");
}

#[tokio::test]
async fn the_embedded_broker_takes_and_gives_records_on_the_same_code_path() {
    let configured = Settings::for_broker("", "demo.");
    let broker = Broker::start(&configured).unwrap();
    let settings = broker.settings(&configured);
    let publisher = Publisher::new(&settings).unwrap();
    let now = depeche::app::clock::now().timestamp_millis();
    let receipt = publisher.send(Record::new(Topic::Items, "f", "item")).await.unwrap();
    assert!(receipt.time_ms >= now, "it shows our own clock: {}", receipt.time_ms);
    let read = tokio::task::spawn_blocking(move || {
        let mut judge = JudgeProducer::init(&settings).unwrap();
        judge.commit(&[Record::new(Topic::Articles, "a", "article").to_partition(0)]).unwrap();
        let mut source = Source::new(&settings, Isolation::Committed);
        source.follow(Topic::Items, 0, From::Beginning).unwrap();
        source.follow(Topic::Articles, 0, From::Beginning).unwrap();
        let mut records = until_caught_up(&mut source).0;
        records.extend(until_caught_up(&mut source).0);
        records
    });
    let mut values = crate::broker::values(&read.await.unwrap());
    values.sort();
    assert_eq!(values, ["article", "item"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_while_the_broker_is_away_loses_everything() {
    let cluster = MockCluster::new(1).unwrap();
    let mut settings = Settings::for_broker(&cluster.bootstrap_servers(), "t.");
    settings.session_timeout = Duration::from_secs(6);
    for topic in [Topic::Feeds, Topic::Items] {
        cluster.create_topic(&settings.topic(topic).name, 1, 1).unwrap();
    }
    let (member, mut events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    let all = [Share::Feeds(0), Share::Items];
    assert!(matches!(events.recv().await, Some(Membership::Assigned(shares)) if shares == all));
    assert_eq!(member.confirm(Share::Items).await, Ok(()));
    cluster.broker_down(1).unwrap();
    let lost = timeout(PATIENCE, events.recv()).await.unwrap();
    assert!(matches!(lost, Some(Membership::Lost(ref shares)) if *shares == all), "{lost:?}");
    assert_eq!(member.confirm(Share::Items).await, Err(Expelled::NotOurs));
    cluster.broker_up(1).unwrap();
    let again = timeout(PATIENCE, events.recv()).await.unwrap();
    assert!(matches!(again, Some(Membership::Assigned(ref shares)) if *shares == all), "{again:?}");
}

#[test]
fn the_embedded_broker_needs_no_topics_created_and_is_sound() {
    let configured = Settings::for_broker("", "demo.");
    let broker = Broker::start(&configured).unwrap();
    let mut settings = broker.settings(&configured);
    assert_eq!(admin::create(&settings).unwrap(), Vec::<String>::new());
    assert_eq!(admin::verify(&mut settings).unwrap().warnings, Vec::<String>::new());
}
