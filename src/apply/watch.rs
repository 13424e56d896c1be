//! Tells, while something else goes on, what is waited for and how far the run is.
//!
//! It drives the work itself: nothing is spawned, and nothing is told once the work has ended.

use super::Run;
use crate::quota::{LimitStatus, QuotaId};
use crate::report::What;
use crate::timestamp::{SECOND_MS, Timestamp};

/// How often progress is told at most.
pub(super) const PROGRESS_EVERY_MS: i64 = SECOND_MS;

impl Run<'_> {
    /// Drives `work` to its end.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                (quota, until) = self.apply.gate.next_wait() => self.tell_wait(quota, until),
                () = self.apply.clock.sleep_ms(PROGRESS_EVERY_MS) => self.tell_progress(),
            }
        }
    }

    /// Of the quota's limits the one that has the least left is what is waited for.
    pub(super) fn tell_wait(&self, id: QuotaId, until: Timestamp) {
        if until <= self.apply.clock.now() {
            return;
        }
        let status = self.apply.gate.status();
        let of = status.iter().filter(|one| one.quota == id);
        let limit = of.min_by_key(|one: &&LimitStatus| one.left).map(|one| one.limit.to_string());
        let quota = self.apply.quotas.get(id);
        let quota = format!("{} {}", quota.vendor.word(), quota.name);
        self.tell(What::QuotaWait { quota, limit: limit.unwrap_or_default(), until });
    }

    pub(super) fn tell_progress(&self) {
        let now = self.apply.clock.now();
        if self.pace.borrow_mut().is_due(now) {
            let progress = self.pace.borrow().progress(&self.apply.gate.status(), now);
            self.tell(What::Progress(progress));
        }
    }
}
