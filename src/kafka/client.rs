//! What all clients share: where the broker is, and who listens to librdkafka.

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, Statistics};

use super::error::code_of;
use super::{Health, Settings, log};

/// How often each client reports its connections.
const STATISTICS_MS: &str = "5000";

/// Listens to one librdkafka client: its log, its errors, its statistics, and what `role` adds.
pub(crate) struct Context<R> {
    pub(crate) who: &'static str,
    pub(crate) health: Health,
    pub(crate) role: R,
}

impl<R> Context<R> {
    pub(crate) fn new(who: &'static str, settings: &Settings, role: R) -> Context<R> {
        Context { who, health: settings.health.clone(), role }
    }
}

impl<R: Send + Sync> ClientContext for Context<R> {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, words: &str) {
        log::line(self.who, level, facility, words);
    }

    fn stats(&self, statistics: Statistics) {
        self.health.take(&statistics);
    }

    fn error(&self, error: KafkaError, words: &str) {
        if code_of(&error) == Some(RDKafkaErrorCode::AllBrokersDown) {
            self.health.all_down();
        }
        log::error(self.who, &error, words);
    }
}

/// The operator's properties and the broker's address; what a role needs is set on top and so cannot be overridden.
pub(crate) fn config(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (name, value) in settings.properties.iter() {
        config.set(name, value);
    }
    config
        .set("bootstrap.servers", &settings.bootstrap_servers)
        .set("client.id", &settings.client_id)
        .set("statistics.interval.ms", STATISTICS_MS)
        // An idle connection closed by the broker is not news.
        .set("log.connection.close", "false")
        .set_log_level(RDKafkaLogLevel::Info);
    config
}
