//! What the gatherer counts: every poll and every item ends in exactly one counted outcome.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::gauge;
use super::poll::{Found, Polled, Reading};
use super::settle::Tally;
use super::turn::Turn;
use crate::app::clock;
use crate::article::{Observation, Showing};
use crate::event::{DeadReason, Stage};
use crate::feed::Note;
use crate::metrics::{Gathering, ItemEnd, LimitHit, Measured, Metrics, Reached};

/// A date older than this says when the article was dated, not how late we were.
const DETECTION_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A poll has ended.
pub(super) fn polled(counted: &Gathering, polled: &Polled) {
    counted.polls.of(polled.ending.outcome).inc();
    let took = (polled.time - polled.job.began).to_std().unwrap_or_default();
    counted.poll_duration.observe(took.as_secs_f64());
    counted.answer_bytes.of(Measured::Wire).inc_by(polled.wire_bytes);
    match &polled.found {
        Found::Nothing(_) => {}
        Found::Document(reading) => read(counted, reading),
        Found::Unanswered(error) => counted.fetch_failures.of(error.reason()).inc(),
        Found::Unread(unread) => counted.parse_failures.of(unread.reason()).inc(),
        Found::NoSecret(why) => tracing::warn!(feed = %polled.job.feed, why, "a feed's secret cannot be read"),
    }
}

fn read(counted: &Gathering, reading: &Reading) {
    let sighted = &reading.sighted;
    counted.items_parsed.inc_by(sighted.parsed);
    counted.items.of(ItemEnd::ShownBefore).inc_by(sighted.shown_before);
    let cut = reading.report.of(Note::EntriesCut);
    counted.limit_hits.of(LimitHit::Entries).inc_by(u64::from(cut));
    for delay in sighted.observations.iter().filter_map(detection_delay) {
        counted.detection_delay.observe(delay.as_secs_f64());
    }
}

fn detection_delay(observation: &Observation) -> Option<Duration> {
    let published = observation.article.published.filter(|_| observation.showing == Showing::Live)?;
    let delay = (observation.fetch.time - published).to_std().ok()?;
    (delay <= DETECTION_MAX && !observation.shown_before).then_some(delay)
}

/// A poll's items are on their way to the broker.
pub(super) fn queued(metrics: &Metrics, turn: &Turn, fetched: DateTime<Utc>) {
    metrics.gathering.items_in_flight.add(gauge(turn.items));
    observe(metrics, Reached::Queued, turn.items, fetched);
}

/// A poll's items are acknowledged, or dead.
pub(super) fn settled(metrics: &Metrics, tally: Tally, fetched: DateTime<Utc>) {
    let counted = &metrics.gathering;
    counted.items_in_flight.sub(gauge(tally.sent + tally.dead));
    counted.items.of(ItemEnd::Sent).inc_by(tally.sent);
    counted.items.of(ItemEnd::Dead).inc_by(tally.dead);
    metrics.judging.dead_letters.of(Stage::Gather, DeadReason::TooLarge).inc_by(tally.dead);
    observe(metrics, Reached::Acknowledged, tally.sent, fetched);
}

fn observe(metrics: &Metrics, reached: Reached, items: u64, fetched: DateTime<Utc>) {
    let latency = (clock::now() - fetched).to_std().unwrap_or_default().as_secs_f64();
    (0..items).for_each(|_| metrics.judging.event_latency.of(reached).observe(latency));
}
