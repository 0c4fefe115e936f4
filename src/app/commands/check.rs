//! `depeche check`: every fault of the configuration at once; with the broker, every right that the daemon needs.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::broker;
use super::output::{Form, counted, json_line, remark};
use crate::app::Failure;
use crate::config::Config;
use crate::kafka::rights::{self, Answer, Checked};

/// Checks the configuration alone.
pub(super) fn configuration(file: Option<&Path>, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    match (Config::load(file), form) {
        (Ok((config, _)), form) => {
            match form {
                Form::Text => writeln!(out, "the configuration is sound")?,
                Form::Json => json_line(out, &json!({ "sound": true }))?,
            }
            if !config.kafka.names_a_broker() {
                remark(
                    "it names no broker (kafka.bootstrap_servers): `depeche run` and what needs Kafka will not start",
                );
            }
            Ok(())
        }
        (Err(faults), Form::Text) => Err(Failure::Config(faults)),
        (Err(faults), Form::Json) => {
            faults.iter().try_for_each(|fault| json_line(out, &json!({ "fault": fault })))?;
            Err(Failure::Config(Vec::new()))
        }
    }
}

/// Tries each right at the broker.
pub(super) async fn broker(config: &Config, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    let (settings, _) = broker::look(config).await?;
    let checked = spawn_blocking(move || rights::check(&settings)).await?.context("the rights could not be checked")?;
    table(&checked, form, out)?;
    let refused = checked.iter().filter(|checked| checked.answer == Answer::No).count();
    if refused > 0 {
        let refused = counted(refused, "right");
        return Err(Failure::Failed(anyhow::format_err!(
            "the broker refuses {refused} that the daemon needs; `depeche topics plan` prints the commands that grant them"
        )));
    }
    Ok(())
}

fn table(checked: &[Checked], form: Form, out: &mut dyn Write) -> io::Result<()> {
    let verb = checked.iter().map(|checked| checked.right.verb().len()).max().unwrap_or_default();
    let name = checked.iter().map(|checked| checked.name.len()).max().unwrap_or_default();
    checked.iter().try_for_each(|checked| {
        let answer = checked.answer.as_str();
        let why = match &checked.answer {
            Answer::CannotTell(why) => Some(why),
            Answer::Yes | Answer::No => None,
        };
        match form {
            Form::Text => {
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                writeln!(out, "{:<verb$}  {:<name$}  {answer}{why}", checked.right.verb(), checked.name)
            }
            Form::Json => {
                let mut line = json!({ "right": checked.right.verb(), "name": checked.name, "answer": answer });
                if let Some(why) = why {
                    line["why"] = Value::String(why.clone());
                }
                json_line(out, &line)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Topic;
    use crate::kafka::rights::Right;

    fn written(form: Form) -> String {
        let checked = |right, name: &str, answer| Checked { right, name: name.to_owned(), answer };
        let mut out = Vec::new();
        let rights = [
            checked(Right::Read(Topic::Feeds), "t.feeds.v1", Answer::Yes),
            checked(Right::TransactionalId, "t.judge", Answer::CannotTell("a judge is at work".to_owned())),
        ];
        table(&rights, form, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_right_has_a_line() {
        assert_eq!(
            written(Form::Text),
            "read topic            t.feeds.v1  yes\n\
             use transactional id  t.judge     cannot tell: a judge is at work\n"
        );
        let json = written(Form::Json);
        let last: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
        assert_eq!(last["answer"], "cannot tell");
        assert_eq!(last["why"], "a judge is at work");
    }
}
