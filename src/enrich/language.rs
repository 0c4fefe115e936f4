//! The language of an article: declared and not contradicted by its script, else found in its text.
//!
//! Where neither says enough the article has no language: a wrong one costs a subscriber more.

mod profile;

use self::profile::profile;
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
    let by_letters = if script == Script::Cyrillic {
        cyrillic_by_letters(&lower)
    } else if script == Script::Arabic {
        arabic_by_letters(&lower)
    } else {
        None
    };
    by_letters.map(|language| (language, BY_MODEL)).or_else(|| by_model(&lower, script))
}

/// Languages that the model does not know, but that have letters of their own.
fn cyrillic_by_letters(lower: &str) -> Option<&'static str> {
    if share_of(lower, "ў") > 0.005 {
        Some("be")
    } else if share_of(lower, "іїєґ") > 0.02 && share_of(lower, "ыјљњ") < 0.001 {
        Some("uk")
    } else {
        None
    }
}

fn arabic_by_letters(lower: &str) -> Option<&'static str> {
    if share_of(lower, "ٹڈڑےں") > 0.02 {
        Some("ur")
    } else if share_of(lower, "پچژگ") > 0.005 && share_of(lower, "ێۆڕڵټډړږښ") < 0.001 {
        Some("fa")
    } else {
        None
    }
}

/// The model always answers with one of its sixteen languages, so its answer must stand a test:
/// the small words of that language are there, and hardly a letter that it does not use.
fn by_model(lower: &str, script: Script) -> Option<(&'static str, f32)> {
    let profile = profile(whichlang::detect_language(lower))?;
    let small_words: Vec<&str> = profile.small_words.split(' ').collect();
    let words = lower.split(|c: char| !c.is_alphabetic() && !is_mark(c)).filter(|word| !word.is_empty());
    let mut sisters = words.clone().filter(|word| profile.sister_words.split(' ').any(|sister| sister == *word));
    let (small, other): (Vec<&str>, Vec<&str>) = words.partition(|word| small_words.contains(word));
    let enough = small.len() * 100 >= (small.len() + other.len()) * profile.share_min;
    let foreign = |c: &char| script == Script::Latin && !c.is_ascii() && c.is_alphabetic();
    let strange = lower.chars().filter(foreign).filter(|c| !profile.letters.contains(*c)).count();
    let letters = lower.chars().filter(|c| c.is_alphabetic()).count();
    // One such word may be quoted. Bulgarian, Serbian and Macedonian do without this letter.
    let no_sister = (script != Script::Cyrillic || share_of(lower, "ы") > 0.003) && sisters.nth(1).is_none();
    let passed = profile.script == script && enough && ratio(strange, letters) <= STRANGE_LETTERS_MAX && no_sister;
    passed.then_some((profile.tag, BY_MODEL))
}

/// Vowel signs of Devanagari belong to words but are no letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{903}' | '\u{93A}'..='\u{94F}')
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
