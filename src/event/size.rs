//! What is cut, and in which order, so that a record fits: raw fields, then blocks, then the body.

use super::article::{ArticleEvent, Truncated};
use super::{ComposeError, Message};
use crate::article::{Article, Fact, Observation};

/// The fact that says, from items to events, that an article's text was cut.
const CUT_FACT: &str = "body";
const CUT_SOURCE: &str = "cut_to_fit";

/// Whether an article's blocks were cut before it reached the judge.
pub(super) fn was_cut(article: &Article) -> bool {
    article.provenance.get(CUT_FACT).is_some_and(|fact| fact.source == CUT_SOURCE)
}

/// The record of an event in at most `bytes_max` bytes: whole, else without blocks, else with its body cut.
pub(super) fn fit(mut event: ArticleEvent, bytes_max: usize) -> Result<Message, ComposeError> {
    let message = event.message()?;
    if message.bytes() <= bytes_max {
        return Ok(message);
    }
    event.truncated = event.truncated.or(Some(Truncated::Blocks));
    event.text.blocks.clear();
    let message = event.message()?;
    if message.bytes() <= bytes_max {
        return Ok(message);
    }
    event.truncated = Some(Truncated::Body);
    let body = event.text.body.replace("x".to_owned()).unwrap_or_default();
    let room = bytes_max.saturating_sub(event.message()?.bytes());
    event.text.body = Some(start_of(&body, room)).filter(|body| !body.is_empty());
    let message = event.message()?;
    let bytes = message.bytes();
    if bytes <= bytes_max { Ok(message) } else { Err(ComposeError::TooLarge { bytes, max: bytes_max }) }
}

/// Takes from an observation what may be missing until `written` says that it fits: the raw texts, then
/// the blocks that are no body, then body blocks from the end. Hashes and words stay those of the whole.
pub(super) fn shrink(
    observation: &mut Observation,
    bytes_max: usize,
    written: impl Fn(&Observation) -> Result<usize, ComposeError>,
) -> Result<(), ComposeError> {
    let steps: [fn(&mut Observation); 3] = [
        |observation| {
            observation.item.content = None;
            observation.item.summary = None;
            observation.article.provenance.insert("item".to_owned(), cut());
        },
        |observation| {
            observation.article.blocks.retain(|block| block.role.is_body());
            observation.article.provenance.insert("blocks".to_owned(), cut());
        },
        |observation| {
            observation.article.provenance.insert(CUT_FACT.to_owned(), cut());
        },
    ];
    let mut bytes = written(observation)?;
    for step in steps {
        if bytes <= bytes_max {
            return Ok(());
        }
        step(observation);
        bytes = written(observation)?;
    }
    cut_blocks(&mut observation.article, bytes.saturating_sub(bytes_max));
    let bytes = written(observation)?;
    if bytes <= bytes_max { Ok(()) } else { Err(ComposeError::TooLarge { bytes, max: bytes_max }) }
}

/// Takes at least `excess` bytes of text from the end of the blocks, or all of them.
fn cut_blocks(article: &mut Article, mut excess: usize) {
    while excess > 0 {
        let Some(mut last) = article.blocks.pop() else { return };
        let bytes: usize = last.text.chars().map(json_bytes).sum();
        if bytes > excess {
            last.text = start_of(&last.text, bytes - excess);
            article.blocks.extend(Some(last).filter(|block| !block.text.is_empty()));
        }
        excess = excess.saturating_sub(bytes);
    }
}

fn cut() -> Fact {
    Fact { source: CUT_SOURCE.to_owned(), ..Fact::default() }
}

/// The longest start of a text that takes at most `room` bytes as a JSON string, without its quotes.
pub(super) fn start_of(text: &str, room: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|char| {
            used += json_bytes(*char);
            used <= room
        })
        .collect()
}

/// What a character takes within a JSON string.
fn json_bytes(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => char.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{ArticleId, Block, Role, Text, TextKind};
    use crate::event::tests::{digest, observation, stamp};
    use crate::event::{Change, ItemRecord, Naming};
    use proptest::prelude::*;

    fn long() -> Observation {
        let mut observation = observation();
        let text = "Une \"ligne\"\u{1} de texte, élargie. ".repeat(60);
        let block = Block { role: Role::Paragraph, text, language: None, confidence: None, reason: None };
        observation.article.blocks.extend([block.clone(), block]);
        observation.item.content = Some(Text { kind: TextKind::Html, value: "<p>Le pont</p>".repeat(20) });
        observation
    }

    fn event() -> ArticleEvent {
        let naming = Naming {
            id: ArticleId(digest("a")),
            revision: 1,
            change: Change::Created,
            backlog: false,
            history: None,
            was_duplicate_of: None,
        };
        ArticleEvent::new(&naming, &long(), stamp())
    }

    #[track_caller]
    fn check(bytes_max: usize, expected: Option<Truncated>) -> ArticleEvent {
        let message = event().into_message(bytes_max).unwrap();
        assert!(message.bytes() <= bytes_max);
        let read: ArticleEvent = serde_json::from_slice(&message.value).unwrap();
        assert_eq!(read.truncated, expected);
        read
    }

    #[test]
    fn blocks_go_first_then_the_body_ends_early() {
        let whole = event().into_message(usize::MAX).unwrap().bytes();
        check(whole, None);
        let without_blocks = check(whole - 1, Some(Truncated::Blocks));
        assert_eq!(without_blocks.text.body, event().text.body);
        let bytes = without_blocks.message().unwrap().bytes();
        let cut = check(bytes - 1, Some(Truncated::Body)).text.body.unwrap();
        assert!(event().text.body.unwrap().starts_with(&cut));
        assert!(event().text.body.unwrap().len() - cut.len() < 8, "no more than needed is cut");
    }

    #[test]
    fn what_cannot_fit_is_said() {
        let error = event().into_message(600).unwrap_err();
        assert!(matches!(error, ComposeError::TooLarge { max: 600, .. }), "{error}");
    }

    #[test]
    fn items_lose_raw_texts_before_their_article() {
        let whole = ItemRecord::Observed(Box::new(long())).message(usize::MAX).unwrap().bytes();
        let read = |bytes_max: usize| {
            let message = ItemRecord::Observed(Box::new(long())).message(bytes_max).unwrap();
            assert!(message.bytes() <= bytes_max);
            match ItemRecord::decode(&message.value).unwrap() {
                ItemRecord::Observed(observation) => *observation,
                ItemRecord::Left(_) | ItemRecord::Back(_) => panic!("another kind"),
            }
        };
        let raw = read(whole - 1);
        assert_eq!((raw.item.content, &raw.article.blocks), (None, &long().article.blocks));
        let cut = read(whole / 2);
        assert!(was_cut(&cut.article));
        assert_eq!(cut.article.content_hash, long().article.content_hash);
        assert_eq!(cut.item.guid, long().item.guid);
        assert!(ItemRecord::Observed(Box::new(long())).message(300).is_err());
    }

    proptest! {
        #[test]
        fn a_start_takes_the_room_it_is_given(text in any::<String>(), room in 0_usize..80) {
            let start = start_of(&text, room);
            let written = serde_json::to_string(&start).unwrap().len() - 2;
            prop_assert!(text.starts_with(&start) && written <= room);
            let next = text.chars().nth(start.chars().count());
            prop_assert!(next.is_none_or(|char| written + json_bytes(char) > room));
        }
    }
}
