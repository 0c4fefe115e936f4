//! The canonical form of a text, and the two hashes over it.
//!
//! The canonical form undoes what editors and exports change without changing a word: quotes,
//! dashes, case, spacing, ligatures, invisible characters. It is NFKC with full case folding, of
//! which letters, digits and marks remain, one space between words, and no space beside a
//! character of a script written without them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::VERSION;
use super::words::is_unspaced;
use crate::article::{ContentHash, Digest, TextHash};

/// The version of the Unicode tables that the canonical form rests on, of both libraries that carry
/// them: hundreds for the normalisation tables, units for those of case and class.
pub const UNICODE_TABLES: u16 = unicode_normalization::UNICODE_VERSION.0 as u16 * 100 + char::UNICODE_VERSION.0 as u16;

/// The hash of headline and body: a function of these and of [`VERSION`] alone.
pub fn content_hash(headline: Option<&str>, body: &str) -> ContentHash {
    let headline = canonical(headline.unwrap_or_default());
    let body = canonical(body);
    let version = VERSION.to_le_bytes();
    let parts = [version.as_slice(), headline.as_bytes(), body.as_bytes()];
    ContentHash { version: VERSION, digest: Digest::of("content", parts) }
}

/// The hash of all text whatever its role: no rule of the normaliser about roles can change it.
pub fn text_hash(all_text: &str) -> TextHash {
    let text = canonical(all_text);
    let version = UNICODE_TABLES.to_le_bytes();
    let parts = [version.as_slice(), text.as_bytes()];
    TextHash { version: UNICODE_TABLES, digest: Digest::of("text", parts) }
}

/// The canonical form of a text, for comparing and hashing only.
pub fn canonical(text: &str) -> String {
    if text.is_ascii() {
        return spell(text.chars().map(|c| c.to_ascii_lowercase()), text.len());
    }
    // Folding can leave what NFKC would compose, so it is composed once more.
    let folded: String = text.nfkc().filter(|c| !is_ignorable(*c)).flat_map(fold).collect();
    spell(folded.nfkc(), folded.len())
}

/// Up and down again: that is full case folding, and it joins the Turkish dotless i to its capital too.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

fn spell(chars: impl Iterator<Item = char>, bytes: usize) -> String {
    let mut spelt = String::with_capacity(bytes);
    let mut last = None;
    let mut gap = false;
    for c in chars {
        if !(c.is_alphanumeric() || is_combining_mark(c)) {
            gap = true;
            continue;
        }
        // The lower case of a dotted capital I is an i with a dot above: the dot says nothing there.
        if c == '\u{307}' && last == Some('i') {
            continue;
        }
        let spaced = last.is_some_and(|last| !is_unspaced(last)) && !is_unspaced(c);
        if std::mem::take(&mut gap) && spaced {
            spelt.push(' ');
        }
        spelt.push(c);
        last = Some(c);
    }
    spelt
}

/// Soft hyphens, joiners, direction marks, variation selectors, and the Arabic stroke that only stretches a word.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{640}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(canonical(text), expected);
    }

    #[test]
    fn keeps_letters_digits_and_marks() {
        check("  “Hello” — it’s 5 o'clock…  ", "hello it s 5 o clock");
        check("Straße, STRASSE", "strasse strasse");
        check("ﬁn ﬀ Ｆｕｌｌ", "fin ff full");
        check("İstanbul ISPARTA ısı", "istanbul isparta isi");
        check("Σίσυφος ΣΊΣΥΦΟΣ", "σίσυφοσ σίσυφοσ");
        check("कोलकाता में बारिश।", "कोलकाता में बारिश");
        check("在 2022 年，东京。", "在2022年东京");
        check("مـــرحبا", "مرحبا");
        check("♥️ 👍🏽", "");
    }

    /// Sentences of ours, one a language; all must keep their hashes when only their dress changes.
    const SENTENCES: &[&str] = &[
        "The harbour's \"old\" crane - built in 1911 - will be moved, says the mayor",
        "L'ancienne grue du port, \"un monument\", sera déplacée - c'est promis",
        "Der alte Kran am Großen Hafen zieht um: \"Ein Maßstab\", so die Bürgermeisterin",
        "La vieja grúa del puerto, \"el corazón\" del barrio, se moverá en mayo",
        "O velho guindaste do cais, \"um símbolo\", será levado - não há dúvida",
        "Stary dźwig portowy, \"żółta wieża\", będzie przesunięty o 300 metrów",
        "Eski liman vinci \"ışıklı kule\" mayıs ayında taşınacak, dedi İzmirli başkan",
        "Старый портовый кран, \"маяк\", перенесут в мае - сообщила мэрия",
        "Старий портовий кран, \"їжак\", перенесуть у травні",
        "Ο παλιός γερανός του λιμανιού, \"ένας φάρος\", θα μεταφερθεί",
        "העגורן הישן בנמל, \"סמל העיר\", יועבר בחודש מאי",
        "الرافعة القديمة في الميناء، \"رمز المدينة\"، ستنقل في مايو",
        "항구의 오래된 크레인 \"노란 탑\" 5월에 옮긴다",
        "बंदरगाह की पुरानी क्रेन, \"पीली मीनार\", मई में हटेगी",
        "Cần cẩu cũ của cảng, \"ngọn tháp\", sẽ được dời đi",
        "港口的旧起重机 \"黄塔\" 将在 5 月迁移",
        "港の古いクレーン \"黄色い塔\" は 5 月に移される",
        "เครนเก่าที่ท่าเรือ \"หอคอย\" จะย้ายในเดือนพฤษภาคม",
    ];

    fn redressed(text: &str) -> Vec<String> {
        vec![
            text.replace('\'', "’").replacen('"', "«\u{A0}", 1).replacen('"', "\u{202F}»", 1),
            text.replace('"', "„").replace(" - ", " – "),
            text.replace(" - ", "\u{2014}").replace(' ', "\u{A0} \n"),
            text.to_uppercase(),
            text.to_lowercase(),
            text.nfd().collect(),
            format!("\u{FEFF}  {text}…  "),
            text.split(' ').collect::<Vec<_>>().join("\u{200B} "),
        ]
    }

    #[test]
    fn hashes_are_equal_under_reformatting() {
        for sentence in SENTENCES {
            let (content, text) = (content_hash(Some(sentence), sentence), text_hash(sentence));
            for other in redressed(sentence) {
                assert_eq!(content_hash(Some(&other), &other), content, "{sentence} | {other}");
                assert_eq!(text_hash(&other), text, "{sentence} | {other}");
            }
        }
    }

    #[test]
    fn another_word_is_another_hash() {
        for sentence in SENTENCES {
            assert_ne!(content_hash(None, sentence), content_hash(None, &format!("{sentence} 7")));
            assert_ne!(text_hash(sentence), text_hash(&format!("{sentence} 7")));
        }
        assert_ne!(content_hash(Some("a b"), "c"), content_hash(Some("a"), "b c"));
    }

    #[test]
    fn the_canonical_form_of_version_1_stays() {
        // A change here is another version: published hashes would no longer be found.
        assert_eq!(VERSION, 1);
        assert_eq!(content_hash(Some("Le Tréport"), "Été à l’ŒUVRE").to_string(), "1:608aafa5482f57284160d19d7ae3b84c");
    }

    proptest! {
        #[test]
        fn canonical_is_stable(text in "\\PC{0,60}") {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
