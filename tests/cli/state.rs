//! `state` and `quota`: the recorded side.

use super::server;
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

#[test]
fn a_state_moves_and_is_refused_where_it_was() {
    let project = Project::new();
    project.replace("pushform.yaml", "sqlite:.pushform/state.db", "sqlite:.pushform/emulated-state.db");
    project.ends(0, "apply --emulate --auto-approve");
    let listed = project.ends(0, "state list").stdout;
    insta::assert_snapshot!("state_move", project.ends(0, "state move sqlite:.pushform/new.db").shown());
    insta::assert_snapshot!("state_moved_away", project.ends(1, "state list").shown());
    insta::assert_snapshot!(
        "state_move_twice",
        project.ends(1, "state move sqlite:.pushform/newer.db").shown()
    );
    project.replace("pushform.yaml", "emulated-state.db", "new.db");
    assert_eq!(project.ends(0, "state list").stdout, listed);
    insta::assert_snapshot!(
        "state_move_to_where_it_was",
        project.ends(1, "state move sqlite:.pushform/emulated-state.db").shown()
    );
    project.ends(0, "state move sqlite:.pushform/emulated-state.db --overwrite");
}

#[test]
fn a_state_is_exported_and_imported() {
    let project = applied();
    insta::assert_snapshot!("state_export", project.ends(0, "state export --emulate -o first.jsonl").shown());
    let imported = project.ends(0, "state import first.jsonl").shown();
    insta::assert_snapshot!("state_import", imported);
    insta::assert_snapshot!("state_import_twice", project.ends(1, "state import first.jsonl").shown());
    assert_eq!(project.ends(0, "state export").stdout, project.read("first.jsonl"));
    project.ends(0, "state import first.jsonl --overwrite");
    assert_eq!(project.ends(0, "state export").stdout, project.read("first.jsonl"));
}

#[test]
fn a_state_is_not_exported_masked_nor_moved_by_a_password_that_all_can_see() {
    let project = applied();
    insta::assert_snapshot!("state_export_masked", project.ends(1, "--mask state export --emulate").shown());
    let moved = project.ends(1, "state move postgres://ann:hunter2@db.example/shop");
    insta::assert_snapshot!("state_move_with_password", moved.shown());
    insta::assert_snapshot!("state_move_nowhere", project.ends(1, "state move elsewhere").shown());
    insta::assert_snapshot!("state_move_unset", project.ends(1, "state move ${NOT_SET}").shown());
}

#[test]
fn a_state_moves_to_a_database_and_back() {
    let mut project = applied();
    let (url, _) = server::fresh();
    project.set("SHOP_STATE", &url);
    project.replace("pushform.yaml", "sqlite:.pushform/state.db", "sqlite:.pushform/emulated-state.db");
    let listed = project.ends(0, "state list").stdout;
    let moved = project.ends(0, "state move ${SHOP_STATE}").stdout;
    assert!(moved.contains("read back and compared"), "{moved}");
    let refused = project.ends(1, "state list").stderr;
    assert!(refused.contains("state::moved") && refused.contains("postgres://"), "{refused}");

    project.replace("pushform.yaml", "sqlite:.pushform/emulated-state.db", "${SHOP_STATE}");
    assert_eq!(project.ends(0, "state list").stdout, listed);
    assert_eq!(project.ends(0, "state unlock").stdout, "Nobody holds the state.\n");
    project.ends(0, "state move sqlite:.pushform/back.db");
    project.replace("pushform.yaml", "${SHOP_STATE}", "sqlite:.pushform/back.db");
    assert_eq!(project.ends(0, "state list").stdout, listed);
}
