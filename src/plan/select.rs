//! What of a comparison is acted on: `--target` and `--exclude`, what was approved, and only vendors that have an account here.

use hashbrown::HashMap;

use crate::address::{self, Resource};
use crate::change::Cell;
use crate::names::{Name, Names};
use crate::problem::{Problem, Problems};
use crate::table::{Kind, Row};
use crate::wire::Vendor;

use super::approval::Holds;
use super::diff::{Diff, tag_owner};
use super::{Input, Options};

/// Which addresses are selected; each is matched once.
pub struct Selection<'a> {
    names: &'a Names,
    options: &'a Options,
    seen: HashMap<(Resource, Name), bool>,
}

impl<'a> Selection<'a> {
    /// What these options select.
    #[must_use]
    pub fn of(names: &'a Names, options: &'a Options) -> Self {
        Self { names, options, seen: HashMap::new() }
    }

    /// Whether nothing was asked for, so that everything is selected.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.options.targets.is_empty() && self.options.excludes.is_empty()
    }

    /// Whether an address is selected.
    pub fn holds(&mut self, resource: Resource, name: Name) -> bool {
        if self.is_all() {
            return true;
        }
        let (names, options) = (self.names, self.options);
        *self.seen.entry((resource, name)).or_insert_with(|| {
            let text = address::show(resource, names.text(name));
            let matches = |list: &[address::Selector]| list.iter().any(|selector| selector.matches(&text));
            (options.targets.is_empty() || matches(&options.targets)) && !matches(&options.excludes)
        })
    }

    fn holds_cell(&mut self, cell: &Cell) -> bool {
        self.holds(cell.resource, cell.name())
    }

    /// Whether the address of a declared or recorded row is selected.
    pub fn holds_row(&mut self, kind: Kind, row: &Row) -> bool {
        let (resource, name) = owner(kind, row);
        self.holds(resource, name)
    }
}

/// The address that a declared or recorded row belongs to.
pub(super) fn owner(kind: Kind, row: &Row) -> (Resource, Name) {
    match kind {
        Kind::Alias => (Resource::Alias, row.value),
        Kind::Tag => match tag_owner(row.value) {
            Resource::TagMembers => (Resource::TagMembers, row.item),
            resource => (resource, row.subject),
        },
        Kind::Blacklist => (Resource::Blacklist, Name::NONE),
        Kind::DeviceToken => (Resource::DeviceTokens, row.item),
        Kind::Property => (Resource::Property, row.subject),
        Kind::Device => (Resource::Device, row.subject),
    }
}

/// Leaves in the comparison what is selected.
pub(super) fn select(diff: &mut Diff, selection: &mut Selection<'_>) {
    if let Some(approval) = &selection.options.only {
        let names = selection.names;
        diff.cells.retain(|cell| approval.judge(names, cell) == Holds::Approved);
    }
    if selection.is_all() {
        return;
    }
    let Diff { cells, adopts, forgets, drift, unknown, unobserved: _ } = diff;
    for list in [cells, drift, unknown] {
        list.retain(|cell| selection.holds_cell(cell));
    }
    for list in [adopts, forgets] {
        list.retain(|(kind, row)| selection.holds_row(*kind, row));
    }
}

/// Takes out what belongs to a vendor that the project file has no account for, and says so.
pub(super) fn without_account(input: &Input<'_>, diff: &mut Diff) -> Problems {
    let mut problems = Problems::new();
    for vendor in Vendor::ALL {
        if input.providers.iter().any(|provider| provider.vendor() == vendor) {
            continue;
        }
        let before = diff.cells.len();
        diff.cells.retain(|cell| cell.resource.vendor() != vendor);
        if diff.cells.len() < before {
            let (word, count) = (vendor.word(), before - diff.cells.len());
            let what = format!("{count} rows of {word} would change, and the project file has no `{word}:`");
            problems.push(Problem::error("plan::no_account", what).help(format!(
                "add the account of {word} to the project file, or let go of the rows with `state rm`"
            )));
        }
    }
    problems
}

/// The users of these cells, each once with the first declaration that names them, by text.
pub(super) fn distinct_users(names: &Names, cells: &[Cell]) -> Vec<(Name, u32)> {
    let mut users: Vec<(Name, u32)> = cells.iter().map(|cell| (cell.subject, cell.origin)).collect();
    users.sort_unstable();
    users.dedup_by_key(|(user, _)| *user);
    users.sort_by(|a, b| names.by_text(a.0, b.0));
    users
}
