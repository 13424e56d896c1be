//! What names, descriptions, values and times may look like.

use super::Refusal;
use crate::emulator::civil;
use crate::emulator::setup::ValueType;
use crate::emulator::violation::Sort;
use crate::emulator::world::{Call, World};
use crate::timestamp::Zone;

/// The longest name and the longest description, in bytes.
const TEXT_BYTES_MAX: usize = 50;
/// Words that stand in paths where names stand.
const RESERVED: [&str; 2] = ["total_num", "bind"];

/// Why a text cannot be the name of a property.
pub(in crate::emulator) fn name_fault(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("it is empty"),
        _ if RESERVED.contains(&name) => Some("a path has this word where names stand"),
        _ if name.chars().any(char::is_control) => Some("it holds a control character"),
        _ => text_fault(name).map(|_| "it is longer than 50 bytes"),
    }
}

/// Why a text cannot be a name or a description.
pub(in crate::emulator) fn text_fault(text: &str) -> Option<&'static str> {
    (text.len() > TEXT_BYTES_MAX).then_some("is longer than 50 bytes")
}

/// Refuses what cannot be a new property's name.
pub(super) fn check_name(world: &mut World, call: &Call, name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        world.wrong(call, Sort::BadText, "an empty property name");
        return Err(Refusal::parameter("property_name is empty"));
    }
    if name.chars().any(char::is_control) {
        world.wrong(call, Sort::BadText, "a property name with a control character");
        return Err(Refusal::parameter("property_name is invalid"));
    }
    if RESERVED.contains(&name) {
        world.wrong(call, Sort::ReservedName, name);
        return Err(Refusal::parameter("property_name is invalid"));
    }
    check_bytes(world, call, "property_name", name)
}

/// Refuses what cannot be a description.
pub(super) fn check_description(world: &mut World, call: &Call, text: &str) -> Result<(), Refusal> {
    check_bytes(world, call, "property_desc", text)
}

fn check_bytes(world: &mut World, call: &Call, what: &str, text: &str) -> Result<(), Refusal> {
    if text.len() <= TEXT_BYTES_MAX {
        return Ok(());
    }
    world.wrong(call, Sort::OverSize, format!("{what} {text} has {} bytes", text.len()));
    Err(Refusal::parameter(format!("{what} is too long")))
}

/// The type of a word.
pub(super) fn value_type(word: &str) -> Option<ValueType> {
    [ValueType::String, ValueType::Number, ValueType::Bool, ValueType::Datetime]
        .into_iter()
        .find(|value_type| self::word(*value_type) == word)
}

/// The word of a type.
pub(super) const fn word(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::String => "string",
        ValueType::Number => "number",
        ValueType::Bool => "bool",
        ValueType::Datetime => "datetime",
    }
}

/// Whether a type holds a value.
pub(in crate::emulator) fn holds(zone: &Zone, value_type: ValueType, text: &str) -> bool {
    match value_type {
        ValueType::String => true,
        // A reader of JSON passes over the spaces around a number.
        ValueType::Number => text.trim() == text && serde_json::from_str::<serde_json::Number>(text).is_ok(),
        ValueType::Bool => text == "true" || text == "false",
        ValueType::Datetime => civil::read(zone, text).is_some(),
    }
}
