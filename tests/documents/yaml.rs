//! JSON as people would write it in YAML: in one line, quoted only where it must be.

use serde_json::Value;

/// `name: value`
pub fn line(name: &str, value: &Value) -> String {
    format!("{name}: {}", flow(value))
}

/// A value in flow style.
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(plain) if is_plain(plain) => plain.clone(),
        _ => inside(value),
    }
}

/// A value within brackets, where a brace in a plain scalar ends it.
fn inside(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| {
                format!("{}: {}", inside(&key.as_str().into()), inside(value))
            };
            format!("{{{}}}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inside).collect::<Vec<_>>().join(", ")),
        Value::String(plain) if is_plain(plain) && !plain.contains(['{', '}']) => plain.clone(),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Pushform takes every scalar as text, so a plain one needs no quotes for looking like a number.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:%${}@".contains(c);
    let starts = text.starts_with(|c: char| c.is_alphanumeric() || c == '$' || c == '.');
    starts && text.chars().all(is_plain) && !text.ends_with(':')
}

#[test]
fn what_is_written_is_read_back() {
    let value =
        serde_json::json!({"a": ["vip", "喜爱足球", "x, y", "#"], "from": "data/a.csv", "n": [3, true]});
    let text = flow(&value);
    assert_eq!(text, r##"{a: [vip, 喜爱足球, "x, y", "#"], from: data/a.csv, n: [3, true]}"##);
    assert_eq!(serde_yaml::from_str::<Value>(&text).expect("YAML"), value);
    let account = serde_json::json!({"app_id": "${ID}"});
    assert_eq!(flow(&account), r#"{app_id: "${ID}"}"#);
    assert_eq!(serde_yaml::from_str::<Value>(&flow(&account)).expect("YAML"), account);
    assert_eq!(line("app_id", &account["app_id"]), "app_id: ${ID}");
}
