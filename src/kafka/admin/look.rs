//! What the broker says about our topics.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::kafka::client::{self, Context};
use crate::kafka::error::{ClientError, code_of, is_denied, is_unknown_topic};
use crate::kafka::{Settings, Topic};

/// How long one answer may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// How long it is listened for the reason when nothing answered.
const EVENTS: Duration = Duration::from_secs(1);
/// What an operator looks at when authentication fails.
const WRONG_SECRETS: &str = "it refuses the user name, the password or the mechanism (kafka.properties: sasl.mechanisms, \
    sasl.username, sasl.password_file)";
/// What an operator looks at when there is no TLS session.
const NO_TLS: &str = "no TLS session with it (kafka.properties: security.protocol, ssl.ca.location, \
    ssl.certificate.location, ssl.key.location)";

/// Between two looks for a topic that was just created.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// Whether a topic is there.
pub(super) enum Found {
    /// With this many partitions.
    Partitions(i32),
    Missing,
    /// Not shown to this user.
    Hidden,
}

/// A topic's configuration by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Config(pub(super) BTreeMap<String, String>);

/// Of those topics that could be described.
pub(super) type Configs = BTreeMap<Topic, Config>;

impl Config {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    pub(super) fn max_message_bytes(&self) -> Option<usize> {
        self.get("max.message.bytes")?.parse().ok()
    }
}

struct Looking;

impl ConsumerContext for Context<Looking> {}

pub(super) struct Looker {
    settings: Settings,
    /// A consumer, because a producer that asks for a topic may create it.
    metadata: BaseConsumer<Context<Looking>>,
    pub(super) admin: AdminClient<Context<()>>,
}

impl Looker {
    pub(super) fn new(settings: &Settings) -> Result<Looker, ClientError> {
        let mut config = client::config(settings);
        let admin = AdminClient::from_config_and_context(&config, Context::new("admin", settings, ()))
            .map_err(|error| ClientError::of(&error))?;
        config.set("allow.auto.create.topics", "false");
        let metadata = BaseConsumer::from_config_and_context(&config, Context::new("admin", settings, Looking))
            .map_err(|error| ClientError::of(&error))?;
        Ok(Looker { settings: settings.clone(), metadata, admin })
    }

    pub(super) fn partitions(&self, topic: Topic) -> Result<Found, ClientError> {
        let name = &self.settings.topic(topic).name;
        let metadata = match self.metadata.fetch_metadata(Some(name), TIMEOUT) {
            Ok(metadata) => metadata,
            Err(error) => match code_of(&error) {
                Some(code) if is_unknown_topic(code) => return Ok(Found::Missing),
                Some(_) | None => return Err(self.why(ClientError::of(&error))),
            },
        };
        self.settings.health.answered();
        let Some(known) = metadata.topics().iter().find(|known| known.name() == name) else {
            return Ok(Found::Missing);
        };
        match known.error().map(RDKafkaErrorCode::from) {
            None => Ok(Found::Partitions(i32::try_from(known.partitions().len()).unwrap_or(i32::MAX))),
            Some(code) if is_unknown_topic(code) => Ok(Found::Missing),
            Some(code) if is_denied(code) => Ok(Found::Hidden),
            Some(code) => Err(ClientError::Broker(format!("topic `{name}`: {code}"))),
        }
    }

    /// Why nobody answered: librdkafka tells of wrong secrets and certificates only among its events.
    fn why(&self, error: ClientError) -> ClientError {
        let ClientError::Unreachable(_) = error else { return error };
        let deadline = Instant::now() + EVENTS;
        while Instant::now() < deadline {
            let Some(Err(event)) = self.metadata.poll(EVENTS / 10) else { continue };
            match code_of(&event) {
                Some(RDKafkaErrorCode::Authentication) => return ClientError::Rejected(WRONG_SECRETS),
                Some(RDKafkaErrorCode::SSL) => return ClientError::Rejected(NO_TLS),
                Some(_) | None => {}
            }
        }
        error
    }

    pub(super) fn configs(&self) -> Result<Configs, ClientError> {
        let names: Vec<&str> = Topic::ALL.iter().map(|topic| self.settings.topic(*topic).name.as_str()).collect();
        let wanted: Vec<ResourceSpecifier<'_>> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let options = AdminOptions::new().request_timeout(Some(TIMEOUT));
        let answers = wait(self.admin.describe_configs(&wanted, &options)).map_err(|error| ClientError::of(&error))?;
        let mut configs = Configs::new();
        for answer in answers {
            let resource = answer.map_err(|code| ClientError::of(&KafkaError::AdminOp(code)))?;
            // A topic that this user may not describe comes without settings; rdkafka keeps the reason to itself.
            if resource.entries.is_empty() {
                return Err(ClientError::Denied("the topics' settings are not shown to this user".to_owned()));
            }
            configs.extend(self.config(resource));
        }
        Ok(configs)
    }

    fn config(&self, resource: ConfigResource) -> Option<(Topic, Config)> {
        let OwnedResourceSpecifier::Topic(name) = &resource.specifier else { return None };
        let topic = self.settings.topic_named(name)?;
        let entries = resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
        Some((topic, Config(entries.collect())))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread, with no runtime: librdkafka's own thread completes the future.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = TaskContext::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
