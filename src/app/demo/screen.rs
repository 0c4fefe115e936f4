//! What one sees of a demo: a readable line per event, and a table at the end.

pub(in crate::app) mod columns;

use std::time::Duration;

use serde_json::Value;

use columns::{cell, tame};

/// Narrower terminals are treated as this wide; there a line wraps.
const COLUMNS_MIN: usize = 60;
/// `12:34:56`.
const TIME: usize = 8;
/// The longest word for what happened.
const KIND: usize = 9;
/// `fr`, `zh`, now and then `pt-BR`.
const LANGUAGE: usize = 5;
/// Between two cells.
const GAP: &str = " ";

/// One event as one line of at most `width` columns: time, what happened, language, publisher, headline.
///
/// Takes a CloudEvent in structured JSON or its `data` alone. Texts come from feeds, so they are made harmless first.
pub fn line(event: &Value, width: usize) -> String {
    let width = width.max(COLUMNS_MIN);
    let publisher_width = (width / 5).clamp(12, 26);
    let data = event.get("data").filter(|data| data.is_object()).unwrap_or(event);
    let feed = data.get("feed").unwrap_or(&Value::Null);
    let kind = text(event, "type").or_else(|| text(data, "event_type")).unwrap_or("unknown");
    let time = text(data, "event_time").or_else(|| text(event, "time")).unwrap_or_default();
    let publisher = ["publisher", "title", "url", "id"].iter().find_map(|key| text(feed, key)).unwrap_or("-");
    let language = text(data, "language").or_else(|| text(feed, "language")).unwrap_or("-");
    let cells = [
        cell(&time.chars().skip(11).take(TIME).collect::<String>(), TIME),
        cell(word(kind), KIND),
        cell(language, LANGUAGE),
        cell(publisher, publisher_width),
    ];
    let before = TIME + KIND + LANGUAGE + publisher_width + cells.len() * GAP.len();
    let mut line = cells.join(GAP);
    line.push_str(GAP);
    line.push_str(&story(kind, data, width - before));
    line.trim_end().to_owned()
}

/// What happened, in a word that needs no explanation.
fn word(kind: &str) -> &str {
    match kind {
        "news.article.created" => "new",
        "news.article.duplicated" => "duplicate",
        "news.dead_letter" => "set aside",
        other => other.rsplit('.').next().unwrap_or(other),
    }
}

/// The last cell: a headline, or what is known of a feed's trouble.
fn story(kind: &str, data: &Value, most: usize) -> String {
    let (before, told) = match kind {
        "news.article.created" | "news.item.observed" => (String::new(), headline(data)),
        "news.article.revised" => (format!("v{} ", number(data, "revision").unwrap_or_default()), headline(data)),
        "news.article.duplicated" => {
            let of: String = text(data, "of").unwrap_or("?").chars().take(6).collect();
            (format!("={of} "), headline(data))
        }
        _ => (String::new(), trouble(data)),
    };
    // The article ids of our own events are ASCII; from elsewhere they are tamed like all else.
    let before = columns::cut(&tame_prefix(&before), most);
    let left = most.saturating_sub(columns::columns(&before));
    format!("{before}{}", tame(&told, left))
}

fn tame_prefix(prefix: &str) -> String {
    prefix.chars().filter(|letter| letter.is_ascii() && !letter.is_ascii_control()).collect()
}

fn headline(data: &Value) -> String {
    let told = ["headline", "body", "guid"].iter().find_map(|key| text(data, key));
    told.unwrap_or("(no headline)").to_owned()
}

fn trouble(data: &Value) -> String {
    let mut parts: Vec<String> =
        ["reason", "message"].iter().filter_map(|key| text(data, key)).map(|word| word.replace('_', " ")).collect();
    parts.extend(number(data, "status").map(|status| format!("status {status}")));
    parts.extend(number(data, "failures").map(|failures| format!("{failures} failures in a row")));
    parts.extend(text(data, "to").map(|to| format!("to {to}")));
    parts.join(", ")
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn number(object: &Value, key: &str) -> Option<u64> {
    object.get(key).and_then(Value::as_u64)
}

/// What a demo did, for the table at its end.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How long it ran.
    pub lasted: Duration,
    /// Groups of counts, in the order in which they are shown.
    pub groups: Vec<Group>,
}

/// Counts that add up to one sum.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// What is counted: `polls`, `items`, `outcomes`.
    pub title: String,
    /// A name and a count each; rows of zero are left out.
    pub rows: Vec<(String, u64)>,
}

/// The table, and the sentences on what remains of it all.
pub fn table(summary: &Summary) -> String {
    let names = summary
        .groups
        .iter()
        .flat_map(|group| group.rows.iter().map(|(name, _)| name.as_str()).chain([group.title.as_str()]));
    let name_width = names.map(|name| columns::columns(name) + 2).max().unwrap_or_default();
    let count_width = summary.groups.iter().map(|group| sum(group).to_string().len()).max().unwrap_or_default();
    let row = |indent: &str, name: &str, count: u64| {
        let name = cell(&name.replace('_', " "), name_width.saturating_sub(indent.len()));
        format!("{indent}{name}  {count:>count_width$}\n")
    };
    let mut table = format!("\nThe demo ran for {} seconds.\n\n", summary.lasted.as_secs());
    for group in &summary.groups {
        table.push_str(&row("", &group.title, sum(group)));
        for (name, count) in group.rows.iter().filter(|(_, count)| *count > 0) {
            table.push_str(&row("  ", name, *count));
        }
    }
    table.push_str(CLOSING);
    table
}

fn sum(group: &Group) -> u64 {
    group.rows.iter().map(|(_, count)| count).sum()
}

/// What one should know before trusting a demo with anything.
const CLOSING: &str = "
Nothing of this was kept: the broker lived in this process and went with it.
To keep events: docker compose -f deploy/compose.yaml up   (Kafka, dashboards, and your feeds in config/feeds.toml)
or, with a Kafka of your own:  depeche -c config/depeche.toml run   after setting kafka.bootstrap_servers there.
To watch feeds of your own first:  depeche demo --feeds FILE
";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(event: &Value, expected: &str) {
        assert_eq!(line(event, 100), expected);
    }

    fn event(kind: &str, data: &Value) -> Value {
        json!({ "specversion": "1.0", "type": kind, "time": "2026-05-04T06:07:08Z", "data": data })
    }

    fn feed() -> Value {
        json!({ "id": "00", "publisher": "Le Courrier de Valbrume", "language": "fr" })
    }

    #[test]
    fn an_article_is_a_line_with_its_headline() {
        let data = json!({ "headline": "Un pont rouvre", "language": "fr", "feed": feed() });
        check(&event("news.article.created", &data), "06:07:08 new       fr    Le Courrier de Valb… Un pont rouvre");
    }

    #[test]
    fn the_data_alone_is_enough() {
        let data = json!({
            "event_type": "news.article.revised", "event_time": "2026-05-04T06:07:08Z", "revision": 2,
            "headline": "Un pont rouvre", "language": "fr", "feed": feed(),
        });
        check(&data, "06:07:08 revised   fr    Le Courrier de Valb… v2 Un pont rouvre");
    }

    #[test]
    fn a_duplicate_names_its_original() {
        let data = json!({ "of": "0123456789abcdef", "headline": "Gale warning", "language": "en", "feed": { "title": "Northport Post" } });
        check(
            &event("news.article.duplicated", &data),
            "06:07:08 duplicate en    Northport Post       =012345 Gale warning",
        );
    }

    #[test]
    fn a_feed_in_trouble_says_why() {
        let failing = json!({ "reason": "server_error", "status": 500, "failures": 3, "feed": feed() });
        check(
            &event("news.feed.failing", &failing),
            "06:07:08 failing   fr    Le Courrier de Valb… server error, status 500, 3 failures in a row",
        );
        let moved = json!({ "to": "http://127.0.0.7/feed.json", "feed": feed() });
        check(
            &event("news.feed.moved", &moved),
            "06:07:08 moved     fr    Le Courrier de Valb… to http://127.0.0.7/feed.json",
        );
    }

    #[test]
    fn letters_from_right_to_left_stay_in_their_cell() {
        let data = json!({ "headline": "ב{place} נפתח שביל", "language": "he", "feed": { "publisher": "קול הגבעה" } });
        let line = line(&event("news.article.created", &data), 100);
        assert!(line.starts_with("06:07:08 new       he    \u{2068}קול הגבעה\u{2069} "), "{line}");
        assert!(line.ends_with('\u{2069}'), "{line}");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_escapes() {
        let long = "\u{1b}[2J\n見出し \u{202e} très long titre ".repeat(20);
        for kind in
            ["news.article.created", "news.article.revised", "news.article.duplicated", "news.feed.failing", &long]
        {
            let data = json!({ "headline": long, "reason": long, "of": long, "language": long, "feed": { "publisher": long } });
            for width in [60, 80, 100, 237] {
                let line = line(&event(kind, &data), width);
                assert!(columns::columns(&line) <= width, "{line}");
                assert!(!line.chars().any(|letter| letter.is_control() || letter == '\u{202e}'), "{line:?}");
            }
        }
    }

    #[test]
    fn anything_at_all_becomes_a_line() {
        for event in [json!(null), json!([1]), json!({ "data": 5 }), json!({ "type": 5, "data": { "feed": "x" } })] {
            assert!(line(&event, 80).contains("unknown"), "{event}");
        }
    }

    #[test]
    fn the_table_adds_up_and_says_how_to_keep_it() {
        let group = |title: &str, rows: &[(&str, u64)]| Group {
            title: title.to_owned(),
            rows: rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
        };
        let groups = vec![
            group("polls", &[("not_modified", 120), ("changed", 34), ("failed", 0)]),
            group("outcomes", &[("new", 30)]),
        ];
        let table = table(&Summary { lasted: Duration::from_secs(30), groups });
        let expected = "\nThe demo ran for 30 seconds.\n\n\
             polls           154\n  not modified  120\n  changed        34\noutcomes         30\n  new            30\n";
        assert!(table.starts_with(expected), "{table}");
        assert!(table.contains("Nothing of this was kept"));
    }
}
