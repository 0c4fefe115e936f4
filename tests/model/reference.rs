//! The reference: the verdict table written down a second time, with vectors and linear search,
//! one record after the other, without batches, overlay, index, storing or crashes.

use depeche::article::{
    AliasKey, ArticleId, ContentHash, Digest, FeedId, ItemId, Observation, Order, Showing, SourceDigest, TextHash,
};
use depeche::judge::{History, Input, Publication, SHOWS_OF_FEED_MAX};

use crate::world::{Sent, WINDOW};

/// What is published, and what the reference would publish.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    New { article: ArticleId, backlog: bool, was: Option<ArticleId> },
    Revised { article: ArticleId, revision: u32, reason: &'static str, expired: bool, previous: Option<ContentHash> },
    Duplicate { article: ArticleId, revision: u32, evidence: &'static str, backlog: bool },
}

#[derive(Debug, Clone)]
struct Article {
    id: ArticleId,
    names: Vec<AliasKey>,
    hash: ContentHash,
    all: TextHash,
    words: u32,
    revision: u32,
    /// Held by a backlog rule, with its date.
    held: Option<Option<i64>>,
    lead: FeedId,
    lead_own: bool,
    site: Option<String>,
    seen: i64,
    shows: Vec<Showed>,
}

#[derive(Debug, Clone, PartialEq)]
struct Showed {
    feed: FeedId,
    item: ItemId,
    digest: SourceDigest,
    order: Order,
    /// Words of the text, where it came under other names.
    carried: Option<u32>,
}

/// All that the reference knows.
#[derive(Debug, Default)]
pub(crate) struct Reference {
    articles: Vec<Article>,
    away: Vec<FeedId>,
    now: i64,
    offset: i64,
}

impl Event {
    pub(crate) fn of(publication: &Publication) -> Event {
        match publication {
            Publication::Created { article, backlog, was_duplicate_of, .. } => {
                Event::New { article: *article, backlog: *backlog, was: *was_duplicate_of }
            }
            Publication::Revised { article, revision, reason, previous, history, .. } => Event::Revised {
                article: *article,
                revision: *revision,
                reason: reason.as_str(),
                expired: *history == History::Expired,
                previous: *previous,
            },
            Publication::Duplicated { of, revision, evidence, backlog, .. } => {
                Event::Duplicate { article: *of, revision: *revision, evidence: evidence.as_str(), backlog: *backlog }
            }
        }
    }
}

impl Reference {
    pub(crate) fn judge(&mut self, sent: &Sent, offset: i64) -> Option<Event> {
        self.offset = offset;
        self.now = self.now.max(sent.time.timestamp_millis());
        let oldest = (self.now - WINDOW.num_milliseconds()).div_euclid(60_000) * 60_000;
        self.articles.retain(|article| article.seen >= oldest);
        match &sent.input {
            Input::Observed(observation) => self.item(observation),
            Input::Left(feed) => {
                self.away.push(*feed);
                None
            }
            Input::Back(feed) => {
                self.away.retain(|away| away != feed);
                None
            }
            Input::Unfit(_) => None,
        }
    }

    fn item(&mut self, item: &Observation) -> Option<Event> {
        let Some((at, evidence)) = self.find(item) else { return self.unknown(item) };
        let feed = item.feed.id;
        let article = self.articles[at].clone();
        let last = article.shows.iter().find(|show| show.feed == feed && show.item == item.item_id).cloned();
        let latest = last.clone().or_else(|| article.shows.iter().rev().find(|show| show.feed == feed).cloned());
        let carried = latest.as_ref().and_then(|show| show.carried);
        let same = is_same(&article, item);
        if last.is_some_and(|show| show.digest == item.source_digest) {
            return self.repeat(at, item, carried);
        }
        if article.shows.iter().any(|show| show.feed == feed && show.order > item.order) {
            return None;
        }
        if let Some(dated) = article.held {
            return self.held(at, item, dated, carried);
        }
        if article.lead == feed {
            return if same { self.repeat(at, item, None) } else { Some(self.revise(at, item, "edited")) };
        }
        let is_vacant = self.away.contains(&article.lead);
        if let Some(words) = carried {
            let differ = u64::from(item.article.words.abs_diff(words)) * 10 >= u64::from(words) * 3;
            return match (same, differ, is_vacant) {
                (true, ..) => self.repeat(at, item, Some(item.article.words)),
                (false, true, _) => Some(self.split(at, item)),
                (false, false, true) => Some(self.revise(at, item, "lead_left")),
                (false, false, false) => self.repeat(at, item, carried),
            };
        }
        let is_own = !article.lead_own && is_own(&article, item);
        let is_fuller = !article.lead_own && item.article.words * 10 >= article.words * 13;
        let reason = [(is_vacant, "lead_left"), (is_own, "own_site"), (is_fuller, "fuller_text")];
        if let Some((_, reason)) = reason.iter().find(|(holds, _)| *holds && !same) {
            return Some(self.revise(at, item, reason));
        }
        let event = match latest {
            None => Some(self.duplicate(at, item, evidence, None)),
            Some(_) => self.repeat(at, item, None),
        };
        if is_own {
            self.articles[at].lead = feed;
            self.articles[at].lead_own = true;
            self.articles[at].seen = self.now;
        }
        event
    }

    fn held(&mut self, at: usize, item: &Observation, dated: Option<i64>, carried: Option<u32>) -> Option<Event> {
        let same = is_same(&self.articles[at], item);
        if same || item.showing == Showing::BacklogHeld {
            let event = self.repeat(at, item, carried);
            let article = &mut self.articles[at];
            if !same {
                article.seen = self.now;
            }
            if !same && article.lead == item.feed.id {
                (article.hash, article.all) = (item.article.content_hash, item.article.text_hash);
                article.words = item.article.words;
            }
            return event;
        }
        let is_old = date(item).or(dated).is_some_and(|date| date * 1000 < self.now - WINDOW.num_milliseconds());
        self.publish(at, item, if is_old { 2 } else { 1 });
        Some(if is_old { self.expired(at) } else { self.created(at, item, None) })
    }

    fn unknown(&mut self, item: &Observation) -> Option<Event> {
        let feed = item.feed.id;
        if item.showing == Showing::BacklogHeld {
            let at = self.add(item);
            self.articles[at].held = Some(date(item));
            return None;
        }
        let order = |article: &Article| (!shows(article, feed), article.held.is_some(), article.id);
        let thin = item.article.words < 20;
        let by_hash = |article: &Article| article.hash == item.article.content_hash;
        let by_all = |article: &Article| article.all == item.article.text_hash;
        let found = [("content_hash", self.first(by_hash, order)), ("text_hash", self.first(by_all, order))];
        if let Some((evidence, Some(at))) = found.into_iter().find(|(_, at)| at.is_some() && !thin) {
            let article = self.articles[at].clone();
            let words = Some(item.article.words);
            if let Some(show) = article.shows.iter().rev().find(|show| show.feed == feed) {
                return self.repeat(at, item, show.carried);
            }
            return if article.held.is_some() {
                self.repeat(at, item, words)
            } else {
                Some(self.duplicate(at, item, evidence, words))
            };
        }
        let title = item.aliases.t;
        let by_title = |article: &Article| title.is_some_and(|key| has(article, key)) && is_same(article, item);
        if let Some(at) = self.first(by_title, |article| article.id).filter(|_| thin) {
            let last =
                self.articles[at].shows.iter().rev().find(|show| show.feed == feed).and_then(|show| show.carried);
            return self.repeat(at, item, last);
        }
        let at = self.add(item);
        self.articles[at].revision = if item.shown_before { 2 } else { 1 };
        Some(if item.shown_before { self.expired(at) } else { self.created(at, item, None) })
    }

    /// Guid, else link; the title only where both lack.
    fn find(&self, item: &Observation) -> Option<(usize, &'static str)> {
        let position = |key: AliasKey| self.articles.iter().position(|article| has(article, key));
        if let Some(at) = item.aliases.g.and_then(position) {
            return Some((at, "guid"));
        }
        if let Some(at) = item.aliases.u.and_then(position) {
            return Some((at, "url"));
        }
        if item.aliases.g.is_some() || item.aliases.u.is_some() {
            return None;
        }
        let title = item.aliases.t?;
        let shown =
            |article: &Article| article.shows.iter().any(|show| show.feed == item.feed.id && show.item == item.item_id);
        let order = |article: &Article| (!shown(article), !is_same(article, item), article.id);
        Some((self.first(|article| has(article, title), order)?, "title"))
    }

    fn first<K: Ord>(&self, of: impl Fn(&Article) -> bool, order: impl Fn(&Article) -> K) -> Option<usize> {
        let found = self.articles.iter().enumerate().filter(|(_, article)| of(article));
        found.min_by_key(|(_, article)| order(article)).map(|(at, _)| at)
    }

    fn add(&mut self, item: &Observation) -> usize {
        let canonical = item.article.links.canonical.as_deref();
        let host = canonical.and_then(|link| link.split('/').nth(2)).map(str::to_owned);
        let names = [item.aliases.u, item.aliases.g, item.aliases.t];
        let first = names.iter().flatten().next().map(|key| ArticleId(key.0));
        let id = first.filter(|id| self.articles.iter().all(|article| article.id != *id)).unwrap_or_else(|| {
            let (feed, item_id) = (item.feed.id.0.bytes(), item.item_id.0.bytes());
            let parts = [feed.as_slice(), item_id.as_slice(), &self.offset.to_le_bytes()];
            ArticleId(Digest::of("article", parts))
        });
        self.articles.push(Article {
            id,
            names: names.into_iter().flatten().collect(),
            hash: item.article.content_hash,
            all: item.article.text_hash,
            words: item.article.words,
            revision: 0,
            held: None,
            lead: item.feed.id,
            lead_own: host.as_ref().is_some_and(|host| item.feed.own_domains.contains(host)),
            site: host,
            seen: self.now,
            shows: vec![showed(item, None)],
        });
        self.articles.len() - 1
    }

    /// Memory takes names, order and showing.
    fn note(&mut self, at: usize, item: &Observation, carried: Option<u32>) {
        let is_free = |key: &AliasKey| {
            !self.articles.iter().enumerate().any(|(other, article)| other != at && has(article, *key))
        };
        let names = [item.aliases.g.filter(is_free), item.aliases.u.filter(is_free), item.aliases.t];
        let article = &mut self.articles[at];
        for key in names.into_iter().flatten().filter(|key| !has(article, *key)).collect::<Vec<_>>() {
            article.names.push(key);
        }
        let mut show = showed(item, carried);
        if let Some(last) = article.shows.iter().position(|last| last.feed == show.feed && last.item == show.item) {
            show.order = show.order.max(article.shows[last].order);
            if article.shows[last] == show {
                return;
            }
            article.shows.remove(last);
        }
        article.shows.push(show);
        let of_feed = article.shows.iter().filter(|show| show.feed == item.feed.id).count();
        if of_feed > SHOWS_OF_FEED_MAX {
            let oldest = article.shows.iter().position(|show| show.feed == item.feed.id).unwrap();
            article.shows.remove(oldest);
        }
        article.seen = self.now;
    }

    fn repeat(&mut self, at: usize, item: &Observation, carried: Option<u32>) -> Option<Event> {
        let before = self.articles[at].clone();
        self.note(at, item, carried);
        let article = &mut self.articles[at];
        let is_newer = item.article.content_hash.version > before.hash.version;
        if before.lead == item.feed.id && is_same(&before, item) && is_newer {
            article.hash = item.article.content_hash;
            article.seen = self.now;
        }
        if article.names != before.names || self.now - before.seen >= WINDOW.num_milliseconds() / 2 {
            article.seen = self.now;
        }
        None
    }

    fn publish(&mut self, at: usize, item: &Observation, revision: u32) {
        self.note(at, item, None);
        let article = &mut self.articles[at];
        article.hash = item.article.content_hash;
        article.all = item.article.text_hash;
        article.words = item.article.words;
        article.held = None;
        article.revision = revision;
        article.lead = item.feed.id;
        article.lead_own = is_own(article, item);
        article.seen = self.now;
        article.shows.iter_mut().filter(|show| show.feed == item.feed.id).for_each(|show| show.carried = None);
    }

    fn created(&self, at: usize, item: &Observation, was: Option<ArticleId>) -> Event {
        Event::New { article: self.articles[at].id, backlog: self.is_backlog(item), was }
    }

    fn expired(&self, at: usize) -> Event {
        let article = self.articles[at].id;
        Event::Revised { article, revision: 2, reason: "edited", expired: true, previous: None }
    }

    fn revise(&mut self, at: usize, item: &Observation, reason: &'static str) -> Event {
        let Article { id, hash, revision, .. } = self.articles[at];
        self.publish(at, item, revision + 1);
        Event::Revised { article: id, revision: revision + 1, reason, expired: false, previous: Some(hash) }
    }

    fn duplicate(&mut self, at: usize, item: &Observation, evidence: &'static str, carried: Option<u32>) -> Event {
        self.note(at, item, carried);
        self.articles[at].seen = self.now;
        let Article { id, revision, .. } = self.articles[at];
        Event::Duplicate { article: id, revision, evidence, backlog: self.is_backlog(item) }
    }

    fn split(&mut self, at: usize, item: &Observation) -> Event {
        let feed = item.feed.id;
        let names = [item.aliases.g, item.aliases.u, item.aliases.t];
        let original = &mut self.articles[at];
        let id = original.id;
        original.names.retain(|key| key.0 == id.0 || !names.contains(&Some(*key)));
        original.shows.retain(|show| show.feed != feed || show.carried.is_none());
        let was = original.id;
        let taken: Vec<AliasKey> = self.articles.iter().flat_map(|article| article.names.clone()).collect();
        let is_free = |key: &AliasKey| !taken.contains(key);
        let mut named = item.clone();
        named.aliases.g = item.aliases.g.filter(is_free);
        named.aliases.u = item.aliases.u.filter(is_free);
        let new = self.add(&named);
        self.articles[new].revision = 1;
        self.created(new, item, Some(was))
    }

    fn is_backlog(&self, item: &Observation) -> bool {
        let is_old = date(item).is_some_and(|date| date * 1000 < self.now - WINDOW.num_milliseconds());
        is_old || item.showing != Showing::Live
    }
}

fn showed(item: &Observation, carried: Option<u32>) -> Showed {
    Showed { feed: item.feed.id, item: item.item_id, digest: item.source_digest, order: item.order, carried }
}

fn has(article: &Article, key: AliasKey) -> bool {
    article.id.0 == key.0 || article.names.contains(&key)
}

fn shows(article: &Article, feed: FeedId) -> bool {
    article.shows.iter().any(|show| show.feed == feed)
}

fn is_same(article: &Article, item: &Observation) -> bool {
    if article.hash.version == item.article.content_hash.version {
        article.hash == item.article.content_hash
    } else {
        article.all == item.article.text_hash
    }
}

fn is_own(article: &Article, item: &Observation) -> bool {
    article.site.as_ref().is_some_and(|site| item.feed.own_domains.contains(site))
}

fn date(item: &Observation) -> Option<i64> {
    item.article.published.or(item.article.updated).map(|time| time.timestamp())
}
