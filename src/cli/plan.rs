//! `plan`

use std::path::Path;

use super::args::{self, Selection};
use super::exit::End;
use super::open::{self, Opened, Vendors};
use super::progress::Progress;
use super::ui::Ui;
use crate::address::Selector;
use crate::gate;
use crate::observe::Refresh;
use crate::ops;
use crate::ops::context::Spends;
use crate::ops::plan::{Planned, Wanted};
use crate::plan::{Options, Plan, file};
use crate::problem::{Failure, Problem, Problems, Result};
use crate::render::{html, markdown, terminal};

/// Plans and shows it.
pub(super) async fn run(folder: &Path, args: &args::Plan, ui: &Ui) -> Result<End> {
    let progress = Progress::reading(ui);
    let gate = gate::Options { on_event: progress.gate_listener(), ..gate::Options::default() };
    let opened = open::open(folder, Vendors::of(args.selection.emulate), Spends::Remembered, gate, ui).await?;
    let wanted = wanted(&args.selection, &opened)?;
    let planned = interruptible(&opened, ops::plan::plan(&opened.context, &wanted)).await;
    progress.finish();
    let planned = planned?;
    show(args, &planned, &opened, ui)?;
    Ok(end(&planned.plan, args))
}

/// The exit code: an error in the plan is one, whatever else it holds.
fn end(plan: &Plan, args: &args::Plan) -> End {
    if plan.problems.failure == Failure::Guard {
        return End::Failed(Failure::Guard);
    }
    if plan.problems.has_errors() {
        return End::Failed(Failure::Error);
    }
    let differs = !plan.changes.is_empty();
    if args.detailed_exitcode && differs { End::Differs } else { End::Done }
}

fn show(args: &args::Plan, planned: &Planned, opened: &Opened, ui: &Ui) -> Result<()> {
    let plan = &planned.plan;
    ui.problems(&planned.warnings);
    let look = ui.look_out(&opened.context.project.zone());
    if args.json {
        ui.out(&file::to_json(plan, &opened.context.providers()));
    } else if args.markdown {
        ui.out(&markdown::plan(plan, &look, ui.mask()));
    } else {
        ui.out(&terminal::plan(plan, &look, ui.mask()));
    }
    if let Some(path) = &args.html {
        open::write_whole(path, &html::plan(plan, &look, ui.mask()))?;
    }
    ui.problems(&plan.problems);
    if let Some(path) = &args.out {
        open::write_whole(path, &file::to_json(plan, &opened.context.providers()))?;
        let path = path.display();
        ui.say(&format!("Saved the plan to: {path}\n\nTo perform exactly these actions, run:\n    pushform apply {path}"));
    }
    Ok(())
}

/// What the options ask for.
///
/// # Errors
/// A selector that nothing could match.
pub(super) fn wanted(selection: &Selection, opened: &Opened) -> Result<Wanted> {
    let project = &opened.context.project;
    let options = Options {
        targets: selectors(&selection.target)?,
        excludes: selectors(&selection.exclude)?,
        deletes_max: selection.max_deletes,
        deletes_percent: project.max_deletes_percent,
        deletes_at_least: project.max_deletes_at_least,
    };
    Ok(Wanted { refresh: refresh(selection.refresh), options })
}

/// The selectors of some options.
///
/// # Errors
/// Every one that nothing could match.
pub(super) fn selectors(texts: &[String]) -> Result<Vec<Selector>> {
    let mut problems = Problems::new();
    let mut selectors = Vec::new();
    for text in texts {
        match Selector::parse(text) {
            Ok(selector) => selectors.push(selector),
            Err(why) => problems.push(Problem::error("cli::selector", why)),
        }
    }
    if problems.is_empty() { Ok(selectors) } else { Err(problems) }
}

pub(super) const fn refresh(asked: args::Refresh) -> Refresh {
    match asked {
        args::Refresh::Auto => Refresh::Auto,
        args::Refresh::Full => Refresh::Full,
        args::Refresh::Counts => Refresh::Counts,
        args::Refresh::None => Refresh::None,
    }
}

/// Runs to the end; once somebody asks to stop, calls under way end and nothing further goes.
pub(super) async fn interruptible<T>(opened: &Opened, work: impl Future<Output = Result<T>>) -> Result<T> {
    let work = std::pin::pin!(work);
    let mut work = work;
    tokio::select! {
        done = &mut work => return done,
        () = asked_to_stop() => opened.context.gate.interrupt(),
    }
    let done = work.await;
    done.map_err(|mut problems| {
        problems.failure = Failure::Interrupted;
        problems
    })
}

/// Ctrl-C, or the system's polite request.
pub(super) async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler nobody can ask; waiting forever is then right.
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}
