//! Whether a saved plan still fits: row by row, and what has moved where it does not.
//!
//! It looks at what the plan was made from once more; it sends nothing and writes nothing.

use std::rc::Rc;

use crate::address::{self, Selector};
use crate::change::Cell;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::observe::{EXCLUDE, TARGET};
use crate::plan::{Approval, Base, Options, Plan};
use crate::problem::{Failure, Problem, Problems, Result};
use crate::table::Kind;

use super::Context;
use super::plan::{GoesOn, Look, Others, Planned, Wanted, plan_on};

/// So many rows that have moved are named; the others are counted.
const NAMED_MAX: usize = 5;

/// The saved plan where everything is as it was made from; of one that is under way already (`kept` is what was
/// approved then) what is left to do and still holds.
///
/// # Errors
/// [`Failure::Stale`] with what has moved and how.
pub(super) async fn still_fits(context: &Context, saved: Plan, kept: Option<Approval>) -> Result<Planned> {
    let own = Approval::of(&saved, context.clock.now());
    let look = Look::As(saved.base.looked.clone());
    let wanted = Wanted { look, options: selected_by(&saved.base) };
    match kept.filter(|kept| kept.plan == own.plan) {
        Some(kept) => the_rest(context, &wanted, &saved, kept).await,
        None => whole(context, &wanted, saved, own).await,
    }
}

/// The selectors of a saved plan, so that the same is looked at. Its guards were asked when it was made.
fn selected_by(base: &Base) -> Options {
    let of = |head: &str| {
        let texts = base.looked.iter().filter_map(|word| word.strip_prefix(head));
        texts.filter_map(|text| Selector::parse(text).ok()).collect()
    };
    Options { targets: of(TARGET), excludes: of(EXCLUDE), deletes_max: Some(u64::MAX), ..Options::default() }
}

/// Nothing of it was done yet: all of it is, or nothing.
async fn whole(context: &Context, wanted: &Wanted, saved: Plan, own: Approval) -> Result<Planned> {
    let planned = plan_on(context, wanted, None).await?;
    match moved(&saved, &planned) {
        // A saved plan has names of its own, and what is of no use can wait for another run.
        None => {
            let approved = Some(Rc::new(own));
            Ok(Planned { plan: saved, of_no_use: Vec::new(), approved, ..planned })
        }
        Some(what) => Err(stale(&format!("the saved plan no longer fits: {what}"))),
    }
}

/// A part of it was done: what was approved and is still to be done goes on, in calls made for it.
async fn the_rest(context: &Context, wanted: &Wanted, saved: &Plan, kept: Approval) -> Result<Planned> {
    let goes_on = GoesOn { approval: Rc::new(kept), others: Others::NotOurs };
    let mut planned = plan_on(context, wanted, Some(goes_on)).await?;
    let gone = planned.standing.iter().flat_map(|one| one.moved(&planned.plan.names)).collect::<Vec<_>>();
    let mut why = gone.join("; ");
    if planned.plan.base.manifests != saved.base.manifests {
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

/// What has moved since a plan was made, and how.
fn moved(saved: &Plan, now: &Planned) -> Option<String> {
    let Base { serial, manifests, live, looked: _, accounts } = &now.plan.base;
    if saved.base.accounts != *accounts {
        return Some("it was made for another account".to_owned());
    }
    let rows = || {
        let rows = differences(saved, now);
        if rows.is_empty() { String::new() } else { format!(": {}", rows.join("; ")) }
    };
    if saved.base.manifests != *manifests {
        return Some(format!("the manifests have changed since{}", rows()));
    }
    if saved.base.serial != *serial {
        let serials = format!("from serial {} to {serial}", saved.base.serial);
        return Some(format!("the state has gone on {serials}{}", rows()));
    }
    if !now.doubts.is_empty() {
        return Some("a run has died since, and left calls in doubt".to_owned());
    }
    if saved.base.live == *live {
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
    let mut all: Vec<String> = cells.chain(carried).chain(adopts).collect();
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
        return Some(told(names, cell, "no longer has to change"));
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

/// An overwrite carries tags that nobody declared, as they were when the plan was made: they have to be so still.
fn of_carried(saved: &Plan, write: &Write, now: &Planned) -> Option<String> {
    let Write::OverwriteTags { user, tags, drops } = write else { return None };
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
