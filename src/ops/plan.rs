//! `plan`: observe, compare, and give the plan. Nothing is written anywhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use crate::apply::{owed, resume};
use crate::manifest::{self, Declaration, Origins};
use crate::names::{Name, Names};
use crate::observe::{self, About, Asked, Observer, Reader, Refresh, Scope, draw, population};
use crate::plan::{self, Approval, Course, Input, LeftOut, Live, Options, Plan, Recorded, Refused, Standing};
use crate::problem::{Problem, Problems, Result};
use crate::state::{Doubt, RowChange};
use crate::table::{Kind, Row};
use crate::wire::Vendor;

use super::Context;
use super::sides::Sides;

/// What shall be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// What this way of reading finds worth it.
    By(Refresh),
    /// As a saved plan was made.
    As {
        /// What was looked at, in the words of its base.
        words: Vec<String>,
        /// The calls in doubt that it takes in.
        in_doubt: Vec<u64>,
    },
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

/// A plan that was approved and is not done yet.
#[derive(Clone, Debug)]
pub struct GoesOn {
    /// What was approved.
    pub approval: Rc<Approval>,
    /// What becomes of rows that were not.
    pub others: Others,
}

/// What becomes of rows that nobody approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are part of the plan, and somebody is asked about it.
    Asked,
    /// They are left out, unless there is nothing else: nobody can be asked.
    LeftOut,
    /// They are none of this plan's.
    NotOurs,
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
    /// Its removals that a bind may come after: in doubt from the moment at which it is carried out, without a number.
    pub overtaken: Vec<Doubt>,
    /// The journal numbers of notes of a reading back that nobody has to make any more.
    pub read_back: Vec<u64>,
    /// Values kept of properties that were replaced, which nothing will bind again.
    pub of_no_use: Vec<Row>,
    /// All values kept of properties that were replaced.
    pub kept: Vec<Row>,
    /// When the record was last written, by kind of row that cannot be read back: see `render/`.
    pub recorded: Recorded,
    /// How many of the users who were looked at the vendor does not know.
    pub unknown: u64,
    /// What was looked at.
    pub live: Live,
    /// The files that declare something: manifests, and the data that they take their rows from.
    pub files: Vec<PathBuf>,
    /// How what would change stands to what was approved before, if there is such a thing.
    pub standing: Option<Standing>,
    /// What approves the whole plan, if somebody did.
    pub approved: Option<Rc<Approval>>,
}

/// Makes the plan.
///
/// # Errors
/// Everything wrong with the manifests, or the first thing that went wrong with the state or a vendor.
pub async fn plan(context: &Context, wanted: &Wanted) -> Result<Planned> {
    plan_on(context, wanted, None).await
}

/// Makes the plan of what is left to do of one that was approved.
///
/// # Errors
/// As [`plan()`].
pub async fn plan_on(context: &Context, wanted: &Wanted, goes_on: Option<GoesOn>) -> Result<Planned> {
    plan_if(context, wanted, goes_on, |_| Ok(())).await
}

/// The same, where the record passes a check: before anything is asked of a vendor.
///
/// # Errors
/// As [`plan()`], and the check's.
pub async fn plan_if(
    context: &Context,
    wanted: &Wanted,
    goes_on: Option<GoesOn>,
    check: impl FnOnce(&Recorded) -> Result<()>,
) -> Result<Planned> {
    let (declaration, warnings) = manifest::load_declaration(&context.folder, &context.project)?;
    let (mut sides, notes, doubts) = sides_of(context, wanted, &declaration).await?;
    let now = context.clock.now();
    let amended = resume::reconcile(&doubts, &sides.desired, &sides.recorded, now);
    sides.amend(amended.clone());
    sides.recorded.in_doubt = resume::in_doubt(&amended, &notes, &sides.desired, &sides.recorded);
    sides.recorded.awaited = resume::awaited((&doubts, &notes), &sides.desired, &sides.recorded, now);
    check(&sides.recorded)?;
    let mut live = observe(context, wanted, &mut sides, &doubts).await?;
    refuse_unmatched(wanted, &sides, &live)?;
    let of_no_use = plan::of_no_use(&sides.names, &sides.desired, &sides.recorded, &live);
    let unknown_seen = live.unknown.len() as u64;
    let calls = context.gate.calls();
    let mut plan = compare(context, wanted, &mut sides, &mut live).await?;
    let (mut standing, mut approved) = (None, None);
    if let Some(GoesOn { approval, others }) = goes_on {
        let stands = approval.standing(&plan);
        if !stands.is_whole() && leaves_out(others, stands.approved) {
            let options = Options { only: Some(approval.clone()), ..wanted.options.clone() };
            let wanted = Wanted { options, look: wanted.look.clone() };
            sides.names = std::mem::take(&mut plan.names);
            plan = plan_once(context, &wanted, &mut sides, &live);
            approved = Some(approval);
        } else if stands.is_whole() {
            approved = Some(approval);
        }
        standing = Some(stands);
    }
    let (desired, recorded) = (sides.desired, sides.recorded);
    plan.base.in_doubt = doubts.iter().map(|doubt| doubt.id).collect();
    plan.base.in_doubt.sort_unstable();
    plan.notes.extend(in_doubt(&doubts));
    plan.problems = placed(&plan, &desired.origins);
    of_rows(&plan, &desired.origins).into_iter().for_each(|problem| plan.problems.push(problem));
    if context.gate.calls() > calls || !context.gate.sign_ins().is_empty() {
        foresee(context, &mut plan);
    }
    let files = desired.origins.files().map(|file| desired.origins.folder.join(&**file)).collect();
    let overtaken = owed::overtaken(&plan, &recorded, &doubts);
    let read_back = owed::over(&notes, &recorded, now);
    Ok(Planned {
        plan,
        warnings,
        doubts,
        amended,
        overtaken,
        read_back,
        of_no_use,
        kept: recorded.kept.clone(),
        recorded,
        unknown: unknown_seen,
        live,
        files,
        standing,
        approved,
    })
}

/// Both sides as they are recorded and declared, and what the journal holds: notes, and calls in doubt.
async fn sides_of<'a>(
    context: &'a Context,
    wanted: &Wanted,
    declaration: &'a Declaration,
) -> Result<(Sides<'a>, Vec<Doubt>, Vec<Doubt>)> {
    let mut sides = Sides::of(&*context.store, declaration).await?;
    let wrong = plan::wrong_account(&sides.recorded, &context.providers());
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let journal = context.store.doubts(&mut sides.names).await?;
    let (notes, doubts): (Vec<Doubt>, Vec<Doubt>) = journal.into_iter().partition(owed::is_note);
    if asks_for_all(wanted) {
        sides.ask_for_all(&Kind::ALL);
    }
    sides.ask_for_tags_since(notes.iter().map(|note| note.at.seconds()).min());
    sides.gather(&Kind::ALL).await?;
    Ok((sides, notes, doubts))
}

/// Whether every row is asked about, be it settled or not: a selection takes addresses as a whole, a saved plan is held
/// against all that it was made from, and a sample is drawn of everybody.
fn asks_for_all(wanted: &Wanted) -> bool {
    let selects = !wanted.options.targets.is_empty() || !wanted.options.excludes.is_empty();
    selects || matches!(wanted.look, Look::As { .. } | Look::Sample { .. })
}

/// A selector that matches nothing was mistyped. Those of a saved plan were asked about when it was made: what they
/// matched may be gone by now.
fn refuse_unmatched(wanted: &Wanted, sides: &Sides<'_>, live: &Live) -> Result<()> {
    let Sides { names, desired, recorded, .. } = sides;
    let problems = match wanted.look {
        Look::By(_) | Look::Sample { .. } => plan::unmatched(names, &wanted.options, desired, recorded, live),
        Look::As { .. } => Problems::new(),
    };
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

async fn observe(
    context: &Context,
    wanted: &Wanted,
    sides: &mut Sides<'_>,
    doubts: &[Doubt],
) -> Result<Live> {
    let (providers, options) = (context.providers(), &wanted.options);
    let quotas = &context.project.quotas;
    let budget_ms = context.project.refresh_budget_ms;
    let (scope, whole) = {
        let Sides { names, desired, recorded, .. } = &*sides;
        let asked = About { desired, recorded, options, providers: &providers, quotas }.named(names);
        let scope = scope(wanted, budget_ms, &asked, doubts);
        let whole = asked.whole_kinds(&scope, budget_ms);
        (scope, whole)
    };
    sides.ask_for_all(&whole);
    sides.gather(&whole).await?;
    let reader = Reader::new(&context.gate);
    let begun = {
        let Sides { names, desired, recorded, .. } = &mut *sides;
        let about = About { desired, recorded, options, providers: &providers, quotas };
        let observer = Observer { gate: &context.gate, about, scope: scope.clone(), budget_ms };
        observe::begin(&observer, &reader, names).await?
    };
    if !begun.carriers_of().is_empty() {
        sides.ask_for_carriers(begun.carriers_of());
        sides.gather(&[Kind::Tag]).await?;
    }
    let live = {
        let Sides { names, desired, recorded, .. } = &mut *sides;
        let about = About { desired, recorded, options, providers: &providers, quotas };
        let observer = Observer { gate: &context.gate, about, scope, budget_ms };
        observe::finish(&observer, &reader, begun, names).await?
    };
    if live.calls > 0 {
        sides.gather_with(&live, &Kind::ALL).await?;
    }
    Ok(live)
}

fn scope(wanted: &Wanted, budget_ms: i64, asked: &Asked<'_>, doubts: &[Doubt]) -> Scope {
    match &wanted.look {
        // After a run that died the record alone is not enough to go by.
        Look::By(Refresh::None) if doubts.iter().any(|doubt| !owed::is_overtaken(doubt)) => {
            Scope::of(Refresh::Auto, budget_ms, asked)
        }
        Look::As { in_doubt, .. } if doubts.iter().any(|doubt| !in_doubt.contains(&doubt.id)) => {
            Scope::of(Refresh::Auto, budget_ms, asked)
        }
        Look::As { words, .. } => Scope::of_words(words),
        Look::Sample { users, seed } => Scope::users(draw(population(asked.recorded), *users, *seed)),
        Look::By(refresh) => Scope::of(*refresh, budget_ms, asked),
    }
}

/// Plans, asks which of the users about to be changed are unknown, and plans again without them if any are.
async fn compare(context: &Context, wanted: &Wanted, sides: &mut Sides<'_>, live: &mut Live) -> Result<Plan> {
    let mut plan = plan_once(context, wanted, sides, live);
    let looks = !matches!(wanted.look, Look::By(Refresh::None) | Look::Sample { .. });
    if looks {
        let mut unknown = Vec::new();
        for provider in context.providers() {
            unknown.extend(observe::unknown_users(&context.gate, provider, live, &mut plan).await?);
        }
        if !unknown.is_empty() {
            sides.names = std::mem::take(&mut plan.names);
            // Whatever is recorded of them goes with them.
            sides.gather(&Kind::ALL).await?;
            live.add_unknown(unknown, &sides.recorded);
            plan = plan_once(context, wanted, sides, live);
        }
    }
    Ok(plan)
}

/// Foresees a plan's calls from now on: since it was made there were calls, or a sign-in has to come.
fn foresee(context: &Context, plan: &mut Plan) {
    let (gate, now) = (&context.gate, context.clock.now());
    let (ledger, sign_ins, flows) = (gate.ledger(), gate.sign_ins(), gate.flows());
    let latency_ms = gate.latency_ms();
    plan.foresee(&Course { ledger: &ledger, latency_ms, now, sign_ins: &sign_ins, flows: &flows });
}

fn plan_once(context: &Context, wanted: &Wanted, sides: &mut Sides<'_>, live: &Live) -> Plan {
    let providers = context.providers();
    let ledger = context.gate.ledger();
    let options = &wanted.options;
    let now = context.clock.now();
    let names = std::mem::take(&mut sides.names);
    let (desired, recorded) = (&sides.desired, &sides.recorded);
    plan::plan(Input { names, desired, recorded, live, ledger: &ledger, providers: &providers, options, now })
}

/// What is said of calls in doubt, which the plan takes in.
fn in_doubt(doubts: &[Doubt]) -> Option<String> {
    match doubts.iter().filter(|doubt| !owed::is_overtaken(doubt)).count() {
        0 => None,
        1 => {
            Some("The outcome of 1 call of an earlier run is unknown; the plan holds either way.".to_owned())
        }
        calls => Some(format!(
            "The outcome of {calls} calls of an earlier run is unknown; the plan holds either way."
        )),
    }
}

/// What is said of single rows: of users whom the vendor does not know, and of what is left out.
fn of_rows(plan: &Plan, origins: &Origins) -> Vec<Problem> {
    let unknown = plan.unknown.iter().map(|user| unknown_user(&plan.names, origins, *user));
    unknown.chain(plan.left_out.iter().map(|one| left_out(&plan.names, origins, one))).collect()
}

/// The problems of a plan, those of protected properties with the place of a declaration.
fn placed(plan: &Plan, origins: &Origins) -> Problems {
    let mut refused = plan.refused.iter();
    plan.problems.clone().map(|problem| {
        if problem.code != plan::PREVENT_DESTROY {
            return problem;
        }
        let Some(Some(Refused { declared, origin, is_its_own })) = refused.next() else { return problem };
        let text = if *is_its_own { "declared here" } else { "other properties are declared here" };
        match manifest::place_of(origins, *origin, plan.names.text(*declared)) {
            Some(place) => problem.at(place, text),
            None => problem,
        }
    })
}

fn unknown_user(names: &Names, origins: &Origins, (user, origin): (Name, u32)) -> Problem {
    let text = names.text(user);
    at_declaration(plan::unknown_user(text), origins, origin, text)
}

fn left_out(names: &Names, origins: &Origins, one: &LeftOut) -> Problem {
    at_declaration(one.problem(names), origins, one.origin, names.text(one.user))
}

fn at_declaration(problem: Problem, origins: &Origins, origin: u32, text: &str) -> Problem {
    match manifest::place_of(origins, origin, text) {
        Some(place) => problem.at(place, "declared here"),
        None => problem,
    }
}

/// Whether what nobody approved is taken out of the plan.
const fn leaves_out(others: Others, approved: u64) -> bool {
    match others {
        Others::Asked => false,
        Others::LeftOut => approved > 0,
        Others::NotOurs => true,
    }
}

/// The accounts of a context, as the state keeps them.
#[must_use]
pub fn accounts(context: &Context) -> BTreeMap<Vendor, String> {
    context.providers.iter().map(|provider| (provider.vendor(), provider.account())).collect()
}
