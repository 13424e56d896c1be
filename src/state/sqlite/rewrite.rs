//! Rewrites the rows of an older format, within the transaction that brings a file up to date.

use rusqlite::{Connection, Row};

use super::rows::text;
use super::trouble::Tried;

/// Is told what is done and how far it is, where it takes long.
pub type Progress<'a> = &'a dyn Fn(&str);

/// Below so many rows nobody waits.
const ROWS_FEW: u64 = 100_000;

/// How often it is told how far it is, at most.
const TOLD_MAX: u64 = 10;

/// Rows that name their texts by numbers become rows with their texts, sorted by these.
pub fn by_text(connection: &Connection, progress: Progress) -> Tried<()> {
    rows(connection, progress)?;
    small(
        connection,
        "SELECT device.text, property.text, value.text, kept_6.at FROM kept_6
            LEFT JOIN name AS device ON device.id = kept_6.device
            LEFT JOIN name AS property ON property.id = kept_6.property
            LEFT JOIN name AS value ON value.id = kept_6.value
            ORDER BY 1, 2",
        |row| {
            let sql = "INSERT INTO kept (device, property, value, at) VALUES (?1, ?2, ?3, ?4)";
            let values = (text(row, 0)?, text(row, 1)?, text(row, 2)?, row.get::<_, i64>(3)?);
            connection.prepare_cached(sql)?.execute(values)?;
            Ok(())
        },
    )?;
    small(
        connection,
        "SELECT name.text FROM protected_6 LEFT JOIN name ON name.id = protected_6.property ORDER BY 1",
        |row| {
            let sql = "INSERT INTO protected (property) VALUES (?1)";
            connection.prepare_cached(sql)?.execute([text(row, 0)?])?;
            Ok(())
        },
    )?;
    connection.execute_batch(
        "DROP TABLE row; DROP TABLE kept_6; DROP TABLE protected_6; DROP TABLE name;
        CREATE INDEX users_of_alias ON recorded (value) WHERE kind = 1;",
    )?;
    Ok(())
}

fn rows(connection: &Connection, progress: Progress) -> Tried<()> {
    let total = connection.query_row("SELECT count(*) FROM row", [], |row| row.get::<_, i64>(0))?;
    let total = total.unsigned_abs();
    let is_long = total >= ROWS_FEW;
    if is_long {
        progress(&format!(
            "The state is brought to a new format, once: {total} rows are sorted and rewritten."
        ));
    }
    // The rows lead, so that one whose subject is missing is not passed over.
    let sql = "SELECT row.kind, subject.text, item.text, value.text, row.at FROM row
        LEFT JOIN name AS subject ON subject.id = row.subject LEFT JOIN name AS item ON item.id = row.item
        LEFT JOIN name AS value ON value.id = row.value
        ORDER BY row.kind, subject.text, item.text";
    let mut query = connection.prepare(sql)?;
    let mut found = query.query([])?;
    let mut insert = connection
        .prepare("INSERT INTO recorded (kind, subject, item, value, at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let (mut done, step) = (0u64, total.div_ceil(TOLD_MAX).max(1));
    while let Some(row) = found.next()? {
        let (kind, at): (i64, i64) = (row.get(0)?, row.get(4)?);
        insert.execute((kind, text(row, 1)?, text(row, 2)?, text(row, 3)?, at))?;
        done += 1;
        if is_long && done % step == 0 {
            progress(&format!("{done} of {total} rows are rewritten."));
        }
    }
    Ok(())
}

fn small(connection: &Connection, sql: &str, put: impl Fn(&Row) -> Tried<()>) -> Tried<()> {
    let mut query = connection.prepare(sql)?;
    let mut found = query.query([])?;
    while let Some(row) = found.next()? {
        put(row)?;
    }
    Ok(())
}
