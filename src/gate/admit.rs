//! Waiting for room without a task of its own: one of the waiters drives the queue for all.
//!
//! The driver looks at the queue, writes the spends of all who may go in one go, lets them go, and sleeps until
//! a reply, an arrival or the next opening. When it goes itself, or is dropped, another waiter takes the wheel.
//! Nobody polls.

use std::cell::Cell;
use std::rc::Rc;

use super::queue::{Fate, Grant, Granted, Outlook, Waiter, Want};
use super::slots::Slot;
use super::spends::NOT_COUNTED;
use super::{CallError, Gate, GateEvent};
use crate::gate::transport::SEND_MS_MAX;
use crate::quota::{Arrival, Bucket, QuotaId};
use crate::timestamp::{SECOND_MS, Timestamp};
use crate::wire::Vendor;

/// Waits shorter than this are nothing to tell anybody.
const WAIT_TOLD_MS: i64 = SECOND_MS;

/// What waiting came to, where the call does not go.
pub(super) enum Turned {
    /// Sign in first.
    SignIn,
    /// It does not go.
    Away(CallError),
}

/// A call that may go, or is gone and has no reply yet. Dropped without [`UnderWay::finish`], it counts as long
/// as it may still arrive.
pub(super) struct UnderWay<'g> {
    gate: &'g Gate,
    grant: Option<Grant>,
    /// Where one is needed.
    slot: Option<Slot<'g>>,
    /// Whether something was sent that has no reply.
    is_lost: Cell<bool>,
}

impl<'g> UnderWay<'g> {
    /// The same with the right to be sent now.
    pub(super) fn with_slot(self, slot: Option<Slot<'g>>) -> Self {
        let mut with = self;
        with.slot = slot;
        with
    }

    /// Corrects the ledger by what the reply shows of a bucket; before [`UnderWay::finish`].
    pub(super) fn shown(&self, quota: QuotaId, bucket: Bucket, now: Timestamp) {
        if let Some(grant) = &self.grant {
            self.gate.inner.borrow_mut().ledger.correct_shown(&grant.ticket, quota, bucket, now);
        }
    }

    /// How long it may take from now on: others count it as over by [`SEND_MS_MAX`] after its spends were
    /// written down, however long that took.
    pub(super) fn left_ms(&self) -> i64 {
        let now = self.gate.clock.now_rounded_up();
        self.grant.as_ref().map_or(0, |grant| grant.at.plus(SEND_MS_MAX).since(now))
    }

    /// Whether it spends a share that one subject has for itself.
    pub(super) fn has_subject(&self) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.ticket.has_subject())
    }

    /// There is no reply: whoever carried it so far may still bring it to the vendor, until its time is out. So it counts
    /// as unanswered until then, here and, without a reply written down, everywhere else.
    pub(super) fn lose(&self) {
        self.is_lost.set(true);
    }

    /// Nothing is waited for any more: the reply came, or is lost, or nothing was sent.
    pub(super) fn finish(mut self) {
        if let Some(grant) = self.grant.take() {
            self.end(grant);
        }
    }

    /// Gives when it counts as answered.
    fn end(&self, mut grant: Grant) -> Timestamp {
        let left_ms = grant.at.plus(SEND_MS_MAX).since(self.gate.clock.now_rounded_up());
        let mut more_ms = 0;
        if self.is_lost.get() {
            more_ms = left_ms.max(0);
            grant.ids.clear();
        }
        let arrival = self.gate.arrival(more_ms);
        self.gate.end(grant, arrival);
        arrival.until
    }

    /// The same, but the last `own` of its spends are written down as answered later: gives their ids, and when it
    /// counts as answered.
    pub(super) fn finish_but(mut self, own: usize) -> (Vec<u64>, Timestamp) {
        let Some(mut grant) = self.grant.take() else { return (Vec::new(), self.gate.clock.now()) };
        let ids = grant.ids.split_off(grant.ids.len().saturating_sub(own));
        (ids, self.end(grant))
    }
}

impl UnderWay<'_> {
    /// It has not left, and does not with this grant.
    pub(super) fn cancel(mut self) {
        if let Some(grant) = self.grant.take() {
            self.gate.cancel(grant);
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(Grant { vendor, ticket, .. }) = self.grant.take() {
            let (now, arrival) = (self.gate.clock.now(), self.gate.arrival(SEND_MS_MAX));
            self.gate.leave(vendor, |inner| inner.ledger.end(ticket, arrival, now));
        }
    }
}

/// A waiter's place, given back when its future is dropped.
struct Seated<'g> {
    gate: &'g Gate,
    waiter: Rc<Waiter>,
}

impl Drop for Seated<'_> {
    fn drop(&mut self) {
        self.waiter.is_gone.set(true);
        self.gate.inner.borrow_mut().queue.remove(&self.waiter);
        if let Some(Fate::Go(grant)) = self.waiter.take_fate() {
            // It had its room and was dropped before it used it: nothing left.
            self.gate.cancel(grant);
        }
        if !self.gate.driven.get() {
            self.gate.wake_a_driver();
        }
    }
}

/// The right to drive the queue.
struct Wheel<'g>(&'g Gate);

impl Drop for Wheel<'_> {
    fn drop(&mut self) {
        self.0.driven.set(false);
        self.0.wake_a_driver();
    }
}

impl Gate {
    /// Waits until the call may go.
    pub(super) async fn admit(&self, want: Want) -> Result<UnderWay<'_>, Turned> {
        let waiter = Waiter::new(want);
        self.inner.borrow_mut().queue.push(&waiter);
        self.changed.notify_one();
        let seated = Seated { gate: self, waiter };
        loop {
            match seated.waiter.take_fate() {
                Some(Fate::Go(grant)) => {
                    let is_lost = Cell::new(false);
                    return Ok(UnderWay { gate: self, grant: Some(grant), slot: None, is_lost });
                }
                Some(Fate::SignIn) => return Err(Turned::SignIn),
                Some(Fate::Not(error)) => return Err(Turned::Away(error)),
                None if self.driven.get() => seated.waiter.wake.notified().await,
                None => {
                    self.driven.set(true);
                    let wheel = Wheel(self);
                    self.drive(&seated.waiter).await;
                    drop(wheel);
                }
            }
        }
    }

    /// Lets calls go until `waiter` is among them.
    async fn drive(&self, waiter: &Waiter) {
        loop {
            // Whoever arrives or is answered at this very moment is looked at together with the rest.
            tokio::task::yield_now().await;
            let outlook = self.look().await;
            self.tell_waits(&outlook);
            if waiter.is_settled() {
                return;
            }
            match outlook.wake_at {
                Some(at) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = self.clock.sleep_until(at) => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    fn tell_waits(&self, outlook: &Outlook) {
        let now = self.clock.now();
        for (quota, until) in &outlook.waits {
            let mut inner = self.inner.borrow_mut();
            let told = inner.told.get(quota).is_some_and(|told| *told > now);
            if !told && until.since(now) >= WAIT_TOLD_MS {
                inner.told.insert(*quota, *until);
                inner.waits.insert(*quota, *until);
                drop(inner);
                self.waits_changed.notify_one();
                self.tell(GateEvent::Waiting { quota: *quota, until: *until });
            }
        }
    }

    fn wake_a_driver(&self) {
        let inner = self.inner.borrow();
        let unwritten = inner.unwritten.iter().map(|granted| &granted.waiter).find(|w| !w.is_gone.get());
        if let Some(waiter) = unwritten.or_else(|| inner.queue.first()) {
            waiter.wake.notify_one();
        }
    }

    /// Lets calls go whose spends are written down.
    pub(super) fn release(&self, granted: Vec<Granted>) {
        for Granted { waiter, grant, .. } in granted {
            if waiter.is_gone.get() {
                self.cancel(grant);
            } else {
                waiter.settle(Fate::Go(grant));
            }
        }
    }

    /// Turns calls away that had their room; what they spent stays spent.
    pub(super) fn turn_away(&self, granted: Vec<Granted>, why: &CallError) {
        for Granted { waiter, grant, .. } in granted {
            self.finish(grant);
            waiter.settle(Fate::Not(why.clone()));
        }
    }

    fn finish(&self, grant: Grant) {
        self.end(grant, self.arrival(0));
    }

    /// Nothing left with this grant, and nothing will: it counts neither here nor for other runs.
    fn cancel(&self, Grant { vendor, ticket, ids, at: _ }: Grant) {
        let now = self.clock.now();
        self.leave(vendor, |inner| {
            inner.ledger.cancel(ticket, now);
            inner.replies.extend(ids.into_iter().map(|id| (id, NOT_COUNTED)));
        });
    }

    fn end(&self, Grant { vendor, ticket, ids, at: _ }: Grant, arrival: Arrival) {
        let now = self.clock.now();
        self.leave(vendor, |inner| {
            inner.ledger.end(ticket, arrival, now);
            inner.replies.extend(ids.into_iter().map(|id| (id, arrival.until)));
        });
    }

    /// By when a call has arrived that may take so much longer from now on. Rounded up: a part of a millisecond too
    /// early would be a call too many.
    fn arrival(&self, more_ms: i64) -> Arrival {
        let until = self.clock.now_rounded_up().plus(more_ms);
        Arrival { until, until_by_wall: until.plus(self.clock.wall_ahead_ms().max(0)) }
    }

    fn leave(&self, vendor: Vendor, end: impl FnOnce(&mut super::Inner)) {
        let mut inner = self.inner.borrow_mut();
        end(&mut inner);
        inner.lanes.entry(vendor).or_default().under_way -= 1;
        self.changed.notify_one();
    }
}
