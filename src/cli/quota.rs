//! `quota`

use std::path::Path;

use super::args;
use super::exit::End;
use super::open::{self, Vendors};
use super::ui::Ui;
use crate::ops;
use crate::problem::Result;
use crate::render::quota;

/// Shows what is spent and left, as the state knows it; no vendor is asked.
pub(super) async fn run(folder: &Path, args: &args::Quota, ui: &Ui) -> Result<End> {
    // The state is enough: credentials would be asked for in vain.
    let project = open::project(folder, Vendors::Emulated, ui)?;
    let store = open::store(folder, &project, Vendors::of(args.emulate))?;
    let now = open::clock(folder, Vendors::of(args.emulate))?.now();
    let status = ops::quota::quota(&*store, &project, now).await?;
    ui.out(&quota::table(&status, &project.quotas, now, &ui.look_out(&project.zone())));
    Ok(End::Done)
}
