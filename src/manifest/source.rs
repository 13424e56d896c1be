//! One file's text, and places in it with the piece of source that a message shows.
//!
//! It does not read the file: that is `load.rs`'s. It knows no YAML and no CSV.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use crate::invisible::is_invisible;
pub use crate::problem::nearest;
use crate::problem::{Place, Snippet};

use super::line_index::LineIndex;

/// How many lines before and after a place a snippet shows: five in all.
pub const LINES_AROUND: usize = 2;

/// The longest piece of a line that a snippet shows, in characters: more fits no screen.
const LINE_CHARS_MAX: usize = 240;

/// How much of a long line is shown in front of the place, in characters.
const LEAD_CHARS: usize = 80;

/// The longest quotation of a value in a message, in characters.
const QUOTE_CHARS_MAX: usize = 60;

/// A file's text with its name.
#[derive(Clone, Debug)]
pub struct Source {
    file: Arc<str>,
    text: String,
    hidden: Vec<Range<usize>>,
    had_mark: bool,
    /// Made for the first place that is asked for: most files have nothing wrong.
    index: OnceCell<LineIndex>,
}

impl Source {
    /// A text under the name that messages give it. A byte-order mark at its start is dropped.
    #[must_use]
    pub fn new(file: impl Into<Arc<str>>, mut text: String) -> Self {
        let had_mark = text.starts_with('\u{feff}');
        if had_mark {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Self { file: file.into(), text, hidden: Vec::new(), had_mark, index: OnceCell::new() }
    }

    /// Whether a byte-order mark was dropped.
    #[must_use]
    pub const fn had_mark(&self) -> bool {
        self.had_mark
    }

    /// The name.
    #[must_use]
    pub const fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The text, without a byte-order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Never shows these bytes in a snippet: stars stand for them.
    pub fn hide(&mut self, range: Range<usize>) {
        self.hidden.push(range);
    }

    /// Whether anything is hidden.
    #[must_use]
    pub fn hides_any(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Whether any of these bytes is hidden.
    #[must_use]
    pub fn hides(&self, range: &Range<usize>) -> bool {
        self.hidden.iter().any(|hidden| hidden.start < range.end && range.start < hidden.end)
    }

    /// The whole text, with three stars for each piece that is hidden.
    #[must_use]
    pub fn shown_text(&self) -> String {
        let mut hidden: Vec<&Range<usize>> = self.hidden.iter().collect();
        hidden.sort_by_key(|range| range.start);
        let (mut out, mut at) = (String::with_capacity(self.text.len()), 0);
        for range in hidden {
            if range.start >= at {
                out.push_str(&self.text[at..range.start]);
                out.push_str("***");
            }
            at = at.max(range.end);
        }
        out.push_str(&self.text[at.min(self.text.len())..]);
        out
    }

    /// How many lines there are, a last one without a line feed included.
    #[must_use]
    pub fn lines(&self) -> u32 {
        let feeds = self.text.bytes().filter(|byte| *byte == b'\n').count();
        u32::try_from(feeds + 1).unwrap_or(u32::MAX)
    }

    /// The place of the bytes `range`, which start in line `line`.
    #[must_use]
    pub fn place(&self, line: u32, range: Range<usize>) -> Place {
        let index = self.index.get_or_init(|| LineIndex::new(&self.text));
        let start = floor(&self.text, range.start);
        let end = floor(&self.text, range.end.max(start));
        let line_start = index.line_start(&self.text, start);
        let piece = &self.text[start..end];
        let column = number(index.chars(&self.text, line_start..start)) + 1;
        let feeds = piece.bytes().filter(|byte| *byte == b'\n').count();
        let end_column = match piece.rfind('\n') {
            Some(at) => columns(&piece[at + 1..]) + 1,
            None => column + columns(piece),
        };
        Place {
            file: self.file.clone(),
            line,
            column,
            end_line: line.saturating_add(u32::try_from(feeds).unwrap_or(u32::MAX)),
            end_column,
            snippet: Some(self.snippet(index, line, line_start, start..end)),
        }
    }

    fn snippet(&self, index: &LineIndex, line: u32, line_start: usize, range: Range<usize>) -> Snippet {
        let mut first = line_start;
        let mut before = 0;
        while before < LINES_AROUND && first > 0 {
            first = index.line_start(&self.text, first - 1);
            before += 1;
        }
        let mut lines = Vec::new();
        let mut at = first;
        while lines.len() <= before + LINES_AROUND && (at < self.text.len() || lines.is_empty()) {
            let end = index.line_end(&self.text, at);
            lines.push(&self.text[at..end]);
            at = end + 1;
        }
        let in_line = range.start - line_start..range.end - line_start;
        let first_line = line.saturating_sub(u32::try_from(before).unwrap_or(0)).max(1);
        // A line can be as long as the file: only what is shown of it is copied.
        snippet(first_line, &lines, before, in_line, |index, shown| {
            let start: usize = first + lines[..index].iter().map(|line| line.len() + 1).sum::<usize>();
            self.masked(start + shown.start..start + shown.end).into()
        })
    }

    fn masked(&self, window: Range<usize>) -> String {
        let mut bytes = self.text.as_bytes()[window.clone()].to_vec();
        for hidden in &self.hidden {
            let start = hidden.start.clamp(window.start, window.end) - window.start;
            let end = hidden.end.clamp(window.start, window.end) - window.start;
            for byte in &mut bytes[start.min(end)..end] {
                if *byte != b'\n' {
                    *byte = b'*';
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A few lines of a file that is not in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line, from 1.
    pub first_line: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
}

/// The place of `text` in line `line` of a file: the word itself where the excerpt shows it, else the whole line.
/// `skip` is how many earlier mentions of it in that line are meant by somebody else.
#[must_use]
pub fn place_in(file: &Arc<str>, excerpt: &Excerpt, line: u32, text: &str, skip: usize) -> Place {
    place_by(file, excerpt, line, |whole| find_word(whole, text, skip))
}

/// The place of one character in line `line` of a file, by its first byte in that line.
#[must_use]
pub fn place_at(file: &Arc<str>, excerpt: &Excerpt, line: u32, at: usize) -> Place {
    place_by(file, excerpt, line, |whole| {
        let c = whole.get(at..)?.chars().next()?;
        Some(at..at + c.len_utf8())
    })
}

fn place_by(
    file: &Arc<str>,
    excerpt: &Excerpt,
    line: u32,
    find: impl Fn(&str) -> Option<Range<usize>>,
) -> Place {
    let at = line.checked_sub(excerpt.first_line).map_or(usize::MAX, |at| at as usize);
    let Some(whole) = excerpt.lines.get(at) else {
        let (end_line, column) = (line, 1);
        return Place { file: file.clone(), line, column, end_line, end_column: column, snippet: None };
    };
    let range = find(whole).unwrap_or_else(|| trimmed(whole));
    let column = columns(&whole[..range.start]) + 1;
    let end_column = column + columns(&whole[range.clone()]);
    let lines: Vec<&str> = excerpt.lines.iter().map(String::as_str).collect();
    let snippet =
        Some(snippet(excerpt.first_line, &lines, at, range, |index, shown| lines[index][shown].into()));
    Place { file: file.clone(), line, column, end_line: line, end_column, snippet }
}

/// Where `text` stands in `line` as a word of its own, after `skip` others; else where it stands at all.
fn find_word(line: &str, text: &str, skip: usize) -> Option<Range<usize>> {
    if text.is_empty() {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let stands_alone =
        |at: usize| !line[..at].ends_with(is_part) && !line[at + text.len()..].starts_with(is_part);
    let mut alone = line.match_indices(text).map(|(at, _)| at).filter(|at| stands_alone(*at));
    let first = alone.next();
    let found = if skip == 0 { first } else { alone.nth(skip - 1).or(first) };
    found.or_else(|| line.find(text)).map(|at| at..at + text.len())
}

fn trimmed(line: &str) -> Range<usize> {
    let start = line.len() - line.trim_start().len();
    start..line.trim_end().len().max(start)
}

/// The snippet of these lines; the place is `range` of the line `at`, and ends with that line at the latest.
/// `piece` gives what to show of a line.
fn snippet<'a>(
    first_line: u32,
    lines: &[&str],
    at: usize,
    range: Range<usize>,
    piece: impl Fn(usize, Range<usize>) -> Cow<'a, str>,
) -> Snippet {
    let mut text = String::new();
    let (mut start, mut len) = (0, 0);
    for (index, line) in lines.iter().enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if index > 0 {
            text.push('\n');
        }
        let place = if index == at { range.start.min(line.len())..range.end.min(line.len()) } else { 0..0 };
        let shown = window(line, place.start);
        if index == at {
            start = text.len() + place.start - shown.start;
            len = place.end.min(shown.end).saturating_sub(place.start);
        }
        push_visible(&mut text, &piece(index, shown));
    }
    Snippet { first_line, text, start, len }
}

/// The piece of a line to show so that `place` is in it.
fn window(line: &str, place: usize) -> Range<usize> {
    if line.len() <= LINE_CHARS_MAX {
        return 0..line.len();
    }
    let place = floor(line, place);
    let begin = line[..place].char_indices().rev().nth(LEAD_CHARS - 1).map_or(0, |(at, _)| at);
    let end = line[begin..].char_indices().nth(LINE_CHARS_MAX).map_or(line.len(), |(at, _)| begin + at);
    begin..end
}

/// Control characters would move the cursor of a terminal: question marks of the same length stand for them.
fn push_visible(text: &mut String, piece: &str) {
    for c in piece.chars() {
        if c.is_control() && c != '\t' {
            text.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            text.push(c);
        }
    }
}

fn columns(text: &str) -> u32 {
    number(text.chars().count())
}

fn number(chars: usize) -> u32 {
    u32::try_from(chars).unwrap_or(u32::MAX / 2)
}

/// The nearest boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A value as messages quote it: in backticks, cut when long, what cannot be seen as escapes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == QUOTE_CHARS_MAX {
            shown.push('…');
            break;
        }
        if is_invisible(c) {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.push('`');
    shown
}

/// Whether a path begins in somebody's home, which only a shell can find.
#[must_use]
pub fn is_home(path: &str) -> bool {
    path.starts_with('~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(place: &Place) -> String {
        let snippet = place.snippet.as_ref().expect("a snippet");
        let word = &snippet.text[snippet.start..snippet.start + snippet.len];
        format!(
            "{place}-{}:{} {}+{word:?} {:?}",
            place.end_line, place.end_column, snippet.first_line, snippet.text
        )
    }

    #[test]
    fn a_word_is_near_by_its_letters_in_every_script() {
        let known = ["vip", "喜爱足球", "newsletter"];
        assert_eq!(nearest("vi", &known), Some("vip"));
        assert_eq!(nearest("喜欢足球", &known), Some("喜爱足球"));
        assert_eq!(nearest("newslettr", &known), Some("newsletter"));
        assert_eq!(nearest("一个很长的标签", &known), None);
        assert_eq!(nearest("篮球", &known), None);
        assert_eq!(nearest("喜", &["爱"]), None);
    }

    #[test]
    fn a_place_counts_characters_and_shows_two_lines_on_each_side() {
        let source = Source::new("a.yaml", "\u{feff}1\n2\n3\n喜爱: 足球\r\n5\n6\n7\n".to_owned());
        let start = source.text().find("足球").expect("it is there");
        assert_eq!(
            shown(&source.place(4, start..start + 6)),
            "a.yaml:4:5-4:7 2+\"足球\" \"2\\n3\\n喜爱: 足球\\n5\\n6\""
        );
        let short = Source::new("b", "x".to_owned());
        assert_eq!(shown(&short.place(1, 0..1)), "b:1:1-1:2 1+\"x\" \"x\"");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}needle{}", "é".repeat(1000), "x".repeat(1000));
        let source = Source::new("a", line);
        let place = source.place(1, 2000..2006);
        let snippet = place.snippet.as_ref().expect("a snippet");
        assert_eq!(&snippet.text[snippet.start..snippet.start + snippet.len], "needle");
        assert_eq!(snippet.text.chars().count(), LINE_CHARS_MAX);
        assert_eq!(place.column, 1001);
    }

    #[test]
    fn what_is_hidden_is_stars() {
        let mut source = Source::new("a", "key: hunter2\nnext: 1".to_owned());
        source.hide(5..12);
        assert_eq!(source.place(2, 13..17).snippet.expect("a snippet").text, "key: *******\nnext: 1");
    }

    #[test]
    fn a_word_is_found_as_a_word_first() {
        assert_eq!(find_word("ba: [a, a]", "a", 0), Some(5..6));
        assert_eq!(find_word("ba: [a, a]", "a", 1), Some(8..9));
        assert_eq!(find_word("bab", "a", 0), Some(1..2));
        assert_eq!(find_word("bab", "c", 0), None);
    }
}
