//! Random runs in simulated time: adds, removals, moves, pauses, restarts and every kind of answer,
//! with the promises checked at each start.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::article::{Digest, FeedId};

const FEEDS: u64 = 12;
const INTERVAL: Duration = Duration::from_secs(600);
const SPACING: i64 = 5_000;

fn polling() -> Polling {
    let raw = RawPolling { interval: INTERVAL, floor: Duration::from_secs(60), ..RawPolling::default() };
    raw.check(&mut Vec::new()).unwrap()
}

fn feed(n: u64) -> FeedId {
    FeedId(Digest::of("test", [n.to_le_bytes().as_slice()]))
}

fn host(n: u64) -> Host {
    Host::named(&format!("h{}.example", n % 4))
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap()
}

#[derive(Debug, Clone)]
enum Event {
    /// Time passes and all that may start does; answers come at the next event.
    Pass(i64),
    End(u64, PollOutcome, Option<u64>, Option<u64>),
    Abandon(u64),
    Add(u64),
    Remove(u64),
    Move(u64, u64),
    Pause(u64),
    Resume(u64),
    PollNow(u64),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let n = 0..FEEDS;
    let outcome = proptest::sample::select(PollOutcome::ALL);
    let seconds = || proptest::option::of(0_u64..3_000);
    prop_oneof![
        6 => (0_i64..400_000).prop_map(Event::Pass),
        8 => (n.clone(), outcome, seconds(), seconds()).prop_map(|(n, o, r, m)| Event::End(n, o, r, m)),
        1 => n.clone().prop_map(Event::Abandon),
        1 => n.clone().prop_map(Event::Add),
        1 => n.clone().prop_map(Event::Remove),
        1 => (n.clone(), 0_u64..4).prop_map(|(n, h)| Event::Move(n, h)),
        1 => n.clone().prop_map(Event::Pause),
        1 => n.clone().prop_map(Event::Resume),
        1 => n.prop_map(Event::PollNow),
        1 => Just(Event::Restart),
    ]
}

/// The schedule under test beside what an outsider knows of it.
struct World {
    schedule: Schedule,
    now: DateTime<Utc>,
    /// Where each feed lives now.
    homes: BTreeMap<u64, Host>,
    paused: BTreeSet<u64>,
    flying: BTreeMap<u64, Host>,
    last_start: BTreeMap<Host, DateTime<Utc>>,
    stored: BTreeMap<u64, PollState>,
    stored_hosts: BTreeMap<Host, HostState>,
    /// Feeds that an operator asked for: interval and freshness do not bind them.
    asked: BTreeSet<u64>,
}

impl World {
    fn new() -> World {
        let mut world = World {
            schedule: Schedule::new(polling()),
            now: start(),
            homes: BTreeMap::new(),
            paused: BTreeSet::new(),
            flying: BTreeMap::new(),
            last_start: BTreeMap::new(),
            stored: BTreeMap::new(),
            stored_hosts: BTreeMap::new(),
            asked: BTreeSet::new(),
        };
        (0..FEEDS).for_each(|n| world.add(n, host(n)));
        world
    }

    fn add(&mut self, n: u64, host: Host) {
        let state = self.stored.get(&n).cloned();
        let entry = Entry { feed: feed(n), host: host.clone(), interval: None, epoch: 7, state };
        self.schedule.add(entry, self.now);
        self.homes.insert(n, host);
        self.paused.remove(&n);
    }

    /// Lets time pass second by second; whatever starts is checked.
    fn pass(&mut self, millis: i64) {
        let end = self.now + TimeDelta::milliseconds(millis);
        loop {
            match self.schedule.next(self.now) {
                Next::Start(id) => self.started((0..FEEDS).find(|n| feed(*n) == id).unwrap()),
                Next::Wait(until) if until < end => {
                    assert!(until > self.now, "a wait that waits for nothing");
                    self.now = until;
                }
                Next::Wait(_) | Next::Idle => break,
            }
        }
        self.now = end;
    }

    fn started(&mut self, n: u64) {
        let host = self.homes.get(&n).expect("a removed feed was polled").clone();
        assert!(!self.paused.contains(&n), "a paused feed was polled");
        assert!(!self.flying.values().any(|busy| *busy == host), "two in flight at {host}");
        if let Some(last) = self.last_start.insert(host.clone(), self.now) {
            assert!(self.now - last >= TimeDelta::milliseconds(SPACING), "{host} asked too soon");
        }
        let back_off = self.stored_hosts.get(&host).and_then(|state| state.back_off_until);
        assert!(back_off.is_none_or(|until| until <= self.now), "{host} asked us to stay away");
        let asked = self.asked.remove(&n);
        if let Some(state) = self.stored.get(&n) {
            assert!(state.not_before.is_none_or(|until| until <= self.now), "before Retry-After");
            assert!(asked || state.fresh_until.is_none_or(|until| until <= self.now), "before max-age");
            let least = state.last_poll.unwrap() + TimeDelta::seconds(570);
            assert!(asked || self.now >= least, "before the interval");
        }
        self.flying.insert(n, host);
    }

    fn end(&mut self, n: u64, ending: &Ending) {
        if self.flying.remove(&n).is_none() {
            return;
        }
        let finished = self.schedule.finished(feed(n), ending, self.now);
        assert_eq!(finished.poll.is_some(), self.homes.contains_key(&n));
        self.stored.extend(finished.poll.map(|state| (n, state)));
        self.stored_hosts.extend(finished.host);
    }

    /// A new process: flights are lost, only what is stored is known.
    fn restart(&mut self) {
        self.schedule = Schedule::new(polling());
        self.flying.clear();
        self.asked.clear();
        // A poll cut off by the crash left no trace, so its start binds nobody.
        self.last_start.clear();
        for (n, state) in &self.stored {
            if let (Some(host), Some(last)) = (self.homes.get(n), state.last_poll) {
                let known = self.last_start.entry(host.clone()).or_insert(last);
                *known = last.max(*known);
            }
        }
        for (host, state) in &self.stored_hosts {
            self.schedule.restore_host(host, state.clone(), self.now);
        }
        for (n, host) in self.homes.clone() {
            let paused = self.paused.contains(&n);
            self.add(n, host);
            if paused {
                self.pause(n);
            }
        }
    }

    fn pause(&mut self, n: u64) {
        self.schedule.pause(feed(n));
        self.paused.insert(n);
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Pass(millis) => self.pass(millis),
            Event::End(n, outcome, retry, max_age) => {
                let hints = Hints {
                    retry_after: retry.map(Duration::from_secs),
                    lifetime: max_age.map(Duration::from_secs),
                    age: Duration::ZERO,
                };
                self.end(n, &Ending { outcome, hints });
            }
            Event::Abandon(n) => {
                if self.flying.remove(&n).is_some() {
                    self.schedule.abandoned(feed(n), self.now);
                    self.asked.insert(n);
                }
            }
            Event::Add(n) => {
                let host = self.homes.get(&n).cloned().unwrap_or_else(|| host(n));
                self.add(n, host);
            }
            Event::Remove(n) => {
                self.schedule.remove(feed(n));
                self.homes.remove(&n);
                self.paused.remove(&n);
            }
            Event::Move(n, to) => {
                if self.homes.contains_key(&n) {
                    self.schedule.update(feed(n), host(to), None, self.now);
                    self.homes.insert(n, host(to));
                }
            }
            Event::Pause(n) => self.pause(n),
            Event::Resume(n) => {
                self.schedule.resume(feed(n), self.now);
                self.paused.remove(&n);
            }
            Event::PollNow(n) => {
                self.schedule.poll_now(feed(n), self.now);
                self.asked.insert(n);
            }
            Event::Restart => self.restart(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn promises_hold_in_every_run(events in proptest::collection::vec(event(), 1..120)) {
        let mut world = World::new();
        events.into_iter().for_each(|event| world.apply(event));
        let in_flight = world.flying.len();
        prop_assert_eq!(world.schedule.in_flight(), in_flight);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_feed_is_polled_in_the_end(events in proptest::collection::vec(event(), 1..60)) {
        let mut world = World::new();
        events.into_iter().for_each(|event| world.apply(event));
        let mut polled = BTreeSet::new();
        // Beyond the longest wait that the events can leave: a day of back-off, a week for a gone feed.
        let end = world.now + TimeDelta::days(10);
        while world.now < end {
            let flying: Vec<u64> = world.flying.keys().copied().collect();
            for n in flying {
                polled.insert(n);
                world.end(n, &Ending::plain(PollOutcome::NotModified));
            }
            world.pass(600_000);
        }
        let expected: BTreeSet<u64> = world.homes.keys().filter(|n| !world.paused.contains(n)).copied().collect();
        prop_assert!(polled.is_superset(&expected), "{:?} of {:?}", polled, expected);
    }
}

#[test]
fn a_busy_host_is_served_in_turn_and_a_new_feed_at_once() {
    let mut schedule = Schedule::new(polling());
    for n in 0..3 {
        schedule.add(Entry { feed: feed(n), host: host(0), interval: None, epoch: 1, state: None }, start());
    }
    let Next::Start(first) = schedule.next(start()) else { panic!("nothing at once") };
    assert_eq!(schedule.next(start()), Next::Idle);
    assert!(schedule.finished(first, &Ending::plain(PollOutcome::Changed), start()).poll.is_some());
    assert_eq!(schedule.next(start()), Next::Wait(start() + TimeDelta::seconds(5)));
    schedule.poll_now(first, start());
    assert_eq!(schedule.next(start() + TimeDelta::seconds(5)), Next::Start(first), "asked for goes first");
}

#[test]
fn what_an_operator_asks_for_goes_before_other_hosts_too() {
    let mut schedule = Schedule::new(polling());
    for n in 0..4 {
        schedule.add(Entry { feed: feed(n), host: host(n), interval: None, epoch: 1, state: None }, start());
    }
    let later = start() + TimeDelta::hours(1);
    schedule.poll_now(feed(3), later);
    assert_eq!(schedule.next(later), Next::Start(feed(3)));
}

#[test]
fn a_removed_feed_keeps_its_host_busy_and_stays_removed() {
    let mut schedule = Schedule::new(polling());
    for n in [0, 4] {
        schedule.add(Entry { feed: feed(n), host: host(n), interval: None, epoch: 1, state: None }, start());
    }
    let Next::Start(first) = schedule.next(start()) else { panic!("nothing at once") };
    schedule.remove(first);
    schedule.pause(first);
    schedule.poll_now(first, start());
    let later = start() + TimeDelta::hours(1);
    assert_eq!(schedule.next(later), Next::Idle);
    assert_eq!(schedule.finished(first, &Ending::plain(PollOutcome::Changed), later), Finished::default());
    assert!(matches!(schedule.next(later), Next::Start(other) if other != first));
    assert_eq!(schedule.len(), 1);
}

#[test]
fn a_429_silences_the_host_and_a_good_answer_calms_it() {
    let mut schedule = Schedule::new(polling());
    let add = |schedule: &mut Schedule, n| {
        schedule.add(Entry { feed: feed(n), host: host(0), interval: None, epoch: 3, state: None }, start());
    };
    add(&mut schedule, 0);
    assert_eq!(schedule.next(start()), Next::Start(feed(0)));
    let hints = Hints { retry_after: Some(Duration::from_secs(900)), ..Hints::default() };
    let finished = schedule.finished(feed(0), &Ending { outcome: PollOutcome::TooManyRequests, hints }, start());
    let (_, state) = finished.host.unwrap();
    assert_eq!((state.epoch, state.refusals, state.reason), (3, 1, Some(HostReason::TooManyRequests)));
    add(&mut schedule, 4);
    let later = start() + TimeDelta::seconds(900);
    assert_eq!(schedule.hosts_backing_off(start()), 1);
    assert_eq!(schedule.next(start()), Next::Wait(later));
    assert_eq!(schedule.overdue(Duration::from_secs(60), later), 1);
    assert_eq!(schedule.lag(later), Duration::from_secs(900));
    assert_eq!(schedule.next(later), Next::Start(feed(4)));
    let finished = schedule.finished(feed(4), &Ending::plain(PollOutcome::NotModified), later);
    assert_eq!(finished.host.unwrap().1.back_off_until, None);
    assert_eq!(schedule.hosts_backing_off(start()), 0);
}

#[test]
fn stored_times_of_a_year_ahead_cost_no_year() {
    let ahead = Some(start() + TimeDelta::days(365));
    let state = PollState {
        v: 1,
        polls: 9,
        last_poll: ahead,
        last_good: ahead,
        fresh_until: ahead,
        not_before: ahead,
        ..PollState::default()
    };
    let read = PollState::decode(&state.encode().unwrap(), &polling(), start()).unwrap();
    assert_eq!(read.last_poll, Some(start()));
    assert_eq!(read.fresh_until, Some(start() + TimeDelta::days(1)));
    assert_eq!(read.not_before, Some(start() + TimeDelta::days(7)));
    let host_state = HostState { v: 1, back_off_until: ahead, ..HostState::default() };
    let host_state = HostState::decode(&host_state.encode().unwrap(), &polling(), start()).unwrap();
    assert_eq!(host_state.back_off_until, Some(start() + TimeDelta::days(7)));
    assert!(matches!(PollState::decode(br#"{"v":2,"other":1}"#, &polling(), start()), Err(StateError::Newer(2))));
    assert!(matches!(PollState::decode(b"x", &polling(), start()), Err(StateError::Malformed(_))));
}

#[test]
fn three_410_are_believed_and_silence_lapses() {
    let now = start();
    let good = PollState::default().polled(&Ending::plain(PollOutcome::Changed), now, &polling(), now);
    let gone = |state: &PollState| state.polled(&Ending::plain(PollOutcome::Gone), now, &polling(), now);
    assert_eq!(good.standing(now), Standing::Good);
    assert_eq!(gone(&gone(&good)).standing(now), Standing::Failing);
    assert_eq!(gone(&gone(&good)).standing(now + TimeDelta::days(3)), Standing::Lapsed);
    assert_eq!(gone(&gone(&gone(&good))).standing(now), Standing::Gone);
    let slip = gone(&gone(&good)).polled(&Ending::plain(PollOutcome::ServerError), now, &polling(), now);
    assert_eq!((slip.gones, slip.failures), (0, 3));
}

#[test]
fn a_hundred_thousand_feeds_start_at_the_given_rate() {
    let mut schedule = Schedule::new(polling());
    for n in 0..100_000 {
        let host = Host::named(&format!("h{n}.example"));
        schedule.add(Entry { feed: feed(n), host, interval: None, epoch: 1, state: None }, start());
    }
    let mut now = start();
    let mut started = 0;
    while now < start() + TimeDelta::seconds(60) {
        match schedule.next(now) {
            Next::Start(feed) => {
                started += 1;
                schedule.finished(feed, &Ending::plain(PollOutcome::Changed), now);
            }
            Next::Wait(until) => now = until,
            Next::Idle => panic!("feeds are waiting"),
        }
    }
    assert_eq!(started, 6_000);
    assert_eq!(schedule.len(), 100_000);
}
