//! The tables of a state and of the ledger, and the steps that bring older ones up to date.
//!
//! Never edit a step that was released: add one. A schema knows its format by the table `format`.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::trouble::{self, Tried};
use crate::problem::Problem;

/// Tables of one sort: where they are and how they came about.
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    /// The steps from nothing to the newest format; a schema's format is the number of steps behind it.
    pub steps: &'static [Step],
}

/// One step from a format to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What the next writer does.
    pub write: &'static str,
    /// What a reader does instead, and undoes: enough to read as much, and as few locks and as little work as possible,
    /// since it does so for every page.
    pub read: &'static str,
}

/// A step that is the same for readers.
pub const fn step(sql: &'static str) -> Step {
    Step { write: sql, read: sql }
}

/// A state.
pub const STATE: Tables = Tables {
    steps: &[
        step(STATE_1),
        step(STATE_2),
        Step { write: STATE_3, read: "" },
        Step { write: STATE_4, read: "CREATE TABLE approved AS SELECT rows AS row FROM approval" },
    ],
};
/// The ledger of spends.
pub const LEDGER: Tables = Tables { steps: &[step(LEDGER_1), step(LEDGER_2), step(LEDGER_3)] };

/// Rows with their texts, so that people can look into them with any tool. Texts are compared byte by byte,
/// which is the order in which rows are written, and which no setting of the server changes.
const STATE_1: &str = r#"
CREATE TABLE recorded (
    kind text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, item text COLLATE "C" NOT NULL,
    value text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (kind, subject, item)
);
CREATE TABLE kept (
    device text COLLATE "C" NOT NULL, property text COLLATE "C" NOT NULL,
    value text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (device, property)
);
CREATE TABLE protected (property text COLLATE "C" PRIMARY KEY);
CREATE TABLE account (vendor text PRIMARY KEY, account text NOT NULL);
CREATE TABLE call (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, write text NOT NULL, rows text NOT NULL, at bigint NOT NULL
);
CREATE TABLE lease (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), id text NOT NULL, owner text NOT NULL,
    operation text NOT NULL, acquired_at bigint NOT NULL, ends_at bigint NOT NULL, fence bigint NOT NULL
);
CREATE TABLE moved (one boolean PRIMARY KEY DEFAULT true CHECK (one), place text NOT NULL, at bigint NOT NULL);
CREATE TABLE approval (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), plan text NOT NULL, at bigint NOT NULL, rows bytea NOT NULL
);
CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO counter VALUES ('serial', 0), ('fence', 0);
"#;

/// Which process took the lease.
const STATE_2: &str = "ALTER TABLE lease ADD COLUMN process text;";

/// The users of an alias, in their order.
const STATE_3: &str = "CREATE INDEX users_of_alias ON recorded (value, subject) WHERE kind = 'alias';";

/// Approved rows as rows: in one piece they had to be written at once, and there is a largest piece. The old piece is
/// taken out of its storage once, and not for each row.
const STATE_4: &str = "
CREATE TABLE approved (row bytea PRIMARY KEY);
INSERT INTO approved SELECT DISTINCT substring(whole.rows FROM place * 24 + 1 FOR 24)
    FROM (SELECT rows || ''::bytea AS rows FROM approval OFFSET 0) AS whole
    CROSS JOIN LATERAL generate_series(0, (length(whole.rows) - 1) / 24) AS place
    WHERE length(whole.rows) > 0;
ALTER TABLE approval DROP COLUMN rows;
";

/// Spends by account. Whoever spends locks the account's row, so that ids of one account are given in the order
/// in which they become visible.
const LEDGER_1: &str = "
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, vendor text NOT NULL, account text NOT NULL,
    UNIQUE (vendor, account)
);
CREATE TABLE spend (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL REFERENCES account,
    quota text NOT NULL, subject bigint NOT NULL, sent_at bigint NOT NULL, replied_at bigint
);
CREATE INDEX spend_of_account ON spend (account, id);
";

/// What vendors said of days that are used up: `at` is when the refused call left.
const LEDGER_2: &str = "
CREATE TABLE used_up (
    account bigint NOT NULL REFERENCES account, quota text NOT NULL, subject bigint NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (account, quota, subject)
);
";

/// Where a spend was copied from, if it was.
const LEDGER_3: &str = "ALTER TABLE spend ADD COLUMN origin text;";

/// Keeps two processes from making the same tables at the same time: a number of our own choice.
const MAKING: i64 = 0x7075_7368;

/// The format of the schema in the search path; 0 where there is none.
pub async fn format(client: &Client, schema: &str) -> Tried<i64> {
    // Not `to_regclass`: what that remembers is not looked at again behind a lock that was waited for.
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
        WHERE nspname = $1 AND relname = 'format')";
    let exists: bool = client.query_typed_one(sql, &[(&schema, Type::TEXT)]).await?.try_get(0)?;
    if !exists {
        return Ok(0);
    }
    let row = client.query_typed_one(&format!("SELECT version FROM {schema}.format"), &[]).await?;
    Ok(row.try_get(0)?)
}

/// Takes the steps that the schema lacks, within a transaction that has it in its search path; `sql` is what is done of
/// each.
pub async fn bring_up(
    client: &Client,
    schema: &str,
    tables: Tables,
    shown: &str,
    sql: fn(&Step) -> &'static str,
) -> Tried<()> {
    let known = tables.steps.len();
    client.batch_execute(&format!("SELECT pg_advisory_xact_lock({MAKING})")).await?;
    // Looked at behind the lock: another process may have been first.
    let version = format(client, schema).await?;
    let done = is_known(version, tables, shown)?;
    if done == known {
        return Ok(());
    }
    if done == 0 {
        refuse_other_encodings(client, shown).await?;
        let head =
            format!("CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE format (version bigint NOT NULL);");
        client.batch_execute(&head).await?;
        client.batch_execute("INSERT INTO format VALUES (0)").await?;
    }
    for step in &tables.steps[done..] {
        client.batch_execute(sql(step)).await?;
    }
    client.batch_execute(&format!("UPDATE format SET version = {known}")).await?;
    Ok(())
}

/// How many steps are behind a format, unless it is one of the future.
pub fn is_known(version: i64, tables: Tables, shown: &str) -> Result<usize, Problem> {
    let known = tables.steps.len();
    let done = usize::try_from(version).ok().filter(|done| *done <= known);
    done.ok_or_else(|| trouble::newer(shown, version, known))
}

async fn refuse_other_encodings(client: &Client, shown: &str) -> Tried<()> {
    let encoding: String = client.query_typed_one("SHOW server_encoding", &[]).await?.try_get(0)?;
    if encoding == "UTF8" { Ok(()) } else { Err(trouble::not_utf8(shown, &encoding).into()) }
}

/// Adds to a counter and gives its new value.
pub async fn count(client: &Client, name: &str) -> Tried<u64> {
    let sql = "UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value";
    let value: i64 = client.query_typed_one(sql, &[(&name, Type::TEXT)]).await?.try_get(0)?;
    Ok(value.unsigned_abs())
}
