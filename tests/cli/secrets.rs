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

/// Container platforms mount secrets as files and name them by `NAME_FILE`: Docker with mode 0444, Kubernetes with
/// 0644 behind a link, or 0440 for a group.
#[test]
#[cfg(unix)]
fn a_secret_comes_from_a_file_that_not_everybody_can_write() {
    use std::os::unix::fs::PermissionsExt;
    let mut project = Project::new();
    let vendors = Vendors::start(&project, "");
    vendors.point(&mut project);
    let path = project.folder().join("secret");
    std::fs::write(&path, "marked-getui-secret\n").expect("a file");
    project.set("GETUI_MASTER_SECRET", "");
    project.set("GETUI_MASTER_SECRET_FILE", &path.display().to_string());
    let link = project.folder().join("link");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    project.set("GETUI_MASTER_SECRET_FILE", &link.display().to_string());
    for (mode, code) in
        [(0o600, 0), (0o400, 0), (0o444, 0), (0o644, 0), (0o440, 0), (0o660, 0), (0o666, 1), (0o602, 1)]
    {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&path, permissions).expect("the file is ours");
        let ran = project.ends(code, "-vv plan");
        holds_none(&format!("stderr with mode {mode:o}"), ran.stderr.as_bytes());
        assert_eq!(ran.stderr.contains("chmod o-w"), code == 1, "{}", ran.stderr);
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

/// A secret that somebody wrote into the project file is in no difference of layouts, and in no piece of source.
#[test]
fn a_secret_in_the_project_file_is_hidden_however_it_is_written() {
    for secret in [
        "  master_secret : hunter2\n",
        "  master_secret:\n      hunter2\n",
        "  master_secret: |\n      hunter2\n",
        "  \"master_secret\":   \"hunter2\"\n",
        "  ? master_secret\n  : hunter2\n",
        "  master_secret: ${A:-hunter2}   # hunter2\n",
        "  master_secrt:   hunter2\n",
        "  base_url:   https://h.example/v2?token=hunter2\n",
        "  base_url:   \"https://h.example/v2#hunter2\"\n",
        "  master_secret\u{ff1a}hunter2\n",
        "  limits: {requests: 5/1x, master_secret: hunter2, app_key: \"${KEY}\"}\n",
    ] {
        let project = Project::empty();
        let text = format!(
            "getui:\n  app_id:   x\n{secret}state:   postgres://ann:hunter2@hunter2@127.0.0.1:1/x\nmanifests: []\n"
        );
        project.write("pushform.yaml", &text);
        let mut all = String::new();
        for words in ["fmt --check", "validate", "validate --json", "plan", "state list"] {
            let ran = project.run(words);
            all += &format!("{words}: {}{}", ran.stdout, ran.stderr);
        }
        project.write("other.yaml", &text);
        let ran = project.run("fmt --check other.yaml");
        all += &format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("hunter2"), "{text}\n{all}");
        assert!(all.contains("***"), "{text}\n{all}");
    }
}

/// One that was written into a manifest is a mistake, and not shown beside the next one either.
#[test]
fn a_secret_in_a_manifest_is_hidden_in_every_piece_of_source() {
    let project = Project::of(
        "getui:\n  blacklist: [u1, u1]\n  master_secret: hunter2\n  app_key:\n    hunter2\n  tag_members: {a: [u1, u1]}\n",
        "",
        "",
    );
    for words in ["validate", "validate --json", "plan --emulate", "fmt --check"] {
        let ran = project.run(words);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.is_empty() && !all.contains("hunter2"), "{words}: {all}");
    }
}

/// In an address everything up to the last `@` is user and password.
#[test]
fn a_password_with_an_at_sign_is_not_shown_and_not_looked_up() {
    let mut project = Project::new();
    project.replace("pushform.yaml", "state: sqlite:.pushform/state.db", "state: ${SHOP_STATE}");
    project.set("SHOP_STATE", "postgres://shop:Tr0ub@4dor3x@127.0.0.1:1/shop");
    for words in ["state list", "state unlock", "state export", "state move sqlite:other.db"] {
        let ran = project.ends(1, words);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains("127.0.0.1"), "{words}: {all}");
        assert!(!all.contains("4dor3x") && !all.contains("Tr0ub"), "{words}: {all}");
    }
    let ran = project.ends(1, "state move postgres://shop:Tr0ub@4dor3x@127.0.0.1:1/shop");
    assert!(!ran.stderr.contains("4dor3x"), "{}", ran.stderr);
    project.replace("pushform.yaml", "state: ${SHOP_STATE}", "state: sqlite:.pushform/state.db");
    project.replace("pushform.yaml", "jpush:", "  base_url: https://shop:Tr0ub@4dor3x@127.0.0.1/v2\njpush:");
    let ran = project.ends(1, "validate");
    assert!(!ran.stderr.contains("4dor3x"), "{}", ran.stderr);
}
