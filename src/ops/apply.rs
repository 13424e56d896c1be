//! `apply`: plan, ask, carry out, read back, and write down what is so. The only verb that changes the audience.

use std::rc::Rc;

use crate::apply::Apply;
use crate::apply::resume::Open;
use crate::clock::Wait;
use crate::gate;
use crate::plan::{Approval, Plan, is_of_single_rows};
use crate::problem::{Failure, Problem, Result, Severity};
use crate::report::{Event, Report};
use crate::state::{Doubt, End, Intent, Keep, Lease};

use super::Context;
use super::lease::{Holder, TERMS};
use super::once_more;
use super::plan::{GoesOn, Others, Planned, Wanted, accounts, plan_on};
use super::saved::{self, Fits, SavedPlan};

/// Who approves what nobody approved before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It was given beforehand, whatever the plan says.
    Given,
    /// Somebody is there to be asked.
    Asked,
    /// Nobody is: what was approved before goes on, everything else is refused.
    Nobody,
}

/// Whom an apply talks to.
pub struct Audience<'a> {
    /// Person, machine and process, for whoever finds the state locked.
    pub owner: &'a str,
    /// Who approves.
    pub consent: Consent,
    /// Is shown the plan; where it cannot be shown, nothing is sent.
    pub show: &'a dyn Fn(&Planned) -> Result<()>,
    /// Says whether the plan that was shown may be carried out; its error ends the run.
    pub ask: &'a dyn Fn() -> Wait<'a, Result<()>>,
    /// Is told what is waited for before there is a plan.
    pub say: &'a dyn Fn(&str),
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
    saved: Option<SavedPlan<'_>>,
    audience: &Audience<'_>,
) -> Result<Applied> {
    let Audience { owner, say, .. } = *audience;
    let holder = Holder { store: &*context.store, clock: context.clock, owner, operation: "apply", say };
    let lease = holder.take(TERMS).await?;
    let work = async {
        // On the heap: a whole run is more than a small stack holds.
        let applied = Box::pin(under_lease(context, wanted, saved, audience, &lease)).await;
        let flushed = context.gate.flush().await;
        let applied = applied?;
        flushed?;
        Ok(applied)
    };
    holder.under(&lease, TERMS, || context.gate.interrupt(), work).await
}

async fn under_lease(
    context: &Context,
    wanted: &Wanted,
    saved: Option<SavedPlan<'_>>,
    audience: &Audience<'_>,
    lease: &Lease,
) -> Result<Applied> {
    let kept = context.store.approval().await?;
    let was_kept = kept.as_ref().map(|kept| kept.plan.clone());
    let is_saved = saved.is_some();
    let mut planned = match to_do(context, wanted, saved, kept, audience.consent).await? {
        Fits::ToDo(planned) => *planned,
        Fits::Applied(plan) => {
            let plan = *plan;
            return Ok(Applied { plan, report: Report { already_applied: true, ..Report::new() } });
        }
    };
    (audience.show)(&planned)?;
    refuse_guards(&planned.plan)?;
    let approval = approved(context, &planned, audience).await?;
    if planned.approved.is_none() && audience.consent == Consent::Asked {
        once_more::others(context, &mut planned).await?;
    }
    let reads = once_more::replaced_values(context, &mut planned).await?;
    let open = take_doubts_in(context, &planned, lease).await?;
    if !planned.plan.calls.is_empty() && was_kept.as_ref() != Some(&approval.plan) {
        context.store.approve(lease, Some(&approval)).await?;
    }
    claim(context, &planned, lease).await?;
    let mut report = carry_out(context, &planned.plan, &open, audience, lease).await?;
    report.reads = reads;
    // What failed is approved all the same: the same command goes on with it.
    let is_cut_short = report.rest.is_some() || report.problems.failure == Failure::Interrupted;
    if !is_cut_short && report.errored == 0 {
        context.store.approve(lease, None).await?;
    }
    finish(context, &planned, lease).await?;
    if !is_saved {
        left_out(&planned, audience.consent).into_iter().for_each(|problem| report.problems.push(problem));
    }
    Ok(Applied { plan: planned.plan, report })
}

/// What there is to do: the saved plan, or a new one, which goes on with what was approved before.
async fn to_do(
    context: &Context,
    wanted: &Wanted,
    saved: Option<SavedPlan<'_>>,
    kept: Option<Approval>,
    consent: Consent,
) -> Result<Fits> {
    let Some(saved) = saved else {
        let others = match consent {
            Consent::Given | Consent::Asked => Others::Asked,
            Consent::Nobody => Others::LeftOut,
        };
        let goes_on = kept.map(|kept| GoesOn { approval: Rc::new(kept), others });
        return plan_on(context, wanted, goes_on).await.map(Box::new).map(Fits::ToDo);
    };
    saved::still_fits(context, saved, kept).await
}

/// The approval of everything that is about to be done: one that was given before, or one that is asked for now.
async fn approved(context: &Context, planned: &Planned, audience: &Audience<'_>) -> Result<Rc<Approval>> {
    if let Some(approval) = &planned.approved {
        return Ok(approval.clone());
    }
    if !planned.plan.calls.is_empty() {
        (audience.ask)().await?;
    }
    Ok(Rc::new(Approval::of(&planned.plan, context.clock.now())))
}

/// What was left out because nobody approved it and nobody could be asked.
fn left_out(planned: &Planned, consent: Consent) -> Option<Problem> {
    let standing = planned.standing.as_ref().filter(|_| consent == Consent::Nobody)?;
    let rows = planned.approved.as_ref().map(|_| standing.not_approved(&planned.plan.names))?;
    (!rows.is_empty()).then(|| {
        let what = format!("not approved, and nobody can be asked here: {}", rows.join("; "));
        let help =
            "review `pushform plan`, then apply with --auto-approve or a plan saved with `pushform plan -o`";
        Problem::error("apply::not_approved", what).help(help)
    })
}

/// A guard's refusal ends the run before anything is sent, and so does a plan that cannot serve what is
/// declared. Rows that were left out of the plan spoil nobody else's.
fn refuse_guards(plan: &Plan) -> Result<()> {
    if is_refused(plan) { Err(plan.problems.clone()) } else { Ok(()) }
}

/// Whether a plan is refused before anything of it is sent.
#[must_use]
pub fn is_refused(plan: &Plan) -> bool {
    let stops = |problem: &Problem| problem.severity == Severity::Error && !is_of_single_rows(problem.code);
    plan.problems.failure == Failure::Guard || plan.problems.list().iter().any(stops)
}

/// From here on the record says of calls in doubt what the plan was made from; gives those that stay in doubt until
/// their rows are recorded.
async fn take_doubts_in<'a>(context: &Context, planned: &'a Planned, lease: &Lease) -> Result<Open<'a>> {
    let names = &planned.plan.names;
    if !planned.amended.is_empty() {
        context.store.amend(lease, names, &planned.amended).await?;
    }
    let overtaken = planned.overtaken.iter();
    let overtaken: Vec<Intent<'_>> = overtaken
        .map(|Doubt { id: _, write, rows, at }| Intent { write, rows: rows.clone(), at: *at })
        .collect();
    if !overtaken.is_empty() {
        context.store.record_intents(lease, names, &overtaken).await?;
    }
    let (open, known) = Open::of(&planned.doubts, &planned.amended, context.clock.now());
    for id in known.iter().chain(&planned.read_back).copied() {
        context.store.record_outcome(lease, names, id, &[]).await?;
    }
    if !planned.of_no_use.is_empty() {
        context.store.keep(lease, names, &planned.of_no_use, Keep::LetGo).await?;
    }
    Ok(open)
}

async fn carry_out(
    context: &Context,
    plan: &Plan,
    open: &Open<'_>,
    audience: &Audience<'_>,
    lease: &Lease,
) -> Result<Report> {
    let apply = Apply {
        plan,
        open,
        gate: &context.gate,
        providers: &context.providers(),
        store: &*context.store,
        lease,
        clock: context.clock,
        quotas: &context.project.quotas,
        verify_ms: context.project.refresh_budget_ms,
        listener: &|event| (audience.listener)(plan, event),
    };
    Box::pin(apply.carry_out()).await
}

/// A state that does not know every account of the project yet learns them before anything is changed: whatever
/// becomes of this run, none goes on with its rest against another app. By then the plan is kept as approved, so that
/// the serial, which this moves, makes no saved plan stale.
async fn claim(context: &Context, planned: &Planned, lease: &Lease) -> Result<()> {
    let known = &planned.recorded.accounts;
    if accounts(context).keys().all(|vendor| known.contains_key(vendor)) {
        return Ok(());
    }
    finish(context, planned, lease).await
}

async fn finish(context: &Context, planned: &Planned, lease: &Lease) -> Result<()> {
    let Planned { plan, recorded, .. } = planned;
    let forget_before = context.clock.now().plus(-gate::KEEP_MS);
    // What is recorded of an account that the project no longer names stays that account's.
    let mut all = recorded.accounts.clone();
    all.extend(accounts(context));
    let end = End { protected: &plan.protected, accounts: &all, forget_before };
    context.store.finish(lease, &plan.names, end).await.map(drop)
}
