//! The client: the way of one poll through guard, redirects and limits.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use tokio::time::timeout;
use url::Url;

use super::body;
use super::error::{FetchError, Limit};
use super::guard::{Guard, Reach, Refusal};
use super::headers::{self, Origin};
use super::redirect::Trail;
use super::resolve::{Resolver, lookups};
use super::room::{Room, Taken};
use super::settings::{Fetch, Limits};
use crate::schedule::{Hints, Validators};

/// More header lines than this are no feed server's.
const HEADER_COUNT_MAX: usize = 200;
/// The same bound for HTTP/2, in bytes.
const HEADER_LIST_BYTES_MAX: u32 = 64 << 10;
/// The feeds of one host follow each other every few seconds; other hosts are not seen for an hour.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// One poll to make.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The feed's current address.
    pub url: &'a Url,
    /// What the last acknowledged answer left.
    pub validators: &'a Validators,
    /// The feed's own headers.
    pub headers: &'a [(String, String)],
    /// The feed's own credentials.
    pub credentials: Option<Credentials<'a>>,
    /// The time; dates in an answer are measured against it where the server does not say its own.
    pub now: DateTime<Utc>,
}

/// Basic credentials.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// User name.
    pub user: &'a str,
    /// Password.
    pub password: &'a str,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// What a server answered.
#[derive(Debug)]
pub enum Answer {
    /// 304: nothing new, but fresh hints.
    NotModified {
        /// The validators that hold from now on.
        validators: Validators,
        /// What the server asks for.
        hints: Hints,
        /// Where the feed has moved to, if every redirect was permanent.
        permanent: Option<Url>,
    },
    /// A whole document.
    Body {
        /// The document, decoded.
        bytes: Bytes,
        /// 200 or 203.
        status: u16,
        /// The declared type.
        content_type: Option<String>,
        /// Where it came from, after redirects.
        final_url: Url,
        /// Where the feed has moved to, if every redirect was permanent.
        permanent: Option<Url>,
        /// Its validators: to be stored when its items are acknowledged, not before.
        validators: Validators,
        /// What the server asks for.
        hints: Hints,
        /// Bytes transferred.
        wire_bytes: u64,
        /// The room that the document has taken; to be kept as long as the document.
        room: Taken,
    },
}

/// Makes polls; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    guard: Arc<Guard>,
    limits: Limits,
    room: Room,
    /// For the ports of the web.
    public: reqwest::Client,
    /// For any other port: reaches allowed addresses only.
    allowed: reqwest::Client,
}

impl Client {
    /// A client with these settings, whose answers share this room.
    pub fn new(settings: &Fetch, room: Room) -> Result<Client, reqwest::Error> {
        let guard = Arc::new(settings.guard.clone());
        let lookups = lookups();
        let build = |reach: Reach| {
            reqwest::Client::builder()
                .user_agent(&settings.user_agent)
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .dns_resolver(Resolver::new(Arc::clone(&guard), reach, Arc::clone(&lookups)))
                .connect_timeout(settings.limits.connect)
                .pool_max_idle_per_host(1)
                .pool_idle_timeout(POOL_IDLE)
                .http1_max_headers(HEADER_COUNT_MAX)
                .http2_max_header_list_size(HEADER_LIST_BYTES_MAX)
                .build()
        };
        let (public, allowed) = (build(Reach::Public)?, build(Reach::Allowed)?);
        Ok(Client { guard, limits: settings.limits, room, public, allowed })
    }

    /// Asks for a feed once.
    pub async fn fetch(&self, request: Request<'_>) -> Result<Answer, FetchError> {
        let whole = timeout(self.limits.total, self.follow(&request)).await;
        whole.unwrap_or(Err(FetchError::Limit(Limit::Total)))
    }

    async fn follow(&self, request: &Request<'_>) -> Result<Answer, FetchError> {
        let mut trail = Trail::new(request.url);
        loop {
            let response = self.ask(request, &trail).await?;
            headers::bounded(response.headers())?;
            let status = response.status().as_u16();
            match status {
                200 | 203 => return self.document(response, request, &trail).await,
                304 if !request.validators.is_empty() => return Ok(not_modified(&response, request, &trail)),
                301 | 302 | 303 | 307 | 308 => trail.follow(status, response.headers())?,
                _ => {
                    let hints = headers::hints(response.headers(), request.now);
                    return Err(FetchError::Status { status, hints });
                }
            }
        }
    }

    async fn ask(&self, request: &Request<'_>, trail: &Trail) -> Result<Response, FetchError> {
        let reach = self.guard.check_url(trail.here()).map_err(FetchError::Refused)?;
        let client = match reach {
            Reach::Public => &self.public,
            Reach::Allowed => &self.allowed,
        };
        let mut get = client.get(trail.here().clone()).headers(headers::outgoing(request, trail.origin())?);
        if let (Origin::Own, Some(credentials)) = (trail.origin(), request.credentials) {
            get = get.basic_auth(credentials.user, Some(credentials.password));
        }
        let patience = self.limits.connect.saturating_add(self.limits.first_byte);
        let answered = timeout(patience, get.send()).await.map_err(|_| FetchError::Limit(Limit::FirstByte))?;
        answered.map_err(|error| unanswered(error, trail.here().scheme()))
    }

    async fn document(&self, response: Response, request: &Request<'_>, trail: &Trail) -> Result<Answer, FetchError> {
        let headers = response.headers();
        let status = response.status().as_u16();
        let (validators, hints) = (headers::validators(headers), headers::hints(headers, request.now));
        let content_type = text(headers.get(header::CONTENT_TYPE));
        let body = body::read(response, &self.limits, self.room.body()).await?;
        Ok(Answer::Body {
            bytes: body.bytes,
            status,
            content_type,
            final_url: trail.here().clone(),
            permanent: trail.permanent(),
            validators,
            hints,
            wire_bytes: body.wire_bytes,
            room: body.room,
        })
    }
}

fn not_modified(response: &Response, request: &Request<'_>, trail: &Trail) -> Answer {
    let headers: &HeaderMap = response.headers();
    Answer::NotModified {
        validators: headers::renewed(headers, request.validators),
        hints: headers::hints(headers, request.now),
        permanent: trail.permanent(),
    }
}

fn text(value: Option<&HeaderValue>) -> Option<String> {
    value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Sorts a request without an answer by where it failed.
fn unanswered(error: reqwest::Error, scheme: &str) -> FetchError {
    let error = error.without_url();
    if let Some(refusal) = causes(&error).find_map(|cause| cause.downcast_ref::<Refusal>()) {
        return FetchError::Refused(refusal.clone());
    }
    if error.is_timeout() && error.is_connect() {
        return FetchError::Limit(Limit::Connect);
    }
    if error.is_dns() {
        return FetchError::Dns(error);
    }
    if !error.is_connect() {
        return FetchError::Protocol(error);
    }
    // A TCP failure is an error of the system; what rustls finds wrong is wrapped as bad data or a cut.
    let broken = |kind| matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
    let in_tls = causes(&error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|io| broken(io.kind()));
    if in_tls && scheme == "https" { FetchError::Tls(error) } else { FetchError::Connect(error) }
}

/// An error and its causes. An `io::Error` names as its source what stands behind the error it wraps,
/// so that one is fetched out first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
