//! The only wiring: gather, judge, start and drain, and one file per command.

pub mod clock;
pub mod commands;
pub mod demo;
pub mod parsers;
