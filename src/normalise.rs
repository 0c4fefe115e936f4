//! Item to article: HTML to blocks, roles, links, dates, hashes.
//!
//! All of it is pure and total: any item gives an article, an empty one an empty article. What
//! the hashes say is a function of the item and of [`VERSION`] alone.

mod authors;
mod fold;
mod hash;
mod html;
mod link;
mod plain;
mod roles;
mod source;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use url::Url;

pub use self::hash::{UNICODE_TABLES, canonical as canonical_text, content_hash, text_hash};
pub use self::link::{canonical_link, is_site_address};
pub use self::words::count as count_words;
use crate::article::{Article, Block, Fact, Item, Links};

/// Version of the rules that make headline and body; a part of each content hash.
pub const VERSION: u16 = 1;

/// What an item's surroundings say of it. Only addresses and language come from here, never text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The language of the feed, as the operator labels it or the document declares it.
    pub feed_language: Option<&'a str>,
    /// The address that relative addresses of an item without a link are relative to.
    pub base: Option<&'a Url>,
}

/// The article that an item makes.
pub fn item(item: &Item, context: &Context<'_>) -> Article {
    let link = item.link.as_deref().map(str::trim).filter(|link| !link.is_empty());
    let own_base = link.and_then(|link| Url::parse(link).ok()).filter(|url| !url.cannot_be_a_base());
    let base = own_base.as_ref().or(context.base);

    let headline = item.title.as_ref().and_then(source::line);
    let mut read = source::choose(item, headline.as_deref(), base);
    roles::refine(&mut read.blocks, headline.as_deref());

    let mut article = compose(headline, read.blocks);
    article.standfirst = read.standfirst;
    article.authors = authors::names(&item.authors);
    article.images = source::images(&item.images, read.images);
    article.links = links(link);
    article.guid = item.guid.as_deref().map(fold::one_line).filter(|guid| !guid.is_empty());
    if let Some(from) = read.from {
        note(&mut article.provenance, "body", from);
    }
    if article.standfirst.is_some() {
        note(&mut article.provenance, "standfirst", "item.summary");
    }
    article.published = dated(&mut article.provenance, "published", item.published);
    article.updated = dated(&mut article.provenance, "updated", item.updated);
    declare_language(&mut article, item.language.as_deref(), context.feed_language);
    article
}

/// The article that a text without mark-up makes, such as one copied from a page.
pub fn text(text: &str, url: Option<&str>) -> Article {
    let mut blocks = plain::read(text);
    roles::refine(&mut blocks, None);
    let headline = roles::find_headline(&mut blocks);
    roles::mark_headings(&mut blocks);
    let found = headline.is_some();
    let mut article = compose(headline, blocks);
    article.links = links(url);
    if found {
        let fact = Fact { source: "text".to_owned(), confidence: Some(0.6), ..Fact::default() };
        article.provenance.insert("headline".to_owned(), fact);
    }
    article
}

/// The article that an HTML fragment or document makes; all its visible text is taken for the article's.
pub fn html(html: &str, url: Option<&str>) -> Article {
    let base = url.and_then(|url| Url::parse(url.trim()).ok());
    let mut read = html::read(html, base.as_ref());
    let (headline, from) = match (read.first_heading, read.title) {
        (Some(heading), _) => (Some(heading), "html.h1"),
        (None, title) => (title, "html.title"),
    };
    roles::refine(&mut read.blocks, headline.as_deref());
    if from == "html.h1" {
        roles::mark_headline(&mut read.blocks, headline.as_deref());
    }
    let mut article = compose(headline, read.blocks);
    article.images = read.images;
    article.links = links(url);
    if article.headline.is_some() {
        note(&mut article.provenance, "headline", from);
    }
    article
}

/// An article of headline and blocks, with all that follows from these.
fn compose(headline: Option<String>, blocks: Vec<Block>) -> Article {
    let mut article = Article {
        headline,
        standfirst: None,
        blocks,
        authors: Vec::new(),
        images: Vec::new(),
        published: None,
        updated: None,
        language: None,
        words: 0,
        links: Links::default(),
        guid: None,
        content_hash: content_hash(None, ""),
        text_hash: text_hash(""),
        provenance: BTreeMap::new(),
    };
    let body = article.body();
    let headline = article.headline.as_deref();
    article.words = words::count(headline.unwrap_or_default()).saturating_add(words::count(&body));
    article.content_hash = content_hash(headline, &body);
    let texts = article.blocks.iter().map(|block| block.text.as_str());
    article.text_hash = text_hash(&headline.into_iter().chain(texts).collect::<Vec<_>>().join("\n"));
    article
}

fn links(link: Option<&str>) -> Links {
    let found = link.map(str::trim).filter(|link| !link.is_empty());
    Links { found: found.map(str::to_owned), landed: None, canonical: found.and_then(canonical_link) }
}

fn note(provenance: &mut BTreeMap<String, Fact>, fact: &str, source: &str) {
    provenance.insert(fact.to_owned(), Fact { source: source.to_owned(), ..Fact::default() });
}

fn dated(provenance: &mut BTreeMap<String, Fact>, fact: &str, date: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    if date.is_some() {
        note(provenance, fact, &format!("item.{fact}"));
    }
    date
}

/// The item's own word goes before the feed's; whether it fits the text is for enriching to see.
fn declare_language(article: &mut Article, item: Option<&str>, feed: Option<&str>) {
    let of_item = item.and_then(language_tag).map(|tag| (tag, "item.language"));
    let declared = of_item.or_else(|| feed.and_then(language_tag).map(|tag| (tag, "feed.language")));
    if let Some((tag, from)) = declared {
        article.language = Some(tag);
        note(&mut article.provenance, "language", from);
    }
}

/// A BCP 47 tag in its usual spelling (`pt-BR`, `zh-Hant`); none if it names no language.
pub fn language_tag(raw: &str) -> Option<String> {
    let raw = raw.trim().replace('_', "-");
    let mut parts = raw.split('-');
    let primary = parts.next()?.to_ascii_lowercase();
    let is_language = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_language || matches!(primary.as_str(), "und" | "mul" | "zxx" | "mis") {
        return None;
    }
    let primary = match primary.as_str() {
        "iw" => "he",
        "in" => "id",
        "ji" => "yi",
        other => other,
    };
    let mut tag = primary.to_owned();
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            break;
        }
        tag.push('-');
        tag.push_str(&spell_subtag(part));
    }
    Some(tag)
}

/// Scripts are written `Latn`, regions `FR`, all else in lower case.
fn spell_subtag(part: &str) -> String {
    let lower = part.to_ascii_lowercase();
    if !part.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return lower;
    }
    match part.len() {
        2 => part.to_ascii_uppercase(),
        4 => lower.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect(),
        _ => lower,
    }
}

#[cfg(test)]
mod tests;
