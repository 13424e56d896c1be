//! `validate`: everything that can be known offline. It reads no environment and opens no connection.

use std::path::Path;

use crate::manifest::{self, load};
use crate::manifest::project::{Env, Project};
use crate::problem::{Problems, Result};

/// Gives the warnings.
///
/// # Errors
/// Every problem of the project file and the manifests, at once.
pub fn validate(folder: &Path) -> Result<Problems> {
    let source = load::read_project(folder)?;
    let (project, mut problems) = Project::read(&source, Env::Ignore)?;
    let (_, warnings) = manifest::load_desired(folder, &project)?;
    problems.extend(warnings);
    problems.sort();
    Ok(problems)
}
