//! A declaration as a test writes it, and the manifest that says it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// What is declared, by words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// By alias, its users.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// By user, the exact tags.
    pub tag_sets: BTreeMap<String, BTreeSet<String>>,
    /// By tag, some of its users.
    pub tag_members: BTreeMap<String, BTreeSet<String>>,
    pub blacklist: BTreeSet<String>,
    /// By channel and user.
    pub tokens: BTreeMap<String, BTreeMap<String, String>>,
    /// Type and description.
    pub properties: BTreeMap<String, (String, String)>,
    /// By device and property.
    pub devices: BTreeMap<String, BTreeMap<String, String>>,
}

impl Declared {
    /// The alias that a user is declared to have.
    pub fn alias_of(&self, user: &str) -> Option<&String> {
        self.aliases.iter().find(|(_, users)| users.contains(user)).map(|(alias, _)| alias)
    }

    /// Whether a user is declared to carry a tag, in a set or as a member.
    pub fn has_tag(&self, user: &str, tag: &str) -> bool {
        let holds = |map: &BTreeMap<String, BTreeSet<String>>, a: &str, b: &str| {
            map.get(a).is_some_and(|list| list.contains(b))
        };
        holds(&self.tag_sets, user, tag) || holds(&self.tag_members, tag, user)
    }

    pub fn token(&self, channel: &str, user: &str) -> Option<&String> {
        self.tokens.get(channel)?.get(user)
    }

    pub fn value(&self, device: &str, property: &str) -> Option<&String> {
        self.devices.get(device)?.get(property)
    }

    /// The same without some users.
    pub fn without(mut self, gone: &BTreeSet<String>) -> Self {
        for users in self.aliases.values_mut().chain(self.tag_members.values_mut()) {
            users.retain(|user| !gone.contains(user));
        }
        self.tag_sets.retain(|user, _| !gone.contains(user));
        self.blacklist.retain(|user| !gone.contains(user));
        for users in self.tokens.values_mut() {
            users.retain(|user, _| !gone.contains(user));
        }
        self
    }

    /// The manifest. JSON is YAML too.
    pub fn manifest(&self) -> String {
        let Self { aliases, tag_sets, tag_members, blacklist, tokens, properties, devices } = self;
        let definition = |(type_word, description): &(String, String)| json!({"type": type_word, "description": description});
        let properties: BTreeMap<_, _> =
            properties.iter().map(|(name, one)| (name, definition(one))).collect();
        let getui = filled([
            ("aliases", json!(aliases)),
            ("tag_sets", json!(tag_sets)),
            ("tag_members", json!(tag_members)),
            ("blacklist", json!(blacklist)),
            ("device_tokens", json!(tokens)),
        ]);
        let jpush = filled([("properties", json!(properties)), ("devices", json!(devices))]);
        let whole = filled([("getui", getui), ("jpush", jpush)]);
        serde_json::to_string_pretty(&whole).expect("maps of texts are JSON")
    }
}

/// The sections that say something.
fn filled<const N: usize>(sections: [(&str, Value); N]) -> Value {
    let says = |value: &Value| match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    let sections = sections.into_iter().filter(|(_, value)| says(value));
    Value::Object(sections.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
