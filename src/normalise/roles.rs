//! What a block is in its article, as far as its own look and place tell.
//!
//! The rules are static: the content hash rests on them. A block leaves the body only where it
//! cannot be a sentence of the story; whatever is uncertain stays a paragraph.

use super::{hash, words};
use crate::article::{Block, Role};

/// A cross-heading is a short line.
const HEADING_WORDS_MAX: u32 = 14;
/// A headline may be longer than a cross-heading.
const HEADLINE_WORDS_MAX: u32 = 25;
/// Fewer words are a section's name rather than a headline.
const HEADLINE_WORDS_MIN: u32 = 3;
/// Longer lines that name a photographer are story, not credit.
const CREDIT_WORDS_MAX: u32 = 14;
/// Longer blocks that end in a credit are story, not caption.
const CAPTION_WORDS_MAX: u32 = 60;
/// From this number of words on a block counts as running text even without a full stop.
const RUNNING_WORDS_MIN: u32 = 15;
/// The headline stands among the first blocks.
const HEADLINE_BLOCKS: usize = 3;

/// Names under which a credit gives a picture's maker, in lower case; a colon follows.
const PICTURE_LABELS: &[&str] = &[
    "photo",
    "photos",
    "photo credit",
    "photo by",
    "picture",
    "pictures",
    "image",
    "images",
    "credit",
    "credits",
    "image credit",
    "crédit",
    "crédits",
    "crédit photo",
    "crédits photo",
    "photographie",
    "foto",
    "fotos",
    "bild",
    "bilder",
    "bildnachweis",
    "crédito",
    "créditos",
    "fotografía",
    "fotografia",
    "imagen",
    "imagem",
    "immagine",
    "kuva",
    "kép",
    "fotó",
    "zdjęcie",
    "zdj",
    "zdroj foto",
    "fotoğraf",
    "фото",
    "снимка",
    "φωτογραφία",
    "צילום",
    "تصوير",
    "صورة",
    "عکس",
    "사진",
    "写真",
    "照片",
    "图片",
    "圖片",
    "ảnh",
    "ภาพ",
    "फोटो",
];

/// Openings of a line that names an editor; a name follows.
const EDITOR_OPENINGS: &[&str] =
    &["édité par ", "edité par ", "edited by ", "editing by ", "editado por ", "edición de ", "bearbeitet von "];

/// A block with its role, how sure that is, and why.
pub(super) fn block(role: Role, text: String, confidence: f32, reason: &str) -> Block {
    Block { role, text, language: None, confidence: Some(confidence), reason: Some(reason.to_owned()) }
}

/// Gives roles to paragraphs of any origin: the repeated headline, picture slugs, credits, captions.
pub(super) fn refine(blocks: &mut [Block], headline: Option<&str>) {
    let headline = headline.map(hash::canonical).filter(|headline| !headline.is_empty());
    for (index, block) in blocks.iter_mut().enumerate() {
        let repeats = index < HEADLINE_BLOCKS && headline.as_deref() == Some(&*hash::canonical(&block.text));
        let found = match block.role {
            Role::Paragraph | Role::Subheading if repeats => Some((Role::Headline, 0.9, "repeats the headline")),
            Role::Paragraph => by_look(&block.text),
            Role::Headline
            | Role::Standfirst
            | Role::Byline
            | Role::Dateline
            | Role::Subheading
            | Role::Quote
            | Role::Caption
            | Role::Credit
            | Role::ImageSlug
            | Role::List
            | Role::Embed
            | Role::RelatedLink
            | Role::PromoFooter
            | Role::Legal
            | Role::Share
            | Role::Unknown => None,
        };
        if let Some((role, confidence, reason)) = found {
            *block = self::block(role, std::mem::take(&mut block.text), confidence, reason);
        }
    }
}

/// Gives the cross-headings of a text without mark-up: short lines without an end between running text.
pub(super) fn mark_headings(blocks: &mut [Block]) {
    let running: Vec<bool> = blocks.iter().map(is_running).collect();
    for index in 1..blocks.len().saturating_sub(1) {
        // Captions and slugs may stand between a heading and the text it belongs to.
        let before = running.iter().take(index).any(|running| *running);
        let follows = running.get(index + 1).is_some_and(|running| *running);
        let Some(block) = blocks.get_mut(index) else { continue };
        if before && follows && block.role == Role::Paragraph && is_heading_like(&block.text, HEADING_WORDS_MAX) {
            *block = self::block(Role::Subheading, std::mem::take(&mut block.text), 0.6, "short line without an end");
        }
    }
}

/// The headline of a text that came without one: the first line without an end among the first blocks.
pub(super) fn find_headline(blocks: &mut [Block]) -> Option<String> {
    let running: Vec<bool> = blocks.iter().map(is_running).collect();
    let mut candidates = blocks.iter_mut().enumerate().filter(|(_, block)| block.role == Role::Paragraph);
    let (index, block) = candidates.by_ref().take(HEADLINE_BLOCKS).find(|(_, block)| {
        words::count(&block.text) >= HEADLINE_WORDS_MIN && is_heading_like(&block.text, HEADLINE_WORDS_MAX)
    })?;
    if !running.iter().skip(index + 1).any(|running| *running) {
        return None;
    }
    let headline = block.text.clone();
    *block = self::block(Role::Headline, headline.clone(), 0.6, "first line without an end");
    Some(headline)
}

/// Marks the block that is the headline, wherever it stands: its own element said so.
pub(super) fn mark_headline(blocks: &mut [Block], headline: Option<&str>) {
    let Some(headline) = headline.map(hash::canonical) else { return };
    let mut headings = blocks.iter_mut().filter(|block| matches!(block.role, Role::Subheading | Role::Headline));
    if let Some(block) = headings.find(|block| hash::canonical(&block.text) == headline) {
        *block = self::block(Role::Headline, std::mem::take(&mut block.text), 0.9, "first main heading");
    }
}

fn by_look(text: &str) -> Option<(Role, f32, &'static str)> {
    if is_picture_file(text) {
        Some((Role::ImageSlug, 0.9, "file name of a picture"))
    } else if is_slug(text) {
        Some((Role::ImageSlug, 0.8, "one hyphenated token in lower case"))
    } else if is_credit(text) {
        Some((Role::Credit, 0.8, "label of a credit"))
    } else if is_captioned(text) {
        Some((Role::Caption, 0.7, "ends in the credit of a picture"))
    } else {
        None
    }
}

/// `corea-norte`, `foto_2`: words of a file name, never of a sentence.
fn is_slug(text: &str) -> bool {
    let words: Vec<&str> = text.split(['-', '_']).collect();
    let lower = |c: char| c.is_alphanumeric() && !c.is_uppercase();
    words.len() > 1
        && text.chars().count() <= 80
        && text.chars().any(char::is_alphabetic)
        && words.iter().all(|word| !word.is_empty() && word.chars().all(lower))
}

fn is_picture_file(text: &str) -> bool {
    const ENDINGS: &[&str] = &[".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"];
    let lower = text.to_lowercase();
    !text.contains(char::is_whitespace) && !text.contains("//") && ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// "Photo: A. Name / Agency", "© Agency", "Edited by A. Name": short, one line, and no sentence.
fn is_credit(text: &str) -> bool {
    if words::count(text) > CREDIT_WORDS_MAX || text.contains('\n') || ends_sentence(text) {
        return false;
    }
    let bare = text.trim_start_matches(['(', '[', '*', '|']).trim_start();
    starts_with_credit(bare) || is_editor_line(bare)
}

fn starts_with_credit(text: &str) -> bool {
    if text.starts_with('©') {
        return true;
    }
    let Some((label, name)) = text.split_once([':', '：', '=']) else { return false };
    !name.trim().is_empty() && PICTURE_LABELS.contains(&label.trim().to_lowercase().as_str())
}

fn is_editor_line(text: &str) -> bool {
    let lower = text.to_lowercase();
    let named = EDITOR_OPENINGS.iter().find_map(|opening| lower.strip_prefix(opening));
    named.is_some_and(|name| words::count(name) <= 5 && !name.contains([',', ';', ':']))
}

/// A caption that carries its credit: "… at the port. (Photo: A. Name)", "… at the port © Agency".
fn is_captioned(text: &str) -> bool {
    if words::count(text) > CAPTION_WORDS_MAX || text.contains('\n') {
        return false;
    }
    let in_brackets = || {
        let (_, last) = text.strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
        Some(starts_with_credit(last.trim()))
    };
    let after_sign = || {
        let (words_before, holder) = text.rsplit_once('©')?;
        let short = words::count(holder) <= 6 && !holder.trim().is_empty();
        Some(!words_before.trim().is_empty() && short && !ends_sentence(holder))
    };
    in_brackets() == Some(true) || after_sign() == Some(true)
}

fn is_running(block: &Block) -> bool {
    let text = &block.text;
    block.role == Role::Paragraph && (ends_sentence(text) || words::count(text) >= RUNNING_WORDS_MIN)
}

fn is_heading_like(text: &str, words_max: u32) -> bool {
    let count = words::count(text);
    // Where each character counts as a word, a heading has more of them.
    let words_max = if text.chars().any(words::is_unspaced) { words_max * 2 } else { words_max };
    (1..=words_max).contains(&count) && !text.contains('\n') && !ends_sentence(text)
}

/// Whether a text ends as sentences and their introductions do, quotes and brackets aside.
fn ends_sentence(text: &str) -> bool {
    let closers = ['"', '\'', '”', '’', '“', '»', '«', '›', ')', ']', '」', '』', '）', '】'];
    let bare = text.trim_end_matches(|c: char| c.is_whitespace() || closers.contains(&c));
    bare.ends_with([
        '.', '!', '?', '…', ':', ';', ',', '。', '！', '？', '：', '；', '，', '、', '．', '؟', '۔', '،', '؛',
    ]) || bare.ends_with(['।', '॥', '։', '።', '።', '။', '។', '·'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Role) {
        let mut blocks = [block(Role::Paragraph, text.to_owned(), 0.5, "test")];
        refine(&mut blocks, Some("A headline of ours"));
        assert_eq!(blocks[0].role, expected, "{text}");
        assert_eq!(blocks[0].text, text);
    }

    #[test]
    fn knows_slugs_and_picture_files() {
        check("corea-norte", Role::ImageSlug);
        check("puerto_grua-2", Role::ImageSlug);
        check("пожар-склад", Role::ImageSlug);
        check("IMG_2031.JPG", Role::ImageSlug);
        check("Jean-Marie", Role::Paragraph);
        check("peut-être demain", Role::Paragraph);
        check("peut-être.", Role::Paragraph);
        check("2022-09-06", Role::Paragraph);
        check("https://a.example/b.jpg", Role::Paragraph);
    }

    #[test]
    fn knows_credits() {
        check("Photo : Anne Exemple / Agence", Role::Credit);
        check("(Foto: A. Beispiel)", Role::Credit);
        check("写真：山田", Role::Credit);
        check("© Agence Exemple", Role::Credit);
        check("Édité par Anne Exemple", Role::Credit);
        check("Photo: the picture showed two men who had never met before that day.", Role::Paragraph);
        check("Edited by Anne, the review soon sold out", Role::Paragraph);
        check("Pictures taken: none", Role::Paragraph);
    }

    #[test]
    fn knows_captions_by_their_credit() {
        check("La grue au port, lundi. (Photo: A. Exemple)", Role::Caption);
        check("The crane on Monday © Example Agency", Role::Caption);
        check("The crane (built in 1911) will move.", Role::Paragraph);
    }

    #[test]
    fn knows_the_repeated_headline_only_near_the_top() {
        check("A HEADLINE, of ours", Role::Headline);
        let line = |text: &str| block(Role::Paragraph, text.to_owned(), 0.5, "test");
        let mut blocks = [line("One."), line("Two."), line("Three."), line("A headline of ours")];
        refine(&mut blocks, Some("A headline of ours"));
        assert_eq!(blocks[3].role, Role::Paragraph);
    }
}
