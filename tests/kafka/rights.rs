//! Rights are told truly where the broker has no access control, and without a trace.

use depeche::kafka::rights::{self, Answer, Right};
use depeche::kafka::{Interest, Isolation, JudgeProducer, Member, Record, Settings, Source, Topic};

use crate::broker::{self, FEEDS};

fn answers(settings: &Settings) -> Vec<(Right, Answer)> {
    rights::check(settings).unwrap().into_iter().map(|checked| (checked.right, checked.answer)).collect()
}

/// Offsets behind the newest record of every partition.
fn ends(settings: &Settings) -> Vec<i64> {
    let mut source = Source::new(settings, Isolation::Uncommitted);
    let mut ends = Vec::new();
    for topic in Topic::ALL {
        for partition in 0..settings.topic(*topic).partitions {
            ends.push(source.watermarks(*topic, partition).unwrap().1);
        }
    }
    ends
}

#[test]
fn everything_is_allowed_where_nothing_is_forbidden_and_nothing_is_written() {
    let settings = broker::installed("rights");
    let before = ends(&settings);
    let answers = answers(&settings);
    assert_eq!(answers.len(), 18);
    assert!(answers.iter().all(|(_, answer)| *answer == Answer::Yes), "{answers:?}");
    assert_eq!(ends(&settings), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_judge_that_works_is_not_disturbed() {
    let settings = tokio::task::spawn_blocking(|| broker::installed("undisturbed")).await.unwrap();
    let (member, mut events) = Member::join(&settings, Interest::FeedsAndItems).unwrap();
    events.recv().await.unwrap();
    let told = tokio::task::spawn_blocking(move || {
        let mut judge = JudgeProducer::init(&settings).unwrap();
        let told = answers(&settings);
        judge.commit(&[Record::new(Topic::ArticleState, "position", "1")]).unwrap();
        told
    });
    let told = told.await.unwrap();
    let of = |wanted| told.iter().find(|(right, _)| *right == wanted).map(|(_, answer)| answer.clone()).unwrap();
    assert!(matches!(of(Right::TransactionalId), Answer::CannotTell(_)));
    assert_eq!(of(Right::Group), Answer::Yes);
    assert_eq!(member.confirm(depeche::kafka::Share::Feeds(FEEDS - 1)).await, Ok(()), "the member is still one");
    assert!(events.try_recv().is_err(), "nothing was revoked");
}
