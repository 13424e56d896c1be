//! The recorded side, durable: rows, the journal of calls, the ledger of spends, and the lease.
//!
//! One trait; SQLite inside the binary, and memory for tests. What any of it means is `plan/`'s and `apply/`'s.
//!
//! Whoever reads (`snapshot`, `spends`, `doubts`, `lease`) writes nothing and needs no lease. Whoever changes
//! rows holds the [`Lease`], and every such change looks at the fence in its own transaction: a run whose lease
//! somebody took over is refused at its next write. Spends need no lease, since reading costs quota too.

pub mod addresses;
pub mod codec;
mod lease;
pub mod memory;
pub mod sqlite;
#[cfg(test)]
mod story;

pub use memory::Memory;
pub use sqlite::Sqlite;

use std::collections::BTreeMap;

use crate::clock::Wait;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::plan::{Approval, Recorded};
use crate::problem::Result;
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// One spend, as it outlives the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendEntry {
    /// Counts up within a state, given by [`Store::spend`]: what [`Store::replied`] names later. What stands
    /// here before that is not looked at.
    pub id: u64,
    /// Whose quota.
    pub vendor: Vendor,
    /// The quota's name.
    pub quota: String,
    /// Whose share, 0 where all share.
    pub subject: u64,
    /// When the call left.
    pub sent_at: Timestamp,
    /// When its reply came; `None` while it is under way, or when the run died.
    pub replied_at: Option<Timestamp>,
}

/// A call that was sent, or was about to be, and has no outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The journal's number of the call.
    pub id: u64,
    /// What it does.
    pub write: Write,
    /// The rows that it makes true once it is carried out.
    pub rows: Vec<RowChange>,
    /// When it was written down.
    pub at: Timestamp,
}

/// One change of the recorded rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// The row is so, with `mark` the seconds at which that was known.
    Put(Kind, Row),
    /// The row is not there, or not ours.
    Drop(Kind, Name, Name),
}

/// Who holds the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// A random id, to unlock by.
    pub id: String,
    /// Person, machine and process, for people.
    pub owner: String,
    /// What it does: `apply`.
    pub operation: String,
    /// When it began.
    pub acquired_at: Timestamp,
    /// When it ends unless it is renewed.
    pub ends_at: Timestamp,
    /// Grows with every lease: what a holder whose lease has ended is fenced off by.
    pub fence: u64,
}

/// What a state store does. Every write outlives the process once its future is done; intents, spends and
/// leases outlive a loss of power too. An outcome that such a loss takes is a doubt again, which is harmless.
///
/// Of changes to the same row within one list the last one holds.
pub trait Store {
    /// The recorded rows with their names put into the pool; nothing is written, and a state that does not
    /// exist is an empty one.
    fn snapshot<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>>;
    /// Spends sent at `since` or later, those whose reply came at `since` or later, and those without a reply;
    /// by id.
    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>>;
    /// Calls without an outcome, oldest first.
    fn doubts<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>>;
    /// Takes the lease for `ms`; a lease whose end has passed is taken over.
    ///
    /// # Errors
    /// [`Failure::Locked`](crate::problem::Failure::Locked) with who holds it.
    fn acquire<'a>(
        &'a self,
        owner: &'a str,
        operation: &'a str,
        now: Timestamp,
        ms: i64,
    ) -> Wait<'a, Result<Lease>>;
    /// Moves the lease's end to `ends_at`.
    ///
    /// # Errors
    /// `Locked` when somebody else has taken it over.
    fn renew<'a>(&'a self, lease: &'a Lease, ends_at: Timestamp) -> Wait<'a, Result<()>>;
    /// Gives the lease back; nothing happens when it is somebody else's by now.
    fn release<'a>(&'a self, lease: &'a Lease) -> Wait<'a, Result<()>>;
    /// The lease, if somebody holds one.
    fn lease(&self) -> Wait<'_, Result<Option<Lease>>>;
    /// Ends a lease by force; any when no id is given. Gives what was ended.
    ///
    /// # Errors
    /// When the lease has another id.
    fn unlock<'a>(&'a self, id: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>>;
    /// Writes down that these calls are about to be sent, and gives their journal numbers, in order; one
    /// transaction, so many intents cost as much as one.
    fn intend<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        calls: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>>;
    /// Writes down what a call came to: `id` is done and no doubt any more, these rows changed; one transaction.
    fn settle<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        id: u64,
        rows: &'a [RowChange],
    ) -> Wait<'a, Result<()>>;
    /// Changes rows without a call: adopted, forgotten, verified.
    fn amend<'a>(&'a self, lease: &'a Lease, names: &'a Names, rows: &'a [RowChange])
    -> Wait<'a, Result<()>>;
    /// Keeps values of a property that is about to be replaced (subject device, item property), or lets go of
    /// them where the flag says so.
    fn keep<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [Row],
        keep: Keep,
    ) -> Wait<'a, Result<()>>;
    /// What was approved and is not done yet.
    fn approval(&self) -> Wait<'_, Result<Option<Approval>>>;
    /// Writes down what was approved in place of what was before, or that nothing is any more.
    fn approve<'a>(&'a self, lease: &'a Lease, approval: Option<&'a Approval>) -> Wait<'a, Result<()>>;
    /// Writes down spends before their calls leave, and gives their ids, in order; no two processes ever get
    /// the same.
    fn spend<'a>(&'a self, spends: &'a [SpendEntry]) -> Wait<'a, Result<Vec<u64>>>;
    /// Writes down when replies came: spend's id and moment. An id that is not known is passed over.
    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>>;
    /// Ends a run: serial up by one, the protected properties and the accounts as given, spends that ended
    /// before `forget_before` dropped. Gives the new serial; the lease stays.
    fn finish<'a>(&'a self, lease: &'a Lease, names: &'a Names, end: End<'a>) -> Wait<'a, Result<u64>>;
}

/// One call about to be sent.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// What it does.
    pub write: &'a Write,
    /// The rows that it makes true once it is carried out.
    pub rows: Vec<RowChange>,
    /// When it is written down.
    pub at: Timestamp,
}

/// Whether values are kept or let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Kept until they are bound again.
    Hold,
    /// Bound again, or never to be.
    LetGo,
}

/// What the end of a run writes down.
#[derive(Clone, Debug)]
pub struct End<'a> {
    /// Properties protected from destruction from now on.
    pub protected: &'a [Name],
    /// The accounts that this state belongs to.
    pub accounts: &'a BTreeMap<Vendor, String>,
    /// Spends before this are dropped.
    pub forget_before: Timestamp,
}
