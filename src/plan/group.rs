//! From cells to changes: the cells of one address together, in the order in which people read them.

use crate::address::Resource;
use crate::change::{Action, Basis, Cell, Change};
use crate::kind::Definition;
use crate::names::{Name, Names};
use crate::table::{Kind, Row};

use super::merge::Walk;
use super::replace::find;
use super::select::owner;
use super::texts::{NameSet, TextOrder};
use super::{Input, Replacement};

/// The changes of a plan: deletions first, then replacements, updates and creations; inside by resource and
/// name, and inside of a change by text, removals first.
pub(super) fn group(
    input: &Input<'_>,
    cells: &[Cell],
    replacements: &[Replacement],
    order: &TextOrder,
) -> Vec<Change> {
    let mut changes = bundle(cells, order, |cell| [Some(cell.name()), None]);
    others(input, Side::Desired, cells, &mut changes, |_, change, row| change.kept.push(*row));
    sort_kept(input, &mut changes);
    for change in &mut changes {
        change.action = action(input, cells, change);
        change.recorded_at = recorded_at(input, cells, change);
    }
    changes.extend(restored(input, cells, replacements));
    changes.sort_by_key(|change| (place(change.action), change.resource as u64, order.rank(change.name)));
    changes
}

/// Properties that do not change themselves, and get values back that an interrupted replacement kept: without a
/// change of their own nobody would see what is about to be bound.
fn restored(input: &Input<'_>, cells: &[Cell], replacements: &[Replacement]) -> impl Iterator<Item = Change> {
    let is_quiet = |one: &&Replacement| {
        !one.carried.is_empty() && find(cells, Kind::Property, one.property, Name::NONE).is_none()
    };
    let (tables, basis) = if input.live.properties {
        (&input.live.tables, Basis::Observed)
    } else {
        (&input.recorded.tables, Basis::Recorded)
    };
    replacements.iter().filter(is_quiet).map(move |one| Change {
        resource: Resource::Property,
        name: one.property,
        action: Action::Update,
        basis,
        cells: Vec::new(),
        kept: tables.of(Kind::Property).get(one.property, Name::NONE).copied().into_iter().collect(),
        recorded_at: 0,
    })
}

/// The changes of a drift, by resource and name: where nothing is left that is recorded of an address it is deleted,
/// all others are updates. What is left is only counted on: nobody may have looked at it, so it is no part of a change.
///
/// Drift is of what we manage: a user who went from our alias to a foreign one is a loss of ours, and one who went
/// from one of ours to another is a change of both.
pub(super) fn group_drift(input: &Input<'_>, cells: &[Cell], order: &TextOrder) -> Vec<Change> {
    let aliases = input.recorded.tables.of(Kind::Alias).rows().iter().map(|row| row.value);
    let ours = NameSet::of(input.names.len(), aliases);
    let mut changes = bundle(cells, order, |cell| match (cell.resource, cell.before) {
        (Resource::Alias, Some(before)) => {
            [Some(before), cell.after.filter(|after| *after != before && ours.holds(*after))]
        }
        (_, _) => [Some(cell.name()), None],
    });
    let mut is_left = vec![false; changes.len()];
    others(input, Side::Recorded, cells, &mut changes, |at, _, _| is_left[at] = true);
    for (change, is_left) in changes.iter_mut().zip(is_left) {
        change.recorded_at = last_recorded(input, cells, change);
        let has_left = |at: &u32| {
            let after = cells[*at as usize].after;
            after.is_none_or(|after| change.resource == Resource::Alias && after != change.name)
        };
        change.action = if !is_left && change.cells.iter().all(has_left) {
            Action::Delete
        } else if change.cells.iter().any(|at| is_replacement(&input.names, &cells[*at as usize])) {
            Action::Replace
        } else {
            Action::Update
        };
    }
    changes.sort_by_key(|change| place(change.action));
    changes
}

/// For each cell, the place of its change.
pub(super) fn owners(cells: &[Cell], changes: &[Change]) -> Vec<u32> {
    let mut owners = vec![0; cells.len()];
    for (at, change) in (0..).zip(changes) {
        for cell in &change.cells {
            owners[*cell as usize] = at;
        }
    }
    owners
}

/// The place of a property's change.
pub(super) fn change_of_property(changes: &[Change], property: Name) -> Option<u32> {
    let is_it = |change: &Change| change.resource == Resource::Property && change.name == property;
    changes.iter().position(is_it).and_then(|at| u32::try_from(at).ok())
}

/// Whether a property cell changes the type, which only deleting and creating can.
pub(super) fn is_replacement(names: &Names, cell: &Cell) -> bool {
    let (Kind::Property, Some(before), Some(after)) = (cell.kind(), cell.before, cell.after) else {
        return false;
    };
    let type_word = |value| Definition::decode(names.text(value)).type_word;
    type_word(before) != type_word(after)
}

const fn place(action: Action) -> u8 {
    match action {
        Action::Delete => 0,
        Action::Replace => 1,
        Action::Update => 2,
        Action::Create => 3,
    }
}

/// Cells of one address together, sorted by resource and name, the cells inside by text, removals first. A cell can be
/// of two addresses of its kind.
fn bundle(cells: &[Cell], order: &TextOrder, names: impl Fn(&Cell) -> [Option<Name>; 2]) -> Vec<Change> {
    let mut keys: Vec<(u128, Name)> = Vec::with_capacity(cells.len());
    for (at, cell) in (0_u32..).zip(cells) {
        for name in names(cell).into_iter().flatten() {
            let group = u64::from(order.rank(name)) | (cell.resource as u64) << 32;
            let comes = cell.after.is_some_and(|after| cell.resource != Resource::Alias || after == name);
            let member = u64::from(order.rank(member(cell))) | u64::from(comes) << 32;
            // 35 bits of address, 33 of member, 32 of place: sorted as one number.
            keys.push((u128::from(group) << 72 | u128::from(member) << 32 | u128::from(at), name));
        }
    }
    keys.sort_unstable();
    let mut changes: Vec<Change> = Vec::new();
    let mut last = None;
    for (key, name) in keys {
        let at = u32::try_from(key & u128::from(u32::MAX)).unwrap_or(u32::MAX);
        let cell = &cells[at as usize];
        if last != Some(key >> 72) {
            last = Some(key >> 72);
            changes.push(Change {
                resource: cell.resource,
                name,
                action: Action::Update,
                basis: Basis::Observed,
                cells: Vec::new(),
                kept: Vec::new(),
                recorded_at: 0,
            });
        }
        if let Some(change) = changes.last_mut() {
            change.cells.push(at);
            change.basis = change.basis.max(cell.basis);
        }
    }
    changes
}

/// What a cell is called inside of its change.
pub(super) const fn member(cell: &Cell) -> Name {
    match cell.resource {
        Resource::TagSet | Resource::Device => cell.item,
        Resource::Alias
        | Resource::TagMembers
        | Resource::Blacklist
        | Resource::DeviceTokens
        | Resource::Property => cell.subject,
    }
}

/// The same for a row of a resource.
const fn row_member(resource: Resource, row: &Row) -> Name {
    match resource {
        Resource::TagSet | Resource::Device => row.item,
        Resource::Alias
        | Resource::TagMembers
        | Resource::Blacklist
        | Resource::DeviceTokens
        | Resource::Property => row.subject,
    }
}

/// Whose rows stand beside the cells.
#[derive(Clone, Copy)]
enum Side {
    Desired,
    Recorded,
}

/// Finds the rows of this side that stand at the addresses of the changes and are no cells, each with its change and
/// the change's place.
fn others(
    input: &Input<'_>,
    side: Side,
    cells: &[Cell],
    changes: &mut [Change],
    mut found: impl FnMut(usize, &mut Change, &Row),
) {
    let tables = match side {
        Side::Desired => &input.desired.tables,
        Side::Recorded => &input.recorded.tables,
    };
    for kind in Kind::ALL {
        let of_kind = |cell: &&Cell| cell.kind() == kind;
        let start = cells.partition_point(|cell| cell.kind() < kind);
        let mut cells = cells[start..].iter().take_while(of_kind).peekable();
        if cells.peek().is_none() {
            continue;
        }
        let slots = Slots::of(kind, input.names.len(), changes);
        let mut unknown = Walk::over(&input.live.unknown);
        for row in tables.of(kind).rows() {
            while cells.next_if(|cell| (cell.subject, cell.item) < row.key()).is_some() {}
            let is_cell = cells.peek().is_some_and(|cell| (cell.subject, cell.item) == row.key());
            if is_cell || unknown.holds(row.subject) {
                continue;
            }
            if let Some(at) = slots.change_of(row) {
                found(at, &mut changes[at], row);
            }
        }
    }
}

/// Sorts the rows that stay as they are by text.
fn sort_kept(input: &Input<'_>, changes: &mut [Change]) {
    for change in changes.iter_mut().filter(|change| change.kept.len() > 1) {
        let resource = change.resource;
        let text = |row: &Row| input.names.text(row_member(resource, row));
        change.kept.sort_unstable_by(|a, b| text(a).cmp(text(b)));
    }
}

/// For each address of one kind, the place of its change.
struct Slots {
    kind: Kind,
    places: [Vec<u32>; 2],
}

impl Slots {
    fn of(kind: Kind, len: usize, changes: &[Change]) -> Self {
        let mut places = [vec![0; len], Vec::new()];
        if kind == Kind::Tag {
            places[1] = vec![0; len];
        }
        for (place, change) in (1..).zip(changes).filter(|(_, change)| change.resource.kind() == kind) {
            places[Self::list(change.resource)][change.name.index()] = place;
        }
        Self { kind, places }
    }

    fn change_of(&self, row: &Row) -> Option<usize> {
        let (resource, name) = owner(self.kind, row);
        (self.places[Self::list(resource)][name.index()] as usize).checked_sub(1)
    }

    /// Tags alone have two sorts of addresses.
    const fn list(resource: Resource) -> usize {
        match resource {
            Resource::TagMembers => 1,
            Resource::Alias
            | Resource::TagSet
            | Resource::Blacklist
            | Resource::DeviceTokens
            | Resource::Property
            | Resource::Device => 0,
        }
    }
}

fn action(input: &Input<'_>, cells: &[Cell], change: &Change) -> Action {
    let mut cells = change.cells.iter().map(|at| &cells[*at as usize]);
    if cells.clone().any(|cell| is_replacement(&input.names, cell)) {
        return Action::Replace;
    }
    // What a count put in doubt is somewhere, though nobody can say on whom.
    let in_doubt = |cell: &Cell| {
        change.resource.kind() == Kind::Tag
            && input.live.doubted.binary_search(&cell.item).is_ok()
            && input.recorded.tables.of(Kind::Tag).get(cell.subject, cell.item).is_some()
    };
    let here = |cell: &Cell| {
        cell.before.is_some_and(|before| change.resource != Resource::Alias || before == change.name)
            || in_doubt(cell)
    };
    if change.kept.is_empty() && !cells.clone().any(here) {
        return Action::Create;
    }
    let still_declared =
        change.resource == Resource::Alias && input.desired.aliases.binary_search(&change.name).is_ok();
    if change.kept.is_empty() && !still_declared && cells.all(|cell| cell.after.is_none()) {
        return Action::Delete;
    }
    Action::Update
}

/// When the newest recorded row of a change was recorded, where that is what the change rests on.
fn recorded_at(input: &Input<'_>, cells: &[Cell], change: &Change) -> u32 {
    let kind = change.resource.kind();
    if kind.can_be_read() && change.basis != Basis::Recorded {
        return 0;
    }
    last_recorded(input, cells, change)
}

/// When the newest recorded row of a change was recorded; 0 where none is.
fn last_recorded(input: &Input<'_>, cells: &[Cell], change: &Change) -> u32 {
    let kind = change.resource.kind();
    let of_cells = change.cells.iter().map(|at| &cells[*at as usize]).map(|cell| (cell.subject, cell.item));
    let keys = of_cells.chain(change.kept.iter().map(Row::key));
    let recorded = input.recorded.tables.of(kind);
    keys.filter_map(|(subject, item)| recorded.get(subject, item)).map(|row| row.mark).max().unwrap_or(0)
}

/// Every name whose text decides the order of changes or calls.
pub(super) fn names_of(cells: &[Cell]) -> impl Iterator<Item = Name> + '_ {
    let each = |cell: &Cell| [Some(cell.subject), Some(cell.item), cell.before, cell.after];
    cells.iter().flat_map(each).flatten()
}
