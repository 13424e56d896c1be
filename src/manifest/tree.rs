//! The tree that YAML text is read into: sixteen bytes a node, and every node knows its place.
//!
//! Text is borrowed from the source where it reads the same there. How the tree is built is `yaml.rs`'s.

use crate::problem::Place;

use super::source::{Source, quoted};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A scalar, as written.
    Text,
    /// `~`, `null` or nothing at all, unquoted.
    Null,
    /// A list.
    List,
    /// A mapping.
    Map,
    /// Something that was refused and reported already.
    Refused,
}

/// What a node is, to the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// `extent` is the length; the text stands in the source.
    Plain,
    /// The same, and never null.
    Quoted,
    /// `extent` is a place in `Yaml::owned`.
    PlainOwned,
    QuotedOwned,
    /// `extent` is the node behind the last child.
    List,
    Map,
    Refused,
}

/// One node; what `extent` means is said at [`Sort`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) extent: u32,
    pub(super) line: u32,
    pub(super) sort: Sort,
}

/// A text that does not stand in the source as it reads: escaped, folded or of several lines.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) source_len: u32,
    pub(super) text: Box<str>,
}

/// The documents of one file.
#[derive(Debug)]
pub struct Yaml<'a> {
    pub(super) source: &'a Source,
    pub(super) nodes: Vec<Node>,
    pub(super) owned: Vec<Owned>,
    pub(super) roots: Vec<u32>,
    /// Whether everything could be read: a document with a syntax error is left out.
    pub is_whole: bool,
}

impl<'a> Yaml<'a> {
    /// The roots of the documents that could be read.
    pub fn documents(&self) -> impl Iterator<Item = At<'_>> {
        self.roots.iter().map(|index| At { yaml: self, index: *index })
    }

    /// The text that was read.
    #[must_use]
    pub const fn source(&self) -> &'a Source {
        self.source
    }
}

/// One node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    yaml: &'a Yaml<'a>,
    index: u32,
}

impl<'a> At<'a> {
    fn node(self) -> Node {
        self.yaml.nodes[self.index as usize]
    }

    /// What it is.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self.node().sort {
            Sort::Plain | Sort::PlainOwned if is_null(self.text()) => Shape::Null,
            Sort::Plain | Sort::PlainOwned | Sort::Quoted | Sort::QuotedOwned => Shape::Text,
            Sort::List => Shape::List,
            Sort::Map => Shape::Map,
            Sort::Refused => Shape::Refused,
        }
    }

    /// A scalar's text as written; empty for everything else.
    #[must_use]
    pub fn text(self) -> &'a str {
        let node = self.node();
        match node.sort {
            Sort::Plain | Sort::Quoted => {
                let start = node.start as usize;
                &self.yaml.source.text()[start..start + node.extent as usize]
            }
            Sort::PlainOwned | Sort::QuotedOwned => &self.yaml.owned[node.extent as usize].text,
            Sort::List | Sort::Map | Sort::Refused => "",
        }
    }

    /// A scalar's text as messages quote it: stars where the source hides it, since it may be a secret.
    #[must_use]
    pub fn quoted(self) -> String {
        if self.yaml.source.hides(&self.range()) { "`***`".to_owned() } else { quoted(self.text()) }
    }

    /// Whether it is a scalar without quotes.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self.node().sort, Sort::Plain | Sort::PlainOwned)
    }

    /// The line in which it starts, from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.node().line
    }

    /// The bytes of the source that it stands for; of a list or mapping, what is in its first line.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        let node = self.node();
        let start = node.start as usize;
        match node.sort {
            Sort::Plain | Sort::Quoted => start..start + node.extent as usize,
            Sort::PlainOwned | Sort::QuotedOwned => {
                start..start + self.yaml.owned[node.extent as usize].source_len as usize
            }
            Sort::List | Sort::Map | Sort::Refused => {
                let rest = &self.yaml.source.text()[start..];
                start..start + first_line(rest).len()
            }
        }
    }

    /// The bytes of a scalar with its quotes, of a block scalar without its header; of everything else, its beginning.
    #[must_use]
    pub(super) fn written(self) -> std::ops::Range<usize> {
        let node = self.node();
        match node.sort {
            Sort::Quoted => {
                let range = self.range();
                range.start - 1..range.end + 1
            }
            Sort::Plain | Sort::PlainOwned | Sort::QuotedOwned => self.range(),
            // What a list shows of itself is not looked for: in a long line that takes as long as the line is.
            Sort::List | Sort::Map | Sort::Refused => node.start as usize..node.start as usize,
        }
    }

    /// Whether it is written behind `|` or `>`.
    #[must_use]
    pub(super) fn is_block_scalar(self) -> bool {
        let written = self.written();
        let quotes = self.yaml.source.text()[written.clone()].starts_with(['"', '\'']);
        self.node().sort == Sort::QuotedOwned && (written.is_empty() || !quotes)
    }

    /// Its place.
    #[must_use]
    pub fn place(self) -> Place {
        self.yaml.source.place(self.line(), self.range())
    }

    /// The place of a part of a scalar's text; of the whole where the text does not stand in the source as it reads.
    #[must_use]
    pub fn place_of(self, part: std::ops::Range<usize>) -> Place {
        match self.node().sort {
            Sort::Plain | Sort::Quoted => {
                let start = self.range().start;
                self.yaml.source.place(self.line(), start + part.start..start + part.end)
            }
            Sort::PlainOwned | Sort::QuotedOwned | Sort::List | Sort::Map | Sort::Refused => self.place(),
        }
    }

    /// The node behind this one and everything in it.
    fn next(self) -> Self {
        let node = self.node();
        let index = if matches!(node.sort, Sort::List | Sort::Map) { node.extent } else { self.index + 1 };
        Self { yaml: self.yaml, index }
    }

    /// The items of a list, none of anything else.
    pub fn items(self) -> impl Iterator<Item = Self> {
        self.children(Sort::List)
    }

    /// Keys and values of a mapping, none of anything else. Keys that were refused are left out with their values.
    pub fn entries(self) -> impl Iterator<Item = (Self, Self)> {
        let mut children = self.children(Sort::Map);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
            .filter(|(key, _)| key.shape() == Shape::Text)
    }

    fn children(self, sort: Sort) -> impl Iterator<Item = Self> {
        let node = self.node();
        let end = if node.sort == sort { node.extent } else { 0 };
        let mut at = Self { yaml: self.yaml, index: self.index + 1 };
        std::iter::from_fn(move || {
            let here = (at.index < end).then_some(at)?;
            at = here.next();
            Some(here)
        })
    }
}

/// What a list, a mapping or an alias shows of itself: its first line, or less where its bracket is closed before. No
/// more is read than that: many lists can stand in one line.
fn first_line(rest: &str) -> &str {
    if !rest.starts_with(['[', '{']) {
        return rest.split('\n').next().unwrap_or_default().trim_end();
    }
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '\n' => return rest[..at].trim_end(),
            _ => {}
        }
        if depth == 0 {
            return &rest[..=at];
        }
    }
    rest.trim_end()
}

/// What YAML takes for nothing, where it is not quoted.
pub(super) fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}
