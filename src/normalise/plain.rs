//! Flattened text → blocks: blank lines, else line ends, part them.

use super::fold::one_line;
use super::roles;
use crate::article::{Block, Role};

/// Lines up to this length may be wrapped by a mail program or terminal.
const WRAPPED_CHARS_MAX: usize = 100;
/// Shorter lines are lines of their own.
const WRAPPED_CHARS_MIN: usize = 45;

/// The blocks of a text, all of them paragraphs or lists so far.
pub(super) fn read(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{C}']).collect();
    lines.split(|line| one_line(line).is_empty()).flat_map(group).collect()
}

/// Lines without a blank one between them: one wrapped paragraph, a list, or a paragraph each.
fn group(lines: &[&str]) -> Vec<Block> {
    let lines: Vec<String> = lines.iter().map(|line| one_line(line)).collect();
    if is_wrapped(&lines) {
        return vec![roles::block(Role::Paragraph, lines.join(" "), 0.6, "wrapped lines")];
    }
    let mut blocks: Vec<Block> = Vec::new();
    for line in lines {
        match (bullet(&line), blocks.last_mut()) {
            (Some(item), Some(list)) if list.role == Role::List => {
                list.text.push('\n');
                list.text.push_str(item);
            }
            (Some(item), _) => blocks.push(roles::block(Role::List, item.to_owned(), 0.8, "bullet")),
            (None, _) => blocks.push(roles::block(Role::Paragraph, line, 0.5, "line of text")),
        }
    }
    blocks
}

/// The words behind a bullet. Dashes are left alone: in many languages they open speech.
fn bullet(line: &str) -> Option<&str> {
    let item = line.strip_prefix(['•', '‣', '▪', '●', '◦', '*'])?.strip_prefix(' ')?;
    (!item.trim().is_empty()).then(|| item.trim())
}

/// Whether lines were broken by width: all but the last nearly equally long, and few end a sentence.
fn is_wrapped(lines: &[String]) -> bool {
    let Some((_, full)) = lines.split_last() else { return false };
    if full.is_empty() || lines.iter().any(|line| bullet(line).is_some()) {
        return false;
    }
    let ends = full.iter().filter(|line| line.ends_with(['.', '!', '?', '…', '"', '”', '»', ':'])).count();
    let wide = |line: &String| (WRAPPED_CHARS_MIN..=WRAPPED_CHARS_MAX).contains(&line.chars().count());
    full.iter().all(wide)
        && ends * 2 <= full.len()
        && lines.iter().all(|line| line.chars().count() <= WRAPPED_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let blocks = read(text);
        let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn blank_lines_and_line_ends_part_blocks() {
        check("", &[]);
        check(" \n\u{A0}\n", &[]);
        check("One.\n\nTwo.", &["One.", "Two."]);
        check("One.\r\nTwo.\r\n", &["One.", "Two."]);
        check("A   b\tc.\n \u{200B} \nTwo.", &["A b c.", "Two."]);
    }

    #[test]
    fn wrapped_lines_are_one_paragraph() {
        let text = "The old crane at the harbour will be moved this spring, the\nmayor said on Monday, \
                    after years of talks with the owners of\nthe site and the people who live there.";
        check(text, &[&text.replace('\n', " ")]);
    }

    #[test]
    fn bullets_make_a_list_and_dashes_speech() {
        check("• one\n• two\nThree.", &["one\ntwo", "Three."]);
        check("– Bonjour.\n– Bonsoir.", &["– Bonjour.", "– Bonsoir."]);
    }

    proptest! {
        #[test]
        fn loses_no_character_but_space_and_bullets(text in "(?s)[a-zA-Z .\n\r\t•é—-]{0,200}") {
            let visible = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let blocks = read(&text);
            let kept: String = blocks.iter().map(|block| block.text.as_str()).collect();
            prop_assert_eq!(visible(&kept), visible(&text));
            prop_assert!(blocks.iter().all(|block| !block.text.trim().is_empty()));
        }
    }
}
