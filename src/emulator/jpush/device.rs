//! Values of devices: read, set in bulk, removed, and asked for.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::text::holds;
use super::{Refusal, Said, part, read};
use crate::emulator::civil;
use crate::emulator::setup::ValueType;
use crate::emulator::switches::{BulkNoErrors, ValuesTravel};
use crate::emulator::violation::Sort;
use crate::emulator::world::{Call, World};

/// The most devices of one bulk call.
const DEVICES_MAX: usize = 1_000;

fn check_device(world: &World, device: &str) -> Result<(), Refusal> {
    if world.devices.exists(device) { Ok(()) } else { Err(Refusal::parameter("registration_id is invalid")) }
}

/// `GET property/bind/{registration_id}`
pub(super) fn values(world: &mut World, call: &Call) -> Said {
    let device = part(world, call, 0)?;
    check_device(world, &device)?;
    let zone = &world.rules.time_zone.0;
    let values = world.devices.values(&device).into_iter().flatten().map(|(name, value)| {
        json!({
            "property_name": name,
            "property_value": travelling(world, name, &value.text),
            "bind_time": civil::write(zone, value.bound),
        })
    });
    Ok(Some(Value::Array(values.collect()).to_string()))
}

/// A value as it travels.
fn travelling(world: &World, name: &str, text: &str) -> Value {
    let value_type = world.devices.properties().get(name).map(|property| property.value_type);
    match (world.rules.switches.values_travel, value_type) {
        (ValuesTravel::Native, Some(ValueType::Number | ValueType::Bool)) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        (ValuesTravel::Native | ValuesTravel::Text, _) => json!(text),
    }
}

/// `POST property/bind/registration_ids`: one answer a device; a device with one bad value gets none.
pub(super) fn set(world: &mut World, call: &Call) -> Said {
    let devices: Entries = read(world, call)?;
    let devices = devices.0;
    if devices.is_empty() {
        world.wrong(call, Sort::EmptyList, "no device");
        return Err(Refusal::parameter("registration_ids is empty"));
    }
    if devices.len() > DEVICES_MAX {
        world.wrong(call, Sort::OverSize, format!("{} devices, at most {DEVICES_MAX}", devices.len()));
        return Err(Refusal::parameter("too many registration_ids"));
    }
    let (mut success, mut error) = (Vec::new(), Map::new());
    let mut seen = BTreeSet::new();
    for (device, values) in &devices {
        if !seen.insert(device) {
            world.wrong(call, Sort::Duplicate, format!("device {device} stands twice"));
        }
        match set_one(world, call, device, values) {
            Ok(()) => success.push(device),
            Err(refused) => {
                error.insert(device.clone(), json!({"code": refused.code, "msg": refused.message}));
            }
        }
    }
    let mut reply = json!({"success": success});
    if !error.is_empty() || world.rules.switches.bulk_no_errors == BulkNoErrors::EmptyObject {
        reply["error"] = Value::Object(error);
    }
    Ok(Some(reply.to_string()))
}

fn set_one(world: &mut World, call: &Call, device: &str, values: &Map<String, Value>) -> Result<(), Refusal> {
    check_device(world, device)?;
    if values.is_empty() {
        world.wrong(call, Sort::EmptyList, format!("no value for {device}"));
        return Err(Refusal::parameter("no property"));
    }
    let mut texts = Vec::with_capacity(values.len());
    for (name, value) in values {
        let Some(property) = world.devices.properties().get(name) else {
            return Err(Refusal::no_property(world));
        };
        let text = text_of(value).filter(|text| holds(&world.rules.time_zone.0, property.value_type, text));
        let Some(text) = text else {
            world.wrong(call, Sort::BadValue, format!("{value} for {name} of {device}"));
            return Err(Refusal::parameter("property_value is invalid"));
        };
        texts.push((name, text));
    }
    for (name, text) in texts {
        world.devices.set(device, name, &text, call.now);
    }
    Ok(())
}

/// The document declares text; a bare number or boolean is taken as its text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `DELETE property/{property_name}/bind/{registration_id}`: what is not bound has no effect.
pub(super) fn remove(world: &mut World, call: &Call) -> Said {
    let (name, device) = named(world, call)?;
    world.devices.unset(&device, &name);
    Ok(None)
}

/// `GET property/{property_name}/bind/{registration_id}`
pub(super) fn has(world: &mut World, call: &Call) -> Said {
    let (name, device) = named(world, call)?;
    let bound = world.devices.values(&device).is_some_and(|values| values.contains_key(&name));
    Ok(Some(json!({"result": bound}).to_string()))
}

/// The property and the device of a path, both of which must exist.
fn named(world: &mut World, call: &Call) -> Result<(String, String), Refusal> {
    let (name, device) = (part(world, call, 0)?, part(world, call, 1)?);
    if !world.devices.properties().contains_key(name.as_ref()) {
        return Err(Refusal::no_property(world));
    }
    check_device(world, &device)?;
    Ok((name.into_owned(), device.into_owned()))
}

/// The entries of the bulk call, in their order, those that stand twice included.
struct Entries(Vec<(String, Map<String, Value>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of registration ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}
