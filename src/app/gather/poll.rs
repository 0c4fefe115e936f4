//! One poll: fetch, parse, clean. It changes nothing; what it found is settled by its owner.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use url::Url;

use super::secrets::{self, Sent};
use super::sight::{self, Sighted};
use super::state::FeedState;
use crate::app::parsers::Parsers;
use crate::article::{Digest, FeedId, Fetched, Order};
use crate::feed::{self, Backlog, Definition, Document, ParseError, ParseFailure, Report};
use crate::fetch::{Answer, Client, FailureReason, FetchError, Request, Taken};
use crate::schedule::{Ending, Hints, PollOutcome, Validators};

/// What every poll uses.
#[derive(Debug)]
pub struct Tools {
    /// Makes the requests.
    pub client: Client,
    /// Parses and cleans.
    pub parsers: Parsers,
    /// What a document may hold.
    pub limits: feed::Limits,
    /// What holds for first polls where a feed says nothing.
    pub backlog: Backlog,
    /// How long the judge remembers.
    pub window: Duration,
}

/// A poll to be made.
#[derive(Debug, Clone)]
pub struct Job {
    /// The feed.
    pub feed: FeedId,
    /// Under which claim of its partition; an answer under an older one is dropped.
    pub claim: Digest,
    /// Which poll it is.
    pub order: Order,
    /// What the operator wants.
    pub definition: Arc<Definition>,
    /// What is remembered.
    pub state: Arc<FeedState>,
    /// Where to ask.
    pub address: Url,
    /// When it was started.
    pub began: DateTime<Utc>,
}

/// How a poll ended.
#[derive(Debug)]
pub struct Polled {
    /// What was to be done.
    pub job: Job,
    /// For the schedule.
    pub ending: Ending,
    /// What the answer held.
    pub found: Found,
    /// Where all redirects led, if each was permanent.
    pub permanent: Option<Url>,
    /// Bytes transferred.
    pub wire_bytes: u64,
    /// When the answer had been read.
    pub time: DateTime<Utc>,
}

/// What an answer held.
#[derive(Debug)]
pub enum Found {
    /// The very content that we had; the validators may be new.
    Nothing(Validators),
    /// A document.
    Document(Box<Reading>),
    /// No usable answer.
    Unanswered(FetchError),
    /// An answer that is no feed.
    Unread(Unread),
    /// A secret of the feed's definition could not be read.
    NoSecret(String),
}

/// A document, read and sorted.
#[derive(Debug)]
pub struct Reading {
    /// What goes to the judge, and the state that follows.
    pub sighted: Sighted,
    /// What had to be guessed, cut or dropped.
    pub report: Report,
    /// Keeps the room that its body took.
    pub room: Option<Taken>,
}

/// A body that gives no items.
#[derive(Debug)]
pub struct Unread {
    /// Why.
    pub error: ParseError,
    /// The body, for a dead letter.
    pub bytes: Bytes,
}

impl Unread {
    /// The closed reason.
    pub fn reason(&self) -> ParseFailure {
        self.error.reason()
    }
}

impl Found {
    /// The reason of a failed poll, for feed events.
    pub fn failure(&self) -> Option<&'static str> {
        match self {
            Found::Nothing(_) | Found::Document(_) => None,
            Found::Unanswered(error) => Some(error.reason().as_str()),
            Found::Unread(unread) => Some(unread.reason().as_str()),
            Found::NoSecret(_) => Some(FailureReason::BadHeader.as_str()),
        }
    }
}

/// Makes one poll. A panic of a library ends this poll alone.
pub async fn poll(tools: Arc<Tools>, job: Job, now: fn() -> DateTime<Utc>) -> Polled {
    let spare = job.clone();
    let polled = AssertUnwindSafe(make(tools, job, now)).catch_unwind().await;
    polled.unwrap_or_else(|_| {
        let error = ParseError::Panicked("the poll panicked".to_owned());
        Polled {
            job: spare,
            ending: Ending::plain(PollOutcome::BadDocument),
            found: Found::Unread(Unread { error, bytes: Bytes::new() }),
            permanent: None,
            wire_bytes: 0,
            time: now(),
        }
    })
}

async fn make(tools: Arc<Tools>, job: Job, now: fn() -> DateTime<Utc>) -> Polled {
    let answer = ask(&tools, &job).await;
    let time = now();
    let ended = |job, ending, found| Polled { job, ending, found, permanent: None, wire_bytes: 0, time };
    match answer {
        Err(Unasked::Secret(why)) => ended(job, Ending::plain(PollOutcome::Forbidden), Found::NoSecret(why)),
        Err(Unasked::Fetch(error)) => ended(job, error.ending(), Found::Unanswered(error)),
        Ok(Answer::NotModified { validators, hints, permanent }) => {
            let ending = Ending { outcome: PollOutcome::NotModified, hints };
            Polled { permanent, ..ended(job, ending, Found::Nothing(validators)) }
        }
        Ok(Answer::Body { bytes, status, content_type, final_url, permanent, validators, hints, wire_bytes, room }) => {
            let body = Body { bytes, status, content_type, address: final_url, validators, hints };
            let (ending, found) = read(&tools, &job, (body, room), time).await;
            Polled { permanent, wire_bytes, ..ended(job, ending, found) }
        }
    }
}

enum Unasked {
    Secret(String),
    Fetch(FetchError),
}

async fn ask(tools: &Tools, job: &Job) -> Result<Answer, Unasked> {
    let now = job.began;
    let Sent { headers, credentials } = secrets::read(&job.definition).await.map_err(Unasked::Secret)?;
    let unconditional = Validators::default();
    // A server that says "not modified" for half a window would let the judge forget what the feed still shows.
    let validators = if is_due_whole(job, tools, now) { &unconditional } else { &job.state.validators };
    let credentials = credentials.as_ref().map(secrets::Login::as_request);
    let request = Request { url: &job.address, validators, headers: &headers, credentials, now };
    tools.client.fetch(request).await.map_err(Unasked::Fetch)
}

/// Whether the whole document is due, so that entries still shown are sent again within the window.
fn is_due_whole(job: &Job, tools: &Tools, now: DateTime<Utc>) -> bool {
    let read_last = job.state.shown.renewed();
    read_last.is_some_and(|last| (now - last).to_std().is_ok_and(|since| since >= tools.window / 2))
}

struct Body {
    bytes: Bytes,
    status: u16,
    content_type: Option<String>,
    address: Url,
    validators: Validators,
    hints: Hints,
}

async fn read(tools: &Arc<Tools>, job: &Job, (body, room): (Body, Taken), time: DateTime<Utc>) -> (Ending, Found) {
    let ending = |outcome| Ending { outcome, hints: body.hints };
    let digest = Digest::of("document", [body.bytes.as_ref()]);
    if job.state.document == Some(digest) && !is_due_whole(job, tools, time) {
        return (ending(PollOutcome::SameBody), Found::Nothing(body.validators));
    }
    let bytes = body.bytes.clone();
    let hints = body.hints;
    let (used, work) = (Arc::clone(tools), job.clone());
    let sorted = tools.parsers.run(move || sort(&used, &work, &body, time)).await;
    let parsed = sorted.unwrap_or_else(|panicked| Err(ParseError::Panicked(panicked.to_string())));
    match parsed {
        Ok((mut sighted, report, validators)) => {
            sighted.state.validators = validators;
            sighted.state.document = Some(digest);
            let found = Found::Document(Box::new(Reading { sighted, report, room: Some(room) }));
            (Ending { outcome: PollOutcome::Changed, hints }, found)
        }
        Err(error) => (Ending { outcome: PollOutcome::BadDocument, hints }, Found::Unread(Unread { error, bytes })),
    }
}

type Sorted = Result<(Sighted, Report, Validators), ParseError>;

fn sort(tools: &Tools, job: &Job, body: &Body, time: DateTime<Utc>) -> Sorted {
    let document =
        Document { bytes: &body.bytes, content_type: body.content_type.as_deref(), base: Some(&body.address) };
    let parsed = feed::parse(document, &tools.limits)?;
    let report = parsed.report.clone();
    let poll = sight::Poll {
        definition: &job.definition,
        state: &job.state,
        address: &job.address,
        order: job.order,
        fetched: Fetched { time, status: body.status },
        backlog: tools.backlog,
        window: tools.window,
    };
    Ok((sight::sight(parsed, &poll), report, body.validators.clone()))
}
