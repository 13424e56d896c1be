//! One call after the other, as many side by side as the frontier allows: intent, call, outcome.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::frontier::Frontier;
use super::{Run, rows};
use crate::address;
use crate::gate::CallError;
use crate::kind::{Failed, Write};
use crate::names::Name;
use crate::plan::Call;
use crate::problem::{Problem, Result};
use crate::report::{Rest, What};
use crate::state::{Intent, RowChange};
use crate::table::Row;
use crate::timestamp::Timestamp;

/// What was written, for reading back.
#[derive(Default)]
pub(super) struct Written {
    /// As changes of the record, in the order in which they became true.
    pub rows: Vec<RowChange>,
    /// Kept values that were set again: to be let go of once they are seen.
    pub bound: Vec<Row>,
    /// Kept values that a property which was created anew can not hold: to be let go of once it is seen.
    pub lost: Vec<Row>,
}

/// What came of one call.
struct Ended {
    call: u32,
    journal: u64,
    started: Timestamp,
    outcome: std::result::Result<Vec<Failed>, CallError>,
}

/// What a run has to remember between calls.
#[derive(Default)]
struct Walk {
    written: Written,
    put_off: u64,
    next_at: Option<Timestamp>,
    because: String,
}

/// Carries out every call that can be. Gives the rows that were written.
pub(super) async fn walk(run: &Run<'_>) -> Result<Written> {
    let plan = run.apply.plan;
    let mut frontier = Frontier::of(&plan.calls);
    let mut under_way = FuturesUnordered::new();
    let mut walk = Walk::default();
    loop {
        let taken = frontier.take(run.apply.gate.ready_max());
        for (call, journal) in taken.iter().zip(intend(run, &taken).await?) {
            under_way.push(send(run, *call, journal));
        }
        let Some(ended) = under_way.next().await else { break };
        // Whoever else was answered is heard before anything is written down: a window is counted from the moment at
        // which a reply is heard.
        let mut ended = vec![ended];
        while let Some(Some(next)) = under_way.next().now_or_never() {
            ended.push(next);
        }
        for one in ended {
            settle(run, &mut frontier, &mut walk, one).await?;
        }
    }
    let left = frontier.left() as u64 + walk.put_off;
    if run.apply.gate.is_interrupted() && left > 0 {
        tell_interrupted(run, left);
    } else if let (Some(next_at), true) = (walk.next_at, left > 0) {
        run.rest(Rest { calls: left, next_at, because: walk.because });
    }
    Ok(walk.written)
}

/// One sentence for all calls that do not go any more.
fn tell_interrupted(run: &Run<'_>, left: u64) {
    run.interrupted.set(true);
    let (calls, made) = (run.apply.plan.calls.len(), run.report.borrow().calls);
    let summary = format!("interrupted: {made} of {calls} calls are made and recorded, {left} were not sent");
    let problem = Problem::error("apply::interrupted", summary);
    run.tell(What::Noticed(problem.help("run the same command again: it goes on where this run stopped")));
}

/// Writes down what is about to be sent, in one transaction.
async fn intend(run: &Run<'_>, taken: &[u32]) -> Result<Vec<u64>> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let (apply, plan) = (run.apply, run.apply.plan);
    let at = apply.clock.now();
    let intent = |call: &u32| {
        let call = &plan.calls[*call as usize];
        Intent { write: &call.write, rows: rows::of(plan, call, at.seconds()), at }
    };
    let intents: Vec<Intent<'_>> = taken.iter().map(intent).collect();
    apply.store.intend(apply.lease, &plan.names, &intents).await
}

async fn send(run: &Run<'_>, call: u32, journal: u64) -> Ended {
    let plan = run.apply.plan;
    let Call { write, spends, rank, .. } = &plan.calls[call as usize];
    let started = run.apply.clock.now();
    let opened = run.track.borrow_mut().open(call, started);
    for what in opened {
        run.tell(what);
    }
    run.tell(What::CallStart { call });
    let outcome = run.apply.gate.write(write, &plan.names, spends, *rank).await;
    Ended { call, journal, started, outcome }
}

/// Writes down what a call came to, and lets go what waited for it.
async fn settle(run: &Run<'_>, frontier: &mut Frontier, walk: &mut Walk, ended: Ended) -> Result<()> {
    let apply = run.apply;
    let Ended { call, journal, started, outcome } = ended;
    let now = apply.clock.now();
    match outcome {
        Ok(failed) => {
            let rows = made_true(run, call, &failed, now);
            apply.store.settle(apply.lease, &apply.plan.names, journal, &rows).await?;
            note_kept(run, call, &failed, &mut walk.written);
            walk.written.rows.extend(rows);
            frontier.done(call);
            run.tell(What::CallDone { call, ms: now.since(started) });
            fail_rows(run, call, &failed);
        }
        Err(error) if error.is_in_doubt() => {
            // It stays in the journal without an outcome: the next run reads it there and looks.
            let lost = frontier.given_up(call);
            fail_call(run, call, error, &lost);
        }
        Err(error) => {
            apply.store.settle(apply.lease, &apply.plan.names, journal, &[]).await?;
            put_off_or_fail(run, frontier, walk, call, error);
        }
    }
    let ended = run.track.borrow_mut().close(call, now);
    for what in ended {
        run.tell(what);
    }
    Ok(())
}

fn put_off_or_fail(run: &Run<'_>, frontier: &mut Frontier, walk: &mut Walk, call: u32, error: CallError) {
    match put_off(&error, run.apply.gate.until()) {
        Some((until, because)) => {
            // A user's own share says nothing of the others in the lane.
            if run.apply.plan.calls[call as usize].spends.iter().all(|spend| spend.subject == 0) {
                frontier.close_lane_of(call);
            }
            let lost = frontier.given_up(call);
            walk.put_off += 1 + lost.len() as u64;
            if walk.next_at.is_none_or(|next| until < next) {
                (walk.next_at, walk.because) = (Some(until), because);
            }
            run.track.borrow_mut().put_off(std::iter::once(call).chain(lost));
        }
        None if error == CallError::Interrupted => {
            frontier.close();
            let lost = frontier.given_up(call);
            walk.put_off += 1 + lost.len() as u64;
            run.track.borrow_mut().put_off(std::iter::once(call).chain(lost));
        }
        None => {
            let lost = frontier.given_up(call);
            fail_call(run, call, error, &lost);
        }
    }
}

/// Until when a call that was not sent waits, and for what; `None` when it was refused for good.
fn put_off(error: &CallError, deadline: Option<Timestamp>) -> Option<(Timestamp, String)> {
    match error {
        CallError::DayUsedUp { quota, until } => Some((*until, quota.clone())),
        CallError::Deadline => Some((deadline?, "--until".to_owned())),
        CallError::Refused { .. }
        | CallError::InDoubt(_)
        | CallError::NoReply { .. }
        | CallError::NotSent { .. }
        | CallError::Interrupted
        | CallError::Forbidden { .. }
        | CallError::NoAccount(_)
        | CallError::Store(_) => None,
    }
}

/// The rows of a call but those whose subjects failed.
fn made_true(run: &Run<'_>, call: u32, failed: &[Failed], now: Timestamp) -> Vec<RowChange> {
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
fn note_kept(run: &Run<'_>, call: u32, failed: &[Failed], written: &mut Written) {
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
fn fail_rows(run: &Run<'_>, call: u32, failed: &[Failed]) {
    let mut alike: BTreeMap<(Option<i64>, &str), Vec<&str>> = BTreeMap::new();
    for failed in failed {
        alike.entry((failed.code, &failed.words)).or_default().push(&failed.subject);
    }
    for ((code, words), subjects) in alike {
        let code = code.map_or_else(String::new, |code| format!(" (code {code})"));
        let changes = changes_of(run, call, &subjects);
        let summary = format!("{}{} not changed: {words}{code}", served(run, &changes), were(&subjects));
        let problem = Problem::error("apply::row_refused", summary)
            .help("the rest of the call was carried out; mend the declaration of this user or device and apply again");
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

fn fail_call(run: &Run<'_>, call: u32, error: CallError, lost: &[u32]) {
    let mut problem = Problem::from(error);
    let changes = &run.apply.plan.calls[call as usize].changes;
    problem.summary = format!("{}{}", served(run, changes), problem.summary);
    if !lost.is_empty() {
        let also = format!("{} further calls need this one and were not sent", lost.len());
        problem.help = Some(problem.help.map_or(also.clone(), |help| format!("{help}; {also}")));
    }
    run.tell(What::CallFailed { call, problem: problem.clone() });
    run.track.borrow_mut().abandon(std::iter::once(call).chain(lost.iter().copied()), &problem);
}
