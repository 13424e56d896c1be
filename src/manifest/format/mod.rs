//! One canonical layout for manifests and the project file: comments kept, order kept, meaning kept.
//!
//! `attach.rs` gives every comment its place in the tree, `layout.rs` writes the lines, `scalar.rs` decides on
//! quotes, `aligned.rs` lines comments up. What was laid out is read again before anybody gets it. It does not know
//! what may be declared.

mod aligned;
mod attach;
mod layout;
mod scalar;
mod stream;

#[cfg(test)]
mod tests;

use crate::problem::{Problem, Problems, Result};

use super::line_ends::with_line_ends_of;
use super::source::Source;
use super::tree::{At, Shape, Yaml};
use super::{codes, yaml};

/// The same file in the canonical layout, with the line ends that it has.
///
/// # Errors
/// What cannot be read as a manifest's YAML, every problem of it.
pub fn format(source: &Source) -> Result<String> {
    let mut problems = Problems::new();
    let tree = yaml::parse(source, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let stream = attach::attach(&tree)?;
    let laid_out = with_line_ends_of(source.text(), aligned::aligned(&layout::lines(&stream)));
    if is_same(&tree, &laid_out) { Ok(laid_out) } else { Err(differs(source)) }
}

/// Whether a text reads as this tree does, and carries the same comments.
fn is_same(tree: &Yaml<'_>, text: &str) -> bool {
    let mut problems = Problems::new();
    let source = Source::new("the layout", text.to_owned());
    let again = yaml::parse(&source, &mut problems);
    let sorted = |text| {
        let mut comments = yaml::comments(text)?;
        comments.sort_unstable();
        Some(comments)
    };
    problems.is_empty()
        && again.documents().count() == tree.documents().count()
        && again.documents().zip(tree.documents()).all(|(one, other)| means_same(one, other))
        && sorted(text).is_some_and(|comments| Some(comments) == sorted(tree.source().text()))
}

fn means_same(one: At<'_>, other: At<'_>) -> bool {
    // An unquoted `true` is more than its letters; nothing else is.
    let is_true = |at: At<'_>| at.is_plain() && matches!(at.text(), "true" | "false");
    let is_null = one.shape() == Shape::Null;
    one.shape() == other.shape()
        && (is_null || (one.text() == other.text() && is_true(one) == is_true(other)))
        && one.items().count() == other.items().count()
        && one.items().zip(other.items()).all(|(one, other)| means_same(one, other))
        && one.entries().count() == other.entries().count()
        && one
            .entries()
            .zip(other.entries())
            .all(|(one, other)| one.0.text() == other.0.text() && means_same(one.1, other.1))
}

fn differs(source: &Source) -> Problems {
    let what = format!("the layout of `{}` would not read as the file does", source.file());
    let help = "this is a mistake of Pushform's: please report it; the file was left alone";
    Problem::error(codes::FORMAT_DIFFERS, what).help(help).into()
}
