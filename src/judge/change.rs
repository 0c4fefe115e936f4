//! How memory of an article changes with an item.

use crate::article::{Aliases, ArticleId, Digest, Observation};

use super::find;
use super::identity::article_id;
use super::known::{Known, Show, StandingText, State, Way};
use super::overlay::View;
use super::site::Site;

/// One item before the judge, with what it is compared with.
pub(super) struct Case<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) observation: &'a Observation,
    pub(super) text: StandingText,
    pub(super) offset: i64,
}

impl Case<'_> {
    /// A new article of this item.
    pub(super) fn create(&self, id: ArticleId, aliases: &Aliases, state: State) -> Known {
        let site = self.observation.article.links.canonical.as_deref().map(Site::of_link).unwrap_or_default();
        let feed = self.observation.feed.id;
        let mut known = Known {
            id,
            aliases: Vec::new(),
            text: self.text,
            revision: 0,
            state,
            lead: feed,
            lead_is_own: site.is_among(&self.observation.feed.own_domains),
            site,
            item_offset: self.offset,
            seen_ms: self.view.times().now_ms,
            shows: vec![Show::of(self.observation, Way::Named)],
        };
        [aliases.g, aliases.u, aliases.t].into_iter().flatten().for_each(|key| known.add_alias(key));
        known
    }

    /// The id of an article that this item founds. A name that is taken already names no second article.
    pub(super) fn id_for(&self, aliases: &Aliases) -> ArticleId {
        let id = article_id(aliases).filter(|id| self.view.get(*id).is_none());
        id.unwrap_or_else(|| {
            let offset = self.offset.to_le_bytes();
            let (feed, item) = (self.observation.feed.id.0.bytes(), self.observation.item_id.0.bytes());
            ArticleId(Digest::of("article", [feed.as_slice(), item.as_slice(), offset.as_slice()]))
        })
    }

    /// The article with this showing of it; its text stays.
    pub(super) fn shown(&self, known: &Known, way: Way) -> Known {
        let mut next = known.clone();
        let mut show = Show::of(self.observation, way);
        let last = known.show_of(show.feed, self.observation.item_id, show.origin);
        show.order = last.map_or(show.order, |last| last.order.max(show.order));
        if last != Some(&show) {
            next.record(show);
        }
        // A guid that were another's would have been found; a title may be that of several.
        let Aliases { g, u, t } = self.observation.aliases;
        let u = u.filter(|key| !find::is_taken(self.view, *key, known.id));
        [g, u, t].into_iter().flatten().for_each(|key| next.add_alias(key));
        next
    }

    /// The article with this item's text as its newest event: the feed leads it from here on.
    pub(super) fn led(&self, known: &Known) -> Known {
        let mut next = self.shown(known, Way::Named);
        self.take_lead(&mut next);
        next.text = self.text;
        next.state = State::Published;
        next.item_offset = self.offset;
        next
    }

    /// Makes this item's feed the lead.
    pub(super) fn take_lead(&self, known: &mut Known) {
        let feed = &self.observation.feed;
        known.lead = feed.id;
        known.lead_is_own = known.site.is_among(&feed.own_domains);
        known.shows.iter_mut().filter(|show| show.feed == feed.id).for_each(|show| show.way = Way::Named);
    }

    /// Takes the hashes of a repeat that newer rules made of the text that stands.
    pub(super) fn refresh(&self, before: &Known, next: &mut Known) {
        let feed = self.observation.feed.id;
        let (old, new) = (&before.text, &self.text);
        let is_newer = new.hash.version >= old.hash.version;
        // Where neither hash can be compared, the digest of the only item says that nothing changed.
        let mut of_feed = before.shows.iter().filter(|show| show.feed == feed);
        let is_only = of_feed.next().is_some_and(|show| show.digest == self.digest()) && of_feed.next().is_none();
        let incomparable = old.hash.version != new.hash.version && old.all.version != new.all.version;
        let is_standing = old.is_same(new) || (is_only && incomparable);
        if before.lead == feed && is_newer && is_standing {
            next.text = self.text;
        }
    }

    /// The source digest, cut as showings keep it.
    pub(super) fn digest(&self) -> u64 {
        self.observation.source_digest.0.low64()
    }

    /// When the item dates itself, in seconds since 1970.
    pub(super) fn dated(&self) -> Option<i64> {
        let article = &self.observation.article;
        article.published.or(article.updated).map(|time| time.timestamp())
    }

    /// Whether a date lies before the window; no date never does.
    pub(super) fn is_before_window(&self, dated: Option<i64>) -> bool {
        let start_ms = self.view.times().now_ms.saturating_sub(self.view.window_ms());
        dated.is_some_and(|seconds| seconds.saturating_mul(1000) < start_ms)
    }
}
