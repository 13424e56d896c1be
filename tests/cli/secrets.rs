//! No secret of the project file is ever written, whatever is asked for and however much is said.

use base64::Engine;

use super::tool::Project;
use super::vendors::{SECRETS, Vendors};

/// Every form in which a secret could leak. `app_id` and JPush's `app_key` are no secrets: every copy of the app
/// has them, and the state names its accounts by them.
fn marked() -> Vec<String> {
    let encoded =
        base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", SECRETS[3].1, SECRETS[4].1));
    SECRETS
        .iter()
        .filter(|(name, _)| !PUBLIC.contains(name))
        .map(|(_, value)| (*value).to_owned())
        .chain([encoded])
        .collect()
}

const PUBLIC: [&str; 2] = ["GETUI_APP_ID", "JPUSH_APP_KEY"];

#[track_caller]
fn holds_none(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for secret in marked() {
        assert!(!text.contains(&secret), "{what} holds {secret}:\n{text}");
    }
}

const COMMANDS: [&str; 22] = [
    "validate",
    "validate --json",
    "plan",
    "plan --json",
    "plan --markdown --html plan.html",
    "plan -o plan.json",
    "--log-format json plan --refresh full",
    "apply --auto-approve --json",
    "apply --auto-approve",
    "drift",
    "drift --json",
    "show plan.json",
    "quota",
    "state list",
    "state show getui.* jpush.*",
    "state unlock",
    "state rm getui.blacklist",
    "plan --emulate",
    "apply --emulate --auto-approve",
    "init",
    "schema project",
    "completions bash",
];

#[test]
fn secrets_stay_where_they_are() {
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "faults:\n  - {on: \"*\", call: 5, do: status, status: 503}\n");
    vendors.point(&mut project);
    for words in COMMANDS {
        let ran = project.run(&format!("-vv {words}"));
        holds_none(&format!("stdout of {words}"), ran.stdout.as_bytes());
        holds_none(&format!("stderr of {words}"), ran.stderr.as_bytes());
    }
    for (path, bytes) in project.files() {
        holds_none(&path.display().to_string(), &bytes);
    }
    project.ends(0, "apply --auto-approve");
    project.ends(0, "plan --detailed-exitcode");
}

#[test]
fn refused_credentials_are_not_repeated_back() {
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    project.set("GETUI_MASTER_SECRET", "marked-getui-secret-but-wrong");
    project.set("JPUSH_MASTER_SECRET", "marked-jpush-secret-but-wrong");
    let ran = project.ends(1, "-vv plan");
    holds_none("stderr", ran.stderr.as_bytes());
    assert!(ran.stderr.contains("refused"), "{}", ran.stderr);
}
