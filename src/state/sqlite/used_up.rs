//! What vendors said of days that are used up.

use rusqlite::Connection;

use super::rows;
use super::trouble::Tried;
use crate::state::UsedUp;
use crate::timestamp::Timestamp;

/// What was said of calls sent at `since` or later.
pub fn since(connection: &Connection, since: Timestamp) -> Tried<Vec<UsedUp>> {
    let sql = "SELECT vendor, quota, subject, at FROM used_up WHERE at >= ?1 ORDER BY vendor, quota, subject";
    let mut query = connection.prepare(sql)?;
    let mut found = query.query([since.0])?;
    let mut said = Vec::new();
    while let Some(row) = found.next()? {
        said.push(UsedUp {
            vendor: rows::vendor(&row.get::<_, String>(0)?)?,
            quota: row.get(1)?,
            subject: row.get::<_, i64>(2)?.cast_unsigned(),
            at: Timestamp(row.get(3)?),
        });
    }
    Ok(said)
}

/// Writes down what was said.
pub fn record(connection: &Connection, said: &[UsedUp]) -> Tried<()> {
    let sql = "INSERT INTO used_up (vendor, quota, subject, at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET at = max(at, excluded.at)";
    let mut insert = connection.prepare_cached(sql)?;
    for UsedUp { vendor, quota, subject, at } in said {
        insert.execute((vendor.word(), quota, subject.cast_signed(), at.0))?;
    }
    Ok(())
}

/// Drops what was said of calls before this.
pub fn forget(connection: &Connection, before: Timestamp) -> Tried<()> {
    connection.execute("DELETE FROM used_up WHERE at < ?1", [before.0])?;
    Ok(())
}
