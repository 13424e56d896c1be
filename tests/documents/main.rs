//! The guide: what of it is generated, where its links lead, which pages it lists, and that every command it
//! shows is one.
//!
//! It reads the pages as text and builds no book; how sentences are written is `tests/tidy.rs`'s.

mod commands;
mod consoles;
mod links;
mod pages;
mod reference;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

/// A path from the top of the project.
fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text_of(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Every page of the guide, from the top of the project, sorted.
fn guide() -> Vec<String> {
    let mut paths = Vec::new();
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(at(&folder)).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            let inner = format!("{folder}/{}", path.file_name().expect("a name").to_string_lossy());
            if path.is_dir() {
                folders.push(inner);
            } else if inner.ends_with(".md") && inner != "docs/SUMMARY.md" {
                paths.push(inner);
            }
        }
    }
    paths.sort();
    paths
}

/// The guide and what stands outside of it.
fn documents() -> Vec<String> {
    let outside = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "ARCHITECTURE.md"];
    let examples = ["examples/README.md", "examples/quickstart/README.md", "examples/shop/README.md"];
    let outside = outside.iter().chain(&examples).map(|path| (*path).to_owned());
    guide().into_iter().chain(outside).collect()
}

/// A page is by hand up to this line and generated from it on.
const FROM_HERE: &str = "<!-- From here on it is ";

/// Compares the generated part of a page; `UPDATE=1` writes it.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test asks whether it shall write")]
fn hold(path: &str, generated: &str) {
    let page = text_of(path);
    let mark = page.find(FROM_HERE).unwrap_or_else(|| panic!("{path} has no `{FROM_HERE}`"));
    let hand = page[mark..].find('\n').map_or(page.len(), |end| mark + end + 1);
    let whole = format!("{}\n{}\n", &page[..hand], generated.trim());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(at(path), &whole).expect("the page can be written");
    }
    let page = text_of(path);
    let differs = page.lines().zip(whole.lines()).position(|(one, other)| one != other);
    let line = differs.unwrap_or_else(|| page.lines().count().min(whole.lines().count())) + 1;
    assert!(
        page == whole,
        "{path} is not up to date from line {line} on: UPDATE=1 cargo test --test documents"
    );
}
