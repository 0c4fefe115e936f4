//! The feed server: shows a press on loopback, with strict validators.
//!
//! It listens on every loopback address, so each feed can be a host of its own (`127.0.1.n`) and the
//! daemon's spacing between polls of one host does not slow the rounds down.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use axum::http::{HeaderValue, Response, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::chance::Chance;
use crate::ledger::{Entry, Press};

/// A running server; it ends when dropped.
pub(crate) struct Web {
    shown: Arc<Mutex<Shown>>,
    _runtime: Runtime,
}

struct Shown {
    press: Press,
    /// Dates of items and documents count from here.
    start: DateTime<Utc>,
    /// Validators that nobody gave out: the daemon changed their bytes, or mixed up feeds.
    strange: Vec<String>,
}

impl Web {
    /// A press of this name with so many feeds, all still empty.
    pub(crate) fn start(name: &str, feeds: usize) -> Web {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = |feed: usize| {
            let host = Ipv4Addr::new(127, 0, 1, u8::try_from(feed + 1).unwrap());
            format!("http://{}/{feed}.xml", SocketAddr::from((host, port)))
        };
        let press = Press::new(name, (0..feeds).map(url).collect());
        let shown = Arc::new(Mutex::new(Shown { press, start: depeche::app::clock::now(), strange: Vec::new() }));
        let routes = axum::Router::new().fallback(answer).with_state(Arc::clone(&shown));
        runtime.spawn(async { axum::serve(listener, routes).await });
        Web { shown, _runtime: runtime }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap()
    }

    /// The feeds, one URL a line.
    pub(crate) fn list(&self) -> String {
        self.shown().press.feeds.iter().map(|feed| format!("{}\n", feed.url)).collect()
    }

    /// Something happens in the newsroom.
    pub(crate) fn act(&self, chance: &mut Chance) {
        self.shown().press.act(chance);
    }

    /// Waits until the last document of every feed has been read and the feed's state stored.
    /// Returns the feeds for which that did not happen in time.
    pub(crate) fn settle(&self, patience: Duration) -> Vec<String> {
        self.shown().press.show_all();
        let end = Instant::now() + patience;
        loop {
            let unread: Vec<String> = self.shown().press.unread().into_iter().map(str::to_owned).collect();
            if unread.is_empty() || Instant::now() > end {
                return unread;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The ledger as the oracle reads it.
    pub(crate) fn ledger(&self) -> String {
        self.shown().press.to_json().to_string()
    }

    /// Validators that came without having been given out.
    pub(crate) fn strange_validators(&self) -> Vec<String> {
        self.shown().strange.clone()
    }
}

async fn answer(State(shown): State<Arc<Mutex<Shown>>>, request: Request) -> Response<Body> {
    let mut shown = shown.lock().unwrap();
    let name = request.uri().path().trim_start_matches('/').trim_end_matches(".xml");
    let Some(feed) = name.parse().ok().filter(|&feed: &usize| feed < shown.press.feeds.len()) else {
        return status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap();
    };
    let document = shown.press.feeds[feed].document;
    let known = Known::of(feed, &request);
    if let Known::Document(read) = known {
        shown.press.note_confirmed(feed, read);
    }
    if let Known::Strange(validator) = &known {
        shown.strange.push(format!("feed {feed}: {validator}"));
    }
    let (name, validator) = validator(feed, document);
    if known == Known::Document(document) {
        return status(StatusCode::NOT_MODIFIED).header(name, validator).body(Body::empty()).unwrap();
    }
    shown.press.note_served(feed);
    let entries = shown.press.entries(feed);
    let (kind, body) = match feed % 2 {
        0 => ("application/rss+xml", rss(feed, &entries, shown.start)),
        _ => ("application/atom+xml", atom(feed, &entries, shown.start)),
    };
    status(StatusCode::OK).header(CONTENT_TYPE, kind).header(name, validator).body(Body::from(body)).unwrap()
}

fn status(status: StatusCode) -> axum::http::response::Builder {
    Response::builder().status(status)
}

/// What a request says that its sender has.
#[derive(PartialEq, Eq)]
enum Known {
    Nothing,
    Document(u64),
    Strange(String),
}

impl Known {
    fn of(feed: usize, request: &Request) -> Known {
        let headers = request.headers();
        let Some(given) = headers.get(IF_NONE_MATCH).or_else(|| headers.get(IF_MODIFIED_SINCE)) else {
            return Known::Nothing;
        };
        // Byte by byte: the number is read leniently, then the validator of that document must be the one given.
        let digits: String = given.as_bytes().iter().map(|&byte| char::from(byte)).collect();
        let number = match feed % 4 {
            3 => DateTime::parse_from_rfc2822(&digits).ok().map(|time| time.timestamp() - DATED_FROM),
            _ => digits.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok(),
        };
        let number = number.and_then(|number| u64::try_from(number).ok());
        match number.filter(|&number| validator(feed, number).1 == *given) {
            Some(number) => Known::Document(number),
            None => Known::Strange(format!("{given:?}")),
        }
    }
}

/// A whole second, for documents that are known by their date: the number of the document is added.
const DATED_FROM: i64 = 1_700_000_000;

/// Four feeds, four kinds of validator: strong, weak, with bytes that are no text, and a date alone.
fn validator(feed: usize, document: u64) -> (axum::http::HeaderName, HeaderValue) {
    let bytes = match feed % 4 {
        0 => format!("\"{document}\"").into_bytes(),
        1 => format!("W/\"{document};a,b\"").into_bytes(),
        2 => [b"\"", document.to_string().as_bytes(), b"-\xe9\""].concat(),
        _ => {
            let date = DateTime::from_timestamp(DATED_FROM + i64::try_from(document).unwrap(), 0).unwrap();
            return (LAST_MODIFIED, date.format("%a, %d %b %Y %H:%M:%S GMT").to_string().parse().unwrap());
        }
    };
    (ETAG, HeaderValue::from_bytes(&bytes).unwrap())
}

fn html(entry: &Entry<'_>) -> String {
    entry.version.paragraphs.iter().map(|paragraph| format!("&lt;p&gt;{paragraph}&lt;/p&gt;")).collect()
}

fn rss(feed: usize, entries: &[Entry<'_>], start: DateTime<Utc>) -> String {
    let date = start.to_rfc2822();
    let item = |entry: &Entry<'_>| {
        format!(
            "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid><pubDate>{date}</pubDate>\
             <content:encoded>{}</content:encoded></item>\n",
            entry.version.headline,
            entry.link,
            entry.guid,
            html(entry)
        )
    };
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>Feed {feed}</title><link>https://feed-{feed}.example/</link><description>Made up</description>\n\
         {}</channel></rss>\n",
        entries.iter().map(item).collect::<String>()
    )
}

fn atom(feed: usize, entries: &[Entry<'_>], start: DateTime<Utc>) -> String {
    let date = (start - TimeDelta::minutes(1)).to_rfc3339();
    let entry = |entry: &Entry<'_>| {
        format!(
            "<entry><id>{}</id><title>{}</title><link href=\"{}\"/><published>{date}</published>\
             <updated>{date}</updated><content type=\"html\">{}</content></entry>\n",
            entry.guid,
            entry.version.headline,
            entry.link,
            html(entry)
        )
    };
    format!(
        "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:made-up:{feed}</id>\
         <title>Feed {feed}</title><link href=\"https://feed-{feed}.example/\"/><updated>{date}</updated>\n{}</feed>\n",
        entries.iter().map(entry).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    fn served(feeds: usize) -> (Web, SocketAddr) {
        let web = Web::start("t", feeds);
        let mut chance = Chance::new(1);
        (0..200).for_each(|_| web.act(&mut chance));
        let list = web.list();
        let (_, port) = list.lines().next().unwrap().trim_end_matches("/0.xml").rsplit_once(':').unwrap();
        (web, SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().unwrap())))
    }

    #[test]
    fn validators_are_strict() {
        let (web, address) = served(4);
        for feed in 0..4 {
            let (path, document) = (format!("/{feed}.xml"), web.shown().press.feeds[feed].document);
            let (name, validator) = validator(feed, document);
            let asked = if name == ETAG { "If-None-Match" } else { "If-Modified-Since" };
            let header = |value: &[u8]| [asked.as_bytes(), b": ", value, b"\r\n"].concat();
            let status =
                |headers: &[u8]| page::ask(address, &path, headers).unwrap().0.split(' ').nth(1).map(str::to_owned);
            assert_eq!(status(b"").as_deref(), Some("200"));
            assert!(web.shown().press.unread().len() == 4 - feed);
            assert_eq!(status(&header(validator.as_bytes())).as_deref(), Some("304"));
            assert!(web.shown().press.unread().len() == 3 - feed);
            assert_eq!(web.strange_validators().len(), feed);
            assert_eq!(status(&header(b"\"1 \"")).as_deref(), Some("200"));
            assert_eq!(web.strange_validators().len(), feed + 1);
        }
    }

    /// The oracle compares texts to the letter, so what we write must be what a feed reader reads.
    #[test]
    fn documents_hold_the_texts_of_the_ledger() {
        let (web, address) = served(2);
        for (feed, url) in web.list().lines().enumerate() {
            let body = page::get(address, &format!("/{feed}.xml")).unwrap();
            let base = url.parse().unwrap();
            let document = depeche::feed::Document { bytes: body.as_bytes(), content_type: None, base: Some(&base) };
            let parsed = depeche::feed::parse(document, &depeche::feed::Limits::default()).unwrap();
            let shown = web.shown();
            let entries = shown.press.entries(feed);
            assert_eq!(parsed.items.len(), entries.len());
            for (item, entry) in parsed.items.iter().zip(entries) {
                assert_eq!((item.guid.as_deref(), item.link.as_deref()), (Some(entry.guid), Some(entry.link)));
                assert!(item.content.is_some() && item.summary.is_none() && item.published.is_some());
            }
        }
    }
}
