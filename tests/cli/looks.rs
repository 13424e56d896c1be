//! How much is said, where, and in which colours.

use super::tool::{Project, Ran};

#[test]
fn colours_are_asked_for_or_left_away() {
    let mut project = Project::new();
    let coloured = |ran: &Ran| ran.stdout.contains('\u{1b}');
    assert!(!coloured(&project.ends(0, "plan --emulate")), "a pipe is no terminal");
    let painted = project.ends(0, "--color always plan --emulate");
    assert!(coloured(&painted));
    assert!(project.ends(1, "--color always plan").stderr.contains('\u{1b}'));
    project.set("CLICOLOR_FORCE", "1");
    assert!(coloured(&project.ends(0, "plan --emulate")));
    project.set("NO_COLOR", "1");
    assert!(!coloured(&project.ends(0, "plan --emulate")));
    assert!(!coloured(&project.ends(0, "plan --emulate --color never")));
}

#[test]
fn data_goes_to_stdout_and_talk_to_stderr() {
    let project = Project::new();
    let quiet = project.ends(0, "-q plan --emulate");
    assert_eq!(quiet.stderr, "");
    let normal = project.ends(0, "plan --emulate");
    assert_eq!(normal.stdout, quiet.stdout);
    assert_eq!(normal.stderr, "The vendors are emulated: no call leaves this machine.\n");
    let verbose = project.ends(0, "-v plan --emulate");
    assert!(verbose.stderr.contains("Rows: 8 declared, 0 recorded, "), "{}", verbose.stderr);
    let calls = project.ends(0, "-vv plan --emulate");
    insta::assert_snapshot!(calls.stderr);
    // Why tags are written as they are is data, and only more of it.
    let more = calls.stdout.strip_prefix(normal.stdout.as_str()).expect("the same plan comes first");
    assert!(more.starts_with("\nHow tags are written:\n"), "{more}");
    assert_eq!(verbose.stdout, calls.stdout);
}

#[test]
fn talk_can_be_json() {
    let project = Project::new();
    for words in ["-vv plan --emulate", "-vv apply --emulate --auto-approve", "plan"] {
        let ran = project.run(&format!("--log-format json {words}"));
        assert!(!ran.stderr.is_empty());
        for line in ran.stderr.lines() {
            let one: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
            assert!(one["@message"].is_string() && one["@level"].is_string(), "{line}");
        }
    }
}

#[test]
fn every_line_fits_a_narrow_terminal() {
    let mut project = Project::new();
    project.set("COLUMNS", "60");
    let plan = project.ends(0, "plan --emulate");
    insta::assert_snapshot!(plan.shown());
    insta::assert_snapshot!("narrow_problem", project.ends(1, "plan").shown());
}
