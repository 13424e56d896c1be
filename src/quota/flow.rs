//! How many calls of one vendor may be under way at a time: all for whom a window has room, and so many that a limit
//! binds and not the wait for replies; fewer once the vendor shows that it is too much.
//!
//! Arithmetic on what it is told; it neither waits nor knows what a call is. What a limit allows is `ledger.rs`'s.

use super::limit::{Limit, Quotas, Window};
use crate::timestamp::{DAY_MS, Timestamp};
use crate::wire::Vendor;

/// As many calls may always be under way while nothing is wrong, whatever is known of limits.
pub const UNDER_WAY_LEAST: usize = 32;

/// So many calls of a full window leave together before it is known how long replies take: a window is counted from
/// replies, so whoever waits for one without need is late in every window after it. Getui's 100 a minute fit in, and
/// it is no more than the streams that servers commonly take on one connection.
pub const BURST_MAX: usize = 128;

/// Never more, whatever limits and latencies say: each is a connection, or a stream of one.
pub const UNDER_WAY_MAX: usize = 256;

/// A vendor that only answers slowly is never asked by fewer than this at a time: waiting is not refusing.
const SLOW_LEAST: usize = 4;

/// How much longer than its shortest a typical reply may take before it counts as a sign of too many calls: twice as
/// long, and by so many milliseconds.
const SLOWER_MS: i64 = 100;

/// The shortest latency is believed for some rounds only: it moves to the typical one by this part of the way.
const DRIFT: i64 = 8;

/// One vendor's flow of calls.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// What more than would be too much, once that is known.
    brake: Option<usize>,
    /// When that was learned.
    braked_at: Option<Timestamp>,
    /// The shortest latency, in milliseconds, while it is believed.
    shortest_ms: Option<i64>,
    round: Round,
}

/// As many replies as may be under way: then it is judged.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    replies: usize,
    sum_ms: i64,
}

impl Flow {
    /// How many calls may be under way now.
    #[must_use]
    pub fn allowed(&self, quotas: &Quotas, vendor: Vendor) -> usize {
        let enough = enough(quotas, vendor, self.shortest_ms.unwrap_or(0));
        self.brake.map_or(enough, |brake| brake.min(enough))
    }

    /// A call that left at `sent_at` was answered.
    pub fn answered(&mut self, sent_at: Timestamp, now: Timestamp, quotas: &Quotas, vendor: Vendor) {
        if self.is_old(sent_at) {
            return;
        }
        let latency_ms = now.since(sent_at);
        self.shortest_ms = Some(self.shortest_ms.map_or(latency_ms, |shortest| shortest.min(latency_ms)));
        self.round.replies += 1;
        self.round.sum_ms = self.round.sum_ms.saturating_add(latency_ms);
        if self.round.replies >= self.allowed(quotas, vendor) {
            self.judge(quotas, vendor);
        }
    }

    /// A call that left at `sent_at` was refused as one too many, found the service busy, or had no answer.
    pub fn refused(&mut self, sent_at: Timestamp, now: Timestamp, quotas: &Quotas, vendor: Vendor) {
        if !self.is_old(sent_at) {
            self.brake = Some((self.allowed(quotas, vendor) / 2).max(1));
            // What left at this very moment, too, left before the brake.
            self.braked_at = Some(now.plus(1));
        }
        self.round = Round::default();
    }

    /// Whether a call left before the brake: what comes of it says nothing of what is so since.
    fn is_old(&self, sent_at: Timestamp) -> bool {
        self.braked_at.is_some_and(|at| sent_at < at)
    }

    /// After a round: slower where replies take longer than they need to, else carefully more again.
    fn judge(&mut self, quotas: &Quotas, vendor: Vendor) {
        let Round { replies, sum_ms } = std::mem::take(&mut self.round);
        let typical_ms = sum_ms / i64::try_from(replies).unwrap_or(i64::MAX).max(1);
        let shortest_ms = self.shortest_ms.unwrap_or(typical_ms);
        let allowed = self.allowed(quotas, vendor);
        if typical_ms > shortest_ms.saturating_mul(2).saturating_add(SLOWER_MS) {
            self.brake = Some((allowed * 3 / 4).max(SLOW_LEAST.min(allowed)));
            self.shortest_ms = Some(shortest_ms + (typical_ms - shortest_ms) / DRIFT);
        } else if let Some(brake) = self.brake {
            let more = brake + (brake / 8).max(1);
            self.brake = Some(more).filter(|more| *more < enough(quotas, vendor, shortest_ms));
        }
    }
}

/// How many calls under way use up the widest limit of a vendor whose replies take so long, with room to spare: a
/// whole window's calls, up to [`BURST_MAX`], and beyond that what the latency asks for.
#[must_use]
pub fn enough(quotas: &Quotas, vendor: Vendor, latency_ms: i64) -> usize {
    let widest = quotas.iter().filter(|(_, quota)| quota.vendor == vendor).map(|(_, quota)| {
        let under_way = |limit: &Limit| used_up_by(quota.usable(limit.count), limit.window, latency_ms);
        quota.limits.iter().map(under_way).min().unwrap_or(UNDER_WAY_MAX)
    });
    widest.max().unwrap_or(UNDER_WAY_LEAST).clamp(UNDER_WAY_LEAST, UNDER_WAY_MAX)
}

/// How many calls under way use up a limit of `count` calls.
fn used_up_by(count: u32, window: Window, latency_ms: i64) -> usize {
    let window_ms = match window {
        Window::Sliding(ms) => ms,
        Window::Day => DAY_MS,
    };
    let calls = i64::from(count).saturating_mul(latency_ms.max(0));
    let steady = usize::try_from(calls.saturating_mul(2) / window_ms.max(1) + 1).unwrap_or(UNDER_WAY_MAX);
    let burst = usize::try_from(count).unwrap_or(BURST_MAX).min(BURST_MAX);
    steady.max(burst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quota::{Limit, Quota};
    use crate::timestamp::Zone;

    const VENDOR: Vendor = Vendor::Getui;

    fn quotas(limits: &str) -> Quotas {
        let limits = limits.split(", ").map(|limit| Limit::parse(limit).expect("a limit")).collect();
        let (name, zone) = ("requests", Zone::shanghai());
        Quotas::new(vec![Quota { vendor: VENDOR, name, limits, zone, reserve_percent: 0 }])
    }

    /// Calls that left after everything else.
    fn answer(flow: &mut Flow, quotas: &Quotas, times: usize, ms: i64) {
        let sent = Timestamp(1_000_000);
        (0..times).for_each(|_| flow.answered(sent, sent.plus(ms), quotas, VENDOR));
    }

    #[test]
    fn a_slow_vendor_is_called_by_more_at_a_time_so_that_its_limit_binds() {
        let quotas = quotas("1200/1m");
        for (latency_ms, allowed) in [(0, 128), (3_000, 128), (3_200, 129), (5_000, 201), (60_000, 256)] {
            let mut flow = Flow::default();
            answer(&mut flow, &quotas, 1, latency_ms);
            assert_eq!(flow.allowed(&quotas, VENDOR), allowed, "{latency_ms} ms");
            assert_eq!(enough(&quotas, VENDOR, latency_ms), allowed, "{latency_ms} ms");
        }
    }

    #[test]
    fn a_full_window_leaves_together() {
        for (limits, allowed) in [
            ("5/1s", 32),
            ("32/1m", 32),
            ("33/1m", 33),
            ("100/1m", 100),
            ("100/1m, 10000/1d", 100),
            ("128/1m", 128),
            ("129/1m", 128),
            ("100000000/1m", 128),
        ] {
            assert_eq!(Flow::default().allowed(&quotas(limits), VENDOR), allowed, "{limits}");
        }
    }

    #[test]
    fn a_refusal_halves_once_for_all_calls_of_the_same_time() {
        let quotas = quotas("1200/1m");
        let mut flow = Flow::default();
        let at = Timestamp;
        for (sent, now, allowed) in [(0, 50, 64), (0, 50, 64), (50, 50, 64), (51, 99, 32), (99, 99, 32)] {
            flow.refused(at(sent), at(now), &quotas, VENDOR);
            assert_eq!(flow.allowed(&quotas, VENDOR), allowed, "sent {sent}, refused {now}");
        }
        (200..300).for_each(|ms| flow.refused(at(ms * 2), at(ms * 2), &quotas, VENDOR));
        assert_eq!(flow.allowed(&quotas, VENDOR), 1, "one call at a time always goes");
    }

    #[test]
    fn what_was_slowed_down_comes_back_when_nothing_is_refused() {
        let quotas = quotas("1200/1m");
        let mut flow = Flow::default();
        (0..8).for_each(|n| flow.refused(Timestamp(n * 10), Timestamp(n * 10), &quotas, VENDOR));
        let mut steps = vec![flow.allowed(&quotas, VENDOR)];
        while *steps.last().expect("a step") < 128 {
            answer(&mut flow, &quotas, *steps.last().expect("a step"), 20);
            steps.push(flow.allowed(&quotas, VENDOR));
            assert!(steps.len() < 40, "it does not come back: {steps:?}");
        }
        assert!(steps.is_sorted() && steps[0] == 1, "{steps:?}");
    }

    #[test]
    fn replies_that_take_longer_and_longer_slow_down_until_they_are_the_new_normal() {
        let quotas = quotas("1200/1m");
        let mut flow = Flow::default();
        answer(&mut flow, &quotas, 128, 50);
        answer(&mut flow, &quotas, 128, 900);
        assert_eq!(flow.allowed(&quotas, VENDOR), 96);
        answer(&mut flow, &quotas, 222, 900);
        let least = flow.allowed(&quotas, VENDOR);
        assert!((SLOW_LEAST..48).contains(&least), "{least}");
        answer(&mut flow, &quotas, 4_000, 900);
        assert!(flow.allowed(&quotas, VENDOR) >= 128, "{}", flow.allowed(&quotas, VENDOR));
    }
}
