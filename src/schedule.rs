//! When a feed is due: interval, hints, back-off, one request at a time per host.
