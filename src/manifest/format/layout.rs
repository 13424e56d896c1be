//! The lines of a file: two spaces a level, brackets where they fit on one line, one blank line at most.
//!
//! It decides no quotes and lines nothing up.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::scalar::{self, Context};
use super::stream::{Document, Many, Piece, Remark, Stream, Value};

/// The widest line that brackets may make, in columns of a terminal; a single text may be wider.
const WIDTH_MAX: usize = 100;
/// Spaces of one level.
const INDENT: usize = 2;

/// One line without its end.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) code: String,
    /// The comment beside the code.
    pub(super) beside: String,
}

/// The lines of a file.
pub(super) fn lines(stream: &Stream<'_>) -> Vec<Line> {
    let mut layout = Layout { lines: Vec::new(), opens: true };
    for (index, document) in stream.documents.iter().enumerate() {
        layout.document(document, index);
    }
    layout.remarks(&stream.tail, 0);
    layout.lines
}

struct Layout {
    lines: Vec<Line>,
    /// Whether a block begins here, so that no blank line stands above.
    opens: bool,
}

impl Layout {
    fn document(&mut self, document: &Document<'_>, index: usize) {
        self.remarks(&document.above, 0);
        if document.has_marker || index > 0 {
            self.push("---".to_owned(), &document.beside);
            self.further(&document.beside, 0);
            self.opens = true;
        }
        self.piece(&document.root, 0, "");
        self.remarks(&document.tail, 0);
    }

    fn push(&mut self, code: String, beside: &[&str]) {
        let beside = beside.first().map_or_else(String::new, |text| (*text).to_owned());
        self.lines.push(Line { code, beside });
        self.opens = false;
    }

    fn blank(&mut self, wanted: bool) {
        if wanted && !self.opens {
            self.lines.push(Line::default());
        }
    }

    fn remarks(&mut self, remarks: &[Remark<'_>], indent: usize) {
        for remark in remarks {
            self.blank(remark.blank);
            self.push(format!("{:indent$}{}", "", remark.text), &[]);
        }
    }

    /// A line has room for one comment; more of them stood between brackets, and get lines of their own.
    fn further(&mut self, beside: &[&str], indent: usize) {
        for text in beside.iter().skip(1) {
            self.push(format!("{:indent$}{text}", ""), &[]);
        }
    }

    /// A piece at this depth; `sign` is the dash of a list's item.
    fn piece(&mut self, piece: &Piece<'_>, indent: usize, sign: &str) {
        self.remarks(&piece.before, indent);
        self.further(&piece.beside, indent);
        self.blank(piece.blank);
        let key = piece.key.map(|key| format!("{}:", scalar::shown(key, Context::Block)));
        let head = format!("{:indent$}{sign}{}", "", key.unwrap_or_default());
        let is_document = piece.key.is_none() && sign.is_empty();
        match &piece.value {
            Value::Scalar(at) => match scalar::literal(*at) {
                Some((header, body)) => {
                    self.push(joined(head, header), &piece.beside);
                    body.for_each(|line| self.raw(line, indent + INDENT));
                }
                None => {
                    let code = joined(head, &scalar::shown(*at, Context::Block));
                    if !code.is_empty() || !piece.beside.is_empty() {
                        self.push(code, &piece.beside);
                    }
                }
            },
            Value::Many(many) => match one_line(many, head.width()) {
                Some(text) => self.push(joined(head, &text), &piece.beside),
                None if is_document => {
                    piece.beside.iter().take(1).for_each(|text| self.push((*text).to_owned(), &[]));
                    self.opens = true;
                    self.many(many, indent);
                }
                None => self.below(piece, many, head, indent),
            },
        }
    }

    /// A block below its key, or beside its dash.
    fn below(&mut self, piece: &Piece<'_>, many: &Many<'_>, head: String, indent: usize) {
        let first = many.pieces.first();
        let is_beside_dash = piece.key.is_none()
            && piece.beside.is_empty()
            && first.is_some_and(|first| first.before.is_empty());
        self.opens = true;
        if is_beside_dash {
            let at = self.lines.len();
            self.many(many, indent + INDENT);
            if let Some(line) = self.lines.get_mut(at) {
                line.code.replace_range(indent..=indent, "-");
            }
        } else {
            self.push(head.trim_end().to_owned(), &piece.beside);
            self.opens = true;
            self.many(many, indent + INDENT);
        }
    }

    fn many(&mut self, many: &Many<'_>, indent: usize) {
        let sign = if many.is_map { "" } else { "- " };
        for piece in &many.pieces {
            self.piece(piece, indent, sign);
        }
        self.remarks(&many.tail, indent);
    }

    fn raw(&mut self, line: &str, indent: usize) {
        let code = if line.is_empty() { String::new() } else { format!("{:indent$}{line}", "") };
        self.push(code, &[]);
    }
}

/// What stands behind a key or a dash; an empty text leaves no space behind.
fn joined(mut head: String, text: &str) -> String {
    if text.is_empty() {
        head.truncate(head.trim_end().len());
    } else {
        if head.ends_with(':') {
            head.push(' ');
        }
        head.push_str(text);
    }
    head
}

/// Brackets on one line, where they were written and fit; empty ones always.
fn one_line(many: &Many<'_>, before: usize) -> Option<String> {
    if !many.is_flow || many.has_remarks {
        return None;
    }
    let mut text = String::new();
    flow(many, &mut text);
    let is_short = before + 1 + text.width() <= WIDTH_MAX;
    (is_short || many.pieces.is_empty()).then_some(text)
}

fn flow(many: &Many<'_>, out: &mut String) {
    let (open, close) = if many.is_map { ('{', '}') } else { ('[', ']') };
    out.push(open);
    for (index, piece) in many.pieces.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        if let Some(key) = piece.key {
            let key: Cow<'_, str> = scalar::shown(key, Context::Flow);
            out.push_str(&key);
            out.push_str(": ");
        }
        match &piece.value {
            Value::Scalar(at) => out.push_str(&scalar::shown(*at, Context::Flow)),
            Value::Many(many) => flow(many, out),
        }
    }
    out.push(close);
}
