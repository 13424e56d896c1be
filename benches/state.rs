//! How long a state takes to write, to load at once and to read page by page; every user has an alias and three tags,
//! so four rows.
//!
//! `cargo bench --bench state`, on PostgreSQL too where `PUSHFORM_TEST_POSTGRES` names one. Prints rows per second and
//! the time of one row against that of the smallest state: what stays near 1 grows in proportion, whatever the size.
//! `-- rewrite` brings a file with 4,000,000 rows of an older format to the newest one, and `-- addresses` asks for
//! single addresses of a state of 10,000,000 users.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time, on the server it is told of")]

mod measure;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use pushform::names::{Name, Names};
use pushform::secret::Secret;
use pushform::state::postgres::{Postgres, Time};
use pushform::state::{RowChange, RowQuery, Sqlite, Store, each_row};
use pushform::table::{Kind, Row};
use pushform::timestamp::Timestamp;

const USERS: [usize; 3] = [10_000, 100_000, 1_000_000];
const TAGS: usize = 500;
const TAGS_PER_USER: usize = 3;
const LEASE_MS: i64 = 3_600_000;

/// Where a state is written to.
enum Place {
    File,
    /// The URL of a database.
    Server(String),
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let what: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    match what.first().map(String::as_str) {
        None => {
            table(&runtime, "a file", &Place::File);
            match std::env::var("PUSHFORM_TEST_POSTGRES") {
                Ok(url) => table(&runtime, "PostgreSQL", &Place::Server(url)),
                Err(_) => println!("\nPostgreSQL is not measured: PUSHFORM_TEST_POSTGRES names none."),
            }
        }
        Some("rewrite") => runtime.block_on(rewrite()),
        Some("addresses") => runtime.block_on(addresses()),
        Some(other) => panic!("`{other}` is neither rewrite nor addresses"),
    }
}

fn table(runtime: &tokio::runtime::Runtime, title: &str, place: &Place) {
    println!(
        "\n{title}\n{:>9} {:>10}  {:>7} {:>12} {:>7}  {:>7} {:>12} {:>7}  {:>7} {:>12} {:>7}",
        "users", "rows", "write", "rows/s", "ratio", "load", "rows/s", "ratio", "pages", "rows/s", "ratio"
    );
    let mut smallest = None;
    for users in USERS {
        let (rows, times) = runtime.block_on(measure(users, place));
        let per_row = times.map(|time| per_row(time, rows));
        let base = *smallest.get_or_insert(per_row);
        print!("{users:>9} {rows:>10}");
        for ((time, per_row), base) in times.iter().zip(per_row).zip(base) {
            print!("  {:>6.2}s {:>12.0} {:>7.2}", time.as_secs_f64(), 1.0 / per_row, per_row / base);
        }
        println!();
    }
}

fn per_row(time: Duration, rows: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
    let rows = rows as f64;
    time.as_secs_f64() / rows
}

/// The number of rows, the time to write them in one transaction, to load them into a new pool, and to read them page
/// by page.
async fn measure(users: usize, place: &Place) -> (usize, [Duration; 3]) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(place, folder.path(), users);
    let lease = store.acquire("bench", "bench", Timestamp(0), LEASE_MS).await.expect("the lease");
    let (names, rows) = declared(users);
    let start = Instant::now();
    store.amend(&lease, &names, &rows).await.expect("the rows");
    store.release(&lease).await.expect("the release");
    let write = start.elapsed();
    let mut fresh = Names::new();
    let start = Instant::now();
    let recorded = store.snapshot(&mut fresh).await.expect("the rows");
    let load = start.elapsed();
    assert_eq!(recorded.tables.len(), rows.len(), "rows were lost");
    drop((recorded, fresh));
    let start = Instant::now();
    assert_eq!(read_by_pages(&*store).await, rows.len(), "rows were lost");
    (rows.len(), [write, load, start.elapsed()])
}

async fn read_by_pages(store: &dyn Store) -> usize {
    let mut found = 0;
    for kind in Kind::ALL {
        let take = |_: pushform::text_rows::TextRow<'_>| {
            found += 1;
            ControlFlow::Continue(())
        };
        each_row(store, RowQuery::Kind(kind), take).await.expect("the rows");
    }
    found
}

/// A state of format 6, the last in which rows named their texts by numbers.
const OLDER: &str = include_str!("../tests/states/format_6.sql");

/// Prints how long the first write to an older file takes, and how large the file is before and behind it.
async fn rewrite() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let rows = write_older(&path, USERS[2]);
    let bytes = || fs::metadata(&path).expect("the file").len() / 1_000_000;
    let before = bytes();
    let store = Sqlite::open(&path).saying(|what| println!("  {what}"));
    let start = Instant::now();
    let lease = store.acquire("bench", "bench", Timestamp(0), LEASE_MS).await.expect("the lease");
    let took = start.elapsed().as_secs_f64();
    store.release(&lease).await.expect("the release");
    println!("{rows} rows are rewritten in {took:.1} s: {before} MB become {} MB; goal: 30 s", bytes());
    assert_eq!(read_by_pages(&store).await, rows, "rows were lost");
}

fn write_older(path: &Path, users: usize) -> usize {
    let mut connection = rusqlite::Connection::open(path).expect("a file");
    connection.execute_batch(OLDER).expect("the tables");
    connection
        .execute_batch("DELETE FROM row; DELETE FROM kept; DELETE FROM protected; DELETE FROM name")
        .expect("room");
    let (names, rows) = declared(users);
    let transaction = connection.transaction().expect("a transaction");
    let mut text = transaction.prepare("INSERT INTO name (id, text) VALUES (?1, ?2)").expect("a statement");
    let mut put = transaction.prepare("INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5)").expect("a statement");
    let id = |name: Name| u32::try_from(name.index() + 1).expect("fewer than 2^32 names");
    let mut known = vec![false; names.len()];
    for change in &rows {
        let RowChange::Put(kind, row) = change else { continue };
        for name in [row.subject, row.item, row.value] {
            if !std::mem::replace(&mut known[name.index()], true) {
                text.execute((id(name), names.text(name))).expect("a text");
            }
        }
        let [subject, item, value] = [row.subject, row.item, row.value].map(id);
        put.execute((*kind as u8 + 1, subject, item, value, row.mark)).expect("a row");
    }
    drop((text, put));
    transaction.commit().expect("the rows");
    rows.len()
}

/// The user that is asked for.
const ASKED: &str = "e605a0db5ce3cca9b76b012978064940";

/// Prints what commands take that ask for one address of a state of very many users.
async fn addresses() {
    const USERS: usize = 10_000_000;
    const AT_ONCE: usize = 500_000;
    let folder = tempfile::tempdir().expect("a folder");
    let world = format!("getui:\n  users:\n    {ASKED}: {{alias: \"one\", tags: [vip]}}\n");
    fs::write(folder.path().join("emulator.yaml"), world).expect("a file");
    let project = include_str!("../examples/quickstart/pushform.yaml");
    fs::write(folder.path().join("pushform.yaml"), project).expect("a file");
    let path = folder.path().join(".pushform/emulated-state.db");
    let store = Sqlite::open(&path);
    let lease = store.acquire("bench", "bench", Timestamp(0), LEASE_MS).await.expect("the lease");
    for from in (0..USERS).step_by(AT_ONCE) {
        let mut names = Names::new();
        let mut rows = Vec::new();
        for user in from..from + AT_ONCE {
            // In the order of their texts, so that each part is written behind the last.
            four_rows(&mut names, &format!("{user:08x}e3cca9b76b01297806494000"), user, &mut rows);
        }
        store.amend(&lease, &names, &rows).await.expect("the rows");
    }
    let mut names = Names::new();
    let [asked, vip] = [ASKED, "vip"].map(|text| names.intern(text));
    let row = |item, value| Row { subject: asked, item, value, mark: 1_795_000_000 };
    let rows = [
        RowChange::Put(Kind::Blacklist, row(Name::NONE, Name::NONE)),
        RowChange::Put(Kind::Tag, row(vip, Name::SET)),
    ];
    store.amend(&lease, &names, &rows).await.expect("the rows");
    store.release(&lease).await.expect("the release");
    println!("{USERS} users, {} MB", fs::metadata(&path).expect("the file").len() / 1_000_000);
    println!("{:<52} {:>9} {:>9}   goal: 100 ms, 50 MB", "", "time", "memory");
    let set = format!("getui.tag_set[{ASKED}]");
    let commands: [&[&str]; 6] = [
        &["state", "show", "getui.alias[13805000000]"],
        &["state", "show", &set],
        &["state", "show", "getui.tag_members[tag-7]"],
        &["state", "show", "getui.blacklist"],
        &["user", ASKED],
        &["quota"],
    ];
    for words in commands {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
        command.arg("-C").arg(folder.path()).arg("--quiet").args(words).arg("--emulate");
        measure::run(&mut command);
        let taken = measure::run(&mut command);
        let ms = taken.wall.as_secs_f64() * 1_000.0;
        println!("{:<52} {ms:>6.0} ms {:>6} MB", words.join(" "), taken.peak_bytes / 1_000_000);
    }
}

fn open(place: &Place, folder: &Path, users: usize) -> Box<dyn Store> {
    match place {
        Place::File => Box::new(Sqlite::open(folder.join("state.db"))),
        Place::Server(url) => {
            let joint = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{joint}schema=bench_{}_{users}", std::process::id());
            let store = Postgres::open(&Secret::new(url), BTreeMap::new(), Time::Callers);
            Box::new(store.expect("an address"))
        }
    }
}

fn declared(users: usize) -> (Names, Vec<RowChange>) {
    let mut names = Names::new();
    let mut random = fastrand::Rng::with_seed(7);
    let mut rows = Vec::with_capacity(users * (1 + TAGS_PER_USER));
    for user in 0..users {
        four_rows(&mut names, &format!("{:032x}", random.u128(..)), user, &mut rows);
    }
    (names, rows)
}

fn four_rows(names: &mut Names, subject: &str, user: usize, rows: &mut Vec<RowChange>) {
    let subject = names.intern(subject);
    let alias = names.intern(&format!("138{user:08}"));
    let row = |item, value| Row { subject, item, value, mark: 1_795_000_000 };
    rows.push(RowChange::Put(Kind::Alias, row(Name::NONE, alias)));
    for tag in 0..TAGS_PER_USER {
        let tag = names.intern(&format!("tag-{}", (user * 7 + tag * 13) % TAGS));
        rows.push(RowChange::Put(Kind::Tag, row(tag, Name::MEMBERS)));
    }
}
