//! From files to [`Desired`](super::Desired): one manifest after the other is read, turned into rows and let go.
//!
//! It reads no file itself: whoever calls it gives it [`Files`]. What stands in a section is `sections.rs`'s.

use std::cell::RefCell;
use std::io::{self, Read};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::problem::{Problem, Problems};
use crate::wire::Vendor;

use super::declaration::{Declaration, spill_problem};
use super::desired::Compiled;
use super::findings::Findings;
use super::line_ends::with_line_feeds;
use super::rows::Rows;
use super::sorter::SORT_BYTES_MAX;
use super::source::{Excerpt, Source};
use super::{checks, yaml};

/// How the compiler gets at text: from the disk (`load.rs`), or from memory in tests.
pub trait Files {
    /// A manifest.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn manifest(&mut self, file: &str) -> Result<Source, Problem>;
    /// The name and the bytes of a data file that a manifest names by a path relative to itself.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn data(&mut self, manifest: &str, path: &str) -> Result<(Arc<str>, Box<dyn Read>), Problem>;
    /// The lines around each of these lines, in the same order, which is ascending; empty where there are none.
    fn excerpts(&mut self, file: &str, lines: &[u32]) -> Vec<Excerpt>;
}

/// A compilation under way.
pub struct Compiler<'f> {
    pub(super) files: &'f mut dyn Files,
    pub(super) rows: Rows,
    pub(super) findings: Findings,
    pub(super) digest: Digest,
    pub(super) accounts: &'f [Vendor],
    /// The manifest at hand.
    pub(super) file: Arc<str>,
    /// What its line numbers are added to.
    pub(super) base: u32,
    /// Whether the data file at hand was found to be no UTF-8.
    pub(super) is_foreign: bool,
}

/// Compiles manifests, in the order given, and keeps all rows in memory. `accounts` are the vendors that the project has
/// an account of, `folder` is what names of files are relative to.
pub fn compile(
    folder: PathBuf,
    manifests: &[String],
    accounts: &[Vendor],
    files: &mut dyn Files,
) -> (Compiled, Problems) {
    let (declaration, mut problems) = declare(folder, manifests, accounts, files, SORT_BYTES_MAX);
    let compiled = declaration.compiled().unwrap_or_else(|problem| {
        problems.push(problem);
        Compiled::default()
    });
    (compiled, problems)
}

/// The same, with the rows as streams: they take at most `budget` bytes of memory, the rest goes to a temporary file.
pub fn declare(
    folder: PathBuf,
    manifests: &[String],
    accounts: &[Vendor],
    files: &mut dyn Files,
    budget: usize,
) -> (Declaration, Problems) {
    let mut compiler = Compiler {
        files,
        rows: Rows::of(folder, budget),
        findings: Findings::default(),
        digest: Digest::default(),
        accounts,
        file: "".into(),
        base: 0,
        is_foreign: false,
    };
    for file in manifests {
        compiler.manifest(file);
    }
    compiler.finish()
}

impl Compiler<'_> {
    fn manifest(&mut self, file: &str) {
        let source = match self.files.manifest(file) {
            Ok(source) => source,
            Err(problem) => {
                self.findings.has_gaps = true;
                self.findings.placed.push(problem);
                return;
            }
        };
        self.digest.begin(file);
        self.digest.text(with_line_feeds(source.text()).as_bytes());
        self.file = source.file().clone();
        self.base = self.rows.origins.begin(source.file());
        if self.rows.origins.reach(source.lines()).is_none() {
            return self.no_numbers_left();
        }
        let tree = yaml::parse(&source, &mut self.findings.placed);
        self.findings.has_gaps |= !tree.is_whole;
        for document in tree.documents() {
            self.document(document);
        }
    }

    /// Four billion lines in all: nobody gets here before the memory ends.
    pub(super) fn no_numbers_left(&mut self) {
        self.findings.has_gaps = true;
        let what = "the files of this project have more than four billion lines";
        self.findings.placed.push(Problem::error(super::codes::FILE_TOO_LARGE, what));
    }

    fn finish(self) -> (Declaration, Problems) {
        let Self { files, rows, mut findings, digest, .. } = self;
        let (declaration, has_gaps) = (rows.finish(digest.hex()), findings.has_gaps);
        let declaration = declaration.unwrap_or_else(|error| {
            findings.placed.push(spill_problem(&error));
            Declaration::default()
        });
        if let Err(error) = checks::check(&declaration, has_gaps, &mut findings) {
            findings.placed.push(spill_problem(&error));
        }
        let problems = findings.finish(&declaration.origins, |file, lines| files.excerpts(file, lines));
        (declaration, problems)
    }
}

/// The digest of every file read: names and contents, in order. Line ends make no difference.
#[derive(Clone, Default)]
pub struct Digest {
    hasher: Rc<RefCell<blake3::Hasher>>,
}

impl Digest {
    /// A file of this name comes next. Lengths keep one file's end from being another's beginning.
    pub fn begin(&self, file: &str) {
        let mut hasher = self.hasher.borrow_mut();
        let before = hasher.count();
        hasher.update(&before.to_le_bytes());
        hasher.update(&(file.len() as u64).to_le_bytes());
        hasher.update(file.as_bytes());
    }

    /// Its text.
    pub fn text(&self, bytes: &[u8]) {
        self.hasher.borrow_mut().update(bytes);
    }

    /// The same bytes, digested as they are read.
    #[must_use]
    pub fn through(&self, bytes: Box<dyn Read>) -> Box<dyn Read> {
        Box::new(Through { bytes, digest: self.clone() })
    }

    /// In hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        self.hasher.borrow().finalize().to_hex().to_string()
    }
}

struct Through {
    bytes: Box<dyn Read>,
    digest: Digest,
}

impl Read for Through {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.digest.text(&buffer[..count]);
        Ok(count)
    }
}
