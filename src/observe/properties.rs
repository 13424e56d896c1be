//! The properties, page by page, and every value of those that change their type.

use super::pages::{self, Page, Pages};
use super::{Observer, Reader};
use crate::kind::{Answer, Definition, Read};
use crate::names::{Name, Names};
use crate::plan::Live;
use crate::problem::{Problem, Problems, Result};
use crate::table::{Kind, Row, Table};
use crate::wire::is_path_segment;

/// More pages of properties than any app has, and of ten each: a vendor that never comes to an end is stopped here.
const PROPERTY_PAGES_MAX: u32 = 1_000;
/// The same for the devices of a property, a thousand each.
const DEVICE_PAGES_MAX: u32 = 20_000;

/// Reads all properties, then the values of those whose declared type is another.
pub(super) async fn observe(
    observer: &Observer<'_>,
    reader: &Reader<'_>,
    names: &mut Names,
    live: &mut Live,
) -> Result<()> {
    let listed = list_properties(async |page| reader.one(&Read::Properties(page), names).await).await?;
    let mut rows = Vec::new();
    for (name, type_word, description, devices) in whole(listed, "the properties")? {
        let subject = names.intern(&name);
        let value = names.intern(&Definition::encode(&type_word, &description));
        rows.push(Row { subject, item: Name::NONE, value, mark: 0 });
        live.property_devices.push((subject, devices));
    }
    live.property_devices.sort_unstable();
    live.tables.set(Kind::Property, Table::from_rows(rows));
    live.properties = true;
    for property in retyped(observer, names, live) {
        let values = values_of(reader, names, property).await?;
        live.replaced.extend(values);
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
///
/// # Errors
/// The first question that was refused, or devices that come and go too fast to be read.
pub async fn values_of(reader: &Reader<'_>, names: &mut Names, property: Name) -> Result<Vec<Row>> {
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
    Ok(rows)
}

async fn devices_of(reader: &Reader<'_>, names: &mut Names, property: Name) -> Result<Vec<Name>> {
    let ask = async |page| match reader.one(&Read::DevicesOf(property, page), names).await? {
        Answer::Devices { total, page } => Ok::<_, Problems>(Page { total, items: page }),
        // A vendor that answers another question has shown nothing.
        Answer::Alias(_)
        | Answer::Texts(_)
        | Answer::Count(_)
        | Answer::Properties { .. }
        | Answer::Values(_)
        | Answer::Has(_) => Ok(Page { total: 0, items: Vec::new() }),
    };
    let name = names.text(property);
    let read = pages::read(DEVICE_PAGES_MAX, Clone::clone, ask).await?;
    // Going on with a part would delete the property with values in it that nobody has read.
    let devices = whole(read, &format!("the devices of `{name}`"))?;
    if let Some(device) = devices.iter().find(|device| !is_path_segment(device)) {
        let summary = format!(
            "`{device}` has a value of `{name}` that no call can read: a URL resolves the device's id"
        );
        let help = "remove this device's value in the vendor's console: replacing the property would lose it";
        return Err(Problem::error("observe::unreachable", summary).help(help).into());
    }
    Ok(sorted(devices.iter().map(|id| names.intern(id)).collect()))
}

/// A property as the list shows it: name, type's word, description, number of devices.
pub type Listed = (String, String, String, u64);

/// All properties, read by a way of asking for one page.
///
/// # Errors
/// What asking gives.
pub async fn list_properties<E>(
    mut ask: impl AsyncFnMut(u32) -> std::result::Result<Answer, E>,
) -> std::result::Result<Pages<Listed>, E> {
    let ask = async |page| match ask(page).await? {
        Answer::Properties { total, page } => Ok(Page { total, items: page }),
        // A vendor that answers another question has shown nothing.
        Answer::Alias(_)
        | Answer::Texts(_)
        | Answer::Count(_)
        | Answer::Devices { .. }
        | Answer::Values(_)
        | Answer::Has(_) => Ok(Page { total: 0, items: Vec::new() }),
    };
    // How many devices have one changes all the time.
    let key =
        |(name, type_word, description, _): &Listed| (name.clone(), type_word.clone(), description.clone());
    pages::read(PROPERTY_PAGES_MAX, key, ask).await
}

/// The whole list: going on with a part would take the rest for missing.
///
/// # Errors
/// The problem of a list that does not come to an end or to rest.
pub fn whole<T>(pages: Pages<T>, what: &str) -> Result<Vec<T>> {
    let problem = match pages {
        Pages::Whole(items) => return Ok(items),
        Pages::Unsettled(items, total) => {
            let found = items.len();
            let summary = format!(
                "the pages of {what} change while they are read: no two passes agree, the last one has {found} of {total}"
            );
            let help = "run the command again when less is written there";
            Problem::error("observe::short_pages", summary).help(help)
        }
        Pages::Endless => {
            let summary = format!("the pages of {what} do not come to an end");
            let help = "check `base_url`, and run the command again";
            Problem::error("observe::endless_pages", summary).help(help)
        }
    };
    Err(problem.into())
}

fn sorted(mut devices: Vec<Name>) -> Vec<Name> {
    devices.sort_unstable();
    devices.dedup();
    devices
}
