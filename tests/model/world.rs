//! The world of the model: feeds and their documents, gatherers, the items log, and the judge
//! with what it has stored.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use depeche::article::{
    Article, ContentHash, Digest, FeedId, FeedLabels, Fetched, Item, ItemId, Links, Observation, Order, Origin,
    Showing, SourceDigest, Text, TextHash, TextKind,
};
use depeche::judge::record::{self, Record};
use depeche::judge::{
    Batch, Document, Input, Known, Limits, Memory, Overlay, Position, Publication, Reading, Stamp, identify,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

pub(crate) const WINDOW: TimeDelta = TimeDelta::days(30);
/// How long records of article-state are kept: the window, the items' retention and a day.
const RETENTION: TimeDelta = TimeDelta::days(38);
/// The longest that the judge is away; items are deleted a day later.
const AWAY: TimeDelta = TimeDelta::days(6);
const FEEDS: usize = 4;

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A feed shows an entry at a place of its document, instead of what stood there.
    Show(usize, usize, Entry),
    /// A feed drops what stands there.
    Drop(usize, usize),
    /// A feed is polled; what is new or changed is sent, and then remembered as sent.
    Poll(usize),
    /// A feed is polled, and the gatherer dies between the sending and the remembering.
    PollAndDie(usize),
    /// The gatherer's state of a feed is lost.
    Forget(usize),
    /// A record of items is sent once more, as a producer does that saw no answer.
    SendAgain(usize),
    Leave(usize),
    Return(usize),
    /// The judge commits a batch of so many records.
    Judge(usize),
    /// The judge dies with a batch of so many records open, and another one restores.
    JudgeAndDie(usize),
    /// A new version, whose rules give other content hashes, gathers from now on.
    Upgrade,
    /// So many days pass.
    Wait(u8),
}

/// An entry of a document, each field one of a few values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    guid: Option<u8>,
    link: Option<u8>,
    title: u8,
    text: u8,
    tag: u8,
    dated: Option<u8>,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let feed = 0..FEEDS;
    let entry = (
        proptest::option::weighted(0.8, 0..3_u8),
        proptest::option::weighted(0.8, 0..3_u8),
        0..2_u8,
        0..5_u8,
        0..2_u8,
        proptest::option::of(0..2_u8),
    );
    let entry = entry.prop_map(|(guid, link, title, text, tag, dated)| Entry { guid, link, title, text, tag, dated });
    prop_oneof![
        8 => (feed.clone(), 0..3_usize, entry).prop_map(|(feed, place, entry)| Step::Show(feed, place, entry)),
        1 => (feed.clone(), 0..3_usize).prop_map(|(feed, place)| Step::Drop(feed, place)),
        10 => feed.clone().prop_map(Step::Poll),
        2 => feed.clone().prop_map(Step::PollAndDie),
        1 => feed.clone().prop_map(Step::Forget),
        2 => any::<usize>().prop_map(Step::SendAgain),
        1 => feed.clone().prop_map(Step::Leave),
        1 => feed.prop_map(Step::Return),
        5 => (1..6_usize).prop_map(Step::Judge),
        2 => (1..6_usize).prop_map(Step::JudgeAndDie),
        1 => Just(Step::Upgrade),
        1 => (1..20_u8).prop_map(Step::Wait),
    ]
}

/// A record of the items log.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) input: Input,
    pub(crate) time: DateTime<Utc>,
}

#[derive(Debug, Default, Clone)]
struct Gatherer {
    epoch: u64,
    poll: u64,
    shown: BTreeMap<ItemId, (SourceDigest, DateTime<Utc>)>,
    is_polled: bool,
    is_away: bool,
}

/// All of it.
pub(crate) struct World {
    now: DateTime<Utc>,
    version: u16,
    documents: Vec<BTreeMap<usize, Entry>>,
    gatherers: Vec<Gatherer>,
    items: Vec<Sent>,
    memory: Memory,
    stored: Vec<(DateTime<Utc>, Record)>,
    published: Vec<Publication>,
}

impl World {
    pub(crate) fn new() -> World {
        World {
            now: DateTime::from_timestamp(1_780_000_000, 0).unwrap(),
            version: 1,
            documents: vec![BTreeMap::new(); FEEDS],
            gatherers: vec![Gatherer::default(); FEEDS],
            items: Vec::new(),
            memory: new_memory(),
            stored: Vec::new(),
            published: Vec::new(),
        }
    }

    pub(crate) fn items(&self) -> &[Sent] {
        &self.items
    }

    pub(crate) fn published(&self) -> &[Publication] {
        &self.published
    }

    pub(crate) fn take(&mut self, step: &Step) {
        self.now += TimeDelta::seconds(20);
        match step {
            Step::Show(feed, place, entry) => {
                self.documents[*feed].insert(*place, *entry);
            }
            Step::Drop(feed, place) => {
                self.documents[*feed].remove(place);
            }
            Step::Poll(feed) => {
                self.welcome(*feed);
                self.gatherers[*feed] = self.poll(*feed);
            }
            Step::PollAndDie(feed) => {
                self.welcome(*feed);
                self.poll(*feed);
                self.gatherers[*feed].epoch += 1;
                self.gatherers[*feed].poll = 0;
            }
            Step::Forget(feed) => {
                let Gatherer { epoch, is_away, .. } = self.gatherers[*feed];
                self.gatherers[*feed] = Gatherer { epoch: epoch + 1, is_away, ..Gatherer::default() };
            }
            Step::SendAgain(index) => {
                let sent = index.checked_rem(self.items.len()).and_then(|index| self.items.get(index));
                if let Some(sent) = sent.filter(|sent| self.now - sent.time < AWAY) {
                    self.send(sent.input.clone());
                }
            }
            Step::Leave(feed) => {
                self.gatherers[*feed].is_away = true;
                self.send(Input::Left(feed_id(*feed)));
            }
            Step::Return(feed) => self.welcome(*feed),
            Step::Judge(records) => self.judge(*records),
            Step::JudgeAndDie(records) => {
                self.decide(*records);
                self.restore();
            }
            Step::Upgrade => self.version = 2,
            Step::Wait(days) => self.wait(*days),
        }
    }

    /// All feeds are polled a last time, and all that was sent is judged.
    pub(crate) fn finish(&mut self) {
        (0..FEEDS).for_each(|feed| self.take(&Step::Poll(feed)));
        self.judge(usize::MAX);
        self.restore();
    }

    /// Days pass one by one: feeds are polled and the judge commits each day, if only its position.
    fn wait(&mut self, days: u8) {
        for _ in 0..days {
            self.now += TimeDelta::days(1);
            (0..FEEDS)
                .filter(|feed| self.gatherers[*feed].is_polled && !self.gatherers[*feed].is_away)
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|feed| {
                    self.gatherers[feed] = self.poll(feed);
                });
            let waiting = self.items.get(self.next());
            if waiting.is_some_and(|sent| self.now - sent.time > AWAY) {
                self.judge(usize::MAX);
            }
            let renewal = self.memory.renewal();
            self.store(&renewal);
        }
    }

    /// A feed that had left is polled only after the judge was told that it is back.
    fn welcome(&mut self, feed: usize) {
        if std::mem::take(&mut self.gatherers[feed].is_away) {
            self.send(Input::Back(feed_id(feed)));
        }
    }

    /// Sends what is new, changed or due to be sent again; the state that follows from it is returned.
    fn poll(&mut self, feed: usize) -> Gatherer {
        let mut gatherer = self.gatherers[feed].clone();
        gatherer.poll += 1;
        for mut observation in self.observe(feed, &gatherer) {
            let last = gatherer.shown.get(&observation.item_id).copied();
            let is_known =
                last.is_some_and(|(digest, sent)| digest == observation.source_digest && self.now - sent < WINDOW / 2);
            if is_known {
                continue;
            }
            observation.shown_before = last.is_some_and(|(digest, _)| digest != observation.source_digest);
            gatherer.shown.insert(observation.item_id, (observation.source_digest, self.now));
            self.send(Input::Observed(Box::new(observation)));
        }
        gatherer.is_polled = true;
        gatherer
    }

    fn observe(&self, feed: usize, gatherer: &Gatherer) -> Vec<Observation> {
        let entries: Vec<Entry> = self.documents[feed].values().copied().collect();
        let items: Vec<Item> = entries.iter().map(|entry| self.raw(entry)).collect();
        let hash = |item: &Item| {
            let text = item.summary.as_ref().map_or("", |text| text.value.as_str());
            ContentHash { version: 1, digest: Digest::of("content", [text.as_bytes()]) }
        };
        let reading = Reading { link: &|link| Some(link.to_owned()), hash: &hash };
        let names = identify(&Document { feed: feed_id(feed), site: None, items: &items }, &reading);
        let showing = match (gatherer.is_polled, feed) {
            (false, 1) => Showing::Backlog,
            (false, 2) => Showing::BacklogHeld,
            _ => Showing::Live,
        };
        let all = entries.iter().zip(items).zip(names);
        all.map(|((entry, item), names)| Observation {
            feed: labels(feed),
            item_id: names.item_id,
            aliases: names.aliases,
            source_digest: item.source_digest(),
            order: Order { epoch: gatherer.epoch, poll: gatherer.poll },
            origin: Origin::Feed,
            showing,
            shown_before: false,
            fetch: Fetched { time: self.now, status: 200 },
            article: self.article(entry, &item),
            item,
        })
        .collect()
    }

    fn raw(&self, entry: &Entry) -> Item {
        let plain = |value: String| Some(Text { kind: TextKind::Plain, value });
        Item {
            guid: entry.guid.map(|guid| format!("guid {guid}")),
            link: entry.link.map(|link| format!("https://site{link}.example/story")),
            title: plain(format!("title {}", entry.title)),
            summary: plain(format!("text {}", entry.text)),
            categories: vec![format!("tag {}", entry.tag)],
            published: entry.dated.map(|dated| {
                let first = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
                first - TimeDelta::days(45 * i64::from(dated))
            }),
            ..Item::default()
        }
    }

    fn article(&self, entry: &Entry, item: &Item) -> Article {
        let text = [entry.text];
        let words = [5, 100, 110, 200, 400][usize::from(entry.text)];
        Article {
            headline: None,
            standfirst: None,
            blocks: Vec::new(),
            authors: Vec::new(),
            images: Vec::new(),
            published: item.published,
            updated: None,
            language: None,
            words,
            links: Links { found: None, landed: None, canonical: item.link.clone() },
            guid: item.guid.clone(),
            content_hash: ContentHash { version: self.version, digest: Digest::of("text", [text.as_slice()]) },
            text_hash: TextHash { version: 1, digest: Digest::of("all", [text.as_slice()]) },
            provenance: BTreeMap::new(),
        }
    }

    fn send(&mut self, input: Input) {
        self.items.push(Sent { input, time: self.now });
    }

    /// The next record to judge.
    fn next(&self) -> usize {
        self.memory.position().map_or(0, |position| usize::try_from(position.next()).unwrap())
    }

    /// What a batch of the next records comes to.
    fn decide(&self, records: usize) -> (Batch, Vec<Publication>) {
        let next = self.next();
        let mut overlay = Overlay::new(&self.memory);
        let mut published = Vec::new();
        for (offset, sent) in self.items.iter().enumerate().skip(next).take(records) {
            let digest = Position::digest_of(&offset.to_le_bytes());
            let offset = i64::try_from(offset).unwrap();
            let stamp = Stamp { offset, record_time: sent.time, digest, clock: self.now };
            let decision = overlay.decide(&sent.input, stamp);
            overlay.accept(&decision);
            published.extend(decision.publication);
        }
        (overlay.finish(), published)
    }

    fn judge(&mut self, records: usize) {
        let (batch, published) = self.decide(records);
        self.store(&batch);
        self.published.extend(published);
        self.memory.merge(batch);
    }

    fn store(&mut self, batch: &Batch) {
        self.stored.extend(batch.records().into_iter().map(|record| (self.now, record)));
    }

    /// Another judge takes over, from what is stored: compacted, and without what was kept long enough.
    fn restore(&mut self) {
        let mut keys = BTreeSet::new();
        let mut kept: Vec<(DateTime<Utc>, Record)> = self.stored.iter().rev().cloned().collect();
        kept.retain(|(_, record)| keys.insert(record.key.clone()));
        kept.retain(|(time, _)| self.now - *time <= RETENTION);
        kept.reverse();
        let mut memory = new_memory();
        for (_, record) in &kept {
            memory.apply(record::read(record.key.as_bytes(), record.value.as_deref()).unwrap());
        }
        let horizon_ms = (self.now - WINDOW).timestamp_millis();
        let alive = |memory: &Memory| -> Vec<Known> {
            memory.articles().into_iter().filter(|known| known.seen_ms >= horizon_ms).collect()
        };
        assert_eq!(alive(&memory), alive(&self.memory));
        assert_eq!(memory.position(), self.memory.position());
        self.stored = kept;
        self.memory = memory;
    }

    /// What a feed shows at the end is known, by one of its names.
    pub(crate) fn check_nothing_is_lost(&self) -> Result<(), TestCaseError> {
        let articles = self.memory.articles();
        for feed in 0..FEEDS {
            for observation in self.observe(feed, &self.gatherers[feed]) {
                let names = observation.aliases;
                let names = [names.g, names.u, names.t];
                let is_known = articles.iter().any(|known| names.iter().flatten().any(|key| known.answers_to(*key)));
                prop_assert!(is_known, "{observation:?}");
            }
        }
        Ok(())
    }

    pub(crate) fn check_nothing_is_created_twice(&self) -> Result<(), TestCaseError> {
        let created = self.published.iter().filter(|one| matches!(one, Publication::Created { .. }));
        let mut seen = BTreeSet::new();
        for publication in created {
            prop_assert!(seen.insert(publication.article()), "{publication:?} twice");
        }
        Ok(())
    }
}

fn new_memory() -> Memory {
    Memory::new(Limits { window_ms: WINDOW.num_milliseconds(), articles_max: 1_000 })
}

fn feed_id(feed: usize) -> FeedId {
    FeedId(Digest::of("feed", [feed.to_le_bytes().as_slice()]))
}

/// Feeds 0 and 3 are the first site's own, feed 1 is the second's, feed 2 nobody's.
fn labels(feed: usize) -> FeedLabels {
    let own = ["site0.example", "site1.example", "elsewhere.example", "site0.example"][feed];
    FeedLabels {
        id: feed_id(feed),
        title: None,
        url: String::new(),
        publisher: None,
        country: None,
        language: None,
        tags: Vec::new(),
        own_domains: vec![own.to_owned()],
    }
}
