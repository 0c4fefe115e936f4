//! Feeds and how they do, as a table, as a page, or as JSON.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::changes::{fields, shown};
use crate::app::commands::output::{Form, json_line};
use crate::app::demo::screen::columns::{cell, columns};
use crate::app::gather::state::{FeedHealth, FeedState};
use crate::app::registry::Registry;
use crate::feed::Definition;
use crate::schedule::PollState;
use crate::telemetry::Shown;

/// The longest address that still widens its column.
const ADDRESS_COLUMNS_MAX: usize = 80;
/// The longest name that still widens its column.
const NAME_COLUMNS_MAX: usize = 30;

/// A feed with all that is known of it.
struct View<'a> {
    definition: &'a Definition,
    state: Option<&'a FeedState>,
    poll: Option<&'a PollState>,
}

impl<'a> View<'a> {
    fn of(definition: &'a Definition, registry: &'a Registry) -> View<'a> {
        let id = definition.id;
        View { definition, state: registry.states.get(&id), poll: registry.polls.get(&id) }
    }

    /// How the feed does, in a word.
    fn standing(&self) -> &'static str {
        if self.definition.paused {
            return "paused";
        }
        if self.definition.absent_since.is_some() {
            return "absent";
        }
        match self.state.map(|state| state.health).unwrap_or_default() {
            FeedHealth::Gone => "gone",
            FeedHealth::Failing => "failing",
            FeedHealth::Well if self.poll.is_none_or(|poll| poll.polls == 0) => "new",
            FeedHealth::Well => "well",
        }
    }

    fn name(&self) -> &str {
        let own = self.state.and_then(|state| state.title.as_deref());
        self.definition.publisher.as_deref().or(own).unwrap_or("-")
    }

    fn address(&self) -> &str {
        self.state.and_then(|state| state.address.as_deref()).unwrap_or(&self.definition.url)
    }

    /// What is remembered of the feed.
    fn state(&self) -> Vec<(&'static str, Value)> {
        let (state, poll) = (self.state, self.poll);
        let mut told = vec![("standing", json!(self.standing()))];
        let mut tell = |name, value: Option<Value>| told.extend(value.map(|value| (name, value)));
        tell("address", state.and_then(|state| state.address.as_ref()).map(|address| json!(address)));
        tell("title", state.and_then(|state| state.title.as_ref()).map(|title| json!(title)));
        tell("site", state.and_then(|state| state.site.as_ref()).map(|site| json!(site)));
        tell("polls", poll.map(|poll| json!(poll.polls)));
        tell("last_poll", poll.and_then(|poll| poll.last_poll).map(time));
        tell("last_outcome", poll.and_then(|poll| poll.last_outcome).map(|outcome| json!(outcome.as_str())));
        tell("last_good", poll.and_then(|poll| poll.last_good).map(time));
        tell("failures", poll.map(|poll| json!(poll.failures)));
        tell("not_before", poll.and_then(|poll| poll.not_before.max(poll.fresh_until)).map(time));
        tell("shown", state.map(|state| json!(state.shown.len())));
        tell("first_good", state.and_then(|state| state.first_good).map(time));
        told
    }

    fn json(&self) -> Value {
        let state: serde_json::Map<_, _> =
            self.state().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json!({ "id": self.definition.id, "definition": fields(self.definition), "state": state })
    }
}

fn time(time: DateTime<Utc>) -> Value {
    json!(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Writes one feed whole.
pub(super) fn page(feed: &Definition, registry: &Registry, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let view = View::of(feed, registry);
    match form {
        Form::Json => json_line(out, &view.json()),
        Form::Text => {
            for (name, value) in fields(feed) {
                row(&name, &value, out)?;
            }
            writeln!(out)?;
            view.state().iter().try_for_each(|(name, value)| row(name, value, out))
        }
    }
}

fn row(name: &str, value: &Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<16}{}", name.replace('_', " "), shown(value))
}

/// Writes all feeds, by address.
pub(super) fn table(registry: &Registry, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let mut views: Vec<View<'_>> = registry.definitions.values().map(|feed| View::of(feed, registry)).collect();
    views.sort_by(|a, b| a.definition.url.cmp(&b.definition.url));
    match form {
        Form::Json => views.iter().try_for_each(|view| json_line(out, &view.json())),
        Form::Text => {
            let rows: Vec<Row> = std::iter::once(Row::head()).chain(views.iter().map(Row::of)).collect();
            let widest = |column: fn(&Row) -> &str, most: usize| {
                rows.iter().map(|row| columns(column(row))).max().unwrap_or_default().min(most)
            };
            let name = widest(|row| &row.name, NAME_COLUMNS_MAX);
            let address = widest(|row| &row.address, ADDRESS_COLUMNS_MAX);
            rows.iter().try_for_each(|row| {
                let name = cell(&row.name, name);
                writeln!(out, "{:<8} {:<20} {name} {:<address$} {}", row.standing, row.last_good, row.address, row.id)
            })
        }
    }
}

struct Row {
    standing: &'static str,
    last_good: String,
    name: String,
    address: String,
    id: String,
}

impl Row {
    fn head() -> Row {
        Row {
            standing: "STATE",
            last_good: "LAST GOOD POLL".to_owned(),
            name: "PUBLISHER".to_owned(),
            address: "ADDRESS".to_owned(),
            id: "ID".to_owned(),
        }
    }

    fn of(view: &View<'_>) -> Row {
        let last_good = view.poll.and_then(|poll| poll.last_good);
        Row {
            standing: view.standing(),
            last_good: last_good.map_or_else(|| "-".to_owned(), |last| shown(&time(last))),
            name: view.name().to_owned(),
            address: Shown(view.address()).to_string(),
            id: view.definition.id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::list::Form as ListForm;
    use crate::feed::{Listed, changes};
    use crate::schedule::PollOutcome;

    fn registry(urls: &[&str]) -> Registry {
        let listed: Vec<Listed> = urls.iter().map(|url| Listed::at(1, ListForm::Plain, url).unwrap()).collect();
        let setting = changes::Setting { partitions: 64, removal: changes::Removal::AtOnce, now: DateTime::UNIX_EPOCH };
        let added = changes::plan(&[], &listed, &std::collections::BTreeMap::new(), &setting).added;
        let mut registry = Registry::default();
        registry.definitions.extend(added.into_iter().map(|feed| (feed.id, feed)));
        registry
    }

    fn polled() -> Registry {
        let mut registry = registry(&["https://a.example/rss"]);
        let id = registry.present()[0].id;
        let at = |text: &str| Some(text.parse().unwrap());
        let poll = PollState {
            polls: 3,
            last_poll: at("2026-05-04T06:07:08Z"),
            last_good: at("2026-05-04T05:00:00Z"),
            last_outcome: Some(PollOutcome::NotFound),
            failures: 2,
            not_before: at("2026-05-04T07:00:00Z"),
            ..PollState::default()
        };
        registry.polls.insert(id, poll);
        let moved = "https://b.example/rss".to_owned();
        registry.states.insert(
            id,
            FeedState { title: Some("Le \u{1b}Fanal".into()), address: Some(moved), ..FeedState::default() },
        );
        registry
    }

    fn written(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_feed_is_shown_with_its_state() {
        let registry = polled();
        let feed = &registry.present()[0];
        let text = written(|out| page(feed, &registry, Form::Text, out));
        for line in [
            "url             https://a.example/rss",
            "paused          no",
            "standing        well",
            "address         https://b.example/rss",
            "title           Le \\u{1b}Fanal",
            "last outcome    not_found",
            "failures        2",
            "not before      2026-05-04T07:00:00Z",
            "shown           0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        let json: Value = serde_json::from_str(&written(|out| page(feed, &registry, Form::Json, out))).unwrap();
        assert_eq!(json["definition"]["url"], "https://a.example/rss");
        assert_eq!(json["state"]["last_good"], "2026-05-04T05:00:00Z");
    }

    #[test]
    fn the_list_is_aligned_and_sorted() {
        let registry = registry(&["https://z.example/", "https://a.example/a/long/path"]);
        let text = written(|out| table(&registry, Form::Text, out));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains("https://a.example"), "{text}");
        let at = |line: &str, what: &str| line.find(what).unwrap();
        assert_eq!(at(lines[0], "ADDRESS"), at(lines[1], "https:"), "{text}");
        let ids: Vec<usize> = registry.present().iter().map(|feed| at(&text, &feed.id.to_string())).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(lines[1].chars().count(), lines[2].chars().count(), "{text}");
        let json = written(|out| table(&registry, Form::Json, out));
        assert_eq!(json.lines().count(), 2);
    }

    #[test]
    fn a_feed_has_one_standing() {
        let mut registry = polled();
        let id = registry.present()[0].id;
        let standing = |registry: &Registry| View::of(&registry.definitions[&id], registry).standing();
        assert_eq!(standing(&registry), "well");
        registry.states.get_mut(&id).unwrap().health = FeedHealth::Failing;
        assert_eq!(standing(&registry), "failing");
        registry.definitions.get_mut(&id).unwrap().absent_since = Some(DateTime::UNIX_EPOCH);
        assert_eq!(standing(&registry), "absent");
        registry.definitions.get_mut(&id).unwrap().paused = true;
        assert_eq!(standing(&registry), "paused");
        registry = self::registry(&["https://a.example/rss"]);
        assert_eq!(standing(&registry), "new");
    }
}
