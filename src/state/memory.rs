//! A state in memory, for tests and simulation: what a run leaves in it outlives the run as a file would.
//!
//! A [`Memory`] is a handle; clones share the state, so a crash drops the run and keeps a clone. It keeps texts,
//! as a file does, so nothing of a run's numbers can leak into the next. It does not know what a disk can do
//! wrong.

mod rows;
mod spent;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::spent::Spent;
use super::{
    Claim, Decide, Doubt, End, Intent, Keep, Lease, Outcome, Presence, RowChange, RowQuery, SpendEntry,
    Store, Told, UsedUp, Whereabouts, Whole, lease,
};
use crate::clock::Wait;
use crate::kind::Write;
use crate::names::Names;
use crate::plan::{Approval, Recorded};
use crate::problem::{Problem, Result};
use crate::state::codec;
use crate::table::{Kind, Row};
use crate::text_rows::TextRows;
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// A handle on a state in memory.
#[derive(Clone, Default)]
pub struct Memory {
    inner: Rc<RefCell<Inner>>,
    /// Apart from the state: other projects' states may hold the same one.
    spent: Rc<RefCell<Spent>>,
}

#[derive(Default)]
struct Inner {
    rows: BTreeMap<(Kind, String, String), (String, u32)>,
    kept: BTreeMap<(String, String), (String, u32)>,
    protected: BTreeSet<String>,
    accounts: BTreeMap<Vendor, String>,
    approval: Option<Approval>,
    serial: u64,
    calls: BTreeMap<u64, Call>,
    calls_given: u64,
    lease: Option<Lease>,
    gone: Option<(String, Timestamp)>,
    fence: u64,
    writes: u64,
    dies_after: Option<u64>,
}

/// A call of the journal, as a file would keep it.
struct Call {
    write: String,
    rows: String,
    at: Timestamp,
}

impl Memory {
    /// An empty state.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The empty state of another project that spends from the same ledger.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { inner: Rc::default(), spent: Rc::clone(&self.spent) }
    }

    /// How many writes there were: the moments at which a run can be cut off.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.inner.borrow().writes
    }

    /// Lets the next `writes` writes pass and refuses all after them, as if the process were gone by then, until
    /// [`Memory::revive`].
    pub fn die_after(&self, writes: u64) {
        let mut inner = self.inner.borrow_mut();
        inner.dies_after = Some(inner.writes + writes);
    }

    /// Takes writes again: the next run begins.
    pub fn revive(&self) {
        self.inner.borrow_mut().dies_after = None;
    }

    /// One write: counted, refused when the process is meant to be dead.
    fn write<T>(&self, work: impl FnOnce(&mut Inner) -> Result<T>) -> Result<T> {
        let mut inner = self.inner.borrow_mut();
        if inner.dies_after.is_some_and(|last| inner.writes >= last) {
            return Err(Problem::error("state::crashed", "the simulated process is dead").into());
        }
        inner.writes += 1;
        work(&mut inner)
    }

    /// One write under a lease.
    fn write_as<T>(&self, lease: &Lease, work: impl FnOnce(&mut Inner) -> T) -> Result<T> {
        self.write(|inner| {
            lease::mine(inner.lease.as_ref(), lease)?;
            Ok(work(inner))
        })
    }
}

impl Inner {
    fn intend(&mut self, names: &Names, calls: &[Intent]) -> Vec<u64> {
        let given = calls.iter().map(|Intent { write, rows, at }| {
            self.calls_given += 1;
            let write = codec::encode_write(write, names);
            let rows = codec::encode_rows(rows, names);
            self.calls.insert(self.calls_given, Call { write, rows, at: *at });
            self.calls_given
        });
        given.collect()
    }

    fn move_to(&mut self, at: Whereabouts) {
        self.gone = match at {
            Whereabouts::Here => None,
            Whereabouts::Elsewhere(place, since) => Some((place.to_owned(), since)),
        };
    }

    fn restore(&mut self, whole: &Whole) {
        let Whole { names, recorded, .. } = whole;
        self.rows.clear();
        self.kept.clear();
        self.calls.clear();
        self.approval = None;
        self.change(names, &whole.puts());
        self.keep(names, &recorded.kept, Keep::Hold);
        self.protect(names, &recorded.protected);
        self.accounts.clone_from(&recorded.accounts);
        self.serial = recorded.serial;
        self.intend(names, &whole.intents());
    }

    fn finish(&mut self, names: &Names, end: &End) -> u64 {
        let End { protected, accounts, forget_before: _ } = end;
        self.protect(names, protected);
        self.accounts = (*accounts).clone();
        self.serial += 1;
        self.serial
    }
}

fn doubt(id: u64, call: &Call, names: &mut Names) -> Result<Doubt> {
    let read = |why: String| Problem::error("state::damaged", why);
    let write: Write = codec::decode_write(&call.write, names).map_err(read)?;
    let rows = codec::decode_rows(&call.rows, names).map_err(read)?;
    Ok(Doubt { id, write, rows, at: call.at })
}

impl Store for Memory {
    fn recorded<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move { Ok(self.inner.borrow().snapshot(names)) })
    }

    fn about_anywhere<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        Box::pin(async move { Ok(self.inner.borrow().about(names)) })
    }

    fn page<'a>(
        &'a self,
        query: RowQuery<'a>,
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        rows: &'a mut TextRows,
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.inner.borrow().page(query, after, limit, rows);
            Ok(())
        })
    }

    fn moved(&self) -> Wait<'_, Result<Option<(String, Timestamp)>>> {
        Box::pin(async move { Ok(self.inner.borrow().gone.clone()) })
    }

    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>> {
        Box::pin(async move { Ok(self.spent.borrow().since(since)) })
    }

    fn doubts<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>> {
        Box::pin(async move {
            self.inner.borrow().calls.iter().map(|(id, call)| doubt(*id, call, names)).collect()
        })
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Wait<'a, Result<Lease>> {
        Box::pin(async move {
            self.write(|inner| {
                if claim.presence == Presence::Here {
                    lease::stays(inner.gone.as_ref())?;
                }
                // Not random, so that a simulation repeats itself byte for byte.
                let new = (format!("lease-{}", inner.fence + 1), inner.fence + 1);
                let lease = lease::granted(inner.lease.as_ref(), &claim, claim.now, new)?;
                inner.fence = lease.fence;
                inner.lease = Some(lease.clone());
                Ok(lease)
            })
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp, ms: i64) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, |inner| {
                inner.lease = Some(Lease { ends_at: now.plus(ms), ..lease.clone() });
            })
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write(|inner| {
                inner.lease.take_if(|held| held.fence == lease.fence);
                Ok(())
            })
        })
    }

    fn lease(&self) -> Wait<'_, Result<Option<Lease>>> {
        Box::pin(async move { Ok(self.inner.borrow().lease.clone()) })
    }

    fn unlock<'a>(&'a self, id: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>> {
        Box::pin(async move {
            self.write(|inner| {
                lease::endable(inner.lease.as_ref(), id)?;
                Ok(inner.lease.take())
            })
        })
    }

    fn record<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        outcomes: &'a [Outcome],
        intents: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            self.write_as(lease, |inner| {
                for Outcome { id, rows } in outcomes {
                    inner.calls.remove(id);
                    inner.change(names, rows);
                }
                inner.intend(names, intents)
            })
        })
    }

    fn amend<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [RowChange],
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move { self.write_as(lease, |inner| inner.change(names, rows)) })
    }

    fn keep<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [Row],
        keep: Keep,
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move { self.write_as(lease, |inner| inner.keep(names, rows, keep)) })
    }

    fn approval(&self) -> Wait<'_, Result<Option<Approval>>> {
        Box::pin(async move { Ok(self.inner.borrow().approval.clone()) })
    }

    fn approve<'a>(&'a self, lease: &'a Lease, approval: Option<&'a Approval>) -> Wait<'a, Result<()>> {
        Box::pin(async move { self.write_as(lease, |inner| inner.approval = approval.cloned()) })
    }

    fn exchange<'a>(&'a self, told: Told<'a>, decide: Decide<'a>) -> Wait<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            self.write(|_| {
                let mut spent = self.spent.borrow_mut();
                spent.reply(told.replies);
                let wanted = decide(&spent.news(told));
                Ok(spent.add(wanted))
            })
        })
    }

    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write(|_| {
                self.spent.borrow_mut().reply(replies);
                Ok(())
            })
        })
    }

    fn used_up(&self, since: Timestamp) -> Wait<'_, Result<Vec<UsedUp>>> {
        Box::pin(async move { Ok(self.spent.borrow().used_up(since)) })
    }

    fn record_used_up<'a>(&'a self, said: &'a [UsedUp]) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write(|_| {
                self.spent.borrow_mut().record_used_up(said);
                Ok(())
            })
        })
    }

    fn is_shared(&self) -> bool {
        Rc::strong_count(&self.spent) > Rc::strong_count(&self.inner)
    }

    fn restore<'a>(
        &'a self,
        lease: &'a Lease,
        whole: &'a Whole,
        at: Whereabouts<'a>,
    ) -> Wait<'a, Result<()>> {
        Box::pin(async move {
            self.write_as(lease, |inner| {
                inner.restore(whole);
                inner.move_to(at);
            })
        })
    }

    fn move_to<'a>(&'a self, lease: &'a Lease, at: Whereabouts<'a>) -> Wait<'a, Result<()>> {
        Box::pin(async move { self.write_as(lease, |inner| inner.move_to(at)) })
    }

    fn finish<'a>(&'a self, lease: &'a Lease, names: &'a Names, end: End<'a>) -> Wait<'a, Result<u64>> {
        Box::pin(async move {
            self.write_as(lease, |inner| {
                self.spent.borrow_mut().forget(end.forget_before);
                inner.finish(names, &end)
            })
        })
    }
}
