//! The one member of the group that this process has: which feeds are ours, and whether we are the judge.
//!
//! It reads nothing: its partitions are paused for ever. It owns a thread of its own, so that neither a long
//! transaction nor a slow parser can keep it from answering the group.

use std::collections::BTreeMap;
use std::sync::mpsc as sync_mpsc;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use super::error::{ClientError, Expelled};
use super::{Settings, Topic};

mod rebalance;
mod thread_loop;

/// Events that may wait to be taken; they are few, and a full channel only makes the group wait.
const EVENTS_MAX: usize = 64;

/// What the group gives to exactly one replica at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// The feeds of this partition, and the right to write its state.
    Feeds(i32),
    /// The judge's seat.
    Items,
}

/// What a replica wants of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Feeds, and to be the judge.
    FeedsAndItems,
    /// Feeds alone: another replica shall judge.
    FeedsOnly,
}

/// What the group decides.
#[derive(Debug)]
pub enum Membership {
    /// These are ours from now on.
    Assigned(Vec<Share>),
    /// These go to another replica as soon as `release` is dropped, at the latest after half the session.
    Revoked {
        /// What goes.
        shares: Vec<Share>,
        /// Drop it when everything in progress is finished or given up.
        release: Release,
    },
    /// These are no longer ours, and may be another's already.
    Lost(Vec<Share>),
}

/// Holds the hand-over up until it is dropped.
#[derive(Debug)]
pub struct Release {
    _held: sync_mpsc::Sender<()>,
}

impl Release {
    /// Lets the hand-over go on.
    pub fn release(self) {
        drop(self);
    }
}

pub(super) enum Command {
    Confirm(Share, oneshot::Sender<Result<(), Expelled>>),
    Position(Share, i64),
    Interest(Interest),
    Leave(oneshot::Sender<()>),
}

/// Membership in the group. Dropping it leaves the group, without waiting for the end.
pub struct Member {
    commands: mpsc::UnboundedSender<Command>,
}

impl Member {
    /// Joins the group; what it decides comes out of the channel.
    pub fn join(settings: &Settings, interest: Interest) -> Result<(Member, mpsc::Receiver<Membership>), ClientError> {
        // Unbounded, but fed by few: a confirmation for each share and a position a second.
        let (commands, inbox) = mpsc::unbounded_channel();
        let (events, outbox) = mpsc::channel(EVENTS_MAX);
        let worker = thread_loop::Worker::new(settings, interest, inbox, events)?;
        thread::Builder::new()
            .name("kafka-member".to_owned())
            .spawn(move || worker.run())
            .map_err(ClientError::Thread)?;
        Ok((Member { commands }, outbox))
    }

    /// Asks the group's coordinator whether a share is ours at this moment, by a commit that it refuses to a member
    /// which it has given up.
    pub async fn confirm(&self, share: Share) -> Result<(), Expelled> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Confirm(share, answer));
        answered.await.unwrap_or(Err(Expelled::NotOurs))
    }

    /// Notes how far a share's topic has been read, as the group's offset: only tools that show lag look at it.
    pub fn note_position(&self, share: Share, offset: i64) {
        self.tell(Command::Position(share, offset));
    }

    /// Changes what is wanted; the group decides anew.
    pub fn interest(&self, interest: Interest) {
        self.tell(Command::Interest(interest));
    }

    /// Leaves the group: everything is revoked, each with its [`Release`], and is another replica's at once.
    pub async fn leave(&self) {
        let (done, left) = oneshot::channel();
        self.tell(Command::Leave(done));
        if left.await.is_err() {
            tracing::debug!("the group's thread had ended before");
        }
    }

    fn tell(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::debug!("the group's thread has ended");
        }
    }
}

impl Interest {
    fn topics(self) -> &'static [Topic] {
        match self {
            Interest::FeedsAndItems => &[Topic::Feeds, Topic::Items],
            Interest::FeedsOnly => &[Topic::Feeds],
        }
    }
}

impl Share {
    fn of(settings: &Settings, topic: &str, partition: i32) -> Option<Share> {
        if settings.topic(Topic::Feeds).name == topic {
            Some(Share::Feeds(partition))
        } else {
            (settings.topic(Topic::Items).name == topic).then_some(Share::Items)
        }
    }

    fn place(self, settings: &Settings) -> (&str, i32) {
        match self {
            Share::Feeds(partition) => (&settings.topic(Topic::Feeds).name, partition),
            Share::Items => (&settings.topic(Topic::Items).name, 0),
        }
    }
}

/// Answers that are waited for, by share.
type Waiting = BTreeMap<Share, Vec<oneshot::Sender<Result<(), Expelled>>>>;
