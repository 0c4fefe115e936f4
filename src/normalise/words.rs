//! Counting words in any script.

use unicode_segmentation::UnicodeSegmentation;

/// The number of words: runs of letters and digits, and each character of a script written without spaces.
pub fn count(text: &str) -> u32 {
    let total = text.unicode_words().map(count_in_run).sum::<usize>();
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// A run may mix both kinds, as in `Tシャツ`.
fn count_in_run(run: &str) -> usize {
    let unspaced = run.chars().filter(|c| is_unspaced(*c)).count();
    let spaced = run.chars().any(|c| c.is_alphanumeric() && !is_unspaced(c));
    unspaced + usize::from(spaced)
}

/// Whether a character belongs to a script written without spaces: Han, Kana, Bopomofo, Thai, Lao, Khmer.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' // Thai, without currency sign and digits
        | '\u{0E81}'..='\u{0ECE}' | '\u{0EDC}'..='\u{0EDF}' // Lao
        | '\u{1780}'..='\u{17D3}' // Khmer
        | '\u{3005}'..='\u{3007}' | '\u{3031}'..='\u{3035}' | '\u{303B}' // marks of repetition
        | '\u{3041}'..='\u{3096}' | '\u{3099}'..='\u{309A}' | '\u{309D}'..='\u{309F}' // Hiragana
        | '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' // Katakana
        | '\u{3105}'..='\u{312F}' | '\u{31A0}'..='\u{31BF}' // Bopomofo
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' // Han
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: u32) {
        assert_eq!(count(text), expected, "{text}");
    }

    #[test]
    fn counts_words_in_any_script() {
        check("", 0);
        check(" — … ", 0);
        check("The ferry left at 7.30 p.m.", 6);
        check("L'été, c'est fini.", 3);
        check("Паром ушёл в семь.", 4);
        check("المركب غادر الميناء", 3);
        check("배가 항구를 떠났다", 3);
    }

    #[test]
    fn counts_a_character_where_no_spaces_are_written() {
        check("渡轮七点离港。", 6);
        check("船は港を出た", 6);
        check("ตลาด", 4);
        check("ຕະຫຼາດ", 6);
        check("2022年", 2);
        check("Tシャツ", 4);
    }
}
