//! A known article: what is remembered of it. Hashes and ids, no text.

use crate::article::{AliasKey, Aliases, ArticleId, ContentHash, FeedId, ItemId, Observation, Order, Origin, TextHash};

use super::site::Site;

/// Aliases kept of one article besides its id; a feed that changes guid and link at every poll
/// adds two a poll, and only the newest can come again.
pub const ALIASES_MAX: usize = 32;

/// Showings kept of one article: an agency's text runs in dozens of feeds, and one forgotten is
/// published as a duplicate once more.
pub const SHOWS_MAX: usize = 256;

/// Showings kept of one article in one feed: the same text under several headings.
pub const SHOWS_OF_FEED_MAX: usize = 8;

/// What is remembered of one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name; where it was taken from an alias, it is that alias too.
    pub id: ArticleId,
    /// By what else it is found, oldest first.
    pub aliases: Vec<AliasKey>,
    /// The text that stands.
    pub text: StandingText,
    /// Number of the newest event; 0 while it is only remembered.
    pub revision: u32,
    /// Whether it was published.
    pub state: State,
    /// The feed whose version stands.
    pub lead: FeedId,
    /// Whether the lead is of the article's own site.
    pub lead_is_own: bool,
    /// The site it belongs to, as first seen.
    pub site: Site,
    /// Offset of the item whose version stands.
    pub item_offset: i64,
    /// When an item last renewed it, in milliseconds of the judge's time.
    pub seen_ms: i64,
    /// Who shows it, the one that came longest ago first.
    pub shows: Vec<Show>,
}

/// The text that stands, by its hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingText {
    /// Hash of headline and body.
    pub hash: ContentHash,
    /// Hash of all text.
    pub all: TextHash,
    /// Words of headline and body.
    pub words: u32,
    /// Too short for its hashes to be evidence.
    pub thin: bool,
}

/// Whether an article was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was.
    Published,
    /// Held by the backlog rule of a feed's first poll.
    Remembered {
        /// The date it bore, in seconds since 1970.
        dated: Option<i64>,
    },
}

/// How one feed shows an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Show {
    /// The feed.
    pub feed: FeedId,
    /// The item's name there, cut to 32 bits: it only parts the few items of one feed.
    pub item: u32,
    /// Where the text came from.
    pub origin: Origin,
    /// Source digest of the last sighting, cut to 64 bits.
    pub digest: u64,
    /// Order of the newest sighting.
    pub order: Order,
    /// How this feed came to the article.
    pub way: Way,
}

/// How a feed came to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By an alias, or because it was the first.
    Named,
    /// By its text, under a link of its own: it may go its own way.
    Carried {
        /// Words of the text when it last was the article's.
        words: u32,
    },
}

impl StandingText {
    /// The text of an observation.
    pub fn of(observation: &Observation) -> StandingText {
        let article = &observation.article;
        StandingText {
            hash: article.content_hash,
            all: article.text_hash,
            words: article.words,
            thin: article.is_thin(),
        }
    }

    /// Whether two texts are the same. Hashes of two versions are never compared; then all text decides.
    pub fn is_same(&self, other: &StandingText) -> bool {
        if self.hash.version == other.hash.version { self.hash == other.hash } else { self.all == other.all }
    }
}

impl Known {
    /// Whether it was published.
    pub fn is_published(&self) -> bool {
        self.state == State::Published
    }

    /// Whether the alias leads here.
    pub fn answers_to(&self, key: AliasKey) -> bool {
        self.id.0 == key.0 || self.aliases.contains(&key)
    }

    /// Whether any item of the feed shows it.
    pub fn is_shown_by(&self, feed: FeedId) -> bool {
        self.shows.iter().any(|show| show.feed == feed)
    }

    /// How this item of a feed showed it last.
    pub(super) fn show_of(&self, feed: FeedId, item: ItemId, origin: Origin) -> Option<&Show> {
        let item = Show::item_of(item);
        self.shows.iter().find(|show| show.feed == feed && show.item == item && show.origin == origin)
    }

    /// How any item of a feed showed it last.
    pub(super) fn last_show_of(&self, feed: FeedId, origin: Origin) -> Option<&Show> {
        self.shows.iter().rfind(|show| show.feed == feed && show.origin == origin)
    }

    /// The newest order in which the feed showed it: guids may change from poll to poll, the order cannot.
    pub(super) fn order_of(&self, feed: FeedId, origin: Origin) -> Option<Order> {
        self.shows.iter().filter(|show| show.feed == feed && show.origin == origin).map(|show| show.order).max()
    }

    /// Adds an alias; beyond the limit the oldest is dropped.
    pub(super) fn add_alias(&mut self, key: AliasKey) {
        if self.answers_to(key) {
            return;
        }
        if self.aliases.len() >= ALIASES_MAX {
            self.aliases.remove(0);
        }
        self.aliases.push(key);
    }

    /// Takes the aliases of an item away, and all showings of its feed that came by text.
    pub(super) fn let_go(&mut self, feed: FeedId, aliases: &Aliases) {
        let gone = [aliases.g, aliases.u, aliases.t];
        self.aliases.retain(|key| !gone.contains(&Some(*key)));
        self.shows.retain(|show| show.feed != feed || show.way == Way::Named);
    }

    /// Records a showing, the newest last; beyond the limits the one that came longest ago is dropped, never the lead's.
    pub(super) fn record(&mut self, show: Show) {
        self.shows.retain(|old| !(old.feed == show.feed && old.item == show.item && old.origin == show.origin));
        self.shows.push(show);
        if self.shows.iter().filter(|old| old.feed == show.feed).count() > SHOWS_OF_FEED_MAX {
            self.drop_oldest(|old| old.feed == show.feed);
        }
        if self.shows.len() > SHOWS_MAX {
            let lead = self.lead;
            self.drop_oldest(|old| old.feed != lead);
        }
    }

    fn drop_oldest(&mut self, of: impl Fn(&Show) -> bool) {
        if let Some(oldest) = self.shows.iter().position(of) {
            self.shows.remove(oldest);
        }
    }
}

impl Show {
    /// The part of an item's name that a showing keeps.
    pub(super) fn item_of(item: ItemId) -> u32 {
        item.0.bytes().first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    /// The showing that an observation is.
    pub(super) fn of(observation: &Observation, way: Way) -> Show {
        Show {
            feed: observation.feed.id,
            item: Show::item_of(observation.item_id),
            origin: observation.origin,
            digest: observation.source_digest.0.low64(),
            order: observation.order,
            way,
        }
    }
}
