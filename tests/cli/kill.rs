//! `kill -9` at random moments, dozens of times, for each store: everything ends in place, no limit is passed, and the
//! lock that a dead run leaves ends by itself.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a kill comes at some real moment")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::Value;

use super::server;
use super::tool::Project;
use super::vendors::Vendors;

/// How often one store's run is killed.
const KILLS: u64 = 36;
/// A run is killed after at most so long: about as long as one takes.
const KILLED_WITHIN_MS: u64 = 900;
/// So many users that everything is about.
const USERS: u64 = 24;
/// How long a run may take to its first write, with patience for a slow machine.
const LOCK_PATIENCE: Duration = Duration::from_secs(90);
/// Further applies until nothing is left, each after a window of the limits below.
const ROUNDS_MAX: u32 = 30;

/// What the vendors allow, and what the project says they do.
const LIMITS: &str = "{tag_batch: 12/2s}";

/// A project with this `state:`.
fn a_project_kept_in(state: &str) -> Project {
    let project = Project::of(&manifest(0), "", &format!("  limits: {LIMITS}\n"));
    let more =
        format!("state: \"{state}\"\npolicy: {{max_deletes: {{percent: 100}}}}\nmanifests: [manifests]");
    project.replace("pushform.yaml", "manifests: [manifests]", &more);
    project
}

fn user(number: u64) -> String {
    format!("{number:032x}")
}

/// Something of every kind; each turn wants it otherwise.
fn manifest(turn: u64) -> String {
    let mut text = String::from("getui:\n  tag_members:\n");
    for n in 0..USERS {
        let _ = writeln!(text, "    tag_{n:02}: [{}]", user((n + turn) % USERS));
    }
    let _ = writeln!(text, "  tag_sets:\n    {}: [set_{turn}]", user(100 + turn % 2));
    let _ = writeln!(text, "  aliases:\n    one: [{}]\n    two: [{}]", user(turn % 3), user(3 + turn % 3));
    let _ = writeln!(text, "  blacklist: [{}]", user(turn % 5));
    let _ = writeln!(text, "  device_tokens:\n    wx: {{{}: oX-{turn}}}", user(turn % 2));
    let _ = writeln!(
        text,
        "jpush:\n  properties:\n    level: {{type: number}}\n    extra_{}: {{type: bool}}",
        turn % 2
    );
    let _ = writeln!(text, "  devices:\n    1a0018970aa97f72bb6: {{level: {turn}}}");
    text
}

fn vendors(project: &mut Project, seed: u64) -> Vendors {
    let world = format!(
        "latency_ms: 20\nlatency_jitter_ms: 40\nseed: {seed}\nswitches: {{tag_bind_delay_ms: 0}}\nlimits: {LIMITS}"
    );
    let vendors = Vendors::start(project, &world);
    vendors.point(project);
    vendors
}

/// Starts an apply and kills it, with nothing said beforehand.
fn kill_one(project: &Project, dice: &mut Rng) {
    let mut run = project.start("apply --auto-approve");
    std::thread::sleep(Duration::from_millis(dice.u64(5..KILLED_WITHIN_MS)));
    run.kill().expect("it can be killed");
    drop(run.wait());
}

#[track_caller]
fn ends_as_declared(project: &Project, vendors: &Vendors, turn: u64) {
    let ended = (0..ROUNDS_MAX).any(|_| project.run("apply --auto-approve").code == 0);
    assert!(
        ended,
        "after {ROUNDS_MAX} applies it is not done:\n{}",
        project.run("apply --auto-approve").shown()
    );
    project.ends(0, "plan --detailed-exitcode --refresh full");
    assert_eq!(vendors.violations(), 0, "{}", vendors.control("GET", "violations", ""));
    let world: Value = serde_json::from_str(&vendors.control("GET", "world", "")).expect("JSON");
    let users = &world["setup"]["getui"]["users"];
    let is_silent = |number: u64| users[user(number)]["blacklisted"] == Value::Bool(true);
    let silent: Vec<u64> = (0..5).filter(|number| is_silent(*number)).collect();
    assert_eq!(silent, [turn % 5], "nobody can read the blacklist back, so it is looked up here");
    assert_eq!(users[user(turn % 2)]["device_tokens"]["wx"], format!("oX-{turn}"));
}

fn loses_nothing(state: &str, seed: u64) {
    let mut project = a_project_kept_in(state);
    let vendors = vendors(&mut project, seed);
    let mut dice = Rng::with_seed(seed);
    let mut turn = 0;
    for kill in 1..=KILLS {
        kill_one(&project, &mut dice);
        // Whoever killed it knows that it is dead.
        project.ends(0, "state unlock");
        assert_eq!(
            vendors.violations(),
            0,
            "seed {seed}, kill {kill}: {}",
            vendors.control("GET", "violations", "")
        );
        if kill % 4 == 0 {
            turn += 1;
            project.write("manifests/audience.yaml", &manifest(turn));
        }
    }
    ends_as_declared(&project, &vendors, turn);
}

/// Nobody ends the lock: the next run on the same machine finds that its holder is dead, and does not wait.
fn lets_the_next_in(state: &str, seed: u64) {
    let mut project = a_project_kept_in(state);
    let vendors = vendors(&mut project, seed);
    let mut run = project.start("apply --auto-approve");
    let start = Instant::now();
    // It refuses this id as long as somebody holds another.
    while project.run("state unlock 0123456789ab").code == 0 || vendors.writes() == 0 {
        assert!(start.elapsed() < LOCK_PATIENCE, "the run does not get the lock");
        std::thread::sleep(Duration::from_millis(5));
    }
    run.kill().expect("it can be killed");
    drop(run.wait());
    assert_ne!(project.run("state unlock 0123456789ab").code, 0, "it was killed without its lock");
    assert_ne!(project.run("apply --auto-approve").code, 5, "the lock of a dead run holds up the next one");
    ends_as_declared(&project, &vendors, 0);
}

/// A file in the project's folder.
const SQLITE: &str = "sqlite:.pushform/state.db";

#[test]
fn kill_9_at_any_moment_loses_nothing_and_passes_no_limit() {
    loses_nothing(SQLITE, 20_261_122);
}

#[test]
fn the_lock_of_a_dead_run_ends_by_itself() {
    lets_the_next_in(SQLITE, 7);
}

#[test]
fn kill_9_at_any_moment_loses_nothing_on_a_server_either() {
    loses_nothing(&server::fresh().0, 20_261_123);
}

#[test]
fn the_lock_of_a_dead_run_ends_by_itself_on_a_server_too() {
    lets_the_next_in(&server::fresh().0, 8);
}

/// By the ids that the state has recorded, or by those of the environment; in no case for credentials.
#[test]
fn quota_shows_what_a_plan_has_spent_on_a_server_too() {
    let mut project = a_project_kept_in("${STATE}");
    project.set("STATE", &server::fresh().0);
    let vendors = vendors(&mut project, 9);
    let spent = |project: &Project| -> u64 {
        let table = project.ends(0, "quota").stdout;
        let line = table.lines().find(|line| line.starts_with("getui requests")).expect("a line");
        line.split_whitespace()
            .nth(3)
            .and_then(|spent| spent.replace(',', "").parse().ok())
            .expect("a number")
    };
    project.ends(0, "plan");
    assert!(spent(&project) > 0, "what a plan has spent is not shown");
    project.ends(0, "apply --auto-approve");
    drop(vendors);
    assert!(spent(&project) > 0, "what an apply has spent is not shown");
}
