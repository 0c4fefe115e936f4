//! A [`Source`] on a thread of its own, for async code.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::error::ClientError;
use super::source::{From, Isolation, Read, Source};
use super::{Settings, Topic};

/// How long a command waits when nothing is there to be read.
const POLL: Duration = Duration::from_millis(20);

enum Command {
    Follow { topic: Topic, partition: i32, from: From, tag: u64 },
    Stop(Topic, i32),
    Watermarks(Topic, i32, oneshot::Sender<Result<(i64, i64), ClientError>>),
}

/// What was read, with the tag of the following that it belongs to: what an earlier following of the same partition
/// read may still wait in the channel when the next one begins.
#[derive(Debug)]
pub struct Tagged {
    /// As given to [`Reader::follow`].
    pub tag: u64,
    /// What was read.
    pub read: Read,
}

/// Commands a thread that reads; what it reads comes out of the channel that [`Reader::spawn`] gives. The thread ends
/// when this or the channel is dropped.
pub struct Reader {
    // Unbounded, but fed by few: two commands for each partition that is taken over or given up. A bounded one could
    // lock up with the events, which the same task takes.
    commands: mpsc::UnboundedSender<Command>,
}

impl Reader {
    /// Starts the thread; at most `queue_len` events wait to be taken, then it stops fetching.
    pub fn spawn(
        settings: &Settings,
        isolation: Isolation,
        queue_len: usize,
    ) -> Result<(Reader, mpsc::Receiver<Tagged>), ClientError> {
        let source = Source::new(settings, isolation);
        let (commands, inbox) = mpsc::unbounded_channel();
        let (events, outbox) = mpsc::channel(queue_len);
        let worker = Worker { source, tags: BTreeMap::new(), events };
        thread::Builder::new()
            .name("kafka-reader".to_owned())
            .spawn(move || worker.serve(inbox))
            .map_err(ClientError::Thread)?;
        Ok((Reader { commands }, outbox))
    }

    /// See [`Source::follow`]; all that is read of it bears the tag.
    pub fn follow(&self, topic: Topic, partition: i32, from: From, tag: u64) {
        self.tell(Command::Follow { topic, partition, from, tag });
    }

    /// See [`Source::stop`]. What was read before may still come out of the channel.
    pub fn stop(&self, topic: Topic, partition: i32) {
        self.tell(Command::Stop(topic, partition));
    }

    /// See [`Source::watermarks`].
    pub async fn watermarks(&self, topic: Topic, partition: i32) -> Result<(i64, i64), ClientError> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Watermarks(topic, partition, answer));
        answered.await.unwrap_or_else(|_| Err(ClientError::Unreachable("the reader has ended".to_owned())))
    }

    fn tell(&self, command: Command) {
        if self.commands.send(command).is_err() {
            tracing::debug!("reader has ended");
        }
    }
}

struct Worker {
    source: Source,
    tags: BTreeMap<(Topic, i32), u64>,
    events: mpsc::Sender<Tagged>,
}

impl Worker {
    fn serve(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        loop {
            loop {
                match inbox.try_recv() {
                    Ok(command) => self.obey(command),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => return,
                }
            }
            if self.events.is_closed() {
                return;
            }
            if let Some(read) = self.source.poll(POLL) {
                self.give(read);
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Follow { topic, partition, from, tag } => {
                self.tags.insert((topic, partition), tag);
                if let Err(error) = self.source.follow(topic, partition, from) {
                    self.give(Read::Failed { topic, error });
                }
            }
            Command::Stop(topic, partition) => self.source.stop(topic, partition),
            // Who asked may have gone.
            Command::Watermarks(topic, partition, answer) => {
                drop(answer.send(self.source.watermarks(topic, partition)));
            }
        }
    }

    fn give(&self, read: Read) {
        let tag = match &read {
            Read::Record(stored) => self.tags.get(&(stored.topic, stored.partition)),
            Read::CaughtUp { topic, partition, .. } | Read::Gone { topic, partition, .. } => {
                self.tags.get(&(*topic, *partition))
            }
            Read::Failed { .. } => None,
        };
        // A closed channel ends the thread a moment later.
        drop(self.events.blocking_send(Tagged { tag: tag.copied().unwrap_or_default(), read }));
    }
}
