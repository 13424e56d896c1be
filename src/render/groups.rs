//! The changes of a plan by what they are and what happens to them, in the order in which people read them.
//!
//! Nothing of a change is kept: who shows it asks for its words, one change or one line at a time.

use crate::address::{Resource, resource_word};
use crate::change::{Action, Basis, Cell, Change};
use crate::plan::Plan;
use crate::render::drift::Remedy;
use crate::render::rows;
use crate::render::text;
use crate::render::view::{Block, Group, Lens, Line, Tally};
use crate::timestamp::Timestamp;

/// Changes by resource and action.
pub struct Grouping<'a> {
    plan: &'a Plan,
    changes: &'a [Change],
    cells: &'a [Cell],
    tense: Tense,
    groups: Vec<Counted>,
    /// The places of the changes, those of each group together.
    order: Vec<u32>,
    /// How many calls serve each change; empty where nothing asks for it.
    calls: Vec<u32>,
}

/// What one resource and one action have together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What they are.
    pub resource: Resource,
    /// What happens to them.
    pub action: Action,
    /// `will be destroyed`
    pub verb: &'static str,
    /// How many there are.
    pub changes: u64,
    /// Their rows.
    pub rows: Tally,
    /// Where they begin in the order.
    first: usize,
}

/// Whether changes are to come or have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tense {
    Planned,
    Happened,
}

/// `will be destroyed`
const fn verb(action: Action, tense: Tense) -> &'static str {
    match (tense, action) {
        (Tense::Planned, Action::Create) => "will be created",
        (Tense::Planned, Action::Update) => "will be updated in-place",
        (Tense::Planned, Action::Delete) => "will be destroyed",
        (Tense::Planned, Action::Replace) => "must be replaced",
        (Tense::Happened, Action::Create) => "has been created",
        (Tense::Happened, Action::Update) => "has changed",
        (Tense::Happened, Action::Delete) => "has been deleted",
        (Tense::Happened, Action::Replace) => "has been replaced",
    }
}

impl<'a> Grouping<'a> {
    /// What will be done.
    #[must_use]
    pub fn planned(plan: &'a Plan) -> Self {
        Self::new(plan, (&plan.changes, &plan.cells), Tense::Planned)
    }

    /// What changed outside.
    #[must_use]
    pub fn happened(plan: &'a Plan) -> Self {
        Self::new(plan, (&plan.drift, &plan.drift_cells), Tense::Happened)
    }

    /// Groups come in the order in which the plan has the first change of each: so there are never more groups than
    /// sorts times actions, whatever the order of the plan.
    fn new(plan: &'a Plan, (changes, cells): (&'a [Change], &'a [Cell]), tense: Tense) -> Self {
        let mut groups: Vec<Counted> = Vec::new();
        let mut places = Vec::with_capacity(changes.len());
        for change in changes {
            let (resource, action) = (change.resource, change.action);
            let found = groups.iter().position(|group| group.resource == resource && group.action == action);
            let place = found.unwrap_or_else(|| {
                let verb = verb(action, tense);
                let rows = Tally::default();
                groups.push(Counted { resource, action, verb, changes: 0, rows, first: 0 });
                groups.len() - 1
            });
            groups[place].changes += 1;
            for cell in change.cells.iter().filter_map(|at| cells.get(*at as usize)) {
                groups[place].rows.count(rows::sign(change, cell));
            }
            places.push(place);
        }
        let mut order: Vec<u32> = (0..).take(changes.len()).collect();
        order.sort_by_key(|at| places[*at as usize]);
        let mut first = 0;
        for group in &mut groups {
            group.first = first;
            first += usize::try_from(group.changes).unwrap_or(usize::MAX);
        }
        let calls = calls(plan, changes, tense);
        Self { plan, changes, cells, tense, groups, order, calls }
    }

    /// Whether they have happened, outside of Pushform.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        self.tense == Tense::Happened
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &[Counted] {
        &self.groups
    }

    /// The changes of a group, each with what stands above its rows and without a row.
    pub fn headings<'b>(
        &'b self,
        group: &Counted,
        lens: Lens<'b>,
    ) -> impl Iterator<Item = (&'b Change, Block)> + use<'a, 'b> {
        let changes = usize::try_from(group.changes).unwrap_or(usize::MAX);
        let places = self.order.iter().skip(group.first).take(changes);
        places.map(move |at| {
            let change = &self.changes[*at as usize];
            let calls = self.calls.get(*at as usize).copied().unwrap_or(0);
            let block = Block {
                address: lens.mask.address(change.resource, self.plan.names.text(change.name)),
                action: change.action,
                verb: verb(change.action, self.tense),
                basis: basis(self.plan, change, calls, lens, self.tense),
                lines: Vec::new(),
            };
            (change, block)
        })
    }

    /// Hands over the rows of a change, one after the other.
    pub fn lines(&self, change: &Change, lens: Lens<'_>, each: &mut dyn FnMut(Line)) {
        rows::lines(self.plan, change, self.cells, lens, each);
    }

    /// The groups with as many changes as are shown.
    #[must_use]
    pub fn cut(&self, lens: Lens<'_>) -> Vec<Group> {
        self.groups.iter().map(|group| self.cut_group(group, lens)).collect()
    }

    fn cut_group(&self, group: &Counted, lens: Lens<'_>) -> Group {
        let shown = match group.action {
            Action::Delete | Action::Replace => lens.cuts.deletes,
            Action::Create | Action::Update => lens.cuts.changes,
        };
        let blocks: Vec<Block> = self
            .headings(group, lens)
            .take(shown)
            .map(|(change, mut block)| {
                self.lines(change, lens, &mut |line| block.lines.push(line));
                block
            })
            .collect();
        Group {
            resource: resource_word(group.resource),
            action: group.action,
            more: group.changes - blocks.len() as u64,
            blocks,
            rows: group.rows,
        }
    }
}

/// How many calls serve each change, where a change says so.
fn calls(plan: &Plan, changes: &[Change], tense: Tense) -> Vec<u32> {
    if tense == Tense::Happened || changes.iter().all(|change| change.basis != Basis::Assumed) {
        return Vec::new();
    }
    let mut calls = vec![0_u32; changes.len()];
    for at in plan.calls.iter().flat_map(|call| &call.changes) {
        if let Some(calls) = calls.get_mut(*at as usize) {
            *calls += 1;
        }
    }
    calls
}

/// Fewer seconds since 1970 than this (2001) are no time at which anything was recorded.
const SECONDS_MIN: u32 = 1_000_000_000;

const CANNOT: &str = "cannot be read back";

/// On what a change rests, where nobody looked.
fn basis(plan: &Plan, change: &Change, calls: u32, lens: Lens<'_>, tense: Tense) -> Option<String> {
    let readable = change.resource.kind().can_be_read();
    match (change.basis, tense) {
        (Basis::Observed | Basis::Assumed, Tense::Happened) => Some(happened(plan, change, lens)),
        (Basis::Observed, Tense::Planned) => None,
        (Basis::Assumed, Tense::Planned) if !readable && change.recorded_at == 0 => {
            Some(format!("assumed, {CANNOT}"))
        }
        (Basis::Assumed, Tense::Planned) if !readable => Some(recorded(change, lens)),
        (Basis::Recorded, _) => Some(recorded(change, lens)),
        (Basis::Assumed, Tense::Planned) => {
            let write = if calls == 1 { "call writes" } else { "calls write" };
            let reads = text::group(change.cells.len() as u64);
            Some(format!("assumed: {} {write} it, {reads} would look first", text::group(calls.into())))
        }
    }
}

/// `recorded 2026-11-20 10:12, apply puts it back`
fn happened(plan: &Plan, change: &Change, lens: Lens<'_>) -> String {
    let remedy = Remedy::of(plan, change).sentence(change);
    match recorded_at(change, lens) {
        Some(when) => format!("recorded {when}, {remedy}"),
        None => remedy,
    }
}

fn recorded_at(change: &Change, lens: Lens<'_>) -> Option<String> {
    let when = Some(change.recorded_at).filter(|at| *at >= SECONDS_MIN);
    when.map(|at| lens.zone.minute(Timestamp::from_seconds(at)))
}

/// `recorded 2026-11-20 10:12, cannot be read back`
fn recorded(change: &Change, lens: Lens<'_>) -> String {
    let when = recorded_at(change, lens).map(|when| format!(" {when}"));
    let why = if change.resource.kind().can_be_read() { "not looked at" } else { CANNOT };
    format!("recorded{}, {why}", when.unwrap_or_default())
}
