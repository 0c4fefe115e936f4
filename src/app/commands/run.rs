//! `depeche run`: the daemon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::daemon::{Daemon, Parts};
use crate::app::failure::Failure;
use crate::app::signals::Signals;
use crate::app::status::{Reached, Status};
use crate::clock;
use crate::config::Config;
use crate::http::{self, Health, View};
use crate::kafka::{self, ClientError, admin};
use crate::metrics::Metrics;

/// Between two tries to reach the broker.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// While it is away, a line this often.
const SAY_AGAIN: Duration = Duration::from_secs(30);
/// How often the health checks' answer is renewed.
const HEALTH_EVERY: Duration = Duration::from_millis(500);

/// What there is to do when no broker is set.
pub const NO_BROKER: &str = "no Kafka broker is set: to look around without one run `depeche demo --feeds FILE`; \
    to keep what comes set kafka.bootstrap_servers (deploy/compose.yaml starts a broker beside the daemon)";

/// Runs until a signal or a failure.
///
/// # Errors
/// No broker is set, a port is taken, the topics break a guarantee, or a part failed.
pub async fn run(config: Config) -> Result<(), Failure> {
    if !config.kafka.names_a_broker() {
        return Err(Failure::Config(vec![NO_BROKER.to_owned()]));
    }
    let mut signals = Signals::listen()?;
    let metrics = Arc::new(Metrics::new(clock::now())?);
    let status = Status::default();
    let web = Web::start(&config, &metrics).await?;
    let ended = tokio::select! {
        () = signals.stop() => Ok(()),
        ended = prepare(&config, &web, &status) => match ended {
            Ok(kafka) => {
                let parts = Parts { config: &config, kafka, metrics, status: status.clone() };
                work(&parts, &web, &mut signals).await
            }
            Err(failure) => Err(failure),
        },
    };
    web.stop().await?;
    ended
}

/// Waits for the broker, then makes sure of the topics.
async fn prepare(config: &Config, web: &Web, status: &Status) -> Result<kafka::Settings, Failure> {
    let mut waiting = Waiting::default();
    tracing::info!(broker = config.kafka.bootstrap_servers, "looking for the broker");
    web.tell(status.health(Reached::No));
    loop {
        let mut kafka = config.kafka.clone();
        let verified = tokio::task::spawn_blocking(move || {
            let created = match admin::create(&kafka) {
                // Nothing is learned by asking again at once.
                Err(away @ admin::AdminError::Client(ClientError::Unreachable(_) | ClientError::Rejected(_))) => {
                    return Err(away);
                }
                created => created,
            };
            admin::verify(&mut kafka).map(|verified| (kafka, created, verified))
        });
        match verified.await? {
            Ok((kafka, created, verified)) => {
                told(created);
                let Some(missing) = verified.hidden else {
                    verified.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
                    return Ok(kafka);
                };
                waiting.say(&missing);
                web.tell(Health { ready: Err(vec!["the broker refuses rights"]), ..status.health(Reached::Yes) });
            }
            Err(admin::AdminError::Client(error)) => {
                waiting.say(&format!("{:#}", anyhow::Error::from(error)));
                web.tell(status.health(Reached::No));
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

fn told(created: Result<Vec<String>, admin::AdminError>) {
    match created {
        Ok(created) => created.iter().for_each(|topic| tracing::info!(topic, "a topic was created")),
        Err(error) => tracing::warn!(%error, "topics were not created"),
    }
}

/// Says why we wait: at once when the reason changes, and again every half minute.
#[derive(Default)]
struct Waiting(Option<(Instant, String)>);

impl Waiting {
    fn say(&mut self, why: &str) {
        if self.0.as_ref().is_none_or(|(said, before)| said.elapsed() >= SAY_AGAIN || before != why) {
            tracing::warn!(why, "waiting for the broker");
            self.0 = Some((Instant::now(), why.to_owned()));
        }
    }
}

async fn work(parts: &Parts<'_>, web: &Web, signals: &mut Signals) -> Result<(), Failure> {
    let mut daemon = Daemon::start(parts)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), broker = parts.kafka.bootstrap_servers, "running");
    let mut every = tokio::time::interval(HEALTH_EVERY);
    let failed = loop {
        tokio::select! {
            () = signals.stop() => break None,
            error = daemon.failed() => break Some(error),
            _ = every.tick() => {
                let reached = if parts.kafka.health.reachable() { Reached::Yes } else { Reached::No };
                web.tell(parts.status.health(reached));
            }
        }
    };
    parts.status.draining();
    web.tell(parts.status.health(Reached::Yes));
    tracing::info!("stopping: what is under way is finished; a second signal ends it at once");
    let drained = tokio::select! {
        drained = daemon.drain(parts.config.gather.drain_limit) => drained,
        () = signals.stop() => Err(anyhow::format_err!("a second signal ended the drain; nothing is lost, some may be sent again")),
    };
    match (failed, drained) {
        (Some(error), _) | (None, Err(error)) => Err(error.into()),
        (None, Ok(())) => {
            tracing::info!("stopped");
            Ok(())
        }
    }
}

/// The listeners of metrics and health.
struct Web {
    health: watch::Sender<Health>,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), http::HttpError>>,
}

impl Web {
    async fn start(config: &Config, metrics: &Arc<Metrics>) -> Result<Web, Failure> {
        let server = http::bind(&config.http).await?;
        let (open, admin) = server.addresses()?;
        tracing::info!(%open, %admin, "metrics and health are served");
        let (health, told) = watch::channel(Health::starting());
        let stop = CancellationToken::new();
        let view = View { metrics: Metrics::clone(metrics), health: told };
        let serving = tokio::spawn(server.serve(view, stop.clone()));
        Ok(Web { health, stop, serving })
    }

    fn tell(&self, health: Health) {
        self.health.send_replace(health);
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.serving.await.context("the listeners failed")?.context("the listeners failed")
    }
}
