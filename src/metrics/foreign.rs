//! Closed sets of other rooms that label our series.

use super::family::labels;
use crate::event::{DeadReason, EventType, Stage};
use crate::feed::ParseFailure;
use crate::fetch::FailureReason;
use crate::judge::Outcome;
use crate::kafka::Topic;
use crate::schedule::{HostReason, PollOutcome};

labels!(DeadReason, EventType, FailureReason, HostReason, Outcome, ParseFailure, PollOutcome, Stage, Topic,);
