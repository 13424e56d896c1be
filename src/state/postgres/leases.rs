//! The lease as a row. Who may take, keep and end it is `state/lease.rs`'s.
//!
//! Every transaction that looks at it to write locks the counter of fences first, so that nobody takes the lease
//! over between its look and its end.

use futures_util::future::join;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::schema;
use super::trouble::Tried;
use crate::state::{Claim, Lease, Presence, Whereabouts, lease};
use crate::timestamp::Timestamp;

/// The lease, if somebody holds one.
pub async fn held(client: &Client) -> Tried<Option<Lease>> {
    let sql = "SELECT id, owner, operation, acquired_at, ends_at, fence, process FROM lease";
    let Some(row) = client.query_typed_opt(sql, &[]).await? else { return Ok(None) };
    Ok(Some(Lease {
        id: row.try_get(0)?,
        owner: row.try_get(1)?,
        operation: row.try_get(2)?,
        acquired_at: Timestamp(row.try_get(3)?),
        ends_at: Timestamp(row.try_get(4)?),
        fence: row.try_get::<_, i64>(5)?.unsigned_abs(),
        process: row.try_get(6)?,
    }))
}

/// The lease as it stays until the end of this transaction.
pub async fn locked(client: &Client) -> Tried<Option<Lease>> {
    // Two statements, sent in this order: the second one sees what whoever was waited for has written.
    let lock = client.batch_execute("SELECT value FROM counter WHERE name = 'fence' FOR UPDATE");
    let (locked, held) = join(lock, held(client)).await;
    locked?;
    held
}

/// Takes the lease where nobody holds it any more.
pub async fn claim(client: &Client, claim: &Claim<'_>, now: Timestamp) -> Tried<Lease> {
    let held = locked(client).await?;
    if claim.presence == Presence::Here {
        lease::stays(gone(client).await?.as_ref())?;
    }
    let id = format!("{:012x}", fastrand::u64(..1 << 48));
    let lease = lease::granted(held.as_ref(), claim, now, (id, schema::count(client, "fence").await?))?;
    put(client, &lease).await?;
    Ok(lease)
}

async fn put(client: &Client, lease: &Lease) -> Tried<()> {
    let Lease { id, owner, operation, acquired_at, ends_at, fence, process } = lease;
    client.batch_execute("DELETE FROM lease").await?;
    let sql = "INSERT INTO lease (id, owner, operation, acquired_at, ends_at, fence, process) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    client
        .execute_typed(
            sql,
            &[
                (id, Type::TEXT),
                (owner, Type::TEXT),
                (operation, Type::TEXT),
                (&acquired_at.0, Type::INT8),
                (&ends_at.0, Type::INT8),
                (&fence.cast_signed(), Type::INT8),
                (process, Type::TEXT),
            ],
        )
        .await?;
    Ok(())
}

/// Moves the end of the lease.
pub async fn renew(client: &Client, ends_at: Timestamp) -> Tried<()> {
    client.execute_typed("UPDATE lease SET ends_at = $1", &[(&ends_at.0, Type::INT8)]).await?;
    Ok(())
}

/// Gives this lease back, if it is still the one that is held.
pub async fn release(client: &Client, lease: &Lease) -> Tried<()> {
    let fence = lease.fence.cast_signed();
    client.execute_typed("DELETE FROM lease WHERE fence = $1", &[(&fence, Type::INT8)]).await?;
    Ok(())
}

/// Ends whatever lease is held, if it has this id.
pub async fn unlock(client: &Client, id: Option<&str>) -> Tried<Option<Lease>> {
    let held = locked(client).await?;
    lease::endable(held.as_ref(), id)?;
    client.batch_execute("DELETE FROM lease").await?;
    Ok(held)
}

/// Where the state has gone to, and when.
pub async fn gone(client: &Client) -> Tried<Option<(String, Timestamp)>> {
    let Some(row) = client.query_typed_opt("SELECT place, at FROM moved", &[]).await? else {
        return Ok(None);
    };
    Ok(Some((row.try_get(0)?, Timestamp(row.try_get(1)?))))
}

/// Writes down where the state is.
pub async fn move_to(client: &Client, at: Whereabouts<'_>) -> Tried<()> {
    client.batch_execute("DELETE FROM moved").await?;
    if let Whereabouts::Elsewhere(place, since) = at {
        let sql = "INSERT INTO moved (place, at) VALUES ($1, $2)";
        client.execute_typed(sql, &[(&place, Type::TEXT), (&since.0, Type::INT8)]).await?;
    }
    Ok(())
}
