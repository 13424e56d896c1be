//! `schema`, `completions`, `man`: texts that need no project.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::{Cli, SchemaOf};
use super::exit::End;
use super::ui::Ui;
use crate::manifest::schema;
use crate::plan::file;
use crate::problem::{Problem, Result};

/// Prints a JSON Schema.
pub(super) fn schema(of: SchemaOf, ui: &Ui) -> Result<End> {
    let schema = match of {
        SchemaOf::Manifest => schema::manifest(),
        SchemaOf::Project => schema::project(),
        SchemaOf::Plan => file::schema(),
    };
    ui.out(&schema::pretty(&schema));
    Ok(End::Done)
}

/// Prints a shell's completion script.
pub(super) fn completions(shell: Shell, ui: &Ui) -> Result<End> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pushform", &mut script);
    ui.out(&String::from_utf8_lossy(&script));
    Ok(End::Done)
}

/// Prints the manual page, every command in it.
pub(super) fn man(ui: &Ui) -> Result<End> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let written = render_all(&command, &mut page);
    written.map_err(|why| Problem::error("cli::man", format!("the manual page could not be written: {why}")))?;
    ui.out(&String::from_utf8_lossy(&page));
    Ok(End::Done)
}

fn render_all(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    for sub in command.get_subcommands() {
        let man = clap_mangen::Man::new(sub.clone().display_name(format!("pushform {}", sub.get_name())));
        man.render_name_section(page)?;
        man.render_synopsis_section(page)?;
        man.render_options_section(page)?;
    }
    Ok(())
}
