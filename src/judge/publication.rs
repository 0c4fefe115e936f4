//! What comes of judging one record: a counted outcome, and perhaps something to publish.

use chrono::{DateTime, Utc};

use crate::article::{ArticleId, ContentHash, FeedId};

pub use crate::article::{Evidence, RevisionReason};

use super::memory::Change;
use super::position::Stamp;
use super::times::Times;

/// How judging a record ended. Each record of items ends in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A new article was published.
    New,
    /// A revision was published.
    Revised,
    /// A duplicate was published.
    Duplicate,
    /// Nothing that subscribers do not have.
    Repeat,
    /// The same feed has shown something newer already.
    Stale,
    /// Held by the backlog rule: remembered, not published.
    Remembered,
    /// Could not be judged.
    DeadLetter,
    /// No item: word that a feed left or is back.
    Signal,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &[Outcome] = &[
        Outcome::New,
        Outcome::Revised,
        Outcome::Duplicate,
        Outcome::Repeat,
        Outcome::Stale,
        Outcome::Remembered,
        Outcome::DeadLetter,
        Outcome::Signal,
    ];

    /// The outcome as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::New => "new",
            Outcome::Revised => "revised",
            Outcome::Duplicate => "duplicate",
            Outcome::Repeat => "repeat",
            Outcome::Stale => "stale",
            Outcome::Remembered => "remembered",
            Outcome::DeadLetter => "dead_letter",
            Outcome::Signal => "signal",
        }
    }
}

/// Why a record goes to the dead letters instead of being judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unfit {
    /// Its bytes are not those of an item.
    Undecodable,
    /// What would be published of it fits into no record.
    TooLarge,
    /// The broker refuses the record itself.
    Refused,
}

impl Unfit {
    /// Every reason.
    pub const ALL: &[Unfit] = &[Unfit::Undecodable, Unfit::TooLarge, Unfit::Refused];

    /// The reason as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unfit::Undecodable => "undecodable",
            Unfit::TooLarge => "too_large",
            Unfit::Refused => "refused",
        }
    }

    /// The reason in words, for the dead letter.
    pub const fn text(self) -> &'static str {
        match self {
            Unfit::Undecodable => "the record could not be decoded as an item, so it was not judged",
            Unfit::TooLarge => "the event made of the item is larger than the topic allows, so it was not published",
            Unfit::Refused => "the broker refused the event made of the item, so it was not published",
        }
    }
}

/// What became of the memory of earlier versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum History {
    /// It reaches back to the article's first event.
    Whole,
    /// Earlier versions may have been published, longer ago than memory reaches.
    Expired,
}

/// Something to publish, named; its text is the observation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// A new article.
    Created {
        /// The article.
        article: ArticleId,
        /// Its first revision number: 1.
        revision: u32,
        /// Found at the feed's first poll, or dated before the window.
        backlog: bool,
        /// The article of which it was a duplicate until its text went its own way.
        was_duplicate_of: Option<ArticleId>,
    },
    /// A revision, whole.
    Revised {
        /// The article.
        article: ArticleId,
        /// One more than the last; at least 2.
        revision: u32,
        /// Why this version stands now.
        reason: RevisionReason,
        /// The content hash that stood before; none where memory does not reach back.
        previous: Option<ContentHash>,
        /// What became of the memory of earlier versions.
        history: History,
        /// The feed whose version stood before; none where memory does not reach back.
        lead_before: Option<FeedId>,
    },
    /// The same article or text in a further feed.
    Duplicated {
        /// The article that was published already.
        of: ArticleId,
        /// Its newest revision.
        revision: u32,
        /// The feed whose version stands.
        lead: FeedId,
        /// By what they were found to be the same.
        evidence: Evidence,
        /// Found at the further feed's first poll, or dated before the window.
        backlog: bool,
    },
}

impl Publication {
    /// The article it is about.
    pub const fn article(&self) -> ArticleId {
        match self {
            Publication::Created { article, .. } | Publication::Revised { article, .. } => *article,
            Publication::Duplicated { of, .. } => *of,
        }
    }
}

/// What judging one record comes to. Nothing of it holds before [`super::Overlay::accept`] takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The record.
    pub stamp: Stamp,
    /// How it ended.
    pub outcome: Outcome,
    /// What is to be published.
    pub publication: Option<Publication>,
    /// What memory takes.
    pub changes: Vec<Change>,
    /// Guid and link of the item lead to two articles; the guid's was taken.
    pub conflict: bool,
    /// The judge's times with this record.
    pub times: Times,
}

impl Decision {
    /// The time that its event bears; it never goes back.
    pub fn event_time(&self) -> DateTime<Utc> {
        self.times.event_time()
    }
}
