//! The order of the `mod` lines in `src/lib.rs`, which is the architecture.

use crate::Rule;
use crate::paths::{CodePath, paths};
use crate::source::{self, Finding, Source};

/// A module uses only what stands above it.
pub(crate) const ABOVE: Rule = Rule {
    find: not_above,
    mend: "a module uses only what stands above it in src/lib.rs: move what is shared up into a word, or hand \
           it in from below as data or behind a trait",
    bad: &[
        ("src/plan/diff.rs", "use crate::gate::Gate;"),
        ("src/plan/diff.rs", "use crate::{names::Name, gate::{self, Gate as Door}};"),
        ("src/plan/diff.rs", "fn f() { crate::gate::open() }"),
        ("src/plan/diff.rs", "use super::super::gate::Gate;"),
        ("src/names.rs", "pub use super::gate::Gate;"),
        ("src/plan/diff.rs", "use crate::Gate;"),
    ],
    good: &[
        ("src/gate/http.rs", "use crate::{plan::Plan, wire};\nuse crate::gate::Gate;\nuse super::retry;"),
        ("src/plan/diff.rs", "//! Unlike [`crate::gate`].\nconst A: &str = \"crate::gate\";"),
        ("src/plan/diff.rs", "#[cfg(test)]\nmod tests {\n    use crate::gate::Gate;\n}\n"),
        ("src/plan/diff.rs", "use super::order;"),
        ("src/main.rs", "fn main() { pushform::cli::run() }"),
    ],
};

/// `lib.rs` is a table of contents.
pub(crate) const LIST_ONLY: Rule = Rule {
    find: not_a_list,
    mend: "src/lib.rs holds documentation and `pub mod` lines only, so that every path names its module",
    bad: &[("src/lib.rs", "pub mod plan;\npub use plan::Plan;"), ("src/lib.rs", "mod hidden;")],
    good: &[("src/lib.rs", "//! Docs.\n\n// Words: plain data.\npub mod plan;\n")],
};

/// The modules of `lib.rs`, in order.
fn order() -> Vec<String> {
    let lib = source::read("src/lib.rs");
    let module = |line: &str| Some(line.trim().strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned());
    lib.uncommented.lines().filter_map(module).collect()
}

/// The modules of `lib.rs`, sorted.
pub(crate) fn listed() -> Vec<String> {
    let mut modules = order();
    modules.sort();
    modules
}

/// The files and folders that can be modules, sorted.
pub(crate) fn on_disk() -> Vec<String> {
    let inside: Vec<Source> = source::rust(&["src"]);
    let mut modules: Vec<String> = inside.iter().filter_map(|source| module_of(&source.path)).collect();
    modules.sort();
    modules.dedup();
    modules
}

/// The module of `lib.rs` that a file belongs to; the library's and the binary's own files belong to none.
fn module_of(path: &str) -> Option<String> {
    let inside = path.strip_prefix("src/")?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    (!matches!(name, "lib" | "main" | "bin")).then(|| name.to_owned())
}

fn not_above(source: &Source) -> Vec<Finding> {
    let Some(own) = module_of(&source.path) else { return Vec::new() };
    let order = order();
    let place = |module: &str| order.iter().position(|name| name == module);
    let Some(mine) = place(&own) else { return Vec::new() };
    let wrong = |path: &CodePath| -> Option<String> {
        let module = path.parts.get(1).filter(|_| path.parts[0] == "crate")?;
        match place(module) {
            Some(theirs) if theirs <= mine => None,
            Some(_) => Some(format!("{} stands below {own}", path.text())),
            None => Some(format!("{} is no module of lib.rs", path.text())),
        }
    };
    let all = paths(source);
    all.iter().filter_map(|path| Some(source.finding(path.line, wrong(path)?))).collect()
}

fn not_a_list(source: &Source) -> Vec<Finding> {
    let is_module = |line: &str| line.starts_with("pub mod ") && line.ends_with(';');
    let wrong = |(_, line): &(usize, &str)| !line.trim().is_empty() && !is_module(line.trim());
    let lines = source.uncommented.lines().enumerate().filter(wrong);
    lines
        .map(|(line, text)| source.finding(line, format!("`{}` is no `pub mod` line", text.trim())))
        .collect()
}
