//! Identity: by what an item is found again, and how it is named within its feed.
//!
//! Each item has up to three aliases. A guid or link that two items of a document share names
//! neither of them, so it is left out: the two would otherwise revise each other for ever.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use unicode_normalization::UnicodeNormalization;
use url::Url;

use crate::article::{AliasKey, Aliases, ArticleId, ContentHash, Digest, FeedId, Item, ItemId};

/// One document of a feed, as it was parsed.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The feed.
    pub feed: FeedId,
    /// The address of the site, as the document declares it; a link to it names no article.
    pub site: Option<&'a str>,
    /// All its items: what is unique is seen only in the whole document.
    pub items: &'a [Item],
}

/// What identity asks of an item but does not work out itself. Each must be a function of the item alone.
pub struct Reading<'a> {
    /// The canonical link of an address; none for what is not http(s).
    pub link: &'a dyn Fn(&str) -> Option<String>,
    /// The content hash of the article made of an item; asked only where nothing else tells two items apart.
    pub hash: &'a dyn Fn(&Item) -> ContentHash,
}

/// The names of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The first alias that is unique in the document.
    pub item_id: ItemId,
    /// By what its article is found again; none that another item of the document shares.
    pub aliases: Aliases,
}

/// Names all items of a document, in its order. The same document gives the same names.
pub fn identify(document: &Document<'_>, reading: &Reading<'_>) -> Vec<Identity> {
    let site = document.site.and_then(reading.link);
    let found: Vec<Aliases> = document.items.iter().map(|item| aliases(document.feed, item, &site, reading)).collect();
    let mut seen: BTreeMap<AliasKey, usize> = BTreeMap::new();
    for key in found.iter().flat_map(|aliases| [aliases.g, aliases.u, aliases.t]).flatten() {
        *seen.entry(key).or_default() += 1;
    }
    let unique = |key: &AliasKey| seen.get(key) == Some(&1);
    let names = document.items.iter().zip(found);
    names.map(|(item, found)| identity(document.feed, item, found, &unique, reading)).collect()
}

/// The id of an article that is new under these aliases: its URL's, else its guid's, else its title's.
pub fn article_id(aliases: &Aliases) -> Option<ArticleId> {
    aliases.u.or(aliases.g).or(aliases.t).map(|key| ArticleId(key.0))
}

fn identity(
    feed: FeedId,
    item: &Item,
    found: Aliases,
    unique: &dyn Fn(&AliasKey) -> bool,
    reading: &Reading<'_>,
) -> Identity {
    let g = found.g.filter(unique);
    let u = found.u.filter(unique);
    // Without a title, or where another item shares all, only the text itself tells items apart.
    let named = g.is_some() || u.is_some();
    let t = found.t.filter(|t| named || unique(t)).unwrap_or_else(|| {
        let hash = (reading.hash)(item).to_string();
        key("title", feed, &[&title(item), &day(item), &hash])
    });
    Identity { item_id: ItemId(g.or(u).unwrap_or(t).0), aliases: Aliases { g, u, t: Some(t) } }
}

fn aliases(feed: FeedId, item: &Item, site: &Option<String>, reading: &Reading<'_>) -> Aliases {
    let guid = item.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty());
    let link = item.link.as_deref().and_then(reading.link);
    let link = link.filter(|link| Some(link) != site.as_ref() && !is_root(link));
    let title = title(item);
    Aliases {
        g: guid.map(|guid| key("guid", feed, &[guid])),
        u: link.map(|link| AliasKey(Digest::of("url", [link.as_bytes()]))),
        t: (!title.is_empty()).then(|| key("title", feed, &[&title, &day(item)])),
    }
}

/// A key that is valid within one feed.
fn key(domain: &str, feed: FeedId, parts: &[&str]) -> AliasKey {
    let feed = feed.0.bytes();
    let parts = std::iter::once(feed.as_slice()).chain(parts.iter().map(|part| part.as_bytes()));
    AliasKey(Digest::of(domain, parts))
}

/// The title in one case and with single spaces, so that retyping it is no new article.
fn title(item: &Item) -> String {
    let Some(title) = &item.title else { return String::new() };
    let folded: String = title.value.nfkc().flat_map(char::to_lowercase).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The day that the item itself names, in UTC.
fn day(item: &Item) -> String {
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%d").to_string();
    item.published.or(item.updated).map(day).unwrap_or_default()
}

/// Whether a link leads to a site's front page: the same for all its articles.
fn is_root(link: &str) -> bool {
    Url::parse(link).is_ok_and(|url| url.path() == "/" && url.query().is_none())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::article::{Text, TextKind};

    fn item(guid: &str, link: &str, title: &str) -> Item {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Item {
            guid: some(guid),
            link: some(link),
            title: some(title).map(|value| Text { kind: TextKind::Plain, value }),
            ..Item::default()
        }
    }

    fn feed(name: &str) -> FeedId {
        FeedId(Digest::of("test", [name.as_bytes()]))
    }

    fn hash(item: &Item) -> ContentHash {
        let text = item.summary.as_ref().map_or("", |text| text.value.as_str());
        ContentHash { version: 1, digest: Digest::of("test", [text.as_bytes()]) }
    }

    fn names(name: &str, items: &[Item]) -> Vec<Identity> {
        let link = |link: &str| link.starts_with("http").then(|| link.to_owned());
        let document = Document { feed: feed(name), site: Some("https://a.example/news"), items };
        identify(&document, &Reading { link: &link, hash: &hash })
    }

    /// Which alias became the item id, and which aliases each item keeps.
    #[track_caller]
    fn check(items: &[Item], expected: &[(&str, &str)]) {
        let found: Vec<(String, String)> = names("a", items)
            .iter()
            .map(|identity| {
                let aliases = [("g", identity.aliases.g), ("u", identity.aliases.u), ("t", identity.aliases.t)];
                let kept = aliases.iter().filter(|(_, key)| key.is_some()).map(|(name, _)| *name);
                let id = aliases.iter().find(|(_, key)| key.is_some_and(|key| key.0 == identity.item_id.0));
                (id.map_or("?", |(name, _)| *name).to_owned(), kept.collect())
            })
            .collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(id, kept)| (id.as_str(), kept.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_unique_alias_names_the_item() {
        check(&[item("1", "https://a.example/1", "one")], &[("g", "gut")]);
        check(&[item("", "https://a.example/1", "one")], &[("u", "ut")]);
        check(&[item("", "", "one")], &[("t", "t")]);
        check(&[item("", "", "")], &[("t", "t")]);
        check(&[item(" ", "ftp://a.example/1", "one")], &[("t", "t")]);
    }

    #[test]
    fn shared_aliases_name_nobody() {
        let one_guid = [item("1", "https://a.example/1", "one"), item("1", "https://a.example/2", "two")];
        check(&one_guid, &[("u", "ut"), ("u", "ut")]);
        let one_link = [item("1", "https://a.example/1", "one"), item("2", "https://a.example/1", "two")];
        check(&one_link, &[("g", "gt"), ("g", "gt")]);
        let only_titles = [item("1", "https://a.example/1", "one"), item("1", "https://a.example/1", "two")];
        check(&only_titles, &[("t", "t"), ("t", "t")]);
    }

    #[test]
    fn a_sites_own_address_is_no_alias() {
        check(&[item("1", "https://a.example/news", "one")], &[("g", "gt")]);
        check(&[item("1", "https://a.example/", "one")], &[("g", "gt")]);
        check(&[item("1", "https://a.example/?p=7", "one")], &[("g", "gut")]);
    }

    #[test]
    fn items_that_share_all_are_told_apart_by_their_text() {
        let with = |text: &str| Item {
            summary: Some(Text { kind: TextKind::Plain, value: text.to_owned() }),
            ..item("", "", "weather")
        };
        let found = names("a", &[with("rain"), with("sun"), with("rain")]);
        assert_ne!(found[0], found[1]);
        assert_eq!(found[0], found[2], "one item twice is one item");
        assert_ne!(names("a", &[with("rain")])[0], found[0], "alone, the title is enough");
    }

    #[test]
    fn guids_and_titles_count_within_their_feed_and_links_everywhere() {
        let items = [item("1", "https://a.example/1", "one")];
        let (here, there) = (names("a", &items)[0].aliases, names("b", &items)[0].aliases);
        assert_ne!(here.g, there.g);
        assert_ne!(here.t, there.t);
        assert_eq!(here.u, there.u);
        assert_eq!(article_id(&here), article_id(&there));
    }

    #[test]
    fn retyping_a_title_keeps_it_and_another_day_does_not() {
        let day = |text: &str| Some(text.parse().unwrap());
        let dated = |title: &str, at: &str| Item { published: day(at), ..item("", "", title) };
        let t = |item: Item| names("a", &[item])[0].aliases.t;
        assert_eq!(t(dated("The  Weather", "2026-05-01T01:00:00Z")), t(dated("the weather ", "2026-05-01T23:00:00Z")));
        assert_ne!(t(dated("The Weather", "2026-05-01T01:00:00Z")), t(dated("The Weather", "2026-05-02T01:00:00Z")));
    }

    proptest! {
        #[test]
        fn a_name_is_a_function_of_the_document(
            parts in proptest::collection::vec(("[ab]?", "(https://a.example/[12])?", "[xy]?"), 0..6)
        ) {
            let items: Vec<Item> = parts.iter().map(|(guid, link, title)| item(guid, link, title)).collect();
            let found = names("a", &items);
            prop_assert_eq!(&found, &names("a", &items));
            for (index, one) in found.iter().enumerate() {
                for (other, another) in found.iter().enumerate().filter(|(other, _)| *other != index) {
                    let same_text = hash(&items[index]) == hash(&items[other]) && title(&items[index]) == title(&items[other]);
                    prop_assert!(one.item_id != another.item_id || same_text);
                }
            }
        }
    }
}
