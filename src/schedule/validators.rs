//! What a server gave us to ask "anything new?" with: kept byte for byte, never parsed, never made up.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The validators of the last answer whose items are acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The value of `ETag`, quotes and all.
    #[serde(default, with = "latin1", skip_serializing_if = "Option::is_none")]
    pub etag: Option<Vec<u8>>,
    /// The value of `Last-Modified`.
    #[serde(default, with = "latin1", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<Vec<u8>>,
}

impl Validators {
    /// Whether there is nothing to ask with: the next request is unconditional.
    pub const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// Header bytes as a JSON string of the characters U+0000 to U+00FF: readable where they are ASCII,
/// and every byte comes back as it was.
mod latin1 {
    use super::*;

    pub(super) fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        let text: Option<String> = bytes.as_ref().map(|bytes| bytes.iter().copied().map(char::from).collect());
        text.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        let byte = |c: char| {
            u8::try_from(c).map_err(|_| serde::de::Error::custom("a validator holds a character above U+00FF"))
        };
        text.chars().map(byte).collect::<Result<Vec<u8>, D::Error>>().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let validators = Validators { etag: Some(all), last_modified: Some(b"Tue, 01 Jan".to_vec()) };
        let json = serde_json::to_string(&validators).unwrap();
        assert_eq!(serde_json::from_str::<Validators>(&json).unwrap(), validators);
    }

    #[test]
    fn ascii_is_readable_and_absent_stays_absent() {
        let validators = Validators { etag: Some(b"W/\"1-a\"".to_vec()), last_modified: None };
        assert_eq!(serde_json::to_string(&validators).unwrap(), r#"{"etag":"W/\"1-a\""}"#);
        assert_eq!(serde_json::from_str::<Validators>("{}").unwrap(), Validators::default());
        assert!(serde_json::from_str::<Validators>(r#"{"etag":"€"}"#).is_err());
    }
}
