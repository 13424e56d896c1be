//! The tree of a file with its comments in their places: before a thing, beside it, or at the end of a block.
//!
//! What stands between two scalars is spaces, signs and comments and nothing else, since the text was read without a
//! fault; so comments are found by walking from scalar to scalar. It writes nothing.

use crate::problem::{Problem, Result};

use super::super::codes;
use super::super::source::Source;
use super::super::tree::{At, Shape, Yaml};
use super::stream::{Document, Many, Piece, Remark, Stream, Value};

/// Gives every comment its place.
///
/// # Errors
/// A directive, which a layout cannot carry.
pub(super) fn attach<'a>(tree: &'a Yaml<'a>) -> Result<Stream<'a>> {
    let mut walk = Walk { text: tree.source().text(), at: 0, feeds: 0 };
    let mut documents = Vec::new();
    for root in tree.documents() {
        documents.push(walk.document(root, tree.source())?);
    }
    let tail = walk.remarks().into_iter().map(Found::remark).collect();
    walk.directive(tree.source())?;
    Ok(Stream { documents, tail })
}

/// A comment and where it was found.
#[derive(Clone, Copy)]
struct Found<'a> {
    text: &'a str,
    column: usize,
    is_beside: bool,
    blank: bool,
}

impl<'a> Found<'a> {
    fn remark(self) -> Remark<'a> {
        Remark { text: self.text, blank: self.blank }
    }
}

/// A place between two scalars.
#[derive(Clone, Copy)]
struct Walk<'a> {
    text: &'a str,
    at: usize,
    /// Line feeds since the last scalar, sign or comment.
    feeds: usize,
}

impl<'a> Walk<'a> {
    fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\n' => self.feeds += 1,
                b'\r' if bytes.get(self.at + 1) != Some(&b'\n') => self.feeds += 1,
                b' ' | b'\t' | b'\r' => {}
                _ => break,
            }
            self.at += 1;
        }
    }

    fn next_is(&mut self, sign: &str) -> bool {
        self.skip();
        self.text[self.at..].starts_with(sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is_there = self.next_is(sign);
        if is_there {
            self.at += sign.len();
            self.feeds = 0;
        }
        is_there
    }

    fn column(&self) -> usize {
        self.at - self.text[..self.at].rfind(['\n', '\r']).map_or(0, |feed| feed + 1)
    }

    /// The next comment, if nothing else comes first.
    fn found(&mut self) -> Option<Found<'a>> {
        if !self.next_is("#") {
            return None;
        }
        let column = self.column();
        let rest = &self.text[self.at..];
        let text = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let found =
            Found { text: text.trim_end(), column, is_beside: self.feeds == 0, blank: self.feeds > 1 };
        self.at += text.len();
        self.feeds = 0;
        Some(found)
    }

    fn remarks(&mut self) -> Vec<Found<'a>> {
        std::iter::from_fn(|| self.found()).collect()
    }

    /// A comment at the end of this line goes beside, others before.
    fn sort(&mut self, before: &mut Vec<Remark<'a>>, beside: &mut Vec<&'a str>) {
        for found in self.remarks() {
            if found.is_beside { beside.push(found.text) } else { before.push(found.remark()) }
        }
    }

    /// A comment at the end of this line, and none of another.
    fn beside(&mut self, beside: &mut Vec<&'a str>) {
        let mut ahead = *self;
        if let Some(found) = ahead.found().filter(|found| found.is_beside) {
            beside.push(found.text);
            *self = ahead;
        }
    }

    /// Takes a scalar as read.
    fn take(&mut self, at: At<'a>) {
        let written = at.written();
        if !written.is_empty() {
            self.at = written.start + self.text[written].trim_end().len();
            self.feeds = 0;
        }
    }

    fn directive(&mut self, source: &Source) -> Result<()> {
        if self.next_is("%") && self.column() == 0 {
            let line = u32::try_from(self.text[..self.at].matches('\n').count() + 1).unwrap_or(u32::MAX);
            let problem = Problem::error(codes::YAML_DIRECTIVE, "a directive is not laid out");
            let help = "leave the line out: YAML 1.2 is read without being told";
            return Err(problem.at(source.place(line, self.at..self.at + 1), "here").help(help).into());
        }
        Ok(())
    }

    fn is_marker(&mut self, marker: &str) -> bool {
        self.next_is(marker)
            && self.column() == 0
            && self.text[self.at + marker.len()..].chars().next().is_none_or(char::is_whitespace)
    }

    fn document(&mut self, root: At<'a>, source: &Source) -> Result<Document<'a>> {
        let mut above: Vec<Remark<'a>> = Vec::new();
        let mut beside = Vec::new();
        let found = self.remarks();
        self.directive(source)?;
        let has_marker = self.is_marker("---") && self.eat("---");
        let mut before: Vec<Remark<'a>> = found.into_iter().map(Found::remark).collect();
        if has_marker {
            std::mem::swap(&mut above, &mut before);
            self.beside(&mut beside);
        }
        let mut root = self.piece(None, root, before, Inside::Block(-1));
        if has_marker && is_nothing(&root) {
            beside.append(&mut root.beside);
        }
        let tail = self.remarks().into_iter().map(Found::remark).collect();
        while self.is_marker("...") && self.eat("...") {
            self.directive(source)?;
        }
        Ok(Document { above, has_marker, beside, root, tail })
    }

    /// What stands behind a key, a dash or a bracket; comments before it are already `before`.
    fn piece(
        &mut self,
        key: Option<At<'a>>,
        at: At<'a>,
        mut before: Vec<Remark<'a>>,
        inside: Inside,
    ) -> Piece<'a> {
        let mut beside = Vec::new();
        let blank = self.feeds > 1;
        if let Some(key) = key {
            if self.eat("?") {
                self.sort(&mut before, &mut beside);
            }
            self.skip();
            self.take(key);
            let mut ahead = *self;
            let found = ahead.remarks();
            if ahead.eat(":") {
                *self = ahead;
                before.extend(found.into_iter().map(Found::remark));
            }
        } else if matches!(inside, Inside::List(_)) {
            self.eat("-");
        }
        let value = self.value(at, inside, &mut before, &mut beside);
        Piece { before, blank, key, value, beside }
    }

    fn value(
        &mut self,
        at: At<'a>,
        inside: Inside,
        before: &mut Vec<Remark<'a>>,
        beside: &mut Vec<&'a str>,
    ) -> Value<'a> {
        self.beside(beside);
        match at.shape() {
            Shape::Null if at.written().is_empty() => Value::Scalar(at),
            Shape::Text | Shape::Null | Shape::Refused => {
                self.sort(before, beside);
                if at.is_block_scalar() {
                    self.header(beside);
                }
                self.take(at);
                self.beside(beside);
                Value::Scalar(at)
            }
            Shape::List | Shape::Map => {
                let bracket = if at.shape() == Shape::Map { "{" } else { "[" };
                let start = at.written().start;
                if self.text[start..].starts_with(bracket) {
                    self.sort(before, beside);
                    Value::Many(self.flow(at, before, beside))
                } else if matches!(inside, Inside::Flow) {
                    Value::Many(self.pair(at))
                } else {
                    Value::Many(self.block(at, inside.column()))
                }
            }
        }
    }

    /// `|` or `>` with what belongs to it.
    fn header(&mut self, beside: &mut Vec<&'a str>) {
        self.skip();
        let rest = &self.text[self.at..];
        let is_header = |c: char| matches!(c, '|' | '>' | '+' | '-' | '0'..='9');
        self.at += rest.len() - rest.trim_start_matches(is_header).len();
        self.feeds = 0;
        self.beside(beside);
    }

    fn block(&mut self, at: At<'a>, outer: isize) -> Many<'a> {
        let is_map = at.shape() == Shape::Map;
        let start = at.written().start;
        let column = isize::try_from(Walk { at: start, ..*self }.column()).unwrap_or(0);
        let mut pieces = Vec::new();
        let children = at.entries().map(|(key, value)| (Some(key), value));
        for (key, value) in children.chain(at.items().map(|item| (None, item))) {
            let mut before: Vec<Remark<'a>> = self.remarks().into_iter().map(Found::remark).collect();
            if pieces.is_empty() {
                before.iter_mut().take(1).for_each(|first| first.blank = false);
            }
            let inside = if is_map { Inside::Block(column) } else { Inside::List(column) };
            pieces.push(self.piece(key, value, before, inside));
        }
        let mut tail = Vec::new();
        loop {
            let mut ahead = *self;
            let Some(found) = ahead.found() else { break };
            let here = isize::try_from(found.column).unwrap_or(0);
            if here < column || here <= outer {
                break;
            }
            tail.push(found.remark());
            *self = ahead;
        }
        Many { is_map, is_flow: false, has_remarks: false, pieces, tail }
    }

    fn flow(
        &mut self,
        at: At<'a>,
        owner_before: &mut Vec<Remark<'a>>,
        beside: &mut Vec<&'a str>,
    ) -> Many<'a> {
        let is_map = at.shape() == Shape::Map;
        let (open, close) = if is_map { ("{", "}") } else { ("[", "]") };
        self.eat(open);
        let outside = beside.len();
        self.beside(beside);
        let mut has_remarks = beside.len() > outside;
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        let mut next = Vec::new();
        let children = at.entries().map(|(key, value)| (Some(key), value));
        for (key, value) in children.chain(at.items().map(|item| (None, item))) {
            let mut before: Vec<Remark<'a>> = std::mem::take(&mut next);
            before.extend(self.remarks().into_iter().map(Found::remark));
            let mut piece = self.piece(key, value, before, Inside::Flow);
            self.sort(&mut next, &mut piece.beside);
            self.eat(",");
            self.beside(&mut piece.beside);
            has_remarks |=
                !piece.before.is_empty() || !piece.beside.is_empty() || holds_remarks(&piece.value);
            pieces.push(piece);
        }
        let mut tail = next;
        tail.extend(self.remarks().into_iter().map(Found::remark));
        has_remarks |= !tail.is_empty();
        self.eat(close);
        self.beside(beside);
        if pieces.is_empty() {
            owner_before.append(&mut tail);
            has_remarks = false;
        }
        Many { is_map, is_flow: true, has_remarks, pieces, tail }
    }

    /// A mapping of one entry without braces, in a list with brackets.
    fn pair(&mut self, at: At<'a>) -> Many<'a> {
        let mut pieces = Vec::new();
        for (key, value) in at.entries() {
            let before = self.remarks().into_iter().map(Found::remark).collect();
            pieces.push(self.piece(Some(key), value, before, Inside::Flow));
        }
        let has_remarks = pieces
            .iter()
            .any(|piece| !piece.before.is_empty() || !piece.beside.is_empty() || holds_remarks(&piece.value));
        Many { is_map: true, is_flow: true, has_remarks, pieces, tail: Vec::new() }
    }
}

fn is_nothing(piece: &Piece<'_>) -> bool {
    matches!(piece.value, Value::Scalar(at) if at.written().is_empty() && !at.is_block_scalar())
}

fn holds_remarks(value: &Value<'_>) -> bool {
    matches!(value, Value::Many(many) if many.has_remarks)
}

/// What a piece stands in; a column is that of the block's first letter.
#[derive(Clone, Copy)]
enum Inside {
    /// A mapping that is indented, or the document itself.
    Block(isize),
    /// A list with dashes.
    List(isize),
    /// Brackets.
    Flow,
}

impl Inside {
    const fn column(self) -> isize {
        match self {
            Self::Block(column) | Self::List(column) => column,
            Self::Flow => -1,
        }
    }
}
