//! `plan`: observe, compare, and give the plan. Nothing is written anywhere.

use std::collections::BTreeMap;

use crate::apply::resume;
use crate::manifest::{self, Compiled, Desired, Origins};
use crate::names::{Name, Names};
use crate::observe::{self, About, Observer, Refresh, Scope, draw, population};
use crate::plan::{self, Input, Live, Options, Plan, Recorded};
use crate::problem::{Problem, Problems, Result};
use crate::state::{Doubt, RowChange};
use crate::table::Row;
use crate::wire::Vendor;

use super::Context;

/// What shall be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// What this way of reading finds worth it.
    By(Refresh),
    /// As a saved plan was made, in the words of its base.
    As(Vec<String>),
    /// So many recorded users, drawn at random by a seed.
    Sample {
        /// How many.
        users: usize,
        /// By which seed.
        seed: u64,
    },
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How live state is read.
    pub look: Look,
    /// Selectors and guards.
    pub options: Options,
}

/// A plan and what it was made from.
pub struct Planned {
    /// The plan. Unknown users and guards are among its problems.
    pub plan: Plan,
    /// Warnings about the manifests.
    pub warnings: Problems,
    /// Calls of an earlier run in doubt, and how the record takes them.
    pub doubts: Vec<Doubt>,
    /// What the doubts change in the record.
    pub amended: Vec<RowChange>,
    /// Values kept of properties that were replaced, which nothing will bind again.
    pub of_no_use: Vec<Row>,
    /// When the record was last written, by kind of row that can not be read back: see `render/`.
    pub recorded: Recorded,
    /// How many of the users who were looked at the vendor does not know.
    pub unknown: u64,
}

/// Makes the plan.
///
/// # Errors
/// Everything wrong with the manifests, or the first thing that went wrong with the state or a vendor.
pub async fn plan(context: &Context, wanted: &Wanted) -> Result<Planned> {
    let (Compiled { mut names, desired }, warnings) =
        manifest::load_desired(&context.folder, &context.project)?;
    let mut recorded = context.store.snapshot(&mut names).await?;
    let doubts = context.store.doubts(&mut names).await?;
    let amended = resume::reconcile(&doubts, &desired);
    resume::amend(&mut recorded, &amended);
    let live = observe(context, wanted, &desired, &recorded, &doubts, &mut names).await?;
    let of_no_use = plan::of_no_use(&names, &desired, &recorded, &live);
    let unknown = live.unknown.len() as u64;
    let plan = compare(context, wanted, &desired, &recorded, live, names).await?;
    Ok(Planned { plan, warnings, doubts, amended, of_no_use, recorded, unknown })
}

async fn observe(
    context: &Context,
    wanted: &Wanted,
    desired: &Desired,
    recorded: &Recorded,
    doubts: &[Doubt],
    names: &mut Names,
) -> Result<Live> {
    let (providers, options) = (context.providers(), &wanted.options);
    let about = About { desired, recorded, options, providers: &providers, quotas: &context.project.quotas };
    let budget_ms = context.project.refresh_budget_ms;
    let asked = about.named(names);
    let scope = match &wanted.look {
        Look::As(words) => Scope::of_words(words),
        Look::Sample { users, seed } => Scope::users(draw(population(recorded), *users, *seed)),
        // After a run that died the record alone is not enough to go by.
        Look::By(Refresh::None) if !doubts.is_empty() => Scope::of(Refresh::Auto, budget_ms, &asked),
        Look::By(refresh) => Scope::of(*refresh, budget_ms, &asked),
    };
    observe::observe(&Observer { gate: &context.gate, about, scope, budget_ms }, names).await
}

/// Plans, asks which of the users about to be changed are unknown, and plans again without them if any are.
async fn compare(
    context: &Context,
    wanted: &Wanted,
    desired: &Desired,
    recorded: &Recorded,
    mut live: Live,
    names: Names,
) -> Result<Plan> {
    let mut plan = plan_once(context, wanted, desired, recorded, &live, names);
    let looks = !matches!(wanted.look, Look::By(Refresh::None) | Look::Sample { .. });
    if looks {
        let mut unknown = Vec::new();
        for provider in context.providers() {
            unknown.extend(observe::unknown_users(&context.gate, provider, &live, &mut plan).await?);
        }
        if !unknown.is_empty() {
            live.add_unknown(unknown, recorded);
            plan = plan_once(context, wanted, desired, recorded, &live, plan.names);
        }
    }
    let unknown: Vec<Problem> =
        plan.unknown.iter().map(|user| unknown_user(&plan.names, &desired.origins, *user)).collect();
    unknown.into_iter().for_each(|problem| plan.problems.push(problem));
    Ok(plan)
}

fn plan_once(
    context: &Context,
    wanted: &Wanted,
    desired: &Desired,
    recorded: &Recorded,
    live: &Live,
    names: Names,
) -> Plan {
    let providers = context.providers();
    let ledger = context.gate.ledger();
    let options = &wanted.options;
    let now = context.clock.now();
    plan::plan(Input { names, desired, recorded, live, ledger: &ledger, providers: &providers, options, now })
}

fn unknown_user(names: &Names, origins: &Origins, (user, origin): (Name, u32)) -> Problem {
    let text = names.text(user);
    let problem = plan::unknown_user(text);
    match manifest::place_of(origins, origin, text) {
        Some(place) => problem.at(place, "declared here"),
        None => problem,
    }
}

/// The accounts of a context, as the state keeps them.
#[must_use]
pub fn accounts(context: &Context) -> BTreeMap<Vendor, String> {
    context.providers.iter().map(|provider| (provider.vendor(), provider.account())).collect()
}
