//! Where in a file somebody is: the keys above, and the word under the cursor, from lines and indentation alone.
//!
//! It does not parse: what is half typed is no YAML, and the answer is wanted just then.

use super::place::{byte_of, character_of};

/// Where somebody is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The keys from the outermost to the one whose value is written here.
    pub path: Vec<String>,
    /// The word under the cursor, without quotes.
    pub word: String,
    /// The word's columns, in an editor's units.
    pub columns: (usize, usize),
    /// Whether the word is a key: a colon follows.
    pub is_key: bool,
    /// Whether a value behind a colon is written here, and no key can be.
    pub is_value: bool,
}

/// What ends a word.
const ENDS: [char; 8] = [' ', '\t', ',', '[', ']', '{', '}', '#'];

impl Cursor {
    /// The cursor in a text, by line from 0 and an editor's column.
    #[must_use]
    pub fn of(text: &str, line: usize, character: usize) -> Self {
        let lines: Vec<&str> = text.lines().take(line + 1).collect();
        let here = lines.get(line).copied().unwrap_or_default();
        let at = byte_of(here, character);
        let indent = if here.trim().is_empty() { at } else { indent_of(here) };
        let mut path = above(&lines[..line.min(lines.len())], indent, here.trim_start().starts_with('-'));
        let inner = within(&here[..at]);
        path.extend(inner.keys);
        let (start, end) = word(here, at);
        let behind = here[end..].trim_start_matches(['"', '\'']);
        Self {
            path,
            word: unquoted(&here[start..end]).to_owned(),
            columns: (character_of(here, start), character_of(here, end)),
            is_key: behind.starts_with(':') && !inner.is_value,
            is_value: inner.is_value,
        }
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The keys of the lines that hold what is indented like this, outermost first.
fn above(lines: &[&str], mut indent: usize, mut is_item: bool) -> Vec<String> {
    let mut keys = Vec::new();
    for line in lines.iter().rev() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("---") {
            break;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let here = indent_of(line);
        // A list may stand in the column of its key.
        let holds = here < indent || (is_item && here == indent && !trimmed.starts_with('-'));
        if let (true, Some(key)) = (holds, key_of(trimmed)) {
            keys.push(key);
            indent = here;
            is_item = false;
        }
    }
    keys.reverse();
    keys
}

/// The key that a line begins with.
fn key_of(line: &str) -> Option<String> {
    let line = line.trim_start_matches("- ").trim_start();
    let at = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].find(quote)? + 2,
        _ => line.find(':')?,
    };
    line[at..].trim_start().starts_with(':').then(|| unquoted(line[..at].trim()).to_owned())
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

/// The keys that a line opens before the cursor and does not close.
struct Inner {
    keys: Vec<String>,
    is_value: bool,
}

/// One level of a line: its own, or that of a bracket.
#[derive(Default)]
struct Level {
    key: Option<String>,
    is_list: bool,
}

fn within(before: &str) -> Inner {
    let mut levels = vec![Level::default()];
    let mut token = String::new();
    let mut quote = None;
    let line = before.trim_start();
    let line = line.strip_prefix("- ").unwrap_or(line);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let last = levels.len() - 1;
        match c {
            '"' | '\'' if quote == Some(c) => quote = None,
            c if quote.is_some() => token.push(c),
            '"' | '\'' if token.trim().is_empty() => quote = Some(c),
            '#' if token.is_empty() || token.ends_with(' ') => break,
            '[' | '{' => {
                levels.push(Level { key: None, is_list: c == '[' });
                token.clear();
            }
            ']' | '}' => {
                if levels.len() > 1 {
                    levels.pop();
                }
                token.clear();
            }
            ',' if last > 0 => {
                levels[last].key = None;
                token.clear();
            }
            ':' if levels[last].key.is_none() && chars.peek().is_none_or(|next| *next == ' ') => {
                levels[last].key = Some(token.trim().to_owned());
                token.clear();
            }
            c => token.push(c),
        }
    }
    let is_value = levels.last().is_some_and(|level| level.key.is_some() || level.is_list);
    Inner { keys: levels.into_iter().filter_map(|level| level.key).collect(), is_value }
}

/// The bytes of the word around one.
fn word(line: &str, at: usize) -> (usize, usize) {
    let start = line[..at].rfind(ENDS).map_or(0, |end| end + 1);
    let rest = &line[at..];
    let end = rest.find(|c: char| ENDS.contains(&c)).map_or(line.len(), |end| at + end);
    let end = start + line[start..end].trim_end_matches(':').len();
    (start, end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where `|` is: the path, the word, and what it can be.
    fn at(text: &str) -> String {
        let before = &text[..text.find('|').expect("a cursor")];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |line| line.encode_utf16().count());
        let cursor = Cursor::of(&text.replacen('|', "", 1), line, column);
        let sort = match (cursor.is_key, cursor.is_value) {
            (true, _) => "key",
            (false, true) => "value",
            (false, false) => "any",
        };
        format!("{} {} {sort} {:?}", cursor.path.join("/"), cursor.word, cursor.columns)
    }

    #[test]
    fn the_path_is_known_in_files_that_are_half_typed() {
        for (text, expected) in [
            ("|", "  any (0, 0)"),
            ("get|", " get any (0, 3)"),
            ("getui:\n  ali|", "getui ali any (2, 5)"),
            ("getui:\n  |", "getui  any (2, 2)"),
            ("getui:\n  # x: y\n\n  tag_sets:\n    u1: [vip, 喜|", "getui/tag_sets/u1 喜 value (14, 15)"),
            ("a:\n  b:\n    c: 1\n  d|: 2", "a d key (2, 3)"),
            ("a:\n  p: {type: num|}", "a/p/type num value (12, 15)"),
            ("a:\n  p: {type: number, de|}", "a/p de any (20, 22)"),
            ("a:\n- x\n- |", "a  any (2, 2)"),
            ("a:\n  'k 1':\n    \"q|\": 1", "a/k 1 q key (4, 7)"),
            ("a: 1\n---\nb|", " b any (0, 1)"),
            ("a: https://x|", "a https://x value (3, 12)"),
            ("a: {b: [c, {d: |", "a/b/d  value (15, 15)"),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
    }

    #[test]
    fn no_place_in_any_text_is_too_much() {
        let text = "a: {b: [\"c\n]]]}}}: ::\n- - 'x\n\t喜:𠮷 #";
        for line in 0..6 {
            for column in 0..14 {
                let cursor = Cursor::of(text, line, column);
                assert!(cursor.columns.0 <= cursor.columns.1);
            }
        }
    }
}
