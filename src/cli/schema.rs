//! `schema`: prints the JSON Schema of a file.

use crate::cli::args::SchemaOf;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::emulator::world_file;
use crate::manifest::schema;
use crate::plan::file;

/// Prints it.
#[must_use]
pub fn run(of: SchemaOf, ui: &Ui) -> Outcome {
    let value = match of {
        SchemaOf::Manifest => schema::manifest(),
        SchemaOf::Project => schema::project(),
        SchemaOf::Plan => file::schema(),
        SchemaOf::World => world_file::schema::schema(),
    };
    ui.data(&format!("{value:#}\n"));
    Outcome::Done
}
