//! `validate`

use std::path::Path;

use super::args::Validate;
use super::exit::End;
use super::ui::Ui;
use crate::ops;
use crate::problem::Result;
use crate::render::problem;

/// Checks everything that can be known offline.
pub(super) fn run(folder: &Path, args: &Validate, ui: &Ui) -> Result<End> {
    let checked = ops::validate::validate(folder);
    if args.json {
        let problems = match &checked {
            Ok(problems) | Err(problems) => problems,
        };
        ui.out(&problem::validation_json(problems, ui.mask()));
        return Ok(checked.map_or_else(|problems| End::Failed(problems.failure), |_| End::Done));
    }
    let warnings = checked?;
    if warnings.is_empty() {
        ui.out("Success! The configuration is valid.\n");
    } else {
        ui.problems(&warnings);
        ui.out("Success! The configuration is valid, but there were some validation warnings as shown above.\n");
    }
    Ok(End::Done)
}
