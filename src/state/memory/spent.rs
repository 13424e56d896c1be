//! The ledger of spends in memory, which several states may hold.

use std::collections::BTreeMap;

use crate::state::{SpendEntry, Told, UsedUp};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// The ledger of spends.
#[derive(Default)]
pub(super) struct Spent {
    spends: BTreeMap<u64, SpendEntry>,
    given: u64,
    used_up: BTreeMap<(Vendor, String, u64), Timestamp>,
}

impl Spent {
    /// Spends that a window which begins at `since` can still count.
    pub(super) fn since(&self, since: Timestamp) -> Vec<SpendEntry> {
        self.spends.values().filter(|spend| counts(spend, since)).cloned().collect()
    }

    /// Drops spends that ended before this.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.spends.retain(|_, spend| spend.replied_at.unwrap_or(spend.sent_at) >= before);
        self.used_up.retain(|_, at| *at >= before);
    }

    /// What vendors said of days, of calls sent at `since` or later.
    pub(super) fn used_up(&self, since: Timestamp) -> Vec<UsedUp> {
        let said = self.used_up.iter().filter(|(_, at)| **at >= since);
        let said = said.map(|((vendor, quota, subject), at)| UsedUp {
            vendor: *vendor,
            quota: quota.clone(),
            subject: *subject,
            at: *at,
        });
        said.collect()
    }

    pub(super) fn record_used_up(&mut self, said: &[UsedUp]) {
        for UsedUp { vendor, quota, subject, at } in said {
            let latest = self.used_up.entry((*vendor, quota.clone(), *subject)).or_insert(*at);
            *latest = (*latest).max(*at);
        }
    }

    /// What a run that has seen this much does not know.
    pub(super) fn news(&self, told: Told<'_>) -> Vec<SpendEntry> {
        let answered = |id: &u64| self.spends.get(id).filter(|spend| spend.replied_at.is_some());
        let open = told.open.iter().filter_map(answered);
        let later = self.spends.range(told.seen + 1..).map(|(_, spend)| spend);
        open.chain(later.filter(|spend| counts(spend, told.since))).cloned().collect()
    }

    pub(super) fn add(&mut self, spends: Vec<SpendEntry>) -> Vec<u64> {
        let numbered = spends.into_iter().map(|spend| {
            self.given += 1;
            self.spends.insert(self.given, SpendEntry { id: self.given, ..spend });
            self.given
        });
        numbered.collect()
    }

    pub(super) fn reply(&mut self, replies: &[(u64, Timestamp)]) {
        for (id, at) in replies {
            if let Some(spend) = self.spends.get_mut(id) {
                spend.replied_at = Some(*at);
            }
        }
    }
}

fn counts(spend: &SpendEntry, since: Timestamp) -> bool {
    spend.sent_at >= since || spend.replied_at.is_none_or(|replied| replied >= since)
}
