//! Tests of plans.

use super::*;
use crate::feed::list;

fn listed(text: &str, name: &str) -> Vec<Listed> {
    list::read(text.as_bytes(), name).unwrap()
}

fn toml(urls: std::ops::Range<usize>) -> Vec<Listed> {
    let feed = |n| format!("[[feed]]\nurl = 'https://a{n}.example/'\ntags = ['t']\ninterval = '5m'\n");
    listed(&urls.map(feed).collect::<String>(), "feeds.toml")
}

fn setting(removal: Removal, hours: i64) -> Setting {
    Setting { partitions: 64, removal, now: DateTime::UNIX_EPOCH + TimeDelta::hours(hours) }
}

fn none() -> BTreeMap<FeedId, String> {
    BTreeMap::new()
}

fn present(feeds: usize) -> Vec<Definition> {
    plan(&[], &toml(0..feeds), &none(), &setting(Removal::AtOnce, 0)).added
}

#[test]
fn applying_twice_changes_nothing() {
    let present = present(4);
    assert_eq!(present.len(), 4);
    let again = plan(&present, &toml(0..4), &none(), &setting(Removal::AtOnce, 1));
    assert!(again.is_empty());
    assert_eq!(again.unchanged, 4);
}

#[test]
fn a_changed_wish_keeps_id_route_and_orders() {
    let mut present = present(1);
    (present[0].poll_now, present[0].route) = (7, 63);
    let wish = listed("[[feed]]\nurl='https://a0.example/'\ncountry='FR'\n", "f.toml");
    let plan = plan(&present, &wish, &none(), &setting(Removal::AtOnce, 1));
    let changed = &plan.changed[0];
    assert_eq!((changed.id, changed.route, changed.poll_now), (present[0].id, 63, 7));
    assert_eq!((changed.country.as_deref(), changed.interval, changed.tags.len()), (Some("FR"), None, 0));
}

#[test]
fn a_form_that_cannot_say_it_leaves_it() {
    let mut present = present(1);
    present[0].paused = true;
    let plain = plan(&present, &listed("https://a0.example/", "f.txt"), &none(), &setting(Removal::AtOnce, 1));
    assert_eq!(plain.unchanged, 1);
    let opml = listed("<outline text='A' xmlUrl='https://a0.example/'/>", "f.opml");
    let changed = plan(&present, &opml, &none(), &setting(Removal::AtOnce, 1)).changed.remove(0);
    assert_eq!(
        (changed.publisher.as_deref(), changed.tags.len(), changed.interval),
        (Some("A"), 0, present[0].interval)
    );
    assert!(changed.paused);
}

#[test]
fn feeds_are_found_by_id_address_and_where_they_moved() {
    let present = present(1);
    let id = present[0].id;
    let by_id =
        listed(&format!("[[feed]]\nid='{id}'\nurl='https://new.example/'\ntags=['t']\ninterval='5m'"), "f.toml");
    let plan_by_id = plan(&present, &by_id, &none(), &setting(Removal::AtOnce, 1));
    assert_eq!((plan_by_id.changed[0].id, plan_by_id.changed[0].url.as_str()), (id, "https://new.example/"));
    // The definition's new address does not free its id: the first address still means this feed.
    let back = plan(&plan_by_id.changed, &toml(0..1), &none(), &setting(Removal::AtOnce, 1));
    assert_eq!((back.unchanged, back.added.len()), (1, 0));
    let moved = BTreeMap::from([(id, "https://moved.example/".to_owned())]);
    let there = listed("https://moved.example/\nhttps://a0.example/", "f.txt");
    let plan = plan(&present, &there, &moved, &setting(Removal::AtOnce, 1));
    assert_eq!((plan.unchanged, plan.repeated, plan.added.len()), (1, vec![2], 0));
}

#[test]
fn a_mirrored_absence_pauses_then_removes() {
    let present = present(2);
    let first = plan(&present, &toml(0..1), &none(), &setting(Removal::Mirrored, 1));
    let absent = first.changed[0].clone();
    assert!(first.removed.is_empty() && !absent.is_active());
    let now = vec![present[0].clone(), absent.clone()];
    let waiting = plan(&now, &toml(0..1), &none(), &setting(Removal::Mirrored, 24));
    assert_eq!((waiting.unchanged, waiting.is_empty()), (2, true));
    let over = plan(&now, &toml(0..1), &none(), &setting(Removal::Mirrored, 25));
    assert_eq!(over.removed, [absent]);
    let back = plan(&now, &toml(0..2), &none(), &setting(Removal::Mirrored, 25));
    assert_eq!(back.changed, [present[1].clone()]);
}

#[test]
fn many_at_once_are_held_back() {
    let check = |feeds: usize, kept: usize, removal, held: usize, removed: usize| {
        let plan = plan(&present(feeds), &toml(0..kept), &none(), &setting(removal, 1));
        assert_eq!((plan.held_back.len(), plan.removed.len()), (held, removed), "{feeds} to {kept}");
    };
    check(6, 1, Removal::AtOnce, 0, 5);
    check(6, 0, Removal::AtOnce, 6, 0);
    check(100, 90, Removal::AtOnce, 0, 10);
    check(100, 89, Removal::AtOnce, 11, 0);
    check(100, 89, Removal::Mirrored, 11, 0);
    check(100, 0, Removal::Confirmed, 0, 100);
}
