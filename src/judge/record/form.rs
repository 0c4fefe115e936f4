//! The JSON of stored records, key by key.

use serde::{Deserialize, Serialize};

use super::{Lane, RecordError, VERSION};
use crate::article::{AliasKey, ArticleId, ContentHash, Digest, FeedId, Order, Origin, TextHash};
use crate::judge::known::{Known, Show, StandingText, State, Way};
use crate::judge::memory::Change;
use crate::judge::position::Position;
use crate::judge::site::Site;
use crate::judge::times::Times;

#[derive(Deserialize)]
struct Head {
    v: u32,
}

#[derive(Serialize, Deserialize)]
struct ArticleForm {
    v: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<AliasKey>,
    hash: ContentHash,
    text: TextHash,
    words: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    thin: bool,
    #[serde(rename = "rev")]
    revision: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    remembered: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dated: Option<i64>,
    /// Left out where it is the feed of the first showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead: Option<FeedId>,
    #[serde(default, skip_serializing_if = "is_false")]
    own: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    site: u32,
    offset: i64,
    seen: i64,
    shows: Vec<ShowForm>,
}

#[derive(Serialize, Deserialize)]
struct ShowForm {
    feed: FeedId,
    item: Hex<4>,
    #[serde(default, skip_serializing_if = "is_feed")]
    origin: OriginForm,
    digest: Hex<8>,
    order: (u64, u64),
    /// Words of a text that was carried under a link of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carried: Option<u32>,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OriginForm {
    #[default]
    Feed,
}

#[derive(Serialize, Deserialize)]
struct LeftForm {
    v: u32,
    since: i64,
}

#[derive(Serialize, Deserialize)]
struct PositionForm {
    v: u32,
    offset: i64,
    record_time: i64,
    digest: Digest,
    event_time: i64,
    now: i64,
    horizon: i64,
}

#[derive(Serialize, Deserialize)]
struct LaneForm {
    v: u32,
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<i64>,
}

/// Bytes as hex digits.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
struct Hex<const N: usize>([u8; N]);

impl<const N: usize> From<Hex<N>> for String {
    fn from(hex: Hex<N>) -> String {
        hex.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = String;

    fn try_from(text: String) -> Result<Hex<N>, String> {
        let wrong = || format!("{} hex digits are expected", N * 2);
        let mut bytes = [0; N];
        if text.len() != N * 2 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Hex(bytes))
    }
}

/// Reads a value, its version first: a later one may look quite different.
pub(super) fn read<T>(
    key: &str,
    value: &[u8],
    rest: impl FnOnce(&[u8]) -> serde_json::Result<T>,
) -> Result<T, RecordError> {
    let malformed = |cause| RecordError::Malformed { key: key.to_owned(), cause };
    let head: Head = serde_json::from_slice(value).map_err(malformed)?;
    if head.v > VERSION {
        return Err(RecordError::LaterVersion { key: key.to_owned(), version: head.v });
    }
    rest(value).map_err(malformed)
}

pub(super) fn article(known: &Known) -> Vec<u8> {
    let (remembered, dated) = match known.state {
        State::Published => (false, None),
        State::Remembered { dated } => (true, dated),
    };
    let first = known.shows.first().map(|show| show.feed);
    write(&ArticleForm {
        v: VERSION,
        aliases: known.aliases.clone(),
        hash: known.text.hash,
        text: known.text.all,
        words: known.text.words,
        thin: known.text.thin,
        revision: known.revision,
        remembered,
        dated,
        lead: Some(known.lead).filter(|lead| Some(*lead) != first),
        own: known.lead_is_own,
        site: known.site.number(),
        offset: known.item_offset,
        seen: known.seen_ms,
        shows: known.shows.iter().map(show).collect(),
    })
}

pub(super) fn read_article(id: ArticleId, value: &[u8]) -> serde_json::Result<Change> {
    let form: ArticleForm = serde_json::from_slice(value)?;
    let first = form.shows.first().map(|show| show.feed);
    let lead = form.lead.or(first).ok_or_else(|| serde::de::Error::custom("neither lead nor showing"))?;
    Ok(Change::Article(Box::new(Known {
        id,
        aliases: form.aliases,
        text: StandingText { hash: form.hash, all: form.text, words: form.words, thin: form.thin },
        revision: form.revision,
        state: if form.remembered { State::Remembered { dated: form.dated } } else { State::Published },
        lead,
        lead_is_own: form.own,
        site: Site::from_number(form.site),
        item_offset: form.offset,
        seen_ms: form.seen,
        shows: form.shows.iter().map(read_show).collect(),
    })))
}

fn show(show: &Show) -> ShowForm {
    ShowForm {
        feed: show.feed,
        item: Hex(show.item.to_be_bytes()),
        origin: match show.origin {
            Origin::Feed => OriginForm::Feed,
        },
        digest: Hex(show.digest.to_be_bytes()),
        order: (show.order.epoch, show.order.poll),
        carried: match show.way {
            Way::Named => None,
            Way::Carried { words } => Some(words),
        },
    }
}

fn read_show(form: &ShowForm) -> Show {
    let (epoch, poll) = form.order;
    Show {
        feed: form.feed,
        item: u32::from_be_bytes(form.item.0),
        origin: match form.origin {
            OriginForm::Feed => Origin::Feed,
        },
        digest: u64::from_be_bytes(form.digest.0),
        order: Order { epoch, poll },
        way: form.carried.map_or(Way::Named, |words| Way::Carried { words }),
    }
}

pub(super) fn left(since_ms: i64) -> Vec<u8> {
    write(&LeftForm { v: VERSION, since: since_ms })
}

pub(super) fn read_left(feed: FeedId, value: &[u8]) -> serde_json::Result<Change> {
    let form: LeftForm = serde_json::from_slice(value)?;
    Ok(Change::Left { feed, since_ms: form.since })
}

pub(super) fn position(position: &Position) -> Vec<u8> {
    write(&PositionForm {
        v: VERSION,
        offset: position.offset,
        record_time: position.record_ms,
        digest: position.digest,
        event_time: position.times.event_ms,
        now: position.times.now_ms,
        horizon: position.times.horizon_ms,
    })
}

pub(super) fn read_position(value: &[u8]) -> serde_json::Result<Position> {
    let form: PositionForm = serde_json::from_slice(value)?;
    let times = Times { now_ms: form.now, horizon_ms: form.horizon, event_ms: form.event_time };
    Ok(Position { offset: form.offset, record_ms: form.record_time, digest: form.digest, times })
}

pub(super) fn lane(lane: &Lane) -> Vec<u8> {
    write(&LaneForm { v: VERSION, number: lane.number, position: lane.position })
}

pub(super) fn read_lane(value: &[u8]) -> serde_json::Result<Lane> {
    let form: LaneForm = serde_json::from_slice(value)?;
    Ok(Lane { number: form.number, position: form.position })
}

fn write(form: &impl Serialize) -> Vec<u8> {
    // Plain data with string keys: writing it to memory cannot fail.
    serde_json::to_vec(form).unwrap_or_default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_feed(origin: &OriginForm) -> bool {
    *origin == OriginForm::Feed
}
