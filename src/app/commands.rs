//! One file per command.

pub mod health;
pub mod normalise;
pub mod parse;
