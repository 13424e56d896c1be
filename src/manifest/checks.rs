//! What rows mean together: things declared twice, users with two aliases, values of undeclared properties.
//!
//! Everything is sorted once; what belongs together are neighbours then. No row has a place at hand, so every
//! problem here is one of marks.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Resource, show};
use crate::kind::{PropertyType, limits};
use crate::names::{Name, Names};
use crate::problem::Problem;
use crate::table::{Kind, Row};

use super::codes;
use super::desired::{Compiled, Desired};
use super::doubtful;
use super::findings::{Findings, Spot};
use super::rows::{Declared, Rows};
use super::source::quoted;

/// Sorts the rows and reports what cannot be together. Errors that are only due to what could not be read are left
/// out.
pub fn check(rows: &mut Rows, findings: &mut Findings) {
    for kind in Kind::ALL {
        let rows = rows.of_kind(kind);
        if !rows.is_sorted() {
            rows.sort_unstable();
        }
    }
    let twice = Twice {
        aliases: declared_twice(&rows.names, &mut rows.aliases, Resource::Alias, findings),
        sets: declared_twice(&rows.names, &mut rows.sets, Resource::TagSet, findings),
        members: declared_twice(&rows.names, &mut rows.members, Resource::TagMembers, findings),
        devices: declared_twice(&rows.names, &mut rows.devices, Resource::Device, findings),
    };
    for kind in Kind::ALL {
        neighbours(rows, kind, &twice, findings);
    }
    alias_sizes(rows, findings);
    tags(rows, findings);
    values(rows, findings);
    alias_bytes(rows, findings);
    doubtful::check(rows, findings);
}

/// What is declared twice, so that its rows are too, and need not be named again.
struct Twice {
    aliases: BTreeSet<Name>,
    sets: BTreeSet<Name>,
    members: BTreeSet<Name>,
    devices: BTreeSet<Name>,
}

fn declared_twice(
    names: &Names,
    list: &mut Vec<Declared>,
    resource: Resource,
    findings: &mut Findings,
) -> BTreeSet<Name> {
    if !list.is_sorted() {
        list.sort_unstable();
    }
    let mut twice = BTreeSet::new();
    for pair in list.windows(2).filter(|pair| pair[0].name == pair[1].name) {
        let text = names.text(pair[0].name);
        twice.insert(pair[0].name);
        let problem =
            Problem::error(codes::DECLARED_TWICE, format!("{} is declared twice", show(resource, text)))
                .help("declare it in one place, with everything that belongs to it");
        findings.later(problem, two_spots(pair[0].mark, pair[1].mark, text));
    }
    list.dedup_by_key(|declared| declared.name);
    twice
}

fn two_spots(first: u32, second: u32, text: &str) -> Vec<Spot> {
    let [first, second] = Spot::pair(Spot::new(first, text, "first here"), Spot::new(second, text, "again"));
    vec![second, first]
}

fn neighbours(rows: &mut Rows, kind: Kind, twice: &Twice, findings: &mut Findings) {
    let list = std::mem::take(rows.of_kind(kind));
    for pair in list.windows(2).filter(|pair| pair[0].key() == pair[1].key()) {
        let (mut first, mut second) = (pair[0], pair[1]);
        if first.mark > second.mark {
            std::mem::swap(&mut first, &mut second);
        }
        let spots = two_spots(first.mark, second.mark, rows.names.text(word_of(kind, first)));
        if let Some(problem) = same_key(&rows.names, kind, first, second, twice) {
            findings.later(problem, spots);
        }
    }
    *rows.of_kind(kind) = list;
}

/// The text by which a row is found in its line.
const fn word_of(kind: Kind, row: Row) -> Name {
    match kind {
        Kind::Alias | Kind::Blacklist | Kind::DeviceToken | Kind::Property => row.subject,
        Kind::Tag => match row.value {
            Name::SET => row.item,
            _ => row.subject,
        },
        Kind::Device => row.item,
    }
}

fn same_key(names: &Names, kind: Kind, first: Row, second: Row, twice: &Twice) -> Option<Problem> {
    let subject = names.text(first.subject);
    let listed_twice =
        |what: String| Some(Problem::error(codes::LISTED_TWICE, what).help("leave one of the two out"));
    let declared_twice = |resource: Resource, name: &str| {
        let what = format!("{} is declared twice", show(resource, name));
        Some(Problem::error(codes::DECLARED_TWICE, what).help("declare it in one place"))
    };
    match kind {
        Kind::Alias if first.value == second.value => {
            if twice.aliases.contains(&first.value) {
                return None;
            }
            let alias = show(Resource::Alias, names.text(first.value));
            listed_twice(format!("the user {} is listed twice in {alias}", quoted(subject)))
        }
        Kind::Alias => {
            let (one, other) = (names.text(first.value), names.text(second.value));
            let what = format!(
                "the user {} has two aliases, {} and {}",
                quoted(subject),
                quoted(one),
                quoted(other)
            );
            Some(
                Problem::error(codes::TWO_ALIASES, what)
                    .help("a user has one alias: leave the user out of the other"),
            )
        }
        Kind::Tag if first.value != second.value => None,
        Kind::Tag if first.value == Name::SET => {
            if twice.sets.contains(&first.subject) {
                return None;
            }
            let set = show(Resource::TagSet, subject);
            listed_twice(format!("the tag {} is listed twice in {set}", quoted(names.text(first.item))))
        }
        Kind::Tag => {
            if twice.members.contains(&first.item) {
                return None;
            }
            let members = show(Resource::TagMembers, names.text(first.item));
            listed_twice(format!("the user {} is listed twice in {members}", quoted(subject)))
        }
        Kind::Blacklist => {
            listed_twice(format!("the user {} is listed twice in the blacklist", quoted(subject)))
        }
        Kind::DeviceToken => {
            let channel = show(Resource::DeviceTokens, names.text(first.item));
            let what = format!("the user {} has two tokens in {channel}", quoted(subject));
            Some(
                Problem::error(codes::DECLARED_TWICE, what)
                    .help("declare one token for each user of a channel"),
            )
        }
        Kind::Property => declared_twice(Resource::Property, subject),
        Kind::Device => {
            if twice.devices.contains(&first.subject) {
                return None;
            }
            let device = show(Resource::Device, subject);
            listed_twice(format!(
                "the property {} has two values on {device}",
                quoted(names.text(first.item))
            ))
        }
    }
}

/// Lists in YAML are counted where they stand; an alias in a CSV file is counted here.
fn alias_sizes(rows: &mut Rows, findings: &mut Findings) {
    let max = limits::ALIAS_USERS_MAX;
    let mut counts = vec![0_u8; rows.names.len()];
    let list = std::mem::take(rows.of_kind(Kind::Alias));
    for row in &list {
        let count = &mut counts[row.value.index()];
        *count = count.saturating_add(1);
        if usize::from(*count) == max + 1 {
            let alias = rows.names.text(row.value);
            let what = format!("{} has more than {max} users", show(Resource::Alias, alias));
            let problem = Problem::error(codes::TOO_MANY_USERS, what)
                .help("spread the users over several aliases, or use a tag");
            findings.later(problem, [Spot::new(row.mark, alias, "")]);
        }
    }
    *rows.of_kind(Kind::Alias) = list;
}

/// Each user's tags: how many, how long, and members that the user's own set does not hold.
fn tags(rows: &mut Rows, findings: &mut Findings) {
    let list = std::mem::take(rows.of_kind(Kind::Tag));
    let mut sets = rows.sets.as_slice();
    for of_user in list.chunk_by(|a, b| a.subject == b.subject) {
        let user = of_user[0].subject;
        while sets.first().is_some_and(|set| set.name < user) {
            sets = &sets[1..];
        }
        let set = sets.first().filter(|set| set.name == user);
        if let Some(set) = set {
            members_outside(&rows.names, of_user, *set, findings);
        }
        tag_sizes(&rows.names, of_user, set, findings);
    }
    *rows.of_kind(Kind::Tag) = list;
}

fn members_outside(names: &Names, of_user: &[Row], set: Declared, findings: &mut Findings) {
    for same in of_user.chunk_by(|a, b| a.item == b.item) {
        if same[0].value == Name::SET {
            continue;
        }
        let (user, tag) = (names.text(set.name), names.text(same[0].item));
        let what = format!(
            "the user {} is a member of {}, but their exact set lacks that tag",
            quoted(user),
            show(Resource::TagMembers, tag)
        );
        let problem = Problem::error(codes::NOT_IN_SET, what)
            .help("a tag set is exact: add the tag to it, or leave the user out of the members");
        findings.later(
            problem,
            [Spot::new(same[0].mark, user, "a member here"), Spot::new(set.mark, user, "the exact set")],
        );
    }
}

fn tag_sizes(names: &Names, of_user: &[Row], set: Option<&Declared>, findings: &mut Findings) {
    let (mut count, mut chars, mut last) = (0, 0, None);
    for row in of_user.iter().filter(|row| last.replace(row.item) != Some(row.item)) {
        count += 1;
        // Bytes first: most sets are far below the limit, and counting characters costs more.
        chars += names.text(row.item).len();
        if count == limits::USER_TAGS_MAX + 1 {
            let user = names.text(row.subject);
            let what = format!("the user {} has more than {} tags", quoted(user), limits::USER_TAGS_MAX);
            let problem = Problem::error(codes::TOO_MANY_TAGS, what)
                .help("tag sets and members count together; leave some out");
            findings.later(problem, [Spot::new(row.mark, user, "one too many")]);
        }
    }
    let Some(set) = set else { return };
    if chars > limits::OVERWRITE_CHARS_MAX {
        chars =
            of_user.iter().filter(|row| row.value == Name::SET).map(|row| chars_of(names, row.item)).sum();
    }
    if chars > limits::OVERWRITE_CHARS_MAX {
        let user = names.text(set.name);
        let what = format!("the tags of {} have {chars} characters together", quoted(user));
        let help = format!(
            "one overwrite carries {}; Pushform writes this set tag by tag, which takes more calls",
            limits::OVERWRITE_CHARS_MAX
        );
        findings
            .later(Problem::warning(codes::SET_TOO_LONG, what).help(help), [Spot::new(set.mark, user, "")]);
    }
}

fn chars_of(names: &Names, name: Name) -> usize {
    names.text(name).chars().count()
}

/// Values of devices against the properties that are declared.
fn values(rows: &mut Rows, findings: &mut Findings) {
    let list = std::mem::take(rows.of_kind(Kind::Device));
    let mut unknown: BTreeMap<(Name, &str), (usize, u32)> = BTreeMap::new();
    let mut before = (Name::NONE, None);
    for row in &list {
        if row.item != before.0 {
            before = (row.item, rows.types.get(&row.item).copied());
        }
        match before.1 {
            Some(Some(kind)) => check_value(&rows.names, *row, kind, findings),
            Some(None) => {}
            None if findings.has_gaps => {}
            None => {
                let file = rows.origins.line(row.mark).map_or("", |(file, _)| file);
                let (count, first) = unknown.entry((row.item, file)).or_insert((0, row.mark));
                *count += 1;
                *first = row.mark.min(*first);
            }
        }
    }
    for ((property, _), (count, mark)) in unknown {
        let text = rows.names.text(property);
        let known: Vec<&str> = rows.types.keys().map(|name| rows.names.text(*name)).collect();
        let values = if count == 1 { "a value".to_owned() } else { format!("{count} values") };
        let what = format!("the property {} is not declared, and has {values} here", quoted(text));
        let help = match super::source::nearest(text, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "declare it under `properties` with its type".to_owned(),
        };
        findings.later(
            Problem::error(codes::UNKNOWN_PROPERTY, what).help(help),
            [Spot::new(mark, text, "the first of them")],
        );
    }
    *rows.of_kind(Kind::Device) = list;
}

fn check_value(names: &Names, row: Row, kind: PropertyType, findings: &mut Findings) {
    let text = names.text(row.value);
    if kind.holds(text) {
        return;
    }
    let property = names.text(row.item);
    let what = format!("{} is no {} as the property {} wants", quoted(text), kind.word(), quoted(property));
    let help = match kind {
        PropertyType::String => "any text will do",
        PropertyType::Number => "a number looks like 3, -1.5 or 2e6",
        PropertyType::Bool => "it is true or false",
        PropertyType::Datetime => "a datetime looks like 2026-11-22 10:12:00",
    };
    let word = if text.is_empty() { property } else { text };
    findings.later(Problem::error(codes::VALUE_TYPE, what).help(help), [Spot::new(row.mark, word, "")]);
}

fn alias_bytes(rows: &Rows, findings: &mut Findings) {
    for declared in &rows.aliases {
        let alias = rows.names.text(declared.name);
        if alias.len() > limits::ALIAS_BYTES_WARN {
            let what = format!("the alias {} has {} bytes", quoted(alias), alias.len());
            let help = format!(
                "today's documents count {} characters, older ones {} bytes: the vendor may refuse it",
                limits::ALIAS_CHARS_MAX,
                limits::ALIAS_BYTES_WARN
            );
            let problem = Problem::warning(codes::ALIAS_BYTES, what).help(help);
            findings.later(problem, [Spot::new(declared.mark, alias, "")]);
        }
    }
}

impl Rows {
    /// The declaration, from rows that were checked.
    #[must_use]
    pub fn into_compiled(mut self, digest: String) -> Compiled {
        let mut desired = Desired { digest, is_silent: !self.has_section, ..Desired::default() };
        for kind in Kind::ALL {
            let rows = std::mem::take(self.of_kind(kind));
            desired.tables.set(kind, crate::table::Table::from_rows(rows));
        }
        let names = |list: Vec<Declared>| list.into_iter().map(|declared| declared.name).collect();
        desired.aliases = names(self.aliases);
        desired.exact_users = names(self.sets);
        self.protected.sort_unstable();
        self.protected.dedup();
        desired.protected = self.protected;
        desired.origins = self.origins;
        Compiled { names: self.names, desired }
    }
}
