//! The recorded rows, the values kept of replaced properties, and all of it at one moment.

use rusqlite::Connection;

use super::names::{Id, Ids, Pool};
use super::schema;
use super::trouble::{Tried, Trouble};
use crate::names::{Name, Names};
use crate::plan::Recorded;
use crate::state::{Keep, RowChange};
use crate::table::{Kind, Row, Table};
use crate::wire::Vendor;

/// The number of a kind in the file. Written out, so that no reordering of the kinds can change it.
const fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Alias => 1,
        Kind::Tag => 2,
        Kind::Blacklist => 3,
        Kind::DeviceToken => 4,
        Kind::Property => 5,
        Kind::Device => 6,
    }
}

/// Everything that a plan needs to know of the state.
pub fn snapshot(connection: &Connection, names: &mut Names) -> Tried<Recorded> {
    let pool = Pool::load(connection, names)?;
    let serial = schema::counter(connection, "serial")?;
    let mut recorded = Recorded { serial: serial.unsigned_abs(), ..Recorded::default() };
    for kind in Kind::ALL {
        recorded.tables.set(kind, table(connection, &pool, kind)?);
    }
    let kept = "SELECT device, property, value, at FROM kept ORDER BY device, property";
    recorded.kept = read(connection, &pool, kept, [])?;
    recorded.kept.sort_unstable_by_key(Row::key);
    let mut protected = connection.prepare("SELECT property FROM protected")?;
    let protected = protected.query_map([], |row| row.get::<_, Id>(0))?;
    recorded.protected = protected.map(|id| pool.name(id?)).collect::<Tried<_>>()?;
    recorded.protected.sort_unstable();
    let mut accounts = connection.prepare("SELECT vendor, account FROM account")?;
    let accounts = accounts.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    for account in accounts {
        let (word, account) = account?;
        recorded.accounts.insert(vendor(&word)?, account);
    }
    Ok(recorded)
}

/// The vendor of a word in the file.
pub fn vendor(word: &str) -> Tried<Vendor> {
    let known = Vendor::ALL.into_iter().find(|vendor| vendor.word() == word);
    known.ok_or_else(|| Trouble::Damaged(format!("it names a vendor `{word}`, which nobody knows")))
}

fn table(connection: &Connection, pool: &Pool, kind: Kind) -> Tried<Table> {
    let sql = "SELECT subject, item, value, at FROM row WHERE kind = ?1 ORDER BY subject, item";
    Ok(Table::from_rows(read(connection, pool, sql, [number(kind)])?))
}

fn read(connection: &Connection, pool: &Pool, sql: &str, of: impl rusqlite::Params) -> Tried<Vec<Row>> {
    let mut rows = Vec::new();
    let mut query = connection.prepare_cached(sql)?;
    let mut found = query.query(of)?;
    while let Some(row) = found.next()? {
        rows.push(Row {
            subject: pool.name(row.get(0)?)?,
            item: pool.name(row.get(1)?)?,
            value: pool.name(row.get(2)?)?,
            mark: row.get(3)?,
        });
    }
    Ok(rows)
}

/// A change in the file's numbers.
struct Edit {
    kind: u8,
    subject: Id,
    item: Id,
    /// Value and mark, `None` where the row goes.
    put: Option<(Id, u32)>,
}

/// Changes rows, sorted by key: so a million is written at the end of the table rather than all over it.
pub fn change(connection: &Connection, names: &Names, rows: &[RowChange]) -> Tried<()> {
    let ids = Ids::ensure(connection, names, rows.iter().flat_map(named).collect())?;
    let mut edits: Vec<Edit> = rows.iter().map(|row| edit(row, &ids)).collect();
    // Stable: of two changes to one row the later one holds.
    edits.sort_by_key(|edit| (edit.kind, edit.subject, edit.item));
    let mut put = connection
        .prepare_cached("REPLACE INTO row (kind, subject, item, value, at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut remove =
        connection.prepare_cached("DELETE FROM row WHERE kind = ?1 AND subject = ?2 AND item = ?3")?;
    for Edit { kind, subject, item, put: new } in &edits {
        match new {
            Some((value, at)) => put.execute((kind, subject, item, value, at))?,
            None => remove.execute((kind, subject, item))?,
        };
    }
    schema::count(connection, "edits", i64::try_from(rows.len()).unwrap_or(i64::MAX))?;
    Ok(())
}

fn named(change: &RowChange) -> [Name; 3] {
    match change {
        RowChange::Put(_, row) => [row.subject, row.item, row.value],
        RowChange::Drop(_, subject, item) => [*subject, *item, Name::NONE],
    }
}

fn edit(change: &RowChange, ids: &Ids) -> Edit {
    match change {
        RowChange::Put(kind, Row { subject, item, value, mark }) => Edit {
            kind: number(*kind),
            subject: ids.id(*subject),
            item: ids.id(*item),
            put: Some((ids.id(*value), *mark)),
        },
        RowChange::Drop(kind, subject, item) => {
            Edit { kind: number(*kind), subject: ids.id(*subject), item: ids.id(*item), put: None }
        }
    }
}

/// Keeps values of a property that is about to be replaced, or lets go of them.
pub fn keep(connection: &Connection, names: &Names, rows: &[Row], keep: Keep) -> Tried<()> {
    let texts = rows.iter().flat_map(|row| [row.subject, row.item, row.value]).collect();
    let ids = Ids::ensure(connection, names, texts)?;
    let mut hold = connection
        .prepare_cached("REPLACE INTO kept (device, property, value, at) VALUES (?1, ?2, ?3, ?4)")?;
    let mut let_go = connection.prepare_cached("DELETE FROM kept WHERE device = ?1 AND property = ?2")?;
    for Row { subject, item, value, mark } in rows {
        let (device, property) = (ids.id(*subject), ids.id(*item));
        match keep {
            Keep::Hold => hold.execute((device, property, ids.id(*value), mark))?,
            Keep::LetGo => let_go.execute((device, property))?,
        };
    }
    schema::count(connection, "edits", i64::try_from(rows.len()).unwrap_or(i64::MAX))?;
    Ok(())
}
