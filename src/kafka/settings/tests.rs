//! Both sections from TOML to settings, and the fault of each rule.

use super::*;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Both {
    kafka: RawKafka,
    topics: RawTopics,
}

fn read(toml: &str) -> (Option<Settings>, Vec<String>) {
    let both: Both = toml::from_str(toml).unwrap();
    let mut faults = Vec::new();
    (Settings::check(both.kafka, &both.topics, WINDOW, &mut faults), faults)
}

#[track_caller]
fn check_fault(toml: &str, expected: &str) {
    let (settings, faults) = read(toml);
    assert!(settings.is_none());
    assert!(faults.iter().any(|fault| fault.contains(expected)), "{faults:?}");
}

#[test]
fn an_empty_file_is_sound_and_names_no_broker() {
    let (settings, faults) = read("");
    assert_eq!(faults, Vec::<String>::new());
    let settings = settings.unwrap();
    assert!(!settings.names_a_broker());
    assert_eq!(settings.topic(Topic::Articles).name, "depeche.articles.v1");
    assert_eq!(settings.topic(Topic::ArticleState).retention, Some(Duration::from_secs(38 * 86_400)));
    assert_eq!(settings.transactional_id(), "depeche.judge");
}

#[test]
fn a_topic_may_have_another_name_count_and_retention() {
    let toml =
        "[topics.articles]\nname = \"news\"\npartitions = 3\nretention = \"90d\"\n[topics.items]\nretention = \"14d\"";
    let (settings, faults) = read(toml);
    assert_eq!(faults, Vec::<String>::new());
    let settings = settings.unwrap();
    assert_eq!(settings.topic_named("news"), Some(Topic::Articles));
    assert_eq!(settings.topic(Topic::Articles).partitions, 3);
    assert_eq!(settings.topic(Topic::ArticleState).retention, Some(Duration::from_secs(45 * 86_400)));
}

#[test]
fn each_rule_has_its_fault() {
    check_fault("[kafka]\nsession_timeout = \"1s\"", "kafka.session_timeout (1s) is not within 6s to 5m");
    check_fault("[kafka]\ntransaction_timeout = \"1h\"", "kafka.transaction_timeout (1h)");
    check_fault("[kafka]\noutage_bytes_max = 1000", "kafka.outage_bytes_max (1000)");
    check_fault("[kafka]\nreplication_factor = 0", "kafka.replication_factor (0)");
    check_fault("[kafka]\nprefix = \"my news/\"", "kafka.prefix (`my news/`)");
    check_fault("[kafka]\nclient_id = \"\"", "kafka.client_id is empty");
    check_fault("[kafka.properties]\nacks = 1", "`acks` cannot be set");
    check_fault("[topics.items]\npartitions = 2", "topics.items.partitions (2) must be 1");
    check_fault("[topics.feeds]\npartitions = 8", "must equal topics.feeds.partitions (8)");
    check_fault("[topics.feed-state]\nretention = \"1d\"", "topics.feed_state.retention cannot be set");
    check_fault("[topics.article_state]\nretention = \"30d\"", "topics.article_state.retention (30days) is below");
    check_fault("[topics.articles]\nname = \"depeche.items.v1\"", "is the name of another topic too");
    check_fault("[topics.articles]\nname = \"a b\"", "is not a topic name");
    check_fault("[topics.articles]\nretention = \"0s\"", "topics.articles.retention is zero");
}

#[test]
fn all_faults_come_at_once() {
    let (_, faults) = read("[kafka]\nsession_timeout = \"1s\"\nreplication_factor = 0\n[topics.items]\npartitions = 2");
    assert_eq!(faults.len(), 3, "{faults:?}");
}

#[test]
fn what_is_found_replaces_what_was_wanted() {
    let mut settings = Settings::for_broker("localhost:9092", "t.");
    settings.found(Topic::Articles, 6, Some(2_000_000));
    settings.found(Topic::Items, 1, None);
    assert_eq!(settings.topic(Topic::Articles).partitions, 6);
    assert_eq!(settings.topic(Topic::Articles).max_message_bytes, 2_000_000);
    assert_eq!(settings.topic(Topic::Items).max_message_bytes, super::super::topic::LARGE_MESSAGE_BYTES);
}
