//! Which of an item's texts is the story, and what the other one adds.

use url::Url;

use super::html::{self, Reading, add_image};
use super::{fold, hash, plain, roles, words};
use crate::article::{Block, Image, Item, Role, Text, TextKind};

/// A longer text beside the story is no standfirst.
const STANDFIRST_WORDS_MAX: u32 = 120;
/// What follows the mark where a summary was cut: "Continue reading …".
const READ_MORE_WORDS_MAX: u32 = 25;

/// The text of an item.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) blocks: Vec<Block>,
    pub(super) images: Vec<Image>,
    pub(super) standfirst: Option<String>,
    /// The field that gave the body.
    pub(super) from: Option<&'static str>,
}

/// A text as one line without mark-up; none if nothing is left.
pub(super) fn line(text: &Text) -> Option<String> {
    let line = match kind(text) {
        TextKind::Html => html::one_line(&text.value),
        TextKind::Plain => fold::one_line(&html_escape::decode_html_entities(&text.value)),
    };
    // Some feeds escape twice: what is left after one round still reads `&amp;`.
    let line = if line.contains('&') { fold::one_line(&html_escape::decode_html_entities(&line)) } else { line };
    (!line.is_empty()).then_some(line)
}

/// The longer of content and summary is the story. Of the other, what the story does not hold is
/// kept too: as the standfirst, if it is the summary and short.
pub(super) fn choose(item: &Item, headline: Option<&str>, base: Option<&Url>) -> Chosen {
    let [content, summary] = [&item.content, &item.summary].map(|text| {
        let read = text.as_ref().map(|text| read(text, base)).unwrap_or_default();
        let canonical = hash::canonical(&joined(&read.blocks));
        (read, canonical)
    });
    let summary_is_story = summary.1.len() > content.1.len();
    let (story, other) = if summary_is_story { (summary, content) } else { (content, summary) };
    let (Reading { mut blocks, mut images, .. }, held) = story;
    let held = format!("{} {held}", hash::canonical(headline.unwrap_or_default()));
    let from = (!blocks.is_empty()).then_some(if summary_is_story { "item.summary" } else { "item.content" });

    let mut added: Vec<Block> = other.0.blocks;
    added.retain(|block| block.role != Role::Embed && !is_held(&block.text, &held));
    other.0.images.into_iter().for_each(|image| add_image(&mut images, image));
    let mut standfirst = None;
    if summary_is_story {
        blocks.append(&mut added);
    } else {
        standfirst = mark_standfirst(&mut added);
        added.append(&mut blocks);
        blocks = added;
    }
    Chosen { blocks, images, standfirst, from }
}

/// The pictures that the item names, then those within its text, each once.
pub(super) fn images(named: &[Image], within: Vec<Image>) -> Vec<Image> {
    let mut images = Vec::new();
    for image in named.iter().cloned().chain(within) {
        let says = |text: Option<String>| text.map(|text| fold::one_line(&text)).filter(|text| !text.is_empty());
        add_image(&mut images, Image { url: image.url, caption: says(image.caption), credit: says(image.credit) });
    }
    images
}

fn kind(text: &Text) -> TextKind {
    if html::looks_like_html(&text.value) { TextKind::Html } else { text.kind }
}

fn read(text: &Text, base: Option<&Url>) -> Reading {
    match kind(text) {
        TextKind::Html => html::read(&text.value, base),
        TextKind::Plain => {
            let mut blocks = plain::read(&html_escape::decode_html_entities(&text.value));
            roles::mark_headings(&mut blocks);
            Reading { blocks, ..Reading::default() }
        }
    }
}

fn joined(blocks: &[Block]) -> String {
    blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Whether the story holds a text, or holds what a cut text shows before its "[…]".
fn is_held(text: &str, held: &str) -> bool {
    if held.contains(&hash::canonical(text)) {
        return true;
    }
    let cut = ["[…]", "[...]", "…", "..."].iter().find_map(|mark| text.rsplit_once(mark));
    cut.is_some_and(|(shown, more)| {
        let shown = hash::canonical(shown);
        !shown.is_empty() && held.contains(&shown) && words::count(more) <= READ_MORE_WORDS_MAX
    })
}

fn mark_standfirst(blocks: &mut [Block]) -> Option<String> {
    let texts: Vec<&str> =
        blocks.iter().filter(|block| block.role.is_body()).map(|block| block.text.as_str()).collect();
    let standfirst = fold::one_line(&texts.join(" "));
    if standfirst.is_empty() || words::count(&standfirst) > STANDFIRST_WORDS_MAX {
        return None;
    }
    for block in blocks.iter_mut().filter(|block| block.role.is_body()) {
        *block = roles::block(Role::Standfirst, std::mem::take(&mut block.text), 0.8, "summary beside the story");
    }
    Some(standfirst)
}
