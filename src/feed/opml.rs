//! Writing the list of feeds as OPML, for other readers and for moving house.

use std::fmt::Write;

use super::Definition;

/// The name of our own attributes, for what OPML has no word for.
pub const NAMESPACE: &str = "urn:depeche:opml";

/// Writes definitions as OPML 2.0, sorted by address: what is read back and written again is the same file.
///
/// Headers, credentials and polling rules stay out: an export is for giving away.
pub fn write(definitions: &[Definition]) -> String {
    let mut sorted: Vec<&Definition> = definitions.iter().collect();
    sorted.sort_by(|a, b| a.url.cmp(&b.url));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\" xmlns:depeche=\"{NAMESPACE}\">\n  \
         <head>\n    <title>Feeds</title>\n  </head>\n  <body>\n"
    );
    for definition in sorted {
        outline(&mut text, definition);
    }
    text.push_str("  </body>\n</opml>\n");
    text
}

fn outline(text: &mut String, definition: &Definition) {
    let title = definition.publisher.as_deref().unwrap_or(&definition.url);
    let tags = definition.tags.iter().map(|tag| tag.replace([',', '/'], " ")).collect::<Vec<_>>().join(",");
    let paused = if definition.paused { "true" } else { "" };
    let attributes = [
        ("type", "rss"),
        ("text", title),
        ("xmlUrl", &definition.url),
        ("language", definition.language.as_deref().unwrap_or_default()),
        ("category", &tags),
        ("depeche:country", definition.country.as_deref().unwrap_or_default()),
        ("depeche:paused", paused),
    ];
    text.push_str("    <outline");
    for (name, value) in attributes.into_iter().filter(|(_, value)| !value.is_empty()) {
        // Writing to a string cannot fail.
        write!(text, " {name}=\"{}\"", html_escape::encode_double_quoted_attribute(value)).unwrap_or_default();
    }
    text.push_str("/>\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::feed::changes::{Removal, Setting, plan};
    use crate::feed::list;

    fn definitions(opml: &str) -> Vec<Definition> {
        let listed = list::read(opml.as_bytes(), "feeds.opml").unwrap();
        let setting = Setting { partitions: 64, removal: Removal::Confirmed, now: chrono::DateTime::UNIX_EPOCH };
        plan(&[], &listed, &std::collections::BTreeMap::new(), &setting).added
    }

    #[test]
    fn writes_what_it_reads() {
        let opml = r#"<opml><body><outline text="Sud &amp; Nord" xmlUrl="https://b.example/?a=1&b=2" language="FR" category="x,y"/>
            <outline text='z' xmlUrl='https://a.example/' depeche:country="be" depeche:paused="true"/></body></opml>"#;
        let text = write(&definitions(opml));
        assert!(
            text.contains(
                r#"text="Sud &amp; Nord" xmlUrl="https://b.example/?a=1&amp;b=2" language="fr" category="x,y""#
            ),
            "{text}"
        );
        assert!(text.contains(r#"depeche:country="BE" depeche:paused="true""#), "{text}");
        assert!(text.find("a.example") < text.find("b.example"));
        assert_eq!(write(&definitions(&text)), text);
    }

    proptest! {
        #[test]
        fn second_pass_is_stable(names in proptest::collection::vec("[ -~é]{1,12}", 1..5), tag in "[ -~]{0,8}") {
            let outline = |(n, name): (usize, &String)| {
                let escape = |text: &str| html_escape::encode_double_quoted_attribute(text).into_owned();
                format!("<outline text=\"{}\" category=\"{}\" xmlUrl=\"https://a{n}.example/\"/>", escape(name), escape(&tag))
            };
            let opml = format!("<opml>{}</opml>", names.iter().enumerate().map(outline).collect::<String>());
            let once = write(&definitions(&opml));
            prop_assert_eq!(write(&definitions(&once)), once);
        }
    }
}
