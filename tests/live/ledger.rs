//! A made-up press and its ledger: what was published, edited, put into several feeds, shown again.
//!
//! The ledger knows what must follow. Each document has a number, and its validator carries it: when
//! that comes back, the daemon has stored the state of that document, so all texts in it must have
//! been judged, whatever is killed from then on. The oracle (`tests/oracle`) reads it as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::chance::Chance;

/// The feeds of one installation and the stories in them.
pub(crate) struct Press {
    pub(crate) feeds: Vec<Feed>,
    stories: Vec<Story>,
    /// Texts and links of two presses on one broker differ.
    name: String,
}

/// One feed: its newest document, and how far readers have come.
pub(crate) struct Feed {
    pub(crate) url: String,
    /// Number of the document that is shown now; rises with every change.
    pub(crate) document: u64,
    /// The newest document whose validator came back.
    confirmed: u64,
    /// What is shown, oldest first: story and showing.
    items: Vec<(usize, usize)>,
    view: View,
    /// What stood in the documents that were answered with 200: story, showing, version.
    served: BTreeMap<u64, Vec<(usize, usize, usize)>>,
}

/// How a feed shows its items now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    NewestFirst,
    OldestFirst,
    /// Only the newest item: a short document must not make the daemon forget the others.
    Short,
}

struct Story {
    name: String,
    showings: Vec<Showing>,
    /// Its text must not change: it stands under several links, or it is too short to be evidence.
    fixed: bool,
}

/// One story in one feed.
struct Showing {
    feed: usize,
    /// The link that stands now is the last one; all lead to the same article.
    links: Vec<String>,
    guid: String,
    versions: Vec<Version>,
}

#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) headline: String,
    pub(crate) paragraphs: Vec<String>,
    served: bool,
    confirmed: bool,
}

/// One item of a document, ready to be written as RSS or Atom.
pub(crate) struct Entry<'a> {
    pub(crate) guid: &'a str,
    pub(crate) link: &'a str,
    pub(crate) version: &'a Version,
}

impl Press {
    pub(crate) fn new(name: &str, urls: Vec<String>) -> Press {
        let feed = |url| Feed {
            url,
            document: 1,
            confirmed: 0,
            items: Vec::new(),
            view: View::NewestFirst,
            served: BTreeMap::new(),
        };
        Press { feeds: urls.into_iter().map(feed).collect(), stories: Vec::new(), name: name.to_owned() }
    }

    /// Something happens in the newsroom.
    pub(crate) fn act(&mut self, chance: &mut Chance) {
        match chance.below(20) {
            0..6 => drop(self.publish(chance)),
            6..8 => {
                let story = self.publish(chance);
                self.carry(story, chance);
            }
            8 => self.carry_any(chance),
            9 => self.copy_text(chance),
            10 => self.thin_twins(chance),
            11..14 => self.edit(chance),
            14 => self.revert(chance),
            15 => self.rename_guid(chance),
            16 => self.track_link(chance),
            17 => self.show_as(chance, View::Short),
            18 => self.show_as(chance, View::OldestFirst),
            _ => self.show_as(chance, View::NewestFirst),
        }
    }

    /// Every feed shows all that it has, so that the last texts can be seen.
    pub(crate) fn show_all(&mut self) {
        for feed in &mut self.feeds {
            if feed.view == View::Short {
                feed.view = View::NewestFirst;
                feed.document += 1;
            }
        }
    }

    /// A new story in one feed.
    fn publish(&mut self, chance: &mut Chance) -> usize {
        let version = Version::long(&self.name, self.stories.len(), chance);
        self.begin(chance.below(self.feeds.len()), version)
    }

    fn begin(&mut self, feed: usize, version: Version) -> usize {
        let story = self.stories.len();
        self.stories.push(Story { name: format!("{}-{story}", self.name), showings: Vec::new(), fixed: false });
        let link = format!("https://{}.example/story/{story}", self.name);
        self.show(story, feed, link, version);
        story
    }

    /// Puts a story into a feed.
    fn show(&mut self, story: usize, feed: usize, link: String, version: Version) {
        let showings = &mut self.stories[story].showings;
        self.feeds[feed].items.push((story, showings.len()));
        self.feeds[feed].document += 1;
        let guid = format!("{link}#{}", showings.len());
        showings.push(Showing { feed, links: vec![link], guid, versions: vec![version] });
    }

    /// A further feed carries the story, with the same link.
    fn carry(&mut self, story: usize, chance: &mut Chance) {
        let Some(feed) = self.other_feed(story, chance) else { return };
        let first = &self.stories[story].showings[0];
        let (link, version) = (first.links[0].clone(), first.versions.last().unwrap().unseen());
        self.show(story, feed, link, version);
    }

    fn carry_any(&mut self, chance: &mut Chance) {
        if let Some(story) = self.pick_story(chance, |story| !story.fixed) {
            self.carry(story, chance);
        }
    }

    /// A further feed carries the text under a link of its own. Found by the hash of the text alone, so
    /// only a story that was never edited is copied, and none is edited from then on.
    fn copy_text(&mut self, chance: &mut Chance) {
        let unedited = |story: &Story| !story.fixed && story.showings.iter().all(|showing| showing.versions.len() == 1);
        let Some(story) = self.pick_story(chance, unedited) else { return };
        let Some(feed) = self.other_feed(story, chance) else { return };
        self.stories[story].fixed = true;
        let version = self.stories[story].showings[0].versions[0].unseen();
        let link = format!("https://{}-copies.example/{feed}/{story}", self.name);
        self.show(story, feed, link, version);
    }

    /// Two stories with the same few words in two feeds: too few to say that they are one.
    fn thin_twins(&mut self, chance: &mut Chance) {
        if self.feeds.len() < 2 {
            return;
        }
        let version = Version::thin(&self.name, self.stories.len());
        let first = chance.below(self.feeds.len());
        let second = (first + 1 + chance.below(self.feeds.len() - 1)) % self.feeds.len();
        for feed in [first, second] {
            let story = self.begin(feed, version.clone());
            self.stories[story].fixed = true;
        }
    }

    /// Changes the text in one feed, or in all that carry the story.
    fn edit(&mut self, chance: &mut Chance) {
        let Some(story) = self.pick_story(chance, |story| !story.fixed) else { return };
        let one = chance.below(2 * self.stories[story].showings.len());
        let edition = self.stories[story].showings.iter().map(|showing| showing.versions.len()).max().unwrap();
        for showing in 0..self.stories[story].showings.len() {
            if one == showing || one >= self.stories[story].showings.len() {
                let edited = self.stories[story].showings[showing].versions[0].edited(edition);
                self.revise(story, showing, edited);
            }
        }
    }

    /// Takes an edit back. Only one whose document came back as a validator: an edit taken back between
    /// its acknowledgement and the feed's state may stand, if the gatherer dies there (a residue that
    /// the design accepts).
    fn revert(&mut self, chance: &mut Chance) {
        let can = |showing: &Showing| showing.versions.len() > 1 && showing.versions.last().unwrap().confirmed;
        let Some(story) = self.pick_story(chance, |story| story.showings.iter().any(can)) else { return };
        let showing = self.stories[story].showings.iter().position(can).unwrap();
        let versions = &self.stories[story].showings[showing].versions;
        let before = versions[versions.len() - 2].unseen();
        self.revise(story, showing, before);
    }

    fn revise(&mut self, story: usize, showing: usize, version: Version) {
        let showing = &mut self.stories[story].showings[showing];
        showing.versions.push(version);
        self.feeds[showing.feed].document += 1;
    }

    /// The publisher's system gives the item another guid: no news.
    fn rename_guid(&mut self, chance: &mut Chance) {
        let Some(story) = self.pick_story(chance, |_| true) else { return };
        let showing = self.stories[story].showings.last_mut().unwrap();
        showing.guid.push('+');
        self.feeds[showing.feed].document += 1;
    }

    /// The link gets a tracking parameter: no news.
    fn track_link(&mut self, chance: &mut Chance) {
        let Some(story) = self.pick_story(chance, |_| true) else { return };
        let showing = self.stories[story].showings.last_mut().unwrap();
        let tracked = format!("{}?utm_source=feed{}", showing.links[0], showing.links.len());
        showing.links.push(tracked);
        self.feeds[showing.feed].document += 1;
    }

    /// The same items in another document: no news.
    fn show_as(&mut self, chance: &mut Chance, view: View) {
        let feed = chance.below(self.feeds.len());
        self.feeds[feed].view = view;
        self.feeds[feed].document += 1;
    }

    fn pick_story(&self, chance: &mut Chance, suits: impl Fn(&Story) -> bool) -> Option<usize> {
        let suitable: Vec<usize> = (0..self.stories.len()).filter(|&story| suits(&self.stories[story])).collect();
        (!suitable.is_empty()).then(|| *chance.pick(&suitable))
    }

    /// A feed that does not carry the story yet.
    fn other_feed(&self, story: usize, chance: &mut Chance) -> Option<usize> {
        let carries = |feed| self.stories[story].showings.iter().any(|showing| showing.feed == feed);
        let free: Vec<usize> = (0..self.feeds.len()).filter(|&feed| !carries(feed)).collect();
        (!free.is_empty()).then(|| *chance.pick(&free))
    }

    /// The entries of a feed's document as it stands now.
    pub(crate) fn entries(&self, feed: usize) -> Vec<Entry<'_>> {
        let entry = |(story, showing): (usize, usize)| {
            let showing = &self.stories[story].showings[showing];
            let link = showing.links.last().unwrap();
            Entry { guid: &showing.guid, link, version: showing.versions.last().unwrap() }
        };
        self.feeds[feed].shown().into_iter().map(entry).collect()
    }

    /// The document of this feed was answered with 200.
    pub(crate) fn note_served(&mut self, feed: usize) {
        let feed = &mut self.feeds[feed];
        let mut texts = Vec::new();
        for (story, showing) in feed.shown() {
            let versions = &mut self.stories[story].showings[showing].versions;
            versions.last_mut().unwrap().served = true;
            texts.push((story, showing, versions.len() - 1));
        }
        feed.served.insert(feed.document, texts);
    }

    /// The validator of a document came back: its texts are judged or wait in Kafka to be.
    pub(crate) fn note_confirmed(&mut self, feed: usize, document: u64) {
        let feed = &mut self.feeds[feed];
        feed.confirmed = feed.confirmed.max(document);
        for (story, showing, version) in feed.served.remove(&document).into_iter().flatten() {
            let versions = &mut self.stories[story].showings[showing].versions;
            // An edit that was replaced meanwhile need not have been the newest for the judge.
            if version + 1 == versions.len() {
                versions[version].confirmed = true;
            }
        }
    }

    /// The feeds whose newest document has not been read and stored yet.
    pub(crate) fn unread(&self) -> Vec<&str> {
        self.feeds.iter().filter(|feed| feed.confirmed < feed.document).map(|feed| feed.url.as_str()).collect()
    }

    /// The form that the oracle reads.
    pub(crate) fn to_json(&self) -> Value {
        let version = |(last, version): (bool, &Version)| {
            json!({
                "headline": version.headline,
                "body": version.paragraphs.join("\n\n"),
                "served": version.served,
                "due": version.confirmed || last,
            })
        };
        let showing = |showing: &Showing| {
            let last = showing.versions.len() - 1;
            let versions = showing.versions.iter().enumerate().map(|(n, each)| version((n == last, each)));
            json!({
                "feed": self.feeds[showing.feed].url,
                "links": showing.links,
                "versions": versions.collect::<Vec<_>>(),
            })
        };
        let story = |story: &Story| json!({ "name": story.name, "showings": story.showings.iter().map(showing).collect::<Vec<_>>() });
        json!({ "stories": self.stories.iter().map(story).collect::<Vec<_>>() })
    }
}

impl Feed {
    fn shown(&self) -> Vec<(usize, usize)> {
        match self.view {
            View::NewestFirst => self.items.iter().rev().copied().collect(),
            View::OldestFirst => self.items.clone(),
            View::Short => self.items.last().copied().into_iter().collect(),
        }
    }
}

/// Words without meaning; a story's text is drawn from them, so that no two stories share one.
const WORDS: &[&str] = &[
    "bridge",
    "council",
    "harvest",
    "railway",
    "minister",
    "river",
    "school",
    "budget",
    "theatre",
    "winter",
    "fishery",
    "library",
    "election",
    "mountain",
    "station",
    "hospital",
    "market",
    "garden",
    "storm",
    "museum",
    "valley",
    "harbour",
    "teacher",
    "farmer",
    "village",
    "festival",
    "engineer",
    "orchestra",
    "tunnel",
    "vaccine",
];

impl Version {
    /// Two paragraphs of more than twenty words: evidence of sameness.
    fn long(press: &str, story: usize, chance: &mut Chance) -> Version {
        let mut sentence = |words: usize| (0..words).map(|_| *chance.pick(WORDS)).collect::<Vec<_>>().join(" ");
        let name = spelled(story);
        Version::new(
            format!("The {} of {press} and {name}", sentence(2)),
            vec![
                format!("In {press} the {name} has changed the {} since last week.", sentence(14)),
                format!("Nobody in the first edition of {name} spoke about the {} so far.", sentence(12)),
            ],
        )
    }

    /// So few words that the same text in another feed says nothing.
    fn thin(press: &str, story: usize) -> Version {
        Version::new(format!("Weather {press}"), vec![format!("Rain over {} until noon.", spelled(story))])
    }

    fn new(headline: String, paragraphs: Vec<String>) -> Version {
        Version { headline, paragraphs, served: false, confirmed: false }
    }

    /// The same text, in a place where nobody has seen it yet.
    fn unseen(&self) -> Version {
        Version::new(self.headline.clone(), self.paragraphs.clone())
    }

    /// A later edition: another text of the same length, for a much fuller one may change the lead.
    fn edited(&self, edition: usize) -> Version {
        let edition = format!("Nobody in the {} edition", spelled(edition));
        let change = |paragraph: &String| paragraph.replace("Nobody in the first edition", &edition);
        Version::new(self.headline.clone(), self.paragraphs.iter().map(change).collect())
    }
}

/// A number as a made-up word, for digits might be folded by a normaliser.
fn spelled(number: usize) -> String {
    let syllables = ["ba", "de", "fi", "go", "lu", "ma", "ne", "po"];
    let digits = format!("{number:o}");
    digits.bytes().map(|digit| syllables[usize::from(digit - b'0')]).collect::<String>() + "ton"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press() -> Press {
        let mut press = Press::new("t", vec!["http://a".to_owned(), "http://b".to_owned()]);
        press.begin(0, Version::long("t", 0, &mut Chance::new(1)));
        press
    }

    fn due(press: &Press) -> Vec<(bool, bool)> {
        let versions = press.stories[0].showings[0].versions.iter();
        versions.map(|version| (version.served, version.confirmed)).collect()
    }

    #[test]
    fn only_what_was_confirmed_before_the_next_edit_is_due() {
        let mut press = press();
        press.note_served(0);
        let read = press.feeds[0].document;
        let edited = press.stories[0].showings[0].versions[0].edited(1);
        press.revise(0, 0, edited);
        press.note_confirmed(0, read);
        assert_eq!(due(&press), [(true, false), (false, false)]);

        press.note_served(0);
        press.note_confirmed(0, press.feeds[0].document);
        assert_eq!(due(&press), [(true, false), (true, true)]);
        assert_eq!(press.unread(), ["http://b"]);
    }

    #[test]
    fn the_same_seed_makes_the_same_stories() {
        let made = |seed| {
            let (mut press, mut chance) = (press(), Chance::new(seed));
            (0..200).for_each(|_| press.act(&mut chance));
            press.to_json()
        };
        assert_eq!(made(7), made(7));
        assert_ne!(made(7), made(8));
    }
}
