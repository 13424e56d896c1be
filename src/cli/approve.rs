//! Shows the plan of an apply and asks.

use super::args;
use super::config::Config;
use super::lines::Lines;
use super::open::Opened;
use super::plan::looked;
use super::signals::asked_to_stop;
use super::ui;
use crate::ops::apply::Consent;
use crate::ops::plan::Planned;
use crate::problem::{Failure, Problem, Problems, Result};
use crate::render::{choice, terminal, text};

const QUESTION: &str = "
Do you want to perform these actions?
  Pushform will perform the actions described above.
  Only 'yes' will be accepted to approve.

  Enter a value: ";

/// Shows the plan.
///
/// # Errors
/// It cannot be written: what nobody could read is not carried out.
pub(super) fn show(args: &args::Apply, planned: &Planned, opened: &Opened, lines: &Lines<'_>) -> Result<()> {
    let (plan, ui) = (&planned.plan, &opened.ui);
    ui.problems(&planned.warnings);
    if args.plan_file.is_none() {
        told(planned, opened);
    }
    ui.detail(&looked(plan, opened.context.gate.calls()));
    if args.json {
        lines.planned(plan, &planned.warnings);
    } else {
        ui.data(&terminal::plan(plan, &ui.out, &ui.mask));
        ui.data_in_detail(|| choice::choice(plan, &ui.out));
    }
    ui.written()
}

/// How the plan stands to what was approved before.
fn told(planned: &Planned, opened: &Opened) {
    let (Some(standing), names) = (&planned.standing, &planned.plan.names) else { return };
    let at = opened.ui.out.zone.minute(standing.at);
    let rows = text::count(standing.approved, "row", "rows");
    if standing.is_whole() && standing.approved > 0 {
        opened.ui.say(&format!("Goes on with the plan approved {at}: {rows} left, nothing new to approve."));
        return;
    }
    let others = standing.not_approved(names);
    if !others.is_empty() {
        let what = format!("left of the plan approved {at}: {rows}; not approved: {}", others.join("; "));
        opened.ui.problems(&Problem::warning("apply::not_approved", what).into());
    }
}

/// Who approves what was not approved before.
pub(super) fn consent(args: &args::Apply, config: &Config) -> Consent {
    if args.auto_approve {
        Consent::Given
    } else if args.json || config.is_pipeline() {
        Consent::Nobody
    } else {
        Consent::Asked
    }
}

/// Asks, unless `--auto-approve` or a saved plan is the answer.
///
/// # Errors
/// The answer is not `yes`, nobody can be asked, or somebody asked to stop instead of answering.
pub(super) async fn ask(args: &args::Apply, config: &Config, opened: &Opened) -> Result<()> {
    if args.auto_approve || args.plan_file.is_some() {
        return Ok(());
    }
    if consent(args, config) == Consent::Nobody {
        let problem = Problem::error("apply::nobody_to_ask", "nobody can be asked to approve the plan here");
        let help = "review it, then add --auto-approve, or apply a plan saved with `pushform plan -o`";
        return Err(problem.help(help).into());
    }
    opened.ui.write_out(QUESTION);
    let answer = tokio::select! {
        answer = tokio::task::spawn_blocking(ui::read_answer) => answer.ok().flatten(),
        () = asked_to_stop() => {
            opened.ui.write_out("\n");
            let problem = Problem::error("apply::interrupted", "interrupted before anything was sent");
            return Err(Problems::of(Failure::Interrupted, problem));
        }
    };
    opened.ui.write_out("\n");
    match answer.as_deref() {
        Some("yes") => Ok(()),
        Some(_) => {
            Err(Problem::error("apply::cancelled", "apply cancelled: the answer was not `yes`").into())
        }
        None => {
            let problem = Problem::error("apply::no_terminal", "apply cancelled: nobody answered");
            Err(problem.help("add --auto-approve, or apply a plan saved with `pushform plan -o`").into())
        }
    }
}
