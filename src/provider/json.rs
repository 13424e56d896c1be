//! JSON as it really comes: numbers for texts, texts for numbers, fields that are absent or spelt another way.
//!
//! It never refuses: what is not there is `None` or empty, and the caller says what that means.

use serde_json::Value;

/// A body, as far as it can be read.
#[derive(Debug)]
pub(super) enum Body {
    /// Nothing, white space, or `null`.
    Empty,
    /// JSON.
    Json(Value),
    /// Something else, such as a proxy's page.
    Other,
}

/// Reads a body; a byte order mark in front of it does not matter.
pub(super) fn parse(bytes: &[u8]) -> Body {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Body::Empty;
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Null) => Body::Empty,
        Ok(value) => Body::Json(value),
        Err(_) => Body::Other,
    }
}

/// A field of an object: by its name, else by a name that differs in case and underscores only. `null` is none.
pub(super) fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    let found = object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| letters(key).eq(letters(name))).map(|(_, value)| value));
    found.filter(|value| !value.is_null())
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase())
}

/// A scalar as text: numbers as JSON writes them, `true` and `false`.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A scalar field as text, empty where there is none.
pub(super) fn text_of(value: &Value, name: &str) -> String {
    field(value, name).and_then(text).unwrap_or_default()
}

/// The texts of a list, or the one text that stands in its place; empty ones mean nothing and are left out.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let all = match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        scalar => text(scalar).into_iter().collect::<Vec<_>>(),
    };
    all.into_iter().filter(|text| !text.is_empty()).collect()
}

/// The objects of a list, or the one object that stands in its place.
pub(super) fn objects(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter(|value| value.is_object())
}

/// A whole number, also where it is written as text or as `5.0`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(exact)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number of things.
pub(super) fn count(value: &Value) -> Option<u64> {
    whole(value).and_then(|number| u64::try_from(number).ok())
}

/// Yes or no, also where it is written as text or as 1 and 0.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match text(value)?.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a value says nothing at all: absent, `{}`, `[]` or `""`.
pub(super) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The integer that a float stands for exactly: beyond 2^53 a float names no single one.
fn exact(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() != 0.0 || number.abs() > EXACT_MAX {
        return None;
    }
    format!("{number:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn scalars_of_every_sort_become_text() {
        for (json, expected) in [
            (r#""上海""#, Some("上海")),
            ("3", Some("3")),
            ("-3", Some("-3")),
            ("3.50", Some("3.5")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("true", Some("true")),
            ("false", Some("false")),
            ("null", None),
            ("[1]", None),
        ] {
            assert_eq!(text(&value(json)).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn numbers_are_read_in_every_spelling() {
        for (json, expected) in [
            ("7", Some(7)),
            (r#""7""#, Some(7)),
            (r#"" 7 ""#, Some(7)),
            ("7.0", Some(7)),
            ("7.5", None),
            ("1e300", None),
            ("true", None),
            (r#""""#, None),
        ] {
            assert_eq!(whole(&value(json)), expected, "{json}");
        }
        assert_eq!(count(&value("-1")), None);
    }

    #[test]
    fn a_field_is_found_in_another_spelling() {
        let reply = value(r#"{"error_list": [1], "invalidcids": "a", "gone": null}"#);
        assert_eq!(field(&reply, "errorList"), Some(&value("[1]")));
        assert_eq!(field(&reply, "invalidCids"), Some(&value(r#""a""#)));
        assert_eq!(field(&reply, "gone"), None);
    }

    #[test]
    fn a_body_may_be_empty_in_many_ways() {
        for body in ["", " \r\n", "null", "\u{feff}"] {
            assert!(matches!(parse(body.as_bytes()), Body::Empty), "{body:?}");
        }
        assert!(matches!(parse("\u{feff}{}".as_bytes()), Body::Json(_)));
        assert!(matches!(parse(b"<html>"), Body::Other));
        assert!(matches!(parse(b"\"\xff\""), Body::Other));
    }
}
