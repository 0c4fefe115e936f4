//! The `[kafka.properties]` section: any librdkafka property, except those that our guarantees rest on.

use std::collections::BTreeMap;
use std::{fmt, fs};

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaConfRes;
use serde::Deserialize;

/// librdkafka properties as the operator gave them, checked. Secrets may be among them, so only names are shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, String>);

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Properties {
    /// The value of a property, if the operator gave one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A value as TOML gives it. `sasl.mechanisms = "PLAIN"` without quotes around the key is a table in a table.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum RawValue {
    Yes(bool),
    Whole(i64),
    Broken(f64),
    Text(String),
    Nested(BTreeMap<String, RawValue>),
}

/// Properties as the file has them, not yet checked.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct RawProperties(BTreeMap<String, RawValue>);

impl fmt::Debug for RawProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// How a secret is named: the property and this, with the path of a file as value.
const FILE: &str = "_file";

const ONE_GROUP: &str = "who owns a feed is settled by one group with settings that all replicas share";
const IDEMPOTENT: &str = "records must arrive in order and once although sends are repeated";
const OWN_OFFSETS: &str = "what was read is kept in our own topics and never as a group offset";
const HELD: &str = "records wait for the broker as long as kafka.outage_bytes_max allows, and none may be dropped";
const SAME_KEYS: &str = "a key must find its partition in every client, so the hash is that of Java clients";

/// Properties that must be as they are, each with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("acks", "a record counts as sent when all in-sync replicas have it"),
    ("allow.auto.create.topics", "topics are created with their settings by `depeche topics create`"),
    ("auto.commit.enable", OWN_OFFSETS),
    ("auto.offset.reset", "a gap in what is read must be seen, never jumped over"),
    ("batch.size", "a batch must fit into the smallest limit of our topics"),
    ("bootstrap.servers", "set kafka.bootstrap_servers"),
    ("check.crcs", "damaged records must be noticed"),
    ("client.id", "set kafka.client_id"),
    ("delivery.timeout.ms", HELD),
    ("enable.auto.commit", OWN_OFFSETS),
    ("enable.auto.offset.store", OWN_OFFSETS),
    ("enable.gapless.guarantee", IDEMPOTENT),
    ("enable.idempotence", IDEMPOTENT),
    ("enable.partition.eof", "restoring ends when the end of a partition is reported"),
    ("group.id", "it is named by kafka.prefix"),
    ("group.instance.id", "replicas share one configuration, and two members of one name expel each other"),
    ("group.protocol", ONE_GROUP),
    ("heartbeat.interval.ms", ONE_GROUP),
    ("isolation.level", "what an unfinished or refused judge wrote must not be read"),
    ("log.queue", "librdkafka's words are part of our log"),
    ("max.in.flight", IDEMPOTENT),
    ("max.in.flight.requests.per.connection", IDEMPOTENT),
    ("max.poll.interval.ms", ONE_GROUP),
    ("message.max.bytes", "sizes are checked against the limit of each topic"),
    ("message.send.max.retries", HELD),
    ("message.timeout.ms", HELD),
    ("metadata.broker.list", "set kafka.bootstrap_servers"),
    ("partition.assignment.strategy", ONE_GROUP),
    ("partitioner", SAME_KEYS),
    ("queue.buffering.max.kbytes", HELD),
    ("queue.buffering.max.messages", HELD),
    ("queue.buffering.max.ms", "it is another name of linger.ms, which may be set"),
    ("request.required.acks", "a record counts as sent when all in-sync replicas have it"),
    ("retries", HELD),
    ("session.timeout.ms", "set kafka.session_timeout"),
    ("statistics.interval.ms", "the readiness check reads the statistics"),
    ("test.mock.num.brokers", "a broker inside the process keeps nothing; `depeche demo` has one"),
    ("transaction.timeout.ms", "set kafka.transaction_timeout"),
    ("transactional.id", "it is named by kafka.prefix, and one fixed id is what keeps a second judge out"),
];

/// SASL mechanisms that our librdkafka is built without, and why.
const NOT_BUILT: &[(&str, &str)] = &[
    ("GSSAPI", "librdkafka is built without Kerberos"),
    ("OAUTHBEARER", "librdkafka is built without OIDC (libcurl)"),
];

impl RawProperties {
    /// Flattens, reads secrets from their files and checks every name and value; all faults at once.
    pub(crate) fn check(self, faults: &mut Vec<String>) -> Properties {
        let mut flat = BTreeMap::new();
        flatten("", self.0, &mut flat);
        let mut known = BTreeMap::new();
        for (name, value) in flat {
            match checked(&name, value) {
                Ok((name, _)) if known.contains_key(&name) => {
                    faults.push(format!("kafka.properties: `{name}` is given twice, once as a file"));
                }
                Ok((name, value)) => drop(known.insert(name, value)),
                Err(fault) => faults.push(format!("kafka.properties: {fault}")),
            }
        }
        let properties = Properties(known);
        faults.extend(sasl_fault(&properties));
        properties
    }
}

fn flatten(prefix: &str, table: BTreeMap<String, RawValue>, flat: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        let text = match value {
            RawValue::Yes(yes) => yes.to_string(),
            RawValue::Whole(number) => number.to_string(),
            RawValue::Broken(number) => number.to_string(),
            RawValue::Text(text) => text,
            RawValue::Nested(table) => {
                flatten(&name, table, flat);
                continue;
            }
        };
        flat.insert(name, text);
    }
}

fn checked(name: &str, value: String) -> Result<(String, String), String> {
    let (name, value) = match name.strip_suffix(FILE) {
        None => (name, value),
        Some(secret) => {
            let text = fs::read_to_string(&value)
                .map_err(|error| format!("`{name}` names the file `{value}`, which cannot be read: {error}"))?;
            (secret, text.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Err(format!("`{name}` cannot be set: {why}"));
    }
    ClientConfig::new().set(name, &value).create_native_config().map_err(|error| {
        // librdkafka's own words may repeat the value, which may be a secret.
        if matches!(error, KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) {
            format!("`{name}` is not a property of librdkafka")
        } else {
            format!("`{name}` has a value that librdkafka does not take")
        }
    })?;
    Ok((name.to_owned(), value))
}

fn sasl_fault(properties: &Properties) -> Option<String> {
    const OFFERED: &str = "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and TLS client certificates are";
    let mechanism = properties.get("sasl.mechanisms").or_else(|| properties.get("sasl.mechanism"));
    let wants_sasl =
        properties.get("security.protocol").is_some_and(|protocol| protocol.to_lowercase().starts_with("sasl"));
    let Some(mechanism) = mechanism else {
        return wants_sasl.then(|| {
            "kafka.properties: security.protocol asks for SASL but sasl.mechanisms is not set (PLAIN, SCRAM-SHA-256 or \
             SCRAM-SHA-512)"
                .to_owned()
        });
    };
    let (name, why) = NOT_BUILT.iter().find(|(name, _)| name.eq_ignore_ascii_case(mechanism))?;
    Some(format!("kafka.properties: sasl.mechanisms {name} is not possible: {why}; {OFFERED}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(toml: &str) -> (Properties, Vec<String>) {
        let raw: RawProperties = toml::from_str(toml).unwrap();
        let mut faults = Vec::new();
        let properties = raw.check(&mut faults);
        (properties, faults)
    }

    #[track_caller]
    fn check_fault(toml: &str, expected: &str) {
        let (_, faults) = read(toml);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(expected), "{faults:?}");
    }

    #[test]
    fn keys_may_be_quoted_or_not() {
        let (quoted, faults) = read("\"socket.keepalive.enable\" = true\n\"socket.timeout.ms\" = 30000");
        assert_eq!(faults, Vec::<String>::new());
        let (bare, _) = read("socket.keepalive.enable = true\nsocket.timeout.ms = \"30000\"");
        assert_eq!(quoted, bare);
        assert_eq!(bare.get("socket.timeout.ms"), Some("30000"));
    }

    #[test]
    fn what_breaks_a_guarantee_is_refused_by_name() {
        for (name, why) in REFUSED {
            check_fault(&format!("\"{name}\" = \"1\""), why);
        }
    }

    #[test]
    fn unknown_names_and_values_are_told_without_the_value() {
        check_fault("sasl.pasword = \"hunter2\"", "`sasl.pasword` is not a property");
        check_fault("security.protocol = \"hunter2\"", "`security.protocol` has a value");
        let (_, faults) = read("security.protocol = \"hunter2\"");
        assert!(!faults[0].contains("hunter2"));
    }

    #[test]
    fn what_librdkafka_is_built_without_is_refused_with_the_reason() {
        check_fault("sasl.mechanisms = \"gssapi\"", "Kerberos");
        check_fault("sasl.mechanism = \"OAUTHBEARER\"", "OIDC");
        check_fault("security.protocol = \"SASL_SSL\"", "sasl.mechanisms is not set");
    }

    #[test]
    fn a_secret_is_read_from_its_file_and_never_shown() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"hunter2\n").unwrap();
        let path = file.path().display();
        let (properties, faults) = read(&format!("sasl.password_file = \"{path}\"\nsasl.mechanisms = \"PLAIN\""));
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(properties.get("sasl.password"), Some("hunter2"));
        assert!(!format!("{properties:?}").contains("hunter2"));
        check_fault(&format!("sasl.password_file = \"{path}\"\nsasl.password = \"x\""), "given twice");
        check_fault("ssl.key.password_file = \"/nowhere/at/all\"", "cannot be read");
    }
}
