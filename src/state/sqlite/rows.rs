//! The recorded rows, the values kept of replaced properties, and all of it at one moment.

use rusqlite::Connection;

use super::schema;
use super::trouble::{Tried, Trouble};
use crate::names::{Name, Names, Trail};
use crate::plan::Recorded;
use crate::state::{Keep, RowChange, order};
use crate::table::{Kind, Row, Table};
use crate::text_rows::TextRow;
use crate::wire::Vendor;

/// The number of a kind in the file. Written out, so that no reordering of the kinds can change it.
pub const fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Alias => 1,
        Kind::Tag => 2,
        Kind::Blacklist => 3,
        Kind::DeviceToken => 4,
        Kind::Property => 5,
        Kind::Device => 6,
    }
}

/// Everything that a plan needs to know of the state.
pub fn snapshot(connection: &Connection, names: &mut Names) -> Tried<Recorded> {
    let mut recorded = about(connection, names)?;
    for (kind, rows) in Kind::ALL.into_iter().zip(all_rows(connection, names)?) {
        recorded.tables.set(kind, Table::from_rows(rows));
    }
    Ok(recorded)
}

/// All of it but the rows.
pub fn about(connection: &Connection, names: &mut Names) -> Tried<Recorded> {
    refuse_other_kinds(connection)?;
    let serial = schema::counter(connection, "serial")?;
    let mut recorded = Recorded { serial: serial.unsigned_abs(), ..Recorded::default() };
    let mut kept = connection.prepare("SELECT device, property, value, at FROM kept")?;
    let mut kept = kept.query([])?;
    while let Some(found) = kept.next()? {
        let mut name = |column| text(found, column).map(|text| names.intern(text));
        let (subject, item, value) = (name(0)?, name(1)?, name(2)?);
        recorded.kept.push(Row { subject, item, value, mark: found.get(3)? });
    }
    recorded.kept.sort_unstable_by_key(Row::key);
    let mut protected = connection.prepare("SELECT property FROM protected")?;
    let mut protected = protected.query([])?;
    while let Some(found) = protected.next()? {
        recorded.protected.push(names.intern(text(found, 0)?));
    }
    recorded.protected.sort_unstable();
    let mut accounts = connection.prepare("SELECT vendor, account FROM account")?;
    let accounts = accounts.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    for account in accounts {
        let (word, account) = account?;
        recorded.accounts.insert(vendor(&word)?, account);
    }
    Ok(recorded)
}

/// Rows of a kind that nobody asks for would be passed over: only a damaged file has such.
fn refuse_other_kinds(connection: &Connection) -> Tried<()> {
    // Two questions: one for both ends would read the whole table.
    for sql in ["SELECT min(kind) FROM recorded", "SELECT max(kind) FROM recorded"] {
        let kind: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
        if let Some(kind) = kind.filter(|kind| !Kind::ALL.iter().any(|one| i64::from(number(*one)) == *kind))
        {
            return Err(Trouble::Damaged(format!("it holds rows of a kind {kind}")));
        }
    }
    Ok(())
}

/// A text of the file. Of an older format it may be missing, which only damage explains.
pub fn text<'a>(row: &'a rusqlite::Row, column: usize) -> Tried<&'a str> {
    let text = row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?;
    text.ok_or_else(|| Trouble::Damaged("one of its rows names a text that it does not hold".to_owned()))
}

/// The vendor of a word in the file.
pub fn vendor(word: &str) -> Tried<Vendor> {
    let known = Vendor::ALL.into_iter().find(|vendor| vendor.word() == word);
    known.ok_or_else(|| Trouble::Damaged(format!("it names a vendor `{word}`, which nobody knows")))
}

/// The rows of each kind, in the order of [`Kind::ALL`]. One scan of the whole table: a condition on the kind
/// would cost every row a comparison.
fn all_rows(connection: &Connection, names: &mut Names) -> Tried<[Vec<Row>; Kind::ALL.len()]> {
    let mut rows = Kind::ALL.map(|_| Vec::new());
    let sql = "SELECT kind, subject, item, value, at FROM recorded ORDER BY kind, subject, item";
    let mut query = connection.prepare(sql)?;
    let mut found = query.query([])?;
    let mut trails = [Trail::default(); 3];
    let (mut place, mut last) = (0, Name::NONE);
    while let Some(one) = found.next()? {
        let kind: u8 = one.get(0)?;
        while place < rows.len() && number(Kind::ALL[place]) != kind {
            place += 1;
        }
        let of_kind = rows.get_mut(place);
        let of_kind = of_kind.ok_or_else(|| Trouble::Damaged(format!("it holds rows of a kind {kind}")))?;
        let [subject, item, value] = &mut trails;
        let subject_text = text(one, 1)?;
        if names.text(last) != subject_text {
            last = names.intern_along(subject, subject_text);
        }
        let (item, value) =
            (names.intern_along(item, text(one, 2)?), names.intern_along(value, text(one, 3)?));
        of_kind.push(Row { subject: last, item, value, mark: one.get(4)? });
    }
    Ok(rows)
}

/// Changes rows, sorted by key: so a million is written at the end of the table rather than all over it.
pub fn change(connection: &Connection, names: &Names, rows: &[RowChange]) -> Tried<()> {
    let mut put = connection.prepare_cached(
        "REPLACE INTO recorded (kind, subject, item, value, at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let mut remove =
        connection.prepare_cached("DELETE FROM recorded WHERE kind = ?1 AND subject = ?2 AND item = ?3")?;
    let text = |name: Name| names.text(name);
    for change in order::by_text(names, rows, number) {
        match *change {
            RowChange::Put(kind, Row { subject, item, value, mark }) => {
                put.execute((number(kind), text(subject), text(item), text(value), mark))?
            }
            RowChange::Drop(kind, subject, item) => {
                remove.execute((number(kind), text(subject), text(item)))?
            }
        };
    }
    Ok(())
}

/// Keeps values of a property that is about to be replaced, or lets go of them.
pub fn keep(connection: &Connection, names: &Names, rows: &[Row], keep: Keep) -> Tried<()> {
    let mut hold = connection
        .prepare_cached("REPLACE INTO kept (device, property, value, at) VALUES (?1, ?2, ?3, ?4)")?;
    let mut let_go = connection.prepare_cached("DELETE FROM kept WHERE device = ?1 AND property = ?2")?;
    for row in rows {
        let TextRow { subject, item, value, mark } = TextRow::of(row, names);
        match keep {
            Keep::Hold => hold.execute((subject, item, value, mark))?,
            Keep::LetGo => let_go.execute((subject, item))?,
        };
    }
    Ok(())
}
