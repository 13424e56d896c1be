//! Plans and calls as text, for tests.

use std::fmt::Write as _;

use crate::address;
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::plan::Plan;
use crate::table::Row;

/// A plan as text.
pub(crate) fn show(plan: &Plan) -> String {
    let mut out = String::new();
    let text = |name: Name| plan.names.text(name);
    show_changes(plan, &mut out);
    for (id, call) in (0..).zip(&plan.calls) {
        assert_eq!(call.rank, id, "ranks are places");
        let _ = write!(out, "call {id}: {}", show_write(&call.write, &plan.names));
        let _ = write!(out, " for {:?}", call.changes);
        let _ = writeln!(
            out,
            "{}",
            if call.after.is_empty() { String::new() } else { format!(" after {:?}", call.after) }
        );
    }
    if plan.forecast.calls != plan.forecast.calls_minimum {
        let _ = writeln!(out, "calls at least {}", plan.forecast.calls_minimum);
    }
    for one in &plan.replacements {
        let pairs = |list: &[(Name, Name)]| {
            list.iter()
                .map(|(device, value)| format!("{}={}", text(*device), text(*value)))
                .collect::<Vec<_>>()
        };
        let (carried, lost) = (pairs(&one.carried).join(" "), pairs(&one.lost).join(" "));
        let _ = writeln!(
            out,
            "replace {} on {}: carried [{carried}] lost [{lost}]",
            text(one.property),
            one.devices
        );
    }
    for (title, rows) in [("adopt", &plan.adopts), ("forget", &plan.forgets)] {
        let mut lines: Vec<String> = rows
            .iter()
            .map(|(kind, row)| format!("{title} {} {}", kind.word(), show_row(&plan.names, row)))
            .collect();
        lines.sort();
        lines.push(String::new());
        out.push_str(&lines.join("\n"));
    }
    for (resource, name) in &plan.unmanaged {
        let _ = writeln!(out, "unmanaged {}", address::show(*resource, text(*name)));
    }
    for (user, _) in &plan.unknown {
        let _ = writeln!(out, "unknown {}", text(*user));
    }
    for one in &plan.left_out {
        let _ = writeln!(out, "left out {}", one.problem(&plan.names).summary);
    }
    if !plan.protected.is_empty() {
        let mut list: Vec<&str> = plan.protected.iter().map(|name| text(*name)).collect();
        list.sort_unstable();
        let _ = writeln!(out, "protected {}", list.join(" "));
    }
    plan.notes.iter().for_each(|note| writeln!(out, "note {note}").expect("text takes it"));
    for problem in plan.problems.list() {
        let failure = plan.problems.failure;
        let _ = writeln!(out, "{failure:?} {}: {}", problem.code, problem.summary);
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}

fn show_changes(plan: &Plan, out: &mut String) {
    let text = |name: Name| plan.names.text(name);
    for (title, changes, cells) in
        [("", &plan.changes, &plan.cells), ("drift ", &plan.drift, &plan.drift_cells)]
    {
        for change in changes {
            let address = address::show(change.resource, text(change.name));
            let action = format!("{:?}", change.action).to_lowercase();
            let _ = writeln!(out, "{title}{action} {address} ({})", change.basis.word());
            for at in &change.cells {
                let _ = writeln!(out, "  {}", show_cell(plan, &cells[*at as usize]));
            }
            for row in &change.kept {
                let _ = writeln!(out, "    {}", show_row(&plan.names, row));
            }
        }
    }
}

fn show_cell(plan: &Plan, cell: &crate::change::Cell) -> String {
    let text = |name: Name| plan.names.text(name);
    let item = if cell.item == Name::NONE { String::new() } else { format!(" {}", text(cell.item)) };
    let value = |value: Option<Name>| value.map_or("-".to_owned(), |value| format!("`{}`", text(value)));
    let (before, after) = (value(cell.before), value(cell.after));
    format!("{}{item}: {before} to {after}, {}", text(cell.subject), cell.basis.word())
}

fn show_row(names: &Names, row: &Row) -> String {
    let parts = [row.subject, row.item, row.value].into_iter().filter(|name| *name != Name::NONE);
    parts.map(|name| names.text(name)).collect::<Vec<_>>().join(" ")
}

/// One write in a line.
pub(crate) fn show_write(write: &Write, names: &Names) -> String {
    let text = |name: &Name| names.text(*name).to_owned();
    let list = |list: &[Name]| list.iter().map(text).collect::<Vec<_>>().join(" ");
    let pairs = |pairs: &[(Name, Name)]| {
        pairs.iter().map(|(a, b)| format!("{}={}", text(a), text(b))).collect::<Vec<_>>().join(" ")
    };
    match write {
        Write::BindAliases(list) => format!("bind {}", pairs(list)),
        Write::UnbindAliases(list) => format!("unbind {}", pairs(list)),
        Write::ClearAlias(alias, users) => format!("clear {} of {}", text(alias), list(users)),
        Write::OverwriteTags { user, tags, drops, carried } => {
            let drops = if drops.is_empty() { String::new() } else { format!(" dropping {}", list(drops)) };
            let carried = match carried {
                None => String::new(),
                Some(carried) if carried.is_empty() => " after reading".to_owned(),
                Some(carried) => format!(" after reading, carrying {}", list(carried)),
            };
            format!("overwrite {} with {}{drops}{carried}", text(user), list(tags))
        }
        Write::BindTag(tag, users) => format!("tag {} on {}", text(tag), list(users)),
        Write::UnbindTag(tag, users) => format!("untag {} from {}", text(tag), list(users)),
        Write::Block(users) => format!("block {}", list(users)),
        Write::Unblock(users) => format!("unblock {}", list(users)),
        Write::BindTokens(channel, tokens) => format!("tokens {}: {}", text(channel), pairs(tokens)),
        Write::UnbindTokens(channel, users) => format!("no tokens {}: {}", text(channel), list(users)),
        Write::CreateProperty(name, value) => format!("create {} `{}`", text(name), text(value)),
        Write::DescribeProperty(name, value) => format!("describe {} `{}`", text(name), text(value)),
        Write::DeleteProperty(name) => format!("delete {}", text(name)),
        Write::SetValues(values) => {
            let one = |(device, property, value): &(Name, Name, Name)| {
                format!("{}.{}={}", text(device), text(property), text(value))
            };
            format!("set {}", values.iter().map(one).collect::<Vec<_>>().join(" "))
        }
        Write::RemoveValue(device, property) => format!("remove {}.{}", text(device), text(property)),
    }
}
