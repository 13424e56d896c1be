//! What a plan refuses: too many deletions, destroying what is protected, removing everything because nothing is
//! said, a state of another account.
//!
//! It changes nothing of the plan: the plan is shown all the same, and whoever applies looks at its problems.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{self, Resource};
use crate::change::Cell;
use crate::kind::{Provider, limits};
use crate::names::{Name, Names};
use crate::problem::{Failure, Problem, Problems};
use crate::table::Kind;

use super::group::is_replacement;
use super::left_out::{TOO_MANY_TAGS, UNREACHABLE};
use super::notes::count;
use super::order::{Ordered, Work};
use super::{Input, Recorded};

/// Everything that is wrong with the plan as a whole.
pub(super) fn guard(work: &Work<'_>, ordered: &Ordered) -> Problems {
    let mut refusals = Problems::new();
    refusals.failure = Failure::Guard;
    refusals.extend(wrong_account(work.input.recorded, work.input.providers));
    silence(work, &mut refusals);
    prevent_destroy(work, &mut refusals);
    deletes(work, &mut refusals);
    let mut problems = Problems::new();
    alias_full(work, &ordered.stuck, &mut problems);
    homeless(work, &ordered.homeless, &mut problems);
    if refusals.is_empty() {
        return problems;
    }
    refusals.extend(problems);
    refusals
}

/// The code of [`unknown_user`].
pub const UNKNOWN_USER: &str = "plan::unknown_user";

/// Whether an error is about single rows, which the plan leaves out: it does not keep the rest from being carried out.
#[must_use]
pub fn is_of_single_rows(code: &str) -> bool {
    [UNKNOWN_USER, TOO_MANY_TAGS, UNREACHABLE].contains(&code)
}

/// The problem of a declared user whom the vendor does not know; the caller adds the place.
#[must_use]
pub fn unknown_user(user: &str) -> Problem {
    Problem::error(UNKNOWN_USER, format!("the vendor does not know the user `{user}`"))
        .help("check the id and that it belongs to this app, or take the user out of the manifest")
}

/// The refusal of a state that belongs to another account. It needs no look at the vendors, so whoever asks first
/// sends nothing to an app that has nothing to do with this state.
#[must_use]
pub fn wrong_account(recorded: &Recorded, providers: &[&dyn Provider]) -> Problems {
    let mut problems = Problems::new();
    problems.failure = Failure::Guard;
    for provider in providers {
        let (vendor, account) = (provider.vendor().word(), provider.account());
        let Some(recorded) = recorded.accounts.get(&provider.vendor()) else { continue };
        if *recorded != account {
            let what = format!("the state belongs to the {vendor} account `{recorded}`, not to `{account}`");
            let help = "use the project file of that account, or another `state:` for this one";
            problems.push(Problem::error("plan::wrong_account", what).help(help));
        }
    }
    problems
}

/// Manifests without a section have more likely been lost than emptied; an emptied section is a word.
fn silence(work: &Work<'_>, problems: &mut Problems) {
    let Input { desired, recorded, options, .. } = work.input;
    let removes = work.cells.iter().any(|cell| cell.after.is_none());
    if !desired.is_silent || !removes || options.deletes_max.is_some() {
        return;
    }
    let rows = count(recorded.rows(), "recorded row");
    let what = format!("the manifests declare nothing, and there are {rows}");
    let help = "check `manifests:` in the project file; if all of it shall go, leave the emptied sections there (`{}`), \
                or say how many rows of a kind may go with `--max-deletes N`";
    problems.push(Problem::error("plan::empty_declaration", what).help(help));
}

/// The code of the refusal to destroy what is protected; there is one for each of [`super::Plan::refused`].
pub const PREVENT_DESTROY: &str = "plan::prevent_destroy";

/// A protected property that would be destroyed, and the declaration to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The property that is declared there: itself, or where it is declared no longer another one.
    pub declared: Name,
    /// The number of that declaration.
    pub origin: u32,
    /// Whether it is the property's own.
    pub is_its_own: bool,
}

/// Cells of protected properties that would be destroyed, by text.
fn protected_cells<'a>(work: &'a Work<'_>) -> Vec<&'a Cell> {
    let input = work.input;
    let holds = |list: &[Name], name| list.binary_search(&name).is_ok();
    let mut cells: Vec<&Cell> = (work.properties.iter())
        .filter(|cell| cell.after.is_none() || is_replacement(&input.names, cell))
        .filter(|cell| {
            holds(&input.desired.protected, cell.subject) || holds(&input.recorded.protected, cell.subject)
        })
        .collect();
    cells.sort_by_key(|cell| work.order.rank(cell.subject));
    cells
}

/// Where to look for each refusal to destroy something, in the order of the problems; nothing where the manifests
/// declare no property at all.
pub(super) fn refused(work: &Work<'_>) -> Vec<Option<Refused>> {
    let declared = work.input.desired.tables.of(Kind::Property);
    let of = |cell: &Cell| {
        let own = declared.get(cell.subject, Name::NONE);
        // The first that is written down, whatever the numbers of names.
        let other = || declared.rows().iter().min_by_key(|row| row.mark);
        let row = own.or_else(other)?;
        Some(Refused { declared: row.subject, origin: row.mark, is_its_own: own.is_some() })
    };
    protected_cells(work).into_iter().map(of).collect()
}

fn prevent_destroy(work: &Work<'_>, problems: &mut Problems) {
    let input = work.input;
    for cell in protected_cells(work) {
        let address = show(&input.names, cell);
        let verb = if cell.after.is_none() { "destroyed" } else { "replaced" };
        let what = format!("{address} says `prevent_destroy` and would be {verb}");
        let help = if input.desired.protected.binary_search(&cell.subject).is_ok() {
            "leave it as it is, or take out `prevent_destroy` and apply that first"
        } else {
            "declare it as it was but without `prevent_destroy` and apply that first"
        };
        problems.push(Problem::error(PREVENT_DESTROY, what).help(help));
    }
}

fn deletes(work: &Work<'_>, problems: &mut Problems) {
    let counts = deletes_by_kind(work);
    let options = work.input.options;
    let recorded = |kind| work.input.recorded.rows_of(kind);
    let refused = |(kind, count): &(Kind, u64)| match options.deletes_max {
        Some(max) => *count > max,
        None => {
            *count > options.deletes_at_least
                && *count * 100 > u64::from(options.deletes_percent) * recorded(*kind)
        }
    };
    let refused: Vec<(Kind, u64)> = counts.into_iter().filter(refused).collect();
    let Some(most) = refused.iter().map(|(_, count)| *count).max() else { return };
    let one = |(kind, deleted): &(Kind, u64)| {
        let recorded = count(recorded(*kind), "recorded row");
        format!("{deleted} of {recorded} of kind {}", kind.word())
    };
    let list: Vec<String> = refused.iter().map(one).collect();
    let what = format!("the plan deletes too much: {}", list.join(", "));
    let why = options.deletes_max.map_or_else(
        || {
            let (percent, at_least) = (options.deletes_percent, options.deletes_at_least);
            let rows = count(at_least, "row");
            format!("more than {percent} % and more than {rows} of a kind are refused")
        },
        |max| format!("`--max-deletes {max}` allows {} of each kind", count(max, "row")),
    );
    let help = format!("{why}; if this is meant, run again with `--max-deletes {most}`");
    problems.push(Problem::error("plan::max_deletes", what).help(help));
}

/// Rows that go: removals, properties that are replaced, and their values that cannot come along.
fn deletes_by_kind(work: &Work<'_>) -> Vec<(Kind, u64)> {
    let mut counts = [0_u64; 6];
    for cell in work.cells {
        let goes = cell.after.is_none() || is_replacement(&work.input.names, cell);
        counts[cell.kind() as usize] += u64::from(goes);
    }
    let lost = work.replacements.iter().map(|one| one.lost.len() as u64).sum::<u64>();
    counts[Kind::Device as usize] += lost;
    Kind::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}

fn show(names: &Names, cell: &Cell) -> String {
    address::show(cell.resource, names.text(cell.name()))
}

/// One problem an alias: its declared users do not fit beside those who stay.
fn alias_full(work: &Work<'_>, stuck: &[u32], problems: &mut Problems) {
    let cells = stuck.iter().map(|at| &work.cells[*at as usize]);
    for (address, users) in by_address(work, cells) {
        let max = limits::ALIAS_USERS_MAX;
        let what = format!("{address} has no room for {}: it holds {max} at most", count(users, "user"));
        let help = "other users stay on it in this plan; select the aliases they move to as well";
        problems.push(Problem::error("plan::alias_full", what).help(help));
    }
}

fn homeless(work: &Work<'_>, cells: &[u32], problems: &mut Problems) {
    let names = &work.input.names;
    let cells = || cells.iter().map(|at| &work.cells[*at as usize]);
    let mut lacks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for cell in cells() {
        let property = address::show(Resource::Property, names.text(cell.item));
        lacks.entry(show(names, cell)).or_default().insert(property);
    }
    for (address, values) in by_address(work, cells()) {
        let values = count(values, "value");
        let properties: Vec<&str> = lacks[&address].iter().map(String::as_str).collect();
        let what = format!("{address} has {values} of properties that are not there, or are of another type");
        let help = format!(
            "select the properties as well, so that they are created first: {}",
            properties.join(", ")
        );
        problems.push(Problem::error("plan::no_property", what).help(help));
    }
}

/// The properties that are protected once the plan is applied: those that say so, and those that said so while
/// they were declared and are still there, though no longer declared.
pub(super) fn protected(input: &Input<'_>) -> Vec<Name> {
    let declared = input.desired.tables.of(Kind::Property);
    let tables = if input.live.properties { &input.live.tables } else { &input.recorded.tables };
    let stays = |property: &&Name| {
        declared.get(**property, Name::NONE).is_none()
            && tables.of(Kind::Property).get(**property, Name::NONE).is_some()
    };
    let kept = input.recorded.protected.iter().filter(stays);
    let mut list: Vec<Name> = input.desired.protected.iter().chain(kept).copied().collect();
    list.sort_unstable();
    list.dedup();
    list
}

/// How many of these cells each address has, by text.
fn by_address<'a>(work: &Work<'_>, cells: impl Iterator<Item = &'a Cell>) -> Vec<(String, u64)> {
    let mut counts = std::collections::BTreeMap::new();
    for cell in cells {
        *counts.entry(show(&work.input.names, cell)).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}
