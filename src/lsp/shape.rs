//! What the JSON Schema says at a path: descriptions, keys, and the words of a value.
//!
//! Where a schema leaves a choice, all of it is looked at: what is half typed has not chosen yet.

use serde_json::Value;

/// The deepest chain of references within a schema; ours has three.
const REFERENCES_MAX: usize = 16;

/// A schema, to be asked.
pub struct Shape<'a> {
    root: &'a Value,
}

/// What may stand somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// As it is written.
    pub text: String,
    /// What it means; may be empty.
    pub description: String,
}

impl<'a> Shape<'a> {
    /// Of this schema.
    #[must_use]
    pub const fn of(root: &'a Value) -> Self {
        Self { root }
    }

    /// What is said of the thing at a path; the nearest word where several are.
    #[must_use]
    pub fn description(&self, path: &[String]) -> Option<String> {
        let nodes = self.at(path);
        let said = |node: &Value| Some(node.get("description")?.as_str()?.to_owned());
        let mut texts: Vec<String> = nodes.iter().filter_map(|node| said(node)).take(1).collect();
        let examples = nodes.iter().find_map(|node| node.get("examples")?.as_array()?.first());
        let default = nodes.iter().find_map(|node| node.get("default"));
        texts.extend(default.map(|value| format!("Default: `{}`", written(value))));
        texts.extend(examples.map(|value| format!("Example: `{}`", written(value))));
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// The keys that may stand in the mapping at a path.
    #[must_use]
    pub fn keys(&self, path: &[String]) -> Vec<Choice> {
        let mut found: Vec<Choice> = Vec::new();
        for node in self.at(path) {
            for (key, value) in node.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let is_possible = value != &Value::Bool(false);
                if is_possible && !found.iter().any(|choice| choice.text == *key) {
                    let mut inner = path.to_vec();
                    inner.push(key.clone());
                    let description = self.description(&inner).unwrap_or_default();
                    found.push(Choice { text: key.clone(), description });
                }
            }
        }
        found
    }

    /// The words that may stand as the value at a path.
    #[must_use]
    pub fn values(&self, path: &[String]) -> Vec<Choice> {
        let mut found = Vec::new();
        for node in self.at(path) {
            if let Some(value) = node.get("const") {
                let description = node.get("description").and_then(Value::as_str).unwrap_or_default();
                found.push(Choice { text: written(value), description: description.to_owned() });
            }
            for value in node.get("enum").and_then(Value::as_array).into_iter().flatten() {
                found.push(Choice { text: written(value), description: String::new() });
            }
            if node.get("type").and_then(Value::as_str) == Some("boolean") {
                let choice = |text: &str| Choice { text: text.to_owned(), description: String::new() };
                found.extend([choice("true"), choice("false")]);
            }
        }
        found
    }

    /// Every part of the schema that speaks of a path.
    fn at(&self, path: &[String]) -> Vec<&'a Value> {
        let mut nodes = self.parts(self.root, 0);
        for key in path {
            let mut next = Vec::new();
            for node in nodes {
                let own = node.get("properties").and_then(|properties| properties.get(key));
                let any = node.get("patternProperties").and_then(Value::as_object);
                let inner = own.into_iter().chain(any.into_iter().flat_map(|map| map.values()));
                inner.for_each(|node| next.extend(self.parts(node, 0)));
            }
            nodes = next;
        }
        nodes
    }

    /// A node and everything that it refers to or leaves a choice of.
    fn parts(&self, node: &'a Value, depth: usize) -> Vec<&'a Value> {
        if depth > REFERENCES_MAX {
            return Vec::new();
        }
        let mut parts = vec![node];
        if let Some(name) = node.get("$ref").and_then(Value::as_str) {
            let target = name.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            parts.extend(target.into_iter().flat_map(|node| self.parts(node, depth + 1)));
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            for node in node.get(word).and_then(Value::as_array).into_iter().flatten() {
                parts.extend(self.parts(node, depth + 1));
            }
        }
        parts
    }
}

/// A value as one would write it.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::schema;

    fn path(text: &str) -> Vec<String> {
        text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn keys_and_words_are_those_of_the_schema() {
        let schema = schema::manifest();
        let shape = Shape::of(&schema);
        let texts = |choices: Vec<Choice>| {
            choices.into_iter().map(|choice| choice.text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts(shape.keys(&[])), "getui jpush");
        assert_eq!(texts(shape.keys(&path("getui"))), "aliases blacklist device_tokens tag_members tag_sets");
        assert_eq!(texts(shape.keys(&path("jpush/properties/level"))), "description prevent_destroy type");
        assert_eq!(texts(shape.values(&path("jpush/properties/level/type"))), "string number bool datetime");
        assert_eq!(texts(shape.values(&path("jpush/properties/level/prevent_destroy"))), "true false");
        assert_eq!(texts(shape.keys(&path("no/such/path"))), "");
        let said = shape.description(&path("getui/aliases")).expect("a description");
        assert!(said.contains("A user has one alias"), "{said}");
    }
}
