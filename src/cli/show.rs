//! `show`: a saved plan again. It needs neither project nor state.

use super::args;
use super::exit::Outcome;
use super::open;
use super::plan;
use super::ui::Ui;
use crate::problem::Result;
use crate::provider;

/// Shows it.
pub(super) fn run(args: &args::Show, ui: &Ui) -> Result<Outcome> {
    let text = open::read(&ui.path(&args.plan_file))?;
    // The accounts only have to say how calls look; nothing is sent and no secret is needed.
    let project = open::project_to_show(ui)?;
    let accounts = provider::of(&project);
    let accounts: Vec<_> = accounts.iter().map(|account| &**account).collect();
    let shown = open::read_plan(&text, &accounts, &project)?;
    plan::show(&shown, || text.clone(), &args.format, ui)?;
    Ok(Outcome::Done)
}
