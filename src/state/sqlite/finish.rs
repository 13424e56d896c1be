//! The end of a run: what it writes down, and which spends it drops; and a whole state put in the place of another.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::trouble::Tried;
use super::{approval, journal, rows, schema, used_up};
use crate::names::{Name, Names};
use crate::state::{End, Keep, Whole};
use crate::wire::Vendor;

/// Writes down the end of a run and gives the new serial.
pub fn finish(connection: &Connection, names: &Names, end: &End) -> Tried<u64> {
    let End { protected, accounts, forget_before } = end;
    belongs(connection, names, protected, accounts)?;
    connection.execute("DELETE FROM spend WHERE coalesce(replied_at, sent_at) < ?1", [forget_before.0])?;
    used_up::forget(connection, *forget_before)?;
    Ok(schema::count(connection, "serial", 1)?.unsigned_abs())
}

/// Puts a whole state in the place of this one.
pub fn restore(connection: &Connection, whole: &Whole) -> Tried<()> {
    let Whole { names, recorded, .. } = whole;
    connection.execute_batch("DELETE FROM recorded; DELETE FROM kept; DELETE FROM call")?;
    approval::keep(connection, None)?;
    rows::change(connection, names, &whole.puts())?;
    rows::keep(connection, names, &recorded.kept, Keep::Hold)?;
    belongs(connection, names, &recorded.protected, &recorded.accounts)?;
    journal::intend(connection, names, &whole.intents())?;
    let serial = schema::counter(connection, "serial")?;
    schema::count(connection, "serial", recorded.serial.cast_signed() - serial)?;
    Ok(())
}

/// Writes down the protected properties and the accounts.
fn belongs(
    connection: &Connection,
    names: &Names,
    protected: &[Name],
    accounts: &BTreeMap<Vendor, String>,
) -> Tried<()> {
    connection.execute("DELETE FROM protected", [])?;
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO protected (property) VALUES (?1)")?;
    for name in protected {
        insert.execute([names.text(*name)])?;
    }
    connection.execute("DELETE FROM account", [])?;
    let mut insert = connection.prepare_cached("INSERT INTO account (vendor, account) VALUES (?1, ?2)")?;
    for (vendor, account) in accounts {
        insert.execute((vendor.word(), account))?;
    }
    Ok(())
}
