//! The journal of calls without an outcome, and the ledger of spends.
//!
//! A settled call leaves the journal: what it came to stands in the rows. So the journal never holds more than
//! one run had under way, and there is no history to keep small.

use rusqlite::{Connection, Row};

use super::rows;
use super::trouble::{Tried, Trouble};
use crate::names::Names;
use crate::state::{CopiedSpend, Decide, Doubt, Intent, SpendEntry, Told, codec, copies};
use crate::timestamp::Timestamp;

/// Writes down calls that are about to be sent.
pub fn intend(connection: &Connection, names: &Names, calls: &[Intent]) -> Tried<Vec<u64>> {
    let mut insert = connection.prepare_cached("INSERT INTO call (write, rows, at) VALUES (?1, ?2, ?3)")?;
    let given = calls.iter().map(|Intent { write, rows, at }| {
        let write = codec::encode_write(write, names);
        Ok(insert.insert((write, codec::encode_rows(rows, names), at.0))?.unsigned_abs())
    });
    given.collect()
}

/// Takes a call that has an outcome out of the journal.
pub fn settle(connection: &Connection, id: u64) -> Tried<()> {
    connection.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([id.cast_signed()])?;
    Ok(())
}

/// The calls without an outcome.
pub fn doubts(connection: &Connection, names: &mut Names) -> Tried<Vec<Doubt>> {
    let mut query = connection.prepare("SELECT id, write, rows, at FROM call ORDER BY id")?;
    let mut found = query.query([])?;
    let mut doubts = Vec::new();
    while let Some(row) = found.next()? {
        doubts.push(doubt(row, names)?);
    }
    Ok(doubts)
}

fn doubt(row: &Row, names: &mut Names) -> Tried<Doubt> {
    let id: i64 = row.get(0)?;
    let damaged = |why| Trouble::Damaged(format!("of call {id} in its journal {why}"));
    let (write, rows): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(Doubt {
        id: id.unsigned_abs(),
        write: codec::decode_write(&write, names).map_err(damaged)?,
        rows: codec::decode_rows(&rows, names).map_err(damaged)?,
        at: Timestamp(row.get(3)?),
    })
}

/// Reads what others have spent and writes down what `decide` makes of it, numbered by the file.
pub fn exchange(connection: &Connection, told: Told, decide: Decide) -> Tried<Vec<u64>> {
    replied(connection, told.replies)?;
    let mut news = answered(connection, told.open)?;
    news.extend(spends_after(connection, told.seen, told.since)?);
    spend(connection, &decide(&news))
}

fn spend(connection: &Connection, spends: &[SpendEntry]) -> Tried<Vec<u64>> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO spend (vendor, quota, subject, sent_at, replied_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let given = spends.iter().map(|SpendEntry { id: _, vendor, quota, subject, sent_at, replied_at }| {
        let replied = replied_at.map(|at| at.0);
        // SQLite's integers are signed: the subject's bits are kept, its sign means nothing.
        let id = insert.insert((vendor.word(), quota, subject.cast_signed(), sent_at.0, replied))?;
        Ok(id.unsigned_abs())
    });
    given.collect()
}

/// All spends, with their origins.
pub fn all_copies(connection: &Connection) -> Tried<Vec<CopiedSpend>> {
    let sql = "SELECT id, vendor, quota, subject, sent_at, replied_at, origin FROM spend ORDER BY id";
    let mut query = connection.prepare_cached(sql)?;
    let mut found = query.query([])?;
    let (mut spends, mut known) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        spends.push(entry(row)?);
        known.push(row.get(6)?);
    }
    let origins = copies::origins(known.into_iter().zip(&spends));
    Ok(origins.into_iter().zip(spends).map(|(origin, spend)| CopiedSpend { origin, spend }).collect())
}

/// Adds the spends that are not there yet.
pub fn add_copies(connection: &Connection, new: &[CopiedSpend]) -> Tried<()> {
    let known = all_copies(connection)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO spend (vendor, quota, subject, sent_at, replied_at, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for CopiedSpend { origin, spend } in copies::lacking(new, &known) {
        let SpendEntry { id: _, vendor, quota, subject, sent_at, replied_at } = spend;
        let replied = replied_at.map(|at| at.0);
        insert.execute((vendor.word(), quota, subject.cast_signed(), sent_at.0, replied, origin))?;
    }
    Ok(())
}

/// Writes down when replies came.
pub fn replied(connection: &Connection, replies: &[(u64, Timestamp)]) -> Tried<()> {
    let mut update = connection.prepare_cached("UPDATE spend SET replied_at = ?2 WHERE id = ?1")?;
    for (id, at) in replies {
        update.execute((id.cast_signed(), at.0))?;
    }
    Ok(())
}

/// Spends that a window which begins at `since` can still count.
pub fn spends(connection: &Connection, since: Timestamp) -> Tried<Vec<SpendEntry>> {
    spends_after(connection, 0, since)
}

fn spends_after(connection: &Connection, seen: u64, since: Timestamp) -> Tried<Vec<SpendEntry>> {
    let sql = "SELECT id, vendor, quota, subject, sent_at, replied_at FROM spend
        WHERE id > ?1 AND (sent_at >= ?2 OR replied_at >= ?2 OR replied_at IS NULL) ORDER BY id";
    let mut query = connection.prepare_cached(sql)?;
    let mut found = query.query((seen.cast_signed(), since.0))?;
    let mut spends = Vec::new();
    while let Some(row) = found.next()? {
        spends.push(entry(row)?);
    }
    Ok(spends)
}

/// Those of these spends that have a reply by now.
fn answered(connection: &Connection, open: &[u64]) -> Tried<Vec<SpendEntry>> {
    let sql = "SELECT id, vendor, quota, subject, sent_at, replied_at FROM spend
        WHERE id = ?1 AND replied_at IS NOT NULL";
    let mut query = connection.prepare_cached(sql)?;
    let mut spends = Vec::new();
    for id in open {
        let mut found = query.query([id.cast_signed()])?;
        if let Some(row) = found.next()? {
            spends.push(entry(row)?);
        }
    }
    Ok(spends)
}

fn entry(row: &Row) -> Tried<SpendEntry> {
    Ok(SpendEntry {
        id: row.get::<_, i64>(0)?.unsigned_abs(),
        vendor: rows::vendor(&row.get::<_, String>(1)?)?,
        quota: row.get(2)?,
        subject: row.get::<_, i64>(3)?.cast_unsigned(),
        sent_at: Timestamp(row.get(4)?),
        replied_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
    })
}
