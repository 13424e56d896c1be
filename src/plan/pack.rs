//! From cells to calls, for every kind but tags: as many rows in a call as the vendor takes.
//!
//! Tags have two ways of being written and a file of their own.

use crate::change::Cell;
use crate::kind::{Definition, Write, limits};
use crate::names::Name;
use crate::table::Kind;

use super::alias::{self, Bounds, Move};
use super::diff::{AliasLook, current, merge};
use super::order::{Work, goes, goes_with_property, place};
use super::paths::BindCall;

/// A call before its spends and changes are known.
pub(super) struct Draft {
    pub write: Write,
    /// The cells that it serves, as places.
    pub cells: Vec<u32>,
    /// The calls that must have succeeded before, as places, sorted.
    pub after: Vec<u32>,
}

impl Draft {
    pub const fn new(write: Write, cells: Vec<u32>) -> Self {
        Self { write, cells, after: Vec::new() }
    }
}

/// A cell with its place.
pub(super) type Placed<'a> = (u32, &'a Cell);

impl<'a> Work<'a> {
    /// The cells of a kind, in no useful order.
    pub fn cells_of(&self, kind: Kind) -> impl Iterator<Item = Placed<'a>> + use<'a> {
        let start = self.cells.partition_point(|cell| cell.kind() < kind);
        let end = self.cells.partition_point(|cell| cell.kind() <= kind);
        (u32::try_from(start).unwrap_or(u32::MAX)..).zip(&self.cells[start..end])
    }

    /// The cells of a kind that pass a test, sorted by the texts of subject and item.
    fn sorted(&self, kind: Kind, test: impl Fn(&Cell) -> bool) -> Vec<Placed<'a>> {
        let mut list: Vec<Placed<'a>> = self.cells_of(kind).filter(|(_, cell)| test(cell)).collect();
        list.sort_unstable_by_key(|(_, cell)| (self.order.rank(cell.subject), self.order.rank(cell.item)));
        list
    }

    /// How many subjects a call of this kind takes.
    pub fn batch_max(&self, kind: Kind) -> usize {
        let mut providers = self.input.providers.iter();
        providers.find(|one| one.vendor() == kind.vendor()).map_or(1, |one| one.batch_max(kind)).max(1)
    }
}

/// Who opted out, then who opted in again.
pub(super) fn blacklist(work: &Work<'_>, drafts: &mut Vec<Draft>) {
    let batch_max = work.batch_max(Kind::Blacklist);
    let mut cells = work.sorted(Kind::Blacklist, |_| true);
    cells.sort_by_key(|(_, cell)| cell.after.is_none());
    let same = |a: &Placed<'_>, b: &Placed<'_>| a.1.after.is_some() == b.1.after.is_some();
    for batch in cells.chunk_by(same).flat_map(|group| group.chunks(batch_max)) {
        let users = batch.iter().map(|(_, cell)| cell.subject).collect();
        let write = if batch[0].1.after.is_some() { Write::Block(users) } else { Write::Unblock(users) };
        drafts.push(Draft::new(write, places(batch)));
    }
}

fn places(batch: &[Placed<'_>]) -> Vec<u32> {
    batch.iter().map(|(at, _)| *at).collect()
}

/// The calls that move aliases. In `after`, numbers below `unbind_count` mean unbinds, all others binds.
pub(super) struct AliasCalls {
    pub unbinds: Vec<Draft>,
    pub unbind_count: u32,
    pub binds: Vec<Draft>,
    pub calls_minimum: u64,
    pub stuck: Vec<u32>,
    pub detours: usize,
}

/// Binds and unbinds of aliases in an order in which no alias is ever too full.
pub(super) fn aliases(work: &Work<'_>) -> AliasCalls {
    let cells = work.sorted(Kind::Alias, |_| true);
    let batch_max = work.batch_max(Kind::Alias);
    let numbers = Numbers::of(work, &cells);
    let number = |alias: Option<Name>| alias.map(|alias| numbers.of[alias.index()] - 1);
    let moves: Vec<Move> =
        cells.iter().map(|(_, cell)| Move { from: number(cell.before), to: number(cell.after) }).collect();
    let users_max = u32::try_from(limits::ALIAS_USERS_MAX).unwrap_or(u32::MAX);
    let holders = if moves.is_empty() { Vec::new() } else { holders(work, &numbers) };
    let schedule = alias::schedule(&holders, &moves, Bounds { users_max, batch_max });

    let pairs = |list: &[u32], side: fn(&Cell) -> Option<Name>| -> (Vec<(Name, Name)>, Vec<u32>) {
        let mut placed: Vec<Placed<'_>> = list.iter().map(|m| cells[*m as usize]).collect();
        let rank = |name: Option<Name>| name.map(|name| work.order.rank(name));
        placed.sort_by_key(|(_, cell)| (rank(side(cell)), work.order.rank(cell.subject)));
        let pair = |(_, cell): &Placed<'_>| (cell.subject, side(cell).unwrap_or(Name::NONE));
        (placed.iter().map(pair).collect(), places(&placed))
    };
    let unbinds: Vec<Draft> = (schedule.unbinds.iter())
        .map(|list| pairs(list, |cell| cell.before))
        .map(|(pairs, places)| Draft::new(Write::UnbindAliases(pairs), places))
        .collect();
    let unbinds = whole(work, &numbers, &holders, unbinds);
    let unbind_count = place(&unbinds);
    let bind = |call: &BindCall| {
        let (pairs, places) = pairs(&call.moves, |cell| cell.after);
        let binds = call.after_binds.iter().map(|at| at + unbind_count);
        let after = call.after_unbinds.iter().copied().chain(binds).collect();
        Draft { write: Write::BindAliases(pairs), cells: places, after }
    };
    let binds: Vec<Draft> = schedule.binds.iter().map(bind).collect();
    let bound: usize = schedule.binds.iter().map(|call| call.moves.len()).sum();
    AliasCalls {
        calls_minimum: u64::from(unbind_count) + bound.div_ceil(batch_max) as u64,
        unbinds,
        unbind_count,
        binds,
        stuck: schedule.stuck.iter().map(|m| cells[*m as usize].0).collect(),
        detours: schedule.detours,
    }
}

/// The fewest users for whom an alias is cleared: one pair says the same as one alias.
const CLEARED_USERS_MIN: usize = 2;

/// Where everybody leaves one alias and nobody leaves another, one call that names the alias says it all. Only where
/// its users were read in this run: it goes away for whoever has it, and the plan has shown who that is; and only
/// where nobody comes to it, since this call would take it from them again.
fn whole(work: &Work<'_>, numbers: &Numbers, holders: &[u32], unbinds: Vec<Draft>) -> Vec<Draft> {
    let [Draft { write: Write::UnbindAliases(pairs), cells, .. }] = &unbinds[..] else { return unbinds };
    let alias = pairs[0].1;
    let held = holders[numbers.of[alias.index()] as usize - 1] as usize;
    let all_go = pairs.iter().all(|(_, other)| *other == alias) && pairs.len() == held;
    let stays_away = cells.iter().all(|at| work.cells[*at as usize].after.is_none());
    let comes = work.cells_of(Kind::Alias).any(|(_, cell)| cell.after == Some(alias));
    let was_read = work.input.live.aliases.binary_search(&alias).is_ok();
    if !(all_go && stays_away && was_read) || comes || held < CLEARED_USERS_MIN {
        return unbinds;
    }
    let users = pairs.iter().map(|(user, _)| *user).collect();
    vec![Draft::new(Write::ClearAlias(alias, users), cells.clone())]
}

/// Aliases that users leave or join, numbered from 1 by text; 0 for all others.
struct Numbers {
    of: Vec<u32>,
    count: usize,
}

impl Numbers {
    fn of(work: &Work<'_>, cells: &[Placed<'_>]) -> Self {
        if cells.is_empty() {
            return Self { of: Vec::new(), count: 0 };
        }
        let mut list: Vec<Name> =
            cells.iter().flat_map(|(_, cell)| [cell.before, cell.after]).flatten().collect();
        list.sort_unstable_by_key(|name| work.order.rank(*name));
        list.dedup();
        let mut of = vec![0; work.input.names.len()];
        for (number, name) in (1..).zip(&list) {
            of[name.index()] = number;
        }
        Self { of, count: list.len() }
    }
}

/// How many users each numbered alias has, as far as anybody knows.
fn holders(work: &Work<'_>, numbers: &Numbers) -> Vec<u32> {
    let mut holders = vec![0; numbers.count];
    let mut look = AliasLook::of(work.input);
    for triple in merge(work.input, Kind::Alias) {
        let known = look.known(&triple);
        let Some(alias) = current(&triple, known).value else { continue };
        if let Some(at) = numbers.of[alias.index()].checked_sub(1) {
            holders[at as usize] += 1;
        }
    }
    holders
}

/// The calls that create properties, by property's name, sorted by number.
pub(super) type Created = Vec<(Name, u32)>;

/// Deletions and replacements first, one call each.
pub(super) fn properties(work: &Work<'_>, drafts: &mut Vec<Draft>) -> Created {
    let mut created = Created::new();
    let goes = |cell: &Cell| goes(work, cell);
    let (mut first, second): (Vec<_>, Vec<_>) =
        work.sorted(Kind::Property, |_| true).into_iter().partition(|(_, cell)| goes(cell));
    first.extend(second);
    let taken = taken_along(work);
    for (at, cell) in first {
        let property = cell.subject;
        if goes(cell) {
            let start = taken.partition_point(|(name, _)| *name < property);
            let along = taken[start..].iter().take_while(|(name, _)| *name == property);
            let cells = std::iter::once(at).chain(along.map(|(_, at)| *at)).collect();
            drafts.push(Draft::new(Write::DeleteProperty(property), cells));
        }
        let Some(definition) = cell.after else { continue };
        let mut draft = if cell.before.is_some() && !goes(cell) {
            Draft::new(Write::DescribeProperty(property, definition), vec![at])
        } else {
            created.push((property, place(drafts)));
            Draft::new(Write::CreateProperty(property, definition), vec![at])
        };
        if goes(cell) {
            draft.after.push(place(drafts) - 1);
        }
        drafts.push(draft);
    }
    created.sort_unstable();
    created
}

/// Removals of values that a deletion of their property makes true: property and cell, sorted.
fn taken_along(work: &Work<'_>) -> Vec<(Name, u32)> {
    let removals = work.cells_of(Kind::Device).filter(|(_, cell)| cell.after.is_none());
    let along = removals.filter(|(_, cell)| goes_with_property(work, cell));
    let mut list: Vec<(Name, u32)> = along.map(|(at, cell)| (cell.item, at)).collect();
    list.sort_unstable();
    list
}

/// Removals of values one by one, then values in bulk: as many devices in a call as it takes. Gives the cells
/// whose property will not be there.
pub(super) fn devices(work: &Work<'_>, created: &Created, drafts: &mut Vec<Draft>) -> Vec<u32> {
    for (at, cell) in work.sorted(Kind::Device, |cell| cell.after.is_none()) {
        if !goes_with_property(work, cell) {
            drafts.push(Draft::new(Write::RemoveValue(cell.subject, cell.item), vec![at]));
        }
    }
    let (values, homeless) = values(work, created);
    let batch_max = work.batch_max(Kind::Device);
    let by_device: Vec<&[Value]> = values.chunk_by(|a, b| a.device == b.device).collect();
    for batch in by_device.chunks(batch_max) {
        let all = || batch.iter().copied().flatten();
        let triples = all().map(|value| (value.device, value.property, value.text)).collect();
        let cells = all().filter_map(|value| value.cell).collect();
        let creation = |value: &Value| {
            let at = created.binary_search_by_key(&value.property, |(property, _)| *property).ok()?;
            Some(created[at].1)
        };
        let mut after: Vec<u32> = all().filter_map(creation).collect();
        after.sort_unstable();
        after.dedup();
        drafts.push(Draft { write: Write::SetValues(triples), cells, after });
    }
    homeless
}

/// One value to be set; without a cell where it comes along with its property.
struct Value {
    device: Name,
    property: Name,
    text: Name,
    cell: Option<u32>,
}

fn values(work: &Work<'_>, created: &Created) -> (Vec<Value>, Vec<u32>) {
    let mut homeless = Vec::new();
    let mut list: Vec<Value> = Vec::new();
    for (at, cell) in work.cells_of(Kind::Device) {
        let Some(value) = cell.after else { continue };
        if has_room(work, created, cell.item, value) {
            list.push(Value { device: cell.subject, property: cell.item, text: value, cell: Some(at) });
        } else {
            homeless.push(at);
        }
    }
    for one in work.replacements {
        list.extend(one.carried.iter().map(|(device, value)| Value {
            device: *device,
            property: one.property,
            text: *value,
            cell: None,
        }));
    }
    let text = |name: Name| work.input.names.text(name);
    list.sort_unstable_by_key(|value| (work.order.rank(value.device), work.order.rank(value.property)));
    debug_assert!(list.is_sorted_by_key(|value| (text(value.device), text(value.property))));
    (list, homeless)
}

/// Whether a property is created in this plan, or is there already with a type that holds the value, as far as
/// anybody knows.
fn has_room(work: &Work<'_>, created: &Created, property: Name, value: Name) -> bool {
    if created.binary_search_by_key(&property, |(name, _)| *name).is_ok() {
        return true;
    }
    let input = work.input;
    let tables = if input.live.properties { &input.live.tables } else { &input.recorded.tables };
    let Some(row) = tables.of(Kind::Property).get(property, Name::NONE) else { return false };
    let kind = Definition::decode(input.names.text(row.value)).kind;
    kind.is_none_or(|kind| kind.holds(input.names.text(value)))
}

/// Tokens, channel by channel: unbinds, then binds.
pub(super) fn tokens(work: &Work<'_>, drafts: &mut Vec<Draft>) {
    let batch_max = work.batch_max(Kind::DeviceToken);
    let mut cells = work.sorted(Kind::DeviceToken, |_| true);
    cells.sort_by_key(|(_, cell)| (work.order.rank(cell.item), cell.after.is_some()));
    let same =
        |a: &Placed<'_>, b: &Placed<'_>| (a.1.item, a.1.after.is_some()) == (b.1.item, b.1.after.is_some());
    for batch in cells.chunk_by(same).flat_map(|group| group.chunks(batch_max)) {
        let channel = batch[0].1.item;
        let users = batch.iter().map(|(_, cell)| cell.subject);
        let tokens = batch.iter().filter_map(|(_, cell)| Some((cell.subject, cell.after?)));
        let write = if batch[0].1.after.is_some() {
            Write::BindTokens(channel, tokens.collect())
        } else {
            Write::UnbindTokens(channel, users.collect())
        };
        drafts.push(Draft::new(write, places(batch)));
    }
}
