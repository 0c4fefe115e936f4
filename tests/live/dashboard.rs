//! Every query of the dashboard gives data, when a real Prometheus scrapes a running daemon.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::broker;
use crate::chance::Chance;
use crate::daemon::{Daemon, Setup, own_address, write_list};
use crate::page;
use crate::web::Web;

/// Start, restore, some polls, two scrapes at least, and a judge's first batches.
const DATA_MAX: Duration = Duration::from_secs(60);

/// The last polls end, the last batch is committed, and two scrapes see it.
const REST_MAX: Duration = Duration::from_secs(15);

/// A Prometheus of Debian's; killed when dropped.
struct Prometheus {
    process: Child,
    address: SocketAddr,
}

impl Prometheus {
    fn scraping(target: SocketAddr, folder: &std::path::Path) -> Prometheus {
        let address = SocketAddr::from((own_address(), 9090));
        let config = format!(
            "global: {{scrape_interval: 1s}}\n\
             scrape_configs: [{{job_name: depeche, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        fs::write(folder.join("prometheus.yml"), config).unwrap();
        let log = fs::File::create(folder.join("prometheus.log")).unwrap();
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Prometheus { process, address }
    }

    /// The values that a query gives now, those that are no numbers left out; none: it was refused.
    fn query(&self, query: &str) -> Option<Vec<f64>> {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let answer: Value =
            serde_json::from_str(&page::get(self.address, &format!("/api/v1/query?query={query}"))?).ok()?;
        let results = answer["data"]["result"].as_array()?;
        let values = results.iter().filter_map(|result| result["value"][1].as_str()?.parse::<f64>().ok());
        Some(values.filter(|value| !value.is_nan()).collect())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Panel and query, for every query of a dashboard; rows hold panels too.
fn queries(panels: &Value) -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for panel in panels.as_array().into_iter().flatten() {
        queries.extend(self::queries(&panel["panels"]));
        for target in panel["targets"].as_array().into_iter().flatten() {
            let title = panel["title"].as_str().unwrap_or("a panel without title");
            queries.push((title.to_owned(), filled(target["expr"].as_str().unwrap())));
        }
    }
    queries
}

/// A query with Grafana's variables filled in: windows short enough for a test, and every label value.
fn filled(query: &str) -> String {
    let mut query = query.to_owned();
    for window in ["$__rate_interval", "${__rate_interval}", "$__interval", "$__range"] {
        query = query.replace(window, "10s");
    }
    while let Some(at) = query.find('$') {
        let (before, variable) = query.split_at(at);
        let end = variable.find(['"', ',', '}', ')']).unwrap_or(variable.len());
        let end = if variable.starts_with("${") { variable.find('}').map_or(end, |at| at + 1) } else { end };
        query = format!("{before}.*{}", variable.split_at(end).1);
    }
    query
}

#[test]
fn every_panel_has_data() {
    let dashboard = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/grafana/overview.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(dashboard).unwrap()).unwrap();
    let queries = queries(&dashboard["panels"]);
    let mut waiting = queries.clone();
    assert!(waiting.len() > 5, "only {} queries", waiting.len());

    let folder = tempfile::tempdir().unwrap();
    let web = Web::start("dashboard", 3);
    let prefix = format!("dashboard{}.", Chance::fresh_seed());
    // The last feed does not exist: panels of failures have something to show.
    let feeds_file = write_list(folder.path(), &format!("{}http://127.0.1.9:9/none.xml\n", web.list()));
    let setup = Setup { broker: broker::shared(), prefix, feeds_file, folder: folder.path().to_owned() };
    let daemon = Daemon::start(&setup, "a");
    let prometheus = Prometheus::scraping(daemon.metrics(), folder.path());

    let (mut chance, end) = (Chance::new(1), Instant::now() + DATA_MAX);
    while !waiting.is_empty() {
        web.act(&mut chance);
        thread::sleep(Duration::from_millis(100));
        waiting.retain(|(_, query)| prometheus.query(query).is_none_or(|values| values.is_empty()));
        assert!(Instant::now() < end, "no data for {waiting:#?}\n{}", daemon.last_words());
    }

    // At rest the sums come out even: nothing is parsed or read that ended in no outcome, or in two.
    let sums: Vec<_> = queries.into_iter().filter(|(panel, _)| panel.starts_with("Sums of ")).collect();
    assert_eq!(sums.len(), 2);
    let end = Instant::now() + REST_MAX;
    for (panel, query) in sums {
        while prometheus.query(&query).is_none_or(|values| values != [0.0]) {
            assert!(Instant::now() < end, "{panel} are {:?}, not 0", prometheus.query(&query));
            thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn variables_are_filled_in() {
    assert_eq!(filled("rate(a{x=~\"$y\"}[$__rate_interval])"), "rate(a{x=~\".*\"}[10s])");
    assert_eq!(filled("a{x=~\"${y:regex}\", z=\"1\"}"), "a{x=~\".*\", z=\"1\"}");
}
