//! Rounds of killing: processes die, freeze and hand over, the broker dies, while news keep flowing;
//! after each round the oracle compares Kafka with the ledger of everything since the start.
//!
//! Several installations live side by side on one broker, told apart by their prefix. Each has three
//! daemons: one of them judges, all of them gather, and those that do not judge stand by. A round is a
//! fault and a seed; the seed repeats what happens in the newsroom and when the fault strikes, though not
//! what the system's scheduler makes of it:
//!
//!     DEPECHE_SEED=freeze_judge:12345 ./tests/run rounds

mod struck;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::broker::Broker;
use crate::chance::Chance;
use crate::daemon::{Daemon, Setup, Unaccounted, write_list};
use crate::oracle;
use crate::web::Web;
use struck::Struck;

/// With their faults and the broker's, 3 installations go through 42 rounds.
const INSTALLATIONS: usize = 3;
const DAEMONS: usize = 3;
const FEEDS: usize = 6;

/// After the worst fault: session, claims, restore, and one poll of each feed.
const SETTLE_MAX: Duration = Duration::from_secs(60);
/// Some scrapes of daemons that have nothing left to do.
const SUMS_MAX: Duration = Duration::from_secs(5);

/// What strikes in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing: before a single round is repeated, the installation grows up.
    Calm,
    /// All die as soon as an installation begins: the first claims, the first transaction.
    KillYoung,
    KillJudge,
    /// One that does not judge: a gatherer, and a standby that follows the judge's memory.
    KillStandby,
    KillJudgeAndStandby,
    KillAll,
    /// The new judge dies as soon as it judges.
    KillSuccessor,
    /// A daemon dies again somewhere in its start: joining, claiming, restoring.
    KillStarting,
    FreezeJudge,
    FreezeStandby,
    /// The judge is asked to stop.
    HandOver,
    /// Each in turn is asked to stop, as when a new version is rolled out.
    StopEach,
    /// The judge is asked twice, and leaves at once.
    StopTwice,
    /// The broker dies and comes back; it is killed by `Rounds`, for all installations at once.
    KillBroker,
}

impl Fault {
    const ALL: &[Fault] = &[
        Fault::Calm,
        Fault::KillYoung,
        Fault::KillJudge,
        Fault::KillStandby,
        Fault::KillJudgeAndStandby,
        Fault::KillAll,
        Fault::KillSuccessor,
        Fault::KillStarting,
        Fault::FreezeJudge,
        Fault::FreezeStandby,
        Fault::HandOver,
        Fault::StopEach,
        Fault::StopTwice,
        Fault::KillBroker,
    ];

    /// Those that strike a grown installation, and it alone.
    fn own() -> Vec<Fault> {
        let elsewhere = [Fault::Calm, Fault::KillYoung, Fault::KillBroker];
        Fault::ALL.iter().copied().filter(|fault| !elsewhere.contains(fault)).collect()
    }

    const fn as_str(self) -> &'static str {
        match self {
            Fault::Calm => "calm",
            Fault::KillYoung => "kill_young",
            Fault::KillJudge => "kill_judge",
            Fault::KillStandby => "kill_standby",
            Fault::KillJudgeAndStandby => "kill_judge_and_standby",
            Fault::KillAll => "kill_all",
            Fault::KillSuccessor => "kill_successor",
            Fault::KillStarting => "kill_starting",
            Fault::FreezeJudge => "freeze_judge",
            Fault::FreezeStandby => "freeze_standby",
            Fault::HandOver => "hand_over",
            Fault::StopEach => "stop_each",
            Fault::StopTwice => "stop_twice",
            Fault::KillBroker => "kill_broker",
        }
    }
}

/// One round; written `fault:seed`.
#[derive(Clone, Copy)]
struct Round {
    fault: Fault,
    seed: u64,
}

impl Round {
    fn fresh(fault: Fault) -> Round {
        Round { fault, seed: Chance::fresh_seed() }
    }

    fn parse(text: &str) -> Option<Round> {
        let (fault, seed) = text.split_once(':')?;
        let fault = Fault::ALL.iter().copied().find(|known| known.as_str() == fault)?;
        Some(Round { fault, seed: seed.parse().ok()? })
    }
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.fault.as_str(), self.seed)
    }
}

/// What each installation goes through while the others go through theirs; then all wait for each other.
type Phase = Vec<Vec<Round>>;

#[test]
fn rounds() {
    let phases = match std::env::var("DEPECHE_SEED") {
        Ok(text) => {
            let round = Round::parse(&text).expect("DEPECHE_SEED is `fault:seed`, as a failing round prints it");
            let calm = Some(Fault::Calm).filter(|_| round.fault != Fault::KillYoung);
            let before = calm.map(|fault| Round { fault, ..round });
            before.into_iter().chain([round]).map(|round| vec![vec![round]]).collect()
        }
        Err(_) => schedule(),
    };
    let begun = Instant::now();
    run(&mut Broker::start(), &phases);
    let rounds: usize = phases.iter().flatten().map(Vec::len).sum();
    eprintln!("{rounds} rounds in {:.0?}", begun.elapsed());
}

/// All faults for each installation, in an order of its own, and the broker's death at half-time and at the end.
fn schedule() -> Vec<Phase> {
    let all = |fault| (0..INSTALLATIONS).map(|_| vec![Round::fresh(fault)]).collect::<Phase>();
    let mut chance = Chance::new(Chance::fresh_seed());
    let (mut first, mut second) = (Phase::new(), Phase::new());
    for _ in 0..INSTALLATIONS {
        let mut rounds: Vec<Round> = Fault::own().into_iter().map(Round::fresh).collect();
        chance.shuffle(&mut rounds);
        second.push(rounds.split_off(rounds.len() / 2));
        first.push(rounds);
    }
    vec![all(Fault::KillYoung), first, all(Fault::KillBroker), second, all(Fault::KillBroker)]
}

/// Plays the phases; stops after the first in which something was wrong.
fn run(broker: &mut Broker, phases: &[Phase]) {
    let address = broker.address().to_owned();
    let installations = phases[0].len();
    thread::scope(|scope| {
        // A thread for each, to the end: a daemon dies with the thread that started it.
        let lines: Vec<(Sender<Round>, Receiver<Told>)> = (0..installations)
            .map(|number| {
                let ((orders, rounds), (tell, told), broker) = (channel(), channel(), address.clone());
                scope.spawn(move || Installation::start(number, broker).play(rounds, tell));
                (orders, told)
            })
            .collect();
        for phase in phases {
            for ((orders, _), rounds) in lines.iter().zip(phase) {
                rounds.iter().for_each(|&round| orders.send(round).unwrap());
            }
            if let [round, ..] = phase[0][..]
                && round.fault == Fault::KillBroker
            {
                strike_broker(broker, round.seed);
            }
            let ends = lines.iter().zip(phase).map(|((_, told), rounds)| collect(told, rounds));
            let wrong: Vec<String> = ends.filter_map(Result::err).collect();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    });
}

/// What an installation tells of a round.
type Told = Result<String, String>;

fn collect(told: &Receiver<Told>, rounds: &[Round]) -> Result<(), String> {
    for round in rounds {
        match told.recv() {
            Ok(Ok(line)) => eprintln!("{line}"),
            Ok(Err(wrong)) => {
                return Err(format!("{wrong}\nto repeat it: DEPECHE_SEED={round} ./tests/run rounds"));
            }
            Err(_) => return Err(format!("{round}: the installation's own thread has failed")),
        }
    }
    Ok(())
}

/// While all installations work: a death at a random instant, and a return soon or after their sessions are over.
fn strike_broker(broker: &mut Broker, seed: u64) {
    let mut chance = Chance::new(seed);
    thread::sleep(chance.pause(1_000, 4_000));
    broker.kill9();
    thread::sleep(chance.pause(0, 9_000));
    broker.restart();
}

/// Daemons, their feeds and all that was ever published to them.
struct Installation {
    setup: Setup,
    web: Web,
    daemons: Vec<Daemon>,
}

impl Installation {
    fn start(number: usize, broker: String) -> Installation {
        // Kept when a round fails: logs and ledger stand in it.
        let folder = tempfile::Builder::new().prefix("depeche-rounds-").tempdir().unwrap().keep();
        let web = Web::start(&format!("p{number}"), FEEDS);
        let feeds_file = write_list(&folder, &web.list());
        let setup = Setup { broker, prefix: format!("p{number}."), feeds_file, folder };
        let daemons = (0..DAEMONS).map(|daemon| Daemon::start(&setup, &name(daemon))).collect();
        Installation { setup, web, daemons }
    }

    /// Plays rounds until there are no more or one is wrong.
    fn play(mut self, rounds: Receiver<Round>, tell: Sender<Told>) {
        for round in rounds {
            let begun = Instant::now();
            let told = self.round(round);
            let failed = told.is_err();
            let head = format!("{}{round} {:.1?}", self.setup.prefix, begun.elapsed());
            let told = match told {
                Ok(what) => Ok(format!("{head}: {what}")),
                Err(wrong) => Err(format!("{head}: {wrong}\n{}", self.last_words())),
            };
            if tell.send(told).is_err() || failed {
                return;
            }
        }
        fs::remove_dir_all(&self.setup.folder).ok();
    }

    fn round(&mut self, round: Round) -> Result<String, String> {
        let mut chance = Chance::new(round.seed);
        let open = AtomicBool::new(true);
        let (web, mut struck) = (&self.web, Struck::new(&self.setup, &mut self.daemons));
        if round.fault != Fault::KillYoung {
            struck.wait_until_ready()?;
        }
        let told = thread::scope(|scope| {
            scope.spawn(|| newsroom(web, Chance::new(round.seed + 1), &open));
            thread::sleep(chance.pause(500, 2_500));
            let told = struck.strike(round.fault, &mut chance);
            thread::sleep(chance.pause(200, 1_500));
            open.store(false, Ordering::Relaxed);
            told
        })?;
        let one_judge = struck.wait_for_judge(None)?;
        Ok(format!("{told}, {} judges, {}", name(one_judge), self.settle()?))
    }

    /// Lets the daemons read all that was published, and asks the oracle.
    fn settle(&self) -> Result<String, String> {
        let unread = self.web.settle(SETTLE_MAX);
        if !unread.is_empty() {
            return Err(format!("not read and stored within {SETTLE_MAX:?}: {}", unread.join(", ")));
        }
        let strange = self.web.strange_validators();
        if !strange.is_empty() {
            return Err(format!("validators that nobody gave out: {}", strange.join(", ")));
        }
        let ledger = self.setup.folder.join("ledger.json");
        fs::write(&ledger, self.web.ledger()).unwrap();
        let verdict = oracle::ask(&self.setup.broker, &self.setup.prefix, &ledger)?;
        self.add_up()?;
        let count = |name: &str| format!("{} {name}", verdict[name]);
        Ok(["created", "revised", "duplicated", "items"].map(count).join(", "))
    }

    /// Every item that a daemon has found or judged is in exactly one of its counters. A scrape in the middle of a
    /// poll may see it in none, so it may take another look.
    fn add_up(&self) -> Result<(), String> {
        for (daemon, running) in self.daemons.iter().enumerate() {
            let end = Instant::now() + SUMS_MAX;
            loop {
                match running.unaccounted() {
                    Some(Unaccounted::NONE) => break,
                    rest if Instant::now() > end => {
                        return Err(format!("the counters of {} leave a rest: {rest:?}", name(daemon)));
                    }
                    Some(_) | None => thread::sleep(Duration::from_millis(100)),
                }
            }
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        self.daemons.iter().map(Daemon::last_words).collect()
    }
}

fn name(daemon: usize) -> String {
    ["a", "b", "c"][daemon].to_owned()
}

/// News keep coming until it is closed.
fn newsroom(web: &Web, mut chance: Chance, open: &AtomicBool) {
    while open.load(Ordering::Relaxed) {
        web.act(&mut chance);
        thread::sleep(chance.pause(20, 200));
    }
}
