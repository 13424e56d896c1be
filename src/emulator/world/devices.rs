//! JPush's properties and devices: what exists, of which type, with which values, changed when.
//!
//! Only the data; what a call may carry and how a refusal reads is `jpush/`'s.

use std::collections::{BTreeMap, BTreeSet};

use crate::emulator::civil;
use crate::emulator::setup::{JpushSetup, PropertySetup, Unknown, ValueType};
use crate::timestamp::{Timestamp, Zone};

/// When properties and values came about of which nobody says it: the example of the document.
pub const BEGINNING: Timestamp = Timestamp(1_659_509_735_000);

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its type, for good.
    pub value_type: ValueType,
    /// What it is said to be.
    pub description: String,
    /// When it was last changed.
    pub updated: Timestamp,
    /// The devices that have a value of it.
    pub devices: BTreeSet<String>,
}

/// One value of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// As text.
    pub text: String,
    /// Since when.
    pub bound: Timestamp,
}

/// All properties and devices of the app.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    properties: BTreeMap<String, Property>,
    values: BTreeMap<String, BTreeMap<String, Value>>,
    unknown: Unknown,
}

/// Whether a text has the form of a registration id.
#[must_use]
pub fn is_registration_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Devices {
    /// The properties and devices of a setup.
    #[must_use]
    pub fn new(setup: &JpushSetup, zone: &Zone) -> Self {
        let mut devices = Self { unknown: setup.devices_unknown, ..Self::default() };
        for (name, property) in &setup.properties {
            let written = property.last_update_time.as_deref().and_then(|text| civil::read(zone, text));
            let at = written.unwrap_or(BEGINNING);
            devices.add(name, property.value_type, &property.description, at);
        }
        for (device, values) in &setup.devices {
            devices.values.entry(device.clone()).or_default();
            for (name, value) in values.iter().flatten() {
                devices.set(device, name, value, BEGINNING);
            }
        }
        devices
    }

    /// The setup that makes these, the moments of the values left out.
    #[must_use]
    pub fn declared(&self, zone: &Zone) -> JpushSetup {
        let property = |property: &Property| PropertySetup {
            value_type: property.value_type,
            description: property.description.clone(),
            last_update_time: Some(civil::write(zone, property.updated)),
        };
        let values = |values: &BTreeMap<String, Value>| {
            let texts = values.iter().map(|(name, value)| (name.clone(), value.text.clone()));
            (!values.is_empty()).then(|| texts.collect())
        };
        JpushSetup {
            properties: self.properties.iter().map(|(name, p)| (name.clone(), property(p))).collect(),
            devices: self.values.iter().map(|(device, v)| (device.clone(), values(v))).collect(),
            devices_unknown: self.unknown,
            ..JpushSetup::default()
        }
    }

    /// From now on, what happens with registration ids that nobody lists.
    pub const fn set_unknown(&mut self, unknown: Unknown) {
        self.unknown = unknown;
    }

    /// The properties by name.
    #[must_use]
    pub const fn properties(&self) -> &BTreeMap<String, Property> {
        &self.properties
    }

    /// Whether a device of this app has the registration id.
    #[must_use]
    pub fn exists(&self, device: &str) -> bool {
        match self.unknown {
            Unknown::Accept if is_registration_id(device) => true,
            Unknown::Accept | Unknown::Reject => self.values.contains_key(device),
        }
    }

    /// The values of a device, by property.
    #[must_use]
    pub fn values(&self, device: &str) -> Option<&BTreeMap<String, Value>> {
        self.values.get(device)
    }

    /// Adds a property; one of this name keeps its devices and takes the new type and description.
    pub fn add(&mut self, name: &str, value_type: ValueType, description: &str, at: Timestamp) {
        let devices = self.properties.remove(name).map(|property| property.devices).unwrap_or_default();
        let property = Property { value_type, description: description.to_owned(), updated: at, devices };
        self.properties.insert(name.to_owned(), property);
    }

    /// Changes a description; says whether there is such a property.
    pub fn describe(&mut self, name: &str, description: &str, at: Timestamp) -> bool {
        let Some(property) = self.properties.get_mut(name) else { return false };
        description.clone_into(&mut property.description);
        property.updated = at;
        true
    }

    /// Removes a property and every value of it; says whether there was one.
    pub fn delete(&mut self, name: &str) -> bool {
        let Some(property) = self.properties.remove(name) else { return false };
        for device in &property.devices {
            if let Some(values) = self.values.get_mut(device) {
                values.remove(name);
            }
        }
        true
    }

    /// Sets one value of one device; does nothing without such a property.
    pub fn set(&mut self, device: &str, name: &str, text: &str, at: Timestamp) {
        let Some(property) = self.properties.get_mut(name) else { return };
        if !property.devices.contains(device) {
            property.devices.insert(device.to_owned());
        }
        let value = Value { text: text.to_owned(), bound: at };
        self.values.entry(device.to_owned()).or_default().insert(name.to_owned(), value);
    }

    /// Removes one value of one device.
    pub fn unset(&mut self, device: &str, name: &str) {
        if let Some(property) = self.properties.get_mut(name) {
            property.devices.remove(device);
        }
        if let Some(values) = self.values.get_mut(device) {
            values.remove(name);
        }
    }

    /// Since when every value stands, by device and property.
    #[must_use]
    pub fn bound(&self) -> BTreeMap<String, BTreeMap<String, Timestamp>> {
        let times = |values: &BTreeMap<String, Value>| {
            values.iter().map(|(name, v)| (name.clone(), v.bound)).collect()
        };
        let filled = self.values.iter().filter(|(_, values)| !values.is_empty());
        filled.map(|(device, values)| (device.clone(), times(values))).collect()
    }

    /// Puts back since when every value stands.
    pub fn rebind(&mut self, bound: &BTreeMap<String, BTreeMap<String, Timestamp>>) {
        for (device, times) in bound {
            for (name, at) in times {
                if let Some(value) = self.values.get_mut(device).and_then(|values| values.get_mut(name)) {
                    value.bound = *at;
                }
            }
        }
    }
}
