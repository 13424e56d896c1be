//! What no script runs: the action's own file, the hooks, the image. Their parts exist and fit together.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;

use pushform::cli::args::Args;
use serde_yaml::Value;

use super::tool::{Pipeline, source, text_of};

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&text_of(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The words of a text that begin so, without what follows a word's letters.
fn words<'a>(text: &'a str, start: &str) -> BTreeSet<&'a str> {
    let rest = text.split(start).skip(1);
    let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    rest.map(|rest| &rest[..rest.find(end).unwrap_or(rest.len())]).collect()
}

#[test]
fn the_action_hands_on_every_input_and_every_output() {
    let (text, action) = (text_of("action.yml"), yaml("action.yml"));
    let keys = |part: &str| -> BTreeSet<String> {
        let map = action[part].as_mapping().unwrap_or_else(|| panic!("no {part}"));
        map.iter().filter_map(|(key, _)| key.as_str()).map(str::to_owned).collect()
    };
    let owned =
        |words: BTreeSet<&str>| -> BTreeSet<String> { words.into_iter().map(str::to_owned).collect() };
    assert_eq!(
        owned(words(&text, "inputs.")),
        keys("inputs"),
        "inputs that are used (left) and known (right)"
    );
    let scripts = text_of("ci/github/run.sh");
    assert_eq!(
        owned(words(&scripts, "output ")),
        keys("outputs"),
        "outputs that are set (left) and known (right)"
    );
    let variables = words(&text, "        PUSHFORM_");
    let used: BTreeSet<&str> = words(&scripts, "PUSHFORM_");
    let python = text_of("ci/github/comment.py");
    let used: BTreeSet<&str> = used.union(&words(&python, "PUSHFORM_")).copied().collect();
    assert_eq!(variables, used, "variables that are set (left) and used (right)");
    for input in ["${{ inputs.", "${{ github.event"] {
        assert!(!text.split("run: ").skip(1).any(|run| run.lines().next().unwrap_or("").contains(input)));
    }
}

#[test]
fn every_script_can_be_run_and_is_read_by_bash() {
    let mut scripts = 0;
    for entry in std::fs::read_dir(source("ci/github")).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_none_or(|end| end != "sh" && end != "py") {
            continue;
        }
        scripts += 1;
        let mode = path.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{} can not be run", path.display());
        if path.extension().is_some_and(|end| end == "sh") {
            let ran = Pipeline::new().bash(&["-n", &path.display().to_string()]);
            assert_eq!(ran.code, 0, "{}", ran.text);
            let text = std::fs::read_to_string(&path).expect("a file");
            assert!(text.contains("\nset -euo pipefail\n"), "{} goes on after a failure", path.display());
        }
    }
    assert_eq!(scripts, 3);
}

#[test]
fn the_commands_of_the_hooks_are_written_as_the_program_reads_them() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_sequence().expect("a list of hooks");
    let entries: Vec<&str> = hooks.iter().filter_map(|hook| hook["entry"].as_str()).collect();
    assert_eq!(entries, ["pushform validate", "pushform fmt --check"]);
    for entry in entries {
        let words = entry.split(' ').map(OsString::from);
        let read = Args::read(words).map(drop).map_err(|why| why.to_string());
        assert_eq!(read, Ok(()), "{entry}");
    }
    for hook in hooks {
        assert_eq!(hook["pass_filenames"].as_bool(), Some(false), "a project is one declaration");
    }
}

#[test]
fn the_image_runs_nothing_as_root_and_copies_what_is_there() {
    let text = text_of("Dockerfile");
    let last = text.rsplit("\nFROM ").next().expect("a last stage");
    let user = last.lines().find_map(|line| line.strip_prefix("USER ")).expect("a user");
    assert!(user.parse::<u32>().is_ok_and(|number| number > 0), "a number that is not root's, not {user}");
    assert!(last.contains("\nENTRYPOINT [\"pushform\"]\n"), "{last}");
    for path in ["Cargo.toml", "Cargo.lock"] {
        assert!(text.contains(path) && source(path).exists(), "{path}");
    }
    // Empty sources stand in for all that Cargo.toml names.
    for section in text_of("Cargo.toml").split("\n[[").skip(1) {
        let kind = section.split("]]").next().expect("a section has a name");
        assert_eq!(kind, "bench", "the Dockerfile has no empty source for a [[{kind}]]");
    }
}
