//! What was spent outlives the run: written down before the call leaves, its reply's moment some time after.
//!
//! A spend whose reply is not written down counts from its time-out, so replies may be written late, together,
//! or never.

use super::{CallError, Gate, Inner, SEND_MS_MAX};
use crate::problem::Result;
use crate::quota::{Entry, Ledger, Quotas, Spend, Window};
use crate::state::{SpendEntry, Store};
use crate::timestamp::{DAY_MS, HOUR_MS, Timestamp};

/// So many replies are written down together at the latest.
const REPLIES_MAX: usize = 256;

/// A calendar day may have an hour more than 24.
const DAY_MS_MAX: i64 = DAY_MS + HOUR_MS;

/// The ledger of these quotas with what the state remembers. Spends of quotas that are no more are passed over.
///
/// # Errors
/// The store's.
pub async fn remembered(store: &dyn Store, quotas: Quotas, now: Timestamp) -> Result<Ledger> {
    let entries = store.spends(now.plus(-span_ms(&quotas))).await?;
    let spent: Vec<Entry> = entries.iter().filter_map(|entry| translate(entry, &quotas)).collect();
    let mut ledger = Ledger::new(quotas);
    ledger.restore(&spent, SEND_MS_MAX, now);
    Ok(ledger)
}

/// How far back spends may still count.
fn span_ms(quotas: &Quotas) -> i64 {
    let limits = quotas.iter().flat_map(|(_, quota)| &quota.limits);
    let windows = limits.map(|limit| match limit.window {
        Window::Sliding(ms) => ms,
        Window::Day => DAY_MS_MAX,
    });
    windows.max().unwrap_or(0) + SEND_MS_MAX
}

fn translate(entry: &SpendEntry, quotas: &Quotas) -> Option<Entry> {
    let quota = quotas.find(entry.vendor, &entry.quota)?;
    let spend = Spend { quota, subject: entry.subject };
    Some(Entry { spend, sent_at: entry.sent_at, replied_at: entry.replied_at })
}

impl Gate {
    /// Writes down the spends of everybody who has room, and lets them go.
    pub(super) async fn write_spends(&self) {
        let mut written = Ok(());
        if let Some(store) = &self.store {
            let (entries, replies_wait) = {
                let inner = self.inner.borrow();
                (inner.unwritten_spends(), inner.replies.len() >= REPLIES_MAX)
            };
            if !entries.is_empty() {
                let numbered = store.spend(&entries).await;
                written = numbered.map(|ids| self.inner.borrow_mut().take_numbers(&ids));
            }
            if replies_wait && written.is_ok() {
                written = self.write_replies().await;
            }
        }
        let granted = std::mem::take(&mut self.inner.borrow_mut().unwritten);
        match written {
            Ok(()) => self.release(granted),
            Err(problems) => self.turn_away(granted, &CallError::Store(problems)),
        }
    }

    pub(super) async fn write_replies(&self) -> Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        let replies = std::mem::take(&mut self.inner.borrow_mut().replies);
        if replies.is_empty() {
            return Ok(());
        }
        store.replied(&replies).await
    }
}

impl Inner {
    /// The spends of everybody who has room; the state numbers them.
    fn unwritten_spends(&self) -> Vec<SpendEntry> {
        let mut entries = Vec::new();
        for granted in &self.unwritten {
            for spend in granted.spends() {
                let quota = self.ledger.quotas().get(spend.quota);
                entries.push(SpendEntry {
                    id: 0,
                    vendor: quota.vendor,
                    quota: quota.name.to_owned(),
                    subject: spend.subject,
                    sent_at: granted.at,
                    replied_at: None,
                });
            }
        }
        entries
    }

    /// The numbers that the state gave to the spends, in their order.
    fn take_numbers(&mut self, ids: &[u64]) {
        let mut ids = ids.iter().copied();
        for granted in &mut self.unwritten {
            let count = granted.spends().len();
            granted.grant.ids = ids.by_ref().take(count).collect();
        }
    }
}
