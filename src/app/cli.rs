//! The command line: what can be asked, in words that a newcomer understands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::commands::normalise;

/// Polls news feeds, cleans every article and publishes it once to Kafka.
///
/// New here? `depeche demo` shows everything at once and needs no Kafka.
#[derive(Debug, Parser)]
#[command(name = "depeche", version, max_term_width = 100)]
pub struct Cli {
    /// The configuration file [default: ./config/depeche.toml, else /etc/depeche/depeche.toml]
    #[arg(short, long, global = true, env = "DEPECHE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write JSON lines to standard output, and all else to standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: poll, clean, judge, publish, until it is told to stop
    Run,
    /// Look at everything at once: a broker in this process, made-up feeds, events on the screen
    Demo(Demo),
    /// Check the configuration and name every fault
    Check {
        /// Also ask the broker for each right that the daemon needs
        #[arg(long)]
        broker: bool,
    },
    /// The feeds that are polled
    #[command(subcommand)]
    Feeds(Feeds),
    /// The Kafka topics that the daemon uses
    #[command(subcommand)]
    Topics(Topics),
    /// Follow what is published
    Tail(Tail),
    /// Read feed documents and print their items; needs no broker
    Parse {
        /// Files, addresses, or `-` for standard input
        #[arg(required = true, value_name = "FILE|URL")]
        sources: Vec<String>,
    },
    /// Clean one article, or a batch of them; needs no broker
    #[command(alias = "normalize")]
    Normalise(normalise::Options),
    /// Fetch one feed and print the events it would give; stores nothing
    Try {
        /// The feed's address
        url: String,
    },
    /// Ask a running daemon whether it is alive; for container health checks
    #[command(hide = true)]
    Health {
        /// The address to ask [default: the configured listener's /livez]
        url: Option<String>,
    },
}

/// What the demo takes.
#[derive(Debug, Args)]
pub struct Demo {
    /// Poll these feeds instead of the made-up ones
    #[arg(long, value_name = "FILE")]
    pub feeds: Option<PathBuf>,
    /// Stop after this time, such as 30s
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub time: Option<std::time::Duration>,
}

/// What can be done with the list of feeds.
#[derive(Debug, Subcommand)]
pub enum Feeds {
    /// Add feeds by address
    Add {
        /// Their addresses
        #[arg(required = true, value_name = "URL")]
        urls: Vec<String>,
        /// What they have in common.
        #[command(flatten)]
        labels: Labels,
    },
    /// Remove feeds: they are polled no more and their state is deleted
    Remove(Named),
    /// Pause feeds: they are polled no more until resumed
    Pause(Named),
    /// Resume paused feeds
    Resume(Named),
    /// Show one feed: what is wanted of it and how it does
    Show {
        /// Its id or address
        feed: String,
    },
    /// List all feeds
    List,
    /// Make the list equal to a file: our TOML, OPML, or one address a line
    Apply {
        /// The file
        file: PathBuf,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Do it even if many feeds would go
        #[arg(long)]
        yes: bool,
    },
    /// Write the list to standard output
    Export {
        /// As OPML
        #[arg(long, required = true)]
        opml: bool,
    },
}

/// Labels of feeds added by hand.
#[derive(Debug, Args)]
pub struct Labels {
    /// The publisher's name
    #[arg(long)]
    pub publisher: Option<String>,
    /// ISO 3166-1 alpha-2, such as FR
    #[arg(long)]
    pub country: Option<String>,
    /// BCP 47, such as fr
    #[arg(long)]
    pub language: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag")]
    pub tags: Vec<String>,
}

/// Feeds named by id or address.
#[derive(Debug, Args)]
pub struct Named {
    /// Ids or addresses
    #[arg(required = true, value_name = "FEED")]
    pub feeds: Vec<String>,
}

/// What can be done with the topics.
#[derive(Debug, Subcommand)]
pub enum Topics {
    /// Print what would be created, and the commands that create it and grant the rights
    Plan,
    /// Create what is missing
    Create,
}

/// What to follow.
#[derive(Debug, Args)]
pub struct Tail {
    /// The topic
    #[arg(long, value_enum, default_value_t = TailTopic::Articles)]
    pub topic: TailTopic,
    /// Start with the oldest record
    #[arg(long, conflicts_with = "since")]
    pub from_beginning: bool,
    /// Start this long ago, such as 2h
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub since: Option<std::time::Duration>,
    /// Only this language
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// Only this feed, by id or address
    #[arg(long)]
    pub feed: Option<String>,
    /// Stop at the end instead of waiting for more
    #[arg(long)]
    pub until_end: bool,
}

/// The topics that can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TailTopic {
    /// Every article once, and its revisions
    Articles,
    /// The same article in a further feed
    Duplicates,
    /// What happened to feeds
    FeedEvents,
    /// What could not be processed
    DeadLetters,
    /// Everything that was gathered
    Items,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
