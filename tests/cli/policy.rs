//! Policies that were written for Terraform's plans judge ours unchanged: `resource_changes` reads as Terraform's does.
//!
//! Rego is evaluated by the `regorus` crate, which keeps to Open Policy Agent's own test suite.

use regorus::{Engine, Value};

use super::tool::{ALICE, BOB, CAROL, Project};

const DENY: &str = include_str!("policy/deny.rego");
const BLAST_RADIUS: &str = include_str!("policy/blast_radius.rego");

/// What a policy says of a plan that was saved.
fn judge(project: &Project, policy: &str, rule: &str) -> Value {
    project.ends(0, "plan --emulate -o plan.pushform --max-deletes 100");
    let document = project.ends(0, "show --json plan.pushform").stdout;
    let mut engine = Engine::new();
    engine.add_policy("policy.rego".to_owned(), policy.to_owned()).expect("a policy");
    engine.set_input(Value::from_json_str(&document).expect("a plan is JSON"));
    engine.eval_rule(rule.to_owned()).unwrap_or_else(|why| panic!("{rule}: {why}"))
}

/// What a policy says of a plan as JSON.
fn judge_text(text: &str, policy: &str, rule: &str) -> serde_json::Value {
    let mut engine = Engine::new();
    engine.add_policy("policy.rego".to_owned(), policy.to_owned()).expect("a policy");
    engine.set_input(Value::from_json_str(text).expect("a plan is JSON"));
    json(&engine.eval_rule(rule.to_owned()).unwrap_or_else(|why| panic!("{rule}: {why}")))
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

/// Names that are words of the format: an alias may be called so, and a policy must not be blinded by it.
const WORDS: [&str; 12] = [
    "delete",
    "resource_changes",
    "actions",
    "change",
    "before",
    "after",
    "address",
    "update",
    "users",
    "getui",
    "alias",
    "create",
];

#[test]
fn no_name_blinds_a_policy_that_judges_a_masked_plan() {
    let user = |at: usize| format!("{at:032x}");
    let aliases = |size: usize| -> String {
        let line = |(at, word): (usize, &&str)| {
            let users: Vec<String> = (0..size).map(|one| user(at * 10 + one)).collect();
            format!("    {word}: [{}]\n", users.join(", "))
        };
        WORDS.iter().enumerate().map(line).collect()
    };
    let tags = format!("  tag_members:\n    delete: [{}]\n    vip: [{}]\n", user(0), user(1));
    let more = "    vip: [ffffffffffffffffffffffffffffffff]\n";
    let project = Project::of(&format!("getui:\n  aliases:\n{}{more}{tags}", aliases(5)), "", "");
    project.ends(0, "apply --emulate --auto-approve");
    declare(&project, &format!("getui:\n  aliases:\n{}", aliases(1)));
    let plain = project.ends(0, "plan --emulate --json --max-deletes 100").stdout;
    let masked = project.ends(0, "--mask plan --emulate --json --max-deletes 100").stdout;
    project.ends(0, "plan --emulate -o plan.json --max-deletes 100");
    let shown = project.ends(0, "--mask show --json plan.json").stdout;
    for text in [&masked, &shown] {
        for at in 0..WORDS.len() * 10 {
            assert!(!text.contains(&user(at)), "{text}");
        }
        assert!(text.contains("getui.alias[\\\"alias#"), "{text}");
        assert!(!text.contains("\"digest\""), "a masked plan is no saved plan");
    }
    let denied = |text: &str| judge_text(text, DENY, "data.main.deny");
    let count = |text: &str| denied(text).as_array().map_or(0, Vec::len);
    assert_eq!(count(&plain), WORDS.len() + 3, "{}", denied(&plain));
    assert_eq!((count(&masked), count(&shown)), (count(&plain), count(&plain)), "{}", denied(&masked));
    for tag in ["delete", "vip"] {
        let message = format!("getui.tag_members[\"{tag}\"] would be destroyed");
        assert!(denied(&masked).to_string().contains(&serde_json::json!(message).to_string()), "{masked}");
    }
    for rule in ["data.terraform.analysis.score", "data.terraform.analysis.authz"] {
        let judged = |text: &str| judge_text(text, BLAST_RADIUS, rule);
        assert_eq!(judged(&masked), judged(&plain), "{rule}");
    }
    // Actions, kinds and numbers stand where they stood.
    let keys = |text: &str| -> Vec<serde_json::Value> {
        let whole: serde_json::Value = serde_json::from_str(text).expect("a plan is JSON");
        let list = whole["resource_changes"].as_array().expect("a list").iter();
        list.map(|one| serde_json::json!([one["type"], one["mode"], one["change"]["actions"], one["basis"]]))
            .collect()
    };
    assert_eq!(keys(&masked), keys(&plain));
}
