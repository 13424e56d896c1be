//! `state list` and `state show`: what is recorded, by address.

use std::collections::BTreeMap;

use crate::address::{Address, Resource};
use crate::kind::Definition;
use crate::names::{Name, Names};
use crate::plan::Recorded;
use crate::render::look::Look;
use crate::render::mask::{Mask, Sort};
use crate::render::text::{self, Align};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

/// The resource that a recorded row belongs to, and the name in its address.
#[must_use]
pub fn belongs(kind: Kind, row: &Row) -> (Resource, Name) {
    match kind {
        Kind::Alias => (Resource::Alias, row.value),
        Kind::Tag if row.value == Name::MEMBERS => (Resource::TagMembers, row.item),
        Kind::Tag => (Resource::TagSet, row.subject),
        Kind::Blacklist => (Resource::Blacklist, Name::NONE),
        Kind::DeviceToken => (Resource::DeviceTokens, row.item),
        Kind::Property => (Resource::Property, row.subject),
        Kind::Device => (Resource::Device, row.subject),
    }
}

/// Every recorded address with the number of its rows and when it was last known to be so.
#[must_use]
pub fn list(recorded: &Recorded, names: &Names, look: &Look, mask: &Mask) -> String {
    let mut found: BTreeMap<(Resource, &str), (u64, u32)> = BTreeMap::new();
    for kind in Kind::ALL {
        for row in recorded.tables.of(kind).rows() {
            let (resource, name) = belongs(kind, row);
            let entry = found.entry((resource, names.text(name))).or_default();
            *entry = (entry.0 + 1, entry.1.max(row.mark));
        }
    }
    if found.is_empty() {
        return "Nothing is recorded.\n".to_owned();
    }
    let head = [("ADDRESS", Align::Left), ("ROWS", Align::Right), ("RECORDED", Align::Left)];
    let rows = found.into_iter().map(|((resource, name), (rows, mark))| {
        vec![mask.address(resource, name), text::group(rows), when(mark, look)]
    });
    text::table(&head, &rows.collect::<Vec<_>>())
}

/// The recorded rows of one address; `None` when nothing is recorded of it.
#[must_use]
pub fn show(
    recorded: &Recorded,
    names: &Names,
    address: &Address,
    look: &Look,
    mask: &Mask,
) -> Option<String> {
    let kind = address.resource.kind();
    let of = |row: &&Row| {
        let (resource, name) = belongs(kind, row);
        resource == address.resource && names.text(name) == address.name
    };
    let rows = recorded.tables.of(kind).rows().iter().filter(of);
    let mut cells: Vec<Vec<String>> =
        rows.map(|row| cells(row, address.resource, names, look, mask)).collect();
    if cells.is_empty() {
        return None;
    }
    cells.sort();
    let head: &[(&str, Align)] = match address.resource {
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
    let heading = mask.address(address.resource, &address.name);
    Some(format!("# {heading}\n{}", text::table(head, &cells)))
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
    use crate::render::sample::{ALICE, BOB};
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
        let mut all = list(&recorded, &names, &look, &Mask::show());
        for text in
            ["getui.alias[\"alice_w\"]", &format!("getui.tag_set[\"{ALICE}\"]"), "jpush.property[\"level\"]"]
        {
            let address = Address::parse(text).expect("an address");
            all.push('\n');
            all.push_str(&show(&recorded, &names, &address, &look, &Mask::show()).expect("it is recorded"));
        }
        insta::assert_snapshot!(all);
        let hidden = list(&recorded, &names, &look, &Mask::hide());
        assert!(!hidden.contains(ALICE) && !hidden.contains("alice_w"), "{hidden}");
    }

    #[test]
    fn what_is_not_recorded_is_said_so() {
        let (recorded, names) = recorded();
        let look = Look::plain(Zone::shanghai());
        let address = Address::parse("getui.alias[\"nobody\"]").expect("an address");
        assert_eq!(show(&recorded, &names, &address, &look, &Mask::show()), None);
        assert_eq!(list(&Recorded::default(), &names, &look, &Mask::show()), "Nothing is recorded.\n");
    }
}
