//! What strikes an installation in a round, and what is measured of how it recovers.

use std::thread;
use std::time::{Duration, Instant};

use super::{DAEMONS, Fault, name};
use crate::chance::Chance;
use crate::daemon::{Daemon, Setup};

/// A take-over takes the session's 6 s and the restore; what is over this is a fault in itself.
const TAKE_OVER_MAX: Duration = Duration::from_secs(25);
/// Metadata, topics, feeds and the judge's memory, all at once on two cores.
const READY_MAX: Duration = Duration::from_secs(60);
/// The daemon's own limit for a drain is 20 s.
const DRAIN_MAX: Duration = Duration::from_secs(25);
/// At the second signal nothing is waited for.
const AT_ONCE_MAX: Duration = Duration::from_secs(3);
/// Well past the session, so that the group has given its partitions away.
const FREEZE: (u64, u64) = (7_500, 9_500);

/// The daemons of an installation while a fault strikes them.
pub(super) struct Struck<'a> {
    setup: &'a Setup,
    daemons: &'a mut Vec<Daemon>,
}

impl<'a> Struck<'a> {
    pub(super) fn new(setup: &'a Setup, daemons: &'a mut Vec<Daemon>) -> Struck<'a> {
        Struck { setup, daemons }
    }

    pub(super) fn strike(&mut self, fault: Fault, chance: &mut Chance) -> Result<String, String> {
        match fault {
            Fault::Calm | Fault::KillBroker => {
                thread::sleep(chance.pause(8_000, 10_000));
                Ok("kept working".to_owned())
            }
            Fault::KillYoung => {
                self.wait_for_judge(None)?;
                thread::sleep(chance.pause(0, 3_000));
                self.kill(&[0, 1, 2], chance)
            }
            Fault::KillJudge => self.kill_judge(chance),
            Fault::KillStandby => {
                let standby = self.standby(chance)?;
                self.kill(&[standby], chance)
            }
            Fault::KillJudgeAndStandby => {
                let (judge, standby) = (self.wait_for_judge(None)?, self.standby(chance)?);
                self.kill(&[judge, standby], chance)
            }
            Fault::KillAll => self.kill(&[0, 1, 2], chance),
            Fault::KillSuccessor => {
                self.kill_judge(chance)?;
                let successor = self.wait_for_judge(None)?;
                self.kill(&[successor], chance)
            }
            Fault::KillStarting => {
                let standby = self.standby(chance)?;
                self.kill(&[standby], chance)?;
                thread::sleep(chance.pause(0, 2_500));
                self.kill(&[standby], chance)
            }
            Fault::FreezeJudge => self.freeze_judge(chance),
            Fault::FreezeStandby => {
                let standby = self.standby(chance)?;
                self.daemons[standby].freeze();
                thread::sleep(chance.pause(FREEZE.0, FREEZE.1));
                self.wake(standby);
                Ok(format!("{} slept past its session", name(standby)))
            }
            Fault::HandOver => self.hand_over(),
            Fault::StopEach => self.stop_each(),
            Fault::StopTwice => self.stop_twice(),
        }
    }

    /// Kills these at about the same time, and starts each again a little later.
    fn kill(&mut self, victims: &[usize], chance: &mut Chance) -> Result<String, String> {
        for &victim in victims {
            self.daemons[victim].kill9();
            thread::sleep(chance.pause(0, 300));
        }
        for &victim in victims {
            thread::sleep(chance.pause(0, 2_000));
            self.start(victim);
        }
        Ok(format!("killed {}", victims.iter().map(|&victim| name(victim)).collect::<Vec<_>>().join(" and ")))
    }

    fn kill_judge(&mut self, chance: &mut Chance) -> Result<String, String> {
        let judge = self.wait_for_judge(None)?;
        let begun = Instant::now();
        self.daemons[judge].kill9();
        thread::sleep(chance.pause(0, 3_000));
        let successor = self.wait_for_judge(Some(judge))?;
        let taken_over = begun.elapsed();
        self.start(judge);
        Ok(format!("{} took over from {} in {taken_over:.1?}", name(successor), name(judge)))
    }

    fn freeze_judge(&mut self, chance: &mut Chance) -> Result<String, String> {
        let judge = self.wait_for_judge(None)?;
        self.daemons[judge].freeze();
        let begun = Instant::now();
        let successor = self.wait_for_judge(Some(judge))?;
        let taken_over = begun.elapsed();
        thread::sleep(chance.pause(200, 2_500));
        self.wake(judge);
        Ok(format!("{} took over from the frozen {} in {taken_over:.1?}", name(successor), name(judge)))
    }

    fn hand_over(&mut self) -> Result<String, String> {
        let judge = self.wait_for_judge(None)?;
        let begun = Instant::now();
        let status = self.daemons[judge].terminate(DRAIN_MAX);
        let drained = begun.elapsed();
        if !status.is_some_and(|status| status.success()) {
            return Err(format!("{} was asked to stop, and ended with {status:?}", name(judge)));
        }
        let successor = self.wait_for_judge(Some(judge))?;
        let handed_over = begun.elapsed();
        self.start(judge);
        let (from, to) = (name(judge), name(successor));
        Ok(format!("{from} drained in {drained:.1?}, {to} judged after {handed_over:.1?}"))
    }

    fn stop_each(&mut self) -> Result<String, String> {
        for daemon in 0..DAEMONS {
            let status = self.daemons[daemon].terminate(DRAIN_MAX);
            if !status.is_some_and(|status| status.success()) {
                return Err(format!("{} was asked to stop, and ended with {status:?}", name(daemon)));
            }
            self.start(daemon);
        }
        Ok("stopped each in turn".to_owned())
    }

    fn stop_twice(&mut self) -> Result<String, String> {
        let judge = self.wait_for_judge(None)?;
        let begun = Instant::now();
        self.daemons[judge].ask_to_stop();
        if self.daemons[judge].terminate(AT_ONCE_MAX).is_none() {
            return Err(format!("{} was asked to stop twice, and had not ended after {AT_ONCE_MAX:?}", name(judge)));
        }
        let ended = begun.elapsed();
        let successor = self.wait_for_judge(Some(judge))?;
        let taken_over = begun.elapsed();
        self.start(judge);
        let (from, to) = (name(judge), name(successor));
        Ok(format!("{from} left at once in {ended:.1?}, {to} judged after {taken_over:.1?}"))
    }

    /// Wakes a frozen daemon; one that ends on learning what it missed is started again, as a supervisor does.
    fn wake(&mut self, frozen: usize) {
        self.daemons[frozen].thaw();
        thread::sleep(Duration::from_secs(2));
        if self.daemons[frozen].ended().is_some() {
            self.start(frozen);
        }
    }

    fn start(&mut self, daemon: usize) {
        self.daemons[daemon] = Daemon::start(self.setup, &name(daemon));
    }

    fn standby(&self, chance: &mut Chance) -> Result<usize, String> {
        let judge = self.wait_for_judge(None)?;
        let standbys: Vec<usize> = (0..DAEMONS).filter(|&daemon| daemon != judge).collect();
        Ok(*chance.pick(&standbys))
    }

    /// Waits until every daemon says that it is ready: a round begins with all of them.
    pub(super) fn wait_until_ready(&self) -> Result<(), String> {
        let end = Instant::now() + READY_MAX;
        while let Some(late) = (0..DAEMONS).find(|&daemon| !self.daemons[daemon].ready()) {
            if Instant::now() > end {
                return Err(format!("{} is not ready within {READY_MAX:?}", name(late)));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits until exactly one daemon judges, other than the one named.
    pub(super) fn wait_for_judge(&self, other_than: Option<usize>) -> Result<usize, String> {
        let end = Instant::now() + TAKE_OVER_MAX;
        loop {
            let others = (0..DAEMONS).filter(|&daemon| Some(daemon) != other_than);
            match others.filter(|&daemon| self.daemons[daemon].judges()).collect::<Vec<_>>()[..] {
                [judge] => return Ok(judge),
                _ if Instant::now() > end => return Err(format!("no one judge within {TAKE_OVER_MAX:?}")),
                _ => thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}
