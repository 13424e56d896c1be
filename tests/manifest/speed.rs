//! How long a million users take: run by hand, `cargo test --release --test manifest -- --ignored --nocapture speed`.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use pushform::manifest::load_desired;
use pushform::manifest::project::{Env, Project};
use pushform::manifest::read_project;
use tempfile::TempDir;

use crate::shown;

const USERS: u64 = 1_000_000;

fn id(at: u64) -> String {
    let mixed = (at.wrapping_mul(0x9e37_79b9_7f4a_7c15), at.wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
    format!("{:016x}{:016x}", mixed.0, mixed.1)
}

fn peak_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().split(' ').next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn measure(what: &str, files: &[(&str, String)]) {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("manifests")).expect("a folder");
    let mut bytes = 0;
    for (name, text) in files {
        bytes += text.len();
        fs::write(folder.path().join(name), text).expect("a file");
    }
    fs::write(folder.path().join("pushform.yaml"), "getui: {app_id: a, app_key: b, master_secret: c}")
        .expect("a file");
    let source = read_project(folder.path()).expect("a project");
    let (project, _) = Project::read(&source, Env::Ignore).expect("a project");
    fs::write("/proc/self/clear_refs", "5").ok();
    let before = peak_megabytes();
    let start = Instant::now();
    let (compiled, _) = load_desired(folder.path(), &project).unwrap_or_else(|p| panic!("{}", shown(&p)));
    println!(
        "{what}: {} rows of {} MB in {:?}, {} MB at the peak ({before} before)",
        compiled.desired.tables.len(),
        bytes >> 20,
        start.elapsed(),
        peak_megabytes()
    );
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn speed_of_csv() {
    let mut aliases = String::from("alias,cid\n");
    let mut sets = String::from("cid,tags\n");
    for at in 0..USERS {
        let _ = writeln!(aliases, "{},{}", 13_800_000_000 + at, id(at));
        let _ = writeln!(sets, "{},tag{} tag{} tag{}", id(at), at % 7, 10 + at % 11, 100 + at % 97);
    }
    let manifest = "getui: {aliases: {from: a.csv}, tag_sets: {from: s.csv}}".to_owned();
    measure(
        "csv",
        &[("manifests/m.yaml", manifest), ("manifests/a.csv", aliases), ("manifests/s.csv", sets)],
    );
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn speed_of_yaml() {
    let mut text = String::from("getui:\n  aliases:\n");
    for at in 0..USERS / 2 {
        let _ = writeln!(text, "    {}:\n    - {}", 13_800_000_000 + at, id(at));
    }
    text += "  tag_sets:\n";
    for at in 0..USERS / 2 {
        let _ = writeln!(text, "    {}: [tag{}, 上海]", id(at), at % 97);
    }
    measure("yaml", &[("manifests/m.yaml", text)]);
}
