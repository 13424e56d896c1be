//! The JSON Schema of `emulator.yaml` for editors, made from the types that read it.
//!
//! What takes two places to see, such as a value of a property that nobody declares, is `check.rs`'s alone.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::emulator::setup::Setup;

/// The JSON Schema of emulated worlds, draft-07.
#[must_use]
pub fn schema() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Setup>();
    let mut value = schema.to_value();
    tidy(&mut value);
    value["title"] = json!("Pushform emulated world");
    value
}

/// Takes out defaults that are whole mappings or lists, and lets a key with nothing behind it stand for an empty
/// one, as the reader does.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            if map.get("default").is_some_and(|default| default.is_object() || default.is_array()) {
                map.remove("default");
            }
            let kind =
                map.get("type").and_then(Value::as_str).filter(|kind| matches!(*kind, "object" | "array"));
            if let Some(kind) = kind.map(str::to_owned) {
                map.insert("type".to_owned(), json!([kind, "null"]));
            }
            map.values_mut().for_each(tidy);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
