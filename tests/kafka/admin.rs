//! Topics are created as planned, verified, and refused with a sentence that names the command.

use std::time::Duration;

use depeche::kafka::admin::{self, AdminError};
use depeche::kafka::{Settings, Topic};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};

use crate::broker;

/// Creates a topic behind the back of our own code.
#[tokio::main(flavor = "current_thread")]
async fn create_otherwise(settings: &Settings, topic: Topic, partitions: i32, configs: &[(&str, &str)]) {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", &settings.bootstrap_servers);
    let client: AdminClient<_> = client.create().unwrap();
    let new = NewTopic::new(&settings.topic(topic).name, partitions, TopicReplication::Fixed(1));
    let new = configs.iter().fold(new, |new, (key, value)| new.set(key, value));
    client.create_topics([&new], &AdminOptions::new()).await.unwrap()[0].clone().unwrap();
}

#[test]
fn plan_create_verify_and_nothing_to_do_the_second_time() {
    let mut settings = broker::fresh("admin");
    let plan = admin::plan(&settings).unwrap();
    assert_eq!((plan.missing.len(), plan.commands.len(), plan.present.len()), (8, 8, 0));
    assert!(matches!(admin::verify(&mut settings), Err(AdminError::Missing { topics, .. }) if topics.len() == 8));

    assert_eq!(admin::create(&settings).unwrap().len(), 8);
    assert_eq!(admin::verify(&mut settings).unwrap().warnings, Vec::<String>::new());
    assert_eq!(admin::create(&settings).unwrap(), Vec::<String>::new());
    assert_eq!(admin::plan(&settings).unwrap().missing, Vec::new());
}

#[test]
fn counts_and_limits_are_taken_as_found() {
    let mut settings = broker::fresh("found");
    create_otherwise(
        &settings,
        Topic::Articles,
        3,
        &[("message.timestamp.type", "LogAppendTime"), ("max.message.bytes", "2000000")],
    );
    admin::create(&settings).unwrap();
    admin::verify(&mut settings).unwrap();
    assert_eq!(settings.topic(Topic::Articles).partitions, 3);
    assert_eq!(settings.topic(Topic::Articles).max_message_bytes, 2_000_000);
    assert_eq!(settings.topic(Topic::Items).max_message_bytes, 4 * 1024 * 1024);
}

#[test]
fn a_wrong_cleanup_policy_and_clock_are_one_clear_error() {
    let mut settings = broker::fresh("wrong");
    create_otherwise(&settings, Topic::Items, 1, &[("cleanup.policy", "compact")]);
    admin::create(&settings).unwrap();
    let error = admin::verify(&mut settings).unwrap_err();
    let AdminError::Unsound(faults) = &error else { panic!("{error:?}") };
    assert_eq!(faults.len(), 2, "{faults:?}");
    let name = &settings.topic(Topic::Items).name;
    assert!(faults[0].starts_with(&format!("topic `{name}` has cleanup.policy=compact but must have delete")));
    assert!(faults[0].contains("run kafka-configs.sh --bootstrap-server"));
    assert!(faults[1].contains("message.timestamp.type=CreateTime"));
}

#[test]
fn two_partitions_of_items_are_refused() {
    let mut settings = broker::fresh("two");
    create_otherwise(&settings, Topic::Items, 2, &[("message.timestamp.type", "LogAppendTime")]);
    admin::create(&settings).unwrap();
    let error = admin::verify(&mut settings).unwrap_err().to_string();
    assert!(error.contains("has 2 partitions but must have 1"), "{error}");
}

#[test]
fn a_broker_that_is_not_there_is_unreachable() {
    let mut settings = Settings::for_broker("127.0.0.1:1", "t.");
    let error = admin::verify(&mut settings).unwrap_err();
    assert!(matches!(error, AdminError::Client(ref client) if client.reason() == "unreachable"), "{error:?}");
    assert!(!settings.health.reachable());
    settings.session_timeout = Duration::from_secs(6);
}
