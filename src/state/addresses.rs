//! Recorded rows by address: what `state list`, `state show` and `state rm` show and let go of.
//!
//! Pure; the same grouping that a plan shows, without a plan.

use super::{RowChange, RowQuery};
use crate::address::{self, Resource, Selector};
use crate::names::{Name, Names};
use crate::table::{Kind, Row, Tables};
use crate::text_rows::{SET, TextRow};

/// One address and the recorded rows that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address's text.
    pub address: String,
    /// What it is.
    pub resource: Resource,
    /// Which one; [`Name::NONE`] where there is only one.
    pub name: Name,
    /// Its rows, sorted by the texts of subject and item; never none.
    pub rows: Vec<Row>,
}

/// The address of a recorded row, as its two parts. A tag row is its user's tag set's or its tag's member
/// list's, as its value says.
#[must_use]
pub fn of_row(kind: Kind, row: &Row) -> (Resource, Name) {
    match kind {
        Kind::Alias => (Resource::Alias, row.value),
        Kind::Tag if row.value == Name::SET => (Resource::TagSet, row.subject),
        Kind::Tag => (Resource::TagMembers, row.item),
        Kind::Blacklist => (Resource::Blacklist, Name::NONE),
        Kind::DeviceToken => (Resource::DeviceTokens, row.item),
        Kind::Property => (Resource::Property, row.subject),
        Kind::Device => (Resource::Device, row.subject),
    }
}

/// The address of a recorded row of texts, as [`of_row`] gives it.
#[must_use]
pub fn of_text<'a>(kind: Kind, row: &TextRow<'a>) -> (Resource, &'a str) {
    match kind {
        Kind::Alias => (Resource::Alias, row.value),
        Kind::Tag if row.value == SET => (Resource::TagSet, row.subject),
        Kind::Tag => (Resource::TagMembers, row.item),
        Kind::Blacklist => (Resource::Blacklist, ""),
        Kind::DeviceToken => (Resource::DeviceTokens, row.item),
        Kind::Property => (Resource::Property, row.subject),
        Kind::Device => (Resource::Device, row.subject),
    }
}

/// The queries that give every row which one of these selectors selects, and as few others as possible; all rows
/// where there is none. No row comes twice.
#[must_use]
pub fn queries(selectors: &[Selector]) -> Vec<RowQuery<'_>> {
    let mut queries: Vec<RowQuery> = Vec::new();
    let each = selectors.iter().flat_map(|one| one.resources().map(move |resource| (one, resource)));
    for (selector, resource) in each {
        let query = match (resource.is_single(), selector.exact_name()) {
            (false, Some(name)) => RowQuery::Address(resource, name),
            (true, None) | (false, None) => RowQuery::Kind(resource.kind()),
            // What is there only once has no name.
            (true, Some(_)) => continue,
        };
        if !queries.contains(&query) {
            queries.push(query);
        }
    }
    if selectors.is_empty() {
        queries.extend(Kind::ALL.map(RowQuery::Kind));
    }
    let whole: Vec<RowQuery> =
        Kind::ALL.map(RowQuery::Kind).into_iter().filter(|kind| queries.contains(kind)).collect();
    let is_covered = |query: &RowQuery| whole.contains(&RowQuery::Kind(query.kind()));
    queries.retain(|query| whole.contains(query) || !is_covered(query));
    queries
}

/// The recorded rows that one of these selectors selects, all where there is none, by address; sorted by the
/// addresses' texts.
#[must_use]
pub fn select(tables: &Tables, names: &Names, selectors: &[Selector]) -> Vec<Entry> {
    let mut rows: Vec<(Resource, Name, Row)> = Vec::with_capacity(tables.len());
    for kind in Kind::ALL {
        rows.extend(tables.of(kind).rows().iter().map(|row| {
            let (resource, name) = of_row(kind, row);
            (resource, name, *row)
        }));
    }
    rows.sort_unstable();
    let groups = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    let mut entries: Vec<Entry> = groups.filter_map(|group| entry(group, names, selectors)).collect();
    entries.sort_unstable_by(|a, b| a.address.cmp(&b.address));
    entries
}

fn entry(group: &[(Resource, Name, Row)], names: &Names, selectors: &[Selector]) -> Option<Entry> {
    let (resource, name, _) = *group.first()?;
    let address = address::show(resource, names.text(name));
    if !selectors.is_empty() && !selectors.iter().any(|one| one.matches(resource, names.text(name))) {
        return None;
    }
    let mut rows: Vec<Row> = group.iter().map(|(_, _, row)| *row).collect();
    let texts = |row: &Row| (names.text(row.subject), names.text(row.item));
    rows.sort_unstable_by(|a, b| texts(a).cmp(&texts(b)));
    Some(Entry { address, resource, name, rows })
}

/// The changes that let go of these rows without touching what they describe: for [`Store::amend`].
///
/// [`Store::amend`]: super::Store::amend
#[must_use]
pub fn let_go(entries: &[Entry]) -> Vec<RowChange> {
    let drops = entries.iter().flat_map(|Entry { resource, rows, .. }| {
        rows.iter().map(|row| RowChange::Drop(resource.kind(), row.subject, row.item))
    });
    drops.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    /// Tables of lines `kind subject item value`, `-` for nothing.
    fn tables(text: &str, names: &mut Names) -> Tables {
        let mut tables = Tables::default();
        for kind in Kind::ALL {
            let of = text.lines().map(str::split_whitespace).map(Iterator::collect::<Vec<_>>);
            let of = of.filter(|words| words.first() == Some(&kind.word()));
            let rows = of.map(|words| {
                let mut name = |at: usize| names.intern(if words[at] == "-" { "" } else { words[at] });
                Row { subject: name(1), item: name(2), value: name(3), mark: 0 }
            });
            tables.set(kind, Table::from_rows(rows.collect()));
        }
        tables
    }

    fn check(selectors: &[&str], expected: &str) {
        let mut names = Names::new();
        let tables = tables(
            "alias u2 - bob\nalias u1 - alice\nalias u3 - alice\ntag u1 vip set\ntag u1 old set\n\
             tag u2 vip members\nblacklist u9 - -\ndevice_token u1 wx t1\nproperty level - number\n\
             device d1 level 3\ndevice d1 age 30",
            &mut names,
        );
        let selectors: Vec<Selector> =
            selectors.iter().map(|text| Selector::parse(text).expect("a selector")).collect();
        let shown: Vec<String> = select(&tables, &names, &selectors)
            .iter()
            .map(|entry| {
                let row = |row: &Row| {
                    let words = [row.subject, row.item, row.value].map(|name| names.text(name));
                    words.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
                };
                format!("{}: {}", entry.address, entry.rows.iter().map(row).collect::<Vec<_>>().join(", "))
            })
            .collect();
        assert_eq!(shown.join("\n"), expected, "selectors {selectors:?}");
    }

    #[test]
    fn every_row_stands_under_its_address() {
        check(
            &[],
            "getui.alias[\"alice\"]: u1 alice, u3 alice\n\
             getui.alias[\"bob\"]: u2 bob\n\
             getui.blacklist: u9\n\
             getui.device_tokens[\"wx\"]: u1 wx t1\n\
             getui.tag_members[\"vip\"]: u2 vip members\n\
             getui.tag_set[\"u1\"]: u1 old set, u1 vip set\n\
             jpush.device[\"d1\"]: d1 age 30, d1 level 3\n\
             jpush.property[\"level\"]: level number",
        );
    }

    #[test]
    fn what_has_one_name_is_asked_for_by_it_and_no_row_twice() {
        let check = |selectors: &[&str], expected: &[RowQuery]| {
            let selectors: Vec<Selector> =
                selectors.iter().map(|text| Selector::parse(text).expect("a selector")).collect();
            assert_eq!(queries(&selectors), expected, "{selectors:?}");
        };
        check(&["getui.alias[\"a\"]"], &[RowQuery::Address(Resource::Alias, "a")]);
        check(&["getui.alias[\"a\"]", "getui.alias[a]"], &[RowQuery::Address(Resource::Alias, "a")]);
        check(
            &["getui.tag_*[\"a\"]"],
            &[RowQuery::Address(Resource::TagSet, "a"), RowQuery::Address(Resource::TagMembers, "a")],
        );
        check(&["getui.tag_set[\"a\"]", "getui.tag_set[\"b*\"]"], &[RowQuery::Kind(Kind::Tag)]);
        check(&["getui.blacklist"], &[RowQuery::Kind(Kind::Blacklist)]);
        check(
            &["jpush.*[\"x\"]"],
            &[RowQuery::Address(Resource::Property, "x"), RowQuery::Address(Resource::Device, "x")],
        );
        check(&[], &Kind::ALL.map(RowQuery::Kind));
    }

    #[test]
    fn a_row_of_texts_has_the_address_of_the_row() {
        let mut names = Names::new();
        let texts = "alias u1 - alice\ntag u1 vip set\ntag u2 vip members\nblacklist u9 - -\n\
             device_token u1 wx t1\nproperty level - number\ndevice d1 level 3";
        let tables = tables(texts, &mut names);
        for kind in Kind::ALL {
            for row in tables.of(kind).rows() {
                let (resource, name) = of_row(kind, row);
                assert_eq!(of_text(kind, &TextRow::of(row, &names)), (resource, names.text(name)));
            }
        }
    }

    #[test]
    fn a_selector_takes_what_it_matches() {
        check(&["getui.alias[\"a*\"]"], "getui.alias[\"alice\"]: u1 alice, u3 alice");
        check(
            &["getui.blacklist", "getui.tag_set"],
            "getui.blacklist: u9\ngetui.tag_set[\"u1\"]: u1 old set, u1 vip set",
        );
        check(&["getui.alias[\"nobody\"]"], "");
    }

    #[test]
    fn letting_go_of_everything_leaves_nothing() {
        let mut names = Names::new();
        let tables = tables("alias u1 - a\ntag u1 vip set", &mut names);
        let [user, vip] = ["u1", "vip"].map(|text| names.intern(text));
        let expected =
            [RowChange::Drop(Kind::Alias, user, Name::NONE), RowChange::Drop(Kind::Tag, user, vip)];
        assert_eq!(let_go(&select(&tables, &names, &[])), expected);
    }
}
