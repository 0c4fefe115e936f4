//! What a plan changes, a line for each feed.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::app::commands::output::{Form, json_line};
use crate::app::registry::Registry;
use crate::feed::Definition;
use crate::feed::changes::Plan;
use crate::telemetry::Shown;

/// What never changes, or stands in the line already.
const OTHER_KEYS: [&str; 2] = ["id", "route"];

/// Writes a line for each feed that is added, changed or removed.
pub(super) fn write(plan: &Plan, registry: &Registry, form: Form, out: &mut dyn Write) -> io::Result<()> {
    for feed in &plan.added {
        line(Change::Added, feed, form, out)?;
    }
    for feed in &plan.changed {
        let before = registry.definitions.get(&feed.id);
        line(Change::Changed(before), feed, form, out)?;
    }
    for feed in &plan.removed {
        line(Change::Removed, feed, form, out)?;
    }
    Ok(())
}

/// How many feeds a plan is about.
pub(super) fn summary(plan: &Plan) -> String {
    format!(
        "{} added, {} changed, {} removed, {} unchanged",
        plan.added.len(),
        plan.changed.len(),
        plan.removed.len(),
        plan.unchanged
    )
}

#[derive(Clone, Copy)]
enum Change<'a> {
    Added,
    /// From what it was.
    Changed(Option<&'a Definition>),
    Removed,
}

fn line(change: Change<'_>, feed: &Definition, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let (sign, word, fields) = match change {
        Change::Added => ('+', "added", Vec::new()),
        Change::Changed(before) => ('~', "changed", differences(before, feed)),
        Change::Removed => ('-', "removed", Vec::new()),
    };
    match form {
        Form::Text => {
            let told: String = fields.iter().fold(String::new(), |mut told, field| {
                // Writing to a string cannot fail.
                write!(told, "; {}: {} → {}", field.name, shown(&field.before), shown(&field.after)).ok();
                told
            });
            writeln!(out, "{sign} {}  {}{told}", Shown(&feed.url), feed.id)
        }
        Form::Json => {
            let mut object = json!({ "change": word, "id": feed.id, "url": feed.url, "route": feed.route });
            if !fields.is_empty() {
                let fields = fields.into_iter().map(|field| (field.name, json!([field.before, field.after])));
                object["fields"] = fields.collect::<Map<_, _>>().into();
            }
            json_line(out, &object)
        }
    }
}

struct Field {
    name: String,
    before: Value,
    after: Value,
}

/// The fields in which two definitions differ; what is absent is null.
fn differences(before: Option<&Definition>, after: &Definition) -> Vec<Field> {
    let before = before.map(fields).unwrap_or_default();
    let after = fields(after);
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let value = |fields: &Map<String, Value>, name: &String| fields.get(name).cloned().unwrap_or(Value::Null);
    let fields = names.into_iter().map(|name| Field {
        name: name.clone(),
        before: value(&before, name),
        after: value(&after, name),
    });
    fields.filter(|field| field.before != field.after && !OTHER_KEYS.contains(&field.name.as_str())).collect()
}

/// A definition as the topic has it.
pub(super) fn fields(definition: &Definition) -> Map<String, Value> {
    match serde_json::to_value(definition) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// A value as a person writes it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => Shown(text).to_string(),
        Value::Bool(truth) => (if *truth { "yes" } else { "no" }).to_owned(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let told = fields.iter().map(|(name, value)| format!("{} = {}", Shown(name), shown(value)));
            told.collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::feed::changes::{self, Removal, Setting};
    use crate::feed::list;

    fn written(form: Form) -> String {
        let setting = Setting { partitions: 4, removal: Removal::Confirmed, now: DateTime::UNIX_EPOCH };
        let plan = |present: &[Definition], toml: &str| {
            let listed = list::read(toml.as_bytes(), "feeds.toml").unwrap();
            changes::plan(present, &listed, &std::collections::BTreeMap::new(), &setting)
        };
        let before =
            "[[feed]]\nurl = \"https://b.example/\"\npublisher = \"Le Soir\"\n[[feed]]\nurl = \"https://c.example/\"\n";
        let mut registry = Registry::default();
        registry.definitions.extend(plan(&[], before).added.into_iter().map(|feed| (feed.id, feed)));
        let after = "[[feed]]\nurl = \"https://b.example/\"\ntags = [\"x\", \"y\"]\npaused = true\n[[feed]]\nurl = \"https://a.example/\"\n";
        let plan = plan(&registry.present(), after);
        let mut out = Vec::new();
        write(&plan, &registry, form, &mut out).unwrap();
        assert_eq!(summary(&plan), "1 added, 1 changed, 1 removed, 0 unchanged");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_person_reads_a_line_for_each_change() {
        let text = written(Form::Text);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].starts_with("+ https://a.example/  "), "{text}");
        assert!(lines[1].starts_with("~ https://b.example/  "), "{text}");
        assert!(lines[1].ends_with("; paused: no → yes; publisher: Le Soir → none; tags: none → x, y"), "{text}");
        assert!(lines[2].starts_with("- https://c.example/  "), "{text}");
    }

    #[test]
    fn a_program_reads_json() {
        let text = written(Form::Json);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["change"], "added");
        assert_eq!(lines[1]["fields"]["publisher"], json!(["Le Soir", null]));
        assert_eq!(lines[2]["url"], "https://c.example/");
    }
}
