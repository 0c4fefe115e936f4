//! From what the judge decided to the record that subscribers read.

use super::{
    ArticleEvent, Carried, Change, ComposeError, DeadReason, DuplicateEvent, EventType, History, Message, Naming, Stamp,
};
use crate::article::Observation;
use crate::judge::{self, Decision, Publication, Unfit};

impl Stamp {
    /// When, and at which item, a decision was taken.
    pub fn of(decision: &Decision) -> Stamp {
        Stamp { event_time: decision.event_time(), offset: decision.stamp.offset }
    }
}

impl EventType {
    /// The type of the event that a publication becomes.
    pub const fn of(publication: &Publication) -> EventType {
        match publication {
            Publication::Created { .. } => EventType::Created,
            Publication::Revised { .. } => EventType::Revised,
            Publication::Duplicated { .. } => EventType::Duplicated,
        }
    }
}

/// The record of a publication in at most `bytes_max` bytes; duplicates have a topic of their own.
///
/// # Errors
/// It does not fit even without its text, or has no JSON form.
pub fn compose(
    publication: &Publication,
    observation: &Observation,
    stamp: Stamp,
    bytes_max: usize,
) -> Result<Message, ComposeError> {
    let naming = match *publication {
        Publication::Created { article, revision, backlog, was_duplicate_of } => {
            Naming { id: article, revision, change: Change::Created, backlog, history: None, was_duplicate_of }
        }
        Publication::Revised { article, revision, reason, previous, history, lead_before } => Naming {
            id: article,
            revision,
            change: Change::Revised { reason, previous, lead_before },
            backlog: false,
            history: history_of(history),
            was_duplicate_of: None,
        },
        Publication::Duplicated { of, revision, lead, evidence, backlog } => {
            let carried = Carried { of, revision, lead, evidence, backlog };
            return DuplicateEvent::new(carried, observation, stamp).into_message(bytes_max);
        }
    };
    ArticleEvent::new(&naming, observation, stamp).into_message(bytes_max)
}

/// Only what a reader must reckon with is said.
const fn history_of(history: judge::History) -> Option<History> {
    match history {
        judge::History::Whole => None,
        judge::History::Expired => Some(History::Expired),
    }
}

impl From<Unfit> for DeadReason {
    fn from(unfit: Unfit) -> DeadReason {
        match unfit {
            Unfit::Undecodable => DeadReason::Unreadable,
            Unfit::TooLarge => DeadReason::TooLarge,
            Unfit::Refused => DeadReason::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{ArticleId, FeedId};
    use crate::event::tests::{digest, observation, stamp};
    use crate::event::{Evidence, RevisionReason};
    use serde_json::{Value, json};

    #[track_caller]
    fn check(publication: &Publication, expected: &Value) {
        let message = compose(publication, &observation(), stamp(), usize::MAX).unwrap();
        let event: Value = serde_json::from_slice(&message.value).unwrap();
        assert_eq!(event.get("event_type").unwrap(), EventType::of(publication).as_str());
        assert_eq!(message.key, publication.article().to_string().into_bytes());
        let keys = ["revision", "backlog", "history", "reason", "lead", "lead_before", "evidence", "was_duplicate_of"];
        let said = keys.into_iter().filter_map(|key| Some((key.to_owned(), event.get(key)?.clone())));
        assert_eq!(&Value::Object(said.collect()), expected);
    }

    #[test]
    fn what_the_judge_says_reaches_the_event() {
        let (article, other) = (ArticleId(digest("a")), ArticleId(digest("b")));
        let created =
            |backlog, was_duplicate_of| Publication::Created { article, revision: 1, backlog, was_duplicate_of };
        check(&created(false, None), &json!({ "revision": 1 }));
        check(&created(true, Some(other)), &json!({ "revision": 1, "backlog": true, "was_duplicate_of": other }));
        let lead = FeedId(digest("lead"));
        let revised = |reason, history, lead_before| Publication::Revised {
            article,
            revision: 2,
            reason,
            previous: None,
            history,
            lead_before,
        };
        let own_site = revised(RevisionReason::OwnSite, judge::History::Whole, Some(lead));
        check(&own_site, &json!({ "revision": 2, "reason": "own_site", "lead_before": lead }));
        let by_the_same = revised(RevisionReason::Edited, judge::History::Expired, Some(observation().feed.id));
        check(&by_the_same, &json!({ "revision": 2, "reason": "edited", "history": "expired" }));
        let evidence = Evidence::ContentHash;
        let duplicated = Publication::Duplicated { of: article, revision: 3, lead, evidence, backlog: false };
        check(&duplicated, &json!({ "revision": 3, "lead": lead, "evidence": "content_hash" }));
    }
}
