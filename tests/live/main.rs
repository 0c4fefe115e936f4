//! Tests of whole processes against a real Apache Kafka: one binary, so that it is linked once.
//!
//! Tests that leave the broker alone share one (`broker::shared`); those that kill it start their own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]
#![expect(clippy::print_stderr, reason = "rounds tell how far they are and how to repeat them")]

mod broker;
mod chance;
mod daemon;
mod dashboard;
mod documents;
mod ledger;
mod oracle;
mod page;
mod rounds;
mod shelf;
mod web;
