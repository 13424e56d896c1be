//! `quota`: what of each limit is spent, what is left, and when it turns over.

use crate::quota::{LimitStatus, Quotas};
use crate::render::look::Look;
use crate::render::text::{self, Align};
use crate::render::waits::PER_USER;
use crate::timestamp::Timestamp;

/// One limit of one quota, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaLine {
    /// The quota with the vendor's word: `getui tag_batch`.
    pub quota: String,
    /// `100/1m`
    pub limit: String,
    /// Calls that count against it now.
    pub spent: u64,
    /// Of how many users each has a share of their own; `None` where all share it.
    pub users: Option<u64>,
    /// Calls that it has room for now.
    pub left: u64,
    /// Calls of each window that are left to others.
    pub reserved: u64,
    /// When it turns over, or when the first spent call is out of the window; `None` when nothing is spent.
    pub turns_over_at: Option<Timestamp>,
}

/// The lines of a ledger's limits.
#[must_use]
pub fn lines(status: &[LimitStatus], quotas: &Quotas) -> Vec<QuotaLine> {
    let line = |status: &LimitStatus| {
        let quota = quotas.get(status.quota);
        QuotaLine {
            quota: format!("{} {}", quota.vendor.word(), quota.name),
            limit: status.limit.to_string(),
            spent: u64::from(status.spent),
            users: quota.name.ends_with(PER_USER).then_some(status.subjects as u64),
            left: u64::from(status.left),
            reserved: u64::from(status.limit.count.saturating_sub(status.usable)),
            turns_over_at: Some(status.turns_over_at),
        }
    };
    status.iter().map(line).collect()
}

/// The table; a quota is named once, above its limits.
#[must_use]
pub fn table(lines: &[QuotaLine], now: Timestamp, look: &Look) -> String {
    if lines.is_empty() {
        return "No account is declared, so there is no limit.\n".to_owned();
    }
    let head = [
        ("QUOTA", Align::Left),
        ("LIMIT", Align::Right),
        ("SPENT", Align::Right),
        ("LEFT", Align::Right),
        ("TURNS OVER", Align::Left),
    ];
    let mut last = "";
    let rows = lines.iter().map(|line| {
        let name = if line.quota == last { String::new() } else { line.quota.clone() };
        last = &line.quota;
        let turns = line.turns_over_at.filter(|_| line.spent > 0);
        vec![
            name,
            text::limit(&line.limit),
            spent(line),
            left(line),
            turns.map_or_else(|| "–".to_owned(), |at| crate::render::talk::until(at, now, look)),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut out = text::table(&head, &rows);
    for line in lines.iter().filter(|line| line.reserved > 0) {
        let (reserved, limit) = (text::group(line.reserved), text::limit(&line.limit));
        out.push_str(&format!("\n{} {limit}: {reserved} of them are reserved for pushes.\n", line.quota));
    }
    out
}

/// Calls; where each user has a share, how many users have spent of theirs.
fn spent(line: &QuotaLine) -> String {
    match line.users {
        Some(users) => text::count(users, "user", "users"),
        None => text::group(line.spent),
    }
}

fn left(line: &QuotaLine) -> String {
    let left = text::group(line.left);
    if line.users.is_some() { format!("{left} each") } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::{HOUR_MS, Zone};

    #[test]
    fn limits_line_up_and_say_when_they_turn_over() {
        let now = Timestamp::parse("2026-11-23T02:12:00Z").expect("a moment");
        let line = |quota: &str, limit: &str, spent, left, ms: i64| QuotaLine {
            quota: quota.to_owned(),
            limit: limit.to_owned(),
            spent,
            users: None,
            left,
            reserved: 0,
            turns_over_at: Some(now.plus(ms)),
        };
        let lines = [
            line("getui requests", "1200/1m", 0, 1_200, 0),
            line("getui tag_batch", "100/1m", 2, 98, 41_000),
            line("getui tag_batch", "10000/1d", 8_796, 1_204, 13 * HOUR_MS),
            QuotaLine { reserved: 300, ..line("jpush requests", "600/1m", 12, 288, 41_000) },
            QuotaLine { users: Some(3), ..line("getui tag_overwrite_per_user", "1/1d", 3, 1, 13 * HOUR_MS) },
        ];
        insta::assert_snapshot!(table(&lines, now, &Look::plain(Zone::shanghai())));
    }
}
