//! Looking an item up: by its names, and where they are unknown by its text.

use crate::article::{AliasKey, Aliases, ArticleId, Observation};

use super::known::{Known, StandingText};
use super::overlay::View;
use super::publication::Evidence;

/// The article to which an item's names lead.
#[derive(Debug)]
pub(super) struct Named {
    /// The article.
    pub(super) known: Known,
    /// Which name it was.
    pub(super) evidence: Evidence,
    /// Another name leads to another article.
    pub(super) conflict: bool,
}

/// Looks an item's names up: its guid, else its link; its title only where it has neither.
pub(super) fn by_name(view: &View<'_>, observation: &Observation, text: &StandingText) -> Option<Named> {
    let Aliases { g, u, t } = observation.aliases;
    let first = |key| view.named(key).into_iter().next();
    let (by_guid, by_link) = (g.and_then(first), u.and_then(first));
    match (by_guid, by_link) {
        (Some(known), by_link) => {
            let conflict = by_link.is_some_and(|other| other.id != known.id);
            Some(Named { known, evidence: Evidence::Guid, conflict })
        }
        (None, Some(known)) => Some(Named { known, evidence: Evidence::Url, conflict: false }),
        (None, None) if g.is_none() && u.is_none() => {
            let known = by_title(view, observation, text, t?)?;
            Some(Named { known, evidence: Evidence::Title, conflict: false })
        }
        (None, None) => None,
    }
}

/// Looks an item's text up; a thin one is no evidence. Among several articles with the text the one
/// that this feed shows is preferred, then one that was published.
pub(super) fn by_text(view: &View<'_>, observation: &Observation, text: &StandingText) -> Option<(Known, Evidence)> {
    if text.thin {
        return None;
    }
    let feed = observation.feed.id;
    let rank = |known: &Known| (!known.is_shown_by(feed), !known.is_published(), known.id);
    let same = view.with_hash(text.hash.digest).into_iter().filter(|known| known.text.hash == text.hash);
    if let Some(known) = same.min_by_key(&rank) {
        return Some((known, Evidence::ContentHash));
    }
    let same = view.with_hash(text.all.digest).into_iter().filter(|known| known.text.all == text.all);
    same.min_by_key(&rank).map(|known| (known, Evidence::TextHash))
}

/// The article of this feed that has a thin item's title, day and text.
pub(super) fn by_thin_text(view: &View<'_>, observation: &Observation, text: &StandingText) -> Option<Known> {
    let title = observation.aliases.t.filter(|_| text.thin)?;
    view.named(title).into_iter().find(|known| known.text.is_same(text))
}

/// Whether an alias leads to an article other than this.
pub(super) fn is_taken(view: &View<'_>, key: AliasKey, by_other_than: ArticleId) -> bool {
    view.named(key).iter().any(|known| known.id != by_other_than)
}

fn by_title(view: &View<'_>, observation: &Observation, text: &StandingText, title: AliasKey) -> Option<Known> {
    let (feed, item) = (observation.feed.id, observation.item_id);
    let shows_it = |known: &Known| known.show_of(feed, item, observation.origin).is_some();
    let rank = |known: &Known| (!shows_it(known), !known.text.is_same(text), known.id);
    view.named(title).into_iter().min_by_key(rank)
}
