//! One file per command.

mod broker;
mod check;
pub mod demo;
mod feeds;
pub mod health;
pub mod normalise;
mod output;
pub mod parse;
pub mod run;
mod tail;
mod topics;
mod try_feed;
mod web;

pub use output::Form;

use std::io;
use std::path::Path;

use anyhow::Context as _;
use tokio::task::spawn_blocking;
use toml::Table;
use url::Url;

use super::cli::{Cli, Command};
use super::failure::Failure;
use super::parsers::Parsers;
use crate::config::Config;
use crate::fetch::{Client, Room};
use crate::telemetry::{self, RawLog};
use web::Web;

/// A command says what is wrong by how it ends; of librdkafka's lines only those say more that tell of wrong secrets.
const COMMAND_LOG: &str = "warn,depeche::kafka::log=error";

/// Runs one command.
///
/// # Errors
/// How it failed, with the exit code that says so.
pub async fn dispatch(cli: Cli) -> Result<(), Failure> {
    let form = if cli.json { Form::Json } else { Form::Text };
    let file = cli.config.as_deref();
    let mut out = io::stdout();
    match cli.command {
        Command::Run => {
            let (config, log) = load(file)?;
            telemetry::start(log)?;
            run::run(config).await
        }
        Command::Demo(options) => demo::demo(options, form).await,
        Command::Check { broker: false } => check::configuration(file, form, &mut out),
        Command::Check { broker: true } => check::broker(&configured(file)?, form, &mut out).await,
        Command::Feeds(command) => feeds::run(&configured(file)?, command, form, &mut out).await,
        Command::Topics(command) => topics::run(&configured(file)?, command, form, &mut out).await,
        Command::Tail(asked) => tail::run(&configured(file)?, asked, form, &mut out).await,
        Command::Parse { sources } => parse_all(file, &sources, &mut out).await,
        Command::Normalise(asked) => normalise_one(&asked, &mut out),
        Command::Try { url } => try_feed::run(&configured(file)?, &url, form, &mut out).await,
        Command::Health { url } => ask_health(file, url.as_deref()).await,
    }
}

/// The configuration of a command that runs, says and ends.
fn configured(file: Option<&Path>) -> Result<Config, Failure> {
    let (config, _) = load(file)?;
    start_log()?;
    Ok(config)
}

fn load(file: Option<&Path>) -> Result<(Config, telemetry::Log), Failure> {
    Config::load(file).map_err(Failure::Config)
}

fn start_log() -> Result<(), Failure> {
    let raw = RawLog { filter: COMMAND_LOG.to_owned(), ..RawLog::default() };
    let mut faults = Vec::new();
    let log = raw.check(&mut faults).ok_or(Failure::Config(faults))?;
    Ok(telemetry::start(log)?)
}

/// Parses documents; one that could not be is in the output, and the exit code says so.
async fn parse_all(file: Option<&Path>, sources: &[String], out: &mut io::Stdout) -> Result<(), Failure> {
    // What is set matters only to fetching.
    let is_fetched = sources.iter().any(|source| source.starts_with("http://") || source.starts_with("https://"));
    let config = if is_fetched { load(file)? } else { Config::of(Table::new()).map_err(Failure::Config)? }.0;
    start_log()?;
    let parsers = Parsers::start(config.gather.parser_threads).context("parser threads could not be started")?;
    let web = Web(Client::new(&config.fetch, Room::new(config.gather.body_bytes_max))
        .context("the HTTP client could not be made")?);
    let tally = parse::run(sources, &parsers, &web, out).await?;
    let parse::Tally { documents, failed } = tally;
    if failed > 0 {
        return Err(Failure::Failed(anyhow::format_err!("{failed} of {documents} could not be parsed")));
    }
    Ok(())
}

fn normalise_one(asked: &normalise::Options, out: &mut io::Stdout) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(out.lock());
    normalise::run(&mut asked.open()?, &mut out, asked)?;
    Ok(io::Write::flush(&mut out)?)
}

async fn ask_health(file: Option<&Path>, address: Option<&str>) -> Result<(), Failure> {
    let asked = match address {
        Some(address) => {
            let wrong = || Failure::Usage(format!("`{address}` is no address such as http://127.0.0.1:9464/livez"));
            let url = Url::parse(address).map_err(|_| wrong())?;
            spawn_blocking(move || health::probe_url(&url, health::LIMIT))
        }
        None => {
            let listen = load(file)?.0.http.listen;
            spawn_blocking(move || health::probe(listen, health::LIMIT))
        }
    };
    Ok(asked.await??)
}
