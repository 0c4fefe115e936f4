//! The verdict table of the design, each row by what leads to it.

use chrono::TimeDelta;

use super::stage::{Scene, Sight, item};
use super::*;

/// What is seen in turn, and what comes of the last of it.
#[track_caller]
fn check(seen: &[Sight], expected: &str) {
    let mut scene = Scene::default();
    let (last, before) = seen.split_last().unwrap();
    before.iter().for_each(|sight| {
        scene.see(sight);
    });
    scene.expect(last, expected);
}

/// The same, after a feed has left.
#[track_caller]
fn check_without(left: &str, seen: &[Sight], expected: &str) {
    let mut scene = Scene::default();
    let (last, before) = seen.split_last().unwrap();
    before.iter().for_each(|sight| {
        scene.see(sight);
    });
    scene.left(left).expect(last, expected);
}

#[test]
fn any_article_with_the_digest_last_shown_is_a_repeat() {
    check(&[item("a", "one"), item("a", "one").poll(2)], "repeat");
    check(&[item("a", "one"), item("b", "one"), item("b", "one").poll(2)], "repeat");
    check(&[item("a", "one").held(), item("a", "one").poll(2)], "repeat");
    check(&[item("a", "one").poll(2), item("a", "one").poll(1)], "repeat");
}

#[test]
fn any_article_with_a_lower_order_is_stale() {
    check(&[item("a", "one").poll(2), item("a", "zero").poll(1)], "stale");
    check(&[item("a", "one").epoch(2).poll(1), item("a", "zero").epoch(1).poll(9)], "stale");
    check(&[item("a", "one").held().poll(2), item("a", "zero").poll(1)], "stale");
    check(&[item("a", "one").poll(2), item("a", "zero").guid("other").poll(1)], "stale");
    check(&[item("a", "one").poll(5), item("a", "one").poll(3), item("a", "zero").poll(4)], "stale");
    check(&[item("a", "one").poll(2), item("b", "one"), item("b", "other").poll(2), item("b", "one").poll(1)], "stale");
}

#[test]
fn orders_of_two_feeds_are_not_compared() {
    check(&[item("a", "one").poll(9), item("b", "one").poll(1)], "duplicate 1 url");
}

#[test]
fn unknown_held_by_the_backlog_rule_is_remembered() {
    check(&[item("a", "one").held()], "remembered");
    check(&[item("a", "one"), item("b", "one").named("x").held()], "remembered");
}

#[test]
fn unknown_with_a_text_that_this_feed_shows_is_a_repeat() {
    check(&[item("a", "one"), item("a", "one").named("x").title("other").poll(2)], "repeat");
}

#[test]
fn unknown_and_thin_with_a_title_and_text_of_this_feed_is_a_repeat() {
    check(&[item("a", "sun").words(3), item("a", "sun").words(3).named("x").poll(2)], "repeat");
    check(&[item("a", "sun").words(3), item("a", "rain").words(3).named("x").poll(2)], "new 1");
    check(&[item("a", "sun").words(3), item("a", "sun").words(3).named("x").title("other").poll(2)], "new 1");
    check(&[item("a", "sun").words(3), item("b", "sun").words(3).named("x")], "new 1");
}

#[test]
fn unknown_with_a_text_known_is_a_duplicate() {
    check(&[item("a", "one"), item("b", "one").named("x")], "duplicate 1 content_hash");
    check(&[item("a", "one"), item("b", "one").named("x").version(2)], "duplicate 1 text_hash");
    check(&[item("a", "one"), item("b", "one").named("x").backlog()], "duplicate 1 content_hash backlog");
    let edited = item("a", "two").poll(2);
    check(&[item("a", "one"), edited.clone(), item("b", "two").named("x")], "duplicate 2 content_hash");
    check(&[item("a", "one"), edited, item("b", "one").named("x")], "new 1");
}

#[test]
fn aliases_of_a_duplicate_are_added() {
    let b = item("b", "one").named("x");
    check(&[item("a", "one"), b.clone(), b.clone().extra("new tag").poll(2)], "repeat");
    check(&[item("a", "one"), b, item("c", "else").link("https://b.example/x").guid("")], "duplicate 1 url");
}

#[test]
fn unknown_else_is_new() {
    check(&[item("a", "one")], "new 1");
    check(&[item("a", "one").days_old(29)], "new 1");
    check(&[item("a", "one").days_old(31)], "new 1 backlog");
    check(&[item("a", "one").backlog()], "new 1 backlog");
    check(&[item("a", "one").shown_before()], "revised 2 edited expired");
    check(&[item("a", "one").guid("").link("").title("")], "new 1");
}

#[test]
fn remembered_and_held_again_or_with_the_same_text_is_a_repeat() {
    check(&[item("a", "one").held(), item("b", "two").held()], "repeat");
    check(&[item("a", "one").held(), item("b", "one")], "repeat");
    check(&[item("a", "one").held(), item("b", "one").named("x")], "repeat");
    check(&[item("a", "one").held(), item("a", "one").extra("tag").poll(2)], "repeat");
    let again = item("a", "two").poll(2).held();
    check(&[item("a", "one").held(), again.clone()], "repeat");
    check(&[item("a", "one").held(), again.clone(), item("a", "two").extra("tag").poll(3)], "repeat");
    check(&[item("a", "one").held(), again, item("a", "one").poll(3)], "new 1");
}

#[test]
fn remembered_else_is_new_within_the_window_and_revised_before() {
    check(&[item("a", "one").held(), item("a", "two").poll(2)], "new 1");
    check(&[item("a", "one").held(), item("a", "two").days_old(20).poll(2)], "new 1");
    check(&[item("a", "one").held(), item("a", "two").days_old(40).poll(2)], "revised 2 edited expired");
    check(&[item("a", "one").days_old(40).held(), item("a", "two").poll(2)], "revised 2 edited expired");
    check(&[item("a", "one").held(), item("b", "two")], "new 1");
}

#[test]
fn a_remembered_article_once_published_is_an_article_like_others() {
    check(&[item("a", "one").held(), item("a", "two").poll(2), item("a", "three").poll(3)], "revised 2 edited");
    check(
        &[item("a", "one").held(), item("a", "two").poll(2), item("b", "two").named("x")],
        "duplicate 1 content_hash",
    );
}

#[test]
fn the_lead_with_the_same_text_is_a_repeat() {
    check(&[item("a", "one"), item("a", "one").extra("new tag").poll(2)], "repeat");
    check(&[item("a", "one"), item("a", "one").extra("new tag").version(2).poll(2)], "repeat");
}

#[test]
fn the_lead_with_another_text_is_a_revision() {
    check(&[item("a", "one"), item("a", "two").poll(2)], "revised 2 edited");
    check(&[item("a", "one"), item("a", "two").version(2).poll(2)], "revised 2 edited");
    check(&[item("a", "one"), item("a", "two").poll(2), item("a", "one").poll(3)], "revised 3 edited");
    check(&[item("a", "one"), item("a", "two").poll(2).held()], "revised 2 edited");
}

#[test]
fn newer_rules_for_the_same_text_are_taken_on() {
    let again = |text: &str| item("a", text).version(2).poll(3).extra("tag");
    check(&[item("a", "one"), item("a", "one").version(2).poll(2), again("one")], "repeat");
    check(&[item("a", "one"), item("a", "one").version(2).poll(2), again("two")], "revised 2 edited");
}

#[test]
fn the_lead_has_left() {
    check_without("a", &[item("a", "one"), item("b", "two")], "revised 2 lead_left");
    check_without("a", &[item("a", "one"), item("b", "one")], "duplicate 1 url");
    check_without("b", &[item("a", "one"), item("b", "two")], "duplicate 1 url");
    check_without("a", &[item("a", "one"), item("a", "two").poll(2)], "revised 2 edited");
}

#[test]
fn the_articles_own_site_leads() {
    check(&[item("a", "one"), item("b", "two").own()], "revised 2 own_site");
    check(&[item("a", "one").own(), item("b", "two").own()], "duplicate 1 url");
    check(&[item("a", "one"), item("b", "one").own()], "duplicate 1 url");
}

#[test]
fn the_own_site_leads_also_where_its_text_is_the_same() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").expect(&item("b", "one").own(), "duplicate 1 url");
    scene.expect(&item("a", "worse").words(900).poll(2), "repeat");
    scene.expect(&item("b", "better").own().poll(2), "revised 2 edited");
}

#[test]
fn a_markedly_fuller_text_leads_unless_the_own_site_does() {
    check(&[item("a", "one"), item("b", "two").words(129)], "duplicate 1 url");
    check(&[item("a", "one"), item("b", "two").words(130)], "revised 2 fuller_text");
    check(&[item("a", "one").own(), item("b", "two").words(900)], "duplicate 1 url");
    check(&[item("a", "one").words(0), item("b", "two").words(0)], "duplicate 1 url");
}

#[test]
fn a_further_feed_is_a_duplicate_once() {
    check(&[item("a", "one"), item("b", "two")], "duplicate 1 url");
    check(&[item("a", "one"), item("b", "two"), item("b", "three").poll(2)], "repeat");
    check(&[item("a", "one"), item("b", "two"), item("b", "two").guid("other").poll(2)], "repeat");
}

#[test]
fn a_carried_text_goes_its_own_way_when_its_words_differ() {
    let b = |text: &str, words: u32, poll: u64| item("b", text).named("x").words(words).poll(poll);
    check(&[item("a", "one"), b("one", 100, 1), b("two", 129, 2)], "repeat");
    check(&[item("a", "one"), b("one", 100, 1), b("two", 71, 2)], "repeat");
    check(&[item("a", "one"), b("one", 100, 1), b("two", 130, 2)], "new 1 was_duplicate");
    check(&[item("a", "one"), b("one", 100, 1), b("two", 70, 2)], "new 1 was_duplicate");
    check(&[item("a", "one"), b("one", 100, 1), b("two", 120, 2), b("three", 140, 3)], "new 1 was_duplicate");
    check(&[item("a", "one"), b("one", 100, 1), b("one", 130, 2).extra("tag")], "repeat");
    check_without("a", &[item("a", "one"), b("one", 100, 1), b("two", 110, 2)], "revised 2 lead_left");
}

#[test]
fn what_went_its_own_way_is_an_article_of_its_own() {
    let b = |text: &str, poll: u64| item("b", text).named("x").words(200).poll(poll);
    let mut scene = Scene::default();
    let original = scene.see(&item("a", "one")).publication.unwrap().article();
    scene.expect(&item("b", "one").named("x"), "duplicate 1 content_hash");
    let own = scene.see(&b("two", 2)).publication.unwrap().article();
    assert_ne!(own, original);
    scene.expect(&b("three", 3), "revised 2 edited");
    scene.expect(&item("a", "four").poll(2), "revised 2 edited");
    scene.expect(&item("c", "three").link("https://b.example/x"), "duplicate 2 url");
    assert_eq!(scene.memory().len(), 2);
}

#[test]
fn a_guid_goes_before_a_link_and_the_conflict_is_told() {
    let two = item("a", "two").guid("2").link("https://site.example/2");
    check(&[item("a", "one"), two, item("a", "one").link("https://site.example/2").poll(2)], "repeat conflict");
}

#[test]
fn a_title_is_looked_up_only_where_guid_and_link_lack() {
    let bare = |text: &str| item("a", text).guid("").link("");
    check(&[bare("one"), bare("two").poll(2)], "revised 2 edited");
    check(&[bare("one"), bare("two").title("other").poll(2)], "new 1");
    check(&[bare("one"), item("a", "two").poll(2)], "new 1");
    check(&[item("a", "one"), bare("two").poll(2)], "revised 2 edited");
}

#[test]
fn nothing_is_written_for_a_repeat_that_says_nothing_new() {
    let mut scene = Scene::default();
    scene.see(&item("a", "one"));
    assert_eq!(scene.see(&item("a", "one")).changes, []);
    assert_eq!(scene.see(&item("a", "one").poll(2)).changes.len(), 1, "the order is taken");
    scene.wait_days(14);
    assert_eq!(scene.see(&item("a", "one").poll(2)).changes, []);
    scene.wait_days(1);
    assert_eq!(scene.see(&item("a", "one").poll(2)).changes.len(), 1, "older than half the window");
    assert_eq!(scene.see(&item("a", "one").poll(2)).changes, []);
}

#[test]
fn what_nobody_shows_for_a_window_is_forgotten() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").wait_days(29).expect(&item("b", "one"), "duplicate 1 url");
    scene.wait_days(29).expect(&item("a", "two").poll(2), "revised 2 edited");
    scene.wait_days(30).wait(TimeDelta::minutes(2));
    scene.expect(&item("a", "two").poll(2), "new 1");
    assert_eq!(scene.memory().len(), 1);
}

#[test]
fn at_the_limit_the_oldest_go_and_it_is_told() {
    let mut scene = Scene::with_articles_max(3);
    let numbered = |number: i64| item("a", &format!("text {number}")).named(&format!("n{number}")).title("other");
    for number in 0..3 {
        scene.expect(&numbered(number), "new 1").wait_days(1);
    }
    scene.expect(&numbered(0).poll(2), "repeat").wait_days(1);
    assert!(!scene.memory().is_shortened());
    scene.expect(&numbered(3), "new 1");
    assert!(scene.memory().is_shortened());
    assert_eq!(scene.memory().len(), 3);
    scene.expect(&numbered(0).poll(3), "repeat").expect(&numbered(2).poll(2), "repeat");
    scene.expect(&numbered(1).poll(2), "new 1");
}

#[test]
fn the_present_minute_is_never_forgotten() {
    let mut scene = Scene::with_articles_max(2);
    let numbered = |number: i64| item("a", &format!("text {number}")).named(&format!("n{number}")).title("other");
    for number in 0..5 {
        scene.expect(&numbered(number), "new 1");
    }
    assert_eq!(scene.memory().len(), 5);
    scene.wait(TimeDelta::minutes(1)).expect(&numbered(5), "new 1");
    assert_eq!(scene.memory().len(), 1);
}

#[test]
fn a_record_that_cannot_be_judged_moves_the_position_and_nothing_else() {
    let mut scene = Scene::default();
    scene.see(&item("a", "one"));
    let before = scene.memory().articles();
    let decision = scene.judge(Input::Unfit(Unfit::Undecodable));
    assert_eq!((decision.outcome, decision.publication, decision.changes), (Outcome::DeadLetter, None, Vec::new()));
    assert_eq!(scene.memory().articles(), before);
    assert_eq!(scene.memory().position().unwrap().offset, 2);
}

#[test]
fn labels_are_distinct() {
    fn check<T: Copy>(all: &[T], as_str: impl Fn(T) -> &'static str) {
        let names: std::collections::BTreeSet<&str> = all.iter().map(|one| as_str(*one)).collect();
        assert_eq!(names.len(), all.len());
    }
    check(Outcome::ALL, Outcome::as_str);
    check(Unfit::ALL, Unfit::as_str);
    check(Unfit::ALL, Unfit::text);
    check(RevisionReason::ALL, RevisionReason::as_str);
    check(Evidence::ALL, Evidence::as_str);
}
