//! Asks the oracle, which looks at Kafka from outside.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What the oracle says of one installation: its verdict when all is well, else every finding.
pub(crate) fn ask(broker: &str, prefix: &str, ledger: &Path) -> Result<Value, String> {
    let answer = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/run"))
        .args(["--bootstrap", broker, "--prefix", prefix, "--wait", "40", "--ledger"])
        .arg(ledger)
        .output()
        .unwrap();
    if !answer.status.success() {
        return Err(String::from_utf8_lossy(&answer.stderr).into_owned());
    }
    serde_json::from_slice(&answer.stdout).map_err(|error| format!("the oracle's verdict is no JSON: {error}"))
}
