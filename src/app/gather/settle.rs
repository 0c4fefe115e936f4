//! Settling a poll: its items are acknowledged first, then what it has to announce, then its state.
//!
//! This order is the guarantee: a validator stored before its entries are acknowledged would make
//! the server answer 304 for ever, and they would be lost.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use crate::fetch::Taken;
use crate::kafka::{Publisher, Receipt, Record, RecordFault, SendError, Topic};

/// Between two tries of a record that the broker refuses for a reason that is not the record's.
const REFUSED_PAUSE: Duration = Duration::from_secs(2);

/// What takes records and acknowledges them.
pub(super) trait Outlet: Clone + Send + Sync + 'static {
    /// Sends a record; ready when the broker has it for good, or has refused it.
    fn send(&self, record: Record) -> impl Future<Output = Result<Receipt, SendError>> + Send;
}

impl Outlet for Arc<Publisher> {
    async fn send(&self, record: Record) -> Result<Receipt, SendError> {
        Publisher::send(self, record).await
    }
}

/// Records in three stages; each waits until the one before is acknowledged whole.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    /// The room of the document that the items were found in, kept until they are acknowledged.
    pub room: Option<Taken>,
    /// For the judge, each with what is sent in its place when the record itself is at fault.
    pub items: Vec<Parcel>,
    /// Feed events and dead letters.
    pub news: Vec<Record>,
    /// What is remembered of feeds and hosts.
    pub state: Vec<Record>,
}

/// A record for the judge and its dead letter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    /// The record; none when it could not be made to fit, so that only the letter goes.
    pub record: Option<Record>,
    /// Sent in its place when the record itself is at fault, so that nothing is lost in silence.
    pub letter: Option<Record>,
}

/// What became of the items of a settlement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Acknowledged.
    pub sent: u64,
    /// Sent to the dead letters instead.
    pub dead: u64,
}

/// What a settlement tells whoever watches it.
pub(super) trait Watch: Send + Sync {
    /// The broker refuses records for a reason that is not theirs; they are tried again.
    fn refused(&self, why: &str);
    /// The broker has taken a record of this topic for good.
    fn taken(&self, topic: Topic);
}

/// Sends all stages; ends only when everything is acknowledged. Dropping it leaves the state unwritten.
///
/// The state is not written any more once `ours` says that the partition went to another replica.
pub(super) async fn settle(
    outlet: &impl Outlet,
    watch: &dyn Watch,
    ours: &AtomicBool,
    settlement: Settlement,
) -> Tally {
    let parcels = settlement.items.into_iter().map(|parcel| deliver(outlet, watch, parcel));
    let mut tally = Tally::default();
    for fate in join_all(parcels).await {
        match fate {
            Fate::Sent => tally.sent += 1,
            Fate::Dead => tally.dead += 1,
            Fate::Signalled => {}
        }
    }
    drop(settlement.room);
    for stage in [settlement.news, settlement.state] {
        if !ours.load(Ordering::Acquire) {
            break;
        }
        for fault in join_all(stage.into_iter().map(|record| insist(outlet, watch, record))).await {
            if let Err(fault) = fault {
                tracing::error!(%fault, "a record of our own was refused");
            }
        }
    }
    tally
}

enum Fate {
    Sent,
    Dead,
    /// It was no item, but a word about the feed.
    Signalled,
}

async fn deliver(outlet: &impl Outlet, watch: &dyn Watch, parcel: Parcel) -> Fate {
    let refused = match parcel.record {
        Some(record) => insist(outlet, watch, record).await.err(),
        None => Some(RecordFault::TooLarge),
    };
    match (refused, parcel.letter) {
        (None, None) => Fate::Signalled,
        (None, Some(_)) => Fate::Sent,
        (Some(fault), letter) => {
            tracing::warn!(%fault, "an item was refused and goes to the dead letters");
            if let Some(letter) = letter
                && let Err(fault) = insist(outlet, watch, letter).await
            {
                tracing::error!(%fault, "a dead letter was refused");
            }
            Fate::Dead
        }
    }
}

/// Sends a record until it is acknowledged; only a fault of its own ends this otherwise.
async fn insist(outlet: &impl Outlet, watch: &dyn Watch, record: Record) -> Result<(), RecordFault> {
    loop {
        match outlet.send(record.clone()).await {
            Ok(_) => {
                watch.taken(record.topic);
                return Ok(());
            }
            Err(SendError::Record(fault)) => return Err(fault),
            Err(SendError::Broker(why)) => {
                watch.refused(&why);
                tokio::time::sleep(REFUSED_PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Remembers what it was sent and answers from a script; at its end it acknowledges.
    #[derive(Clone, Default)]
    struct Scripted(Arc<Mutex<Script>>);

    #[derive(Default)]
    struct Script {
        sent: Vec<Topic>,
        answers: Vec<Result<(), SendError>>,
    }

    impl Outlet for Scripted {
        async fn send(&self, record: Record) -> Result<Receipt, SendError> {
            let mut inner = self.0.lock().unwrap();
            inner.sent.push(record.topic);
            let answer = inner.answers.pop().unwrap_or(Ok(()));
            answer.map(|()| Receipt { partition: 0, offset: 0, time_ms: 0 })
        }
    }

    struct Deaf;

    impl Watch for Deaf {
        fn refused(&self, _: &str) {}
        fn taken(&self, _: Topic) {}
    }

    fn settlement() -> Settlement {
        let record = |topic| Record::new(topic, "k", "v");
        Settlement {
            room: None,
            items: vec![Parcel { record: Some(record(Topic::Items)), letter: Some(record(Topic::DeadLetters)) }],
            news: vec![record(Topic::FeedEvents)],
            state: vec![record(Topic::FeedState)],
        }
    }

    #[track_caller]
    fn check(script: Vec<Result<(), SendError>>, expected: &[Topic], tally: Tally) {
        check_owned(script, AtomicBool::new(true), expected, tally);
    }

    #[track_caller]
    fn check_owned(mut script: Vec<Result<(), SendError>>, ours: AtomicBool, expected: &[Topic], tally: Tally) {
        script.reverse();
        let outlet = Scripted::default();
        outlet.0.lock().unwrap().answers = script;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        assert_eq!(runtime.block_on(settle(&outlet, &Deaf, &ours, settlement())), tally);
        assert_eq!(outlet.0.lock().unwrap().sent, expected);
    }

    #[test]
    fn state_comes_last() {
        check(vec![], &[Topic::Items, Topic::FeedEvents, Topic::FeedState], Tally { sent: 1, dead: 0 });
    }

    #[test]
    fn what_the_broker_refuses_is_tried_again_and_holds_up_the_state() {
        let refused = || Err(SendError::Broker("not enough replicas".to_owned()));
        let expected = [Topic::Items, Topic::Items, Topic::Items, Topic::FeedEvents, Topic::FeedState];
        check(vec![refused(), refused()], &expected, Tally { sent: 1, dead: 0 });
    }

    #[test]
    fn what_is_held_is_sent_but_no_state_of_a_lost_partition() {
        check_owned(vec![], AtomicBool::new(false), &[Topic::Items], Tally { sent: 1, dead: 0 });
    }

    #[test]
    fn a_record_at_fault_becomes_a_dead_letter() {
        let expected = [Topic::Items, Topic::DeadLetters, Topic::FeedEvents, Topic::FeedState];
        check(vec![Err(SendError::Record(RecordFault::TooLarge))], &expected, Tally { sent: 0, dead: 1 });
    }
}
