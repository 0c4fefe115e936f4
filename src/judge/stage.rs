//! A small stage for tests: feeds show items, the judge judges them, a standby follows.

use std::collections::BTreeSet;
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};

use super::identity::{Document, Reading, identify};
use super::record::Record;
use super::{Change, Decision, History, Input, Limits, Memory, Outcome, Overlay, Position, Publication, Stamp, record};
use crate::article::{
    Article, ContentHash, Digest, FeedId, FeedLabels, Fetched, Item, Links, Observation, Order, Origin, Showing, Text,
    TextHash, TextKind,
};

/// The window of tests.
pub(super) const WINDOW: TimeDelta = TimeDelta::days(30);

/// One sighting of an item, as a test words it.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    feed: String,
    own: Vec<String>,
    guid: Option<String>,
    link: Option<String>,
    title: String,
    text: String,
    extra: String,
    words: u32,
    version: u16,
    order: Order,
    published: Option<DateTime<Utc>>,
    showing: Showing,
    shown_before: bool,
}

/// An item of a feed: guid, link and title are the article's, and its words are enough for evidence.
pub(super) fn item(feed: &str, text: &str) -> Sight {
    Sight {
        feed: feed.to_owned(),
        own: Vec::new(),
        guid: Some("1".to_owned()),
        link: Some("https://site.example/1".to_owned()),
        title: "headline".to_owned(),
        text: text.to_owned(),
        extra: String::new(),
        words: 100,
        version: 1,
        order: Order { epoch: 1, poll: 1 },
        published: None,
        showing: Showing::Live,
        shown_before: false,
    }
}

impl Sight {
    pub(super) fn guid(mut self, guid: &str) -> Sight {
        self.guid = (!guid.is_empty()).then(|| guid.to_owned());
        self
    }

    pub(super) fn link(mut self, link: &str) -> Sight {
        self.link = (!link.is_empty()).then(|| link.to_owned());
        self
    }

    /// Guid and link of its own.
    pub(super) fn named(self, name: &str) -> Sight {
        let link = format!("https://{}.example/{name}", self.feed);
        self.guid(name).link(&link)
    }

    pub(super) fn title(mut self, title: &str) -> Sight {
        title.clone_into(&mut self.title);
        self
    }

    /// A raw field that is no part of the text.
    pub(super) fn extra(mut self, extra: &str) -> Sight {
        extra.clone_into(&mut self.extra);
        self
    }

    pub(super) fn words(mut self, words: u32) -> Sight {
        self.words = words;
        self
    }

    pub(super) fn version(mut self, version: u16) -> Sight {
        self.version = version;
        self
    }

    pub(super) fn poll(mut self, poll: u64) -> Sight {
        self.order.poll = poll;
        self
    }

    pub(super) fn epoch(mut self, epoch: u64) -> Sight {
        self.order.epoch = epoch;
        self
    }

    /// The feed is of the article's own site.
    pub(super) fn own(mut self) -> Sight {
        self.own = vec!["site.example".to_owned()];
        self
    }

    pub(super) fn days_old(mut self, days: i64) -> Sight {
        self.published = Some(start() - TimeDelta::days(days));
        self
    }

    pub(super) fn held(mut self) -> Sight {
        self.showing = Showing::BacklogHeld;
        self
    }

    pub(super) fn backlog(mut self) -> Sight {
        self.showing = Showing::Backlog;
        self
    }

    pub(super) fn shown_before(mut self) -> Sight {
        self.shown_before = true;
        self
    }

    fn raw(&self) -> Item {
        Item {
            guid: self.guid.clone(),
            link: self.link.clone(),
            title: Some(Text { kind: TextKind::Plain, value: self.title.clone() }),
            summary: Some(Text { kind: TextKind::Plain, value: self.text.clone() }),
            categories: vec![self.extra.clone()],
            published: self.published,
            ..Item::default()
        }
    }

    fn hash(&self) -> ContentHash {
        ContentHash { version: self.version, digest: Digest::of("content", [self.text.as_bytes()]) }
    }

    fn article(&self) -> Article {
        Article {
            headline: Some(self.title.clone()),
            standfirst: None,
            blocks: Vec::new(),
            authors: Vec::new(),
            images: Vec::new(),
            published: self.published,
            updated: None,
            language: None,
            words: self.words,
            links: Links { found: None, landed: None, canonical: self.link.clone() },
            guid: self.guid.clone(),
            content_hash: self.hash(),
            text_hash: TextHash { version: 1, digest: Digest::of("all", [self.text.as_bytes()]) },
            provenance: std::collections::BTreeMap::new(),
        }
    }
}

/// What a document of one feed with these items comes to.
pub(super) fn observe(sights: &[Sight]) -> Vec<Observation> {
    let items: Vec<Item> = sights.iter().map(Sight::raw).collect();
    let feed = feed(&sights[0].feed);
    let link = |link: &str| Some(link.to_owned());
    let hash = |item: &Item| sights[items.iter().position(|other| other == item).unwrap()].hash();
    let names = identify(&Document { feed, site: None, items: &items }, &Reading { link: &link, hash: &hash });
    let all = sights.iter().zip(&items).zip(names);
    all.map(|((sight, item), names)| Observation {
        feed: FeedLabels {
            id: feed,
            title: None,
            url: String::new(),
            publisher: None,
            country: None,
            language: None,
            tags: Vec::new(),
            own_domains: sight.own.clone(),
        },
        item_id: names.item_id,
        aliases: names.aliases,
        source_digest: item.source_digest(),
        order: sight.order,
        origin: Origin::Feed,
        showing: sight.showing,
        shown_before: sight.shown_before,
        fetch: Fetched { time: start(), status: 200 },
        item: item.clone(),
        article: sight.article(),
    })
    .collect()
}

/// The id of a feed.
pub(super) fn feed(name: &str) -> FeedId {
    FeedId(Digest::of("feed", [name.as_bytes()]))
}

/// When tests begin.
pub(super) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

/// The judge with its memory, and a standby that reads what it stores.
pub(super) struct Scene {
    memory: Memory,
    standby: Memory,
    stored: Vec<Record>,
    offset: i64,
    now: DateTime<Utc>,
}

impl Default for Scene {
    fn default() -> Scene {
        Scene::with_articles_max(1_000)
    }
}

impl Scene {
    pub(super) fn with_articles_max(articles_max: usize) -> Scene {
        let limits = Limits { window_ms: WINDOW.num_milliseconds(), articles_max };
        Scene { memory: Memory::new(limits), standby: Memory::new(limits), stored: Vec::new(), offset: 0, now: start() }
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// A memory restored from the last record of each key, as compaction leaves them.
    pub(super) fn restored(&self) -> Memory {
        let mut keys = BTreeSet::new();
        let mut last: Vec<&Record> = self.stored.iter().rev().filter(|record| keys.insert(&record.key)).collect();
        last.reverse();
        let mut memory = Memory::new(*self.memory.limits());
        for record in last {
            memory.apply(record::read(record.key.as_bytes(), record.value.as_deref()).unwrap());
        }
        memory
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, time: TimeDelta) -> &mut Scene {
        self.now += time;
        self
    }

    pub(super) fn wait_days(&mut self, days: i64) -> &mut Scene {
        self.wait(TimeDelta::days(days))
    }

    /// Judges one sighting alone in its document.
    pub(super) fn see(&mut self, sight: &Sight) -> Decision {
        let observation = observe(std::slice::from_ref(sight)).remove(0);
        self.judge(Input::Observed(Box::new(observation)))
    }

    /// Judges a sighting, and expects this of it.
    #[track_caller]
    pub(super) fn expect(&mut self, sight: &Sight, expected: &str) -> &mut Scene {
        let decision = self.see(sight);
        assert_eq!(told(&decision), expected, "{sight:?}");
        self
    }

    pub(super) fn left(&mut self, name: &str) -> &mut Scene {
        self.judge(Input::Left(feed(name)));
        self
    }

    pub(super) fn back(&mut self, name: &str) -> &mut Scene {
        self.judge(Input::Back(feed(name)));
        self
    }

    /// Judges one record in a batch of its own, commits it, and checks that the standby keeps up.
    pub(super) fn judge(&mut self, input: Input) -> Decision {
        let mut overlay = Overlay::new(&self.memory);
        self.offset += 1;
        let stamp = Stamp {
            offset: self.offset,
            record_time: self.now,
            digest: Position::digest_of(b"record"),
            clock: self.now,
        };
        let decision = overlay.decide(&input, stamp);
        overlay.accept(&decision);
        let batch = overlay.finish();
        for record in batch.records() {
            self.standby.apply(record::read(record.key.as_bytes(), record.value.as_deref()).unwrap());
            self.stored.push(record);
        }
        self.memory.merge(batch);
        check_same(&self.memory, &self.standby);
        decision
    }
}

/// Two memories hold the same.
#[track_caller]
pub(super) fn check_same(one: &Memory, other: &Memory) {
    assert_eq!(one.articles(), other.articles());
    assert_eq!(one.left(), other.left());
    assert_eq!(one.position(), other.position());
    assert_eq!((one.len(), one.times()), (other.len(), other.times()));
}

/// A decision in a few words.
pub(super) fn told(decision: &Decision) -> String {
    let mut told = decision.outcome.as_str().to_owned();
    match &decision.publication {
        None => {}
        Some(Publication::Created { revision, backlog, was_duplicate_of, .. }) => {
            write!(told, " {revision}").unwrap();
            told.push_str(if *backlog { " backlog" } else { "" });
            told.push_str(if was_duplicate_of.is_some() { " was_duplicate" } else { "" });
        }
        Some(Publication::Revised { revision, reason, history, .. }) => {
            write!(told, " {revision} {}", reason.as_str()).unwrap();
            told.push_str(if *history == History::Expired { " expired" } else { "" });
        }
        Some(Publication::Duplicated { revision, evidence, backlog, .. }) => {
            write!(told, " {revision} {}", evidence.as_str()).unwrap();
            told.push_str(if *backlog { " backlog" } else { "" });
        }
    }
    if decision.outcome == Outcome::Stale {
        assert_eq!(decision.changes, Vec::<Change>::new());
    }
    told.push_str(if decision.conflict { " conflict" } else { "" });
    told
}
