//! What was spent of every limit, and when the next call may go.
//!
//! Arithmetic on the times it is told: it never asks what time it is and never sleeps. It holds the laws of the
//! rate limits: never over, whatever the network does, and no moment later than that needs. A call that is sent
//! without asking [`Ledger::room`] first is counted all the same.

use std::collections::HashMap;

use super::limit::{Limit, Quota, QuotaId, Quotas, Spend, Window};
use super::window::{Daily, Opens, Sliding};
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
    /// That can not be said until a call under way is answered.
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
    /// Nothing today.
    Today,
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
    /// One number for each limit of each quota in `paid`, in their order.
    numbers: Vec<u64>,
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

/// One limit's spends.
#[derive(Clone, Debug)]
struct Gauge {
    count: u32,
    meters: Meters,
}

#[derive(Clone, Debug)]
enum Meters {
    Sliding { window_ms: i64, of: Shares<Sliding> },
    Daily { ends_at: Timestamp, of: Shares<Daily> },
}

/// What all share, and what each subject has for itself. The map's order reaches nobody.
#[derive(Clone, Debug, Default)]
struct Shares<M> {
    shared: M,
    own: HashMap<u64, M>,
    prune_at: usize,
}

/// Below this many subjects it is not worth looking for those whose spends are over.
const PRUNE_MIN: usize = 1_024;

impl<M: Default> Shares<M> {
    fn get(&self, subject: u64) -> Option<&M> {
        if subject == 0 { Some(&self.shared) } else { self.own.get(&subject) }
    }

    fn get_mut(&mut self, subject: u64, is_over: impl Fn(&M) -> bool) -> &mut M {
        if subject == 0 {
            return &mut self.shared;
        }
        if self.own.len() >= self.prune_at.max(PRUNE_MIN) {
            self.own.retain(|_, meter| !is_over(meter));
            self.prune_at = 2 * self.own.len();
        }
        self.own.entry(subject).or_default()
    }
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
            let replied_at = entry.replied_at.unwrap_or(entry.sent_at.plus(timeout_ms));
            let replied_at = replied_at.min(now.plus(timeout_ms));
            let (account, quota) = self.account_mut(entry.spend.quota);
            for gauge in &mut account.gauges {
                gauge.restore(quota, entry.spend.subject, replied_at, now);
            }
        }
    }

    /// When a call with these spends may go; each names another quota or another subject.
    #[must_use]
    pub fn room(&self, spends: &[Spend], now: Timestamp) -> Room {
        self.binding(spends, now).0
    }

    /// The same, and which spend it is that says so, where the call may not go now.
    #[must_use]
    pub fn binding(&self, spends: &[Spend], now: Timestamp) -> (Room, Option<Spend>) {
        let mut worst = (Room::Now, None);
        for spend in spends {
            let (account, quota) = self.account(spend.quota);
            let rooms = account.gauges.iter().map(|gauge| gauge.room(quota, spend.subject, now));
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
        let mut ticket = Ticket { paid: Vec::with_capacity(spends.len()), numbers: Vec::new() };
        for spend in spends {
            let (account, quota) = self.account_mut(spend.quota);
            for gauge in &mut account.gauges {
                ticket.numbers.push(gauge.send(quota, spend.subject, now));
            }
            ticket.paid.push(account.pay(*spend, now));
        }
        ticket
    }

    /// The reply to a call came, or its time is out.
    pub fn reply(&mut self, ticket: Ticket, now: Timestamp) {
        self.end(ticket, now, now);
    }

    /// Nobody waits for the reply to a call any more, though the call may still arrive until `until`.
    pub fn abandon(&mut self, ticket: Ticket, until: Timestamp, now: Timestamp) {
        self.end(ticket, until.max(now), now);
    }

    /// A vendor refused a call for a limit of this quota (this subject's share of it). Gives whether the quota
    /// has a limit of that sort: without one there is nothing to correct.
    pub fn correct_exhausted(&mut self, spend: Spend, exhausted: Exhausted, now: Timestamp) -> bool {
        let (account, quota) = self.account_mut(spend.quota);
        account.gauges.iter_mut().any(|gauge| gauge.close(quota, spend.subject, exhausted, now))
    }

    /// The reply to a call showed the vendor's bucket; told before [`Ledger::reply`]. The quota's reserve is
    /// taken off what is left, and so is every call of ours that the vendor may not have counted yet. What an
    /// older call was shown is passed over.
    pub fn correct_shown(&mut self, ticket: &Ticket, quota: QuotaId, bucket: Bucket, now: Timestamp) {
        let Some(paid) = ticket.paid.iter().find(|paid| paid.spend.quota == quota) else { return };
        let (account, quota) = self.account_mut(quota);
        let size = bucket.limit.or_else(|| quota.limits.first().map(|limit| limit.count)).unwrap_or(0);
        let uncounted = account.sent - paid.order + paid.under_way;
        let left = u64::from(bucket.remaining.saturating_sub(quota.reserved(size))).saturating_sub(uncounted);
        if account.bound.is_none_or(|bound| now >= bound.until || paid.order > bound.order) {
            account.bound = Some(Bound { left, until: bucket.resets_at, order: paid.order });
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

    fn end(&mut self, ticket: Ticket, until: Timestamp, now: Timestamp) {
        let mut numbers = ticket.numbers.into_iter();
        for paid in ticket.paid {
            let (account, quota) = self.account_mut(paid.spend.quota);
            for (gauge, number) in account.gauges.iter_mut().zip(numbers.by_ref()) {
                gauge.end(quota, paid.spend.subject, number, until, now);
            }
            account.under_way = account.under_way.saturating_sub(1);
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

impl Gauge {
    fn new(quota: &Quota, limit: Limit) -> Self {
        let meters = match limit.window {
            Window::Sliding(window_ms) => Meters::Sliding { window_ms, of: Shares::default() },
            Window::Day => Meters::Daily { ends_at: Timestamp(i64::MIN), of: Shares::default() },
        };
        Self { count: quota.usable(limit.count), meters }
    }

    fn room(&self, quota: &Quota, subject: u64, now: Timestamp) -> Room {
        if self.count == 0 {
            return Room::Never;
        }
        match &self.meters {
            Meters::Sliding { window_ms, of } => {
                match of.get(subject).map(|m| m.opens(self.count, *window_ms)) {
                    Some(Opens::AfterReply) => Room::AfterReply,
                    Some(Opens::At(at)) if at > now => Room::At(at),
                    Some(Opens::At(_)) | None => Room::Now,
                }
            }
            Meters::Daily { ends_at, of } => {
                let ends_at = day_end(*ends_at, quota, now);
                let spent = of.get(subject).map_or(0, |meter| meter.spent(ends_at));
                if spent < self.count { Room::Now } else { Room::NextDay(ends_at) }
            }
        }
    }

    fn send(&mut self, quota: &Quota, subject: u64, now: Timestamp) -> u64 {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                of.get_mut(subject, |meter| meter.is_over(*window_ms, now)).send(self.count)
            }
            Meters::Daily { ends_at, of } => {
                today(ends_at, of, quota, now, subject).send(*ends_at);
                0
            }
        }
    }

    fn end(&mut self, quota: &Quota, subject: u64, number: u64, until: Timestamp, now: Timestamp) {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                of.get_mut(subject, |meter| meter.is_over(*window_ms, now)).reply(number, until);
            }
            Meters::Daily { ends_at, of } => {
                let meter = today(ends_at, of, quota, now, subject);
                if until > now { meter.stray(*ends_at, until) } else { meter.reply(*ends_at) }
            }
        }
    }

    fn restore(&mut self, quota: &Quota, subject: u64, replied_at: Timestamp, now: Timestamp) {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                if replied_at.plus(*window_ms) > now {
                    of.get_mut(subject, |meter| meter.is_over(*window_ms, now))
                        .restore(replied_at, self.count);
                }
            }
            Meters::Daily { ends_at, of } => {
                if replied_at >= quota.zone.start(quota.zone.day(now)) {
                    today(ends_at, of, quota, now, subject).restore(*ends_at, replied_at);
                }
            }
        }
    }

    fn close(&mut self, quota: &Quota, subject: u64, exhausted: Exhausted, now: Timestamp) -> bool {
        match (&mut self.meters, exhausted) {
            (Meters::Sliding { window_ms, of }, Exhausted::Until(until)) => {
                of.get_mut(subject, |meter| meter.is_over(*window_ms, now)).close(until, *window_ms);
                true
            }
            (Meters::Daily { ends_at, of }, Exhausted::Today) => {
                today(ends_at, of, quota, now, subject).close(*ends_at, self.count);
                true
            }
            (Meters::Sliding { .. }, Exhausted::Today) | (Meters::Daily { .. }, Exhausted::Until(_)) => false,
        }
    }

    fn status(&self, id: QuotaId, quota: &Quota, limit: Limit, now: Timestamp) -> LimitStatus {
        let (shared, own, turns_over_at) = match &self.meters {
            Meters::Sliding { window_ms, of } => {
                let spent = |meter: &Sliding| meter.spent(self.count, *window_ms, now);
                let (shared, first) = spent(&of.shared);
                let own: Vec<_> = of.own.values().map(spent).filter(|(count, _)| *count > 0).collect();
                let first = own.iter().filter_map(|(_, first)| *first).chain(first).min();
                (shared, own.into_iter().map(|(count, _)| count).collect::<Vec<_>>(), first.unwrap_or(now))
            }
            Meters::Daily { ends_at, of } => {
                let ends_at = day_end(*ends_at, quota, now);
                let own = of.own.values().map(|meter| meter.spent(ends_at)).filter(|count| *count > 0);
                (of.shared.spent(ends_at), own.collect(), ends_at)
            }
        };
        let spent = own.iter().fold(shared, |sum, count| sum.saturating_add(*count));
        let left = self.count.saturating_sub(shared);
        LimitStatus { quota: id, limit, usable: self.count, spent, left, subjects: own.len(), turns_over_at }
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

/// The end of the day that holds `now`, given the last one that was worked out; a clock that is set back does
/// not bring a day back.
fn day_end(known: Timestamp, quota: &Quota, now: Timestamp) -> Timestamp {
    if now < known { known } else { quota.zone.next_day(now) }
}

/// The subject's meter of a day, with `ends_at` brought up to today and yesterday's meters let go of.
fn today<'a>(
    ends_at: &mut Timestamp,
    of: &'a mut Shares<Daily>,
    quota: &Quota,
    now: Timestamp,
    subject: u64,
) -> &'a mut Daily {
    let end = day_end(*ends_at, quota, now);
    if end > *ends_at {
        of.own.retain(|_, meter| !meter.is_over(end));
        *ends_at = end;
    }
    of.get_mut(subject, |meter| meter.is_over(end))
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
