//! A state as a whole: what is exported, imported and moved.

use super::{CopiedSpend, Doubt, Intent, RowChange, UsedUp};
use crate::names::Names;
use crate::plan::Recorded;
use crate::table::Kind;

/// A state as a whole, with its names.
#[derive(Default)]
pub struct Whole {
    /// The pool.
    pub names: Names,
    /// What is recorded.
    pub recorded: Recorded,
    /// Calls without an outcome.
    pub doubts: Vec<Doubt>,
    /// What was spent. It belongs to the ledger, which [`Store::restore`](super::Store::restore) leaves alone.
    pub spends: Vec<CopiedSpend>,
    /// What vendors said of days that are used up. It belongs to the ledger, too.
    pub used_up: Vec<UsedUp>,
}

impl Whole {
    /// The recorded rows as changes of an empty state.
    pub(super) fn puts(&self) -> Vec<RowChange> {
        let of =
            |kind| self.recorded.tables.of(kind).rows().iter().map(move |row| RowChange::Put(kind, *row));
        Kind::ALL.into_iter().flat_map(of).collect()
    }

    /// Its journal.
    pub(super) fn intents(&self) -> Vec<Intent<'_>> {
        let doubts = self.doubts.iter();
        doubts.map(|Doubt { id: _, write, rows, at }| Intent { write, rows: rows.clone(), at: *at }).collect()
    }
}

/// What a place holds, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Rows, and values that are kept until they are bound again.
    pub rows: usize,
    /// Calls without an outcome.
    pub calls: usize,
    /// Spends.
    pub spends: usize,
}

impl Held {
    /// What a state holds.
    #[must_use]
    pub fn of(whole: &Whole) -> Self {
        let rows = whole.recorded.tables.len() + whole.recorded.kept.len();
        Self { rows, calls: whole.doubts.len(), spends: whole.spends.len() }
    }
}
