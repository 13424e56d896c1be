//! Names of files: relative to the project's folder, separated by `/`, without detours.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::project;

pub(super) fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

pub(super) fn is_yaml(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
}

/// Files of ours that lie beside manifests where `manifests` names the project's folder itself.
pub(super) fn is_ours(name: &str) -> bool {
    matches!(name, project::FILE | "emulator.yaml")
}

pub(super) fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(parent, _)| parent)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A relative name without `.` and with `..` only in front; an absolute one as it is. `None` when `..` leads above
/// the root.
pub(super) fn normal(name: &str) -> Option<String> {
    let is_absolute = name.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." && parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else if part == ".." && is_absolute {
            return None;
        } else {
            parts.push(part);
        }
    }
    let joined = parts.join("/");
    Some(if is_absolute { format!("/{joined}") } else { joined })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_normal() {
        for (name, expected) in [
            ("./manifests/", "manifests"),
            ("a//b/../c", "a/c"),
            ("../x/./y", "../x/y"),
            ("a/../../b", "../b"),
            ("/a/../b", "/b"),
            (".", ""),
        ] {
            assert_eq!(normal(name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(normal("/.."), None);
    }
}
