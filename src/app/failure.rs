//! How a command fails, and the exit code that says so.

use std::io::{self, Write as _};
use std::process::ExitCode;

/// `EX_CONFIG` of sysexits.h.
const BAD_CONFIG: u8 = 78;
/// What clap uses for a wrong command line.
const USAGE: u8 = 2;

/// A command's failure, by what its caller can do about it.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is at fault: every fault, a sentence each.
    Config(Vec<String>),
    /// The command was asked for something that does not go.
    Usage(String),
    /// It was tried and failed.
    Failed(anyhow::Error),
    /// Standard output was closed by its reader: nothing is wrong.
    Closed,
}

impl Failure {
    /// Says it on standard error and gives the exit code.
    pub fn report(self) -> ExitCode {
        let mut err = io::stderr().lock();
        let (said, code) = match self {
            Failure::Config(faults) => {
                let lines = faults.iter().try_for_each(|fault| writeln!(err, "depeche: {fault}"));
                (lines, ExitCode::from(BAD_CONFIG))
            }
            Failure::Usage(fault) => (writeln!(err, "depeche: {fault}"), ExitCode::from(USAGE)),
            Failure::Failed(error) => (writeln!(err, "depeche: {error:#}"), ExitCode::FAILURE),
            Failure::Closed => (Ok(()), ExitCode::SUCCESS),
        };
        // Nowhere is left to complain when standard error is closed.
        said.map_or(code, |()| code)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        let error: anyhow::Error = error.into();
        let written = error.downcast_ref::<io::Error>().map(io::Error::kind);
        let as_json = || error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        let is_closed = written.or_else(as_json) == Some(io::ErrorKind::BrokenPipe);
        if is_closed { Failure::Closed } else { Failure::Failed(error) }
    }
}
