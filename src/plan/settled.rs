//! Rows that are recorded as they are declared and that nobody asks about: what a plan has to know of them, which is
//! how many they are.
//!
//! They stand in no table. So what a plan takes of memory follows what changes, and not the audience.

use std::collections::BTreeMap;

use crate::names::Name;
use crate::table::Kind;

/// Counts of settled rows: each is one declared row and one recorded row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    kinds: [SettledKind; 6],
    /// By tag: who is recorded to carry it.
    pub tags: BTreeMap<Name, SettledTag>,
    /// How many declared aliases there are of which every user is settled.
    pub aliases: u64,
}

/// The settled rows of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettledKind {
    /// How many rows.
    pub rows: u64,
    /// Of how many subjects.
    pub subjects: u64,
    /// When the latest of them was recorded, in whole seconds since 1970.
    pub recorded_at: u32,
}

/// The settled rows of one tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettledTag {
    /// How many users.
    pub rows: u64,
    /// Whether users are its members.
    pub members: bool,
    /// Whether it stands in tag sets.
    pub sets: bool,
}

impl Settled {
    /// Those of a kind.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> SettledKind {
        self.kinds[kind as usize]
    }

    /// Puts the counts of a kind in their place.
    pub const fn set(&mut self, kind: Kind, counts: SettledKind) {
        self.kinds[kind as usize] = counts;
    }

    /// How many rows there are in all.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.kinds.iter().map(|counts| counts.rows).sum()
    }
}
