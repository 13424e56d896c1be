//! `drift`: what changed outside since the last apply.

use super::args;
use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::progress::Reading;
use super::ui::Ui;
use crate::gate;
use crate::ops;
use crate::ops::context::Spends;
use crate::problem::Result;
use crate::render::{json, markdown, terminal};

/// Looks and shows.
pub(super) async fn run(args: &args::Drift, config: &Config, ui: &Ui) -> Result<Outcome> {
    let progress = Reading::new(ui);
    let gate = gate::Options { on_event: progress.listener(), ..gate::Options::default() };
    let opened = open::open(Vendors::of(&args.emulate), Spends::Remembered, gate, config, ui).await?;
    let planned = opened.interruptible(ops::drift::drift(&opened.context)).await;
    progress.finish();
    let planned = planned?;
    let (plan, ui) = (&planned.plan, &opened.ui);
    ui.problems(&planned.warnings);
    if args.json {
        ui.data(&format!("{}\n", json::drift(plan, env!("CARGO_PKG_VERSION"), &ui.mask)));
    } else if args.markdown {
        ui.data(&markdown::drift(plan, &ui.out.zone, &ui.mask));
    } else {
        ui.data(&terminal::drift(plan, &ui.out, &ui.mask));
    }
    ui.summarize(|| markdown::drift(plan, &ui.out.zone, &ui.mask));
    opened.close().await;
    Ok(if plan.drift.is_empty() { Outcome::Done } else { Outcome::Differs })
}
