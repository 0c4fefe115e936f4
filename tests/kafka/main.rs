//! The Kafka edge against a real broker, and against librdkafka's mock where errors must be injected.
//!
//! Each test makes its own topics under a prefix of its own, so they run side by side on one broker.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic, also in its helpers")]

mod admin;
mod broker;
mod judge;
mod member;
mod mock;
mod publisher;
mod rights;
mod source;
