//! Saved plans as files: both formats are shown and applied, and a file that is not as it was written is refused.

use std::fs;
use std::process::Stdio;

use super::tool::Project;

/// A plan as the first format had it: one JSON document. Written by the version before saved plans were compressed.
const DOCUMENT: &str = include_str!("formats/plan-1.0.json");

/// The project that it was made in.
fn of_document() -> Project {
    let project =
        Project::of(include_str!("formats/audience.yaml"), include_str!("formats/emulator.yaml"), "");
    project.write("plan.pushform", DOCUMENT);
    project
}

fn bytes(project: &Project, file: &str) -> Vec<u8> {
    fs::read(project.folder().join(file)).expect("a file of the project")
}

fn put(project: &Project, file: &str, bytes: impl AsRef<[u8]>) {
    fs::write(project.folder().join(file), bytes).expect("a file in the project");
}

/// Lines as a saved plan has them, compressed and with a digest that fits.
pub fn packed(lines: &str) -> Vec<u8> {
    let mut bytes = zstd::encode_all(lines.as_bytes(), 3).expect("a list takes everything");
    let digest = blake3::hash(&bytes);
    bytes.extend([0x50, 0x2a, 0x4d, 0x18, 32, 0, 0, 0]);
    bytes.extend(digest.as_bytes());
    bytes
}

/// The lines of a saved plan.
pub fn lines(bytes: &[u8]) -> String {
    String::from_utf8(zstd::decode_all(bytes).expect("compressed lines")).expect("text")
}

/// Holds that a file is refused by `show` and `apply` with code 6, and that nothing is recorded by it.
#[track_caller]
fn is_refused(project: &Project, bytes: &[u8], why: &str) {
    put(project, "changed.pushform", bytes);
    let before = project.files();
    for words in ["show changed.pushform", "apply --emulate changed.pushform"] {
        let ran = project.ends(6, words);
        assert!(ran.stderr.contains(why), "pushform {words}: `{why}` is missing\n{}", ran.shown());
        assert!(project.files() == before, "{words} recorded something");
    }
}

fn saved() -> (Project, Vec<u8>) {
    let project = Project::new();
    project.ends(0, "plan --emulate -o plan.pushform");
    let bytes = bytes(&project, "plan.pushform");
    (project, bytes)
}

#[test]
fn a_plan_saved_as_a_document_is_still_shown_and_applied() {
    let project = of_document();
    assert_eq!(project.ends(0, "show --json plan.pushform").stdout, DOCUMENT);
    let shown = project.ends(0, "show plan.pushform").stdout;
    assert!(shown.contains("Plan: 6 to add, 1 to change, 1 to destroy."), "{shown}");
    let applied = project.ends(0, "apply --emulate plan.pushform");
    assert!(
        applied.stdout.contains("Apply complete! Resources: 6 added, 1 changed, 1 destroyed."),
        "{}",
        applied.stdout
    );
    project.ends(0, "plan --emulate --detailed-exitcode");
}

#[test]
fn what_plan_and_show_print_as_json_is_the_same_and_can_be_applied() {
    let project = Project::new();
    let document = project.ends(0, "plan --emulate --json -o plan.pushform").stdout;
    assert!(bytes(&project, "plan.pushform").len() < document.len() / 3, "it is compressed");
    assert_eq!(project.ends(0, "show --json plan.pushform").stdout, document);
    put(&project, "document", &document);
    for words in ["show", "show --markdown", "show --html", "show --json", "--mask show --json"] {
        let [one, other] = ["plan.pushform", "document"].map(|file| {
            // An option that may have a value stands behind the file.
            let (first, last) =
                words.split_once(" --html").map_or((words, ""), |(first, _)| (first, "--html"));
            project.ends(0, &format!("{first} {file} {last}")).stdout
        });
        assert_eq!(one, other, "{words}");
    }
    project.ends(0, "apply --emulate document");
    let again = project.ends(0, "apply --emulate plan.pushform");
    assert!(again.stdout.contains("already applied"), "{}", again.stdout);
}

/// What was wrong with a plan is in its JSON also where it is shown again.
#[test]
fn a_refused_plan_is_saved_with_the_reason() {
    let project = Project::new();
    project.ends(0, "apply --emulate --auto-approve");
    let strict =
        format!("{}policy: {{max_deletes: {{percent: 0, at_least: 0}}}}\n", project.read("pushform.yaml"));
    project.write("pushform.yaml", &strict);
    project.write("manifests/audience.yaml", "getui: {}\njpush: {}\n");
    let document = project.run("plan --emulate --json -o plan.pushform");
    document.is(4, "plan");
    assert!(document.stdout.contains("\"diagnostics\":[\n{\"severity\":\"error\""), "{}", document.stdout);
    assert_eq!(project.ends(0, "show --json plan.pushform").stdout, document.stdout);
    let refused = project.ends(4, "apply --emulate plan.pushform");
    assert!(refused.stderr.contains("the saved plan was refused when it was made"), "{}", refused.stderr);
}

#[test]
fn a_plan_comes_through_a_pipe() {
    let (project, bytes) = saved();
    let shown = project.ends(0, "show plan.pushform").stdout;
    let file = fs::File::open(project.folder().join("plan.pushform")).expect("a file");
    let mut cat = std::process::Command::new("cat").stdin(file).stdout(Stdio::piped()).spawn().expect("cat");
    let pipe = cat.stdout.take().expect("a pipe");
    let output = project.command("show /dev/stdin").stdin(pipe).output().expect("the binary starts");
    assert!(cat.wait().expect("cat ends").success());
    assert_eq!(String::from_utf8(output.stdout).expect("text"), shown, "of {} bytes", bytes.len());
}

#[test]
fn a_plan_that_is_cut_short_is_refused_with_code_6() {
    let (project, bytes) = saved();
    for at in [1, 3, 4, 20, bytes.len() / 2, bytes.len() - 41, bytes.len() - 40, bytes.len() - 1] {
        is_refused(&project, &bytes[..at], "the saved plan is damaged: it is cut short");
    }
}

#[test]
fn a_plan_with_a_changed_byte_is_refused_with_code_6() {
    let (project, bytes) = saved();
    let length = bytes.len();
    for at in (0..8).chain((8..length).step_by(length / 12)).chain([length - 40, length - 33, length - 1]) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        is_refused(&project, &changed, "the saved plan is damaged: ");
    }
}

#[test]
fn a_plan_with_something_behind_its_end_is_refused_with_code_6() {
    let (project, bytes) = saved();
    is_refused(&project, &[&bytes, b"\n".as_slice()].concat(), "something was added to its end");
    is_refused(&project, &[&bytes, bytes.as_slice()].concat(), "the saved plan is damaged: ");
}

#[test]
fn an_empty_file_is_refused_with_code_6() {
    let (project, _) = saved();
    is_refused(&project, b"", "the saved plan is damaged: it is cut short");
}

#[test]
fn a_plan_of_a_later_version_is_refused_with_code_6() {
    let (project, bytes) = saved();
    let text = lines(&bytes);
    assert_eq!(lines(&packed(&text)), text);
    let later = text.replacen("{\"stream_version\":\"1.0\"", "{\"stream_version\":\"1.1\",\"more\":true", 1);
    is_refused(&project, &packed(&later), "the saved plan has format 1.1, and this version reads 1.0");
    let document = project.ends(0, "show --json plan.pushform").stdout;
    let later = document.replacen("\"1.0\"", "\"2.0\"", 1);
    is_refused(&project, later.as_bytes(), "the saved plan has format 2.0, and this version reads 1.0");
}

/// With a digest that fits, as somebody would make it who knows the format.
#[test]
fn lines_that_do_not_make_a_plan_are_refused_with_code_6() {
    let (project, bytes) = saved();
    let text = lines(&bytes);
    is_refused(&project, &packed(""), "it is empty");
    let (without_end, _) = text.trim_end().rsplit_once('\n').expect("lines");
    is_refused(&project, &packed(&format!("{without_end}\n")), "its end is missing");
    is_refused(&project, &packed(text.trim_end()), "a line has no end");
    is_refused(
        &project,
        &packed(&format!("{text}{{\"note\":\"more\"}}\n")),
        "something stands behind its last line",
    );
    let call = text.lines().find(|line| line.starts_with("{\"call\"")).expect("a call");
    is_refused(&project, &packed(&text.replacen(&format!("{call}\n"), "", 1)), "the saved plan is damaged: ");
    let unknown = text.replacen("{\"forecast\"", "{\"other\":1}\n{\"forecast\"", 1);
    is_refused(&project, &packed(&unknown), "unknown variant `other`");
    let far = text.replacen("\"of\":\"getui.alias\",\"name\":", "\"of\":\"getui.alias\",\"name\":90000", 1);
    is_refused(&project, &packed(&far), "it names a text that stands nowhere before");
}

#[test]
fn a_saved_plan_has_the_rights_of_a_new_file_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let (project, _) = saved();
    let mode = fs::metadata(project.folder().join("plan.pushform")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only who made it reads it");
}
