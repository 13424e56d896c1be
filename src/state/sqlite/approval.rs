//! What was approved and is not done yet: at most one plan.

use rusqlite::{Connection, OptionalExtension};

use super::trouble::{Tried, Trouble};
use crate::plan::Approval;
use crate::timestamp::Timestamp;

/// What was approved.
pub fn kept(connection: &Connection) -> Tried<Option<Approval>> {
    let mut query = connection.prepare("SELECT plan, at, rows FROM approval")?;
    let found: Option<(String, i64, Vec<u8>)> =
        query.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((plan, at, rows)) = found else { return Ok(None) };
    let approval = Approval::from_bytes(plan, Timestamp(at), &rows);
    approval.map(Some).map_err(|why| Trouble::Damaged(format!("of its approval {why}")))
}

/// Writes down what is approved now.
pub fn keep(connection: &Connection, approval: Option<&Approval>) -> Tried<()> {
    connection.execute("DELETE FROM approval", [])?;
    if let Some(approval) = approval {
        let sql = "INSERT INTO approval (one, plan, at, rows) VALUES (1, ?1, ?2, ?3)";
        connection.execute(sql, (&approval.plan, approval.at.0, approval.to_bytes()))?;
    }
    Ok(())
}
