//! `depeche parse FILE|URL…`: what a feed document says, one JSON line a document.

use std::io::{self, Read, Write};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use crate::app::parsers::Parsers;
use crate::article::{Digest, Item, Text};
use crate::feed::{Limits, ParsedFeed, Report};

/// A document that was fetched for this command.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The body.
    pub bytes: Bytes,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The address after redirects.
    pub final_url: Url,
}

/// What fetches the documents of addresses.
pub trait Fetch {
    /// Fetches one document; the error is a sentence for the reader.
    fn fetch(&self, url: &Url) -> impl Future<Output = Result<Fetched, String>> + Send;
}

/// How the documents fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents asked for.
    pub documents: usize,
    /// Those that gave no items but an error.
    pub failed: usize,
}

/// Parses files, addresses and, for `-`, standard input, in order, and writes a line for each.
///
/// # Errors
/// When the output cannot be written; a bad document is a line with `error`.
pub async fn run(
    sources: &[String],
    parsers: &Parsers,
    fetcher: &impl Fetch,
    out: &mut (dyn Write + Send),
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    for source in sources {
        let line = match parsed(source, parsers, fetcher).await {
            Ok(feed) => document_line(source, &feed),
            Err(error) => {
                tally.failed += 1;
                json!({ "source": source, "error": error })
            }
        };
        tally.documents += 1;
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(tally)
}

async fn parsed(source: &str, parsers: &Parsers, fetcher: &impl Fetch) -> Result<ParsedFeed, String> {
    let address = Url::parse(source).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let (bytes, content_type, base) = match address {
        Some(url) => {
            let fetched = fetcher.fetch(&url).await?;
            (fetched.bytes, fetched.content_type, Some(fetched.final_url))
        }
        None => (read(source).await.map_err(|cause| format!("could not read `{source}`: {cause}"))?, None, None),
    };
    parsers.parse(bytes, content_type, base, Limits::default()).await.map_err(|cause| cause.to_string())
}

/// Reads a file or standard input up to one byte over the limit, so that the parser refuses what is larger.
async fn read(source: &str) -> io::Result<Bytes> {
    let source = source.to_owned();
    let job = move || {
        let bytes_max = u64::try_from(Limits::default().document_bytes_max).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        if source == "-" {
            io::stdin().lock().take(bytes_max).read_to_end(&mut bytes)?;
        } else {
            std::fs::File::open(source)?.take(bytes_max).read_to_end(&mut bytes)?;
        }
        Ok(Bytes::from(bytes))
    };
    tokio::task::spawn_blocking(job).await.map_err(io::Error::other)?
}

fn document_line(source: &str, feed: &ParsedFeed) -> Value {
    let mut line = Object::default();
    line.put("source", Some(source));
    line.put("format", Some(feed.format.as_str()));
    line.put("title", feed.title.as_deref());
    line.put("language", feed.language.as_deref());
    line.put("site", feed.site.as_deref());
    line.put("items", Some(feed.items.iter().map(item_object).collect::<Vec<_>>()));
    line.put("report", Some(report_object(&feed.report)));
    line.0.into()
}

fn item_object(item: &Item) -> Value {
    let value = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
    let list = |names: &Vec<String>| (!names.is_empty()).then(|| names.clone());
    let mut object = Object::default();
    object.put("id", Some(item_id(item)));
    object.put("title", value(&item.title));
    object.put("link", item.link.as_deref());
    object.put("published", item.published.map(rfc3339));
    object.put("updated", item.updated.map(rfc3339));
    object.put("summary", value(&item.summary));
    object.put("content", value(&item.content));
    object.put("authors", list(&item.authors));
    object.put("categories", list(&item.categories));
    object.put("images", (!item.images.is_empty()).then(|| json!(item.images)));
    object.put("enclosures", (!item.enclosures.is_empty()).then(|| json!(item.enclosures)));
    object.put("language", item.language.as_deref());
    object.put("rights", item.rights.as_deref());
    object.0.into()
}

/// The publisher's id, else what names the item in its place: its link, else a hash of title and day.
fn item_id(item: &Item) -> String {
    let given = item.guid.clone().or_else(|| item.link.clone());
    given.unwrap_or_else(|| {
        let title = item.title.as_ref().map_or("", |title| title.value.as_str());
        let day = item.published.or(item.updated).map(|time| time.date_naive().to_string()).unwrap_or_default();
        Digest::of("item", [title.as_bytes(), day.as_bytes()]).to_string()
    })
}

fn report_object(report: &Report) -> Value {
    let mut object = Object::default();
    object.put("charset", Some(report.charset));
    object.put("charset_from", Some(report.charset_from.as_str()));
    for (note, count) in report.counts() {
        object.put(note.as_str(), Some(count));
    }
    object.0.into()
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A JSON object in which absent is absent.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    const RSS: &str = r#"<rss version="2.0"><channel><title>Le Journal</title><link>/home</link>
        <item><title>Un</title><link>/1</link><guid isPermaLink="false">g1</guid>
        <pubDate>Tue, 06 Sep 2022 10:30:00 +0200</pubDate><description>&lt;p&gt;Oui&lt;/p&gt;</description></item>
        <item><title>Deux</title><link>/2</link></item><item><title>Trois</title></item></channel></rss>"#;

    struct Web;

    impl Fetch for Web {
        async fn fetch(&self, url: &Url) -> Result<Fetched, String> {
            if url.path() == "/gone" {
                return Err("answered with status 410".to_owned());
            }
            let final_url = Url::parse("https://news.example/rss").unwrap();
            Ok(Fetched { bytes: Bytes::from_static(RSS.as_bytes()), content_type: None, final_url })
        }
    }

    async fn lines(sources: &[&str]) -> (Tally, Vec<Value>) {
        let parsers = Parsers::start(NonZeroUsize::MIN).unwrap();
        let sources: Vec<String> = sources.iter().map(ToString::to_string).collect();
        let mut out = Vec::new();
        let tally = run(&sources, &parsers, &Web, &mut out).await.unwrap();
        let lines = String::from_utf8(out).unwrap();
        (tally, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    #[tokio::test]
    async fn a_line_for_each_document_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.html");
        std::fs::write(&file, "<!DOCTYPE html><html></html>").unwrap();
        let sources = ["https://a.example/gone", "https://a.example/rss", file.to_str().unwrap(), "/no/such/file"];
        let (tally, lines) = lines(&sources).await;
        assert_eq!(tally, Tally { documents: 4, failed: 3 });
        assert_eq!(lines[0], json!({ "source": sources[0], "error": "answered with status 410" }));
        assert_eq!(lines[2], json!({ "source": sources[2], "error": "the document is a web page, not a feed" }));
        assert_eq!(lines[1]["format"], "rss2");
        assert_eq!(lines[1]["site"], "https://news.example/home");
        assert_eq!(lines[1]["report"], json!({ "charset": "UTF-8", "charset_from": "utf8" }));
        assert!(lines[3]["error"].as_str().unwrap().contains("could not read"));
    }

    #[tokio::test]
    async fn an_item_has_plain_values_and_an_id() {
        let (_, lines) = lines(&["https://a.example/rss"]).await;
        let items = &lines[0]["items"];
        let first = json!({
            "id": "g1", "title": "Un", "link": "https://news.example/1",
            "published": "2022-09-06T08:30:00Z", "summary": "<p>Oui</p>",
        });
        assert_eq!(items[0], first);
        assert_eq!(items[1]["id"], "https://news.example/2");
        assert_eq!(items[2]["id"].as_str().unwrap().len(), 32);
    }

    #[tokio::test]
    async fn files_are_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rss.xml");
        std::fs::write(&file, RSS).unwrap();
        let (_, lines) = lines(&[file.to_str().unwrap()]).await;
        // Without an address a relative link stays as it is.
        assert_eq!(lines[0]["items"][1]["link"], "/2");
    }
}
