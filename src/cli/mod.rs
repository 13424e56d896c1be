//! The terminal: reads the command line, calls the verb, shows what came of it, and ends with its exit code.
//!
//! Commands are thin: what they do is in `ops/`.

pub mod args;
pub mod config;
pub mod exit;
pub mod progress;
pub mod ui;
pub mod verbs;

mod completions;
mod init;
mod man;
mod schema;

use std::process::ExitCode;

use crate::clock::Clock;
use crate::problem::{Problem, Result};

use args::{Args, Command};
use config::Config;
use exit::Outcome;
use ui::Ui;

/// The whole program.
#[must_use]
pub fn run() -> ExitCode {
    let config = Config::of_process();
    let args = match Args::read(config.line.iter().cloned()) {
        Ok(args) => args,
        Err(why) => {
            // Whoever closed the pipe has seen enough.
            why.print().unwrap_or_default();
            return exit::of_usage(&why);
        }
    };
    let ui = Ui::new(&args.global, &config, Clock::real());
    let end = dispatch(args.command, &config, &ui);
    if let Err(problems) = &end {
        ui.problems(problems);
    }
    ExitCode::from(exit::number(&end))
}

/// Every command and where it is done.
fn dispatch(command: Command, _config: &Config, ui: &Ui) -> Result<Outcome> {
    match command {
        Command::Init => init::run(ui),
        Command::Schema(schema) => schema::run(schema.of, ui),
        Command::Completions(completions) => Ok(completions::run(completions.shell, ui)),
        Command::Man(man) => man::run(&man.command, ui),
        Command::Validate(_)
        | Command::Plan(_)
        | Command::Apply(_)
        | Command::Drift(_)
        | Command::Show(_)
        | Command::Pull(_)
        | Command::State(_)
        | Command::Quota(_)
        | Command::User(_)
        | Command::Count(_)
        | Command::Badge(_)
        | Command::Emulator(_) => Err(Problem::error("cli::pending", "this command is not built yet").into()),
    }
}
