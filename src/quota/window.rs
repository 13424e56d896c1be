//! Counting one subject's calls against one limit: a sliding window, or calendar days.
//!
//! It does not know what a call is, nor which limits belong together: that is `ledger.rs`'s.
//!
//! ```text
//! sliding, N = 2, W:   sent ──call 1── answered ├──────── W ────────┤
//!                        sent ──call 2──────────────── answered ├──────── W ────────┤
//!                      a third call leaves as soon as one of the two is outside: where the first bar ends
//! day:                 ──call──┊──answered      counts on both sides of midnight
//! ```

use std::collections::VecDeque;

use crate::timestamp::Timestamp;

/// When a limit lets the next call leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    /// At this moment, which may have passed. An answer may bring it forward, never put it off.
    At(Timestamp),
    /// Some time after the answer to an unanswered call.
    AfterReply,
}

/// The calls that count in one sliding window: those that are unanswered, and those that were answered less than a
/// window ago.
///
/// A call may arrive at the vendor at any moment between its sending and its answer. Of N+1 calls that the vendor
/// counts within one window, look at the moment at which the last of them was sent: each of the other N was then
/// unanswered or answered less than a window ago. So a call that leaves only while fewer than N such calls exist is
/// never the one too many.
#[derive(Clone, Debug, Default)]
pub(super) struct Sliding {
    /// When each answered call was answered, sorted; what is taken for answered later stands at that later moment.
    answered: VecDeque<Timestamp>,
    unanswered: u32,
    /// Nothing leaves before this moment: the vendor said so.
    closed_until: Option<Timestamp>,
}

impl Sliding {
    /// When the next call may leave, with `count` (at least 1) calls in `window_ms`.
    pub(super) fn opens(&self, count: u32, window_ms: i64) -> Opens {
        let closed = self.closed_until.unwrap_or(Timestamp(i64::MIN));
        // Of all calls, in the order in which they leave the window, the `count`-th from the end has to be outside.
        let Some(behind) = count.checked_sub(self.unanswered).filter(|behind| *behind > 0) else {
            return Opens::AfterReply;
        };
        let last_inside = self.answered.len().checked_sub(behind as usize).map(|at| self.answered[at]);
        Opens::At(last_inside.map_or(closed, |answered| answered.plus(window_ms).max(closed)))
    }

    /// Takes a call in that leaves.
    pub(super) fn send(&mut self) {
        self.unanswered += 1;
    }

    /// A call that was taken in has not left.
    pub(super) fn cancel(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
    }

    /// An unanswered call was answered, or is taken for answered at this moment.
    pub(super) fn reply(&mut self, at: Timestamp, window_ms: i64, now: Timestamp) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.restore(at, window_ms, now);
    }

    /// Takes a call in whose answer is known, or taken for no later than this.
    pub(super) fn restore(&mut self, at: Timestamp, window_ms: i64, now: Timestamp) {
        while self.answered.front().is_some_and(|at| at.plus(window_ms) <= now) {
            self.answered.pop_front();
        }
        let place = self.answered.partition_point(|other| *other <= at);
        self.answered.insert(place, at);
    }

    /// A call that was taken for answered at `taken_for` was answered at `at`.
    pub(super) fn correct(&mut self, taken_for: Timestamp, at: Timestamp, window_ms: i64, now: Timestamp) {
        // It is not there any more once it has left the window.
        if let Ok(place) = self.answered.binary_search(&taken_for) {
            self.answered.remove(place);
            self.restore(at, window_ms, now);
        }
    }

    /// Nothing leaves before `until`.
    pub(super) fn close(&mut self, until: Timestamp) {
        self.closed_until = self.closed_until.max(Some(until));
    }

    /// How many calls are within the window, and when the first of them leaves it; an unanswered one leaves it
    /// `window_ms` from now at the earliest.
    pub(super) fn spent(&self, count: u32, window_ms: i64, now: Timestamp) -> (u32, Option<Timestamp>) {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return (count, Some(until));
        }
        let outside = self.answered.partition_point(|at| at.plus(window_ms) <= now);
        let inside = u32::try_from(self.answered.len() - outside).unwrap_or(u32::MAX);
        let first = self.answered.get(outside).map(|at| at.plus(window_ms));
        let unanswered = (self.unanswered > 0).then(|| now.plus(window_ms));
        let first = first.into_iter().chain(unanswered).min();
        (self.unanswered.saturating_add(inside), first)
    }

    /// Whether nothing counts any more.
    pub(super) fn is_over(&self, window_ms: i64, now: Timestamp) -> bool {
        self.unanswered == 0
            && self.closed_until.is_none_or(|until| until <= now)
            && self.answered.back().is_none_or(|at| at.plus(window_ms) <= now)
    }
}

/// A calendar day, from its first moment to the first of the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Today {
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
}

/// The calls of one calendar day. A call counts in every day that it can fall into, from its sending to its answer,
/// and in no other.
#[derive(Clone, Debug, Default)]
pub(super) struct Daily {
    /// The end of the day that `ended` is of.
    ends_at: Timestamp,
    /// Calls of this day that are under way no more.
    ended: u32,
    under_way: u32,
    /// The last moments at which calls may arrive that may do so after this day; a call that has ended is in `ended`
    /// too.
    later: Vec<Timestamp>,
    /// The vendor says that this day is used up.
    is_used_up: bool,
}

impl Daily {
    /// How many calls count today, of a limit of `count`.
    pub(super) fn spent(&self, today: Today, count: u32) -> u32 {
        let is_new = today.ends_at > self.ends_at;
        let ended = if is_new { self.carried(today) } else { self.ended };
        let spent = self.under_way.saturating_add(ended);
        if self.is_used_up && !is_new { spent.max(count) } else { spent }
    }

    /// Takes a call in.
    pub(super) fn send(&mut self, today: Today) {
        self.roll(today);
        self.under_way += 1;
    }

    /// A call that was taken in has not left.
    pub(super) fn cancel(&mut self, today: Today) {
        self.roll(today);
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A call ended; it has arrived by `until` at the latest.
    pub(super) fn end(&mut self, today: Today, until: Timestamp) {
        self.roll(today);
        self.under_way = self.under_way.saturating_sub(1);
        self.restore(today, until);
    }

    /// Takes a call in that may arrive today, and has arrived by `until` at the latest.
    pub(super) fn restore(&mut self, today: Today, until: Timestamp) {
        self.roll(today);
        self.ended = self.ended.saturating_add(1);
        if until >= today.ends_at {
            self.later.push(until);
        }
    }

    /// A call that was taken to arrive by `taken_for` at the latest had arrived by `until`, which is earlier.
    pub(super) fn correct(&mut self, today: Today, taken_for: Timestamp, until: Timestamp) {
        self.roll(today);
        if taken_for >= today.starts_at && until < today.starts_at {
            self.ended = self.ended.saturating_sub(1);
        }
        if let Some(place) = self.later.iter().position(|at| *at == taken_for) {
            self.later.swap_remove(place);
            if until >= today.ends_at {
                self.later.push(until);
            }
        }
    }

    /// The vendor says that the day is used up.
    pub(super) fn close(&mut self, today: Today) {
        self.roll(today);
        self.is_used_up = true;
    }

    /// Whether nothing of it counts today or later.
    pub(super) fn is_over(&self, today: Today) -> bool {
        self.ends_at < today.ends_at && self.under_way == 0 && self.carried(today) == 0
    }

    fn roll(&mut self, today: Today) {
        if today.ends_at > self.ends_at {
            self.ended = self.carried(today);
            self.later.retain(|until| *until >= today.ends_at);
            self.is_used_up = false;
            self.ends_at = today.ends_at;
        }
    }

    /// The calls that ended on an earlier day and may arrive on this one.
    fn carried(&self, today: Today) -> u32 {
        let later = self.later.iter().filter(|until| **until >= today.starts_at);
        u32::try_from(later.count()).unwrap_or(u32::MAX)
    }
}
