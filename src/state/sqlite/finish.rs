//! The end of a run: what it writes down, and what it throws away; and a whole state put in the place of another.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::names::{Id, Ids};
use super::trouble::Tried;
use super::{journal, rows, schema, used_up};
use crate::names::{Name, Names};
use crate::state::{End, Keep, Whole};
use crate::wire::Vendor;

/// Texts that nothing names are looked for once a quarter as many rows were changed as there are texts: the
/// search reads every row, and so costs each change no more than a few rows.
const EDITS_PER_TEXT: i64 = 4;

/// Below so many texts the search takes less than a tenth of a second, so it is made whenever rows changed.
const TEXTS_FEW: i64 = 100_000;

/// Writes down the end of a run and gives the new serial.
pub fn finish(connection: &Connection, names: &Names, end: &End) -> Tried<u64> {
    let End { protected, accounts, forget_before } = end;
    belongs(connection, names, protected, accounts)?;
    connection.execute("DELETE FROM spend WHERE coalesce(replied_at, sent_at) < ?1", [forget_before.0])?;
    used_up::forget(connection, *forget_before)?;
    sweep_if_due(connection)?;
    Ok(schema::count(connection, "serial", 1)?.unsigned_abs())
}

/// Puts a whole state in the place of this one.
pub fn restore(connection: &Connection, whole: &Whole) -> Tried<()> {
    let Whole { names, recorded, .. } = whole;
    connection.execute_batch("DELETE FROM row; DELETE FROM kept; DELETE FROM call; DELETE FROM approval")?;
    rows::change(connection, names, &whole.puts())?;
    rows::keep(connection, names, &recorded.kept, Keep::Hold)?;
    belongs(connection, names, &recorded.protected, &recorded.accounts)?;
    journal::intend(connection, names, &whole.intents())?;
    let serial = schema::counter(connection, "serial")?;
    schema::count(connection, "serial", recorded.serial.cast_signed() - serial)?;
    sweep_if_due(connection)
}

/// Writes down the protected properties and the accounts.
fn belongs(
    connection: &Connection,
    names: &Names,
    protected: &[Name],
    accounts: &BTreeMap<Vendor, String>,
) -> Tried<()> {
    let ids = Ids::ensure(connection, names, protected.iter().copied())?;
    connection.execute("DELETE FROM protected", [])?;
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO protected (property) VALUES (?1)")?;
    for name in protected {
        insert.execute([ids.id(*name)])?;
    }
    connection.execute("DELETE FROM account", [])?;
    let mut insert = connection.prepare_cached("INSERT INTO account (vendor, account) VALUES (?1, ?2)")?;
    for (vendor, account) in accounts {
        insert.execute((vendor.word(), account))?;
    }
    Ok(())
}

/// Who left is not to be remembered: texts that no row names any more go.
fn sweep_if_due(connection: &Connection) -> Tried<()> {
    let edits = schema::counter(connection, "edits")?;
    let texts: i64 = connection.query_row("SELECT count(*) FROM name", [], |row| row.get(0))?;
    let due = edits > 0 && (texts <= TEXTS_FEW || edits.saturating_mul(EDITS_PER_TEXT) >= texts);
    if due {
        sweep(connection)?;
        schema::count(connection, "edits", -edits)?;
    }
    Ok(())
}

fn sweep(connection: &Connection) -> Tried<()> {
    let used = used(connection)?;
    let mut query = connection.prepare("SELECT id FROM name")?;
    let all = query.query_map([], |row| row.get::<_, Id>(0))?;
    let mut unused = Vec::new();
    for id in all {
        let id = id?;
        if !used.get(id as usize).copied().unwrap_or(false) {
            unused.push(id);
        }
    }
    let mut remove = connection.prepare("DELETE FROM name WHERE id = ?1")?;
    for id in unused {
        remove.execute([id])?;
    }
    Ok(())
}

/// Which texts something names, by number.
fn used(connection: &Connection) -> Tried<Vec<bool>> {
    let last: Option<Id> = connection.query_row("SELECT max(id) FROM name", [], |row| row.get(0))?;
    let mut used = vec![false; last.map_or(0, |last| last as usize + 1)];
    for sql in [
        "SELECT subject, item, value FROM row",
        "SELECT device, property, value FROM kept",
        "SELECT property, property, property FROM protected",
    ] {
        let mut query = connection.prepare(sql)?;
        let mut found = query.query([])?;
        while let Some(row) = found.next()? {
            for column in 0..3 {
                let id: Id = row.get(column)?;
                if let Some(used) = used.get_mut(id as usize) {
                    *used = true;
                }
            }
        }
    }
    Ok(used)
}
