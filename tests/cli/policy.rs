//! Policies that were written for Terraform's plans judge ours unchanged: `resource_changes` reads as Terraform's does.
//!
//! Rego is evaluated by the `regorus` crate, which keeps to Open Policy Agent's own test suite.

use regorus::{Engine, Value};

use super::tool::{ALICE, BOB, CAROL, Project};

const DENY: &str = include_str!("policy/deny.rego");
const BLAST_RADIUS: &str = include_str!("policy/blast_radius.rego");

/// What a policy says of the plan that is saved in `plan.json`.
fn judge(project: &Project, policy: &str, rule: &str) -> Value {
    project.ends(0, "plan --emulate -o plan.json --max-deletes 100");
    let mut engine = Engine::new();
    engine.add_policy("policy.rego".to_owned(), policy.to_owned()).expect("a policy");
    engine.set_input(Value::from_json_str(&project.read("plan.json")).expect("a saved plan is JSON"));
    engine.eval_rule(rule.to_owned()).unwrap_or_else(|why| panic!("{rule}: {why}"))
}

fn json(value: &Value) -> serde_json::Value {
    serde_json::from_str(&value.to_json_str().expect("JSON")).expect("JSON")
}

fn declare(project: &Project, manifest: &str) {
    project.write("manifests/audience.yaml", manifest);
}

fn applied() -> Project {
    let manifest = format!(
        "getui:\n  aliases:\n    team: [{ALICE}, {BOB}, {CAROL}]\n    legacy: {}\njpush:\n  properties:\n    \
         level: {{type: string}}\n",
        "0".repeat(32)
    );
    let project = Project::of(&manifest, "", "");
    project.ends(0, "apply --emulate --auto-approve");
    project
}

#[test]
fn a_policy_of_conftest_denies_what_a_plan_destroys_or_empties() {
    let project = applied();
    assert_eq!(json(&judge(&project, DENY, "data.main.deny")), serde_json::json!([]), "nothing changes");
    declare(
        &project,
        &format!(
            "getui:\n  aliases:\n    team: [{ALICE}]\njpush:\n  properties:\n    level: {{type: number}}\n"
        ),
    );
    let denied = json(&judge(&project, DENY, "data.main.deny"));
    // The property is replaced, which is not destroyed.
    let expected =
        ["getui.alias[\"legacy\"] would be destroyed", "getui.alias[\"team\"] would lose 2 of 3 users"];
    assert_eq!(denied, serde_json::json!(expected));
}

#[test]
fn a_policy_that_weighs_a_plan_adds_it_up() {
    let project = applied();
    declare(
        &project,
        &format!(
            "getui:\n  aliases:\n    team: [{ALICE}, {BOB}, {CAROL}]\n    legacy: {}\n  tag_members:\n    \
             vip: [{ALICE}]\njpush:\n  properties:\n    level: {{type: string}}\n    city: {{type: string}}\n",
            "0".repeat(32)
        ),
    );
    assert_eq!(json(&judge(&project, BLAST_RADIUS, "data.terraform.analysis.score")), serde_json::json!(11));
    assert_eq!(
        json(&judge(&project, BLAST_RADIUS, "data.terraform.analysis.authz")),
        serde_json::json!(true)
    );
    declare(
        &project,
        &format!(
            "getui:\n  aliases:\n    team: [{ALICE}]\njpush:\n  properties:\n    level: {{type: number}}\n"
        ),
    );
    assert_eq!(json(&judge(&project, BLAST_RADIUS, "data.terraform.analysis.score")), serde_json::json!(132));
    assert_eq!(
        json(&judge(&project, BLAST_RADIUS, "data.terraform.analysis.authz")),
        serde_json::json!(false)
    );
    let by_type = json(&judge(&project, BLAST_RADIUS, "data.terraform.analysis.of_type"));
    assert_eq!(by_type["jpush_property"], serde_json::json!(["jpush.property[\"level\"]"]));
}
