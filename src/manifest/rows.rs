//! The rows as they are found: pushed one by one, sorted in the end.
//!
//! It judges nothing. What is declared as a whole (an alias, a set) has a stream of its own beside the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use crate::kind::PropertyType;
use crate::table::Kind;
use crate::text_rows::{SET, TextRow};

use super::declaration::Declaration;
use super::origins::Origins;
use super::sorter::Sorter;

/// The value of a user of an alias whom a record of a file names: the record declares the alias.
pub const BY_RECORD: &str = "record";

/// The streams behind those of the six kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Aliases: subject alias, item user, none where a manifest declares the alias.
    Aliases = 6,
    /// Users with an exact set of tags.
    Sets,
    /// Tags with members.
    Members,
    /// Devices with values.
    Devices,
}

/// How many streams there are, those of the kinds included.
pub const STREAMS: usize = Stream::Devices as usize + 1;

/// Everything declared so far.
pub struct Rows {
    /// Where the marks lead to.
    pub origins: Origins,
    sorter: Sorter,
    /// Types of the declared properties; `None` where what stands there is no type.
    pub types: BTreeMap<String, Option<PropertyType>>,
    /// Properties that say `prevent_destroy: true`.
    pub protected: BTreeSet<String>,
    /// Whether a manifest has a section.
    pub has_section: bool,
}

impl Rows {
    /// None yet, for files in `folder`, with a budget of memory for the rows.
    #[must_use]
    pub fn of(folder: PathBuf, budget: usize) -> Self {
        Self {
            origins: Origins::of(folder),
            sorter: Sorter::new(STREAMS, budget),
            types: BTreeMap::new(),
            protected: BTreeSet::new(),
            has_section: false,
        }
    }

    /// Adds a row of a kind.
    pub fn push(&mut self, kind: Kind, subject: &str, item: &str, value: &str, mark: u32) {
        self.sorter.push(kind as usize, TextRow { subject, item, value, mark });
    }

    /// Adds what is declared as a whole.
    pub fn declare(&mut self, stream: Stream, subject: &str, mark: u32) {
        self.sorter.push(stream as usize, TextRow { subject, item: "", value: "", mark });
    }

    /// Declares an alias in a manifest.
    pub fn alias(&mut self, alias: &str, mark: u32) {
        self.declare(Stream::Aliases, alias, mark);
    }

    /// Adds a user of an alias that a manifest declares.
    pub fn alias_user(&mut self, alias: &str, user: &str, mark: u32) {
        self.push(Kind::Alias, user, "", alias, mark);
        self.sorter.push(Stream::Aliases as usize, TextRow { subject: alias, item: user, value: "", mark });
    }

    /// Adds a record of a file: the alias with a user.
    pub fn alias_record(&mut self, alias: &str, user: &str, mark: u32) {
        self.push(Kind::Alias, user, "", alias, mark);
        let row = TextRow { subject: alias, item: user, value: BY_RECORD, mark };
        self.sorter.push(Stream::Aliases as usize, row);
    }

    /// Adds the tags of a user's set, with their marks. Sorted first: where users come in order the rows do, too.
    pub fn tag_set(&mut self, user: &str, mut tags: Vec<(&str, u32)>) {
        tags.sort_unstable();
        tags.iter().for_each(|(tag, mark)| self.push(Kind::Tag, user, tag, SET, *mark));
    }

    /// Adds the values of a device: property, value, mark.
    pub fn values(&mut self, device: &str, mut values: Vec<(&str, &str, u32)>) {
        values.sort_unstable_by_key(|(property, _, mark)| (*property, *mark));
        for (property, value, mark) in values {
            self.push(Kind::Device, device, property, value, mark);
        }
    }

    /// Sorts the rows.
    ///
    /// # Errors
    /// The temporary file could not be made or written.
    pub fn finish(self, digest: String) -> io::Result<Declaration> {
        let Self { origins, sorter, types, protected, has_section } = self;
        let sorted = sorter.finish()?;
        Ok(Declaration { sorted, types, protected, is_silent: !has_section, origins, digest })
    }
}
