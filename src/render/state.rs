//! `state list` and `state show`: what is recorded, by address.

use crate::address::Resource;
use crate::kind::Definition;
use crate::names::{Name, Names};
use crate::render::look::Look;
use crate::render::mask::{Mask, Sort};
use crate::render::text::{self, Align};
use crate::state::addresses::Entry;
use crate::state::{Doubt, Held, RowChange};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// These addresses with the number of their rows and when they were last known to be so.
#[must_use]
pub fn list(entries: &[Entry], names: &Names, look: &Look, mask: &Mask) -> String {
    if entries.is_empty() {
        return "Nothing is recorded.\n".to_owned();
    }
    let head = [("ADDRESS", Align::Left), ("ROWS", Align::Right), ("RECORDED", Align::Left)];
    let line = |entry: &Entry| {
        let newest = entry.rows.iter().map(|row| row.mark).max().unwrap_or(0);
        vec![address(entry, names, mask), text::group(entry.rows.len() as u64), when(newest, look)]
    };
    text::table(&head, &entries.iter().map(line).collect::<Vec<_>>())
}

/// What was let go.
#[must_use]
pub fn removed(entries: &[Entry], names: &Names, mask: &Mask) -> String {
    let lines = entries.iter().map(|entry| format!("Removed {}\n", address(entry, names, mask)));
    let count = text::count(entries.len() as u64, "address", "addresses");
    format!("{}Let go of {count}; nothing live was touched.\n", lines.collect::<String>())
}

/// Calls in doubt, each with the first of its rows.
#[must_use]
pub fn in_doubt(calls: &[Doubt], names: &Names, look: &Look, mask: &Mask) -> String {
    if calls.is_empty() {
        return "No call is in doubt.\n".to_owned();
    }
    let head = [
        ("CALL", Align::Right),
        ("RECORDED", Align::Left),
        ("ROWS", Align::Right),
        ("FIRST ROW", Align::Left),
    ];
    let line = |call: &Doubt| {
        let rows = text::group(call.rows.len() as u64);
        vec![call.id.to_string(), look.zone.minute(call.at), rows, first_row(call, names, mask)]
    };
    text::table(&head, &calls.iter().map(line).collect::<Vec<_>>())
}

/// A call that was given up.
#[must_use]
pub fn resolved(call: &Doubt, names: &Names, mask: &Mask) -> String {
    let rows = text::count(call.rows.len() as u64, "row", "rows");
    format!(
        "Call {} is no longer in doubt: {rows}, the first is {}.\n\
         Nothing was recorded of it, and nothing live was touched.\n",
        call.id,
        first_row(call, names, mask)
    )
}

fn first_row(call: &Doubt, names: &Names, mask: &Mask) -> String {
    let (kind, subject, item) = match call.rows.first() {
        Some(RowChange::Put(kind, row)) => (*kind, row.subject, row.item),
        Some(RowChange::Drop(kind, subject, item)) => (*kind, *subject, *item),
        None => return "none".to_owned(),
    };
    let subject = match kind {
        Kind::Property => text::name(names.text(subject)),
        Kind::Device => mask.name(Sort::Device, names.text(subject)),
        Kind::Alias | Kind::Tag | Kind::Blacklist | Kind::DeviceToken => {
            mask.name(Sort::User, names.text(subject))
        }
    };
    format!("{} {subject} {}", kind.word(), text::name(names.text(item))).trim_end().to_owned()
}

/// What a place holds: `1,204 rows, 1 call in doubt and 14 spends`.
#[must_use]
pub fn held(held: Held) -> String {
    let Held { rows, calls, spends } = held;
    let rows = text::count(rows as u64, "row", "rows");
    let calls = text::count(calls as u64, "call in doubt", "calls in doubt");
    let spends = text::count(spends as u64, "spend", "spends");
    format!("{rows}, {calls} and {spends}")
}

/// A state that has moved, and what its project file has to say now.
#[must_use]
pub fn moved(what: Held, from: &str, to: &str) -> String {
    format!(
        "Moved {} from `{from}` to `{to}`, read back and compared.\n\
         The old place is given up: whoever still uses it is told where the state is.\n\n\
         Name the new place at `state:` in pushform.yaml, an address with a password as ${{NAME}}.\n",
        held(what)
    )
}

/// A state that was taken in.
#[must_use]
pub fn imported(what: Held, to: &str) -> String {
    format!("Imported {} into `{to}`, read back and compared.\n", held(what))
}

/// The recorded rows of these addresses.
#[must_use]
pub fn show(entries: &[Entry], names: &Names, look: &Look, mask: &Mask) -> String {
    let shown: Vec<String> = entries.iter().map(|entry| show_one(entry, names, look, mask)).collect();
    shown.join("\n")
}

fn show_one(entry: &Entry, names: &Names, look: &Look, mask: &Mask) -> String {
    let rows: Vec<Vec<String>> =
        entry.rows.iter().map(|row| cells(row, entry.resource, names, look, mask)).collect();
    let head: &[(&str, Align)] = match entry.resource {
        Resource::Alias | Resource::TagMembers | Resource::Blacklist => {
            &[("USER", Align::Left), ("RECORDED", Align::Left)]
        }
        Resource::TagSet => &[("TAG", Align::Left), ("RECORDED", Align::Left)],
        Resource::DeviceTokens => &[("USER", Align::Left), ("TOKEN", Align::Left), ("RECORDED", Align::Left)],
        Resource::Property => {
            &[("TYPE", Align::Left), ("DESCRIPTION", Align::Left), ("RECORDED", Align::Left)]
        }
        Resource::Device => &[("PROPERTY", Align::Left), ("VALUE", Align::Left), ("RECORDED", Align::Left)],
    };
    format!("# {}\n{}", address(entry, names, mask), text::table(head, &rows))
}

fn address(entry: &Entry, names: &Names, mask: &Mask) -> String {
    mask.address(entry.resource, names.text(entry.name))
}

fn cells(row: &Row, resource: Resource, names: &Names, look: &Look, mask: &Mask) -> Vec<String> {
    let plain = |name: Name| text::name(names.text(name));
    let hidden = |sort: Sort, name: Name| mask.name(sort, names.text(name));
    let when = when(row.mark, look);
    match resource {
        Resource::Alias | Resource::TagMembers | Resource::Blacklist => {
            vec![hidden(Sort::User, row.subject), when]
        }
        Resource::TagSet => vec![plain(row.item), when],
        Resource::DeviceTokens => vec![hidden(Sort::User, row.subject), hidden(Sort::Token, row.value), when],
        Resource::Property => {
            let definition = Definition::decode(names.text(row.value));
            vec![text::clean(definition.type_word), text::clean(definition.description), when]
        }
        Resource::Device => vec![plain(row.item), plain(row.value), when],
    }
}

fn when(mark: u32, look: &Look) -> String {
    look.zone.minute(Timestamp::from_seconds(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Recorded;
    use crate::render::sample::{ALICE, BOB};
    use crate::state::addresses::select;
    use crate::table::Table;
    use crate::timestamp::Zone;

    fn recorded() -> (Recorded, Names) {
        let mut names = Names::new();
        let mark = Timestamp::parse("2026-11-20T02:12:00Z").expect("a moment").seconds();
        let mut row = |subject: &str, item: &str, value: &str| Row {
            subject: names.intern(subject),
            item: names.intern(item),
            value: names.intern(value),
            mark,
        };
        let aliases = vec![row(ALICE, "", "alice_w"), row(BOB, "", "alice_w")];
        let tags = vec![row(ALICE, "喜爱足球", "set"), row(ALICE, "vip", "set"), row(BOB, "春促", "members")];
        let properties = vec![row("level", "", "number 会员等级")];
        let mut recorded = Recorded::default();
        recorded.tables.set(Kind::Alias, Table::from_rows(aliases));
        recorded.tables.set(Kind::Tag, Table::from_rows(tags));
        recorded.tables.set(Kind::Property, Table::from_rows(properties));
        (recorded, names)
    }

    #[test]
    fn what_is_recorded_lines_up_by_address() {
        let (recorded, names) = recorded();
        let look = Look::plain(Zone::shanghai());
        let entries = select(&recorded.tables, &names, &[]);
        let mut all = list(&entries, &names, &look, &Mask::show());
        all.push('\n');
        all.push_str(&show(&entries, &names, &look, &Mask::show()));
        insta::assert_snapshot!(all);
        let hidden = list(&entries, &names, &look, &Mask::hide());
        assert!(!hidden.contains(ALICE) && !hidden.contains("alice_w"), "{hidden}");
    }

    #[test]
    fn what_is_not_recorded_is_said_so() {
        let look = Look::plain(Zone::shanghai());
        assert_eq!(list(&[], &Names::new(), &look, &Mask::show()), "Nothing is recorded.\n");
    }
}
