//! The properties, and the values of devices, as declarations.

use std::collections::BTreeMap;

use crate::gate::Repeat;
use crate::kind::{Answer, PropertyType, Read};
use crate::manifest::words::Word;
use crate::manifest::writer::Writer;
use crate::names::{Name, Names};
use crate::observe::{Reader, list_properties, whole};
use crate::problem::{Problem, Problems, Result};
use crate::provider::property;
use crate::table::Kind;

use super::{Context, HEAD, left_out};

/// A property's type as the vendor writes it, and its description.
pub(super) struct Definition {
    type_word: String,
    description: String,
}

impl Definition {
    /// What is wrong with it as a declaration.
    fn fault(&self, name: &str) -> Option<String> {
        let type_fault = || {
            PropertyType::from_word(&self.type_word)
                .is_none()
                .then(|| format!("has the type `{}`", self.type_word))
        };
        let described =
            || Some(format!("has a description that {}", Word::Description.fault(&self.description)?));
        Word::PropertyName.fault(name).or_else(type_fault).or_else(described)
    }
}

/// Every property by its name, on all pages: fewer than the vendor says there are would be a declaration with holes.
pub(super) async fn properties(
    context: &Context,
    reader: &Reader<'_>,
    names: &Names,
) -> Result<BTreeMap<String, Definition>> {
    let listed = list_properties(async |page| reader.one(&Read::Properties(page), names).await).await?;
    let all: BTreeMap<String, Definition> = (whole(listed, "the properties")?.into_iter())
        .map(|(name, type_word, description, _)| (name, Definition { type_word, description }))
        .collect();
    let spends = property::spends(&context.project.quotas);
    let total = context.gate.ask(&property::total(), &spends, Repeat::Question, property::total_of).await?;
    if (all.len() as u64) < total {
        let summary = format!("the vendor has {total} properties, but its pages show only {}", all.len());
        let help = "run the command again: properties come and go while they are read";
        return Err(Problem::error("pull::short_pages", summary).help(help).into());
    }
    Ok(all)
}

/// The manifest of these properties; `None` where there is nothing to declare.
pub(super) fn write_properties(
    properties: &BTreeMap<String, Definition>,
    notes: &mut Problems,
) -> Result<Option<String>> {
    let mut writer = Writer::new(&[HEAD]);
    let mut declared = Vec::new();
    for (name, definition) in properties {
        match definition.fault(name) {
            None => declared.push((name, definition)),
            Some(why) => {
                let what = format!("the property `{name}`");
                writer.comment(0, &format!("{what} is not declared: it {why}"));
                notes.push(left_out(&what, &format!("it {why}")));
            }
        }
    }
    if declared.is_empty() {
        return Ok(None);
    }
    writer.section(0, Kind::Property.vendor().word());
    writer.section(1, "properties");
    for (name, Definition { type_word, description }) in declared {
        let all = [("type", type_word.as_str()), ("description", description.as_str())];
        writer.fields(2, name, if description.is_empty() { &all[..1] } else { &all });
    }
    writer.finish().map(Some)
}

/// The manifest of these devices' values; `None` where there is nothing to declare.
pub(super) async fn pull(
    reader: &Reader<'_>,
    ids: &[String],
    properties: &BTreeMap<String, Definition>,
    names: &mut Names,
    notes: &mut Problems,
) -> Result<Option<String>> {
    let devices: Vec<Name> = ids.iter().map(|id| names.intern(id)).collect();
    let mut live: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let take = |device: Name, answer: Answer, names: &mut Names| {
        let Answer::Values(values) = answer else { return };
        live.entry(names.text(device).to_owned()).or_default().extend(values);
    };
    reader.each(&devices, Read::ValuesOf, names, take).await?;
    let mut writer = Writer::new(&[HEAD]);
    writer.section(0, Kind::Device.vendor().word());
    writer.section(1, "devices");
    let mut declared = 0;
    for device in ids.iter().filter(|id| live.get(*id).is_none_or(BTreeMap::is_empty)) {
        notes.push(without_values(device));
    }
    for (device, values) in &live {
        let mut fitting = Vec::new();
        for (name, value) in values {
            match value_fault(properties.get(name), name, value) {
                None => fitting.push((name.as_str(), value.as_str())),
                Some(why) => {
                    let what = format!("the value of `{name}` on `{device}`");
                    writer.comment(2, &format!("{what} is not declared: {why}"));
                    notes.push(left_out(&what, &why));
                }
            }
        }
        if !fitting.is_empty() {
            writer.values(2, device, &fitting);
            declared += fitting.len();
        }
    }
    if declared == 0 { Ok(None) } else { writer.finish().map(Some) }
}

/// A device of which there is nothing to declare.
fn without_values(device: &str) -> Problem {
    let help = "check the id: a device that the vendor does not know looks the same";
    Problem::warning("pull::no_values", format!("`{device}` has no value of any property")).help(help)
}

fn value_fault(definition: Option<&Definition>, name: &str, value: &str) -> Option<String> {
    let Some(definition) = definition.filter(|definition| definition.fault(name).is_none()) else {
        return Some("its property is not declared".to_owned());
    };
    let kind = PropertyType::from_word(&definition.type_word)?;
    if !kind.holds(value) {
        return Some(format!("`{value}` is no {}", kind.word()));
    }
    Word::Value.fault(value).map(|fault| format!("it {fault}"))
}
