//! `apply`: plan, ask, carry out, read back, and write down what is so. The only verb that changes the audience.

use std::cell::Cell;
use std::rc::Rc;

use crate::apply::Apply;
use crate::clock::Wait;
use crate::plan::{Base, Options, Plan, UNKNOWN_USER};
use crate::problem::{Failure, Problem, Problems, Result, Severity};
use crate::report::{Event, Report};
use crate::state::{End, Keep, Lease};
use crate::table::Kind;
use crate::timestamp::DAY_MS;

use super::Context;
use super::plan::{Look, Planned, Wanted, accounts, plan};

/// How long a lease lasts unless it is renewed: long enough for a machine that stalls, short enough that nobody
/// waits long for one that died.
const LEASE_MS: i64 = 60_000;
/// How often it is renewed: two renewals may fail before anybody else takes over.
const HEARTBEAT_MS: i64 = LEASE_MS / 3;
/// Spends older than this decide nothing any more.
const FORGET_MS: i64 = 3 * DAY_MS;

/// Whom an apply talks to.
pub struct Audience<'a> {
    /// Person, machine and process, for whoever finds the state locked.
    pub owner: &'a str,
    /// Is shown the plan.
    pub show: &'a dyn Fn(&Planned),
    /// Says whether the plan that was shown may be carried out; its error ends the run.
    pub ask: &'a dyn Fn() -> Wait<'a, Result<()>>,
    /// Is told what happens.
    pub listener: &'a dyn Fn(&Plan, &Event),
}

/// A plan and what came of carrying it out.
pub struct Applied {
    /// The plan.
    pub plan: Plan,
    /// What came of it.
    pub report: Report,
}

/// Plans and applies.
///
/// # Errors
/// Everything wrong with the manifests, a state that somebody else holds, a guard that refused, or what stopped
/// everything.
pub async fn apply(
    context: &Context,
    wanted: &Wanted,
    saved: Option<Plan>,
    audience: &Audience<'_>,
) -> Result<Applied> {
    let lease = context.store.acquire(audience.owner, "apply", context.clock.now(), LEASE_MS).await?;
    let lost = Rc::new(Cell::new(None));
    let applied = tokio::select! {
        applied = under_lease(context, wanted, saved, audience, &lease) => applied,
        problems = heartbeat(context, &lease) => { lost.set(Some(())); Err(problems) }
    };
    let flushed = context.gate.flush().await;
    if lost.take().is_none() {
        context.store.release(&lease).await?;
    }
    flushed?;
    applied
}

async fn under_lease(
    context: &Context,
    wanted: &Wanted,
    saved: Option<Plan>,
    audience: &Audience<'_>,
    lease: &Lease,
) -> Result<Applied> {
    let planned = match saved {
        Some(saved) => still_fits(context, saved).await?,
        None => plan(context, wanted).await?,
    };
    (audience.show)(&planned);
    refuse_guards(&planned.plan)?;
    if !planned.plan.calls.is_empty() {
        (audience.ask)().await?;
    }
    take_doubts_in(context, &planned, lease).await?;
    let report = carry_out(context, &planned.plan, audience, lease).await?;
    finish(context, &planned.plan, lease).await?;
    Ok(Applied { plan: planned.plan, report })
}

/// Looks again at what the saved plan was made from: only if nothing of it has moved is it carried out.
async fn still_fits(context: &Context, saved: Plan) -> Result<Planned> {
    let kinds = saved.base.looked.iter().filter_map(|word| Kind::from_word(word)).collect();
    let options = Options { deletes_max: Some(u64::MAX), ..Options::default() };
    let planned = plan(context, &Wanted { look: Look::At(kinds), options }).await?;
    match moved(&saved.base, &planned) {
        // A saved plan has names of its own, and what is of no use can wait for another run.
        None => Ok(Planned { plan: saved, of_no_use: Vec::new(), ..planned }),
        Some(what) => {
            let problem = Problem::error("plan::stale", format!("the saved plan no longer fits: {what}"));
            let help = "make a new one with `pushform plan -o FILE`, review it and apply that";
            Err(Problems::of(Failure::Stale, problem.help(help)))
        }
    }
}

/// What has moved since a plan was made, and how.
fn moved(base: &Base, now: &Planned) -> Option<String> {
    let Base { serial, manifests, live, looked: _, accounts } = &now.plan.base;
    if base.accounts != *accounts {
        return Some("it was made for another account".to_owned());
    }
    if base.manifests != *manifests {
        return Some("the manifests have changed since".to_owned());
    }
    if base.serial != *serial {
        return Some(format!("the state has gone on from serial {} to {serial}", base.serial));
    }
    if !now.doubts.is_empty() {
        return Some("a run has died since, and left calls in doubt".to_owned());
    }
    (base.live != *live).then(|| "somebody has changed the live side since".to_owned())
}

/// A guard's refusal ends the run before anything is sent, and so does a plan that can not serve what is
/// declared. Unknown users are left out of the plan and spoil nobody else's rows.
fn refuse_guards(plan: &Plan) -> Result<()> {
    let stops = |problem: &Problem| problem.severity == Severity::Error && problem.code != UNKNOWN_USER;
    let stopped = plan.problems.failure == Failure::Guard || plan.problems.list().iter().any(stops);
    if stopped { Err(plan.problems.clone()) } else { Ok(()) }
}

/// From here on the record says of calls in doubt what the plan was made from.
async fn take_doubts_in(context: &Context, planned: &Planned, lease: &Lease) -> Result<()> {
    let names = &planned.plan.names;
    if !planned.amended.is_empty() {
        context.store.amend(lease, names, &planned.amended).await?;
    }
    for doubt in &planned.doubts {
        context.store.settle(lease, names, doubt.id, &[]).await?;
    }
    if !planned.of_no_use.is_empty() {
        context.store.keep(lease, names, &planned.of_no_use, Keep::LetGo).await?;
    }
    Ok(())
}

async fn carry_out(context: &Context, plan: &Plan, audience: &Audience<'_>, lease: &Lease) -> Result<Report> {
    let apply = Apply {
        plan,
        gate: &context.gate,
        providers: &context.providers(),
        store: &*context.store,
        lease,
        clock: context.clock,
        quotas: &context.project.quotas,
        verify_ms: context.project.refresh_budget_ms,
        listener: &|event| (audience.listener)(plan, event),
    };
    apply.carry_out().await
}

async fn finish(context: &Context, plan: &Plan, lease: &Lease) -> Result<()> {
    let forget_before = context.clock.now().plus(-FORGET_MS);
    let accounts = accounts(context);
    let end = End { protected: &plan.protected, accounts: &accounts, forget_before };
    context.store.finish(lease, &plan.names, end).await.map(drop)
}

/// Renews the lease until it can not be: then somebody else may be at work, and this run has to stop.
async fn heartbeat(context: &Context, lease: &Lease) -> Problems {
    loop {
        context.clock.sleep_ms(HEARTBEAT_MS).await;
        let renewed = context.store.renew(lease, context.clock.now(), LEASE_MS).await;
        if let Err(problems) = renewed {
            context.gate.interrupt();
            let summary = "the lease on the state was lost while the run was at work";
            let mut all = Problems::of(Failure::Locked, Problem::error("state::lease_lost", summary));
            all.extend(problems);
            return all;
        }
    }
}
