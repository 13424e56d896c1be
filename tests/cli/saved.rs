//! A saved plan applied more than once: what is done is done, what is left goes on.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a process is waited for in real time")]

use std::time::{Duration, Instant};

use serde_json::Value;

use super::tool::{ALICE, BOB, Project};
use super::vendors::Vendors;

#[test]
fn a_saved_plan_that_is_already_applied_says_so_and_ends_well() {
    let project = Project::new();
    project.ends(0, "plan --emulate -o plan.json");
    project.ends(0, "apply --emulate plan.json");
    let world = project.read(".pushform/emulated-world.json");
    let writes = |text: &str| {
        let world: Value = serde_json::from_str(text).expect("JSON");
        world["setup"].clone()
    };
    let again = project.ends(0, "apply --emulate plan.json");
    assert!(again.stdout.contains("The saved plan is already applied"), "{}", again.stdout);
    assert!(
        again.stdout.contains("Apply complete! Resources: 0 added, 0 changed, 0 destroyed."),
        "{}",
        again.stdout
    );
    let json = project.ends(0, "apply --emulate --json plan.json").stdout;
    let last: Value = serde_json::from_str(json.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["type"], &last["already_applied"]), (&"change_summary".into(), &true.into()), "{json}");
    assert_eq!(writes(&project.read(".pushform/emulated-world.json")), writes(&world), "something was sent");
    // What somebody has changed again since is none of it.
    project.replace("manifests/audience.yaml", "喜爱足球", "足球迷");
    project.ends(0, "apply --emulate --auto-approve");
    let stale = project.ends(6, "apply --emulate plan.json");
    assert!(stale.stderr.contains("the saved plan no longer fits"), "{}", stale.stderr);
}

#[test]
fn a_saved_plan_of_which_a_part_failed_goes_on_with_that_part() {
    let manifest = format!("getui:\n  aliases: {{one: {ALICE}}}\n  tag_members: {{vip: [{BOB}]}}\n");
    let world = "switches: {tag_bind_delay_ms: 0}\nfaults: [{on: getui.alias.bind, do: code, status: 403, code: 301, call: 1}]\n";
    let project = Project::of(&manifest, world, "");
    project.ends(0, "plan --emulate -o plan.json");
    let failed = project.ends(1, "apply --emulate plan.json");
    assert!(failed.stdout.contains("Apply incomplete. Resources: 1 added"), "{}", failed.shown());
    let rest = project.ends(0, "apply --emulate plan.json");
    assert!(rest.stdout.contains("Apply complete! Resources: 1 added"), "{}", rest.shown());
    project.ends(0, "plan --emulate --detailed-exitcode");
    assert!(project.ends(0, "apply --emulate plan.json").stdout.contains("already applied"));
}

/// Starts an apply and kills it once its first bind of a tag is under way.
fn kill_in_mid_call(project: &Project, vendors: &Vendors) {
    let mut run = project.start("apply --auto-approve");
    let start = Instant::now();
    while !vendors.control("GET", "stats", "").contains("getui.tag.bind") {
        assert!(start.elapsed() < Duration::from_secs(60), "no call came");
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill().expect("it can be killed");
    drop(run.wait());
    project.ends(0, "state unlock");
}

/// A pipeline of plan and apply is not stuck for good after a run that died.
#[test]
fn a_plan_made_after_a_run_died_takes_its_calls_in_and_can_be_applied() {
    let mut project = Project::of(&format!("getui: {{tag_members: {{vip: [{ALICE}]}}}}\n"), "", "");
    let slow =
        "switches: {tag_bind_delay_ms: 0}\nfaults: [{on: getui.tag.bind, do: slow, ms: 600000, call: 1}]";
    let vendors = Vendors::start(&project, slow);
    vendors.point(&mut project);
    project.ends(0, "plan -o before.json");
    kill_in_mid_call(&project, &vendors);
    let plan: Value = {
        project.ends(0, "plan -o plan.json");
        serde_json::from_str(&project.ends(0, "show --json plan.json").stdout).expect("JSON")
    };
    assert_eq!(plan["base"]["in_doubt"].as_array().map(Vec::len), Some(1), "{}", plan["base"]);
    let shown = project.ends(0, "show plan.json").stdout;
    assert!(shown.contains("Note: The outcome of 1 call of an earlier run is unknown"), "{shown}");
    project.ends(0, "apply plan.json");
    project.ends(0, "plan --detailed-exitcode");
    project.ends(0, "apply plan.json");
    assert_eq!(vendors.violations(), 0);
}

/// Whoever approved a plan before the death approved nothing of what the dead run did.
#[test]
fn a_plan_made_before_a_run_died_no_longer_fits() {
    let mut project = Project::of(&format!("getui: {{blacklist: [{BOB}]}}\n"), "", "");
    let slow = "switches: {tag_bind_delay_ms: 0}\nfaults: [{on: getui.tag.bind, do: slow, ms: 600000, call: 1, times: 2}]";
    let vendors = Vendors::start(&project, slow);
    vendors.point(&mut project);
    project.ends(0, "apply --auto-approve");
    let tags = format!("{{vip: [{ALICE}], gold: [{BOB}]}}");
    let more = format!("getui: {{blacklist: [{BOB}], tag_members: {tags}}}\n");
    project.write("manifests/audience.yaml", &more);
    project.ends(0, "plan -o before.json --exclude getui.tag_members[vip]");
    kill_in_mid_call(&project, &vendors);
    let stale = project.ends(6, "apply before.json");
    assert!(stale.stderr.contains("a run has died since"), "{}", stale.stderr);
}
