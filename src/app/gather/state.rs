//! What is remembered of a feed from poll to poll, and what a poll changes about it. Pure.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::restore::STATE_VERSION;
use crate::article::Digest;
use crate::feed::Shown;
use crate::schedule::Validators;

/// The same permanent redirect so many polls in a row…
const MOVED_POLLS_MIN: u32 = 3;
/// …over at least this time is a move; sooner it may be a slip of the publisher's.
const MOVED_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The `feed:` record: written only when something changed, and only after what it stands for is acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedState {
    /// Version of the form.
    pub v: u32,
    /// Epoch of the owner that wrote it.
    pub epoch: u64,
    /// With what to ask "anything new?".
    #[serde(default)]
    pub validators: Validators,
    /// Digest of the last document whose items are acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Digest>,
    /// The entries that the feed has shown.
    #[serde(default)]
    pub shown: Shown,
    /// When the first poll that brought a document ended; before, the backlog rule holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_good: Option<DateTime<Utc>>,
    /// The judge has been told that the feed left.
    #[serde(default)]
    pub left: bool,
    /// How the feed did when it was last announced.
    #[serde(default)]
    pub health: FeedHealth,
    /// The registered address that validators, document and address belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<String>,
    /// The current address, when the feed moved since it was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// A permanent redirect that is being watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// The title that the document gives itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The site that the document declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
}

/// What subscribers to feed events were last told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedHealth {
    /// It answers.
    #[default]
    Well,
    /// Several polls in a row failed.
    Failing,
    /// The publisher took it away.
    Gone,
}

/// A permanent redirect seen at several polls in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// Where to.
    pub target: String,
    /// At so many polls in a row.
    pub polls: u32,
    /// When first.
    pub since: DateTime<Utc>,
}

impl FeedState {
    /// Reads a stored record; none if it is damaged: then the feed starts afresh, which only repeats items.
    pub fn decode(value: &[u8]) -> Option<FeedState> {
        serde_json::from_slice(value).ok()
    }

    /// The record's bytes, signed with the writer's epoch.
    pub fn encode(&mut self, epoch: u64) -> Vec<u8> {
        self.v = STATE_VERSION;
        self.epoch = epoch;
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Drops what a replica that no longer owned the partition may have got wrong: ids are kept,
    /// so that all the feed shows is sent once more as shown before, and the judge sorts it out.
    pub fn distrust(&mut self) {
        self.validators = Validators::default();
        self.document = None;
        self.shown.forget_digests();
    }

    /// The state with which to ask at this registered address: an operator who gives a feed another one means that one,
    /// wherever the old one had moved to, and what its server called unchanged says nothing.
    pub fn at(self: &Arc<Self>, registered: &str) -> Arc<FeedState> {
        if self.registered.as_deref().is_none_or(|known| known == registered) {
            return Arc::clone(self);
        }
        Arc::new(FeedState {
            registered: Some(registered.to_owned()),
            validators: Validators::default(),
            document: None,
            address: None,
            moving: None,
            ..FeedState::clone(self)
        })
    }

    /// Notes where a good answer was permanently redirected to; returns the new address when the feed has moved.
    pub fn redirected(&mut self, target: Option<&str>, now: DateTime<Utc>) -> Option<String> {
        let Some(target) = target else {
            self.moving = None;
            return None;
        };
        let moving = match self.moving.take() {
            Some(moving) if moving.target == target => Moving { polls: moving.polls.saturating_add(1), ..moving },
            Some(_) | None => Moving { target: target.to_owned(), polls: 1, since: now },
        };
        let long_enough = (now - moving.since).to_std().is_ok_and(|span| span >= MOVED_AFTER);
        if moving.polls >= MOVED_POLLS_MIN && long_enough {
            self.address = Some(moving.target.clone());
            return Some(moving.target);
        }
        self.moving = Some(moving);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hour * 3600, 0).unwrap()
    }

    #[test]
    fn a_move_takes_three_polls_over_a_day() {
        let check = |polls: &[(i64, Option<&str>)], expected: Option<&str>| {
            let mut state = FeedState::default();
            let last = polls.iter().map(|(hour, target)| state.redirected(*target, at(*hour))).last().flatten();
            assert_eq!(last.as_deref(), expected, "{polls:?}");
            assert_eq!(state.address.as_deref(), expected, "{polls:?}");
        };
        check(&[(0, Some("b")), (12, Some("b")), (24, Some("b"))], Some("b"));
        check(&[(0, Some("b")), (24, Some("b"))], None);
        check(&[(0, Some("b")), (1, Some("b")), (2, Some("b"))], None);
        check(&[(0, Some("b")), (12, None), (24, Some("b")), (25, Some("b"))], None);
        check(&[(0, Some("b")), (12, Some("c")), (24, Some("b"))], None);
    }

    #[test]
    fn another_registered_address_is_asked_anew() {
        let state = FeedState {
            registered: Some("https://a.example/".into()),
            address: Some("https://b.example/".into()),
            validators: Validators { etag: Some(b"1".to_vec()), last_modified: None },
            first_good: Some(at(0)),
            ..FeedState::default()
        };
        let state = Arc::new(state);
        assert!(Arc::ptr_eq(&state.at("https://a.example/"), &state));
        let anew = state.at("https://c.example/");
        assert_eq!((&anew.address, &anew.validators), (&None, &Validators::default()));
        assert_eq!((anew.first_good, anew.registered.as_deref()), (Some(at(0)), Some("https://c.example/")));
    }

    #[test]
    fn the_record_reads_back_and_ignores_what_a_later_version_adds() {
        let mut state = FeedState { title: Some("Le Fanal".into()), left: true, ..FeedState::default() };
        let bytes = state.encode(7);
        assert_eq!(FeedState::decode(&bytes), Some(state.clone()));
        let mut later: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        later["later"] = 1.into();
        assert_eq!(FeedState::decode(later.to_string().as_bytes()), Some(state));
        assert_eq!(FeedState::decode(b"{"), None);
    }
}
