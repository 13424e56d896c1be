//! Whether a selection is closed: what its calls move has to be selected too.
//!
//! ```text
//!   user moves:  getui.alias["b"] ───> getui.alias["a"]      both are selected, or neither is
//!   tag of an exact set, recorded for its members             both are selected, or neither is
//!   property goes ───> its values on devices                  values that are ours are selected with it
//!   100 tags: an addition ───> the removal that makes room    the removal is selected with it
//! ```
//!
//! A selection that is not closed is refused with the addresses that it lacks: half of a swap would empty one alias
//! and leave the other with two users where one is declared.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{self, Resource};
use crate::change::Cell;
use crate::kind::limits;
use crate::names::{Name, Names};
use crate::problem::{Problem, Problems};
use crate::table::Kind;

use super::group::is_replacement;
use super::select::{Selection, owner};
use super::{Input, Options, Replacement};

type Place = (Resource, Name);

/// So many addresses are named; the others are counted.
const NAMED_MAX: usize = 20;

/// The refusal of a selection that is not closed. `cells` are those of the whole comparison.
pub(super) fn closure(
    input: &Input<'_>,
    cells: &[Cell],
    replacements: &[Replacement],
    selection: &mut Selection<'_>,
) -> Problems {
    let mut links = Links::default();
    if !selection.is_all() {
        aliases(input, cells, &mut links);
        exact_sets(input, cells, &mut links);
        values(input, cells, replacements, selection, &mut links);
        full_users(input, cells, selection, &mut links);
    }
    let lacks = links.lacks(selection);
    if lacks.is_empty() {
        return Problems::new();
    }
    refusal(&input.names, input.options, &lacks, &links.movers(&lacks, selection)).into()
}

/// From each address those that have to be selected with it.
#[derive(Default)]
struct Links {
    needs: BTreeMap<Place, BTreeSet<Place>>,
}

impl Links {
    fn add(&mut self, from: Place, to: Place) {
        if from != to {
            self.needs.entry(from).or_default().insert(to);
        }
    }

    fn add_both(&mut self, one: Place, other: Place) {
        self.add(one, other);
        self.add(other, one);
    }

    /// What is not selected and would have to be, over any number of steps.
    fn lacks(&self, selection: &mut Selection<'_>) -> BTreeSet<Place> {
        let mut open: Vec<Place> =
            self.needs.keys().filter(|(resource, name)| selection.holds(*resource, *name)).copied().collect();
        let mut lacks = BTreeSet::new();
        while let Some(place) = open.pop() {
            for next in self.needs.get(&place).into_iter().flatten() {
                if !selection.holds(next.0, next.1) && lacks.insert(*next) {
                    open.push(*next);
                }
            }
        }
        lacks
    }

    /// What is selected and moves something that is not.
    fn movers(&self, lacks: &BTreeSet<Place>, selection: &mut Selection<'_>) -> BTreeSet<Place> {
        let moves = self.needs.iter().filter(|(_, to)| !to.is_disjoint(lacks)).map(|(from, _)| *from);
        moves.filter(|(resource, name)| selection.holds(*resource, *name)).collect()
    }
}

/// A user who moves leaves one alias and joins another. An alias that nobody declared or recorded is nobody's address,
/// unless it was excluded by its name.
fn aliases(input: &Input<'_>, cells: &[Cell], links: &mut Links) {
    let recorded: BTreeSet<Name> =
        input.recorded.tables.of(Kind::Alias).rows().iter().map(|row| row.value).collect();
    let is_excluded = |alias: Name| {
        let name = input.names.text(alias);
        input.options.excludes.iter().any(|selector| selector.matches(Resource::Alias, name))
    };
    for cell in cells.iter().filter(|cell| cell.kind() == Kind::Alias) {
        let (Some(before), Some(after)) = (cell.before, cell.after) else { continue };
        let is_ours = input.desired.aliases.binary_search(&before).is_ok() || recorded.contains(&before);
        if is_ours || is_excluded(before) {
            links.add_both((Resource::Alias, before), (Resource::Alias, after));
        }
    }
}

/// A tag that is recorded for one address and removed for another: an exact set takes it from the tag's members.
fn exact_sets(input: &Input<'_>, cells: &[Cell], links: &mut Links) {
    let recorded = input.recorded.tables.of(Kind::Tag);
    for cell in cells.iter().filter(|cell| cell.kind() == Kind::Tag && cell.after.is_none()) {
        if let Some(row) = recorded.get(cell.subject, cell.item) {
            links.add_both((cell.resource, cell.name()), owner(Kind::Tag, row));
        }
    }
}

/// A property that goes takes its values with it; of one that is replaced those that its new type cannot hold.
fn values(
    input: &Input<'_>,
    cells: &[Cell],
    replacements: &[Replacement],
    selection: &mut Selection<'_>,
    links: &mut Links,
) {
    let recorded = input.recorded.tables.of(Kind::Device);
    let declared = input.desired.tables.of(Kind::Device);
    let gone: BTreeSet<Name> = cells
        .iter()
        .filter(|cell| cell.kind() == Kind::Property && cell.after.is_none())
        .map(|cell| cell.subject)
        .collect();
    if !gone.is_empty() {
        for row in recorded.rows().iter().filter(|row| gone.contains(&row.item)) {
            links.add((Resource::Property, row.item), (Resource::Device, row.subject));
        }
    }
    for one in replacements.iter().filter(|one| selection.holds(Resource::Property, one.property)) {
        let is_replaced = |cell: &Cell| cell.subject == one.property && is_replacement(&input.names, cell);
        if !cells.iter().any(is_replaced) {
            continue;
        }
        for (device, _) in &one.lost {
            let is_ours = recorded.get(*device, one.property).is_some()
                || declared.get(*device, one.property).is_some();
            if is_ours {
                links.add((Resource::Property, one.property), (Resource::Device, *device));
            }
        }
    }
}

/// Of a user who is full, an addition needs the removals that make room for it.
fn full_users(input: &Input<'_>, cells: &[Cell], selection: &mut Selection<'_>, links: &mut Links) {
    let start = cells.partition_point(|cell| cell.kind() < Kind::Tag);
    let end = cells.partition_point(|cell| cell.kind() <= Kind::Tag);
    for cells in cells[start..end].chunk_by(|a, b| a.subject == b.subject) {
        let mut is_selected = |cell: &Cell| selection.holds(cell.resource, cell.name());
        let (selected, others): (Vec<&Cell>, Vec<&Cell>) = cells.iter().partition(|cell| is_selected(cell));
        let added = selected.iter().filter(|cell| cell.after.is_some()).count();
        let removed = selected.len() - added;
        let held = super::tags::held(input, cells[0].subject);
        if added == 0 || held + added <= limits::USER_TAGS_MAX + removed {
            continue;
        }
        for addition in selected.iter().filter(|cell| cell.after.is_some()) {
            for removal in others.iter().filter(|cell| cell.after.is_none()) {
                links.add((addition.resource, addition.name()), (removal.resource, removal.name()));
            }
        }
    }
}

fn refusal(names: &Names, options: &Options, lacks: &BTreeSet<Place>, movers: &BTreeSet<Place>) -> Problem {
    let lacks = shown(names, lacks);
    let what = format!(
        "what is selected also moves what is not: {}",
        listed(&lacks, ", ", |one| format!("`{one}`"))
    );
    let option = |word: &'static str| move |one: &str| format!("{word} '{}'", one.replace('\'', "'\\''"));
    let help = if options.excludes.is_empty() {
        format!("select them as well: {}", listed(&lacks, " ", option("--target")))
    } else {
        let movers = listed(&shown(names, movers), " ", option("--exclude"));
        format!("select them as well, or exclude what moves them too: {movers}")
    };
    Problem::error("plan::selection_not_closed", what).help(help)
}

/// Addresses by text.
fn shown(names: &Names, places: &BTreeSet<Place>) -> Vec<String> {
    let mut shown: Vec<String> =
        places.iter().map(|(resource, name)| address::show(*resource, names.text(*name))).collect();
    shown.sort_unstable();
    shown
}

/// The first of them, and how many more there are.
fn listed(addresses: &[String], between: &str, show: impl Fn(&str) -> String) -> String {
    let mut named: Vec<String> = addresses.iter().take(NAMED_MAX).map(|one| show(one)).collect();
    let more = addresses.len() - named.len();
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    named.join(between)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{parse, plan_of};
    use crate::kind::Write;

    #[test]
    fn an_addition_to_a_full_user_needs_the_removal_that_makes_room() {
        let tags = |from: u32| (from..100).map(|n| format!("  members t{n:02} = u1\n")).collect::<String>();
        let (recorded, kept) = (tags(0), tags(1));
        let text = format!(
            "options:\n  target getui.tag_members[\"new\"]\ndesired:\n{kept}  members new = u1\nrecorded:\n{recorded}"
        );
        let plan = plan_of(&parse(&text), 1_000);
        let said: Vec<&str> = plan.problems.list().iter().map(|problem| problem.summary.as_str()).collect();
        assert!(
            said.iter().any(|one| one.ends_with("what is not: `getui.tag_members[\"t00\"]`")),
            "{said:?}"
        );
    }

    #[test]
    fn an_overwrite_carries_what_is_not_selected_as_it_is() {
        let text = "options:\n  target getui.tag_members[\"n*\"]\n\
                    desired:\n  members n1 = u1\n  members n2 = u1\n  members n3 = u1\n\
                    recorded:\n  members old = u1\n\
                    live:\n  members old = u1\n  seen tag_users u1";
        let plan = plan_of(&parse(text), 1_000);
        let [call] = plan.calls.as_slice() else { panic!("{} calls", plan.calls.len()) };
        let Write::OverwriteTags { tags, drops, .. } = &call.write else { panic!("{:?}", call.write) };
        let tags: Vec<&str> = tags.iter().map(|tag| plan.names.text(*tag)).collect();
        assert_eq!((tags, drops.len()), (vec!["n1", "n2", "n3", "old"], 0));
        assert!(plan.problems.is_empty(), "{:?}", plan.problems);
    }
}
