//! Words to choose from: keys of the schema, values of the schema, and tags and properties that the project knows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::names::Name;
use crate::table::Kind;

use super::Known;
use super::cursor::Cursor;
use super::shape::{Choice, Shape};

/// The most words of the project that are offered at once.
const WORDS_MAX: usize = 200;

/// The protocol's numbers of what a word is.
const PROPERTY: u32 = 10;
const VALUE: u32 = 12;
const REFERENCE: u32 = 18;

/// What can be written here.
#[must_use]
pub fn complete(cursor: &Cursor, line: usize, schema: &Value, known: Option<&Known>) -> Vec<Value> {
    let shape = Shape::of(schema);
    let item = |choice: Choice, kind: u32, end: &str| {
        let edit = json!({
            "range": {
                "start": {"line": line, "character": cursor.columns.0},
                "end": {"line": line, "character": cursor.columns.1},
            },
            "newText": format!("{}{end}", choice.text),
        });
        let mut item = json!({"label": choice.text, "kind": kind, "textEdit": edit});
        if !choice.description.is_empty() {
            item["documentation"] = json!({"kind": "markdown", "value": choice.description});
        }
        item
    };
    let mut items = Vec::new();
    if !cursor.is_value {
        let end = if cursor.is_key { "" } else { ": " };
        items.extend(shape.keys(&cursor.path).into_iter().map(|choice| item(choice, PROPERTY, end)));
    }
    items.extend(shape.values(&cursor.path).into_iter().map(|choice| item(choice, VALUE, "")));
    let Some((kind, end)) = words_of(cursor) else { return items };
    let words = known.map(|known| words(known, kind)).unwrap_or_default();
    let choices = words.into_iter().map(|text| Choice { text, description: String::new() });
    items.extend(choices.map(|choice| item(choice, REFERENCE, end)));
    items
}

/// Which of the project's words can stand here, and what follows them.
fn words_of(cursor: &Cursor) -> Option<(Kind, &'static str)> {
    let end = if cursor.is_key { "" } else { ": " };
    let section = cursor.path.get(1)?.as_str();
    match (section, cursor.path.len()) {
        ("tag_sets", 3) => Some((Kind::Tag, "")),
        ("tag_members", 2) if !cursor.is_value => Some((Kind::Tag, end)),
        ("devices", 3) if !cursor.is_value => Some((Kind::Property, end)),
        _ => None,
    }
}

/// The tags or the properties that files declare or the record has, in order.
fn words(known: &Known, kind: Kind) -> Vec<String> {
    let sides = [(&known.names, &known.desired.tables), (&known.record.names, &known.record.tables)];
    let mut words = BTreeSet::new();
    for (names, tables) in sides {
        let rows = tables.of(kind).rows().iter();
        let found: BTreeSet<Name> =
            rows.map(|row| if kind == Kind::Tag { row.item } else { row.subject }).collect();
        words.extend(found.into_iter().map(|name| names.text(name).to_owned()));
    }
    words.into_iter().take(WORDS_MAX).collect()
}
