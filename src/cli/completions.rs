//! `completions`: prints a completion script.

use clap::CommandFactory;

use crate::cli::args::Args;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::problem::Result;

/// Prints the script of a shell.
///
/// # Errors
/// None.
pub fn run(shell: clap_complete::Shell, ui: &Ui) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "pushform", &mut script);
    ui.data(&String::from_utf8_lossy(&script));
    Ok(Outcome::Done)
}
