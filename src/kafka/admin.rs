//! Topics at the broker: what would be created, creating it, and whether what is there keeps our guarantees.
//!
//! Blocking: call it from a thread of its own, or through `spawn_blocking`.

use std::thread;
use std::time::Instant;

use rdkafka::admin::{AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;

use super::error::{ClientError, is_denied};
use super::{Settings, Spec, Stamps, Topic};

mod commands;
mod look;
mod strict;

pub use commands::{acls, create as create_command};
use look::{Found, Looker};

/// Why the topics are not as they must be.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The broker could not be asked: try again.
    #[error("could not ask the broker about its topics")]
    Client(#[from] ClientError),
    /// Topics are missing and may not be created by us.
    #[error("topics are missing and this user may not create them; run: {}", commands.join("; "))]
    Missing {
        /// What is missing.
        topics: Vec<Topic>,
        /// Creates them.
        commands: Vec<String>,
    },
    /// The broker refused to create a topic for another reason.
    #[error("topic `{name}` could not be created: {why}")]
    Refused {
        /// Its full name.
        name: String,
        /// What the broker said.
        why: String,
    },
    /// What is there would break a guarantee: one sentence for each fault, with the command that mends it.
    #[error("{}", .0.join("; "))]
    Unsound(Vec<String>),
}

/// What stands at the broker, and what would be created.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Topics that are there.
    pub present: Vec<Topic>,
    /// Topics that are not.
    pub missing: Vec<Topic>,
    /// Topics that this user is not allowed to see.
    pub hidden: Vec<Topic>,
    /// Creates what is missing: `kafka-topics.sh`, a line for each topic.
    pub commands: Vec<String>,
    /// Grants what the daemon needs: `kafka-acls.sh`.
    pub rights: Vec<String>,
}

/// What verifying found beside faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// What could not be checked, or is unusual but sound.
    pub warnings: Vec<String>,
    /// Topics that this user has no right to, with the commands that grant it: without them nothing works.
    pub hidden: Option<String>,
}

/// Says what would be created, and changes nothing.
pub fn plan(settings: &Settings) -> Result<Plan, AdminError> {
    let looker = Looker::new(settings)?;
    let mut plan = Plan { rights: acls(settings), ..Plan::default() };
    for topic in Topic::ALL {
        match looker.partitions(*topic)? {
            Found::Partitions(_) => plan.present.push(*topic),
            Found::Missing => {
                plan.missing.push(*topic);
                plan.commands.push(create_command(settings, &topic.spec(settings)));
            }
            Found::Hidden => plan.hidden.push(*topic),
        }
    }
    Ok(plan)
}

/// Creates the topics that are missing, and gives their names. One that another replica creates meanwhile is fine.
pub fn create(settings: &Settings) -> Result<Vec<String>, AdminError> {
    let plan = plan(settings)?;
    if plan.missing.is_empty() {
        return Ok(Vec::new());
    }
    let specs: Vec<(Spec, Vec<(&str, String)>)> =
        plan.missing.iter().map(|topic| topic.spec(settings)).map(|spec| (spec.clone(), spec.configs())).collect();
    let topics: Vec<NewTopic<'_>> = specs
        .iter()
        .map(|(spec, configs)| {
            let copies = TopicReplication::Fixed(settings.replication_factor);
            let topic = NewTopic::new(&spec.name, spec.partitions, copies);
            configs.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let looker = Looker::new(settings)?;
    let options = AdminOptions::new().request_timeout(Some(look::TIMEOUT)).operation_timeout(Some(look::TIMEOUT));
    let results = look::wait(looker.admin.create_topics(&topics, &options)).map_err(|e| ClientError::of(&e))?;
    let mut created = Vec::new();
    for result in results {
        match result {
            Ok(name) => created.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) if is_denied(code) => {
                return Err(AdminError::Missing { topics: plan.missing, commands: plan.commands });
            }
            Err((name, code)) => return Err(AdminError::Refused { name, why: code.to_string() }),
        }
    }
    settle(&looker, &plan.missing)?;
    Ok(created)
}

/// Waits until the brokers know of new topics: the controller answers before the others have heard of it.
fn settle(looker: &Looker, topics: &[Topic]) -> Result<(), AdminError> {
    let deadline = Instant::now() + look::TIMEOUT;
    for topic in topics {
        while matches!(looker.partitions(*topic)?, Found::Missing) {
            if Instant::now() >= deadline {
                return Err(ClientError::Unreachable("new topics did not appear".to_owned()).into());
            }
            thread::sleep(look::PAUSE);
        }
    }
    Ok(())
}

/// Checks that what is there keeps our guarantees, and takes its counts and limits into the settings.
pub fn verify(settings: &mut Settings) -> Result<Verified, AdminError> {
    let looker = Looker::new(settings)?;
    let mut verified = Verified::default();
    let (mut missing, mut hidden) = (Vec::new(), Vec::new());
    for topic in Topic::ALL {
        match looker.partitions(*topic)? {
            Found::Partitions(partitions) => settings.found(*topic, partitions, None),
            Found::Missing => missing.push(*topic),
            Found::Hidden => hidden.push(format!("`{}`", settings.topic(*topic).name)),
        }
    }
    if !hidden.is_empty() {
        verified.hidden = Some(format!(
            "the broker shows this user no topic {}; grant the rights with: {}",
            hidden.join(", "),
            acls(settings).join("; ")
        ));
    }
    if !missing.is_empty() {
        let commands = missing.iter().map(|topic| create_command(settings, &topic.spec(settings))).collect();
        return Err(AdminError::Missing { topics: missing, commands });
    }
    if settings.stamps == Stamps::Ours {
        // The embedded broker was given our topics as they must be, and can describe nothing.
        return Ok(verified);
    }
    let configs = match looker.configs() {
        Ok(configs) => configs,
        Err(error) => {
            verified.warnings.push(commands::cannot_describe(settings, &error));
            look::Configs::default()
        }
    };
    for (topic, config) in &configs {
        let partitions = settings.topic(*topic).partitions;
        settings.found(*topic, partitions, config.max_message_bytes());
    }
    let faults = strict::faults(settings, &configs);
    verified.warnings.extend(strict::warnings(settings, &configs));
    if faults.is_empty() { Ok(verified) } else { Err(AdminError::Unsound(faults)) }
}
