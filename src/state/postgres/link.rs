//! One connection to the server, made when it is needed, and transactions on it.
//!
//! A transaction has the connection to itself. Whoever is dropped within one takes the connection with it, and
//! the server undoes what was begun; the next one connects anew. Nothing is repeated here.

use std::sync::Arc;

use futures_util::future::join;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use super::place::Place;
use super::schema::{self, Tables};
use super::tls::Tls;
use super::trouble::{self, Tried, Trouble};

/// How long a transaction waits for another's lock: longer than the longest, a million rows adopted.
const LOCK_WAIT: &str = "30s";

/// How long a transaction may stand still before the server ends it: a machine that has gone to sleep in one
/// must not keep the others waiting.
const STILL_MAX: &str = "60s";

/// A connection to one schema.
pub struct Link {
    place: Arc<Place>,
    schema: String,
    tables: Tables,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    client: Option<Client>,
    /// Whether the tables are known to be there in the newest format.
    is_ready: bool,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// One moment of the tables; nothing is written.
    Read,
    /// The tables as they are behind a lock; nothing is written.
    ReadLatest,
    /// What must outlive a loss of power.
    Write,
    /// What need not: losing it makes a doubt of a call, or takes a reply for later than it came.
    WriteSoon,
}

impl Purpose {
    /// Whatever the server's defaults are, or the user's.
    fn begin(self, schema: &str) -> String {
        let mode = match self {
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            // What is behind a lock that was waited for has to be seen: not in any stricter level.
            Self::ReadLatest => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Write => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
                 SELECT set_config('synchronous_commit', 'on', true) \
                 WHERE current_setting('synchronous_commit') = 'off'"
            }
            Self::WriteSoon => {
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit TO off"
            }
        };
        format!(
            "{mode}; SET LOCAL search_path TO {schema}; SET LOCAL lock_timeout TO '{LOCK_WAIT}'; \
             SET LOCAL idle_in_transaction_session_timeout TO '{STILL_MAX}'"
        )
    }
}

impl Link {
    pub fn new(place: Arc<Place>, schema: &str, tables: Tables) -> Self {
        Self { place, schema: schema.to_owned(), tables, slot: Mutex::default() }
    }

    /// One transaction that reads; `T`'s default where there are no tables. Of an older format it reads as much as
    /// the next writer would make of it, and leaves it as it is.
    pub async fn read<T: Default>(
        &self,
        purpose: Purpose,
        work: impl AsyncFnOnce(&Client) -> Tried<T>,
    ) -> Tried<T> {
        let (schema, tables, shown) = (&self.schema, self.tables, &self.place.shown);
        self.transact(purpose, async |client, is_ready| {
            let version = if is_ready {
                tables.steps.len()
            } else {
                schema::is_known(schema::format(client, schema).await?, tables, shown)?
            };
            if version == 0 {
                return Ok((End::Undo, T::default()));
            }
            if version < tables.steps.len() {
                schema::bring_up(client, schema, tables, shown, |step| step.read).await?;
                return Ok((End::Undo, work(client).await?));
            }
            Ok((End::Keep, work(client).await?))
        })
        .await
    }

    /// One transaction that writes, with the tables made or brought up to date first.
    pub async fn write<T>(&self, purpose: Purpose, work: impl AsyncFnOnce(&Client) -> Tried<T>) -> Tried<T> {
        let (schema, tables, shown) = (&self.schema, self.tables, &self.place.shown);
        self.transact(purpose, async |client, is_ready| {
            if !is_ready {
                schema::bring_up(client, schema, tables, shown, |step| step.write).await?;
            }
            Ok((End::Keep, work(client).await?))
        })
        .await
    }

    /// The same for work that commits by itself, with its last statement: that saves the way for it.
    pub async fn write_to_the_end<T>(
        &self,
        purpose: Purpose,
        work: impl AsyncFnOnce(&Client) -> Tried<T>,
    ) -> Tried<T> {
        let (schema, tables, shown) = (&self.schema, self.tables, &self.place.shown);
        self.transact(purpose, async |client, is_ready| {
            if !is_ready {
                schema::bring_up(client, schema, tables, shown, |step| step.write).await?;
            }
            Ok((End::Committed, work(client).await?))
        })
        .await
    }

    async fn transact<T>(
        &self,
        purpose: Purpose,
        work: impl AsyncFnOnce(&Client, bool) -> Tried<(End, T)>,
    ) -> Tried<T> {
        let mut slot = self.slot.lock().await;
        // Out of its slot, so that whoever is dropped meanwhile drops it too.
        let client = match slot.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect().await?,
        };
        // The first statement is sent with the beginning. Were that refused, it would find no tables.
        let begin = purpose.begin(&self.schema);
        let (begun, outcome) = join(client.batch_execute(&begin), work(&client, slot.is_ready)).await;
        begun?;
        let outcome = match outcome {
            Ok((End::Keep, made)) => {
                client.batch_execute("COMMIT").await?;
                slot.is_ready = true;
                Ok(made)
            }
            Ok((End::Committed, made)) => {
                slot.is_ready = true;
                Ok(made)
            }
            Ok((End::Undo, made)) => {
                client.batch_execute("ROLLBACK").await.map(|()| made).map_err(Trouble::Sql)
            }
            Err(trouble) => {
                if client.batch_execute("ROLLBACK").await.is_err() {
                    return Err(trouble);
                }
                Err(trouble)
            }
        };
        slot.client = Some(client);
        outcome
    }

    async fn connect(&self) -> Tried<Client> {
        let place = &self.place;
        let tls = Tls::new(&place.trust).map_err(|why| trouble::no_tls(&place.shown, &why))?;
        let (client, connection) = place.config.connect(tls).await?;
        // Whatever ends the connection is told to whoever uses it next.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    }
}

/// What becomes of a transaction whose work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Keep,
    Undo,
    /// It has ended already.
    Committed,
}
