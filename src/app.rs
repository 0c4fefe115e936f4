//! The only wiring: gather, judge, start and drain, and one file per command.

pub mod cli;
pub use crate::clock;
pub mod commands;
pub mod daemon;
pub mod demo;
mod failure;
pub mod gather;
pub mod judge;
pub mod mirror;
pub mod parsers;
pub mod registry;
pub mod signals;
pub mod status;

use std::process::ExitCode;

use cli::Cli;
pub use failure::Failure;

/// Runs one command and turns its end into an exit code: 0, 1 failed, 2 usage, 78 bad configuration.
pub fn main(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::from(error).report(),
    };
    let ended = runtime.block_on(commands::dispatch(cli));
    // Threads of librdkafka and parsers must not hold up an end that has already been decided.
    runtime.shutdown_background();
    ended.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}
