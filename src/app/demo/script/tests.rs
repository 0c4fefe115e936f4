//! The script is a function of its seed and the time.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::app::demo::press::Format;
use crate::article::Article;
use crate::feed::{self, Document, Limits, ParsedFeed};
use crate::normalise;

fn script() -> Script {
    Script::new(42, DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

fn paper(slug: &str) -> &'static Paper {
    PAPERS.iter().find(|paper| paper.slug == slug).unwrap()
}

fn with(trouble: Trouble) -> &'static Paper {
    PAPERS.iter().find(|paper| paper.trouble == trouble).unwrap()
}

fn ask(paper: &Paper, second: i64) -> Answer {
    script().answer(paper, &paper.registered_path(), second)
}

#[track_caller]
fn body(answer: Answer) -> Vec<u8> {
    let Answer::Document { body, .. } = answer else { panic!("no document: {answer:?}") };
    body
}

/// What the daemon's own parser makes of it.
fn parses(bytes: &[u8]) -> Result<ParsedFeed, feed::ParseError> {
    feed::parse(Document { bytes, content_type: None, base: None }, &Limits::default())
}

/// What the daemon would make of a paper's items.
fn articles(paper: &Paper, second: i64) -> Vec<Article> {
    let parsed = parses(&body(script().answer(paper, &paper.path(), second))).unwrap();
    let language = parsed.language.as_deref();
    let context = normalise::Context { feed_language: language, base: None };
    parsed.items.iter().map(|item| normalise::item(item, &context)).collect()
}

#[test]
fn the_same_second_shows_the_same_bytes_and_another_seed_others() {
    for paper in PAPERS {
        assert_eq!(ask(paper, 37), ask(paper, 37), "{}", paper.slug);
    }
    let other = Script::new(43, script().began);
    let courrier = paper("courrier-valbrume");
    assert_ne!(script().entries(courrier, 60), other.entries(courrier, 60));
}

#[test]
fn every_document_parses_outside_its_troubles_and_shows_its_entries() {
    for paper in PAPERS {
        for second in [0, 30, 59, 95, 600] {
            let bytes = body(script().answer(paper, &paper.path(), second));
            let feed = parses(&bytes).unwrap_or_else(|fault| panic!("{} at {second}: {fault}", paper.slug));
            let told: Vec<_> = script().entries(paper, second).into_iter().map(|entry| entry.headline).collect();
            let read: Vec<_> = feed.items.into_iter().filter_map(|item| item.title).map(|title| title.value).collect();
            assert!(!read.is_empty() && read == told, "{} at {second}: {read:?}", paper.slug);
        }
    }
}

#[test]
fn new_stories_keep_coming() {
    let seen = |until: i64| -> BTreeSet<String> {
        let all = (0..=until).flat_map(|second| PAPERS.iter().map(move |paper| (paper, second)));
        all.flat_map(|(paper, second)| script().desk(paper, second)).map(|entry| entry.guid).collect()
    };
    let (first, half_a_minute, minutes) = (seen(0).len(), seen(30).len(), seen(300).len());
    assert_eq!(first, PAPERS.len());
    assert!(half_a_minute >= first + 15, "{half_a_minute}");
    assert!(minutes >= first + 150, "{minutes}");
}

#[test]
fn the_text_of_a_story_changes_only_when_it_is_corrected() {
    let mut texts: BTreeMap<String, BTreeSet<(String, Vec<String>)>> = BTreeMap::new();
    for second in 0..120 {
        for paper in PAPERS.iter().filter(|paper| !matches!(paper.stories, Stories::Collected(_))) {
            for entry in script().entries(paper, second) {
                texts.entry(entry.guid).or_default().insert((entry.headline, entry.paragraphs));
            }
        }
    }
    assert!(texts.values().all(|versions| versions.len() <= 2));
    let corrected = texts.values().filter(|versions| versions.len() == 2).count();
    assert!(corrected >= 10 && corrected * 2 < texts.len(), "{corrected} of {}", texts.len());
}

#[test]
fn the_wire_reaches_two_papers_word_for_word_under_their_own_links() {
    let of = |slug| -> Vec<Entry> {
        script().entries(paper(slug), 60).into_iter().filter(|entry| entry.author == WIRE_BYLINE).collect()
    };
    let (herald, post) = (of("eastmere-herald"), of("northport-post"));
    let text = |entry: &Entry| (entry.headline.clone(), entry.paragraphs.clone());
    assert!(herald.len() >= 2);
    assert_eq!(herald.iter().map(text).collect::<Vec<_>>(), post.iter().map(text).collect::<Vec<_>>());
    assert!(herald.iter().zip(&post).all(|(one, two)| one.link != two.link && one.guid != two.guid));
}

#[test]
fn a_collector_repeats_papers_under_their_links() {
    let links = |slug| script().entries(paper(slug), 40).into_iter().map(|entry| entry.link);
    let collected: BTreeSet<_> = links("planet-small-towns").collect();
    let own: BTreeSet<_> = links("courrier-valbrume").chain(links("eastmere-herald")).chain(links("aohama")).collect();
    assert!(collected.len() >= 6 && collected.is_subset(&own));
}

#[test]
fn a_paper_that_restamps_changes_its_stamps_and_no_word() {
    let diario = PAPERS.iter().find(|paper| paper.habit == Habit::Restamps).unwrap();
    let (before, after) = (script().entries(diario, 0), script().entries(diario, 7));
    assert_eq!(before.len(), after.len());
    assert!(before.iter().zip(&after).all(|(a, b)| a.updated < b.updated && a.paragraphs == b.paragraphs));
}

#[test]
fn a_paper_that_rebuilds_changes_its_document_and_no_item() {
    let vestnik = PAPERS.iter().find(|paper| paper.habit == Habit::Rebuilds).unwrap();
    assert_eq!(script().entries(vestnik, 0), script().entries(vestnik, 7));
    assert_ne!(ask(vestnik, 0), ask(vestnik, 7));
}

#[test]
fn a_steady_paper_shows_the_same_document_until_there_is_news() {
    let courrier = paper("courrier-valbrume");
    assert_eq!(ask(courrier, 0), ask(courrier, courrier.phase - 1));
    assert_ne!(ask(courrier, 0), ask(courrier, courrier.phase));
}

#[test]
fn troubles_come_and_go() {
    let is_html =
        |answer: Answer| matches!(answer, Answer::Document { content_type, .. } if content_type.contains("html"));
    for (second, troubled) in [(0, false), (9, false), (10, true), (23, true), (24, false), (75, true), (90, false)] {
        assert_eq!(ask(with(Trouble::Failing), second) == Answer::Failing, troubled, "failing at {second}");
        assert_eq!(is_html(ask(with(Trouble::TurnsIntoHtml), second)), troubled, "html at {second}");
        let broken = parses(&body(ask(with(Trouble::BreaksOff), second))).is_err();
        assert_eq!(broken, troubled, "broken at {second}");
    }
}

#[test]
fn a_move_is_for_good_and_the_new_address_answers() {
    let folha = with(Trouble::Moves);
    assert!(matches!(ask(folha, 0), Answer::Document { .. }));
    for second in [10, 40, 500] {
        assert_eq!(ask(folha, second), Answer::Moved { to: folha.path() });
        assert!(matches!(script().answer(folha, &folha.path(), second), Answer::Document { .. }));
    }
}

#[test]
fn an_unknown_path_is_unknown() {
    assert_eq!(script().answer(&PAPERS[0], "/elsewhere", 0), Answer::Unknown);
}

#[test]
fn the_old_russian_encoding_loses_no_letter() {
    let vestnik = PAPERS.iter().find(|paper| paper.format == Format::RssWindows1251).unwrap();
    let bytes = body(ask(vestnik, 40));
    let (decoded, _, faulty) = encoding_rs::WINDOWS_1251.decode(&bytes);
    // A letter outside the code page would have been written as a numeric reference.
    assert!(!faulty && !decoded.contains("&amp;#") && !decoded.contains("&#1"), "{decoded}");
    assert!(decoded.contains("Вестник Сосновска"));
}

#[test]
fn every_article_is_long_enough_to_be_recognised_and_its_dressing_is_off() {
    for paper in PAPERS {
        for article in articles(paper, 50) {
            assert!(!article.is_thin(), "{}: {article:#?}", paper.slug);
            let dressing = &paper.tongue.dressing;
            assert!(!article.body().contains(dressing.caption), "{}: {}", paper.slug, article.body());
            assert!(!article.body().contains(dressing.credit), "{}: {}", paper.slug, article.body());
        }
    }
}

#[test]
fn the_wire_and_the_collector_are_recognised_by_their_hashes() {
    let hashes =
        |slug| -> BTreeSet<_> { articles(paper(slug), 60).iter().map(|article| article.content_hash).collect() };
    let (herald, post) = (hashes("eastmere-herald"), hashes("northport-post"));
    assert!(herald.intersection(&post).count() >= 2);
    let collected = hashes("planet-small-towns");
    // Of the other papers it drops what stands around the text, which is not all caption: there the link tells.
    assert!(herald.intersection(&collected).count() >= 2);
}

#[test]
fn a_restamped_item_has_another_digest_and_the_same_hash() {
    let diario = PAPERS.iter().find(|paper| paper.habit == Habit::Restamps).unwrap();
    let hashes = |second| -> Vec<_> { articles(diario, second).iter().map(|article| article.content_hash).collect() };
    let digests = |second| -> Vec<_> {
        let parsed = parses(&body(ask(diario, second))).unwrap();
        parsed.items.iter().map(crate::article::Item::source_digest).collect()
    };
    assert_eq!(hashes(0), hashes(7));
    assert_ne!(digests(0), digests(7));
}
