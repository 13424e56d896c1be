//! `drift`

use std::path::Path;

use super::args;
use super::exit::End;
use super::open::{self, Vendors};
use super::plan::{interruptible, refresh, selectors};
use super::progress::Progress;
use super::ui::Ui;
use crate::gate;
use crate::ops;
use crate::ops::context::Spends;
use crate::ops::plan::Wanted;
use crate::plan::Options;
use crate::problem::Result;
use crate::render::{events, markdown, terminal};

/// Looks and shows what changed outside.
pub(super) async fn run(folder: &Path, args: &args::Drift, ui: &Ui) -> Result<End> {
    let progress = Progress::reading(ui);
    let gate = gate::Options { on_event: progress.gate_listener(), ..gate::Options::default() };
    let opened = open::open(folder, Vendors::of(args.emulate), Spends::Remembered, gate, ui).await?;
    let targets = selectors(&args.target)?;
    let excludes = selectors(&args.exclude)?;
    // A drift check deletes nothing: no share of deletions is too large for it.
    let options = Options { targets, excludes, deletes_max: Some(u64::MAX), ..Options::default() };
    let wanted = Wanted { refresh: refresh(args.refresh), options };
    let planned = interruptible(&opened, ops::drift::drift(&opened.context, &wanted)).await;
    progress.finish();
    let planned = planned?;
    let plan = &planned.plan;
    ui.problems(&planned.warnings);
    let look = ui.look_out(&opened.context.project.zone());
    if args.json {
        ui.out(&events::drift_json(plan, ui.mask()));
    } else if args.markdown {
        ui.out(&markdown::drift(plan, &look, ui.mask()));
    } else {
        ui.out(&terminal::drift(plan, &look, ui.mask()));
    }
    Ok(if plan.drift.is_empty() { End::Done } else { End::Differs })
}
