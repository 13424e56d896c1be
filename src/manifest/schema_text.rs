//! What the generator of the schemas writes and editors do not want: empty values, and words in two places.
//!
//! It knows no key: what stands in the schemas is `schema.rs`'s and `project_schema.rs`'s.

use serde_json::{Value, json};

/// The definition that a property is.
const REFERENCE: &str = "#/definitions/";

/// A property says itself what its definition says of files: editors show the words of one of them.
pub(super) fn hand_up(value: &mut Value, definitions: &Value) {
    for property in value.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let target = property.1["allOf"][0]["$ref"].as_str().and_then(|name| name.strip_prefix(REFERENCE));
        let words = target.and_then(|name| definitions[name]["markdownDescription"].as_str());
        if let (Some(words), Some(own)) = (words, property.1["description"].as_str()) {
            property.1["description"] = json!(format!("{own} {words}"));
        }
    }
    if let Value::Object(map) = value {
        map.values_mut().for_each(|value| hand_up(value, definitions));
    }
}

/// Takes the words of every definition that a property of `text` stands for: it has better ones.
pub(super) fn without_words(definitions: &mut Value, text: &str) {
    for (name, definition) in definitions.as_object_mut().into_iter().flatten() {
        let is_property = text.contains(&format!("\"allOf\":[{{\"$ref\":\"{REFERENCE}{name}\"}}]"));
        if let (true, Value::Object(map)) = (is_property || name == "FromFile", definition) {
            map.remove("description");
            map.remove("markdownDescription");
        }
    }
}

/// A key may be left out, but it may not be empty: `null`, which the generator adds to everything optional, goes.
pub(super) fn without_null(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|choice| choice != &json!({"type": "null"}));
                if choices.len() == 1 {
                    let only = map.remove("anyOf").unwrap_or_default();
                    map.insert("allOf".to_owned(), only);
                }
            }
            map.values_mut().for_each(without_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
