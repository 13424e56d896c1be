//! One page of the recorded rows, in the order of their key.

use std::fmt::Write;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::rows::{self, text};
use super::trouble::Tried;
use crate::state::RowQuery;
use crate::state::query::{Declared, Wanted};
use crate::text_rows::{SET, TextRow, TextRows};

/// Reads at most `limit` of these rows behind the key `after`.
pub fn read(
    connection: &Connection,
    query: RowQuery,
    after: Option<(&str, &str)>,
    limit: usize,
    into: &mut TextRows,
) -> Tried<()> {
    let (sql, values) = statement(&query.wanted(), after, limit);
    let mut query = connection.prepare_cached(&sql)?;
    let mut found = query.query(params_from_iter(values))?;
    while let Some(row) = found.next()? {
        let (subject, item, value) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
        into.push(TextRow { subject, item, value, mark: row.get(3)? });
    }
    Ok(())
}

/// The statement and its values. What has an index is written out, so that it is found whatever the values are.
fn statement(wanted: &Wanted, after: Option<(&str, &str)>, limit: usize) -> (String, Vec<Value>) {
    let Wanted { kind, subject, item, value, declared } = wanted;
    let mut sql =
        format!("SELECT subject, item, value, at FROM recorded WHERE kind = {}", rows::number(*kind));
    let mut values = Vec::new();
    let mut is = |column: &str, sign: &str, text: &str| {
        values.push(Value::from(text.to_owned()));
        // Writing to a text does not fail.
        write!(sql, " AND {column} {sign} ?{}", values.len()).unwrap_or_default();
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
            values.extend([subject, item].map(|text| Value::from(text.to_owned())));
            let last = values.len();
            write!(sql, " AND (subject, item) > (?{}, ?{last})", last - 1).unwrap_or_default();
        }
        (None, _) => {}
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    write!(sql, " ORDER BY subject, item LIMIT {limit}").unwrap_or_default();
    (sql, values)
}
