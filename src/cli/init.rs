//! `init`: writes a project to start from. Nothing is overwritten: if one of the files is there, none is written.

use std::fs::{File, create_dir_all};
use std::io::Write;
use std::path::Path;

use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::manifest::schema;
use crate::problem::{Problem, Result};

/// The one file that may be there already.
const GITIGNORE: &str = ".gitignore";

/// The files, relative to the project's folder.
fn files() -> [(&'static str, String); 6] {
    [
        ("pushform.yaml", include_str!("templates/pushform.yaml").to_owned()),
        ("manifests/audience.yaml", include_str!("templates/audience.yaml").to_owned()),
        ("emulator.yaml", include_str!("templates/emulator.yaml").to_owned()),
        (GITIGNORE, include_str!("templates/gitignore").to_owned()),
        ("schema/project.json", format!("{:#}\n", schema::project())),
        ("schema/manifest.json", format!("{:#}\n", schema::manifest())),
    ]
}

/// Writes them and says what comes next.
///
/// # Errors
/// When one of them is there already, or can not be written.
pub fn run(ui: &Ui) -> Result<Outcome> {
    write(&ui.folder)?;
    let written = files().map(|(path, _)| format!("  {path}\n")).concat();
    let chdir = ui.chdir();
    let place = chdir.as_ref().map(|folder| format!(" in {folder}")).unwrap_or_default();
    let at = chdir.map(|folder| format!(" -C {folder}")).unwrap_or_default();
    ui.say(&format!(
        "Written{place}:\n{written}\nNext: `pushform{at} plan --emulate` shows what would happen, without an account."
    ));
    Ok(Outcome::Done)
}

fn write(folder: &Path) -> Result<()> {
    refuse_to_overwrite(folder)?;
    for (path, text) in files() {
        // Somebody's own list of ignored files is left as it is.
        if path == GITIGNORE && folder.join(path).exists() {
            continue;
        }
        write_one(&folder.join(path), &text).map_err(|why| {
            Problem::error("init::unwritable", format!("`{path}` can not be written: {why}"))
        })?;
    }
    Ok(())
}

/// One problem that names every file in the way.
fn refuse_to_overwrite(folder: &Path) -> Result<()> {
    let files = files();
    let there = files.iter().filter(|(path, _)| *path != GITIGNORE && folder.join(path).exists());
    let there: Vec<String> = there.map(|(path, _)| format!("`{path}`")).collect();
    if there.is_empty() {
        return Ok(());
    }
    let are = if there.len() == 1 { "is" } else { "are" };
    let summary = format!("nothing was written: {} {are} there already", there.join(", "));
    Err(Problem::error("init::exists", summary)
        .help("run it in an empty folder: `pushform -C DIR init`")
        .into())
}

/// Writes a file that is not there yet, and its folder.
pub(super) fn write_one(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_written_once_and_never_over_another() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path()).expect("an empty folder takes it");
        for (path, text) in files() {
            let read = std::fs::read_to_string(folder.path().join(path)).expect(path);
            assert_eq!(read, text, "{path}");
        }
        let again = write(folder.path()).expect_err("a second time is refused");
        let summary = &again.list()[0].summary;
        assert_eq!(again.list().len(), 1);
        assert!(summary.contains("`pushform.yaml`, `manifests/audience.yaml`"), "{summary}");
    }

    #[test]
    fn one_file_in_the_way_stops_all() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pushform.yaml"), "mine").expect("a file");
        assert!(write(folder.path()).is_err());
        assert!(!folder.path().join("manifests").exists());
    }
}
