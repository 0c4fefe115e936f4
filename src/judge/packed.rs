//! A known article in as few bytes as is easy: ten million of them live in memory.
//!
//! This form never leaves the process; what is stored is [`super::record`].

use crate::article::{AliasKey, ArticleId, ContentHash, Digest, FeedId, Order, Origin, TextHash};

use super::known::{Known, Show, StandingText, State, Way};
use super::site::Site;

const THIN: u8 = 1;
const LEAD_IS_OWN: u8 = 2;
const REMEMBERED: u8 = 4;
const DATED: u8 = 8;

/// Packs an article.
pub(super) fn pack(known: &Known) -> Box<[u8]> {
    let mut out = Writer(Vec::with_capacity(160));
    out.digest(known.id.0);
    out.number(known.aliases.len() as u64);
    known.aliases.iter().for_each(|key| out.digest(key.0));
    // The hashes stand right behind the aliases, so that a look-up need not unpack the rest.
    out.number(u64::from(known.text.hash.version));
    out.digest(known.text.hash.digest);
    out.number(u64::from(known.text.all.version));
    out.digest(known.text.all.digest);
    out.flags(known);
    out.number(u64::from(known.text.words));
    out.number(u64::from(known.revision));
    out.0.extend(known.site.number().to_le_bytes());
    out.signed(known.item_offset);
    out.signed(known.seen_ms);
    // The lead nearly always shows the article, and then its place among the showings is enough.
    let lead = known.shows.iter().position(|show| show.feed == known.lead);
    out.number(lead.map_or(0, |index| index as u64 + 1));
    if lead.is_none() {
        out.digest(known.lead.0);
    }
    out.number(known.shows.len() as u64);
    known.shows.iter().for_each(|show| out.show(show));
    out.0.into_boxed_slice()
}

/// Unpacks an article; none only for bytes that [`pack`] did not make.
pub(super) fn unpack(bytes: &[u8]) -> Option<Known> {
    let mut input = Reader(bytes);
    let id = ArticleId(input.digest()?);
    let aliases = (0..input.number()?).map(|_| input.digest().map(AliasKey)).collect::<Option<Vec<_>>>()?;
    let hash = ContentHash { version: input.narrow()?, digest: input.digest()? };
    let all = TextHash { version: input.narrow()?, digest: input.digest()? };
    let flags = input.byte()?;
    let dated = if flags & DATED == 0 { None } else { Some(input.signed()?) };
    let state = if flags & REMEMBERED == 0 { State::Published } else { State::Remembered { dated } };
    let words = input.narrow()?;
    let revision = input.narrow()?;
    let site = Site::from_number(u32::from_le_bytes(input.take()?));
    let item_offset = input.signed()?;
    let seen_ms = input.signed()?;
    let lead_at: usize = input.narrow()?;
    let lead = if lead_at == 0 { Some(FeedId(input.digest()?)) } else { None };
    let shows = (0..input.number()?).map(|_| input.show()).collect::<Option<Vec<_>>>()?;
    let lead = lead.or_else(|| shows.get(lead_at.checked_sub(1)?).map(|show: &Show| show.feed))?;
    let text = StandingText { hash, all, words, thin: flags & THIN != 0 };
    let lead_is_own = flags & LEAD_IS_OWN != 0;
    Some(Known { id, aliases, text, revision, state, lead, lead_is_own, site, item_offset, seen_ms, shows })
}

/// Whether packed bytes are those of the article with this id or alias.
pub(super) fn answers_to(bytes: &[u8], key: Digest) -> bool {
    let mut input = Reader(bytes);
    if input.digest() == Some(key) {
        return true;
    }
    let aliases = input.number().unwrap_or(0);
    (0..aliases).map_while(|_| input.digest()).any(|alias| alias == key)
}

/// Whether packed bytes are those of this article.
pub(super) fn is_of(bytes: &[u8], id: ArticleId) -> bool {
    Reader(bytes).digest() == Some(id.0)
}

struct Writer(Vec<u8>);

impl Writer {
    fn digest(&mut self, digest: Digest) {
        self.0.extend(digest.bytes());
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    /// Small numbers of either sign stay small.
    fn signed(&mut self, number: i64) {
        self.number((number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
    }

    fn flags(&mut self, known: &Known) {
        let mut flags = 0;
        if known.text.thin {
            flags |= THIN;
        }
        if known.lead_is_own {
            flags |= LEAD_IS_OWN;
        }
        match known.state {
            State::Published => self.0.push(flags),
            State::Remembered { dated: None } => self.0.push(flags | REMEMBERED),
            State::Remembered { dated: Some(dated) } => {
                self.0.push(flags | REMEMBERED | DATED);
                self.signed(dated);
            }
        }
    }

    fn show(&mut self, show: &Show) {
        self.digest(show.feed.0);
        self.0.extend(show.item.to_le_bytes());
        self.0.push(match show.origin {
            Origin::Feed => 0,
        });
        self.0.extend(show.digest.to_le_bytes());
        self.number(show.order.epoch);
        self.number(show.order.poll);
        // One more than the words, so that nought stands for a showing by name.
        self.number(match show.way {
            Way::Named => 0,
            Way::Carried { words } => u64::from(words) + 1,
        });
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn digest(&mut self) -> Option<Digest> {
        self.take().map(Digest::from_bytes)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn narrow<N: TryFrom<u64>>(&mut self) -> Option<N> {
        N::try_from(self.number()?).ok()
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn show(&mut self) -> Option<Show> {
        let feed = FeedId(self.digest()?);
        let item = u32::from_le_bytes(self.take()?);
        let origin = match self.byte()? {
            0 => Origin::Feed,
            _ => return None,
        };
        let digest = u64::from_le_bytes(self.take()?);
        let order = Order { epoch: self.number()?, poll: self.number()? };
        let way = match self.number()? {
            0 => Way::Named,
            words => Way::Carried { words: u32::try_from(words - 1).ok()? },
        };
        Some(Show { feed, item, origin, digest, order, way })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::record::samples::known;

    proptest! {
        #[test]
        fn packing_loses_nothing(known in known()) {
            let bytes = pack(&known);
            prop_assert_eq!(unpack(&bytes), Some(known.clone()));
            prop_assert!(answers_to(&bytes, known.id.0));
            prop_assert!(known.aliases.iter().all(|key| answers_to(&bytes, key.0)));
            prop_assert!(!answers_to(&bytes, Digest::of("another", [])));
        }

        #[test]
        fn foreign_bytes_are_none_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(unpack(&bytes).is_none_or(|known| known.id.0.bytes() == bytes[..16]));
            prop_assert!(!answers_to(&bytes, Digest::of("another", [])));
        }
    }
}
