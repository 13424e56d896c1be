//! Calendar times as the vendors write them: `yyyy-MM-dd HH:mm:ss` in a zone.
//!
//! Arithmetic on days only; the zone itself is `timestamp.rs`'s.

use crate::timestamp::{Day, HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp, Zone};

/// `2022-08-03 14:55:35`
#[must_use]
pub fn write(zone: &Zone, at: Timestamp) -> String {
    let ms = at.since(zone.start(zone.day(at)));
    let (hour, minute, second) = (ms / HOUR_MS, ms % HOUR_MS / MINUTE_MS, ms % MINUTE_MS / SECOND_MS);
    format!("{} {hour:02}:{minute:02}:{second:02}", zone.date(at))
}

/// The moment of `2022-08-03 14:55:35`, if the text is one.
#[must_use]
pub fn read(zone: &Zone, text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in(year, month)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let day = Day(days_since_1970(year, month, day));
    let ms = i64::from(hour) * HOUR_MS + i64::from(minute) * MINUTE_MS + i64::from(second) * SECOND_MS;
    Some(zone.start(day).plus(ms))
}

fn numbers(text: &str, between: char, widths: [usize; 3]) -> Option<[i32; 3]> {
    let mut numbers = [0; 3];
    let mut parts = text.split(between);
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part =
            parts.next().filter(|part| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of the years from 1 to 1969.
const BEFORE_1970: i32 = 1969 * 365 + 1969 / 4 - 1969 / 100 + 1969 / 400;

fn days_since_1970(year: i32, month: i32, day: i32) -> i32 {
    let before = year - 1;
    let years = before * 365 + before / 4 - before / 100 + before / 400;
    let months: i32 = (1..month).map(|month| days_in(year, month)).sum();
    years - BEFORE_1970 + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        let zone = Zone::shanghai();
        for text in
            ["2022-08-03 14:55:35", "2024-02-29 00:00:00", "1999-12-31 23:59:59", "2100-03-01 08:00:01"]
        {
            let at = read(&zone, text).expect("a time");
            assert_eq!(write(&zone, at), text);
        }
        assert_eq!(read(&zone, "2022-08-03 08:00:00"), Some(Timestamp(1_659_484_800_000)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2022-08-03",
            "2022-13-01 00:00:00",
            "2023-02-29 00:00:00",
            "2022-8-3 0:0:0",
            "2022-08-03T14:55:35",
        ] {
            assert_eq!(read(&Zone::shanghai(), text), None, "{text}");
        }
    }
}
