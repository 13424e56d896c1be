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
        assert_eq!(mode & 0o111, 0o111, "{} cannot be run", path.display());
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
    let built = "COPY --from=build /source/target/release/pushform /usr/local/bin/pushform\n";
    assert!(text.contains("\nWORKDIR /source\n") && last.contains(built), "{last}");
}

/// The step that builds the dependencies alone is run up to cargo, on what is copied for it; then cargo says whether
/// a source is missing that `Cargo.toml` names.
#[test]
fn the_image_has_an_empty_source_for_all_that_the_package_names() {
    let text = text_of("Dockerfile");
    let step =
        text.split("\nRUN ").find(|step| step.contains("> src/main.rs")).expect("a step of empty sources");
    let (sources, build) = step.split_once(" \\\n  && cargo build ").expect("cargo is the last of that step");
    assert!(build.starts_with("--release --locked --bin pushform\n"), "{build}");
    assert!(text.contains("\nCOPY Cargo.toml Cargo.lock ./\n"), "{text}");
    let pipeline = Pipeline::new();
    for file in ["Cargo.toml", "Cargo.lock"] {
        std::fs::copy(source(file), pipeline.path(file)).expect("a file that can be copied");
    }
    let ran = pipeline.bash(&["-c", sources]);
    assert_eq!(ran.is(0).text, "");
    let read = [env!("CARGO"), "metadata --no-deps --offline --format-version 1"].join(" ");
    let metadata: serde_json::Value =
        serde_json::from_str(&pipeline.bash(&["-c", &read]).is(0).text).expect("JSON");
    let targets = metadata["packages"][0]["targets"].as_array().expect("targets");
    let of_kind = |kind: &str| targets.iter().filter(|target| target["kind"][0] == kind).count();
    let benches = text_of("Cargo.toml").matches("\n[[bench]]\n").count();
    assert_eq!((of_kind("lib"), of_kind("bin"), of_kind("bench")), (1, 1, benches), "{targets:?}");
}

#[test]
fn what_was_built_here_is_not_sent_to_the_image_and_every_source_is() {
    let text = text_of(".dockerignore");
    let ignored: BTreeSet<&str> = text.lines().collect();
    for path in ["target", ".git", ".pushform"] {
        assert!(ignored.contains(path), "{path} is sent");
    }
    for path in ["Cargo.toml", "Cargo.lock", "src", "benches"] {
        assert!(source(path).exists() && !ignored.contains(path), "{path} is missing");
    }
}
