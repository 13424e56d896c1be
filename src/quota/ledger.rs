//! What was spent of every limit, and when the next call may go.
//!
//! Arithmetic on the times it is told: it never asks what time it is and never sleeps. It holds the laws of the
//! rate limits: never over, whatever the network does, and no moment later than that needs. A call that is sent
//! without asking [`Ledger::room`] first is counted all the same.

use super::gauge::{Counts, Gauge};
use super::limit::{Limit, Quota, QuotaId, Quotas, Spend};
use crate::timestamp::Timestamp;

/// The spends of a run, against the quotas of its accounts.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    quotas: Quotas,
    accounts: Vec<Account>,
}

/// When a call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Now.
    Now,
    /// Not before this moment.
    At(Timestamp),
    /// That cannot be said until a call under way is answered.
    AfterReply,
    /// Today's calls are spent: not before this moment, when the day turns over.
    NextDay(Timestamp),
    /// A limit of 0 forbids it.
    Never,
}

/// One spend that outlived a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which quota, and whose share of it.
    pub spend: Spend,
    /// When the call left.
    pub sent_at: Timestamp,
    /// When its reply came, if it is known to have come.
    pub replied_at: Option<Timestamp>,
}

/// What a vendor tells when it refuses a call for a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// Nothing before this moment.
    Until(Timestamp),
    /// Nothing on the day of this moment, at which the refused call left.
    DayOf(Timestamp),
}

/// By when a call that ended had arrived at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The latest moment, by the clock that the ledger is told.
    pub until: Timestamp,
    /// The same by the machine's wall clock, where that is known to be ahead: the call counts in that day too.
    pub until_by_wall: Timestamp,
}

impl Arrival {
    /// The latest moment by either clock.
    pub(super) fn latest(self) -> Timestamp {
        self.until.max(self.until_by_wall)
    }
}

impl From<Timestamp> for Arrival {
    fn from(until: Timestamp) -> Self {
        Self { until, until_by_wall: until }
    }
}

/// What a vendor shows of a bucket that others drink from too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its size, in calls, where it is shown.
    pub limit: Option<u32>,
    /// What is left of it.
    pub remaining: u32,
    /// When it is full again.
    pub resets_at: Timestamp,
}

/// One limit and what was spent of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitStatus {
    /// Whose limit.
    pub quota: QuotaId,
    /// The limit as it was given.
    pub limit: Limit,
    /// How many of its calls are ours, the reserve taken off.
    pub usable: u32,
    /// How many calls count now; where each user has a share, those of all users.
    pub spent: u32,
    /// How many calls have room now; where each user has a share, for a user who spent nothing.
    pub left: u32,
    /// How many users have spent of their own share.
    pub subjects: usize,
    /// When the day turns over, or when the first call that counts leaves the window (now, if none does).
    pub turns_over_at: Timestamp,
}

/// A call under way: what [`Ledger::reply`] needs to find its spends again.
#[derive(Debug)]
#[must_use = "a call whose reply is never told counts for ever"]
pub struct Ticket {
    paid: Vec<Paid>,
}

impl Ticket {
    /// Whether the call spends a share that one subject has for itself.
    #[must_use]
    pub fn has_subject(&self) -> bool {
        self.paid.iter().any(|paid| paid.spend.subject != 0)
    }
}

/// Another run's call: what [`Ledger::correct_reply`] needs to find it again.
#[derive(Clone, Debug)]
pub struct Foreign {
    spend: Spend,
    /// When its reply is taken to have come.
    pub counts_from: Timestamp,
    arrival: Arrival,
    /// One for each limit of the quota.
    counts: Vec<Counts>,
}

#[derive(Clone, Copy, Debug)]
struct Paid {
    spend: Spend,
    /// Counts the calls of this quota.
    order: u64,
    /// How many calls of this quota were out when this one left.
    under_way: u64,
}

/// One quota's spends.
#[derive(Clone, Debug)]
struct Account {
    gauges: Vec<Gauge>,
    bound: Option<Bound>,
    sent: u64,
    under_way: u64,
}

/// What a vendor's [`Bucket`] leaves to us.
#[derive(Clone, Copy, Debug)]
struct Bound {
    left: u64,
    until: Timestamp,
    /// The call whose reply told it.
    order: u64,
}

impl Ledger {
    /// Nothing spent yet.
    #[must_use]
    pub fn new(quotas: Quotas) -> Self {
        let accounts = quotas.iter().map(|(_, quota)| Account::new(quota)).collect();
        Self { quotas, accounts }
    }

    /// The quotas that it counts against.
    #[must_use]
    pub const fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// Takes in what earlier runs spent. A call without a reply counts from `timeout_ms` after it was sent,
    /// when it can no longer be under way; and nothing was sent later than `now`.
    pub fn restore(&mut self, entries: &[Entry], timeout_ms: i64, now: Timestamp) {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.sent_at);
        for entry in entries {
            drop(self.take_in(entry, timeout_ms, now));
        }
    }

    /// Takes in what another run spent, after everything that was spent before it. A call without a reply counts
    /// from `timeout_ms` after it was sent, until [`Ledger::correct_reply`] tells better.
    #[must_use]
    pub fn take_in(&mut self, entry: Entry, timeout_ms: i64, now: Timestamp) -> Foreign {
        self.take_in_by_wall(entry, (timeout_ms, 0), now)
    }

    /// The same where the machine's wall clock, by which the other run may go, is so many milliseconds ahead of `now`: the
    /// call counts in its day, too.
    #[must_use]
    pub fn take_in_by_wall(&mut self, entry: Entry, reach_ms: (i64, i64), now: Timestamp) -> Foreign {
        let (timeout_ms, ahead_ms) = reach_ms;
        let replied_at = entry.replied_at.unwrap_or(entry.sent_at.plus(timeout_ms));
        let latest = now.plus(timeout_ms);
        let until_by_wall = replied_at.min(latest.plus(ahead_ms));
        let arrival = Arrival { until: replied_at.min(latest), until_by_wall };
        let (account, quota) = self.account_mut(entry.spend.quota);
        let restore = |gauge: &mut Gauge| gauge.restore(quota, entry.spend.subject, arrival, now);
        Foreign {
            spend: entry.spend,
            counts_from: arrival.until,
            arrival,
            counts: account.gauges.iter_mut().map(restore).collect(),
        }
    }

    /// The reply to another run's call is known now.
    pub fn correct_reply(&mut self, foreign: &Foreign, replied_at: Timestamp, now: Timestamp) {
        let Foreign { spend, counts_from, arrival, counts } = foreign;
        if replied_at >= *counts_from {
            return;
        }
        let (account, quota) = self.account_mut(spend.quota);
        for (gauge, counts) in account.gauges.iter_mut().zip(counts) {
            if *counts == Counts::Yes {
                gauge.correct(quota, spend.subject, (*arrival, replied_at), now);
            }
        }
    }

    /// When a call with these spends may go; where one is named several times, that many calls go together.
    #[must_use]
    pub fn room(&self, spends: &[Spend], now: Timestamp) -> Room {
        self.binding(spends, now).0
    }

    /// The same, and which spend it is that says so, where the call may not go now.
    #[must_use]
    pub fn binding(&self, spends: &[Spend], now: Timestamp) -> (Room, Option<Spend>) {
        let mut worst = (Room::Now, None);
        for (at, spend) in spends.iter().enumerate() {
            let others = spends[..at].iter().filter(|other| *other == spend).count();
            let others = u32::try_from(others).unwrap_or(u32::MAX);
            let (account, quota) = self.account(spend.quota);
            let rooms = account.gauges.iter().map(|gauge| gauge.room(quota, spend.subject, others, now));
            for room in rooms.chain([account.bucket_room(now)]) {
                if room.severity() > worst.0.severity() {
                    worst = (room, Some(*spend));
                }
            }
        }
        worst
    }

    /// A call with these spends leaves.
    pub fn send(&mut self, spends: &[Spend], now: Timestamp) -> Ticket {
        let mut ticket = Ticket { paid: Vec::with_capacity(spends.len()) };
        for spend in spends {
            let (account, quota) = self.account_mut(spend.quota);
            for gauge in &mut account.gauges {
                gauge.send(quota, spend.subject, now);
            }
            ticket.paid.push(account.pay(*spend, now));
        }
        ticket
    }

    /// The reply to a call came, or its time is out.
    pub fn reply(&mut self, ticket: Ticket, now: Timestamp) {
        self.end(ticket, now.into(), now);
    }

    /// A call ended, by its reply or because nobody waits for that any more. It had arrived by `arrival` at the
    /// latest, which may be later than `now`.
    pub fn end(&mut self, ticket: Ticket, arrival: Arrival, now: Timestamp) {
        for paid in ticket.paid {
            let (account, quota) = self.account_mut(paid.spend.quota);
            for gauge in &mut account.gauges {
                gauge.end(quota, paid.spend.subject, arrival, now);
            }
            account.under_way = account.under_way.saturating_sub(1);
        }
    }

    /// A call that was to leave has surely not left, and never will with this ticket.
    pub fn cancel(&mut self, ticket: Ticket, now: Timestamp) {
        for paid in ticket.paid {
            let (account, quota) = self.account_mut(paid.spend.quota);
            for gauge in &mut account.gauges {
                gauge.cancel(quota, paid.spend.subject, now);
            }
            if let Some(bound) = &mut account.bound {
                bound.left += 1;
            }
            account.under_way = account.under_way.saturating_sub(1);
        }
    }

    /// A vendor refused a call for a limit of this quota (this subject's share of it). Gives whether the quota
    /// has a limit of that sort: without one there is nothing to correct.
    pub fn correct_exhausted(&mut self, spend: Spend, exhausted: Exhausted, now: Timestamp) -> bool {
        let (account, quota) = self.account_mut(spend.quota);
        account.gauges.iter_mut().any(|gauge| gauge.close(quota, spend.subject, exhausted, now))
    }

    /// The reply to a call showed the vendor's bucket; told before [`Ledger::reply`]. The quota's reserve is
    /// taken off what is left, and so is every call of ours that the vendor may not have counted yet. What an
    /// older call was shown is passed over, and so is a bucket from which nobody but us has taken anything: that we
    /// have counted ourselves, to the millisecond, where the vendor tells whole seconds.
    pub fn correct_shown(&mut self, ticket: &Ticket, quota: QuotaId, bucket: Bucket, now: Timestamp) {
        let Some(paid) = ticket.paid.iter().find(|paid| paid.spend.quota == quota) else { return };
        let (account, quota) = self.account_mut(quota);
        let size = bucket.limit.or_else(|| quota.limits.first().map(|limit| limit.count)).unwrap_or(0);
        let uncounted = account.sent - paid.order + paid.under_way;
        let left = u64::from(bucket.remaining.saturating_sub(quota.reserved(size))).saturating_sub(uncounted);
        if account.bound.is_none_or(|bound| now >= bound.until || paid.order > bound.order) {
            let bound = Bound { left, until: bucket.resets_at, order: paid.order };
            account.bound = Some(bound).filter(|_| !account.explains(quota, size, bucket.remaining, now));
        }
    }

    /// Whether this subject's own share of a quota is used up for now: has this user's overwrite of the day
    /// gone?
    #[must_use]
    pub fn subject_spent(&self, quota: QuotaId, subject: u64, now: Timestamp) -> bool {
        self.room(&[Spend { quota, subject }], now) != Room::Now
    }

    /// Every limit, in the order of the quotas, and what was spent of it.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Vec<LimitStatus> {
        let mut list = Vec::new();
        for ((id, quota), account) in self.quotas.iter().zip(&self.accounts) {
            let shown = account.bound.filter(|bound| now < bound.until).map(|bound| bound.left);
            for (limit, gauge) in quota.limits.iter().zip(&account.gauges) {
                let mut status = gauge.status(id, quota, *limit, now);
                let left = shown.map_or(u64::from(status.left), |shown| shown.min(u64::from(status.left)));
                status.left = u32::try_from(left).unwrap_or(u32::MAX);
                list.push(status);
            }
        }
        list
    }

    /// A call that was answered then was surely neither carried out nor counted: what it spent of its subject's own
    /// share is there again.
    pub fn give_back(&mut self, spend: Spend, answered_at: Timestamp, now: Timestamp) {
        let (account, quota) = self.account_mut(spend.quota);
        for gauge in &mut account.gauges {
            gauge.correct(quota, spend.subject, (answered_at.into(), Timestamp(0)), now);
        }
    }

    fn account(&self, id: QuotaId) -> (&Account, &Quota) {
        (&self.accounts[id.0 as usize], self.quotas.get(id))
    }

    fn account_mut(&mut self, id: QuotaId) -> (&mut Account, &Quota) {
        (&mut self.accounts[id.0 as usize], self.quotas.get(id))
    }
}

impl Account {
    fn new(quota: &Quota) -> Self {
        let gauges = quota.limits.iter().map(|limit| Gauge::new(quota, *limit)).collect();
        Self { gauges, bound: None, sent: 0, under_way: 0 }
    }

    /// Whether our own calls are all that is missing of a bucket which is as large as we were told.
    fn explains(&self, quota: &Quota, size: u32, remaining: u32, now: Timestamp) -> bool {
        let first = quota.limits.first().zip(self.gauges.first());
        first.is_some_and(|(limit, gauge)| {
            size >= limit.count && gauge.taken(now).saturating_add(remaining) >= size
        })
    }

    fn bucket_room(&self, now: Timestamp) -> Room {
        match self.bound {
            Some(Bound { left: 0, until, .. }) if now < until => Room::At(until),
            Some(_) | None => Room::Now,
        }
    }

    fn pay(&mut self, spend: Spend, now: Timestamp) -> Paid {
        self.sent += 1;
        let paid = Paid { spend, order: self.sent, under_way: self.under_way };
        self.under_way += 1;
        self.bound = self.bound.filter(|bound| now < bound.until);
        if let Some(bound) = &mut self.bound {
            bound.left = bound.left.saturating_sub(1);
        }
        paid
    }
}

impl Room {
    /// What says more about a call that has to wait for several limits; of two moments the later.
    const fn severity(self) -> (u8, i64) {
        match self {
            Self::Now => (0, 0),
            Self::At(at) => (1, at.0),
            Self::AfterReply => (2, 0),
            Self::NextDay(at) => (3, at.0),
            Self::Never => (4, 0),
        }
    }
}

#[cfg(test)]
mod tests;
