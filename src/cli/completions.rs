//! `completions`: prints a completion script.

use clap::CommandFactory;

use crate::cli::args::Args;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;

/// Prints the script of a shell.
#[must_use]
pub fn run(shell: clap_complete::Shell, ui: &Ui) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "pushform", &mut script);
    ui.data(&String::from_utf8_lossy(&script));
    Outcome::Done
}
