//! A real Apache Kafka node of a test's own, or the one that all tests share.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;

/// Fetching the jars on a fresh machine takes most of it; a start alone takes 3 s.
const START_MAX: Duration = Duration::from_secs(300);

/// The address of the broker that `./tests/run` started for all tests that leave it alone.
#[track_caller]
pub(crate) fn shared() -> String {
    let address = std::env::var("DEPECHE_TEST_BROKER");
    address.expect("DEPECHE_TEST_BROKER names no broker: use ./tests/run, or start one with tests/broker/start FOLDER")
}

/// A node with data in a temporary folder; killed when dropped.
pub(crate) struct Broker {
    folder: TempDir,
    process: Child,
    address: String,
}

impl Broker {
    /// Starts a node and waits until it answers.
    pub(crate) fn start() -> Broker {
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(folder.path());
        let mut broker = Broker { folder, process, address: String::new() };
        broker.wait();
        broker
    }

    /// `host:port`, the same over restarts.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The power goes out.
    pub(crate) fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts the killed node again, with the data that it had.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(self.folder.path());
        self.wait();
    }

    fn wait(&mut self) {
        let end = Instant::now() + START_MAX;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                let log = std::fs::read_to_string(log(self.folder.path())).unwrap_or_default();
                panic!("the broker ended with {status}:\n{log}");
            }
            assert!(Instant::now() < end, "the broker does not answer");
            if let Ok(address) = std::fs::read_to_string(self.folder.path().join("address"))
                && answers(address.trim())
            {
                address.trim().clone_into(&mut self.address);
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn log(folder: &Path) -> PathBuf {
    folder.join("broker.log")
}

fn spawn(folder: &Path) -> Child {
    let out = File::options().create(true).append(true).open(log(folder)).unwrap();
    Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broker/start"))
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(out.try_clone().unwrap())
        .stdout(out)
        .spawn()
        .unwrap()
}

fn answers(address: &str) -> bool {
    let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", address).create().unwrap();
    client.fetch_metadata(None, Duration::from_secs(1)).is_ok_and(|metadata| !metadata.brokers().is_empty())
}

#[test]
fn keeps_data_and_address_over_a_kill() {
    use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};

    let mut broker = Broker::start();
    let address = broker.address().to_owned();
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", &address).create().unwrap();
    let topic = [NewTopic::new("kept", 3, TopicReplication::Fixed(1))];
    let created = admin.create_topics(&topic, &AdminOptions::new().operation_timeout(Some(Duration::from_secs(10))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(created).unwrap().into_iter().for_each(|made| assert!(made.is_ok(), "{made:?}"));

    broker.kill9();
    assert!(!answers(&address));
    broker.restart();
    assert_eq!(broker.address(), address);
    let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", &address).create().unwrap();
    let metadata = client.fetch_metadata(Some("kept"), Duration::from_secs(10)).unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 3);
}
