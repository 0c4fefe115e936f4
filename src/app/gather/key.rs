//! The keys of the feed-state topic.

use std::fmt;

use crate::article::{Digest, FeedId};

/// What a record of the feed-state topic is about. All records of a feed lie in its partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateKey {
    /// Validators, entries shown, address: written only when something changed.
    Feed(FeedId),
    /// The last poll and its hints, light, written at every poll.
    Poll(FeedId),
    /// Back-off of a host (its registrable domain).
    Host(String),
    /// One taking of the partition; each has a key of its own, so that none hides another.
    Claim(Digest),
}

impl StateKey {
    /// Reads a key; none when it is no key of ours.
    pub fn parse(key: &[u8]) -> Option<StateKey> {
        let (kind, name) = std::str::from_utf8(key).ok()?.split_once(':')?;
        match kind {
            "feed" => name.parse().ok().map(StateKey::Feed),
            "poll" => name.parse().ok().map(StateKey::Poll),
            "host" => Some(StateKey::Host(name.to_owned())),
            "claim" => name.parse().ok().map(StateKey::Claim),
            _ => None,
        }
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateKey::Feed(id) => write!(f, "feed:{id}"),
            StateKey::Poll(id) => write!(f, "poll:{id}"),
            StateKey::Host(host) => write!(f, "host:{host}"),
            StateKey::Claim(id) => write!(f, "claim:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        let id = Digest::of("test", [b"x".as_slice()]);
        for key in [
            StateKey::Feed(FeedId(id)),
            StateKey::Poll(FeedId(id)),
            StateKey::Host("a.example".into()),
            StateKey::Claim(id),
        ] {
            assert_eq!(StateKey::parse(key.to_string().as_bytes()), Some(key));
        }
        for foreign in ["", "feed", "feed:xyz", "fleet:1", "\u{e9}:"] {
            assert_eq!(StateKey::parse(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
