//! The rows as they are found: pushed one by one, sorted and checked by `checks.rs` in the end.
//!
//! It judges nothing. A row is sixteen bytes; what is declared as a whole (an alias, a set) is eight.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::kind::PropertyType;
use crate::names::{Name, Names, Trail};
use crate::table::{Kind, Row};

use super::origins::Origins;
use super::words::Word;

/// One thing that can be declared once only, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    /// What.
    pub name: Name,
    /// Where.
    pub mark: u32,
}

/// Everything declared so far.
#[derive(Default)]
pub struct Rows {
    /// The pool.
    pub names: Names,
    /// Where the marks lead to.
    pub origins: Origins,
    by_kind: [Vec<Row>; 6],
    /// Aliases.
    pub aliases: Vec<Declared>,
    /// Users with an exact set of tags.
    pub sets: Vec<Declared>,
    /// Tags with members.
    pub members: Vec<Declared>,
    /// Devices with values.
    pub devices: Vec<Declared>,
    /// Types of the declared properties; `None` where what stands there is no type.
    pub types: BTreeMap<Name, Option<PropertyType>>,
    /// Properties that say `prevent_destroy: true`.
    pub protected: Vec<Name>,
    /// Whether a manifest has a section.
    pub has_section: bool,
    last: LastTwo,
    ids: Trail,
}

/// The two names that were looked up last: most columns repeat the text of the row before.
struct LastTwo(Name, Name);

impl Default for LastTwo {
    fn default() -> Self {
        Self(Name::NONE, Name::NONE)
    }
}

impl Rows {
    /// None yet, for files in `folder`.
    #[must_use]
    pub fn of(folder: PathBuf) -> Self {
        Self { origins: Origins::of(folder), ..Self::default() }
    }

    /// The name of a text.
    pub fn intern(&mut self, text: &str) -> Name {
        for again in [self.last.0, self.last.1] {
            if self.names.text(again) == text {
                return again;
            }
        }
        let name = self.names.intern(text);
        self.last = LastTwo(name, self.last.0);
        name
    }

    /// The name of a word. Users stand in many files, mostly in the same order; everything else comes in its own.
    pub fn intern_word(&mut self, word: Word, text: &str) -> Name {
        match word {
            Word::User | Word::RegistrationId => self.names.intern_along(&mut self.ids, text),
            Word::Alias
            | Word::Tag
            | Word::DeviceToken
            | Word::PropertyName
            | Word::Description
            | Word::Value => self.intern(text),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, kind: Kind, subject: Name, item: Name, value: Name, mark: u32) {
        self.by_kind[kind as usize].push(Row { subject, item, value, mark });
    }

    /// The rows of a kind.
    pub fn of_kind(&mut self, kind: Kind) -> &mut Vec<Row> {
        &mut self.by_kind[kind as usize]
    }

    /// Sorts one subject's rows, just pushed, so that the table is sorted already where subjects come in order.
    pub fn sort_tail(&mut self, kind: Kind, from: usize) {
        self.by_kind[kind as usize][from..].sort_unstable();
    }
}
