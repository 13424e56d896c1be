//! `plan`: shows what an apply would do.

use std::fmt;
use std::path::Path;

use super::args::{self, Emulate, Format, Selection};
use super::config::Config;
use super::exit::Outcome;
use super::files;
use super::open::{self, Opened, Vendors};
use super::own_files::OwnFiles;
use super::progress::Reading;
use super::ui::Ui;
use crate::gate;
use crate::observe::Refresh;
use crate::ops;
use crate::ops::apply::is_refused;
use crate::ops::plan::{Look, Wanted};
use crate::plan::{Options, Plan, Sizes, file};
use crate::problem::Result;
use crate::render::{Mask, choice, html, markdown, terminal, text};

/// Plans and shows it.
pub(super) async fn run(args: &args::Plan, config: &Config, ui: &Ui) -> Result<Outcome> {
    let progress = Reading::new(ui);
    let gate = gate::Options { on_event: progress.listener(), ..gate::Options::default() };
    let opened = open::open(Vendors::of(&args.selection.emulate), gate, config, ui).await?;
    let mut own = OwnFiles::of_project(&opened.context.project, ui);
    refuse_own(args, &mut own, ui)?;
    let wanted = wanted(&args.selection, &opened);
    let planned =
        progress.told(&opened.context, opened.interruptible(ops::plan::plan(&opened.context, &wanted))).await;
    progress.finish();
    let mut planned = planned?;
    let base = &mut planned.plan.base;
    (base.project, base.emulated) = (open::project_name(ui), args.selection.emulate.emulate);
    let mut declaring = OwnFiles::none(ui);
    declaring.add_declaring(&planned.files);
    refuse_own(args, &mut declaring, ui)?;
    let ui = &opened.ui;
    ui.problems(&planned.warnings);
    ui.detail(&looked(&planned.plan, opened.context.gate.calls()));
    let json = |mask: &Mask, out: &mut dyn fmt::Write| {
        opened.with_accounts(|accounts| open::write_plan(&planned.plan, accounts, mask, out))
    };
    show(&planned.plan, json, &args.format, ui)?;
    ui.summarize(|| markdown::plan(&planned.plan, &ui.out.zone, &ui.mask));
    if let Some(path) = &args.out {
        files::write_by(&ui.path(path), |to| file::write(&planned.plan, to))?;
        ui.say(&saved_to(&planned.plan, path, &args.selection.emulate, ui));
    }
    opened.close().await;
    end(planned.plan, args)
}

/// What a plan was made from, for whoever wants to know more.
pub(super) fn looked(plan: &Plan, calls: u64) -> String {
    let Sizes { desired, recorded, live } = plan.sizes;
    let rows = |rows: usize| text::group(rows as u64);
    let calls = text::count(calls, "call", "calls");
    format!(
        "Rows: {} declared, {} recorded, {} observed with {calls}.",
        rows(desired),
        rows(recorded),
        rows(live)
    )
}

/// Errors in the plan are the command's, whatever else it holds.
fn end(plan: Plan, args: &args::Plan) -> Result<Outcome> {
    if plan.problems.has_errors() {
        return Err(plan.problems);
    }
    let differs = args.detailed_exitcode && !plan.changes.is_empty();
    Ok(if differs { Outcome::Differs } else { Outcome::Done })
}

/// Refuses to write over what is not an option's to write over.
fn refuse_own(args: &args::Plan, own: &mut OwnFiles, ui: &Ui) -> Result<()> {
    for (option, path) in [("--out", &args.out), ("--html", &args.format.html)] {
        path.iter().try_for_each(|path| own.refuse(option, &ui.path(path)))?;
    }
    Ok(())
}

/// Where the plan was saved, and how it is applied if it can be and changes anything.
fn saved_to(plan: &Plan, path: &Path, emulate: &Emulate, ui: &Ui) -> String {
    let at = ui.chdir().map(|folder| format!(" -C {folder:?}")).unwrap_or_default();
    let emulated = if emulate.emulate { " --emulate" } else { "" };
    let path = path.display().to_string();
    let saved = format!("\nSaved the plan to: {path}");
    if is_refused(plan) {
        format!("{saved}\n\nIt cannot be applied: it is refused for the reasons below.")
    } else if plan.changes.is_empty() {
        saved
    } else {
        format!(
            "{saved}\n\nTo perform exactly these actions, run:\n    pushform{at} apply{emulated} {path:?}"
        )
    }
}

/// Writes a plan as it was asked for; `json` writes its JSON under a mask.
///
/// # Errors
/// The page cannot be written.
pub(super) fn show(
    plan: &Plan,
    json: impl Fn(&Mask, &mut dyn fmt::Write) -> fmt::Result,
    format: &Format,
    ui: &Ui,
) -> Result<()> {
    if format.json {
        ui.data_by(|to| files::as_text(to, |out| json(&ui.mask, out)));
    } else if format.markdown {
        ui.data(&markdown::plan(plan, &ui.out.zone, &ui.mask));
    } else {
        ui.data(&terminal::plan(plan, &ui.out, &ui.mask));
        ui.data_in_detail(|| choice::choice(plan, &ui.out));
    }
    match &format.html {
        Some(path) => files::write_by(&ui.path(path), |to| {
            files::as_text(to, |out| html::plan(plan, &ui.out.zone, &ui.mask, out))
        }),
        None => Ok(()),
    }
}

/// What the options ask for.
pub(super) fn wanted(selection: &Selection, opened: &Opened) -> Wanted {
    let project = &opened.context.project;
    let options = Options {
        only: None,
        targets: selection.targets.clone(),
        excludes: selection.excludes.clone(),
        deletes_max: selection.max_deletes,
        deletes_percent: project.max_deletes_percent,
        deletes_at_least: project.max_deletes_at_least,
    };
    Wanted { look: Look::By(refresh(selection.refresh)), options }
}

pub(super) const fn refresh(asked: args::Refresh) -> Refresh {
    match asked {
        args::Refresh::Auto => Refresh::Auto,
        args::Refresh::Full => Refresh::Full,
        args::Refresh::Counts => Refresh::Counts,
        args::Refresh::None => Refresh::None,
    }
}
