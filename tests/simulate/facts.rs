//! What is so at the vendors, seen from outside: read from a world, put into one, and worked out from what was so
//! before and what was declared.
//!
//! [`Facts::after`] is the contract said a second time, in as few words as possible and without any of the code that
//! it judges.

use std::collections::{BTreeMap, BTreeSet};

use pushform::emulator::World;
use pushform::emulator::setup::{GetuiSetup, JpushSetup, PropertySetup, UserSetup, ValueType};

use crate::declared::Declared;
use crate::draw::{CHANNELS, DEVICES, PROPERTIES, USERS, device, property, user};

/// Everything that Pushform could change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub alias: BTreeMap<String, String>,
    pub tags: BTreeSet<(String, String)>,
    pub blacklist: BTreeSet<String>,
    /// By channel and user.
    pub tokens: BTreeMap<(String, String), String>,
    /// Type and description.
    pub properties: BTreeMap<String, (String, String)>,
    /// By device and property.
    pub values: BTreeMap<(String, String), String>,
}

impl Facts {
    /// What a world shows of the users, devices and properties that tests draw from.
    pub fn of(world: &World) -> Self {
        let mut facts = Self::default();
        for user in (0..USERS).map(user) {
            facts.alias.extend(world.alias_of(&user).map(|alias| (user.clone(), alias.to_owned())));
            facts.tags.extend(world.tags_of(&user).0.into_iter().map(|tag| (user.clone(), tag.to_owned())));
            facts.blacklist.extend(world.is_blacklisted(&user).then(|| user.clone()));
            for channel in CHANNELS {
                let token = world.token_of(channel, &user);
                facts
                    .tokens
                    .extend(token.map(|token| ((channel.to_owned(), user.clone()), token.to_owned())));
            }
        }
        for property in (0..PROPERTIES).map(property) {
            let Some(found) = world.property(&property) else { continue };
            for device in (0..DEVICES).map(device) {
                let Some(value) = world.value(&device, &property) else { continue };
                facts.values.insert((device, property.clone()), value.to_owned());
            }
            let definition = (word(found.value_type).to_owned(), found.description.clone());
            facts.properties.insert(property, definition);
        }
        facts
    }

    /// The setup of a world in which they are so.
    pub fn setup(&self) -> (GetuiSetup, JpushSetup) {
        let mut users: BTreeMap<String, UserSetup> =
            (0..USERS).map(|n| (user(n), UserSetup::default())).collect();
        for (user, setup) in &mut users {
            setup.alias = self.alias.get(user).cloned();
            let mine = self.tags.iter().filter(|(who, _)| who == user);
            setup.tags = mine.map(|(_, tag)| tag.clone()).collect();
            setup.blacklisted = self.blacklist.contains(user);
            let mine = self.tokens.iter().filter(|((_, who), _)| who == user);
            setup.device_tokens =
                mine.map(|((channel, _), token)| (channel.clone(), token.clone())).collect();
        }
        let property = |(type_word, description): &(String, String)| PropertySetup {
            value_type: value_type(type_word),
            description: description.clone(),
            last_update_time: None,
        };
        let mut devices: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for ((device, property), value) in &self.values {
            devices.entry(device.clone()).or_default().insert(property.clone(), value.clone());
        }
        let getui = GetuiSetup {
            users: users.into_iter().map(|(user, setup)| (user, Some(setup))).collect(),
            denied: BTreeSet::new(),
            ..GetuiSetup::default()
        };
        let jpush = JpushSetup {
            properties: self.properties.iter().map(|(name, one)| (name.clone(), property(one))).collect(),
            devices: devices.into_iter().map(|(device, values)| (device, Some(values))).collect(),
            ..JpushSetup::default()
        };
        (getui, jpush)
    }

    /// What is so once `wanted` is applied, where `owned` was applied before and these are the facts now.
    pub fn after(&self, owned: &Declared, wanted: &Declared) -> Self {
        let mut after = Self::default();
        for user in (0..USERS).map(user) {
            self.user_after(&user, owned, wanted, &mut after);
        }
        for property in (0..PROPERTIES).map(property) {
            self.property_after(&property, owned, wanted, &mut after);
        }
        after
    }

    fn user_after(&self, user: &String, owned: &Declared, wanted: &Declared, after: &mut Self) {
        let is = self.alias.get(user);
        let stays =
            is.filter(|alias| !wanted.aliases.contains_key(*alias) && owned.alias_of(user) != Some(alias));
        after.alias.extend(wanted.alias_of(user).or(stays).map(|alias| (user.clone(), alias.clone())));

        let exact = wanted.tag_sets.contains_key(user);
        let tags = self.tags.iter().filter(|(who, _)| who == user).map(|(_, tag)| tag);
        let foreign = tags.filter(|tag| !exact && !owned.has_tag(user, tag)).cloned();
        let members =
            wanted.tag_members.iter().filter(|(_, users)| users.contains(user)).map(|(tag, _)| tag.clone());
        let set = wanted.tag_sets.get(user).into_iter().flatten().cloned();
        after.tags.extend(foreign.chain(members).chain(set).map(|tag| (user.clone(), tag)));

        // Nobody can look at these: what was written before is taken to be so.
        let blocked = match (owned.blacklist.contains(user), wanted.blacklist.contains(user)) {
            (before, now) if before == now => self.blacklist.contains(user),
            (_, now) => now,
        };
        after.blacklist.extend(blocked.then(|| user.clone()));
        for channel in CHANNELS {
            let key = (channel.to_owned(), user.clone());
            let (before, now) = (owned.token(channel, user), wanted.token(channel, user));
            let token = if before == now { self.tokens.get(&key) } else { now };
            after.tokens.extend(token.cloned().map(|token| (key, token)));
        }
    }

    fn property_after(&self, property: &String, owned: &Declared, wanted: &Declared, after: &mut Self) {
        let (is, want) = (self.properties.get(property), wanted.properties.get(property));
        let Some(definition) = want.or(is.filter(|_| !owned.properties.contains_key(property))) else {
            return;
        };
        after.properties.insert(property.clone(), definition.clone());
        let replaced = is.is_some_and(|is| is.0 != definition.0);
        for device in (0..DEVICES).map(device) {
            let is = self.values.get(&(device.clone(), property.clone()));
            let foreign = owned.value(&device, property).is_none();
            let stays = is.filter(|value| foreign && (!replaced || holds(&definition.0, value)));
            let value = wanted.value(&device, property).or(stays);
            after.values.extend(value.map(|value| ((device, property.clone()), value.clone())));
        }
    }

    /// The same with every number spelled in one way, for comparing values under different types.
    pub fn loose(mut self) -> Self {
        self.values.values_mut().for_each(|value| *value = canonical("number", value));
        self
    }

    /// What differs, a line each; empty when nothing does.
    pub fn differences(&self, is: &Self) -> String {
        let (wanted, is) = (self.lines(), is.lines());
        let missing = wanted.difference(&is).map(|line| format!("  missing  {line}\n"));
        let extra = is.difference(&wanted).map(|line| format!("  too many {line}\n"));
        missing.chain(extra).collect()
    }

    /// Each fact as a line.
    pub fn lines(&self) -> BTreeSet<String> {
        let Self { alias, tags, blacklist, tokens, properties, values } = self;
        let mut lines = BTreeSet::new();
        lines.extend(alias.iter().map(|(user, alias)| format!("alias {user} = {alias}")));
        lines.extend(tags.iter().map(|(user, tag)| format!("tag {user} {tag}")));
        lines.extend(blacklist.iter().map(|user| format!("blacklist {user}")));
        lines.extend(
            tokens.iter().map(|((channel, user), token)| format!("token {channel} {user} = {token}")),
        );
        lines.extend(properties.iter().map(|(name, (of, about))| format!("property {name} = {of} {about}")));
        let of = |name: &String| properties.get(name).map_or("", |of| &of.0);
        let value = |((device, name), value): (&(String, String), &String)| {
            format!("value {device} {name} = {}", canonical(of(name), value))
        };
        lines.extend(values.iter().map(value));
        lines
    }
}

/// Whether a type holds a text, for the texts that tests draw.
pub fn holds(type_word: &str, text: &str) -> bool {
    match type_word {
        "number" => text.parse::<f64>().is_ok(),
        "bool" => text == "true" || text == "false",
        "datetime" => text.len() == 19 && text.starts_with("20"),
        _ => true,
    }
}

/// A value as it is compared: a vendor may write the same number in another way.
pub fn canonical(type_word: &str, text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if type_word == "number" => number.to_string(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

pub const fn word(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::String => "string",
        ValueType::Number => "number",
        ValueType::Bool => "bool",
        ValueType::Datetime => "datetime",
    }
}

pub fn value_type(type_word: &str) -> ValueType {
    let all = [ValueType::String, ValueType::Number, ValueType::Bool, ValueType::Datetime];
    all.into_iter().find(|one| word(*one) == type_word).expect("one of the four types")
}
