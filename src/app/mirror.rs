//! `[feeds] file`: the file is the truth, or the seed. One replica applies it: the owner of the first partition.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::clock;
use super::registry::{self, Registry};
use crate::feed::changes::{self, Plan, Removal, Setting};
use crate::feed::{Backlog, Listed, list};
use crate::kafka::{Publisher, Settings, Topic};
use crate::metrics::Metrics;

/// Feeds that the file no longer names go after a day: this often it is looked whether it has passed.
const LOOK_AGAIN: Duration = Duration::from_secs(3600);
/// After a failure sooner.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// Younger entries of a feed's first poll are published: what a newcomer expects to see, without a flood.
const BACKLOG: &str = "24h";

/// `[feeds]` as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawFeeds {
    file: Option<PathBuf>,
    sync: Sync,
    backlog: String,
}

impl Default for RawFeeds {
    fn default() -> RawFeeds {
        RawFeeds { file: None, sync: Sync::Mirror, backlog: BACKLOG.to_owned() }
    }
}

/// What the file is to the topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sync {
    /// The truth: the topic is made equal to it at every start.
    Mirror,
    /// The beginning: it is applied only while the topic is empty.
    Seed,
}

/// `[feeds]`, checked.
#[derive(Debug, Clone)]
pub struct Feeds {
    /// The list of feeds, if a file holds it.
    pub file: Option<PathBuf>,
    /// What the file is to the topic.
    pub sync: Sync,
    /// The backlog rule of feeds that have none of their own.
    pub backlog: Backlog,
}

impl RawFeeds {
    /// Checks the section, and the file with it, and adds every fault to `faults`.
    pub fn check(self, faults: &mut Vec<String>) -> Option<Feeds> {
        let before = faults.len();
        // An empty variable of the environment means that there is none.
        let named = self.file.filter(|file| !file.as_os_str().is_empty());
        let backlog = self.backlog.parse().map_err(|error| faults.push(format!("feeds.backlog: {error}"))).ok();
        if let Some(Err(wrong)) = named.as_deref().map(read_file) {
            faults.extend(wrong);
        }
        if faults.len() > before {
            return None;
        }
        Some(Feeds { file: named, sync: self.sync, backlog: backlog? })
    }
}

/// Reads a list of feeds.
///
/// # Errors
/// Every fault, each with its line.
pub fn read_file(file: &std::path::Path) -> Result<Vec<Listed>, Vec<String>> {
    let name = file.display().to_string();
    let bytes =
        std::fs::read(file).map_err(|error| vec![format!("the list of feeds `{name}` cannot be read: {error}")])?;
    list::read(&bytes, &name).map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
}

/// Keeps the topic as the file wants it, while this replica is the one to do so.
pub struct Mirror {
    /// The section.
    pub feeds: Feeds,
    /// The broker.
    pub kafka: Settings,
    /// Writes definitions.
    pub publisher: Arc<Publisher>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

impl Mirror {
    /// Applies the file now and looks again every hour, until told to stop.
    pub async fn run(self: Arc<Mirror>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.apply().await {
                Ok(()) => LOOK_AGAIN,
                Err(error) => {
                    tracing::warn!(error = %format!("{error:#}"), "the file of feeds was not applied; tried again");
                    TRY_AGAIN
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn apply(&self) -> anyhow::Result<()> {
        let Some(file) = self.feeds.file.clone() else { return Ok(()) };
        let kafka = self.kafka.clone();
        let registry = tokio::task::spawn_blocking(move || Registry::read(&kafka)).await??;
        let listed = read_file(&file).map_err(|wrong| anyhow::format_err!(wrong.join("; ")))?;
        let present = registry.present();
        let setting = Setting { partitions: partitions(&self.kafka), removal: Removal::Mirrored, now: clock::now() };
        let plan = changes::plan(&present, &listed, &registry.moved(), &setting);
        self.metrics.gathering.changes_held_back.set(i64::try_from(plan.held_back.len()).unwrap_or(i64::MAX));
        if !plan.held_back.is_empty() {
            tracing::error!(
                feeds = plan.held_back.len(),
                "too many feeds would go at once and are kept; to let them go: depeche feeds apply {} --yes",
                file.display()
            );
        }
        if self.feeds.sync == Sync::Seed && !present.is_empty() {
            self.tell_difference(&plan);
            return Ok(());
        }
        registry::write(&self.publisher, &plan).await?;
        let (added, changed, removed) = (plan.added.len(), plan.changed.len(), plan.removed.len());
        tracing::info!(added, changed, removed, unchanged = plan.unchanged, "the file of feeds is applied");
        Ok(())
    }

    fn tell_difference(&self, plan: &Plan) {
        if let Some(file) = self.feeds.file.as_ref().filter(|_| !plan.is_empty()) {
            let (added, changed, removed) = (plan.added.len(), plan.changed.len(), plan.removed.len());
            tracing::info!(
                added,
                changed,
                removed,
                "the file of feeds differs from the list in use; to make it so: depeche feeds apply {}",
                file.display()
            );
        }
    }
}

/// Partitions of the topic of feeds.
pub fn partitions(kafka: &Settings) -> u32 {
    u32::try_from(kafka.topic(Topic::Feeds).partitions).unwrap_or(1)
}
