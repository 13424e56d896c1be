//! How long a state takes to write and to load: every user has an alias and three tags, so four rows.
//!
//! `cargo bench --bench state`, on PostgreSQL too where `PUSHFORM_TEST_POSTGRES` names one. Prints rows per second and the time of one row against that of the smallest
//! state: what stays near 1 grows in proportion, whatever the size.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time, on the server it is told of")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use pushform::names::{Name, Names};
use pushform::secret::Secret;
use pushform::state::postgres::{Postgres, Time};
use pushform::state::{RowChange, Sqlite, Store};
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
    table(&runtime, "a file", &Place::File);
    match std::env::var("PUSHFORM_TEST_POSTGRES") {
        Ok(url) => table(&runtime, "PostgreSQL", &Place::Server(url)),
        Err(_) => println!("\nPostgreSQL is not measured: PUSHFORM_TEST_POSTGRES names none."),
    }
}

fn table(runtime: &tokio::runtime::Runtime, title: &str, place: &Place) {
    println!(
        "\n{title}\n{:>9} {:>10}  {:>7} {:>12} {:>7}  {:>7} {:>12} {:>7}",
        "users", "rows", "write", "rows/s", "ratio", "load", "rows/s", "ratio"
    );
    let mut smallest = None;
    for users in USERS {
        let (rows, write, load) = runtime.block_on(measure(users, place));
        let (write_base, load_base) = *smallest.get_or_insert((per_row(write, rows), per_row(load, rows)));
        println!(
            "{users:>9} {rows:>10}  {:>6.2}s {:>12.0} {:>7.2}  {:>6.2}s {:>12.0} {:>7.2}",
            write.as_secs_f64(),
            1.0 / per_row(write, rows),
            per_row(write, rows) / write_base,
            load.as_secs_f64(),
            1.0 / per_row(load, rows),
            per_row(load, rows) / load_base,
        );
    }
}

fn per_row(time: Duration, rows: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
    let rows = rows as f64;
    time.as_secs_f64() / rows
}

/// The number of rows, the time to write them in one transaction, and the time to load them into a new pool.
async fn measure(users: usize, place: &Place) -> (usize, Duration, Duration) {
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
    (rows.len(), write, load)
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
    let tags: Vec<Name> = (0..TAGS).map(|tag| names.intern(&format!("tag-{tag}"))).collect();
    let mut rows = Vec::with_capacity(users * (1 + TAGS_PER_USER));
    for user in 0..users {
        let subject = names.intern(&format!("{:032x}", random.u128(..)));
        let alias = names.intern(&format!("138{user:08}"));
        let row = |item, value| Row { subject, item, value, mark: 1_795_000_000 };
        rows.push(RowChange::Put(Kind::Alias, row(Name::NONE, alias)));
        for tag in 0..TAGS_PER_USER {
            let tag = tags[(user * 7 + tag * 13) % TAGS];
            rows.push(RowChange::Put(Kind::Tag, row(tag, Name::MEMBERS)));
        }
    }
    (names, rows)
}
