//! `NAME_FILE`: what `${NAME}` takes where the variable itself is not set, as container platforms mount their secrets.
//!
//! Only for the project file, and only a file that not everybody on the machine can write. Who can read it is the
//! platform's decision: Docker mounts secrets with mode 0444, Kubernetes with 0644, or 0440 for a group.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::problem::{Problem, Problems};

use super::config::Config;

/// Behind a variable's name: the file to read instead, as container platforms mount their secrets.
const FILE_SUFFIX: &str = "_FILE";
/// More than any secret has: a file named by mistake is not read as a whole.
const SECRET_BYTES_MAX: u64 = 4_096;

/// A variable, or what the file holds that `NAME_FILE` names.
pub(super) fn variable(name: &str, config: &Config, unread: &RefCell<Problems>) -> Option<String> {
    if let Some(value) = config.variable(name) {
        return Some(value);
    }
    let path = config.variable(&format!("{name}{FILE_SUFFIX}"))?;
    match secret_file(Path::new(&path)) {
        Ok(text) => Some(text),
        Err((why, help)) => {
            let what = format!("`{name}{FILE_SUFFIX}` names `{path}`, {why}");
            unread.borrow_mut().push(Problem::error("project::secret_file", what).help(help));
            None
        }
    }
}

/// The permission of a file that lets everybody write it: then it may hold anybody's text.
#[cfg(unix)]
const WRITTEN_BY_ANYBODY: u32 = 0o002;

/// What a file holds, without the line's end.
fn secret_file(path: &Path) -> std::result::Result<String, (String, &'static str)> {
    let unreadable =
        |why: std::io::Error| (format!("which cannot be read: {why}"), "name a file that this user can read");
    let file = File::open(path).map_err(unreadable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode();
        if mode & WRITTEN_BY_ANYBODY != 0 {
            let why = format!("which every user of this machine can write (mode {:o})", mode & 0o777);
            return Err((why, "take that permission away: chmod o-w FILE"));
        }
    }
    let mut text = String::new();
    file.take(SECRET_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
