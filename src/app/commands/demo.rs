//! `depeche demo`: the daemon on an embedded broker, in this process, with every event on the screen.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tokio::sync::mpsc;

use super::output::{Form, columns, json_line};
use crate::app::cli;
use crate::app::daemon::{Daemon, Parts};
use crate::app::demo::screen::{self, Group, Summary};
use crate::app::demo::setting;
use crate::app::demo::web::{DemoFeed, Web};
use crate::app::failure::Failure;
use crate::app::mirror::partitions;
use crate::app::registry;
use crate::app::signals::Signals;
use crate::app::status::Status;
use crate::clock;
use crate::config::Config;
use crate::event::{self, Message};
use crate::feed::changes::{self, Removal, Setting};
use crate::feed::list::{Form as ListForm, Listed};
use crate::judge::Outcome;
use crate::kafka::{self, From, Isolation, Publisher, Read, Reader, Tagged, Topic, embedded};
use crate::metrics::{ItemEnd, Label, Metrics};
use crate::schedule::PollOutcome;
use crate::telemetry;

/// What subscribers would read.
const SHOWN: [Topic; 4] = [Topic::Articles, Topic::Duplicates, Topic::FeedEvents, Topic::DeadLetters];
/// Events read ahead of the screen.
const READS_MAX: usize = 100;

/// Runs the demo.
///
/// # Errors
/// The list of feeds is faulty, or a part could not be started.
pub async fn demo(options: cli::Demo, form: Form) -> Result<(), Failure> {
    let (config, log) = config(options.feeds)?;
    telemetry::start(log)?;
    let mut signals = Signals::listen()?;
    let broker = tokio::task::block_in_place(|| embedded::Broker::start(&config.kafka))?;
    let kafka = broker.settings(&config.kafka);
    let metrics = Arc::new(Metrics::new(clock::now())?);
    tracing::warn!("the embedded broker keeps nothing and proves nothing about exactly-once; it is for a first look");
    let begun = Instant::now();
    let web = match &config.feeds.file {
        Some(_) => None,
        None => Some(Web::start(seed(), clock::now()).await.context("the made-up web could not be opened")?),
    };
    if let Some(web) = &web {
        register(&kafka, &web.feeds).await?;
    }
    let parts =
        Parts { config: &config, kafka: kafka.clone(), metrics: Arc::clone(&metrics), status: Status::default() };
    let daemon = Daemon::start(&parts)?;
    let shown = show(&kafka, form, &mut signals, options.time).await;
    let drained = daemon.drain(config.gather.drain_limit).await;
    if let Some(web) = web {
        web.stop().await;
    }
    let summary = Summary { lasted: begun.elapsed(), groups: groups(&metrics) };
    write!(io::stderr().lock(), "{}", screen::table(&summary))?;
    shown?;
    Ok(drained?)
}

fn config(feeds: Option<PathBuf>) -> Result<(Config, crate::telemetry::Log), Failure> {
    let text = if feeds.is_some() { setting::OWN_FEEDS } else { setting::MADE_UP };
    let mut table: toml::Table = text.parse().context("the demo's own setting")?;
    if let (Some(file), Some(toml::Value::Table(section))) = (feeds, table.get_mut("feeds")) {
        section.insert("file".to_owned(), file.display().to_string().into());
    }
    Config::of(table).map_err(Failure::Config)
}

/// Another play each time; the same parts.
fn seed() -> u64 {
    clock::now().timestamp().unsigned_abs()
}

/// Writes the made-up feeds to the topic, as an operator would with `feeds apply`.
async fn register(kafka: &kafka::Settings, feeds: &[DemoFeed]) -> anyhow::Result<()> {
    let listed: Result<Vec<Listed>, _> = feeds.iter().enumerate().map(listed).collect();
    let setting = Setting { partitions: partitions(kafka), removal: Removal::AtOnce, now: clock::now() };
    let plan = changes::plan(&[], &listed.context("an address of the made-up web")?, &Default::default(), &setting);
    let publisher = Publisher::new(kafka)?;
    registry::write(&publisher, &plan).await.context("the made-up feeds were not registered")
}

fn listed((line, feed): (usize, &DemoFeed)) -> Result<Listed, crate::feed::BadFeedUrl> {
    let listed = Listed::at(line, ListForm::Toml, &feed.url)?;
    Ok(Listed {
        publisher: Some(feed.publisher.to_owned()),
        country: Some(feed.country.to_owned()),
        language: Some(feed.language.to_owned()),
        ..listed
    })
}

/// Shows what is published until the time is up or a signal comes.
async fn show(
    kafka: &kafka::Settings,
    form: Form,
    signals: &mut Signals,
    time: Option<Duration>,
) -> Result<(), Failure> {
    let (reader, mut reads) = Reader::spawn(kafka, Isolation::Committed, READS_MAX)?;
    for topic in SHOWN {
        for partition in 0..kafka.topic(topic).partitions {
            reader.follow(topic, partition, From::Beginning, 0);
        }
    }
    let over = async {
        match time {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = over => Ok(()),
        () = signals.stop() => Ok(()),
        ended = print(&mut reads, form) => ended.map_err(Failure::from),
    }
}

async fn print(reads: &mut mpsc::Receiver<Tagged>, form: Form) -> io::Result<()> {
    while let Some(Tagged { read, .. }) = reads.recv().await {
        let Read::Record(stored) = read else { continue };
        let message = Message { key: stored.key, headers: stored.headers, value: stored.value.unwrap_or_default() };
        let event: Value = event::structured(&message);
        let mut out = io::stdout().lock();
        match form {
            Form::Json => json_line(&mut out, &event)?,
            Form::Text => writeln!(out, "{}", screen::line(&event, columns()))?,
        }
        out.flush()?;
    }
    Ok(())
}

fn groups(metrics: &Metrics) -> Vec<Group> {
    fn group<L: Label>(title: &str, count: impl Fn(L) -> u64) -> Group {
        let rows = L::VALUES.iter().map(|value| (value.text().to_owned(), count(*value))).collect();
        Group { title: title.to_owned(), rows }
    }
    vec![
        group("polls", |outcome: PollOutcome| metrics.gathering.polls.of(outcome).get()),
        group("items", |end: ItemEnd| metrics.gathering.items.of(end).get()),
        // Words about feeds are no items; rows of zero are left out.
        group("outcomes", |outcome: Outcome| match outcome {
            Outcome::Signal => 0,
            Outcome::New
            | Outcome::Revised
            | Outcome::Duplicate
            | Outcome::Repeat
            | Outcome::Stale
            | Outcome::Remembered
            | Outcome::DeadLetter => metrics.judging.items.of(outcome).get(),
        }),
    ]
}
