//! Serving the made-up press on loopback: one small HTTP server a paper, each on an address of its own, so that the
//! spacing between requests to one host does not slow the demo down.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::press::{PAPERS, Paper};
use super::script::{Answer, Script};
use crate::article::Digest;

/// One feed of the web, with what an operator would write beside its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoFeed {
    /// The address.
    pub url: String,
    /// The publisher.
    pub publisher: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// BCP 47.
    pub language: &'static str,
}

/// The running web.
#[derive(Debug)]
pub struct Web {
    /// Its feeds.
    pub feeds: Vec<DemoFeed>,
    servers: JoinSet<io::Result<()>>,
    stop: CancellationToken,
}

/// What a server needs to answer.
#[derive(Debug, Clone)]
struct Desk {
    paper: &'static Paper,
    script: Arc<Script>,
    started: Instant,
}

impl Web {
    /// Opens all papers; the play of this seed begins now.
    ///
    /// # Errors
    /// When no port on loopback can be had.
    pub async fn start(seed: u64, now: DateTime<Utc>) -> io::Result<Web> {
        let script = Arc::new(Script::new(seed, now));
        let mut web = Web { feeds: Vec::new(), servers: JoinSet::new(), stop: CancellationToken::new() };
        for (host, paper) in (2..).zip(PAPERS) {
            let listener = listen(Ipv4Addr::new(127, 0, 0, host)).await?;
            let address = listener.local_addr()?;
            web.feeds.push(listed(paper, address));
            let desk = Desk { paper, script: Arc::clone(&script), started: Instant::now() };
            let router = Router::new().fallback(answer).with_state(desk);
            let stopped = web.stop.clone().cancelled_owned();
            web.servers.spawn(axum::serve(listener, router).with_graceful_shutdown(stopped).into_future());
        }
        Ok(web)
    }

    /// Closes all papers and waits until the last answer is out.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.servers.join_next().await.is_some() {}
    }
}

/// Binds a free port; systems that have only one loopback address get that one.
async fn listen(address: Ipv4Addr) -> io::Result<TcpListener> {
    match TcpListener::bind((address, 0)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
    }
}

fn listed(paper: &'static Paper, address: SocketAddr) -> DemoFeed {
    DemoFeed {
        url: format!("http://{address}{}", paper.registered_path()),
        publisher: paper.title,
        country: paper.country,
        language: paper.tongue.language,
    }
}

async fn answer(State(desk): State<Desk>, request: Request) -> Response<Body> {
    let second = i64::try_from(desk.started.elapsed().as_secs()).unwrap_or(i64::MAX);
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED);
    }
    match desk.script.answer(desk.paper, request.uri().path(), second) {
        Answer::Document { body, content_type, changed } => document(request.headers(), body, content_type, changed),
        Answer::Moved { to } => with_headers(StatusCode::MOVED_PERMANENTLY, &[(LOCATION, to)], Body::empty()),
        Answer::Failing => plain(StatusCode::INTERNAL_SERVER_ERROR),
        Answer::Unknown => plain(StatusCode::NOT_FOUND),
    }
}

fn document(asked: &HeaderMap, body: Vec<u8>, content_type: &str, changed: DateTime<Utc>) -> Response<Body> {
    let etag = format!("\"{}\"", Digest::of("demo document", [body.as_slice()]));
    let last_modified = changed.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let validators = [(ETAG, etag.clone()), (LAST_MODIFIED, last_modified.clone())];
    // An entity tag, where one is sent, decides alone (RFC 9110, 13.2.2).
    let unchanged = match asked.get(IF_NONE_MATCH) {
        Some(known) => known.as_bytes() == etag.as_bytes(),
        None => asked.get(IF_MODIFIED_SINCE).is_some_and(|since| since.as_bytes() == last_modified.as_bytes()),
    };
    if unchanged {
        return with_headers(StatusCode::NOT_MODIFIED, &validators, Body::empty());
    }
    let [etag, last_modified] = validators;
    with_headers(StatusCode::OK, &[(CONTENT_TYPE, content_type.to_owned()), etag, last_modified], Body::from(body))
}

fn plain(status: StatusCode) -> Response<Body> {
    with_headers(status, &[(CONTENT_TYPE, "text/plain".to_owned())], Body::from(status.as_str().to_owned()))
}

fn with_headers(status: StatusCode, headers: &[(axum::http::HeaderName, String)], body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use reqwest::header;

    use super::*;

    async fn web() -> Web {
        Web::start(1, DateTime::from_timestamp(1_800_000_000, 0).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn every_feed_answers_and_then_says_that_nothing_changed() {
        let web = web().await;
        let client = reqwest::Client::new();
        for feed in &web.feeds {
            let first = client.get(&feed.url).send().await.unwrap();
            assert_eq!(first.status(), 200, "{}", feed.url);
            let etag = first.headers()[header::ETAG].clone();
            let modified = first.headers()[header::LAST_MODIFIED].clone();
            let again = client.get(&feed.url).header(header::IF_NONE_MATCH, etag).send().await.unwrap();
            assert_eq!(again.status(), 304, "{}", feed.url);
            let since = client.get(&feed.url).header(header::IF_MODIFIED_SINCE, modified).send().await.unwrap();
            assert_eq!(since.status(), 304, "{}", feed.url);
        }
        web.stop().await;
    }

    #[tokio::test]
    async fn feeds_stand_on_hosts_of_their_own() {
        let web = web().await;
        let origins: BTreeSet<_> = web.feeds.iter().filter_map(|feed| feed.url.split('/').nth(2)).collect();
        assert_eq!(origins.len(), PAPERS.len());
        web.stop().await;
    }

    #[tokio::test]
    async fn another_path_and_another_method_are_refused() {
        let web = web().await;
        let client = reqwest::Client::new();
        let url = &web.feeds[0].url;
        assert_eq!(client.get(format!("{url}/elsewhere")).send().await.unwrap().status(), 404);
        assert_eq!(client.post(url).send().await.unwrap().status(), 405);
        web.stop().await;
    }

    #[tokio::test]
    async fn a_stopped_web_answers_no_more() {
        let web = web().await;
        let url = web.feeds[0].url.clone();
        web.stop().await;
        assert!(reqwest::get(url).await.is_err());
    }
}
