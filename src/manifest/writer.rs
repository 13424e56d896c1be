//! Manifests as text: no id is ever taken for a number, a boolean or nothing (`1e10`, `no`, `0123`), and nothing in
//! it ends a line or steers a terminal.
//!
//! Everything is written in double quotes, read again by `yaml.rs`, and given in the canonical layout, which takes
//! away those that nobody needs. It does not know what may be declared.

use crate::invisible::is_invisible;
use crate::problem::{Problem, Problems, Result};

use super::format::format;
use super::source::Source;
use super::tree::{At, Shape};
use super::yaml;

/// Spaces of one level.
const INDENT: usize = 2;

/// A manifest that is being written.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    /// Every scalar, in the order in which a reader meets them.
    said: Vec<String>,
}

impl Writer {
    /// A manifest that begins with these lines of comment.
    #[must_use]
    pub fn new(head: &[&str]) -> Self {
        let mut writer = Self::default();
        head.iter().for_each(|line| writer.comment(0, line));
        writer
    }

    /// A line of comment.
    pub fn comment(&mut self, depth: usize, text: &str) {
        let line: String = text.chars().map(|c| if is_safe(c) { c } else { '?' }).collect();
        self.line(depth, &format!("# {line}"));
    }

    /// A section's word; what follows one level deeper belongs to it.
    pub fn section(&mut self, depth: usize, word: &str) {
        self.said.push(word.to_owned());
        self.line(depth, &format!("{word}:"));
    }

    /// A name with a list.
    pub fn list(&mut self, depth: usize, name: &str, items: &[&str]) {
        self.said.push(name.to_owned());
        self.said.extend(items.iter().map(|item| (*item).to_owned()));
        let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
        self.line(depth, &format!("{}: [{}]", quoted(name), items.join(", ")));
    }

    /// A name with fields; words are ours and stand unquoted.
    pub fn fields(&mut self, depth: usize, name: &str, fields: &[(&str, &str)]) {
        self.map(depth, name, fields, |word| word.to_owned());
    }

    /// A name with values by names.
    pub fn values(&mut self, depth: usize, name: &str, values: &[(&str, &str)]) {
        self.map(depth, name, values, quoted);
    }

    fn map(&mut self, depth: usize, name: &str, entries: &[(&str, &str)], key: impl Fn(&str) -> String) {
        self.said.push(name.to_owned());
        self.said.extend(entries.iter().flat_map(|(word, value)| [*word, *value]).map(str::to_owned));
        let entries: Vec<String> =
            entries.iter().map(|(word, value)| format!("{}: {}", key(word), quoted(value))).collect();
        self.line(depth, &format!("{}: {{{}}}", quoted(name), entries.join(", ")));
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(&" ".repeat(depth * INDENT));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// The text, once a reader has found exactly what was meant in it.
    ///
    /// # Errors
    /// It reads differently, which would be our mistake.
    pub fn finish(self) -> Result<String> {
        let mut problems = Problems::new();
        let source = Source::new("the manifest", self.text);
        let yaml = yaml::parse(&source, &mut problems);
        let mut read = Vec::new();
        yaml.documents().for_each(|root| scalars(root, &mut read));
        if !problems.is_empty() || read != self.said {
            let at = read.iter().zip(&self.said).take_while(|(read, said)| *read == *said).count();
            let summary =
                format!("what was written does not read as it was meant, from its {}. scalar on", at + 1);
            let help = "this is a mistake of Pushform's: please report it; nothing was written";
            return Err(Problem::error("writer::differs", summary).help(help).into());
        }
        format(&source)
    }
}

fn scalars(at: At<'_>, out: &mut Vec<String>) {
    match at.shape() {
        Shape::Text => out.push(at.text().to_owned()),
        Shape::List => at.items().for_each(|item| scalars(item, out)),
        Shape::Map => at.entries().for_each(|(key, value)| {
            scalars(key, out);
            scalars(value, out);
        }),
        Shape::Null | Shape::Refused => {}
    }
}

/// A text in double quotes, as YAML reads it back letter for letter.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_safe(c) => out.push(c),
            c => out.push_str(&escaped(u32::from(c))),
        }
    }
    out.push('"');
    out
}

fn escaped(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

/// Whether a character can stand for itself: it ends no line, moves no cursor and does not hide.
pub(super) fn is_safe(c: char) -> bool {
    !is_invisible(c) && c != '\u{fffc}' && c != '\u{fffd}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_yaml_would_take_for_something_else_stays_text() {
        let mut writer = Writer::new(&["head"]);
        writer.section(0, "getui");
        writer.section(1, "aliases");
        writer.list(2, "no", &["1e10", "0123", "~", "null", "true", "2026-11-22", "0x1F", "=", "<<"]);
        writer.fields(2, "from", &[("type", "number"), ("description", "会员: \"等级\" # 1")]);
        writer.values(2, "1a0", &[("a: b", "{x}"), ("- c", "&a *b !c\n---\n...")]);
        let text = writer.finish().expect("it reads as it was meant");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_comment_can_not_end_its_line() {
        let mut writer = Writer::new(&[]);
        writer.comment(0, "a\nb: c\u{2028}d");
        assert_eq!(writer.finish().expect("a comment"), "# a?b: c?d\n");
    }

    proptest! {
        #[test]
        fn any_text_reads_back_letter_for_letter(name in any::<String>(), values in prop::collection::vec(any::<String>(), 0..4)) {
            let mut writer = Writer::new(&[&name]);
            writer.section(0, "x");
            let items: Vec<&str> = values.iter().map(String::as_str).collect();
            writer.list(1, &name, &items);
            writer.values(1, "y", &items.iter().map(|item| (*item, *item)).collect::<Vec<_>>());
            prop_assert!(writer.finish().is_ok());
        }
    }
}
