//! `init`: writes a project to start from. Nothing is overwritten: if one of the files is there, none is written. Only
//! an existing `.gitignore` gets a line more, so that nobody commits a state by accident.

use std::path::Path;

use crate::cli::exit::Outcome;
use crate::cli::files;
use crate::cli::ui::Ui;
use crate::manifest::schema;
use crate::problem::{Problem, Result};

/// The one file that may be there already.
const GITIGNORE: &str = ".gitignore";
/// What that file has to hold.
const IGNORED: &str = include_str!("templates/gitignore");

/// The files, relative to the project's folder.
fn files() -> [(&'static str, String); 6] {
    [
        ("pushform.yaml", include_str!("templates/pushform.yaml").to_owned()),
        ("manifests/audience.yaml", include_str!("templates/audience.yaml").to_owned()),
        ("emulator.yaml", include_str!("templates/emulator.yaml").to_owned()),
        (GITIGNORE, IGNORED.to_owned()),
        ("schema/project.json", format!("{:#}\n", schema::project())),
        ("schema/manifest.json", format!("{:#}\n", schema::manifest())),
    ]
}

/// What became of `.gitignore`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ignoring {
    /// It was not there, and is now.
    Written,
    /// It was there, and has a line more.
    Added,
    /// It was there, and says already whether the state is ignored.
    Decided,
    /// It is there, and cannot be read or written as text.
    LeftAlone,
}

/// Writes them and says what comes next.
///
/// # Errors
/// When one of them is there already, or cannot be written.
pub fn run(ui: &Ui) -> Result<Outcome> {
    let ignoring = write(&ui.folder)?;
    let line = |(path, _): (&str, String)| match ignoring {
        Ignoring::Added if path == GITIGNORE => format!("  {path} (added `{}`)\n", IGNORED.trim_end()),
        Ignoring::Decided | Ignoring::LeftAlone if path == GITIGNORE => String::new(),
        Ignoring::Written | Ignoring::Added | Ignoring::Decided | Ignoring::LeftAlone => {
            format!("  {path}\n")
        }
    };
    let written = files().map(line).concat();
    let chdir = ui.chdir();
    let place = chdir.as_ref().map(|folder| format!(" in {folder}")).unwrap_or_default();
    let at = chdir.map(|folder| format!(" -C {folder}")).unwrap_or_default();
    ui.say(&format!(
        "Written{place}:\n{written}\nNext: `pushform{at} plan --emulate` shows what would happen, without an account."
    ));
    if ignoring == Ignoring::LeftAlone {
        let what = format!("`{GITIGNORE}` was left alone: it cannot be read or written as text");
        let help = format!("add the line `{}` to it: the state holds users' ids", IGNORED.trim_end());
        ui.problems(&Problem::warning("init::gitignore", what).help(help).into());
    }
    Ok(Outcome::Done)
}

fn write(folder: &Path) -> Result<Ignoring> {
    refuse_to_overwrite(folder)?;
    let mut ignoring = Ignoring::Written;
    for (path, text) in files() {
        let place = folder.join(path);
        if path == GITIGNORE && place.symlink_metadata().is_ok() {
            ignoring = ignore(&place);
            continue;
        }
        files::write_new(&place, &text).map_err(|why| {
            Problem::error("init::unwritable", format!("`{path}` cannot be written: {why}"))
        })?;
    }
    Ok(ignoring)
}

/// Adds what is missing to somebody's own list, with the line ends that the list has.
fn ignore(path: &Path) -> Ignoring {
    let Ok(Some(text)) = files::read_if_there(path) else { return Ignoring::LeftAlone };
    if is_decided(&text) {
        return Ignoring::Decided;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let between = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    let more = format!("{text}{between}{}{end}", IGNORED.trim_end());
    if files::write(path, &more).is_ok() { Ignoring::Added } else { Ignoring::LeftAlone }
}

/// Whether a line names our folder: to ignore it, or, behind `!`, not to.
fn is_decided(text: &str) -> bool {
    let ours = IGNORED.trim_end().trim_end_matches('/');
    let named = |line: &str| {
        let line = line.trim().trim_start_matches('!').trim_end_matches("**").trim_end_matches('*');
        line.trim_start_matches("**").trim_matches('/') == ours
    };
    text.lines().any(named)
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
    fn a_list_of_ignored_files_is_read_as_git_reads_it() {
        for (text, is_there) in [
            ("", false),
            ("target/\n", false),
            ("# .pushform/\n", false),
            ("a.pushform/\n", false),
            (".pushform\n", true),
            ("x\r\n/.pushform/\r\n", true),
            ("**/.pushform/**\n", true),
            ("!.pushform/\n", true),
        ] {
            assert_eq!(is_decided(text), is_there, "{text:?}");
        }
    }

    #[test]
    fn one_file_in_the_way_stops_all() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pushform.yaml"), "mine").expect("a file");
        assert!(write(folder.path()).is_err());
        assert!(!folder.path().join("manifests").exists());
    }
}
