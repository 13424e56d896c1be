//! Where the ledger is shared, and so maybe far, spends are recorded ahead: a call whose spends are recorded waits here
//! until fewer calls of its vendor are being sent than its flow allows.
//!
//! Without it a place would stand empty from each reply until the next exchange with the store has ended. At most
//! twice as many calls wait here as may be sent at a time.

use std::rc::Rc;

use tokio::sync::Notify;

use super::{CallError, Gate};
use crate::wire::Vendor;

/// The right to be one of those that are being sent; given back when it is dropped.
pub(super) struct Slot<'g> {
    gate: &'g Gate,
    vendor: Vendor,
}

impl Gate {
    /// Waits for a slot; none is needed where nothing is recorded ahead.
    pub(super) async fn slot(&self, vendor: Vendor) -> Result<Option<Slot<'_>>, CallError> {
        if self.inner.borrow().ahead == 0 {
            return Ok(None);
        }
        loop {
            if self.options.until.is_some_and(|until| self.clock.now() > until) {
                return Err(CallError::Deadline);
            }
            let freed = match self.take_slot(vendor) {
                Ok(slot) => return Ok(Some(slot)),
                Err(freed) => freed,
            };
            let stopped = self.stopped.notified();
            if self.is_interrupted() {
                return Err(CallError::Interrupted);
            }
            tokio::select! {
                () = freed.notified() => {}
                () = stopped => return Err(CallError::Interrupted),
            }
        }
    }

    /// A slot, or what tells that one is free.
    fn take_slot(&self, vendor: Vendor) -> Result<Slot<'_>, Rc<Notify>> {
        let mut inner = self.inner.borrow_mut();
        let allowed = inner.allowed(vendor, &self.options);
        let lane = inner.lanes.entry(vendor).or_default();
        if lane.sending >= allowed {
            return Err(Rc::clone(&lane.freed));
        }
        lane.sending += 1;
        if lane.sending < allowed {
            // The flow may allow more than a moment ago.
            lane.freed.notify_one();
        }
        Ok(Slot { gate: self, vendor })
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut inner = self.gate.inner.borrow_mut();
        let lane = inner.lanes.entry(self.vendor).or_default();
        lane.sending -= 1;
        lane.freed.notify_one();
    }
}
