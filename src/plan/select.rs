//! What of a comparison is acted on: `--target` and `--exclude`, what was approved, and only vendors that have an account here.
//!
//! What a selection must not leave outside of it is `closure.rs`'s.

use hashbrown::{HashMap, HashSet};

use crate::address::{self, Resource, Selector};
use crate::change::Cell;
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::problem::{Problem, Problems};
use crate::table::{Kind, Row};
use crate::wire::Vendor;

use super::approval::Holds;
use super::diff::{Diff, tag_owner};
use super::{Input, Live, Options, Recorded};

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
            let text = names.text(name);
            let matches = |list: &[Selector]| list.iter().any(|selector| selector.matches(resource, text));
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

/// Before a selector among the words of what was looked at.
pub const TARGET: &str = "target ";
/// The same before one that takes out.
pub const EXCLUDE: &str = "exclude ";

/// So many selectors are named one by one in a note; the others are counted.
const SELECTORS_NAMED_MAX: usize = 10;

/// What a plan is limited by, as a note on it; nothing where it is about everything.
#[must_use]
pub(super) fn limited(options: &Options) -> Option<String> {
    let list = |selectors: &[Selector], word: &str| {
        let mut named: Vec<String> =
            selectors.iter().take(SELECTORS_NAMED_MAX).map(ToString::to_string).collect();
        let more = selectors.len() - named.len();
        if more > 0 {
            named.push(format!("{more} more"));
        }
        (!named.is_empty()).then(|| format!("{word} {}", named.join(", ")))
    };
    let parts = [list(&options.targets, "only"), list(&options.excludes, "without")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("the plan is limited by --target/--exclude: {}", parts.join("; ")))
}

/// Only so many addresses are compared with a selector that is far from all of them.
const COMPARED_MAX: usize = 20_000;

/// A problem for each selector that matches nothing: it was mistyped, and whoever typed it believes it matched.
#[must_use]
pub fn unmatched(
    names: &Names,
    options: &Options,
    desired: &Desired,
    recorded: &Recorded,
    live: &Live,
) -> Problems {
    let mut open: Vec<&Selector> = options.targets.iter().chain(&options.excludes).collect();
    let mut problems = Problems::new();
    if open.is_empty() {
        return problems;
    }
    let all = addresses(desired, recorded, live);
    for (resource, name) in &all {
        open.retain(|selector| !selector.matches(*resource, names.text(*name)));
    }
    for selector in open {
        let compared = all.iter().take(COMPARED_MAX).map(|(resource, name)| (*resource, names.text(*name)));
        problems.push(no_match(selector, "declared or recorded, or live as far as it was read", compared));
    }
    let mut selection = Selection::of(names, options);
    if problems.is_empty()
        && !options.targets.is_empty()
        && !all.iter().any(|(of, name)| selection.holds(*of, *name))
    {
        problems.push(nothing_selected(options));
    }
    problems
}

/// The problem of targets of which the excludes leave nothing.
fn nothing_selected(options: &Options) -> Problem {
    let list = |selectors: &[Selector], option: &str| {
        let first = selectors.iter().take(SELECTORS_NAMED_MAX).map(|one| format!("{option} `{one}`"));
        first.collect::<Vec<_>>().join(", ")
    };
    let (targets, excludes) = (list(&options.targets, "--target"), list(&options.excludes, "--exclude"));
    let what = format!("the selection is empty: {excludes} takes everything that {targets} selects");
    let help = "take one of the excludes away, or select more with `--target`";
    Problem::error("address::nothing_selected", what).help(help)
}

/// The problem of a selector that matches none of these addresses, with the one that is nearest.
#[must_use]
pub fn no_match<'a>(
    selector: &Selector,
    sides: &str,
    addresses: impl Iterator<Item = (Resource, &'a str)>,
) -> Problem {
    let problem =
        Problem::error("address::no_match", format!("`{selector}` matches nothing that is {sides}"));
    let nearest =
        addresses.min_by_key(|(resource, name)| (selector.distance(*resource, name), *resource, *name));
    match nearest {
        Some((resource, name)) => {
            problem.help(format!("the nearest address is `{}`", address::show(resource, name)))
        }
        None => problem.help(format!("nothing at all is {sides}")),
    }
}

/// Every address that is declared, recorded or was seen, each once.
fn addresses(desired: &Desired, recorded: &Recorded, live: &Live) -> Vec<(Resource, Name)> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    let mut add = |address| {
        if seen.insert(address) {
            all.push(address);
        }
    };
    desired.aliases.iter().for_each(|alias| add((Resource::Alias, *alias)));
    desired.exact_users.iter().for_each(|user| add((Resource::TagSet, *user)));
    for kind in Kind::ALL {
        for tables in [&desired.tables, &recorded.tables, &live.tables] {
            tables.of(kind).rows().iter().for_each(|row| add(owner(kind, row)));
        }
    }
    // Whose set or whose members a tag is that somebody else gave, nobody can say.
    let foreign = live.tables.of(Kind::Tag).rows().iter();
    foreign.for_each(|row| add((Resource::TagSet, row.subject)));
    all
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
            let rows = super::notes::count(count as u64, "row");
            let what = format!("{rows} of {word} would change, and the project file has no `{word}:`");
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
