//! One file per command.

pub mod demo;
pub mod health;
pub mod normalise;
pub mod parse;
pub mod run;

use super::cli::{Cli, Command};
use super::failure::Failure;
use crate::config::Config;
use crate::telemetry;

/// Runs one command.
///
/// # Errors
/// How it failed, with the exit code that says so.
pub async fn dispatch(cli: Cli) -> Result<(), Failure> {
    if let Command::Demo(options) = cli.command {
        let form = if cli.json { demo::Output::Json } else { demo::Output::Lines };
        return demo::demo(options, form).await;
    }
    let (config, log) = Config::load(cli.config.as_deref()).map_err(Failure::Config)?;
    telemetry::start(log)?;
    match cli.command {
        Command::Run => run::run(config).await,
        _ => Ok(()),
    }
}
