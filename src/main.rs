//! Arguments to one command.

use std::process::ExitCode;

use clap::Parser as _;
use depeche::app::{self, cli::Cli};

fn main() -> ExitCode {
    app::main(Cli::parse())
}
