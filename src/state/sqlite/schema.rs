//! The tables of a state file, and the steps that bring an older one up to date.
//!
//! Never edit a step that was released: add one. A file knows its format by SQLite's `user_version`, and that
//! it is a state at all by `application_id`.

use rusqlite::{Connection, TransactionBehavior};

use super::trouble::Tried;

/// Says "this is a state of Pushform" in the file's header: `push` as four letters.
pub const APPLICATION: i64 = 0x7075_7368;

/// The steps from nothing to the newest format; a file's format is the number of steps that it has behind it.
pub const STEPS: &[&str] = &[FORMAT_1, FORMAT_2, FORMAT_3, FORMAT_4, FORMAT_5, FORMAT_6];

/// Every text once, rows as numbers of texts: a million users load in a second. `row` has no other index than
/// its key, since rows are read all at once or not at all. `AUTOINCREMENT` where a number must never come
/// again, whatever was deleted.
const FORMAT_1: &str = "
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE row (
    kind INTEGER NOT NULL, subject INTEGER NOT NULL, item INTEGER NOT NULL,
    value INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject, item)
) WITHOUT ROWID;
CREATE TABLE kept (
    device INTEGER NOT NULL, property INTEGER NOT NULL, value INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (device, property)
) WITHOUT ROWID;
CREATE TABLE protected (property INTEGER PRIMARY KEY);
CREATE TABLE account (vendor TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, write TEXT NOT NULL, rows TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE spend (
    id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, quota TEXT NOT NULL,
    subject INTEGER NOT NULL, sent_at INTEGER NOT NULL, replied_at INTEGER
);
CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, owner TEXT NOT NULL, operation TEXT NOT NULL,
    acquired_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, fence INTEGER NOT NULL
);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('serial', 0), ('fence', 0), ('edits', 0);
";

/// What was approved and is not done yet; `rows` is [`Approval::to_bytes`](crate::plan::Approval::to_bytes).
const FORMAT_2: &str = "
CREATE TABLE approval (
    one INTEGER PRIMARY KEY CHECK (one = 1), plan TEXT NOT NULL, at INTEGER NOT NULL, rows BLOB NOT NULL
);
";

/// Where the state has gone to, if it has.
const FORMAT_3: &str = "
CREATE TABLE moved (one INTEGER PRIMARY KEY CHECK (one = 1), place TEXT NOT NULL, at INTEGER NOT NULL);
";

/// What vendors said of days that are used up: `at` is when the refused call left.
const FORMAT_4: &str = "
CREATE TABLE used_up (
    vendor TEXT NOT NULL, quota TEXT NOT NULL, subject INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (vendor, quota, subject)
) WITHOUT ROWID;
";

/// Which process took the lease.
const FORMAT_5: &str = "ALTER TABLE lease ADD COLUMN process TEXT;";

/// Where a spend was copied from, if it was.
const FORMAT_6: &str = "ALTER TABLE spend ADD COLUMN origin TEXT;";

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A database without any table: a state that does not exist yet.
    Empty,
    /// A state of the newest format.
    Current,
    /// A state that lacks some steps.
    Older(usize),
    /// A state of a format that only a newer Pushform knows.
    Newer(i64),
    /// Some other program's database.
    Foreign,
}

/// What the file behind this connection is.
pub fn format(connection: &Connection, steps: &[&str]) -> Tried<Format> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if application != APPLICATION {
        let empty = application == 0 && version == 0 && tables == 0;
        return Ok(if empty { Format::Empty } else { Format::Foreign });
    }
    Ok(match usize::try_from(version) {
        Ok(version) if version == steps.len() => Format::Current,
        Ok(version) if version < steps.len() => Format::Older(version),
        Ok(_) | Err(_) => Format::Newer(version),
    })
}

/// Takes the steps that the file lacks, all or none. What is no state of ours is left alone.
pub fn bring_up(connection: &mut Connection, steps: &[&str]) -> Tried<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again, now that nobody else writes: another process may have been first.
    let done = match format(&transaction, steps)? {
        Format::Empty => 0,
        Format::Older(done) => done,
        Format::Current | Format::Newer(_) | Format::Foreign => return Ok(()),
    };
    for step in &steps[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
    transaction.commit()?;
    Ok(())
}

/// The value of a counter.
pub fn counter(connection: &Connection, name: &str) -> Tried<i64> {
    let mut query = connection.prepare_cached("SELECT value FROM counter WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0))?)
}

/// Adds to a counter and gives its new value.
pub fn count(connection: &Connection, name: &str, by: i64) -> Tried<i64> {
    let sql = "UPDATE counter SET value = value + ?2 WHERE name = ?1 RETURNING value";
    Ok(connection.prepare_cached(sql)?.query_row((name, by), |row| row.get(0))?)
}
