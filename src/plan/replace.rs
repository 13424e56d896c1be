//! Values of properties that are deleted and created again with another type: which come along, which cannot.
//!
//! Also those that an interrupted replacement kept and did not bind again. Reading them and keeping them
//! durable is `apply/`'s.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Resource;
use crate::change::Cell;
use crate::kind::{Definition, PropertyType};
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::table::{Kind, Row};

use super::group::is_replacement;
use super::select::Selection;
use super::{Input, Live, Recorded, Replacement};

/// One property whose values are set again, before they are sorted into those that can and those that cannot.
struct Renewal {
    /// The type that the values have to fit; `None` where it is one that we do not know.
    kind: Option<PropertyType>,
    /// Device and value; a later one does not replace an earlier one.
    values: BTreeMap<Name, Name>,
    devices: u64,
}

/// The replacements of a plan, by the properties' texts, and devices by text.
pub(super) fn replacements(
    input: &Input<'_>,
    cells: &[Cell],
    selection: &mut Selection<'_>,
) -> Vec<Replacement> {
    let mut renewals = replaced(input, cells);
    if !renewals.is_empty() {
        declared_values(input, cells, selection, &mut renewals);
        foreign_values(input, cells, selection, &mut renewals);
    }
    kept_values(input, cells, selection, &mut renewals);
    let mut list: Vec<Replacement> =
        renewals.into_iter().map(|(property, renewal)| sort_out(&input.names, property, renewal)).collect();
    list.retain(|one| one.devices > 0 || is_replaced(&input.names, cells, one.property));
    list.sort_by(|a, b| input.names.by_text(a.property, b.property));
    list
}

/// Whether the property is deleted and created again in this plan.
pub(super) fn is_replaced(names: &Names, cells: &[Cell], property: Name) -> bool {
    find(cells, Kind::Property, property, Name::NONE).is_some_and(|cell| is_replacement(names, cell))
}

/// The cell of a row, by bisection.
pub(super) fn find(cells: &[Cell], kind: Kind, subject: Name, item: Name) -> Option<&Cell> {
    cells.binary_search_by_key(&(kind, subject, item), Cell::key).ok().map(|at| &cells[at])
}

fn replaced(input: &Input<'_>, cells: &[Cell]) -> BTreeMap<Name, Renewal> {
    let counts = &input.live.property_devices;
    let renewal = |cell: &Cell| {
        let at = counts.binary_search_by_key(&cell.subject, |(property, _)| *property);
        let devices = at.map_or(0, |at| counts[at].1);
        Renewal { kind: type_of(&input.names, cell.after), values: BTreeMap::new(), devices }
    };
    let changing = cells.iter().filter(|cell| is_replacement(&input.names, cell));
    changing.map(|cell| (cell.subject, renewal(cell))).collect()
}

fn type_of(names: &Names, definition: Option<Name>) -> Option<PropertyType> {
    Definition::decode(names.text(definition?)).kind
}

/// Declared values that no cell sets: deleting the property takes them too.
fn declared_values(
    input: &Input<'_>,
    cells: &[Cell],
    selection: &mut Selection<'_>,
    renewals: &mut BTreeMap<Name, Renewal>,
) {
    for row in input.desired.tables.of(Kind::Device).rows() {
        let Some(renewal) = renewals.get_mut(&row.item) else { continue };
        let is_set = find(cells, Kind::Device, row.subject, row.item).is_some();
        if !is_set && selection.holds(Resource::Device, row.subject) {
            renewal.values.insert(row.subject, row.value);
        }
    }
}

/// Values that nobody declares, or that are not selected, as they were read; where nobody looked at a device that
/// is not selected, as they are recorded.
fn foreign_values(
    input: &Input<'_>,
    cells: &[Cell],
    selection: &mut Selection<'_>,
    renewals: &mut BTreeMap<Name, Renewal>,
) {
    for row in &input.live.replaced {
        let Some(renewal) = renewals.get_mut(&row.item) else { continue };
        let has_cell = find(cells, Kind::Device, row.subject, row.item).is_some();
        let declared = input.desired.tables.of(Kind::Device).get(row.subject, row.item).is_some()
            && selection.holds(Resource::Device, row.subject);
        if !has_cell && !declared {
            renewal.values.entry(row.subject).or_insert(row.value);
        }
    }
    for row in input.recorded.tables.of(Kind::Device).rows() {
        let Some(renewal) = renewals.get_mut(&row.item) else { continue };
        let looked_at = input.live.devices.binary_search(&row.subject).is_ok();
        if !looked_at && !selection.holds(Resource::Device, row.subject) {
            renewal.values.entry(row.subject).or_insert(row.value);
        }
    }
}

/// Values that an earlier replacement kept: bound again where the property now has a type and the device has
/// no other value.
fn kept_values(
    input: &Input<'_>,
    cells: &[Cell],
    selection: &mut Selection<'_>,
    renewals: &mut BTreeMap<Name, Renewal>,
) {
    let live = input.live.tables.of(Kind::Device);
    let read: BTreeSet<(Name, Name)> = input.live.replaced.iter().map(Row::key).collect();
    let sides =
        Sides { names: &input.names, desired: input.desired, recorded: input.recorded, live: input.live };
    for row in input.recorded.kept.iter().filter(|row| !sides.has_no_use(row)) {
        let (device, property) = row.key();
        let is_selected = selection.holds(Resource::Property, property);
        if !is_selected && !selection.holds(Resource::Device, device) {
            continue;
        }
        let Some(definition) = definition_after(input, cells, property) else { continue };
        let has_other = find(cells, Kind::Device, device, property).is_some()
            || live.get(device, property).is_some()
            || read.contains(&(device, property));
        if has_other {
            continue;
        }
        let kind = type_of(&input.names, Some(definition));
        let renewal =
            renewals.entry(property).or_insert(Renewal { kind, values: BTreeMap::new(), devices: 0 });
        let declared = input.desired.tables.of(Kind::Device).get(device, property);
        renewal.values.entry(device).or_insert(declared.map_or(row.value, |row: &Row| row.value));
    }
}

/// Kept values that nothing will ever bind again: their device has another value, or no longer shall have one, or the
/// property went for good or came back with a type that cannot hold them. They may be let go of.
#[must_use]
pub fn of_no_use(names: &Names, desired: &Desired, recorded: &Recorded, live: &Live) -> Vec<Row> {
    let sides = Sides { names, desired, recorded, live };
    recorded.kept.iter().filter(|row| sides.has_no_use(row)).copied().collect()
}

/// What decides whether a kept value is still of use.
struct Sides<'a> {
    names: &'a Names,
    desired: &'a Desired,
    recorded: &'a Recorded,
    live: &'a Live,
}

impl Sides<'_> {
    fn has_no_use(&self, kept: &Row) -> bool {
        let (device, property) = kept.key();
        let Self { names, desired, recorded, live } = self;
        if live.tables.of(Kind::Device).get(device, property).is_some() {
            return true;
        }
        let is_declared = desired.tables.of(Kind::Device).get(device, property).is_some();
        if !is_declared && recorded.tables.of(Kind::Device).get(device, property).is_some() {
            return true;
        }
        if !live.properties {
            return false;
        }
        let wanted = desired.tables.of(Kind::Property).get(property, Name::NONE);
        match (live.tables.of(Kind::Property).get(property, Name::NONE), wanted) {
            (None, None) => true,
            // It is still to be created.
            (None, Some(_)) => false,
            (Some(is), wanted) => {
                let is_as_wanted =
                    wanted.is_none_or(|wanted| type_word(names, wanted.value) == type_word(names, is.value));
                let holds = |kind: PropertyType| kind.holds(names.text(kept.value));
                !is_declared && is_as_wanted && !type_of(names, Some(is.value)).is_some_and(holds)
            }
        }
    }
}

fn type_word(names: &Names, definition: Name) -> &str {
    Definition::decode(names.text(definition)).type_word
}

/// The definition that a property has once the plan is applied, if it is there then.
fn definition_after(input: &Input<'_>, cells: &[Cell], property: Name) -> Option<Name> {
    if let Some(cell) = find(cells, Kind::Property, property, Name::NONE) {
        return cell.after;
    }
    let tables = if input.live.properties { &input.live.tables } else { &input.recorded.tables };
    tables.of(Kind::Property).get(property, Name::NONE).map(|row| row.value)
}

fn sort_out(names: &Names, property: Name, renewal: Renewal) -> Replacement {
    let Renewal { kind, values, devices } = renewal;
    let devices = devices.max(values.len() as u64);
    let mut values: Vec<(Name, Name)> = values.into_iter().collect();
    values.sort_by(|a, b| names.by_text(a.0, b.0));
    let (carried, lost) =
        values.into_iter().partition(|(_, value)| kind.is_some_and(|kind| kind.holds(names.text(*value))));
    Replacement { property, devices, carried, lost }
}
