//! A store that takes its time, as one behind a long or a busy line does: before it does what it is asked, and behind.
//!
//! It changes nothing of what is stored.

use std::cell::RefCell;

use fastrand::Rng;

use pushform::clock::{Clock, Wait};
use pushform::names::Names;
use pushform::plan::{Approval, Recorded};
use pushform::problem::Result;
use pushform::state::{
    Claim, Decide, Doubt, End, Intent, Keep, Lease, Outcome, RowChange, RowQuery, SpendEntry, Store, Told,
    UsedUp, Whereabouts, Whole,
};
use pushform::table::Row;
use pushform::text_rows::TextRows;
use pushform::timestamp::Timestamp;

/// The longest ordinary delay of one direction.
const DELAY_MS_MAX: i64 = 60;
/// The longest of all, which comes once in so many operations.
const STALL_MS_MAX: i64 = 8_000;
const STALL_IN: u32 = 60;

/// A store behind a slow line.
pub struct Slow<S> {
    store: S,
    clock: Clock,
    dice: RefCell<Rng>,
}

impl<S: Store> Slow<S> {
    pub const fn new(store: S, clock: Clock, dice: Rng) -> Self {
        Self { store, clock, dice: RefCell::new(dice) }
    }

    /// One direction of the line.
    async fn travel(&self) {
        let ms = {
            let mut dice = self.dice.borrow_mut();
            let is_stalled = dice.u32(..STALL_IN) == 0;
            dice.i64(..if is_stalled { STALL_MS_MAX } else { DELAY_MS_MAX })
        };
        if ms > 0 {
            self.clock.sleep_ms(ms).await;
        }
    }
}

/// Passes a call through with a delay on both sides.
macro_rules! slowly {
    ($self:ident, $call:expr) => {
        Box::pin(async move {
            $self.travel().await;
            let done = $call.await;
            $self.travel().await;
            done
        })
    };
}

impl<S: Store> Store for Slow<S> {
    fn recorded<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        slowly!(self, self.store.recorded(names))
    }

    fn about_anywhere<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        slowly!(self, self.store.about_anywhere(names))
    }

    fn page<'a>(
        &'a self,
        query: RowQuery<'a>,
        after: Option<(&'a str, &'a str)>,
        limit: usize,
        rows: &'a mut TextRows,
    ) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.page(query, after, limit, rows))
    }

    fn moved(&self) -> Wait<'_, Result<Option<(String, Timestamp)>>> {
        slowly!(self, self.store.moved())
    }

    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>> {
        slowly!(self, self.store.spends(since))
    }

    fn doubts<'a>(&'a self, names: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>> {
        slowly!(self, self.store.doubts(names))
    }

    fn claim<'a>(&'a self, claim: Claim<'a>) -> Wait<'a, Result<Lease>> {
        slowly!(self, self.store.claim(claim))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp, ms: i64) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.renew(lease, now, ms))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.release(lease))
    }

    fn lease(&self) -> Wait<'_, Result<Option<Lease>>> {
        slowly!(self, self.store.lease())
    }

    fn unlock<'a>(&'a self, id: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>> {
        slowly!(self, self.store.unlock(id))
    }

    fn record<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        outcomes: &'a [Outcome],
        intents: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>> {
        slowly!(self, self.store.record(lease, names, outcomes, intents))
    }

    fn amend<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [RowChange],
    ) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.amend(lease, names, rows))
    }

    fn keep<'a>(
        &'a self,
        lease: &'a Lease,
        names: &'a Names,
        rows: &'a [Row],
        keep: Keep,
    ) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.keep(lease, names, rows, keep))
    }

    fn approval(&self) -> Wait<'_, Result<Option<Approval>>> {
        slowly!(self, self.store.approval())
    }

    fn approve<'a>(&'a self, lease: &'a Lease, approval: Option<&'a Approval>) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.approve(lease, approval))
    }

    fn exchange<'a>(&'a self, told: Told<'a>, decide: Decide<'a>) -> Wait<'a, Result<Vec<u64>>> {
        slowly!(self, self.store.exchange(told, decide))
    }

    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.replied(replies))
    }

    fn used_up(&self, since: Timestamp) -> Wait<'_, Result<Vec<UsedUp>>> {
        slowly!(self, self.store.used_up(since))
    }

    fn record_used_up<'a>(&'a self, said: &'a [UsedUp]) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.record_used_up(said))
    }

    fn has_own_clock(&self) -> bool {
        self.store.has_own_clock()
    }

    fn can_hold(&self, text: &str) -> bool {
        self.store.can_hold(text)
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn restore<'a>(
        &'a self,
        lease: &'a Lease,
        whole: &'a Whole,
        at: Whereabouts<'a>,
    ) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.restore(lease, whole, at))
    }

    fn move_to<'a>(&'a self, lease: &'a Lease, at: Whereabouts<'a>) -> Wait<'a, Result<()>> {
        slowly!(self, self.store.move_to(lease, at))
    }

    fn finish<'a>(&'a self, lease: &'a Lease, names: &'a Names, end: End<'a>) -> Wait<'a, Result<u64>> {
        slowly!(self, self.store.finish(lease, names, end))
    }
}
