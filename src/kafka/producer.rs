//! What the two producers share.

use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use rdkafka::util::IntoOpaque;

use super::{Record, Settings, Topic, client};

/// A batch of many records stays below the smallest limit of our topics, so only a record alone can be too large.
const BATCH_BYTES: &str = "524288";
/// Room above the largest topic limit, so that the limit is always the topic's and never librdkafka's.
const HEADROOM_BYTES: usize = 1024 * 1024;
/// librdkafka's own most for a message.
const MESSAGE_BYTES_CEILING: usize = 1_000_000_000;

/// A producer whose records arrive once, in order, and at all in-sync replicas.
pub(crate) fn config(settings: &Settings) -> ClientConfig {
    let largest = Topic::ALL.iter().map(|topic| settings.topic(*topic).max_message_bytes).max().unwrap_or_default();
    let mut config = client::config(settings);
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("batch.size", BATCH_BYTES)
        .set("message.max.bytes", (largest + HEADROOM_BYTES).min(MESSAGE_BYTES_CEILING).to_string())
        // As Java clients do it, so that a key finds its partition in every client.
        .set("partitioner", "murmur2_random");
    for (name, value) in [("compression.type", "zstd")] {
        if settings.properties.get(name).is_none() && settings.properties.get("compression.codec").is_none() {
            config.set(name, value);
        }
    }
    config
}

/// The record as librdkafka takes it.
pub(crate) fn outgoing<'a, D: IntoOpaque>(
    record: &'a Record,
    topic: &'a str,
    delivery: D,
) -> BaseRecord<'a, [u8], [u8], D> {
    let mut outgoing = BaseRecord::with_opaque_to(topic, delivery).key(record.key.as_slice());
    outgoing.partition = record.partition;
    outgoing.payload = record.value.as_deref();
    if !record.headers.is_empty() {
        let headers = OwnedHeaders::new_with_capacity(record.headers.len());
        let add = |headers: OwnedHeaders, (key, value): &'a (String, Vec<u8>)| {
            headers.insert(Header { key, value: Some(value) })
        };
        outgoing.headers = Some(record.headers.iter().fold(headers, add));
    }
    outgoing
}
