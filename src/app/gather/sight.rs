//! From a parsed document to what is sent: drop what the feed already showed unchanged, clean the rest. Pure.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::state::FeedState;
use crate::article::{Article, FeedLabels, Fetched, Item, Observation, Order, Origin, Showing};
use crate::enrich;
use crate::feed::{self, Backlog, Definition, ParsedFeed};
use crate::judge::identity::{self, Identity};
use crate::normalise;

/// One poll of a feed, as far as its document's meaning depends on it.
#[derive(Debug)]
pub struct Poll<'a> {
    /// What the operator wants of the feed.
    pub definition: &'a Definition,
    /// What is remembered of it.
    pub state: &'a FeedState,
    /// The address that answered.
    pub address: &'a Url,
    /// Which poll it is.
    pub order: Order,
    /// When and how the answer came.
    pub fetched: Fetched,
    /// What holds for first polls where the feed says nothing.
    pub backlog: Backlog,
    /// How long the judge remembers: an entry still shown is sent again once per half of it.
    pub window: Duration,
}

/// What a document holds for the judge.
#[derive(Debug, Default)]
pub struct Sighted {
    /// To be sent, in document order.
    pub observations: Vec<Observation>,
    /// What is remembered once all of them are acknowledged.
    pub state: FeedState,
    /// Entries in the document.
    pub parsed: u64,
    /// Entries that the feed showed before, unchanged.
    pub shown_before: u64,
}

/// Decides for each entry whether it is sent, and makes an article of it.
pub fn sight(document: ParsedFeed, poll: &Poll<'_>) -> Sighted {
    let labels = labels(&document, poll);
    let names = names(&document, &labels);
    let now = poll.fetched.time;
    let sightings = poll.state.shown.sightings(now, poll.window / 2);
    let mut entries = Vec::with_capacity(document.items.len());
    let mut seen = HashSet::with_capacity(document.items.len());
    let mut sighted = Sighted { parsed: count(document.items.len()), ..Sighted::default() };
    for (item, identity) in document.items.into_iter().zip(names) {
        let entry = (identity.item_id, item.source_digest());
        let sighting = sightings.of(entry.0, entry.1);
        // The very same entry twice in a document is one entry.
        if seen.insert(entry) && sighting.is_sent() {
            let observation = observe(item, &identity, &labels, poll);
            sighted.observations.push(Observation { shown_before: sighting.shown_before(), ..observation });
        } else {
            sighted.shown_before += 1;
        }
        entries.push(entry);
    }
    sighted.state = FeedState { title: document.title, site: document.site, ..poll.state.clone() };
    sighted.state.registered = Some(poll.definition.url.clone());
    sighted.state.shown.record(&entries, now);
    sighted.state.first_good = sighted.state.first_good.or(Some(now));
    sighted
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn names(document: &ParsedFeed, labels: &FeedLabels) -> Vec<Identity> {
    let whole = identity::Document { feed: labels.id, site: document.site.as_deref(), items: &document.items };
    let reading =
        identity::Reading { link: &normalise::canonical_link, hash: &|item| article(item, labels).content_hash };
    identity::identify(&whole, &reading)
}

fn observe(item: Item, identity: &Identity, labels: &FeedLabels, poll: &Poll<'_>) -> Observation {
    let article = article(&item, labels);
    Observation {
        feed: labels.clone(),
        item_id: identity.item_id,
        aliases: identity.aliases,
        source_digest: item.source_digest(),
        order: poll.order,
        origin: Origin::Feed,
        showing: showing(&article, poll),
        shown_before: false,
        fetch: poll.fetched.clone(),
        item,
        article,
    }
}

fn article(item: &Item, labels: &FeedLabels) -> Article {
    let base = item.link.as_deref().and_then(|link| Url::parse(link).ok());
    let context = normalise::Context { feed_language: labels.language.as_deref(), base: base.as_ref() };
    let mut article = normalise::item(item, &context);
    enrich::enrich(&mut article, &context);
    article
}

/// The backlog rule. An entry without a date is not known to be young: at a first poll it is remembered.
fn showing(article: &Article, poll: &Poll<'_>) -> Showing {
    if poll.state.first_good.is_some() {
        return Showing::Live;
    }
    let publish = match poll.definition.backlog.unwrap_or(poll.backlog) {
        Backlog::Publish => true,
        Backlog::Remember => false,
        Backlog::Younger(age) => article.published.or(article.updated).is_some_and(|date| is_younger(date, age, poll)),
    };
    if publish { Showing::Backlog } else { Showing::BacklogHeld }
}

fn is_younger(date: DateTime<Utc>, age: Duration, poll: &Poll<'_>) -> bool {
    // A date ahead of the clock is young.
    (poll.fetched.time - date).to_std().map_or(true, |since| since <= age)
}

fn labels(document: &ParsedFeed, poll: &Poll<'_>) -> FeedLabels {
    let said = Said {
        title: document.title.as_deref(),
        site: document.site.as_deref(),
        language: document.language.as_deref(),
    };
    feed_labels(poll.definition, poll.address, &said)
}

/// What a document says of its feed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// Its title.
    pub title: Option<&'a str>,
    /// The site it belongs to.
    pub site: Option<&'a str>,
    /// Its language.
    pub language: Option<&'a str>,
}

/// The operator's labels and the document's own words, as they reach every event.
pub fn feed_labels(definition: &Definition, address: &Url, said: &Said<'_>) -> FeedLabels {
    let mut own_domains: Vec<String> = feed::registrable_domain(address.as_str()).into_iter().collect();
    own_domains.extend(said.site.and_then(feed::registrable_domain));
    own_domains.dedup();
    FeedLabels {
        id: definition.id,
        title: said.title.map(str::to_owned),
        url: public_address(address),
        publisher: definition.publisher.clone(),
        country: definition.country.clone(),
        language: definition.language.clone().or_else(|| said.language.map(str::to_owned)),
        tags: definition.tags.clone(),
        own_domains,
    }
}

/// An address fit for events and logs: without user info, and without what a query may hold of secrets.
pub fn public_address(address: &Url) -> String {
    let mut public = address.clone();
    if public.set_username("").and_then(|()| public.set_password(None)).is_err() {
        tracing::trace!("an address of a kind that has no user info");
    }
    let kept: Vec<(String, String)> = public
        .query_pairs()
        .map(|(name, value)| (name.to_string(), if is_secret(&name) { "…".to_owned() } else { value.to_string() }))
        .collect();
    if kept.is_empty() {
        public.set_query(None);
    } else if public.query_pairs().any(|(name, _)| is_secret(&name)) {
        public.query_pairs_mut().clear().extend_pairs(kept);
    }
    public.to_string()
}

/// Names under which publishers hand out personal access to a feed.
fn is_secret(name: &str) -> bool {
    const SECRET_WORDS: [&str; 9] = ["token", "key", "auth", "secret", "pass", "pwd", "sig", "session", "user"];
    let name = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
#[path = "sight/tests.rs"]
pub(in crate::app::gather) mod tests;
