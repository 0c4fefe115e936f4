//! `depeche tail`: what is published, a line for each record, as it comes.

mod filter;
mod line;

use std::io::Write;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::output::Form;
use super::{broker, output};
use crate::app::Failure;
use crate::app::cli::{Tail, TailTopic};
use crate::app::signals::Signals;
use crate::clock;
use crate::config::Config;
use crate::kafka::{From, Isolation, Read, Reader, Settings, Stored, Tagged, Topic};
use filter::Filter;

/// Records read ahead of the terminal.
const READ_AHEAD: usize = 1_000;

/// Follows a topic until it is told to stop, or to its end.
pub(super) async fn run(config: &Config, asked: Tail, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    let filter = Filter::of(&asked).map_err(Failure::Usage)?;
    let settings = broker::open(config).await?;
    let mut signals = Signals::listen()?;
    let mut following = Following::start(&settings, &asked, clock::now())?;
    let columns = output::columns();
    loop {
        let stored = tokio::select! {
            () = signals.stop() => return Ok(()),
            stored = following.next() => stored?,
        };
        match stored {
            Some(stored) => {
                let Some(record) = line::Told::of(&stored).filter(|record| filter.lets(record)) else { continue };
                match form {
                    Form::Text => writeln!(out, "{}", record.line(columns))?,
                    Form::Json => output::json_line(out, &record.event)?,
                }
            }
            None if asked.until_end => return Ok(()),
            None => {}
        }
    }
}

/// Partitions of a topic that are being read.
struct Following {
    reader: Reader,
    reads: mpsc::Receiver<Tagged>,
    /// Partitions whose end has not been reached yet.
    behind: usize,
}

impl Following {
    fn start(settings: &Settings, asked: &Tail, now: DateTime<Utc>) -> anyhow::Result<Following> {
        let (topic, isolation) = topic(asked.topic);
        let (reader, reads) = Reader::spawn(settings, isolation, READ_AHEAD)?;
        let from = from(asked, now);
        let partitions = settings.topic(topic).partitions;
        (0..partitions).for_each(|partition| reader.follow(topic, partition, from, 0));
        Ok(Following { reader, reads, behind: usize::try_from(partitions).unwrap_or(0) })
    }

    /// The next record; none when what stood in the topic at the start has all been read, which is told once.
    async fn next(&mut self) -> anyhow::Result<Option<Stored>> {
        loop {
            let Some(Tagged { read, .. }) = self.reads.recv().await else { anyhow::bail!("the reader has ended") };
            match read {
                Read::Record(stored) => return Ok(Some(*stored)),
                Read::CaughtUp { .. } => {
                    self.behind = self.behind.saturating_sub(1);
                    if self.behind == 0 {
                        return Ok(None);
                    }
                }
                // Retention took what was to be read: the oldest that is left comes next.
                Read::Gone { topic, partition, .. } => self.reader.follow(topic, partition, From::Beginning, 0),
                Read::Failed { error, .. } => return Err(error.into()),
            }
        }
    }
}

/// Which topic it is, and whether what the judge writes in transactions is in it.
fn topic(asked: TailTopic) -> (Topic, Isolation) {
    match asked {
        TailTopic::Articles => (Topic::Articles, Isolation::Committed),
        TailTopic::Duplicates => (Topic::Duplicates, Isolation::Committed),
        TailTopic::DeadLetters => (Topic::DeadLetters, Isolation::Committed),
        TailTopic::FeedEvents => (Topic::FeedEvents, Isolation::Uncommitted),
        TailTopic::Items => (Topic::Items, Isolation::Uncommitted),
    }
}

fn from(asked: &Tail, now: DateTime<Utc>) -> From {
    match asked.since {
        Some(since) => From::Time(time_ms(since, now)),
        None if asked.from_beginning => From::Beginning,
        None => From::End,
    }
}

fn time_ms(since: Duration, now: DateTime<Utc>) -> i64 {
    now.timestamp_millis().saturating_sub(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)).max(0)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::app::cli::{Cli, Command};

    #[track_caller]
    fn check(arguments: &[&str], expected: From) {
        let cli = Cli::parse_from(["depeche", "tail"].iter().chain(arguments));
        let Command::Tail(tail) = cli.command else { panic!("another command") };
        assert_eq!(from(&tail, DateTime::from_timestamp(10_000, 0).unwrap()), expected);
    }

    #[test]
    fn reading_starts_where_it_is_asked_to() {
        check(&[], From::End);
        check(&["--from-beginning"], From::Beginning);
        check(&["--since", "2h"], From::Time(2_800_000));
        check(&["--since", "10y"], From::Time(0));
    }
}
