//! What a trial found, in a few lines.

use std::collections::BTreeMap;

use super::super::output::counted;
use super::judged::Judged;
use crate::app::gather::sight::Sighted;
use crate::feed::ParsedFeed;
use crate::judge::Outcome;
use crate::telemetry::Shown;

/// The lines: the document, what was cut or guessed, the outcomes, and why entries would not be published.
pub(super) fn summary(parsed: &ParsedFeed, sighted: &Sighted, judged: &[Judged]) -> Vec<String> {
    let title = parsed.title.as_deref().unwrap_or("without a title");
    let language = parsed.language.as_deref().unwrap_or("not declared");
    let entries = usize::try_from(sighted.parsed).unwrap_or(usize::MAX);
    let entries = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
    let mut lines = vec![format!(
        "{} (format {}, charset {}, language {language}): {entries}",
        Shown(title),
        parsed.format.as_str(),
        parsed.report.charset
    )];
    let notes: Vec<String> =
        parsed.report.counts().map(|(note, count)| format!("{} {count}", note.as_str().replace('_', " "))).collect();
    if !notes.is_empty() {
        lines.push(format!("in reading it: {}", notes.join(", ")));
    }
    lines.extend(outcomes(judged));
    if sighted.shown_before > 0 {
        let twice = usize::try_from(sighted.shown_before).unwrap_or(usize::MAX);
        lines.push(format!(
            "{} in the document twice and sent once",
            if twice == 1 { "1 entry stands".to_owned() } else { format!("{twice} entries stand") }
        ));
    }
    let unpublished = judged.iter().filter_map(|entry| Some((entry, entry.published.as_ref().err()?)));
    lines.extend(unpublished.map(|(entry, why)| {
        let headline = entry.headline.as_deref().unwrap_or("(no headline)");
        format!("not published: {}: {why}", Shown(headline))
    }));
    lines
}

/// How many entries came to what.
fn outcomes(judged: &[Judged]) -> Option<String> {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    judged.iter().for_each(|entry| *counts.entry(entry.outcome).or_default() += 1);
    let told: Vec<String> =
        counts.iter().map(|(outcome, count)| format!("{count} {}", outcome.as_str().replace('_', " "))).collect();
    let events = counted(judged.iter().filter(|entry| entry.published.is_ok()).count(), "event");
    (!told.is_empty()).then(|| format!("{events} would be published: {}", told.join(", ")))
}
