//! What a limit is: so many calls in so long. Counting against it is `ledger.rs`'s.

use std::fmt;

use crate::timestamp::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Zone};
use crate::wire::Vendor;

/// Over what time a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// Any stretch of this many milliseconds.
    Sliding(i64),
    /// A calendar day of the quota's time zone.
    Day,
}

/// The longest sliding window: a week. Beyond that a calendar day is meant.
pub const WINDOW_MS_MAX: i64 = 7 * DAY_MS;

/// `count` calls in every `window`; a count of 0 forbids the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// In how long.
    pub window: Window,
}

impl Limit {
    /// Reads `100/1m`, `5/10s`, `10000/1d`: units are ms, s, m, h, d; `1d` alone is a calendar day.
    ///
    /// # Errors
    /// A sentence fragment that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no limit; one looks like 100/1m, 5/10s or 10000/1d");
        let (count, length) = text.split_once('/').ok_or_else(wrong)?;
        let count = digits(count).and_then(|count| u32::try_from(count).ok()).ok_or_else(wrong)?;
        if length == "1d" {
            return Ok(Self { count, window: Window::Day });
        }
        let ms = parse_length(length).ok_or_else(wrong)?;
        if ms == 0 || ms > WINDOW_MS_MAX {
            return Err(format!("the window of `{text}` is not between 1ms and 7d"));
        }
        Ok(Self { count, window: Window::Sliding(ms) })
    }
}

/// Milliseconds of `250ms`, `10s`, `45m`, `2h`, `1d`.
#[must_use]
pub fn parse_length(text: &str) -> Option<i64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let unit_ms = UNITS.iter().find(|(word, _)| *word == unit)?.1;
    digits(number)?.checked_mul(unit_ms)
}

const UNITS: [(&str, i64); 5] =
    [("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", SECOND_MS), ("ms", 1)];

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// `1m`, `10s`, `90s`: the largest unit that divides it.
#[must_use]
pub fn show_length(ms: i64) -> String {
    let (word, unit) = UNITS.iter().find(|(_, unit)| ms % unit == 0).copied().unwrap_or(("ms", 1));
    format!("{}{word}", ms / unit)
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.window {
            Window::Day => write!(f, "{}/1d", self.count),
            Window::Sliding(ms) => write!(f, "{}/{}", self.count, show_length(ms)),
        }
    }
}

/// A named quota of one account: every limit of it has to have room.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    /// Whose.
    pub vendor: Vendor,
    /// The word in the project file: `tag_batch`.
    pub name: &'static str,
    /// Its limits.
    pub limits: Vec<Limit>,
    /// Where its days turn over.
    pub zone: Zone,
    /// The share of it, in percent, that is left to others and never touched; 0 where there is none.
    pub reserve_percent: u32,
}

impl Quota {
    /// How many of `count` calls are ours once the reserve is taken off: at least 1, unless the call is forbidden.
    #[must_use]
    pub fn usable(&self, count: u32) -> u32 {
        let ours = u64::from(count) * u64::from(100 - self.reserve_percent.min(100)) / 100;
        u32::try_from(ours).unwrap_or(count).max(count.min(1))
    }

    /// How many of `count` calls are left to others.
    #[must_use]
    pub fn reserved(&self, count: u32) -> u32 {
        count - self.usable(count)
    }
}

/// A quota, as its place in [`Quotas`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaId(pub u8);

/// All quotas of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quotas {
    list: Vec<Quota>,
}

impl Quotas {
    /// These quotas, in this order.
    #[must_use]
    pub const fn new(list: Vec<Quota>) -> Self {
        Self { list }
    }

    /// The quota of a vendor with this name.
    #[must_use]
    pub fn find(&self, vendor: Vendor, name: &str) -> Option<QuotaId> {
        let at = self.list.iter().position(|quota| quota.vendor == vendor && quota.name == name)?;
        u8::try_from(at).ok().map(QuotaId)
    }

    /// The quota of an id.
    #[must_use]
    pub fn get(&self, id: QuotaId) -> &Quota {
        &self.list[id.0 as usize]
    }

    /// All of them with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (QuotaId, &Quota)> {
        (0u8..).map(QuotaId).zip(&self.list)
    }
}

/// One call's worth of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spend {
    /// Which quota.
    pub quota: QuotaId,
    /// Whose share, where each user has one (see [`subject_key`]); 0 where all share.
    pub subject: u64,
}

/// The number under which a user's own share of a quota is kept. Two users with the same number would share
/// one: a wait too many, never a call too many.
#[must_use]
pub fn subject_key(subject: &str) -> u64 {
    let hash = blake3::hash(subject.as_bytes());
    let bytes: [u8; 8] = hash.as_bytes()[..8].try_into().unwrap_or_default();
    u64::from_le_bytes(bytes) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_shown() {
        for (text, shown) in [
            ("100/1m", "100/1m"),
            ("5/10s", "5/10s"),
            ("10000/1d", "10000/1d"),
            ("1/60s", "1/1m"),
            ("0/1m", "0/1m"),
        ] {
            assert_eq!(Limit::parse(text).map(|limit| limit.to_string()), Ok(shown.to_owned()), "{text}");
        }
        for wrong in [
            "",
            "100",
            "100/",
            "/1m",
            "-1/1m",
            "100/0s",
            "100/1y",
            "1e3/1m",
            "99999999999/1m",
            "1/8d",
            "+1/1m",
        ] {
            assert!(Limit::parse(wrong).is_err(), "`{wrong}` was read");
        }
    }
}
