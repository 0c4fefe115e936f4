//! What happens on the member's thread when the group decides.

use std::sync::mpsc as sync_mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaRespErr;
use tokio::sync::mpsc;

use super::{Membership, Release, Share};
use crate::kafka::Settings;
use crate::kafka::client::Context;

/// How often a waiting hand-over looks whether the group has gone on without us.
const LOOK: Duration = Duration::from_millis(20);

/// What the member's consumer carries.
pub(super) struct Rebalance {
    settings: Settings,
    events: mpsc::Sender<Membership>,
    /// The shares held now.
    pub(super) held: Mutex<Vec<Share>>,
}

impl Rebalance {
    pub(super) fn new(settings: &Settings, events: mpsc::Sender<Membership>) -> Rebalance {
        Rebalance { settings: settings.clone(), events, held: Mutex::default() }
    }

    fn shares(&self, list: &TopicPartitionList) -> Vec<Share> {
        let of = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            Share::of(&self.settings, element.topic(), element.partition())
        };
        let mut shares: Vec<Share> = list.elements().iter().filter_map(of).collect();
        shares.sort_unstable();
        shares
    }

    fn tell(&self, event: Membership) {
        if self.events.blocking_send(event).is_err() {
            tracing::debug!("nobody listens to the group any more");
        }
    }

    pub(super) fn is_listened_to(&self) -> bool {
        !self.events.is_closed()
    }

    fn assign(&self, consumer: &BaseConsumer<Context<Rebalance>>, list: &mut TopicPartitionList) {
        let shares = self.shares(list);
        // Nothing is read here, so any position will do that never has to be asked for.
        if let Err(error) = list.set_all_offsets(Offset::End) {
            tracing::warn!("could not set the offsets of an assignment: {error}");
        }
        let taken = match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_assign(list),
            RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.assign(list),
        };
        if let Err(error) = taken.and_then(|()| consumer.pause(list)) {
            tracing::error!("could not take an assignment: {error}");
            return;
        }
        self.held.lock().unwrap_or_else(PoisonError::into_inner).extend(&shares);
        if !shares.is_empty() {
            self.tell(Membership::Assigned(shares));
        }
    }

    fn revoke(&self, consumer: &BaseConsumer<Context<Rebalance>>, list: &TopicPartitionList) {
        let shares = self.shares(list);
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|share| !shares.contains(share));
        if !shares.is_empty() {
            if consumer.assignment_lost() {
                self.tell(Membership::Lost(shares));
            } else {
                self.hand_over(consumer, shares);
            }
        }
        let given = match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
            RebalanceProtocol::Eager | RebalanceProtocol::None => consumer.unassign(),
        };
        if let Err(error) = given {
            tracing::error!("could not give an assignment back: {error}");
        }
    }

    /// Waits until what is in progress is finished, for at most half the session: heartbeats go on meanwhile, but
    /// the group waits too.
    fn hand_over(&self, consumer: &BaseConsumer<Context<Rebalance>>, shares: Vec<Share>) {
        let (held, released) = sync_mpsc::channel();
        self.tell(Membership::Revoked { shares: shares.clone(), release: Release { _held: held } });
        let deadline = Instant::now() + self.settings.session_timeout / 2;
        while Instant::now() < deadline {
            if released.recv_timeout(LOOK) == Err(sync_mpsc::RecvTimeoutError::Disconnected) {
                return;
            }
            if consumer.assignment_lost() {
                self.tell(Membership::Lost(shares));
                return;
            }
        }
        tracing::warn!(shares = shares.len(), "hand-over was not finished within half the session");
        self.tell(Membership::Lost(shares));
    }
}

impl ConsumerContext for Context<Rebalance> {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.role.assign(consumer, list);
        } else {
            self.role.revoke(consumer, list);
        }
    }
}
