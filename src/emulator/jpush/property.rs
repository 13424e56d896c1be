//! Properties of the app: added, listed, described anew, deleted, and the devices of one.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::text::{check_description, check_name, value_type, word};
use super::{Refusal, Said, part, read};
use crate::emulator::civil;
use crate::emulator::switches::{PageSizeOver, PropertyDeleteMissing, PropertyExists};
use crate::emulator::violation::Sort;
use crate::emulator::world::devices::Property;
use crate::emulator::world::{Call, World};
use crate::timestamp::Timestamp;

/// Properties on a page, unless the call says it.
const PROPERTY_PAGE: usize = 10;
/// Devices on a page, unless the call says it.
const DEVICE_PAGE: usize = 1_000;

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are called as the vendor calls them")]
struct New<'a> {
    #[serde(borrow, default)]
    property_name: Cow<'a, str>,
    #[serde(borrow, default)]
    property_desc: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    property_type: Cow<'a, str>,
}

/// `POST property`
pub(super) fn add(world: &mut World, call: &Call) -> Said {
    let new: New = read(world, call)?;
    check_name(world, call, &new.property_name)?;
    let description = described(world, call, new.property_desc)?;
    let Some(value_type) = value_type(&new.property_type) else {
        world.wrong(call, Sort::BadValue, format!("property_type {}", new.property_type));
        return Err(Refusal::parameter("property_type is invalid"));
    };
    let properties = world.devices.properties();
    if properties.contains_key(new.property_name.as_ref()) {
        let code = match world.rules.switches.property_exists {
            PropertyExists::NameExists => 1101,
            PropertyExists::Parameter => 9003,
        };
        return Err(Refusal::new(400, code, "property name exist"));
    }
    if properties.len() >= usize::try_from(world.rules.switches.properties_max).unwrap_or(usize::MAX) {
        return Err(Refusal::parameter("too many properties"));
    }
    world.devices.add(&new.property_name, value_type, &description, call.now);
    Ok(None)
}

/// The description that a call carries: it may be empty, but left out it is a mistake and no wish to empty it.
fn described<'a>(
    world: &mut World,
    call: &Call,
    text: Option<Cow<'a, str>>,
) -> Result<Cow<'a, str>, Refusal> {
    let Some(text) = text else {
        world.wrong(call, Sort::MissingField, "no `property_desc`");
        return Err(Refusal::parameter("property_desc is missing"));
    };
    check_description(world, call, &text)?;
    Ok(text)
}

/// `page` and `page_size` of a query; the size as far as the vendor goes.
fn page(world: &mut World, call: &Call, default: usize, largest: i64) -> Result<(usize, usize), Refusal> {
    let mut number = |name: &str, default: usize| match call.field(name).map(|text| text.parse::<usize>()) {
        None => Ok(default),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(_) => {
            world.wrong(call, Sort::Malformed, format!("{name} is no number from 1"));
            Err(Refusal::parameter(format!("{name} is invalid")))
        }
    };
    let (page, size) = (number("page", 1)?, number("page_size", default)?);
    let largest = usize::try_from(largest).unwrap_or(usize::MAX).max(1);
    if size > largest && world.rules.switches.page_size_over == PageSizeOver::Refused {
        return Err(Refusal::parameter("page_size is too large"));
    }
    Ok((page, size.min(largest)))
}

fn on_page<T>(all: impl Iterator<Item = T>, (page, size): (usize, usize)) -> Vec<T> {
    all.skip((page - 1).saturating_mul(size)).take(size).collect()
}

/// A moment of a query.
fn moment(world: &mut World, call: &Call, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = call.field(name) else { return Ok(None) };
    let read = civil::read(&world.rules.time_zone.0, &text);
    if read.is_none() {
        world.wrong(call, Sort::Malformed, format!("{name} {text} is no yyyy-MM-dd HH:mm:ss"));
        return Err(Refusal::parameter(format!("{name} is invalid")));
    }
    Ok(read)
}

/// `GET property`: `keyword` is looked for in names and descriptions, the times bound the last update.
pub(super) fn list(world: &mut World, call: &Call) -> Said {
    let page = page(world, call, PROPERTY_PAGE, world.rules.switches.property_page_max)?;
    let (start, end) = (moment(world, call, "start_time")?, moment(world, call, "end_time")?);
    let keyword = call.field("keyword").unwrap_or_default();
    let fits = |(name, property): &(&String, &Property)| {
        (name.contains(&keyword) || property.description.contains(&keyword))
            && start.is_none_or(|start| property.updated >= start)
            && end.is_none_or(|end| property.updated <= end)
    };
    let all: Vec<_> = world.devices.properties().iter().filter(fits).collect();
    let total = all.len();
    let zone = &world.rules.time_zone.0;
    let describe = |(name, property): (&String, &Property)| {
        json!({
            "property_name": name,
            "property_desc": property.description,
            "property_type": word(property.value_type),
            "device_num": property.devices.len(),
            "last_update_time": civil::write(zone, property.updated),
        })
    };
    let data: Vec<Value> = on_page(all.into_iter(), page).into_iter().map(describe).collect();
    Ok(Some(json!({"total": total, "data": data}).to_string()))
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(borrow, default)]
    property_desc: Option<Cow<'a, str>>,
    property_type: Option<IgnoredAny>,
}

/// `PUT property/{property_name}`: the description alone.
pub(super) fn update(world: &mut World, call: &Call) -> Said {
    let name = part(world, call, 0)?;
    let update: Update = read(world, call)?;
    let description = described(world, call, update.property_desc)?;
    if update.property_type.is_some() {
        world.wrong(call, Sort::BadValue, "the type of a property cannot be changed");
    }
    if world.devices.describe(&name, &description, call.now) {
        return Ok(None);
    }
    Err(Refusal::no_property(world))
}

/// `DELETE property/{property_name}`
pub(super) fn delete(world: &mut World, call: &Call) -> Said {
    let name = part(world, call, 0)?;
    if world.devices.delete(&name) {
        return Ok(None);
    }
    match world.rules.switches.property_delete_missing {
        PropertyDeleteMissing::Accepted => Ok(None),
        PropertyDeleteMissing::Refused => Err(Refusal::no_property(world)),
    }
}

/// `GET property/{property_name}`
pub(super) fn devices(world: &mut World, call: &Call) -> Said {
    let name = part(world, call, 0)?;
    let page = page(world, call, DEVICE_PAGE, world.rules.switches.device_page_max)?;
    let Some(property) = world.devices.properties().get(name.as_ref()) else {
        return Err(Refusal::no_property(world));
    };
    let devices = on_page(property.devices.iter(), page);
    Ok(Some(json!({"device_num": property.devices.len(), "registration_ids": devices}).to_string()))
}
