//! The body: read under a cap, then inflated in small steps under caps of its own.

use std::io;

use async_compression::tokio::bufread::{BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{self, HeaderMap};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use super::error::{FetchError, Limit};
use super::room::Taken;
use super::settings::Limits;

/// Inflated at a time: a bomb is noticed before it is large.
const STEP_BYTES: usize = 64 << 10;

/// Below this the ratio says nothing: a small feed of one repeated word is no bomb.
const RATIO_FROM_BYTES: u64 = 1 << 20;

/// A body and what it weighed on the wire.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    pub(super) wire_bytes: u64,
    pub(super) room: Taken,
}

/// Reads and decodes the body of an answer.
pub(super) async fn read(response: Response, limits: &Limits, mut room: Taken) -> Result<Body, FetchError> {
    let encoding = encoding(response.headers())?;
    let wire = transfer(response, limits, &mut room).await?;
    let wire_bytes = length(&wire);
    let bytes = match encoding {
        Encoding::Identity => within(wire, limits)?,
        Encoding::Gzip => {
            let mut decoder = GzipDecoder::new(&wire[..]);
            // RFC 1952: a file may be several members; reading only the first would lose entries silently.
            decoder.multiple_members(true);
            inflate(decoder, GzipDecoder::get_ref, limits, &mut room).await?
        }
        Encoding::Deflate if is_zlib(&wire) => {
            inflate(ZlibDecoder::new(&wire[..]), ZlibDecoder::get_ref, limits, &mut room).await?
        }
        Encoding::Deflate => {
            inflate(DeflateDecoder::new(&wire[..]), DeflateDecoder::get_ref, limits, &mut room).await?
        }
        Encoding::Brotli => inflate(BrotliDecoder::new(&wire[..]), BrotliDecoder::get_ref, limits, &mut room).await?,
        Encoding::Zstd => {
            let mut decoder = ZstdDecoder::new(&wire[..]);
            decoder.multiple_members(true);
            inflate(decoder, ZstdDecoder::get_ref, limits, &mut room).await?
        }
    };
    Ok(Body { bytes, wire_bytes, room })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The one encoding of the body. Two layers are no feed server's doing.
fn encoding(headers: &HeaderMap) -> Result<Encoding, FetchError> {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter();
    let text = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect::<Vec<_>>().join(",");
    let named = text.to_ascii_lowercase();
    let mut layers = named.split(',').map(str::trim).filter(|layer| !matches!(*layer, "" | "identity"));
    let encoding = match layers.next() {
        None => Some(Encoding::Identity),
        Some("gzip" | "x-gzip") => Some(Encoding::Gzip),
        Some("deflate") => Some(Encoding::Deflate),
        Some("br") => Some(Encoding::Brotli),
        Some("zstd") => Some(Encoding::Zstd),
        Some(_) => None,
    };
    encoding.filter(|_| layers.next().is_none()).ok_or_else(|| FetchError::Encoding(text.chars().take(64).collect()))
}

/// RFC 1950: the two bytes before a zlib stream; "deflate" without them is the raw stream that some send.
fn is_zlib(wire: &[u8]) -> bool {
    wire.first_chunk().is_some_and(|head: &[u8; 2]| head[0] & 0x0f == 8 && u16::from_be_bytes(*head).is_multiple_of(31))
}

/// Reads what is on the wire.
async fn transfer(mut response: Response, limits: &Limits, room: &mut Taken) -> Result<Bytes, FetchError> {
    if response.content_length().is_some_and(|declared| declared > limits.wire_bytes) {
        return Err(FetchError::Limit(Limit::WireBytes));
    }
    let mut wire = BytesMut::new();
    loop {
        let piece = timeout(limits.idle, response.chunk()).await.map_err(|_| FetchError::Limit(Limit::Idle))?;
        // hyper reports a wrong length, a cut chunk and a broken connection alike: the rest is missing.
        let piece = piece.map_err(|error| FetchError::Truncated(error.without_url().into()))?;
        let Some(piece) = piece else { return Ok(wire.freeze()) };
        if length(&wire) + length(&piece) > limits.wire_bytes {
            return Err(FetchError::Limit(Limit::WireBytes));
        }
        room.grow(length(&wire) + length(&piece)).await;
        wire.extend_from_slice(&piece);
    }
}

fn within(bytes: Bytes, limits: &Limits) -> Result<Bytes, FetchError> {
    if length(&bytes) > limits.body_bytes { Err(FetchError::Limit(Limit::BodyBytes)) } else { Ok(bytes) }
}

/// Inflates what is on the wire; `left` tells what a decoder has not yet taken of it.
async fn inflate<'w, D: AsyncRead + Unpin>(
    mut decoder: D,
    left: impl Fn(&D) -> &&'w [u8],
    limits: &Limits,
    room: &mut Taken,
) -> Result<Bytes, FetchError> {
    let wire_bytes = length(left(&decoder)).max(1);
    let mut step = vec![0; STEP_BYTES];
    let mut bytes = BytesMut::new();
    loop {
        let count = decoder.read(&mut step).await.map_err(|error| undecoded(error, left(&decoder)))?;
        if count == 0 {
            return Ok(bytes.freeze());
        }
        room.grow(wire_bytes + length(&bytes) + length(&step[..count])).await;
        bytes.extend_from_slice(&step[..count]);
        let decoded = length(&bytes);
        if decoded > limits.body_bytes {
            return Err(FetchError::Limit(Limit::BodyBytes));
        }
        if decoded > RATIO_FROM_BYTES && decoded / limits.ratio >= wire_bytes {
            return Err(FetchError::Limit(Limit::Ratio));
        }
        // A slice is always ready: without this a large body would hold its thread to the end.
        tokio::task::yield_now().await;
    }
}

/// A decoder that fails when it has taken all there is wanted more: not each calls that an unexpected end.
fn undecoded(error: io::Error, left: &[u8]) -> FetchError {
    if error.kind() == io::ErrorKind::UnexpectedEof || left.is_empty() {
        FetchError::Truncated(error.into())
    } else {
        FetchError::Undecodable(error)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
