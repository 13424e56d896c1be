//! On a build machine: nobody is asked, nothing moves, and what is wrong stands beside its line.

#[cfg(target_os = "linux")]
use std::process::Command;

use super::tool::{ALICE, Project, Ran};

/// A project in a folder of a repository that GitHub has checked out.
fn on_github(manifest: &str) -> Project {
    let mut project = Project::new();
    project.write("manifests/audience.yaml", manifest);
    project.set("CI", "true");
    project.set("GITHUB_ACTIONS", "true");
    let root = project.folder().to_str().expect("a path").to_owned();
    project.set("GITHUB_WORKSPACE", &root);
    project.set("GITHUB_STEP_SUMMARY", &format!("{root}/summary.md"));
    project
}

fn annotations(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter(|line| line.starts_with("::")).collect()
}

#[test]
fn problems_of_validate_and_plan_stand_beside_their_lines() {
    let project =
        on_github(&format!("getui:\n  aliases:\n    a: {ALICE}\n    b: {ALICE}\n  blacklist: [a%b]\n"));
    for words in ["validate", "validate --json", "plan --emulate", "apply --emulate --auto-approve"] {
        let ran = project.ends(1, words);
        let found = annotations(&ran);
        assert_eq!(found.len(), 2, "{words}: {}", ran.stderr);
        for line in &found {
            assert!(line.starts_with("::error file=manifests/audience.yaml,line="), "{words}: {line}");
        }
        assert!(found.iter().any(|line| line.contains("a%25b") && line.contains("line=5,")), "{found:?}");
        assert!(found.iter().any(|line| line.contains("%0A")), "the other place and the help: {found:?}");
    }
}

#[test]
fn a_project_deeper_in_a_repository_is_named_from_its_root() {
    let mut project = on_github("getui: {}\n");
    let root = project.folder().parent().expect("a folder").to_str().expect("a path").to_owned();
    project.set("GITHUB_WORKSPACE", &root);
    project.write("manifests/audience.yaml", "getui: []\n");
    let name = project.folder().file_name().expect("a name").to_str().expect("a name").to_owned();
    let ran = project.ends(1, "validate");
    let wanted = format!("::error file={name}/manifests/audience.yaml,line=1,");
    assert!(annotations(&ran)[0].starts_with(&wanted), "{}", ran.stderr);
}

#[test]
fn nothing_is_annotated_elsewhere() {
    let mut project = on_github("getui: []\n");
    project.set("GITHUB_ACTIONS", "");
    assert_eq!(annotations(&project.ends(1, "validate")), Vec::<&str>::new());
}

#[test]
fn the_page_of_the_job_gets_plan_apply_and_drift() {
    let project = on_github(&format!("getui:\n  aliases:\n    alice_w: [{ALICE}]\n"));
    let mut before = String::new();
    for (words, said) in [
        ("plan --emulate", "### Pushform: 0 to add, 1 to change"),
        ("apply --emulate --auto-approve", "```text\nApply complete!"),
        ("plan --emulate", "### Pushform: no changes"),
        ("drift --emulate", "### Pushform: no drift"),
    ] {
        project.ends(0, words);
        let all = project.read("summary.md");
        let new = all.strip_prefix(&before).expect("what was there stays").to_owned();
        assert!(new.contains(said), "{words}:\n{new}");
        before = all;
    }
}

#[test]
fn a_summary_that_can_not_be_written_stops_nothing() {
    let mut project = on_github("getui: {}\n");
    project.set("GITHUB_STEP_SUMMARY", "/nowhere/at/all.md");
    let ran = project.ends(0, "plan --emulate");
    assert!(ran.stderr.contains("the summary `/nowhere/at/all.md` cannot be written"), "{}", ran.stderr);
}

/// Runs a command on a terminal of its own.
#[cfg(target_os = "linux")]
fn on_a_terminal(project: &Project, words: &str) -> String {
    let plain = project.command(words);
    let line = format!("{} {words}", plain.get_program().to_str().expect("a path"));
    let mut command = Command::new("/usr/bin/script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(project.folder());
    command.env_clear().env("TERM", "xterm").env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin");
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().expect("script (util-linux) starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[cfg(target_os = "linux")]
#[test]
fn bars_move_for_a_person_and_for_no_build_machine() {
    let lines: String = (0..40).map(|n| format!("    tag_{n:02}: [{n:032x}]\n")).collect();
    let manifest = format!("getui:\n  tag_members:\n{lines}");
    // The cursor goes up and lines are cleared where something moves.
    let moves = |text: &str| text.contains("\u{1b}[2K") || text.contains("\u{1b}[1A");
    for (pipeline, expected) in [("false", true), ("true", false)] {
        let mut project = Project::new();
        project.write("manifests/audience.yaml", &manifest);
        project.set("CI", pipeline);
        let text = on_a_terminal(&project, "apply --emulate --auto-approve");
        assert_eq!(moves(&text), expected, "CI={pipeline}: {text:?}");
    }
}

#[test]
fn nobody_is_asked_on_a_build_machine() {
    let mut project = Project::new();
    project.set("CI", "true");
    let ran = project.answer("apply --emulate", "yes\n");
    ran.is(1, "apply");
    assert!(ran.stderr.contains("nobody can be asked"), "{}", ran.stderr);
}
