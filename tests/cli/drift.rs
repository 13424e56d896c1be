//! `drift`: what changed outside, and no way to write.

use super::tool::{BOB, Project};

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
    let before = project.files();
    insta::assert_snapshot!(project.ends(2, "drift --emulate").shown());
    insta::assert_snapshot!("drift_json", project.ends(2, "drift --emulate --json").shown());
    project.ends(2, "drift --emulate --markdown");
    let masked = project.ends(2, "--mask drift --emulate").stdout;
    assert!(!masked.contains(BOB), "{masked}");
    assert_eq!(project.files(), before, "drift wrote something");
    project.ends(0, "apply --emulate --auto-approve");
    project.ends(0, "drift --emulate");
}
