//! How far each change is: it starts with its first call and ends with its last.

use std::collections::BTreeMap;

use crate::address::Resource;
use crate::change::Cell;
use crate::names::Name;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::report::What;
use crate::timestamp::Timestamp;

/// One change on its way.
#[derive(Clone, Default)]
struct Progress {
    calls_left: u32,
    started: Option<Timestamp>,
    problem: Option<Problem>,
    /// Some of it waits for another day: it neither succeeds nor fails in this run.
    waits: bool,
    ended: bool,
}

/// How far all changes are.
pub(super) struct Track {
    changes: Vec<Progress>,
    of_call: Vec<Vec<u32>>,
}

impl Track {
    /// Nothing has started.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut changes = vec![Progress::default(); plan.changes.len()];
        for change in plan.calls.iter().flat_map(|call| &call.changes) {
            changes[*change as usize].calls_left += 1;
        }
        Self { changes, of_call: plan.calls.iter().map(|call| call.changes.clone()).collect() }
    }

    /// A call is about to go: the changes that start with it.
    pub(super) fn open(&mut self, call: u32, now: Timestamp) -> Vec<What> {
        let mut started = Vec::new();
        for change in &self.of_call[call as usize] {
            let progress = &mut self.changes[*change as usize];
            if progress.started.is_none() {
                progress.started = Some(now);
                started.push(What::ChangeStart { change: *change });
            }
        }
        started
    }

    /// Rows of these changes failed; the first problem of each is enough.
    pub(super) fn fail(&mut self, changes: &[u32], problem: &Problem) {
        for change in changes {
            self.changes[*change as usize].problem.get_or_insert_with(|| problem.clone());
        }
    }

    /// Calls were not carried out, for this reason.
    pub(super) fn abandon(&mut self, calls: impl Iterator<Item = u32>, problem: &Problem) {
        for call in calls {
            let changes = self.of_call[call as usize].clone();
            self.fail(&changes, problem);
        }
    }

    /// Calls wait for another run.
    pub(super) fn put_off(&mut self, calls: impl Iterator<Item = u32>) {
        for call in calls {
            for change in &self.of_call[call as usize] {
                self.changes[*change as usize].waits = true;
            }
        }
    }

    /// A call has ended. The changes that end with it are told of once they are read back.
    pub(super) fn close(&mut self, call: u32) {
        for change in &self.of_call[call as usize] {
            let left = &mut self.changes[*change as usize].calls_left;
            *left = left.saturating_sub(1);
        }
    }

    /// Cells that did not become true, each with its problem: the change of each has failed.
    pub(super) fn untrue<'a>(&mut self, plan: &Plan, cells: impl Iterator<Item = (&'a Cell, &'a Problem)>) {
        let mut cells = cells.peekable();
        if cells.peek().is_none() {
            return;
        }
        let places: BTreeMap<(Resource, Name), u32> =
            (0..).zip(&plan.changes).map(|(at, change)| ((change.resource, change.name), at)).collect();
        for (cell, problem) in cells {
            if let Some(at) = places.get(&(cell.resource, cell.name())) {
                self.fail(&[*at], problem);
            }
        }
    }

    /// Everything has been read back: what became of each change.
    pub(super) fn finish(&mut self, now: Timestamp) -> Vec<What> {
        let mut ended = Vec::new();
        for (change, progress) in (0u32..).zip(&mut self.changes) {
            if progress.ended {
                continue;
            }
            progress.ended = true;
            match (progress.problem.take(), progress.waits || progress.calls_left > 0) {
                (Some(problem), _) => ended.push(What::ChangeErrored { change, problem }),
                (None, true) => {}
                (None, false) => {
                    let ms = progress.started.map_or(0, |started| now.since(started));
                    ended.push(What::ChangeDone { change, ms });
                }
            }
        }
        ended
    }
}
