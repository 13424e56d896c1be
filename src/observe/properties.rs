//! The properties, page by page, and every value of those that change their type.

use super::{Observer, Reader};
use crate::kind::{Answer, Definition, Read};
use crate::names::{Name, Names};
use crate::plan::Live;
use crate::problem::{Problem, Result};
use crate::table::{Kind, Row, Table};

/// More pages than any app has: a vendor that never comes to an end is stopped here.
const PAGES_MAX: u32 = 100_000;

/// Reads all properties, then the values of those whose declared type is another.
pub(super) async fn observe(
    observer: &Observer<'_>,
    reader: &Reader<'_>,
    names: &mut Names,
    live: &mut Live,
) -> Result<()> {
    let mut rows = Vec::new();
    for page in 1..=PAGES_MAX {
        let Answer::Properties { total, page } = reader.one(&Read::Properties(page), names).await? else {
            break;
        };
        if page.is_empty() {
            break;
        }
        for (name, type_word, description, devices) in page {
            let subject = names.intern(&name);
            let value = names.intern(&Definition::encode(&type_word, &description));
            rows.push(Row { subject, item: Name::NONE, value, mark: 0 });
            live.property_devices.push((subject, devices));
        }
        if rows.len() as u64 >= total {
            break;
        }
    }
    live.property_devices.sort_unstable();
    live.property_devices.dedup_by_key(|(property, _)| *property);
    live.tables.set(Kind::Property, Table::from_rows(rows));
    live.properties = true;
    for property in retyped(observer, names, live) {
        replaced(reader, names, live, property).await?;
    }
    live.replaced.sort_unstable_by_key(Row::key);
    Ok(())
}

/// The properties whose declared type is not the live one.
fn retyped(observer: &Observer<'_>, names: &Names, live: &Live) -> Vec<Name> {
    let desired = observer.about.desired.tables.of(Kind::Property).rows().iter();
    let type_of = |value: Name| Definition::decode(names.text(value)).type_word;
    let changes = |property: Name, value: Name| {
        let is = live.tables.of(Kind::Property).get(property, Name::NONE);
        is.is_some_and(|row| type_of(row.value) != type_of(value))
    };
    desired.filter(|row| changes(row.subject, row.value)).map(|row| row.subject).collect()
}

/// Reads every device of a property, and its value on each.
async fn replaced(reader: &Reader<'_>, names: &mut Names, live: &mut Live, property: Name) -> Result<()> {
    let devices = devices_of(reader, names, property).await?;
    let text = names.text(property).to_owned();
    let mut rows = Vec::with_capacity(devices.len());
    let take = |device: Name, answer: Answer, names: &mut Names| {
        let Answer::Values(values) = answer else { return };
        let value = values.into_iter().find(|(name, _)| *name == text);
        let row = |(_, value): (String, String)| Row {
            subject: device,
            item: property,
            value: names.intern(&value),
            mark: 0,
        };
        rows.extend(value.map(row));
    };
    reader.each(&devices, Read::ValuesOf, names, take).await?;
    live.replaced.extend(rows);
    Ok(())
}

async fn devices_of(reader: &Reader<'_>, names: &mut Names, property: Name) -> Result<Vec<Name>> {
    let (mut devices, mut expected) = (Vec::new(), 0);
    for page in 1..=PAGES_MAX {
        let Answer::Devices { total, page } = reader.one(&Read::DevicesOf(property, page), names).await?
        else {
            break;
        };
        expected = total;
        devices.extend(page.iter().map(|id| names.intern(id)));
        if page.is_empty() || devices.len() as u64 >= total {
            break;
        }
    }
    if (devices.len() as u64) < expected {
        // Going on would delete the property with values in it that nobody has read.
        let (name, found) = (names.text(property), devices.len());
        let summary = format!("`{name}` has {expected} devices, but its pages show only {found}");
        let help = "run the command again: devices come and go while they are read";
        return Err(Problem::error("observe::short_pages", summary).help(help).into());
    }
    Ok(sorted(devices))
}

fn sorted(mut devices: Vec<Name>) -> Vec<Name> {
    devices.sort_unstable();
    devices.dedup();
    devices
}
