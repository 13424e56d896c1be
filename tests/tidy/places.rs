//! One place for each foreign crate at an edge, and one for each thing that touches the machine.

use std::collections::BTreeSet;

use crate::Rule;
use crate::paths::{paths, words};
use crate::source::{Finding, Source};

/// Where each dependency may be named; `""` is everywhere. A new one gets its place here first.
const CRATES_PLACES: [(&str, &[&str]); 37] = [
    ("anstream", &["src/cli/ui"]),
    ("anstyle", &["src/cli/", "src/render/"]),
    ("axum", &["src/emulator/server"]),
    ("base64", &["src/provider/jpush/session", "src/emulator/jpush", "src/render/html/packed"]),
    ("blake3", &["src/quota/limit.rs", "src/manifest/", "src/plan/", "src/state/text.rs"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
    ("csv", &["src/manifest/csv"]),
    ("fastrand", &["src/state/sqlite/leases", "src/state/postgres/leases", "src/gate/", "src/observe/drawn"]),
    ("flate2", &["src/render/html/packed"]),
    ("futures_util", &["src/observe/", "src/apply/", "src/state/postgres/"]),
    ("granit_parser", &["src/manifest/yaml"]),
    ("hashbrown", &["src/names.rs", "src/manifest/doubtful", "src/plan/", "src/ops/sides", "src/emulator/"]),
    ("indicatif", &["src/cli/progress"]),
    ("jiff", &["src/timestamp.rs"]),
    ("lsp_server", &["src/cli/lsp.rs"]),
    ("miette", &["src/render/problem"]),
    (
        "percent_encoding",
        &["src/wire.rs", "src/emulator/world", "src/state/postgres/place", "src/lsp/place.rs"],
    ),
    ("reqwest", &["src/gate/http.rs"]),
    ("rusqlite", &["src/state/sqlite"]),
    ("rustls_platform_verifier", &["src/state/postgres/tls"]),
    (
        "schemars",
        &[
            "src/manifest/schema",
            "src/manifest/project_schema",
            "src/plan/file",
            "src/emulator/setup",
            "src/emulator/fault",
            "src/emulator/switches",
            "src/emulator/world_file/schema",
        ],
    ),
    ("serde", &[""]),
    ("serde_json", &[""]),
    ("sha2", &["src/provider/getui/session", "src/emulator/getui"]),
    ("similar", &["src/render/"]),
    ("strsim", &["src/problem.rs"]),
    ("tempfile", &["src/state/sqlite/open", "src/cli/files", "src/manifest/sorter"]),
    ("terminal_size", &["src/cli/config"]),
    (
        "tokio",
        &[
            "src/clock.rs",
            "src/state/",
            "src/gate/",
            "src/observe",
            "src/apply/",
            "src/ops/",
            "src/emulator/",
            "src/cli/",
        ],
    ),
    ("tokio_postgres", &["src/state/postgres/"]),
    ("tokio_rustls", &["src/state/postgres/tls"]),
    ("unicode_width", &["src/render/", "src/manifest/format/"]),
    ("url", &["src/manifest/url.rs"]),
    ("zeroize", &["src/secret.rs"]),
    ("zstd", &["src/plan/file/stream/packed.rs"]),
];

/// Each foreign crate is named where it belongs and nowhere else.
pub(crate) const CRATES: Rule = Rule {
    find: displaced,
    mend: "one file names each foreign crate at an edge, so that replacing it is one file's work: go through \
           that file, or move the place in tests/tidy/places.rs and say why in the commit",
    bad: &[
        ("src/gate/mod.rs", "use reqwest::Client;"),
        ("src/plan/diff.rs", "fn f() { similar::TextDiff::from_lines(a, b); }"),
        ("src/manifest/compile.rs", "use {csv, strsim::jaro};\nfn f() { csv::Reader::from_reader(x); }"),
        ("src/apply/mod.rs", "use ::rusqlite::Connection;"),
        ("src/ops/plan.rs", "#[derive(clap::Args)]\nstruct A;"),
    ],
    good: &[
        ("src/gate/http.rs", "use reqwest::Client;"),
        ("src/state/sqlite_schema.rs", "use rusqlite::Connection;"),
        ("src/manifest/load.rs", "use super::csv;\nfn f() { csv::rows(x); }"),
        ("src/manifest/mod.rs", "mod csv;\nfn f() { csv::rows(x); }"),
        (
            "src/plan/diff.rs",
            "/// See `reqwest::Client`.\n#[cfg(test)]\nmod tests {\n    use reqwest::Client;\n}",
        ),
    ],
};

/// What touches the machine, and where that is.
const TOUCHES: [(&str, &[&str]); 10] = [
    // The config asks whether they are terminals, and that is all.
    ("std::io::stdout", &["src/cli/ui", "src/cli/progress", "src/cli/config"]),
    ("std::io::stderr", &["src/cli/ui", "src/cli/progress", "src/cli/config"]),
    ("std::io::stdin", &["src/cli/ui", "src/cli/config"]),
    ("std::env", &["src/cli/config", "src/main.rs"]),
    ("std::time::SystemTime", &["src/clock.rs"]),
    ("std::time::Instant", &["src/clock.rs"]),
    ("std::time::UNIX_EPOCH", &["src/clock.rs"]),
    ("std::thread::sleep", &["src/clock.rs"]),
    ("tokio::time", &["src/clock.rs"]),
    ("std::process::exit", &["src/cli/signals.rs"]),
];

/// The macros that print.
const PRINTS: [&str; 4] = ["println", "print", "eprintln", "eprint"];

/// One place each prints, reads the environment, reads the time, sleeps.
pub(crate) const ONCE: Rule = Rule {
    find: touches,
    mend: "one place each: src/cli/ui.rs prints, src/cli/config.rs reads the environment, src/clock.rs reads \
           the time and sleeps; give the result back, or take a `Clock`",
    bad: &[
        ("src/ops/plan.rs", "fn f() { println!(\"done\"); }"),
        ("src/gate/mod.rs", "use std::{env, fmt};"),
        ("src/apply/mod.rs", "use tokio::time::{self, Duration};"),
        ("src/apply/mod.rs", "fn f() { std::thread::sleep(d); }"),
        ("src/cli/plan.rs", "fn f() { std::process::exit(2); }"),
        ("src/cli/plan.rs", "fn f() { eprint ! (\"x\"); }"),
    ],
    good: &[
        ("src/cli/ui.rs", "fn f() { println!(\"done\"); std::io::stdout().lock(); }"),
        ("src/clock.rs", "use std::time::SystemTime;"),
        ("src/gate/mod.rs", "use std::time::Duration;\nconst V: &str = env!(\"CARGO_PKG_VERSION\");"),
        ("src/ops/plan.rs", "fn print(a: u8) {}\nfn f() { print(1); if a != b {} }"),
    ],
};

/// Who may look at a secret: the sessions that sign with it, the one that hides it in a vendor's words, the
/// transport that sends it, the one that reads a database's address, and the emulator.
const REVEAL_PLACES: [&str; 7] = [
    "src/secret.rs",
    "src/provider/words.rs",
    "src/provider/getui/session",
    "src/provider/jpush/session",
    "src/gate/http",
    "src/state/postgres/place",
    "src/emulator/",
];

/// A secret goes out in a signature or in a header, and by no other way.
pub(crate) const REVEAL: Rule = Rule {
    find: reveals,
    mend: "a secret leaves `Secret` only to sign (provider/*/session) and to be sent (gate/http); pass the \
           `Secret` itself along",
    bad: &[("src/render/terminal.rs", "fn f(s: &Secret) { out(s.reveal()); }")],
    good: &[("src/gate/http.rs", "fn f(s: &Secret) { header(s.reveal()); }")],
};

fn displaced(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in paths(source) {
        let place = CRATES_PLACES.iter().find(|(name, _)| *name == path.parts[0]);
        if let Some((name, places)) = place
            && !source.is_in(places)
        {
            let home = places.join(", ");
            findings.push(source.finding(path.line, format!("{} belongs to {home}: {}", name, path.text())));
        }
    }
    findings
}

/// Dependencies of this Cargo.toml without a place, and places without a dependency, with `-` as `_`.
pub(crate) fn compare(cargo_toml: &str) -> (Vec<String>, Vec<String>) {
    let listed = section(cargo_toml, "dependencies]");
    let names: Vec<String> = listed.map(|name| name.replace('-', "_")).collect();
    let placed = |name: &String| CRATES_PLACES.iter().any(|(place, _)| place == name);
    let without = names.iter().filter(|name| !placed(name)).cloned().collect();
    let gone =
        CRATES_PLACES.iter().map(|(place, _)| (*place).to_owned()).filter(|place| !names.contains(place));
    (without, gone.collect())
}

/// The names that a section of this Cargo.toml lists, as they are written.
fn section<'a>(cargo_toml: &'a str, head: &str) -> impl Iterator<Item = &'a str> {
    let inside = cargo_toml.split("\n[").find(|part| part.trim_start_matches('[').starts_with(head));
    inside.unwrap_or_default().lines().filter_map(|line| Some(line.split_once(" = ")?.0.trim()))
}

/// What the package in this lock file wants besides what only its tests want.
pub(crate) fn locked(lock: &str, cargo_toml: &str) -> BTreeSet<String> {
    let mut of_tests: BTreeSet<&str> = section(cargo_toml, "dev-dependencies]").collect();
    let table =
        cargo_toml.split("\n[").find(|table| table.starts_with("dev-dependencies]")).unwrap_or_default();
    // A crate under another name stands in the lock file under its own.
    let packages = table.lines().filter_map(|line| line.split_once("package = \"")?.1.split('"').next());
    of_tests.extend(packages);
    let package = lock.split("[[package]]\n").find(|part| part.starts_with("name = \"pushform\"\n"));
    let lines = package.unwrap_or_default().lines().filter_map(|line| line.trim().strip_prefix('"'));
    // A crate that is there twice stands with its version.
    let names = lines.filter_map(|line| line.split(['"', ' ']).next());
    names.filter(|name| !of_tests.contains(name)).map(ToOwned::to_owned).collect()
}

fn touches(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in paths(source) {
        let displaced = TOUCHES.iter().any(|(head, places)| path.is_in(head) && !source.is_in(places));
        if displaced {
            findings.push(source.finding(path.line, path.text()));
        }
    }
    if !source.is_in(&["src/cli/ui", "src/cli/progress"]) {
        let words = words(&source.bare);
        let calls = words.windows(3).filter(|three| PRINTS.contains(&three[0].text) && three[1].text == "!");
        let calls =
            calls.filter(|three| matches!(three[2].text, "(" | "[" | "{") && !source.is_test(three[0].line));
        findings.extend(calls.map(|three| source.finding(three[0].line, format!("{}!", three[0].text))));
    }
    findings
}

fn reveals(source: &Source) -> Vec<Finding> {
    if source.is_in(&REVEAL_PLACES) {
        return Vec::new();
    }
    let lines = source.shipped(&source.bare).filter(|(_, text)| text.contains(".reveal()"));
    lines.map(|(line, _)| source.finding(line, "reveals a secret")).collect()
}
