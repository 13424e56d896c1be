//! `state list|show|rm|unlock`

use std::path::Path;
use std::rc::Rc;

use super::args::{State, StateOf};
use super::config;
use super::exit::End;
use super::open::{self, Vendors};
use super::plan::selectors;
use super::ui::Ui;
use crate::clock::Clock;
use crate::ops;
use crate::problem::{Problem, Result};
use crate::render::state;
use crate::state::Store;

/// Looks into or mends the recorded side. The state needs no credentials, so none are asked for.
pub(super) async fn run(folder: &Path, args: &State, ui: &Ui) -> Result<End> {
    match args {
        State::List(args) => {
            let store = store(folder, args.emulate, ui)?;
            let record = ops::state::list(&*store, &selectors(&args.addresses)?).await?;
            ui.out(&state::list(&record.entries, &look(ui), ui.mask()));
        }
        State::Show(args) => show(folder, args, ui).await?,
        State::Rm(args) => {
            let store = store(folder, args.emulate, ui)?;
            let selectors = selectors(&args.addresses)?;
            let record = ops::state::remove(&*store, Clock::real(), &config::owner(), &selectors).await?;
            ui.out(&state::removed(&record.entries, &look(ui), ui.mask()));
        }
        State::Unlock(args) => {
            let store = store(folder, args.emulate, ui)?;
            match ops::state::unlock(&*store, args.id.as_deref()).await? {
                Some(lease) => ui.out(&format!("Unlocked: {} no longer holds the state.\n", lease.owner)),
                None => ui.out("Nobody holds the state.\n"),
            }
        }
    }
    Ok(End::Done)
}

async fn show(folder: &Path, args: &StateOf, ui: &Ui) -> Result<()> {
    let store = store(folder, args.emulate, ui)?;
    let record = ops::state::list(&*store, &selectors(&args.addresses)?).await?;
    if record.entries.is_empty() {
        let problem = Problem::error("state::no_match", "nothing recorded matches");
        return Err(problem.help("`pushform state list` shows what is recorded").into());
    }
    ui.out(&state::show(&record.recorded, &record.names, &record.entries, &look(ui), ui.mask()));
    Ok(())
}

fn look(ui: &Ui) -> crate::render::Look {
    ui.look_out(&crate::timestamp::Zone::shanghai())
}

fn store(folder: &Path, emulate: bool, ui: &Ui) -> Result<Rc<dyn Store>> {
    let project = open::project(folder, Vendors::Emulated, ui)?;
    open::store(folder, &project, Vendors::of(emulate))
}
