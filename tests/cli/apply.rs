//! `apply`: asks, carries out, and ends with the code that pipelines go by.

use super::tool::{ALICE, BOB, CAROL, Project};

/// Three tags on three users: three calls, whatever they are packed into.
fn three_tags(limits: &str) -> Project {
    let manifest = format!("getui:\n  tag_members:\n    a: [{ALICE}]\n    b: [{BOB}]\n    春促: [{CAROL}]\n");
    Project::of(&manifest, "switches: {tag_bind_delay_ms: 0}\n", limits)
}

/// No overwriting: each tag is a call of its own that spends `tag_batch`.
const ONE_A_DAY: &str = "  limits: {tag_batch: [100/1m, 1/1d], tag_overwrite_per_user: 0/1d}\n";
const ONE_IN_TEN_SECONDS: &str = "  limits: {tag_batch: 1/10s, tag_overwrite_per_user: 0/1d}\n";

#[test]
fn only_yes_is_yes() {
    let project = Project::new();
    for (answer, name) in [("no\n", "no"), ("", "eof"), ("YES\n", "capitals"), ("y\n", "y")] {
        let ran = project.answer("apply --emulate", answer);
        ran.is(1, name);
        assert!(ran.stdout.contains("Only 'yes' will be accepted to approve."), "{}", ran.stdout);
        assert!(!ran.stdout.contains("Apply complete"), "{}", ran.stdout);
    }
    insta::assert_snapshot!("answer_no", project.answer("apply --emulate", "no\n").shown());
    insta::assert_snapshot!("answer_none", project.answer("apply --emulate", "").shown());
    insta::assert_snapshot!("answer_yes", project.answer("apply --emulate", "yes\n").shown());
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn a_pipeline_has_to_say_that_it_approves() {
    let mut project = Project::new();
    project.set("CI", "true");
    let ran = project.answer("apply --emulate", "yes\n");
    ran.is(1, "apply in a pipeline");
    insta::assert_snapshot!(ran.stderr);
    let ran = project.ends(1, "apply --emulate --json");
    assert!(ran.stderr.contains("--auto-approve"), "{}", ran.stderr);
    project.ends(0, "apply --emulate --auto-approve");
}

#[test]
fn a_second_apply_finds_nothing_to_do() {
    let project = Project::new();
    project.ends(0, "apply --emulate --auto-approve");
    insta::assert_snapshot!(project.ends(0, "apply --emulate").shown());
}

#[test]
fn what_the_day_does_not_hold_waits() {
    let project = three_tags(ONE_A_DAY);
    insta::assert_snapshot!(project.ends(3, "apply --emulate --auto-approve").shown());
    let again = project.ends(3, "apply --emulate --auto-approve");
    assert!(again.stdout.contains("Apply paused. Resources: 0 added"), "{}", again.stdout);
    let json = project.ends(3, "apply --emulate --auto-approve --json").stdout;
    let last: serde_json::Value = serde_json::from_str(json.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["type"], &last["rest"]["calls"]), (&"change_summary".into(), &2.into()), "{last}");
}

#[test]
fn until_ends_a_run_in_time() {
    let project = three_tags(ONE_IN_TEN_SECONDS);
    insta::assert_snapshot!(project.ends(3, "apply --emulate --auto-approve --until 15s").shown());
    project.ends(0, "apply --emulate --auto-approve");
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn until_ends_reading_back_too_and_says_how_many_rows_are_open() {
    let late = "switches: {tag_bind_delay_ms: 60000}\n";
    let manifest = |tags: &str| format!("getui:\n  blacklist: [{BOB}]\n{tags}");
    let two = format!("  tag_members:\n    sale: [{ALICE}]\n    news: [{ALICE}]\n");
    let limits = "  limits: {tag_overwrite_per_user: 0/1d}\n";
    let project = Project::of(&manifest(&two), late, limits);
    project.replace("pushform.yaml", "manifests:", "policy: {max_deletes: {percent: 100}}\nmanifests:");
    let ran = project.ends(3, "apply --emulate --auto-approve --until 10s");
    assert!(ran.stdout.contains("Calls: 3 in 10 s"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("Apply paused. Resources: 3 added, 0 changed, 0 destroyed."),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("not read back: 2 of 2 rows, 1 row cannot be"), "{}", ran.stdout);
    let rest = "Rest: reading back had no time before --until; run the same command again.";
    assert!(ran.stdout.contains(rest), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("`--until` was reached: 2 of 2 written rows were not read back"),
        "{}",
        ran.stderr
    );
    // What was not read back is not forgotten before it can come no more.
    project.write("manifests/audience.yaml", &manifest(""));
    let told = project.ends(0, "apply --emulate --auto-approve").stdout;
    assert!(told.contains("2 tag rows that nobody declares any more may still come until"), "{told}");
    assert!(!told.contains("orgot"), "{told}");
    assert_eq!(project.ends(0, "state list --emulate").stdout.matches("getui.tag_members").count(), 2);
}

#[test]
fn a_run_that_waits_says_for_what_and_how_long() {
    let ran = three_tags(ONE_IN_TEN_SECONDS).ends(0, "apply --emulate --auto-approve");
    assert!(ran.stderr.contains("waiting 10 s for getui tag_batch 1/10s"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 of 3 calls · waiting 10 s for "), "{}", ran.stderr);
}

#[test]
fn events_as_json_are_one_object_a_line() {
    let ran = three_tags(ONE_IN_TEN_SECONDS).ends(0, "apply --emulate --auto-approve --json");
    let mut types = Vec::new();
    for line in ran.stdout.lines() {
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        for key in ["type", "@timestamp", "@level", "@message"] {
            assert!(event[key].as_str().is_some_and(|text| !text.is_empty()), "{key} in {line}");
        }
        types.push(event["type"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(types.first().map(String::as_str), Some("version"));
    assert_eq!(types.last().map(String::as_str), Some("change_summary"));
    for wanted in
        ["planned_change", "apply_start", "quota_wait", "apply_progress", "call_complete", "apply_complete"]
    {
        assert!(types.iter().any(|one| one == wanted), "no {wanted} in {types:?}");
    }
    insta::assert_snapshot!(super::steady::steady(&ran.stdout));
}

#[test]
fn a_refused_row_fails_its_change_and_the_rest_goes_on() {
    let project = Project::new();
    let world = project.read("emulator.yaml");
    project.write(
        "emulator.yaml",
        &format!("{world}faults:\n  - {{on: getui.alias.bind, do: status, status: 400}}\n"),
    );
    let ran = project.ends(1, "apply --emulate --auto-approve");
    insta::assert_snapshot!(ran.shown());
    project.write("emulator.yaml", &world);
    project.ends(0, "apply --emulate --auto-approve");
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn a_refused_device_fails_no_other_of_its_call() {
    let manifest =
        "jpush:\n  properties: {level: {type: number}}\n  devices: {r1: {level: 1}, r2: {level: 2}}\n";
    let project = Project::of(manifest, "jpush: {devices_unknown: reject, devices: {r1: {}}}\n", "");
    let ran = project.ends(1, "apply --emulate --auto-approve");
    assert!(ran.stdout.contains("Apply incomplete. Resources: 2 added, 0 changed"), "{}", ran.stdout);
    assert!(ran.stderr.contains("jpush.device[\"r1\"]: Creation complete"), "{}", ran.stderr);
    assert!(ran.stderr.contains("× jpush.device[\"r2\"]: `r2` was not changed: "), "{}", ran.stderr);
}

/// The lines of a run, which has to end with this code: each one event, the last a `change_summary`.
#[track_caller]
fn lines(project: &Project, code: i32, words: &str) -> Vec<serde_json::Value> {
    let ran = project.ends(code, words);
    let line = |line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
    let lines: Vec<serde_json::Value> = ran.stdout.lines().map(line).collect();
    let kind = |at: Option<&serde_json::Value>| at.map(|one| one["type"].clone()).unwrap_or_default();
    assert_eq!(kind(lines.first()), "version", "{}", ran.stdout);
    assert_eq!(kind(lines.last()), "change_summary", "{}", ran.stdout);
    assert_eq!(lines.iter().filter(|one| one["type"] == "version").count(), 1, "{}", ran.stdout);
    lines
}

fn codes(lines: &[serde_json::Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["diagnostic"]["code"].as_str()).collect()
}

#[test]
fn whatever_ends_a_run_is_an_event_too() {
    let words = "apply --emulate --auto-approve --json";
    let project = three_tags("");
    project.write("manifests/wrong.yaml", "getui: {aliases: {a-b: x}}\n");
    assert_eq!(codes(&lines(&project, 1, words)), ["structure::alias"]);
    project.write("manifests/wrong.yaml", "getui: {aliases: {nobody: x}}\n");
    let unknown = lines(&project, 1, words);
    assert_eq!(codes(&unknown), ["plan::unknown_user"]);
    let message = unknown.last().expect("a line")["@message"].as_str().unwrap_or_default();
    assert_eq!(message, "Apply incomplete. Resources: 3 added, 0 changed, 0 destroyed.");
    project.write("manifests/wrong.yaml", "getui: {blacklist: [00000000000000000000000000000009]}\n");
    assert_eq!(codes(&lines(&project, 1, "apply --emulate --json")), ["apply::nobody_to_ask"]);
    project.write("pushform.yaml", "{");
    assert_eq!(codes(&lines(&project, 1, words)), ["yaml::syntax"]);
}

#[test]
fn what_is_in_error_is_never_called_a_match() {
    let project = Project::of("getui: {aliases: {nobody: x}}\n", "", "");
    let planned = project.ends(1, "plan --emulate").stdout;
    assert_eq!(planned, "Nothing to do, except for what is in error.\n");
    assert!(project.ends(1, "plan --emulate --markdown").stdout.starts_with("### Pushform: errors\n"));
    let applied = project.ends(1, "apply --emulate --auto-approve").stdout;
    assert!(applied.contains("Apply incomplete. Resources: 0 added"), "{applied}");
    assert!(!applied.contains("No changes.") && !applied.contains("Apply complete!"), "{applied}");
}

#[test]
fn where_not_even_reading_has_room_an_apply_waits_and_a_plan_fails() {
    let project = three_tags("  limits: {requests: 1/1d}\n");
    let ran = project.ends(3, "apply --emulate --auto-approve");
    assert!(ran.stderr.contains("warning: call::day_used_up"), "{}", ran.stderr);
    project.ends(3, "apply --emulate --auto-approve --until 1ms");
    let told = lines(&project, 3, "apply --emulate --auto-approve --json");
    assert_eq!(codes(&told), ["call::day_used_up"]);
    assert!(project.ends(1, "plan --emulate").stderr.contains("error: call::day_used_up"));
}

/// Fifty of a kind, all taken and none carried out: not one of them is called done.
#[track_caller]
fn none_is_done(manifest: &str, world: &str) {
    let project = Project::of(manifest, world, "");
    let told = lines(&project, 1, "apply --emulate --auto-approve --json");
    let of = |kind: &str| told.iter().filter(|line| line["type"] == kind).count();
    assert_eq!((of("apply_errored"), of("apply_complete")), (50, 0));
    let last = told.last().expect("a line");
    assert_eq!((&last["changes"]["add"], &last["verified"]["untrue"]), (&0.into(), &50.into()), "{last}");
    let project = Project::of(manifest, world, "");
    let ran = project.ends(1, "apply --emulate --auto-approve").stdout;
    assert!(ran.contains("Apply incomplete. Resources: 0 added, 0 changed, 0 destroyed."), "{ran}");
    assert!(ran.contains("50 changes failed") && ran.contains("of 50 rows 50 are not as written"), "{ran}");
    assert!(!ran.contains("verified"), "{ran}");
}

#[test]
fn what_was_accepted_and_not_carried_out_is_counted_as_failed_however_much_it_is() {
    let list = |line: &dyn Fn(u32) -> String| (0..50).map(line).collect::<String>();
    let success =
        |on: &str| format!("faults: [{{on: {on}, do: code, status: 200, code: 0, msg: success}}]\n");
    let aliases = list(&|n| format!("    a{n}: [{n:032x}]\n"));
    none_is_done(&format!("getui:\n  aliases:\n{aliases}"), &success("getui.alias.bind"));
    let tags = list(&|n| format!("    t{n}: [{n:032x}]\n"));
    let late = "switches: {tag_bind_delay_ms: 6000000}\n";
    none_is_done(&format!("getui:\n  tag_members:\n{tags}"), late);
}

#[test]
fn a_wait_off_a_terminal_is_a_line_every_ten_seconds_with_how_many_and_until_when() {
    let project = three_tags("  limits: {tag_batch: 1/25s, tag_overwrite_per_user: 0/1d}\n");
    let ran = project.ends(0, "apply --emulate --auto-approve").stderr;
    let waits: Vec<&str> = ran.lines().filter(|line| line.contains("waiting ")).collect();
    assert!((3..=6).contains(&waits.len()), "{ran}");
    for line in waits {
        assert!(line.contains(" of 3 calls") && line.contains(", until 2"), "{line}");
    }
}

#[test]
fn a_reading_that_takes_long_is_told_off_a_terminal() {
    let users: String = (0..40).map(|n| format!("    {n:032x}: [vip]\n")).collect();
    let limits = "  limits: {requests: 5/20s}\n";
    let project = Project::of(&format!("getui:\n  tag_sets:\n{users}"), "", limits);
    let ran = project.ends(0, "plan --emulate --refresh full").stderr;
    let told: Vec<&str> = ran.lines().filter(|line| line.starts_with("reading live state: ")).collect();
    assert!(told.len() > 5, "{ran}");
    assert!(told[0].starts_with("reading live state: 40 calls, about 2 min"), "{ran}");
    assert!(told[3].contains(" left"), "{ran}");
    assert!(told[1].contains(" of 40 calls") && told[1].contains("getui requests"), "{ran}");
}
