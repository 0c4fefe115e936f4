//! Whether the broker grants what the daemon needs: yes, no, or not to be told without doing harm.
//!
//! librdkafka's safe interface does not show granted operations, so each right is tried in a way that changes
//! nothing: a record that the broker must refuse after it has looked at the right, a commit that repeats what stands,
//! and never a take-over of the judge's id while somebody may hold it. Blocking.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::client::{self, Context};
use super::error::{ClientError, code_of, is_denied};
use super::{Settings, Topic, transaction};

mod write;

/// How long one probe may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the group's coordinator may take to refuse us.
const COORDINATOR_PATIENCE: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(50);
const FETCH_WAIT_MS: &str = "50";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// To read a topic.
    Read(Topic),
    /// To write a topic.
    Write(Topic),
    /// To join the group that shares the feeds.
    Group,
    /// To be the judge.
    TransactionalId,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Granted.
    Yes,
    /// Refused.
    No,
    /// Why it cannot be told.
    CannotTell(String),
}

/// One right and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is asked for.
    pub right: Right,
    /// The name at the broker that the right is for.
    pub name: String,
    /// The answer.
    pub answer: Answer,
}

impl Right {
    /// The right in words.
    pub const fn verb(self) -> &'static str {
        match self {
            Right::Read(_) => "read topic",
            Right::Write(_) => "write topic",
            Right::Group => "join group",
            Right::TransactionalId => "use transactional id",
        }
    }
}

impl Answer {
    /// The answer in words; the reason of "cannot tell" is beside it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::CannotTell(_) => "cannot tell",
        }
    }

    fn of_code(code: RDKafkaErrorCode) -> Answer {
        if is_denied(code) { Answer::No } else { Answer::CannotTell(code.to_string()) }
    }

    fn of_error(error: &KafkaError) -> Answer {
        code_of(error).map_or_else(|| Answer::CannotTell(error.to_string()), Answer::of_code)
    }

    fn of_client(error: ClientError) -> Answer {
        match error {
            ClientError::Denied(_) => Answer::No,
            other @ (ClientError::Settings(_)
            | ClientError::Unreachable(_)
            | ClientError::Rejected(_)
            | ClientError::UnknownTopic(_)
            | ClientError::Thread(_)
            | ClientError::Broker(_)) => Answer::CannotTell(other.to_string()),
        }
    }
}

/// Tries every right that the daemon needs. Verify the topics first: the settings must know them as they are.
pub fn check(settings: &Settings) -> Result<Vec<Checked>, ClientError> {
    let mut checked = Vec::new();
    let writer = write::Writer::new(settings)?;
    let probe = Probe::new(settings)?;
    for topic in Topic::ALL {
        let name = &settings.topic(*topic).name;
        let mut add = |right, answer| checked.push(Checked { right, name: name.clone(), answer });
        add(Right::Read(*topic), probe.read(*topic));
        add(Right::Write(*topic), writer.check(*topic));
    }
    checked.push(Checked { right: Right::Group, name: settings.group(), answer: probe.group() });
    let answer = probe.transactional_id();
    checked.push(Checked { right: Right::TransactionalId, name: settings.transactional_id(), answer });
    Ok(checked)
}

struct Quiet;

impl ConsumerContext for Context<Quiet> {}

/// Asks about the group and the judge's id.
struct Probe<'s> {
    settings: &'s Settings,
    consumer: BaseConsumer<Context<Quiet>>,
    /// Whether the group's coordinator has refused us: it is asked in the background from the start.
    group_denied: Cell<bool>,
}

impl<'s> Probe<'s> {
    fn new(settings: &'s Settings) -> Result<Probe<'s>, ClientError> {
        let mut config = client::config(settings);
        config
            .set("group.id", settings.group())
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "latest")
            .set("fetch.wait.max.ms", FETCH_WAIT_MS)
            .set("allow.auto.create.topics", "false");
        let consumer = BaseConsumer::from_config_and_context(&config, Context::new("check", settings, Quiet))
            .map_err(|error| ClientError::of(&error))?;
        Ok(Probe { settings, consumer, group_denied: Cell::new(false) })
    }

    /// Reads at the end of a partition: whoever may not read is told so, or is not even shown the topic.
    fn read(&self, topic: Topic) -> Answer {
        let name = &self.settings.topic(topic).name;
        let shown = self.consumer.fetch_metadata(Some(name), PATIENCE);
        let hidden = match &shown {
            Ok(metadata) => metadata.topics().first().and_then(|topic| topic.error()).map(RDKafkaErrorCode::from),
            Err(error) => return Answer::of_error(error),
        };
        if let Some(code) = hidden {
            return Answer::of_code(code);
        }
        let mut list = TopicPartitionList::new();
        let end = list.add_partition_offset(name, 0, Offset::End);
        if let Err(error) = end.and_then(|()| self.consumer.assign(&list)) {
            return Answer::of_error(&error);
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self.poll() {
                None => {}
                Some(Ok(()) | Err(KafkaError::PartitionEOF(_))) => return Answer::Yes,
                Some(Err(error)) => return Answer::of_error(&error),
            }
        }
        Answer::CannotTell("no answer in time".to_owned())
    }

    /// What comes, except that the group is denied: that is noted, and says nothing about a topic.
    fn poll(&self) -> Option<Result<(), KafkaError>> {
        let polled = self.consumer.poll(STEP)?.map(drop);
        if matches!(&polled, Err(error) if code_of(error) == Some(RDKafkaErrorCode::GroupAuthorizationFailed)) {
            self.group_denied.set(true);
            return None;
        }
        Some(polled)
    }

    /// Commits from outside what stands as the group's offset (or 0, which says as little): with members in the group
    /// it is refused as coming from none of them, but only after the right was looked at.
    fn group(&self) -> Answer {
        let feeds = &self.settings.topic(Topic::Feeds).name;
        let mut list = TopicPartitionList::new();
        list.add_partition(feeds, 0);
        if let Err(error) = self.consumer.unassign() {
            return Answer::of_error(&error);
        }
        let deadline = Instant::now() + COORDINATOR_PATIENCE;
        while Instant::now() < deadline && !self.group_denied.get() {
            drop(self.poll());
        }
        if self.group_denied.get() {
            return Answer::No;
        }
        let mut standing = match self.consumer.committed_offsets(list, PATIENCE) {
            Ok(standing) => standing,
            Err(error) => return Answer::of_error(&error),
        };
        let offset = standing.elements().first().map(|element| element.offset());
        if !matches!(offset, Some(Offset::Offset(_)))
            && let Err(error) = standing.set_all_offsets(Offset::Offset(0))
        {
            return Answer::of_error(&error);
        }
        match self.consumer.commit(&standing, CommitMode::Sync) {
            Ok(()) => Answer::Yes,
            Err(error) => match code_of(&error) {
                Some(RDKafkaErrorCode::UnknownMemberId | RDKafkaErrorCode::IllegalGeneration) => Answer::Yes,
                Some(RDKafkaErrorCode::RebalanceInProgress) => Answer::Yes,
                Some(code) => Answer::of_code(code),
                None => Answer::CannotTell(error.to_string()),
            },
        }
    }

    /// Taking the id over would stop a judge that works, so it is only tried when the group has no member.
    fn transactional_id(&self) -> Answer {
        match self.consumer.fetch_group_list(Some(&self.settings.group()), PATIENCE) {
            Ok(list) if list.groups().iter().all(|group| group.members().is_empty()) => {
                match transaction::take_over(self.settings, PATIENCE) {
                    Ok(()) => Answer::Yes,
                    Err(error) => Answer::of_client(error),
                }
            }
            Ok(_) => Answer::CannotTell("replicas are running, and trying it would stop their judge".to_owned()),
            Err(error) => Answer::CannotTell(format!("whether a judge is running is not known: {error}")),
        }
    }
}
