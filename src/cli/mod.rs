//! The terminal: reads the command line, calls the verb, shows what came of it, and ends with its exit code.
//!
//! Commands are thin: what they do is in `ops/`.

pub mod args;
pub mod config;
pub mod exit;
pub mod open;
pub mod progress;
pub mod ui;

mod apply;
mod approve;
mod badge;
mod completions;
mod count;
mod drift;
mod emulator;
mod files;
mod fmt;
mod habits;
mod init;
mod lines;
mod lsp;
mod man;
mod own_files;
mod place;
mod plan;
mod plan_file;
mod pull;
mod quota;
mod schema;
mod secret_file;
mod show;
mod signals;
mod state;
pub mod state_args;
mod usage;
mod user;
mod validate;
pub mod verbs;

use std::process::ExitCode;

use crate::clock::{self, Clock};
use crate::problem::{Problem, Problems, Result};

use args::{Args, Command};
use config::Config;
use exit::Outcome;
use signals::until_asked;
use ui::Ui;

/// The whole program.
#[must_use]
pub fn run() -> ExitCode {
    let config = Config::of_process();
    let mut args = match Args::read(config.line.iter().cloned()) {
        Ok(args) => args,
        Err(why) => {
            let hidden = usage::hidden(&why, &config.line, &config.folder);
            let printed = ui::print_usage(&why, hidden.as_deref());
            return exit::of_usage(&why, &printed);
        }
    };
    args.global.mask |= open::masks(args.global.chdir.as_deref().unwrap_or(&config.folder));
    let ui = Ui::new(&args.global, &config, Clock::real());
    let end = with_what_was_lost(dispatch(args.command, &config, &ui), &ui);
    if let Err(problems) = &end {
        ui.problems(problems);
    }
    ExitCode::from(exit::number(&end))
}

/// An end that knows whether all of stdout was written: a full disk is no success, whatever the command did.
fn with_what_was_lost(end: Result<Outcome>, ui: &Ui) -> Result<Outcome> {
    let Err(lost) = ui.written() else { return end };
    match end {
        Err(problems) if problems.list().iter().any(|one| lost.list().contains(one)) => Err(problems),
        Err(mut problems) => {
            problems.extend(lost);
            Err(problems)
        }
        Ok(_) => Err(lost),
    }
}

/// Every command and where it is done.
fn dispatch(command: Command, config: &Config, ui: &Ui) -> Result<Outcome> {
    match command {
        Command::Init => init::run(ui),
        Command::Validate(args) => validate::run(&args, ui),
        Command::Fmt(args) => fmt::run(&args, ui),
        Command::Lsp => lsp::run(ui),
        Command::Plan(args) => within(args.selection.emulate.emulate, plan::run(&args, config, ui)),
        Command::Apply(args) => within(args.selection.emulate.emulate, apply::run(&args, config, ui)),
        Command::Drift(args) => within(args.emulate.emulate, drift::run(&args, config, ui)),
        Command::Show(args) => show::run(&args, ui),
        Command::State(args) => within(false, until_asked(state::run(&args, config, ui))),
        Command::Quota(args) => within(args.emulate, until_asked(quota::run(&args, config, ui))),
        Command::Pull(args) => within(args.emulate.emulate, pull::run(&args, config, ui)),
        Command::User(args) => within(args.emulate.emulate, user::run(&args, config, ui)),
        Command::Count(args) => within(args.emulate.emulate, count::run(&args, config, ui)),
        Command::Badge(args) => within(args.emulate().emulate, badge::run(&args, config, ui)),
        Command::Schema(schema) => Ok(schema::run(schema.of, ui)),
        Command::Emulator(args) => within(false, emulator::run(&args, ui)),
        Command::Completions(completions) => Ok(completions::run(completions.shell, ui)),
        Command::Man(man) => man::run(&man.command, ui),
    }
}

/// Runs a command's future to its end; emulated time passes only by being waited for.
fn within<T>(emulated: bool, work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = if emulated { clock::virtual_runtime() } else { clock::real_runtime() };
    let no_resources = |why: std::io::Error| {
        let summary = format!("the system gives no resources to start with: {why}");
        Problems::from(Problem::error("cli::runtime", summary))
    };
    let runtime = runtime.map_err(no_resources)?;
    let listening = signals::listen().map_err(no_resources)?;
    let ended = runtime.block_on(work);
    drop(listening);
    // Somebody may still be asked a question that nobody will answer.
    runtime.shutdown_background();
    ended
}
