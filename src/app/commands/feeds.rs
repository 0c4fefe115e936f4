//! `depeche feeds`: the list of feeds, as the topic has it.

mod changes;
mod edit;
mod view;

use std::fs::canonicalize;
use std::io::Write;
use std::path::Path;

use tokio::task::spawn_blocking;

use super::broker;
use super::output::{Form, counted, remark};
use crate::app::Failure;
use crate::app::cli::{Feeds, Labels};
use crate::app::mirror::{Sync, partitions, read_file};
use crate::app::registry::{self, Registry};
use crate::clock;
use crate::config::Config;
use crate::feed::changes::{Plan, Removal, Setting};
use crate::feed::{Definition, opml};
use crate::kafka::{Publisher, Settings};
use edit::Pause;

/// Runs one of the commands.
pub(super) async fn run(config: &Config, command: Feeds, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        Feeds::Add { urls, labels } => add(config, &urls, &labels, (form, out)).await,
        Feeds::Remove(named) => {
            refuse_mirrored(config)?;
            let list = List::open(config).await?;
            let plan = Plan { removed: list.named(&named.feeds)?, ..Plan::default() };
            list.settle(&plan, form, out).await
        }
        Feeds::Pause(named) => pause(config, (&named.feeds, Pause::Pause), form, out).await,
        Feeds::Resume(named) => pause(config, (&named.feeds, Pause::Resume), form, out).await,
        Feeds::Show { feed } => {
            let list = List::open(config).await?;
            let found = list.named(&[feed])?;
            Ok(found.iter().try_for_each(|feed| view::page(feed, &list.registry, form, out))?)
        }
        Feeds::List => Ok(view::table(&List::open(config).await?.registry, form, out)?),
        Feeds::Apply { file, dry_run, yes } => {
            let removal = if yes { Removal::Confirmed } else { Removal::AtOnce };
            let mode = if dry_run { Mode::Show } else { Mode::Write };
            apply(config, (&file, removal, mode), form, out).await
        }
        Feeds::Export { opml: _ } => export(config, form, out).await,
    }
}

async fn add(
    config: &Config,
    urls: &[String],
    labels: &Labels,
    (form, out): (Form, &mut dyn Write),
) -> Result<(), Failure> {
    let listed = edit::listed(urls, labels).map_err(Failure::Usage)?;
    refuse_mirrored(config)?;
    let list = List::open(config).await?;
    let plan = edit::add(&list.registry, listed, &list.setting(Removal::AtOnce));
    list.settle(&plan, form, out).await
}

async fn pause(
    config: &Config,
    (names, pause): (&[String], Pause),
    form: Form,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let list = List::open(config).await?;
    let plan = edit::set_paused(&list.named(names)?, pause);
    if let Some(file) = mirrored(config) {
        let listed = read_list(file)?;
        let undone = edit::undone(&list.registry, &plan, &listed, &list.setting(Removal::Mirrored));
        if let Some(feed) = undone.first() {
            return Err(Failure::Failed(anyhow::format_err!(
                "`{}`, which the topic is kept equal to ([feeds] sync = \"mirror\"), says of `{}` whether it is \
                 paused: change it there, or take `paused` out of it",
                file.display(),
                feed.url
            )));
        }
    }
    list.settle(&plan, form, out).await
}

/// Whether what a file asks for is done or only shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Show,
    Write,
}

async fn apply(
    config: &Config,
    (file, removal, mode): (&Path, Removal, Mode),
    form: Form,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let listed = read_list(file)?;
    refuse_another(config, file)?;
    let list = List::open(config).await?;
    let moved = list.registry.moved();
    let plan = crate::feed::changes::plan(&list.registry.present(), &listed, &moved, &list.setting(removal));
    for line in &plan.repeated {
        remark(format_args!("{}:{line}: names a feed that another line names too; it has no effect", file.display()));
    }
    changes::write(&plan, &list.registry, form, out)?;
    let held = list.held_back(&plan);
    held.iter().for_each(|feed| remark(format_args!("would go: {}  {}", feed.url, feed.id)));
    remark(changes::summary(&plan));
    match mode {
        Mode::Show if held.is_empty() => {}
        Mode::Show => remark(too_many(held.len(), list.registry.definitions.len())),
        Mode::Write if held.is_empty() => list.write(&plan).await?,
        Mode::Write => {
            let words = too_many(held.len(), list.registry.definitions.len());
            return Err(Failure::Failed(anyhow::format_err!("nothing was changed: {words}")));
        }
    }
    Ok(())
}

fn too_many(held: usize, present: usize) -> String {
    format!("{held} of {} would go at once, which may be a slip: --yes lets them go", counted(present, "feed"))
}

async fn export(config: &Config, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
    if form == Form::Json {
        return Err(Failure::Usage("an export is OPML and no JSON: use `depeche feeds list --json`".to_owned()));
    }
    let list = List::open(config).await?;
    out.write_all(opml::write(&list.registry.present()).as_bytes())?;
    Ok(out.flush()?)
}

/// The list of feeds, and the broker that keeps it.
struct List {
    settings: Settings,
    registry: Registry,
}

impl List {
    async fn open(config: &Config) -> Result<List, Failure> {
        let settings = broker::open(config).await?;
        let read = settings.clone();
        let registry = spawn_blocking(move || Registry::read(&read)).await??;
        Ok(List { settings, registry })
    }

    fn setting(&self, removal: Removal) -> Setting {
        Setting { partitions: partitions(&self.settings), removal, now: clock::now() }
    }

    fn named(&self, names: &[String]) -> Result<Vec<Definition>, Failure> {
        edit::named(&self.registry, names).map_err(|unknown| {
            let unknown = unknown.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Failure::Failed(anyhow::format_err!(
                "no feed has the id or address {unknown}: `depeche feeds list` shows those there are"
            ))
        })
    }

    fn held_back(&self, plan: &Plan) -> Vec<&Definition> {
        plan.held_back.iter().filter_map(|id| self.registry.definitions.get(id)).collect()
    }

    /// Writes what a plan says, and tells it.
    async fn settle(&self, plan: &Plan, form: Form, out: &mut dyn Write) -> Result<(), Failure> {
        self.write(plan).await?;
        changes::write(plan, &self.registry, form, out)?;
        remark(changes::summary(plan));
        Ok(())
    }

    async fn write(&self, plan: &Plan) -> anyhow::Result<()> {
        if plan.is_empty() {
            return Ok(());
        }
        let publisher = Publisher::new(&self.settings)?;
        Ok(broker::acknowledged(&publisher, registry::write(&publisher, plan)).await??)
    }
}

/// The file that is the truth about feeds.
fn mirrored(config: &Config) -> Option<&Path> {
    config.feeds.file.as_deref().filter(|_| config.feeds.sync == Sync::Mirror)
}

/// Where a file is the truth, a change made by hand would be undone at the next start.
fn refuse_mirrored(config: &Config) -> Result<(), Failure> {
    let Some(file) = mirrored(config) else { return Ok(()) };
    Err(Failure::Failed(anyhow::format_err!(
        "the list of feeds is kept equal to `{}` ([feeds] sync = \"mirror\"), so a change made here would be undone: \
         change that file, then run `depeche feeds apply {}` or restart the daemon",
        file.display(),
        file.display()
    )))
}

/// So would another file.
fn refuse_another(config: &Config, file: &Path) -> Result<(), Failure> {
    let Some(truth) = mirrored(config) else { return Ok(()) };
    if canonicalize(truth)? == canonicalize(file)? { Ok(()) } else { refuse_mirrored(config) }
}

fn read_list(file: &Path) -> Result<Vec<crate::feed::Listed>, Failure> {
    read_file(file).map_err(|faults| {
        faults.iter().for_each(remark);
        let faults = counted(faults.len(), "fault");
        Failure::Failed(anyhow::format_err!("`{}` has {faults}; nothing was changed", file.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(sync: &str) -> (tempfile::TempDir, Config) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("feeds.txt");
        std::fs::write(&file, "https://a.example/rss\n").unwrap();
        let text = format!("[feeds]\nfile = \"{}\"\nsync = \"{sync}\"\n", file.display());
        (folder, Config::of(text.parse().unwrap()).unwrap().0)
    }

    #[test]
    fn a_mirrored_file_is_the_truth() {
        let (folder, config) = config("mirror");
        let Err(Failure::Failed(why)) = refuse_mirrored(&config) else { panic!("not refused") };
        assert!(why.to_string().contains("feeds.txt"), "{why}");
        assert!(refuse_another(&config, &folder.path().join("feeds.txt")).is_ok());
        let other = folder.path().join("other.txt");
        std::fs::write(&other, "").unwrap();
        assert!(refuse_another(&config, &other).is_err());
    }

    #[test]
    fn a_seed_is_only_the_beginning() {
        let (folder, config) = config("seed");
        assert!(refuse_mirrored(&config).is_ok());
        assert!(refuse_another(&config, folder.path()).is_ok());
    }
}
