//! JSON as people would write it in YAML: in one line, quoted only where it must be.

use serde_json::Value;

/// `name: value`
pub fn line(name: &str, value: &Value) -> String {
    format!("{name}: {}", flow(value))
}

/// A value in flow style.
pub fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", text(key), flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(plain) => text(plain),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Pushform takes every scalar as text, so a plain one needs no quotes for looking like a number.
fn text(plain: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:%${}@".contains(c);
    let starts = plain.starts_with(|c: char| c.is_alphanumeric() || c == '$' || c == '.');
    if starts && plain.chars().all(is_plain) && !plain.ends_with(':') {
        plain.to_owned()
    } else {
        Value::from(plain).to_string()
    }
}

#[test]
fn what_is_written_is_read_back() {
    let value =
        serde_json::json!({"a": ["vip", "喜爱足球", "x, y", "#"], "from": "data/a.csv", "n": [3, true]});
    let text = flow(&value);
    assert_eq!(text, r##"{a: [vip, 喜爱足球, "x, y", "#"], from: data/a.csv, n: [3, true]}"##);
    assert_eq!(serde_yaml::from_str::<Value>(&text).expect("YAML"), value);
}
