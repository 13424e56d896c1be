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

const COMMANDS: [&str; 32] = [
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
    "man",
    "user e605a0db5ce3cca9b76b012978064940",
    "user --json e605a0db5ce3cca9b76b012978064940",
    "count tag=vip",
    "badge set 1 e605a0db5ce3cca9b76b012978064940",
    "pull -o pulled",
    "show --json plan.json",
    "show --markdown --html shown.html plan.json",
    "drift --markdown",
    "state list --emulate",
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
    holds_none("the emulated world", vendors.control("GET", "world", "").as_bytes());
    project.ends(0, "apply --auto-approve");
    project.ends(0, "plan --detailed-exitcode");
}

#[test]
fn no_command_takes_a_secret_as_an_argument() {
    let project = Project::empty();
    let commands = project.ends(0, "--help").stdout;
    let names = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    for name in names.filter(|name| name.chars().all(|c| c.is_ascii_lowercase())) {
        let help = project.run(&format!("{name} --help")).stdout;
        for word in ["--secret", "--master", "--key", "--app-key", "--token", "--password"] {
            assert!(!help.contains(word), "`{name}` takes {word}:\n{help}");
        }
    }
    // What is no option is not repeated with its value either.
    let ran = project.ends(1, "plan --master-secret=marked-getui-secret");
    assert!(ran.stderr.contains("--master-secret"), "{}", ran.stderr);
    holds_none("stderr", ran.stderr.as_bytes());
}

/// Container platforms mount secrets as files and name them by `NAME_FILE`.
#[test]
#[cfg(unix)]
fn a_secret_comes_from_a_file_that_only_its_owner_can_use() {
    use std::os::unix::fs::PermissionsExt;
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    let path = project.folder().join("secret");
    std::fs::write(&path, "marked-getui-secret\n").expect("a file");
    project.set("GETUI_MASTER_SECRET", "");
    project.set("GETUI_MASTER_SECRET_FILE", &path.display().to_string());
    for (mode, code) in [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&path, permissions).expect("the file is ours");
        let ran = project.ends(code, "-vv plan");
        holds_none(&format!("stderr with mode {mode:o}"), ran.stderr.as_bytes());
        assert_eq!(ran.stderr.contains("chmod 600"), code == 1, "{}", ran.stderr);
    }
    std::fs::remove_file(&path).expect("the file is ours");
    let ran = project.ends(1, "plan");
    assert!(ran.stderr.contains("GETUI_MASTER_SECRET_FILE"), "{}", ran.stderr);
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
