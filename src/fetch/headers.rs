//! Which headers go out, and what is read from those that come back.

use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::client::Request;
use super::error::{FetchError, Limit};
use crate::schedule::{HintHeaders, Hints, Validators};

/// Feed types first; other XML as well, since half the servers call it that; anything else last.
const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json;q=0.9, application/xml;q=0.8";

/// What we can inflate.
const ACCEPT_ENCODING: &str = "gzip, deflate, br, zstd";

/// Names and values together; more is no feed server.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// Headers that a feed's definition may not set: the request is conditional, whole, and framed by us.
const OURS: &[HeaderName] = &[
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::PROXY_AUTHORIZATION,
    header::RANGE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The headers of one hop. `own` origin: the feed's own headers and credentials may be seen there.
pub(super) fn outgoing(request: &Request<'_>, origin: Origin) -> Result<HeaderMap, FetchError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    let mut echo = |name: HeaderName, bytes: &Option<Vec<u8>>| {
        // Stored bytes that are no header value were never received: the request goes without them.
        if let Some(value) = bytes.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
            headers.insert(name, value);
        }
    };
    echo(header::IF_NONE_MATCH, &request.validators.etag);
    echo(header::IF_MODIFIED_SINCE, &request.validators.last_modified);
    if origin == Origin::Own {
        own_headers(request, &mut headers)?;
    }
    Ok(headers)
}

/// Whether a hop goes to the origin (scheme, host, port) of the feed's registered address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The same one.
    Own,
    /// Another: it may see no secret.
    Foreign,
}

fn own_headers(request: &Request<'_>, headers: &mut HeaderMap) -> Result<(), FetchError> {
    for (name, value) in request.headers {
        let bad = || FetchError::BadHeader(name.chars().take(64).collect());
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        if OURS.contains(&key) {
            return Err(bad());
        }
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(())
}

/// Fails an answer whose headers are too large to be a feed server's.
pub(super) fn bounded(headers: &HeaderMap) -> Result<(), FetchError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > HEADER_BYTES_MAX { Err(FetchError::Limit(Limit::Headers)) } else { Ok(()) }
}

/// The validators of an answer, byte for byte.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let bytes = |name: HeaderName| headers.get(name).map(|value| value.as_bytes().to_vec());
    Validators { etag: bytes(header::ETAG), last_modified: bytes(header::LAST_MODIFIED) }
}

/// What a 304 leaves valid: what it names anew, and of the rest what we sent.
pub(super) fn renewed(headers: &HeaderMap, sent: &Validators) -> Validators {
    let new = validators(headers);
    Validators {
        etag: new.etag.or_else(|| sent.etag.clone()),
        last_modified: new.last_modified.or_else(|| sent.last_modified.clone()),
    }
}

/// What an answer asks for.
pub(super) fn hints(headers: &HeaderMap, now: DateTime<Utc>) -> Hints {
    let one = |name: HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    let raw = HintHeaders {
        cache_control: headers.get_all(header::CACHE_CONTROL).iter().map(HeaderValue::as_bytes).collect(),
        age: one(header::AGE),
        expires: one(header::EXPIRES),
        date: one(header::DATE),
        retry_after: one(header::RETRY_AFTER),
    };
    Hints::read(&raw, now)
}
