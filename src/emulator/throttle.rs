//! The documented limits, counted exactly by the time at which calls arrive.
//!
//! A sliding limit of N in W lets at most N calls into every half-open window of length W: a call that comes
//! exactly W after another is outside of its window. A daily limit turns over at midnight of the world's zone.
//! Nothing here waits or decides what a refusal looks like.

use std::collections::VecDeque;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::timestamp::{Day, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

/// What a limit is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Any stretch of this many milliseconds.
    Sliding(i64),
    /// A calendar day.
    Day,
}

/// At most so many calls in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// In what.
    pub window: Window,
}

impl Limit {
    /// Reads `100/1m`, `5/10s`, `10000/1d`.
    ///
    /// # Errors
    /// A sentence fragment when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no limit such as 100/1m, 5/10s or 10000/1d");
        let (count, length) = text.split_once('/').ok_or_else(wrong)?;
        let count = count.trim().parse().map_err(|_| wrong())?;
        let length = length.trim();
        let digits = length.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let number: i64 =
            digits.parse().ok().filter(|number| (1..=1_000).contains(number)).ok_or_else(wrong)?;
        let window = match &length[digits.len()..] {
            "s" => Window::Sliding(number * SECOND_MS),
            "m" => Window::Sliding(number * MINUTE_MS),
            "h" => Window::Sliding(number * HOUR_MS),
            "d" if number == 1 => Window::Day,
            _ => return Err(wrong()),
        };
        Ok(Self { count, window })
    }

    /// So many calls a minute.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self { count, window: Window::Sliding(MINUTE_MS) }
    }

    /// So many calls a calendar day.
    #[must_use]
    pub const fn per_day(count: u32) -> Self {
        Self { count, window: Window::Day }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.window {
            Window::Sliding(ms) if ms % HOUR_MS == 0 => write!(f, "{}/{}h", self.count, ms / HOUR_MS),
            Window::Sliding(ms) if ms % MINUTE_MS == 0 => write!(f, "{}/{}m", self.count, ms / MINUTE_MS),
            Window::Sliding(ms) => write!(f, "{}/{}s", self.count, ms / SECOND_MS),
            Window::Day => write!(f, "{}/1d", self.count),
        }
    }
}

/// What one limit has seen.
#[derive(Clone, Debug)]
struct Count {
    limit: Limit,
    /// The last calls, at most `limit.count` of them, oldest first.
    times: VecDeque<Timestamp>,
    day: Day,
    today: u32,
}

impl Count {
    fn has_room(&self, at: Timestamp, day: Day) -> bool {
        let count = self.limit.count as usize;
        match self.limit.window {
            Window::Day => self.limit.count > if self.day == day { self.today } else { 0 },
            Window::Sliding(_) if count == 0 => false,
            Window::Sliding(ms) => {
                self.times.len() < count || at.since(self.times[self.times.len() - count]) >= ms
            }
        }
    }

    fn spend(&mut self, at: Timestamp, day: Day) {
        match self.limit.window {
            Window::Day => {
                self.today = if self.day == day { self.today.saturating_add(1) } else { 1 };
                self.day = day;
            }
            Window::Sliding(_) => {
                while !self.times.is_empty() && self.times.len() >= self.limit.count as usize {
                    self.times.pop_front();
                }
                self.times.push_back(at);
            }
        }
    }
}

/// A bucket: one or more limits that the same calls spend.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    counts: Vec<Count>,
}

/// What a meter remembers, for a saved world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeterMemory {
    /// The last calls, oldest first.
    times: Vec<Timestamp>,
    /// The last day on which there were calls, and how many.
    day: i32,
    /// How many there were on it.
    today: u32,
}

impl Meter {
    /// A meter that has seen nothing.
    #[must_use]
    pub fn new(limits: &[Limit]) -> Self {
        let count = |limit: &Limit| Count { limit: *limit, times: VecDeque::new(), day: Day(0), today: 0 };
        Self { counts: limits.iter().map(count).collect() }
    }

    /// The first limit that has no room for a call at `at`, which lies in `day`.
    #[must_use]
    pub fn full(&self, at: Timestamp, day: Day) -> Option<Limit> {
        self.counts.iter().find(|count| !count.has_room(at, day)).map(|count| count.limit)
    }

    /// Writes one call down.
    pub fn spend(&mut self, at: Timestamp, day: Day) {
        for count in &mut self.counts {
            count.spend(at, day);
        }
    }

    /// Of the first sliding limit: its size, how many calls are left at `at`, and in how many milliseconds the
    /// oldest call leaves the window (the whole window when there is none).
    #[must_use]
    pub fn room(&self, at: Timestamp) -> Option<(u32, u32, i64)> {
        self.counts.iter().find_map(|count| {
            let Window::Sliding(ms) = count.limit.window else { return None };
            let left_behind = count.times.partition_point(|time| at.since(*time) >= ms);
            let used = u32::try_from(count.times.len() - left_behind).unwrap_or(u32::MAX);
            let reset = count.times.get(left_behind).map_or(ms, |oldest| ms - at.since(*oldest));
            Some((count.limit.count, count.limit.count.saturating_sub(used), reset))
        })
    }

    /// What it has seen.
    #[must_use]
    pub fn memory(&self) -> MeterMemory {
        let mut memory = MeterMemory::default();
        for count in &self.counts {
            match count.limit.window {
                Window::Day => (memory.day, memory.today) = (count.day.0, count.today),
                Window::Sliding(_) if count.times.len() > memory.times.len() => {
                    memory.times = count.times.iter().copied().collect();
                }
                Window::Sliding(_) => {}
            }
        }
        memory
    }

    /// The same limits with what another has seen.
    #[must_use]
    pub fn remembering(mut self, memory: &MeterMemory) -> Self {
        for count in &mut self.counts {
            (count.day, count.today) = (Day(memory.day), memory.today);
            let skip = memory.times.len().saturating_sub(count.limit.count as usize);
            count.times = memory.times.iter().skip(skip).copied().collect();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::timestamp::Zone;

    fn meter(limits: &[&str]) -> Meter {
        let limits: Vec<Limit> = limits.iter().map(|text| Limit::parse(text).expect("a limit")).collect();
        Meter::new(&limits)
    }

    #[test]
    fn a_limit_reads_back_as_it_was_written() {
        for text in ["100/1m", "5/10s", "10000/1d", "7/2h", "0/1m"] {
            assert_eq!(Limit::parse(text).expect("a limit").to_string(), text);
        }
        for text in ["100", "x/1m", "1/0s", "1/2d", "1/1w", "1/m", "-1/1m"] {
            assert!(Limit::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_hundredth_call_passes_and_the_next_only_a_whole_window_after_the_first() {
        let mut meter = meter(&["100/1m"]);
        let start = Timestamp(1_000_000);
        for i in 0..100 {
            assert_eq!(meter.full(start.plus(i), Day(0)), None, "call {i}");
            meter.spend(start.plus(i), Day(0));
        }
        assert!(meter.full(start.plus(100), Day(0)).is_some());
        assert!(meter.full(start.plus(MINUTE_MS - 1), Day(0)).is_some());
        assert_eq!(meter.full(start.plus(MINUTE_MS), Day(0)), None);
        meter.spend(start.plus(MINUTE_MS), Day(0));
        assert!(meter.full(start.plus(MINUTE_MS), Day(0)).is_some(), "the second call is inside still");
    }

    #[test]
    fn a_day_turns_over_at_midnight_in_shanghai() {
        let zone = Zone::shanghai();
        let mut meter = meter(&["2/1d"]);
        let evening = Timestamp::parse("2026-11-22T15:59:59.999Z").expect("a moment");
        for at in [evening.plus(-1), evening] {
            assert_eq!(meter.full(at, zone.day(at)), None);
            meter.spend(at, zone.day(at));
        }
        assert_eq!(meter.full(evening, zone.day(evening)), Some(Limit::per_day(2)));
        let midnight = evening.plus(1);
        assert_eq!(meter.full(midnight, zone.day(midnight)), None);
    }

    #[test]
    fn a_count_of_zero_forbids_the_call() {
        assert!(meter(&["0/1m"]).full(Timestamp(0), Day(0)).is_some());
        assert!(meter(&["0/1d"]).full(Timestamp(0), Day(0)).is_some());
    }

    #[test]
    fn a_meter_says_what_is_left_and_when_the_oldest_call_leaves() {
        let mut meter = meter(&["3/1m"]);
        assert_eq!(meter.room(Timestamp(0)), Some((3, 3, MINUTE_MS)));
        meter.spend(Timestamp(0), Day(0));
        meter.spend(Timestamp(5_000), Day(0));
        assert_eq!(meter.room(Timestamp(10_000)), Some((3, 1, 50_000)));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_its_limit(
            gaps in prop::collection::vec(0i64..4_000, 1..200),
            count in 1u32..8,
        ) {
            let mut meter = Meter::new(&[Limit { count, window: Window::Sliding(5_000) }]);
            let (mut at, mut taken) = (Timestamp(0), Vec::new());
            for gap in gaps {
                at = at.plus(gap);
                let inside = taken.iter().filter(|time: &&Timestamp| at.since(**time) < 5_000).count();
                let full = meter.full(at, Day(0)).is_some();
                prop_assert_eq!(full, inside >= count as usize, "neither over nor wasteful at {}", at.0);
                if !full {
                    meter.spend(at, Day(0));
                    taken.push(at);
                    meter = Meter::new(&[Limit { count, window: Window::Sliding(5_000) }]).remembering(&meter.memory());
                }
            }
        }
    }
}
