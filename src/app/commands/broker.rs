//! What commands that need a broker do first: find it, and see that its topics are as the daemon needs them.

use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::output::remark;
use super::run::NO_BROKER;
use crate::app::Failure;
use crate::config::Config;
use crate::kafka::admin::{self, AdminError};
use crate::kafka::{ClientError, Publisher, Settings};

/// Without an acknowledgement for so long a command gives up; the daemon would wait for ever.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

/// The broker's settings, if one is named.
pub(super) fn named(config: &Config) -> Result<Settings, Failure> {
    if config.kafka.names_a_broker() {
        return Ok(config.kafka.clone());
    }
    Err(Failure::Config(vec![NO_BROKER.to_owned()]))
}

/// Finds the broker, creates what topics are missing and checks them, as the daemon does at its start.
pub(super) async fn open(config: &Config) -> Result<Settings, Failure> {
    let (settings, hidden) = look(config).await?;
    match hidden {
        None => Ok(settings),
        Some(sentence) => Err(Failure::Failed(anyhow::Error::msg(sentence))),
    }
}

/// As [`open`], but goes on without rights and says in a sentence which are missing.
pub(super) async fn look(config: &Config) -> Result<(Settings, Option<String>), Failure> {
    let mut settings = named(config)?;
    let address = settings.bootstrap_servers.clone();
    let looked = spawn_blocking(move || {
        let created = admin::create(&settings)?;
        let verified = admin::verify(&mut settings)?;
        Ok((settings, created, verified))
    });
    let (settings, created, verified) = looked.await?.map_err(|error| told(error, &address))?;
    created.iter().for_each(|name| remark(format_args!("created topic {name}")));
    verified.warnings.iter().for_each(remark);
    Ok((settings, verified.hidden))
}

/// An error of the broker's as one sentence.
pub(super) fn told(error: AdminError, address: &str) -> Failure {
    Failure::Failed(match error {
        // librdkafka's words for it say nothing more; of wrong secrets its log tells.
        AdminError::Client(ClientError::Unreachable(_)) => {
            anyhow::format_err!("no broker answers at `{address}` (kafka.bootstrap_servers)")
        }
        error @ (AdminError::Client(_)
        | AdminError::Missing { .. }
        | AdminError::Refused { .. }
        | AdminError::Unsound(_)) => error.into(),
    })
}

/// Waits for writes as long as the broker acknowledges any.
pub(super) async fn acknowledged<T>(publisher: &Publisher, writes: impl Future<Output = T>) -> anyhow::Result<T> {
    let begun = Instant::now();
    let silence = async {
        loop {
            tokio::time::sleep(LOOK).await;
            let heard = publisher.last_ack().unwrap_or(begun).max(begun);
            if heard.elapsed() > SILENCE_MAX {
                return;
            }
        }
    };
    tokio::select! {
        written = writes => Ok(written),
        () = silence => anyhow::bail!(
            "the broker acknowledges nothing any more; run the command again: what it has taken is not written twice"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_broker_is_a_fault_of_the_configuration() {
        let (config, _) = Config::of(toml::Table::new()).unwrap();
        assert!(
            matches!(named(&config), Err(Failure::Config(faults)) if faults[0].contains("kafka.bootstrap_servers"))
        );
    }

    #[test]
    fn a_broker_that_is_away_is_named_in_one_sentence() {
        let error = AdminError::Client(ClientError::Unreachable("connection refused".to_owned()));
        let Failure::Failed(told) = told(error, "k:9092") else { panic!("another kind of failure") };
        assert_eq!(told.to_string(), "no broker answers at `k:9092` (kafka.bootstrap_servers)");
    }
}
