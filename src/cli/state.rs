//! `state list|show|rm|move|export|import|resolve|unlock`: the recorded side. No vendor is called, so no credentials are asked for.

use std::io::BufReader;
use std::path::Path;
use std::rc::Rc;

use super::args::Emulate;
use super::config::Config;
use super::exit::Outcome;
use super::files;
use super::open::{self, Vendors};
use super::own_files::OwnFiles;
use super::place;
use super::state_args::{State, StateAt, StateExport, StateImport};
use super::ui::Ui;
use crate::clock::Clock;
use crate::ops;
use crate::ops::lease::Holder;
use crate::ops::moving::{self, Mover, Present};
use crate::problem::{Problem, Result};
use crate::render::state;
use crate::state::{Held, Store, text};

/// Looks into it or mends it.
pub(super) async fn run(args: &State, config: &Config, ui: &Ui) -> Result<Outcome> {
    match args {
        State::List { addresses, of } => {
            let record = ops::state::list(&*store(of, config, ui)?, addresses).await?;
            ui.data(&state::list(&record.entries, &record.names, &ui.out, &ui.mask));
        }
        State::Show(at) => show(at, config, ui).await?,
        State::Rm(at) => {
            let store = store(&at.of, config, ui)?;
            let (owner, say) = (config.owner(), |what: &str| ui.say(what));
            let holder = Holder {
                store: &*store,
                clock: Clock::real(),
                owner: &owner,
                operation: "state rm",
                say: &say,
            };
            let removed = ops::state::remove(&holder, &at.addresses).await?;
            ui.data(&state::removed(&removed.entries, &removed.names, &ui.mask));
        }
        State::Move { to, overwrite } => {
            let (from, side) =
                (place::of_project(Vendors::Real, config, ui)?, place::of_argument(to, config, ui)?);
            let owner = config.owner();
            let mover = Mover { owner: &owner, clock: Clock::real(), say: &|what| ui.say(what) };
            let held = moving::move_state(&from, &side, present(*overwrite), mover).await?;
            ui.data(&state::moved(held, &from.shown, &side.shown));
        }
        State::Export(args) => export(args, config, ui).await?,
        State::Import(args) => import(args, config, ui).await?,
        State::Resolve { id: None, of } => {
            let (names, calls) = ops::state::in_doubt(&*store(of, config, ui)?).await?;
            ui.data(&state::in_doubt(&calls, &names, &ui.out, &ui.mask));
        }
        State::Resolve { id: Some(id), of } => {
            let store = store(of, config, ui)?;
            let (owner, say) = (config.owner(), |what: &str| ui.say(what));
            let operation = "state resolve";
            let holder = Holder { store: &*store, clock: Clock::real(), owner: &owner, operation, say: &say };
            let (names, call) = ops::state::resolve(&holder, *id).await?;
            ui.data(&state::resolved(&call, &names, &ui.mask));
        }
        State::Unlock { id, of } => {
            match ops::state::unlock(&*store(of, config, ui)?, id.as_deref()).await? {
                Some(lease) => ui.data(&format!("Unlocked: {} held the state.\n", lease.owner)),
                None => ui.data("Nobody holds the state.\n"),
            }
        }
    }
    Ok(Outcome::Done)
}

async fn export(args: &StateExport, config: &Config, ui: &Ui) -> Result<()> {
    if ui.mask.hides() {
        let problem =
            Problem::error("state::masked", "a state whose names are masked would be another state");
        return Err(problem.help("export it without --mask, and keep the file to yourself").into());
    }
    let side = place::of_project(Vendors::of(&args.of), config, ui)?;
    if let (Some(path), Some(project)) = (&args.out, open::project_quietly(ui)) {
        let (mut own, path) = (OwnFiles::of_project(&project, ui), ui.path(path));
        side.shown.strip_prefix("sqlite:").into_iter().for_each(|state| own.add_state(Path::new(state)));
        own.find_declaring(&path);
        own.refuse("--out", &path)?;
    }
    let whole = moving::read(&side).await?;
    match &args.out {
        Some(path) => {
            files::write_by(&ui.path(path), |to| text::write(&whole, to))?;
            ui.say(&format!("Wrote {} to {}.", state::held(Held::of(&whole)), path.display()));
        }
        None => ui.data_by(|to| text::write(&whole, to)),
    }
    Ok(())
}

async fn import(args: &StateImport, config: &Config, ui: &Ui) -> Result<()> {
    let shown = args.file.display().to_string();
    let file = files::open(&ui.path(&args.file), &shown)?;
    let whole = text::read(&mut BufReader::new(file), &shown)?;
    let side = place::of_project(Vendors::of(&args.of), config, ui)?;
    let owner = config.owner();
    let mover = Mover { owner: &owner, clock: Clock::real(), say: &|what| ui.say(what) };
    moving::write(&side, &whole, present(args.overwrite), mover).await?;
    ui.data(&state::imported(Held::of(&whole), &side.shown));
    Ok(())
}

const fn present(overwrite: bool) -> Present {
    if overwrite { Present::Overwrite } else { Present::Keep }
}

async fn show(at: &StateAt, config: &Config, ui: &Ui) -> Result<()> {
    let record = ops::state::list(&*store(&at.of, config, ui)?, &at.addresses).await?;
    ui.data(&state::show(&record.entries, &record.names, &ui.out, &ui.mask));
    Ok(())
}

fn store(of: &Emulate, config: &Config, ui: &Ui) -> Result<Rc<dyn Store>> {
    let project = open::project_with_state(Vendors::of(of), config, ui)?;
    open::store(&project, Vendors::of(of), ui)
}
