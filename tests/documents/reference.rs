//! `docs/manifests.md` and `docs/project.md`: every key of the two schemas, with what it means and an example.

use std::fmt::Write;

use pushform::manifest::schema;
use serde_json::{Map, Value};

use super::yaml;

/// Headings of Markdown end here.
const DEPTH_MAX: usize = 5;

/// A schema and the definitions that it refers to.
struct Schema {
    root: Value,
}

impl Schema {
    /// The schema behind references and lists of one.
    fn resolved<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        loop {
            let single = value.get("allOf").and_then(Value::as_array).filter(|all| all.len() == 1);
            let name = value.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            value = match (single, name) {
                (Some(all), _) => &all[0],
                (None, Some(name)) => &self.root["definitions"][name],
                (None, None) => return value,
            };
        }
    }

    /// The keys of a record, if it is one.
    fn keys<'a>(&self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        let closed = value.get("additionalProperties") == Some(&Value::Bool(false));
        let keys = value.get("properties")?.as_object()?;
        // A map from names to values may refuse one word as a name; that makes it no record.
        (closed && value.get("patternProperties").is_none()).then_some(keys)
    }

    /// What stands behind names of any sort, where all of them have the same.
    fn named<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        let map = value.get("patternProperties")?.as_object()?;
        map.values().next().map(|value| self.resolved(value))
    }
}

fn described(value: &Value) -> Option<&str> {
    ["markdownDescription", "description"].iter().find_map(|key| value.get(*key)?.as_str())
}

/// Prose with a sentence a line.
fn prose(text: &str) -> String {
    let text = text.replace('\n', " ");
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends = out.ends_with(['.', '?', '!']) && c == ' ';
        out.push(if ends && rest.peek().is_some_and(|next| next.is_uppercase()) { '\n' } else { c });
    }
    out
}

/// Everything that is said of texts somewhere inside, once each: how an id, a tag, a value may look.
fn rules(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("pattern")
                && let Some(text) = described(value)
                && !found.iter().any(|known| known == text)
            {
                found.push(text.to_owned());
            }
            map.iter().filter(|(key, _)| *key != "properties").for_each(|(_, inner)| rules(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|item| rules(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The choices of a word, each with what it means.
fn choices(value: &Value) -> Vec<(String, String)> {
    let choices = value.get("oneOf").and_then(Value::as_array);
    let word = |one: &Value| Some((one.get("const")?.as_str()?.to_owned(), described(one)?.to_owned()));
    choices.into_iter().flatten().filter_map(word).collect()
}

/// One key: a heading, what it means, what may stand there, an example; then the keys below it.
fn key(out: &mut String, schema: &Schema, path: &str, value: &Value, depth: usize) {
    let inner = schema.resolved(value);
    let _ = writeln!(out, "\n{} `{path}`\n", "#".repeat(depth.min(DEPTH_MAX)));
    let mut said: Vec<&str> = Vec::new();
    for text in [described(value), described(inner)].into_iter().flatten() {
        if !said.iter().any(|known| known.contains(text.trim_end_matches('.'))) {
            said.push(text);
        }
    }
    for text in said {
        let _ = writeln!(out, "{}", prose(text));
    }
    facts(out, schema, value, inner);
    if let Some(example) = value.get("examples").and_then(Value::as_array) {
        let name = path.rsplit('.').next().unwrap_or(path);
        let lines: Vec<String> = example.iter().map(|one| yaml::line(name, one)).collect();
        let _ = writeln!(out, "\n```yaml\n{}\n```", lines.join("\n# or\n"));
    }
    below(out, schema, path, inner, depth);
}

fn below(out: &mut String, schema: &Schema, path: &str, inner: &Value, depth: usize) {
    if let Some(keys) = schema.keys(inner) {
        if alike(keys) {
            let names: Vec<String> = keys.keys().map(|name| format!("`{name}`")).collect();
            let _ = writeln!(out, "\nKeys: {}.", names.join(", "));
            return;
        }
        keys.iter().for_each(|(name, value)| key(out, schema, &format!("{path}.{name}"), value, depth + 1));
    } else if let Some(named) = schema.named(inner)
        && let Some(keys) = schema.keys(named)
    {
        keys.iter()
            .for_each(|(name, value)| key(out, schema, &format!("{path}.NAME.{name}"), value, depth + 1));
    }
}

/// Several keys that all take the same are told as one.
fn alike(keys: &Map<String, Value>) -> bool {
    let mut values = keys.values();
    let first = values.next();
    keys.len() > 2 && values.all(|value| Some(value) == first)
}

/// What may stand there, as a list.
fn facts(out: &mut String, schema: &Schema, value: &Value, inner: &Value) {
    let mut facts: Vec<String> = Vec::new();
    if let Some(default) = value.get("default").or_else(|| inner.get("default")) {
        facts.push(format!("Default: `{}`", yaml::flow(default)));
    }
    facts.extend(choices(inner).into_iter().map(|(word, meaning)| format!("`{word}`: {meaning}")));
    if inner.get("type").and_then(Value::as_str) == Some("boolean") {
        facts.push("`true` or `false`".to_owned());
    }
    if schema.keys(inner).is_none() {
        let mut texts = Vec::new();
        rules(inner, &mut texts);
        let own = described(value).or_else(|| described(inner));
        facts.extend(texts.into_iter().filter(|text| own.is_none_or(|own| own != text)));
    } else if let Some(keys) = schema.keys(inner).filter(|keys| alike(keys))
        && let Some(one) = keys.values().next()
    {
        facts.extend(described(one).map(str::to_owned));
        rules(one, &mut facts);
    }
    if !facts.is_empty() {
        out.push('\n');
    }
    // A list's items go on in the next line, two columns in.
    for fact in facts {
        let _ = writeln!(out, "- {}", prose(&fact).replace('\n', "\n  "));
    }
}

fn page(root: Value) -> String {
    let schema = Schema { root };
    let mut out = String::from("## Every key\n");
    let keys = schema.root["properties"].as_object().expect("a record");
    keys.iter().for_each(|(name, value)| key(&mut out, &schema, name, value, 3));
    out
}

#[test]
fn the_page_of_manifests_is_the_schema() {
    super::hold("docs/manifests.md", &page(schema::manifest()));
}

#[test]
fn the_page_of_the_project_file_is_the_schema() {
    super::hold("docs/project.md", &page(schema::project()));
}

#[test]
fn every_key_that_is_read_has_a_heading() {
    let text = super::text_of("docs/manifests.md") + &super::text_of("docs/project.md");
    let lists = [
        schema::MANIFEST_KEYS,
        schema::GETUI_KEYS,
        schema::JPUSH_KEYS,
        schema::PROPERTY_KEYS,
        pushform::manifest::project_schema::PROJECT_KEYS,
        pushform::manifest::project_schema::POLICY_KEYS,
    ];
    for name in lists.concat() {
        let heading = |line: &str| {
            line.starts_with('#')
                && (line.ends_with(&format!(".{name}`")) || line.ends_with(&format!("`{name}`")))
        };
        assert!(text.lines().any(heading), "no heading for `{name}`");
    }
}

#[test]
fn prose_has_one_sentence_a_line() {
    assert_eq!(prose("One. Two\nthree, e.g. this.  A"), "One.\nTwo three, e.g. this.  A");
}
