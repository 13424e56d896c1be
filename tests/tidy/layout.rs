//! What is pure, what the emulator may share, and who may name a vendor.

use crate::Rule;
use crate::paths::{paths, words};
use crate::source::{Finding, Source};

/// What is pure: data in, data out.
const PURE_PLACES: [&str; 20] = [
    "src/problem.rs",
    "src/secret.rs",
    "src/timestamp.rs",
    "src/names.rs",
    "src/table.rs",
    "src/address.rs",
    "src/change.rs",
    "src/wire.rs",
    "src/quota/",
    "src/kind.rs",
    "src/kind/",
    "src/manifest/",
    "src/provider/",
    "src/plan/",
    "src/report",
    "src/render/",
    "src/lsp/",
    "src/emulator/world",
    "src/emulator/getui",
    "src/emulator/jpush",
];

/// The parts of a pure folder that open files: those of the project, and the temporary one of rows that do not fit into
/// memory.
const IMPURE_PLACES: [&str; 2] = ["src/manifest/load", "src/manifest/sorter"];

/// What has no place in it.
const IMPURE_PATHS: [&str; 14] = [
    "std::fs",
    // Addresses are data, what connects to them is not.
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "tokio",
    "fastrand",
];

/// The pure core cannot reach the outside.
pub(crate) const PURE: Rule = Rule {
    find: impure,
    mend: "this part of the tree takes data and gives data: let an edge (clock, state, gate, observe, apply, \
           manifest/load, manifest/sorter) do it, and hand the result in",
    bad: &[
        ("src/plan/diff.rs", "async fn diff() {}"),
        ("src/plan/diff.rs", "fn f() { g().await }"),
        ("src/quota/ledger.rs", "use std::{fmt, time::Instant};"),
        ("src/render/terminal.rs", "fn f() { let now = std::time::SystemTime::now(); }"),
        ("src/manifest/compile.rs", "use std::fs;"),
        ("src/emulator/world/tags.rs", "use tokio::sync::Mutex;"),
        ("src/plan/order.rs", "fn f() -> u64 { fastrand::u64(..) }"),
        ("src/report.rs", "fn f() { std::io::stdout(); }"),
    ],
    good: &[
        ("src/plan/diff.rs", "//! No async, no `std::fs`.\nfn f() { let a = \"async .await tokio\"; }"),
        ("src/manifest/load.rs", "use std::fs;"),
        ("src/manifest/sorter/run.rs", "use std::fs::File;"),
        ("src/gate/http.rs", "async fn send() { x.await }\nuse tokio::sync::Mutex;"),
        ("src/plan/diff.rs", "#[cfg(test)]\nmod tests {\n    fn f() { std::fs::read(\"x\"); }\n}"),
        ("src/manifest/csv.rs", "use std::io::Read;\nuse std::net::Ipv4Addr;\nuse std::time::Duration;"),
    ],
};

/// What of this crate the emulator may use.
const EMULATOR_MAY_USE: [&str; 7] = ["emulator", "problem", "secret", "timestamp", "names", "wire", "clock"];

/// How the emulator reads its own file: places in a text and the tree of YAML, which know no vendor.
const EMULATOR_READS_BY: [&str; 3] =
    ["crate::manifest::source", "crate::manifest::tree", "crate::manifest::yaml"];

/// The emulator is a second reading of the vendors' documents.
pub(crate) const EMULATOR: Rule = Rule {
    find: shared,
    mend: "the emulator is a second, independent reading of the vendors' documents; code shared with the \
           client would make both wrong alike, and no test would notice: write it again, from the documents",
    bad: &[
        ("src/emulator/world/alias.rs", "use crate::kind::limits::ALIAS_USERS_MAX;"),
        ("src/emulator/throttle.rs", "use crate::quota::Window;"),
        ("src/emulator/local.rs", "use crate::gate::http::Http;"),
        ("src/emulator/getui/tag.rs", "fn f() { super::super::super::provider::getui::sign() }"),
    ],
    good: &[
        (
            "src/emulator/local.rs",
            "use crate::gate::transport::Transport;\nuse crate::wire::{Reply, Request};",
        ),
        ("src/emulator/mod.rs", "use crate::emulator::world::World;"),
        ("src/gate/mod.rs", "use crate::quota::Window;"),
    ],
};

/// The providers stand side by side.
pub(crate) const PROVIDERS: Rule = Rule {
    find: neighbours,
    mend: "what both providers need stands above them: in `kind`, or in src/provider/mod.rs",
    bad: &[
        ("src/provider/getui/mod.rs", "use super::jpush::page;"),
        ("src/provider/jpush/mod.rs", "use crate::provider::getui::sign;"),
        ("src/provider/jpush/mod.rs", "const A: &str = \"getui\";"),
    ],
    good: &[
        ("src/provider/getui/mod.rs", "//! Unlike jpush, it has sessions.\nconst A: &str = \"getui\";"),
        ("src/provider/mod.rs", "pub mod getui;\npub mod jpush;"),
    ],
};

/// Where a vendor may be named: the words, what reads files that name them, who speaks to them, who plays them,
/// and the two commands that put the players in their place.
const VENDOR_PLACES: [&str; 12] = [
    "src/address.rs",
    "src/wire.rs",
    "src/kind.rs",
    "src/kind/",
    "src/table.rs",
    "src/manifest/",
    "src/provider/",
    "src/emulator/",
    "src/cli/config.rs",
    "src/cli/open.rs",
    "src/cli/emulator.rs",
    "src/cli/templates/",
];

/// Nobody else tells the vendors apart.
pub(crate) const VENDORS: Rule = Rule {
    find: vendors,
    mend: "the core and the edges serve any vendor: ask the `Provider`, or let the word of `wire::Vendor` pass \
           through as data",
    bad: &[
        ("src/gate/mod.rs", "fn f(vendor: Vendor) -> bool { vendor == Vendor::Getui }"),
        ("src/plan/cover.rs", "const WORD: &str = \"jpush\";"),
        ("src/ops/plan.rs", "use crate::provider::getui;"),
    ],
    good: &[
        ("src/plan/cover.rs", "// Getui takes a thousand users a call.\nfn f() {}"),
        ("src/provider/getui/tag.rs", "const WORD: &str = \"getui\";"),
        ("src/gate/mod.rs", "#[cfg(test)]\nmod tests {\n    const A: Vendor = Vendor::Getui;\n}"),
    ],
};

fn impure(source: &Source) -> Vec<Finding> {
    if !source.is_in(&PURE_PLACES) || source.is_in(&IMPURE_PLACES) {
        return Vec::new();
    }
    let waits = words(&source.bare).into_iter().filter(|word| matches!(word.text, "async" | "await"));
    let waits = waits.filter(|word| !source.is_test(word.line));
    let mut findings: Vec<Finding> =
        waits.map(|word| source.finding(word.line, format!("`{}` in a pure module", word.text))).collect();
    for path in paths(source) {
        if IMPURE_PATHS.iter().any(|head| path.is_in(head)) {
            findings.push(source.finding(path.line, format!("{} in a pure module", path.text())));
        }
    }
    findings
}

fn shared(source: &Source) -> Vec<Finding> {
    if !source.is_in(&["src/emulator/"]) {
        return Vec::new();
    }
    let allowed = |path: &crate::paths::CodePath| {
        path.parts[0] != "crate"
            || EMULATOR_MAY_USE.contains(&path.parts[1].as_str())
            || path.is_in("crate::gate::transport")
            || EMULATOR_READS_BY.iter().any(|module| path.is_in(module))
    };
    let wrong = paths(source).into_iter().filter(|path| !allowed(path));
    wrong.map(|path| source.finding(path.line, format!("{} in the emulator", path.text()))).collect()
}

fn neighbours(source: &Source) -> Vec<Finding> {
    let other = if source.is_in(&["src/provider/getui"]) {
        "jpush"
    } else if source.is_in(&["src/provider/jpush"]) {
        "getui"
    } else {
        return Vec::new();
    };
    named(source, &[other])
}

fn vendors(source: &Source) -> Vec<Finding> {
    if source.is_in(&VENDOR_PLACES) { Vec::new() } else { named(source, &["getui", "jpush"]) }
}

/// The lines whose code, literals included, holds one of these words in any case.
fn named(source: &Source, vendors: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, text) in source.shipped(&source.uncommented) {
        let text = text.to_lowercase();
        for vendor in vendors.iter().filter(|vendor| text.contains(**vendor)) {
            findings.push(source.finding(line, format!("names {vendor}")));
        }
    }
    findings
}
