//! What is read once more before the first call, since somebody may have thought about a plan for minutes.
//!
//! The values of properties that are replaced are taken in. What a plan that was asked about has shown of others on the
//! aliases and properties that it writes has to be so still.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{self, Resource};
use crate::kind::{Answer, Read, Write};
use crate::names::{Name, Names};
use crate::observe::{self, Depth, Reader, Scope, values_of};
use crate::plan::{Live, Plan};
use crate::problem::{Failure, Problem, Problems, Result};
use crate::table::Kind;

use super::Context;
use super::plan::Planned;

/// The values of properties that are about to be deleted, as they are now. Gives how many calls that took.
pub(super) async fn replaced_values(context: &Context, planned: &mut Planned) -> Result<u64> {
    let Planned { plan, kept, .. } = planned;
    let properties = plan.replaced_properties();
    let provider = context.providers.iter().find(|one| one.vendor() == Kind::Property.vendor());
    let Some(provider) = provider.filter(|_| !plan.calls.is_empty()) else { return Ok(0) };
    let reader = Reader::new(&context.gate);
    for property in properties {
        let rows = values_of(&reader, &mut plan.names, property).await?;
        let values = rows.iter().map(|row| (row.subject, row.value)).collect();
        plan.refit(property, values, kept, provider.batch_max(Kind::Device))?;
    }
    Ok(reader.calls())
}

/// What others have, as the plan has shown it to whoever approved it just now.
///
/// # Errors
/// [`Failure::Stale`] where somebody has come to an alias that the plan binds users to or clears, or a property that it
/// deletes has got values.
pub(super) async fn others(context: &Context, planned: &mut Planned) -> Result<()> {
    others_on_aliases(context, planned).await?;
    values_of_others(context, &planned.plan).await
}

/// The aliases that were read: those that a call clears, since whoever is on them loses them, and of the others as many
/// as the reading has left time for, the fullest first.
async fn others_on_aliases(context: &Context, planned: &mut Planned) -> Result<()> {
    let Planned { plan, live, .. } = planned;
    let provider = context.providers.iter().find(|one| one.vendor() == Kind::Alias.vendor());
    let Some(provider) = provider else { return Ok(()) };
    let project = &context.project;
    let all = observe::calls_within(&**provider, &project.quotas, project.refresh_budget_ms);
    // A reading that was asked for in full kept no budget.
    let left = all.checked_sub(live.calls).unwrap_or_else(|| if is_within_budget(live) { 0 } else { all });
    let mut aliases = plan.written_aliases();
    aliases.retain(|alias| live.aliases.binary_search(alias).is_ok());
    let rows = live.tables.of(Kind::Alias).rows();
    let mut users = BTreeMap::<Name, BTreeSet<Name>>::new();
    for row in rows {
        users.entry(row.value).or_default().insert(row.subject);
    }
    let cleared = cleared(plan);
    let clears = |alias: &Name| cleared.contains(alias);
    aliases.sort_by_key(|alias| {
        (Reverse(clears(alias)), Reverse(users.get(alias).map_or(0, BTreeSet::len)), *alias)
    });
    let count = aliases.iter().filter(|alias| clears(alias)).count() as u64;
    aliases.truncate(usize::try_from(count.max(left)).unwrap_or(usize::MAX));
    let mut shown = Vec::new();
    let take = |alias: Name, answer: Answer, names: &mut Names| {
        let Answer::Texts(texts) = answer else { return };
        shown.extend(texts.iter().map(|text| (alias, names.intern(text))));
    };
    Reader::new(&context.gate).each(&aliases, Read::UsersOf, &mut plan.names, take).await?;
    let is_new = |(alias, user): &&(Name, Name)| {
        let comes = plan.cell(Kind::Alias, *user, Name::NONE).is_some_and(|cell| cell.after == Some(*alias));
        !comes && !users.get(alias).is_some_and(|users| users.contains(user))
    };
    let Some((alias, user)) = shown.iter().find(is_new) else { return Ok(()) };
    let address = address::show(Resource::Alias, plan.names.text(*alias));
    let user = plan.names.text(*user);
    Err(stale(format!("`{user}` has joined {address} since the plan was shown")))
}

/// The aliases that a call takes from whoever has them.
fn cleared(plan: &Plan) -> BTreeSet<Name> {
    let alias = |write: &Write| if let Write::ClearAlias(alias, _) = write { Some(*alias) } else { None };
    plan.calls.iter().filter_map(|call| alias(&call.write)).collect()
}

/// Whether the reading asked only what the time for reads buys.
fn is_within_budget(live: &Live) -> bool {
    Scope::of_words(&live.looked).depth == Depth::Worth
}

/// Whether a property that goes for good has got values.
async fn values_of_others(context: &Context, plan: &Plan) -> Result<()> {
    let counted = &plan.base.deleted_values;
    let goes = |property: &Name| counted.contains_key(plan.names.text(*property));
    let deletes =
        plan.calls.iter().any(|call| matches!(&call.write, Write::DeleteProperty(one) if goes(one)));
    if !deletes {
        return Ok(());
    }
    let reader = Reader::new(&context.gate);
    let pages = observe::list_properties(async |page| reader.one(&Read::Properties(page), &plan.names).await);
    for (property, _, _, devices) in observe::whole(pages.await?, "the properties")? {
        if let Some(what) = counted.get(&property).and_then(|was| more_values(&property, *was, devices)) {
            return Err(stale(format!("{what} since the plan was shown")));
        }
    }
    Ok(())
}

/// What is said of a property that is deleted with values that the plan does not know of.
pub(super) fn more_values(property: &str, was: u64, is: u64) -> Option<String> {
    let address = address::show(Resource::Property, property);
    (is > was)
        .then(|| format!("{address}, which is deleted, had values on {was} devices and has them on {is}"))
}

fn stale(what: String) -> Problems {
    let help = "nothing was sent: plan again, and review what has changed";
    Problems::of(Failure::Stale, Problem::error("plan::stale", what).help(help))
}
