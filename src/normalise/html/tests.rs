//! HTML fragments and the blocks they give.

use proptest::prelude::*;

use super::*;
use crate::article::Role;

fn blocks(html: &str) -> Vec<(Role, String)> {
    read(html, None).blocks.into_iter().map(|block| (block.role, block.text)).collect()
}

#[track_caller]
fn check(html: &str, expected: &[(Role, &str)]) {
    let expected: Vec<(Role, String)> = expected.iter().map(|(role, text)| (*role, (*text).to_owned())).collect();
    assert_eq!(blocks(html), expected, "{html}");
}

use Role::{Caption, Embed, List, Paragraph, Quote, Subheading};

#[test]
fn blocks_part_and_inline_elements_join() {
    check("", &[]);
    check("just words", &[(Paragraph, "just words")]);
    check("<p>One <b>bo</b>ld&nbsp;word.</p><p>Two.", &[(Paragraph, "One bold word."), (Paragraph, "Two.")]);
    check("<div>One<div>Two</div>Three</div>", &[(Paragraph, "One"), (Paragraph, "Two"), (Paragraph, "Three")]);
    check("a<br>b<br><br/>c", &[(Paragraph, "a\nb"), (Paragraph, "c")]);
    check("<p>a &amp; b &lt;c&gt; &eacute;&#8217;&hellip;</p>", &[(Paragraph, "a & b <c> é’…")]);
    check("He said <q>yes</q>.", &[(Paragraph, "He said “yes”.")]);
    check("<pre>\n one\n  two\n</pre>", &[(Paragraph, "one\n  two")]);
    check("x<hr>y</p>z", &[(Paragraph, "x"), (Paragraph, "y"), (Paragraph, "z")]);
}

#[test]
fn elements_give_roles() {
    check("<h2>Head</h2>Text.", &[(Subheading, "Head"), (Paragraph, "Text.")]);
    check("<blockquote><p>One.<p>Two.</blockquote>End.", &[(Quote, "One."), (Quote, "Two."), (Paragraph, "End.")]);
    check("<ul><li>a<li><p>b</p><ol><li>c</li></ol></ul>End.", &[(List, "a\nb\nc"), (Paragraph, "End.")]);
    check("<ul><li>a</li><p>Story.</p>", &[(List, "a"), (Paragraph, "Story.")]);
    check("<table><tr><td>a<td>b</tr><tr><th>c</tr></table>", &[(Paragraph, "a | b"), (Paragraph, "c")]);
    check("<p class='x wp-caption-text'>Cap</p><p>Story.</p>", &[(Caption, "Cap"), (Paragraph, "Story.")]);
    check("<blockquote class=twitter-tweet><p>Post.</p></blockquote>End.", &[(Embed, "Post."), (Paragraph, "End.")]);
}

#[test]
fn what_is_not_for_readers_is_dropped() {
    check("a<script>if (a<b) document.write('<p>no</p>')</script>b", &[(Paragraph, "ab")]);
    check("<style>p { }</style>a<template>no<template>no</template></template>b<!-- no -->", &[(Paragraph, "ab")]);
    check("<script src='x'/>Story.", &[(Paragraph, "Story.")]);
    check("<svg><title>no</title><text>no</text></svg>Story.", &[(Paragraph, "Story.")]);
    check("<noscript>With.</noscript><textarea>Box &amp;.</textarea>", &[(Paragraph, "With."), (Paragraph, "Box &.")]);
    check("<![CDATA[<p>Inner text.</p>]]>", &[(Paragraph, "Inner text.")]);
}

#[test]
fn elements_without_end_swallow_no_story() {
    check("<title>Head<p>Story.", &[(Paragraph, "Story.")]);
    check("<title>Head and story.", &[(Paragraph, "Head and story.")]);
    check("<figure><figcaption>Cap<p>Story.", &[(Paragraph, "Cap"), (Paragraph, "Story.")]);
    check("<blockquote class=instagram-media>Post<p>Story.", &[(Quote, "Post"), (Quote, "Story.")]);
    check("</ul></li></blockquote></figure></pre></svg>Story.", &[(Paragraph, "Story.")]);
}

#[test]
fn frames_and_players_leave_their_address() {
    check(
        "a<iframe src='//v.example/1'></iframe>b",
        &[(Paragraph, "a"), (Embed, "https://v.example/1"), (Paragraph, "b")],
    );
    check(
        "<video><source src='https://v.example/a.mp4'><source src='https://v.example/a.webm'>Old browser.</video>",
        &[(Embed, "https://v.example/a.mp4"), (Paragraph, "Old browser.")],
    );
    check("<iframe src='/relative'></iframe><iframe width=1 src='https://t.example'></iframe>", &[]);
}

#[test]
fn pictures_are_collected_once_with_their_words() {
    let base = Url::parse("https://a.example/news/1").unwrap();
    let html =
        "<img src='/a.jpg' alt=' The  crane '><img src='/a.jpg'><img src='data:image/png;base64,AA' data-src='b.jpg'>
        <img srcset='https://c.example/c.jpg 1x, d.jpg 2x'><img src='t.gif' width=1 height=1><img src='mailto:x'>
        <figure><img src='e.jpg' alt='crane'><figcaption>At <b>sea</b>.</figcaption></figure>";
    let images = read(html, Some(&base)).images;
    let found: Vec<(&str, Option<&str>)> =
        images.iter().map(|image| (image.url.as_str(), image.caption.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("https://a.example/a.jpg", Some("The crane")),
            ("https://a.example/news/b.jpg", None),
            ("https://c.example/c.jpg", None),
            ("https://a.example/news/e.jpg", Some("At sea.")),
        ]
    );
}

#[test]
fn title_and_first_heading_are_told_apart() {
    let read = read("<head><title>T &amp; T</title></head><body><h1>H <i>1</i></h1><h1>Other</h1>", None);
    assert_eq!((read.title.as_deref(), read.first_heading.as_deref()), (Some("T & T"), Some("H 1")));
}

#[test]
fn hostile_documents_end() {
    let deep = format!("{}story", "<div>".repeat(100_000));
    assert_eq!(blocks(&deep), [(Paragraph, "story".to_owned())]);
    let lists = format!("{}story", "<ul><li>".repeat(50_000));
    assert_eq!(blocks(&lists), [(List, "story".to_owned())]);
    let open = "<".repeat(1_000_000);
    assert_eq!(blocks(&open), [(Paragraph, open.clone())]);
    let unclosed = "<a ".repeat(100_000);
    assert_eq!(blocks(&unclosed), []);
    // Each attribute is compared with all before it, so a tag of a million of them must be cut.
    let names: String = (0..200_000).map(|at| format!(" a{at}=''")).collect();
    assert_eq!(
        blocks(&format!("One.<p{names}>Two.")),
        [(Paragraph, "One.".to_owned()), (Paragraph, "Two.".to_owned())]
    );
    let comment = format!("One.<!-- {} -->Two.", "a b ".repeat(50_000));
    assert_eq!(blocks(&comment), [(Paragraph, "One.Two.".to_owned())]);
    let picture = format!("One.<img alt='x' src='data:image/png;base64,{}'>Two.", "ab/c+d".repeat(50_000));
    assert_eq!(blocks(&picture), [(Paragraph, "One.Two.".to_owned())]);
}

/// Wraps known words in mark-up of all kinds, closed, crossed or left open.
fn marked_up() -> impl Strategy<Value = (Vec<String>, String)> {
    let tag = prop::sample::select(vec![
        "p",
        "div",
        "b",
        "a",
        "ul",
        "li",
        "ol",
        "blockquote",
        "h2",
        "figcaption",
        "figure",
        "td",
        "tr",
        "table",
        "pre",
        "span",
        "br",
        "dl",
        "dt",
        "noscript",
        "textarea",
        "q",
        "blockquote class='twitter-tweet'",
        "p class='wp-caption-text'",
        "article",
        "unknown",
        "object",
        "video",
        "iframe",
    ]);
    let word = "[a-zà-öа-я]{1,8}";
    let part = (tag, word, 0..4_u8).prop_map(|(tag, word, how)| {
        let name = tag.split(' ').next().unwrap_or(tag);
        let html = match how {
            0 => format!("<{tag}> {word} </{name}>"),
            1 => format!("<{tag}> {word} "),
            2 => format!(" {word} </{name}>"),
            _ => format!(" <i>{word}</i> "),
        };
        (word, html)
    });
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.into_iter().unzip())
}

proptest! {
    #[test]
    fn no_visible_word_is_lost((words, html) in marked_up()) {
        let blocks = read(&html, None).blocks;
        let kept: Vec<String> = blocks.iter().flat_map(|block| words_of(&block.text)).collect();
        prop_assert_eq!(kept, words);
    }

    #[test]
    fn never_panics(html in "(<[a-z!/]{0,10}[ ='\"a-z]{0,8}>?|\\PC|&[a-z#0-9]{0,5};?|\\s){0,40}") {
        for block in read(&html, None).blocks {
            prop_assert!(!block.text.trim().is_empty());
        }
    }
}

fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
