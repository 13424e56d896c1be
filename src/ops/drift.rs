//! `drift`: what changed outside since the last apply. It has no way to write: it only reads through the gate.

use std::collections::BTreeSet;

use crate::observe::{Refresh, population};
use crate::plan::sampling::Proof;
use crate::plan::{Options, Plan, Recorded};
use crate::problem::{Problem, Result};
use crate::report::Sampled;
use crate::table::Kind;

use super::Context;
use super::plan::{Look, Planned, Wanted, plan_if};

/// How to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// In this way.
    By(Refresh),
    /// At so many users, drawn at random.
    Sample(usize),
}

/// What was found.
pub struct Drifted {
    /// The plan's drift is the answer, its changes are what `apply` would do.
    pub planned: Planned,
    /// What the sample proves, where one was drawn.
    pub sampled: Option<Sampled>,
}

impl Drifted {
    /// Whether anything changed outside.
    #[must_use]
    pub fn is_any(&self) -> bool {
        let plan = &self.planned.plan;
        !plan.drift.is_empty()
            || plan.counts.iter().any(|one| one.missing() > 0)
            || self.sampled.is_some_and(|sampled| sampled.proof.differing > 0)
    }
}

/// Looks and compares.
///
/// # Errors
/// Everything wrong with the manifests, or the first thing that went wrong with the state or a vendor.
pub async fn drift(context: &Context, how: How) -> Result<Drifted> {
    // A drift check deletes nothing: no share of deletions is too large for it.
    let options = Options { deletes_max: Some(u64::MAX), ..Options::default() };
    // The moment is as good a seed as any, and whoever reads the report can see that nobody chose it.
    let seed = context.clock.now().0.unsigned_abs();
    let look = match how {
        How::By(refresh) => Look::By(refresh),
        How::Sample(users) => Look::Sample { users, seed },
    };
    let planned =
        plan_if(context, &Wanted { look, options }, None, |recorded| is_recorded(recorded, how)).await?;
    let sampled = match how {
        How::By(_) => None,
        How::Sample(users) => Some(sampled(&planned, users, seed)),
    };
    Ok(Drifted { planned, sampled })
}

/// Where nothing is recorded there is nothing that could have drifted, and a state that was lost must not pass a check.
fn is_recorded(recorded: &Recorded, how: How) -> Result<()> {
    if recorded.rows() == 0 {
        let what = "nothing is recorded, so there is nothing to compare the live side with";
        let help = "`pushform apply` records what it makes so; after that, look whether `state:` in the project file \
                    still names the state that it wrote";
        return Err(Problem::error("drift::nothing_recorded", what).help(help).into());
    }
    if matches!(how, How::Sample(_)) && population(recorded).is_empty() {
        let what = "nobody's alias or tags are recorded, so there is nobody to draw a sample from";
        let help = "run `pushform drift` without `--sample`: it looks at all else that is recorded";
        return Err(Problem::error("drift::nobody_recorded", what).help(help).into());
    }
    Ok(())
}

fn sampled(planned: &Planned, users: usize, seed: u64) -> Sampled {
    let population = population(&planned.recorded).len() as u64;
    let (differing, gone) = (differing(&planned.plan), planned.unknown);
    let proof = Proof::of(population, users as u64, differing + gone);
    Sampled { proof, gone, seed }
}

/// How many users have an alias or tags that are not as recorded.
fn differing(plan: &Plan) -> u64 {
    let of_users = plan.drift_cells.iter().filter(|cell| matches!(cell.kind(), Kind::Alias | Kind::Tag));
    of_users.map(|cell| cell.subject).collect::<BTreeSet<_>>().len() as u64
}
