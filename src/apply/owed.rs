//! Reading back that is owed: tags that the vendor has taken to give and that nobody has seen carried.
//!
//! The vendor carries out a bind of tags later. A run notes in the journal, before its first one goes, that it owes a
//! reading back, and takes the note out once it has read back everything. A run that was killed or cut short, or that
//! has read back a sample, leaves it: the tags recorded since may still come, until they would be too late. One note
//! stands for all calls of a run, so that it costs the same whatever their number is.
//!
//! Pure. A note is a bind of nobody: older versions take it out as a call of which nothing is unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::resume::LATE_MS;
use crate::change::Basis;
use crate::kind::Write;
use crate::manifest::Desired;
use crate::names::Name;
use crate::plan::{Awaited, Plan, Recorded};
use crate::state::{Doubt, RowChange};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// The note that the first of these calls asks for.
pub(super) fn note<'w>(mut writes: impl Iterator<Item = &'w Write>) -> Option<Write> {
    writes.find_map(|write| match write {
        Write::BindTag(tag, _) => Some(Write::BindTag(*tag, Vec::new())),
        Write::BindAliases(_)
        | Write::UnbindAliases(_)
        | Write::ClearAlias(..)
        | Write::OverwriteTags { .. }
        | Write::UnbindTag(..)
        | Write::Block(_)
        | Write::Unblock(_)
        | Write::BindTokens(..)
        | Write::UnbindTokens(..)
        | Write::CreateProperty(..)
        | Write::DescribeProperty(..)
        | Write::DeleteProperty(_)
        | Write::SetValues(_)
        | Write::RemoveValue(..) => None,
    })
}

/// Whether an entry of the journal is such a note, and no call.
#[must_use]
pub fn is_note(doubt: &Doubt) -> bool {
    doubt.rows.is_empty() && doubt.write.is_asynchronous()
}

/// The journal numbers of the notes of which every row would be too late by now.
#[must_use]
pub fn over(notes: &[Doubt], recorded: &Recorded, now: Timestamp) -> Vec<u64> {
    let rows = || recorded.tables.of(Kind::Tag).rows().iter();
    let is_open = |note: &&Doubt| rows().any(|row| row.mark >= note.at.seconds() && comes_until(row) > now);
    notes.iter().filter(|note| !is_open(note)).map(|note| note.id).collect()
}

/// The tags recorded since the first of these notes that nobody declares any more and that may still come.
pub(super) fn awaited(
    notes: &[Doubt],
    desired: &Desired,
    recorded: &Recorded,
    now: Timestamp,
) -> Vec<Awaited> {
    undeclared(notes, desired, recorded)
        .filter(|row| comes_until(row) > now)
        .map(|row| Awaited { user: row.subject, tag: row.item, until: comes_until(row) })
        .collect()
}

/// The tags recorded since the first of these notes that nobody declares any more: nobody may ever have seen them.
pub(super) fn undeclared<'a>(
    notes: &[Doubt],
    desired: &'a Desired,
    recorded: &'a Recorded,
) -> impl Iterator<Item = &'a Row> {
    let since = notes.iter().map(|note| note.at.seconds()).min();
    let is_declared = |row: &&Row| desired.tables.of(Kind::Tag).get(row.subject, row.item).is_some();
    let rows =
        since.map(|since| recorded.tables.of(Kind::Tag).rows().iter().filter(move |row| row.mark >= since));
    rows.into_iter().flatten().filter(move |row| !is_declared(row))
}

/// Until when a bind that wrote this row may be carried out.
fn comes_until(row: &Row) -> Timestamp {
    Timestamp::from_seconds(row.mark).plus(LATE_MS)
}

/// No entry of the journal that is made here has more rows.
const ROWS_MAX: usize = 1_000;

/// The removals of a plan that a bind may come after: of tags that may still come, and that nobody has seen. Once their
/// rows are removed nobody would know of them, so these calls are in doubt until the tags would be too late, each with
/// the rows that may be there then. What is in doubt already is left out.
#[must_use]
pub fn overtaken(plan: &Plan, recorded: &Recorded, doubts: &[Doubt]) -> Vec<Doubt> {
    let late = doubts.iter().filter(|doubt| doubt.write.is_asynchronous());
    let known: BTreeSet<(Name, Name)> = late.flat_map(|doubt| doubt.rows.iter().filter_map(tag)).collect();
    let awaited: BTreeSet<(Name, Name)> = recorded.awaited.iter().map(|one| (one.user, one.tag)).collect();
    let mut by_tag: BTreeMap<Name, Vec<Row>> = BTreeMap::new();
    for cell in plan.cells.iter().filter(|cell| cell.kind() == Kind::Tag && cell.after.is_none()) {
        let key = (cell.subject, cell.item);
        if cell.basis != Basis::Observed && awaited.contains(&key) && !known.contains(&key) {
            by_tag.entry(cell.item).or_default().extend(recorded.tables.of(Kind::Tag).get(key.0, key.1));
        }
    }
    let removal = |tag: Name, rows: &[Row]| Doubt {
        id: 0,
        write: Write::UnbindTag(tag, rows.iter().map(|row| row.subject).collect()),
        rows: rows.iter().map(|row| RowChange::Put(Kind::Tag, *row)).collect(),
        at: Timestamp::from_seconds(rows.iter().map(|row| row.mark).max().unwrap_or(0)),
    };
    let removals =
        by_tag.iter().flat_map(|(tag, rows)| rows.chunks(ROWS_MAX).map(|some| removal(*tag, some)));
    removals.collect()
}

/// Whether an entry of the journal is a removal that a bind may come after.
#[must_use]
pub fn is_overtaken(doubt: &Doubt) -> bool {
    matches!(doubt.write, Write::UnbindTag(..)) && doubt.rows.iter().all(|row| tag(row).is_some())
}

fn tag(change: &RowChange) -> Option<(Name, Name)> {
    match change {
        RowChange::Put(Kind::Tag, row) => Some((row.subject, row.item)),
        RowChange::Put(..) | RowChange::Drop(..) => None,
    }
}
