//! What to make of calls in doubt: sent, or about to be, when a run died.
//!
//! Pure. Nobody knows whether they were carried out, so the record is changed such that the plan does whatever
//! is needed in both cases: a row that is declared is taken as not recorded (it is looked at, or written again,
//! which is harmless), one that is not declared is taken as recorded (so that it is within reach of a removal).

use std::collections::BTreeMap;

use crate::manifest::Desired;
use crate::names::Name;
use crate::plan::Recorded;
use crate::state::{Doubt, RowChange};
use crate::table::{Kind, Row, Table};

/// The changes of the record that calls in doubt ask for, each row once.
#[must_use]
pub fn reconcile(doubts: &[Doubt], desired: &Desired) -> Vec<RowChange> {
    let mut last: BTreeMap<(Kind, Name, Name), RowChange> = BTreeMap::new();
    for change in doubts.iter().flat_map(|doubt| &doubt.rows) {
        let (key, declared) = (key(change), is_declared(desired, key(change)));
        match (change, declared) {
            (_, true) => last.insert(key, RowChange::Drop(key.0, key.1, key.2)),
            (RowChange::Put(..), false) => last.insert(key, *change),
            // Not declared and about to be removed: it stays recorded and is removed again.
            (RowChange::Drop(..), false) => None,
        };
    }
    last.into_values().collect()
}

/// The same record with these changes.
pub fn amend(recorded: &mut Recorded, changes: &[RowChange]) {
    for kind in Kind::ALL {
        let mine: BTreeMap<(Name, Name), &RowChange> = changes
            .iter()
            .filter(|change| key(change).0 == kind)
            .map(|change| ((key(change).1, key(change).2), change))
            .collect();
        if mine.is_empty() {
            continue;
        }
        let rows = recorded.tables.of(kind).rows().iter();
        let stay = rows.filter(|row| !mine.contains_key(&row.key())).copied();
        let put = mine.values().filter_map(|change| match change {
            RowChange::Put(_, row) => Some(*row),
            RowChange::Drop(..) => None,
        });
        let rows: Vec<Row> = stay.chain(put).collect();
        recorded.tables.set(kind, Table::from_rows(rows));
    }
}

fn key(change: &RowChange) -> (Kind, Name, Name) {
    match change {
        RowChange::Put(kind, row) => (*kind, row.subject, row.item),
        RowChange::Drop(kind, subject, item) => (*kind, *subject, *item),
    }
}

fn is_declared(desired: &Desired, (kind, subject, item): (Kind, Name, Name)) -> bool {
    desired.tables.of(kind).get(subject, item).is_some()
}
