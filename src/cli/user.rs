//! `user`: shows all that is known of some users.

use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::progress::Reading;
use super::ui::Ui;
use super::verbs;
use crate::gate;
use crate::ops;
use crate::problem::Result;
use crate::render::user;

/// Looks and shows; an unknown user is an error, and the others are shown all the same.
pub(super) async fn run(args: &verbs::User, config: &Config, ui: &Ui) -> Result<Outcome> {
    let cids = ops::user::ids(&args.cids)?;
    let progress = Reading::new(ui);
    let gate = gate::Options { on_event: progress.listener(), ..gate::Options::default() };
    let opened = open::open(Vendors::of(&args.emulate), gate, config, ui).await?;
    let found =
        progress.told(&opened.context, opened.interruptible(ops::user::user(&opened.context, &cids))).await;
    progress.finish();
    let found = found?;
    let ui = &opened.ui;
    if args.json {
        ui.data(&user::json(&found.list, &ui.mask));
    } else {
        ui.data(&user::text(&found.list, &ui.out, &ui.mask));
    }
    opened.close().await;
    if found.problems.has_errors() {
        return Err(found.problems);
    }
    ui.problems(&found.problems);
    Ok(Outcome::Done)
}
