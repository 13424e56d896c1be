//! `drift`: what changed outside, and no way to write.

use serde_json::{Value, json};

use super::tool::{ALICE, BOB, Project};

fn applied() -> Project {
    let project = Project::new();
    project.ends(0, "apply --emulate --auto-approve");
    project
}

#[test]
fn nothing_changed_outside() {
    insta::assert_snapshot!(applied().ends(0, "drift --emulate").shown());
}

#[test]
fn what_changed_outside_is_told() {
    let project = applied();
    project.replace(".pushform/emulated-world.json", "spring_sale", "夏季促销");
    let before = project.files_but_states();
    insta::assert_snapshot!(project.ends(2, "drift --emulate").shown());
    insta::assert_snapshot!("drift_json", project.ends(2, "drift --emulate --json").shown());
    project.ends(2, "drift --emulate --markdown");
    let masked = project.ends(2, "--mask drift --emulate").stdout;
    assert!(!masked.contains(BOB), "{masked}");
    assert!(project.files_but_states() == before, "drift wrote something");
    project.ends(0, "apply --emulate --auto-approve");
    project.ends(0, "drift --emulate");
}

/// To policy tools a null behind a change says that its object is gone.
#[test]
fn a_tag_that_one_of_its_users_lost_is_not_shown_as_gone() {
    let manifest = format!("getui: {{tag_members: {{vip: [{ALICE}, {BOB}]}}}}\n");
    let project = Project::of(&manifest, "switches: {tag_bind_delay_ms: 0}\n", "");
    project.ends(0, "apply --emulate --auto-approve");
    let carries = |tags: &str| format!("\"{BOB}\":{{\"tags\":[{tags}]");
    project.replace(".pushform/emulated-world.json", &carries("\"vip\""), &carries(""));
    for command in ["drift --emulate --json", "plan --emulate --detailed-exitcode --json"] {
        let told: Value = serde_json::from_str(&project.ends(2, command).stdout).expect("JSON");
        let change = &told["resource_drift"][0]["change"];
        let expected = json!({"actions": ["update"], "before": {"users": [BOB]}, "after": {"users": []}});
        assert_eq!(*change, expected, "{command}");
    }
}

#[test]
fn counts_name_the_tag_that_fewer_users_carry_than_are_recorded() {
    let project = applied();
    project.ends(0, "drift --emulate --refresh counts");
    project.replace(".pushform/emulated-world.json", "spring_sale", "夏季促销");
    insta::assert_snapshot!("drift_counts", project.ends(2, "drift --emulate --refresh counts").shown());
    insta::assert_snapshot!(
        "drift_counts_markdown",
        project.ends(2, "drift --emulate --refresh counts --markdown").shown()
    );
    let json = project.ends(2, "drift --emulate --refresh counts --json").stdout;
    assert!(json.contains(r#""look_closer": "pushform plan --refresh full --target"#), "{json}");
    let plan = project.ends(0, "plan --emulate --refresh counts --detailed-exitcode").stdout;
    assert!(plan.contains("The tag `spring_sale` is carried by 0 users where 1 is recorded"), "{plan}");
    let closer =
        "plan --emulate --detailed-exitcode --refresh full --target getui.tag_members[\"spring_sale\"]";
    assert!(project.ends(2, closer).stdout.contains(BOB));
}

#[test]
fn a_sample_says_what_it_proves_and_by_which_seed() {
    let project = applied();
    insta::assert_snapshot!("drift_sample", project.ends(0, "drift --emulate --sample 50").shown());
    let one = project.ends(0, "drift --emulate --sample 1").stdout;
    assert!(one.contains("drawn by seed ") && one.contains("99 % confidence"), "{one}");
    let json = project.ends(0, "drift --emulate --sample 1 --json").stdout;
    assert!(json.contains("\"confidence_percent\": 99"), "{json}");
    project.ends(1, "drift --emulate --sample 0");
    project.ends(1, "drift --emulate --sample 5 --refresh full");
    project.replace(".pushform/emulated-world.json", "spring_sale", "夏季促销");
    let found = project.ends(2, "drift --emulate --sample 50 --markdown").stdout;
    assert!(found.contains("1 object changed outside"), "{found}");
}

/// A state that was lost must not pass a nightly check.
#[test]
fn where_nothing_is_recorded_drift_is_an_error_and_asks_no_vendor() {
    let project = Project::new();
    for words in ["drift --emulate", "drift --emulate --json", "drift --emulate --sample 5"] {
        let ran = project.ends(1, words);
        assert!(ran.stderr.contains("error: drift::nothing_recorded"), "{words}: {}", ran.stderr);
        assert!(!ran.stdout.contains("No drift"), "{words}: {}", ran.stdout);
    }
    let project = applied();
    std::fs::remove_file(project.folder().join(".pushform/emulated-state.db")).expect("a state");
    project.ends(1, "drift --emulate");
    let blacklist = Project::of(&format!("getui: {{blacklist: [{BOB}]}}\n"), "", "");
    blacklist.ends(0, "apply --emulate --auto-approve");
    let blind = blacklist.ends(0, "drift --emulate").stdout;
    assert!(blind.starts_with("No drift is known: nothing of what is recorded was looked at."), "{blind}");
    let nobody = blacklist.ends(1, "drift --emulate --sample 5");
    assert!(nobody.stderr.contains("error: drift::nobody_recorded"), "{}", nobody.stderr);
}

/// Gives a user of the emulated world another alias.
fn move_outside(project: &Project, user: &str, alias: &str) {
    let path = ".pushform/emulated-world.json";
    let mut world: Value = serde_json::from_str(&project.read(path)).expect("JSON");
    world["setup"]["getui"]["users"][user]["alias"] = alias.into();
    project.write(path, &world.to_string());
}

#[test]
fn a_user_who_went_to_a_foreign_alias_is_a_loss_of_ours() {
    let manifest = format!("getui: {{aliases: {{mine: [{ALICE}, {BOB}]}}}}\n");
    let project = Project::of(&manifest, "", "");
    project.ends(0, "apply --emulate --auto-approve");
    move_outside(&project, BOB, "hijack");
    let told = project.ends(2, "drift --emulate").stdout;
    assert!(told.contains("# getui.alias[\"mine\"] has changed"), "{told}");
    assert!(told.contains(&format!("- {BOB}")) && told.contains("moves to \"hijack\""), "{told}");
    assert!(!told.contains("getui.alias[\"hijack\"]"), "{told}");
    assert!(told.contains("apply puts it back"), "{told}");
    let json: Value = serde_json::from_str(&project.ends(2, "drift --emulate --json").stdout).expect("JSON");
    let drift = json["resource_drift"].as_array().expect("a list");
    assert_eq!(drift.len(), 1, "{json:#}");
    assert_eq!(drift[0]["address"], "getui.alias[\"mine\"]");
    assert_eq!(
        drift[0]["change"],
        json!({
            "actions": ["update"], "before": {"users": [BOB]}, "after": {"users": []},
        })
    );
    assert_eq!(drift[0]["moved"], json!([{"user": BOB, "from": "mine", "to": "hijack"}]));
    let plan: Value = serde_json::from_str(&project.ends(0, "plan --emulate --json").stdout).expect("JSON");
    assert_eq!(plan["resource_drift"][0]["change"]["after"], json!({"users": []}));
    let masked = project.ends(2, "--mask drift --emulate --json").stdout;
    assert!(!masked.contains("hijack") && !masked.contains(BOB), "{masked}");
}

#[test]
fn a_user_who_went_from_one_of_our_aliases_to_another_is_drift_of_both() {
    let other = "0".repeat(32);
    let manifest = format!("getui: {{aliases: {{one: [{ALICE}, {BOB}], two: [{other}]}}}}\n");
    let project = Project::of(&manifest, "", "");
    project.ends(0, "apply --emulate --auto-approve");
    move_outside(&project, BOB, "two");
    let json: Value = serde_json::from_str(&project.ends(2, "drift --emulate --json").stdout).expect("JSON");
    let addresses: Vec<&Value> =
        json["resource_drift"].as_array().expect("a list").iter().map(|one| &one["address"]).collect();
    assert_eq!(addresses, ["getui.alias[\"one\"]", "getui.alias[\"two\"]"], "{json:#}");
}
