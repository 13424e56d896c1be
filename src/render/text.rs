//! Text as a terminal sees it: display width, padding, cutting, and numbers and times as people read them.
//!
//! The only file that names `unicode-width`. It knows nothing of plans.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::invisible::visible;
use crate::timestamp::{HOUR_MS, MINUTE_MS, SECOND_MS};

/// How many columns a text takes; a Chinese character takes two.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text with spaces behind it, up to `columns`.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text with spaces before it, up to `columns`: for numbers.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text, or as much of its beginning as fits `columns` together with `…`.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken < columns
    };
    let mut out: String = text.chars().take_while(fits).collect();
    out.push('…');
    out
}

/// The text with everything escaped that moves a cursor, hides, or turns the reading direction: a name must
/// not be able to draw over the line that says it is being deleted.
#[must_use]
pub fn clean(text: &str) -> String {
    visible(text)
}

/// A cleaned name: in quotes where its ends could not be seen otherwise.
#[must_use]
pub fn name(text: &str) -> String {
    let clean = clean(text);
    if clean.is_empty() || clean.starts_with(' ') || clean.ends_with(' ') {
        return format!("\"{clean}\"");
    }
    clean
}

/// `1,204`
#[must_use]
pub fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 user`, `1,204 users`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", group(number), if number == 1 { one } else { many })
}

/// `10,000/1d`: a limit with its number grouped.
#[must_use]
pub fn limit(text: &str) -> String {
    match text.split_once('/') {
        Some((number, rest)) => match number.parse() {
            Ok(number) => format!("{}/{rest}", group(number)),
            Err(_) => text.to_owned(),
        },
        None => text.to_owned(),
    }
}

/// `3 s`, `1 min 20 s`, `2 h 10 min`, `3 days 4 h`: two units at most, rounded up to the smaller one shown, so that
/// nothing is promised earlier than it is.
#[must_use]
pub fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    let up = |unit_ms: i64| ms.saturating_add(unit_ms - 1) / unit_ms;
    let two = |all: i64, per: i64, word: &str, small: &str| match (all / per, all % per) {
        (big, 0) => format!("{big} {word}"),
        (big, rest) => format!("{big} {word} {rest} {small}"),
    };
    // Rounding comes first: what it fills up is a whole unit of the next size.
    if up(SECOND_MS) < 60 {
        format!("{} s", up(SECOND_MS))
    } else if up(SECOND_MS) < 3_600 {
        two(up(SECOND_MS), 60, "min", "s")
    } else if up(MINUTE_MS) < 24 * 60 {
        two(up(MINUTE_MS), 60, "h", "min")
    } else {
        let hours = up(HOUR_MS).max(24);
        two(hours, 24, if hours / 24 == 1 { "day" } else { "days" }, "h")
    }
}

/// Lines of at most `columns`, broken at spaces, every line after the first indented. A word that is longer
/// than a line keeps its line to itself: an id that is broken in two cannot be copied.
#[must_use]
pub fn wrap(text: &str, columns: usize, indent: usize) -> String {
    join(text.split(' '), " ", columns, indent)
}

/// Pieces put together with `between`, going on in a new, indented line where the next would not fit.
#[must_use]
pub fn join<'a>(
    pieces: impl IntoIterator<Item = &'a str>,
    between: &str,
    columns: usize,
    indent: usize,
) -> String {
    let mut out = String::new();
    let mut used = 0;
    for piece in pieces {
        if out.is_empty() {
            out.push_str(piece);
            used = width(piece);
        } else if used + width(between) + width(piece) <= columns {
            out.push_str(between);
            out.push_str(piece);
            used += width(between) + width(piece);
        } else {
            out.push_str(between.trim_end());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            out.push_str(piece);
            used = indent + width(piece);
        }
    }
    out
}

/// To which side a column's texts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table without lines: the head, then the rows, columns two spaces apart and lined up by display width.
/// Each line ends in a newline and in nothing that cannot be seen.
#[must_use]
pub fn table(head: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|(word, _)| width(word)).collect();
    for row in rows {
        for (known, cell) in widths.iter_mut().zip(row) {
            *known = (*known).max(width(cell));
        }
    }
    let first: Vec<String> = head.iter().map(|(word, _)| (*word).to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&first).chain(rows) {
        let cells = row.iter().zip(head).zip(&widths).map(|((cell, (_, align)), width)| match align {
            Align::Left => pad(cell, *width),
            Align::Right => pad_left(cell, *width),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::DAY_MS;

    #[test]
    fn chinese_takes_two_columns_and_is_cut_at_a_whole_character() {
        assert_eq!(width("喜爱足球"), 8);
        assert_eq!(pad("足球", 6), "足球  ");
        assert_eq!(cut("喜爱足球", 8), "喜爱足球");
        assert_eq!(cut("喜爱足球", 6), "喜爱…");
        assert_eq!(cut("喜爱足球", 7), "喜爱足…");
    }

    #[test]
    fn a_name_can_not_draw_over_its_line() {
        assert_eq!(clean("a\u{1b}[2Kb\n"), "a\\u{1b}[2Kb\\n");
        assert_eq!(clean("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(name(" a"), "\" a\"");
        assert_eq!(name("喜爱足球"), "喜爱足球");
    }

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!((group(0), group(999), group(1_204)), ("0".into(), "999".into(), "1,204".into()));
        assert_eq!(group(1_234_567), "1,234,567");
        assert_eq!(
            (count(1, "user", "users"), count(2, "user", "users")),
            ("1 user".into(), "2 users".into())
        );
        assert_eq!((limit("10000/1d"), limit("odd")), ("10,000/1d".into(), "odd".into()));
        let cases = [
            (0, "0 s"),
            (1, "1 s"),
            (2_400, "3 s"),
            (58_001, "59 s"),
            (59_000, "59 s"),
            (59_001, "1 min"),
            (59_999, "1 min"),
            (60_001, "1 min 1 s"),
            (80_000, "1 min 20 s"),
            (HOUR_MS - 1, "1 h"),
            (7_800_000, "2 h 10 min"),
            (7_800_001, "2 h 11 min"),
            (DAY_MS - 1, "1 day"),
            (DAY_MS, "1 day"),
            (DAY_MS + 1, "1 day 1 h"),
            (2 * DAY_MS - 1, "2 days"),
            (3 * DAY_MS + 4 * HOUR_MS, "3 days 4 h"),
        ];
        for (ms, shown) in cases {
            assert_eq!(duration(ms), shown, "{ms} ms");
        }
    }

    #[test]
    fn pieces_go_on_in_an_indented_line() {
        assert_eq!(join(["aaaa", "bbbb", "cccc"], " · ", 12, 2), "aaaa · bbbb ·\n  cccc");
        assert_eq!(wrap("ein zwei drei", 8, 0), "ein zwei\ndrei");
    }

    #[test]
    fn a_table_lines_up_by_display_width() {
        let rows = vec![vec!["喜爱足球".into(), "7".into()], vec!["vip".into(), "1,204".into()]];
        let shown = table(&[("TAG", Align::Left), ("USERS", Align::Right)], &rows);
        assert_eq!(shown, "TAG       USERS\n喜爱足球      7\nvip       1,204\n");
    }
}
