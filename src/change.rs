//! The result of comparing: cells (one row that is missing, too many or different) and the changes that
//! group them for people.

use crate::address::Resource;
use crate::names::Name;
use crate::table::{Kind, Row};

/// On what evidence a row is taken to be as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The vendor showed it during this run.
    Observed,
    /// Pushform wrote it or saw it earlier, and that is all that is known.
    Recorded,
    /// Nobody looked: the row is taken not to be there.
    Assumed,
}

impl Basis {
    /// The word in the output and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Recorded => "recorded",
            Self::Assumed => "assumed",
        }
    }
}

/// One row that has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Of what it is a part.
    pub resource: Resource,
    /// The row's subject.
    pub subject: Name,
    /// The row's item.
    pub item: Name,
    /// The value it has, `None` when the row is not there.
    pub before: Option<Name>,
    /// The value it shall have, `None` when the row shall go.
    pub after: Option<Name>,
    /// On what evidence.
    pub basis: Basis,
    /// The number of the declaration that asks for it, for messages; 0 where a removal has none.
    pub origin: u32,
}

impl Cell {
    /// The kind of the row.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.resource.kind()
    }

    /// The name part of the address it belongs to: see [`Resource`].
    #[must_use]
    pub fn name(&self) -> Name {
        match self.resource {
            Resource::Alias => self.after.or(self.before).unwrap_or(Name::NONE),
            Resource::TagSet | Resource::Property | Resource::Device => self.subject,
            Resource::TagMembers | Resource::DeviceTokens => self.item,
            Resource::Blacklist => Name::NONE,
        }
    }

    /// How cells are kept: by kind, subject and item, so that a row's cell is found by bisection.
    #[must_use]
    pub const fn key(&self) -> (Kind, Name, Name) {
        (self.kind(), self.subject, self.item)
    }
}

/// What happens to one declared thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is not there and will be.
    Create,
    /// It is there and will be different.
    Update,
    /// It is there and will not be.
    Delete,
    /// It can only be different by being deleted and created.
    Replace,
}

/// The cells of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub resource: Resource,
    /// Which one.
    pub name: Name,
    /// What happens to it.
    pub action: Action,
    /// The weakest evidence among its cells.
    pub basis: Basis,
    /// Its cells, as indices into the plan's cells.
    pub cells: Vec<u32>,
    /// Its rows that stay as they are.
    pub kept: Vec<Row>,
    /// When one of its rows was last recorded, in seconds; 0 where nothing is recorded, or everything was looked at.
    pub recorded_at: u32,
}
