//! New, revised or duplicate: (memory, item) to verdict and changes.
//!
//! Judging is exactly once because it is one ordered line with one memory: an item that comes
//! again, after a crash or by a slow gatherer, finds what was decided about it. Nothing here does
//! I/O or reads a clock, so each run of events that a simpler rule would get wrong is a test.
//!
//! A batch works on an [`Overlay`] over the [`Memory`]: [`Overlay::decide`] says what one record
//! comes to, [`Overlay::accept`] takes it, and [`Overlay::finish`] gives the [`Batch`] whose
//! records are written in one transaction with the events. Only when that is committed does
//! [`Memory::merge`] take it; a dropped overlay changes nothing.

mod ages;
mod change;
mod find;
pub mod identity;
mod index;
mod known;
mod memory;
mod overlay;
mod packed;
mod position;
mod publication;
pub mod record;
pub mod settings;
mod site;
mod times;
mod verdict;

pub use identity::{Document, Identity, Reading, article_id, identify};
pub use known::{ALIASES_MAX, Known, SHOWS_MAX, SHOWS_OF_FEED_MAX, Show, StandingText, State, Way};
pub use memory::{Change, Memory};
pub use overlay::{Batch, Input, Overlay};
pub use position::{Found, Log, Position, Published, Stamp, Standing, check_position};
pub use publication::{Decision, Evidence, History, Outcome, Publication, RevisionReason, Unfit};
pub use settings::{Judge, Limits, RawJudge};
pub use site::Site;
pub use times::Times;

#[cfg(test)]
mod runs;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod table;
