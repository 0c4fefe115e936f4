//! What a command changes in the list of feeds. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::cli::Labels;
use crate::app::registry::Registry;
use crate::feed::changes::{self, Plan, Setting};
use crate::feed::list::Form;
use crate::feed::{self, Definition, Listed};

/// The feeds that are to be added, with what the operator says of all of them.
///
/// # Errors
/// A sentence about the first address or label that cannot be one.
pub(super) fn listed(urls: &[String], labels: &Labels) -> Result<Vec<Listed>, String> {
    let language = labels.language.as_deref().map(language).transpose()?;
    let country = labels.country.as_deref().map(country).transpose()?;
    let numbered = urls.iter().zip(1..);
    let feeds = numbered.map(|(url, line)| {
        let listed = Listed::at(line, Form::Opml, url).map_err(|error| error.to_string())?;
        Ok(Listed {
            publisher: labels.publisher.clone(),
            country: country.clone(),
            language: language.clone(),
            tags: labels.tags.clone(),
            ..listed
        })
    });
    feeds.collect()
}

fn language(tag: &str) -> Result<String, String> {
    feed::language(tag).ok_or_else(|| format!("`{tag}` is no language tag such as `fr` or `pt-BR`"))
}

fn country(code: &str) -> Result<String, String> {
    feed::country(code).ok_or_else(|| format!("`{code}` is no country code of two letters such as `FR`"))
}

/// Adds feeds. One that is there already, perhaps by an older address, keeps its id and its route; what is said of
/// it now replaces what was said before.
pub(super) fn add(registry: &Registry, listed: Vec<Listed>, setting: &Setting) -> Plan {
    let (mut plan, mut fresh, mut seen) = (Plan::default(), Vec::new(), BTreeSet::new());
    for feed in listed {
        match registry.find(&feed.url) {
            Some(known) if seen.insert(known.id) => note(&mut plan, known, relabelled(known, feed)),
            Some(_) => plan.repeated.push(feed.line),
            None => fresh.push(feed),
        }
    }
    let added = changes::plan(&[], &fresh, &BTreeMap::new(), setting);
    plan.added = added.added;
    plan.repeated.extend(added.repeated);
    plan
}

fn relabelled(known: &Definition, feed: Listed) -> Definition {
    let mut wanted = Definition { absent_since: None, ..known.clone() };
    wanted.publisher = feed.publisher.or(wanted.publisher);
    wanted.country = feed.country.or(wanted.country);
    wanted.language = feed.language.or(wanted.language);
    if !feed.tags.is_empty() {
        wanted.tags = feed.tags;
    }
    wanted
}

/// Pauses or resumes feeds.
pub(super) fn set_paused(feeds: &[Definition], pause: Pause) -> Plan {
    let mut plan = Plan::default();
    for known in feeds {
        note(&mut plan, known, Definition { paused: pause == Pause::Pause, ..known.clone() });
    }
    plan
}

/// What is wanted of a feed's polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// None from now on.
    Pause,
    /// As before.
    Resume,
}

fn note(plan: &mut Plan, known: &Definition, wanted: Definition) {
    if wanted == *known { plan.unchanged += 1 } else { plan.changed.push(wanted) }
}

/// Those of the feeds that a mirrored file would pause or resume again.
pub(super) fn undone(registry: &Registry, edit: &Plan, listed: &[Listed], setting: &Setting) -> Vec<Definition> {
    let mut after = registry.definitions.clone();
    after.extend(edit.changed.iter().map(|wanted| (wanted.id, wanted.clone())));
    let after: Vec<Definition> = after.into_values().collect();
    let mirrored = changes::plan(&after, listed, &registry.moved(), setting);
    let paused: BTreeMap<_, _> = mirrored.changed.iter().map(|feed| (feed.id, feed.paused)).collect();
    let is_undone = |wanted: &&Definition| paused.get(&wanted.id).is_some_and(|paused| *paused != wanted.paused);
    edit.changed.iter().filter(is_undone).cloned().collect()
}

/// The feeds of these names, each once, in the order in which they are named.
///
/// # Errors
/// The names that no feed has.
pub(super) fn named(registry: &Registry, names: &[String]) -> Result<Vec<Definition>, Vec<String>> {
    let (mut found, mut unknown, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for name in names {
        match registry.find(name) {
            Some(known) if seen.insert(known.id) => found.push(known.clone()),
            Some(_) => {}
            None => unknown.push(name.clone()),
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(unknown) }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::app::gather::state::FeedState;
    use crate::feed::changes::Removal;
    use crate::feed::{feed_id, list};

    const SETTING: Setting = Setting { partitions: 64, removal: Removal::Mirrored, now: DateTime::UNIX_EPOCH };
    const OLD: &str = "https://old.example/rss";

    fn nothing_said() -> Labels {
        Labels { publisher: None, country: None, language: None, tags: Vec::new() }
    }

    fn asked(urls: &[&str], labels: &Labels) -> Vec<Listed> {
        listed(&urls.iter().map(ToString::to_string).collect::<Vec<_>>(), labels).unwrap()
    }

    /// One feed that has moved since it was registered.
    fn registry() -> Registry {
        let mut registry = Registry::default();
        let plan = add(&registry, asked(&[OLD], &Labels { publisher: Some("Old".into()), ..nothing_said() }), &SETTING);
        let known = Definition { route: 7, ..plan.added[0].clone() };
        let moved = FeedState { address: Some("https://new.example/rss".into()), ..FeedState::default() };
        registry.states.insert(known.id, moved);
        registry.definitions.insert(known.id, known);
        registry
    }

    #[track_caller]
    fn check(urls: &[&str], (added, changed, unchanged, repeated): (usize, usize, usize, &[usize])) {
        let plan = add(&registry(), asked(urls, &nothing_said()), &SETTING);
        assert_eq!((plan.added.len(), plan.changed.len(), plan.unchanged), (added, changed, unchanged), "{urls:?}");
        assert_eq!(plan.repeated, repeated, "{urls:?}");
    }

    #[test]
    fn a_feed_that_is_there_is_not_added_again() {
        check(&["https://a.example/"], (1, 0, 0, &[]));
        check(&[OLD], (0, 0, 1, &[]));
        check(&["https://new.example/rss"], (0, 0, 1, &[]));
        check(&[OLD, "https://new.example/rss", "https://a.example/", "https://A.example"], (1, 0, 1, &[2, 4]));
    }

    #[test]
    fn what_is_said_of_a_known_feed_replaces_what_was_said_and_its_route_stays() {
        let labels = Labels { language: Some("FR".into()), tags: vec!["x".into()], ..nothing_said() };
        let plan = add(&registry(), asked(&["https://new.example/rss"], &labels), &SETTING);
        let wanted = &plan.changed[0];
        assert_eq!((wanted.id, wanted.route, wanted.url.as_str()), (feed_id(OLD).unwrap(), 7, OLD));
        assert_eq!((wanted.publisher.as_deref(), wanted.language.as_deref()), (Some("Old"), Some("fr")));
    }

    #[test]
    fn a_label_that_is_none_is_named() {
        let fault = |labels: Labels| listed(&[OLD.to_owned()], &labels).unwrap_err();
        assert!(fault(Labels { country: Some("France".into()), ..nothing_said() }).contains("`France`"));
        assert!(fault(Labels { language: Some("?".into()), ..nothing_said() }).contains("`?`"));
        assert!(listed(&["nonsense".to_owned()], &nothing_said()).unwrap_err().contains("`nonsense`"));
    }

    #[test]
    fn names_are_ids_or_addresses() {
        let registry = registry();
        let id = feed_id(OLD).unwrap().to_string();
        let names = |names: &[&str]| named(&registry, &names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&[&id, OLD, "https://new.example/rss"]).unwrap().len(), 1);
        assert_eq!(
            names(&[&id, "x", "https://b.example/"]),
            Err(vec!["x".to_owned(), "https://b.example/".to_owned()])
        );
    }

    #[test]
    fn a_mirrored_file_undoes_only_what_it_says() {
        let registry = registry();
        let edit = set_paused(&registry.present(), Pause::Pause);
        assert!(edit.changed[0].paused);
        let undone_by =
            |file: &str| undone(&registry, &edit, &list::read(file.as_bytes(), "feeds.toml").unwrap(), &SETTING);
        let open = format!("[[feed]]\nurl = \"{OLD}\"\npublisher = \"Old\"\n");
        assert_eq!(undone_by(&open), []);
        assert_eq!(undone_by(&format!("{open}paused = true\n")), []);
        assert_eq!(undone_by(&format!("{open}paused = false\n")).len(), 1);
        assert_eq!(set_paused(&registry.present(), Pause::Resume).unchanged, 1);
    }
}
