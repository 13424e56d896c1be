//! One walk over three sorted tables at once.
//!
//! It judges nothing: which of the three is believed is `diff.rs`'s.

use crate::names::Name;
use crate::table::Row;

/// The rows of one key: at least one of the three is there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Triple<'a> {
    pub desired: Option<&'a Row>,
    pub recorded: Option<&'a Row>,
    pub live: Option<&'a Row>,
}

impl Triple<'_> {
    /// The subject and the item that the three share.
    pub fn key(&self) -> (Name, Name) {
        let row = self.desired.or(self.recorded).or(self.live);
        row.map_or((Name::NONE, Name::NONE), Row::key)
    }
}

/// Three-way merge; no allocation, one step per key.
pub(super) struct Merge<'a> {
    pub desired: &'a [Row],
    pub recorded: &'a [Row],
    pub live: &'a [Row],
}

impl<'a> Iterator for Merge<'a> {
    type Item = Triple<'a>;

    fn next(&mut self) -> Option<Triple<'a>> {
        let least = head(self.desired).min(head(self.recorded)).min(head(self.live));
        if least == END {
            return None;
        }
        Some(Triple {
            desired: take(&mut self.desired, least),
            recorded: take(&mut self.recorded, least),
            live: take(&mut self.live, least),
        })
    }
}

/// Behind every key: no pool holds 2^32 names, so no row has it.
const END: u64 = u64::MAX;

fn packed(row: &Row) -> u64 {
    (row.subject.index() as u64) << 32 | row.item.index() as u64
}

fn head(rows: &[Row]) -> u64 {
    rows.first().map_or(END, packed)
}

fn take<'a>(rows: &mut &'a [Row], key: u64) -> Option<&'a Row> {
    let (first, rest) = rows.split_first()?;
    if packed(first) != key {
        return None;
    }
    *rows = rest;
    Some(first)
}

/// Membership in a sorted list, asked for names in ascending order: one walk over both.
pub(super) struct Walk<'a> {
    rest: &'a [Name],
}

impl<'a> Walk<'a> {
    pub const fn over(sorted: &'a [Name]) -> Self {
        Self { rest: sorted }
    }

    /// Whether the list holds the name; names asked for before must not be larger.
    pub fn holds(&mut self, name: Name) -> bool {
        while let Some((first, rest)) = self.rest.split_first() {
            if *first >= name {
                return *first == name;
            }
            self.rest = rest;
        }
        false
    }
}
