//! An article: what normalising makes of an item. Every block of its text keeps a role.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ContentHash, Image, TextHash};

/// A normalised article, before the judge has named it. The whole text stands in `blocks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Article {
    /// The headline, as one line of plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// The standfirst (dek) above or below the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standfirst: Option<String>,
    /// The whole text in order, each block with its role.
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
    /// Number of words in headline and body roles (a CJK, Thai, Lao or Khmer character counts as one).
    pub words: u32,
    /// Where it can be read.
    pub links: Links,
    /// The publisher's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    /// Over headline and body, by static rules of the normaliser's version.
    pub content_hash: ContentHash,
    /// Over all text whatever its role.
    pub text_hash: TextHash,
    /// Where each fact came from, under the fact's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub provenance: BTreeMap<String, Fact>,
}

impl Article {
    /// Texts under this many words are no evidence of sameness ("Weather" of today is not yesterday's).
    pub const EVIDENCE_WORDS_MIN: u32 = 20;

    /// The text of the body roles, a blank line between blocks.
    pub fn body(&self) -> String {
        let body = self.blocks.iter().filter(|block| block.role.is_body());
        body.map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n\n")
    }

    /// Whether the text is too short for its hashes to find or block anything.
    pub fn is_thin(&self) -> bool {
        self.words < Article::EVIDENCE_WORDS_MIN
    }
}

/// One block of text and what it is in the article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Block {
    /// What the block is.
    pub role: Role,
    /// Its text, without mark-up.
    pub text: String,
    /// BCP 47 tag where it differs from the article's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// From 0 to 1: how sure the role is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// The rule that gave the role, in words of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a block is in its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The headline, repeated in the text.
    Headline,
    /// The standfirst (dek).
    Standfirst,
    /// Who wrote it.
    Byline,
    /// Where and when it was written.
    Dateline,
    /// Running text.
    Paragraph,
    /// A cross-heading.
    Subheading,
    /// A block quotation.
    Quote,
    /// The words under a picture.
    Caption,
    /// Who made a picture or edited the text.
    Credit,
    /// The file name of a picture left as a line.
    ImageSlug,
    /// A list within the text; one item a line.
    List,
    /// An embedded post, player or table.
    Embed,
    /// A link to another article.
    RelatedLink,
    /// "Send us your news", "subscribe", "follow us".
    PromoFooter,
    /// Rights and notices.
    Legal,
    /// Share buttons.
    Share,
    /// Could not be told.
    Unknown,
}

impl Role {
    /// Whether blocks of this role make up the article's body.
    pub const fn is_body(self) -> bool {
        matches!(self, Role::Paragraph | Role::Subheading | Role::Quote | Role::List)
    }
}

/// Where an article can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// The address as the feed gave it, made absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// The address after redirects, when the page was fetched.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub landed: Option<String>,
    /// The address without tracking, case and port noise; two feeds' links to one article meet here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
}

/// Where a fact of the article came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// The field or rule that gave it, such as `item.published`, `feed.language`, `detected`.
    pub source: String,
    /// `second`, `minute` or `day`, for dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<String>,
    /// From 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// The text it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}
