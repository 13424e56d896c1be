//! The tree as text: files with their comments, literals and tests told apart from the rest.
//!
//! It knows where an item behind `#[cfg(test)]` ends; what a comment or a literal is, `lexer.rs` knows.

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::lexer::blank;

/// What makes the item behind it a test.
const TEST_ONLY: &str = "#[cfg(test)]";

/// One file.
pub(crate) struct Source {
    /// Its path from the top of the project, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// The same length, with comments blanked.
    pub uncommented: String,
    /// The same length, with comments and the insides of literals blanked.
    pub bare: String,
    /// The lines that are tests, from 0.
    tests: Tests,
}

/// Which part of a file is a test.
enum Tests {
    All,
    Lines(Vec<Range<usize>>),
}

/// One thing that breaks a rule.
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line + 1, self.what)
    }
}

impl Source {
    /// A file of this path and text, be it there or not.
    pub(crate) fn of(path: &str, text: &str) -> Self {
        let (uncommented, bare) =
            if is_rust(path) { blank(text) } else { (text.to_owned(), text.to_owned()) };
        let tests = if is_test_file(path) { Tests::All } else { Tests::Lines(test_lines(&bare)) };
        Self { path: path.to_owned(), text: text.to_owned(), uncommented, bare, tests }
    }

    /// Whether the line, from 0, is part of a test.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        match &self.tests {
            Tests::All => true,
            Tests::Lines(ranges) => ranges.iter().any(|range| range.contains(&line)),
        }
    }

    /// Whether the path starts with any of these.
    pub(crate) fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// Lines of a view of this file that are no tests, with their numbers from 0.
    pub(crate) fn shipped<'a>(&'a self, view: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        view.lines().enumerate().filter(|(line, _)| !self.is_test(*line))
    }

    /// A finding in this file, on a line from 0.
    pub(crate) fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }
}

/// Reads one file of the project.
pub(crate) fn read(path: &str) -> Source {
    let text = fs::read_to_string(top().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"));
    Source::of(path, &text)
}

/// Every Rust file below these folders, sorted by path. A folder that is not there has none.
pub(crate) fn rust(folders: &[&str]) -> Vec<Source> {
    let paths = folders.iter().flat_map(|folder| below(folder)).filter(|path| is_rust(path));
    let mut files: Vec<Source> = paths.map(|path| read(&path)).collect();
    let tests: Vec<String> = files.iter().flat_map(test_modules).collect();
    let is_test = |path: &str| tests.iter().any(|test| test == path || is_in_folder_of(path, test));
    for file in files.iter_mut().filter(|file| is_test(&file.path)) {
        file.tests = Tests::All;
    }
    files
}

/// Whether a file belongs to a module whose folder this is: `a/b/mod.rs` or `a/b.rs` with files in `a/b/`.
fn is_in_folder_of(path: &str, module: &str) -> bool {
    let folder = module.strip_suffix("/mod.rs").or_else(|| module.strip_suffix(".rs")).unwrap_or(module);
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The files of modules that a file declares behind `#[cfg(test)]`.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| source.path.ends_with(name));
    let inside = if is_root { folder } else { source.path.trim_end_matches(".rs") };
    let mut files = Vec::new();
    for (start, _) in source.bare.match_indices(TEST_ONLY) {
        let item = &source.uncommented[start..=item_end(&source.bare, start)];
        let module = item.rsplit_once("mod ").and_then(|(_, name)| name.strip_suffix(';'));
        let path = item.split_once("#[path = \"").and_then(|(_, path)| path.split('"').next());
        files.extend(module.map(|name| format!("{inside}/{name}.rs")));
        files.extend(path.map(|path| format!("{folder}/{path}")));
    }
    files
}

/// The project's documents.
pub(crate) fn markdown() -> Vec<Source> {
    let mut paths: Vec<String> = names(Path::new(""), Path::is_file);
    paths.extend(["examples", "docs", "schema", "benches", "fuzz"].iter().flat_map(|folder| below(folder)));
    let is_markdown = |path: &String| Path::new(path).extension().is_some_and(|end| end == "md");
    paths.into_iter().filter(is_markdown).map(|path| read(&path)).collect()
}

/// The folders in a folder, by name.
pub(crate) fn folders(folder: &str) -> Vec<String> {
    let strip = |path: String| path.rsplit('/').next().unwrap_or_default().to_owned();
    names(Path::new(folder), Path::is_dir).into_iter().map(strip).collect()
}

fn below(folder: &str) -> Vec<String> {
    let mut paths = names(Path::new(folder), Path::is_file);
    let skipped = |path: &String| path.ends_with("/target") || path.ends_with("/corpus");
    let inner = names(Path::new(folder), Path::is_dir).into_iter().filter(|path| !skipped(path));
    paths.extend(inner.flat_map(|inner| below(&inner)));
    paths.sort();
    paths
}

/// What lies directly in a folder and is wanted, as paths from the top of the project, sorted.
fn names(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let Ok(entries) = fs::read_dir(top().join(folder)) else { return Vec::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| wanted(path));
    let relative =
        |path: PathBuf| path.strip_prefix(top()).ok().map(|path| path.to_string_lossy().replace('\\', "/"));
    let mut names: Vec<String> = paths.filter_map(relative).collect();
    names.sort();
    names
}

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "rs")
}

fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The lines of every item behind `#[cfg(test)]`.
fn test_lines(bare: &str) -> Vec<Range<usize>> {
    let line_at = |at: usize| bare[..at].matches('\n').count();
    let starts = bare.match_indices(TEST_ONLY).map(|(start, _)| start);
    starts.map(|start| line_at(start)..line_at(item_end(bare, start)) + 1).collect()
}

/// Where the item that starts here ends: behind its first `;`, or behind the brace that closes its first.
pub(crate) fn item_end(bare: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    let mut parens = 0_usize;
    for (at, byte) in bare.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => parens += 1,
            b')' | b']' => parens = parens.saturating_sub(1),
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = depth == 0 && (byte == b'}' || (byte == b';' && parens == 0));
        if ends {
            return at;
        }
    }
    bare.len().saturating_sub(1)
}
