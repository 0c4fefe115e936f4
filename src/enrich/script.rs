//! The script of a text: which kinds of letters it is written in.

/// A writing system, as far as it tells languages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Hebrew,
    Arabic,
    Armenian,
    Georgian,
    Devanagari,
    Bengali,
    Gurmukhi,
    Gujarati,
    Odia,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Thai,
    Lao,
    Khmer,
    Burmese,
    Ethiopic,
    Hangul,
    Kana,
    Han,
    Other,
}

impl Script {
    const fn of(c: char) -> Script {
        match c {
            'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
                Script::Latin
            }
            '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
            '\u{400}'..='\u{52F}' => Script::Cyrillic,
            '\u{531}'..='\u{588}' => Script::Armenian,
            '\u{590}'..='\u{5FF}' => Script::Hebrew,
            '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => {
                Script::Arabic
            }
            '\u{900}'..='\u{97F}' => Script::Devanagari,
            '\u{980}'..='\u{9FF}' => Script::Bengali,
            '\u{A00}'..='\u{A7F}' => Script::Gurmukhi,
            '\u{A80}'..='\u{AFF}' => Script::Gujarati,
            '\u{B00}'..='\u{B7F}' => Script::Odia,
            '\u{B80}'..='\u{BFF}' => Script::Tamil,
            '\u{C00}'..='\u{C7F}' => Script::Telugu,
            '\u{C80}'..='\u{CFF}' => Script::Kannada,
            '\u{D00}'..='\u{D7F}' => Script::Malayalam,
            '\u{D80}'..='\u{DFF}' => Script::Sinhala,
            '\u{E00}'..='\u{E7F}' => Script::Thai,
            '\u{E80}'..='\u{EFF}' => Script::Lao,
            '\u{1000}'..='\u{109F}' => Script::Burmese,
            '\u{10A0}'..='\u{10FF}' | '\u{1C90}'..='\u{1CBF}' => Script::Georgian,
            '\u{1200}'..='\u{139F}' => Script::Ethiopic,
            '\u{1780}'..='\u{17FF}' => Script::Khmer,
            '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{AC00}'..='\u{D7A3}' => Script::Hangul,
            '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}' => Script::Kana,
            '\u{3005}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => Script::Han,
            _ => Script::Other,
        }
    }
}

/// How many letters of each script a text has.
#[derive(Debug, Clone, Default)]
pub(super) struct Letters {
    counts: std::collections::BTreeMap<Script, u32>,
    total: u32,
}

impl Letters {
    pub(super) fn of(text: &str) -> Letters {
        let mut letters = Letters::default();
        for c in text.chars().filter(|c| c.is_alphabetic()) {
            *letters.counts.entry(Script::of(c)).or_default() += 1;
            letters.total += 1;
        }
        letters
    }

    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// The share of letters that belong to any of these scripts, from 0 to 1.
    pub(super) fn share(&self, scripts: &[Script]) -> f64 {
        let of = scripts.iter().filter_map(|script| self.counts.get(script)).sum::<u32>();
        f64::from(of) / f64::from(self.total.max(1))
    }

    /// The script of most letters.
    pub(super) fn main(&self) -> Option<Script> {
        self.counts.iter().max_by_key(|(_, count)| **count).map(|(script, _)| *script)
    }
}

/// The scripts that a language is written in; none where several are usual or we do not know.
pub(super) fn scripts(language: &str) -> Option<&'static [Script]> {
    let scripts: &[Script] = match language {
        "en" | "fr" | "de" | "es" | "pt" | "it" | "nl" | "sv" | "da" | "nb" | "nn" | "no" | "fi" | "et" | "lv"
        | "lt" | "pl" | "cs" | "sk" | "sl" | "hr" | "hu" | "ro" | "tr" | "id" | "ms" | "vi" | "ca" | "gl" | "eu"
        | "is" | "ga" | "cy" | "sq" | "af" | "sw" | "tl" | "fil" | "mt" | "lb" | "eo" => &[Script::Latin],
        "ru" | "uk" | "be" | "bg" | "mk" => &[Script::Cyrillic],
        "el" => &[Script::Greek],
        "he" | "yi" => &[Script::Hebrew],
        "ar" | "fa" | "ur" | "ps" => &[Script::Arabic],
        "hy" => &[Script::Armenian],
        "ka" => &[Script::Georgian],
        "hi" | "mr" | "ne" => &[Script::Devanagari],
        "bn" | "as" => &[Script::Bengali],
        "gu" => &[Script::Gujarati],
        "or" => &[Script::Odia],
        "ta" => &[Script::Tamil],
        "te" => &[Script::Telugu],
        "kn" => &[Script::Kannada],
        "ml" => &[Script::Malayalam],
        "si" => &[Script::Sinhala],
        "th" => &[Script::Thai],
        "lo" => &[Script::Lao],
        "km" => &[Script::Khmer],
        "my" => &[Script::Burmese],
        "am" | "ti" => &[Script::Ethiopic],
        "ko" => &[Script::Hangul, Script::Han],
        "ja" => &[Script::Kana, Script::Han],
        "zh" | "yue" => &[Script::Han],
        _ => return None,
    };
    Some(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_letters_by_script() {
        let letters = Letters::of("Паром 7 ушёл, says AFP.");
        assert_eq!(letters.total(), 16);
        assert_eq!(letters.main(), Some(Script::Cyrillic));
        assert!((letters.share(&[Script::Latin]) - 7.0 / 16.0).abs() < 1e-9);
        assert_eq!(Letters::of("1 – 2").main(), None);
        assert!(Letters::of("").share(&[Script::Latin]).abs() < 1e-9);
    }
}
