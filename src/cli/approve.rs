//! Shows the plan of an apply and asks.

use super::apply::{approval, asks};
use super::args;
use super::config;
use super::open::Opened;
use super::progress::Progress;
use super::ui::{self, Ui};
use crate::ops::apply::Approval;
use crate::ops::plan::Planned;
use crate::problem::{Failure, Problem, Result};
use crate::render::{events, terminal};

const QUESTION: &str = "
Do you want to perform these actions?
  Pushform will perform the actions described above.
  Only 'yes' will be accepted to approve.

  Enter a value: ";

/// Shows the plan; asks unless that was answered beforehand or there is nothing to be done.
pub(super) async fn approve(
    args: &args::Apply,
    planned: &Planned,
    opened: &Opened,
    lines: &events::Lines,
    progress: &Progress,
    ui: &Ui,
) -> Result<Approval> {
    let plan = &planned.plan;
    progress.planned(plan);
    ui.problems(&planned.warnings);
    if args.json {
        ui.out(&lines.planned(plan));
    } else {
        ui.out(&terminal::plan(plan, &ui.look_out(&opened.context.project.zone()), ui.mask()));
    }
    if plan.problems.failure == Failure::Guard {
        // The verb refuses it in the guard's own words.
        return Ok(Approval::Refused);
    }
    ui.problems(&plan.problems);
    if plan.calls.is_empty() || !asks(args) {
        return Ok(Approval::Granted);
    }
    if args.json || config::is_pipeline() {
        let problem = Problem::error("apply::nobody_to_ask", "nobody can be asked to approve the plan here");
        return Err(problem.help("review the plan, then run it again with --auto-approve, or apply a saved plan").into());
    }
    let answer = tokio::task::spawn_blocking(|| ui::ask(QUESTION)).await.ok().flatten();
    Ok(approval(answer.as_deref()))
}
