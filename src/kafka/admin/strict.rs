//! The relations between topics that correctness needs. Everything else is taken as found.

use std::time::Duration;

use super::commands::{alter, widen};
use super::look::{Config, Configs};
use crate::kafka::retention::memory_retention;
use crate::kafka::{Settings, Topic};

/// Kafka's word for "kept for ever".
const FOR_EVER: i64 = -1;

/// One sentence for each relation that does not hold, with the command that mends it.
pub(super) fn faults(settings: &Settings, configs: &Configs) -> Vec<String> {
    let mut faults = counts(settings);
    for topic in Topic::ALL {
        if let Some(config) = configs.get(topic) {
            faults.extend(cleanup(settings, *topic, config));
            faults.extend(clock(settings, *topic, config));
        }
    }
    faults.extend(memory(settings, configs));
    faults
}

/// What is sound but will surprise.
pub(super) fn warnings(settings: &Settings, configs: &Configs) -> Vec<String> {
    let mut warnings = Vec::new();
    for topic in [Topic::Items, Topic::ArticleState] {
        let name = &settings.topic(topic).name;
        let bytes = configs.get(&topic).and_then(|config| number(config, "retention.bytes"));
        if let Some(bytes) = bytes.filter(|bytes| *bytes != FOR_EVER) {
            warnings.push(format!(
                "topic `{name}` is also cut at {bytes} bytes, which may delete records that are still needed: run {}",
                alter(settings, name, "retention.bytes", "-1")
            ));
        }
    }
    warnings
}

fn counts(settings: &Settings) -> Vec<String> {
    let mut faults = Vec::new();
    for topic in [Topic::Items, Topic::ArticleState] {
        let choice = settings.topic(topic);
        if choice.partitions != 1 {
            faults.push(format!(
                "topic `{}` has {} partitions but must have 1, because one order of all items is what makes duplicates \
                 certain: give another name in topics.{}.name and run `depeche topics create`",
                choice.name,
                choice.partitions,
                topic.as_str()
            ));
        }
    }
    let (feeds, state) = (settings.topic(Topic::Feeds), settings.topic(Topic::FeedState));
    if feeds.partitions != state.partitions {
        let (narrow, wide) = if feeds.partitions < state.partitions { (feeds, state) } else { (state, feeds) };
        faults.push(format!(
            "topics `{}` and `{}` have {} and {} partitions but must have the same number, because a feed and its state \
             share a partition: run {}",
            feeds.name,
            state.name,
            feeds.partitions,
            state.partitions,
            widen(settings, &narrow.name, wide.partitions)
        ));
    }
    faults
}

fn cleanup(settings: &Settings, topic: Topic, config: &Config) -> Option<String> {
    let policy = config.get("cleanup.policy")?;
    let compacts = policy.split(',').any(|part| part.trim() == "compact");
    let deletes = policy.split(',').any(|part| part.trim() == "delete");
    let why = match topic {
        Topic::Feeds | Topic::FeedState if compacts && !deletes => return None,
        Topic::Feeds | Topic::FeedState => "feeds must be kept for ever",
        // Compacted for ever is more than is needed.
        Topic::ArticleState if compacts => return None,
        Topic::ArticleState => "the judge's memory is the newest record of each article",
        Topic::Items | Topic::Articles | Topic::Duplicates | Topic::FeedEvents | Topic::DeadLetters if !compacts => {
            return None;
        }
        Topic::Items => "compaction would erase items before they are judged",
        Topic::Articles => "compaction would erase revisions",
        Topic::Duplicates | Topic::FeedEvents | Topic::DeadLetters => {
            "compaction would erase all but the newest of a key"
        }
    };
    let name = &settings.topic(topic).name;
    let wanted = topic.cleanup().as_str();
    Some(format!(
        "topic `{name}` has cleanup.policy={policy} but must have {wanted}, because {why}: run {}",
        alter(settings, name, "cleanup.policy", wanted)
    ))
}

fn clock(settings: &Settings, topic: Topic, config: &Config) -> Option<String> {
    const WANTED: &str = "LogAppendTime";
    let found = config.get("message.timestamp.type").filter(|found| *found != WANTED)?;
    let name = &settings.topic(topic).name;
    Some(format!(
        "topic `{name}` has message.timestamp.type={found} but must have {WANTED}, because only the broker's clock may \
         decide how old a record is: run {}",
        alter(settings, name, "message.timestamp.type", WANTED)
    ))
}

/// Memory must outlive the window by as long as an item may wait to be judged.
fn memory(settings: &Settings, configs: &Configs) -> Option<String> {
    let state = configs.get(&Topic::ArticleState)?;
    if !state.get("cleanup.policy")?.contains("delete") {
        return None;
    }
    let kept = number(state, "retention.ms")?;
    let items = number(configs.get(&Topic::Items)?, "retention.ms")?;
    let least = u64::try_from(items).map_or(FOR_EVER, |items| {
        let least = memory_retention(settings.window, Duration::from_millis(items)).as_millis();
        i64::try_from(least).unwrap_or(i64::MAX)
    });
    let enough = kept == FOR_EVER || (least != FOR_EVER && kept >= least);
    let name = &settings.topic(Topic::ArticleState).name;
    (!enough).then(|| {
        format!(
            "topic `{name}` keeps records for {kept} ms but must keep them for {least} (-1: for ever), because memory \
             has to outlive the judge's window by as long as items are kept, and a day: run {}",
            alter(settings, name, "retention.ms", &least.to_string())
        )
    })
}

fn number(config: &Config, key: &str) -> Option<i64> {
    config.get(key)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_created(settings: &Settings) -> Configs {
        let config = |topic: &Topic| {
            let configs = topic.spec(settings).configs();
            Config(configs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
        };
        Topic::ALL.iter().map(|topic| (*topic, config(topic))).collect()
    }

    #[track_caller]
    fn check(topic: Topic, key: &str, value: &str, expected: Option<&str>) {
        let settings = Settings::for_broker("k:9092", "t.");
        let mut configs = as_created(&settings);
        configs.get_mut(&topic).unwrap().0.insert(key.to_owned(), value.to_owned());
        let faults = faults(&settings, &configs);
        match expected {
            None => assert_eq!(faults, Vec::<String>::new()),
            Some(words) => {
                assert_eq!(faults.len(), 1, "{faults:?}");
                assert!(faults[0].contains(words) && faults[0].contains(": run kafka-configs.sh"), "{faults:?}");
            }
        }
    }

    #[test]
    fn what_we_create_is_sound() {
        let settings = Settings::for_broker("k:9092", "t.");
        assert_eq!(faults(&settings, &as_created(&settings)), Vec::<String>::new());
        assert_eq!(faults(&settings, &Configs::new()), Vec::<String>::new());
    }

    #[test]
    fn each_topic_has_its_policy() {
        check(Topic::Articles, "cleanup.policy", "compact", Some("erase revisions"));
        check(Topic::Items, "cleanup.policy", "compact,delete", Some("before they are judged"));
        check(Topic::Feeds, "cleanup.policy", "delete", Some("kept for ever"));
        check(Topic::FeedState, "cleanup.policy", "compact,delete", Some("kept for ever"));
        check(Topic::ArticleState, "cleanup.policy", "delete", Some("--add-config 'cleanup.policy=[compact,delete]'"));
        check(Topic::ArticleState, "cleanup.policy", "compact", None);
        check(Topic::ArticleState, "cleanup.policy", "delete, compact", None);
    }

    #[test]
    fn the_brokers_clock_decides() {
        check(Topic::DeadLetters, "message.timestamp.type", "CreateTime", Some("message.timestamp.type=LogAppendTime"));
    }

    #[test]
    fn memory_outlives_window_and_items() {
        check(Topic::ArticleState, "retention.ms", "2592000000", Some("retention.ms=3283200000"));
        check(Topic::ArticleState, "retention.ms", "-1", None);
        check(Topic::Items, "retention.ms", "1209600000", Some("retention.ms=3888000000"));
        check(Topic::Items, "retention.ms", "-1", Some("retention.ms=-1"));
        check(Topic::Items, "retention.ms", "86400000", None);
        check(Topic::Articles, "retention.ms", "-1", None);
    }

    #[test]
    fn counts_that_matter_are_strict() {
        let mut settings = Settings::for_broker("k:9092", "t.");
        let configs = as_created(&settings);
        settings.found(Topic::Articles, 5, None);
        assert_eq!(faults(&settings, &configs), Vec::<String>::new());
        settings.found(Topic::Items, 2, None);
        settings.found(Topic::FeedState, 8, None);
        let faults = faults(&settings, &configs);
        assert!(faults[0].contains("`t.items.v1` has 2 partitions but must have 1"), "{faults:?}");
        assert!(faults[1].ends_with("--alter --topic t.feed-state.v1 --partitions 64"), "{faults:?}");
    }

    #[test]
    fn a_cut_by_bytes_is_warned_of() {
        let settings = Settings::for_broker("k:9092", "t.");
        let mut configs = as_created(&settings);
        configs.get_mut(&Topic::Items).unwrap().0.insert("retention.bytes".to_owned(), "1000".to_owned());
        assert_eq!(warnings(&settings, &configs).len(), 1);
        assert_eq!(faults(&settings, &configs), Vec::<String>::new());
    }
}
