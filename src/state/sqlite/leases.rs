//! The lease as a row of the file. Its rules are `state/lease.rs`'s.

use rusqlite::{Connection, OptionalExtension};

use super::schema;
use super::trouble::Tried;
use crate::state::{Claim, Lease, Presence, Whereabouts, lease};
use crate::timestamp::Timestamp;

/// The lease, if somebody holds one.
pub fn held(connection: &Connection) -> Tried<Option<Lease>> {
    let sql = "SELECT id, owner, operation, acquired_at, ends_at, fence, process FROM lease";
    let held = connection.prepare_cached(sql)?.query_row([], |row| {
        Ok(Lease {
            id: row.get(0)?,
            owner: row.get(1)?,
            operation: row.get(2)?,
            acquired_at: Timestamp(row.get(3)?),
            ends_at: Timestamp(row.get(4)?),
            fence: row.get::<_, i64>(5)?.unsigned_abs(),
            process: row.get(6)?,
        })
    });
    Ok(held.optional()?)
}

/// Takes the lease where nobody holds it any more.
pub fn claim(connection: &Connection, claim: &Claim) -> Tried<Lease> {
    if claim.presence == Presence::Here {
        lease::stays(gone(connection)?.as_ref())?;
    }
    let fence = schema::count(connection, "fence", 1)?.unsigned_abs();
    let id = format!("{:012x}", fastrand::u64(..1 << 48));
    let lease = lease::granted(held(connection)?.as_ref(), claim, claim.now, (id, fence))?;
    put(connection, &lease)?;
    Ok(lease)
}

fn put(connection: &Connection, lease: &Lease) -> Tried<()> {
    let Lease { id, owner, operation, acquired_at, ends_at, fence, process } = lease;
    let sql = "REPLACE INTO lease (one, id, owner, operation, acquired_at, ends_at, fence, process)
        VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let values = (id, owner, operation, acquired_at.0, ends_at.0, fence.cast_signed(), process);
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// Moves the end of the lease.
pub fn renew(connection: &Connection, ends_at: Timestamp) -> Tried<()> {
    connection.prepare_cached("UPDATE lease SET ends_at = ?1")?.execute([ends_at.0])?;
    Ok(())
}

/// Gives this lease back, if it is still the one that is held.
pub fn release(connection: &Connection, lease: &Lease) -> Tried<()> {
    connection.execute("DELETE FROM lease WHERE fence = ?1", [lease.fence.cast_signed()])?;
    Ok(())
}

/// Ends whatever lease is held, if it has this id.
pub fn unlock(connection: &Connection, id: Option<&str>) -> Tried<Option<Lease>> {
    let held = held(connection)?;
    lease::endable(held.as_ref(), id)?;
    connection.execute("DELETE FROM lease", [])?;
    Ok(held)
}

/// Where the state has gone to, and when.
pub fn gone(connection: &Connection) -> Tried<Option<(String, Timestamp)>> {
    let mut query = connection.prepare_cached("SELECT place, at FROM moved")?;
    Ok(query.query_row([], |row| Ok((row.get(0)?, Timestamp(row.get(1)?)))).optional()?)
}

/// Writes down where the state is.
pub fn move_to(connection: &Connection, at: Whereabouts) -> Tried<()> {
    connection.execute("DELETE FROM moved", [])?;
    if let Whereabouts::Elsewhere(place, since) = at {
        connection.execute("INSERT INTO moved (one, place, at) VALUES (1, ?1, ?2)", (place, since.0))?;
    }
    Ok(())
}
