//! `depeche try`: one feed from its address to the events that it would give; nothing is stored, no broker is needed.
//!
//! All steps are the daemon's own, with an empty memory: what stands in an event here stands in it there.

mod judged;
mod summary;

use std::io::Write;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;
use url::Url;

use super::output::{self, Form, remark};
use super::web::{Page, Web};
use crate::app::demo::screen;
use crate::app::gather::poll::Tools;
use crate::app::gather::sight::{self, Poll, Sighted};
use crate::app::gather::state::FeedState;
use crate::app::{Failure, daemon};
use crate::article::{Fetched, Order};
use crate::clock;
use crate::config::Config;
use crate::feed::changes::{self, Removal, Setting};
use crate::feed::list::Form as ListForm;
use crate::feed::{self, Backlog, Definition, Document, Listed, ParseError, ParsedFeed};
use judged::{Judged, judge};
use summary::summary;

/// Tries a feed.
pub(super) async fn run(config: &Config, address: &str, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    let definition = definition(address).map_err(Failure::Usage)?;
    let url = Url::parse(&definition.url)?;
    let tools = Arc::new(daemon::tools(config)?);
    let page = Web(tools.client.clone()).page(&url).await.with_context(|| format!("could not fetch `{url}`"))?;
    if let Some(moved) = &page.permanent {
        remark(format_args!("the feed has moved for good, to {moved}"));
    }
    let (parsed, sighted) = read(&tools, definition, page)
        .await
        .with_context(|| format!("what `{url}` answers is no feed that can be read"))?;
    let judged = judge(sighted.observations.iter(), config, clock::now());
    let columns = output::columns();
    for event in judged.iter().filter_map(Judged::event) {
        tell(event, (form, columns), out)?;
    }
    out.flush()?;
    summary(&parsed, &sighted, &judged).iter().for_each(remark);
    Ok(())
}

fn tell(event: &Value, (form, columns): (Form, usize), out: &mut dyn Write) -> std::io::Result<()> {
    match form {
        Form::Text => writeln!(out, "{}", screen::line(event, columns)),
        Form::Json => output::json_line(out, event),
    }
}

/// The feed as `feeds add` would register it, but with all of its first poll published: that is what one wants to see.
fn definition(address: &str) -> Result<Definition, String> {
    let listed = Listed::at(1, ListForm::Plain, address).map_err(|error| error.to_string())?;
    let setting = Setting { partitions: 1, removal: Removal::AtOnce, now: clock::now() };
    let added = changes::plan(&[], &[listed], &std::collections::BTreeMap::new(), &setting).added;
    let definition = added.into_iter().next().ok_or_else(|| format!("`{address}` cannot be a feed's address"))?;
    Ok(Definition { backlog: Some(Backlog::Publish), ..definition })
}

/// Parses and cleans on a parser thread, as the daemon does.
async fn read(tools: &Arc<Tools>, definition: Definition, page: Page) -> Result<(ParsedFeed, Sighted), ParseError> {
    let used = Arc::clone(tools);
    let read = tools.parsers.run(move || {
        let document =
            Document { bytes: &page.bytes, content_type: page.content_type.as_deref(), base: Some(&page.final_url) };
        let parsed = feed::parse(document, &used.limits)?;
        let state = FeedState::default();
        let address = Url::parse(&definition.url).unwrap_or(page.final_url);
        let poll = Poll {
            definition: &definition,
            state: &state,
            address: &address,
            order: Order { epoch: 1, poll: 1 },
            fetched: Fetched { time: clock::now(), status: page.status },
            backlog: used.backlog,
            window: used.window,
        };
        let sighted = sight::sight(parsed.clone(), &poll);
        Ok((parsed, sighted))
    });
    read.await.unwrap_or_else(|panicked| Err(ParseError::Panicked(panicked.to_string())))
}
