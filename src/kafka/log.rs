//! librdkafka's words as part of our log.

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::error::code_of;

/// One property set serves producers and consumers, and librdkafka warns each of what concerns the other.
const FOR_THE_OTHER_KIND: [&str; 2] = ["is a consumer property", "is a producer property"];

/// Passes a line of librdkafka on. It prints names of properties, hosts and topics, but never values of secrets.
pub(crate) fn line(who: &'static str, level: RDKafkaLogLevel, facility: &str, words: &str) {
    let other_kind = FOR_THE_OTHER_KIND.iter().any(|phrase| words.contains(phrase));
    match level {
        // A lost connection is ordinary life to librdkafka, which connects again; lasting trouble shows in
        // `Health`, in readiness and in the error of each operation.
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::warn!(client = who, facility, "librdkafka: {words}");
        }
        RDKafkaLogLevel::Warning if !other_kind => tracing::warn!(client = who, facility, "librdkafka: {words}"),
        RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::debug!(client = who, facility, "librdkafka: {words}");
        }
    }
}

/// Passes on an error of a client as a whole.
pub(crate) fn error(who: &'static str, error: &KafkaError, words: &str) {
    match code_of(error) {
        // Not an error: a reader has read all there is.
        Some(RDKafkaErrorCode::PartitionEOF) => {}
        // These do not pass by themselves, and what is asked of the broker meanwhile only says that it does not answer.
        Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL) => {
            tracing::error!(client = who, "librdkafka: {error}: {words}");
        }
        _ => tracing::warn!(client = who, "librdkafka: {error}: {words}"),
    }
}
