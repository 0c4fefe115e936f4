//! The shapes of country and language labels.

/// A language tag of BCP 47's shape in its usual case (`fr`, `pt-BR`, `zh-Hant`), else none.
///
/// Only the shape is checked: two or three letters, then subtags of at most eight.
pub fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let mut subtags = tag.split('-');
    let primary = subtags.next().filter(|primary| matches!(primary.len(), 2 | 3) && is_alphabetic(primary))?;
    let mut whole = primary.to_ascii_lowercase();
    for subtag in subtags {
        if subtag.is_empty() || subtag.len() > 8 || !subtag.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        whole.push('-');
        match subtag.len() {
            2 if is_alphabetic(subtag) => whole.push_str(&subtag.to_ascii_uppercase()),
            4 if is_alphabetic(subtag) => {
                let (first, rest) = subtag.split_at(1);
                whole.push_str(&first.to_ascii_uppercase());
                whole.push_str(&rest.to_ascii_lowercase());
            }
            _ => whole.push_str(&subtag.to_ascii_lowercase()),
        }
    }
    (whole.len() <= 35).then_some(whole)
}

/// A country code of ISO 3166-1's shape, two letters, in upper case.
pub fn country(code: &str) -> Option<String> {
    let code = code.trim();
    (code.len() == 2 && is_alphabetic(code)).then(|| code.to_ascii_uppercase())
}

fn is_alphabetic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_get_their_usual_case() {
        let cases = [
            ("FR", Some("fr")),
            ("en-us", Some("en-US")),
            ("pt_br", Some("pt-BR")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("gsw", Some("gsw")),
            ("es-419", Some("es-419")),
            ("English", None),
            ("x", None),
            ("en-", None),
            ("dé", None),
        ];
        for (tag, expected) in cases {
            assert_eq!(language(tag).as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn countries_are_two_letters() {
        let cases = [("de", Some("DE")), (" CH ", Some("CH")), ("DEU", None), ("1a", None), ("é", None)];
        for (code, expected) in cases {
            assert_eq!(country(code).as_deref(), expected, "{code}");
        }
    }
}
