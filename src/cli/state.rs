//! `state list|show|rm|unlock`: the recorded side. No vendor is called, so no credentials are asked for.

use std::rc::Rc;

use super::args::{Emulate, State, StateAt};
use super::config::Config;
use super::exit::Outcome;
use super::open::{self, Vendors};
use super::ui::Ui;
use crate::clock::Clock;
use crate::ops;
use crate::problem::{Problem, Result};
use crate::render::state;
use crate::state::Store;

/// Looks into it or mends it.
pub(super) async fn run(args: &State, config: &Config, ui: &Ui) -> Result<Outcome> {
    match args {
        State::List { addresses, of } => {
            let record = ops::state::list(&*store(of, ui)?, addresses).await?;
            ui.data(&state::list(&record.entries, &record.names, &ui.out, &ui.mask));
        }
        State::Show(at) => show(at, ui).await?,
        State::Rm(at) => {
            let store = store(&at.of, ui)?;
            let removed = ops::state::remove(&*store, Clock::real(), &config.owner(), &at.addresses).await?;
            ui.data(&state::removed(&removed.entries, &removed.names, &ui.mask));
        }
        State::Unlock { id, of } => match ops::state::unlock(&*store(of, ui)?, id.as_deref()).await? {
            Some(lease) => ui.data(&format!("Unlocked: {} held the state.\n", lease.owner)),
            None => ui.data("Nobody holds the state.\n"),
        },
    }
    Ok(Outcome::Done)
}

async fn show(at: &StateAt, ui: &Ui) -> Result<()> {
    let record = ops::state::list(&*store(&at.of, ui)?, &at.addresses).await?;
    if record.entries.is_empty() {
        let problem = Problem::error("state::no_match", "nothing recorded matches");
        return Err(problem.help("`pushform state list` shows what is recorded").into());
    }
    ui.data(&state::show(&record.entries, &record.names, &ui.out, &ui.mask));
    Ok(())
}

fn store(of: &Emulate, ui: &Ui) -> Result<Rc<dyn Store>> {
    let project = open::project(Vendors::Emulated, None, ui)?;
    open::store(&project, Vendors::of(of), ui)
}
