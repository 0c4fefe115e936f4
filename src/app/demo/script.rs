//! What every feed of the made-up web shows at every moment: a pure function of a seed and the seconds since the
//! start, so that a demo can be watched twice and tested without a socket.

use chrono::{DateTime, TimeDelta, Utc};

use super::document;
use super::press::{Body, Dressing, Habit, PAPERS, Paper, Stories, Tongue, Trouble, WIRE, WIRE_BYLINE};
use super::story::{self, Facts};

/// Stories that stand in a document at once, as on a small paper's front page.
const WINDOW: i64 = 8;
/// Stories each paper shows from the start, so that the first events need no waiting.
const BACKLOG: i64 = 1;
/// How long before the start a backlog story appeared, times its number.
const BACKLOG_GAP_S: i64 = 40 * 60;
/// Seconds from a story to its correction.
const CORRECTED_AFTER_S: i64 = 9;
/// Every so many stories one is corrected, and (another) one is from the wire.
const EVERY: i64 = 3;
/// How often a paper that rebuilds or restamps does so.
const STAMP_EVERY_S: i64 = 6;
/// Troubles come back with this period ...
const TROUBLE_PERIOD_S: i64 = 60;
/// ... and last for these seconds of it: seen within half a minute, over before one loses interest.
const TROUBLE: std::ops::Range<i64> = 10..24;
/// How long a collecting feed lags behind the papers that it repeats.
const COLLECTED_AFTER_S: i64 = 4;

/// The whole play: who publishes what, when, and what goes wrong.
#[derive(Debug, Clone)]
pub struct Script {
    seed: u64,
    began: DateTime<Utc>,
}

/// What a feed's server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200 with a document.
    Document {
        /// The bytes.
        body: Vec<u8>,
        /// The media type.
        content_type: &'static str,
        /// When it last changed.
        changed: DateTime<Utc>,
    },
    /// 301.
    Moved {
        /// The path it moved to, on the same host.
        to: String,
    },
    /// 500.
    Failing,
    /// 404.
    Unknown,
}

/// One story as it stands in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The paper's own id of it.
    pub guid: String,
    /// Where it would be read.
    pub link: String,
    /// BCP 47.
    pub language: &'static str,
    /// The section of the paper.
    pub section: &'static str,
    /// The headline.
    pub headline: String,
    /// The paragraphs, a correction among them.
    pub paragraphs: Vec<String>,
    /// The mark-up around the text, where the paper has any.
    pub dressing: Option<&'static Dressing>,
    /// Who signed it.
    pub author: String,
    /// When it appeared.
    pub published: DateTime<Utc>,
    /// When it last changed, by the paper's word.
    pub updated: DateTime<Utc>,
}

impl Script {
    /// The play of this seed, its first minute beginning at `began`.
    pub fn new(seed: u64, began: DateTime<Utc>) -> Script {
        Script { seed, began }
    }

    /// What `paper` answers to a request for `path`, so many seconds after the start.
    pub fn answer(&self, paper: &Paper, path: &str, second: i64) -> Answer {
        let path_now = paper.path();
        if path != path_now && path != paper.registered_path() {
            return Answer::Unknown;
        }
        let troubled = TROUBLE.contains(&second.rem_euclid(TROUBLE_PERIOD_S));
        match paper.trouble {
            Trouble::Moves if path != path_now && second >= TROUBLE.start => return Answer::Moved { to: path_now },
            Trouble::Failing if troubled => return Answer::Failing,
            Trouble::TurnsIntoHtml if troubled => return maintenance_page(paper, self.at(second)),
            Trouble::None | Trouble::Failing | Trouble::TurnsIntoHtml | Trouble::BreaksOff | Trouble::Moves => {}
        }
        let entries = self.entries(paper, second);
        let changed = self.stamp(paper, &entries, second);
        let mut body = document::write(paper, &entries, changed);
        if troubled && paper.trouble == Trouble::BreaksOff {
            body.truncate(body.len() / 2);
        }
        Answer::Document { body, content_type: document::content_type(paper.format), changed }
    }

    /// The stories that stand in the paper's document, newest first.
    pub fn entries(&self, paper: &Paper, second: i64) -> Vec<Entry> {
        match paper.stories {
            Stories::Own | Stories::OwnAndWire => self.desk(paper, second),
            Stories::Collected(slugs) => {
                let others = PAPERS.iter().filter(|other| slugs.contains(&other.slug));
                let mut entries: Vec<_> =
                    others.flat_map(|other| self.desk(other, second - COLLECTED_AFTER_S)).map(undressed).collect();
                entries.sort_by(|a, b| (b.published, &b.guid).cmp(&(a.published, &a.guid)));
                entries
            }
        }
    }

    fn desk(&self, paper: &Paper, second: i64) -> Vec<Entry> {
        // Stories of the past have negative numbers; story 0 appears at `phase`.
        let newest = (second - paper.phase).div_euclid(paper.pace);
        let oldest = (newest - WINDOW + 1).max(-BACKLOG);
        (oldest..=newest.max(-1)).rev().map(|number| self.entry(paper, number, second)).collect()
    }

    fn entry(&self, paper: &Paper, number: i64, second: i64) -> Entry {
        let wired = matches!(paper.stories, Stories::OwnAndWire) && number >= 0 && number % EVERY == 0;
        let (tongue, desk): (&Tongue, &str) = if wired { (WIRE, WIRE_BYLINE) } else { (paper.tongue, paper.slug) };
        let mut facts = Facts::draw(self.seed, desk, number, tongue);
        let appeared = paper.phase + number * paper.pace;
        let published =
            if number < 0 { self.began + TimeDelta::seconds(number * BACKLOG_GAP_S) } else { self.at(appeared) };
        let corrected = !wired && number >= 0 && number % EVERY == 1 && second >= appeared + CORRECTED_AFTER_S;
        let mut updated = published;
        if corrected {
            facts = facts.corrected();
            updated = self.at(appeared + CORRECTED_AFTER_S);
        }
        if paper.habit == Habit::Restamps {
            updated = updated.max(self.at(last_stamp(second)));
        }
        let told = story::tell(tongue, &facts);
        let mut paragraphs = told.paragraphs;
        if corrected {
            paragraphs.push(tongue.correction.to_owned());
        }
        Entry {
            guid: format!("{}-{}", paper.slug, number + BACKLOG),
            link: format!("{}{}/{}", paper.site(), published.format("%Y/%m/%d"), number + BACKLOG),
            language: tongue.language,
            section: told.section,
            headline: told.headline,
            paragraphs,
            dressing: (paper.body == Body::Dressed).then_some(&tongue.dressing),
            author: if wired { WIRE_BYLINE.to_owned() } else { facts.author.to_owned() },
            published,
            updated,
        }
    }

    /// When the document last changed; a paper that rebuilds says so more often than it is true.
    fn stamp(&self, paper: &Paper, entries: &[Entry], second: i64) -> DateTime<Utc> {
        let newest = entries.iter().map(|entry| entry.updated).max().unwrap_or(self.began);
        match paper.habit {
            Habit::Steady => newest,
            Habit::Rebuilds | Habit::Restamps => newest.max(self.at(last_stamp(second))),
        }
    }

    fn at(&self, second: i64) -> DateTime<Utc> {
        self.began + TimeDelta::seconds(second)
    }
}

fn last_stamp(second: i64) -> i64 {
    second - second.rem_euclid(STAMP_EVERY_S)
}

/// A collector repeats the text and drops what stood around it.
fn undressed(entry: Entry) -> Entry {
    Entry { dressing: None, ..entry }
}

fn maintenance_page(paper: &Paper, changed: DateTime<Utc>) -> Answer {
    let title = paper.title;
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1>\
         <p>This site is being maintained. Please come back in a moment.</p></body></html>\n"
    );
    Answer::Document { body: page.into_bytes(), content_type: "text/html; charset=utf-8", changed }
}

#[cfg(test)]
mod tests;
