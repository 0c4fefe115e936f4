//! The list of feeds as the topic has it: read whole, changed by records.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryFutureExt as _, TryStreamExt as _, stream};

use super::gather::StateKey;
use super::gather::state::FeedState;
use crate::article::FeedId;
use crate::feed::changes::Plan;
use crate::feed::{BadDefinition, Definition, feed_id, registered_url};
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
        // A partition can reach its end twice, when a gap makes it begin anew.
        let mut waiting = BTreeSet::new();
        for topic in [Topic::Feeds, Topic::FeedState] {
            for partition in 0..settings.topic(topic).partitions {
                source.follow(topic, partition, From::Beginning)?;
                waiting.insert((topic, partition));
            }
        }
        let mut registry = Registry::default();
        let mut heard = Instant::now();
        while !waiting.is_empty() {
            let Some(read) = source.poll(POLL) else {
                if heard.elapsed() > SILENCE_MAX {
                    return Err(RegistryError::Silent);
                }
                continue;
            };
            heard = Instant::now();
            match read {
                Read::Record(stored) => registry.absorb(&stored)?,
                Read::CaughtUp { topic, partition, .. } => {
                    waiting.remove(&(topic, partition));
                }
                Read::Gone { topic, partition, .. } => {
                    waiting.insert((topic, partition));
                    source.follow(topic, partition, From::Beginning)?;
                }
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
                // A record in another partition than its own has no say.
                Some(value) => {
                    let definition = Definition::decode(value)?;
                    if i32::try_from(definition.route) == Ok(stored.partition) {
                        self.definitions.insert(id, definition);
                    }
                }
                None => {
                    if self.definitions.get(&id).is_some_and(|known| i32::try_from(known.route) == Ok(stored.partition))
                    {
                        self.definitions.remove(&id);
                    }
                }
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

    /// The feed with this id, registered address, current address, or address of its first registration.
    pub fn find(&self, name: &str) -> Option<&Definition> {
        let Ok(wanted) = registered_url(name) else { return self.definitions.get(&name.parse().ok()?) };
        let current = |id: &FeedId| self.states.get(id).and_then(|state| registered_url(state.address.as_ref()?).ok());
        let by_url = self.definitions.values().find(|known| known.url == wanted);
        let by_current = || self.definitions.values().find(|known| current(&known.id).as_ref() == Some(&wanted));
        let by_first = || self.definitions.get(&feed_id(&wanted).ok()?);
        by_url.or_else(by_current).or_else(by_first)
    }
}

/// So many definitions may be on their way at once.
const WRITES_MAX: usize = 1_000;

/// Writes what a plan says.
pub async fn write(publisher: &Publisher, plan: &Plan) -> Result<(), SendError> {
    let puts = plan.added.iter().chain(&plan.changed).map(record);
    let removals =
        plan.removed.iter().map(|definition| to(definition, Record::tombstone(Topic::Feeds, key(definition))));
    let writes = stream::iter(puts.chain(removals)).map(Ok);
    writes.try_for_each_concurrent(WRITES_MAX, |record| publisher.send(record).map_ok(drop)).await
}

fn record(definition: &Definition) -> Record {
    to(definition, Record::new(Topic::Feeds, key(definition), definition.encode()))
}

fn key(definition: &Definition) -> Vec<u8> {
    definition.id.to_string().into_bytes()
}

/// A feed's route is set when it is registered and never computed anew.
fn to(definition: &Definition, record: Record) -> Record {
    record.to_partition(i32::try_from(definition.route).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_in_another_partition_than_its_own_has_no_say() {
        let feed = Definition { route: 3, ..Definition::removed(feed_id("https://a.example/feed").unwrap()) };
        let at = |partition, value| {
            let (topic, key) = (Topic::Feeds, feed.id.to_string().into_bytes());
            Stored { topic, partition, offset: 0, time_ms: 0, key, value, headers: Vec::new() }
        };
        let mut registry = Registry::default();
        registry.absorb(&at(4, Some(feed.encode()))).unwrap();
        assert!(registry.definitions.is_empty());
        registry.absorb(&at(3, Some(feed.encode()))).unwrap();
        registry.absorb(&at(4, None)).unwrap();
        assert_eq!(registry.definitions.len(), 1);
        registry.absorb(&at(3, None)).unwrap();
        assert!(registry.definitions.is_empty());
    }
}
