//! One call: sending it, and what its outcome makes true or leaves undone. When it goes is `dispatch.rs`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::split::in_parts;
use super::{Run, rows};
use crate::address;
use crate::gate::CallError;
use crate::kind::{Failed, Write};
use crate::names::Name;
use crate::plan::Call;
use crate::problem::Problem;
use crate::report::What;
use crate::state::RowChange;
use crate::table::Row;
use crate::timestamp::Timestamp;

/// What was written, for reading back.
#[derive(Default)]
pub(super) struct Written {
    /// As changes of the record, in the order in which they became true.
    pub rows: Vec<RowChange>,
    /// The journal number of the note that this run owes a reading back.
    pub owed: Option<u64>,
    /// Kept values that were set again: forgotten once they are seen.
    pub bound: Vec<Row>,
    /// Kept values that a property which was created anew cannot hold: forgotten once it is seen.
    pub lost: Vec<Row>,
}

/// What came of one call.
pub(super) struct Ended {
    pub call: u32,
    pub journal: u64,
    pub started: Timestamp,
    /// When it came back.
    pub at: Timestamp,
    pub outcome: std::result::Result<Vec<Failed>, CallError>,
}

/// A call that was carried out, but for some rows.
pub(super) struct Done {
    pub call: u32,
    pub ms: i64,
    pub failed: Vec<Failed>,
}

/// Sends a call whose intent is recorded under the number `journal`.
pub(super) async fn send(run: &Run<'_>, call: u32, journal: u64) -> Ended {
    let (plan, clock) = (run.apply.plan, run.apply.clock);
    let Call { write, spends, rank, .. } = &plan.calls[call as usize];
    let started = clock.now();
    let opened = run.track.borrow_mut().open(call, started);
    for what in opened {
        run.tell(what);
    }
    run.tell(What::CallStart { call });
    let outcome = run.apply.gate.write(write, &plan.names, spends, *rank).await;
    let outcome = in_parts(run, &plan.calls[call as usize], outcome).await;
    Ended { call, journal, started, at: clock.now(), outcome }
}

/// The rows of a call but those whose subjects failed.
pub(super) fn made_true(run: &Run<'_>, call: u32, failed: &[Failed], now: Timestamp) -> Vec<RowChange> {
    let plan = run.apply.plan;
    let mut rows = rows::of(plan, &plan.calls[call as usize], now.seconds());
    if !failed.is_empty() {
        let subjects: BTreeSet<Name> =
            failed.iter().filter_map(|failed| plan.names.find(&failed.subject)).collect();
        rows.retain(|row| !subjects.contains(&subject(row)));
    }
    rows
}

pub(super) const fn subject(change: &RowChange) -> Name {
    match change {
        RowChange::Put(_, row) => row.subject,
        RowChange::Drop(_, subject, _) => *subject,
    }
}

/// Remembers which kept values this call made needless.
pub(super) fn note_kept(run: &Run<'_>, call: u32, failed: &[Failed], written: &mut Written) {
    let plan = run.apply.plan;
    let row = |subject, item, value| Row { subject, item, value, mark: 0 };
    match &plan.calls[call as usize].write {
        Write::SetValues(values) => {
            // A device that was refused has no value now but the kept one.
            let refused: BTreeSet<&str> = failed.iter().map(|failed| failed.subject.as_str()).collect();
            let done = values.iter().filter(|(device, ..)| !refused.contains(plan.names.text(*device)));
            written.bound.extend(done.map(|(device, property, value)| row(*device, *property, *value)));
        }
        Write::CreateProperty(property, _) => {
            let mine = plan.replacements.iter().filter(|one| one.property == *property);
            let lost = mine.flat_map(|one| &one.lost);
            written.lost.extend(lost.map(|(device, value)| row(*device, *property, *value)));
        }
        Write::BindAliases(_)
        | Write::UnbindAliases(_)
        | Write::ClearAlias(..)
        | Write::OverwriteTags { .. }
        | Write::BindTag(..)
        | Write::UnbindTag(..)
        | Write::Block(_)
        | Write::Unblock(_)
        | Write::BindTokens(..)
        | Write::UnbindTokens(..)
        | Write::DescribeProperty(..)
        | Write::DeleteProperty(_)
        | Write::RemoveValue(..) => {}
    }
}

/// Rows that failed are told by what the vendor says of them; the first of it is the change's problem.
pub(super) fn fail_rows(run: &Run<'_>, call: u32, failed: &[Failed]) {
    let mut alike: BTreeMap<(Option<i64>, &str), Vec<&str>> = BTreeMap::new();
    for failed in failed {
        alike.entry((failed.code, &failed.words)).or_default().push(&failed.subject);
    }
    for ((code, words), subjects) in alike {
        let code = code.map_or_else(String::new, |code| format!(" (code {code})"));
        let changes = changes_of(run, call, &subjects);
        let summary = format!("{}{} not changed: {words}{code}", served(run, &changes), were(&subjects));
        let problem = Problem::error("apply::row_refused", summary)
            .help("the rest of the call was carried out; fix the declaration of this user or device and apply again");
        run.tell(What::Noticed(problem.clone()));
        run.track.borrow_mut().fail(&changes, &problem);
    }
}

/// The changes of a call that have a row of one of these users or devices: what else the call wrote is done.
fn changes_of(run: &Run<'_>, call: u32, subjects: &[&str]) -> Vec<u32> {
    let plan = run.apply.plan;
    let failed: BTreeSet<Name> = subjects.iter().filter_map(|subject| plan.names.find(subject)).collect();
    let has_failed = |at: &u32| failed.contains(&plan.cells[*at as usize].subject);
    let all = &plan.calls[call as usize].changes;
    let some: Vec<u32> =
        all.iter().filter(|at| plan.changes[**at as usize].cells.iter().any(has_failed)).copied().collect();
    if some.is_empty() { all.clone() } else { some }
}

/// Whom a call serves, before what is said of it: `getui.alias["alice_w"]: `, `getui.alias["alice_w"] and 3 more: `.
/// Values that come along with a property serve no change of their own.
fn served(run: &Run<'_>, changes: &[u32]) -> String {
    let plan = run.apply.plan;
    let first = changes.first().map(|at| &plan.changes[*at as usize]);
    let first = first.map_or_else(String::new, |one| address::show(one.resource, plan.names.text(one.name)));
    match changes.len() {
        0 => String::new(),
        1 => format!("{first}: "),
        more => format!("{first} and {} more: ", more - 1),
    }
}

/// So many of the users or devices that fail alike are named; the others are counted.
const SUBJECTS_NAMED_MAX: usize = 10;

fn were(subjects: &[&str]) -> String {
    let named: Vec<String> =
        subjects.iter().take(SUBJECTS_NAMED_MAX).map(|subject| format!("`{subject}`")).collect();
    match (named.as_slice(), subjects.len() - named.len()) {
        ([one], 0) => format!("{one} was"),
        (_, 0) => format!("{} were", named.join(", ")),
        (_, more) => format!("{} and {more} more were", named.join(", ")),
    }
}

pub(super) fn fail_call(run: &Run<'_>, call: u32, error: CallError, lost: &[u32]) {
    let mut problem = Problem::from(error);
    let changes = &run.apply.plan.calls[call as usize].changes;
    problem.summary = format!("{}{}", served(run, changes), problem.summary);
    if !lost.is_empty() {
        let also = match lost.len() {
            1 => "1 further call needs this one and was not sent".to_owned(),
            calls => format!("{calls} further calls need this one and were not sent"),
        };
        problem.help = Some(problem.help.map_or(also.clone(), |help| format!("{help}; {also}")));
    }
    run.tell(What::CallFailed { call, problem: problem.clone() });
    run.track.borrow_mut().abandon(std::iter::once(call).chain(lost.iter().copied()), &problem);
}
