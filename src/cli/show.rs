//! `show`: a saved plan again. It needs neither project nor state.

use std::fmt;

use super::args::Format;
use super::exit::Outcome;
use super::files;
use super::open;
use super::own_files::OwnFiles;
use super::plan;
use super::ui::Ui;
use super::verbs::{Show, Shown};
use crate::plan::file::Accounts;
use crate::problem::{Problem, Result};
use crate::provider;
use crate::render::{Mask, html, masked};

/// Shows it.
pub(super) fn run(args: &Show, ui: &Ui) -> Result<Outcome> {
    let shown = args.shown().ok_or_else(|| {
        Problem::error("show::no_plan", "no plan is named").help("pushform show --html PLAN_FILE")
    })?;
    let (Shown::Plan { file, .. } | Shown::Page { file }) = &shown;
    let text = files::read(&ui.path(file))?;
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
    let plan = open::read_plan(&text, &accounts, &project)?;
    match shown {
        Shown::Page { .. } if args.json || args.markdown => {
            let what = "a page and something else cannot both go to stdout";
            return Err(Problem::error("show::two_on_stdout", what).help("name a file: --html FILE").into());
        }
        Shown::Page { .. } => ui.data(&html::plan(&plan, &ui.out.zone, &ui.mask)),
        Shown::Plan { page, .. } => {
            let format = Format { json: args.json, markdown: args.markdown, html: page };
            let accounts = Accounts { providers: &accounts, quotas: &project.quotas };
            let json = |mask: &Mask, out: &mut dyn fmt::Write| {
                if mask.hides() { masked::plan(&plan, accounts, mask, out) } else { out.write_str(&text) }
            };
            plan::show(&plan, json, &format, ui)?;
        }
    }
    Ok(Outcome::Done)
}
