//! `count`: the number of users who meet some conditions, on stdout.

use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::ui::Ui;
use super::verbs;
use crate::gate;
use crate::ops;
use crate::problem::Result;
use crate::provider::count;

/// Reads the expression before anything is opened: no account is needed to see what is wrong with it.
pub(super) async fn run(args: &verbs::Count, config: &Config, ui: &Ui) -> Result<Outcome> {
    let conditions = count::parse(&args.expression)?;
    let vendors = Vendors::of(&args.emulate);
    let opened = open::open(vendors, gate::Options::default(), config, ui).await?;
    let users = opened.interruptible(ops::count::count(&opened.context, &conditions)).await?;
    opened.ui.data(&format!("{users}\n"));
    opened.close().await;
    Ok(Outcome::Done)
}
