//! The ledger of spends, which all runs of an account share, whatever their project or machine.
//!
//! Whoever spends locks its accounts' rows, reads what others have spent since, decides, and writes: so every
//! run sees the spends of all in one order. Moments are the server's: a run translates them by what it sees of
//! the difference, and where a message's way leaves that open, to the side on which it waits longer.

use std::collections::BTreeMap;

use futures_util::future::{join, try_join3};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use super::journal;
use super::trouble::{Tried, Trouble};
use crate::clock::Clock;
use crate::state::{CopiedSpend, Decide, SpendEntry, Told, UsedUp, copies};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// By which clock the moments in the tables go.
#[derive(Clone, Copy, Debug)]
pub enum Time {
    /// The server's. The machine's own may be wrong.
    Server(Clock),
    /// The callers': they share one, which may be virtual.
    Callers,
}

/// What the server's clock is ahead of ours, at least and at most.
#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    min_ms: i64,
    max_ms: i64,
}

/// The numbers of the accounts in the ledger.
pub type Accounts = BTreeMap<Vendor, i64>;

const NOW: &str = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

impl Time {
    /// The moment it is: the server's, or the caller's own.
    pub async fn now(self, client: &Client, now: Timestamp) -> Tried<Timestamp> {
        match self {
            Self::Callers => Ok(now),
            Self::Server(_) => server(client).await,
        }
    }

    async fn ahead(self, client: &Client) -> Tried<Ahead> {
        let Self::Server(clock) = self else { return Ok(Ahead::default()) };
        let before = clock.now();
        let server = server(client).await?;
        let after = clock.now();
        // Both clocks are cut to whole milliseconds.
        Ok(Ahead { min_ms: server.since(after) - 1, max_ms: server.since(before) + 1 })
    }
}

async fn server(client: &Client) -> Tried<Timestamp> {
    Ok(Timestamp(client.query_typed_one(NOW, &[]).await?.try_get(0)?))
}

impl Ahead {
    /// Our moment in the ledger, not too early: a reply counts from no moment before it came.
    const fn told(self, ours: Timestamp) -> Timestamp {
        ours.plus(self.max_ms)
    }

    /// The ledger's moment by our clock, not too early.
    const fn heard(self, theirs: Timestamp) -> Timestamp {
        theirs.plus(-self.min_ms)
    }
}

/// Locks the accounts until the end of the transaction; those that are not known yet are added.
async fn lock(client: &Client, accounts: &BTreeMap<Vendor, String>) -> Tried<Accounts> {
    let known = select(client, accounts, " FOR UPDATE").await?;
    if known.len() == accounts.len() {
        return Ok(known);
    }
    let (vendors, ids) = lists(accounts);
    let sql = "INSERT INTO account (vendor, account) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING";
    client.execute_typed(sql, &[(&vendors, Type::TEXT_ARRAY), (&ids, Type::TEXT_ARRAY)]).await?;
    select(client, accounts, " FOR UPDATE").await
}

fn lists(accounts: &BTreeMap<Vendor, String>) -> (Vec<&'static str>, Vec<&str>) {
    accounts.iter().map(|(vendor, account)| (vendor.word(), account.as_str())).unzip()
}

/// In the order of their numbers, in which everybody locks them.
async fn select(client: &Client, accounts: &BTreeMap<Vendor, String>, how: &str) -> Tried<Accounts> {
    let (vendors, ids) = lists(accounts);
    let sql = format!(
        "SELECT id, vendor FROM account \
         WHERE (vendor, account) IN (SELECT * FROM unnest($1, $2)) ORDER BY id{how}"
    );
    let mut found = Accounts::new();
    for row in client.query_typed(&sql, &[(&vendors, Type::TEXT_ARRAY), (&ids, Type::TEXT_ARRAY)]).await? {
        found.insert(super::rows::vendor(row.try_get(1)?)?, row.try_get(0)?);
    }
    Ok(found)
}

const COLUMNS: &str = "id, account, quota, subject, sent_at, replied_at";

/// Spends that a window which begins at `since` can still count.
pub async fn spends(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
    since: Timestamp,
) -> Tried<Vec<SpendEntry>> {
    // Without a lock an id that is given but not written yet could be passed over for good.
    let known = select(client, accounts, " FOR SHARE").await?;
    let ahead = time.ahead(client).await?;
    behind(client, ahead, &known, 0, since).await
}

/// Reads what others have spent, writes down what `decide` makes of it, and commits.
pub async fn exchange(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
    told: Told<'_>,
    decide: Decide<'_>,
) -> Tried<Vec<u64>> {
    // What does not depend on another's answer goes the same way: the clock first, which no lock delays.
    let (ahead, known) = join(time.ahead(client), lock(client, accounts)).await;
    let (ahead, known) = (ahead?, known?);
    let told_replies = reply(client, ahead, told.replies);
    let answered = answered(client, ahead, &known, told.open);
    let behind = behind(client, ahead, &known, told.seen, told.since);
    let ((), mut news, later) = try_join3(told_replies, answered, behind).await?;
    news.extend(later);
    let spends = decide(&news);
    let (added, committed) = join(add(client, ahead, &known, &spends), client.batch_execute("COMMIT")).await;
    let ids = added?;
    committed?;
    Ok(ids)
}

/// All spends of these accounts, with their origins.
pub async fn all_copies(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
) -> Tried<Vec<CopiedSpend>> {
    let known = select(client, accounts, " FOR SHARE").await?;
    let ahead = time.ahead(client).await?;
    all(client, ahead, &known).await
}

/// Adds the spends that are not there yet.
pub async fn add_copies(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
    new: &[CopiedSpend],
) -> Tried<()> {
    let (ahead, known) = join(time.ahead(client), lock(client, accounts)).await;
    let (ahead, known) = (ahead?, known?);
    let there = all(client, ahead, &known).await?;
    let new = copies::unknown(new, &there);
    let spends: Vec<SpendEntry> = new.iter().map(|copy| copy.spend.clone()).collect();
    let origins: Vec<&str> = new.iter().map(|copy| copy.origin.as_str()).collect();
    let ids: Vec<i64> =
        add(client, ahead, &known, &spends).await?.into_iter().map(u64::cast_signed).collect();
    let sql = "UPDATE spend SET origin = new.origin FROM unnest($1, $2) AS new (id, origin) WHERE spend.id = new.id";
    client.execute_typed(sql, &[(&ids, Type::INT8_ARRAY), (&origins, Type::TEXT_ARRAY)]).await?;
    Ok(())
}

async fn all(client: &Client, ahead: Ahead, known: &Accounts) -> Tried<Vec<CopiedSpend>> {
    let accounts: Vec<i64> = known.values().copied().collect();
    let sql = format!("SELECT {COLUMNS}, origin FROM spend WHERE account = ANY($1) ORDER BY id");
    let rows = client.query_typed(&sql, &[(&accounts, Type::INT8_ARRAY)]).await?;
    let stored = rows.iter().map(|row| Ok(row.try_get(6)?)).collect::<Tried<Vec<Option<String>>>>()?;
    // By the moments of the ledger itself, which are the same whoever reads them.
    let as_stored = entries(&rows, known, Ahead::default())?;
    let origins = copies::origins(stored.into_iter().zip(&as_stored));
    let spends = entries(&rows, known, ahead)?;
    Ok(origins.into_iter().zip(spends).map(|(origin, spend)| CopiedSpend { origin, spend }).collect())
}

/// Writes down when replies came.
pub async fn replied(client: &Client, time: Time, replies: &[(u64, Timestamp)]) -> Tried<()> {
    let ahead = time.ahead(client).await?;
    reply(client, ahead, replies).await
}

/// Drops spends of these accounts that ended before this.
pub async fn forget(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
    before: Timestamp,
) -> Tried<()> {
    let known: Vec<i64> = select(client, accounts, "").await?.into_values().collect();
    let before = Ahead { min_ms: 0, ..time.ahead(client).await? }.told(before).0;
    let sql = "DELETE FROM spend WHERE account = ANY($1) AND coalesce(replied_at, sent_at) < $2";
    client.execute_typed(sql, &[(&known, Type::INT8_ARRAY), (&before, Type::INT8)]).await?;
    let sql = "DELETE FROM used_up WHERE account = ANY($1) AND at < $2";
    client.execute_typed(sql, &[(&known, Type::INT8_ARRAY), (&before, Type::INT8)]).await?;
    Ok(())
}

/// What vendors said of days that are used up, of calls sent at `since` or later. These moments are translated to the
/// early side: late they could become those of the next day, which is not used up.
pub async fn used_up(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
    since: Timestamp,
) -> Tried<Vec<UsedUp>> {
    let known = select(client, accounts, "").await?;
    let ahead = time.ahead(client).await?;
    let vendor_of: BTreeMap<i64, Vendor> = known.iter().map(|(vendor, id)| (*id, *vendor)).collect();
    let ids: Vec<i64> = known.into_values().collect();
    let sql = "SELECT account, quota, subject, at FROM used_up WHERE account = ANY($1) AND at >= $2 \
         ORDER BY account, quota, subject";
    let since = since.plus(ahead.min_ms).0;
    let mut said = Vec::new();
    for row in client.query_typed(sql, &[(&ids, Type::INT8_ARRAY), (&since, Type::INT8)]).await? {
        let Some(vendor) = vendor_of.get(&row.try_get(0)?).copied() else { continue };
        said.push(UsedUp {
            vendor,
            quota: row.try_get(1)?,
            subject: row.try_get::<_, i64>(2)?.cast_unsigned(),
            at: Timestamp(row.try_get(3)?).plus(-ahead.max_ms),
        });
    }
    Ok(said)
}

/// Writes down what vendors said of days that are used up.
pub async fn record_used_up(
    client: &Client,
    time: Time,
    accounts: &BTreeMap<Vendor, String>,
    said: &[UsedUp],
) -> Tried<()> {
    let known = lock(client, accounts).await?;
    let ahead = time.ahead(client).await?;
    let sql = "INSERT INTO used_up (account, quota, subject, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account, quota, subject) DO UPDATE SET at = greatest(used_up.at, excluded.at)";
    for UsedUp { vendor, quota, subject, at } in said {
        let Some(account) = known.get(vendor) else { continue };
        let (subject, at) = (subject.cast_signed(), at.plus(ahead.min_ms).0);
        let given = [
            (account as _, Type::INT8),
            (quota as _, Type::TEXT),
            (&subject as _, Type::INT8),
            (&at as _, Type::INT8),
        ];
        client.execute_typed(sql, &given).await?;
    }
    Ok(())
}

async fn reply(client: &Client, ahead: Ahead, replies: &[(u64, Timestamp)]) -> Tried<()> {
    if replies.is_empty() {
        return Ok(());
    }
    let (ids, at): (Vec<i64>, Vec<i64>) =
        replies.iter().map(|(id, at)| (id.cast_signed(), ahead.told(*at).0)).unzip();
    let sql =
        "UPDATE spend SET replied_at = new.at FROM unnest($1, $2) AS new (id, at) WHERE spend.id = new.id";
    client.execute_typed(sql, &[(&ids, Type::INT8_ARRAY), (&at, Type::INT8_ARRAY)]).await?;
    Ok(())
}

async fn behind(
    client: &Client,
    ahead: Ahead,
    known: &Accounts,
    seen: u64,
    since: Timestamp,
) -> Tried<Vec<SpendEntry>> {
    let accounts: Vec<i64> = known.values().copied().collect();
    let since = since.plus(ahead.min_ms).0;
    let sql = format!(
        "SELECT {COLUMNS} FROM spend WHERE account = ANY($1) AND id > $2 \
         AND (sent_at >= $3 OR replied_at >= $3 OR replied_at IS NULL) ORDER BY id"
    );
    let seen = seen.cast_signed();
    let given = [(&accounts as _, Type::INT8_ARRAY), (&seen as _, Type::INT8), (&since as _, Type::INT8)];
    entries(&client.query_typed(&sql, &given).await?, known, ahead)
}

/// Those of these spends that have a reply by now.
async fn answered(client: &Client, ahead: Ahead, known: &Accounts, open: &[u64]) -> Tried<Vec<SpendEntry>> {
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = open.iter().map(|id| id.cast_signed()).collect();
    let sql =
        format!("SELECT {COLUMNS} FROM spend WHERE id = ANY($1) AND replied_at IS NOT NULL ORDER BY id");
    entries(&client.query_typed(&sql, &[(&ids, Type::INT8_ARRAY)]).await?, known, ahead)
}

fn entries(rows: &[Row], known: &Accounts, ahead: Ahead) -> Tried<Vec<SpendEntry>> {
    let vendor_of: BTreeMap<i64, Vendor> = known.iter().map(|(vendor, id)| (*id, *vendor)).collect();
    let entry = |row: &Row| {
        let account: i64 = row.try_get(1)?;
        let vendor = vendor_of.get(&account).copied();
        Ok(SpendEntry {
            id: row.try_get::<_, i64>(0)?.unsigned_abs(),
            vendor: vendor.ok_or_else(|| Trouble::Damaged(format!("it has no account {account}")))?,
            quota: row.try_get(2)?,
            subject: row.try_get::<_, i64>(3)?.cast_unsigned(),
            sent_at: ahead.heard(Timestamp(row.try_get(4)?)),
            replied_at: row.try_get::<_, Option<i64>>(5)?.map(|at| ahead.heard(Timestamp(at))),
        })
    };
    rows.iter().map(entry).collect()
}

async fn add(client: &Client, ahead: Ahead, known: &Accounts, spends: &[SpendEntry]) -> Tried<Vec<u64>> {
    if spends.is_empty() {
        return Ok(Vec::new());
    }
    let account = |spend: &SpendEntry| {
        let id = known.get(&spend.vendor).copied();
        id.ok_or_else(|| Trouble::Damaged(format!("a spend of {} has no account", spend.vendor.word())))
    };
    let accounts: Vec<i64> = spends.iter().map(account).collect::<Tried<_>>()?;
    let quotas: Vec<&str> = spends.iter().map(|spend| spend.quota.as_str()).collect();
    let subjects: Vec<i64> = spends.iter().map(|spend| spend.subject.cast_signed()).collect();
    // Late rather than early: whoever gets no reply counts from here.
    let sent: Vec<i64> = spends.iter().map(|spend| ahead.told(spend.sent_at).0).collect();
    let replied: Vec<Option<i64>> =
        spends.iter().map(|spend| spend.replied_at.map(|at| ahead.told(at).0)).collect();
    let sql = "INSERT INTO spend (account, quota, subject, sent_at, replied_at) \
        SELECT account, quota, subject, sent_at, replied_at FROM unnest($1, $2, $3, $4, $5) \
        WITH ORDINALITY AS new (account, quota, subject, sent_at, replied_at, place) ORDER BY place RETURNING id";
    let lists = [
        (&accounts as _, Type::INT8_ARRAY),
        (&quotas as _, Type::TEXT_ARRAY),
        (&subjects as _, Type::INT8_ARRAY),
        (&sent as _, Type::INT8_ARRAY),
        (&replied as _, Type::INT8_ARRAY),
    ];
    journal::numbers(&client.query_typed(sql, &lists).await?)
}
