//! The recorded side, durable: rows, the journal of calls, the ledger of spends, and the lease.
//!
//! One trait; SQLite inside the binary, PostgreSQL for teams, and memory for tests. What any of it means is
//! `plan/`'s and `apply/`'s.
//!
//! Whoever reads (`snapshot`, `about`, `page`, `spends`, `doubts`, `lease`) writes nothing and needs no lease. Whoever
//! changes rows holds the [`Lease`], and every such change looks at the fence in its own transaction: a run whose lease
//! somebody took over is refused at its next write. Spends need no lease, since reading costs quota too.

pub mod addresses;
pub mod codec;
mod copies;
mod lease;
pub mod memory;
mod order;
pub mod postgres;
mod query;
pub mod sqlite;
#[cfg(test)]
mod story;
pub mod text;
mod whole;

pub use copies::{CopiedSpend, copies};
pub use lease::{Claim, Presence, Renewer, is_lost, is_passing};
pub use memory::Memory;
pub use postgres::Postgres;
pub use query::{RowQuery, each_row};
pub use sqlite::Sqlite;
pub use whole::{Held, Whole};

use std::collections::BTreeMap;

use crate::clock::Wait;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::plan::{Approval, Recorded};
use crate::problem::Result;
use crate::table::{Kind, Row};
use crate::text_rows::TextRows;
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// One spend, as it outlives the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendEntry {
    /// Counts up within a state, given by [`Store::exchange`]: what [`Store::replied`] names later. What stands
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

/// A vendor refused a call since the day of a quota is used up. It belongs to the ledger of spends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedUp {
    /// Whose quota.
    pub vendor: Vendor,
    /// The quota's name.
    pub quota: String,
    /// Whose share, 0 where all share.
    pub subject: u64,
    /// When the refused call left: the day of this moment is used up.
    pub at: Timestamp,
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
    /// The process that took it, so that its end can be recognised on its own machine.
    pub process: Option<String>,
}

/// Before everything.
pub const EVER: Timestamp = Timestamp(i64::MIN / 2);

/// How long a store that cannot be reached is tried again before what needs it fails, in milliseconds: long enough
/// for a server that is started anew, and far less than a lease lasts.
pub const PATIENCE_MS: i64 = 20_000;

/// How soon it is tried again.
pub const RETRY_MS: i64 = 1_000;

/// What a run tells the ledger of spends when it asks for room there.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Spends whose reply came before this do not matter, nor those that were sent before it and were never
    /// answered.
    pub since: Timestamp,
    /// The last id that the run has seen; 0 for none.
    pub seen: u64,
    /// Spends of other runs that had no reply when the run last looked.
    pub open: &'a [u64],
    /// Replies that came to the run's own: spend's id and moment. An id that is not known is passed over.
    pub replies: &'a [(u64, Timestamp)],
}

/// Is told of the spends behind `seen`, by id, and of those in `open` that have a reply by now; gives what is
/// to be spent. While it decides nobody else does.
pub type Decide<'a> = &'a mut (dyn FnMut(&[SpendEntry]) -> Vec<SpendEntry> + 'a);

/// What a state store does. Every write outlives the process once its future is done; intents, spends and
/// leases outlive a loss of power too. An outcome that such a loss takes is a doubt again, which is harmless.
///
/// Of changes to the same row within one list the last one holds.
pub trait Store {
    /// The recorded rows with their names put into the pool; nothing is written, and a state that does not
    /// exist is an empty one.
    ///
    /// # Errors
    /// Also when the state has gone to another place.
    fn snapshot<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move {
            lease::stays(self.moved().await?.as_ref())?;
            self.recorded(names).await
        })
    }
    /// As [`Store::snapshot`], wherever the state has gone.
    fn recorded<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>>;
    /// What [`Store::snapshot`] gives without the tables, which are empty: its cost does not depend on the audience.
    ///
    /// Who reads rows by [`Store::scan`] asks for this first: then the serial is never newer than the rows.
    ///
    /// # Errors
    /// Also when the state has gone to another place.
    fn about<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move {
            lease::stays(self.moved().await?.as_ref())?;
            self.about_anywhere(names).await
        })
    }
    /// As [`Store::about`], wherever the state has gone.
    fn about_anywhere<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>>;
    /// One page of recorded rows, in the order of their texts: by the bytes of subject, then of item. At most `limit`
    /// rows behind the key `after`, put into `rows`, which is cleared first; fewer than `limit` are the last.
    ///
    /// A page is one moment of the state, and nothing is held between two pages: what others record meanwhile is in
    /// later pages. It is read wherever the state has gone; [`Store::about`] refuses that.
    fn page<'a>(
        &'a self,
        query: RowQuery<'a>,
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        rows: &'a mut TextRows,
    ) -> Wait<'a, Result<()>>;
    /// One page of all rows of a kind, as [`Store::page`].
    fn scan<'a>(
        &'a self,
        kind: Kind,
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        rows: &'a mut TextRows,
    ) -> Wait<'a, Result<()>> {
        self.page(RowQuery::Kind(kind), after, limit, rows)
    }
    /// All rows of one subject, such as one user's tags: few, so on one page.
    fn rows_of<'a>(&'a self, kind: Kind, subject: &'a str, rows: &'a mut TextRows) -> Wait<'a, Result<()>> {
        self.page(RowQuery::Subject(kind, subject), None, usize::MAX, rows)
    }
    /// Where the state has gone, and since when; nothing while it is here.
    fn moved(&self) -> Wait<'_, Result<Option<(String, Timestamp)>>>;
    /// Spends sent at `since` or later, those whose reply came at `since` or later, and those without a reply;
    /// by id.
    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>>;
    /// Calls without an outcome, oldest first.
    fn doubts<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>>;
    /// Takes the lease; one whose end has passed is taken over.
    ///
    /// # Errors
    /// [`Failure::Locked`](crate::problem::Failure::Locked) with who holds it; or the state has gone to another
    /// place.
    fn claim<'a>(&'a self, claim: Claim<'a>) -> Wait<'a, Result<Lease>>;
    /// Takes the lease for `ms`, as a process that cannot be found again.
    ///
    /// # Errors
    /// As [`Store::claim`].
    fn acquire<'a>(
        &'a self,
        owner: &'a str,
        operation: &'a str,
        now: Timestamp,
        ms: i64,
    ) -> Wait<'a, Result<Lease>> {
        let is_alive = |_: &str| false;
        let (presence, over) = (Presence::Here, None);
        self.claim(Claim { owner, operation, process: None, is_alive, now, ms, presence, over })
    }
    /// Renews the lease by a connection of its own, on any thread; nothing where the store has no second one.
    fn renewer(&self, _lease: &Lease) -> Option<Renewer> {
        None
    }
    /// Moves the lease's end to `ms` from now. Where the store has a clock of its own, that one counts, here and
    /// in [`Store::claim`]: machines do not agree on the time.
    ///
    /// # Errors
    /// `Locked` when somebody else has taken it over.
    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp, ms: i64) -> Wait<'a, Result<()>>;
    /// Gives the lease back; nothing happens when it is somebody else's by now.
    fn release<'a>(&'a self, lease: &'a Lease) -> Wait<'a, Result<()>>;
    /// The lease, if somebody holds one.
    fn lease(&self) -> Wait<'_, Result<Option<Lease>>>;
    /// Ends a lease by force; any when no id is given. Gives what was ended.
    ///
    /// # Errors
    /// When the lease has another id.
    fn unlock<'a>(&'a self, id: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>>;
    /// Records what calls came to, and then that others are about to be sent; gives the journal numbers of those,
    /// in order. One transaction, so that many entries cost as much as one.
    fn record<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        outcomes: &'a [Outcome],
        intents: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>>;
    /// Records that calls are about to be sent.
    fn record_intents<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        intents: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>> {
        self.record(lease, names, &[], intents)
    }
    /// Records what one call came to.
    fn record_outcome<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        id: u64,
        rows: &'a [RowChange],
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let outcome = [Outcome { id, rows: rows.to_vec() }];
            self.record(lease, names, &outcome, &[]).await.map(drop)
        })
    }
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
    /// Reads what others have spent, lets `decide` say what is to be spent now, and writes that down, before
    /// any of its calls leaves: one transaction, which no other run of the account gets in between. Gives the
    /// ids of the spends, in order; no two processes ever get the same, and what is spent later has a higher one.
    fn exchange<'a>(&'a self, told: Told<'a>, decide: Decide<'a>) -> Wait<'a, Result<Vec<u64>>>;
    /// Writes down when replies came: spend's id and moment. An id that is not known is passed over.
    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>>;
    /// All spends, to be copied to another ledger.
    fn copies(&self) -> Wait<'_, Result<Vec<CopiedSpend>>> {
        Box::pin(async move { Ok(copies(self.spends(EVER).await?)) })
    }
    /// Adds the spends that are not there yet: doing it again changes nothing.
    fn add_copies<'a>(&'a self, copies: &'a [CopiedSpend]) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            let told = Told { since: EVER, seen: 0, open: &[], replies: &[] };
            let mut lacking = |known: &[SpendEntry]| {
                let known = self::copies(known.to_vec());
                copies::lacking(copies, &known).into_iter().map(|copy| copy.spend.clone()).collect()
            };
            self.exchange(told, &mut lacking).await.map(drop)
        })
    }
    /// The latest word of a vendor on each day that is used up, where it was said of a call sent at `since` or later.
    fn used_up(&self, since: Timestamp) -> Wait<'_, Result<Vec<UsedUp>>>;
    /// Writes down what vendors said of days that are used up.
    fn record_used_up<'a>(&'a self, said: &'a [UsedUp]) -> Wait<'a, Result<()>>;
    /// Whether the ledger goes by a clock of the store's own. Where it does not, it goes by the machine's wall clock.
    fn has_own_clock(&self) -> bool {
        false
    }

    /// Whether it can hold this text.
    fn can_hold(&self, _text: &str) -> bool {
        true
    }
    /// Whether runs of other projects, on other machines, spend from the same ledger: then they want to know
    /// soon when replies came, and reading is written down too.
    fn is_shared(&self) -> bool;
    /// Puts this in the place of everything recorded, journal and serial included, and says where the state is, as
    /// [`Store::move_to`] does: one transaction. The lease and the ledger stay as they are.
    fn restore<'a>(&'a self, lease: &'a Lease, whole: &'a Whole, at: Whereabouts<'a>)
    -> Wait<'a, Result<()>>;
    /// Says that the state is in another place, or here: as long as it is elsewhere nobody reads or writes it here.
    fn move_to<'a>(&'a self, lease: &'a Lease, at: Whereabouts<'a>) -> Wait<'a, Result<()>>;
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

/// Where a state is, seen from one of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts<'a> {
    /// Here.
    Here,
    /// In another place, since this moment.
    Elsewhere(&'a str, Timestamp),
}

/// What one call came to: it is in doubt no longer, and these rows changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The journal's number of the call.
    pub id: u64,
    /// What it made true.
    pub rows: Vec<RowChange>,
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
    /// Spends before this are dropped, and what vendors said of days before it.
    pub forget_before: Timestamp,
}
