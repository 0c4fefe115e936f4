//! The closed sets of values that label our series.

use super::family::{closed, labels};
use crate::event::{DeadReason, EventType, Stage};
use crate::feed::ParseFailure;
use crate::fetch::FailureReason;
use crate::judge::Outcome;
use crate::kafka::Topic;
use crate::schedule::{HostReason, PollOutcome};

labels!(EventType, Stage, DeadReason, ParseFailure, FailureReason, Outcome, Topic, HostReason, PollOutcome);

closed! {
    /// How a gatherer was done with an item: parsed = the sum of these + in flight.
    ItemEnd {
        /// The feed showed it before, unchanged.
        ShownBefore = "shown_before",
        /// Written to the items topic and acknowledged.
        Sent = "sent",
        /// Written to the dead letters.
        Dead = "dead",
    }
}

closed! {
    /// How far an event had come, counted from the end of the fetch that found it.
    Reached {
        /// Handed to the producer.
        Queued = "queued",
        /// The item was acknowledged.
        Acknowledged = "acknowledged",
        /// The judge's transaction was committed: subscribers can read it.
        Committed = "committed",
    }
}

closed! {
    /// What this replica does for judging.
    Role {
        /// It judges and publishes.
        Judging = "judging",
        /// It follows the judge's memory, ready to take over.
        Standby = "standby",
        /// Neither.
        None = "none",
    }
}

closed! {
    /// How the feeds of this replica stand; each is in one state.
    FeedState {
        /// Polled, and it answers.
        Active = "active",
        /// Not polled, by the operator's word.
        Paused = "paused",
        /// Polled, but it does not answer.
        Failing = "failing",
        /// Its record is of a newer version, or cannot be read.
        Skipped = "skipped",
    }
}

closed! {
    /// How bytes of answers are counted.
    Measured {
        /// As transferred.
        Wire = "wire",
        /// After decompression.
        Decoded = "decoded",
    }
}

closed! {
    /// How a transaction of the judge ended.
    Transaction {
        /// All of it is visible.
        Committed = "committed",
        /// None of it is visible; it is tried again.
        Aborted = "aborted",
        /// Nobody knows: the producer is dropped, and what is committed is read again.
        Unknown = "unknown",
    }
}

closed! {
    /// What was read back from Kafka at the start of work.
    Restored {
        /// Feeds and their states, of the partitions that were assigned last.
        Feeds = "feeds",
        /// The judge's memory.
        Memory = "memory",
    }
}

closed! {
    /// Limits of ours, beside those of a fetch, which are reasons of failure.
    LimitHit {
        /// `outage_bytes_max`: no poll is started until records are acknowledged.
        OutageBytes = "outage_bytes",
        /// `outage_minutes_max`: no poll is started until records are acknowledged.
        OutageTime = "outage_time",
        /// Entries of one document; the rest was not read.
        Entries = "entries",
        /// An item or event was cut to fit into a record.
        RecordBytes = "record_bytes",
        /// The judge remembers as many articles as it may; the window shortens.
        MemoryArticles = "memory_articles",
    }
}

closed! {
    /// Why a record was read and not used.
    Ignored {
        /// It stands in a partition that is not its feed's.
        Misplaced = "misplaced",
        /// A newer version wrote it.
        Newer = "newer",
        /// It cannot be read.
        Malformed = "malformed",
        /// It was written by an owner that had lost the partition.
        Zombie = "zombie",
    }
}
