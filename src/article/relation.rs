//! How a sighting relates to what was published: why it revises, by what it is the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a revision was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevisionReason {
    /// The feed whose version stood changed its text.
    Edited,
    /// The feed whose version stood has left; another feed's text differs.
    LeadLeft,
    /// The article's own site has it now.
    OwnSite,
    /// Another feed carries a markedly fuller text.
    FullerText,
}

impl RevisionReason {
    /// Every reason.
    pub const ALL: &[RevisionReason] =
        &[RevisionReason::Edited, RevisionReason::LeadLeft, RevisionReason::OwnSite, RevisionReason::FullerText];

    /// The reason as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            RevisionReason::Edited => "edited",
            RevisionReason::LeadLeft => "lead_left",
            RevisionReason::OwnSite => "own_site",
            RevisionReason::FullerText => "fuller_text",
        }
    }
}

/// By what two items were found to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The publisher's own id.
    Guid,
    /// The canonical link.
    Url,
    /// Title and day.
    Title,
    /// Headline and body are the same.
    ContentHash,
    /// All text is the same, whatever its roles.
    TextHash,
}

impl Evidence {
    /// Every kind of evidence.
    pub const ALL: &[Evidence] =
        &[Evidence::Guid, Evidence::Url, Evidence::Title, Evidence::ContentHash, Evidence::TextHash];

    /// The evidence as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Evidence::Guid => "guid",
            Evidence::Url => "url",
            Evidence::Title => "title",
            Evidence::ContentHash => "content_hash",
            Evidence::TextHash => "text_hash",
        }
    }
}
