//! The commands that an operator runs where we have no right to act.

use super::super::error::ClientError;
use super::super::{Settings, Spec, Topic};

/// Creates this topic.
pub fn create(settings: &Settings, spec: &Spec) -> String {
    let mut command = format!(
        "{} --create --topic {} --partitions {}",
        tool("kafka-topics.sh", settings),
        spec.name,
        spec.partitions
    );
    if settings.replication_factor > 0 {
        command.push_str(&format!(" --replication-factor {}", settings.replication_factor));
    }
    for (key, value) in spec.configs() {
        command.push_str(&format!(" --config {key}={}", quoted(&value)));
    }
    command
}

/// Grants what the daemon needs. Names that all begin with the prefix take three lines, others one each.
pub fn acls(settings: &Settings) -> Vec<String> {
    const OPERATIONS: &str = "--operation Read --operation Write --operation DescribeConfigs --operation Create";
    let user = settings.properties.get("sasl.username").unwrap_or("depeche");
    let allow = format!("{} --add --allow-principal User:{user}", tool("kafka-acls.sh", settings));
    let names: Vec<&str> = Topic::ALL.iter().map(|topic| settings.topic(*topic).name.as_str()).collect();
    let mut lines = Vec::new();
    if names.iter().any(|name| name.starts_with(&settings.prefix)) && !settings.prefix.is_empty() {
        let prefix = &settings.prefix;
        lines.push(format!("{allow} {OPERATIONS} --topic {prefix} --resource-pattern-type prefixed"));
    }
    for name in names.iter().filter(|name| settings.prefix.is_empty() || !name.starts_with(&settings.prefix)) {
        lines.push(format!("{allow} {OPERATIONS} --topic {name}"));
    }
    lines.push(format!("{allow} --operation Read --group {}", settings.group()));
    lines.push(format!("{allow} --operation Write --transactional-id {}", settings.transactional_id()));
    lines
}

/// Changes one setting of a topic.
pub(super) fn alter(settings: &Settings, topic: &str, key: &str, value: &str) -> String {
    // The tool splits at commas unless the value stands in brackets.
    let value = if value.contains(',') { format!("[{value}]") } else { value.to_owned() };
    format!(
        "{} --alter --entity-type topics --entity-name {topic} --add-config {}",
        tool("kafka-configs.sh", settings),
        quoted(&format!("{key}={value}"))
    )
}

/// Gives a topic more partitions.
pub(super) fn widen(settings: &Settings, topic: &str, partitions: i32) -> String {
    format!("{} --alter --topic {topic} --partitions {partitions}", tool("kafka-topics.sh", settings))
}

pub(super) fn cannot_describe(settings: &Settings, error: &ClientError) -> String {
    format!(
        "the topics' settings could not be checked ({error}), so they are taken as configured; to have them checked, \
         grant the right with: {}",
        acls(settings).join("; ")
    )
}

fn tool(name: &str, settings: &Settings) -> String {
    let secured = settings.properties.get("security.protocol").is_some();
    let client = if secured { " --command-config client.properties" } else { "" };
    format!("{name} --bootstrap-server {}{client}", settings.bootstrap_servers)
}

fn quoted(value: &str) -> String {
    let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '=' | ','));
    if plain { value.to_owned() } else { format!("'{value}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_created_with_all_its_settings() {
        let settings = Settings::for_broker("k:9092", "t.");
        assert_eq!(
            create(&settings, &Topic::ArticleState.spec(&settings)),
            "kafka-topics.sh --bootstrap-server k:9092 --create --topic t.article-state.v1 --partitions 1 \
             --config cleanup.policy=compact,delete --config message.timestamp.type=LogAppendTime \
             --config retention.ms=3283200000 --config segment.bytes=67108864 --config segment.ms=86400000"
        );
    }

    #[test]
    fn rights_cover_topics_group_and_transactional_id() {
        let lines = acls(&Settings::for_broker("k:9092", "t."));
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with("--topic t. --resource-pattern-type prefixed"), "{}", lines[0]);
        assert!(lines[1].ends_with("--operation Read --group t.replicas"), "{}", lines[1]);
        assert!(lines[2].ends_with("--operation Write --transactional-id t.judge"), "{}", lines[2]);
    }

    #[test]
    fn a_list_as_value_is_bracketed() {
        let command = alter(&Settings::for_broker("k:9092", "t."), "x", "cleanup.policy", "compact,delete");
        assert!(command.ends_with("--add-config 'cleanup.policy=[compact,delete]'"), "{command}");
    }
}
