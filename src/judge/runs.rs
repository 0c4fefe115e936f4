//! Runs of events that simpler rules get wrong, each with the harm it did.

use proptest::prelude::*;

use super::stage::{Scene, Sight, check_same, feed, item, observe, start, told};
use super::*;

/// Judges whole documents of one feed in turn, and tells what came of each item.
fn documents(scene: &mut Scene, documents: &[Vec<Sight>]) -> Vec<Vec<String>> {
    let mut told_of = |document: &Vec<Sight>| {
        let inputs = observe(document).into_iter().map(|observation| Input::Observed(Box::new(observation)));
        inputs.map(|input| told(&scene.judge(input))).collect()
    };
    documents.iter().map(&mut told_of).collect()
}

#[test]
fn run_6_the_lead_is_removed_and_the_other_feed_shows_the_correction() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").expect(&item("b", "one"), "duplicate 1 url").left("a");
    scene.expect(&item("b", "corrected").poll(2), "revised 2 lead_left");
    scene.expect(&item("b", "corrected").poll(3), "repeat");
    scene.expect(&item("b", "corrected again").poll(4), "revised 3 edited");
    scene.back("a").expect(&item("a", "corrected again").poll(9), "repeat");
}

#[test]
fn run_6_a_lead_that_is_back_in_time_keeps_its_article() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").left("a").back("a");
    assert_eq!(scene.memory().feeds_left(), 0);
    scene.expect(&item("b", "two"), "duplicate 1 url").expect(&item("a", "three").poll(2), "revised 2 edited");
}

#[test]
fn run_6_the_word_that_a_lead_left_lives_as_long_as_its_articles() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").expect(&item("b", "one"), "duplicate 1 url").left("a");
    for poll in 2..8 {
        scene.wait_days(14).expect(&item("b", "one").poll(poll), "repeat");
    }
    scene.expect(&item("b", "corrected").poll(9), "revised 2 lead_left");
    scene.wait_days(40).expect(&item("c", "other").named("x"), "new 1");
    assert_eq!(scene.memory().feeds_left(), 0, "nothing it led is remembered");
}

#[test]
fn run_7_a_retraction_of_the_own_site_goes_before_an_aggregators_comments() {
    let mut scene = Scene::default();
    scene.expect(&item("aggregator", "with 4,000 words of comments").words(4_000), "new 1");
    scene.expect(&item("paper", "retracted").words(380).own(), "revised 2 own_site");
    scene.expect(&item("aggregator", "with more comments").words(5_000).poll(2), "repeat");
}

#[test]
fn run_12_what_was_seen_within_the_window_is_known_after_days_away() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").wait_days(24);
    // The judge is away six days; what it finds then was appended in that time, and time goes by it.
    scene.wait_days(6).expect(&item("a", "one").poll(2), "repeat");
}

#[test]
fn run_13_a_quiet_month_keeps_the_position() {
    let mut scene = Scene::default();
    scene.see(&item("a", "one"));
    let renewal = scene.memory().renewal();
    assert_eq!(renewal.position.as_ref(), scene.memory().position());
    assert_eq!(renewal.records().len(), 1);
    let mut restored = Memory::new(*scene.memory().limits());
    for record in renewal.records() {
        restored.apply(record::read(record.key.as_bytes(), record.value.as_deref()).unwrap());
    }
    assert_eq!(restored.position(), scene.memory().position());
}

#[test]
fn run_14_an_entry_still_shown_is_known_after_forty_days() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1");
    for poll in 2..5 {
        scene.wait_days(15).expect(&item("a", "one").poll(poll), "repeat");
    }
    scene.expect(&item("b", "one").named("x"), "duplicate 1 content_hash");
}

#[test]
fn run_15_two_entries_with_one_guid_do_not_revise_each_other() {
    let document = |poll: u64| {
        let two = item("a", "two").link("https://site.example/2").title("second").poll(poll);
        vec![item("a", "one").poll(poll), two]
    };
    let mut scene = Scene::default();
    let told = documents(&mut scene, &[document(1), document(2), document(3)]);
    assert_eq!(told, [["new 1", "new 1"], ["repeat", "repeat"], ["repeat", "repeat"]]);
}

#[test]
fn run_15_entries_that_share_all_names_do_not_revise_each_other() {
    let document = |poll: u64| vec![item("a", "one").poll(poll), item("a", "two").poll(poll)];
    let mut scene = Scene::default();
    let told = documents(&mut scene, &[document(1), document(2)]);
    assert_eq!(told, [["new 1", "new 1"], ["repeat", "repeat"]]);
}

#[test]
fn run_15_the_same_text_twice_in_a_feed_is_one_article_and_resending_it_says_nothing() {
    let document = |poll: u64| vec![item("a", "one").poll(poll), item("a", "one").named("x").poll(poll)];
    let edited = |poll: u64| vec![item("a", "two").poll(poll), item("a", "one").named("x").poll(poll)];
    let mut scene = Scene::default();
    let told = documents(&mut scene, &[document(1), document(2), edited(3), edited(4)]);
    assert_eq!(told[..2], [["new 1", "repeat"], ["repeat", "repeat"]]);
    assert_eq!(told[2..], [["revised 2 edited", "repeat"], ["repeat", "repeat"]]);
}

#[test]
fn run_16_guid_and_link_that_change_at_every_poll_are_repeats() {
    for words in [3, 100] {
        let mut scene = Scene::default();
        scene.expect(&item("a", "one").words(words).named("p0"), "new 1");
        for poll in 1..100 {
            scene.expect(&item("a", "one").words(words).named(&format!("p{poll}")).poll(poll), "repeat");
        }
        let known = scene.memory().articles().remove(0);
        assert_eq!((known.aliases.len(), known.shows.len()), (ALIASES_MAX, SHOWS_OF_FEED_MAX));
    }
}

#[test]
fn run_16_a_carried_text_whose_guid_changes_is_no_news_either() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one"), "new 1").expect(&item("b", "one").named("p0"), "duplicate 1 content_hash");
    for poll in 1..20 {
        scene.expect(&item("b", "one").named(&format!("p{poll}")).poll(poll), "repeat");
    }
    scene.expect(&item("b", "its own").named("p19").words(300).poll(20), "new 1 was_duplicate");
}

#[test]
fn run_17_items_read_again_from_the_start_do_not_bring_old_text_back() {
    let seen = [item("a", "one"), item("a", "two").poll(2), item("a", "three").poll(3)];
    let mut scene = Scene::default();
    for sight in &seen {
        scene.see(sight);
    }
    let again: Vec<String> = seen.iter().map(|sight| told(&scene.see(sight))).collect();
    assert_eq!(again, ["stale", "stale", "repeat"]);
}

#[test]
fn run_19_order_is_kept_for_each_origin() {
    // A later origin has an order of its own: the showing of one is never that of another.
    let mut scene = Scene::default();
    scene.see(&item("a", "one").poll(2));
    let known = scene.memory().articles().remove(0);
    assert_eq!(known.order_of(feed("a"), crate::article::Origin::Feed).map(|order| order.poll), Some(2));
    assert_eq!(known.order_of(feed("b"), crate::article::Origin::Feed), None);
}

#[test]
fn run_21_no_duplicate_of_a_remembered_article_that_nobody_got() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one").held(), "remembered").expect(&item("b", "one").named("x"), "repeat");
    scene.expect(&item("b", "edited").named("x").poll(2), "new 1");
    scene.expect(&item("b", "edited again").named("x").poll(3), "revised 2 edited");
}

#[test]
fn run_22_the_epoch_decides_and_no_clock() {
    let mut scene = Scene::default();
    scene.expect(&item("a", "one").epoch(1).poll(500), "new 1");
    scene.expect(&item("a", "corrected").epoch(2).poll(1), "revised 2 edited");
    scene.expect(&item("a", "one").epoch(1).poll(501), "stale");
}

#[test]
fn run_23_a_teaser_does_not_shrink_the_article() {
    let teaser = |text: &str, poll: u64| item("teasers", text).words(40).own().poll(poll);
    let mut scene = Scene::default();
    scene.expect(&item("full", "all of it").words(600).own(), "new 1");
    scene.expect(&teaser("the first lines", 1), "duplicate 1 url");
    scene.expect(&teaser("the first lines, edited", 2), "repeat");
}

#[test]
fn run_24_newer_rules_revise_nothing() {
    let mut scene = Scene::default();
    for number in 0..20 {
        scene.see(&item("a", &format!("text {number}")).named(&format!("n{number}")).title(&number.to_string()));
    }
    for number in 0..20 {
        let again = item("a", &format!("text {number}")).named(&format!("n{number}")).title(&number.to_string());
        scene.expect(&again.version(2).poll(2), "repeat");
    }
}

#[test]
fn run_25_a_clock_that_jumps_forgets_nothing() {
    let mut scene = Scene::default();
    scene.see(&item("a", "one"));
    let mut overlay = Overlay::new(scene.memory());
    let observation = observe(&[item("a", "one").poll(2)]).remove(0);
    let year = chrono::TimeDelta::days(365);
    let digest = Position::digest_of(b"record");
    // The broker's clock a year ahead, then ours a year behind: neither alone moves time on or back.
    for (record_time, clock) in [(start() + year, start()), (start(), start() - year)] {
        let stamp = Stamp { offset: 2, record_time, digest, clock };
        let decision = overlay.decide(&Input::Observed(Box::new(observation.clone())), stamp);
        assert_eq!(told(&decision), "repeat");
        assert_eq!(decision.event_time(), start());
        overlay.accept(&decision);
    }
}

/// Sights of two feeds with few names and texts.
fn sights() -> impl Strategy<Value = Vec<Sight>> {
    let sight = ("[ab]", "[12]", "[pqr]", 0..3_u32, 1..4_u64).prop_map(|(feed, name, text, words, poll)| {
        let words = [5, 100, 200][words as usize % 3];
        item(&feed, &format!("{text} {words}"))
            .guid(&name)
            .link(&format!("https://site.example/{name}"))
            .words(words)
            .poll(poll)
    });
    proptest::collection::vec(sight, 1..20)
}

proptest! {
    #[test]
    fn a_repeat_changes_nothing(sights in sights()) {
        let mut scene = Scene::default();
        for sight in &sights {
            scene.see(sight);
            let before = scene.memory().articles();
            let again = scene.see(sight);
            prop_assert!(matches!(again.outcome, Outcome::Repeat | Outcome::Stale), "{}", told(&again));
            prop_assert_eq!(scene.memory().articles(), before);
        }
    }

    #[test]
    fn one_batch_is_as_many(sights in sights(), articles_max in 1..5_usize) {
        let mut one_by_one = Scene::with_articles_max(articles_max);
        let whole = Scene::with_articles_max(articles_max);
        let mut overlay = Overlay::new(whole.memory());
        let mut memory = Memory::new(*whole.memory().limits());
        for (sight, offset) in sights.iter().zip(1..) {
            let expected = one_by_one.wait_days(3).see(sight);
            let input = Input::Observed(Box::new(observe(std::slice::from_ref(sight)).remove(0)));
            let decision = overlay.decide(&input, expected.stamp);
            prop_assert_eq!(decision.stamp.offset, offset);
            prop_assert_eq!(&decision, &expected);
            overlay.accept(&decision);
        }
        memory.merge(overlay.finish());
        check_same(&memory, one_by_one.memory());
    }

    #[test]
    fn what_is_restored_is_what_the_judge_has(sights in sights(), articles_max in 1..5_usize) {
        let mut scene = Scene::with_articles_max(articles_max);
        for sight in &sights {
            scene.wait_days(3).see(sight);
            check_same(&scene.restored(), scene.memory());
        }
    }

    #[test]
    fn what_is_stale_is_so_in_any_order(polls in Just((1..6_u64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut scene = Scene::default();
        for poll in &polls {
            scene.see(&item("a", &format!("text {poll}")).poll(*poll));
        }
        let known = scene.memory().articles().remove(0);
        let newest = observe(&[item("a", "text 5").poll(5)]).remove(0).article.content_hash;
        prop_assert_eq!(known.text.hash, newest);
    }
}

#[test]
fn an_article_takes_at_most_250_bytes() {
    let mut memory = Memory::new(Limits { window_ms: super::stage::WINDOW.num_milliseconds(), articles_max: 1 << 20 });
    // A 128th of the default limit: the tables, which double, are filled as at ten million.
    while memory.len() < 78_125 {
        let mut overlay = Overlay::new(&memory);
        let from = memory.position().map_or(0, Position::next);
        for offset in from..(from + 1_000).min(78_125) {
            let name = offset.to_string();
            let sight = item("a", &name).named(&name).title(&name).epoch(1_780_000_000_000).poll(1_000);
            let time = start() + chrono::TimeDelta::seconds(offset);
            let stamp = Stamp { offset, record_time: time, digest: Position::digest_of(b"record"), clock: time };
            let observation = observe(&[sight]).remove(0);
            overlay.accept(&overlay.decide(&Input::Observed(Box::new(observation)), stamp));
        }
        memory.merge(overlay.finish());
    }
    let each = memory.bytes() / memory.len();
    assert!(each <= 250, "{each} bytes");
}

#[test]
fn who_reads_its_own_records_once_more_does_not_go_back_in_time() {
    let mut scene = Scene::default();
    scene.see(&item("a", "one"));
    let first = *scene.memory().position().unwrap();
    scene.wait_days(1).see(&item("b", "two"));
    let mut memory = scene.restored();
    memory.apply(record::Stored::Position(first));
    assert_eq!(memory.position(), scene.memory().position());
    assert_eq!((memory.times(), memory.is_shortened()), (scene.memory().times(), false));
}
