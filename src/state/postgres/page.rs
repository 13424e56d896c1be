//! One page of the recorded rows, in the order of their key.

use std::fmt::Write;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::rows;
use super::trouble::Tried;
use crate::state::RowQuery;
use crate::state::query::{Declared, Wanted};
use crate::text_rows::{SET, TextRow, TextRows};

/// Reads at most `limit` of these rows behind the key `after`.
pub async fn read(
    client: &Client,
    query: RowQuery<'_>,
    after: Option<(&str, &str)>,
    limit: usize,
    into: &mut TextRows,
) -> Tried<()> {
    let (sql, values) = statement(&query.wanted(), after, limit);
    let values: Vec<(&(dyn ToSql + Sync), Type)> =
        values.iter().map(|value| (value as &(dyn ToSql + Sync), Type::TEXT)).collect();
    for row in client.query_typed(&sql, &values).await? {
        into.push(TextRow {
            subject: row.try_get(0)?,
            item: row.try_get(1)?,
            value: row.try_get(2)?,
            mark: rows::mark(row.try_get(3)?)?,
        });
    }
    Ok(())
}

/// The statement and its values. The kind is written out, so that the index of the users of an alias is found.
fn statement<'a>(
    wanted: &Wanted<'a>,
    after: Option<(&'a str, &'a str)>,
    limit: usize,
) -> (String, Vec<&'a str>) {
    let Wanted { kind, subject, item, value, declared } = *wanted;
    let mut sql = format!("SELECT subject, item, value, at FROM recorded WHERE kind = '{}'", kind.word());
    let mut values: Vec<&str> = Vec::new();
    let mut is = |column: &str, sign: &str, text: &'a str| {
        values.push(text);
        // Writing to a text does not fail.
        write!(sql, " AND {column} {sign} ${}", values.len()).unwrap_or_default();
    };
    for (column, wanted) in [("subject", subject), ("item", item), ("value", value)] {
        if let Some(wanted) = wanted {
            is(column, "=", wanted);
        }
    }
    match declared {
        Some(Declared::BySet) => is("value", "=", SET),
        Some(Declared::ByMembers) => is("value", "<>", SET),
        None => {}
    }
    match (after, subject) {
        (Some((_, item)), Some(_)) => is("item", ">", item),
        (Some((subject, item)), None) => {
            values.extend([subject, item]);
            let last = values.len();
            write!(sql, " AND (subject, item) > (${}, ${last})", last - 1).unwrap_or_default();
        }
        (None, _) => {}
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    write!(sql, " ORDER BY subject, item LIMIT {limit}").unwrap_or_default();
    (sql, values)
}
