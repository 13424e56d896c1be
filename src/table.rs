//! The one shape: everything declared, recorded or live is a row *subject, item, value* of one of six
//! tables, sorted, over one pool of [`Names`](crate::names::Names).
//!
//! | kind | subject | item | value |
//! | --- | --- | --- | --- |
//! | alias | user | – | alias |
//! | tag | user | tag | `set` or `members`: who declares it, never compared |
//! | blacklist | user | – | – |
//! | device token | user | channel | token |
//! | property | property name | – | definition, see `provider::jpush::property` |
//! | device | registration id | property | value |

use crate::names::Name;
use crate::wire::Vendor;

/// The six kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One user's alias.
    Alias,
    /// One tag on one user.
    Tag,
    /// One user who receives no pushes.
    Blacklist,
    /// One vendor token of one user on one channel.
    DeviceToken,
    /// One property definition.
    Property,
    /// One property's value on one device.
    Device,
}

impl Kind {
    /// Every kind, in the order of the tables.
    pub const ALL: [Self; 6] =
        [Self::Alias, Self::Tag, Self::Blacklist, Self::DeviceToken, Self::Property, Self::Device];

    /// The kind's word in the state, in messages and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Tag => "tag",
            Self::Blacklist => "blacklist",
            Self::DeviceToken => "device_token",
            Self::Property => "property",
            Self::Device => "device",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whose rows they are.
    #[must_use]
    pub const fn vendor(self) -> Vendor {
        match self {
            Self::Alias | Self::Tag | Self::Blacklist | Self::DeviceToken => Vendor::Getui,
            Self::Property | Self::Device => Vendor::Jpush,
        }
    }

    /// Whether the vendor lets anyone read such rows back.
    #[must_use]
    pub const fn can_be_read(self) -> bool {
        match self {
            Self::Alias | Self::Tag | Self::Property | Self::Device => true,
            Self::Blacklist | Self::DeviceToken => false,
        }
    }
}

/// One row: sixteen bytes. `mark` is what its table says of it beside the three names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Who or what is described.
    pub subject: Name,
    /// Which of the subject's things, [`Name::NONE`] where there is only one.
    pub item: Name,
    /// What it is, [`Name::NONE`] where being there says all.
    pub value: Name,
    /// Desired: the number of its [`Origin`](crate::manifest::Origins). Recorded: when it was last known to
    /// be so, in whole seconds since 1970. Live: 0.
    pub mark: u32,
}

impl Row {
    /// What makes two rows the same row: subject and item.
    #[must_use]
    pub const fn key(&self) -> (Name, Name) {
        (self.subject, self.item)
    }
}

/// Rows of one kind, sorted by key (by number, not by text), each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// The table of these rows; of rows with the same key the first given stays.
    #[must_use]
    pub fn from_rows(mut rows: Vec<Row>) -> Self {
        if !rows.is_sorted_by(|a, b| a.key() <= b.key()) {
            rows.sort_by_key(Row::key);
        }
        rows.dedup_by_key(|row| row.key());
        Self { rows }
    }

    /// The rows, sorted by key.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of this key.
    #[must_use]
    pub fn get(&self, subject: Name, item: Name) -> Option<&Row> {
        self.rows.binary_search_by_key(&(subject, item), Row::key).ok().map(|at| &self.rows[at])
    }

    /// All rows of one subject.
    #[must_use]
    pub fn of(&self, subject: Name) -> &[Row] {
        let start = self.rows.partition_point(|row| row.subject < subject);
        let rest = &self.rows[start..];
        &rest[..rest.partition_point(|row| row.subject == subject)]
    }
}

/// One table of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    tables: [Table; 6],
}

impl Tables {
    /// The table of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Table {
        &self.tables[kind as usize]
    }

    /// Puts a table in its place.
    pub fn set(&mut self, kind: Kind, table: Table) {
        self.tables[kind as usize] = table;
    }

    /// How many rows there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.iter().map(Table::len).sum()
    }

    /// Whether there is no row at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(Table::is_empty)
    }
}
