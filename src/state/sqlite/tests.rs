//! What only a file can suffer: damage, other formats, a killed writer, a folder in its place.

mod formats;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Sqlite, schema};
use crate::address::Resource;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::problem::{Failure, Problems};
use crate::state::{Intent, Lease, RowChange, RowQuery, Store};
use crate::table::{Kind, Row};
use crate::text_rows::TextRows;
use crate::timestamp::{MINUTE_MS, Timestamp};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    (folder, path)
}

fn blocked(names: &mut Names, user: &str) -> RowChange {
    let subject = names.intern(user);
    RowChange::Put(Kind::Blacklist, Row { subject, item: Name::NONE, value: Name::NONE, mark: 7 })
}

/// A state at rest with these users on its blacklist.
fn state_of(path: &Path, users: &[&str]) {
    let store = Sqlite::open(path);
    let lease = held(&store);
    let mut names = Names::new();
    let rows: Vec<RowChange> = users.iter().map(|user| blocked(&mut names, user)).collect();
    wait(store.amend(&lease, &names, &rows)).expect("the rows");
    wait(store.release(&lease)).expect("the release");
}

fn held(store: &Sqlite) -> Lease {
    wait(store.acquire("ann", "apply", NOW, MINUTE_MS)).expect("the lease")
}

/// The users on the blacklist, as a reader finds them.
fn users(store: &Sqlite) -> Result<Vec<String>, Problems> {
    let mut names = Names::new();
    let recorded = wait(store.snapshot(&mut names))?;
    let rows = recorded.tables.of(Kind::Blacklist).rows().iter();
    Ok(rows.map(|row| names.text(row.subject).to_owned()).collect())
}

fn files(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

/// Both reading and writing are refused, in the same words, and the file stays as it is.
fn check_refused(path: &Path, code: &str, summary: &str, help: &str) {
    let before = fs::read(path).ok();
    let store = Sqlite::open(path);
    let read = users(&store).expect_err("reading was not refused");
    let written = wait(store.acquire("ann", "apply", NOW, MINUTE_MS)).expect_err("writing was not refused");
    for problems in [read, written] {
        let problem = &problems.list()[0];
        let summary = summary.replace("PATH", &path.display().to_string());
        assert_eq!((problem.code, problem.summary.as_str()), (code, summary.as_str()));
        assert!(problem.help.as_deref().is_some_and(|text| text.contains(help)), "{:?}", problem.help);
    }
    assert_eq!(fs::read(path).ok(), before, "the file was touched");
}

#[test]
fn a_file_at_rest_is_one_file_and_reading_leaves_it_so() {
    let (folder, path) = folder();
    state_of(&path, &["u1"]);
    assert_eq!(files(&folder), ["state.db"]);
    let before = fs::read(&path).expect("the file");
    let store = Sqlite::open(&path);
    assert_eq!(users(&store), Ok(vec!["u1".to_owned()]));
    assert_eq!(wait(store.lease()), Ok(None));
    assert_eq!(files(&folder), ["state.db"]);
    assert_eq!(fs::read(&path).expect("the file"), before);
}

#[test]
fn a_file_left_in_wal_mode_is_read_without_a_trace() {
    let (folder, path) = folder();
    state_of(&path, &["u1"]);
    let connection = Connection::open(&path).expect("the file");
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).expect("WAL mode");
    assert_eq!(mode, "wal");
    drop(connection);
    assert_eq!(users(&Sqlite::open(&path)), Ok(vec!["u1".to_owned()]));
    assert_eq!(files(&folder), ["state.db"]);
}

#[test]
fn a_reader_beside_a_running_apply_sees_what_is_committed() {
    let (_folder, path) = folder();
    let store = Sqlite::open(&path);
    let lease = held(&store);
    let mut names = Names::new();
    for user in ["u1", "u2"] {
        let row = [blocked(&mut names, user)];
        wait(store.amend(&lease, &names, &row)).expect("the row");
        assert_eq!(users(&Sqlite::open(&path)), users(&store));
    }
    assert_eq!(users(&store).map(|users| users.len()), Ok(2));
}

#[test]
fn a_killed_run_loses_nothing() {
    let (_folder, path) = folder();
    let store = Sqlite::open(&path);
    let lease = held(&store);
    let mut names = Names::new();
    let row = [blocked(&mut names, "u1")];
    wait(store.amend(&lease, &names, &row)).expect("the row");
    let write = Write::Block(vec![names.intern("u2")]);
    let intent = [Intent { write: &write, rows: vec![blocked(&mut names, "u2")], at: NOW }];
    let ids = wait(store.record_intents(&lease, &names, &intent)).expect("the journal");

    // What lies on the disk at this moment is what a killed process leaves.
    let left = tempfile::tempdir().expect("a folder");
    let killed = left.path().join("state.db");
    for suffix in ["", "-wal", "-shm"] {
        let from = path.with_file_name(format!("state.db{suffix}"));
        fs::copy(from, left.path().join(format!("state.db{suffix}"))).expect("the files of WAL mode");
    }
    let next = Sqlite::open(&killed);
    assert_eq!(users(&next), Ok(vec!["u1".to_owned()]));
    let doubts = wait(next.doubts(&mut Names::new())).expect("the doubts");
    assert_eq!(doubts.iter().map(|doubt| doubt.id).collect::<Vec<_>>(), ids);
    assert_eq!(wait(next.lease()), Ok(Some(lease)));
    let taken = wait(next.acquire("ben", "apply", NOW.plus(MINUTE_MS), MINUTE_MS)).expect("the lease");
    wait(next.release(&taken)).expect("the release");
    assert_eq!(files(&left), ["state.db"]);
    assert_eq!(users(&next), Ok(vec!["u1".to_owned()]));
}

#[test]
fn a_half_written_transaction_is_undone_by_whoever_comes_next() {
    let (folder, path) = folder();
    state_of(&path, &["u1"]);
    let connection = Connection::open(&path).expect("the file");
    // A cache of one page writes before it commits, as a transaction larger than memory does.
    connection.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE").expect("a transaction");
    for user in 100..2_000 {
        let sql = "INSERT INTO recorded (kind, subject, item, value, at) VALUES (3, ?1, '', '', 7)";
        connection.execute(sql, [user.to_string()]).expect("a row");
    }
    let left = tempfile::tempdir().expect("a folder");
    for name in files(&folder) {
        fs::copy(folder.path().join(&name), left.path().join(&name)).expect("a copy");
    }
    assert_eq!(files(&left), ["state.db", "state.db-journal"]);
    assert_eq!(users(&Sqlite::open(left.path().join("state.db"))), Ok(vec!["u1".to_owned()]));
}

#[test]
fn an_empty_file_is_an_empty_state() {
    let (_folder, path) = folder();
    fs::write(&path, "").expect("a file");
    assert_eq!(users(&Sqlite::open(&path)), Ok(vec![]));
    state_of(&path, &["u1"]);
    assert_eq!(users(&Sqlite::open(&path)), Ok(vec!["u1".to_owned()]));
}

#[test]
fn a_folder_in_the_place_of_the_file_is_named() {
    let (folder, _) = folder();
    check_refused(folder.path(), "state::folder", "the state `PATH` is a folder, not a file", "state.db");
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let (_folder, path) = folder();
    fs::write(&path, "getui:\n  aliases: {}\n").expect("a file");
    let summary = "`PATH` is not a state of Pushform, nor any SQLite file";
    check_refused(&path, "state::not_a_state", summary, "name another file at `state:`");
}

#[test]
fn another_programs_database_is_left_alone() {
    let (_folder, path) = folder();
    let connection = Connection::open(&path).expect("a database");
    connection.execute_batch("CREATE TABLE bookmark (url TEXT)").expect("a table");
    drop(connection);
    check_refused(&path, "state::foreign", "`PATH` is an SQLite file of some other program", "another file");
}

#[test]
fn a_newer_format_is_refused_with_the_reason() {
    let (_folder, path) = folder();
    state_of(&path, &["u1"]);
    let connection = Connection::open(&path).expect("the file");
    connection.pragma_update(None, "user_version", 99).expect("a version");
    drop(connection);
    let known = schema::STEPS.len();
    let summary = format!("the state `PATH` has format 99, and this Pushform knows formats up to {known}");
    check_refused(&path, "state::newer", &summary, "newer Pushform");
}

#[test]
fn a_damaged_file_is_recognized_and_the_way_out_is_said() {
    let (_folder, path) = folder();
    let users: Vec<String> = (0..2_000).map(|number| format!("user-{number:032}")).collect();
    state_of(&path, &users.iter().map(String::as_str).collect::<Vec<_>>());
    let mut bytes = fs::read(&path).expect("the file");
    bytes[4_096..].fill(0x5a);
    fs::write(&path, bytes).expect("the file");
    let store = Sqlite::open(&path);
    let problems = self::users(&store).expect_err("damage was not seen");
    let problem = &problems.list()[0];
    assert_eq!(problem.code, "state::damaged", "{}", problem.summary);
    let summary = format!("the state `{}` is damaged: database disk image is malformed", path.display());
    assert_eq!(problem.summary, summary);
    let help = problem.help.as_deref().unwrap_or_default();
    assert!(help.starts_with("restore the file from a copy; without one, move it away and run"), "{help}");
}

#[test]
fn one_address_and_one_subject_are_read_without_the_rest() {
    let (_folder, path) = folder();
    state_of(&path, &["u1", "u2", "u3"]);
    let connection = Connection::open(&path).expect("the file");
    let damage = "INSERT INTO recorded VALUES (1, 'u1', '', 'alice', 7), (1, 'u2', '', 'bob', 'no number');
        UPDATE recorded SET at = 'no number' WHERE kind = 3 AND subject <> 'u2'";
    connection.execute_batch(damage).expect("rows that cannot be read");
    drop(connection);
    let store = Sqlite::open(&path);
    let mut rows = TextRows::default();
    wait(store.rows_of(Kind::Blacklist, "u2", &mut rows)).expect("the row of the user");
    assert_eq!(rows.last().map(|row| row.subject), Some("u2"));
    wait(store.page(RowQuery::Address(Resource::Alias, "alice"), None, 10, &mut rows)).expect("the alias");
    assert_eq!(rows.last().map(|row| row.subject), Some("u1"));
    wait(store.about(&mut Names::new())).expect("what is known beside the rows");
    assert_eq!(users(&store).expect_err("all of it was read").list()[0].code, "state::damaged");
}

#[test]
fn rows_of_an_unknown_kind_are_damage_and_not_passed_over() {
    let (_folder, path) = folder();
    state_of(&path, &["u1"]);
    let connection = Connection::open(&path).expect("the file");
    connection.execute("UPDATE recorded SET kind = 9", []).expect("the row");
    drop(connection);
    let problems = users(&Sqlite::open(&path)).expect_err("damage was not seen");
    let summary = format!("the state `{}` is damaged: it holds rows of a kind 9", path.display());
    assert_eq!(problems.list()[0].summary, summary);
}

#[test]
fn another_process_in_the_way_is_waited_for_and_then_named() {
    let (_folder, path) = folder();
    state_of(&path, &["u1"]);
    let other = Connection::open(&path).expect("the file");
    other.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    let connection = Connection::open(&path).expect("the file");
    connection.busy_timeout(std::time::Duration::ZERO).expect("no patience");
    let error = schema::format(&connection, schema::STEPS).expect_err("the file is locked");
    let problems = Sqlite::open(&path).place.problems(error);
    assert_eq!(problems.failure, Failure::Locked);
    let summary = format!("another process keeps the state `{}` busy (database is locked)", path.display());
    assert_eq!(problems.list()[0].summary, summary);
}

#[test]
fn who_left_is_not_remembered() {
    let (_folder, path) = folder();
    state_of(&path, &["u1", "u2"]);
    let store = Sqlite::open(&path);
    let lease = held(&store);
    let mut names = Names::new();
    let drop = [RowChange::Drop(Kind::Blacklist, names.intern("u1"), Name::NONE)];
    wait(store.amend(&lease, &names, &drop)).expect("the row");
    wait(store.release(&lease)).expect("the release");
    let connection = Connection::open(&path).expect("the file");
    let mut query = connection.prepare("SELECT subject FROM recorded").expect("a query");
    let texts = query.query_map([], |row| row.get::<_, String>(0)).expect("texts");
    assert_eq!(texts.collect::<Result<Vec<_>, _>>().expect("texts"), ["u2"]);
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    state_of(&path, &["u1"]);
    let mode = fs::metadata(&path).expect("the file").permissions().mode() & 0o777;
    assert_eq!(format!("{mode:o}"), "600");
}

#[cfg(unix)]
#[test]
fn a_file_nobody_may_read_or_write_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    state_of(&path, &["u1"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions");
    if fs::File::open(&path).is_ok() {
        return; // The administrator may read everything.
    }
    let problems = users(&Sqlite::open(&path)).expect_err("it was read");
    assert_eq!(problems.list()[0].code, "state::unreadable");
    assert!(problems.list()[0].summary.ends_with("cannot be read: Permission denied (os error 13)"));
    let problems = wait(Sqlite::open(&path).acquire("ann", "apply", NOW, 1)).expect_err("it was written");
    assert_eq!(problems.list()[0].code, "state::unwritable", "{}", problems.list()[0].summary);
}

#[test]
fn odd_characters_in_a_path_are_just_characters() {
    let (folder, _) = folder();
    let path = folder.path().join("a b?mode=memory#%41/状态.db");
    state_of(&path, &["u1"]);
    assert!(path.is_file());
    assert_eq!(users(&Sqlite::open(&path)), Ok(vec!["u1".to_owned()]));
}
