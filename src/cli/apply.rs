//! `apply`: shows the plan, asks, carries it out.

use std::path::Path;

use super::approve;
use super::args;
use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Opened, Vendors};
use super::plan::wanted;
use super::progress::{Follower, Reading};
use super::ui::Ui;
use crate::clock::Wait;
use crate::gate;
use crate::ops;
use crate::ops::apply::{Applied, Audience};
use crate::ops::context::Spends;
use crate::ops::plan::Planned;
use crate::plan::Plan;
use crate::plan::file::{self, Accounts};
use crate::problem::{Failure, Result};
use crate::render::{json, terminal};
use crate::report::{Event, Report, What};

/// Plans, asks, carries out, shows.
pub(super) async fn run(args: &args::Apply, config: &Config, ui: &Ui) -> Result<Outcome> {
    let reading = Reading::new(ui);
    let gate = gate::Options { on_event: reading.listener(), ..gate::Options::default() };
    let vendors = Vendors::of(&args.selection.emulate);
    let opened = open::open_until(vendors, Spends::Written, args.until, gate, config, ui).await?;
    let saved = args.plan_file.as_deref().map(|path| saved(path, &opened)).transpose()?;
    let wanted = wanted(&args.selection, &opened);
    let follower = Follower::new(&opened.ui);
    let listener = |plan: &Plan, event: &Event| {
        if !args.json {
            follower.event(plan, event);
        } else if !matches!(event.what, What::Progress(_)) || follower.is_due(event.at) {
            json::event(plan, event, &opened.ui.mask)
                .iter()
                .for_each(|line| opened.ui.data(&format!("{line}\n")));
        }
    };
    let show = |planned: &Planned| {
        reading.finish();
        approve::show(args, planned, &opened);
    };
    let ask = || -> Wait<'_, Result<()>> { Box::pin(approve::ask(args, config, &opened)) };
    let owner = config.owner();
    let consent = approve::consent(args, config);
    let audience = Audience { owner: &owner, consent, show: &show, ask: &ask, listener: &listener };
    let applied = opened.interruptible(ops::apply::apply(&opened.context, &wanted, saved, &audience)).await;
    reading.finish();
    follower.finish();
    opened.keep_world()?;
    let end = end(args, applied?, &opened);
    opened.close().await;
    end
}

fn end(args: &args::Apply, applied: Applied, opened: &Opened) -> Result<Outcome> {
    let ui = &opened.ui;
    let Applied { plan, mut report } = applied;
    if args.json {
        ui.data(&format!("{}\n", json::ended(&report, opened.context.clock.now())));
    } else {
        ui.data(&format!("\n{}", terminal::report(&report, &ui.out)));
    }
    report.problems.extend(plan.problems);
    outcome(report)
}

/// A failure is worse than a rest: whoever reads the code has to look.
fn outcome(report: Report) -> Result<Outcome> {
    let interrupted = report.problems.failure == Failure::Interrupted;
    match (report.problems.has_errors() || interrupted, report.rest) {
        (true, _) => Err(report.problems),
        (false, Some(_)) => Ok(Outcome::Waits),
        (false, None) => Ok(Outcome::Done),
    }
}

/// A saved plan.
fn saved(path: &Path, opened: &Opened) -> Result<Plan> {
    let text = open::read(&opened.ui.path(path))?;
    let accounts =
        Accounts { providers: &opened.context.providers(), quotas: &opened.context.project.quotas };
    file::to_apply(&text, accounts)
}
