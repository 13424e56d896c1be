//! `apply`: shows the plan, asks, carries it out.

use std::path::Path;

use super::approve;
use super::args;
use super::config::Config;
use super::exit::Outcome;
use super::lines::Lines;
use super::open::{self, Opened, Vendors};
use super::plan::wanted;
use super::plan_file::PlanFile;
use super::progress::{Follower, Reading};
use super::ui::Ui;
use crate::clock::Wait;
use crate::gate;
use crate::ops;
use crate::ops::apply::{Applied, Audience};
use crate::ops::plan::Planned;
use crate::ops::saved::SavedPlan;
use crate::plan::Plan;
use crate::problem::{Failure, Problem, Problems, Result, Severity};
use crate::render::{applied, terminal};
use crate::report::{Event, Report, What};

/// Plans, asks, carries out, shows.
pub(super) async fn run(args: &args::Apply, config: &Config, ui: &Ui) -> Result<Outcome> {
    let lines = Lines::new(ui);
    let end = apply(args, config, ui, &lines).await;
    if args.json {
        match &end {
            Ok(report) => lines.ended(report),
            Err(problems) if problems.failure == Failure::Later => lines.failed(&as_warnings(problems)),
            Err(problems) => lines.failed(problems),
        }
    }
    match end {
        Ok(report) => outcome(report),
        Err(problems) if problems.failure == Failure::Later => {
            ui.problems(&as_warnings(&problems));
            Ok(Outcome::Waits)
        }
        Err(problems) => Err(problems),
    }
}

/// The limits left no room even for reads: there is nothing to fix, and the same command continues later.
fn as_warnings(problems: &Problems) -> Problems {
    let mut warnings = Problems::new();
    for problem in problems.list() {
        warnings.push(Problem { severity: Severity::Warning, ..problem.clone() });
    }
    warnings
}

async fn apply(args: &args::Apply, config: &Config, ui: &Ui, lines: &Lines<'_>) -> Result<Report> {
    let reading = Reading::new(ui);
    let gate = gate::Options { on_event: reading.listener(), ..gate::Options::default() };
    let vendors = Vendors::of(&args.selection.emulate);
    let opened = open::open_until(vendors, args.until, gate, config, ui).await?;
    lines.by(opened.context.clock);
    let saved = args.plan_file.as_deref().map(|path| saved(path, &opened)).transpose()?;
    let wanted = wanted(&args.selection, &opened);
    let follower = Follower::new(&opened.ui);
    let listener = |plan: &Plan, event: &Event| {
        if !args.json {
            follower.event(plan, event);
        } else if !matches!(event.what, What::Progress(_)) || follower.is_due(event.at) {
            lines.event(plan, event);
        }
    };
    let show = |planned: &Planned| {
        reading.finish();
        approve::show(args, planned, &opened, lines)
    };
    let ask = || -> Wait<'_, Result<()>> { Box::pin(approve::ask(args, config, &opened)) };
    let owner = config.owner();
    let consent = approve::consent(args, config);
    let audience = Audience {
        owner: &owner,
        consent,
        show: &show,
        ask: &ask,
        say: &|what| opened.ui.say(what),
        listener: &listener,
    };
    let work = opened.interruptible(ops::apply::apply(&opened.context, &wanted, saved, &audience));
    let applied = reading.told(&opened.context, work).await;
    reading.finish();
    follower.finish();
    opened.keep_world()?;
    let report = end(args, applied?, &opened.ui);
    opened.close().await;
    Ok(report)
}

/// Shows how it ended. What the plan had to leave out makes the whole incomplete.
fn end(args: &args::Apply, applied: Applied, ui: &Ui) -> Report {
    let Applied { plan, mut report } = applied;
    report.problems.extend(plan.problems.clone());
    if !args.json {
        ui.data(&format!("\n{}", terminal::report(&report, &ui.out)));
    }
    ui.summarize(|| applied::applied(&plan, &report, &ui.out.zone, &ui.mask));
    report
}

/// A failure outweighs work that is left: the caller has to look at it.
fn outcome(report: Report) -> Result<Outcome> {
    let interrupted = report.problems.failure == Failure::Interrupted;
    match (report.problems.has_errors() || interrupted, report.rest) {
        (true, _) => Err(report.problems),
        (false, Some(_)) => Ok(Outcome::Waits),
        (false, None) => Ok(Outcome::Done),
    }
}

/// A saved plan.
fn saved<'a>(path: &Path, opened: &'a Opened) -> Result<SavedPlan<'a>> {
    let path = opened.ui.path(path);
    PlanFile::open(&path)?.read_to_apply(&path, opened)
}
