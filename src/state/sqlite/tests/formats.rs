//! Files of older formats: each is read as it is, and brought to the newest one by the first write, all or nothing.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::super::open::Place;
use super::super::schema::Step;
use super::super::{Sqlite, schema};
use super::{NOW, files, folder, held, state_of, users, wait};
use crate::address::Resource;
use crate::names::Names;
use crate::state::{EVER, RowQuery, Store, Whole, text};
use crate::table::Kind;
use crate::text_rows::TextRows;

/// The newest step, and one of a Pushform to come.
const NEXT_STEPS: &[Step] = &[
    step(0),
    step(1),
    step(2),
    step(3),
    step(4),
    step(5),
    step(6),
    step(7),
    Step { sql: "ALTER TABLE spend ADD COLUMN note TEXT", rewrite: None, stand_in: "" },
];

const fn step(at: usize) -> Step {
    let Step { sql, rewrite, stand_in } = &schema::STEPS[at];
    Step { sql, rewrite: *rewrite, stand_in }
}

fn version(path: &Path) -> usize {
    let connection = Connection::open(path).expect("the file");
    let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0));
    version.expect("a version") as usize
}

#[test]
fn an_older_format_is_read_untouched_and_brought_up_by_the_first_write() {
    let (folder, path) = folder();
    state_of(&path, &["u1"]);
    let before = fs::read(&path).expect("the file");
    let store = Sqlite { place: Place::new(path.clone(), NEXT_STEPS), writer: None.into() };
    assert_eq!(users(&store), Ok(vec!["u1".to_owned()]));
    assert_eq!(fs::read(&path).expect("the file"), before, "reading changed the file");
    assert_eq!(files(&folder), ["state.db"]);
    let lease = held(&store);
    wait(store.release(&lease)).expect("the release");
    assert_eq!(version(&path), NEXT_STEPS.len());
    assert_eq!(users(&store), Ok(vec!["u1".to_owned()]));
    let problems = users(&Sqlite::open(&path)).expect_err("the older Pushform must refuse it");
    assert_eq!(problems.list()[0].code, "state::newer");
}

/// What a file of the first format with something of everything holds, and what each later format adds to it.
const CONTENT: [&str; 6] = [
    "INSERT INTO name (id, text) VALUES (1, ''), (2, 'u2'), (3, 'u10'), (4, '爱丽丝'), (5, 'vip'), (6, 'members'),
        (7, 'set'), (8, 'd1'), (9, 'level'), (10, 'number 会员等级'), (11, '3');
    INSERT INTO row (kind, subject, item, value, at) VALUES (1, 2, 1, 4, 70), (1, 3, 1, 4, 71), (2, 2, 5, 6, 72),
        (2, 3, 5, 7, 73), (3, 2, 1, 1, 74), (5, 9, 1, 10, 75), (6, 8, 9, 11, 76);
    INSERT INTO kept VALUES (8, 9, 11, 77);
    INSERT INTO protected VALUES (9);
    INSERT INTO account VALUES ('getui', 'app-1');
    INSERT INTO call (write, rows, at) VALUES ('{\"call\":\"block\",\"users\":[\"u9\"]}', '[[\"blacklist\",\"u9\",\"\",\"\",9]]', 5);
    INSERT INTO spend (vendor, quota, subject, sent_at, replied_at) VALUES ('getui', 'requests', -1, 10, 20);
    UPDATE counter SET value = 4 WHERE name = 'serial';
    UPDATE counter SET value = 11 WHERE name = 'edits';",
    "INSERT INTO approval VALUES (1, 'PLAN', 9, x'ROWS')",
    "",
    "INSERT INTO used_up VALUES ('getui', 'tag_batch', 0, 30)",
    "",
    "UPDATE spend SET origin = 'elsewhere'",
];

/// Two approved rows, end to end.
const APPROVED: [u8; 48] = {
    let mut rows = [0; 48];
    rows[7] = 1;
    rows[24] = 0xff;
    rows
};

/// A file of this format.
fn file_of(path: &Path, format: usize) {
    let mut connection = Connection::open(path).expect("the file");
    let rows: String = APPROVED.iter().map(|byte| format!("{byte:02x}")).collect();
    for step in 1..=format {
        schema::bring_up(&mut connection, &schema::STEPS[..step], &|_| {}).expect("the older format");
        let content = CONTENT.get(step - 1).copied().unwrap_or_default();
        let content = content.replace("PLAN", &blake3::hash(&APPROVED).to_hex()).replace("ROWS", &rows);
        connection.execute_batch(&content).expect("its content");
    }
}

/// All that a store holds, as it is exported, and what is not.
fn shown(store: &Sqlite) -> String {
    let mut whole = Whole::default();
    whole.doubts = wait(store.doubts(&mut whole.names)).expect("the journal");
    whole.recorded = wait(store.snapshot(&mut whole.names)).expect("the rows");
    whole.spends = wait(store.copies()).expect("the ledger");
    whole.used_up = wait(store.used_up(EVER)).expect("the ledger");
    let mut bytes = Vec::new();
    text::write(&whole, &mut bytes).expect("memory takes everything");
    let approval = wait(store.approval()).expect("the approval");
    format!("{}{approval:?}", String::from_utf8(bytes).expect("text"))
}

/// The rows that a query gives, page by page.
fn paged(store: &Sqlite, query: RowQuery) -> Vec<String> {
    let (mut all, mut rows) = (Vec::new(), TextRows::default());
    let mut after: Option<(String, String)> = None;
    loop {
        let key = after.as_ref().map(|(subject, item)| (subject.as_str(), item.as_str()));
        wait(store.page(query, key, 1, &mut rows)).expect("a page");
        let Some(last) = rows.last() else { return all };
        all.push(format!("{}/{}/{}@{}", last.subject, last.item, last.value, last.mark));
        after = Some((last.subject.to_owned(), last.item.to_owned()));
    }
}

#[test]
fn a_file_of_every_older_format_is_read_as_it_is_and_kept_whole_by_the_first_write() {
    for format in 1..schema::STEPS.len() {
        let (folder, path) = folder();
        file_of(&path, format);
        let before = fs::read(&path).expect("the file");
        let store = Sqlite::open(&path);
        let read = shown(&store);
        assert!(
            read.contains(r#""kind":"alias","subject":"u10","item":"","value":"爱丽丝","at":71"#),
            "{read}"
        );
        assert_eq!(read.lines().count(), if format < 4 { 14 } else { 15 }, "format {format}: {read}");
        let plan = blake3::hash(&APPROVED).to_hex().to_string();
        assert_eq!(read.contains(&plan), format >= 2, "{read}");
        assert_eq!(wait(store.lease()), Ok(None));
        let pages = |store: &Sqlite| {
            let queries = [
                RowQuery::Kind(Kind::Alias),
                RowQuery::Kind(Kind::Tag),
                RowQuery::Subject(Kind::Tag, "u2"),
                RowQuery::Address(Resource::Alias, "爱丽丝"),
                RowQuery::Address(Resource::TagMembers, "vip"),
                RowQuery::Address(Resource::TagSet, "u10"),
            ];
            queries.map(|query| paged(store, query))
        };
        let paged = pages(&store);
        assert_eq!(paged[0], ["u10//爱丽丝@71", "u2//爱丽丝@70"], "format {format}");
        assert_eq!(paged[4], ["u2/vip/members@72"], "format {format}");
        assert_eq!(fs::read(&path).expect("the file"), before, "reading changed format {format}");
        assert_eq!(files(&folder), ["state.db"]);
        assert_eq!(version(&path), format);

        let lease = held(&store);
        wait(store.release(&lease)).expect("the release");
        assert_eq!(version(&path), schema::STEPS.len());
        assert_eq!(shown(&store), read, "what format {format} held");
        assert_eq!(pages(&store), paged, "format {format}");
        assert_eq!(files(&folder), ["state.db"]);
    }
}

#[test]
fn a_format_is_refused_by_every_older_one() {
    for format in 1..schema::STEPS.len() {
        let (_folder, path) = folder();
        state_of(&path, &["u1"]);
        let older = Sqlite { place: Place::new(path, &schema::STEPS[..format]), writer: None.into() };
        for refused in [users(&older).err(), wait(older.acquire("ann", "apply", NOW, 1)).err()] {
            assert_eq!(
                refused.expect("it was not refused").list()[0].code,
                "state::newer",
                "format {format}"
            );
        }
    }
}

#[test]
fn approved_rows_that_are_not_those_that_were_approved_are_damage() {
    let (_folder, path) = folder();
    file_of(&path, 6);
    drop(held(&Sqlite::open(&path)));
    let connection = Connection::open(&path).expect("the file");
    let approved: i64 =
        connection.query_row("SELECT count(*) FROM approved", [], |row| row.get(0)).expect("a count");
    assert_eq!(approved, 2, "each is a row");
    connection.execute("DELETE FROM approved WHERE row > x'80'", []).expect("a row");
    drop(connection);
    let problems = wait(Sqlite::open(&path).approval()).expect_err("it was not noticed");
    let what = "is damaged: of its approval the approved rows are not those that were approved";
    assert!(problems.list()[0].summary.ends_with(what), "{}", problems.list()[0].summary);
}

#[test]
fn a_row_that_names_a_missing_text_is_damage_and_is_not_dropped_on_the_way() {
    for column in ["subject", "item", "value"] {
        let (_folder, path) = folder();
        file_of(&path, 6);
        let connection = Connection::open(&path).expect("the file");
        connection.execute(&format!("UPDATE row SET {column} = 77 WHERE at = 71"), []).expect("the row");
        drop(connection);
        let before = fs::read(&path).expect("the file");
        let problems =
            wait(Sqlite::open(&path).acquire("ann", "apply", NOW, 1)).expect_err("damage was not seen");
        let summary = format!(
            "the state `{}` is damaged: one of its rows names a text that it does not hold",
            path.display()
        );
        assert_eq!(problems.list()[0].summary, summary, "{column}");
        assert_eq!(fs::read(&path).expect("the file"), before, "{column}: the file was touched");
    }
}

/// So many rows take longer than a person waits without a word.
const MANY: u32 = 120_000;

/// A file of the format before rows had texts, with many rows.
fn many(path: &Path) {
    file_of(path, 6);
    let connection = Connection::open(path).expect("the file");
    let sql = format!(
        "WITH RECURSIVE n (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM n WHERE n < 99 + {MANY})
        INSERT INTO name (id, text) SELECT n, 'user-' || (n * 7919 % 1000003) FROM n;
        INSERT INTO row SELECT 3, id, 1, 1, 7 FROM name WHERE id >= 100;"
    );
    connection.execute_batch(&sql).expect("the rows");
}

fn digest(store: &Sqlite) -> String {
    let mut names = Names::new();
    let recorded = wait(store.snapshot(&mut names)).expect("the rows");
    text::digest(&Whole { names, recorded, ..Whole::default() })
}

#[test]
fn a_run_that_is_killed_while_it_rewrites_leaves_the_old_file_good() {
    let (folder, path) = folder();
    many(&path);
    let before = digest(&Sqlite::open(&path));
    let bytes = fs::metadata(&path).expect("the file").len();
    let left = tempfile::tempdir().expect("a folder");
    let there = left.path().join("state.db");
    // What a killed process leaves is what stands on the disk at that moment, the journal beside the file.
    let told = Cell::new(0);
    let copy = |_: &str| {
        told.set(told.get() + 1);
        if told.get() == 9 {
            for name in ["state.db", "state.db-journal"] {
                fs::copy(folder.path().join(name), left.path().join(name)).expect("a copy");
            }
        }
    };
    let mut connection = Connection::open(&path).expect("the file");
    // A cache of one page writes before it commits, as a transaction larger than memory does.
    connection.pragma_update(None, "cache_size", 1).expect("a cache");
    assert!(schema::bring_up(&mut connection, schema::STEPS, &copy).expect("the new format"));
    drop(connection);
    assert_eq!(told.get(), 10, "the beginning, and every tenth but what is left at the end");
    assert_eq!(digest(&Sqlite::open(&path)), before);

    assert!(fs::metadata(&there).expect("the copy").len() > bytes, "nothing was half-written");
    let next = Sqlite::open(&there);
    assert_eq!(digest(&next), before, "read after the kill");
    assert_eq!(version(&there), 6);
    drop(held(&next));
    assert_eq!(version(&there), schema::STEPS.len());
    assert_eq!(digest(&next), before, "brought up by the next run");
}

#[test]
fn a_disk_without_room_for_the_new_rows_leaves_the_old_file_good() {
    let (_folder, path) = folder();
    many(&path);
    let before = digest(&Sqlite::open(&path));
    let mut connection = Connection::open(&path).expect("the file");
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a count");
    connection.pragma_update(None, "max_page_count", pages + 10).expect("a limit");
    let trouble = schema::bring_up(&mut connection, schema::STEPS, &|_| {}).expect_err("there is no room");
    let problems = Sqlite::open(&path).place.problems(trouble);
    assert_eq!(problems.list()[0].code, "state::full");
    drop(connection);
    assert_eq!(version(&path), 6);
    assert_eq!(digest(&Sqlite::open(&path)), before);
}

#[test]
fn the_room_of_the_old_rows_is_given_back() {
    let (_folder, path) = folder();
    many(&path);
    drop(held(&Sqlite::open(&path)));
    let connection = Connection::open(&path).expect("the file");
    let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0)).expect("a count");
    assert_eq!(free, 0);
}
