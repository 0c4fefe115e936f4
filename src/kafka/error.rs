//! Errors, one variant for each decision that a caller can take.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// A client that could not be made, or a question that the broker did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The settings do not make a client: nothing but another configuration helps.
    #[error("kafka settings are refused by librdkafka: {0}")]
    Settings(String),
    /// No answer in time, or no connection: try again.
    #[error("broker did not answer: {0}")]
    Unreachable(String),
    /// The broker is there, but no session with it: wrong secrets or certificates, which only an operator mends.
    #[error("broker does not let us in: {0}")]
    Rejected(&'static str),
    /// The broker says no: an operator must grant the right.
    #[error("broker refuses for lack of rights: {0}")]
    Denied(String),
    /// The topic or partition does not exist.
    #[error("broker does not know the topic: {0}")]
    UnknownTopic(String),
    /// Anything else the broker said.
    #[error("broker answered with an error: {0}")]
    Broker(String),
    /// The system gave no thread.
    #[error("could not start a thread")]
    Thread(#[source] std::io::Error),
}

impl ClientError {
    /// A short, closed reason for metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            ClientError::Settings(_) => "settings",
            ClientError::Unreachable(_) => "unreachable",
            ClientError::Rejected(_) => "rejected",
            ClientError::Denied(_) => "denied",
            ClientError::UnknownTopic(_) => "unknown_topic",
            ClientError::Broker(_) => "broker",
            ClientError::Thread(_) => "thread",
        }
    }

    pub(crate) fn of(error: &KafkaError) -> ClientError {
        let words = error.to_string();
        match code_of(error) {
            Some(code) if is_denied(code) => ClientError::Denied(words),
            Some(code) if is_unknown_topic(code) => ClientError::UnknownTopic(words),
            Some(code) if is_unreachable(code) => ClientError::Unreachable(words),
            Some(_) => ClientError::Broker(words),
            None if matches!(error, KafkaError::Canceled) => ClientError::Unreachable(words),
            None => {
                // librdkafka's own words repeat the value, which may be a secret.
                let named = if let KafkaError::ClientConfig(_, why, key, _) = error {
                    Some(format!("`{key}`: {why}"))
                } else {
                    None
                };
                ClientError::Settings(named.unwrap_or(words))
            }
        }
    }
}

/// What is wrong with a record itself: sending it again can never help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// Larger than its topic takes.
    #[error("record is larger than its topic takes")]
    TooLarge,
    /// Refused by the broker as invalid, such as one without a key in a compacted topic.
    #[error("record is invalid")]
    Invalid,
}

impl RecordFault {
    /// All faults.
    pub const ALL: &[Self] = &[RecordFault::TooLarge, RecordFault::Invalid];

    /// The fault as a metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordFault::TooLarge => "too_large",
            RecordFault::Invalid => "invalid",
        }
    }
}

/// Why a record was not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The record itself is at fault: it may become a dead letter.
    #[error("record was refused")]
    Record(#[source] RecordFault),
    /// Anything else (rights, unknown topic, policy, too few replicas, disk): stop, and try again later.
    #[error("record was not acknowledged: {0}")]
    Broker(String),
}

/// Why a batch was not committed. In each case the producer is done: drop it.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A record itself is at fault. Its companions in the batch may be blamed with it: with a new producer, commit
    /// one item a transaction to find the one.
    #[error("record {index} of the batch was refused")]
    Record {
        /// Its place in the batch, or that of a companion.
        index: usize,
        /// What is wrong with it.
        #[source]
        fault: RecordFault,
    },
    /// A newer judge has taken over: nothing of this one is visible, nor will be. Leave the partition alone.
    #[error("a newer judge has taken over")]
    Fenced,
    /// Anything else. Whether the batch is visible is unknown: make a new producer, read what is committed, decide.
    #[error("batch was not committed: {0}")]
    Broker(String),
}

impl CommitError {
    /// A short, closed reason for metrics.
    pub const fn reason(&self) -> &'static str {
        match self {
            CommitError::Record { .. } => "record",
            CommitError::Fenced => "fenced",
            CommitError::Broker(_) => "broker",
        }
    }
}

/// The group did not confirm that a share is ours: whatever would have followed from it must not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Expelled {
    /// The share is not (or no longer) assigned to this member.
    #[error("the share is assigned to another replica")]
    NotOurs,
    /// The group's coordinator refused: it has gone on without us.
    #[error("the group has gone on without this replica: {0}")]
    Refused(String),
    /// No answer within the session: the share may be another's by now.
    #[error("the group did not answer within the session")]
    Unanswered,
}

/// The code behind an error. librdkafka's own accessor hides that of admin calls.
pub(crate) fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    if let KafkaError::AdminOp(code) = error { Some(*code) } else { error.rdkafka_error_code() }
}

pub(crate) fn is_denied(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
            | Code::SaslAuthenticationFailed
            | Code::Authentication
    )
}

pub(crate) fn is_unknown_topic(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition)
}

pub(crate) fn is_unreachable(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::MessageTimedOut
            | Code::TimedOutQueue
            | Code::WaitingForCoordinator
            | Code::CoordinatorNotAvailable
            | Code::NetworkException
            | Code::LeaderNotAvailable
            | Code::NotLeaderForPartition
            | Code::ReplicaNotAvailable
            | Code::OffsetNotAvailable
            | Code::FencedLeaderEpoch
            | Code::UnknownLeaderEpoch
            | Code::WaitCache
    )
}

/// The fault of the record itself, if this is one. A wrong timestamp is none: it comes from a clock or a topic's
/// configuration, and would condemn every record.
pub(crate) fn record_fault(code: RDKafkaErrorCode) -> Option<RecordFault> {
    use RDKafkaErrorCode as Code;
    if matches!(code, Code::MessageSizeTooLarge | Code::MessageBatchTooLarge) {
        Some(RecordFault::TooLarge)
    } else if matches!(code, Code::InvalidRecord | Code::InvalidMessageSize) {
        Some(RecordFault::Invalid)
    } else {
        None
    }
}

/// Whether a newer producer with our transactional id has taken over.
pub(crate) fn is_fenced(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch)
}

impl SendError {
    pub(crate) fn of(code: RDKafkaErrorCode) -> SendError {
        record_fault(code).map_or_else(|| SendError::Broker(code.to_string()), SendError::Record)
    }
}

#[cfg(test)]
mod tests {
    use RDKafkaErrorCode as Code;

    use super::*;

    #[track_caller]
    fn check(code: Code, fault: Option<RecordFault>) {
        assert_eq!(record_fault(code), fault, "{code:?}");
    }

    #[test]
    fn only_a_fault_of_the_record_itself_condemns_it() {
        check(Code::MessageSizeTooLarge, Some(RecordFault::TooLarge));
        check(Code::InvalidRecord, Some(RecordFault::Invalid));
        for innocent in [
            Code::TopicAuthorizationFailed,
            Code::UnknownTopicOrPartition,
            Code::PolicyViolation,
            Code::NotEnoughReplicas,
            Code::KafkaStorageError,
            Code::InvalidTimestamp,
            Code::MessageTimedOut,
            Code::PurgeQueue,
            Code::InvalidMessage,
        ] {
            check(innocent, None);
        }
    }

    #[test]
    fn denied_unknown_and_unreachable_are_told_apart() {
        let of = |code| ClientError::of(&KafkaError::MetadataFetch(code)).reason();
        assert_eq!(of(Code::TopicAuthorizationFailed), "denied");
        assert_eq!(of(Code::UnknownTopicOrPartition), "unknown_topic");
        assert_eq!(of(Code::BrokerTransportFailure), "unreachable");
        assert_eq!(of(Code::PolicyViolation), "broker");
        assert_eq!(ClientError::of(&KafkaError::AdminOp(Code::ClusterAuthorizationFailed)).reason(), "denied");
    }
}
