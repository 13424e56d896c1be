//! Moments and calendar days: milliseconds since 1970, and where a day turns over.
//!
//! Pure arithmetic: reading the time is `clock.rs`'s. The only file that names the time zone library.

use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

/// One second in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Twenty-four hours in milliseconds; a calendar day may be longer or shorter (see [`Zone::next_day`]).
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `ms` milliseconds later (earlier when negative), kept within `i64`.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since 1970, as rows keep them (32 bits last until 2106).
    #[must_use]
    pub fn seconds(self) -> u32 {
        u32::try_from(self.0.div_euclid(SECOND_MS).max(0)).unwrap_or(u32::MAX)
    }

    /// The moment of whole seconds since 1970.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Self {
        Self(i64::from(seconds) * SECOND_MS)
    }

    /// Reads RFC 3339 text such as `2026-11-22T10:12:00Z`.
    ///
    /// # Errors
    /// A sentence fragment when the text is no such moment.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.parse::<jiff::Timestamp>()
            .map(|at| Self(at.as_millisecond()))
            .map_err(|_| format!("`{text}` is no moment such as 2026-11-22T10:12:00Z"))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, as JSON and state show it: `2026-11-22T10:12:00.5Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.jiff())
    }
}

/// A calendar day of some zone, counted from 1970-01-01; only comparable within one zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// A time zone, by its IANA name.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone of an IANA name such as `Asia/Shanghai`.
    ///
    /// # Errors
    /// A sentence fragment when no such zone is known.
    pub fn named(name: &str) -> Result<Self, String> {
        // Those that are built in, and not the machine's: looking for these takes longer than all else at the start.
        let zone = TimeZoneDatabase::bundled().get(name);
        let zone = zone.map_err(|_| format!("no time zone is called `{name}`"))?;
        Ok(Self { name: name.to_owned(), zone })
    }

    /// The zone in which both vendors turn over their days unless told otherwise; no document says so.
    #[must_use]
    pub fn shanghai() -> Self {
        Self::named("Asia/Shanghai").unwrap_or(Self { name: "UTC".to_owned(), zone: TimeZone::UTC })
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The calendar day that holds `at`.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Day {
        let date = self.zone.to_datetime(at.jiff()).date();
        let epoch = jiff::civil::date(1970, 1, 1);
        Day(date.since(epoch).map_or(0, |span| span.get_days()))
    }

    /// The first moment of `day`.
    #[must_use]
    pub fn start(&self, day: Day) -> Timestamp {
        let epoch = jiff::civil::date(1970, 1, 1);
        let date = epoch.saturating_add(jiff::Span::new().days(day.0));
        date.to_zoned(self.zone.clone()).map_or(Timestamp(i64::from(day.0) * DAY_MS), |zoned| {
            Timestamp(zoned.timestamp().as_millisecond())
        })
    }

    /// The first moment of the day after the one that holds `at`.
    #[must_use]
    pub fn next_day(&self, at: Timestamp) -> Timestamp {
        self.start(Day(self.day(at).0 + 1))
    }

    /// `2026-11-22`, the day that holds `at`.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        self.zone.to_datetime(at.jiff()).date().to_string()
    }

    /// `2026-11-22 10:12`, as people read it.
    #[must_use]
    pub fn minute(&self, at: Timestamp) -> String {
        self.zone.to_datetime(at.jiff()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_turns_over_at_midnight_of_the_zone() {
        let zone = Zone::shanghai();
        let at = Timestamp::parse("2026-11-22T15:59:59Z").expect("a moment");
        assert_eq!(zone.date(at), "2026-11-22");
        assert_eq!(zone.next_day(at).to_string(), "2026-11-22T16:00:00Z");
        assert_eq!(zone.day(at.plus(SECOND_MS)).0, zone.day(at).0 + 1);
        assert_eq!(zone.start(zone.day(at.plus(SECOND_MS))), at.plus(SECOND_MS));
    }

    #[test]
    fn a_day_of_twenty_three_hours_is_one_day() {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let at = Timestamp::parse("2026-03-29T00:00:00+01:00").expect("a moment");
        assert_eq!(zone.next_day(at).since(at), 23 * HOUR_MS);
    }
}
