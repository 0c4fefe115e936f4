//! The group: who holds what, handing over, and refusing a member that was given up.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use depeche::kafka::{Interest, Member, Membership, Settings, Share};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::broker::{self, FEEDS, PATIENCE};

/// The feeds' partitions and the judge's seat.
const SHARES: usize = 9;

async fn installed(name: &'static str) -> Settings {
    tokio::task::spawn_blocking(move || broker::installed(name)).await.unwrap()
}

async fn event(events: &mut mpsc::Receiver<Membership>) -> Membership {
    timeout(PATIENCE, events.recv()).await.expect("the group decides in time").expect("the member lives")
}

/// Takes events, releasing what is revoked, until this many shares are held.
async fn until_held(events: &mut mpsc::Receiver<Membership>, held: &mut Vec<Share>, wanted: impl Fn(&[Share]) -> bool) {
    while !wanted(held) {
        match event(events).await {
            Membership::Assigned(shares) => held.extend(shares),
            Membership::Revoked { shares, release } => {
                held.retain(|share| !shares.contains(share));
                release.release();
            }
            Membership::Lost(shares) => held.retain(|share| !shares.contains(share)),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_holds_everything_and_is_confirmed() {
    let settings = installed("alone").await;
    let (member, mut events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    let mut held = Vec::new();
    until_held(&mut events, &mut held, |held| held.len() == SHARES).await;
    assert!(held.contains(&Share::Items));
    assert_eq!(member.confirm(Share::Feeds(FEEDS - 1)).await, Ok(()));
    let all = held.iter().map(|share| member.confirm(*share));
    assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
    member.note_position(Share::Items, 17);
    assert_eq!(member.confirm(Share::Items).await, Ok(()));
    assert_ne!(member.confirm(Share::Feeds(FEEDS)).await, Ok(()), "there is no such partition");

    let leaving = tokio::spawn(async move { member.leave().await });
    until_held(&mut events, &mut held, <[Share]>::is_empty).await;
    timeout(PATIENCE, leaving).await.unwrap().unwrap();
    assert!(events.recv().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_are_handed_over_only_when_released() {
    let settings = installed("handover").await;
    let (first, mut first_events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    let mut first_held = Vec::new();
    until_held(&mut first_events, &mut first_held, |held| held.len() == SHARES).await;

    let (second, mut second_events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    let (shares, release) = match event(&mut first_events).await {
        Membership::Revoked { shares, release } => (shares, release),
        other @ (Membership::Assigned(_) | Membership::Lost(_)) => panic!("{other:?}"),
    };
    assert!(shares.len() >= SHARES / 2, "{}", shares.len());
    // While the release is held, the other has nothing of it.
    let early = timeout(Duration::from_millis(500), second_events.recv()).await;
    assert!(early.is_err(), "{early:?}");
    release.release();
    let mut second_held = Vec::new();
    until_held(&mut second_events, &mut second_held, |held| held.len() == shares.len()).await;
    second_held.sort_unstable();
    assert_eq!(second_held, shares);
    assert_eq!(second.confirm(shares[0]).await, Ok(()));
    assert!(first.confirm(shares[0]).await.is_err(), "it is the other's now");

    // Who is told to leave gives everything back at once, long before a session ends.
    tokio::spawn(async move { first.leave().await });
    until_held(&mut second_events, &mut second_held, |held| held.len() == SHARES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_is_given_up_without_the_feeds() {
    let settings = installed("seat").await;
    let (member, mut events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    let mut held = Vec::new();
    until_held(&mut events, &mut held, |held| held.len() == SHARES).await;
    member.interest(Interest::FeedsOnly);
    until_held(&mut events, &mut held, |held| !held.contains(&Share::Items)).await;
    assert_eq!(held.len(), SHARES - 1, "the feeds stay");
    member.interest(Interest::FeedsAndItems);
    until_held(&mut events, &mut held, |held| held.contains(&Share::Items)).await;
    drop(member);
}

/// The other process of the next test: joins, then confirms a share each time it is told to.
#[test]
#[ignore = "started by a_member_that_slept_past_its_session_is_refused"]
fn sleeper() {
    let prefix = std::env::var("DEPECHE_TEST_PREFIX").unwrap();
    let mut settings = Settings::for_broker(&broker::address(), &prefix);
    settings.session_timeout = Duration::from_secs(6);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (member, mut events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
        let mut held = Vec::new();
        until_held(&mut events, &mut held, |held| held.len() == SHARES).await;
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        let say = |word: &str| writeln!(std::io::stderr(), "sleeper: {word}").unwrap();
        say("holds");
        for _line in std::io::stdin().lines() {
            match member.confirm(Share::Feeds(0)).await {
                Ok(()) => say("confirmed"),
                Err(_) => say("refused"),
            }
        }
    });
}

struct Sleeper {
    child: Child,
    orders: ChildStdin,
    words: mpsc::UnboundedReceiver<String>,
}

impl Sleeper {
    fn start(prefix: &str) -> Sleeper {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "member::sleeper", "--ignored", "--nocapture"])
            .env("DEPECHE_TEST_PREFIX", prefix)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (said, words) = mpsc::unbounded_channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, word)) = line.split_once("sleeper: ") {
                    said.send(word.to_owned()).ok();
                }
            }
        });
        Sleeper { orders: child.stdin.take().unwrap(), child, words }
    }

    async fn word(&mut self) -> String {
        timeout(PATIENCE, self.words.recv()).await.unwrap().unwrap()
    }

    async fn confirm(&mut self) -> String {
        writeln!(self.orders, "confirm").unwrap();
        self.word().await
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_slept_past_its_session_is_refused() {
    let settings = installed("sleep").await;
    let mut sleeper = Sleeper::start(&settings.prefix);
    assert_eq!(sleeper.word().await, "holds");
    assert_eq!(sleeper.confirm().await, "confirmed");

    sleeper.signal("-STOP");
    let (member, mut events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    let mut held = Vec::new();
    until_held(&mut events, &mut held, |held| held.len() == SHARES).await;
    assert_eq!(member.confirm(Share::Feeds(0)).await, Ok(()));

    // It awakes and believes that all is as it was.
    writeln!(sleeper.orders, "confirm").unwrap();
    sleeper.signal("-CONT");
    assert_eq!(sleeper.word().await, "refused");
}
