//! Commands that need no project or write one, and what is said when there is none.

use super::tool::{Project, Ran};

#[test]
fn init_writes_a_project_that_can_be_planned_at_once() {
    let project = Project::empty();
    insta::assert_snapshot!(project.ends(0, "init").shown());
    assert!(
        project.read("pushform.yaml").starts_with("# yaml-language-server: $schema=schema/project.json\n")
    );
    let manifest = project.read("manifests/audience.yaml");
    assert!(manifest.starts_with("# yaml-language-server: $schema=../schema/manifest.json\n"), "{manifest}");
    for schema in ["project", "manifest"] {
        let printed = project.ends(0, &format!("schema {schema}")).stdout;
        assert_eq!(project.read(&format!("schema/{schema}.json")), printed, "{schema}");
    }
    project.ends(0, "validate");
    insta::assert_snapshot!("init_then_plan", project.ends(0, "plan --emulate").shown());
}

#[test]
fn init_overwrites_nothing() {
    let project = Project::empty();
    project.write("pushform.yaml", "mine");
    insta::assert_snapshot!(project.ends(1, "init").shown());
    assert_eq!(project.files().len(), 1, "nothing was written");
    assert_eq!(project.read("pushform.yaml"), "mine");
    project.ends(0, "-C other/place init");
    project.ends(0, "-C other/place plan --emulate");
}

#[test]
fn init_adds_a_line_to_an_existing_list_of_ignored_files_or_says_that_it_did_not() {
    for (before, after) in [
        ("target/", "target/\n.pushform/\n"),
        ("target/\r\n", "target/\r\n.pushform/\r\n"),
        ("", ".pushform/\n"),
        ("# .pushform/\n", "# .pushform/\n.pushform/\n"),
    ] {
        let project = Project::empty();
        project.write(".gitignore", before);
        let ran = project.ends(0, "init");
        assert!(ran.stderr.contains(".gitignore (added `.pushform/`)"), "{}", ran.stderr);
        assert_eq!(project.read(".gitignore"), after, "{before:?}");
    }
    for text in [".pushform/\n", "/.pushform\n", "!.pushform/\n"] {
        let project = Project::empty();
        project.write(".gitignore", text);
        let ran = project.ends(0, "init");
        assert!(!ran.stderr.contains(".gitignore"), "{}", ran.stderr);
        assert_eq!(project.read(".gitignore"), text);
    }
    let project = Project::empty();
    project.write(".gitignore/x", "");
    let ran = project.ends(0, "init");
    assert!(ran.stderr.contains("`.gitignore` was left alone"), "{}", ran.stderr);
    assert!(ran.stderr.contains("add the line `.pushform/`"), "{}", ran.stderr);
}

#[test]
fn without_a_project_every_command_says_what_to_do() {
    let project = Project::empty();
    let first = project.ends(1, "validate");
    insta::assert_snapshot!(first.shown());
    for words in ["plan", "plan --emulate", "apply", "drift", "quota", "state list", "state unlock"] {
        assert_eq!(project.ends(1, words).stderr, first.stderr, "{words}");
    }
    assert!(project.files().is_empty(), "nothing was written");
}

#[test]
fn wrong_usage_is_an_error_and_never_two() {
    let project = Project::new();
    for words in [
        "",
        "fly",
        "plan --fly",
        "plan --refresh sometimes",
        "plan --target nothing",
        "plan --max-deletes few",
        "plan --json --markdown",
        "apply --until soon",
        "apply --until 0s",
        "apply plan.json --target getui.blacklist",
        "state",
        "state rm",
        "state show getui.fly",
        "schema everything",
        "completions dos",
        "emulator --listen here",
        "-q -v plan",
        "--color sometimes plan",
    ] {
        let Ran { code, stdout, stderr } = project.run(words);
        assert_eq!((code, stdout.as_str()), (1, ""), "pushform {words}\n{stderr}");
        assert!(stderr.contains("Usage") || stderr.contains("--help"), "pushform {words}\n{stderr}");
    }
}

#[test]
fn help_goes_to_stdout() {
    let project = Project::empty();
    let help = project.ends(0, "--help");
    assert_eq!(help.stderr, "");
    for command in ["init", "validate", "plan", "apply", "drift", "show", "state", "quota", "emulator"] {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "no {command} in\n{}", help.stdout);
        let own = project.ends(0, &format!("{command} --help"));
        assert!(own.stdout.contains("Usage: pushform"), "{}", own.stdout);
    }
    assert!(project.ends(0, "--version").stdout.starts_with("pushform 0."));
    insta::assert_snapshot!(project.ends(0, "plan -h").shown());
    insta::assert_snapshot!("apply_help", project.ends(0, "apply -h").shown());
}

#[test]
fn shells_readers_and_editors_get_their_files() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = project.ends(0, &format!("completions {shell}")).stdout;
        assert!(script.contains("pushform") && script.contains("detailed-exitcode"), "{shell}:\n{script}");
    }
    let page = project.ends(0, "man").stdout;
    assert!(page.contains(".TH pushform 1"), "{page}");
    assert!(project.ends(0, "man state list").stdout.contains("recorded"));
    project.ends(1, "man fly");
    for schema in ["manifest", "project"] {
        let text = project.ends(0, &format!("schema {schema}")).stdout;
        let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    }
}

#[test]
fn the_emulator_stays_on_this_machine() {
    let project = Project::empty();
    for address in ["0.0.0.0:0", "192.168.1.1:80", "[::]:0"] {
        let ran = project.ends(1, &format!("emulator --listen {address}"));
        assert!(ran.stderr.contains("loopback addresses only"), "{}", ran.stderr);
    }
    let ran = project.ends(1, "emulator --world nowhere.yaml");
    assert!(ran.stderr.contains("nowhere.yaml"), "{}", ran.stderr);
}
