//! Writing a paper's feed document as RSS 2.0, Atom 1.0 or JSON Feed 1.1.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use html_escape::{encode_double_quoted_attribute as attribute, encode_text as text};
use serde_json::{Value, json};

use super::press::{Format, Paper};
use super::script::Entry;

/// The media type of the format.
pub(super) fn content_type(format: Format) -> &'static str {
    match format {
        Format::Rss => "application/rss+xml; charset=utf-8",
        Format::RssWindows1251 => "application/rss+xml",
        Format::Atom => "application/atom+xml; charset=utf-8",
        Format::Json => "application/feed+json",
    }
}

/// The document with these entries, `built` at this time.
pub(super) fn write(paper: &Paper, entries: &[Entry], built: DateTime<Utc>) -> Vec<u8> {
    match paper.format {
        Format::Rss => rss(paper, entries, built, "utf-8").into_bytes(),
        Format::RssWindows1251 => {
            let document = rss(paper, entries, built, "windows-1251");
            encoding_rs::WINDOWS_1251.encode(&document).0.into_owned()
        }
        Format::Atom => atom(paper, entries, built).into_bytes(),
        Format::Json => json_feed(paper, entries).to_string().into_bytes(),
    }
}

fn rss(paper: &Paper, entries: &[Entry], built: DateTime<Utc>, encoding: &str) -> String {
    let items: String = entries.iter().map(rss_item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n\
         <rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>{title}</title>\n<link>{site}</link>\n<description>{title}</description>\n\
         <language>{language}</language>\n<lastBuildDate>{built}</lastBuildDate>\n{items}</channel>\n</rss>\n",
        title = text(paper.title),
        site = paper.site(),
        language = paper.tongue.language,
        built = built.to_rfc2822(),
    )
}

fn rss_item(entry: &Entry) -> String {
    format!(
        "<item>\n<guid isPermaLink=\"false\">{guid}</guid>\n<title>{title}</title>\n<link>{link}</link>\n\
         <category>{section}</category>\n<dc:creator>{author}</dc:creator>\n<pubDate>{published}</pubDate>\n\
         <atom:updated>{updated}</atom:updated>\n<description>{summary}</description>\n\
         <content:encoded>{content}</content:encoded>\n</item>\n",
        guid = text(&entry.guid),
        title = text(&entry.headline),
        link = text(&entry.link),
        section = text(entry.section),
        author = text(&entry.author),
        published = entry.published.to_rfc2822(),
        updated = stamp(entry.updated),
        summary = text(summary(entry)),
        content = text(&html(entry)),
    )
}

fn atom(paper: &Paper, entries: &[Entry], built: DateTime<Utc>) -> String {
    let items: String = entries.iter().map(atom_entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{language}\">\n\
         <title>{title}</title>\n<id>{site}</id>\n<link rel=\"alternate\" href=\"{site}\"/>\n\
         <updated>{built}</updated>\n{items}</feed>\n",
        language = paper.tongue.language,
        title = text(paper.title),
        site = paper.site(),
        built = stamp(built),
    )
}

fn atom_entry(entry: &Entry) -> String {
    format!(
        "<entry xml:lang=\"{language}\">\n<id>tag:{guid}</id>\n<title>{title}</title>\n\
         <link rel=\"alternate\" href=\"{link}\"/>\n<category term=\"{section}\"/>\n\
         <author><name>{author}</name></author>\n<published>{published}</published>\n<updated>{updated}</updated>\n\
         <summary>{summary}</summary>\n<content type=\"html\">{content}</content>\n</entry>\n",
        language = entry.language,
        guid = text(&entry.guid),
        title = text(&entry.headline),
        link = attribute(&entry.link),
        section = attribute(entry.section),
        author = text(&entry.author),
        published = stamp(entry.published),
        updated = stamp(entry.updated),
        summary = text(summary(entry)),
        content = text(&html(entry)),
    )
}

fn json_feed(paper: &Paper, entries: &[Entry]) -> Value {
    let items: Vec<Value> = entries.iter().map(json_item).collect();
    json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.title,
        "home_page_url": paper.site(),
        "language": paper.tongue.language,
        "items": items,
    })
}

fn json_item(entry: &Entry) -> Value {
    json!({
        "id": entry.guid,
        "url": entry.link,
        "title": entry.headline,
        "summary": summary(entry),
        "content_html": html(entry),
        "authors": [{ "name": entry.author }],
        "tags": [entry.section],
        "language": entry.language,
        "date_published": stamp(entry.published),
        "date_modified": stamp(entry.updated),
    })
}

/// The first paragraph; every story has one.
fn summary(entry: &Entry) -> &str {
    entry.paragraphs.first().map(String::as_str).unwrap_or_default()
}

fn html(entry: &Entry) -> String {
    let mut html = String::new();
    if let Some(dressing) = entry.dressing {
        push(
            &mut html,
            format_args!(
                "<figure><img src=\"{link}.jpg\" alt=\"\"><figcaption>{caption} <span class=\"credit\">{credit}</span>\
                 </figcaption></figure>\n",
                link = attribute(&entry.link),
                caption = text(dressing.caption),
                credit = text(dressing.credit),
            ),
        );
    }
    for paragraph in &entry.paragraphs {
        push(&mut html, format_args!("<p>{}</p>\n", text(paragraph)));
    }
    if let Some(dressing) = entry.dressing {
        push(
            &mut html,
            format_args!(
                "<p class=\"share\">{}</p>\n<footer><p>{}</p></footer>\n",
                text(dressing.share),
                text(dressing.footer)
            ),
        );
    }
    html
}

fn push(html: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    html.write_fmt(piece).unwrap_or_default();
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
