//! The project folder on disk: which files there are, and their text. The only file of `manifest/` that reads.
//!
//! What the text means is everybody else's. Everything read has a bound with a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::problem::{Place, Problem, Problems, Result};
use crate::wire::Vendor;

use super::codes;
use super::compile::{Files, declare};
use super::declaration::Declaration;
use super::desired::Compiled;
use super::encoding::Encoding;
use super::excerpts;
use super::hiding;
use super::origins::Origins;
use super::project::{self, Env, Project, ProjectSource};
use super::sorter::SORT_BYTES_MAX;
use super::source::{Excerpt, Source, place_in, quoted};

mod names;

use names::{canonical, is_ours, is_yaml, join, normal, parent};

/// The longest project file: a thousand times what anybody writes.
const PROJECT_BYTES_MAX: u64 = 1 << 20;
/// The longest manifest: with its tree it takes twice that memory. Longer lists belong into CSV files.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;
/// The longest CSV file: no user base on Earth needs more.
const DATA_BYTES_MAX: u64 = 4 << 30;
/// The deepest folder below one that the project file names.
const FOLDERS_DEEP_MAX: usize = 16;
/// The most manifests.
const MANIFESTS_MAX: usize = 10_000;

/// Reads the project file of a folder.
///
/// # Errors
/// It is not there, or no text.
pub fn read_project(folder: &Path) -> Result<ProjectSource> {
    read_project_with(folder, &Buffers::new())
}

fn read_project_with(folder: &Path, buffers: &Buffers) -> Result<ProjectSource> {
    let path = folder.join(project::FILE);
    if !path.exists() {
        let what = format!("there is no {} in {}", project::FILE, folder.display());
        let help = "`pushform init` writes one; `-C DIR` names another folder";
        return Err(Problem::error(codes::FILE_MISSING, what).help(help).into());
    }
    let source = read_text(&path, project::FILE, PROJECT_BYTES_MAX, buffers)?;
    Ok(ProjectSource { source, folder: folder.to_owned() })
}

/// Reads and compiles everything that the project's manifests declare; warnings come with it. What the rows take of
/// memory has a bound.
///
/// # Errors
/// Everything that is wrong, in all files at once, warnings included.
pub fn load_declaration(folder: &Path, project: &Project) -> Result<(Declaration, Problems)> {
    let (declaration, problems) =
        declare_manifests(folder, &project.manifests, &project.vendors(), &Buffers::new());
    if problems.has_errors() { Err(problems) } else { Ok((declaration, problems)) }
}

/// Everything that is wrong with a project, as far as it can be known without environment and connection: an error
/// in the project file does not keep the manifests from being read.
///
/// # Errors
/// There is no project file, or it is no text.
pub fn validate(folder: &Path) -> Result<Problems> {
    declared(folder, &Buffers::new()).map(|(_, problems)| problems)
}

/// Files as an editor has them open, by their real paths: they are read instead of those on disk.
pub type Buffers = BTreeMap<PathBuf, String>;

/// As [`validate`], with what could be compiled.
///
/// # Errors
/// There is no project file, or it is no text.
pub fn examine(folder: &Path, buffers: &Buffers) -> Result<(Compiled, Problems)> {
    let (declaration, mut problems) = declared(folder, buffers)?;
    let compiled = declaration.compiled().unwrap_or_else(|problem| {
        problems.push(problem);
        Compiled::default()
    });
    Ok((compiled, problems))
}

fn declared(folder: &Path, buffers: &Buffers) -> Result<(Declaration, Problems)> {
    let source = read_project_with(folder, buffers)?;
    let (project, vendors, mut problems) = Project::read_what_can_be(&source, Env::Ignore);
    let (declaration, found) = declare_manifests(folder, &project.manifests, &vendors, buffers);
    problems.extend(found);
    Ok((declaration, problems))
}

/// The files of a project that have a canonical layout: the project file and its manifests, by name and path.
///
/// # Errors
/// What is wrong with the project file, or with what it names.
pub fn files_to_format(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let (project, _, _) = Project::read_what_can_be(&read_project(folder)?, Env::Ignore);
    let (disk, problems) = find_manifests(folder, &project.manifests);
    if problems.has_errors() {
        return Err(problems);
    }
    let mut files = vec![(project::FILE.to_owned(), folder.join(project::FILE))];
    files.extend(disk.manifests.into_iter().map(|(name, manifest)| (name, manifest.path)));
    Ok(files)
}

/// Reads one manifest or project file under this name; what may be a secret in it is hidden.
///
/// # Errors
/// It is not there, or no text.
pub fn read_file(path: &Path, name: &str) -> Result<Source> {
    Ok(hiding::either(&read_text(path, name, MANIFEST_BYTES_MAX, &Buffers::new())?))
}

fn declare_manifests(
    folder: &Path,
    manifests: &[String],
    vendors: &[Vendor],
    buffers: &Buffers,
) -> (Declaration, Problems) {
    let (mut disk, mut problems) = find_manifests(folder, manifests);
    disk.buffers.clone_from(buffers);
    let names: Vec<String> = disk.manifests.keys().cloned().collect();
    let (declaration, found) = declare(folder.to_owned(), &names, vendors, &mut disk, SORT_BYTES_MAX);
    problems.extend(found);
    problems.sort();
    (declaration, problems)
}

/// The place of a row, by its mark, with the piece of source: the line is read again. `text` is what to point at in
/// it. `None` for a mark that nothing has.
#[must_use]
pub fn place_of(origins: &Origins, mark: u32, text: &str) -> Option<Place> {
    let (file, line) = origins.line(mark)?;
    let read = read_excerpts(&origins.folder.join(&**file), &[line]);
    let excerpt = read.into_iter().next().unwrap_or_default();
    Some(place_in(file, &excerpt, line, text, 0))
}

/// A manifest on disk.
#[derive(Clone, Debug)]
struct Manifest {
    path: PathBuf,
    /// What its data files may not leave, as a name; empty for the project's folder.
    root: String,
}

/// What a folder holds, those that were read already included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Walked {
    /// No manifest.
    Nothing,
    /// Manifests.
    Manifests,
}

/// Manifests by their names, which are relative to the project's folder.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    manifests: BTreeMap<String, Manifest>,
    seen: BTreeSet<PathBuf>,
    buffers: Buffers,
    /// The texts of manifests in which something is hidden, without it.
    hidden: BTreeMap<String, String>,
}

/// The manifests that these files and folders hold, sorted, and what is wrong with them.
#[must_use]
pub fn find_manifests(folder: &Path, entries: &[String]) -> (Disk, Problems) {
    let mut disk = Disk {
        folder: folder.to_owned(),
        manifests: BTreeMap::new(),
        seen: BTreeSet::new(),
        buffers: Buffers::new(),
        hidden: BTreeMap::new(),
    };
    let mut problems = Problems::new();
    for entry in entries {
        if let Err(problem) = disk.add(entry) {
            problems.push(problem);
        }
    }
    (disk, problems)
}

impl Disk {
    fn add(&mut self, entry: &str) -> std::result::Result<(), Problem> {
        let name = normal(entry).unwrap_or_else(|| entry.to_owned());
        let path = self.folder.join(&name);
        let metadata = fs::metadata(&path).map_err(|error| unreadable(entry, &error, MANIFESTS_HELP))?;
        let outside = name.starts_with("..") || Path::new(&name).is_absolute();
        if !metadata.is_dir() {
            let root = if outside { parent(&name).to_owned() } else { String::new() };
            return self.take(path, name, root);
        }
        let root = if outside { name.clone() } else { String::new() };
        if self.walk(&path, &name, &root, 0)? == Walked::Nothing {
            let what = format!("the folder {} holds no manifest", quoted(entry));
            let help = "a manifest is a file *.yaml or *.yml; an empty one declares nothing";
            return Err(Problem::error(codes::FILE_EMPTY_FOLDER, what).help(help));
        }
        Ok(())
    }

    fn walk(
        &mut self,
        path: &Path,
        name: &str,
        root: &str,
        depth: usize,
    ) -> std::result::Result<Walked, Problem> {
        if depth > FOLDERS_DEEP_MAX {
            let what = format!("{} is nested deeper than {FOLDERS_DEEP_MAX} folders", quoted(name));
            return Err(
                Problem::error(codes::FILE_TOO_MANY, what).help("a link may lead back to its own folder")
            );
        }
        if depth > 0 && !self.seen.insert(canonical(path)) {
            // Whether it held a manifest was said the first time.
            return Ok(Walked::Manifests);
        }
        let unreadable = |error: &io::Error| unreadable(name, error, MANIFESTS_HELP);
        let mut children = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| unreadable(&error))? {
            children.push(entry.map_err(|error| unreadable(&error))?.file_name());
        }
        children.sort();
        let mut walked = Walked::Nothing;
        for child in children {
            let text = child.to_string_lossy();
            if text.starts_with('.') {
                continue;
            }
            let (path, name) = (path.join(&child), join(name, &text));
            if path.is_dir() {
                walked = walked.max(self.walk(&path, &name, root, depth + 1)?);
            } else if is_yaml(&text) && !is_ours(&name) {
                self.take(path, name, root.to_owned())?;
                walked = Walked::Manifests;
            }
        }
        Ok(walked)
    }

    fn take(&mut self, path: PathBuf, name: String, root: String) -> std::result::Result<(), Problem> {
        if !self.seen.insert(canonical(&path)) {
            return Ok(());
        }
        if self.manifests.len() >= MANIFESTS_MAX {
            let what = format!("there are more than {MANIFESTS_MAX} manifests");
            return Err(
                Problem::error(codes::FILE_TOO_MANY, what).help("put several documents into one file")
            );
        }
        self.manifests.insert(name, Manifest { path, root });
        Ok(())
    }

    /// The name and the path of a data file, as long as it does not leave the project.
    fn resolve(&self, manifest: &str, path: &str) -> std::result::Result<(String, PathBuf), Problem> {
        let root = self.manifests.get(manifest).map_or("", |manifest| manifest.root.as_str());
        let outside = || {
            Problem::error(codes::FILE_OUTSIDE, format!("{} leads out of the project", quoted(path)))
                .help("put the file into the project's folder, and name it relative to this manifest")
        };
        if Path::new(path).is_absolute() {
            return Err(outside());
        }
        let name = normal(&join(parent(manifest), path)).ok_or_else(outside)?;
        let is_inside = if root.is_empty() {
            !name.starts_with("..")
        } else {
            name.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
        };
        let on_disk = self.folder.join(&name);
        // A link can lead outside too. What is not there is said to be missing, not outside.
        let is_linked_out = fs::canonicalize(&on_disk)
            .is_ok_and(|real| !real.starts_with(canonical(&self.folder.join(root))));
        if !is_inside || is_linked_out { Err(outside()) } else { Ok((name, on_disk)) }
    }
}

impl Files for Disk {
    fn manifest(&mut self, file: &str) -> std::result::Result<Source, Problem> {
        let path =
            self.manifests.get(file).map_or_else(|| self.folder.join(file), |found| found.path.clone());
        let source = hiding::manifest(&read_text(&path, file, MANIFEST_BYTES_MAX, &self.buffers)?);
        if source.hides_any() {
            self.hidden.insert(file.to_owned(), source.shown_text());
        }
        Ok(source)
    }

    fn data(
        &mut self,
        manifest: &str,
        path: &str,
    ) -> std::result::Result<(Arc<str>, Box<dyn Read>), Problem> {
        let (name, on_disk) = self.resolve(manifest, path)?;
        let file = open(&on_disk, path, DATA_BYTES_MAX)?;
        Ok((name.into(), Box::new(file)))
    }

    fn excerpts(&mut self, file: &str, lines: &[u32]) -> Vec<Excerpt> {
        if let Some(text) = self.hidden.get(file) {
            return excerpts::around(text.as_bytes(), lines);
        }
        let path = self.folder.join(file);
        match self.buffers.get(&canonical(&path)) {
            Some(text) => excerpts::around(text.as_bytes(), lines),
            None => read_excerpts(&path, lines),
        }
    }
}

const BOM: &[u8] = "\u{feff}".as_bytes();

const MANIFESTS_HELP: &str = "`manifests` in pushform.yaml names files and folders, relative to itself";

fn read_excerpts(path: &Path, lines: &[u32]) -> Vec<Excerpt> {
    match File::open(path) {
        Ok(file) => excerpts::around(file, lines),
        Err(_) => vec![Excerpt::default(); lines.len()],
    }
}

/// Opens a file, if it is one and not longer than that: a pipe would never end.
fn open(path: &Path, name: &str, bytes_max: u64) -> std::result::Result<File, Problem> {
    let help = "the path is relative to the file that names it";
    let metadata = fs::metadata(path).map_err(|error| unreadable(name, &error, help))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "no ordinary file" };
        let problem = Problem::error(codes::FILE_NOT_A_FILE, format!("{} is {what}", quoted(name)));
        return Err(problem.help("name a file here"));
    }
    if metadata.len() > bytes_max {
        let what = format!("{} has {} bytes, more than {bytes_max}", quoted(name), metadata.len());
        let help = "declare long lists in CSV files with `from:`, or in several files";
        return Err(Problem::error(codes::FILE_TOO_LARGE, what).help(help));
    }
    File::open(path).map_err(|error| unreadable(name, &error, help))
}

fn read_text(
    path: &Path,
    name: &str,
    bytes_max: u64,
    buffers: &Buffers,
) -> std::result::Result<Source, Problem> {
    if let Some(text) = buffers.get(&canonical(path)) {
        return Ok(Source::new(name, text.clone()));
    }
    let file = open(path, name, bytes_max)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    let read = file.take(bytes_max).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(name, &error, "look at the file's permissions"))?;
    String::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| not_utf8(name, &error))
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Problem {
    /// How much is shown behind the byte in question.
    const BEHIND: usize = 200;
    let at = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let line = bytes[..at].split(|byte| *byte == b'\n').count();
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(at + BEHIND)]).into_owned();
    let source = Source::new(name, text);
    // A byte-order mark is not part of the source.
    let start = if bytes.starts_with(BOM) { at - BOM.len() } else { at };
    let place = source.place(u32::try_from(line).unwrap_or(u32::MAX), start..start + '\u{fffd}'.len_utf8());
    let (what, help) = match Encoding::guess(bytes) {
        Some(encoding) => (
            format!("{} looks like {}, and only UTF-8 is read", quoted(name), encoding.name()),
            encoding.help(name),
        ),
        None => (format!("{} is no UTF-8 text", quoted(name)), "save the file as UTF-8".to_owned()),
    };
    Problem::error(codes::FILE_NOT_UTF8, what).at(place, "this byte").help(help)
}

fn unreadable(name: &str, error: &io::Error, help: &str) -> Problem {
    if error.kind() == io::ErrorKind::NotFound {
        return Problem::error(codes::FILE_MISSING, format!("{} is not there", quoted(name))).help(help);
    }
    Problem::error(codes::FILE_UNREADABLE, format!("{} cannot be read: {error}", quoted(name))).help(help)
}
