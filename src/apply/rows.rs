//! Which rows a call makes true, as changes of the record.

use crate::kind::Write;
use crate::names::Name;
use crate::plan::{Call, Plan};
use crate::state::RowChange;
use crate::table::{Kind, Row};

/// The rows of a call, `at` seconds since 1970.
pub(super) fn of(plan: &Plan, call: &Call, at: u32) -> Vec<RowChange> {
    let put = |kind, subject, item, value| RowChange::Put(kind, Row { subject, item, value, mark: at });
    let drop = RowChange::Drop;
    let none = Name::NONE;
    match &call.write {
        Write::BindAliases(pairs) => {
            pairs.iter().map(|(user, alias)| put(Kind::Alias, *user, none, *alias)).collect()
        }
        Write::ClearAlias(_, users) => users.iter().map(|user| drop(Kind::Alias, *user, none)).collect(),
        Write::UnbindAliases(pairs) => pairs.iter().map(|(user, _)| drop(Kind::Alias, *user, none)).collect(),
        Write::OverwriteTags { user, tags, drops, carried: _ } => overwrite(plan, *user, tags, drops, at),
        Write::BindTag(tag, users) => {
            users.iter().map(|user| put(Kind::Tag, *user, *tag, declared_by(plan, *user, *tag))).collect()
        }
        Write::UnbindTag(tag, users) => users.iter().map(|user| drop(Kind::Tag, *user, *tag)).collect(),
        Write::Block(users) => users.iter().map(|user| put(Kind::Blacklist, *user, none, none)).collect(),
        Write::Unblock(users) => users.iter().map(|user| drop(Kind::Blacklist, *user, none)).collect(),
        Write::BindTokens(channel, pairs) => {
            pairs.iter().map(|(user, token)| put(Kind::DeviceToken, *user, *channel, *token)).collect()
        }
        Write::UnbindTokens(channel, users) => {
            users.iter().map(|user| drop(Kind::DeviceToken, *user, *channel)).collect()
        }
        Write::CreateProperty(name, definition) | Write::DescribeProperty(name, definition) => {
            vec![put(Kind::Property, *name, none, *definition)]
        }
        Write::DeleteProperty(name) => deleted(plan, *name),
        Write::SetValues(values) => {
            let ours = |(device, property, _): &&(Name, Name, Name)| {
                plan.cell(Kind::Device, *device, *property).is_some()
            };
            values
                .iter()
                .filter(ours)
                .map(|(device, property, value)| put(Kind::Device, *device, *property, *value))
                .collect()
        }
        Write::RemoveValue(device, property) => vec![drop(Kind::Device, *device, *property)],
    }
}

fn overwrite(plan: &Plan, user: Name, tags: &[Name], drops: &[Name], at: u32) -> Vec<RowChange> {
    // What the overwrite carries only because it was there before stays whose it was.
    let added = tags.iter().filter_map(|tag| Some((*tag, plan.cell(Kind::Tag, user, *tag)?.after?)));
    let put = |(item, value)| RowChange::Put(Kind::Tag, Row { subject: user, item, value, mark: at });
    added.map(put).chain(drops.iter().map(|tag| RowChange::Drop(Kind::Tag, user, *tag))).collect()
}

/// A property goes with all its values.
fn deleted(plan: &Plan, property: Name) -> Vec<RowChange> {
    let start = plan.cells.partition_point(|cell| cell.kind() < Kind::Device);
    let values =
        plan.cells[start..].iter().filter(|cell| cell.kind() == Kind::Device && cell.item == property);
    let gone = values.filter(|cell| cell.before.is_some());
    let values = gone.map(|cell| RowChange::Drop(Kind::Device, cell.subject, cell.item));
    std::iter::once(RowChange::Drop(Kind::Property, property, Name::NONE)).chain(values).collect()
}

/// Whether a tag's row is recorded for a tag set or for the tag's members.
fn declared_by(plan: &Plan, user: Name, tag: Name) -> Name {
    plan.cell(Kind::Tag, user, tag).and_then(|cell| cell.after).unwrap_or(Name::MEMBERS)
}
