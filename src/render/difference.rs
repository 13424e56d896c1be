//! Two texts of one file, and the lines in which they differ, as `diff -u` shows them.
//!
//! Not for long differences: what is beyond a screenful of pages is only counted.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::render::look::Look;
use crate::render::{Mask, Tone, text};

/// The most lines of each text that are compared, counted from the first difference: comparing takes time by the
/// square, and nobody reads more.
const LINES_MAX: usize = 400;
/// Lines around a difference.
const AROUND: usize = 3;

/// The difference, under the file's name, of two texts without secrets.
#[must_use]
pub fn difference(name: &str, before: &str, after: &str, look: &Look, mask: &Mask) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count().saturating_sub(AROUND);
    let part = |lines: &[&str]| -> String {
        let some = lines.iter().skip(same).take(LINES_MAX);
        some.map(|line| format!("{}\n", text::clean(&mask.source(line)))).collect()
    };
    let (one, other) = (part(&old), part(&new));
    let name = text::clean(name);
    let mut out = paint(look, Tone::Remove, &format!("--- {name}"));
    out += &paint(look, Tone::Add, &format!("+++ {name}, laid out"));
    if one == other {
        out += "  only what is hidden, line ends or the mark at the beginning differ\n";
        return out;
    }
    let diff = TextDiff::from_lines(&one, &other);
    for group in diff.grouped_ops(AROUND) {
        let Some(first) = group.first() else { continue };
        out += &paint(look, Tone::Faint, &format!("@@ line {} @@", first.old_range().start + same + 1));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end_matches('\n');
            out += &match change.tag() {
                ChangeTag::Delete => paint(look, Tone::Remove, &format!("-{line}")),
                ChangeTag::Insert => paint(look, Tone::Add, &format!("+{line}")),
                ChangeTag::Equal => format!(" {line}\n"),
            };
        }
    }
    let rest = old.len().max(new.len()).saturating_sub(same + LINES_MAX);
    if rest > 0 {
        let _ =
            writeln!(out, "… and {} below that were not compared", text::count(rest as u64, "line", "lines"));
    }
    out
}

fn paint(look: &Look, tone: Tone, line: &str) -> String {
    format!("{}\n", look.paint.tone(tone, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Zone;

    fn shown_of(before: &str, after: &str) -> String {
        difference("a.yaml", before, after, &Look::plain(Zone::shanghai()), &Mask::show())
    }

    #[test]
    fn lines_that_differ_are_shown_with_three_around() {
        let before = "a\nb\nc\nd\ne\n  f\ng\nh\ni\nj\n";
        let text = shown_of(before, &before.replace("  f", "f"));
        assert_eq!(
            text,
            "--- a.yaml\n+++ a.yaml, laid out\n@@ line 3 @@\n c\n d\n e\n-  f\n+f\n g\n h\n i\n"
        );
    }

    #[test]
    fn a_long_difference_is_cut_and_counted() {
        let before: String = (0..100_000).map(|n| format!(" {n}\n")).collect();
        let after: String = (0..100_000).map(|n| format!("{n}\n")).collect();
        let text = shown_of(&before, &after);
        assert!(
            text.ends_with("… and 99,600 lines below that were not compared\n"),
            "{}",
            &text[text.len() - 99..]
        );
        assert!(text.lines().count() < 1_000);
    }
}
