//! What was approved and is not done yet: at most one plan, a row of the table for each of its rows.

use rusqlite::{Connection, OptionalExtension};

use super::rewrite::Progress;
use super::trouble::{Tried, Trouble};
use crate::plan::Approval;
use crate::timestamp::Timestamp;

/// What was approved.
pub fn kept(connection: &Connection) -> Tried<Option<Approval>> {
    let mut query = connection.prepare("SELECT plan, at FROM approval")?;
    let found = query.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((plan, at)) = found else { return Ok(None) };
    let mut query = connection.prepare("SELECT row FROM approved ORDER BY row")?;
    // An older format keeps all of them in one piece.
    let pieces = query.query_map([], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()?;
    let approval = Approval::from_stored(plan, Timestamp(at), &pieces);
    approval.map(Some).map_err(|why| Trouble::Damaged(format!("of its approval {why}")))
}

/// Writes down what is approved now.
pub fn keep(connection: &Connection, approval: Option<&Approval>) -> Tried<()> {
    connection.execute_batch("DELETE FROM approved; DELETE FROM approval")?;
    if let Some(approval) = approval {
        let sql = "INSERT INTO approval (one, plan, at) VALUES (1, ?1, ?2)";
        connection.execute(sql, (&approval.plan, approval.at.0))?;
        let mut insert = connection.prepare("INSERT INTO approved (row) VALUES (?1)")?;
        for row in approval.stored() {
            insert.execute([&row[..]])?;
        }
    }
    Ok(())
}

/// Makes rows of the one piece in which an older format kept them.
pub fn split(connection: &Connection, _: Progress) -> Tried<()> {
    let mut query = connection.prepare("SELECT rows FROM approval")?;
    let whole: Option<Vec<u8>> = query.query_row([], |row| row.get(0)).optional()?;
    let mut insert = connection.prepare("INSERT OR IGNORE INTO approved (row) VALUES (?1)")?;
    for row in Approval::rows_of(&whole.unwrap_or_default()) {
        insert.execute([row])?;
    }
    connection.execute_batch("ALTER TABLE approval DROP COLUMN rows")?;
    Ok(())
}
