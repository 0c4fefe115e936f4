//! Tests of the commands as a user runs them: the real binary, its output and its exit code.
//!
//! Those in `broker` need the Kafka that `./tests/run` starts for all tests.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

mod alone;
mod broker;
mod fetching;
mod page;
mod program;
