//! `depeche run` as a process that can be killed, frozen and asked what it does.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::page;

/// One running daemon; killed when dropped.
pub(crate) struct Daemon {
    process: Child,
    metrics: SocketAddr,
    log: PathBuf,
}

/// Items without an outcome, or with two.
#[derive(Debug, PartialEq)]
pub(crate) struct Unaccounted {
    pub(crate) gathered: f64,
    pub(crate) judged: f64,
}

impl Unaccounted {
    pub(crate) const NONE: Unaccounted = Unaccounted { gathered: 0.0, judged: 0.0 };
}

/// What all daemons of one installation share.
pub(crate) struct Setup {
    pub(crate) broker: String,
    pub(crate) prefix: String,
    pub(crate) feeds_file: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Daemon {
    /// Starts one; its log goes to `NAME.log`, after that of its predecessor.
    /// It dies with the thread that calls this.
    pub(crate) fn start(setup: &Setup, name: &str) -> Daemon {
        let log = setup.folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).unwrap();
        let metrics = SocketAddr::from((own_address(), 9180));
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_depeche"), "run"]).env_clear();
        for (name, value) in environment(setup, metrics) {
            command.env(name, value);
        }
        let out = command.stdin(Stdio::null()).stderr(out.try_clone().unwrap()).stdout(out);
        Daemon { process: out.spawn().unwrap(), metrics, log }
    }

    pub(crate) fn kill9(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    pub(crate) fn ask_to_stop(&self) {
        self.signal("TERM");
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn terminate(&mut self, patience: Duration) -> Option<ExitStatus> {
        self.ask_to_stop();
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    fn signal(&self, name: &str) {
        // The shell's own `kill`: there is one wherever there is a shell.
        let command = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success(), "{command}");
    }

    /// Whether it says that it is the judge, and not merely about to be.
    pub(crate) fn judges(&self) -> bool {
        let page = page::get(self.metrics, "/metrics");
        page.is_some_and(|page| page::sample(&page, "depeche_judge_role{role=\"judging\"}") == Some(1.0))
    }

    /// Whether it says that it is ready.
    pub(crate) fn ready(&self) -> bool {
        page::get(self.metrics, "/readyz").is_some()
    }

    /// How many items its counters cannot account for: every one must have ended in exactly one outcome.
    /// None: it does not answer.
    pub(crate) fn unaccounted(&self) -> Option<Unaccounted> {
        let page = page::get(self.metrics, "/metrics")?;
        let rest = |whole: &str, parts: &[&str]| {
            page::sum(&page, whole) - parts.iter().map(|part| page::sum(&page, part)).sum::<f64>()
        };
        Some(Unaccounted {
            gathered: rest("depeche_items_parsed_total", &["depeche_items_gathered_total", "depeche_items_in_flight"]),
            judged: rest(
                "depeche_items_read_total",
                &["depeche_items_judged_total", "depeche_items_returned_total", "depeche_items_in_open_batch"],
            ),
        })
    }

    /// The last lines of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        format!("--- {}\n{}\n", self.log.display(), lines[lines.len().saturating_sub(30)..].join("\n"))
    }

    /// Where its metrics stand.
    pub(crate) fn metrics(&self) -> SocketAddr {
        self.metrics
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// All settings come by environment, so the test is also one of that.
fn environment(setup: &Setup, metrics: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("DEPECHE__KAFKA__BOOTSTRAP_SERVERS", setup.broker.clone()),
        ("DEPECHE__KAFKA__PREFIX", setup.prefix.clone()),
        ("DEPECHE__KAFKA__SESSION_TIMEOUT", "6s".to_owned()),
        ("DEPECHE__FEEDS__BACKLOG", "publish".to_owned()),
        ("DEPECHE__FEEDS__FILE", setup.feeds_file.display().to_string()),
        // Few partitions: a broker with several installations comes back quicker.
        ("DEPECHE__TOPICS__FEEDS__PARTITIONS", "6".to_owned()),
        ("DEPECHE__TOPICS__FEED_STATE__PARTITIONS", "6".to_owned()),
        ("DEPECHE__TOPICS__ARTICLES__PARTITIONS", "4".to_owned()),
        ("DEPECHE__TOPICS__DUPLICATES__PARTITIONS", "2".to_owned()),
        ("DEPECHE__TOPICS__FEED_EVENTS__PARTITIONS", "2".to_owned()),
        ("DEPECHE__TOPICS__DEAD_LETTERS__PARTITIONS", "2".to_owned()),
        ("DEPECHE__FETCH__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]".to_owned()),
        ("DEPECHE__FETCH__CONTACT", "tests@depeche.example".to_owned()),
        ("DEPECHE__POLLING__INTERVAL", "500ms".to_owned()),
        ("DEPECHE__POLLING__FLOOR", "200ms".to_owned()),
        ("DEPECHE__POLLING__HOST_SPACING", "100ms".to_owned()),
        ("DEPECHE__HTTP__LISTEN", metrics.to_string()),
        ("DEPECHE__HTTP__ADMIN", SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).to_string()),
        ("DEPECHE__LOG__FORMAT", "text".to_owned()),
        ("RUST_BACKTRACE", "1".to_owned()),
    ]
}

/// A loopback address that no other process of this test run has, made of our process id and a count:
/// so the metrics of a daemon stand at a known place, and no two daemons want the same port.
pub(crate) fn own_address() -> Ipv4Addr {
    static STARTED: AtomicU8 = AtomicU8::new(0);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | high, low, 1 + STARTED.fetch_add(1, Ordering::Relaxed) % 254)
}

/// Writes the list of feeds for an installation.
pub(crate) fn write_list(folder: &Path, list: &str) -> PathBuf {
    let file = folder.join("feeds.txt");
    std::fs::write(&file, list).unwrap();
    file
}
