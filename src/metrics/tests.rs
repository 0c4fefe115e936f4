//! The families as Prometheus sees them.

use std::collections::BTreeSet;

use super::*;
use crate::event::{DeadReason, EventType, Stage};
use crate::feed::ParseFailure;
use crate::fetch::FailureReason;
use crate::judge::Outcome;
use crate::kafka::Topic;
use crate::schedule::{HostReason, PollOutcome};

fn metrics() -> Metrics {
    Metrics::new("2026-03-01T06:00:00.500Z".parse().unwrap()).unwrap()
}

#[track_caller]
fn check(metrics: &Metrics, line: &str) {
    let text = metrics.text().unwrap();
    assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
}

#[test]
fn series_exist_before_their_first_event() {
    let metrics = metrics();
    check(&metrics, "depeche_polls_total{outcome=\"changed\"} 0");
    check(&metrics, "depeche_items_judged_total{outcome=\"new\"} 0");
    check(&metrics, "depeche_event_latency_seconds_count{stage=\"committed\"} 0");
    check(&metrics, "depeche_start_timestamp_seconds 1772344800.5");
    for stage in Stage::ALL {
        for reason in DeadReason::ALL {
            let labels = format!("reason=\"{}\",stage=\"{}\"", reason.as_str(), stage.as_str());
            check(&metrics, &format!("depeche_dead_letters_total{{{labels}}} 0"));
        }
    }
}

#[test]
fn what_is_counted_is_read() {
    let metrics = metrics();
    metrics.gathering.polls.of(PollOutcome::NotModified).inc();
    metrics.judging.dead_letters.of(Stage::Judge, DeadReason::TooLarge).inc_by(2);
    metrics.judging.events.of(EventType::Created).inc_by(3);
    metrics.broker.records.of(Topic::FeedState).inc();
    metrics.judging.event_latency.of(Reached::Committed).observe(0.3);
    metrics.judging.restore.of(Restored::Memory).set(1.5);
    check(&metrics, "depeche_polls_total{outcome=\"not_modified\"} 1");
    check(&metrics, "depeche_dead_letters_total{reason=\"too_large\",stage=\"judge\"} 2");
    check(&metrics, "depeche_events_published_total{type=\"news.article.created\"} 3");
    check(&metrics, "depeche_records_written_total{topic=\"feed_state\"} 1");
    check(&metrics, "depeche_event_latency_seconds_bucket{stage=\"committed\",le=\"0.5\"} 1");
    check(&metrics, "depeche_event_latency_seconds_bucket{stage=\"committed\",le=\"0.25\"} 0");
    check(&metrics, "depeche_restore_seconds{of=\"memory\"} 1.5");
}

#[test]
fn a_replica_has_one_role() {
    let metrics = metrics();
    check(&metrics, "depeche_judge_role{role=\"none\"} 1");
    metrics.judging.role.only(Role::Standby);
    metrics.judging.role.only(Role::Judging);
    check(&metrics, "depeche_judge_role{role=\"judging\"} 1");
    check(&metrics, "depeche_judge_role{role=\"standby\"} 0");
    check(&metrics, "depeche_judge_role{role=\"none\"} 0");
}

/// The rules of `promtool check metrics` that matter to us, and our prefix.
#[test]
fn names_say_kind_and_unit() {
    let text = metrics().text().unwrap();
    let mut names = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        assert!(names.insert(name), "{name} is declared twice");
        assert!(name.starts_with("depeche_"), "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name} is a {kind}");
        assert!(kind != "histogram" || name.ends_with("_seconds"), "{name} has no unit");
        let help = text.lines().find_map(|line| line.strip_prefix(&format!("# HELP {name} ")));
        assert!(help.is_some_and(|help| !help.is_empty() && !help.ends_with('.')), "{name} has no help");
    }
    assert!(names.len() > 40, "{}", names.len());
    assert!(text.lines().count() < 700, "a replica keeps to few series: {}", text.lines().count());
}

#[test]
fn labels_are_short_words() {
    fn values<L: Label + std::fmt::Debug>() {
        let texts: BTreeSet<&str> = L::VALUES.iter().map(|value| value.text()).collect();
        assert_eq!(texts.len(), L::VALUES.len(), "{:?}", L::VALUES);
        assert!(
            texts.iter().all(|text| text.bytes().all(|b| b.is_ascii_lowercase() || b"_.".contains(&b))),
            "{texts:?}"
        );
    }
    values::<PollOutcome>();
    values::<FailureReason>();
    values::<ParseFailure>();
    values::<HostReason>();
    values::<Outcome>();
    values::<Topic>();
    values::<EventType>();
    values::<LimitHit>();
}
