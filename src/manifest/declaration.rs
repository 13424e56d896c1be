//! What the manifests declare, as sorted streams of rows: what it takes of memory has a bound, however much it is.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::kind::PropertyType;
use crate::names::{Name, Names};
use crate::problem::Problem;
use crate::table::{Kind, Row, Table};
use crate::text_rows::{TextRow, TextRows};

use super::codes;
use super::desired::{Compiled, Desired};
use super::origins::Origins;
use super::rows::Stream;
use super::sorter::{Rows, Sorted};

/// Everything declared. Rows' marks are numbers of [`Origins`].
#[derive(Default)]
pub struct Declaration {
    pub(super) sorted: Sorted,
    /// Types of the declared properties; `None` where what stands there is no type.
    pub(super) types: BTreeMap<String, Option<PropertyType>>,
    pub(super) protected: BTreeSet<String>,
    /// Whether no manifest has a section at all, not even an empty one: nobody has said that anything shall go.
    pub is_silent: bool,
    /// Where each row stands.
    pub origins: Origins,
    /// A digest of every file read, in hexadecimal: the same text, the same digest.
    pub digest: String,
}

impl Declaration {
    /// The rows of a kind, by subject and item. Of rows with the same key the first one counts.
    ///
    /// # Errors
    /// The temporary file cannot be read; so in all that follow.
    pub fn rows(&self, kind: Kind) -> io::Result<Rows<'_>> {
        self.sorted.read(kind as usize)
    }

    pub(super) fn stream(&self, stream: Stream) -> io::Result<Rows<'_>> {
        self.sorted.read(stream as usize)
    }

    /// Declared aliases, by text: each as often as it has users, and where a manifest declares it once more.
    ///
    /// # Errors
    /// As [`Declaration::rows`].
    pub fn aliases(&self) -> io::Result<Rows<'_>> {
        self.stream(Stream::Aliases)
    }

    /// Users with a declared tag set, by text.
    ///
    /// # Errors
    /// As [`Declaration::rows`].
    pub fn exact_users(&self) -> io::Result<Rows<'_>> {
        self.stream(Stream::Sets)
    }

    /// Everything but the rows, with its names in a pool.
    #[must_use]
    pub fn without_rows(&self, names: &mut Names) -> Desired {
        let mut protected: Vec<Name> = self.protected.iter().map(|name| names.intern(name)).collect();
        protected.sort_unstable();
        Desired {
            protected,
            is_silent: self.is_silent,
            origins: self.origins.clone(),
            digest: self.digest.clone(),
            ..Desired::default()
        }
    }

    /// All of it in memory, with a pool of its own.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn compiled(&self) -> Result<Compiled, Problem> {
        let mut names = Names::new();
        let desired = self.whole(&mut names).map_err(|error| spill_problem(&error))?;
        names.has_room()?;
        Ok(Compiled { names, desired })
    }

    fn whole(&self, names: &mut Names) -> io::Result<Desired> {
        let mut desired = self.without_rows(names);
        for kind in Kind::ALL {
            let (mut rows, mut table) = (self.rows(kind)?, Vec::<Row>::new());
            while rows.step()? {
                let Some(row) = rows.row() else { break };
                let row = row.intern(names);
                if table.last().is_none_or(|last| last.key() != row.key()) {
                    table.push(row);
                }
            }
            desired.tables.set(kind, Table::from_rows(table));
        }
        desired.aliases = subjects(self.aliases()?, names)?;
        desired.exact_users = subjects(self.exact_users()?, names)?;
        Ok(desired)
    }
}

/// The subjects of a stream, each once, sorted by number.
fn subjects(mut rows: Rows<'_>, names: &mut Names) -> io::Result<Vec<Name>> {
    let mut list: Vec<Name> = Vec::new();
    while rows.step()? {
        let Some(row) = rows.row() else { break };
        if list.last().is_none_or(|last| names.text(*last) != row.subject) {
            list.push(names.intern(row.subject));
        }
    }
    list.sort_unstable();
    Ok(list)
}

/// Reads a stream one subject after the other.
pub struct Groups<'a> {
    rows: Rows<'a>,
    group: TextRows,
    is_over: bool,
}

impl<'a> Groups<'a> {
    /// Of a stream that nobody has begun to read.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn of(mut rows: Rows<'a>) -> io::Result<Self> {
        let is_over = !rows.step()?;
        Ok(Self { rows, group: TextRows::default(), is_over })
    }

    /// The subject that comes next.
    #[must_use]
    pub fn next_subject(&self) -> Option<&str> {
        let row = self.rows.row().filter(|_| !self.is_over)?;
        Some(row.subject)
    }

    /// The rows of the next subject: none behind the last.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn step(&mut self) -> io::Result<&TextRows> {
        self.group.clear();
        while !self.is_over {
            let Some(row) = self.rows.row() else { break };
            if self.group.last().is_some_and(|last| last.subject != row.subject) {
                break;
            }
            self.group.push(row);
            self.is_over = !self.rows.step()?;
        }
        Ok(&self.group)
    }

    /// The rows of one subject, where those before it are passed over: none where it has none. Subjects are asked for in
    /// order.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn at(&mut self, subject: &str) -> io::Result<&TextRows> {
        while self.next_subject().is_some_and(|next| next < subject) {
            self.is_over = !self.rows.step()?;
        }
        if self.next_subject() == Some(subject) {
            return self.step();
        }
        self.group.clear();
        Ok(&self.group)
    }
}

/// The rows of one key after the other.
pub fn by_key<'a>(group: &'a [TextRow<'a>]) -> impl Iterator<Item = &'a [TextRow<'a>]> {
    group.chunk_by(|a, b| a.key() == b.key())
}

/// What is said of a temporary file that cannot be made, written or read.
#[must_use]
pub fn spill_problem(error: &io::Error) -> Problem {
    let what = format!(
        "the rows of the manifests do not fit into memory, and a temporary file cannot be used: {error}"
    );
    Problem::error(codes::TEMPORARY_FILE, what)
        .help("set TMPDIR to a folder that can be written and has room for the manifests' data")
}
