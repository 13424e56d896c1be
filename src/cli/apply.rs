//! `apply`

use std::path::Path;

use super::approve;
use super::args;
use super::config;
use super::exit::End;
use super::open::{self, Opened, Vendors};
use super::plan::{interruptible, wanted};
use super::progress::Progress;
use super::ui::Ui;
use crate::gate;
use crate::ops;
use crate::ops::apply::{Applied, Approval, Audience};
use crate::ops::context::Spends;
use crate::ops::plan::Planned;
use crate::plan::file;
use crate::problem::{Failure, Problem, Result};
use crate::quota::limit::parse_length;
use crate::render::{events, terminal};
use crate::report::{Event, Report};

/// Plans, asks, carries out, shows.
pub(super) async fn run(folder: &Path, args: &args::Apply, ui: &Ui) -> Result<End> {
    let until_ms = args.until.as_deref().map(until).transpose()?;
    let progress = Progress::applying(ui);
    let gate = gate::Options { on_event: progress.gate_listener(), until_ms, ..gate::Options::default() };
    let opened = open::open(folder, Vendors::of(args.selection.emulate), Spends::Written, gate, ui).await?;
    let wanted = wanted(&args.selection, &opened)?;
    let saved = args.plan.as_deref().map(|path| saved(path, &opened)).transpose()?;
    let owner = config::owner();
    let lines = events::Lines::new(ui.mask());
    let listener = |event: &Event| {
        progress.event(event);
        if args.json {
            ui.out(&lines.event(event));
        }
    };
    let approve = |planned: &Planned| approve::approve(args, planned, &opened, &lines, &progress, ui);
    let audience = Audience { owner: &owner, approve: &|planned| Box::pin(approve(planned)), listener: &listener };
    let applied = interruptible(&opened, ops::apply::apply(&opened.context, &wanted, saved.as_ref(), &audience)).await;
    progress.finish();
    opened.keep_world()?;
    show(args, applied?, &opened, &lines, ui)
}

fn show(args: &args::Apply, applied: Applied, opened: &Opened, lines: &events::Lines, ui: &Ui) -> Result<End> {
    match applied {
        Applied::Refused => {
            ui.out("\nApply cancelled.\n");
            Ok(End::Failed(Failure::Error))
        }
        Applied::Done(plan, report) => {
            if args.json {
                ui.out(&lines.summary(&plan, &report));
            } else {
                let look = ui.look_out(&opened.context.project.zone());
                ui.problems(&report.problems);
                ui.out(&terminal::report(&report, &look));
            }
            let mut ended = end(&report);
            if ended == End::Done && plan.problems.has_errors() {
                ended = End::Failed(Failure::Error);
            }
            Ok(ended)
        }
    }
}

/// A failure is worse than a rest: whoever reads the code has to look.
fn end(report: &Report) -> End {
    if report.problems.failure == Failure::Interrupted {
        return End::Failed(Failure::Interrupted);
    }
    match (report.problems.has_errors(), &report.rest) {
        (true, _) => End::Failed(Failure::Error),
        (false, Some(_)) => End::Rests,
        (false, None) => End::Done,
    }
}

fn until(text: &str) -> Result<i64> {
    parse_length(text).ok_or_else(|| {
        Problem::error("cli::duration", format!("`{text}` is no length of time; one looks like 45m, 2h or 90s")).into()
    })
}

/// A saved plan.
fn saved(path: &Path, opened: &Opened) -> Result<file::Saved> {
    let text = open::read_if_there(path)?;
    let text = text.ok_or_else(|| Problem::error("cli::unreadable", format!("there is no file `{}`", path.display())))?;
    file::from_json(&text, &opened.context.providers())
}

/// Whether anybody has to be asked.
pub(super) const fn asks(args: &args::Apply) -> bool {
    !args.auto_approve && args.plan.is_none()
}

/// What an answer means: only `yes` is yes.
pub(super) fn approval(answer: Option<&str>) -> Approval {
    if answer == Some("yes") { Approval::Granted } else { Approval::Refused }
}
