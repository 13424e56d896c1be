//! What was approved and is not done yet: at most one plan, a row of the table for each of its rows.

use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::trouble::{Tried, Trouble};
use crate::plan::Approval;
use crate::timestamp::Timestamp;

/// So many rows go with one statement.
const ROWS_AT_ONCE: usize = 50_000;

/// What was approved.
pub async fn kept(client: &Client) -> Tried<Option<Approval>> {
    let found = client.query_typed("SELECT plan, at FROM approval", &[]).await?;
    let Some(found) = found.first() else { return Ok(None) };
    let (plan, at) = (found.try_get(0)?, found.try_get(1)?);
    let none: [(&(dyn ToSql + Sync), Type); 0] = [];
    let mut rows = pin!(client.query_typed_raw("SELECT row FROM approved ORDER BY row", none).await?);
    let mut stored: Vec<Vec<u8>> = Vec::new();
    while let Some(row) = rows.try_next().await? {
        stored.push(row.try_get(0)?);
    }
    let approval = Approval::from_stored(plan, Timestamp(at), &stored);
    approval.map(Some).map_err(|why| Trouble::Damaged(format!("of its approval {why}")))
}

/// Writes down what is approved now.
pub async fn keep(client: &Client, approval: Option<&Approval>) -> Tried<()> {
    client.batch_execute("DELETE FROM approval; DELETE FROM approved").await?;
    let Some(approval) = approval else { return Ok(()) };
    let sql = "INSERT INTO approval (plan, at) VALUES ($1, $2)";
    client.execute_typed(sql, &[(&approval.plan, Type::TEXT), (&approval.at.0, Type::INT8)]).await?;
    let mut rows = approval.stored().peekable();
    while rows.peek().is_some() {
        let some: Vec<Vec<u8>> = rows.by_ref().take(ROWS_AT_ONCE).map(Vec::from).collect();
        let sql = "INSERT INTO approved (row) SELECT unnest($1)";
        client.execute_typed(sql, &[(&some, Type::BYTEA_ARRAY)]).await?;
    }
    Ok(())
}
