//! Ctrl-C, the system's request to stop, and a second run beside the first: nothing is lost, nothing is sent twice.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a signal comes at some real moment")]

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::tool::{Project, Ran};
use super::vendors::Vendors;

/// So many users with a tag of their own: as many calls, and more than leave together.
const TAGS: u64 = 200;
/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn many_tags() -> Project {
    let lines: String = (0..TAGS).map(|n| format!("    tag_{n:03}: [{n:032x}]\n")).collect();
    Project::of(&format!("getui:\n  tag_members:\n{lines}"), "", "")
}

fn slow(faults: &str) -> String {
    format!("switches: {{tag_bind_delay_ms: 0}}\nfaults:\n{faults}")
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill starts").success());
}

#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn next_apply_finishes(project: &Project, vendors: &Vendors) {
    assert_eq!(project.ends(0, "state unlock").stdout, "Nobody holds the state.\n");
    project.ends(0, "apply --auto-approve");
    project.ends(0, "plan --detailed-exitcode --refresh full");
    assert_eq!(vendors.writes(), TAGS, "each call went once");
    assert_eq!(vendors.violations(), 0);
}

#[test]
fn ctrl_c_ends_a_run_that_can_go_on() {
    let mut project = many_tags();
    let each =
        "  - {on: getui.tag.bind, do: slow, ms: 1500}\n  - {on: getui.tag.overwrite, do: slow, ms: 1500}\n";
    let vendors = Vendors::start(&project, &slow(each));
    vendors.point(&mut project);
    let apply = project.start("apply --auto-approve");
    wait_for("the first writes", || vendors.writes() >= 16);
    let locked = project.ends(5, "apply --auto-approve");
    assert!(locked.stderr.contains("ming@build (process "), "{}", locked.stderr);
    project.ends(0, "plan --refresh none");
    project.ends(1, "state unlock 0123456789ab");
    signal(&apply, "INT");
    let ran = Ran::of(apply.wait_with_output().expect("it ends"));
    ran.is(130, "apply, interrupted");
    assert!(ran.stderr.contains("Interrupt received"), "{}", ran.stderr);
    assert!(ran.stderr.contains("run the same command again"), "{}", ran.stderr);
    assert!(ran.stdout.contains("Apply incomplete."), "{}", ran.stdout);
    let sent = vendors.writes();
    assert!((1..TAGS).contains(&sent), "{sent} calls went");
    let recorded = project.ends(0, "state list").stdout.matches("getui.tag_members").count() as u64;
    assert_eq!(recorded, sent, "what was sent is recorded");
    next_apply_finishes(&project, &vendors);
}

#[test]
fn a_request_to_stop_is_granted_in_time() {
    let mut project = many_tags();
    let one = "  - {on: getui.tag.bind, call: 3, do: slow, ms: 25000}\n  - {on: getui.tag.overwrite, call: 3, do: slow, ms: 25000}\n";
    let vendors = Vendors::start(&project, &slow(one));
    vendors.point(&mut project);
    let apply = project.start("apply --auto-approve");
    wait_for("all writes", || vendors.writes() >= TAGS);
    signal(&apply, "TERM");
    let asked = Instant::now();
    let ran = Ran::of(apply.wait_with_output().expect("it ends"));
    assert!(asked.elapsed() < Duration::from_secs(7), "it took {:?}", asked.elapsed());
    ran.is(130, "apply, asked to stop");
    assert!(ran.stderr.contains("it is unknown whether the call was carried out"), "{}", ran.stderr);
    next_apply_finishes(&project, &vendors);
}

#[test]
fn a_reading_that_hangs_stops_in_time_too() {
    let mut project = many_tags();
    let slow = "faults:\n  - {on: getui.auth.open, do: slow, ms: 25000, call: 2, times: 9}\n";
    let vendors = Vendors::start(&project, slow);
    vendors.point(&mut project);
    // A drift check needs something that is recorded.
    project.run("apply --auto-approve --until 2s");
    for words in ["plan", "drift"] {
        let reading = project.start(words);
        std::thread::sleep(Duration::from_secs(1));
        signal(&reading, "TERM");
        let asked = Instant::now();
        let ran = Ran::of(reading.wait_with_output().expect("it ends"));
        assert!(asked.elapsed() < Duration::from_secs(7), "{words} took {:?}", asked.elapsed());
        ran.is(130, words);
    }
}

#[test]
fn stopping_at_the_question_sends_nothing() {
    let mut project = many_tags();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    let mut apply = project.command("apply");
    let mut apply = apply.stdin(std::process::Stdio::piped()).spawn().expect("the binary starts");
    let open = apply.stdin.take();
    wait_for("the lock", || project.run("state unlock 0123456789ab").code == 1);
    std::thread::sleep(Duration::from_secs(1));
    signal(&apply, "INT");
    let ran = Ran::of(apply.wait_with_output().expect("it ends"));
    drop(open);
    ran.is(130, "apply, interrupted at the question");
    assert_eq!(vendors.writes(), 0);
    assert_eq!(project.ends(0, "state unlock").stdout, "Nobody holds the state.\n");
}
