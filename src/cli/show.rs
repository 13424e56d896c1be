//! `show`

use super::args;
use super::exit::End;
use super::open;
use super::ui::Ui;
use crate::plan::file;
use crate::problem::{Problem, Result};
use crate::render::{html, markdown, terminal};
use crate::timestamp::Zone;

/// Shows a saved plan again; it needs neither project nor state.
pub(super) fn run(args: &args::Show, ui: &Ui) -> Result<End> {
    let text = open::read_if_there(&args.plan)?;
    let path = args.plan.display();
    let text = text.ok_or_else(|| Problem::error("cli::unreadable", format!("there is no file `{path}`")))?;
    let plan = file::to_show(&text)?;
    let look = ui.look_out(&Zone::shanghai());
    if args.json {
        ui.out(&text);
    } else if args.markdown {
        ui.out(&markdown::plan(&plan, &look, ui.mask()));
    } else {
        ui.out(&terminal::plan(&plan, &look, ui.mask()));
    }
    if let Some(path) = &args.html {
        open::write_whole(path, &html::plan(&plan, &look, ui.mask()))?;
    }
    Ok(End::Done)
}
