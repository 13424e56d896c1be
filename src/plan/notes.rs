//! What a person should know beside the changes, in whole sentences.
//!
//! What stands in the changes, the forecast or the problems is not said again here.

use crate::address::{self, Resource};
use crate::kind::Write;
use crate::names::Name;
use crate::table::Kind;

use super::order::{Ordered, Work, goes};
use super::replace::is_replaced;
use super::{Awaited, Closer, Counted, Selection};

/// The notes of a plan.
pub(super) fn notes(work: &Work<'_>, ordered: &Ordered) -> Vec<String> {
    let mut notes = Vec::new();
    if ordered.detours > 0 {
        let users = count(ordered.detours as u64, "user");
        notes.push(format!(
            "{users} will be without an alias for a moment, since full aliases wait for one another."
        ));
    }
    deleted_values(work, &mut notes);
    kept_values(work, &mut notes);
    counts(work, &mut notes);
    unread(work, ordered, &mut notes);
    awaited(work, &mut notes);
    notes
}

/// Tags that may still come, and that nobody saw.
fn awaited(work: &Work<'_>, notes: &mut Vec<String>) {
    let (live, recorded) = (work.input.live.tables.of(Kind::Tag), &work.input.recorded);
    let awaited: Vec<&Awaited> =
        recorded.awaited.iter().filter(|one| live.get(one.user, one.tag).is_none()).collect();
    let Some(until) = awaited.iter().map(|one| one.until).max() else { return };
    let rows = count(awaited.len() as u64, "tag row");
    notes.push(format!(
        "{rows} that nobody declares any more may still come until {until}, since the vendor carries out a bind of tags \
         later: the next plan after that removes what has come."
    ));
}

/// Aliases and exact sets that are new and that nobody read: others' users and tags may be in them, and stay.
fn unread(work: &Work<'_>, ordered: &Ordered, notes: &mut Vec<String>) {
    let (desired, recorded, live) = (work.input.desired, work.input.recorded, work.input.live);
    // Where nothing at all was read, every change says so by itself.
    if live.looked.is_empty() {
        return;
    }
    let mut selection = Selection::of(&work.input.names, work.input.options);
    let holds = |list: &[Name], name: &Name| list.binary_search(name).is_ok();

    let mut ours: Vec<Name> = recorded.tables.of(Kind::Alias).rows().iter().map(|row| row.value).collect();
    ours.sort_unstable();
    let aliases = desired.aliases.iter().filter(|alias| {
        !holds(&live.aliases, alias) && !holds(&ours, alias) && selection.holds(Resource::Alias, **alias)
    });
    let aliases = aliases.count() as u64;

    let mut whole: Vec<Name> = (ordered.drafts.iter())
        .filter_map(
            |draft| if let Write::OverwriteTags { user, .. } = &draft.write { Some(*user) } else { None },
        )
        .collect();
    whole.sort_unstable();
    let is_set =
        |user: &Name| recorded.tables.of(Kind::Tag).of(*user).iter().any(|row| row.value == Name::SET);
    let sets = desired.exact_users.iter().filter(|user| {
        let is_known = holds(&live.tag_users, user) || holds(&live.unknown, user) || holds(&whole, user);
        !is_known && !is_set(user) && selection.holds(Resource::TagSet, **user)
    });
    let sets = sets.count() as u64;

    for (number, one, many, others) in [
        (aliases, "new alias was", "new aliases were", "users"),
        (sets, "new exact tag set was", "new exact tag sets were", "tags"),
    ] {
        if number > 0 {
            let what = if number == 1 { one } else { many };
            notes.push(format!(
                "{number} {what} not read: other {others} that somebody put there stay. `--refresh full` reads them."
            ));
        }
    }
}

/// So many counts are named one by one; the rest is counted.
const COUNTS_NAMED_MAX: usize = 20;

/// Counts that are not as recorded, losses first.
fn counts(work: &Work<'_>, notes: &mut Vec<String>) {
    let mut all = super::diff::counts(work.input);
    all.sort_by_key(|one| one.missing() == 0);
    notes.extend(all.iter().take(COUNTS_NAMED_MAX).map(|one| counted(work, one)));
    let more = all.len().saturating_sub(COUNTS_NAMED_MAX) as u64;
    if more > 0 {
        notes.push(format!("The counts of {} are not as recorded either.", count(more, "more tag")));
    }
}

/// A count that is not as recorded, and what to do about it.
fn counted(work: &Work<'_>, one: &Counted) -> String {
    let tag = work.input.names.text(one.tag);
    let users = |n| count(n, "user");
    let are = if one.recorded == 1 { "is" } else { "are" };
    if one.missing() == 0 {
        let carry = if one.beyond() == 1 { "user carries" } else { "users carry" };
        return format!(
            "{} {carry} the tag `{tag}` beside the {} recorded; the plan leaves them alone.",
            one.beyond(),
            one.recorded
        );
    }
    let found =
        format!("The tag `{tag}` is carried by {} where {} {are} recorded", users(one.counted), one.recorded);
    match one.closer {
        Closer::Repeated => format!("{found}: it is given once more to all who are declared to carry it."),
        Closer::None | Closer::Read => format!("{found}: look closer with `{}`.", one.look_closer(tag)),
    }
}

/// A property takes the values of all devices with it, those of others too.
fn deleted_values(work: &Work<'_>, notes: &mut Vec<String>) {
    let counts = &work.input.live.property_devices;
    let mut gone: Vec<_> =
        work.properties.iter().filter(|cell| cell.after.is_none() && goes(work, cell)).collect();
    gone.sort_by_key(|cell| work.order.rank(cell.subject));
    for cell in gone {
        let at = counts.binary_search_by_key(&cell.subject, |(property, _)| *property);
        let devices = at.map_or(0, |at| counts[at].1);
        if devices > 0 {
            let property = address::show(Resource::Property, work.input.names.text(cell.subject));
            notes.push(format!("Destroying {property} takes its values from {}.", count(devices, "device")));
        }
    }
}

/// Values of an interrupted replacement have no change of their own.
fn kept_values(work: &Work<'_>, notes: &mut Vec<String>) {
    for one in work.replacements {
        if is_replaced(&work.input.names, work.cells, one.property) || one.carried.is_empty() {
            continue;
        }
        let property = address::show(Resource::Property, work.input.names.text(one.property));
        let values = count(one.carried.len() as u64, "value");
        notes.push(format!(
            "{values} of {property} that an interrupted replacement kept will be bound again."
        ));
    }
}

/// `1 row`, `2 rows`.
pub(super) fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
