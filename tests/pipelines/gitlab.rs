//! The GitLab template: its jobs' own scripts, taken from the file and run one after another.

use serde_yaml::Value;

use super::tool::{Pipeline, text_of};

fn template() -> Value {
    serde_yaml::from_str(&text_of("ci/gitlab/pushform.yml")).expect("YAML")
}

/// A job's script as the runner would run it.
fn script(job: &str) -> String {
    let template = template();
    let lines = template[job]["script"].as_sequence().unwrap_or_else(|| panic!("{job} has no script"));
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str().expect("a line")).collect();
    format!("set -eu\n{}", lines.join("\n"))
}

fn pipeline() -> Pipeline {
    let mut pipeline = Pipeline::new();
    let folder = pipeline.path("").display().to_string();
    pipeline.set("CI_PROJECT_DIR", folder.trim_end_matches('/')).set("PUSHFORM_FOLDER", "project");
    pipeline.set("PUSHFORM_ARGUMENTS", "--emulate");
    pipeline
}

#[test]
fn a_merge_request_shows_the_three_numbers_that_terraform_would() {
    let pipeline = pipeline();
    pipeline.bash(&["-c", &script("pushform:validate")]).is(0);
    pipeline.bash(&["-c", &script("pushform:plan")]).is(0);
    assert_eq!(pipeline.read("counts.json"), "{\"create\":4,\"update\":4,\"delete\":1}\n");
    assert!(pipeline.read("plan.html").ends_with("</html>\n"));
    let reports = &template()["pushform:plan"]["artifacts"]["reports"];
    assert_eq!(reports["terraform"].as_str(), Some("counts.json"));
}

#[test]
fn a_description_that_looks_like_the_numbers_is_not_taken_for_them() {
    let pipeline = pipeline();
    let hostile = "'\"summary\":{\"add\":9,\"change\":9,\"destroy\":9}'";
    pipeline.replace(
        "project/manifests/audience.yaml",
        "description: 生日",
        &format!("description: {hostile}"),
    );
    let ran = pipeline.bash(&["-c", &script("pushform:plan")]);
    ran.is(0);
    assert!(ran.text.contains("\"add\":9"), "it is planned:\n{}", ran.text);
    assert_eq!(pipeline.read("counts.json"), "{\"create\":4,\"update\":4,\"delete\":1}\n");
}

#[test]
fn the_plan_that_was_looked_at_is_applied() {
    let pipeline = pipeline();
    pipeline.bash(&["-c", &script("pushform:plan")]).is(0);
    // The template's own line has no vendors to call here.
    let apply = script("pushform:apply").replace(" apply ", " apply --emulate ");
    assert!(pipeline.bash(&["-c", &apply]).is(0).text.contains("Apply complete!"));
    pipeline.bash(&["-c", &script("pushform:drift")]).is(0);
    assert!(pipeline.bash(&["-c", &apply]).is(0).text.contains("already applied"));
}

#[test]
fn what_waits_for_a_limit_is_a_warning_and_no_failure() {
    let template = template();
    assert_eq!(template["pushform:apply"]["allow_failure"]["exit_codes"].as_u64(), Some(3));
    assert_eq!(
        template["pushform:apply"]["resource_group"].as_str(),
        Some("pushform"),
        "one apply at a time"
    );
}
