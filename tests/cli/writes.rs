//! What is written to stdout and to files: every byte is checked, and nothing is replaced that is no regular file.

#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use super::tool::{ALICE, Project, Ran};

/// A project with a saved plan and something recorded.
fn applied() -> Project {
    let project = Project::new();
    project.ends(0, "plan --emulate -o saved.json");
    project.ends(0, "-q apply --emulate --auto-approve");
    project
}

fn to_a_full_disk(project: &Project, words: &str) -> Ran {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
    Ran::of(project.command(words).stdout(full).output().expect("the binary starts"))
}

#[test]
fn a_full_disk_is_no_success_of_any_command() {
    let project = applied();
    project.write("crooked.yaml", "getui:   {}\n");
    let user = format!("user {ALICE} --emulate");
    for words in [
        "--help",
        "--version",
        "plan -h",
        "validate",
        "validate --json",
        "plan --emulate",
        "plan --emulate --json",
        "plan --emulate --json --mask",
        "plan --emulate --markdown",
        "show saved.json",
        "show --html saved.json",
        "drift --emulate",
        "drift --emulate --json",
        "state list --emulate",
        "state show getui.blacklist --emulate",
        "state export --emulate",
        "state unlock --emulate",
        "quota --emulate",
        "count tag=vip --emulate",
        user.as_str(),
        "fmt --check crooked.yaml",
        "schema plan",
        "completions bash",
        "man",
    ] {
        let ran = to_a_full_disk(&project, words);
        assert_eq!(ran.code, 1, "pushform {words}\n{}", ran.shown());
        let is_help = words.contains("-h") && !words.contains("html") || words == "--version";
        assert!(
            is_help || ran.stderr.contains("stdout cannot be written"),
            "pushform {words}\n{}",
            ran.shown()
        );
    }
}

#[test]
fn a_plan_that_cannot_be_shown_is_not_carried_out() {
    for words in ["apply --emulate --auto-approve", "apply --emulate --auto-approve --json"] {
        let project = Project::new();
        let ran = to_a_full_disk(&project, words);
        ran.is(1, words);
        assert!(ran.stderr.contains("stdout cannot be written"), "{}", ran.shown());
        assert_eq!(
            project.ends(0, "state list --emulate").stdout,
            "Nothing is recorded.\n",
            "pushform {words}: something was recorded"
        );
    }
}

#[test]
fn a_file_on_a_full_disk_is_no_success() {
    let project = applied();
    for (link, words) in [
        ("plan.json", "plan --emulate -o plan.json"),
        ("page.html", "plan --emulate --html page.html"),
        ("again.html", "show --html again.html saved.json saved.json"),
        ("state.txt", "state export --emulate -o state.txt"),
    ] {
        symlink("/dev/full", project.folder().join(link)).expect("a link");
        let ran = project.run(words.strip_suffix(" saved.json").unwrap_or(words));
        assert_eq!(ran.code, 1, "pushform {words}\n{}", ran.shown());
        assert!(
            ran.stderr.contains(&format!("`{link}` cannot be written")),
            "pushform {words}\n{}",
            ran.shown()
        );
        assert!(!ran.shown().contains("Saved the plan") && !ran.shown().contains("Wrote"), "{}", ran.shown());
    }
}

#[test]
fn a_closed_pipe_is_harmless() {
    let project = applied();
    for words in ["plan --emulate --json", "state export --emulate", "schema plan", "--help"] {
        let mut child = project.command(words).stdout(Stdio::piped()).spawn().expect("the binary starts");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("the binary ends").code(), Some(0), "pushform {words}");
    }
}

#[test]
fn a_link_is_followed_and_rights_stay() {
    let project = applied();
    for (name, words) in [
        ("plan.json", "plan --emulate -o"),
        ("page.html", "plan --emulate --html"),
        ("state.txt", "state export --emulate -o"),
    ] {
        let (real, link) = (project.folder().join("real").join(name), format!("link-{name}"));
        fs::create_dir_all(project.folder().join("real")).expect("a folder");
        symlink(format!("real/{name}"), project.folder().join(&link)).expect("a link");
        // The first time the link leads to nothing yet.
        for _ in 0..2 {
            project.ends(0, &format!("{words} {link}"));
            let is_link = fs::symlink_metadata(project.folder().join(&link)).expect("the link").is_symlink();
            assert!(is_link, "{words}: the link was replaced");
            assert!(fs::metadata(&real).expect("a file").len() > 0, "{words}");
            fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).expect("rights");
        }
        project.ends(0, &format!("{words} {link}"));
        let mode = fs::metadata(&real).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o664, "{words}: the rights were lost");
    }
}

#[test]
fn a_pipe_and_a_device_are_written_to() {
    let project = applied();
    let pipe = project.folder().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    for words in ["plan --emulate -o pipe", "plan --emulate --html pipe", "state export --emulate -o pipe"] {
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                File::open(pipe)
                    .and_then(|mut pipe| pipe.read_to_end(&mut bytes))
                    .expect("a pipe that is written to");
                bytes
            })
        };
        // Whoever waits for a writer has one, whatever the command does.
        let ran = project.run(words);
        let is_pipe = fs::symlink_metadata(&pipe).expect("the pipe").file_type().is_fifo();
        assert!(is_pipe, "{words}: the pipe was replaced");
        ran.is(0, words);
        assert!(reader.join().expect("a reader").len() > 100, "{words}");
    }
    symlink("/dev/null", project.folder().join("null")).expect("a link");
    project.ends(0, "plan --emulate -o null");
    assert!(fs::symlink_metadata(project.folder().join("null")).expect("the link").is_symlink());
}

#[test]
fn what_leads_to_stdout_is_written_there_and_over_nothing() {
    let project = applied();
    symlink("/dev/stdout", project.folder().join("out")).expect("a link");
    let text = project.folder().join("text");
    let stdout = File::create(&text).expect("a file");
    let status = project.command("plan --emulate -o out").stdout(stdout).status().expect("the binary starts");
    assert!(status.success());
    let bytes = fs::read(text).expect("a file");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("Plan:") || text.contains("No changes"), "{text}");
    let is_plan = |at: &usize| bytes[*at..].starts_with(b"\x28\xb5\x2f\xfd");
    let at = (0..bytes.len()).find(is_plan).expect("the saved plan stands behind the text");
    fs::write(project.folder().join("again.plan"), &bytes[at..]).expect("a file");
    project.ends(0, "show again.plan");
}

#[test]
fn a_folder_is_no_file() {
    let project = applied();
    let ran = project.ends(1, "plan --emulate -o manifests");
    assert!(
        ran.stderr.contains("`manifests` cannot be written") && ran.stderr.contains("name a file"),
        "{}",
        ran.stderr
    );
}
