//! The running daemon: every part started, joined by channels, and drained in order.
//!
//! `run` and `demo` start the same daemon; only the broker differs.

use std::sync::Arc;
use std::sync::mpsc as sync_mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::gather::poll::Tools;
use super::gather::{self, Gatherer, Shares};
use super::judge::{self, Seat};
use super::mirror::{Feeds, Mirror};
use super::parsers::Parsers;
use super::status::Status;
use crate::config::Config;
use crate::feed::Limits;
use crate::fetch::{Client, Room};
use crate::kafka::{self, Interest, Isolation, Member, Membership, Publisher, Reader, Release, Share};
use crate::metrics::Metrics;
use crate::schedule::Schedule;

/// Events between the group's thread and its parts; they are few.
const SHARES_MAX: usize = 64;
/// Records read ahead of the gatherer: a restore is bounded by it, not the memory.
const READS_MAX: usize = 1_000;
/// A share of feeds whose owner keeps the file and the topic equal.
const MIRROR_SHARE: Share = Share::Feeds(0);

/// A running daemon.
pub struct Daemon {
    publisher: Arc<Publisher>,
    member: Arc<Member>,
    gatherer: JoinHandle<()>,
    router: JoinHandle<()>,
    judge: thread::JoinHandle<()>,
    seat: sync_mpsc::Sender<Seat>,
    stop: CancellationToken,
}

/// What a daemon is made of.
pub struct Parts<'a> {
    /// The configuration, with the broker that is to be used.
    pub config: &'a Config,
    /// The broker's settings, as verified.
    pub kafka: kafka::Settings,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// How the parts are doing.
    pub status: Status,
}

impl Daemon {
    /// Starts all parts.
    ///
    /// # Errors
    /// A client or a thread could not be made.
    pub fn start(parts: &Parts<'_>) -> anyhow::Result<Daemon> {
        let Parts { config, kafka, metrics, status } = parts;
        let stop = CancellationToken::new();
        let publisher = Arc::new(Publisher::new(kafka)?);
        let (member, membership) = Member::join(kafka, Interest::FeedsAndItems)?;
        let member = Arc::new(member);
        let (reader, reads) = Reader::spawn(kafka, Isolation::Uncommitted, READS_MAX)?;
        let (shares_out, shares) = mpsc::channel(SHARES_MAX);
        let (seat, orders) = sync_mpsc::channel();
        let links = gather::Links {
            publisher: Arc::clone(&publisher),
            member: Arc::clone(&member),
            reader,
            tools: Arc::new(tools(config)?),
            metrics: Arc::clone(metrics),
            status: status.clone(),
            kafka: kafka.clone(),
            outage_max: config.gather.outage_max,
        };
        let gatherer = Gatherer::new(links, Schedule::new(config.polling.clone()));
        let gatherer = tokio::spawn(gatherer.run(shares, reads, stop.clone()));
        let judge = judge(parts, &member, orders)?;
        let mirror = Mirror {
            feeds: Feeds::clone(&config.feeds),
            kafka: kafka.clone(),
            publisher: Arc::clone(&publisher),
            metrics: Arc::clone(metrics),
        };
        let router = Router { shares: shares_out, seat: seat.clone(), mirror: Arc::new(mirror), mirroring: None };
        let router = tokio::spawn(router.run(membership));
        Ok(Daemon { publisher, member, gatherer, router, judge, seat, stop })
    }

    /// Ends when a part ends on its own, which none does unless it fails.
    pub async fn failed(&mut self) -> anyhow::Error {
        loop {
            if self.gatherer.is_finished() {
                return anyhow::format_err!("gathering ended on its own");
            }
            if self.judge.is_finished() {
                return anyhow::format_err!("judging ended on its own");
            }
            // What it was sent and what is not remembered a new process finds again.
            if let Some(why) = self.publisher.failed() {
                return anyhow::format_err!("the producer has failed for good: {why}");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Stops in order within the limit: gathering settles what is under way, the group hands the shares to others,
    /// judging ends, and what is held is sent. Whatever does not end in time loses nothing: it was not remembered.
    pub async fn drain(self, limit: Duration) -> anyhow::Result<()> {
        let publisher = Arc::clone(&self.publisher);
        tokio::time::timeout(limit, self.drain_all())
            .await
            .map_err(|_| anyhow::format_err!("did not drain within {}", humantime::format_duration(limit)))??;
        let held = publisher.unacknowledged();
        anyhow::ensure!(held.records == 0, "{} records were not acknowledged", held.records);
        Ok(())
    }

    async fn drain_all(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.gatherer.await.context("gathering failed")?;
        self.member.leave().await;
        self.router.await.context("the group's events failed")?;
        // The judge has given up its seat by now, or never had it. Who asks may find the thread gone.
        drop(self.seat.send(Seat::Stop));
        let judge = self.judge;
        tokio::task::spawn_blocking(move || judge.join())
            .await?
            .map_err(|_| anyhow::format_err!("the judge panicked"))?;
        self.publisher.drain().await;
        Ok(())
    }
}

/// What every poll uses.
///
/// # Errors
/// The HTTP client or a parser thread could not be made.
pub fn tools(config: &Config) -> anyhow::Result<Tools> {
    Ok(Tools {
        client: Client::new(&config.fetch, Room::new(config.gather.body_bytes_max))
            .context("the HTTP client could not be made")?,
        parsers: Parsers::start(config.gather.parser_threads).context("parser threads could not be started")?,
        limits: Limits::default(),
        backlog: config.feeds.backlog,
        window: Duration::from_millis(config.judge.limits.window_ms.unsigned_abs()),
    })
}

fn judge(
    parts: &Parts<'_>,
    member: &Arc<Member>,
    orders: sync_mpsc::Receiver<Seat>,
) -> anyhow::Result<thread::JoinHandle<()>> {
    let links = judge::Links {
        kafka: parts.kafka.clone(),
        judge: parts.config.judge.clone(),
        metrics: Arc::clone(&parts.metrics),
        status: parts.status.clone(),
        member: Arc::clone(member),
    };
    let judge = judge::Judge::new(links, orders);
    thread::Builder::new().name("judge".to_owned()).spawn(move || judge.run()).context("the judge's thread")
}

/// Takes the group's word to the parts that it concerns.
struct Router {
    shares: mpsc::Sender<Shares>,
    seat: sync_mpsc::Sender<Seat>,
    mirror: Arc<Mirror>,
    mirroring: Option<CancellationToken>,
}

impl Router {
    async fn run(mut self, mut membership: mpsc::Receiver<Membership>) {
        while let Some(word) = membership.recv().await {
            match word {
                Membership::Assigned(shares) => {
                    if shares.contains(&MIRROR_SHARE) {
                        self.start_mirror();
                    }
                    if shares.contains(&Share::Items) {
                        self.tell_judge(Seat::Assigned);
                    }
                    self.tell_gatherer(Shares::Assigned(partitions(&shares))).await;
                }
                Membership::Revoked { shares, release } => self.revoked(&shares, Arc::new(release)).await,
                Membership::Lost(shares) => {
                    self.stop_mirror(&shares);
                    if shares.contains(&Share::Items) {
                        self.tell_judge(Seat::Lost);
                    }
                    self.tell_gatherer(Shares::Lost(partitions(&shares))).await;
                }
            }
        }
    }

    async fn revoked(&mut self, shares: &[Share], release: Arc<Release>) {
        self.stop_mirror(shares);
        if shares.contains(&Share::Items) {
            self.tell_judge(Seat::Revoked(Arc::clone(&release)));
        }
        self.tell_gatherer(Shares::Revoked(partitions(shares), release)).await;
    }

    fn start_mirror(&mut self) {
        let stop = CancellationToken::new();
        tokio::spawn(Arc::clone(&self.mirror).run(stop.clone()));
        self.mirroring = Some(stop);
    }

    fn stop_mirror(&mut self, shares: &[Share]) {
        if shares.contains(&MIRROR_SHARE)
            && let Some(mirroring) = self.mirroring.take()
        {
            mirroring.cancel();
        }
    }

    fn tell_judge(&self, seat: Seat) {
        if self.seat.send(seat).is_err() {
            tracing::debug!("the judge has ended");
        }
    }

    async fn tell_gatherer(&self, shares: Shares) {
        if self.shares.send(shares).await.is_err() {
            tracing::debug!("the gatherer has ended");
        }
    }
}

fn partitions(shares: &[Share]) -> Vec<i32> {
    let feeds = shares.iter().filter_map(|share| match share {
        Share::Feeds(partition) => Some(*partition),
        Share::Items => None,
    });
    feeds.collect()
}
