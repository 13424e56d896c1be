//! `man`: prints the manual page of the program or of one of its commands.

use clap::CommandFactory;

use crate::cli::args::Args;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::problem::{Problem, Result};

/// Prints the page of the command that these words name.
///
/// # Errors
/// When there is no such command.
pub fn run(words: &[String], ui: &Ui) -> Result<Outcome> {
    ui.data(&page(words)?);
    Ok(Outcome::Done)
}

fn page(words: &[String]) -> Result<String> {
    let mut command = Args::command();
    command.build();
    for word in words {
        let found = command.find_subcommand(word).cloned();
        command = found.ok_or_else(|| {
            let commands: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            Problem::error("cli::no_such_command", format!("there is no command `{}`", words.join(" ")))
                .help(format!("the commands here are {}", commands.join(", ")))
        })?;
    }
    let mut page = Vec::new();
    // Writing into memory does not fail.
    clap_mangen::Man::new(command).render(&mut page).unwrap_or_default();
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        for command in Args::command().get_subcommands() {
            let text = page(&[command.get_name().to_owned()]).expect("a page");
            assert!(text.contains(".TH") && text.contains("pushform"), "{}", command.get_name());
        }
        assert!(page(&["state".to_owned(), "list".to_owned()]).is_ok());
        assert!(page(&["fly".to_owned()]).is_err());
    }
}
