//! The tables of a state file, and the steps that bring an older one up to date.
//!
//! Never edit a step that was released: add one. A file knows its format by SQLite's `user_version`, and that
//! it is a state at all by `application_id`.

use rusqlite::{Connection, TransactionBehavior};

use super::approval;
use super::rewrite::{self, Progress};
use super::trouble::Tried;

/// Says "this is a state of Pushform" in the file's header: `push` as four letters.
pub const APPLICATION: i64 = 0x7075_7368;

/// One step from a format to the next.
pub struct Step {
    /// What is done to the file first.
    pub sql: &'static str,
    /// What SQL alone does not do, behind that.
    pub rewrite: Option<fn(&Connection, Progress) -> Tried<()>>,
    /// How a reader sees a file that lacks the step: tables and views of the connection's own, which stand in for those
    /// of the file and are looked at first. The file is not touched and nothing is copied.
    pub stand_in: &'static str,
}

/// The steps from nothing to the newest format; a file's format is the number of steps that it has behind it.
pub const STEPS: &[Step] = &[
    Step { sql: FORMAT_1, rewrite: None, stand_in: "" },
    Step { sql: FORMAT_2, rewrite: None, stand_in: WITHOUT_2 },
    Step { sql: FORMAT_3, rewrite: None, stand_in: WITHOUT_3 },
    Step { sql: FORMAT_4, rewrite: None, stand_in: WITHOUT_4 },
    Step { sql: FORMAT_5, rewrite: None, stand_in: WITHOUT_5 },
    Step { sql: FORMAT_6, rewrite: None, stand_in: WITHOUT_6 },
    Step { sql: FORMAT_7, rewrite: Some(rewrite::by_text), stand_in: WITHOUT_7 },
    Step { sql: FORMAT_8, rewrite: Some(approval::split), stand_in: WITHOUT_8 },
];

/// Every text once, rows as numbers of texts. `AUTOINCREMENT` where a number must never come again, whatever was
/// deleted.
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

/// What was approved and is not done yet; `rows` are its rows end to end.
const FORMAT_2: &str = "
CREATE TABLE approval (
    one INTEGER PRIMARY KEY CHECK (one = 1), plan TEXT NOT NULL, at INTEGER NOT NULL, rows BLOB NOT NULL
);
";
const WITHOUT_2: &str = "CREATE TEMP TABLE approval (plan TEXT, at INTEGER, rows BLOB);";

/// Where the state has gone to, if it has.
const FORMAT_3: &str = "
CREATE TABLE moved (one INTEGER PRIMARY KEY CHECK (one = 1), place TEXT NOT NULL, at INTEGER NOT NULL);
";
const WITHOUT_3: &str = "CREATE TEMP TABLE moved (place TEXT, at INTEGER);";

/// What vendors said of days that are used up: `at` is when the refused call left.
const FORMAT_4: &str = "
CREATE TABLE used_up (
    vendor TEXT NOT NULL, quota TEXT NOT NULL, subject INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (vendor, quota, subject)
) WITHOUT ROWID;
";
const WITHOUT_4: &str = "CREATE TEMP TABLE used_up (vendor TEXT, quota TEXT, subject INTEGER, at INTEGER);";

/// Which process took the lease.
const FORMAT_5: &str = "ALTER TABLE lease ADD COLUMN process TEXT;";
const WITHOUT_5: &str = "CREATE TEMP VIEW lease AS SELECT *, NULL AS process FROM main.lease;";

/// Where a spend was copied from, if it was.
const FORMAT_6: &str = "ALTER TABLE spend ADD COLUMN origin TEXT;";
const WITHOUT_6: &str = "CREATE TEMP VIEW spend AS SELECT *, NULL AS origin FROM main.spend;";

/// Rows by their texts, in the order of a plan's streams, so that they are read page by page and one address by itself.
/// The users of an alias are found by an index of a quarter of the table. The users of a tag have none: it would take
/// more than half of the table again, and reading all tags of a million users takes a quarter of a second.
const FORMAT_7: &str = "
CREATE TABLE recorded (
    kind INTEGER NOT NULL, subject TEXT NOT NULL, item TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject, item)
) WITHOUT ROWID;
ALTER TABLE kept RENAME TO kept_6;
CREATE TABLE kept (
    device TEXT NOT NULL, property TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (device, property)
) WITHOUT ROWID;
ALTER TABLE protected RENAME TO protected_6;
CREATE TABLE protected (property TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
DELETE FROM counter WHERE name = 'edits';
";
/// In this order of the joins `recorded` is read in the order of `name.text`, which has an index.
const WITHOUT_7: &str = "
CREATE TEMP VIEW recorded AS
    SELECT row.kind AS kind, subject.text AS subject, item.text AS item, value.text AS value, row.at AS at
    FROM main.name AS subject CROSS JOIN main.row AS row ON row.subject = subject.id
    LEFT JOIN main.name AS item ON item.id = row.item LEFT JOIN main.name AS value ON value.id = row.value;
CREATE TEMP VIEW kept AS
    SELECT device.text AS device, property.text AS property, value.text AS value, kept.at AS at
    FROM main.kept AS kept LEFT JOIN main.name AS device ON device.id = kept.device
    LEFT JOIN main.name AS property ON property.id = kept.property
    LEFT JOIN main.name AS value ON value.id = kept.value;
CREATE TEMP VIEW protected AS
    SELECT name.text AS property FROM main.protected AS protected
    LEFT JOIN main.name AS name ON name.id = protected.property;
";

/// Approved rows as rows, as [`Approval::stored`](crate::plan::Approval::stored) gives them: in one piece they had to
/// be written at once, and there is a largest piece.
const FORMAT_8: &str = "CREATE TABLE approved (row BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID;";
const WITHOUT_8: &str = "CREATE TEMP VIEW approved AS SELECT rows AS row FROM approval;";

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
pub fn format(connection: &Connection, steps: &[Step]) -> Tried<Format> {
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

/// Takes the steps that the file lacks, all or none. What is no state of ours is left alone. Gives whether rows were
/// rewritten.
pub fn bring_up(connection: &mut Connection, steps: &[Step], progress: Progress) -> Tried<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again, now that nobody else writes: another process may have been first.
    let (done, is_new) = match format(&transaction, steps)? {
        Format::Empty => (0, true),
        Format::Older(done) => (done, false),
        Format::Current | Format::Newer(_) | Format::Foreign => return Ok(false),
    };
    let mut rewrites = false;
    for Step { sql, rewrite, stand_in: _ } in &steps[done..] {
        transaction.execute_batch(sql)?;
        if let Some(rewrite) = rewrite {
            rewrite(&transaction, progress)?;
            rewrites = !is_new;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
    transaction.commit()?;
    Ok(rewrites)
}

/// Lets a connection read an older format as if it were the newest one.
pub fn stand_in(connection: &Connection, steps: &[Step], done: usize) -> Tried<()> {
    for step in &steps[done..] {
        connection.execute_batch(step.stand_in)?;
    }
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
