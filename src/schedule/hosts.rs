//! The line of feeds before each host, and which host may be asked next. Nothing here looks at every
//! feed or every host: a queue per host, and one of the hosts by the time each may be asked again.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::state::HostState;
use super::time::after;
use super::{Ending, Host, Polling};
use crate::article::FeedId;

/// A feed's place in its host's line: those an operator asked for stand before all that are merely due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Asked for at this time, which is never ahead of now, so it holds up nobody.
    Asked(DateTime<Utc>),
    /// Due at this time.
    Due(DateTime<Utc>),
}

impl Turn {
    /// From when on it may start.
    pub(super) const fn time(self) -> DateTime<Utc> {
        match self {
            Turn::Asked(time) | Turn::Due(time) => time,
        }
    }
}

/// All hosts with feeds, a request in flight, or a reason to remember them for a while.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    lines: HashMap<Host, Line>,
    /// Hosts without a request in flight, by when they may be asked (or, without feeds, forgotten).
    free: BTreeSet<(DateTime<Utc>, Host)>,
}

#[derive(Debug)]
struct Line {
    turns: BTreeSet<(Turn, FeedId)>,
    busy: Option<FeedId>,
    next_start: DateTime<Utc>,
    state: HostState,
    free_at: Option<DateTime<Utc>>,
}

impl Line {
    fn new() -> Line {
        Line {
            turns: BTreeSet::new(),
            busy: None,
            next_start: DateTime::<Utc>::MIN_UTC,
            state: HostState::default(),
            free_at: None,
        }
    }

    fn may_start(&self) -> DateTime<Utc> {
        let own = self.state.back_off_until.map_or(self.next_start, |until| until.max(self.next_start));
        match self.turns.first() {
            // As early as the host allows, so that it also goes before other hosts' overdue feeds.
            None | Some((Turn::Asked(_), _)) => own,
            Some((Turn::Due(time), _)) => own.max(*time),
        }
    }
}

impl Hosts {
    /// Puts a feed into its host's line.
    pub(super) fn join(&mut self, host: &Host, turn: Turn, feed: FeedId) {
        self.change(host, |line| {
            line.turns.insert((turn, feed));
        });
    }

    /// Takes a feed out of its host's line.
    pub(super) fn leave(&mut self, host: &Host, turn: Turn, feed: FeedId) {
        self.change(host, |line| {
            line.turns.remove(&(turn, feed));
        });
    }

    /// Keeps the spacing after a start that was made before this schedule existed.
    pub(super) fn started_before(&mut self, host: &Host, start: DateTime<Utc>, polling: &Polling) {
        let next = after(start, polling.spacing(host));
        self.change(host, |line| line.next_start = line.next_start.max(next));
    }

    /// Takes over what is stored of a host.
    pub(super) fn restore(&mut self, host: &Host, state: HostState) {
        self.change(host, |line| line.state = state);
    }

    /// The host that may be asked first, and when. Hosts that need no remembering are forgotten on the way.
    pub(super) fn first(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Host)> {
        while let Some((at, host)) = self.free.first().cloned() {
            if at > now || self.lines.get(&host).is_some_and(|line| !line.turns.is_empty()) {
                return Some((at, host));
            }
            self.free.pop_first();
            self.lines.remove(&host);
        }
        None
    }

    /// Starts the first feed of a host's line; the host is busy until [`Hosts::land`].
    pub(super) fn start(&mut self, host: &Host, polling: &Polling, now: DateTime<Utc>) -> Option<(Turn, FeedId)> {
        let next = after(now, polling.spacing(host));
        let mut started = None;
        self.change(host, |line| {
            started = line.turns.pop_first();
            if let Some((_, feed)) = started {
                line.busy = Some(feed);
                line.next_start = next;
            }
        });
        started
    }

    /// Frees a host that a feed's poll kept busy.
    pub(super) fn land(&mut self, host: &Host, feed: FeedId) {
        self.change(host, |line| line.busy = line.busy.filter(|busy| *busy != feed));
    }

    /// Takes what an ending says about the host; returns its new state if that changed.
    pub(super) fn answered(&mut self, host: &Host, answer: &Answered<'_>, polling: &Polling) -> Option<HostState> {
        let mut changed = None;
        self.change(host, |line| {
            line.state.epoch = answer.epoch;
            changed = line.state.answered(answer.ending, answer.seed, polling, answer.now);
            if let Some(state) = &changed {
                line.state = state.clone();
            }
        });
        changed
    }

    /// Hosts that are left alone at `now`, for a metric: a look at every host.
    pub(super) fn backing_off(&self, now: DateTime<Utc>) -> usize {
        self.lines.values().filter(|line| line.state.back_off_until.is_some_and(|until| until > now)).count()
    }

    fn change(&mut self, host: &Host, change: impl FnOnce(&mut Line)) {
        let line = self.lines.entry(host.clone()).or_insert_with(Line::new);
        if let Some(at) = line.free_at.take() {
            self.free.remove(&(at, host.clone()));
        }
        change(line);
        if line.busy.is_none() {
            let at = line.may_start();
            line.free_at = Some(at);
            self.free.insert((at, host.clone()));
        }
    }
}

/// An ending as a host sees it.
pub(super) struct Answered<'a> {
    pub(super) ending: &'a Ending,
    pub(super) seed: u64,
    pub(super) epoch: u64,
    pub(super) now: DateTime<Utc>,
}
