//! A [`Source`] on a thread of its own, for async code.

use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::error::ClientError;
use super::source::{From, Isolation, Read, Source};
use super::{Settings, Topic};

/// How long a command waits when nothing is there to be read.
const POLL: Duration = Duration::from_millis(20);
/// Commands that may wait; each is served within [`POLL`] while its reader's events are taken.
const COMMANDS_MAX: usize = 256;

enum Command {
    Follow(Topic, i32, From),
    Stop(Topic, i32, oneshot::Sender<()>),
    Watermarks(Topic, i32, oneshot::Sender<Result<(i64, i64), ClientError>>),
}

/// Commands a thread that reads; what it reads comes out of the channel that [`Reader::spawn`] gives. The thread ends
/// when this or the channel is dropped.
pub struct Reader {
    commands: mpsc::Sender<Command>,
}

impl Reader {
    /// Starts the thread; at most `queue_len` events wait to be taken, then it stops fetching.
    pub fn spawn(
        settings: &Settings,
        isolation: Isolation,
        queue_len: usize,
    ) -> Result<(Reader, mpsc::Receiver<Read>), ClientError> {
        let source = Source::new(settings, isolation);
        let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
        let (events, outbox) = mpsc::channel(queue_len);
        thread::Builder::new()
            .name("kafka-reader".to_owned())
            .spawn(move || serve(source, inbox, &events))
            .map_err(ClientError::Thread)?;
        Ok((Reader { commands }, outbox))
    }

    /// See [`Source::follow`].
    pub async fn follow(&self, topic: Topic, partition: i32, from: From) {
        self.tell(Command::Follow(topic, partition, from)).await;
    }

    /// See [`Source::stop`]. What was read before this returns may still come out of the channel.
    pub async fn stop(&self, topic: Topic, partition: i32) {
        let (done, stopped) = oneshot::channel();
        self.tell(Command::Stop(topic, partition, done)).await;
        if stopped.await.is_err() {
            tracing::debug!("reader ended before it stopped a partition");
        }
    }

    /// See [`Source::watermarks`].
    pub async fn watermarks(&self, topic: Topic, partition: i32) -> Result<(i64, i64), ClientError> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Watermarks(topic, partition, answer)).await;
        answered.await.unwrap_or_else(|_| Err(ClientError::Unreachable("the reader has ended".to_owned())))
    }

    async fn tell(&self, command: Command) {
        if self.commands.send(command).await.is_err() {
            tracing::debug!("reader has ended");
        }
    }
}

fn serve(mut source: Source, mut inbox: mpsc::Receiver<Command>, events: &mpsc::Sender<Read>) {
    loop {
        loop {
            match inbox.try_recv() {
                Ok(command) => obey(&mut source, command, events),
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => return,
            }
        }
        if events.is_closed() {
            return;
        }
        if let Some(read) = source.poll(POLL)
            && events.blocking_send(read).is_err()
        {
            return;
        }
    }
}

fn obey(source: &mut Source, command: Command, events: &mpsc::Sender<Read>) {
    match command {
        Command::Follow(topic, partition, from) => {
            if let Err(error) = source.follow(topic, partition, from) {
                // A closed channel ends the thread a moment later.
                events.blocking_send(Read::Failed { topic, error }).ok();
            }
        }
        Command::Stop(topic, partition, done) => {
            source.stop(topic, partition);
            // Who asked may have gone.
            done.send(()).ok();
        }
        Command::Watermarks(topic, partition, answer) => {
            answer.send(source.watermarks(topic, partition)).ok();
        }
    }
}
