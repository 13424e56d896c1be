//! What is right, but may not be meant: a tag that nobody else carries, declared or recorded.
//!
//! A hint is faint and no problem: `validate` does not know it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::manifest::line_index::LineIndex;
use crate::manifest::source::{Excerpt, nearest, place_in, quoted};
use crate::names::Name;
use crate::table::Kind;

use super::Known;
use super::diagnose::Files;
use super::place::{Lines, range};

/// The most hints of a project.
const HINTS_MAX: usize = 100;
/// With more tags than this nobody looks for the nearest one.
const COMPARED_MAX: usize = 2_000;

/// The longest piece of a line in which a tag is looked for, in bytes.
const LINE_BYTES_MAX: usize = 1 << 16;

/// The protocol's number of a hint.
const HINT: u32 = 4;

/// The hints of each open file that has one, by its name.
#[must_use]
pub fn hints(known: &Known, files: &dyn Files) -> BTreeMap<String, Vec<Value>> {
    let mut uses: BTreeMap<Name, (usize, u32)> = BTreeMap::new();
    for row in known.desired.tables.of(Kind::Tag).rows() {
        let (count, mark) = uses.entry(row.item).or_insert((0, row.mark));
        *count += 1;
        *mark = row.mark.min(*mark);
    }
    let recorded: BTreeSet<Name> =
        known.record.tables.of(Kind::Tag).rows().iter().map(|row| row.item).collect();
    let recorded: BTreeSet<&str> = recorded.into_iter().map(|tag| known.record.names.text(tag)).collect();
    let is_recorded = |tag: &Name| recorded.contains(known.names.text(*tag));
    let common = uses.iter().filter(|(_, (count, _))| *count > 1).map(|(tag, _)| known.names.text(*tag));
    let others: Vec<&str> = common.chain(recorded.iter().copied()).take(COMPARED_MAX).collect();
    let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut indexes: BTreeMap<Arc<str>, LineIndex> = BTreeMap::new();
    let lonely = uses.iter().filter(|(tag, (count, _))| *count == 1 && !is_recorded(tag));
    for (tag, (_, mark)) in lonely.take(HINTS_MAX) {
        let Some((file, line)) = known.desired.origins.line(*mark) else { continue };
        let Some(text) = files.text(file) else { continue };
        let index = &*indexes.entry(file.clone()).or_insert_with(|| LineIndex::new(text));
        let hint = hint(file, line, known.names.text(*tag), &others, Lines { text, index });
        by_file.entry(file.to_string()).or_default().push(hint);
    }
    by_file
}

/// The hint at the one place of a tag.
fn hint(file: &Arc<str>, line: u32, tag: &str, others: &[&str], lines: Lines<'_>) -> Value {
    let whole = &lines.text[lines.index.line(lines.text, line)];
    let shown = &whole[..whole.floor_char_boundary(LINE_BYTES_MAX)];
    let excerpt = Excerpt { first_line: line, lines: vec![shown.trim_end_matches('\r').to_owned()] };
    let place = place_in(file, &excerpt, line, tag, 0);
    let near = nearest(tag, others).map(|near| format!("\ndid you mean {}?", quoted(near)));
    let message = format!("the tag {} is in use nowhere else{}", quoted(tag), near.unwrap_or_default());
    json!({
        "range": range(&place, Some(lines)),
        "severity": HINT,
        "source": "pushform",
        "code": "manifest::lonely_tag",
        "message": message,
    })
}
