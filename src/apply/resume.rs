//! What to make of calls in doubt: sent, or about to be, when a run died.
//!
//! Pure. Nobody knows whether they were carried out, so the record is changed such that the plan does whatever
//! is needed in both cases: a row that is declared is taken as not recorded (it is looked at, or written again,
//! which is harmless), one that is not declared is taken as recorded (so that it is within reach of a removal).
//! A declared one stays in doubt until it is recorded again: were it forgotten, and the next run to die as well, nobody
//! would know of it any more once it is no longer declared.

use std::collections::{BTreeMap, BTreeSet};

use super::owed::{self, is_overtaken};
use crate::kind::Write;
use crate::manifest::Desired;
use crate::names::Name;
use crate::plan::{Awaited, Plan, Recorded};
use crate::state::{Doubt, RowChange};
use crate::table::{Kind, Row, Table};
use crate::timestamp::{MINUTE_MS, Timestamp};

/// The calls that were taken and whose rows were not seen in time, although the vendor may carry them out later: each
/// with the rows that may come, `at` seconds since 1970. `untrue` are users and tags.
#[must_use]
pub fn may_come(plan: &Plan, untrue: &BTreeSet<(Name, Name)>, at: u32) -> Vec<(Write, Vec<RowChange>)> {
    let mut late = Vec::new();
    for call in plan.calls.iter().filter(|call| call.write.is_asynchronous()) {
        let Write::BindTag(tag, users) = &call.write else { continue };
        let users: Vec<Name> = users.iter().copied().filter(|user| untrue.contains(&(*user, *tag))).collect();
        let row = |user: &Name| {
            let value = plan.cell(Kind::Tag, *user, *tag)?.after?;
            Some(RowChange::Put(Kind::Tag, Row { subject: *user, item: *tag, value, mark: at }))
        };
        let rows: Vec<RowChange> = users.iter().filter_map(row).collect();
        if !rows.is_empty() {
            late.push((Write::BindTag(*tag, users), rows));
        }
    }
    late
}

/// The changes of the record that calls in doubt ask for, each row once.
#[must_use]
pub fn reconcile(doubts: &[Doubt], desired: &Desired, recorded: &Recorded, now: Timestamp) -> Vec<RowChange> {
    let mut last: BTreeMap<(Kind, Name, Name), RowChange> = BTreeMap::new();
    for (doubt, change) in doubts.iter().flat_map(|doubt| doubt.rows.iter().map(move |row| (doubt, row))) {
        let (key, declared) = (key(change), is_declared(desired, key(change)));
        if declared && is_recorded_since(doubt, recorded, key, now) {
            continue;
        }
        match (change, declared) {
            (_, true) => last.insert(key, RowChange::Drop(key.0, key.1, key.2)),
            // Removed, and looked at once nothing can come any more.
            (RowChange::Put(..), false) if is_overtaken(doubt) && may_be_late(doubt, now) => None,
            (RowChange::Put(..), false) => last.insert(key, *change),
            // Not declared and about to be removed: it stays recorded and is removed again.
            (RowChange::Drop(..), false) => None,
        };
    }
    last.into_values().collect()
}

/// The recorded rows that may never have been so, sorted: those that calls in doubt have put there (`amended`), and
/// those that nobody declares any more and nobody has read back, as these notes say.
#[must_use]
pub fn in_doubt(
    amended: &[RowChange],
    notes: &[Doubt],
    desired: &Desired,
    recorded: &Recorded,
) -> Vec<(Kind, Name, Name)> {
    let put = amended.iter().filter(|change| matches!(change, RowChange::Put(..))).map(key);
    let unseen = owed::undeclared(notes, desired, recorded).map(|row| (Kind::Tag, row.subject, row.item));
    let mut rows: Vec<(Kind, Name, Name)> = put.chain(unseen).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// How long a vendor may take to carry out what it carries out later, in milliseconds. The vendors' documents
/// name no bound; this one is our own, and generous.
pub const LATE_MS: i64 = 10 * MINUTE_MS;

/// Until when a call in doubt may still be carried out, or the one that it removed, where the vendor does that later.
fn late_until(doubt: &Doubt) -> Option<Timestamp> {
    (doubt.write.is_asynchronous() || is_overtaken(doubt)).then(|| doubt.at.plus(LATE_MS))
}

/// Whether a row was recorded again after the call, which stays in doubt only because other rows of it may come late.
fn is_recorded_since(
    doubt: &Doubt,
    recorded: &Recorded,
    (kind, subject, item): (Kind, Name, Name),
    now: Timestamp,
) -> bool {
    let row = recorded.tables.of(kind).get(subject, item);
    (may_be_late(doubt, now) || is_overtaken(doubt)) && row.is_some_and(|row| row.mark > doubt.at.seconds())
}

/// Whether a call in doubt may still be carried out, since the vendor does that later.
fn may_be_late(doubt: &Doubt, now: Timestamp) -> bool {
    late_until(doubt).is_some_and(|until| until > now)
}

/// The tags that may still come to somebody who is not declared to carry them, sorted: those of calls in doubt, and
/// those that were recorded by a run which has not read back everything, whose `notes` these are.
#[must_use]
pub fn awaited(
    (doubts, notes): (&[Doubt], &[Doubt]),
    desired: &Desired,
    recorded: &Recorded,
    now: Timestamp,
) -> Vec<Awaited> {
    let mut awaited = owed::awaited(notes, desired, recorded, now);
    for doubt in doubts {
        let Some(until) = late_until(doubt).filter(|until| *until > now) else { continue };
        let open = doubt.rows.iter().filter(|change| !is_declared(desired, key(change)));
        awaited.extend(open.filter_map(|change| match change {
            RowChange::Put(Kind::Tag, row) => Some(Awaited { user: row.subject, tag: row.item, until }),
            RowChange::Put(..) | RowChange::Drop(..) => None,
        }));
    }
    awaited.sort_unstable_by_key(|one| (one.user, one.tag, std::cmp::Reverse(one.until)));
    awaited.dedup_by_key(|one| (one.user, one.tag));
    awaited
}

/// Calls that stay in doubt: those that have declared rows, and those that may still be carried out although nobody
/// declares their rows any more.
#[derive(Default)]
pub struct Open<'a> {
    doubts: Vec<&'a Doubt>,
    declared: BTreeSet<(Kind, Name, Name)>,
}

impl<'a> Open<'a> {
    /// Of these calls, with the changes of the record that they asked for; and the journal numbers of all others, of
    /// whom the record knows everything once it is changed so.
    #[must_use]
    pub fn of(doubts: &'a [Doubt], amended: &[RowChange], now: Timestamp) -> (Self, Vec<u64>) {
        // What is in neither is declared, and was recorded since.
        let (dropped, put): (Vec<&RowChange>, Vec<&RowChange>) =
            amended.iter().partition(|change| matches!(change, RowChange::Drop(..)));
        let [declared, foreign] =
            [dropped, put].map(|changes| changes.into_iter().map(key).collect::<BTreeSet<_>>());
        let is_open = |doubt: &&Doubt| doubt.rows.iter().any(|change| declared.contains(&key(change)));
        // A row that is not declared stays one that may come, whatever becomes of the others.
        let comes = |doubt: &&Doubt| {
            let is_foreign = |change: &RowChange| foreign.contains(&key(change));
            may_be_late(doubt, now) && (is_overtaken(doubt) || doubt.rows.iter().any(is_foreign))
        };
        let settles = doubts.iter().filter(|doubt| !comes(doubt));
        let (open, known): (Vec<&Doubt>, Vec<&Doubt>) = settles.partition(is_open);
        (Self { doubts: open, declared }, known.into_iter().map(|doubt| doubt.id).collect())
    }

    /// The journal numbers of those whose declared rows are all among the recorded ones.
    #[must_use]
    pub fn ended<'r>(&self, recorded: impl Iterator<Item = &'r RowChange>) -> Vec<u64> {
        if self.doubts.is_empty() {
            return Vec::new();
        }
        let put = recorded.filter(|change| matches!(change, RowChange::Put(..)));
        let recorded: BTreeSet<_> = put.map(key).filter(|key| self.declared.contains(key)).collect();
        let is_known =
            |change: &RowChange| !self.declared.contains(&key(change)) || recorded.contains(&key(change));
        let ended = self.doubts.iter().filter(|doubt| doubt.rows.iter().all(is_known));
        ended.map(|doubt| doubt.id).collect()
    }
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
