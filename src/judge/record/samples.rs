//! Made-up known articles for property tests.

use proptest::prelude::*;

use crate::article::{AliasKey, ArticleId, ContentHash, Digest, FeedId, Order, Origin, TextHash};
use crate::judge::known::{Known, Show, StandingText, State, Way};
use crate::judge::site::Site;

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 16]>().prop_map(Digest::from_bytes)
}

fn show() -> impl Strategy<Value = Show> {
    let way = proptest::option::of(0..u32::MAX);
    (digest(), any::<u32>(), any::<u64>(), any::<(u64, u64)>(), way).prop_map(|(feed, item, digest, order, words)| {
        Show {
            feed: FeedId(feed),
            item,
            origin: Origin::Feed,
            digest,
            order: Order { epoch: order.0, poll: order.1 },
            way: words.map_or(Way::Named, |words| Way::Carried { words }),
        }
    })
}

fn text() -> impl Strategy<Value = StandingText> {
    (any::<(u16, u16)>(), digest(), digest(), any::<u32>(), any::<bool>()).prop_map(
        |(version, hash, all, words, thin)| {
            let hash = ContentHash { version: version.0, digest: hash };
            StandingText { hash, all: TextHash { version: version.1, digest: all }, words, thin }
        },
    )
}

/// Any article that memory could hold.
pub(in crate::judge) fn known() -> impl Strategy<Value = Known> {
    let state = prop_oneof![
        Just(State::Published),
        proptest::option::of(any::<i64>()).prop_map(|dated| State::Remembered { dated })
    ];
    let numbers = (any::<u32>(), any::<u32>(), any::<i64>(), any::<i64>(), any::<bool>());
    let aliases = proptest::collection::vec(digest().prop_map(AliasKey), 0..4);
    let shows = proptest::collection::vec(show(), 0..4);
    (digest(), aliases, text(), state, numbers, shows, digest(), any::<bool>()).prop_map(
        |(id, aliases, text, state, (revision, site, item_offset, seen_ms, own), shows, lead, is_shown)| {
            let shown = shows.last().map(|show| show.feed).filter(|_| is_shown);
            Known {
                id: ArticleId(id),
                aliases,
                text,
                revision,
                state,
                lead: shown.unwrap_or(FeedId(lead)),
                lead_is_own: own,
                site: Site::from_number(site),
                item_offset,
                seen_ms,
                shows,
            }
        },
    )
}
