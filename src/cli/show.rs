//! `show`: a saved plan again. It needs neither project nor state.

use super::args;
use super::exit::Outcome;
use super::open;
use super::plan;
use super::ui::Ui;
use crate::plan::file;
use crate::problem::Result;

/// Shows it.
pub(super) fn run(args: &args::Show, ui: &Ui) -> Result<Outcome> {
    let text = open::read(&ui.path(&args.plan_file))?;
    let shown = file::to_show(&text)?;
    plan::show(&shown, || text.clone(), &args.format, ui)?;
    Ok(Outcome::Done)
}
