//! `state` and `quota`: the recorded side.

use super::tool::{ALICE, Project};

fn applied() -> Project {
    let project = Project::new();
    project.ends(0, "apply --emulate --auto-approve");
    project
}

#[test]
fn what_is_recorded_is_listed_and_shown() {
    let project = applied();
    insta::assert_snapshot!(project.ends(0, "state list --emulate").shown());
    insta::assert_snapshot!(
        "state_show",
        project
            .ends(0, "state show getui.alias[\"*\"] getui.tag_set[\"*\"] jpush.* getui.blacklist --emulate")
            .shown()
    );
    insta::assert_snapshot!(
        "state_show_nothing",
        project.ends(1, "state show getui.alias[\"nobody\"] --emulate").shown()
    );
    assert_eq!(project.ends(0, "state list").stdout, "Nothing is recorded.\n", "the real state is another");
}

#[test]
fn what_is_let_go_is_not_touched_and_adopted_again() {
    let project = applied();
    let world = project.read(".pushform/emulated-world.json");
    insta::assert_snapshot!(project.ends(0, "state rm getui.alias[\"alice_w\"] --emulate").shown());
    assert_eq!(project.read(".pushform/emulated-world.json"), world);
    let listed = project.ends(0, "state list --emulate").stdout;
    assert!(!listed.contains("alice_w"), "{listed}");
    project.ends(1, "state rm getui.alias[\"alice_w\"] --emulate");
    let plan = project.ends(0, "plan --emulate --detailed-exitcode").stdout;
    assert!(plan.contains("Adopted without a call: 2 rows are already as declared."), "{plan}");
}

#[test]
fn a_state_that_nobody_holds_is_not_unlocked() {
    let project = applied();
    insta::assert_snapshot!(project.ends(0, "state unlock --emulate").shown());
}

#[test]
fn a_mask_hides_aliases_and_ids_everywhere() {
    let project = applied();
    project.replace("manifests/audience.yaml", "spring_sale: [", &format!("spring_sale: [{ALICE}, "));
    for words in [
        "plan --emulate",
        "plan --emulate --markdown",
        "plan --emulate --json",
        "state list --emulate",
        "state show getui.* --emulate",
        "drift --emulate",
        "-vv apply --emulate --auto-approve",
        "apply --emulate --auto-approve --json",
        "validate",
    ] {
        let ran = project.run(&format!("--mask {words}"));
        for hidden in
            [ALICE, super::tool::BOB, super::tool::CAROL, super::tool::DEVICE, "alice_w", "old_name"]
        {
            let both = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!both.contains(hidden), "{words} shows {hidden}:\n{both}");
        }
    }
}

#[test]
fn quotas_tell_what_is_spent() {
    let project = applied();
    let table = project.ends(0, "quota --emulate").stdout;
    let line = |word: &str| table.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
    assert!(line("tag_overwrite_per_user").contains("1 user  1 each"), "{table}");
    assert!(line("600/1m:").contains("300 of them are reserved for pushes"), "{table}");
    insta::assert_snapshot!(project.ends(0, "quota").shown());
}
