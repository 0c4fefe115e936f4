//! Dépêche: a streaming news-ingest daemon. It polls feeds, makes clean articles of their items, tells what is new
//! from what it has seen, and publishes each article to Kafka exactly once.
//!
//! # The way of an article
//!
//! ```text
//! feeds file, CLI ──► feeds                                    what the operator wants
//!                       │  one group: each replica owns some partitions, so a host has one owner and one pace
//!                       ▼
//! gather   due → fetch → decode → parse → drop what was shown before → normalise → enrich
//!                       │  items acknowledged, only then feed-state   (idempotent, no transaction)
//!                       ▼
//! items    one partition: the total order of everything gathered
//!                       │  the same group: who is given it is the judge, the others stand by with a warm memory
//!                       ▼
//! judge    identify → verdict → one transaction: articles, duplicates, dead letters, memory, position
//!                       ▼
//! articles, duplicates  what consumers subscribe to
//! ```
//!
//! # The map
//!
//! | room | what it is | kind |
//! | --- | --- | --- |
//! | [`article`] | the nouns: feed, item, article, observation, hashes | core |
//! | [`feed`] | bytes to items; the list of feeds; what a feed has shown | core |
//! | [`schedule`] | when a feed is due: interval, hints, back-off, one request a host | core |
//! | [`normalise`] | item to article: blocks, roles, links, hashes | core |
//! | [`enrich`] | what is added to an article: its language | core |
//! | [`judge`] | (memory, item) to verdict and changes | core |
//! | [`event`] | the published contract, field by field | core |
//! | [`fetch`] | the HTTP client: address guard, limits, validators | edge |
//! | [`kafka`] | topics, producers, the judge's transactions, restore, the group | edge |
//! | [`http`] | metrics and health | edge |
//! | [`app`] | the only wiring: gather, judge, start and drain; one file per command | app |
//!
//! [`config`], [`metrics`], [`telemetry`] and [`clock`] serve all. Dependencies point one way: article ← core ← edges ←
//! app. The core does no I/O and is handed the time; edges do not know each other. `tests/architecture.rs` holds that.
//!
//! # What must hold
//!
//! - **State never runs ahead of items.** A feed's validators are stored only after its entries are acknowledged
//!   ([`app::gather`], `settle.rs`); else the server would answer 304 for ever, and they were lost.
//! - **A partition has one owner.** Who is assigned one writes a claim, has the group confirm it, and only then restores
//!   and polls. What stands behind a newer claim was written by a replica that no longer owned it, and is not believed.
//! - **No clock of ours decides what is newer**: the order of an item is (epoch of the claim, number of the poll).
//! - **The judge is one.** It fences all others, then asks for the end of the memory, reads up to it, then compares its
//!   position with the items, and only then reads on. A batch works on an overlay that is merged after its commit.
//! - **Every item ends in exactly one counted outcome**, and the sums agree.
//! - **Memory, queues, bodies and labels are bounded**; each limit has a name, a default and a metric.
//!
//! # What we accept
//!
//! Two owners of a feed for a moment may publish b, a, b, healed at the next poll. A text that is reverted inside the
//! gap between acknowledged items and state, with a crash just there, stays at the text in between until its next edit.
//! The embedded broker of the demo enforces nothing: it is never evidence for exactly-once.
//!
//! # Where the code departs from the design page
//!
//! - [`clock`] is a module of its own: edges need the time too, and must not know `app`.
//! - The first judge of an installation commits its position before it judges anything. Records of an aborted
//!   transaction move the end of the articles topic, so without it a judge that dies in its very first batch would
//!   leave behind what looks like a lost memory.
//! - A feed whose server answers "not modified" for half a window is asked for its whole document once: only so can
//!   entries that it still shows be sent again before the judge forgets them.
//! - The embedded broker keeps 5 MiB of a partition, so there the gatherer waits for the judge ([`kafka::Backlog`]).

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
