//! One limit of a quota: what all share of it, and what each subject has for itself.
//!
//! It turns windows and days into room; which limits a call spends is `ledger.rs`'s.

use std::collections::HashMap;

use super::ledger::{Arrival, Exhausted, LimitStatus, Room};
use super::limit::{Limit, Quota, QuotaId, Window};
use super::window::{Daily, Opens, Sliding, Today};
use crate::timestamp::Timestamp;

/// One limit's spends.
#[derive(Clone, Debug)]
pub(super) struct Gauge {
    count: u32,
    meters: Meters,
}

#[derive(Clone, Debug)]
enum Meters {
    Sliding { window_ms: i64, of: Shares<Sliding> },
    Daily { day: Today, of: Shares<Daily> },
}

/// What all share, and what each subject has for itself. The map's order reaches nobody.
#[derive(Clone, Debug, Default)]
struct Shares<M> {
    shared: M,
    own: HashMap<u64, M>,
    prune_at: usize,
}

/// Whether a call of another run still counts against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    Yes,
    No,
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

impl Gauge {
    /// Nothing spent yet.
    pub(super) fn new(quota: &Quota, limit: Limit) -> Self {
        let meters = match limit.window {
            Window::Sliding(window_ms) => Meters::Sliding { window_ms, of: Shares::default() },
            Window::Day => Meters::Daily { day: BEFORE_ALL, of: Shares::default() },
        };
        Self { count: quota.usable(limit.count), meters }
    }

    /// When the subject's next call may go, together with so many others that spend the same.
    pub(super) fn room(&self, quota: &Quota, subject: u64, others: u32, now: Timestamp) -> Room {
        let count = self.count.saturating_sub(others);
        if count == 0 {
            return Room::Never;
        }
        match &self.meters {
            Meters::Sliding { window_ms, of } => match of.get(subject).map(|m| m.opens(count, *window_ms)) {
                Some(Opens::AfterReply) => Room::AfterReply,
                Some(Opens::At(at)) if at > now => Room::At(at),
                Some(Opens::At(_)) | None => Room::Now,
            },
            Meters::Daily { day, of } => {
                let day = day_of(*day, quota, now);
                let spent = of.get(subject).map_or(0, |meter| meter.spent(day, self.count));
                if spent < count { Room::Now } else { Room::NextDay(day.ends_at) }
            }
        }
    }

    /// Takes a call in.
    pub(super) fn send(&mut self, quota: &Quota, subject: u64, now: Timestamp) {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                of.get_mut(subject, |meter| meter.is_over(*window_ms, now)).send();
            }
            Meters::Daily { day, of } => today(day, of, quota, now, subject).send(*day),
        }
    }

    /// A call that was taken in has not left.
    pub(super) fn cancel(&mut self, quota: &Quota, subject: u64, now: Timestamp) {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                of.get_mut(subject, |meter| meter.is_over(*window_ms, now)).cancel();
            }
            Meters::Daily { day, of } => today(day, of, quota, now, subject).cancel(*day),
        }
    }

    /// A call ended.
    pub(super) fn end(&mut self, quota: &Quota, subject: u64, arrival: Arrival, now: Timestamp) {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                let meter = of.get_mut(subject, |meter| meter.is_over(*window_ms, now));
                meter.reply(arrival.until, *window_ms, now);
            }
            Meters::Daily { day, of } => {
                today(day, of, quota, now, subject).end(*day, arrival.latest());
            }
        }
    }

    /// Takes a call of another run in, which is taken to be answered at that moment, where it still counts.
    pub(super) fn restore(
        &mut self,
        quota: &Quota,
        subject: u64,
        arrival: Arrival,
        now: Timestamp,
    ) -> Counts {
        let counts = match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                let counts = arrival.until.plus(*window_ms) > now;
                if counts {
                    let meter = of.get_mut(subject, |meter| meter.is_over(*window_ms, now));
                    meter.restore(arrival.until, *window_ms, now);
                }
                counts
            }
            Meters::Daily { day, of } => {
                let counts = arrival.latest() >= day_of(*day, quota, now).starts_at;
                if counts {
                    today(day, of, quota, now, subject).restore(*day, arrival.latest());
                }
                counts
            }
        };
        if counts { Counts::Yes } else { Counts::No }
    }

    /// The answer to a call of another run is known now, which was taken to come at `taken_for`.
    pub(super) fn correct(
        &mut self,
        quota: &Quota,
        subject: u64,
        (taken_for, until): (Arrival, Timestamp),
        now: Timestamp,
    ) {
        match &mut self.meters {
            Meters::Sliding { window_ms, of } => {
                let meter = of.get_mut(subject, |meter| meter.is_over(*window_ms, now));
                meter.correct(taken_for.until, until, *window_ms, now);
            }
            Meters::Daily { day, of } => {
                today(day, of, quota, now, subject).correct(*day, taken_for.latest(), until);
            }
        }
    }

    /// The vendor says that it is used up. Gives whether that can be said of such a limit.
    pub(super) fn close(
        &mut self,
        quota: &Quota,
        subject: u64,
        exhausted: Exhausted,
        now: Timestamp,
    ) -> bool {
        match (&mut self.meters, exhausted) {
            (Meters::Sliding { window_ms, of }, Exhausted::Until(until)) => {
                of.get_mut(subject, |meter| meter.is_over(*window_ms, now)).close(until);
                true
            }
            (Meters::Daily { day, of }, Exhausted::DayOf(at)) => {
                let meter = today(day, of, quota, now, subject);
                // A day that is over says nothing of this one.
                let is_today = at >= day.starts_at;
                if is_today {
                    meter.close(*day);
                }
                is_today
            }
            (Meters::Sliding { .. }, Exhausted::DayOf(_)) | (Meters::Daily { .. }, Exhausted::Until(_)) => {
                false
            }
        }
    }

    /// How many calls that all share count now.
    pub(super) fn taken(&self, now: Timestamp) -> u32 {
        match &self.meters {
            Meters::Sliding { window_ms, of } => of.shared.spent(self.count, *window_ms, now).0,
            Meters::Daily { day, of } => of.shared.spent(*day, self.count),
        }
    }

    /// What was spent.
    pub(super) fn status(&self, id: QuotaId, quota: &Quota, limit: Limit, now: Timestamp) -> LimitStatus {
        let (shared, own, turns_over_at) = match &self.meters {
            Meters::Sliding { window_ms, of } => {
                let spent = |meter: &Sliding| meter.spent(self.count, *window_ms, now);
                let (shared, first) = spent(&of.shared);
                let own: Vec<_> = of.own.values().map(spent).filter(|(count, _)| *count > 0).collect();
                let first = own.iter().filter_map(|(_, first)| *first).chain(first).min();
                (shared, own.into_iter().map(|(count, _)| count).collect::<Vec<_>>(), first.unwrap_or(now))
            }
            Meters::Daily { day, of } => {
                let day = day_of(*day, quota, now);
                let own =
                    of.own.values().map(|meter| meter.spent(day, self.count)).filter(|count| *count > 0);
                (of.shared.spent(day, self.count), own.collect(), day.ends_at)
            }
        };
        let spent = own.iter().fold(shared, |sum, count| sum.saturating_add(*count));
        let left = self.count.saturating_sub(shared);
        LimitStatus { quota: id, limit, usable: self.count, spent, left, subjects: own.len(), turns_over_at }
    }
}

/// The day before anything was asked.
const BEFORE_ALL: Today = Today { starts_at: Timestamp(i64::MIN), ends_at: Timestamp(i64::MIN) };

/// The day that holds `now`, given the last one that was worked out; a clock that is set back does not bring a
/// day back.
fn day_of(known: Today, quota: &Quota, now: Timestamp) -> Today {
    if now < known.ends_at {
        return known;
    }
    Today { starts_at: quota.zone.start(quota.zone.day(now)), ends_at: quota.zone.next_day(now) }
}

/// The subject's meter of a day, with `day` brought up to today and yesterday's meters let go of.
fn today<'a>(
    day: &mut Today,
    of: &'a mut Shares<Daily>,
    quota: &Quota,
    now: Timestamp,
    subject: u64,
) -> &'a mut Daily {
    let now_day = day_of(*day, quota, now);
    if now_day.ends_at > day.ends_at {
        of.own.retain(|_, meter| !meter.is_over(now_day));
        *day = now_day;
    }
    of.get_mut(subject, |meter| meter.is_over(now_day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Zone;
    use crate::wire::Vendor;

    #[test]
    fn spends_that_are_over_are_forgotten() {
        let limit = Limit::parse("1/1s").expect("a limit");
        let (name, limits) = ("requests", vec![limit]);
        let quota = Quota { vendor: Vendor::Getui, name, limits, zone: Zone::shanghai(), reserve_percent: 0 };
        let mut gauge = Gauge::new(&quota, limit);
        for subject in 1..50_000 {
            let now = Timestamp(i64::try_from(subject).expect("small"));
            gauge.send(&quota, subject, now);
            gauge.end(&quota, subject, now.into(), now);
        }
        let Meters::Sliding { of, .. } = &gauge.meters else { panic!("a sliding limit") };
        assert!(of.own.len() <= 4_096, "{} subjects are kept of the 1,000 in the window", of.own.len());
    }
}
