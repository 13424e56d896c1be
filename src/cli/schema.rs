//! `schema`: prints the JSON Schema of a file.

use crate::cli::args::SchemaOf;
use crate::cli::exit::Outcome;
use crate::cli::ui::Ui;
use crate::manifest::schema;
use crate::problem::{Problem, Result};

/// Prints it.
///
/// # Errors
/// When a file of this sort has no schema.
pub fn run(of: SchemaOf, ui: &Ui) -> Result<Outcome> {
    let value = match of {
        SchemaOf::Manifest => schema::manifest(),
        SchemaOf::Project => schema::project(),
        SchemaOf::Plan => return Err(Problem::error("cli::pending", "this schema is not built yet").into()),
    };
    ui.data(&format!("{value:#}\n"));
    Ok(Outcome::Done)
}
