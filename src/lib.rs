//! Dépêche: a streaming news-ingest daemon.

pub mod app;
pub mod article;
pub mod clock;
pub mod config;
pub mod enrich;
pub mod event;
pub mod feed;
pub mod fetch;
pub mod http;
pub mod judge;
pub mod kafka;
pub mod metrics;
pub mod normalise;
pub mod schedule;
pub mod telemetry;
