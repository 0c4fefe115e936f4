//! 128-bit names cut from BLAKE3: wide enough that ten million articles never collide by chance,
//! and cryptographic because feeds are untrusted.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The first 128 bits of a BLAKE3 hash; written as 32 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 16]);

impl Digest {
    /// Hashes parts with their lengths between them, so that `["ab", "c"]` and `["a", "bc"]` differ.
    ///
    /// `domain` names what is hashed, so equal bytes of two kinds never share a digest.
    pub fn of<'a>(domain: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(domain.as_bytes());
        parts.into_iter().for_each(part);
        let mut first = [0; 16];
        first.copy_from_slice(hasher.finalize().as_bytes().first_chunk::<16>().unwrap_or(&[0; 16]));
        Digest(first)
    }

    /// The sixteen bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// The digest with these bytes, as read back from a record.
    pub const fn from_bytes(bytes: [u8; 16]) -> Digest {
        Digest(bytes)
    }

    /// The first eight bytes as a number: for spreading, phases and compact rings, never as an id.
    pub fn low64(self) -> u64 {
        self.0.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 32 lowercase hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: 32 hex digits are expected")]
pub struct NotADigest(String);

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Digest, NotADigest> {
        let wrong = || NotADigest(text.chars().take(40).collect());
        let digits = text.as_bytes();
        if digits.len() != 32 {
            return Err(wrong());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Digest(bytes))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Digest, NotADigest> {
        text.parse()
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Digest);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotADigest;

            fn from_str(text: &str) -> Result<$name, NotADigest> {
                text.parse().map($name)
            }
        }
    };
}

id! {
    /// Names a feed: the hash of its normalised URL when it was registered. Never recomputed.
    FeedId
}
id! {
    /// Names an article: the hash of its URL alias, else of its guid's, else of its title's, as first seen.
    ArticleId
}
id! {
    /// Names an item within its feed: the first of its aliases that is unique in the document.
    ItemId
}
id! {
    /// The digest of an item's raw fields: another digest means that the publisher changed something.
    SourceDigest
}
id! {
    /// The hash of one alias by which an article can be found again.
    AliasKey
}
id! {
    /// Names an event; a function of what it says, so a consumer can check us and drop what it knows.
    EventId
}

macro_rules! versioned_hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name {
            /// The version of the rules that made it; hashes of two versions are never compared.
            pub version: u16,
            /// The hash itself.
            pub digest: Digest,
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", self.version, self.digest)
            }
        }

        impl FromStr for $name {
            type Err = NotADigest;

            fn from_str(text: &str) -> Result<$name, NotADigest> {
                let wrong = || NotADigest(text.chars().take(40).collect());
                let (version, digest) = text.split_once(':').ok_or_else(wrong)?;
                Ok($name { version: version.parse().map_err(|_| wrong())?, digest: digest.parse()? })
            }
        }

        impl From<$name> for String {
            fn from(hash: $name) -> String {
                hash.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotADigest;

            fn try_from(text: String) -> Result<$name, NotADigest> {
                text.parse()
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": "^[0-9]+:[0-9a-f]{32}$" })
            }
        }
    };
}

versioned_hash! {
    /// The hash of title and body by static rules of one normaliser version; written `version:hex`.
    ContentHash
}
versioned_hash! {
    /// The role-free hash of all text; its version is that of the Unicode tables; written `version:hex`.
    TextHash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_borders() {
        let of = |parts: &[&str]| Digest::of("test", parts.iter().map(|part| part.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", ""]), of(&["a"]));
        assert_ne!(Digest::of("x", [b"a".as_slice()]), Digest::of("y", [b"a".as_slice()]));
    }

    #[test]
    fn text_form_reads_back() {
        let digest = Digest::of("test", [b"a".as_slice()]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let hash = ContentHash { version: 3, digest };
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for wrong in ["", "x", "é0000000000000000000000000000000", &"g".repeat(32), "1:"] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
            assert!(wrong.parse::<ContentHash>().is_err(), "{wrong}");
        }
    }
}
