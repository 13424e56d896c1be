//! What others change between a plan and its apply: where the plan took it to be otherwise, nothing is sent.
#![expect(clippy::disallowed_methods, reason = "a process is waited for in real time")]

use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::tool::{ALICE, BOB, CAROL, DEVICE, Project, Ran};
use super::vendors::Vendors;

const STRANGER: &str = "0000000000000000000000000000beef";

fn user(number: usize) -> String {
    format!("{number:032x}")
}

/// A project that calls an emulator of its own.
fn with_vendors(manifest: &str, world: &str) -> (Project, Vendors) {
    let mut project = Project::of(manifest, "", "");
    let vendors = Vendors::start_with(&project, world);
    vendors.point(&mut project);
    (project, vendors)
}

fn world(vendors: &Vendors) -> Value {
    serde_json::from_str(&vendors.control("GET", "world", "")).expect("JSON")
}

/// Somebody changes something at the vendors.
fn change(vendors: &Vendors, change: impl FnOnce(&mut Value)) {
    let mut world = world(vendors);
    change(&mut world["setup"]);
    vendors.control("PUT", "world", &world.to_string());
}

fn give_alias(vendors: &Vendors, user: &str, alias: &str) {
    change(vendors, |setup| setup["getui"]["users"][user] = serde_json::json!({ "alias": alias }));
}

/// An alias that is declared for ten users, of whom nine are on it, and another one.
fn nearly_full() -> (Project, Vendors) {
    let nine: Vec<String> = (1..10).map(user).collect();
    let declare = |full: &str| format!("getui: {{aliases: {{full: [{full}], other: {BOB}}}}}\n");
    let users = nine.iter().map(|user| format!("    {user}: {{alias: full}}\n")).collect::<String>();
    with_vendors(&declare(&format!("{}, {ALICE}", nine.join(", "))), &format!("getui:\n  users:\n{users}"))
}

/// What was said, without the ends of its lines.
fn plain(ran: &Ran) -> String {
    ran.stderr.replace('│', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn sends_nothing(vendors: &Vendors, before: u64) {
    assert_eq!(vendors.writes(), before, "something was sent");
    assert_eq!(vendors.violations(), 0);
}

#[test]
fn a_stranger_who_fills_an_alias_after_the_plan_makes_it_stale() {
    let (project, vendors) = nearly_full();
    project.ends(0, "plan -o p.plan");
    give_alias(&vendors, STRANGER, "full");
    let before = vendors.writes();
    let stale = project.ends(6, "apply p.plan");
    let said = format!("getui.alias[\"full\"]: `{STRANGER}` has joined it");
    assert!(plain(&stale).contains(&said), "{}", stale.shown());
    sends_nothing(&vendors, before);
    project.ends(0, "plan -o p.plan");
    project.ends(0, "apply p.plan");
    project.ends(0, "plan --detailed-exitcode");
}

#[test]
fn who_was_on_an_alias_when_it_was_planned_makes_no_plan_stale() {
    let (project, vendors) = nearly_full();
    give_alias(&vendors, STRANGER, "full");
    project.ends(0, "plan -o p.plan");
    // Somebody who is none of the plan's.
    give_alias(&vendors, CAROL, "elsewhere");
    change(&vendors, |setup| setup["getui"]["users"][user(1)]["tags"] = serde_json::json!(["theirs"]));
    project.ends(0, "apply p.plan");
    project.ends(0, "plan --detailed-exitcode");
    assert_eq!(world(&vendors)["setup"]["getui"]["users"][STRANGER]["alias"], Value::Null);
    assert_eq!(vendors.violations(), 0);
}

#[test]
fn a_stranger_on_an_alias_that_is_cleared_makes_the_plan_stale() {
    let declare = |gone: &str| format!("getui: {{aliases: {{{gone}other: {BOB}}}}}\n");
    let (project, vendors) = with_vendors(&declare(&format!("gone: [{ALICE}, {CAROL}], ")), "{}\n");
    project.ends(0, "apply --auto-approve");
    project.write("manifests/audience.yaml", &declare(""));
    // An alias that goes is read by its users, so nothing of another one may be cleared unseen.
    project.ends(0, "plan -o p.plan");
    let plan: Value = serde_json::from_str(&project.ends(0, "show --json p.plan").stdout).expect("JSON");
    assert_eq!(plan["calls"][0]["method"], "DELETE", "{}", plan["calls"]);
    give_alias(&vendors, STRANGER, "gone");
    let before = vendors.writes();
    let stale = project.ends(6, "apply p.plan");
    assert!(plain(&stale).contains(&format!("`{STRANGER}` has joined it")), "{}", stale.shown());
    sends_nothing(&vendors, before);
}

#[test]
fn a_user_whom_others_fill_with_tags_after_the_plan_makes_it_stale() {
    let manifest = format!("getui: {{tag_members: {{vip: [{ALICE}, {BOB}]}}}}\n");
    let (project, vendors) = with_vendors(&manifest, "{}\n");
    project.ends(0, "plan -o p.plan");
    let tags: Vec<String> = (0..100).map(|n| format!("theirs_{n}")).collect();
    change(&vendors, |setup| setup["getui"]["users"][ALICE]["tags"] = serde_json::json!(tags));
    let before = vendors.writes();
    let stale = project.ends(6, "apply p.plan");
    assert!(plain(&stale).contains("would carry 101 tags"), "{}", stale.shown());
    sends_nothing(&vendors, before);
}

/// A property that is recorded and goes for good.
fn going_property() -> (Project, Vendors) {
    let manifest = "jpush: {properties: {age: {type: number}, level: {type: string}}}\n";
    let (project, vendors) = with_vendors(manifest, "{}\n");
    project.ends(0, "apply --auto-approve");
    project.write("manifests/audience.yaml", "jpush: {properties: {age: {type: number}}}\n");
    (project, vendors)
}

fn give_value(vendors: &Vendors) {
    change(vendors, |setup| setup["jpush"]["devices"][DEVICE] = serde_json::json!({"level": "theirs"}));
}

#[test]
fn a_property_that_goes_and_has_got_values_after_the_plan_makes_it_stale() {
    let (project, vendors) = going_property();
    project.ends(0, "plan -o p.plan");
    give_value(&vendors);
    let before = vendors.writes();
    let stale = project.ends(6, "apply p.plan");
    let said = "jpush.property[\"level\"], which is deleted, had values on 0 devices and has them on 1";
    assert!(plain(&stale).contains(said), "{}", stale.shown());
    sends_nothing(&vendors, before);
    project.ends(0, "plan -o p.plan");
    project.ends(0, "apply p.plan");
}

/// What is foreseen is what happens, reads before a write included.
#[test]
fn a_plan_and_its_apply_count_the_same_calls() {
    let declare = |kind: &str| format!("jpush: {{properties: {{level: {{type: {kind}}}}}}}\n");
    let devices = (1..4).map(|n| format!("    {}: {{level: \"{n}\"}}\n", user(n))).collect::<String>();
    let world = format!("jpush:\n  properties: {{level: {{type: string}}}}\n  devices:\n{devices}");
    let (project, vendors) = with_vendors(&declare("string"), &world);
    project.ends(0, "apply --auto-approve");
    project.write("manifests/audience.yaml", &declare("number"));
    let plan: Value = serde_json::from_str(&project.ends(0, "plan --json").stdout).expect("JSON");
    let number = |name: &str| plan["forecast"][name].as_u64().unwrap_or(0);
    let (calls, reads) = (number("calls"), number("reads"));
    let listed = plan["calls"].as_array().map(Vec::len).expect("a list");
    assert!(reads >= 4 && calls == reads + listed as u64, "{calls} calls, {reads} reads, {listed} listed");
    let applied = project.ends(0, "apply --auto-approve").stdout;
    assert!(applied.contains(&format!("Calls: {calls} (")), "{applied}");
    assert!(applied.contains(&format!("Calls: {calls} in ")), "{applied}");
    assert_eq!(vendors.violations(), 0);
}

/// Asks, lets somebody change something while the question stands, then answers yes.
fn while_asked(project: &Project, change: impl FnOnce()) -> Ran {
    let mut child = project.command("apply").stdin(Stdio::piped()).spawn().expect("the binary starts");
    let mut out = child.stdout.take().expect("a pipe");
    let (mut shown, mut piece) = (Vec::new(), [0; 4_096]);
    while !String::from_utf8_lossy(&shown).contains("Enter a value:") {
        let read = out.read(&mut piece).expect("a pipe");
        assert!(read > 0, "it ended: {}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..read]);
    }
    change();
    std::thread::sleep(Duration::from_millis(50));
    child.stdin.take().expect("a pipe").write_all(b"yes\n").expect("it reads");
    let rest = std::thread::spawn(move || {
        let mut rest = Vec::new();
        out.read_to_end(&mut rest).map(|_| rest)
    });
    let mut output = child.wait_with_output().expect("it ends");
    output.stdout = rest.join().expect("a thread").expect("a pipe");
    Ran::of(output)
}

#[test]
fn what_others_change_while_the_question_stands_is_noticed() {
    let (project, vendors) = nearly_full();
    let before = vendors.writes();
    let stale = while_asked(&project, || give_alias(&vendors, STRANGER, "full"));
    assert_eq!(stale.code, 6, "{}", stale.shown());
    let said = format!("`{STRANGER}` has joined getui.alias[\"full\"] since the plan was shown");
    assert!(plain(&stale).contains(&said), "{}", stale.shown());
    sends_nothing(&vendors, before);
    assert_eq!(while_asked(&project, || {}).code, 0);
    project.ends(0, "plan --detailed-exitcode");

    let (project, vendors) = going_property();
    let before = vendors.writes();
    let stale = while_asked(&project, || give_value(&vendors));
    assert_eq!(stale.code, 6, "{}", stale.shown());
    sends_nothing(&vendors, before);
    assert_eq!(while_asked(&project, || {}).code, 0);
    project.ends(0, "plan --detailed-exitcode");
}
