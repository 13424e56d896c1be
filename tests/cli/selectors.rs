//! `--target`, `--exclude` and every other address: what is typed is meant, what matches nothing is an error, and what
//! a selection would move outside of itself is refused.

use serde_json::Value;

use super::tool::{ALICE, BOB, CAROL, DEVICE, Project};

/// Two aliases that change, and one that does not.
fn aliases() -> Project {
    let declare = |more: &str| {
        format!("getui: {{aliases: {{alice_w: [{ALICE}{more}1], bob: [{BOB}{more}2], carol: {CAROL}}}}}\n")
    };
    let one = declare("").replace(&format!("{ALICE}1"), ALICE).replace(&format!("{BOB}2"), BOB);
    let project = Project::of(&one, "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project.write("manifests/audience.yaml", &declare(", 0000000000000000000000000000000"));
    project
}

/// The users whom the emulated vendor knows, and what they have.
fn users(project: &Project) -> Value {
    let world: Value = serde_json::from_str(&project.read(".pushform/emulated-world.json")).expect("JSON");
    world["setup"]["getui"]["users"].clone()
}

#[track_caller]
fn refused(project: &Project, words: &str, lacks: &[&str]) {
    let before = users(project);
    let ran = project.ends(1, &format!("apply --emulate --auto-approve {words}"));
    assert!(ran.stderr.contains("plan::selection_not_closed"), "{words}:\n{}", ran.stderr);
    for address in lacks {
        assert!(
            ran.stderr.contains(&format!("`{address}`")),
            "{words} does not name {address}:\n{}",
            ran.stderr
        );
    }
    assert_eq!(users(project), before, "{words} sent something");
    project.ends(1, &format!("plan --emulate {words}"));
}

#[test]
fn an_address_whose_quotes_a_shell_ate_is_meant_all_the_same() {
    let project = aliases();
    for address in ["getui.alias[alice_w]", "getui.alias[\"alice_w\"]", "getui.alias[alice_*]"] {
        let excluded = project.ends(0, &format!("plan --emulate --exclude {address}")).stdout;
        assert!(!excluded.contains("# getui.alias[\"alice_w\"]"), "{address}:\n{excluded}");
        assert!(excluded.contains("# getui.alias[\"bob\"]"), "{address}:\n{excluded}");
        let targeted = project.ends(0, &format!("plan --emulate --target {address}")).stdout;
        assert!(targeted.contains("# getui.alias[\"alice_w\"]"), "{address}:\n{targeted}");
        assert!(!targeted.contains("# getui.alias[\"bob\"]"), "{address}:\n{targeted}");
    }
    assert!(project.ends(0, "state show --emulate getui.alias[alice_w]").stdout.contains(ALICE));
    project.ends(0, "state rm --emulate getui.alias[alice_w]");
    assert!(!project.ends(0, "state list --emulate").stdout.contains("alice_w"));
}

#[test]
fn an_address_that_matches_nothing_is_an_error_that_names_the_nearest() {
    let project = aliases();
    let before = users(&project);
    for words in [
        "plan --emulate --target getui.alias[alice_v]",
        "plan --emulate --exclude getui.alias[alice_v]",
        "plan --emulate --target getui.alias[bob] --exclude getui.alias[alice_v]",
        "apply --emulate --auto-approve --exclude getui.alias[alice_v]",
        "apply --emulate --auto-approve --target getui.alias[alice_v]",
        "state show --emulate getui.alias[alice_v]",
        "state list --emulate getui.alias[alice_v]",
        "state rm --emulate getui.alias[bob] getui.alias[alice_v]",
    ] {
        let ran = project.ends(1, words);
        assert!(
            ran.stderr.contains("`getui.alias[\"alice_v\"]` matches nothing"),
            "{words}:\n{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("`getui.alias[\"alice_w\"]`"), "{words}:\n{}", ran.stderr);
    }
    for (words, said) in [
        ("plan --emulate --target getui.aliases[alice_w]", "did you mean `getui.alias`?"),
        ("apply --emulate --exclude getui.alias[", "expected getui.alias[\"NAME\"]"),
        ("state rm --emulate alice_w", "it starts with one of getui.alias"),
        ("state show --emulate getui.blacklist[x]", "`getui.blacklist` takes no name"),
    ] {
        let ran = project.ends(1, words);
        assert!(ran.stderr.contains(said), "{words}:\n{}", ran.stderr);
    }
    assert_eq!(users(&project), before, "something was sent");
    assert!(project.ends(0, "state list --emulate").stdout.contains("bob"), "something was forgotten");
}

#[test]
fn a_selection_of_which_the_excludes_leave_nothing_is_an_error() {
    let project = aliases();
    let before = users(&project);
    for words in [
        "--target getui.alias[bob] --exclude getui.alias[bob]",
        "--target getui.alias[bob] --exclude getui.*",
        "--target getui.alias[b*] --target getui.alias[alice_w] --exclude getui.alias[bob] --exclude getui.alias[a*]",
    ] {
        for command in ["plan --emulate", "apply --emulate --auto-approve"] {
            let ran = project.ends(1, &format!("{command} {words}"));
            assert!(ran.stderr.contains("the selection is empty"), "{words}:\n{}", ran.stderr);
        }
    }
    assert_eq!(users(&project), before, "something was sent");
    project.ends(0, "plan --emulate --target getui.alias --exclude getui.alias[bob]");
}

#[test]
fn a_plan_that_is_limited_says_so_wherever_it_is_shown() {
    const NOTE: &str = "the plan is limited by --target/--exclude";
    let project = aliases();
    let words = "--exclude getui.alias[alice_w] -o plan.json";
    let planned = project.ends(0, &format!("plan --emulate {words} --html plan.html")).stdout;
    assert!(planned.contains(&format!("Note: {NOTE}: without getui.alias[\"alice_w\"]")), "{planned}");
    assert!(project.read("plan.html").contains(NOTE));
    assert!(project.ends(0, "show plan.json").stdout.contains(&format!("Note: {NOTE}")));
    assert!(project.ends(0, "show --markdown plan.json").stdout.contains(NOTE));
    let json: Value = serde_json::from_str(&project.ends(0, "show --json plan.json").stdout).expect("JSON");
    assert_eq!(json["limited_by"], serde_json::json!(["--exclude getui.alias[\"alice_w\"]"]));
    for format in ["", "--json", "--markdown"] {
        let words = "plan --emulate --exclude getui.alias[alice_w] --exclude getui.alias[bob]";
        let masked = project.ends(0, &format!("--mask {words} {format}")).stdout;
        assert!(!masked.contains("alice") && !masked.contains("bob"), "{format}: {masked}");
    }
    let nothing = project.ends(0, "plan --emulate --target getui.alias[carol]").stdout;
    assert!(nothing.contains("No changes.") && nothing.contains(NOTE), "{nothing}");
    let applied = project.ends(0, "apply --emulate plan.json").stdout;
    assert!(applied.contains(NOTE), "{applied}");
    let whole = project.ends(0, "plan --emulate --json").stdout;
    assert!(!whole.contains("limited_by"), "{whole}");
}

#[test]
fn half_of_a_swap_of_aliases_is_refused_with_the_other_half() {
    let declare = |a: &str, b: &str| format!("getui: {{aliases: {{a: {a}, b: {b}}}}}\n");
    let project = Project::of(&declare(ALICE, BOB), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project.write("manifests/audience.yaml", &declare(BOB, ALICE));
    refused(&project, "--exclude getui.alias[b]", &["getui.alias[\"b\"]"]);
    refused(&project, "--target getui.alias[a]", &["getui.alias[\"b\"]"]);
    project.ends(0, "apply --emulate --auto-approve --target getui.alias[a] --target getui.alias[b]");
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn whoever_moves_takes_both_aliases_into_the_selection_over_any_number_of_steps() {
    let declare = |one: &str, two: &str, three: &str| {
        format!("getui: {{aliases: {{one: [{CAROL}{one}], two: [{two}], three: [{three}]}}}}\n")
    };
    let last = "0".repeat(32);
    let project = Project::of(&declare(&format!(", {ALICE}"), BOB, &last), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project.write("manifests/audience.yaml", &declare("", ALICE, &format!("{last}, {BOB}")));
    let all = ["getui.alias[\"two\"]", "getui.alias[\"three\"]"];
    refused(&project, "--target getui.alias[one]", &all);
    refused(&project, "--exclude getui.alias[t*]", &all);
    project.ends(0, "apply --emulate --auto-approve --target getui.alias");
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn an_alias_that_is_full_names_what_makes_room() {
    let user = |n: u32| format!("{n:032x}");
    let ten: Vec<String> = (0..10).map(user).collect();
    let declare = |full: &[String], other: &str| {
        format!("getui: {{aliases: {{full: [{}], other: [{CAROL}{other}]}}}}\n", full.join(", "))
    };
    let project = Project::of(&declare(&ten, ""), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    let mut next = ten[1..].to_vec();
    next.push(ALICE.to_owned());
    project.write("manifests/audience.yaml", &declare(&next, &format!(", {}", ten[0])));
    refused(&project, "--target getui.alias[full]", &["getui.alias[\"other\"]"]);
}

#[test]
fn a_property_does_not_take_values_of_devices_that_are_not_selected() {
    let manifest = |properties: &str, values: &str| {
        format!("jpush:\n  properties: {{{properties}}}\n  devices: {{{DEVICE}: {{{values}}}}}\n")
    };
    let project =
        Project::of(&manifest("level: {type: string}, age: {type: number}", "level: abc, age: 3"), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project.write("manifests/audience.yaml", &manifest("age: {type: number}", "age: 3"));
    let device = format!("jpush.device[\"{DEVICE}\"]");
    refused(&project, "--target jpush.property[level]", &[&device]);
    project
        .ends(0, &format!("apply --emulate --auto-approve --target jpush.property[level] --target {device}"));
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn an_exact_set_does_not_take_a_tag_from_members_that_are_not_selected() {
    let members = format!("getui: {{tag_members: {{vip: [{ALICE}, {BOB}]}}}}\n");
    let project = Project::of(&members, "switches: {tag_bind_delay_ms: 0}\n", "");
    project.ends(0, "apply --emulate --auto-approve");
    let both = format!("getui: {{tag_members: {{vip: [{BOB}]}}, tag_sets: {{{ALICE}: [gold]}}}}\n");
    project.write("manifests/audience.yaml", &both);
    refused(&project, &format!("--target getui.tag_set[{ALICE}]"), &["getui.tag_members[\"vip\"]"]);
    refused(&project, "--target getui.tag_members[vip]", &[&format!("getui.tag_set[\"{ALICE}\"]")]);
    project.ends(0, "apply --emulate --auto-approve --target getui.tag_*");
}
