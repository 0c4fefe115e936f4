//! Parsing on threads of its own, where a panic or a deep stack cannot take the process down.

use std::any::Any;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bytes::Bytes;
use tokio::sync::{Semaphore, oneshot};
use url::Url;

use crate::feed::{Document, Limits, ParseError, ParsedFeed, parse};

/// Third-party parsers recurse; what 2 MiB cannot hold, 8 MiB holds with room, given the limit of depth.
const STACK_BYTES: usize = 8 * 1024 * 1024;
/// Jobs that may wait per thread: enough to keep it busy, few enough to bound what is held.
const QUEUE_PER_THREAD: usize = 4;
/// A panic's text in an error.
const PANIC_CHARS_MAX: usize = 200;

type Job = Box<dyn FnOnce() + Send>;

/// A pool of threads with a deep stack and a bounded queue. Dropping it ends the threads after their jobs.
#[derive(Debug)]
pub struct Parsers {
    jobs: Sender<Job>,
    room: Arc<Semaphore>,
}

/// A job that panicked, with the text of its panic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a parser thread panicked: {0}")]
pub struct Panicked(pub String);

impl Parsers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(threads: NonZeroUsize) -> io::Result<Parsers> {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads.get() {
            let queue = Arc::clone(&queue);
            let builder = thread::Builder::new().name(format!("parser-{number}")).stack_size(STACK_BYTES);
            builder.spawn(move || work(&queue))?;
        }
        let room = Semaphore::new(threads.get().saturating_mul(1 + QUEUE_PER_THREAD).min(Semaphore::MAX_PERMITS));
        Ok(Parsers { jobs, room: Arc::new(room) })
    }

    /// Runs a job on one of the threads; waits while the queue is full.
    ///
    /// A caller that goes away does not stop its job, which keeps its place in the queue until it is done.
    ///
    /// # Errors
    /// When the job panicked.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
        let ended = || Panicked("the parser threads have ended".to_owned());
        let place = Arc::clone(&self.room).acquire_owned().await.map_err(|_| ended())?;
        let (answer, outcome) = oneshot::channel();
        let job = move || {
            let result = catch_unwind(AssertUnwindSafe(job)).map_err(|payload| Panicked(text_of(payload.as_ref())));
            drop(place);
            // Nobody waits for the answer of a caller that went away.
            drop(answer.send(result));
        };
        self.jobs.send(Box::new(job)).map_err(|_| ended())?;
        outcome.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Parses a document on one of the threads.
    ///
    /// # Errors
    /// As [`parse`].
    pub async fn parse(
        &self,
        bytes: Bytes,
        content_type: Option<String>,
        base: Option<Url>,
        limits: Limits,
    ) -> Result<ParsedFeed, ParseError> {
        let job = move || {
            let document = Document { bytes: &bytes, content_type: content_type.as_deref(), base: base.as_ref() };
            parse(document, &limits)
        };
        self.run(job).await.unwrap_or_else(|Panicked(text)| Err(ParseError::Panicked(text)))
    }
}

/// Takes one job after the other until the pool is dropped.
fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        // A lock is held while waiting, never while working, and nothing can panic under it.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").chars().take(PANIC_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn parsers(threads: usize) -> Parsers {
        Parsers::start(NonZeroUsize::new(threads).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_and_the_thread_goes_on() {
        let parsers = parsers(1);
        let panicked: Result<(), _> = parsers.run(|| panic!("bad {}", 7)).await;
        assert_eq!(panicked, Err(Panicked("bad 7".to_owned())));
        assert_eq!(parsers.run(|| 1 + 1).await, Ok(2));
    }

    #[tokio::test]
    async fn the_stack_is_deep() {
        fn deep(levels: u32) -> u32 {
            let frame = std::hint::black_box([levels; 256]);
            if levels == 0 { 0 } else { deep(levels - 1).max(frame[0]) }
        }
        // About 4 MiB of frames: the default of 2 MiB would abort.
        assert_eq!(parsers(1).run(|| deep(3_500)).await, Ok(3_500));
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_a_dropped_caller_keeps_its_place() {
        let parsers = parsers(1);
        let (release, gate) = mpsc::channel::<()>();
        let done = Arc::new(AtomicUsize::new(0));
        let blocked = parsers.run(move || gate.recv());
        tokio::pin!(blocked);
        assert!(futures_util::poll!(&mut blocked).is_pending());
        for _ in 0..QUEUE_PER_THREAD {
            let done = Arc::clone(&done);
            let mut waiting = Box::pin(parsers.run(move || done.fetch_add(1, Ordering::SeqCst)));
            assert!(futures_util::poll!(&mut waiting).is_pending());
        }
        assert_eq!(parsers.room.available_permits(), 0);
        release.send(()).unwrap();
        blocked.await.unwrap().unwrap();
        parsers.run(|| ()).await.unwrap();
        assert_eq!(done.load(Ordering::SeqCst), QUEUE_PER_THREAD);
    }

    #[tokio::test]
    async fn hostile_documents_end_in_an_answer() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/hostile/feeds-small");
        let Ok(files) = std::fs::read_dir(&folder) else {
            std::io::Write::write_all(&mut std::io::stderr(), b"corpus absent\n").unwrap();
            return;
        };
        let parsers = parsers(1);
        let mut read = 0;
        for file in files {
            let bytes = Bytes::from(std::fs::read(file.unwrap().path()).unwrap());
            // Any answer will do: what matters is that there is one, and the same one twice.
            let answer = parsers.parse(bytes.clone(), None, None, Limits::default()).await;
            assert_eq!(parsers.parse(bytes, None, None, Limits::default()).await, answer);
            read += 1;
        }
        assert!(read > 70, "{read} documents");
    }
}
