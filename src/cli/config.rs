//! The one place that reads the environment and the arguments.

use std::ffi::OsString;
use std::path::PathBuf;

/// The arguments, the program's own name first.
pub fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}

/// An environment variable that is text.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether `NO_COLOR` is set to anything (no-color.org), or the terminal can do none.
#[must_use]
pub fn wants_no_color() -> bool {
    variable("NO_COLOR").is_some_and(|value| !value.is_empty()) || variable("TERM").as_deref() == Some("dumb")
}

/// Whether this runs in a pipeline: then nobody is asked and no bar is drawn.
#[must_use]
pub fn is_pipeline() -> bool {
    variable("CI").is_some_and(|value| !matches!(value.as_str(), "" | "false" | "0"))
}

/// How many columns there are: what `COLUMNS` says, else the terminal itself; `None` where nobody says.
#[must_use]
pub fn columns() -> Option<usize> {
    let said = variable("COLUMNS").and_then(|columns| columns.parse().ok());
    said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

/// Person, machine and process: who holds a lease.
#[must_use]
pub fn owner() -> String {
    let person = variable("USER").or_else(|| variable("USERNAME")).unwrap_or_else(|| "somebody".to_owned());
    let machine = variable("HOSTNAME").or_else(machine_name).unwrap_or_else(|| "unknown".to_owned());
    format!("{person}@{machine} (process {})", std::process::id())
}

fn machine_name() -> Option<String> {
    std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// The folder to work in: the one that was named, else the present one.
#[must_use]
pub fn folder(chdir: Option<&PathBuf>) -> PathBuf {
    chdir.cloned().unwrap_or_else(|| PathBuf::from("."))
}
