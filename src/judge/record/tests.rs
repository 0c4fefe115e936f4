//! Stored records read back, refuse what a later version wrote, and stay small.

use proptest::prelude::*;

use super::*;
use crate::article::Digest;
use crate::judge::stage::{Scene, item};
use crate::judge::times::Times;

fn read_back(record: &Record) -> Stored {
    read(record.key.as_bytes(), record.value.as_deref()).unwrap()
}

proptest! {
    #[test]
    fn an_article_reads_back(known in samples::known()) {
        let change = Change::Article(Box::new(known));
        prop_assert_eq!(read_back(&of_change(&change)), Stored::Change(change));
    }

    #[test]
    fn any_bytes_are_an_error_or_a_record_and_never_a_panic(key in "(position|lane|[0-9a-f]{32}|left:[0-9a-f]{32}|.*)", value: Vec<u8>) {
        prop_assert!(read(key.as_bytes(), None).is_ok());
        prop_assert!(!matches!(read(key.as_bytes(), Some(&value)), Ok(Stored::Gone(_))));
    }
}

#[test]
fn the_other_records_read_back() {
    let feed = FeedId(Digest::of("test", []));
    for change in [Change::Left { feed, since_ms: 7 }, Change::Back(feed)] {
        assert_eq!(read_back(&of_change(&change)), Stored::Change(change));
    }
    let times = Times { now_ms: 3, horizon_ms: -1, event_ms: 4 };
    let position = Position { offset: 9, record_ms: 2, digest: Digest::of("test", []), times };
    assert_eq!(read_back(&of_position(&position)), Stored::Position(position));
    for lane in [Lane { number: 1, position: None }, Lane { number: 2, position: Some(9) }] {
        assert_eq!(read_back(&of_lane(&lane)), Stored::Lane(lane));
    }
}

#[test]
fn tombstones_take_out() {
    let id = ArticleId(Digest::of("test", []));
    assert_eq!(read(id.to_string().as_bytes(), None).unwrap(), Stored::Gone(id));
    assert_eq!(read(b"position", None).unwrap(), Stored::Unknown);
}

#[test]
fn a_later_version_is_told_from_damage() {
    let id = Digest::of("test", []).to_string();
    for key in ["position", "lane", &id, &format!("left:{id}")] {
        let later = read(key.as_bytes(), Some(br#"{"v":2,"shape":"another"}"#));
        assert!(matches!(later, Err(RecordError::LaterVersion { version: 2, .. })), "{key}");
        let damaged = read(key.as_bytes(), Some(br#"{"v":1}"#));
        assert!(matches!(damaged, Err(RecordError::Malformed { .. })), "{key}");
    }
    assert_eq!(read(b"attempt", Some(b"{}")).unwrap(), Stored::Unknown);
}

#[test]
fn unknown_fields_are_ignored() {
    let lane = read(b"lane", Some(br#"{"v":1,"number":3,"position":null,"more":[1]}"#)).unwrap();
    assert_eq!(lane, Stored::Lane(Lane { number: 3, position: None }));
}

#[test]
fn an_ordinary_article_takes_at_most_400_bytes_stored() {
    let mut scene = Scene::default();
    scene.see(&item("a", "one").epoch(1_780_000_000_000).poll(1_000));
    let known = scene.memory().articles().remove(0);
    assert_eq!(known.aliases.len(), 2, "guid and title besides the link");
    let record = of_change(&Change::Article(Box::new(known)));
    let bytes = record.value.unwrap().len();
    assert!(bytes <= 400, "{bytes}");
}
