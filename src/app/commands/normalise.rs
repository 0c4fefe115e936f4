//! `depeche normalise`: one text, fragment or item to an article; or many, a JSON line each.

mod item;

use std::io::{BufRead, BufReader, Read, Write, stdin};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::article::{Article, Item};
use crate::enrich;
use crate::event::NormalisedArticle;
use crate::normalise::{self, Context};

/// A longer document is refused: no article is this long.
const INPUT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Turn a text, an HTML fragment or a feed item into an article, as JSON.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// File to read; `-` or nothing reads standard input
    pub file: Option<PathBuf>,
    /// What the input is
    #[arg(long, value_enum, required_unless_present = "batch", conflicts_with = "batch")]
    pub format: Option<Format>,
    /// Address of the article: for its links, and for addresses relative to it
    #[arg(long)]
    pub url: Option<String>,
    /// Read JSON lines {"id","text"|"html"|"item","url"}, write one line for each, in order
    #[arg(long)]
    pub batch: bool,
}

/// What the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text without mark-up, as copied from a page
    Text,
    /// An HTML fragment or document
    Html,
    /// A feed item as JSON, as `depeche parse` writes it
    Item,
}

/// One line of a batch: exactly one of `text`, `html` and `item`.
#[derive(Debug, Deserialize)]
struct Line {
    text: Option<String>,
    html: Option<String>,
    item: Option<Value>,
    url: Option<String>,
}

impl Options {
    /// Opens the file, or standard input.
    pub fn open(&self) -> Result<Box<dyn BufRead>> {
        match &self.file {
            Some(path) if path.as_os_str() != "-" => {
                let file = std::fs::File::open(path).with_context(|| format!("could not open `{}`", path.display()))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Some(_) | None => Ok(Box::new(BufReader::new(stdin()))),
        }
    }
}

/// Reads one input, or a batch of lines, and writes an article for each as a line of JSON.
pub fn run(input: &mut dyn BufRead, out: &mut dyn Write, options: &Options) -> Result<()> {
    if options.batch {
        return run_batch(input, out, options.url.as_deref());
    }
    let Some(format) = options.format else { bail!("`--format` is needed: text, html or item") };
    let source = read_all(input)?;
    let url = options.url.as_deref();
    let article = match format {
        Format::Text => of_text(&source, url),
        Format::Html => of_html(&source, url),
        Format::Item => {
            let value = serde_json::from_str(&source).context("the input is no JSON")?;
            of_item(item::read(value).context("the input is no item")?, url)
        }
    };
    serde_json::to_writer(&mut *out, &NormalisedArticle::of(&article))?;
    writeln!(out)?;
    Ok(())
}

fn run_batch(input: &mut dyn BufRead, out: &mut dyn Write, url: Option<&str>) -> Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        serde_json::to_writer(&mut *out, &answer(&line, url))?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(())
}

/// The answer to one line of a batch. The article's keys stand beside the id.
#[derive(Debug, Default, Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    #[serde(flatten)]
    article: Option<NormalisedArticle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The line's article under its id; a bad line answers with its fault, and the batch goes on.
fn answer(line: &[u8], url: Option<&str>) -> Answer {
    let mut parsed: Value = match serde_json::from_slice(line) {
        Ok(parsed) => parsed,
        Err(error) => return Answer { error: Some(format!("the line is no JSON: {error}")), ..Answer::default() },
    };
    let id = parsed.get_mut("id").map(Value::take);
    match article_of(parsed, url) {
        Ok(article) => Answer { id, article: Some(NormalisedArticle::of(&article)), error: None },
        Err(error) => Answer { id, article: None, error: Some(format!("{error:#}")) },
    }
}

fn article_of(line: Value, url: Option<&str>) -> Result<Article> {
    let line: Line = serde_json::from_value(line).context("the line does not fit")?;
    let url = line.url.as_deref().or(url);
    match (line.text, line.html, line.item) {
        (Some(text), None, None) => Ok(of_text(&text, url)),
        (None, Some(html), None) => Ok(of_html(&html, url)),
        (None, None, Some(item)) => Ok(of_item(item::read(item).context("the line's item does not fit")?, url)),
        _ => bail!("the line needs exactly one of `text`, `html` and `item`"),
    }
}

fn of_text(text: &str, url: Option<&str>) -> Article {
    enriched(normalise::text(text, url), &Context::default())
}

fn of_html(html: &str, url: Option<&str>) -> Article {
    enriched(normalise::html(html, url), &Context::default())
}

fn of_item(mut item: Item, url: Option<&str>) -> Article {
    if item.link.is_none() {
        item.link = url.map(str::to_owned);
    }
    let context = Context::default();
    enriched(normalise::item(&item, &context), &context)
}

fn enriched(mut article: Article, context: &Context<'_>) -> Article {
    enrich::enrich(&mut article, context);
    article
}

fn read_all(input: &mut dyn BufRead) -> Result<String> {
    let mut bytes = Vec::new();
    input.take(INPUT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > INPUT_BYTES_MAX {
        bail!("the input is longer than {INPUT_BYTES_MAX} bytes");
    }
    // Single bytes that are no UTF-8 must not cost the rest of the text.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options(format: Option<Format>) -> Options {
        Options { file: None, format, url: Some("http://a.example/x?utm_source=y".to_owned()), batch: format.is_none() }
    }

    fn output(input: &str, format: Option<Format>) -> String {
        let mut out = Vec::new();
        run(&mut input.as_bytes(), &mut out, &options(format)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_article_has_the_keys_of_the_event() {
        let out = output(
            "<h1>Crane moves</h1><p>The old crane at the port will move, and the mayor is glad that it will be in a park by the sea in May.",
            Some(Format::Html),
        );
        let article: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(article["headline"], "Crane moves");
        assert_eq!(article["language"], "en");
        assert_eq!(article["links"]["canonical"], "https://a.example/x");
        assert_eq!(article["normaliser"], normalise::VERSION);
        let at = |key: &str| out.find(key).unwrap();
        assert!(at("\"headline\"") < at("\"body\"") && at("\"body\"") < at("\"blocks\""));
        assert!(!out.contains("null") && !out.contains("\"authors\""));
    }

    #[test]
    fn an_item_keeps_its_facts() {
        let item = r#"{"guid":"7","title":{"kind":"plain","value":"A &amp; B"},"link":"https://b.example/7","published":"2024-05-01T10:00:00Z"}"#;
        let article: Value = serde_json::from_str(&output(item, Some(Format::Item))).unwrap();
        assert_eq!(article["headline"], "A & B");
        assert_eq!(article["guid"], "7");
        assert_eq!(article["published"], "2024-05-01T10:00:00Z");
        assert_eq!(article["provenance"]["published"]["source"], "item.published");
        assert!(run(&mut "{".as_bytes(), &mut Vec::new(), &options(Some(Format::Item))).is_err());
    }

    #[test]
    fn a_batch_answers_each_line_in_order() {
        let lines = "{\"id\":1,\"text\":\"One.\"}\n\n{\"id\":\"b\",\"html\":\"<p>Two\"}\nnonsense\n{\"id\":4}\n[1]\n\
                     {\"id\":6,\"text\":7}\n{\"id\":7,\"text\":\"a\",\"html\":\"b\"}\n{\"id\":8,\"item\":{}}";
        let answers: Vec<Value> = output(lines, None).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
        assert_eq!(
            ids,
            [&json!(1), &json!("b"), &Value::Null, &json!(4), &Value::Null, &json!(6), &json!(7), &json!(8)]
        );
        assert_eq!(answers[0]["body"], "One.");
        assert_eq!(answers[1]["body"], "Two");
        for wrong in [2, 3, 4, 5, 6] {
            assert!(answers[wrong]["error"].is_string() && answers[wrong].get("body").is_none(), "{}", answers[wrong]);
        }
        assert!(answers[7].get("error").is_none());
    }
}
