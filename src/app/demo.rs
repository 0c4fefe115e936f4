//! The demo: an embedded broker and a small made-up web of feeds.
