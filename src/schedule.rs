//! When each feed is polled: never two requests to a host at once, never sooner than a server asked.
//!
//! Pure: the time is handed in, and it must not jump (the app anchors the wall clock to a monotonic
//! one at start). [`Schedule`] is the one owner of what is due; the rule itself, "when is this feed
//! due", stands alone in [`due`] so that a learned rule can take its place.
//!
//! The app asks [`Schedule::next`], starts what it says, and tells [`Schedule::finished`] as soon as
//! the request is over, so that the host is free again. The state it gets back is written only after
//! the poll's items are acknowledged.

pub mod due;
mod hints;
mod host;
mod hosts;
mod outcome;
mod pace;
mod plan;
mod settings;
mod state;
mod time;
mod validators;

pub use hints::{HintHeaders, Hints};
pub use host::Host;
pub use outcome::{Ending, PollOutcome};
pub use plan::{Entry, Finished, Next, Schedule};
pub use settings::{Polling, RawHostPolling, RawPolling};
pub use state::{HostReason, HostState, PollState, Standing, StateError};
pub use validators::Validators;

#[cfg(test)]
mod simulation;
