//! Whether a saved plan still fits: row by row, and what has moved where it does not.
//!
//! It looks at what the plan was made from once more; it sends nothing and writes nothing.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::address::{self, Resource, Selector};
use crate::change::Cell;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::plan::{Approval, Base, EXCLUDE, LeftOut, Options, Plan, TARGET, file};
use crate::problem::{Failure, Problem, Problems, Result};
use crate::state::{Doubt, RowChange};
use crate::table::{Kind, Row};

use super::Context;
use super::once_more;
use super::plan::{GoesOn, Look, Others, Planned, Wanted, plan_on};

/// So many rows that have moved are named; the others are counted.
const NAMED_MAX: usize = 5;

/// A saved plan: what it was made from, and the rest once it is wanted, after the memory of looking is given back.
pub struct SavedPlan<'a> {
    base: Base,
    read: Box<dyn FnOnce() -> Result<Plan> + 'a>,
}

impl<'a> SavedPlan<'a> {
    /// A plan that was made from this, and is read when it is wanted.
    #[must_use]
    pub fn new(base: Base, read: impl FnOnce() -> Result<Plan> + 'a) -> Self {
        Self { base, read: Box::new(read) }
    }
}

impl From<Plan> for SavedPlan<'_> {
    fn from(plan: Plan) -> Self {
        Self { base: plan.base.clone(), read: Box::new(|| Ok(plan)) }
    }
}

/// What there is to do of a saved plan.
pub(super) enum Fits {
    /// All of it, or what is left of it.
    ToDo(Box<Planned>),
    /// Nothing: every row is as it was planned, by an earlier apply.
    Applied(Box<Plan>),
}

/// The saved plan where everything is as it was made from; of one that is under way already (`kept` is what was
/// approved then) what is left to do and still holds.
///
/// # Errors
/// [`Failure::Stale`] with what has moved and how.
pub(super) async fn still_fits(
    context: &Context,
    mut saved: SavedPlan<'_>,
    kept: Option<Approval>,
) -> Result<Fits> {
    let Base { looked, in_doubt, .. } = &saved.base;
    let look = Look::As { words: looked.clone(), in_doubt: in_doubt.clone() };
    let wanted = Wanted { look, options: selected_by(&saved.base)? };
    if let Some(kept) = kept {
        let plan = (saved.read)()?;
        if kept.plan == Approval::of(&plan, context.clock.now()).plan {
            drop(plan);
            let rest = the_rest(context, &wanted, &saved.base, kept).await?;
            return Ok(Fits::ToDo(Box::new(rest)));
        }
        saved = SavedPlan::from(plan);
    }
    whole(context, &wanted, saved).await
}

/// The selectors of a saved plan, so that the same is looked at. Its guards were asked when it was made.
fn selected_by(base: &Base) -> Result<Options> {
    let of = |head: &str| -> Result<Vec<Selector>> {
        let texts = base.looked.iter().filter_map(|word| word.strip_prefix(head));
        let read = |text| {
            Selector::parse(text).map_err(|why| stale(&format!("the saved plan is limited by a {why}")))
        };
        texts.map(read).collect()
    };
    let (targets, excludes) = (of(TARGET)?, of(EXCLUDE)?);
    Ok(Options { targets, excludes, deletes_max: Some(u64::MAX), ..Options::default() })
}

/// Nothing of it was done yet: all of it is, or nothing. Or all of it was done: then nothing is left.
async fn whole(context: &Context, wanted: &Wanted, saved: SavedPlan<'_>) -> Result<Fits> {
    let mut planned = plan_on(context, wanted, None).await?;
    let is_as_it_was = moved(&saved.base, &planned, || "some row".to_owned()).is_none();
    if is_as_it_was {
        // Then no row is held against another, and of the plan just made only its names are wanted.
        let plan = &mut planned.plan;
        (plan.cells, plan.changes, plan.calls) = (Vec::new(), Vec::new(), Vec::new());
        plan.forecast.sends_at = Vec::new();
    }
    let mut saved = (saved.read)()?;
    let rows = || differences(&saved, &planned).join("; ");
    let moved = if is_as_it_was { None } else { moved(&saved.base, &planned, rows) };
    let Some(what) = moved else {
        let own = Approval::of(&saved, context.clock.now());
        // A saved plan has names of its own.
        let pools = (&planned.plan.names, &mut saved.names);
        let (doubts, amended) = renamed((pools.0, &mut *pools.1), &planned.doubts, &planned.amended);
        let (overtaken, _) = renamed(pools, &planned.overtaken, &[]);
        let approved = Some(Rc::new(own));
        // Once its rows are forgotten nobody could tell any more that such a value is of no use, so it goes with them.
        let mut own_name = |name| saved.names.intern(planned.plan.names.text(name));
        let mut own_row = |row: &Row| Row {
            subject: own_name(row.subject),
            item: own_name(row.item),
            value: own_name(row.value),
            mark: row.mark,
        };
        let [of_no_use, kept] =
            [&planned.of_no_use, &planned.kept].map(|rows| rows.iter().map(&mut own_row).collect());
        let planned =
            Planned { plan: saved, of_no_use, kept, approved, doubts, amended, overtaken, ..planned };
        return Ok(Fits::ToDo(Box::new(planned)));
    };
    if is_applied(&saved, &planned) {
        return Ok(Fits::Applied(Box::new(saved)));
    }
    Err(stale(&format!("the saved plan no longer fits: {what}")))
}

/// Calls in doubt and what they change in the record, in the pool of a saved plan.
fn renamed(
    (from, to): (&Names, &mut Names),
    doubts: &[Doubt],
    amended: &[RowChange],
) -> (Vec<Doubt>, Vec<RowChange>) {
    let row = |to: &mut Names, change: &RowChange| {
        let mut name = |name: Name| to.intern(from.text(name));
        match change {
            RowChange::Put(kind, row) => {
                let (subject, item, value) = (name(row.subject), name(row.item), name(row.value));
                RowChange::Put(*kind, Row { subject, item, value, mark: row.mark })
            }
            RowChange::Drop(kind, subject, item) => RowChange::Drop(*kind, name(*subject), name(*item)),
        }
    };
    let amended = amended.iter().map(|one| row(to, one)).collect();
    let mut doubt = |doubt: &Doubt| Doubt {
        write: file::renamed(&doubt.write, (from, &mut *to)),
        rows: doubt.rows.iter().map(|one| row(to, one)).collect(),
        ..doubt.clone()
    };
    (doubts.iter().map(&mut doubt).collect(), amended)
}

/// Whether every row is as a plan would have made it, and recorded so: only applying it, or one like it, does that.
fn is_applied(saved: &Plan, now: &Planned) -> bool {
    let pools = (&saved.names, &now.plan.names);
    let is_recorded = |kind: Kind, subject: Name, item: Name, value: Option<Name>| {
        let row = match (same(pools, subject), same(pools, item)) {
            (Some(subject), Some(item)) => now.recorded.tables.of(kind).get(subject, item),
            (_, _) => None,
        };
        match (row, value) {
            (None, None) => true,
            // Who declares a tag is nothing that a plan makes so.
            (Some(_), Some(_)) if kind == Kind::Tag => true,
            (Some(row), Some(value)) => now.plan.names.text(row.value) == saved.names.text(value),
            (_, _) => false,
        }
    };
    let is_so = |cell: &Cell| {
        let now_changes = match (same(pools, cell.subject), same(pools, cell.item)) {
            (Some(subject), Some(item)) => now.plan.cell(cell.kind(), subject, item),
            (_, _) => None,
        };
        // What has to change again is not as it was made, unless the manifests want something else by now.
        now_changes.is_none_or(|other| of_value(now, other) == of_after(saved, cell))
            && is_recorded(cell.kind(), cell.subject, cell.item, cell.after)
    };
    // What is still in doubt is not recorded.
    saved.cells.iter().all(is_so)
        && saved.adopts.iter().all(|(kind, row)| is_recorded(*kind, row.subject, row.item, Some(row.value)))
        && saved.forgets.iter().all(|(kind, row)| is_recorded(*kind, row.subject, row.item, None))
}

/// What a row is now, as text; who declares a tag is no part of it.
fn of_value<'a>(now: &'a Planned, cell: &Cell) -> Option<&'a str> {
    cell.before.map(|value| if cell.kind() == Kind::Tag { "" } else { now.plan.names.text(value) })
}

/// What a plan makes of a row, as text.
fn of_after<'a>(saved: &'a Plan, cell: &Cell) -> Option<&'a str> {
    cell.after.map(|value| if cell.kind() == Kind::Tag { "" } else { saved.names.text(value) })
}

/// A part of it was done: what was approved and is still to be done goes on, in calls made for it.
async fn the_rest(context: &Context, wanted: &Wanted, base: &Base, kept: Approval) -> Result<Planned> {
    let goes_on = GoesOn { approval: Rc::new(kept), others: Others::NotOurs };
    let mut planned = plan_on(context, wanted, Some(goes_on)).await?;
    let gone = planned.standing.iter().flat_map(|one| one.moved(&planned.plan.names)).collect::<Vec<_>>();
    let mut why = gone.join("; ");
    if planned.plan.base.manifests != base.manifests {
        let too = "the manifests have changed since, and what they declare no longer is left out";
        why = if why.is_empty() { too.to_owned() } else { format!("{too}; {why}") };
    }
    if why.is_empty() {
        return Ok(planned);
    }
    if planned.plan.calls.is_empty() {
        return Err(stale(&format!("nothing that is left of the saved plan still holds: {why}")));
    }
    let what = format!("a part of the saved plan no longer holds and is left out: {why}");
    let help = "`pushform plan` shows what there is to do now";
    planned.warnings.push(Problem::warning("plan::partly_stale", what).help(help));
    Ok(planned)
}

fn stale(what: &str) -> Problems {
    let help = "make a new one with `pushform plan -o FILE`, review it and apply that";
    Problems::of(Failure::Stale, Problem::error("plan::stale", what).help(help))
}

/// What has moved since a plan was made, and how: `rows` says which rows are not as they were.
fn moved(base: &Base, now: &Planned, rows: impl Fn() -> String) -> Option<String> {
    let Base {
        serial,
        manifests,
        live,
        looked: _,
        accounts,
        in_doubt: _,
        deleted_values,
        project: _,
        emulated: _,
    } = &now.plan.base;
    if base.accounts != *accounts {
        return Some("it was made for another account".to_owned());
    }
    let rows = || {
        let rows = rows();
        if rows.is_empty() { String::new() } else { format!(": {rows}") }
    };
    if base.manifests != *manifests {
        return Some(format!("the manifests have changed since{}", rows()));
    }
    if base.serial != *serial {
        let serials = format!("from serial {} to {serial}", base.serial);
        return Some(format!("the state has gone on {serials}{}", rows()));
    }
    if now.doubts.iter().any(|doubt| !base.in_doubt.contains(&doubt.id)) {
        return Some("a run has died since, and left calls in doubt".to_owned());
    }
    // How many devices have a value of a property is part of no row.
    let more = |(property, is): (&String, &u64)| {
        once_more::more_values(property, *base.deleted_values.get(property)?, *is)
    };
    if let Some(more) = deleted_values.iter().find_map(more) {
        return Some(format!("{more} now"));
    }
    if base.live == *live {
        return None;
    }
    // Other rows may have changed: these are none of the plan's business.
    let rows = rows();
    (!rows.is_empty()).then(|| format!("somebody has changed the live side since{rows}"))
}

/// What is not as the plan takes it to be, a row each.
fn differences(saved: &Plan, now: &Planned) -> Vec<String> {
    let cells = saved.cells.iter().filter_map(|cell| of_cell(&saved.names, cell, &now.plan));
    let carried = saved.calls.iter().filter_map(|call| of_carried(saved, &call.write, now));
    let adopts = saved.adopts.iter().filter_map(|(kind, row)| {
        let names = (&saved.names, &now.plan.names);
        let cell = now.plan.cell(*kind, same(names, row.subject)?, same(names, row.item)?)?;
        Some(told(&now.plan.names, cell, "was as declared and is not any more"))
    });
    let joined = joined(saved, now);
    let mut all: Vec<String> = cells.chain(carried).chain(adopts).chain(joined).collect();
    if all.is_empty() {
        let is_new = |cell: &&Cell| {
            let names = (&now.plan.names, &saved.names);
            let cell = (cell.kind(), same(names, cell.subject), same(names, cell.item));
            !matches!(cell, (kind, Some(subject), Some(item)) if saved.cell(kind, subject, item).is_some())
        };
        // A plan of a selection leaves the others out on purpose.
        let new = now.plan.cells.iter().filter(is_new);
        if saved.base.manifests != now.plan.base.manifests {
            all.extend(new.map(|cell| told(&now.plan.names, cell, "would change, too")));
        }
    }
    let more = all.len().saturating_sub(NAMED_MAX);
    all.truncate(NAMED_MAX);
    if more > 0 {
        all.push(format!("{more} more"));
    }
    all
}

/// Who has come, since a plan was made, to an alias that it binds users to or clears: there may be no room left for its
/// users, and whoever came would be cleared unseen. Known is who was read there then, and that is so still: whoever
/// stays is recorded or about to be, and whoever goes has a cell.
fn joined(saved: &Plan, now: &Planned) -> Vec<String> {
    let pools = (&saved.names, &now.plan.names);
    let written = saved.written_aliases().into_iter().filter_map(|alias| same(pools, alias));
    let written: BTreeSet<Name> =
        written.filter(|alias| now.live.aliases.binary_search(alias).is_ok()).collect();
    let of_alias = |rows: &[(Kind, Row)]| -> BTreeSet<(Name, Name)> {
        let rows = rows.iter().filter(|(kind, _)| *kind == Kind::Alias);
        rows.filter_map(|(_, row)| Some((same(pools, row.subject)?, same(pools, row.value)?))).collect()
    };
    let (adopts, forgets) = (of_alias(&saved.adopts), of_alias(&saved.forgets));
    let recorded = now.recorded.tables.of(Kind::Alias);
    let is_new = |row: &&Row| {
        let place = (row.subject, row.value);
        let user = same((pools.1, pools.0), row.subject);
        let has_cell = user.is_some_and(|user| saved.cell(Kind::Alias, user, Name::NONE).is_some());
        let stays = recorded.get(row.subject, Name::NONE).is_some_and(|one| one.value == row.value);
        !has_cell && !adopts.contains(&place) && (!stays || forgets.contains(&place))
    };
    let live = now.live.tables.of(Kind::Alias).rows().iter();
    let rows = live.filter(|row| written.contains(&row.value)).filter(is_new);
    let text = |name: Name| now.plan.names.text(name);
    let told = |row: &Row| {
        let address = address::show(Resource::Alias, text(row.value));
        format!("{address}: `{}` has joined it", text(row.subject))
    };
    let mut all: Vec<String> = rows.map(told).collect();
    all.sort_unstable();
    all
}

/// The same text in another pool.
fn same((from, to): (&Names, &Names), name: Name) -> Option<Name> {
    to.find(from.text(name))
}

fn told(names: &Names, cell: &Cell, what: &str) -> String {
    let address = address::show(cell.resource, names.text(cell.name()));
    // What the address says already is not said again.
    let parts = [cell.subject, cell.item].into_iter().filter(|part| *part != cell.name());
    let parts: Vec<&str> = parts.map(|part| names.text(part)).filter(|text| !text.is_empty()).collect();
    if parts.is_empty() {
        format!("{address} {what}")
    } else {
        format!("{address}: `{}` {what}", parts.join("` `"))
    }
}

/// What is otherwise with a row than it was.
fn of_cell(names: &Names, cell: &Cell, now: &Plan) -> Option<String> {
    let pools = (names, &now.names);
    let found = match (same(pools, cell.subject), same(pools, cell.item)) {
        (Some(subject), Some(item)) => now.cell(cell.kind(), subject, item),
        (_, _) => None,
    };
    let Some(found) = found else {
        let left_out =
            |one: &&LeftOut| cell.kind() == Kind::Tag && Some(one.user) == same(pools, cell.subject);
        return Some(match now.left_out.iter().find(left_out) {
            Some(one) => {
                told(names, cell, &format!("is left out by now: {}", one.problem(&now.names).summary))
            }
            None => told(names, cell, "no longer has to change"),
        });
    };
    let value = |names: &Names, value: Option<Name>| match value {
        None => "nothing".to_owned(),
        // Who declares a tag is nothing that anybody sees.
        Some(_) if cell.kind() == Kind::Tag || cell.kind() == Kind::Blacklist => "there".to_owned(),
        Some(name) => format!("`{}`", names.text(name)),
    };
    let (was, is) = (value(names, cell.before), value(&now.names, found.before));
    if was != is {
        return Some(told(names, cell, &format!("was {was} and is {is}")));
    }
    let (wanted, wants) = (value(names, cell.after), value(&now.names, found.after));
    (wanted != wants).then(|| told(names, cell, &format!("should become {wanted} and now {wants}")))
}

/// An overwrite that reads nothing replaces what the user carried when the plan was made: it has to be so still.
fn of_carried(saved: &Plan, write: &Write, now: &Planned) -> Option<String> {
    // With tags to carry along the user is read once more before the call is sent.
    let Write::OverwriteTags { user, tags, drops, carried: None } = write else { return None };
    let pools = (&saved.names, &now.plan.names);
    let here = same(pools, *user)?;
    if now.live.tag_users.binary_search(&here).is_err() {
        return None;
    }
    let added = |tag: &&Name| {
        saved.cell(Kind::Tag, *user, **tag).is_some_and(|cell| cell.before.is_none() && cell.after.is_some())
    };
    let stay = tags.iter().filter(|tag| !added(tag));
    let mut was: Vec<&str> = stay.chain(drops).map(|tag| saved.names.text(*tag)).collect();
    let rows = now.live.tables.of(Kind::Tag).of(here).iter();
    let mut is: Vec<&str> = rows.map(|row| now.plan.names.text(row.item)).collect();
    was.sort_unstable();
    is.sort_unstable();
    let text = saved.names.text(*user);
    (was != is).then(|| format!("the user `{text}`, who is overwritten, carries other tags now"))
}
