//! `validate`: everything that can be known offline.

use super::args::Validate;
use super::exit::Outcome;
use super::ui::Ui;
use crate::ops;
use crate::problem::{Problems, Result};
use crate::render::diagnostics;

/// Checks and says what is wrong.
pub(super) fn run(args: &Validate, ui: &Ui) -> Result<Outcome> {
    let checked = ops::validate::validate(&ui.folder);
    if args.json {
        let problems = match &checked {
            Ok(problems) | Err(problems) => problems,
        };
        ui.data(&format!("{}\n", diagnostics::validate(problems, &ui.mask)));
        ui.annotate(problems);
        // The problems are told already.
        return checked.map(|_| Outcome::Done).map_err(|problems| Problems::silent(problems.failure));
    }
    let warnings = checked?;
    ui.problems(&warnings);
    let but =
        if warnings.is_empty() { "." } else { ", but there were some validation warnings as shown above." };
    ui.data(&format!("Success! The configuration is valid{but}\n"));
    Ok(Outcome::Done)
}
