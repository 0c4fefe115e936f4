//! An item: one entry as a feed shows it, before anything is made of it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Digest, SourceDigest};

/// One entry of a feed document, its fields as parsed: decoded, but neither cleaned nor judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Item {
    /// The publisher's own id (`guid`, `atom:id`, JSON Feed `id`); none when the document gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
    /// The headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// The address of the article, resolved against the document's, otherwise as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The short text (`description`, `atom:summary`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// The long text (`content:encoded`, `atom:content`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Text>,
    /// Who wrote it, a name each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// When the publisher says it first appeared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<DateTime<Utc>>,
    /// When the publisher says it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<DateTime<Utc>>,
    /// Section names and tags of the publisher.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Pictures that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Attached media that are no pictures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enclosures: Vec<Enclosure>,
    /// BCP 47 tag, as the item or its document declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The rights line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
}

impl Item {
    /// The digest of all raw fields: equal as long as the publisher changes nothing.
    pub fn source_digest(&self) -> SourceDigest {
        // Field order is fixed by the type and maps do not occur, so the bytes are a function of the value.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        SourceDigest(Digest::of("source", [bytes.as_slice()]))
    }
}

/// Text with the kind of mark-up it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Text {
    /// How to read `value`.
    pub kind: TextKind,
    /// The text as the feed gave it.
    pub value: String,
}

/// How a text construct is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// Characters that stand for themselves.
    Plain,
    /// HTML or XHTML mark-up.
    Html,
}

/// A picture of an article.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// Absolute http(s) address.
    pub url: String,
    /// The caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
}

/// An attached file: audio, video, a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Enclosure {
    /// Absolute http(s) address.
    pub url: String,
    /// MIME type as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size in bytes as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}
