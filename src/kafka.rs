//! Topics, producers, transactions, restore, the group and the embedded broker.
//!
//! Kafka is the only store. What is written and read here, and by whom, stands in [`Topic`]; who may
//! write it exactly once is [`JudgeProducer`]; who owns what is [`Member`].
//!
//! Everything that librdkafka blocks on runs on an operating system thread: [`Source`], [`JudgeProducer`],
//! [`admin`] and [`rights`] are plain blocking calls, [`Reader`], [`Publisher`] and [`Member`] own their
//! threads and speak to async code over bounded channels.

pub mod admin;
mod backlog;
mod client;
pub mod embedded;
pub mod error;
mod health;
mod log;
mod member;
mod producer;
mod properties;
mod publisher;
mod reader;
mod record;
mod retention;
pub mod rights;
mod settings;
mod source;
mod topic;
mod transaction;

pub use backlog::Backlog;
pub use error::{ClientError, CommitError, Expelled, RecordFault, SendError};
pub use health::Health;
pub use member::{Interest, Member, Membership, Release, Share};
pub use properties::Properties;
pub use publisher::{Held, Publisher};
pub use reader::{Reader, Tagged};
pub use record::{Receipt, Record, Stored};
pub use settings::{RawKafka, RawTopic, RawTopics, Settings, Stamps, TopicChoice};
pub use source::{From, Isolation, Read, Source};
pub use topic::{Cleanup, Spec, Topic};
pub use transaction::{Committed, JudgeProducer};
