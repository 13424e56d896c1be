//! `show`: a saved plan again. It needs neither project nor state.

use std::fmt;

use super::args::Format;
use super::exit::Outcome;
use super::files;
use super::open;
use super::own_files::OwnFiles;
use super::plan;
use super::plan_file::PlanFile;
use super::ui::Ui;
use super::verbs::{Show, Shown};
use crate::plan::file::Accounts;
use crate::problem::{Problem, Result};
use crate::provider;
use crate::render::{Mask, html};

/// Shows it.
pub(super) fn run(args: &Show, ui: &Ui) -> Result<Outcome> {
    let shown = args.shown().ok_or_else(|| {
        Problem::error("show::no_plan", "no plan is named").help("pushform show --html PLAN_FILE")
    })?;
    let (Shown::Plan { file, .. } | Shown::Page { file }) = &shown;
    let saved = PlanFile::open(&ui.path(file))?;
    // The accounts only have to say how calls look; nothing is sent and no secret is needed.
    let project = open::project_to_show(ui)?;
    if let Shown::Plan { page: Some(page), .. } = &shown {
        let mut own = OwnFiles::of_project(&project, ui);
        own.add(&ui.path(file), "the saved plan itself");
        own.find_declaring(&ui.path(page));
        own.refuse("--html", &ui.path(page))?;
    }
    let accounts = provider::of(&project);
    let accounts: Vec<_> = accounts.iter().map(|account| &**account).collect();
    let accounts = Accounts { providers: &accounts, quotas: &project.quotas };
    let saved = saved.read(accounts)?;
    let plan = &saved.plan;
    match shown {
        Shown::Page { .. } if args.json || args.markdown => {
            let what = "a page and something else cannot both go to stdout";
            return Err(Problem::error("show::two_on_stdout", what).help("name a file: --html FILE").into());
        }
        Shown::Page { .. } => {
            ui.data_by(|to| files::as_text(to, |out| html::plan(plan, &ui.out.zone, &ui.mask, out)));
        }
        Shown::Plan { page, .. } => {
            let format = Format { json: args.json, markdown: args.markdown, html: page };
            let json = |mask: &Mask, out: &mut dyn fmt::Write| open::write_plan(&saved, accounts, mask, out);
            plan::show(plan, json, &format, ui)?;
        }
    }
    Ok(Outcome::Done)
}
