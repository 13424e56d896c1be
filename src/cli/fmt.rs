//! `fmt`: one canonical layout for the project file and the manifests.

use std::path::Path;

use super::exit::Outcome;
use super::files;
use super::ui::Ui;
use super::verbs::Fmt;
use crate::ops;
use crate::problem::Result;
use crate::render::{difference, text};

/// Writes the files anew, or shows what would become of them.
pub(super) fn run(args: &Fmt, ui: &Ui) -> Result<Outcome> {
    let (found, problems) = ops::fmt::fmt(&ui.folder, &args.files)?;
    for file in &found {
        if args.check {
            let [before, after] = &file.shown;
            ui.data(&difference::difference(&file.name, before, after, &ui.out, &ui.mask));
        } else {
            files::write(&file.path, &file.after)?;
            ui.data(&format!("{}\n", text::clean(&file.name)));
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    if args.check && !found.is_empty() {
        let files = text::count(found.len() as u64, "file is", "files are");
        ui.say(&format!("\n{files} laid out differently. {} fixes that.", command(ui.chdir().as_deref())));
        return Ok(Outcome::Unformatted);
    }
    Ok(Outcome::Done)
}

fn command(folder: Option<&str>) -> String {
    let at = folder.map(|folder| format!(" -C {}", Path::new(folder).display())).unwrap_or_default();
    format!("`pushform{at} fmt`")
}
