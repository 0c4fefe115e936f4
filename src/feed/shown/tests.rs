//! Tests of what a feed has shown.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::article::Digest;

const HALF: Duration = Duration::from_hours(15 * 24);

fn item(n: usize) -> ItemId {
    ItemId(Digest::of("item", [n.to_string().as_bytes()]))
}

fn digest(n: usize) -> SourceDigest {
    SourceDigest(Digest::of("digest", [n.to_string().as_bytes()]))
}

fn day(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + n)
}

fn document(entries: std::ops::Range<usize>) -> Vec<(ItemId, SourceDigest)> {
    entries.map(|n| (item(n), digest(n))).collect()
}

fn after(entries: std::ops::Range<usize>) -> Shown {
    let mut shown = Shown::default();
    shown.record(&document(entries), day(0));
    shown
}

#[test]
fn new_known_and_changed() {
    let sightings = after(0..3).sightings(day(0), HALF);
    assert_eq!(sightings.of(item(1), digest(1)), Sighting::Known);
    assert_eq!(sightings.of(item(1), digest(9)), Sighting::Changed);
    assert_eq!(sightings.of(item(3), digest(3)), Sighting::New);
}

#[test]
fn a_short_or_empty_document_shrinks_nothing() {
    let mut shown = after(0..300);
    shown.record(&[], day(1));
    shown.record(&document(300..301), day(2));
    assert_eq!(shown.len(), 301);
    assert_eq!(shown.sightings(day(2), HALF).of(item(299), digest(0)), Sighting::Changed);
}

#[test]
fn the_newest_twice_the_largest_document_are_known() {
    let mut shown = after(0..80);
    for start in 1..200 {
        shown.record(&document(start..start + 80), day(0));
    }
    assert_eq!(shown.len(), 160);
    let sightings = shown.sightings(day(0), HALF);
    assert_eq!(sightings.of(item(278), digest(278)), Sighting::Known);
    assert_eq!(sightings.of(item(119), digest(119)), Sighting::Known);
    assert_eq!(sightings.of(item(118), digest(118)), Sighting::New);
}

#[test]
fn a_large_document_counts_for_90_days() {
    let mut shown = after(0..400);
    shown.record(&document(400..410), day(89));
    assert_eq!(shown.capacity(), 800);
    shown.record(&document(410..420), day(125));
    assert_eq!((shown.capacity(), shown.len()), (100, 100));
}

#[test]
fn an_entry_still_shown_is_sent_once_per_half_window() {
    let mut shown = after(0..50);
    let mut sent = vec![0; 50];
    for hour in 1..=24 * 30 {
        let now = day(0) + TimeDelta::hours(hour);
        let sightings = shown.sightings(now, HALF);
        for (n, sent) in sent.iter_mut().enumerate() {
            *sent += usize::from(sightings.of(item(n), digest(n)) == Sighting::Renew);
        }
        shown.record(&document(0..50), now);
    }
    assert_eq!(sent, vec![2; 50]);
}

#[test]
fn renewals_are_spread() {
    let shown = after(0..100);
    let sightings = shown.sightings(day(3), HALF);
    let due = (0..100).filter(|n| sightings.of(item(*n), digest(*n)) == Sighting::Renew).count();
    assert!((8..=35).contains(&due), "{due} of 100 in a fifth of the half window");
}

#[test]
fn a_clock_set_back_renews_nothing() {
    let sightings = after(0..50).sightings(day(-40), HALF);
    assert!((0..50).all(|n| sightings.of(item(n), digest(n)) == Sighting::Known));
}

#[test]
fn forgotten_digests_send_all_once_more() {
    let mut shown = after(0..5);
    shown.forget_digests();
    let sightings = shown.sightings(day(0), HALF);
    assert!((0..5).all(|n| sightings.of(item(n), digest(n)) == Sighting::Changed));
    shown.record(&document(0..5), day(0));
    assert_eq!(shown.sightings(day(0), HALF).of(item(2), digest(2)), Sighting::Known);
}

#[test]
fn the_stored_form_reads_back_and_is_small() {
    let shown = after(0..100);
    let stored = serde_json::to_string(&shown).unwrap();
    assert_eq!(serde_json::from_str::<Shown>(&stored).unwrap(), shown);
    assert!(stored.len() < 100 * 22 + 100, "{}", stored.len());
    assert_eq!(serde_json::from_str::<Shown>("{}").unwrap(), Shown::default());
    for wrong in [r#"{"pairs":"AA"}"#, r#"{"pairs":"?"}"#, r#"{"pairs":"AAAAAAAAAAA"}"#] {
        assert!(serde_json::from_str::<Shown>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn what_was_just_recorded_is_known(sizes in proptest::collection::vec((0_usize..500, 0_usize..150), 1..12)) {
        let mut shown = Shown::default();
        for (step, (start, length)) in sizes.iter().enumerate() {
            let now = day(i64::try_from(step).unwrap() * 20);
            let document = document(*start..start + length);
            shown.record(&document, now);
            let sightings = shown.sightings(now, HALF);
            prop_assert!(document.iter().all(|(item, digest)| sightings.of(*item, *digest) == Sighting::Known));
            prop_assert!(shown.len() <= shown.capacity());
        }
    }
}
