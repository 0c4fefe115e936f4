//! A broker inside this process, for a first look: librdkafka's own mock.
//!
//! It speaks Kafka to any client on this machine, keeps the last 5 MiB of each partition and forgets everything at
//! the end. It enforces nothing: aborted records are visible and fenced writers commit. So it is never evidence for
//! exactly-once, and it neither stamps records with its own clock (receipts and records show ours) nor finds an
//! offset for a time.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use rdkafka::mocking::MockCluster;

use super::error::ClientError;
use super::{Backlog, Settings, Stamps, Topic};

/// What may wait for the judge in one partition, so that it is read before it is gone: the mock drops what stands
/// more than 5 MiB behind the newest record, read or not.
const BACKLOG_BYTES_MAX: usize = 3 * 1024 * 1024;

/// A broker that lives as long as this does.
pub struct Broker {
    bootstrap_servers: String,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Broker {
    /// Starts it, with all our topics as these settings want them.
    pub fn start(settings: &Settings) -> Result<Broker, ClientError> {
        let topics: Vec<(String, i32)> = Topic::ALL
            .iter()
            .map(|topic| settings.topic(*topic))
            .map(|choice| (choice.name.clone(), choice.partitions))
            .collect();
        let (stop, stopped) = mpsc::channel();
        let (report, started) = mpsc::channel();
        // The mock may only be touched by one thread, so it gets one that does nothing else.
        let thread = thread::Builder::new()
            .name("kafka-embedded".to_owned())
            .spawn(move || {
                let cluster = create(&topics);
                let bootstrap = cluster.as_ref().map(MockCluster::bootstrap_servers).map_err(ToString::to_string);
                report.send(bootstrap).ok();
                // Ends when the broker is dropped: nothing is ever sent.
                stopped.recv().ok();
                drop(cluster);
            })
            .map_err(ClientError::Thread)?;
        let bootstrap = started.recv().unwrap_or_else(|_| Err("its thread ended".to_owned()));
        let bootstrap_servers = bootstrap.map_err(ClientError::Broker)?;
        Ok(Broker { bootstrap_servers, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens: a port of its choice on loopback.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// The same settings, with this broker.
    pub fn settings(&self, settings: &Settings) -> Settings {
        let mut settings = settings.at(&self.bootstrap_servers);
        settings.stamps = Stamps::Ours;
        settings.backlog = Some(Backlog::new(BACKLOG_BYTES_MAX));
        settings
    }
}

fn create(
    topics: &[(String, i32)],
) -> Result<MockCluster<'static, rdkafka::producer::DefaultProducerContext>, ClientError> {
    let cluster = MockCluster::new(1).map_err(|error| ClientError::of(&error))?;
    for (name, partitions) in topics {
        cluster.create_topic(name, *partitions, 1).map_err(|error| ClientError::of(&error))?;
    }
    Ok(cluster)
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("the embedded broker ended in a panic");
        }
    }
}
