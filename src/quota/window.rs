//! Counting one subject's calls against one limit: a sliding window, or calendar days.
//!
//! It does not know what a call is, nor which limits belong together: that is `ledger.rs`'s.
//!
//! ```text
//! sliding, N = 2, W:   sent ──call 1── reply ├──────── W ────────┤ call 3 may go
//!                        sent ──call 2────── reply ├──────── W ────────┤ call 4 may go
//! day:                 ──call──┊──reply        counts on both sides of the turn
//!                              midnight
//! ```

use std::collections::VecDeque;

use crate::timestamp::Timestamp;

/// The reply of a call that has none yet.
const UNDER_WAY: Timestamp = Timestamp(i64::MAX);

/// When a limit has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opens {
    /// At this moment, which may have passed.
    At(Timestamp),
    /// Some time after a reply that is still out.
    AfterReply,
}

/// The last calls within one sliding window.
///
/// Call i+N may be sent once the reply to call i has been there for the whole window; until then call i may have
/// arrived at the vendor as late as its reply, and i+N would make N+1 in one window. Calls are numbered as they
/// were sent, and only the last N of them matter: whatever lies further back has been waited for before.
#[derive(Clone, Debug)]
pub(super) struct Sliding {
    replies: VecDeque<Timestamp>,
    first: u64,
    /// The latest reply among the calls that are no longer kept, or what stands for it.
    floor: Timestamp,
}

impl Default for Sliding {
    fn default() -> Self {
        Self { replies: VecDeque::new(), first: 0, floor: Timestamp(i64::MIN) }
    }
}

impl Sliding {
    /// When the next call may go, with `count` (at least 1) calls in `window_ms`.
    pub(super) fn opens(&self, count: u32, window_ms: i64) -> Opens {
        let replied = match self.replies.len().checked_sub(count as usize) {
            None => self.floor,
            Some(at) if self.replies[at] == UNDER_WAY => return Opens::AfterReply,
            Some(at) => self.replies[at].max(self.floor),
        };
        Opens::At(replied.plus(window_ms))
    }

    /// Takes a call in and gives its number.
    pub(super) fn send(&mut self, count: u32) -> u64 {
        self.push(UNDER_WAY, count)
    }

    /// The reply to a call came.
    pub(super) fn reply(&mut self, number: u64, at: Timestamp) {
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        match place.and_then(|place| self.replies.get_mut(place)) {
            Some(replied) => *replied = at,
            // More calls than the limit allows were taken in since (a lowered limit): it still counts.
            None => self.floor = self.floor.max(at),
        }
    }

    /// Takes a call in whose reply is known, or taken for no later than this, and gives its number.
    pub(super) fn restore(&mut self, replied_at: Timestamp, count: u32) -> u64 {
        self.push(replied_at, count)
    }

    /// Nothing goes before `until`.
    pub(super) fn close(&mut self, until: Timestamp, window_ms: i64) {
        self.floor = self.floor.max(until.plus(-window_ms));
    }

    /// How many calls are within the window, and when the first of them leaves it; one under way leaves it
    /// `window_ms` from now at the earliest.
    pub(super) fn spent(&self, count: u32, window_ms: i64, now: Timestamp) -> (u32, Option<Timestamp>) {
        let leaves = |replied: &Timestamp| match *replied {
            UNDER_WAY => now.plus(window_ms),
            replied => replied.plus(window_ms),
        };
        if self.floor.plus(window_ms) > now {
            return (count, Some(self.floor.plus(window_ms)));
        }
        let inside = || self.replies.iter().map(leaves).filter(|at| *at > now);
        (u32::try_from(inside().count()).unwrap_or(u32::MAX), inside().min())
    }

    /// Whether everything has left the window.
    pub(super) fn is_over(&self, window_ms: i64, now: Timestamp) -> bool {
        self.floor.plus(window_ms) <= now
            && self.replies.iter().all(|at| *at != UNDER_WAY && at.plus(window_ms) <= now)
    }

    fn push(&mut self, replied_at: Timestamp, count: u32) -> u64 {
        while self.replies.len() >= count as usize {
            let Some(gone) = self.replies.pop_front() else { break };
            self.first += 1;
            if gone != UNDER_WAY {
                self.floor = self.floor.max(gone);
            }
        }
        self.replies.push_back(replied_at);
        self.first + self.replies.len() as u64 - 1
    }
}

/// A calendar day, from its first moment to the first of the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Today {
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
}

/// The calls of one calendar day. A call counts on every day that it touches, from sending to reply.
#[derive(Clone, Debug, Default)]
pub(super) struct Daily {
    /// The end of the day that `count` is of.
    ends_at: Timestamp,
    count: u32,
    under_way: u32,
    /// Calls that nobody here waits for any more, and the moment by which all of them have arrived.
    stray: u32,
    stray_until: Timestamp,
}

impl Daily {
    /// How many calls count today.
    pub(super) fn spent(&self, today: Today) -> u32 {
        if today.ends_at <= self.ends_at { self.count } else { self.carried(today) }
    }

    /// Takes a call in.
    pub(super) fn send(&mut self, today: Today) {
        self.roll(today);
        self.count = self.count.saturating_add(1);
        self.under_way += 1;
    }

    /// The reply to a call came.
    pub(super) fn reply(&mut self, today: Today) {
        self.roll(today);
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Nobody waits for the reply to a call any more; it may arrive until `until`.
    pub(super) fn stray(&mut self, today: Today, until: Timestamp) {
        self.reply(today);
        self.stray += 1;
        self.stray_until = self.stray_until.max(until);
    }

    /// Takes a call in that counts today and arrives until `until`.
    pub(super) fn restore(&mut self, today: Today, until: Timestamp) {
        self.send(today);
        self.stray(today, until);
    }

    /// The day is spent.
    pub(super) fn close(&mut self, today: Today, count: u32) {
        self.roll(today);
        self.count = self.count.max(count);
    }

    /// Whether nothing of it counts today or later.
    pub(super) fn is_over(&self, today: Today) -> bool {
        self.ends_at < today.ends_at && self.carried(today) == 0
    }

    fn roll(&mut self, today: Today) {
        if today.ends_at > self.ends_at {
            self.count = self.carried(today);
            if self.stray_until < today.starts_at {
                self.stray = 0;
            }
            self.ends_at = today.ends_at;
        }
    }

    /// What a new day begins with: the calls that were out at its turn.
    fn carried(&self, today: Today) -> u32 {
        let stray = if self.stray_until >= today.starts_at { self.stray } else { 0 };
        self.under_way.saturating_add(stray)
    }
}
