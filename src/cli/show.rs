//! `show`: a saved plan again. It needs neither project nor state.

use super::args;
use super::exit::Outcome;
use super::open;
use super::plan;
use super::ui::Ui;
use crate::problem::{Problem, Problems, Result};
use crate::provider;

/// Shows it.
pub(super) fn run(args: &args::Show, ui: &Ui) -> Result<Outcome> {
    let text = open::read_if_there(&args.plan_file)?;
    let missing =
        || Problem::error("cli::unreadable", format!("there is no file `{}`", args.plan_file.display()));
    let text = text.ok_or_else(|| Problems::from(missing()))?;
    // The accounts only have to say how calls look; nothing is sent and no secret is needed.
    let project = open::project_to_show(ui)?;
    let accounts = provider::of(&project);
    let accounts: Vec<_> = accounts.iter().map(|account| &**account).collect();
    let shown = open::read_plan(&text, &accounts, &project)?;
    plan::show(&shown, &text, &args.format, ui)?;
    Ok(Outcome::Done)
}
