//! `drift`: what changed outside since the last apply.

use super::args;
use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::plan::refresh;
use super::progress::Reading;
use super::ui::Ui;
use crate::gate;
use crate::ops::drift::{Drifted, How, drift};
use crate::problem::Result;
use crate::render::drift::Found;
use crate::render::{json, markdown, terminal};

/// Looks and shows.
pub(super) async fn run(args: &args::Drift, config: &Config, ui: &Ui) -> Result<Outcome> {
    let progress = Reading::new(ui);
    let gate = gate::Options { on_event: progress.listener(), ..gate::Options::default() };
    let opened = open::open(Vendors::of(&args.emulate), gate, config, ui).await?;
    let how = match args.sample {
        Some(users) => How::Sample(users as usize),
        None => How::By(refresh(args.refresh)),
    };
    let drifted = progress.told(&opened.context, opened.interruptible(drift(&opened.context, how))).await;
    progress.finish();
    let drifted = drifted?;
    show(args, &drifted, &opened.ui);
    opened.close().await;
    Ok(if drifted.is_any() { Outcome::Differs } else { Outcome::Done })
}

fn show(args: &args::Drift, drifted: &Drifted, ui: &Ui) {
    ui.problems(&drifted.planned.warnings);
    let found = Found { plan: &drifted.planned.plan, sampled: drifted.sampled };
    if args.json {
        ui.data(&format!("{}\n", json::drift(found, env!("CARGO_PKG_VERSION"), &ui.mask)));
    } else if args.markdown {
        ui.data(&markdown::drift(found, &ui.out.zone, &ui.mask));
    } else {
        ui.data(&terminal::drift(found, &ui.out, &ui.mask));
    }
    ui.summarize(|| markdown::drift(found, &ui.out.zone, &ui.mask));
}
