//! The client against real sockets: what goes out, what comes back, and every way in which it goes wrong.

mod limits;
mod redirects;
mod server;

use std::time::Duration;

use async_compression::tokio::bufread::{BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use chrono::{DateTime, TimeZone, Utc};
use tokio::io::AsyncReadExt;
use url::Url;

use self::server::{Server, answer};
use super::{Answer, Client, Credentials, FailureReason, Fetch, FetchError, RawFetch, Request, Room};
use crate::schedule::Validators;

const NO_VALIDATORS: &Validators = &Validators { etag: None, last_modified: None };

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap()
}

fn settings() -> Fetch {
    let raw = RawFetch {
        contact: "news@example.org".to_owned(),
        allow_addresses: vec!["127.0.0.1/32".to_owned()],
        ..RawFetch::default()
    };
    raw.check(&mut Vec::new()).unwrap()
}

fn plain(url: &Url) -> Request<'_> {
    Request { url, validators: NO_VALIDATORS, headers: &[], credentials: None, now: now() }
}

/// Room enough for every test.
fn room() -> Room {
    Room::new(64 << 20)
}

async fn get(url: &Url) -> Result<Answer, FetchError> {
    Client::new(&settings(), room()).unwrap().fetch(plain(url)).await
}

#[track_caller]
fn body(answer: Result<Answer, FetchError>) -> Vec<u8> {
    match answer.unwrap() {
        Answer::Body { bytes, .. } => bytes.to_vec(),
        Answer::NotModified { .. } => panic!("no body"),
    }
}

#[track_caller]
fn check_failure(answer: Result<Answer, FetchError>, expected: FailureReason) {
    match answer {
        Ok(answer) => panic!("{answer:?}"),
        Err(error) => assert_eq!(error.reason(), expected, "{error:?}"),
    }
}

async fn compress(encoding: &str, text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let done = match encoding {
        "gzip" => GzipEncoder::new(text).read_to_end(&mut bytes).await,
        "deflate" => ZlibEncoder::new(text).read_to_end(&mut bytes).await,
        "raw" => DeflateEncoder::new(text).read_to_end(&mut bytes).await,
        "br" => BrotliEncoder::new(text).read_to_end(&mut bytes).await,
        "zstd" => ZstdEncoder::new(text).read_to_end(&mut bytes).await,
        other => panic!("{other}"),
    };
    done.unwrap();
    bytes
}

/// Encodings by what we call them here and by their header value.
const ENCODINGS: &[(&str, &str)] =
    &[("gzip", "gzip"), ("gzip", "X-GZIP"), ("deflate", "deflate"), ("raw", "deflate"), ("br", "br"), ("zstd", "zstd")];

/// Text that does not shrink to nothing, so that a cut always takes some of it away.
fn text() -> Vec<u8> {
    (0..4000_u32).flat_map(|n| format!("<item>{}</item>\n", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
}

#[tokio::test]
async fn asks_as_an_honest_client() {
    let server = Server::always(answer("200 OK", &[], b"x")).await;
    assert_eq!(body(get(&server.url("/feed?a=b#part")).await), b"x");
    let seen = server.requests().remove(0);
    let lines: Vec<String> = String::from_utf8(seen).unwrap().lines().map(str::to_lowercase).collect();
    assert_eq!(lines[0], "get /feed?a=b http/1.1");
    let agent = format!("user-agent: depeche/{} (+news@example.org)", env!("CARGO_PKG_VERSION"));
    assert!(lines.contains(&agent), "{lines:?}");
    assert!(lines.contains(&"accept-encoding: gzip, deflate, br, zstd".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("accept: application/rss+xml, ")), "{lines:?}");
    for never in ["cookie:", "referer:", "cache-control:", "if-", "authorization:", "a-im:"] {
        assert!(!lines.iter().any(|line| line.starts_with(never)), "{lines:?}");
    }
}

/// One answer with the validators, then a conditional request: the same bytes must come back.
#[track_caller]
fn check_echo(request: &[u8], name: &str, value: &[u8]) {
    let line = [b"\r\n", name.as_bytes(), b": ", value, b"\r\n"].concat();
    assert!(request.windows(line.len()).any(|part| part == line), "{:?}", String::from_utf8_lossy(request));
}

#[tokio::test]
async fn validators_are_echoed_byte_for_byte() {
    let odd: &[&[u8]] = &[
        b"\"plain\"",
        b"W/\"weak\"",
        b"unquoted",
        b"\"with \"\" quotes\"",
        b"\"caf\xe9 \xc3\xa9\"",
        b"\"a\", \"b\"",
        b"\"\"",
    ];
    for etag in odd {
        let modified: &[u8] = b"tue,  3 march 26 (about noon)";
        let first = answer("200 OK", &[("ETag", etag), ("Last-Modified", modified)], b"x");
        let server =
            Server::in_turn(vec![first, answer("304 Not Modified", &[("Cache-Control", b"max-age=60")], b"")]).await;
        let client = Client::new(&settings(), room()).unwrap();
        let url = server.url("/");
        let Ok(Answer::Body { validators, .. }) = client.fetch(plain(&url)).await else { panic!("no body") };
        let request = Request { validators: &validators, ..plain(&url) };
        let Ok(Answer::NotModified { validators: renewed, hints, permanent }) = client.fetch(request).await else {
            panic!("not 304")
        };
        check_echo(&server.requests()[1], "if-none-match", etag);
        check_echo(&server.requests()[1], "if-modified-since", modified);
        assert_eq!((renewed, permanent), (validators, None));
        assert_eq!(hints.fresh_for(), Some(Duration::from_secs(60)));
    }
}

#[tokio::test]
async fn a_304_renews_what_it_names_and_nothing_is_made_up() {
    let server = Server::always(answer("304 Not Modified", &[("ETag", b"\"2\"")], b"")).await;
    let url = server.url("/");
    let old = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: Some(b"then".to_vec()) };
    let client = Client::new(&settings(), room()).unwrap();
    let Ok(Answer::NotModified { validators, .. }) = client.fetch(Request { validators: &old, ..plain(&url) }).await
    else {
        panic!("not 304")
    };
    assert_eq!(validators, Validators { etag: Some(b"\"2\"".to_vec()), ..old });
    check_failure(client.fetch(plain(&url)).await, FailureReason::StatusOther);

    let server = Server::always(answer("200 OK", &[("Date", b"Wed, 04 Mar 2026 12:00:00 GMT")], b"x")).await;
    let Ok(Answer::Body { validators, .. }) = get(&server.url("/")).await else { panic!("no body") };
    assert!(validators.is_empty());
}

#[tokio::test]
async fn hints_and_type_are_read() {
    let headers: &[(&str, &[u8])] = &[
        ("Cache-Control", b"public"),
        ("Cache-Control", b"max-age=600"),
        ("Age", b"100"),
        ("Content-Type", b"text/xml; charset=\"x\xe9\""),
    ];
    let server = Server::always(answer("200 OK", headers, b"x")).await;
    let Ok(Answer::Body { hints, content_type, status, wire_bytes, .. }) = get(&server.url("/")).await else {
        panic!("no body")
    };
    assert_eq!(hints.fresh_for(), Some(Duration::from_secs(500)));
    assert_eq!((content_type.as_deref(), status, wire_bytes), (Some("text/xml; charset=\"x\u{fffd}\""), 200, 1));

    let server = Server::always(answer("429 Slow Down", &[("Retry-After", b"120")], b"")).await;
    let error = get(&server.url("/")).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert_eq!((error.reason(), error.status()), (FailureReason::StatusTooManyRequests, Some(429)));
    let later: &[u8] = b"Wed, 04 Mar 2026 12:02:00 GMT";
    let server = Server::always(answer("503 Out", &[("Retry-After", later)], b"")).await;
    assert_eq!(get(&server.url("/")).await.unwrap_err().retry_after(), Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn every_encoding_is_undone() {
    let text = text();
    for (kind, name) in ENCODINGS {
        let packed = compress(kind, &text).await;
        let server = Server::always(answer("200 OK", &[("Content-Encoding", name.as_bytes())], &packed)).await;
        assert_eq!(body(get(&server.url("/")).await), text, "{kind}");
    }
    let two = [compress("gzip", b"first ").await, compress("gzip", b"second").await].concat();
    let server = Server::always(answer("200 OK", &[("Content-Encoding", b"identity, gzip")], &two)).await;
    assert_eq!(body(get(&server.url("/")).await), b"first second");
}

#[tokio::test]
async fn unknown_double_and_false_encodings_fail() {
    for encoding in ["gzip, gzip", "gzip, br", "compress", "x", "deflate;gzip"] {
        let server = Server::always(answer("200 OK", &[("Content-Encoding", encoding.as_bytes())], b"x")).await;
        check_failure(get(&server.url("/")).await, FailureReason::Encoding);
    }
    let server = Server::always(answer("200 OK", &[("Content-Encoding", b"gzip")], b"<rss>plain text</rss>")).await;
    check_failure(get(&server.url("/")).await, FailureReason::Encoding);
}

#[tokio::test]
async fn a_body_cut_off_is_no_answer() {
    let server = Server::always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nETag: \"1\"\r\n\r\n<rss>".to_vec()).await;
    check_failure(get(&server.url("/")).await, FailureReason::Truncated);
    for cut in ["5\r\n<rss>\r\n", "5\r\n<rss>\r\n3\r\nx", "5\r\n<r"] {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let server = Server::always([head, cut.as_bytes()].concat()).await;
        check_failure(get(&server.url("/")).await, FailureReason::Truncated);
    }
    let text = text();
    for (kind, name) in ENCODINGS {
        let packed = compress(kind, &text).await;
        for part in 1..8 {
            let cut = &packed[..packed.len() * part / 8];
            let server = Server::always(answer("200 OK", &[("Content-Encoding", name.as_bytes())], cut)).await;
            check_failure(get(&server.url("/")).await, FailureReason::Truncated);
        }
        let last = &packed[..packed.len() - 1];
        let server = Server::always(answer("200 OK", &[("Content-Encoding", name.as_bytes())], last)).await;
        check_failure(get(&server.url("/")).await, FailureReason::Truncated);
    }
}

#[tokio::test]
async fn own_headers_and_credentials_go_out() {
    let server = Server::always(answer("200 OK", &[], b"x")).await;
    let client = Client::new(&settings(), room()).unwrap();
    let url = server.url("/");
    let headers = [("X-Key".to_owned(), "k1".to_owned()), ("User-Agent".to_owned(), "other/1".to_owned())];
    let credentials = Credentials { user: "ann", password: "secret" };
    assert_eq!(format!("{credentials:?}"), "Credentials(..)");
    let request = Request { headers: &headers, credentials: Some(credentials), ..plain(&url) };
    assert!(client.fetch(request).await.is_ok());
    let seen = server.requests().remove(0);
    check_echo(&seen, "x-key", b"k1");
    check_echo(&seen, "user-agent", b"other/1");
    check_echo(&seen, "authorization", b"Basic YW5uOnNlY3JldA==");

    for (name, value) in
        [("Host", "x"), ("If-None-Match", "\"1\""), ("accept-encoding", "x"), ("a b", "x"), ("X", "a\r\nb: c")]
    {
        let headers = [(name.to_owned(), value.to_owned())];
        check_failure(client.fetch(Request { headers: &headers, ..plain(&url) }).await, FailureReason::BadHeader);
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_request_without_an_answer_says_where_it_failed() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    check_failure(get(&format!("http://{closed}/").parse().unwrap()).await, FailureReason::Connect);
    let server = Server::always(b"this is no HTTP\r\n\r\n".to_vec()).await;
    check_failure(get(&server.url("/")).await, FailureReason::Protocol);
    let secure = server.url("/").as_str().replace("http:", "https:").parse().unwrap();
    check_failure(get(&secure).await, FailureReason::Tls);
    let server = Server::always(Vec::new()).await;
    check_failure(get(&server.url("/")).await, FailureReason::Protocol);
    // A label over 63 bytes is refused by the resolver itself: no name server is asked.
    let unknown = format!("http://{}.invalid/", "a".repeat(70)).parse().unwrap();
    check_failure(get(&unknown).await, FailureReason::Dns);
}

#[tokio::test]
async fn an_error_tells_no_secret() {
    let url = "http://127.0.0.1:1/feed?token=canary".parse().unwrap();
    let error = get(&url).await.unwrap_err();
    let debug = format!("{error:?}");
    assert!(!format!("{debug} {:#}", anyhow::Error::from(error)).contains("canary"));
}
