//! A state in a schema of a PostgreSQL database, for teams, and for machines that do not last.
//!
//! Each handle has two connections: one for the state, and one for the ledger of spends, which is one for the whole
//! database and makes runs of other projects wait for a moment; a long write of rows must not hold that up. The lease
//! is renewed by handles of its own (`renewer`). Reading makes no tables. No statement is repeated here: whether
//! what failed is tried again is decided by the caller, who knows whether it may be (`ops/lease.rs`, `apply/`, `gate/`).

mod approval;
mod journal;
mod leases;
mod ledger;
mod link;
mod page;
mod place;
mod rows;
mod schema;
mod tls;
mod trouble;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{join, try_join3};
use tokio_postgres::Client;

pub use self::ledger::Time;
use self::link::{Link, Purpose};
use self::place::{LEDGER_SCHEMA, Place};
use self::schema::{LEDGER, STATE};
use self::trouble::Tried;
use super::{
    Claim, CopiedSpend, Decide, Doubt, End, Intent, Keep, Lease, Outcome, Renewer, RowChange, RowQuery,
    SpendEntry, Store, Told, UsedUp, Whereabouts, Whole, lease,
};
use crate::clock::Wait;
use crate::names::Names;
use crate::plan::{Approval, Recorded};
use crate::problem::Result;
use crate::secret::Secret;
use crate::table::Row;
use crate::text_rows::TextRows;
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// A handle on a state. Nothing is opened before it is needed; nothing is made before the first write.
pub struct Postgres {
    place: Arc<Place>,
    time: Time,
    /// Whose spends are in question.
    accounts: BTreeMap<Vendor, String>,
    state: Link,
    ledger: Link,
}

impl Postgres {
    /// The state behind `url`, whose runs spend what `accounts` have.
    ///
    /// # Errors
    /// What is wrong with the URL, without any of it.
    pub fn open(url: &Secret, accounts: BTreeMap<Vendor, String>, time: Time) -> Result<Self> {
        Ok(Self::at(&Arc::new(Place::read(url)?), accounts, time))
    }

    fn at(place: &Arc<Place>, accounts: BTreeMap<Vendor, String>, time: Time) -> Self {
        let state = Link::new(Arc::clone(place), &place.schema, STATE);
        let ledger = Link::new(Arc::clone(place), LEDGER_SCHEMA, LEDGER);
        Self { place: Arc::clone(place), time, accounts, state, ledger }
    }

    /// The place in words, without the password.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.place.shown
    }

    fn told<T>(&self, tried: Tried<T>) -> Result<T> {
        tried.map_err(|trouble| trouble::problems(&self.place, trouble))
    }

    /// One transaction that writes under a lease.
    async fn write_as<T>(
        &self,
        lease: &Lease,
        purpose: Purpose,
        work: impl AsyncFnOnce(&Client) -> Tried<T>,
    ) -> Result<T> {
        let tried = self.state.write(purpose, async |client| {
            // What is written without right is undone with its transaction; asking first would be one way more.
            let (held, made) = join(leases::locked(client), work(client)).await;
            lease::mine(held?.as_ref(), lease)?;
            made
        });
        self.told(tried.await)
    }
}

impl Store for Postgres {
    fn recorded<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move {
            let read = self.state.read(Purpose::Read, async |client| rows::snapshot(client, names).await);
            self.told(read.await)
        })
    }

    fn about_anywhere<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move {
            let read = self.state.read(Purpose::Read, async |client| rows::about(client, names).await);
            self.told(read.await)
        })
    }

    fn page<'a>(
        &'a self,
        query: RowQuery<'a>,
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        rows: &'a mut TextRows,
    ) -> Wait<'a, Result<()>> {
        rows.clear();
        Box::pin(async move {
            let page = async |client: &Client| page::read(client, query, after, limit, rows).await;
            self.told(self.state.read(Purpose::Read, page).await)
        })
    }

    fn moved(&self) -> Wait<'_, Result<Option<(String, Timestamp)>>> {
        Box::pin(async move { self.told(self.state.read(Purpose::Read, leases::gone).await) })
    }

    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>> {
        Box::pin(async move {
            let read = self.ledger.read(Purpose::ReadLatest, async |client| {
                ledger::spends(client, self.time, &self.accounts, since).await
            });
            self.told(read.await)
        })
    }

    fn doubts<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>> {
        Box::pin(async move {
            let read = self.state.read(Purpose::Read, async |client| journal::doubts(client, names).await);
            self.told(read.await)
        })
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Wait<'a, Result<Lease>> {
        Box::pin(async move {
            let write = self.state.write(Purpose::Write, async |client| {
                let now = self.time.now(client, claim.now).await?;
                leases::claim(client, &claim, now).await
            });
            self.told(write.await)
        })
    }

    fn renewer(&self, lease: &Lease) -> Option<Renewer> {
        let (place, time, lease) = (Arc::clone(&self.place), self.time, lease.clone());
        Some(Box::new(move |now, ms| {
            let (beside, lease) = (Self::at(&place, BTreeMap::new(), time), lease.clone());
            Box::pin(async move { beside.renew(&lease, now, ms).await })
        }))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp, ms: i64) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, Purpose::WriteSoon, async |client| {
                let now = self.time.now(client, now).await?;
                leases::renew(client, now.plus(ms)).await
            })
            .await
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let write = self.state.write(Purpose::Write, async |client| leases::release(client, lease).await);
            self.told(write.await)
        })
    }

    fn lease(&self) -> Wait<'_, Result<Option<Lease>>> {
        Box::pin(async move {
            self.told(self.state.read(Purpose::Read, async |client| leases::held(client).await).await)
        })
    }

    fn unlock<'a>(&'a self, id: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>> {
        Box::pin(async move {
            if self.lease().await?.is_none() {
                return Ok(None);
            }
            let write = self.state.write(Purpose::Write, async |client| leases::unlock(client, id).await);
            self.told(write.await)
        })
    }

    fn record<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        outcomes: &'a [Outcome],
        intents: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>> {
        let purpose = if intents.is_empty() { Purpose::WriteSoon } else { Purpose::Write };
        Box::pin(async move {
            let record = async |client: &Client| {
                let rows: Vec<RowChange> = outcomes.iter().flat_map(|one| one.rows.iter().copied()).collect();
                // They do not depend on each other, so that one way to the server is enough.
                let change = rows::change(client, self.place.bulk, names, &rows);
                let settled = journal::settle(client, outcomes);
                let ((), (), numbers) =
                    try_join3(settled, change, journal::intend(client, names, intents)).await?;
                Ok(numbers)
            };
            self.write_as(lease, purpose, record).await
        })
    }

    fn amend<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [RowChange],
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let change = async |client: &Client| rows::change(client, self.place.bulk, names, rows).await;
            self.write_as(lease, Purpose::Write, change).await
        })
    }

    fn keep<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [Row],
        keep: Keep,
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let change = async |client: &Client| rows::keep(client, names, rows, keep).await;
            self.write_as(lease, Purpose::Write, change).await
        })
    }

    fn exchange<'a>(&'a self, told: Told<'a>, decide: Decide<'a>) -> Wait<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            let write = self.ledger.write_to_the_end(Purpose::Write, async |client| {
                ledger::exchange(client, self.time, &self.accounts, told, decide).await
            });
            self.told(write.await)
        })
    }

    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let write = self
                .ledger
                .write(Purpose::WriteSoon, async |client| ledger::replied(client, self.time, replies).await);
            self.told(write.await)
        })
    }

    fn copies(&self) -> Wait<'_, Result<Vec<CopiedSpend>>> {
        Box::pin(async move {
            let read = self.ledger.read(Purpose::ReadLatest, async |client| {
                ledger::all_copies(client, self.time, &self.accounts).await
            });
            self.told(read.await)
        })
    }

    fn add_copies<'a>(&'a self, copies: &'a [CopiedSpend]) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let write = self.ledger.write(Purpose::Write, async |client| {
                ledger::add_copies(client, self.time, &self.accounts, copies).await
            });
            self.told(write.await)
        })
    }

    fn used_up(&self, since: Timestamp) -> Wait<'_, Result<Vec<UsedUp>>> {
        Box::pin(async move {
            let read = self.ledger.read(Purpose::ReadLatest, async |client| {
                ledger::used_up(client, self.time, &self.accounts, since).await
            });
            self.told(read.await)
        })
    }

    fn record_used_up<'a>(&'a self, said: &'a [UsedUp]) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let write = self.ledger.write(Purpose::WriteSoon, async |client| {
                ledger::record_used_up(client, self.time, &self.accounts, said).await
            });
            self.told(write.await)
        })
    }

    fn has_own_clock(&self) -> bool {
        matches!(self.time, Time::Server(_))
    }

    fn can_hold(&self, text: &str) -> bool {
        !text.contains('\0')
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn approval(&self) -> Wait<'_, Result<Option<Approval>>> {
        Box::pin(async move { self.told(self.state.read(Purpose::Read, approval::kept).await) })
    }

    fn approve<'a>(&'a self, lease: &'a Lease, approval: Option<&'a Approval>) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let keep = async |client: &Client| approval::keep(client, approval).await;
            self.write_as(lease, Purpose::Write, keep).await
        })
    }

    fn restore<'a>(
        &'a self,
        lease: &'a Lease,
        whole: &'a Whole,
        at: Whereabouts<'a>,
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let restore = async |client: &Client| {
                rows::restore(client, self.place.bulk, whole).await?;
                leases::move_to(client, at).await
            };
            self.write_as(lease, Purpose::Write, restore).await
        })
    }

    fn move_to<'a>(&'a self, lease: &'a Lease, at: Whereabouts<'a>) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let move_to = async |client: &Client| leases::move_to(client, at).await;
            self.write_as(lease, Purpose::Write, move_to).await
        })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, names: &'a Names, end: End<'a>) -> Wait<'a, Result<u64>> {
        Box::pin(async move {
            let forget = self.ledger.write(Purpose::WriteSoon, async |client| {
                ledger::forget(client, self.time, &self.accounts, end.forget_before).await
            });
            self.told(forget.await)?;
            self.write_as(lease, Purpose::Write, async |client| {
                rows::belongs(client, names, end.protected, end.accounts).await?;
                schema::count(client, "serial").await
            })
            .await
        })
    }
}
