//! What is declared, recorded and live, compared row by row: cells, adoptions, what is forgotten, drift.
//!
//! Where the vendor showed a row's subject in this run, that decides; else the record stands for it; else
//! the row is taken not to be there. In reach of a removal are recorded rows, and live rows inside a declared
//! exact set. Nothing else is ever touched. What may not be removed all the same is `guard.rs`'s.

use crate::address::Resource;
use crate::change::{Basis, Cell};
use crate::names::Name;
use crate::table::{Kind, Row};

use super::merge::{Merge, Triple, Walk};
use super::texts::NameSet;
use super::{Awaited, Closer, Counted, Input, Recorded, SettledKind};

/// What comparing finds. Every list is sorted by kind and key, which is by number, not by text.
pub(super) struct Diff {
    /// Rows that have to change.
    pub cells: Vec<Cell>,
    /// Rows that are as declared and recorded otherwise or not at all.
    pub adopts: Vec<(Kind, Row)>,
    /// Recorded rows that are gone or no longer ours.
    pub forgets: Vec<(Kind, Row)>,
    /// What moved away from the record: before is recorded, after is live.
    pub drift: Vec<Cell>,
    /// Declared rows of users whom the vendor does not know.
    pub unknown: Vec<Cell>,
    /// The recorded rows of each kind that nobody looked at.
    pub unobserved: [Unobserved; 6],
}

/// The recorded rows of one kind that nobody looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unobserved {
    /// Their kind.
    pub kind: Kind,
    /// How many there are.
    pub rows: u64,
    /// When the latest of them was recorded, in whole seconds since 1970.
    pub recorded_at: u32,
}

/// Compares everything.
pub(super) fn diff(input: &Input<'_>) -> Diff {
    let mut diff = Diff {
        cells: Vec::new(),
        adopts: Vec::new(),
        forgets: Vec::new(),
        drift: Vec::new(),
        unknown: Vec::new(),
        unobserved: Kind::ALL.map(|kind| {
            let SettledKind { rows, recorded_at, .. } = input.recorded.settled.of(kind);
            Unobserved { kind, rows, recorded_at }
        }),
    };
    let now = input.now.seconds();
    let Recorded { awaited, in_doubt, .. } = input.recorded;
    for kind in Kind::ALL {
        let mut judge = Judge { kind, now, awaited, in_doubt, out: &mut diff };
        match kind {
            Kind::Alias => aliases(input, &mut judge),
            Kind::Tag => tags(input, &mut judge),
            Kind::Blacklist => rows(input, &mut judge, Resource::Blacklist, |_| false),
            Kind::DeviceToken => rows(input, &mut judge, Resource::DeviceTokens, |_| false),
            Kind::Property => rows(input, &mut judge, Resource::Property, |_| input.live.properties),
            Kind::Device => devices(input, &mut judge),
        }
    }
    diff
}

/// Properties that are there and neither declared nor recorded, by text.
pub(super) fn unmanaged(input: &Input<'_>) -> Vec<(Resource, Name)> {
    let foreign = |triple: &Triple<'_>| triple.desired.is_none() && triple.recorded.is_none();
    let mut list: Vec<Name> =
        merge(input, Kind::Property).filter(foreign).map(|triple| triple.key().0).collect();
    list.sort_by(|a, b| input.names.by_text(*a, *b));
    list.into_iter().map(|name| (Resource::Property, name)).collect()
}

/// Counts that are not as recorded, by the tags' texts. Where the users were looked at, that says more.
pub(super) fn counts(input: &Input<'_>) -> Vec<Counted> {
    let differs = |one: &&Counted| one.counted != one.recorded && one.closer != Closer::Read;
    let mut counts: Vec<Counted> = input.live.counts.iter().filter(differs).copied().collect();
    counts.sort_by(|a, b| input.names.by_text(a.tag, b.tag));
    counts
}

/// What a row is now, and how we know.
#[derive(Clone, Copy)]
pub(super) struct Current {
    pub value: Option<Name>,
    pub basis: Basis,
}

/// The state of a row whose subject was looked at (`known`) or not.
pub(super) fn current(triple: &Triple<'_>, known: bool) -> Current {
    match (triple.live, triple.recorded) {
        (Some(live), _) => Current { value: Some(live.value), basis: Basis::Observed },
        (None, _) if known => Current { value: None, basis: Basis::Observed },
        (None, Some(recorded)) => Current { value: Some(recorded.value), basis: Basis::Recorded },
        (None, None) => Current { value: None, basis: Basis::Assumed },
    }
}

/// The merge of one kind's three tables.
pub(super) fn merge<'a>(input: &Input<'a>, kind: Kind) -> Merge<'a> {
    Merge {
        desired: input.desired.tables.of(kind).rows(),
        recorded: input.recorded.tables.of(kind).rows(),
        live: input.live.tables.of(kind).rows(),
    }
}

/// Whether each user's alias is known, in ascending order of users.
pub(super) struct AliasLook<'a> {
    users: Walk<'a>,
    aliases: &'a [Name],
}

impl<'a> AliasLook<'a> {
    pub fn of(input: &Input<'a>) -> Self {
        Self { users: Walk::over(&input.live.alias_users), aliases: &input.live.aliases }
    }

    /// A user was looked at, or the alias that they would have shows other users only.
    pub fn known(&mut self, triple: &Triple<'_>) -> bool {
        let held = triple.recorded.or(triple.desired);
        self.users.holds(triple.key().0)
            || (!self.aliases.is_empty()
                && held.is_some_and(|row| self.aliases.binary_search(&row.value).is_ok()))
    }
}

fn aliases(input: &Input<'_>, judge: &mut Judge<'_>) {
    let len = input.names.len();
    let recorded = input.recorded.tables.of(Kind::Alias).rows();
    let declared = NameSet::of(len, input.desired.aliases.iter().copied());
    let ours = NameSet::of(len, recorded.iter().map(|row| row.value));
    let mut look = AliasLook::of(input);
    let mut unknown = Walk::over(&input.live.unknown);
    for triple in merge(input, Kind::Alias) {
        if unknown.holds(triple.key().0) {
            judge.unknown_user(&triple, Resource::Alias);
            continue;
        }
        let known = look.known(&triple);
        let now = current(&triple, known);
        // A user who is on another alias than the one recorded was moved by somebody: theirs, unless that
        // alias is declared and so has exactly the declared users.
        let ours_to_remove = now.value.is_some_and(|alias| {
            triple.recorded.is_some_and(|row| row.value == alias) || declared.holds(alias)
        });
        judge.row(&triple, now, Resource::Alias, ours_to_remove);
        judge.drift(&triple, known, Resource::Alias, |row| ours.holds(row.value));
    }
}

fn tags(input: &Input<'_>, judge: &mut Judge<'_>) {
    let mut look = Walk::over(&input.live.tag_users);
    let mut exact = Walk::over(&input.desired.exact_users);
    let mut unknown = Walk::over(&input.live.unknown);
    let (recorded, live) = (input.recorded.tables.of(Kind::Tag), input.live.tables.of(Kind::Tag));
    let doubted = NameSet::of(input.names.len(), input.live.doubted.iter().copied());
    let awaited = &input.recorded.awaited;
    let mut user = Subject { name: Name::NONE, known: false, exact: false, unknown: false };
    for triple in merge(input, Kind::Tag) {
        let name = triple.key().0;
        if user.name != name {
            let (known, exact, unknown) = (look.holds(name), exact.holds(name), unknown.holds(name));
            user = Subject { name, known, exact, unknown };
        }
        let resource = tag_resource(&triple, user.exact);
        if user.unknown {
            judge.unknown_user(&triple, resource);
            continue;
        }
        let mut now = current(&triple, user.known);
        // Who declares a tag is known from the record only, and is no property of the live row.
        let by = triple.recorded.map_or(Name::SET, |row| row.value);
        now.value = now.value.map(|_| by);
        if !user.known && triple.desired.is_some() && doubted.holds(triple.key().1) {
            now = Current { value: None, basis: Basis::Assumed };
        }
        judge.row(&triple, now, resource, triple.recorded.is_some() || user.exact);
        // What may still come, and is not there yet, makes no set exact.
        let is_there = |tag: Name| live.get(name, tag).is_some() || !is_awaited(awaited, name, tag);
        let is_exact = |row: &Row| row.value == Name::SET && is_there(row.item);
        judge.drift(&triple, user.known, tag_owner(by), |_| recorded.of(name).iter().any(is_exact));
    }
}

/// What is the same for all rows of one user.
struct Subject {
    name: Name,
    known: bool,
    exact: bool,
    unknown: bool,
}

/// Whether a call in doubt may still give the user the tag.
fn is_awaited(awaited: &[Awaited], user: Name, tag: Name) -> bool {
    awaited.binary_search_by_key(&(user, tag), |one| (one.user, one.tag)).is_ok()
}

/// To which address a tag row belongs: that of the declaration, else of the exact set, else of the record.
fn tag_resource(triple: &Triple<'_>, exact: bool) -> Resource {
    match (triple.desired, triple.recorded) {
        (Some(desired), _) => tag_owner(desired.value),
        (None, Some(recorded)) if !exact => tag_owner(recorded.value),
        (None, _) => Resource::TagSet,
    }
}

/// The sort of declaration that a tag row's value names.
pub(super) fn tag_owner(value: Name) -> Resource {
    if value == Name::MEMBERS { Resource::TagMembers } else { Resource::TagSet }
}

fn devices(input: &Input<'_>, judge: &mut Judge<'_>) {
    let live = input.live.tables.of(Kind::Property);
    // A value of a property that is not there is not there either.
    let gone = |property: Name| input.live.properties && live.get(property, Name::NONE).is_none();
    let mut look = Walk::over(&input.live.devices);
    rows(input, judge, Resource::Device, |triple| {
        let (device, property) = triple.key();
        look.holds(device) || gone(property)
    });
}

/// Rows of a kind without exact sets: recorded ones are in reach, all others are not.
fn rows(
    input: &Input<'_>,
    judge: &mut Judge<'_>,
    resource: Resource,
    mut known: impl FnMut(&Triple<'_>) -> bool,
) {
    let mut unknown = Walk::over(&input.live.unknown);
    for triple in merge(input, judge.kind) {
        if resource.vendor() == Kind::Alias.vendor() && unknown.holds(triple.key().0) {
            judge.unknown_user(&triple, resource);
            continue;
        }
        let known = known(&triple);
        judge.row(&triple, current(&triple, known), resource, triple.recorded.is_some());
        judge.drift(&triple, known, resource, |_| false);
    }
}

/// Sorts each row of one kind into the lists of a [`Diff`].
struct Judge<'a> {
    kind: Kind,
    now: u32,
    awaited: &'a [Awaited],
    in_doubt: &'a [(Kind, Name, Name)],
    out: &'a mut Diff,
}

impl Judge<'_> {
    /// What has to happen to one row; `in_reach` says whether it may be removed if it is not declared.
    fn row(&mut self, triple: &Triple<'_>, now: Current, resource: Resource, in_reach: bool) {
        let (subject, item) = triple.key();
        if let Some(recorded) = triple.recorded.filter(|_| now.basis != Basis::Observed) {
            let unobserved = &mut self.out.unobserved[self.kind as usize];
            unobserved.rows += 1;
            unobserved.recorded_at = unobserved.recorded_at.max(recorded.mark);
        }
        let cell = |after, origin| Cell {
            resource,
            subject,
            item,
            before: now.value,
            after,
            basis: now.basis,
            origin,
        };
        match (triple.desired, triple.recorded) {
            (Some(desired), recorded) if self.is_so(now, desired) => {
                if recorded.is_none_or(|row| row.value != desired.value) {
                    self.adopt(desired, recorded, now.basis);
                }
            }
            (Some(desired), _) => self.out.cells.push(cell(Some(desired.value), desired.mark)),
            (None, _) if now.value.is_some() && in_reach => self.out.cells.push(cell(None, 0)),
            // What may still come has to be within reach of a removal then.
            (None, Some(_)) if self.is_awaited(subject, item) => {}
            (None, Some(recorded)) => self.out.forgets.push((self.kind, *recorded)),
            (None, None) => {}
        }
    }

    fn is_awaited(&self, subject: Name, item: Name) -> bool {
        self.kind == Kind::Tag && is_awaited(self.awaited, subject, item)
    }

    /// Whether a declared row is there; a tag is or is not, whoever declares it.
    fn is_so(&self, now: Current, desired: &Row) -> bool {
        match self.kind {
            Kind::Tag => now.value.is_some(),
            Kind::Alias | Kind::Blacklist | Kind::DeviceToken | Kind::Property | Kind::Device => {
                now.value == Some(desired.value)
            }
        }
    }

    fn adopt(&mut self, desired: &Row, recorded: Option<&Row>, basis: Basis) {
        // What nobody looked at is known since when it was recorded, and not since now.
        let mark = match (basis, recorded) {
            (Basis::Recorded, Some(row)) => row.mark,
            (Basis::Recorded, None) | (Basis::Observed | Basis::Assumed, _) => self.now,
        };
        self.out.adopts.push((self.kind, Row { mark, ..*desired }));
    }

    /// A row that was looked at and is not as recorded. `in_scope` says of a live row that was never recorded
    /// whether it stands inside a set that was recorded as exact.
    fn drift(
        &mut self,
        triple: &Triple<'_>,
        known: bool,
        resource: Resource,
        in_scope: impl FnOnce(&Row) -> bool,
    ) {
        // What may still come, or may never have been carried out, was not taken away by anybody.
        let was_there = |row: &Row| {
            let key = (self.kind, row.subject, row.item);
            !self.is_awaited(row.subject, row.item) && self.in_doubt.binary_search(&key).is_err()
        };
        let (before, after) = match (triple.recorded, triple.live) {
            (Some(recorded), None) if known && was_there(recorded) => (Some(recorded.value), None),
            (Some(recorded), Some(live)) if self.kind != Kind::Tag && recorded.value != live.value => {
                (Some(recorded.value), Some(live.value))
            }
            (None, Some(live)) if in_scope(live) => {
                (None, Some(if self.kind == Kind::Tag { Name::SET } else { live.value }))
            }
            (Some(_) | None, Some(_) | None) => return,
        };
        let (subject, item) = triple.key();
        let (basis, origin) = (Basis::Observed, triple.desired.map_or(0, |row| row.mark));
        self.out.drift.push(Cell { resource, subject, item, before, after, basis, origin });
    }

    /// A row of a user whom the vendor does not know: an error where it is declared, else gone with the user.
    fn unknown_user(&mut self, triple: &Triple<'_>, resource: Resource) {
        let (subject, item) = triple.key();
        match (triple.desired, triple.recorded) {
            (Some(desired), _) => self.out.unknown.push(Cell {
                resource,
                subject,
                item,
                before: None,
                after: Some(desired.value),
                basis: Basis::Observed,
                origin: desired.mark,
            }),
            (None, Some(recorded)) => self.out.forgets.push((self.kind, *recorded)),
            (None, None) => {}
        }
    }
}
