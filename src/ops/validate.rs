//! `validate`: everything that can be known offline. It reads no environment and opens no connection.

use std::path::Path;

use crate::manifest;
use crate::problem::{Problems, Result};

/// Gives the warnings.
///
/// # Errors
/// Every problem of the project file and the manifests, at once.
pub fn validate(folder: &Path) -> Result<Problems> {
    let problems = manifest::validate(folder)?;
    if problems.has_errors() { Err(problems) } else { Ok(problems) }
}
