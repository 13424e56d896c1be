//! What no option may write over: the files of the project, and what another option of the same command names.
//!
//! Paths are compared by where they lead, so that a symbolic link counts as what it points to.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::files::target_of;
use super::open;
use super::ui::Ui;
use crate::manifest::load::files_to_format;
use crate::manifest::project::{self, StateLocation};
use crate::manifest::{Buffers, Project, examine};
use crate::problem::{Problem, Result};

/// What SQLite puts beside a database.
const BESIDE_A_DATABASE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Files that are not to be written over.
pub(super) struct OwnFiles {
    folder: PathBuf,
    /// Where each leads, and what it is.
    files: Vec<(PathBuf, String)>,
    /// Folders in which a YAML file is a manifest.
    manifests: Vec<PathBuf>,
}

impl OwnFiles {
    /// None yet.
    pub fn none(ui: &Ui) -> Self {
        Self { folder: ui.folder.clone(), files: Vec::new(), manifests: Vec::new() }
    }

    /// Those of a project in this folder; where there is no project file, none.
    pub fn of_project(project: &Project, ui: &Ui) -> Self {
        let mut own = Self::none(ui);
        let file = ui.folder.join(project::FILE);
        if !file.exists() {
            return own;
        }
        own.add(&file, "the project file");
        for (path, what) in [
            (open::WORLD_SETUP, "the emulated world"),
            (open::WORLD_KEPT, "the emulated world"),
            (open::WORLD_STATE, "the state of emulated runs"),
        ] {
            own.add(&ui.folder.join(path), what);
        }
        if let StateLocation::Sqlite(path) = &project.state {
            own.add_state(path);
        }
        for (_, path) in files_to_format(&ui.folder).unwrap_or_default() {
            own.add(&path, "a manifest");
        }
        let folders =
            project.manifests.iter().filter_map(|entry| fs::canonicalize(ui.folder.join(entry)).ok());
        own.manifests = folders.filter(|path| path.is_dir()).collect();
        own
    }

    /// A state in a file, and what its database puts beside it.
    pub fn add_state(&mut self, path: &Path) {
        for end in BESIDE_A_DATABASE {
            let mut beside = OsString::from(path);
            beside.push(end);
            self.add(Path::new(&beside), "the state");
        }
    }

    /// One more, and what it is.
    pub fn add(&mut self, path: &Path, what: &str) {
        self.files.push((place(path), what.to_owned()));
    }

    /// The files that rows are declared in.
    pub fn add_declaring(&mut self, files: &[PathBuf]) {
        files.iter().for_each(|path| self.add(path, "a file that the manifests are read from"));
    }

    /// The same, where they have to be read first: only if there is such a file in the project at all.
    pub fn find_declaring(&mut self, written: &Path) {
        let is_inside = fs::canonicalize(&self.folder).is_ok_and(|folder| place(written).starts_with(folder));
        if !(is_inside && written.is_file()) {
            return;
        }
        if let Ok((compiled, _)) = examine(&self.folder, &Buffers::new()) {
            let origins = &compiled.desired.origins;
            let files: Vec<PathBuf> = origins.files().map(|file| origins.folder.join(&**file)).collect();
            self.add_declaring(&files);
        }
    }

    /// Refuses a path that an option wants to write to and that is one of these, and takes it among them.
    ///
    /// # Errors
    /// It names the option, the path and what is there.
    pub fn refuse(&mut self, option: &str, path: &Path) -> Result<()> {
        // What is written to a device or a pipe replaces nothing.
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(());
        }
        let place = place(path);
        let is_yaml = place
            .extension()
            .is_some_and(|end| ["yaml", "yml"].iter().any(|yaml| end.eq_ignore_ascii_case(yaml)));
        let found = self.files.iter().find(|(own, _)| *own == place).map(|(_, what)| what.clone());
        let in_manifests = is_yaml && self.manifests.iter().any(|folder| place.starts_with(folder));
        let what = found.or_else(|| in_manifests.then(|| "a place where manifests are read from".to_owned()));
        let Some(what) = what else {
            self.files.push((place, format!("what `{option}` writes")));
            return Ok(());
        };
        let summary = format!("`{option}` would write over {what}: `{}`", path.display());
        Err(Problem::error("cli::own_file", summary).help("name another file; nothing was written").into())
    }
}

/// Where a path leads, whether or not something is there.
fn place(path: &Path) -> PathBuf {
    let path = target_of(path).unwrap_or_else(|_| path.to_owned());
    if let Ok(real) = fs::canonicalize(&path) {
        return real;
    }
    let absolute = std::path::absolute(&path).unwrap_or(path);
    match (absolute.parent().map(place), absolute.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        (_, _) => absolute,
    }
}
