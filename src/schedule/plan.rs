//! The schedule: which feed to poll next, at what time.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::due::{self, jitter};
use super::hosts::{Answered, Hosts, Turn};
use super::pace::Pace;
use super::time::between;
use super::{Ending, Host, HostState, PollState, Polling};
use crate::article::FeedId;

/// A feed to be scheduled, with what is stored of its polls.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The feed.
    pub feed: FeedId,
    /// The host of its current address.
    pub host: Host,
    /// The operator's own interval for it.
    pub interval: Option<Duration>,
    /// The epoch of the claim under which it is polled; it stands in every state written.
    pub epoch: u64,
    /// What is stored of its polls.
    pub state: Option<PollState>,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Poll this feed now; then tell [`Schedule::finished`] or [`Schedule::abandoned`].
    Start(FeedId),
    /// Nothing before then, unless the schedule is told something.
    Wait(DateTime<Utc>),
    /// Nothing until the schedule is told something: it is empty, or as many polls run as may.
    Idle,
}

/// What there is to store after a poll, once its items are acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finished {
    /// The feed's new state; none if the feed was removed meanwhile.
    pub poll: Option<PollState>,
    /// The host's new state, if the answer changed it.
    pub host: Option<(Host, HostState)>,
}

/// The one owner of what is due.
#[derive(Debug)]
pub struct Schedule {
    polling: Polling,
    feeds: HashMap<FeedId, Feed>,
    hosts: Hosts,
    pace: Pace,
    in_flight: usize,
    /// Waiting feeds by the second in which they are due: lag and overdue count without a look at each.
    dues: BTreeMap<i64, usize>,
}

#[derive(Debug)]
struct Feed {
    host: Host,
    interval: Duration,
    epoch: u64,
    state: PollState,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    Waiting(Turn),
    Paused,
    Flying(Flight),
}

#[derive(Debug, Clone)]
struct Flight {
    host: Host,
    turn: Turn,
    began: DateTime<Utc>,
    then: Then,
}

/// What becomes of a feed when its poll in flight ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Wait,
    PollAgain,
    Pause,
    Forget,
}

impl Schedule {
    /// An empty schedule.
    pub fn new(polling: Polling) -> Schedule {
        Schedule {
            polling,
            feeds: HashMap::new(),
            hosts: Hosts::default(),
            pace: Pace::default(),
            in_flight: 0,
            dues: BTreeMap::new(),
        }
    }

    /// Takes over the stored state of a host: before its feeds are added, or at any time.
    pub fn restore_host(&mut self, host: &Host, mut state: HostState, now: DateTime<Utc>) {
        state.clamp(&self.polling, now);
        self.hosts.restore(host, state);
    }

    /// Adds a feed, or puts a new definition and state in its place.
    pub fn add(&mut self, entry: Entry, now: DateTime<Utc>) {
        let mut state = entry.state.unwrap_or_default();
        state.clamp(&self.polling, now);
        if let Some(last) = state.last_poll {
            self.hosts.started_before(&entry.host, last, &self.polling);
        }
        self.take_out(entry.feed);
        let interval = self.polling.interval(entry.interval);
        let stage = match self.feeds.remove(&entry.feed).map(|feed| feed.stage) {
            Some(Stage::Flying(flight)) => Stage::Flying(Flight { then: Then::Wait, ..flight }),
            Some(Stage::Waiting(_) | Stage::Paused) | None => Stage::Paused,
        };
        let flying = matches!(stage, Stage::Flying(_));
        self.feeds.insert(entry.feed, Feed { host: entry.host, interval, epoch: entry.epoch, state, stage });
        if !flying {
            self.put_in(entry.feed, now);
        }
    }

    /// Changes a feed's host or interval; a poll in flight goes on.
    pub fn update(&mut self, feed: FeedId, host: Host, interval: Option<Duration>, now: DateTime<Utc>) {
        let waited = self.take_out(feed);
        let interval = self.polling.interval(interval);
        let Some(known) = self.feeds.get_mut(&feed) else { return };
        known.host = host;
        known.interval = interval;
        match waited {
            Some(Turn::Asked(time)) => self.wait(feed, Turn::Asked(time)),
            Some(Turn::Due(_)) => self.put_in(feed, now),
            None => {}
        }
    }

    /// Forgets a feed; if its poll is in flight its host stays busy until that ends.
    pub fn remove(&mut self, feed: FeedId) {
        self.take_out(feed);
        if !self.after_flight(feed, Then::Forget) {
            self.feeds.remove(&feed);
        }
    }

    /// Polls the feed no more until it is resumed.
    pub fn pause(&mut self, feed: FeedId) {
        self.take_out(feed);
        self.after_flight(feed, Then::Pause);
    }

    /// Lets a paused feed go on, when it would have been due.
    pub fn resume(&mut self, feed: FeedId, now: DateTime<Utc>) {
        if matches!(self.feeds.get(&feed).map(|feed| &feed.stage), Some(Stage::Paused)) {
            self.put_in(feed, now);
        } else if matches!(self.flight(feed), Some(flight) if flight.then == Then::Pause) {
            self.after_flight(feed, Then::Wait);
        }
    }

    /// An operator asks for the feed: it goes before all others of its host, whatever its interval,
    /// failures or freshness say. Spacing and a plain request to stay away are heard all the same.
    pub fn poll_now(&mut self, feed: FeedId, now: DateTime<Utc>) {
        if self.take_out(feed).is_some() {
            self.ask(feed, now);
        } else if matches!(self.flight(feed), Some(flight) if flight.then == Then::Wait) {
            self.after_flight(feed, Then::PollAgain);
        }
    }

    /// What to do at `now`. Call it again after each start, when its wait is over, and after any word
    /// to the schedule.
    pub fn next(&mut self, now: DateTime<Utc>) -> Next {
        if self.in_flight >= self.polling.in_flight_max.get() {
            return Next::Idle;
        }
        let Some((at, host)) = self.hosts.first(now) else { return Next::Idle };
        if at > now {
            return Next::Wait(at);
        }
        if let Some(until) = self.pace.hold(now) {
            return Next::Wait(until);
        }
        let Some((turn, feed)) = self.hosts.start(&host, &self.polling, now) else { return Next::Idle };
        self.pace.started(self.polling.start_spacing, now);
        self.uncount(turn);
        self.in_flight += 1;
        if let Some(known) = self.feeds.get_mut(&feed) {
            known.stage = Stage::Flying(Flight { host, turn, began: now, then: Then::Wait });
        }
        Next::Start(feed)
    }

    /// The poll of a feed is over: its host is free, and its next poll is planned.
    pub fn finished(&mut self, feed: FeedId, ending: &Ending, now: DateTime<Utc>) -> Finished {
        let Some(flight) = self.land(feed) else { return Finished::default() };
        let Some(known) = self.feeds.get_mut(&feed) else { return Finished::default() };
        known.state.epoch = known.epoch;
        known.state = known.state.polled(ending, flight.began, &self.polling, now);
        let seed = jitter::seed("host", feed, known.state.polls);
        let answered = Answered { ending, seed, epoch: known.epoch, now };
        let poll = (flight.then != Then::Forget).then(|| known.state.clone());
        let host = self.hosts.answered(&flight.host, &answered, &self.polling).map(|state| (flight.host, state));
        match flight.then {
            Then::Wait => self.put_in(feed, now),
            Then::PollAgain => self.ask(feed, now),
            Then::Pause => {}
            Then::Forget => drop(self.feeds.remove(&feed)),
        }
        Finished { poll, host }
    }

    /// The poll of a feed was given up without an ending, so nothing was learned: it is due as before.
    pub fn abandoned(&mut self, feed: FeedId, now: DateTime<Utc>) {
        let Some(flight) = self.land(feed) else { return };
        match flight.then {
            Then::Wait => self.wait(feed, flight.turn),
            Then::PollAgain => self.ask(feed, now),
            Then::Pause => {}
            Then::Forget => drop(self.feeds.remove(&feed)),
        }
    }

    /// The state of a feed's polls.
    pub fn state(&self, feed: FeedId) -> Option<&PollState> {
        self.feeds.get(&feed).map(|feed| &feed.state)
    }

    /// When a waiting feed is due.
    pub fn due(&self, feed: FeedId) -> Option<DateTime<Utc>> {
        match self.feeds.get(&feed)?.stage {
            Stage::Waiting(turn) => Some(turn.time()),
            Stage::Paused | Stage::Flying(_) => None,
        }
    }

    /// How many feeds there are.
    pub fn len(&self) -> usize {
        self.feeds.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.feeds.is_empty()
    }

    /// How many polls are in flight.
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many waiting feeds have been due for longer than `grace`.
    pub fn overdue(&self, grace: Duration, now: DateTime<Utc>) -> usize {
        let grace = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        self.dues.range(..now.timestamp().saturating_sub(grace)).map(|(_, count)| count).sum()
    }

    /// How long the feed that waits longest has been due.
    pub fn lag(&self, now: DateTime<Utc>) -> Duration {
        let first = self.dues.keys().next().and_then(|second| DateTime::from_timestamp(*second, 0));
        first.map_or(Duration::ZERO, |first| between(first, now))
    }

    /// How many hosts have asked us to stay away for now.
    pub fn hosts_backing_off(&self, now: DateTime<Utc>) -> usize {
        self.hosts.backing_off(now)
    }

    fn put_in(&mut self, feed: FeedId, now: DateTime<Utc>) {
        let Some(known) = self.feeds.get(&feed) else { return };
        let due = due::due(feed, known.interval, &known.state, &self.polling).unwrap_or(now);
        self.wait(feed, Turn::Due(due));
    }

    fn ask(&mut self, feed: FeedId, now: DateTime<Utc>) {
        let Some(known) = self.feeds.get(&feed) else { return };
        let time = due::due_when_asked(&known.state, now);
        self.wait(feed, if time > now { Turn::Due(time) } else { Turn::Asked(time) });
    }

    fn wait(&mut self, feed: FeedId, turn: Turn) {
        let Some(known) = self.feeds.get_mut(&feed) else { return };
        known.stage = Stage::Waiting(turn);
        self.hosts.join(&known.host, turn, feed);
        *self.dues.entry(turn.time().timestamp()).or_default() += 1;
    }

    /// Takes a waiting feed out of its line and leaves it paused; none if it was not waiting.
    fn take_out(&mut self, feed: FeedId) -> Option<Turn> {
        let known = self.feeds.get_mut(&feed)?;
        let Stage::Waiting(turn) = known.stage else { return None };
        known.stage = Stage::Paused;
        self.hosts.leave(&known.host, turn, feed);
        self.uncount(turn);
        Some(turn)
    }

    fn uncount(&mut self, turn: Turn) {
        let second = turn.time().timestamp();
        if let Some(count) = self.dues.get_mut(&second) {
            *count -= 1;
            if *count == 0 {
                self.dues.remove(&second);
            }
        }
    }

    /// Ends a flight: the host is free again and the feed stands paused.
    fn land(&mut self, feed: FeedId) -> Option<Flight> {
        let flight = self.flight(feed)?.clone();
        self.hosts.land(&flight.host, feed);
        self.in_flight -= 1;
        if let Some(known) = self.feeds.get_mut(&feed) {
            known.stage = Stage::Paused;
        }
        Some(flight)
    }

    fn flight(&self, feed: FeedId) -> Option<&Flight> {
        match &self.feeds.get(&feed)?.stage {
            Stage::Flying(flight) => Some(flight),
            Stage::Waiting(_) | Stage::Paused => None,
        }
    }

    /// Says what becomes of a feed in flight; a removed one stays removed unless it is added again.
    fn after_flight(&mut self, feed: FeedId, then: Then) -> bool {
        match self.feeds.get_mut(&feed).map(|feed| &mut feed.stage) {
            Some(Stage::Flying(flight)) => {
                if flight.then != Then::Forget {
                    flight.then = then;
                }
                true
            }
            Some(Stage::Waiting(_) | Stage::Paused) | None => false,
        }
    }
}
