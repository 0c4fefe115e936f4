//! Names of authors, without the addresses that feeds mix in.

use super::fold::one_line;

/// The names, each once, in their order.
pub(super) fn names(raw: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for name in raw.iter().filter_map(|raw| name(raw)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `desk@a.example (Ann Example)`, `Ann Example <desk@a.example>`, `By Ann Example` → `Ann Example`.
fn name(raw: &str) -> Option<String> {
    let line = one_line(&html_escape::decode_html_entities(raw));
    let words = line.split(' ').filter(|word| !is_address(word));
    let bare = words.collect::<Vec<_>>().join(" ");
    let bare = bare.trim_matches([' ', ',', ';', '|']);
    let inner =
        bare.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|inner| !inner.contains(['(', ')']));
    let name = without_by(inner.unwrap_or(bare).trim());
    name.chars().any(char::is_alphanumeric).then(|| name.to_owned())
}

fn is_address(word: &str) -> bool {
    let bare = word.trim_matches(['<', '>', '(', ')', '[', ']', ',', ';', ':']);
    let bare = bare.strip_prefix("mailto:").unwrap_or(bare);
    bare.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
}

/// Only English "By" before a capital is taken off: "von" and "de" are parts of names.
fn without_by(name: &str) -> &str {
    let rest = ["By ", "BY ", "by "].iter().find_map(|by| name.strip_prefix(by));
    rest.filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &[&str], expected: &[&str]) {
        let raw: Vec<String> = raw.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names(&raw), expected);
    }

    #[test]
    fn addresses_are_no_names() {
        check(&["desk@a.example (Ann Example)"], &["Ann Example"]);
        check(&["Ann  Example <desk@a.example>"], &["Ann Example"]);
        check(&["desk@a.example", "(desk@a.example)", " ", ""], &[]);
        check(&["Ann Example (Agency)"], &["Ann Example (Agency)"]);
        check(&["@ann_example"], &["@ann_example"]);
    }

    #[test]
    fn only_a_plain_by_is_taken_off() {
        check(&["By Ann Example", "Ann Example"], &["Ann Example"]);
        check(&["by the way", "Von Beispiel", "Bystron"], &["by the way", "Von Beispiel", "Bystron"]);
        check(&["Zo&euml; Example"], &["Zoë Example"]);
    }
}
