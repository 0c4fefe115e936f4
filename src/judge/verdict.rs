//! The verdict table, row by row: what the memory of an article and one item come to.

use crate::article::{AliasKey, Aliases, Observation, Showing};

use super::change::Case;
use super::find::{self, Named};
use super::known::{Known, StandingText, State, Way};
use super::memory::Change;
use super::overlay::View;
use super::position::Stamp;
use super::publication::{Decision, Evidence, History, Outcome, Publication, RevisionReason};

/// A text with this part more words than the lead's is markedly fuller.
const FULLER: (u64, u64) = (13, 10);
/// A carried text whose words differ by this part goes its own way.
const DIVERGED: (u64, u64) = (3, 10);

/// Judges one item.
pub(super) fn judge(view: &View<'_>, observation: &Observation, stamp: Stamp) -> Decision {
    let text = StandingText::of(observation);
    let case = Case { view, observation, text, offset: stamp.offset };
    let found = find::by_name(view, observation, &text);
    let conflict = found.as_ref().is_some_and(|found| found.conflict);
    let verdict = match found {
        Some(found) => case.known(&found),
        None => case.unknown(),
    };
    let words: Vec<Change> = verdict.articles.iter().filter_map(|known| case.word_of_lead(known)).collect();
    let articles = verdict.articles.into_iter().map(|known| Change::Article(Box::new(known)));
    let changes = articles.chain(words).collect();
    let Verdict { outcome, publication, .. } = verdict;
    Decision { publication, changes, conflict, ..view.decision(stamp, outcome) }
}

struct Verdict {
    outcome: Outcome,
    publication: Option<Publication>,
    articles: Vec<Known>,
}

impl Verdict {
    fn silent(outcome: Outcome, articles: Vec<Known>) -> Verdict {
        Verdict { outcome, publication: None, articles }
    }
}

impl Case<'_> {
    /// No name of the item leads to an article.
    fn unknown(&self) -> Verdict {
        if self.is_held() {
            return self.remember();
        }
        if let Some((known, evidence)) = find::by_text(self.view, self.observation, &self.text) {
            return self.same_text(&known, evidence);
        }
        if let Some(known) = find::by_thin_text(self.view, self.observation, &self.text) {
            let way = self.way(&known).unwrap_or(Way::Named);
            return self.repeat(&known, way);
        }
        let aliases = &self.observation.aliases;
        let known = self.create(self.id_for(aliases), aliases, State::Published);
        if self.observation.shown_before {
            return self.revised_unseen(known);
        }
        self.created(known, None)
    }

    /// The text is that of an article which has other names.
    fn same_text(&self, known: &Known, evidence: Evidence) -> Verdict {
        let carried = Way::Carried { words: self.text.words };
        if let Some(way) = self.way(known) {
            return self.repeat(known, way);
        }
        // A duplicate of what nobody got would be no news of anything.
        if !known.is_published() {
            return self.repeat(known, carried);
        }
        self.duplicate(known, evidence, carried)
    }

    /// A name of the item leads to an article.
    fn known(&self, found: &Named) -> Verdict {
        let Named { known, evidence, .. } = found;
        let (feed, item, origin) = (self.observation.feed.id, self.observation.item_id, self.observation.origin);
        let way = self.way(known);
        if known.show_of(feed, item, origin).is_some_and(|show| show.digest == self.digest()) {
            return self.repeat(known, way.unwrap_or(Way::Named));
        }
        if known.order_of(feed, origin).is_some_and(|last| self.observation.order < last) {
            return Verdict::silent(Outcome::Stale, Vec::new());
        }
        match known.state {
            State::Remembered { dated } => self.against_remembered(known, dated),
            State::Published if known.lead == feed => self.against_own(known),
            State::Published => match way {
                Some(Way::Carried { words }) => self.against_carried(known, words),
                Some(Way::Named) | None => self.against_other(known, *evidence, way),
            },
        }
    }

    fn against_remembered(&self, known: &Known, dated: Option<i64>) -> Verdict {
        let way = self.way(known).unwrap_or(Way::Named);
        if known.text.is_same(&self.text) {
            return self.repeat(known, way);
        }
        if self.is_held() {
            return self.hold_again(known, way);
        }
        let next = self.led(known);
        if self.is_before_window(self.dated().or(dated)) { self.revised_unseen(next) } else { self.created(next, None) }
    }

    fn against_own(&self, known: &Known) -> Verdict {
        if known.text.is_same(&self.text) {
            return self.repeat(known, Way::Named);
        }
        self.revised(known, RevisionReason::Edited)
    }

    /// Another feed leads, and this one came to the article by a text under names of its own.
    fn against_carried(&self, known: &Known, words: u32) -> Verdict {
        if known.text.is_same(&self.text) {
            return self.repeat(known, Way::Carried { words: self.text.words });
        }
        if is_part(self.text.words.abs_diff(words), words, DIVERGED) {
            return self.split(known);
        }
        if self.view.left_since(known.lead).is_some() {
            return self.revised(known, RevisionReason::LeadLeft);
        }
        self.repeat(known, Way::Carried { words })
    }

    /// Another feed leads, and this one shows the article under the same names.
    fn against_other(&self, known: &Known, evidence: Evidence, way: Option<Way>) -> Verdict {
        let differs = !known.text.is_same(&self.text);
        if differs && self.view.left_since(known.lead).is_some() {
            return self.revised(known, RevisionReason::LeadLeft);
        }
        let takes_over = !known.lead_is_own;
        let is_own = takes_over && known.site.is_among(&self.observation.feed.own_domains);
        if differs && is_own {
            return self.revised(known, RevisionReason::OwnSite);
        }
        if differs && takes_over && is_part(self.text.words, known.text.words, FULLER) {
            return self.revised(known, RevisionReason::FullerText);
        }
        let mut verdict = match way {
            None => self.duplicate(known, evidence, Way::Named),
            Some(way) => self.repeat(known, way),
        };
        if is_own {
            // The site's own feed leads from here on, though with the same text nothing is to be said.
            let mut next = verdict.articles.pop().unwrap_or_else(|| self.shown(known, Way::Named));
            self.take_lead(&mut next);
            next.seen_ms = self.view.times().now_ms;
            verdict.articles.push(next);
        }
        verdict
    }

    fn remember(&self) -> Verdict {
        let aliases = &self.observation.aliases;
        let state = State::Remembered { dated: self.dated() };
        Verdict::silent(Outcome::Remembered, vec![self.create(self.id_for(aliases), aliases, state)])
    }

    /// What the feed holds back now is another text: only what differs from that one is news later.
    fn hold_again(&self, known: &Known, way: Way) -> Verdict {
        let mut next = self.shown(known, way);
        if known.lead == self.observation.feed.id {
            next.text = self.text;
        }
        next.seen_ms = self.view.times().now_ms;
        Verdict::silent(Outcome::Repeat, vec![next])
    }

    /// Nothing to publish. Memory changes only by what it did not know, or when it grows old.
    fn repeat(&self, known: &Known, way: Way) -> Verdict {
        let mut next = self.shown(known, way);
        self.refresh(known, &mut next);
        let now_ms = self.view.times().now_ms;
        let is_old = now_ms.saturating_sub(known.seen_ms) >= self.view.window_ms() / 2;
        let changed = is_old || next != *known;
        next.seen_ms = now_ms;
        Verdict::silent(Outcome::Repeat, changed.then_some(next).into_iter().collect())
    }

    fn duplicate(&self, known: &Known, evidence: Evidence, way: Way) -> Verdict {
        let mut next = self.shown(known, way);
        next.seen_ms = self.view.times().now_ms;
        let publication = Publication::Duplicated {
            of: known.id,
            revision: known.revision,
            lead: known.lead,
            evidence,
            backlog: self.is_backlog(),
        };
        Verdict { outcome: Outcome::Duplicate, publication: Some(publication), articles: vec![next] }
    }

    fn created(&self, mut known: Known, was_duplicate_of: Option<&Known>) -> Verdict {
        known.revision = 1;
        known.seen_ms = self.view.times().now_ms;
        let publication = Publication::Created {
            article: known.id,
            revision: known.revision,
            backlog: self.is_backlog(),
            was_duplicate_of: was_duplicate_of.map(|original| original.id),
        };
        Verdict { outcome: Outcome::New, publication: Some(publication), articles: vec![known] }
    }

    fn revised(&self, known: &Known, reason: RevisionReason) -> Verdict {
        let mut next = self.led(known);
        next.revision = known.revision.saturating_add(1);
        next.seen_ms = self.view.times().now_ms;
        let publication = Publication::Revised {
            article: known.id,
            revision: next.revision,
            reason,
            previous: Some(known.text.hash),
            history: History::Whole,
            lead_before: Some(known.lead),
        };
        Verdict { outcome: Outcome::Revised, publication: Some(publication), articles: vec![next] }
    }

    /// A revision of what may have been published longer ago than memory reaches.
    fn revised_unseen(&self, mut known: Known) -> Verdict {
        // At least one event went before it; how many is forgotten.
        known.revision = 2;
        known.seen_ms = self.view.times().now_ms;
        let publication = Publication::Revised {
            article: known.id,
            revision: known.revision,
            reason: RevisionReason::Edited,
            previous: None,
            history: History::Expired,
            lead_before: None,
        };
        Verdict { outcome: Outcome::Revised, publication: Some(publication), articles: vec![known] }
    }

    /// A carried text goes its own way: a new article, which takes its names along.
    fn split(&self, original: &Known) -> Verdict {
        let mut rest = original.clone();
        rest.let_go(self.observation.feed.id, &self.observation.aliases);
        let own = |key: &AliasKey| key.0 != original.id.0 && !find::is_taken(self.view, *key, original.id);
        let Aliases { g, u, t } = self.observation.aliases;
        let aliases = Aliases { g: g.filter(own), u: u.filter(own), t };
        let known = self.create(self.id_for(&aliases), &aliases, State::Published);
        let mut verdict = self.created(known, Some(original));
        verdict.articles.insert(0, rest);
        verdict
    }

    /// The way by which this feed came to the article, if it shows it at all.
    fn way(&self, known: &Known) -> Option<Way> {
        let (feed, origin) = (self.observation.feed.id, self.observation.origin);
        let show = known.show_of(feed, self.observation.item_id, origin).or_else(|| known.last_show_of(feed, origin));
        show.map(|show| show.way)
    }

    /// Says again that an article's lead is away, before that word expires.
    fn word_of_lead(&self, known: &Known) -> Option<Change> {
        self.view.left_since(known.lead)?;
        let since_ms = self.view.times().now_ms;
        self.view.is_word_due(known.lead).then_some(Change::Left { feed: known.lead, since_ms })
    }

    fn is_held(&self) -> bool {
        match self.observation.showing {
            Showing::BacklogHeld => true,
            Showing::Live | Showing::Backlog => false,
        }
    }

    fn is_backlog(&self) -> bool {
        match self.observation.showing {
            Showing::Backlog | Showing::BacklogHeld => true,
            Showing::Live => self.is_before_window(self.dated()),
        }
    }
}

/// Whether `number` is at least this part of `whole`.
fn is_part(number: u32, whole: u32, (part, of): (u64, u64)) -> bool {
    number > 0 && u64::from(number) * of >= u64::from(whole) * part
}
