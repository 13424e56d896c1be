//! `badge set|add`: the number on the app's icon.

use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::progress::Reading;
use super::ui::Ui;
use super::verbs;
use crate::gate;
use crate::ops;
use crate::ops::badge::Change;
use crate::problem::Result;
use crate::render::user;

/// Sends it and says for how many users it was taken.
pub(super) async fn run(args: &verbs::Badge, config: &Config, ui: &Ui) -> Result<Outcome> {
    let (change, cids) = match args {
        verbs::Badge::Set { number, cids, .. } => (Change::Set(*number), cids),
        verbs::Badge::Add { number, cids, .. } => (Change::Add(*number), cids),
    };
    let cids = ops::user::ids(cids)?;
    let progress = Reading::new(ui);
    let gate = gate::Options { on_event: progress.listener(), ..gate::Options::default() };
    let opened = open::open(Vendors::of(args.emulate()), gate, config, ui).await?;
    let badged = progress
        .told(&opened.context, opened.interruptible(ops::badge::badge(&opened.context, change, &cids)))
        .await;
    progress.finish();
    opened.keep_world()?;
    let badged = badged?;
    opened.ui.data(&user::badged(change, badged.users));
    opened.close().await;
    if badged.problems.is_empty() { Ok(Outcome::Done) } else { Err(badged.problems) }
}
