//! One file per command.

pub mod normalise;
pub mod parse;
