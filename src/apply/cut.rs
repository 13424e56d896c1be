//! What cuts reading back short: somebody asked to stop, or `--until` is reached.

use super::dispatch::UNTIL;
use super::{Apply, Run};
use crate::gate::CallError;
use crate::problem::Problem;
use crate::report::{Rest, Verified, What};

/// Why nothing more can be read in this run: somebody asked to stop, or `--until` is reached.
pub(super) fn is_cut(run: &Run<'_>) -> Option<CallError> {
    let Apply { gate, clock, .. } = run.apply;
    if gate.is_interrupted() {
        return Some(CallError::Interrupted);
    }
    gate.until().filter(|until| clock.now() >= *until).map(|_| CallError::Deadline)
}

/// Comes back once nothing more can be read.
pub(super) async fn cut(run: &Run<'_>) -> CallError {
    let Apply { gate, clock, .. } = run.apply;
    let Some(until) = gate.until() else {
        gate.interrupted().await;
        return CallError::Interrupted;
    };
    tokio::select! {
        biased;
        () = gate.interrupted() => CallError::Interrupted,
        () = clock.sleep_until(until) => CallError::Deadline,
    }
}

/// Says by what reading back was cut short, and how many rows nobody has seen.
pub(super) fn tell_cut(run: &Run<'_>, cut: &CallError, verified: Verified) {
    let Verified::CutShort { rows, of, .. } = verified else { return };
    let were = if of == 1 { "written row was" } else { "written rows were" };
    let unread = format!("{} of {of} {were} not read back", of - rows);
    let summary = match cut {
        // What was not sent has been told already.
        CallError::Interrupted if run.interrupted.get() => None,
        CallError::Interrupted => {
            run.interrupted.set(true);
            Some(format!("interrupted: everything was sent and recorded, but {unread}"))
        }
        CallError::Deadline => {
            let rest = |next_at| Rest { calls: 0, next_at, because: UNTIL.to_owned() };
            let rests = run.report.borrow().rest.is_some();
            run.apply.gate.until().filter(|_| !rests).into_iter().for_each(|at| run.rest(rest(at)));
            Some(format!("`{UNTIL}` was reached: {unread}"))
        }
        other => Some(format!("{unread}: {}", other.problem().summary)),
    };
    if let Some(summary) = summary {
        let problem = Problem::warning("apply::not_read_back", summary);
        run.tell(What::Noticed(problem.help("the next `plan` or `apply` looks at them")));
    }
    run.pace.borrow_mut().reads_back(None);
    run.tell(What::Verified(verified));
}
