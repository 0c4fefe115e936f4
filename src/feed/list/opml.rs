//! OPML, read by its tags alone: more than half of the lists in use are not well-formed XML.

use super::{Form, Listed, Reading, add_tag, check_country, check_label, check_language};

/// Folders in folders; a list that nests deeper loses the names of the inner ones.
const FOLDERS_MAX: usize = 64;

pub(super) fn read(text: &str, reading: &mut Reading<'_>) {
    let mut folders: Vec<Option<String>> = Vec::new();
    for tag in tags(text) {
        match tag.kind {
            Kind::Close => drop(folders.pop()),
            Kind::Open | Kind::Empty => {
                let name = outline(&tag, &folders, reading);
                if tag.kind == Kind::Open && folders.len() < FOLDERS_MAX {
                    folders.push(name);
                }
            }
        }
    }
}

/// Reads one outline; a feed is kept, of a folder the name is returned.
fn outline(tag: &Tag<'_>, folders: &[Option<String>], reading: &mut Reading<'_>) -> Option<String> {
    let attributes = attributes(tag.inside);
    let get = |names: &[&str]| {
        let found = attributes.iter().find(|(name, value)| names.contains(&name.as_str()) && !value.trim().is_empty());
        found.map(|(_, value)| value.trim())
    };
    let is_feed =
        get(&["type"]).is_some_and(|kind| ["rss", "atom", "feed"].contains(&kind.to_ascii_lowercase().as_str()));
    let address = get(&["xmlurl", "xmluri"]).or_else(|| get(&["url"]).filter(|_| is_feed));
    let title = get(&["text", "title"]);
    let Some(address) = address else { return title.and_then(|title| check_label("folder", title).ok()) };
    let line = reading.lines.at(tag.at);
    let listed = Listed::at(line, Form::Opml, address).map_err(|cause| cause.to_string());
    let mut listed = reading.checked(line, listed)?;
    let categories = get(&["category"]).into_iter().flat_map(|value| value.split([',', '/']));
    let categories = categories.filter_map(|tag| check_label("tag", tag).ok());
    for tag in folders.iter().flatten().cloned().chain(categories) {
        add_tag(&mut listed.tags, tag);
    }
    let publisher = title.filter(|title| *title != address && *title != listed.url);
    listed.publisher = publisher.and_then(|title| check_label("title", title).ok());
    // Other readers write `unknown` or a language's name: no reason to refuse a list.
    listed.language = get(&["language"]).and_then(|tag| check_language(tag).ok());
    listed.country = get(&["depeche:country"]).and_then(|code| check_country(code).ok());
    listed.paused = get(&["depeche:paused"]).map(|value| value == "true");
    match reading.twin(&listed.url) {
        // The same feed in two folders has the tags of both.
        Some(twin) => listed.tags.into_iter().for_each(|tag| add_tag(&mut twin.tags, tag)),
        None => reading.keep(listed),
    }
    None
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Empty,
    Close,
}

struct Tag<'a> {
    at: usize,
    kind: Kind,
    inside: &'a str,
}

/// The `outline` tags of a text, whatever else is wrong with it.
fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find('<')) {
        let at = from + found;
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with("<!--") {
            let Some(end) = rest.find("-->") else { break };
            from = at + end + 3;
            continue;
        }
        from = at + 1;
        let inside = rest.get(1..).unwrap_or_default();
        let (is_close, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
        let is_outline = inside.get(..7).is_some_and(|name| name.eq_ignore_ascii_case("outline"));
        let inside = inside.get(7..).unwrap_or_default();
        if !is_outline || !inside.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/') {
            continue;
        }
        let end = end_of(inside);
        let inside = inside.get(..end).unwrap_or_default();
        let kind = match (is_close, inside.trim_end().ends_with('/')) {
            (true, _) => Kind::Close,
            (false, true) => Kind::Empty,
            (false, false) => Kind::Open,
        };
        tags.push(Tag { at, kind, inside });
        from += end;
    }
    tags
}

/// Where a tag ends: at the first `>` outside quotes.
fn end_of(inside: &str) -> usize {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None | Some(_), _) => {}
        }
    }
    inside.len()
}

/// Names in lower case with their values, character references resolved and a bare `&` left alone.
fn attributes(inside: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = inside;
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim().rsplit(|c: char| c.is_whitespace() || c == '"' || c == '\'').next().unwrap_or_default();
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let value = value.strip_prefix(quote).unwrap_or(value);
                value.split_once(quote).unwrap_or((value, ""))
            }
            _ => value.split_once(char::is_whitespace).unwrap_or((value.trim_end_matches('/'), "")),
        };
        found.push((name.to_ascii_lowercase(), html_escape::decode_html_entities(value).into_owned()));
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::feed::list::read;

    #[track_caller]
    fn check(opml: &str, expected: &[(&str, &[&str])]) {
        let feeds = read(opml.as_bytes(), "feeds.opml").unwrap();
        let found: Vec<(&str, Vec<&str>)> =
            feeds.iter().map(|feed| (feed.url.as_str(), feed.tags.iter().map(String::as_str).collect())).collect();
        let expected: Vec<_> = expected.iter().map(|(url, tags)| (*url, tags.to_vec())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn folders_become_tags() {
        let opml = r#"<opml><body>
            <outline text="World"><outline title="Asia"><outline type="rss" xmlUrl="https://a.example/"/></outline>
            <outline xmlUrl="https://b.example/"></outline></outline>
            <outline xmlUrl="https://c.example/"/><outline text="More"><outline xmlUrl="https://a.example/"/></outline></body></opml>"#;
        check(
            opml,
            &[
                ("https://a.example/", &["World", "Asia", "More"]),
                ("https://b.example/", &["World"]),
                ("https://c.example/", &[]),
            ],
        );
    }

    #[test]
    fn what_is_not_well_formed_is_read_all_the_same() {
        check(r#"<OPML><OUTLINE XMLURL='https://a.example/?x=1&y=2'>"#, &[("https://a.example/?x=1&y=2", &[])]);
        check(
            r#"<outline text="a > b" xmlUrl="https://a.example/?x=1&amp;y=2" />"#,
            &[("https://a.example/?x=1&y=2", &[])],
        );
        check("<outline type=rss url=https://a.example/ />", &[("https://a.example/", &[])]);
        check("<!-- <outline xmlUrl='https://no.example/'/> --><outlines/><outline text='empty' xmlUrl=''/>", &[]);
    }

    #[test]
    fn labels_are_taken_where_they_are_good() {
        let opml = "<outline text='Le Journal' xmlUrl='https://a.example/' language='unknown' category='/world,asia'/>";
        let feeds = read(opml.as_bytes(), "x.opml").unwrap();
        assert_eq!((feeds[0].publisher.as_deref(), feeds[0].language.as_deref()), (Some("Le Journal"), None));
        assert_eq!(feeds[0].tags, ["world", "asia"]);
    }

    #[test]
    fn a_bad_address_is_a_fault_with_its_line() {
        let faults = read(b"<opml>\n<outline xmlUrl='https://me:secret@a.example/'/>\n</opml>", "x.opml").unwrap_err();
        assert_eq!(faults[0].line, 2);
        assert!(!faults[0].what.contains("secret"), "{}", faults[0]);
    }
}
