//! What was approved and is not done yet: at most one plan.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::trouble::{Tried, Trouble};
use crate::plan::Approval;
use crate::timestamp::Timestamp;

/// What was approved.
pub async fn kept(client: &Client) -> Tried<Option<Approval>> {
    let found = client.query_typed("SELECT plan, at, rows FROM approval", &[]).await?;
    let Some(found) = found.first() else { return Ok(None) };
    let (plan, at, rows) = (found.try_get(0)?, found.try_get(1)?, found.try_get::<_, &[u8]>(2)?);
    let approval = Approval::from_bytes(plan, Timestamp(at), rows);
    approval.map(Some).map_err(|why| Trouble::Damaged(format!("of its approval {why}")))
}

/// Writes down what is approved now.
pub async fn keep(client: &Client, approval: Option<&Approval>) -> Tried<()> {
    client.execute_typed("DELETE FROM approval", &[]).await?;
    if let Some(approval) = approval {
        let sql = "INSERT INTO approval (plan, at, rows) VALUES ($1, $2, $3)";
        let rows = approval.to_bytes();
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
            [(&approval.plan, Type::TEXT), (&approval.at.0, Type::INT8), (&rows, Type::BYTEA)];
        client.execute_typed(sql, &values).await?;
    }
    Ok(())
}
