//! A state in one SQLite file.
//!
//! Reading opens the file read-only and leaves nothing behind, neither the file itself where there is none nor
//! helpers beside it: at rest the file is in rollback mode, which readers need no second file for. While
//! somebody holds the lease it is in WAL mode, so that a reader beside a running apply sees one consistent
//! moment and delays nobody; giving the lease back ends that mode. What a killed run leaves, a `-wal` or a
//! `-journal`, is taken up by the next.
//!
//! Calls of SQLite block the thread, for about a millisecond where the disk must have it. This module has no
//! thread of its own: whoever has much to write gives it in one list.

mod approval;
mod finish;
mod journal;
mod leases;
mod open;
mod page;
mod rewrite;
mod rows;
mod schema;
mod trouble;
mod used_up;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::open::Place;
use self::trouble::Tried;
use super::{
    Claim, CopiedSpend, Decide, Doubt, End, Intent, Keep, Lease, Outcome, Renewer, RowChange, RowQuery,
    SpendEntry, Store, Told, UsedUp, Whereabouts, Whole, lease,
};
use crate::clock::Wait;
use crate::names::Names;
use crate::plan::{Approval, Recorded};
use crate::problem::Result;
use crate::table::Row;
use crate::text_rows::TextRows;
use crate::timestamp::Timestamp;

/// A handle on a state file. Nothing is opened before it is needed; nothing is created before the first write.
pub struct Sqlite {
    place: Place,
    writer: RefCell<Option<Writer>>,
}

/// The connection that writes, kept while the lease is.
struct Writer {
    connection: Connection,
    /// Whether the file is in WAL mode: only there can [`Durable::Process`] be had without risk to the file.
    wal: bool,
}

/// What a write must outlive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durable {
    /// The process. Enough for what a vendor has answered: losing it makes a doubt of a call, or takes a reply
    /// for later than it came, and both are on the safe side. Costs tens of microseconds.
    Process,
    /// A loss of power. For what must be known before a call leaves. Costs what the disk takes to sync.
    Power,
}

impl Sqlite {
    /// The state in the file `path`, called so in messages.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::new(path.into(), schema::STEPS), writer: RefCell::new(None) }
    }

    /// The same, which tells a person what is done where opening the file takes long.
    #[must_use]
    pub fn saying(mut self, say: impl Fn(&str) + 'static) -> Self {
        self.place.say = Box::new(say);
        self
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// One moment of the state; `T`'s default where there is no state.
    fn read<T: Default>(&self, work: impl FnOnce(&Connection) -> Tried<T>) -> Result<T> {
        let writer = self.writer.borrow();
        let outcome = match &*writer {
            Some(writer) => in_one_moment(&writer.connection, work),
            None => match self.place.reader()? {
                Some(reader) => in_one_moment(&reader, work),
                None => return Ok(T::default()),
            },
        };
        outcome.map_err(|trouble| self.place.problems(trouble))
    }

    /// One transaction that writes.
    fn write<T>(&self, durable: Durable, work: impl FnOnce(&Transaction) -> Tried<T>) -> Result<T> {
        let mut slot = self.writer.borrow_mut();
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => Writer { connection: self.place.writer()?, wal: false },
        };
        let outcome = writer.transact(durable, work);
        *slot = Some(writer);
        outcome.map_err(|trouble| self.place.problems(trouble))
    }

    /// One transaction that writes under a lease.
    fn write_as<T>(
        &self,
        lease: &Lease,
        durable: Durable,
        work: impl FnOnce(&Transaction) -> Tried<T>,
    ) -> Result<T> {
        self.write(durable, |transaction| {
            lease::mine(leases::held(transaction)?.as_ref(), lease)?;
            work(transaction)
        })
    }

    /// From now on many small writes are to be expected.
    fn expect_writes(&self) {
        if let Some(writer) = &mut *self.writer.borrow_mut() {
            writer.wal = open::set_journal(&writer.connection, "WAL");
        }
    }

    /// Puts the file at rest and closes it.
    fn close(&self) {
        if let Some(writer) = self.writer.borrow_mut().take() {
            // Beside a reader the mode cannot change; then the file stays as it is, which is slower, not wrong.
            open::set_journal(&writer.connection, "DELETE");
        }
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

impl Writer {
    fn transact<T>(&mut self, durable: Durable, work: impl FnOnce(&Transaction) -> Tried<T>) -> Tried<T> {
        // In rollback mode less than this could damage the file when power is lost, so it is had in WAL only.
        let level = if durable == Durable::Process && self.wal { "NORMAL" } else { "EXTRA" };
        self.connection.pragma_update(None, "synchronous", level)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let made = work(&transaction)?;
        transaction.commit()?;
        Ok(made)
    }
}

fn in_one_moment<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Tried<T>) -> Tried<T> {
    let moment = connection.unchecked_transaction()?;
    let read = work(&moment)?;
    moment.finish()?;
    Ok(read)
}

impl Store for Sqlite {
    fn recorded<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move { self.read(|connection| rows::snapshot(connection, names)) })
    }

    fn about_anywhere<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move { self.read(|connection| rows::about(connection, names)) })
    }

    fn page<'a>(
        &'a self,
        query: RowQuery<'a>,
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        rows: &'a mut TextRows,
    ) -> Wait<'a, Result<()>> {
        rows.clear();
        Box::pin(async move { self.read(|connection| page::read(connection, query, after, limit, rows)) })
    }

    fn moved(&self) -> Wait<'_, Result<Option<(String, Timestamp)>>> {
        Box::pin(async move { self.read(leases::gone) })
    }

    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>> {
        Box::pin(async move { self.read(|connection| journal::spends(connection, since)) })
    }

    fn doubts<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>> {
        Box::pin(async move { self.read(|connection| journal::doubts(connection, names)) })
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Wait<'a, Result<Lease>> {
        Box::pin(async move {
            let lease = self.write(Durable::Power, |transaction| leases::claim(transaction, &claim));
            match &lease {
                Ok(_) => self.expect_writes(),
                Err(_) => self.close(),
            }
            lease
        })
    }

    fn renewer(&self, lease: &Lease) -> Option<Renewer> {
        let (path, lease) = (self.path().to_owned(), lease.clone());
        Some(Box::new(move |now, ms| {
            let (path, lease) = (path.clone(), lease.clone());
            Box::pin(async move {
                let beside = Self::open(path);
                let renewed = beside.renew(&lease, now, ms).await;
                // The file stays in the mode in which the holder of the lease has it.
                drop(beside.writer.borrow_mut().take());
                renewed
            })
        }))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp, ms: i64) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, Durable::Process, |transaction| leases::renew(transaction, now.plus(ms)))
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let released = self.write(Durable::Power, |transaction| leases::release(transaction, lease));
            self.close();
            released
        })
    }

    fn lease(&self) -> Wait<'_, Result<Option<Lease>>> {
        Box::pin(async move { self.read(leases::held) })
    }

    fn unlock<'a>(&'a self, id: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>> {
        Box::pin(async move {
            if self.read(leases::held)?.is_none() {
                return Ok(None);
            }
            let ended = self.write(Durable::Power, |transaction| leases::unlock(transaction, id));
            self.close();
            ended
        })
    }

    fn record<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        outcomes: &'a [Outcome],
        intents: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>> {
        let durable = if intents.is_empty() { Durable::Process } else { Durable::Power };
        Box::pin(async move {
            self.write_as(lease, durable, |transaction| {
                for Outcome { id, rows } in outcomes {
                    journal::settle(transaction, *id)?;
                    rows::change(transaction, names, rows)?;
                }
                journal::intend(transaction, names, intents)
            })
        })
    }

    fn amend<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [RowChange],
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, Durable::Power, |transaction| rows::change(transaction, names, rows))
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
            self.write_as(lease, Durable::Power, |transaction| rows::keep(transaction, names, rows, keep))
        })
    }

    fn approval(&self) -> Wait<'_, Result<Option<Approval>>> {
        Box::pin(async move { self.read(approval::kept) })
    }

    fn approve<'a>(&'a self, lease: &'a Lease, approval: Option<&'a Approval>) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, Durable::Power, |transaction| approval::keep(transaction, approval))
        })
    }

    fn exchange<'a>(&'a self, told: Told<'a>, decide: Decide<'a>) -> Wait<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            self.write(Durable::Power, |transaction| journal::exchange(transaction, told, decide))
        })
    }

    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>> {
        Box::pin(
            async move { self.write(Durable::Process, |transaction| journal::replied(transaction, replies)) },
        )
    }

    fn copies(&self) -> Wait<'_, Result<Vec<CopiedSpend>>> {
        Box::pin(async move { self.read(journal::all_copies) })
    }

    fn add_copies<'a>(&'a self, copies: &'a [CopiedSpend]) -> Wait<'a, Result<()>> {
        Box::pin(
            async move { self.write(Durable::Power, |transaction| journal::add_copies(transaction, copies)) },
        )
    }

    fn used_up(&self, since: Timestamp) -> Wait<'_, Result<Vec<UsedUp>>> {
        Box::pin(async move { self.read(|connection| used_up::since(connection, since)) })
    }

    fn record_used_up<'a>(&'a self, said: &'a [UsedUp]) -> Wait<'a, Result<()>> {
        Box::pin(
            async move { self.write(Durable::Process, |transaction| used_up::record(transaction, said)) },
        )
    }

    fn is_shared(&self) -> bool {
        // Two runs may share a file, but not two projects, nor two machines.
        false
    }

    fn restore<'a>(
        &'a self,
        lease: &'a Lease,
        whole: &'a Whole,
        at: Whereabouts<'a>,
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, Durable::Power, |transaction| {
                finish::restore(transaction, whole)?;
                leases::move_to(transaction, at)
            })
        })
    }

    fn move_to<'a>(&'a self, lease: &'a Lease, at: Whereabouts<'a>) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, Durable::Power, |transaction| leases::move_to(transaction, at))
        })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, names: &'a Names, end: End<'a>) -> Wait<'a, Result<u64>> {
        Box::pin(async move {
            self.write_as(lease, Durable::Power, |transaction| finish::finish(transaction, names, &end))
        })
    }
}
