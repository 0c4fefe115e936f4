//! How many columns of a terminal a text takes, and how to fit it into some.

use unicode_normalization::char::is_combining_mark;

/// What a text that is cut ends with.
const CUT: char = '…';

/// The columns that a text takes.
pub(in crate::app) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// The text cut to at most so many columns.
pub(super) fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(width(CUT));
    let mut kept: String = text
        .chars()
        .take_while(|letter| {
            let fits = width(*letter) <= left;
            left = left.saturating_sub(width(*letter));
            fits
        })
        .collect();
    if most > 0 {
        kept.push(CUT);
    }
    kept
}

/// Makes a text from outside harmless on a terminal: one line, no control characters, no direction of its own.
///
/// A text with letters that run from right to left is isolated, so that it does not pull its neighbours with it.
pub(super) fn tame(text: &str, most: usize) -> String {
    let harmless: String = text
        .chars()
        .filter(|letter| !steers(*letter))
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let line = harmless.split_whitespace().collect::<Vec<_>>().join(" ");
    let fitting = cut(&line, most);
    if fitting.chars().any(runs_leftwards) { format!("\u{2068}{fitting}\u{2069}") } else { fitting }
}

/// Tamed, and filled up with spaces to exactly so many columns.
pub(in crate::app) fn cell(text: &str, exactly: usize) -> String {
    let tamed = tame(text, exactly);
    let padding = exactly.saturating_sub(columns(&tamed));
    format!("{tamed}{}", " ".repeat(padding))
}

/// Whether the character steers direction or is not seen at all.
fn steers(letter: char) -> bool {
    matches!(letter, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// Hebrew, Arabic and their neighbours.
fn runs_leftwards(letter: char) -> bool {
    matches!(letter, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

fn width(letter: char) -> usize {
    if letter.is_control() || steers(letter) || is_combining_mark(letter) || letter == '\u{200D}' {
        0
    } else if is_wide(letter) {
        2
    } else {
        1
    }
}

/// The blocks that Unicode's East Asian Width calls wide or full-width, and pictographs.
fn is_wide(letter: char) -> bool {
    matches!(
        letter,
        '\u{1100}'..='\u{115F}'
            | '\u{2E80}'..='\u{303E}'
            | '\u{3041}'..='\u{A4CF}'
            | '\u{A960}'..='\u{A97F}'
            | '\u{AC00}'..='\u{D7A3}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FE30}'..='\u{FE6F}'
            | '\u{FF00}'..='\u{FF60}'
            | '\u{FFE0}'..='\u{FFE6}'
            | '\u{1F300}'..='\u{1F64F}'
            | '\u{1F680}'..='\u{1F6FF}'
            | '\u{1F900}'..='\u{1FAFF}'
            | '\u{20000}'..='\u{3FFFD}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_letters_take_two_columns_and_marks_none() {
        for (text, expected) in
            [("", 0), ("abc", 3), ("青浜", 4), ("한빛", 4), ("e\u{301}", 1), ("Ñandú", 5), ("שלום", 4)]
        {
            assert_eq!(columns(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("青浜新聞", 6), "青浜…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn escapes_and_direction_marks_are_taken_out() {
        assert_eq!(tame("a\u{1b}[31mb\nc\u{202e}d", 40), "a [31mb cd");
        assert_eq!(tame("שלום", 40), "\u{2068}שלום\u{2069}");
        assert_eq!(tame("\u{2068}plain\u{2069}", 40), "plain");
    }

    proptest! {
        #[test]
        fn a_cell_has_exactly_its_width(text in "\\PC{0,60}|[a-zא-ת青-高\u{1b}\n\u{202e}]{0,60}", exactly in 0_usize..50) {
            prop_assert_eq!(columns(&cell(&text, exactly)), exactly);
        }
    }
}
