//! The journal of calls without an outcome.
//!
//! A settled call leaves it: what it came to stands in the rows.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::trouble::{Tried, Trouble};
use crate::names::Names;
use crate::state::{Doubt, Intent, Outcome, codec};
use crate::timestamp::Timestamp;

/// Writes down calls that are about to be sent.
pub async fn intend(client: &Client, names: &Names, calls: &[Intent<'_>]) -> Tried<Vec<u64>> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let writes: Vec<String> = calls.iter().map(|call| codec::encode_write(call.write, names)).collect();
    let rows: Vec<String> = calls.iter().map(|call| codec::encode_rows(&call.rows, names)).collect();
    let at: Vec<i64> = calls.iter().map(|call| call.at.0).collect();
    let sql = "INSERT INTO call (write, rows, at) \
        SELECT write, rows, at FROM unnest($1, $2, $3) WITH ORDINALITY AS new (write, rows, at, place) \
        ORDER BY place RETURNING id";
    let lists =
        [(&writes as _, Type::TEXT_ARRAY), (&rows as _, Type::TEXT_ARRAY), (&at as _, Type::INT8_ARRAY)];
    numbers(&client.query_typed(sql, &lists).await?)
}

/// Numbers that were given in the order of what they number.
pub fn numbers(rows: &[tokio_postgres::Row]) -> Tried<Vec<u64>> {
    let mut numbers = Vec::with_capacity(rows.len());
    for row in rows {
        numbers.push(row.try_get::<_, i64>(0)?.unsigned_abs());
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Takes calls that have an outcome out of the journal.
pub async fn settle(client: &Client, outcomes: &[Outcome]) -> Tried<()> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = outcomes.iter().map(|one| one.id.cast_signed()).collect();
    client.execute_typed("DELETE FROM call WHERE id = ANY($1)", &[(&ids, Type::INT8_ARRAY)]).await?;
    Ok(())
}

/// The calls without an outcome.
pub async fn doubts(client: &Client, names: &mut Names) -> Tried<Vec<Doubt>> {
    let mut doubts = Vec::new();
    for row in client.query_typed("SELECT id, write, rows, at FROM call ORDER BY id", &[]).await? {
        let id: i64 = row.try_get(0)?;
        let damaged = |why| Trouble::Damaged(format!("of call {id} in its journal {why}"));
        doubts.push(Doubt {
            id: id.unsigned_abs(),
            write: codec::decode_write(row.try_get(1)?, names).map_err(damaged)?,
            rows: codec::decode_rows(row.try_get(2)?, names).map_err(damaged)?,
            at: Timestamp(row.try_get(3)?),
        });
    }
    Ok(doubts)
}
