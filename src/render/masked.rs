//! A plan as JSON under a mask: every alias, id and token in it hidden, wherever it stands.
//!
//! It can be read and judged by tools, and not applied: without its digest it is no saved plan.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::change::Cell;
use crate::names::{Name, Names};
use crate::plan::Plan;
use crate::render::mask::{Mask, Sort};
use crate::table::{Kind, Row};
use crate::wire;

/// The JSON of this plan with everything hidden that the mask hides.
///
/// # Errors
/// The text is no JSON, which a plan's always is.
pub fn plan(json: &str, plan: &Plan, mask: &Mask) -> serde_json::Result<String> {
    let mut whole: Value = serde_json::from_str(json)?;
    if let Some(fields) = whole.as_object_mut() {
        fields.remove("digest");
    }
    // Selectors name what the plan itself need not hold.
    for sentences in ["/notes", "/limited_by", "/base/looked"] {
        for one in whole.pointer_mut(sentences).and_then(Value::as_array_mut).into_iter().flatten() {
            *one = Value::from(mask.prose(one.as_str().unwrap_or_default()));
        }
    }
    let sorts = sorts(plan);
    let segments = sorts.keys().map(|name| (wire::segment(name), *name)).collect();
    let hidden = Hidden { sorts, segments, mask };
    Ok(format!("{:#}\n", hidden.value(whole)))
}

struct Hidden<'a> {
    sorts: BTreeMap<&'a str, Sort>,
    /// The same names as they stand in paths.
    segments: BTreeMap<String, &'a str>,
    mask: &'a Mask,
}

impl Hidden<'_> {
    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(list) => list.into_iter().map(|one| self.value(one)).collect(),
            Value::Object(fields) => {
                let field =
                    |(key, value): (String, Value)| (self.name(&key).unwrap_or(key), self.value(value));
                Value::Object(fields.into_iter().map(field).collect::<Map<_, _>>())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn name(&self, text: &str) -> Option<String> {
        self.sorts.get(text).map(|sort| self.mask.name(*sort, text))
    }

    /// A name, a path of names, or a sentence or address with quoted names.
    fn text(&self, text: &str) -> String {
        if let Some(name) = self.name(text) {
            return name;
        }
        if text.starts_with('/') {
            return text.split('/').map(|part| self.part(part)).collect::<Vec<_>>().join("/");
        }
        match (text.find("[\""), text.rfind("\"]")) {
            (Some(start), Some(end)) if start + 2 <= end => {
                let inner = self.name(&text[start + 2..end].replace("\\\"", "\""));
                let inner = inner.unwrap_or_else(|| text[start + 2..end].to_owned());
                format!("{}{inner}{}", &text[..start + 2], &text[end..])
            }
            (_, _) if text.contains(' ') => self.mask.prose(text),
            (_, _) => text.to_owned(),
        }
    }

    /// A part of a path: one name or several with commas between.
    fn part(&self, part: &str) -> String {
        let one = |segment: &str| {
            let plain = self.segments.get(segment).and_then(|plain| self.name(plain));
            plain.unwrap_or_else(|| segment.to_owned())
        };
        part.split(',').map(one).collect::<Vec<_>>().join(",")
    }
}

/// Everything of a plan that a mask hides.
fn sorts(plan: &Plan) -> BTreeMap<&str, Sort> {
    let mut sorts = BTreeMap::new();
    for cell in plan.cells.iter().chain(&plan.drift_cells) {
        let Cell { subject, before, after, .. } = *cell;
        let values = [before, after].into_iter().flatten();
        add(&mut sorts, &plan.names, cell.kind(), subject, values);
    }
    for change in plan.changes.iter().chain(&plan.drift) {
        for row in &change.kept {
            add_row(&mut sorts, &plan.names, change.resource.kind(), row);
        }
    }
    for (kind, row) in plan.adopts.iter().chain(&plan.forgets) {
        add_row(&mut sorts, &plan.names, *kind, row);
    }
    for one in &plan.replacements {
        let devices = one.carried.iter().chain(&one.lost);
        sorts.extend(devices.map(|(device, _)| (plan.names.text(*device), Sort::Device)));
    }
    sorts
}

fn add_row<'a>(sorts: &mut BTreeMap<&'a str, Sort>, names: &'a Names, kind: Kind, row: &Row) {
    add(sorts, names, kind, row.subject, [row.value].into_iter());
}

fn add<'a>(
    sorts: &mut BTreeMap<&'a str, Sort>,
    names: &'a Names,
    kind: Kind,
    subject: Name,
    values: impl Iterator<Item = Name>,
) {
    let (subject_sort, value_sort) = match kind {
        Kind::Alias => (Sort::User, Some(Sort::Alias)),
        Kind::DeviceToken => (Sort::User, Some(Sort::Token)),
        Kind::Tag | Kind::Blacklist => (Sort::User, None),
        Kind::Device => (Sort::Device, None),
        Kind::Property => return,
    };
    sorts.insert(names.text(subject), subject_sort);
    if let Some(sort) = value_sort {
        sorts.extend(values.map(|value| (names.text(value), sort)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{ALICE, Sample};

    #[test]
    fn names_are_hidden_in_texts_keys_paths_and_addresses() {
        let plan = Sample::example();
        let json = format!(
            r#"{{"address": "getui.alias[\"alice_w\"]", "path": "/user/cid/alias/alice_w", "users": "/x/{ALICE},a",
                "body": {{"{ALICE}": "alice_w"}}, "note": "`alice_w` moves", "word": "getui", "digest": "d"}}"#
        );
        let shown = super::plan(&json, &plan, &Mask::hide()).expect("JSON");
        assert!(!shown.contains(ALICE) && !shown.contains("alice") && !shown.contains("digest"), "{shown}");
        assert!(
            shown.contains(r#""getui.alias[\"alias#"#) && shown.contains("/user/cid/alias/alias#"),
            "{shown}"
        );
        assert!(shown.contains(r#""word": "getui""#), "{shown}");
    }
}
