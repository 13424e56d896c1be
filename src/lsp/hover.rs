//! What a word means, from the schema's documentation, and what is declared and recorded of it.

use serde_json::{Value, json};

use crate::timestamp::Zone;

use super::Known;
use super::cursor::Cursor;
use super::facts::facts;
use super::shape::Shape;

/// What to show for the word under the cursor.
#[must_use]
pub fn hover(cursor: &Cursor, line: usize, schema: &Value, known: Option<&Known>) -> Option<Value> {
    if cursor.word.is_empty() {
        return None;
    }
    let shape = Shape::of(schema);
    let mut path = cursor.path.clone();
    if !cursor.is_value {
        path.push(cursor.word.clone());
    }
    let mut parts = Vec::new();
    // Documentation explains our words; somebody's own names are shown with what is known of them first.
    parts.extend(known.and_then(|known| facts(known, &cursor.word, &Zone::shanghai())));
    parts.extend(shape.description(&path));
    if parts.is_empty() {
        return None;
    }
    Some(json!({
        "contents": {"kind": "markdown", "value": parts.join("\n\n---\n\n")},
        "range": {
            "start": {"line": line, "character": cursor.columns.0},
            "end": {"line": line, "character": cursor.columns.1},
        },
    }))
}
