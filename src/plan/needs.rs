//! What a plan needs of each limit, what is left of it, and which one decides when the plan is done.
//!
//! It counts; when calls go is `forecast.rs`'s.

use std::collections::BTreeMap;

use crate::quota::{LimitStatus, QuotaId, Window};
use crate::timestamp::DAY_MS;

use super::forecast::Course;
use super::{Call, QuotaNeed};

/// What each limit that is spent needs and has left, in the order of the quotas. Shares of single users are left
/// out: their sum says nothing.
pub(super) fn needs<'a>(calls: impl Iterator<Item = &'a Call>, course: &Course<'_>) -> Vec<QuotaNeed> {
    let mut needed: BTreeMap<QuotaId, u64> = BTreeMap::new();
    for spend in calls.flat_map(|call| &call.spends).filter(|spend| spend.subject == 0) {
        *needed.entry(spend.quota).or_default() += 1;
    }
    let status = course.ledger.status(course.now);
    let spent: Vec<(&LimitStatus, u64)> =
        status.iter().filter_map(|one| Some((one, *needed.get(&one.quota)?))).collect();
    let longest = spent.iter().map(|(one, needed)| wait_ms(one, *needed)).max().unwrap_or(0);
    let need = |(one, needed): &(&LimitStatus, u64)| {
        let quota = course.ledger.quotas().get(one.quota);
        QuotaNeed {
            quota: one.quota,
            name: format!("{} {}", quota.vendor.word(), quota.name),
            limit: one.limit.to_string(),
            needed: *needed,
            left: u64::from(one.left),
            turns_over_at: one.turns_over_at,
            binds: longest > 0 && wait_ms(one, *needed) == longest,
        }
    };
    spent.iter().map(need).collect()
}

/// How long a limit alone makes so many calls take, window by window; 0 when they all have room now.
fn wait_ms(one: &LimitStatus, needed: u64) -> i64 {
    let over = needed.saturating_sub(u64::from(one.left));
    let window_ms = match one.limit.window {
        Window::Sliding(ms) => ms,
        Window::Day => DAY_MS,
    };
    if over == 0 {
        return 0;
    }
    let usable = u64::from(one.usable);
    if usable == 0 {
        return i64::MAX;
    }
    i64::try_from(over.div_ceil(usable)).unwrap_or(i64::MAX).saturating_mul(window_ms)
}
