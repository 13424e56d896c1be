//! Exit code 4: what a guard refuses is not sent.

use super::tool::Project;

/// Twelve aliases, applied.
fn twelve() -> Project {
    let project = Project::of(&aliases(0..12), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project
}

fn aliases(numbers: std::ops::Range<u32>) -> String {
    let lines: String = numbers.map(|n| format!("    member_{n:02}: [{n:032x}]\n")).collect();
    format!("getui:\n  aliases:\n{lines}")
}

#[track_caller]
fn refused(project: &Project, words: &str) -> String {
    let before = project.files();
    let ran = project.ends(4, words);
    let changed = |(path, bytes): (&std::path::PathBuf, &Vec<u8>)| before.get(path) != Some(bytes);
    let after = project.files();
    let world =
        after.iter().filter(|(path, _)| path.ends_with("emulated-world.json")).find(|one| changed(*one));
    if let Some((path, bytes)) = world {
        let sent = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("member_").count();
        assert_eq!(sent(bytes), sent(&before[path]), "{words} changed the vendors");
    }
    ran.stderr
}

#[test]
fn too_many_deletions_are_refused() {
    let project = twelve();
    project.write("manifests/audience.yaml", &aliases(0..1));
    insta::assert_snapshot!(refused(&project, "apply --emulate --auto-approve"));
    refused(&project, "plan --emulate");
    refused(&project, "plan --emulate --detailed-exitcode");
    refused(&project, "apply --emulate --auto-approve --max-deletes 10");
    project.ends(0, "plan --emulate --max-deletes 11");
    project.ends(0, "apply --emulate --auto-approve --max-deletes 11");
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn few_deletions_are_not() {
    let project = twelve();
    project.write("manifests/audience.yaml", &aliases(0..2));
    project.ends(0, "apply --emulate --auto-approve");
}

#[test]
fn an_empty_declaration_is_refused() {
    let project = twelve();
    for nothing in ["", "# Nothing but words.\n"] {
        project.write("manifests/audience.yaml", nothing);
        refused(&project, "plan --emulate");
        insta::assert_snapshot!("nothing_declared", refused(&project, "apply --emulate --auto-approve"));
    }
    project.ends(0, "apply --emulate --auto-approve --max-deletes 12");
}

#[test]
fn an_emptied_section_is_measured_as_every_other_deletion() {
    for emptied in ["getui: {}\n", "getui: {aliases: {}}\n"] {
        let few = Project::of(&aliases(0..10), "", "");
        few.ends(0, "apply --emulate --auto-approve");
        few.write("manifests/audience.yaml", emptied);
        few.ends(0, "apply --emulate --auto-approve");
        assert!(!few.read(".pushform/emulated-world.json").contains("member_"), "few rows go without a word");
        let project = twelve();
        project.write("manifests/audience.yaml", emptied);
        let stderr = refused(&project, "apply --emulate --auto-approve");
        assert!(stderr.contains("plan::max_deletes") && !stderr.contains("empty_declaration"), "{stderr}");
    }
}

#[test]
fn what_is_protected_is_not_destroyed() {
    let manifest =
        "jpush:\n  properties:\n    level: {type: number, prevent_destroy: true}\n    city: {type: string}\n";
    let project = Project::of(manifest, "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project.write("manifests/audience.yaml", "jpush:\n  properties:\n    city: {type: string}\n");
    insta::assert_snapshot!(refused(&project, "apply --emulate --auto-approve"));
    project.write("manifests/audience.yaml", &manifest.replace("number", "string"));
    refused(&project, "apply --emulate --auto-approve --max-deletes 100");
}

#[test]
fn the_wrong_app_is_noticed_before_anything_is_sent() {
    let project = twelve();
    project.replace("pushform.yaml", "${GETUI_APP_ID}", "another_app");
    insta::assert_snapshot!(refused(&project, "apply --emulate --auto-approve -vv"));
    for words in
        ["plan --emulate -vv", "drift --emulate -vv", "apply --emulate --auto-approve --max-deletes 100 -vv"]
    {
        let said = refused(&project, words);
        assert!(!said.contains("/user/") && !said.contains("/auth"), "{words} called the vendor:\n{said}");
    }
}

#[test]
fn the_share_of_a_kind_is_counted_by_kind() {
    let tags: String = (0..40).map(|n| format!("    tag_{n:02}: [{n:032x}]\n")).collect();
    let manifest =
        |aliases: std::ops::Range<u32>| format!("{}  tag_members:\n{tags}", self::aliases(aliases));
    let project = Project::of(&manifest(0..12), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    // Of all rows eleven are little; of the aliases they are nearly all.
    project.write("manifests/audience.yaml", &manifest(0..1));
    let said = refused(&project, "apply --emulate --auto-approve");
    assert!(said.contains("11 of 12 recorded rows of kind alias"), "{said}");
}

#[test]
fn a_refusal_to_destroy_what_is_protected_has_a_place() {
    let manifest = |level: &str| format!("jpush:\n  properties:\n    age: {{type: number}}\n{level}");
    let project = Project::of(&manifest("    level: {type: string, prevent_destroy: true}\n"), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project.write("manifests/audience.yaml", &manifest("    level: {type: number, prevent_destroy: true}\n"));
    let replaced = project.ends(4, "plan --emulate").stderr;
    assert!(replaced.contains("manifests/audience.yaml:4:5"), "{replaced}");
    assert!(replaced.contains("level: {type: number"), "{replaced}");
    project.write("manifests/audience.yaml", &manifest(""));
    let destroyed = project.ends(4, "plan --emulate").stderr;
    assert!(destroyed.contains("manifests/audience.yaml:3:5"), "{destroyed}");
}
