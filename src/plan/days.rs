//! How many calls of a forecast go on each day.

use std::collections::BTreeMap;

use crate::quota::{Ledger, QuotaId};
use crate::timestamp::{Timestamp, Zone};

/// How many calls go on each day of their quota's zone.
pub(super) struct Days<'a> {
    ledger: &'a Ledger,
    counts: BTreeMap<String, u64>,
    today: Option<Today<'a>>,
}

/// The day of the last call, so that not every call asks the calendar.
struct Today<'a> {
    zone: &'a Zone,
    ends_at: Timestamp,
    date: String,
}

impl<'a> Days<'a> {
    pub fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, counts: BTreeMap::new(), today: None }
    }

    /// By date, in order.
    pub fn counts(self) -> Vec<(String, u64)> {
        self.counts.into_iter().collect()
    }

    pub fn count(&mut self, quota: QuotaId, now: Timestamp, calls: u64) {
        let zone = &self.ledger.quotas().get(quota).zone;
        if self.today.as_ref().is_none_or(|today| today.zone != zone || now >= today.ends_at) {
            self.today = Some(Today { zone, ends_at: zone.next_day(now), date: zone.date(now) });
        }
        let Some(today) = &self.today else { return };
        match self.counts.get_mut(&today.date) {
            Some(count) => *count += calls,
            None => drop(self.counts.insert(today.date.clone(), calls)),
        }
    }
}
