//! `depeche topics`: what the daemon needs at the broker, shown or created.

use std::io::{self, Write};

use serde_json::json;
use tokio::task::spawn_blocking;

use super::broker;
use super::output::{Form, json_line, remark};
use crate::app::Failure;
use crate::app::cli::Topics;
use crate::config::Config;
use crate::kafka::admin::{self, Plan};
use crate::kafka::{Settings, Topic};

/// Runs one of the commands.
pub(super) async fn run(config: &Config, command: Topics, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        Topics::Plan => {
            let settings = broker::named(config)?;
            let (asked, address) = (settings.clone(), settings.bootstrap_servers.clone());
            let plan = spawn_blocking(move || admin::plan(&asked)).await?;
            let plan = plan.map_err(|error| broker::told(error, &address))?;
            Ok(show(&plan, &settings, form, out)?)
        }
        Topics::Create => create(config, form, out).await,
    }
}

fn show(plan: &Plan, settings: &Settings, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let name = |topic: &Topic| settings.topic(*topic).name.clone();
    let names = |topics: &[Topic]| topics.iter().map(name).collect::<Vec<_>>();
    if form == Form::Json {
        let line = json!({
            "present": names(&plan.present),
            "missing": names(&plan.missing),
            "hidden": names(&plan.hidden),
            "commands": plan.commands,
            "rights": plan.rights,
        });
        return json_line(out, &line);
    }
    let groups = [
        ("there", names(&plan.present)),
        ("missing", names(&plan.missing)),
        ("hidden from this user", names(&plan.hidden)),
    ];
    for (word, names) in groups {
        names.iter().try_for_each(|name| writeln!(out, "{name}: {word}"))?;
    }
    let blocks = [
        ("`depeche topics create` would create what is missing; so would:", &plan.commands),
        ("The rights that the daemon needs are granted by:", &plan.rights),
    ];
    for (head, lines) in blocks {
        if !lines.is_empty() {
            writeln!(out, "\n{head}")?;
            lines.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    Ok(())
}

async fn create(config: &Config, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    let mut settings = broker::named(config)?;
    let address = settings.bootstrap_servers.clone();
    let (created, verified) = spawn_blocking(move || {
        let created = admin::create(&settings);
        let verified = created.is_ok().then(|| admin::verify(&mut settings));
        (created, verified)
    })
    .await?;
    let created = created.map_err(|error| broker::told(error, &address))?;
    for name in &created {
        match form {
            Form::Text => writeln!(out, "created {name}")?,
            Form::Json => json_line(out, &json!({ "created": name }))?,
        }
    }
    if created.is_empty() {
        remark("nothing is missing");
    }
    let verified = verified.transpose().map_err(|error| broker::told(error, &address))?;
    verified.iter().flat_map(|verified| &verified.warnings).for_each(remark);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: Form) -> String {
        let settings = Settings::for_broker("k:9092", "t.");
        let plan = Plan {
            present: vec![Topic::Feeds],
            missing: vec![Topic::Items],
            hidden: Vec::new(),
            commands: vec!["make it".to_owned()],
            rights: vec!["grant it".to_owned()],
        };
        let mut out = Vec::new();
        show(&plan, &settings, form, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_plan_names_each_topic_and_the_commands() {
        let text = written(Form::Text);
        assert!(text.starts_with("t.feeds.v1: there\nt.items.v1: missing\n\n"), "{text}");
        assert!(text.contains(":\n  make it\n") && text.ends_with(":\n  grant it\n"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&written(Form::Json)).unwrap();
        assert_eq!(json["missing"], json!(["t.items.v1"]));
        assert_eq!(json["hidden"], json!([]));
    }
}
