//! `fmt`: the layout of a project's files, checked and fixed.

use super::tool::{Project, Ran};

const CROOKED: &str =
    "getui:\n    # who is who\n    aliases: { 'alice' : [ \"e605a0db5ce3cca9b76b012978064940\" ] } # one\n";
const STRAIGHT: &str =
    "getui:\n  # who is who\n  aliases: {alice: [e605a0db5ce3cca9b76b012978064940]}  # one\n";

#[test]
fn a_check_shows_what_would_change_and_writes_nothing() {
    let project = Project::new();
    project.write("manifests/audience.yaml", CROOKED);
    let before = project.files();
    let ran = project.ends(7, "fmt --check");
    assert_eq!(project.files(), before);
    insta::assert_snapshot!(ran.shown());
    assert_eq!(project.ends(0, "fmt").stdout, "manifests/audience.yaml\n");
    assert_eq!(project.read("manifests/audience.yaml"), STRAIGHT);
    let Ran { stdout, stderr, .. } = project.ends(0, "fmt --check");
    assert_eq!((stdout.as_str(), stderr.as_str()), ("", ""));
    assert_eq!(project.ends(0, "fmt").stdout, "");
}

#[test]
fn what_init_and_pull_write_is_laid_out_already() {
    let project = Project::new();
    project.ends(0, "fmt --check");
    project.ends(0, "-q apply --emulate --auto-approve");
    project.write(
        "users.csv",
        "cid,registration_id\ne605a0db5ce3cca9b76b012978064940,1a0018970aa97f72bb6\n9497869031e1fa74adaa84458f73cc62,\n",
    );
    let written = project.ends(0, "pull --cids users.csv -o pulled --emulate").stdout;
    assert!(written.lines().count() > 1, "{written}");
    for file in written.lines() {
        project.ends(0, &format!("fmt --check {file}"));
    }
}

#[test]
fn a_file_that_can_not_be_read_is_left_alone_and_keeps_no_other_back() {
    let project = Project::new();
    project.write("manifests/audience.yaml", CROOKED);
    project.write("manifests/broken.yaml", "getui:\n   blacklist: [\n");
    let ran = project.ends(1, "fmt");
    assert!(ran.stderr.contains("manifests/broken.yaml:"), "{}", ran.stderr);
    assert_eq!(project.read("manifests/broken.yaml"), "getui:\n   blacklist: [\n");
    assert_eq!(project.read("manifests/audience.yaml"), STRAIGHT);
    project.ends(1, "fmt nowhere.yaml");
}

#[test]
fn ends_of_files_and_marks_are_found() {
    let project = Project::empty();
    for text in ["\u{feff}getui: {}\n", "getui:  {}\n", "getui: {}", "getui: {}\n\n"] {
        project.write("a.yaml", text);
        project.ends(7, "fmt --check a.yaml");
        project.ends(0, "fmt a.yaml");
        assert_eq!(project.read("a.yaml"), "getui: {}\n", "{text:?}");
    }
}

#[cfg(unix)]
#[test]
fn rights_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = Project::empty();
    project.write("real.yaml", "getui:   {}\n");
    let real = project.folder().join("real.yaml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("rights");
    symlink("real.yaml", project.folder().join("link.yaml")).expect("a link");
    project.ends(0, "fmt link.yaml");
    assert_eq!(project.read("real.yaml"), "getui: {}\n");
    let link = std::fs::symlink_metadata(project.folder().join("link.yaml")).expect("the link");
    assert!(link.is_symlink());
    let mode = std::fs::metadata(&real).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_secret_in_a_project_file_is_in_no_difference() {
    let project = Project::new();
    project.replace("pushform.yaml", "${GETUI_MASTER_SECRET}", "  hunter2hunter2");
    let ran = project.ends(7, "fmt --check");
    assert!(!ran.shown().contains("hunter2"), "{}", ran.shown());
    assert!(ran.stdout.contains("master_secret: ***"), "{}", ran.stdout);
}
