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
    tags(TAGS)
}

fn tags(count: u64) -> Project {
    let lines: String = (0..count).map(|n| format!("    tag_{n:03}: [{n:032x}]\n")).collect();
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
    assert_eq!(vendors.violations(), 0, "{}", vendors.control("GET", "violations", ""));
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

/// Nothing else is left to send or to read back.
#[test]
fn the_last_write_that_hangs_when_it_is_asked_to_stop_ends_as_an_interruption() {
    let mut project = Project::of(&format!("getui:\n  tag_members:\n    only: [{:032x}]\n", 1), "", "");
    let one =
        "  - {on: getui.tag.bind, do: slow, ms: 25000}\n  - {on: getui.tag.overwrite, do: slow, ms: 25000}\n";
    let vendors = Vendors::start(&project, &slow(one));
    vendors.point(&mut project);
    let apply = project.start("apply --auto-approve");
    wait_for("the write", || vendors.writes() >= 1);
    signal(&apply, "TERM");
    let ran = Ran::of(apply.wait_with_output().expect("it ends"));
    ran.is(130, "apply, asked to stop");
    assert!(ran.stderr.contains("1 had no reply yet"), "{}", ran.stderr);
    let listed = project.ends(0, "state resolve").stdout;
    assert!(listed.contains(" tag ") && listed.contains(" only"), "{listed}");
    project.ends(1, "state resolve 99");
    let given_up = project.ends(0, "state resolve 1").stdout;
    assert!(given_up.starts_with("Call 1 is no longer in doubt: 1 row"), "{given_up}");
    assert_eq!(project.ends(0, "state resolve").stdout, "No call is in doubt.\n");
}

#[test]
fn a_reading_that_hangs_stops_in_time_too() {
    let mut project = tags(5);
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    // Drift is asked of what is recorded.
    project.ends(0, "apply --auto-approve");
    vendors.control("POST", "faults", r#"{"on": "getui.auth.open", "do": "slow", "ms": 25000}"#);
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

/// How a run ended that was asked to stop, and how long that took.
#[track_caller]
fn stopped(what: &str, child: Child, name: &str) -> (Ran, Duration) {
    signal(&child, name);
    let asked = Instant::now();
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert!(asked.elapsed() < Duration::from_secs(7), "{what} took {:?}", asked.elapsed());
    (ran, asked.elapsed())
}

/// A server that takes a connection and never says a word.
fn silent_server() -> (std::net::TcpListener, u16) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

#[test]
fn an_apply_that_waits_to_read_back_stops_in_time() {
    let mut project = tags(20);
    let vendors = Vendors::start(&project, "switches: {tag_bind_delay_ms: 60000}\n");
    vendors.point(&mut project);
    let limits = "\n  limits: {tag_overwrite_per_user: 0/1d}";
    project.replace("pushform.yaml", "${GETUI_APP_KEY}", &format!("${{GETUI_APP_KEY}}{limits}"));
    let apply = project.start("apply --auto-approve");
    wait_for("all writes", || vendors.writes() >= 20);
    std::thread::sleep(Duration::from_secs(10));
    let (ran, took) = stopped("waiting to read back", apply, "INT");
    ran.is(130, "apply, asked to stop while it reads back");
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    let open = "interrupted: everything was sent and recorded, but 20 of 20 written rows were not read back";
    assert!(ran.stderr.contains(open), "{}", ran.stderr);
    assert!(ran.stdout.contains("Apply incomplete. Resources: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("not read back: 20 of 20 rows"), "{}", ran.stdout);
    assert_eq!(project.ends(0, "state unlock").stdout, "Nobody holds the state.\n");
}

/// Nobody opens the other end, and the thread of the command waits for that, in emulated time too.
#[test]
fn a_command_that_waits_for_a_pipe_stops_in_time() {
    let project = tags(1);
    let made = Command::new("mkfifo").arg(project.folder().join("plan.pipe")).status();
    assert!(made.expect("mkfifo starts").success());
    let words = "apply --emulate plan.pipe";
    let waits = project.start(words);
    std::thread::sleep(Duration::from_secs(1));
    let (ran, _) = stopped(words, waits, "TERM");
    ran.is(130, words);
}

#[test]
fn an_apply_that_waits_for_a_limit_stops_in_time() {
    let mut project = many_tags();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    let limits = "\n  limits: {tag_batch: 3/5m, tag_overwrite_per_user: 0/1d}";
    project.replace("pushform.yaml", "${GETUI_APP_KEY}", &format!("${{GETUI_APP_KEY}}{limits}"));
    let apply = project.start("apply --auto-approve");
    wait_for("the first writes", || vendors.writes() >= 3);
    let (ran, took) = stopped("waiting for a limit", apply, "TERM");
    ran.is(130, "apply, asked to stop while it waits for a limit");
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(project.ends(0, "state unlock").stdout, "Nobody holds the state.\n");
}

#[test]
fn a_database_that_never_answers_holds_nothing_up() {
    let (_listener, port) = silent_server();
    let mut project = Project::new();
    project.replace(
        "pushform.yaml",
        "sqlite:.pushform/state.db",
        &format!("postgres://ann@127.0.0.1:{port}/shop?connect_timeout=60"),
    );
    for (name, _) in super::vendors::SECRETS {
        project.set(name, "x");
    }
    for words in ["apply --auto-approve", "plan", "drift", "state list", "state unlock", "quota"] {
        let child = project.start(words);
        std::thread::sleep(Duration::from_secs(1));
        let (ran, took) = stopped(words, child, "TERM");
        ran.is(130, words);
        assert!(took < Duration::from_secs(2), "{words} took {took:?}");
    }
}

#[test]
fn a_vendor_that_takes_a_call_and_never_answers_is_named_after_ten_seconds() {
    let (_listener, port) = silent_server();
    let project = Project::empty();
    let account =
        format!("{{app_id: a, app_key: k, master_secret: s, base_url: \"http://127.0.0.1:{port}/v2\"}}");
    project.write("pushform.yaml", &format!("getui: {account}\nmanifests: [a.yaml]\n"));
    project.write("a.yaml", "getui:\n  aliases:\n    alice: [e605a0db5ce3cca9b76b012978064940]\n");
    let plan = project.start("plan");
    std::thread::sleep(Duration::from_secs(13));
    let (ran, _) = stopped("plan", plan, "TERM");
    ran.is(130, "plan");
    assert!(ran.stderr.contains("getui has taken a call and not answered it for 10 s"), "{}", ran.stderr);
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut project = many_tags();
    let one =
        "  - {on: getui.tag.bind, do: slow, ms: 25000}\n  - {on: getui.tag.overwrite, do: slow, ms: 25000}\n";
    let vendors = Vendors::start(&project, &slow(one));
    vendors.point(&mut project);
    let apply = project.start("apply --auto-approve");
    wait_for("the first writes", || vendors.writes() >= 16);
    signal(&apply, "INT");
    std::thread::sleep(Duration::from_millis(500));
    let (ran, took) = stopped("the second signal", apply, "INT");
    ran.is(130, "apply, asked twice");
    assert!(took < Duration::from_secs(1), "it took {took:?}");
    assert!(ran.stderr.contains("Interrupt received"), "{}", ran.stderr);
}

#[test]
fn an_emulator_with_a_half_sent_request_stops_in_time() {
    use std::io::{BufRead, BufReader, Write};
    let project = Project::empty();
    for signals in [1, 2] {
        let mut emulator = project.start("emulator --listen 127.0.0.1:0");
        let mut line = String::new();
        BufReader::new(emulator.stdout.take().expect("a pipe")).read_line(&mut line).expect("its address");
        let address = line.split("//").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        let mut half = std::net::TcpStream::connect(address).expect("the emulator listens");
        half.write_all(b"POST /v2/x/auth HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            .expect("it reads");
        let mut headless = std::net::TcpStream::connect(address).expect("the emulator listens");
        headless.write_all(b"GET /v2/x HTT").expect("it reads");
        std::thread::sleep(Duration::from_millis(500));
        if signals == 2 {
            signal(&emulator, "TERM");
            std::thread::sleep(Duration::from_millis(300));
        }
        let (ran, took) = stopped("the emulator", emulator, "TERM");
        ran.is(if signals == 1 { 0 } else { 130 }, "emulator");
        assert!(took < Duration::from_secs(if signals == 1 { 5 } else { 1 }), "it took {took:?}");
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
