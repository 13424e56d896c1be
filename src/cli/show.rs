//! `show`: a saved plan again. It needs neither project nor state.

use super::args;
use super::exit::Outcome;
use super::open;
use super::plan;
use super::ui::Ui;
use crate::plan::file;
use crate::problem::{Problem, Problems, Result};

/// Shows it.
pub(super) fn run(args: &args::Show, ui: &Ui) -> Result<Outcome> {
    let text = open::read_if_there(&args.plan_file)?;
    let missing = || Problem::error("cli::unreadable", format!("there is no file `{}`", args.plan_file.display()));
    let text = text.ok_or_else(|| Problems::from(missing()))?;
    let shown = file::to_show(&text)?;
    plan::show(&shown, &text, &args.format, ui)?;
    Ok(Outcome::Done)
}
