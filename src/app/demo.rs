//! The demo: an embedded broker and a small made-up web of feeds.
//!
//! [`script`] says what each feed shows at each second, [`web`] serves it on loopback, [`screen`] prints what the
//! daemon made of it.

mod document;
pub mod press;
pub mod screen;
pub mod script;
mod story;
pub mod web;
