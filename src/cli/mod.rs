//! The terminal: arguments in, text and an exit code out. What a command does is in `ops/`.

pub mod args;
pub mod config;
pub mod exit;
pub mod open;
pub mod progress;
pub mod ui;

mod apply;
mod approve;
mod drift;
mod emulator;
mod init;
mod plan;
mod print;
mod quota;
mod show;
mod state;
mod validate;

use std::process::ExitCode;

use clap::Parser;

use crate::problem::{Problem, Problems, Result};
use args::{Cli, Command};
use exit::End;
use ui::Ui;

/// Runs one command to its end.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::try_parse_from(config::arguments()) {
        Ok(cli) => ExitCode::from(end(cli)),
        Err(wrong) => {
            // Wrong usage is 1: 2 means differences here. Help and version were asked for and are no error.
            let asked = !wrong.use_stderr();
            let _gone = wrong.print();
            ExitCode::from(if asked { 0 } else { 1 })
        }
    }
}

fn end(cli: Cli) -> End {
    let ui = Ui::new(&cli.global);
    match dispatch(cli, &ui) {
        Ok(end) => end,
        Err(problems) => {
            ui.problems(&problems);
            End::Failed(problems.failure)
        }
    }
}

fn dispatch(cli: Cli, ui: &Ui) -> Result<End> {
    let folder = config::folder(cli.global.chdir.as_ref());
    match cli.command {
        Command::Init => init::run(&folder, ui),
        Command::Validate(args) => validate::run(&folder, &args, ui),
        Command::Plan(args) => within(args.selection.emulate, plan::run(&folder, &args, ui)),
        Command::Apply(args) => within(args.selection.emulate, apply::run(&folder, &args, ui)),
        Command::Drift(args) => within(args.emulate, drift::run(&folder, &args, ui)),
        Command::Show(args) => show::run(&args, ui),
        Command::State(args) => within(false, state::run(&folder, &args, ui)),
        Command::Quota(args) => within(args.emulate, quota::run(&folder, &args, ui)),
        Command::Schema(args) => print::schema(args.of, ui),
        Command::Emulator(args) => within(false, emulator::run(&args, ui)),
        Command::Completions(args) => print::completions(args.shell, ui),
        Command::Man => print::man(ui),
    }
}

/// Runs a command's future to its end on one thread; emulated time passes only by being waited for.
fn within(emulated: bool, work: impl Future<Output = Result<End>>) -> Result<End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(emulated).build();
    let runtime = runtime.map_err(|why| {
        Problems::from(Problem::error("cli::runtime", format!("the system gives no resources to start with: {why}")))
    })?;
    let ended = tokio::task::LocalSet::new().block_on(&runtime, work);
    // Somebody may still be asked a question that nobody will answer.
    runtime.shutdown_background();
    ended
}
