//! What is declared and what is recorded of a name, in a line for each.

use crate::invisible::is_invisible;
use crate::kind::Definition;
use crate::names::{Name, Names};
use crate::table::{Kind, Row, Tables};
use crate::timestamp::{Timestamp, Zone};

use super::Known;

/// The most names of a list that are written out.
const LISTED_MAX: usize = 12;

/// What is known of a text, as Markdown; nothing where nothing is.
#[must_use]
pub fn facts(known: &Known, text: &str, zone: &Zone) -> Option<String> {
    let mut lines = Vec::new();
    let declared = known.names.find(text).map(|name| of(&known.names, &known.desired.tables, name));
    for fact in declared.into_iter().flatten() {
        lines.push(format!("declared: {}", fact.words));
    }
    let record = &known.record;
    let recorded = record.names.find(text).map(|name| of(&record.names, &record.tables, name));
    for fact in recorded.into_iter().flatten() {
        let when = zone.minute(Timestamp::from_seconds(fact.mark));
        lines.push(format!("recorded: {}, last known to be so {when}", fact.words));
    }
    (!lines.is_empty()).then(|| lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n"))
}

struct Fact {
    words: String,
    /// When the latest of its rows was known to be so, where it is recorded.
    mark: u32,
}

fn of(names: &Names, tables: &Tables, name: Name) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |rows: &[&Row], words: &dyn Fn(&[&Row]) -> String| {
        if !rows.is_empty() {
            let mark = rows.iter().map(|row| row.mark).max().unwrap_or(0);
            facts.push(Fact { words: words(rows), mark });
        }
    };
    let own = |kind: Kind| tables.of(kind).of(name).iter().collect::<Vec<_>>();
    let list = |words: Vec<&str>| {
        let shown: Vec<String> = words.iter().take(LISTED_MAX).map(|word| code(word)).collect();
        let more = words.len().saturating_sub(LISTED_MAX);
        if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
    };
    add(&own(Kind::Alias), &|rows| {
        format!("a user with the alias {}", list(rows.iter().map(|row| names.text(row.value)).collect()))
    });
    add(&own(Kind::Tag), &|rows| {
        format!("a user with the tags {}", list(rows.iter().map(|row| names.text(row.item)).collect()))
    });
    add(&own(Kind::Blacklist), &|_| "a user on the blacklist".to_owned());
    add(&own(Kind::DeviceToken), &|rows| {
        format!(
            "a user with a device token of {}",
            list(rows.iter().map(|row| names.text(row.item)).collect())
        )
    });
    add(&own(Kind::Property), &|rows| {
        let definition = rows.first().map_or("", |row| names.text(row.value));
        format!("a property of the type {}", code(Definition::decode(definition).type_word))
    });
    add(&own(Kind::Device), &|rows| {
        let value = |row: &&Row| format!("{} = {}", names.text(row.item), names.text(row.value));
        let values: Vec<String> = rows.iter().map(value).collect();
        format!("a device with {}", list(values.iter().map(String::as_str).collect()))
    });
    let with = |kind: Kind, is_it: fn(&Row, Name) -> bool| {
        tables.of(kind).rows().iter().filter(|row| is_it(row, name)).collect::<Vec<_>>()
    };
    add(&with(Kind::Alias, |row, name| row.value == name), &|rows| {
        format!("the alias of {}", list(rows.iter().map(|row| names.text(row.subject)).collect()))
    });
    add(&with(Kind::Tag, |row, name| row.item == name), &|rows| {
        format!("a tag on {}", counted(rows.len(), "user", "users"))
    });
    add(&with(Kind::Device, |row, name| row.item == name), &|rows| {
        format!("a property with a value on {}", counted(rows.len(), "device", "devices"))
    });
    facts
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A name as Markdown shows it letter for letter.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace(is_invisible, " "))
}
