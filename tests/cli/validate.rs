//! `validate`: all problems at once, each with its place, for people and for tools.

use super::tool::{ALICE, BOB, Project};

fn broken() -> Project {
    let manifest = format!(
        "getui:\n  aliases:\n    会员_小王: [{ALICE}, {BOB}]\n    zweit: [{ALICE}]\n    short: [kurz zu]\n  \
         tag_stes: {{}}\n  blacklist: {{from: data/nobody.csv}}\njpush:\n  properties:\n    level: {{type: numbr}}\n"
    );
    let project = Project::of(&manifest, "", "");
    project.write(
        "manifests/more.yaml",
        "getui:\n  aliases:\n    会员_小王: [f5fc768b8f3d0ac24d6b7df65e0221b0]\n",
    );
    project
}

#[test]
fn a_valid_project_is_said_to_be_one() {
    let project = Project::new();
    insta::assert_snapshot!(project.ends(0, "validate").shown());
    insta::assert_snapshot!("valid_json", project.ends(0, "validate --json").shown());
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    insta::assert_snapshot!(broken().ends(1, "validate").shown());
}

#[test]
fn the_same_problems_as_json_are_for_tools() {
    let ran = broken().ends(1, "validate --json");
    assert_eq!(ran.stderr, "", "they are told once");
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(told["valid"], false);
    let diagnostics = told["diagnostics"].as_array().expect("a list");
    assert_eq!(told["error_count"], diagnostics.len());
    for one in diagnostics {
        assert!(one["range"]["start"]["line"].as_u64() > Some(0), "{one}");
        assert!(one["summary"].is_string() && one["code"].is_string() && one["severity"] == "error", "{one}");
    }
}

#[test]
fn a_mask_hides_what_the_source_shows() {
    let ran = broken().ends(1, "--mask validate");
    for secret in ["会员_小王", ALICE, BOB, "zweit"] {
        assert!(!ran.stderr.contains(secret), "{secret} is shown:\n{}", ran.stderr);
    }
}

#[test]
fn no_variable_and_no_connection_is_needed() {
    let mut project = Project::new();
    project.set("GETUI_MASTER_SECRET", "never-read");
    project.ends(0, "validate");
}

#[test]
fn a_missing_variable_is_named_with_its_line() {
    let mut project = Project::new();
    project.set("GETUI_APP_ID", "demo");
    project.set("GETUI_APP_KEY", "demo");
    project.set("JPUSH_APP_KEY", "demo");
    project.set("JPUSH_MASTER_SECRET", "demo");
    insta::assert_snapshot!(project.ends(1, "plan").shown());
}
