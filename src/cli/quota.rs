//! `quota`: what is spent and left, as the state knows it. No vendor is asked.

use super::args::Emulate;
use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::ui::Ui;
use crate::names::Names;
use crate::ops;
use crate::problem::Result;
use crate::render::quota;

/// Shows it.
pub(super) async fn run(args: &Emulate, config: &Config, ui: &Ui) -> Result<Outcome> {
    // The state is enough: credentials would be asked for in vain. Whose spends they are it says itself, once something
    // was applied; before that the project does, where its variables are set.
    let project = open::project_with_state(Vendors::of(args), config, ui)?;
    let store = open::store(&project, Vendors::of(args), ui)?;
    let mut accounts = store.about(&mut Names::new()).await?.accounts;
    if accounts.is_empty() {
        accounts = open::accounts_named(config, ui);
    }
    let store = open::store_of(&project, Vendors::of(args), accounts, ui)?;
    let now = open::clock(Vendors::of(args), ui)?.now();
    let (status, warnings) = ops::quota::quota(&*store, &project, now).await?;
    ui.problems(&warnings);
    ui.data(&quota::table(&quota::lines(&status, &project.quotas), now, &ui.in_zone(project.zone()).out));
    Ok(Outcome::Done)
}
