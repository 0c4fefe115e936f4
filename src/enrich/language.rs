//! The language of an article: declared and not contradicted by its script, else found in its text.
//!
//! Where neither says enough the article has no language: a wrong one costs a subscriber more.

use whichlang::Lang;

use super::script::{Letters, Script, scripts};
use crate::article::{Article, Fact};
use crate::normalise::{Context, count_words, language_tag};

/// As much text tells a language for sure; reading more only costs time.
const SAMPLE_CHARS: usize = 4000;
/// Fewer letters contradict nobody and decide nothing.
const LETTERS_MIN: u32 = 10;
/// A declared language stands unless this share of the letters is of scripts it does not use.
const FOREIGN_SHARE: f64 = 0.7;
/// A text is of one script from this share of its letters.
const MAIN_SHARE: f64 = 0.6;
/// The model is asked from this many words on.
const MODEL_WORDS_MIN: u32 = 20;
/// Letters outside an answer's alphabet come from names, if they are fewer than this share.
const STRANGE_LETTERS_MAX: f64 = 0.01;
/// How far a declared language is trusted that the script allows.
const DECLARED: f32 = 0.9;
/// Where the script leaves one language, or nearly.
const BY_SCRIPT: f32 = 0.98;
/// Where the model answered and the text's small words agree.
const BY_MODEL: f32 = 0.9;

/// Settles the article's language and says in its provenance where it came from.
pub(super) fn settle(article: &mut Article, context: &Context<'_>) {
    let text = sample(article);
    let letters = Letters::of(&text);
    let own = article.provenance.get("language").map(|fact| fact.source.clone());
    let own = article.language.take().map(|tag| (tag, own.unwrap_or_else(|| "item.language".to_owned())));
    let feed = context.feed_language.and_then(language_tag).map(|tag| (tag, "feed.language".to_owned()));
    let declared: Vec<(String, String)> = own.into_iter().chain(feed).collect();

    let fits = declared.iter().find(|(tag, _)| !contradicts(tag, &letters));
    let (language, fact) = if let Some((tag, source)) = fits {
        (Some(tag.clone()), Fact { source: source.clone(), confidence: Some(DECLARED), ..Fact::default() })
    } else {
        let raw = declared.first().map(|(tag, _)| tag.clone());
        let found = detect(&text, &letters);
        let confidence = found.map(|(_, confidence)| confidence);
        let fact = Fact { source: "detected".to_owned(), confidence, raw, ..Fact::default() };
        (found.map(|(language, _)| language.to_owned()), fact)
    };
    article.provenance.remove("language");
    if language.is_some() {
        article.provenance.insert("language".to_owned(), fact);
    }
    article.language = language;
}

/// Headline and body, as much as is needed.
fn sample(article: &Article) -> String {
    let body = article.blocks.iter().filter(|block| block.role.is_body()).map(|block| block.text.as_str());
    let texts: Vec<&str> = article.headline.as_deref().into_iter().chain(body).collect();
    texts.join("\n").chars().take(SAMPLE_CHARS).collect()
}

fn contradicts(tag: &str, letters: &Letters) -> bool {
    let primary = tag.split('-').next().unwrap_or(tag);
    let names_script = tag.split('-').any(|part| part.len() == 4);
    letters.total() >= LETTERS_MIN
        && !names_script
        && scripts(primary).is_some_and(|scripts| letters.share(scripts) < 1.0 - FOREIGN_SHARE)
}

/// The language of a text and how sure that is; none if it might be a guess.
fn detect(text: &str, letters: &Letters) -> Option<(&'static str, f32)> {
    let script = letters.main()?;
    let cjk = [Script::Han, Script::Kana, Script::Hangul];
    let share = if cjk.contains(&script) { letters.share(&cjk) } else { letters.share(&[script]) };
    if letters.total() < LETTERS_MIN || share < MAIN_SHARE {
        return None;
    }
    let by_script = |language| Some((language, BY_SCRIPT));
    match script {
        Script::Greek => by_script("el"),
        Script::Armenian => by_script("hy"),
        Script::Georgian => by_script("ka"),
        Script::Gurmukhi => by_script("pa"),
        Script::Gujarati => by_script("gu"),
        Script::Odia => by_script("or"),
        Script::Tamil => by_script("ta"),
        Script::Telugu => by_script("te"),
        Script::Kannada => by_script("kn"),
        Script::Malayalam => by_script("ml"),
        Script::Sinhala => by_script("si"),
        Script::Thai => by_script("th"),
        Script::Lao => by_script("lo"),
        Script::Khmer => by_script("km"),
        Script::Burmese => by_script("my"),
        Script::Hangul => by_script("ko"),
        Script::Hebrew => unless(text, "װױײ", "he"),
        Script::Bengali => unless(text, "ৰৱ", "bn"),
        Script::Han | Script::Kana => han_or_kana(letters),
        Script::Latin | Script::Cyrillic | Script::Arabic | Script::Devanagari => by_words(text, script),
        Script::Ethiopic | Script::Other => None,
    }
}

/// The language of a script, unless letters of another one that uses it occur.
fn unless(text: &str, letters: &str, language: &'static str) -> Option<(&'static str, f32)> {
    (!text.contains(|c| letters.contains(c))).then_some((language, BY_SCRIPT))
}

/// Japanese is never written without kana for long; a short line of Han may be either.
fn han_or_kana(letters: &Letters) -> Option<(&'static str, f32)> {
    let kana = letters.share(&[Script::Kana]);
    if kana >= 0.1 {
        Some(("ja", BY_SCRIPT))
    } else if kana < 0.02 && letters.total() >= MODEL_WORDS_MIN {
        Some(("zh", BY_SCRIPT))
    } else {
        None
    }
}

fn by_words(text: &str, script: Script) -> Option<(&'static str, f32)> {
    if count_words(text) < MODEL_WORDS_MIN {
        return None;
    }
    let lower = text.to_lowercase();
    let sure = |language| Some((language, BY_MODEL));
    match script {
        Script::Cyrillic if share_of(&lower, "іїєґ") > 0.02 && share_of(&lower, "ыўјљњ") < 0.001 => sure("uk"),
        Script::Cyrillic if share_of(&lower, "ў") > 0.005 => sure("be"),
        Script::Arabic if share_of(&lower, "پچژگ") > 0.005 && share_of(&lower, "ٹڈڑےںێۆڕڵټډړږښ") < 0.001 => {
            sure("fa")
        }
        Script::Arabic if share_of(&lower, "ٹڈڑےں") > 0.02 => sure("ur"),
        _ => by_model(&lower, script),
    }
}

/// The model always answers with one of its sixteen languages, so its answer must stand a test:
/// the small words of that language are there, and hardly a letter that it does not use.
fn by_model(lower: &str, script: Script) -> Option<(&'static str, f32)> {
    let (language, of_script, small_words, own_letters, share_min) = profile(whichlang::detect_language(lower))?;
    let is_small = |word: &&str| small_words.contains(word);
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphabetic() && !is_mark(c)).filter(|word| !word.is_empty()).collect();
    let small = words.iter().filter(|word| is_small(word)).count();
    let enough = small * 100 >= words.len() * share_min;
    let foreign = |c: &char| !c.is_ascii() && c.is_alphabetic() && Script::Latin == script;
    let strange = lower.chars().filter(foreign).filter(|c| !own_letters.contains(*c)).count();
    let total = lower.chars().filter(|c| c.is_alphabetic()).count();
    let few_strange = ratio(strange, total) <= STRANGE_LETTERS_MAX;
    let no_sister = script != Script::Cyrillic || share_of(lower, "ы") > 0.003;
    (of_script == script && enough && few_strange && no_sister).then_some((language, BY_MODEL))
}

/// Vowel signs of Devanagari belong to words but are no letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}')
}

/// A language of the model: its tag, script, small words, letters beyond ASCII, and the least share
/// of small words in percent.
type Profile = (&'static str, Script, &'static [&'static str], &'static str, usize);

fn profile(answer: Lang) -> Option<Profile> {
    let latin = |tag, words: &'static [&'static str], letters| Some((tag, Script::Latin, words, letters, 12));
    match answer {
        Lang::Eng => latin(
            "en",
            &[
                "the", "of", "and", "to", "in", "a", "is", "was", "for", "on", "that", "with", "at", "by", "it", "has",
                "are",
            ],
            "éï",
        ),
        Lang::Fra => latin(
            "fr",
            &[
                "le", "la", "les", "de", "des", "du", "et", "en", "un", "une", "est", "à", "que", "qui", "dans",
                "pour", "au", "sur", "l", "d",
            ],
            "àâæçéèêëîïôœùûüÿ",
        ),
        Lang::Deu => latin(
            "de",
            &[
                "der", "die", "das", "und", "in", "den", "von", "zu", "mit", "ist", "im", "dem", "für", "auf", "ein",
                "eine", "des", "sich", "nicht",
            ],
            "äöüß",
        ),
        Lang::Spa => latin(
            "es",
            &[
                "el", "la", "los", "las", "de", "del", "y", "en", "un", "una", "que", "por", "con", "para", "se", "al",
                "su", "es",
            ],
            "áéíñóúü",
        ),
        Lang::Por => latin(
            "pt",
            &[
                "o", "a", "os", "as", "de", "do", "da", "dos", "das", "e", "em", "no", "na", "um", "uma", "que",
                "para", "com", "não", "por",
            ],
            "áâãàçéêíóôõúü",
        ),
        Lang::Ita => latin(
            "it",
            &[
                "il", "la", "lo", "gli", "le", "di", "del", "della", "e", "in", "un", "una", "che", "per", "con", "è",
                "non", "nel", "al", "da", "si", "i",
            ],
            "àèéìíòóùú",
        ),
        Lang::Nld => latin(
            "nl",
            &[
                "de", "het", "een", "van", "en", "in", "is", "op", "te", "dat", "voor", "met", "zijn", "aan", "niet",
                "door", "om", "bij",
            ],
            "éëïöüèó",
        ),
        Lang::Swe => latin(
            "sv",
            &[
                "och", "i", "att", "en", "ett", "det", "som", "på", "är", "av", "för", "med", "den", "till", "har",
                "inte", "om",
            ],
            "åäöé",
        ),
        Lang::Tur => Some((
            "tr",
            Script::Latin,
            &[
                "ve", "bir", "bu", "da", "de", "için", "ile", "olarak", "çok", "daha", "olan", "en", "göre", "sonra",
                "kadar",
            ],
            "âçğıîöşüû\u{307}",
            4,
        )),
        Lang::Vie => Some((
            "vi",
            Script::Latin,
            &[
                "và", "của", "là", "có", "các", "cho", "được", "trong", "một", "đã", "với", "không", "người", "này",
                "ở", "tại", "sẽ",
            ],
            "",
            8,
        )),
        Lang::Rus => Some((
            "ru",
            Script::Cyrillic,
            &["и", "в", "на", "с", "что", "не", "по", "к", "из", "за", "от", "о", "для", "это", "как", "его", "а"],
            "",
            8,
        )),
        Lang::Ara => Some((
            "ar",
            Script::Arabic,
            &[
                "في", "من", "على", "إلى", "أن", "عن", "التي", "الذي", "هذا", "هذه", "مع", "بعد", "كان", "لا", "ما", "و",
                "قد",
            ],
            "",
            6,
        )),
        Lang::Hin => Some((
            "hi",
            Script::Devanagari,
            &["के", "का", "की", "में", "है", "से", "को", "और", "ने", "पर", "हैं", "कि", "एक", "यह", "भी"],
            "",
            12,
        )),
        // Their scripts have decided already.
        Lang::Cmn | Lang::Jpn | Lang::Kor => None,
    }
}

/// The share of a text's letters that are among these.
fn share_of(text: &str, letters: &str) -> f64 {
    let among = text.chars().filter(|c| letters.contains(*c)).count();
    ratio(among, text.chars().filter(|c| c.is_alphabetic()).count())
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

#[cfg(test)]
mod tests;
