//! A feed item as JSON: as `depeche parse` prints it, or as the items topic holds it.

use serde_json::{Value, json};

use crate::article::Item;

/// What `parse` prints as plain strings.
const TEXTS: [&str; 3] = ["title", "summary", "content"];

/// Reads an item of either form.
///
/// # Errors
/// When it is neither.
pub(super) fn read(mut value: Value) -> Result<Item, serde_json::Error> {
    if let Some(fields) = value.as_object_mut() {
        for text in TEXTS {
            if let Some(plain) = fields.get_mut(text).filter(|text| text.is_string()) {
                // Normalising sees by itself that a plain text is mark-up.
                *plain = json!({ "kind": "plain", "value": plain.take() });
            }
        }
        // Where the publisher gives no id, `parse` prints the link in its place.
        let id = fields.get("id").filter(|id| fields.get("link") != Some(id)).cloned();
        if let Some(id) = id.filter(Value::is_string) {
            fields.entry("guid").or_insert(id);
        }
    }
    serde_json::from_value(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::TextKind;

    #[test]
    fn an_item_as_parse_prints_it() {
        let item =
            read(json!({ "id": "g1", "title": "Un", "link": "https://a.example/1", "content": "<p>Oui" })).unwrap();
        assert_eq!(item.guid.as_deref(), Some("g1"));
        assert_eq!(item.content.map(|text| (text.kind, text.value)), Some((TextKind::Plain, "<p>Oui".to_owned())));
        let link = "https://a.example/1";
        assert_eq!(read(json!({ "id": link, "link": link })).unwrap().guid, None);
    }

    #[test]
    fn an_item_as_the_topic_holds_it() {
        let item = read(json!({ "guid": "g", "title": { "kind": "html", "value": "A" } })).unwrap();
        assert_eq!((item.guid.as_deref(), item.title.map(|title| title.kind)), (Some("g"), Some(TextKind::Html)));
        assert!(read(json!("no item")).is_err());
        assert!(read(json!({ "title": 7 })).is_err());
    }
}
