//! One request on its way to a vendor: how long it may take, and what its reply tells the ledger, the flow and the
//! observer.

use std::convert::Infallible;

use super::admit::UnderWay;
use super::call::Job;
use super::retry::Fault;
use super::transport::SEND_MS_MAX;
use super::{GRACE_MS, Gate, GateEvent, Inner};
use crate::kind::Shown;
use crate::quota::Bucket;
use crate::timestamp::{SECOND_MS, Timestamp};
use crate::wire::{Broken, Reply, Request, Vendor};

/// The quota that a vendor's rate headers speak of: the one that every call spends.
const SHOWN_QUOTA: &str = "requests";

/// After this long without a reply it is said that none has come.
const SILENCE_MS: i64 = 10 * SECOND_MS;

/// Headers count whole seconds to a reset, so it may be this much later than they say.
const RESET_ROUNDING_MS: i64 = SECOND_MS;

impl Gate {
    /// Sends one request, and tells the ledger and the observer.
    pub(super) async fn transmit(
        &self,
        job: &Job<'_>,
        request: &Request,
        under_way: UnderWay<'_>,
    ) -> Result<Reply, Broken> {
        let outcome = self.send_part(job, request, &under_way).await;
        under_way.finish();
        outcome
    }

    /// Sends one request on a leave that others may go on as well.
    pub(super) async fn send_part(
        &self,
        job: &Job<'_>,
        request: &Request,
        under_way: &UnderWay<'_>,
    ) -> Result<Reply, Broken> {
        let vendor = job.vendor();
        self.inner.borrow_mut().calls += 1;
        self.tell(GateEvent::Sent { vendor });
        let sent_at = self.clock.now();
        // A connection that was still being made when the process stood still may be there now: for others this call is
        // over, so it does not leave any more.
        let sent = self.clock.never_after_ms(under_way.left_ms(), self.transport.send(request));
        let outcome = tokio::select! {
            outcome = sent => outcome,
            () = self.grace_ends() => Some(Err(given_up(GRACE_MS))),
            never = self.tell_silence(vendor) => match never {},
        };
        let now = self.clock.now();
        let outcome = outcome.unwrap_or_else(|| Err(given_up(SEND_MS_MAX)));
        if matches!(outcome, Err(Broken::NoReply(_))) {
            under_way.lose();
        }
        if let Ok(reply) = &outcome {
            let latency_ms = self.clock.now_rounded_up().since(sent_at);
            self.inner.borrow_mut().latencies.push(latency_ms);
            if let Some(shown) = job.provider.shown(reply) {
                self.correct_shown(vendor, under_way, shown, now);
            }
            self.tell_replied(request, reply.status, now.since(sent_at));
        }
        outcome
    }

    /// Tells that a vendor has not answered for a while, of many calls at a time once.
    async fn tell_silence(&self, vendor: Vendor) -> Infallible {
        self.clock.sleep_ms(SILENCE_MS).await;
        let now = self.clock.now();
        let told = self.inner.borrow_mut().silence_told.insert(vendor, now);
        if told.is_none_or(|told| now.since(told) >= SILENCE_MS) {
            self.tell(GateEvent::Silent { vendor, ms: SILENCE_MS });
        }
        std::future::pending().await
    }

    /// What a try says of how many calls the vendor takes at a time.
    pub(super) fn flowed(&self, vendor: Vendor, sent_at: Timestamp, fault: Option<&Fault>) {
        let now = self.clock.now();
        let Inner { lanes, ledger, .. } = &mut *self.inner.borrow_mut();
        let flow = &mut lanes.entry(vendor).or_default().flow;
        if fault.is_some_and(Fault::is_too_much) {
            flow.refused(sent_at, now, ledger.quotas(), vendor);
        } else {
            flow.answered(sent_at, now, ledger.quotas(), vendor);
        }
        // Fewer or more may go than a moment ago.
        self.changed.notify_one();
    }

    /// Comes back some time after somebody asked to stop. Until then it waits.
    async fn grace_ends(&self) {
        let stopped = self.stopped.notified();
        if !self.is_interrupted() {
            stopped.await;
        }
        self.clock.sleep_ms(GRACE_MS).await;
    }

    fn tell_replied(&self, request: &Request, status: u16, latency_ms: i64) {
        if self.options.on_event.is_some() {
            let path = (!request.path_is_secret).then(|| request.path.clone());
            let Request { vendor, method, .. } = *request;
            self.tell(GateEvent::Replied { vendor, method, path, status, latency_ms });
        }
    }

    fn correct_shown(&self, vendor: Vendor, under_way: &UnderWay<'_>, shown: Shown, now: Timestamp) {
        let quota = self.inner.borrow().ledger.quotas().find(vendor, SHOWN_QUOTA);
        let resets_at = now.plus(shown.reset_ms.max(0) + RESET_ROUNDING_MS);
        if let Some(quota) = quota {
            let bucket = Bucket { limit: shown.limit, remaining: shown.remaining, resets_at };
            under_way.shown(quota, bucket, now);
        }
    }
}

/// Nobody waits longer for a reply; it may still have been carried out.
fn given_up(after_ms: i64) -> Broken {
    Broken::NoReply(format!("none came within {} s", after_ms / SECOND_MS))
}
