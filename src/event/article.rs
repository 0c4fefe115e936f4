//! `news.article.created` and `.revised`: the whole article, as subscribers read it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cloud::{Contract, Envelope};
use super::{ComposeError, EventType, Message, Stamp, all_said, event_id, said, size};
use crate::article::{
    Aliases, Article, ArticleId, Block, ContentHash, EventId, Fact, FeedId, FeedLabels, Fetched, Image, ItemId, Links,
    Observation, Order, Origin, RevisionReason, SourceDigest, TextHash,
};

/// What the judge decided about an article that is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// The article.
    pub id: ArticleId,
    /// From 1; rises with every event of this article.
    pub revision: u32,
    /// First publication or revision.
    pub change: Change,
    /// Dated before the window, or found at the feed's first poll.
    pub backlog: bool,
    /// What became of the memory of earlier versions.
    pub history: Option<History>,
    /// The article of which this was a duplicate until its text went its own way.
    pub was_duplicate_of: Option<ArticleId>,
}

/// First publication or revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Never published before, as far as memory reaches.
    Created,
    /// Published before with another text.
    Revised {
        /// Why this version stands now.
        reason: RevisionReason,
        /// The content hash that stood before, unless memory has expired.
        previous: Option<ContentHash>,
        /// The feed whose version stood before, unless memory has expired.
        lead_before: Option<FeedId>,
    },
}

/// What became of the memory of earlier versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// The feed showed it before, longer ago than memory reaches: earlier events may exist.
    Expired,
}

/// What was cut so that the event fits into a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Truncated {
    /// The blocks are left out; the body is whole.
    Blocks,
    /// The blocks are left out or incomplete, and the body ends early.
    Body,
}

/// An article as published. The order of the fields is the order of the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleEvent {
    /// A function of article, revision, type and content hash: whoever knows it already drops the event.
    pub event_id: EventId,
    /// `news.article.created` or `news.article.revised`.
    #[schemars(schema_with = "article_types")]
    pub event_type: EventType,
    /// When it was decided; never goes back, so the newest event of an id is its state.
    pub event_time: DateTime<Utc>,
    /// The article; also the record's key.
    pub id: ArticleId,
    /// From 1; rises with every event of this article.
    #[schemars(range(min = 1))]
    pub revision: u32,
    /// Headline, text and what else the article says of itself.
    #[serde(flatten)]
    pub text: TextPart,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "super::no_links")]
    pub links: Links,
    /// The publisher's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    /// The feed whose version this is.
    pub feed: FeedFacts,
    /// The poll that found it.
    pub fetch: FetchFacts,
    /// Over headline and body, by static rules of the normaliser's version; written `version:hex`.
    pub content_hash: ContentHash,
    /// Version of the normaliser that made it.
    pub normaliser: u16,
    /// Dated before the window, or found at the feed's first poll; left out when it is news.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backlog: bool,
    /// `expired`: earlier versions may have been published, longer ago than memory reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// Why a revision was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RevisionReason>,
    /// The content hash that stood before this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<ContentHash>,
    /// The feed whose version stood before this revision, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_before: Option<FeedId>,
    /// The article of which this was a duplicate until its text went its own way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_duplicate_of: Option<ArticleId>,
    /// What was cut so that the event fits into a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<Truncated>,
    /// Where each fact came from, under the fact's name; `judge` is for our own use.
    pub provenance: Provenance,
}

/// What an article says of itself: the first keys of an event after its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextPart {
    /// The headline, as one line of plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// The standfirst (dek) above or below the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standfirst: Option<String>,
    /// The text of the body roles (paragraph, subheading, quote, list), a blank line between blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The whole text in order, each block with its role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Its pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// When it first appeared, by the publisher's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<DateTime<Utc>>,
    /// When it last changed, by the publisher's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<DateTime<Utc>>,
    /// BCP 47 tag of its main language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl TextPart {
    fn of(article: &Article) -> TextPart {
        TextPart {
            headline: said(article.headline.as_ref()),
            standfirst: said(article.standfirst.as_ref()),
            body: said(Some(&article.body())),
            blocks: article.blocks.iter().filter(|block| !block.text.is_empty()).cloned().collect(),
            authors: all_said(&article.authors),
            images: article.images.clone(),
            published: article.published,
            updated: article.updated,
            language: said(article.language.as_ref()),
        }
    }
}

/// An article alone, with the keys of an event but without a feed, a poll and a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NormalisedArticle {
    /// Headline, text and what else the article says of itself.
    #[serde(flatten)]
    pub text: TextPart,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "super::no_links")]
    pub links: Links,
    /// The publisher's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    /// Over headline and body; written `version:hex`.
    pub content_hash: ContentHash,
    /// Version of the normaliser that made it.
    pub normaliser: u16,
    /// Where each fact came from, under the fact's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub provenance: BTreeMap<String, Fact>,
}

impl NormalisedArticle {
    /// The published form of an article that no feed showed.
    pub fn of(article: &Article) -> NormalisedArticle {
        NormalisedArticle {
            text: TextPart::of(article),
            links: article.links.clone(),
            guid: said(article.guid.as_ref()),
            content_hash: article.content_hash,
            normaliser: article.content_hash.version,
            provenance: article.provenance.clone(),
        }
    }
}

/// A feed as events name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedFacts {
    /// The feed.
    pub id: FeedId,
    /// The document's own title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its current address, without secrets.
    pub url: String,
    /// The publisher, as the operator names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The operator's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl From<&FeedLabels> for FeedFacts {
    fn from(labels: &FeedLabels) -> FeedFacts {
        FeedFacts {
            id: labels.id,
            title: said(labels.title.as_ref()),
            url: labels.url.clone(),
            publisher: said(labels.publisher.as_ref()),
            country: said(labels.country.as_ref()),
            language: said(labels.language.as_ref()),
            tags: all_said(&labels.tags),
        }
    }
}

/// The poll that found an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FetchFacts {
    /// When the answer had been read, by the gatherer's clock.
    pub time: DateTime<Utc>,
    /// HTTP status.
    pub status: u16,
    /// Where the text came from.
    pub text_from: Origin,
}

impl FetchFacts {
    pub(super) fn of(fetched: &Fetched, origin: Origin) -> FetchFacts {
        FetchFacts { time: fetched.time, status: fetched.status, text_from: origin }
    }
}

/// Where each fact came from, and what the judge needs to remember this event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// By the fact's name, such as `language` or `published`.
    #[serde(flatten)]
    pub facts: BTreeMap<String, Fact>,
    /// From this the judge's memory can be made anew.
    pub judge: JudgeFacts,
}

/// What the judge needs to remember an event again. For our own use: subscribers need none of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JudgeFacts {
    /// Offset of the item in the items topic.
    pub offset: i64,
    /// Which sighting of the item it was.
    pub order: Order,
    /// Digest of the raw fields.
    pub source_digest: SourceDigest,
    /// Over all text whatever its role; written `version:hex`.
    pub text_hash: TextHash,
    /// The item within its feed.
    pub item_id: ItemId,
    /// By what the article is found again.
    pub aliases: Aliases,
    /// Number of words in headline and body.
    pub words: u32,
}

impl JudgeFacts {
    pub(super) fn of(observation: &Observation, stamp: Stamp) -> JudgeFacts {
        JudgeFacts {
            offset: stamp.offset,
            order: observation.order,
            source_digest: observation.source_digest,
            text_hash: observation.article.text_hash,
            item_id: observation.item_id,
            aliases: observation.aliases,
            words: observation.article.words,
        }
    }
}

impl ArticleEvent {
    /// The event of an article that is to be published, whole.
    pub fn new(naming: &Naming, observation: &Observation, stamp: Stamp) -> ArticleEvent {
        let article = &observation.article;
        let (event_type, reason, previous, lead_before) = match naming.change {
            Change::Created => (EventType::Created, None, None, None),
            Change::Revised { reason, previous, lead_before } => {
                (EventType::Revised, Some(reason), previous, lead_before.filter(|lead| *lead != observation.feed.id))
            }
        };
        ArticleEvent {
            event_id: event_id(naming.id, naming.revision, event_type, article.content_hash, None),
            event_type,
            event_time: stamp.event_time,
            id: naming.id,
            revision: naming.revision,
            text: TextPart::of(article),
            links: article.links.clone(),
            guid: said(article.guid.as_ref()),
            feed: FeedFacts::from(&observation.feed),
            fetch: FetchFacts::of(&observation.fetch, observation.origin),
            content_hash: article.content_hash,
            normaliser: article.content_hash.version,
            backlog: naming.backlog,
            history: naming.history,
            reason,
            previous,
            lead_before,
            was_duplicate_of: naming.was_duplicate_of,
            truncated: size::was_cut(article).then_some(Truncated::Body),
            provenance: Provenance { facts: article.provenance.clone(), judge: JudgeFacts::of(observation, stamp) },
        }
    }

    /// The record of this event, in at most `bytes_max` bytes: the blocks go first, then the body ends early.
    pub fn into_message(self, bytes_max: usize) -> Result<Message, ComposeError> {
        size::fit(self, bytes_max)
    }

    pub(super) fn message(&self) -> Result<Message, ComposeError> {
        let envelope = Envelope {
            id: self.event_id,
            kind: self.event_type,
            time: self.event_time,
            source: format!("/feeds/{}", self.feed.id),
            subject: self.id.to_string(),
            sequence: Some(self.revision),
            language: self.text.language.as_deref(),
            contract: Contract::Article,
        };
        Ok(envelope.message(serde_json::to_vec(self)?))
    }
}

fn article_types(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "enum": [EventType::Created.as_str(), EventType::Revised.as_str()] })
}
