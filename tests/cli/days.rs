//! What does not fit goes on later: approved once, whoever runs it then.

use super::tool::{ALICE, BOB, CAROL, Project};

/// Three calls, of which two fit into fifteen seconds.
fn three_tags() -> Project {
    let limits = "  limits: {tag_batch: 1/10s, tag_overwrite_per_user: 0/1d}\n";
    Project::of(&manifest(""), "switches: {tag_bind_delay_ms: 0}\n", limits)
}

fn manifest(more: &str) -> String {
    format!("getui:\n  tag_members:\n    a: [{ALICE}]\n    b: [{BOB}]\n    春促: [{CAROL}]\n{more}")
}

#[test]
fn a_pipeline_goes_on_with_what_a_person_approved() {
    let mut project = three_tags();
    project.answer("apply --emulate --until 15s", "yes\n").is(3, "the first apply");
    project.set("CI", "true");
    insta::assert_snapshot!(project.ends(0, "apply --emulate").shown());
    project.ends(0, "plan --emulate --detailed-exitcode");
    // That plan is done: the next is another one.
    project.write("manifests/audience.yaml", &manifest("    d: [e605a0db5ce3cca9b76b012978064940]\n"));
    project.ends(1, "apply --emulate");
}

#[test]
fn a_pipeline_goes_on_with_what_it_approved_itself_beforehand() {
    let project = three_tags();
    project.ends(3, "apply --emulate --auto-approve --until 1s");
    let left = project.ends(2, "plan --emulate --detailed-exitcode").stdout;
    assert!(left.contains("Plan: 2 to add"), "one of three went:\n{left}");
    // Nobody is asked, and nobody needs to be: stdin is no terminal.
    project.ends(3, "apply --emulate --until 1s");
    project.ends(0, "apply --emulate");
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn a_pipeline_leaves_out_what_nobody_approved_and_says_so() {
    let mut project = three_tags();
    project.answer("apply --emulate --until 15s", "yes\n").is(3, "the first apply");
    project.set("CI", "true");
    project.write("manifests/audience.yaml", &manifest("    d: [e605a0db5ce3cca9b76b012978064940]\n"));
    insta::assert_snapshot!(project.ends(1, "apply --emulate").shown());
    let left = project.ends(2, "plan --emulate --detailed-exitcode").stdout;
    assert!(left.contains("Plan: 1 to add"), "what was approved is done:\n{left}");
    project.ends(0, "apply --emulate --auto-approve");
}

#[test]
fn a_person_is_told_what_is_new_and_asked_again() {
    let project = three_tags();
    project.answer("apply --emulate --until 15s", "yes\n").is(3, "the first apply");
    project.write("manifests/audience.yaml", &manifest("    d: [e605a0db5ce3cca9b76b012978064940]\n"));
    insta::assert_snapshot!(project.answer("apply --emulate", "no\n").shown());
}

#[test]
fn a_saved_plan_goes_on_until_it_is_done() {
    let project = three_tags();
    project.ends(0, "plan --emulate -o saved.json");
    project.ends(3, "apply --emulate --until 15s saved.json");
    project.write("manifests/audience.yaml", &manifest("").replace(CAROL, ALICE));
    project.ends(6, "apply --emulate saved.json");
    project.write("manifests/audience.yaml", &manifest(""));
    project.ends(0, "apply --emulate saved.json");
    project.ends(0, "plan --emulate --detailed-exitcode");
    insta::assert_snapshot!(project.ends(0, "apply --emulate saved.json").stdout);
}

#[test]
fn a_plan_that_takes_days_says_how_many_calls_go_on_each() {
    let limits = "  limits: {tag_batch: [100/1m, 2/1d], tag_overwrite_per_user: 0/1d}\n";
    let project = Project::of(&manifest(""), "", limits);
    let shown = project.ends(0, "plan --emulate").stdout;
    assert!(shown.contains("done in 2 days: 2 calls today, 1 on 20"), "{shown}");
    let json: serde_json::Value =
        serde_json::from_str(&project.ends(0, "plan --emulate --json").stdout).expect("JSON");
    let calls: Vec<_> =
        json["forecast"]["days"].as_array().expect("days").iter().map(|day| &day["calls"]).collect();
    assert_eq!(calls, [2, 1]);
}

/// One tag call of three finds its day used up, as the vendor says.
#[test]
fn a_day_that_the_vendor_closed_is_shown_and_left_alone_by_later_runs() {
    let world = "switches: {tag_bind_delay_ms: 0}\nfaults:\n  \
        - {on: getui.tag.bind, do: code, status: 403, code: 30011, msg: the day is used up, times: 1}\n";
    let limits = "  limits: {tag_batch: [100/1m, 10000/1d], tag_overwrite_per_user: 0/1d}\n";
    let project = Project::of(&manifest(""), world, limits);
    project.ends(3, "apply --emulate --auto-approve");

    let left = |table: &str| {
        let line = table.lines().find(|line| line.contains("10,000/1d")).expect("the day of tag_batch");
        line.split_whitespace().nth(2).map(str::to_owned)
    };
    let shown = project.ends(0, "quota --emulate").stdout;
    assert_eq!(left(&shown).as_deref(), Some("0"), "{shown}");
    let plan = project.ends(0, "plan --emulate --json").stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    let quotas = plan["quotas"].as_array().expect("quotas");
    let day = quotas.iter().find(|one| one["limit"] == "10000/1d").expect("the day of tag_batch");
    assert_eq!(day["left"], 0, "{quotas:?}");

    let events = project.ends(3, "apply --emulate --json").stdout;
    assert!(!events.contains("/user/custom_tag/batch/"), "a call of a closed day was sent:\n{events}");
}

#[test]
fn a_clock_that_went_back_is_said_and_holds_nobody_up() {
    let project = three_tags();
    // Twenty seconds pass in the emulated world, which is what its state goes by.
    project.ends(0, "apply --emulate --auto-approve");
    assert_eq!(project.ends(0, "quota --emulate").stderr.matches("went backwards").count(), 0);
    std::fs::remove_file(project.folder().join(".pushform/emulated-world.json")).expect("the emulated world");
    for command in ["quota --emulate", "plan --emulate"] {
        let said = project.ends(0, command).stderr;
        let words = "the clock of this machine went backwards: the state holds a call made at 20";
        assert!(said.contains(words), "{command}: {said}");
        assert!(
            said.contains("check the clock; calls from the future count as made now"),
            "{command}: {said}"
        );
    }
}
