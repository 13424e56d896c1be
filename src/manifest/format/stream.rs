//! A file with its comments in their places: what `attach.rs` makes and `layout.rs` writes.

use super::super::tree::At;

/// A comment on a line of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remark<'a> {
    /// From `#` on.
    pub(super) text: &'a str,
    /// Whether a blank line stands above it.
    pub(super) blank: bool,
}

/// An entry of a mapping, an item of a list, or what a document holds.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) before: Vec<Remark<'a>>,
    /// Whether a blank line stands above it, below the comments.
    pub(super) blank: bool,
    pub(super) key: Option<At<'a>>,
    pub(super) value: Value<'a>,
    /// Comments at the end of its line.
    pub(super) beside: Vec<&'a str>,
}

/// What stands in a piece.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// A scalar, maybe nothing.
    Scalar(At<'a>),
    /// A list or a mapping.
    Many(Many<'a>),
}

/// A list or a mapping.
#[derive(Debug)]
pub(super) struct Many<'a> {
    pub(super) is_map: bool,
    pub(super) is_flow: bool,
    /// Whether a comment stands somewhere inside brackets: then they cannot stay on one line.
    pub(super) has_remarks: bool,
    pub(super) pieces: Vec<Piece<'a>>,
    /// Comments behind the last piece.
    pub(super) tail: Vec<Remark<'a>>,
}

/// One document.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// Comments above its `---`.
    pub(super) above: Vec<Remark<'a>>,
    pub(super) has_marker: bool,
    /// Comments beside its `---`.
    pub(super) beside: Vec<&'a str>,
    pub(super) root: Piece<'a>,
    pub(super) tail: Vec<Remark<'a>>,
}

/// A whole file.
#[derive(Debug)]
pub(super) struct Stream<'a> {
    pub(super) documents: Vec<Document<'a>>,
    /// Comments behind the last document, or all there is.
    pub(super) tail: Vec<Remark<'a>>,
}
