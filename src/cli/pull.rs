//! `pull`: writes manifests from the live state. Nothing is overwritten: if one of the files is there, none is
//! written.

use std::path::{Path, PathBuf};

use super::config::Config;
use super::exit::Outcome;
use super::files;
use super::open::{self, Vendors};
use super::progress::Reading;
use super::ui::Ui;
use super::verbs;
use crate::gate;
use crate::ops;
use crate::ops::pull::Wanted;
use crate::problem::{Problem, Problems, Result};

/// Reads, writes, and says what could not be declared.
pub(super) async fn run(args: &verbs::Pull, config: &Config, ui: &Ui) -> Result<Outcome> {
    let wanted = wanted(args.cids.as_deref(), ui)?;
    let folder = ui.folder.join(&args.out);
    let paths: Vec<PathBuf> = ops::pull::FILES.iter().map(|file| folder.join(file)).collect();
    free(&paths)?;
    let progress = Reading::new(ui);
    let gate = gate::Options { on_event: progress.listener(), ..gate::Options::default() };
    let opened = open::open(Vendors::of(&args.emulate), gate, config, ui).await?;
    let pulled =
        progress.told(&opened.context, opened.interruptible(ops::pull::pull(&opened.context, &wanted))).await;
    progress.finish();
    let pulled = pulled?;
    let ui = &opened.ui;
    for (file, text) in &pulled.files {
        let path = folder.join(file);
        files::write_new(&path, text).map_err(|why| {
            Problem::error("pull::unwritable", format!("`{}` cannot be written: {why}", path.display()))
        })?;
        ui.data(&format!("{}\n", args.out.join(file).display()));
    }
    if pulled.files.is_empty() {
        ui.say("There is nothing to declare: no property, and no alias or tag of the users asked for.");
    } else {
        ui.say("\nThey declare what is so: once they stand under `manifests:` of the project, the plan is empty.");
    }
    ui.problems(&pulled.notes);
    opened.close().await;
    Ok(Outcome::Done)
}

fn wanted(path: Option<&Path>, ui: &Ui) -> Result<Wanted> {
    let Some(path) = path else { return Ok(Wanted::default()) };
    let name = path.display().to_string();
    let missing = || Problems::from(Problem::error("cli::unreadable", format!("there is no file `{name}`")));
    let text = files::read_if_there(&ui.folder.join(path))?.ok_or_else(missing)?;
    Wanted::read(&name, &text)
}

/// Before anything is read: nobody waits an hour to hear that the files are there already.
fn free(paths: &[PathBuf]) -> Result<()> {
    let mut there = Problems::new();
    for path in paths.iter().filter(|path| path.exists()) {
        let what = format!("`{}` is there already; nothing was written", path.display());
        there.push(Problem::error("pull::exists", what).help("name an empty folder: `pushform pull -o DIR`"));
    }
    if there.is_empty() { Ok(()) } else { Err(there) }
}
