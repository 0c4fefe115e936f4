//! HTML fragment → blocks in order.
//!
//! Only the tokenizer of an HTML5 parser is used, with block rules of ours on top: no tree, no
//! recursion, so depth is a counter and the time grows with the length alone.

mod blocks;
mod media;
mod tags;

use std::cell::{Cell, RefCell};

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use url::Url;

use self::blocks::Builder;
pub(super) use self::blocks::add_image;
use super::fold;
use crate::article::{Block, Image};

/// The tokenizer is fed in pieces of this many bytes, so that a tag without end is noticed.
const PIECE_BYTES: usize = 2048;

/// The tokenizer compares each attribute of a tag with all before it; a tag that may have more is ended.
const ATTRIBUTES_MAX: usize = 512;

/// What a fragment or document holds.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// All visible text in order.
    pub(super) blocks: Vec<Block>,
    /// The pictures, each address once.
    pub(super) images: Vec<Image>,
    /// The text of `<title>`.
    pub(super) title: Option<String>,
    /// The text of the first `<h1>`.
    pub(super) first_heading: Option<String>,
}

/// Reads a fragment or document; picture addresses are resolved against `base`.
pub(super) fn read(html: &str, base: Option<&Url>) -> Reading {
    // Feeds wrap twice: to HTML a CDATA section is a comment, and its text would be lost.
    if html.contains("<![CDATA[") {
        return tokenize(&html.replace("<![CDATA[", "").replace("]]>", ""), base);
    }
    tokenize(html, base)
}

/// The visible text of mark-up on one line.
pub(super) fn one_line(html: &str) -> String {
    let reading = read(html, None);
    let texts: Vec<String> = reading.blocks.into_iter().map(|block| block.text).collect();
    fold::one_line(&texts.join(" "))
}

/// Whether a text that claims to be plain is mark-up after all: feeds often say nothing or the wrong thing.
pub(super) fn looks_like_html(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "</p>",
        "</a>",
        "</div>",
        "</b>",
        "</i>",
        "</em>",
        "</strong>",
        "</span>",
        "</li>",
        "</ul>",
        "</h2>",
        "</h3>",
        "</blockquote>",
        "</td>",
        "</figure>",
        "<br>",
        "<br/>",
        "<br />",
        "<p>",
        "<p ",
        "<img ",
        "<hr",
    ];
    text.contains('<') && {
        let lower = text.to_ascii_lowercase();
        SIGNS.iter().any(|sign| lower.contains(sign))
    }
}

fn tokenize(html: &str, base: Option<&Url>) -> Reading {
    let sink = Sink { builder: RefCell::new(Builder::new(base.cloned())), tokens: Cell::new(0) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let mut rest = html;
    let mut attributes = 0;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at_checked(rest.floor_char_boundary(PIECE_BYTES)).unwrap_or((rest, ""));
        let silent = feed(&tokenizer, piece);
        attributes = if silent { attributes + attributes_at_most(piece) } else { 0 };
        rest = after;
        if attributes > ATTRIBUTES_MAX {
            attributes = 0;
            let in_tag = !feed(&tokenizer, "\"'>");
            if in_tag {
                rest = after.split_once('>').map_or("", |(_, after)| after);
            }
        }
    }
    tokenizer.end();
    tokenizer.sink.builder.into_inner().finish()
}

/// Feeds a piece; whether no token came of it, as within a long tag or comment.
fn feed(tokenizer: &Tokenizer<Sink>, piece: &str) -> bool {
    let before = tokenizer.sink.tokens.get();
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(piece));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.sink.tokens.get() == before
}

/// What can stand before an attribute: each costs one of these bytes.
fn attributes_at_most(piece: &str) -> usize {
    piece.bytes().filter(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C | b'/' | b'"' | b'\'')).count()
}

/// Hands tokens to the builder of blocks.
struct Sink {
    builder: RefCell<Builder>,
    /// Tokens that came so far, without complaints.
    tokens: Cell<usize>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get().wrapping_add(1));
        let mut builder = self.builder.borrow_mut();
        match token {
            Token::CharacterTokens(text) => builder.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                builder.open(&tag);
                return after_start(&tag);
            }
            Token::TagToken(tag) => builder.close(&tag.name),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

/// Scripts and styles hold text that only looks like tags. As XHTML they may be closed at once.
fn after_start(tag: &Tag) -> TokenSinkResult<()> {
    match &*tag.name {
        "script" if !tag.self_closing => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" if !tag.self_closing => TokenSinkResult::RawData(RawKind::Rawtext),
        _ => TokenSinkResult::Continue,
    }
}

#[cfg(test)]
mod tests;
