//! States and exports of older formats, as an older Pushform wrote them: read as they are, rewritten once, all or nothing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use rusqlite::Connection;

use super::tool::Project;

/// A state of format 6.
const STATE: &str = include_str!("../states/format_6.sql");
/// What the Pushform of that format exported of it.
const EXPORT: &str = include_str!("../states/export_2.jsonl");

/// A project whose emulated state is of format 6.
fn project() -> (Project, PathBuf) {
    let project = Project::new();
    let path = project.folder().join(".pushform/emulated-state.db");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    Connection::open(&path).expect("a file").execute_batch(STATE).expect("the state");
    (project, path)
}

fn format(path: &PathBuf) -> u32 {
    let connection = Connection::open(path).expect("the file");
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a format")
}

#[test]
fn a_state_of_an_older_format_is_read_as_it_is_and_rewritten_by_the_first_write() {
    let (project, path) = project();
    let before = fs::read(&path).expect("the file");
    let exported = project.ends(0, "state export --emulate");
    assert_eq!(exported.stdout, EXPORT);
    assert_eq!(exported.stderr, "", "of few rows nothing is said");
    let shown = project.ends(0, "state show getui.alias[\"alice_w\"] --emulate").stdout;
    assert_eq!(shown.lines().count(), 4, "{shown}");
    assert!(project.ends(0, "quota --emulate").stdout.contains("tag_overwrite_per_user"));
    assert_eq!(fs::read(&path).expect("the file"), before, "reading changed the file");

    project.ends(0, "state resolve 1 --emulate");
    assert!(format(&path) > 6);
    let without_the_call = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| !line.contains(r#""line":"call""#) && !line.contains(r#""line":"end""#));
        lines.map(str::to_owned).collect()
    };
    let exported = project.ends(0, "state export --emulate").stdout;
    assert_eq!(without_the_call(&exported), without_the_call(EXPORT));
}

#[test]
fn an_export_of_an_older_pushform_is_taken_in_and_gives_the_same_bytes() {
    let project = Project::new();
    project.write("state.jsonl", EXPORT);
    project.ends(0, "state import state.jsonl --emulate");
    assert_eq!(project.ends(0, "state export --emulate").stdout, EXPORT);
}

#[test]
fn a_process_that_is_killed_while_it_rewrites_leaves_the_old_state_good() {
    let (project, path) = project();
    let rows = "WITH RECURSIVE n (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM n WHERE n < 200000)
        INSERT INTO name (id, text) SELECT n, 'user-' || (n * 7919 % 1000003) FROM n;
        INSERT INTO row SELECT 3, id, 2, 2, 7 FROM name WHERE id >= 100;";
    Connection::open(&path).expect("the file").execute_batch(rows).expect("many rows");
    let exported = project.ends(0, "state export --emulate").stdout;

    let mut run = project.start("state resolve 1 --emulate");
    let said = BufReader::new(run.stderr.take().expect("its talk")).lines().map_while(Result::ok);
    let half = said.take(5).count();
    run.kill().expect("it can be killed");
    drop(run.wait());
    assert_eq!(half, 5, "it says what it does before it is half done");
    assert_eq!(project.ends(0, "state export --emulate").stdout, exported);
    assert_eq!(format(&path), 6);

    let said = project.ends(0, "state resolve 1 --emulate").stderr;
    assert!(said.starts_with("The state is brought to a new format, once: 199910 rows are sorted"), "{said}");
    assert!(format(&path) > 6);
}
