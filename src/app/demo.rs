//! The demo: an embedded broker and a small made-up web of feeds.
//!
//! [`script`] says what each feed shows at each second, [`web`] serves it on loopback, [`setting`] is how the daemon
//! polls it, [`screen`] prints what the daemon made of it.

mod document;
pub mod press;
pub mod screen;
pub mod script;
pub mod setting;
mod story;
pub mod web;
