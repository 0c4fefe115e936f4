//! The list of feeds as the topic has it: read whole, changed by records.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::gather::StateKey;
use super::gather::state::FeedState;
use crate::article::FeedId;
use crate::feed::changes::Plan;
use crate::feed::{BadDefinition, Definition};
use crate::kafka::{ClientError, From, Isolation, Publisher, Read, Record, SendError, Settings, Source, Stored, Topic};
use crate::schedule::PollState;

/// Without any record for so long the broker is held to be away.
const SILENCE_MAX: Duration = Duration::from_secs(20);
/// How long one look for a record lasts.
const POLL: Duration = Duration::from_millis(100);

/// All feeds and how they do.
#[derive(Debug, Default)]
pub struct Registry {
    /// What is wanted, by id.
    pub definitions: BTreeMap<FeedId, Definition>,
    /// What is remembered.
    pub states: BTreeMap<FeedId, FeedState>,
    /// Their polls.
    pub polls: BTreeMap<FeedId, PollState>,
}

/// Why the list of feeds could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The broker did not answer.
    #[error("the list of feeds could not be read")]
    Broker(#[from] ClientError),
    /// It answered, then fell silent.
    #[error("the broker fell silent while the list of feeds was read")]
    Silent,
    /// A later version wrote one of them: a plan made without it would remove it.
    #[error("a feed's definition cannot be used")]
    Definition(#[from] BadDefinition),
}

impl Registry {
    /// Reads the topics of feeds and their state to their ends. Blocks.
    pub fn read(settings: &Settings) -> Result<Registry, RegistryError> {
        let mut source = Source::new(settings, Isolation::Uncommitted);
        let mut waiting = 0_usize;
        for topic in [Topic::Feeds, Topic::FeedState] {
            for partition in 0..settings.topic(topic).partitions {
                source.follow(topic, partition, From::Beginning)?;
                waiting += 1;
            }
        }
        let mut registry = Registry::default();
        let mut heard = Instant::now();
        while waiting > 0 {
            let Some(read) = source.poll(POLL) else {
                if heard.elapsed() > SILENCE_MAX {
                    return Err(RegistryError::Silent);
                }
                continue;
            };
            heard = Instant::now();
            match read {
                Read::Record(stored) => registry.absorb(&stored)?,
                Read::CaughtUp { .. } => waiting -= 1,
                Read::Gone { topic, partition, .. } => source.follow(topic, partition, From::Beginning)?,
                Read::Failed { error, .. } => return Err(error.into()),
            }
        }
        Ok(registry)
    }

    fn absorb(&mut self, stored: &Stored) -> Result<(), BadDefinition> {
        if stored.topic == Topic::Feeds {
            let Some(id) = std::str::from_utf8(&stored.key).ok().and_then(|key| key.parse().ok()) else {
                return Ok(());
            };
            match stored.value.as_deref() {
                Some(value) => drop(self.definitions.insert(id, Definition::decode(value)?)),
                None => drop(self.definitions.remove(&id)),
            }
            return Ok(());
        }
        match (StateKey::parse(&stored.key), stored.value.as_deref()) {
            (Some(StateKey::Feed(id)), Some(value)) => {
                self.states.extend(FeedState::decode(value).map(|state| (id, state)));
            }
            (Some(StateKey::Feed(id)), None) => drop(self.states.remove(&id)),
            (Some(StateKey::Poll(id)), Some(value)) => {
                self.polls.extend(serde_json::from_slice(value).ok().map(|state| (id, state)));
            }
            (Some(StateKey::Poll(id)), None) => drop(self.polls.remove(&id)),
            (Some(StateKey::Host(_) | StateKey::Claim(_)) | None, _) => {}
        }
        Ok(())
    }

    /// The definitions in a fixed order.
    pub fn present(&self) -> Vec<Definition> {
        self.definitions.values().cloned().collect()
    }

    /// The current address of each feed that moved.
    pub fn moved(&self) -> BTreeMap<FeedId, String> {
        self.states.iter().filter_map(|(id, state)| Some((*id, state.address.clone()?))).collect()
    }

    /// The feed with this id, registered address or current address.
    pub fn find(&self, name: &str) -> Option<&Definition> {
        let by_id = name.parse().ok().and_then(|id| self.definitions.get(&id));
        let wanted = crate::feed::registered_url(name).ok();
        let is_named = |definition: &&Definition| {
            let moved = self.states.get(&definition.id).and_then(|state| state.address.as_deref());
            Some(definition.url.as_str()) == wanted.as_deref() || moved == Some(name)
        };
        by_id.or_else(|| self.definitions.values().find(is_named))
    }
}

/// Writes what a plan says.
pub async fn write(publisher: &Publisher, plan: &Plan) -> Result<(), SendError> {
    for definition in plan.added.iter().chain(&plan.changed) {
        put(publisher, definition).await?;
    }
    for definition in &plan.removed {
        publisher.send(to(definition, Record::tombstone(Topic::Feeds, key(definition)))).await?;
    }
    Ok(())
}

/// Writes one definition.
pub async fn put(publisher: &Publisher, definition: &Definition) -> Result<(), SendError> {
    let record = Record::new(Topic::Feeds, key(definition), definition.encode());
    publisher.send(to(definition, record)).await.map(drop)
}

fn key(definition: &Definition) -> Vec<u8> {
    definition.id.to_string().into_bytes()
}

/// A feed's route is set when it is registered and never computed anew.
fn to(definition: &Definition, record: Record) -> Record {
    record.to_partition(i32::try_from(definition.route).unwrap_or(i32::MAX))
}
