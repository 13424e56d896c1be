//! The recorded rows, the values kept of replaced properties, and all of it at one moment.
//!
//! Many rows go by COPY where the connection is ours alone, into the table itself where it is empty. They are sorted by
//! their texts first, so that the index grows at its end.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::journal;
use super::place::Bulk;
use super::trouble::{Tried, Trouble};
use crate::names::{Name, Names, Trail};
use crate::plan::Recorded;
use crate::state::{Keep, RowChange, Whole, order};
use crate::table::{Kind, Row, Table};
use crate::wire::Vendor;

/// Up to so many rows go as the parameters of one statement, which saves the way that a copy takes more.
const FEW: usize = 1_000;

/// The columns of a row: kind, subject, item, value, at.
const COLUMNS: [Type; 5] = [Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::INT8];

/// Everything that a plan needs to know of the state.
pub async fn snapshot(client: &Client, names: &mut Names) -> Tried<Recorded> {
    let mut recorded = about(client, names).await?;
    for (kind, rows) in Kind::ALL.into_iter().zip(all_rows(client, names).await?) {
        recorded.tables.set(kind, Table::from_rows(rows));
    }
    Ok(recorded)
}

/// All of it but the rows.
pub async fn about(client: &Client, names: &mut Names) -> Tried<Recorded> {
    refuse_other_kinds(client).await?;
    let serial = client.query_typed_one("SELECT value FROM counter WHERE name = 'serial'", &[]).await?;
    let serial = serial.try_get::<_, i64>(0)?.unsigned_abs();
    let mut recorded = Recorded { serial, ..Recorded::default() };
    for found in client.query_typed("SELECT device, property, value, at FROM kept", &[]).await? {
        let mut name = |at| Ok::<_, Trouble>(names.intern(found.try_get(at)?));
        let (subject, item, value) = (name(0)?, name(1)?, name(2)?);
        recorded.kept.push(Row { subject, item, value, mark: mark(found.try_get(3)?)? });
    }
    recorded.kept.sort_unstable_by_key(Row::key);
    for found in client.query_typed("SELECT property FROM protected", &[]).await? {
        recorded.protected.push(names.intern(found.try_get(0)?));
    }
    recorded.protected.sort_unstable();
    recorded.accounts = accounts(client).await?;
    Ok(recorded)
}

/// The accounts that the state belongs to.
pub async fn accounts(client: &Client) -> Tried<BTreeMap<Vendor, String>> {
    let mut accounts = BTreeMap::new();
    for found in client.query_typed("SELECT vendor, account FROM account", &[]).await? {
        accounts.insert(vendor(found.try_get(0)?)?, found.try_get(1)?);
    }
    Ok(accounts)
}

/// The vendor of a word in the tables.
pub fn vendor(word: &str) -> Tried<Vendor> {
    let known = Vendor::ALL.into_iter().find(|vendor| vendor.word() == word);
    known.ok_or_else(|| Trouble::Damaged(format!("it names a vendor `{word}`, which nobody knows")))
}

/// Rows of a kind that nobody asks for would be passed over: only damaged tables have such.
async fn refuse_other_kinds(client: &Client) -> Tried<()> {
    let sql = "SELECT kind FROM (SELECT min(kind) AS kind FROM recorded UNION SELECT max(kind) FROM recorded) AS ends \
        WHERE kind IS NOT NULL";
    for found in client.query_typed(sql, &[]).await? {
        let word: &str = found.try_get(0)?;
        if Kind::from_word(word).is_none() {
            return Err(Trouble::Damaged(format!("it holds rows of a kind `{word}`")));
        }
    }
    Ok(())
}

pub(super) fn mark(at: i64) -> Tried<u32> {
    u32::try_from(at).map_err(|_| Trouble::Damaged(format!("it holds a row of the second {at}")))
}

/// The rows of each kind, in the order of [`Kind::ALL`].
async fn all_rows(client: &Client, names: &mut Names) -> Tried<[Vec<Row>; Kind::ALL.len()]> {
    let mut rows = Kind::ALL.map(|_| Vec::new());
    let sql = "SELECT kind, subject, item, value, at FROM recorded";
    let none: [(&(dyn ToSql + Sync), Type); 0] = [];
    let mut found = pin!(client.query_typed_raw(sql, none).await?);
    let mut trails = [Trail::default(); 3];
    let mut last = (Kind::Alias, 0);
    while let Some(one) = found.try_next().await? {
        let word: &str = one.try_get(0)?;
        if last.0.word() != word {
            let place = Kind::ALL.into_iter().position(|kind| kind.word() == word);
            let place = place.ok_or_else(|| Trouble::Damaged(format!("it holds rows of a kind `{word}`")))?;
            last = (Kind::ALL[place], place);
        }
        rows[last.1].push(row(&one, names, &mut trails)?);
    }
    Ok(rows)
}

fn row(found: &tokio_postgres::Row, names: &mut Names, trails: &mut [Trail; 3]) -> Tried<Row> {
    let [subject, item, value] = trails;
    Ok(Row {
        subject: names.intern_along(subject, found.try_get(1)?),
        item: names.intern_along(item, found.try_get(2)?),
        value: names.intern_along(value, found.try_get(3)?),
        mark: mark(found.try_get(4)?)?,
    })
}

/// Changes rows.
pub async fn change(client: &Client, bulk: Bulk, names: &Names, rows: &[RowChange]) -> Tried<()> {
    let (mut puts, mut drops) = (Vec::new(), Vec::new());
    for change in order::by_text(names, rows, Kind::word) {
        match *change {
            RowChange::Put(kind, row) => puts.push((kind, row)),
            RowChange::Drop(kind, subject, item) => drops.push((kind, subject, item)),
        }
    }
    remove(client, names, &drops).await?;
    if puts.len() <= FEW || bulk == Bulk::Insert {
        for some in puts.chunks(FEW * 10) {
            put_few(client, names, some).await?;
        }
        return Ok(());
    }
    let is_empty = client.query_typed_opt("SELECT 1 FROM recorded LIMIT 1", &[]).await?.is_none();
    if is_empty {
        return copy(client, names, "recorded", puts).await;
    }
    client
        .batch_execute(
            "CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS \
             SELECT kind, subject, item, value, at FROM recorded WITH NO DATA",
        )
        .await?;
    copy(client, names, "incoming", puts).await?;
    client
        .batch_execute(
            "INSERT INTO recorded SELECT kind, subject, item, value, at FROM incoming \
             ON CONFLICT (kind, subject, item) DO UPDATE SET value = excluded.value, at = excluded.at; \
             DROP TABLE incoming",
        )
        .await?;
    Ok(())
}

type Key = (Kind, Name, Name);

async fn remove(client: &Client, names: &Names, keys: &[Key]) -> Tried<()> {
    // As many at a time as a statement takes without a noticeable load.
    for keys in keys.chunks(FEW * 10) {
        let kinds: Vec<&str> = keys.iter().map(|(kind, ..)| kind.word()).collect();
        let subjects: Vec<&str> = keys.iter().map(|(_, subject, _)| names.text(*subject)).collect();
        let items: Vec<&str> = keys.iter().map(|(.., item)| names.text(*item)).collect();
        let sql = "DELETE FROM recorded USING unnest($1, $2, $3) AS gone (kind, subject, item) \
            WHERE recorded.kind = gone.kind AND recorded.subject = gone.subject AND recorded.item = gone.item";
        let lists = [
            (&kinds as _, Type::TEXT_ARRAY),
            (&subjects as _, Type::TEXT_ARRAY),
            (&items as _, Type::TEXT_ARRAY),
        ];
        client.execute_typed(sql, &lists).await?;
    }
    Ok(())
}

async fn put_few(client: &Client, names: &Names, rows: &[(Kind, Row)]) -> Tried<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let kinds: Vec<&str> = rows.iter().map(|(kind, _)| kind.word()).collect();
    let texts =
        |of: fn(&Row) -> Name| -> Vec<&str> { rows.iter().map(|(_, row)| names.text(of(row))).collect() };
    let (subjects, items, values) = (texts(|row| row.subject), texts(|row| row.item), texts(|row| row.value));
    let at: Vec<i64> = rows.iter().map(|(_, row)| i64::from(row.mark)).collect();
    let sql = "INSERT INTO recorded (kind, subject, item, value, at) SELECT * FROM unnest($1, $2, $3, $4, $5) \
        ON CONFLICT (kind, subject, item) DO UPDATE SET value = excluded.value, at = excluded.at";
    let lists = [
        (&kinds as _, Type::TEXT_ARRAY),
        (&subjects as _, Type::TEXT_ARRAY),
        (&items as _, Type::TEXT_ARRAY),
        (&values as _, Type::TEXT_ARRAY),
        (&at as _, Type::INT8_ARRAY),
    ];
    client.execute_typed(sql, &lists).await?;
    Ok(())
}

async fn copy(client: &Client, names: &Names, table: &str, rows: Vec<(Kind, Row)>) -> Tried<()> {
    let sql = format!("COPY {table} (kind, subject, item, value, at) FROM STDIN (FORMAT binary)");
    let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &COLUMNS));
    for (kind, Row { subject, item, value, mark }) in rows {
        let [subject, item, value] = [subject, item, value].map(|name| names.text(name));
        writer.as_mut().write(&[&kind.word(), &subject, &item, &value, &i64::from(mark)]).await?;
    }
    writer.finish().await?;
    Ok(())
}

/// Keeps values of a property that is about to be replaced, or lets go of them.
pub async fn keep(client: &Client, names: &Names, rows: &[Row], keep: Keep) -> Tried<()> {
    for rows in rows.chunks(FEW * 10) {
        let texts =
            |of: fn(&Row) -> Name| -> Vec<&str> { rows.iter().map(|row| names.text(of(row))).collect() };
        let (devices, properties) = (texts(|row| row.subject), texts(|row| row.item));
        let devices = (&devices as _, Type::TEXT_ARRAY);
        let properties = (&properties as _, Type::TEXT_ARRAY);
        match keep {
            Keep::Hold => {
                let values = texts(|row| row.value);
                let at: Vec<i64> = rows.iter().map(|row| i64::from(row.mark)).collect();
                let sql = "INSERT INTO kept (device, property, value, at) \
                    SELECT * FROM unnest($1, $2, $3, $4) \
                    ON CONFLICT (device, property) DO UPDATE SET value = excluded.value, at = excluded.at";
                let lists =
                    [devices, properties, (&values as _, Type::TEXT_ARRAY), (&at as _, Type::INT8_ARRAY)];
                client.execute_typed(sql, &lists).await?;
            }
            Keep::LetGo => {
                let sql = "DELETE FROM kept USING unnest($1, $2) AS gone (device, property) \
                    WHERE kept.device = gone.device AND kept.property = gone.property";
                client.execute_typed(sql, &[devices, properties]).await?;
            }
        }
    }
    Ok(())
}

/// Puts a whole state in the place of this one.
pub async fn restore(client: &Client, bulk: Bulk, whole: &Whole) -> Tried<()> {
    let Whole { names, recorded, .. } = whole;
    client.batch_execute("TRUNCATE recorded, kept, call, approval, approved").await?;
    change(client, bulk, names, &whole.puts()).await?;
    keep(client, names, &recorded.kept, Keep::Hold).await?;
    belongs(client, names, &recorded.protected, &recorded.accounts).await?;
    journal::intend(client, names, &whole.intents()).await?;
    let serial = recorded.serial.cast_signed();
    let sql = "UPDATE counter SET value = $1 WHERE name = 'serial'";
    client.execute_typed(sql, &[(&serial, Type::INT8)]).await?;
    Ok(())
}

/// Writes down the protected properties and the accounts.
pub async fn belongs(
    client: &Client,
    names: &Names,
    protected: &[Name],
    accounts: &BTreeMap<Vendor, String>,
) -> Tried<()> {
    let properties: Vec<&str> = protected.iter().map(|name| names.text(*name)).collect();
    client.batch_execute("DELETE FROM protected; DELETE FROM account").await?;
    let sql = "INSERT INTO protected SELECT DISTINCT unnest($1)";
    client.execute_typed(sql, &[(&properties, Type::TEXT_ARRAY)]).await?;
    let vendors: Vec<&str> = accounts.keys().map(|vendor| vendor.word()).collect();
    let ids: Vec<&str> = accounts.values().map(String::as_str).collect();
    let sql = "INSERT INTO account (vendor, account) SELECT * FROM unnest($1, $2)";
    client.execute_typed(sql, &[(&vendors, Type::TEXT_ARRAY), (&ids, Type::TEXT_ARRAY)]).await?;
    Ok(())
}
