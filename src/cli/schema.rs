//! `schema`: prints the JSON Schema of a file.

use crate::cli::args::SchemaOf;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::manifest::schema;
use crate::problem::Result;

/// Prints it.
///
/// # Errors
/// None.
pub fn run(of: SchemaOf, ui: &Ui) -> Result<Outcome> {
    let value = match of {
        SchemaOf::Manifest => schema::manifest(),
        SchemaOf::Project => schema::project(),
        SchemaOf::Plan => schema::plan(),
    };
    ui.data(&format!("{value:#}\n"));
    Ok(Outcome::Done)
}
