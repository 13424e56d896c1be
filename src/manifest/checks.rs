//! What rows mean together: things declared twice, users with two aliases, values of undeclared properties.
//!
//! The rows are sorted, so what belongs together are neighbours. No row has a place at hand, so every problem here is
//! one of marks.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::address::{Resource, show};
use crate::kind::{PropertyType, limits};
use crate::problem::Problem;
use crate::table::Kind;
use crate::text_rows::{SET, TextRow, TextRows};

use super::codes;
use super::declaration::{Declaration, Groups, by_key};
use super::doubtful::Doubtful;
use super::findings::{Findings, Spot};
use super::rows::{BY_RECORD, Stream};
use super::source::quoted;

/// Reports what cannot be together. Errors that are only due to what could not be read are left out.
///
/// # Errors
/// The temporary file of the rows cannot be read.
pub fn check(declaration: &Declaration, has_gaps: bool, findings: &mut Findings) -> io::Result<()> {
    let twice = Twice {
        aliases: aliases(declaration, findings)?,
        sets: declared_twice(declaration, Stream::Sets, Resource::TagSet, findings)?,
        members: declared_twice(declaration, Stream::Members, Resource::TagMembers, findings)?,
        devices: declared_twice(declaration, Stream::Devices, Resource::Device, findings)?,
    };
    let mut doubtful = Doubtful::default();
    let mut members = declaration.stream(Stream::Members)?;
    while members.step()? {
        members.row().iter().for_each(|row| doubtful.judge(row.subject, row.mark, "tag"));
    }
    let mut values = Values { declaration, has_gaps, unknown: BTreeMap::new() };
    let mut sets = Groups::of(declaration.stream(Stream::Sets)?)?;
    for kind in Kind::ALL {
        let mut groups = Groups::of(declaration.rows(kind)?)?;
        loop {
            let group: &TextRows = groups.step()?;
            let rows: Vec<TextRow<'_>> = group.iter().collect();
            let Some(first) = rows.first() else { break };
            for same in by_key(&rows) {
                neighbours(kind, same, &twice, findings);
            }
            match kind {
                Kind::Tag => {
                    rows.iter().for_each(|row| doubtful.judge(row.item, row.mark, "tag"));
                    let set = sets.at(first.subject)?.get(0).map(|set| set.mark);
                    tags(&rows, set, findings);
                }
                Kind::Property => {
                    rows.iter().for_each(|row| doubtful.judge(row.subject, row.mark, "property"))
                }
                Kind::Device => rows.iter().for_each(|row| values.check(*row, findings)),
                Kind::Alias | Kind::Blacklist | Kind::DeviceToken => {}
            }
        }
    }
    values.finish(findings);
    doubtful.finish(findings);
    Ok(())
}

/// What is declared twice, so that its rows are too, and need not be named again.
struct Twice {
    aliases: BTreeSet<String>,
    sets: BTreeSet<String>,
    members: BTreeSet<String>,
    devices: BTreeSet<String>,
}

fn declared_twice(
    declaration: &Declaration,
    stream: Stream,
    resource: Resource,
    findings: &mut Findings,
) -> io::Result<BTreeSet<String>> {
    let mut twice = BTreeSet::new();
    let mut groups = Groups::of(declaration.stream(stream)?)?;
    loop {
        let group = groups.step()?;
        let Some(first) = group.get(0) else { return Ok(twice) };
        let marks: Vec<u32> = group.iter().map(|row| row.mark).collect();
        if are_two(resource, first.subject, &marks, findings) {
            twice.insert(first.subject.to_owned());
        }
    }
}

/// Whether there is more than one declaration, which is an error then.
fn are_two(resource: Resource, text: &str, marks: &[u32], findings: &mut Findings) -> bool {
    for pair in marks.windows(2) {
        let problem =
            Problem::error(codes::DECLARED_TWICE, format!("{} is declared twice", show(resource, text)))
                .help("declare it in one place, with everything that belongs to it");
        findings.later(problem, two_spots(pair[0], pair[1], text));
    }
    marks.len() > 1
}

fn two_spots(first: u32, second: u32, text: &str) -> Vec<Spot> {
    let [first, second] = Spot::pair(Spot::new(first, text, "first here"), Spot::new(second, text, "again"));
    vec![second, first]
}

/// Each alias: declared once, with so many users, and how long. In a file an alias stands once for each user, and is
/// declared once all the same.
fn aliases(declaration: &Declaration, findings: &mut Findings) -> io::Result<BTreeSet<String>> {
    let mut twice = BTreeSet::new();
    let mut groups = Groups::of(declaration.aliases()?)?;
    loop {
        let group = groups.step()?;
        let Some(first) = group.get(0) else { return Ok(twice) };
        let alias = first.subject;
        let (mut marks, mut users) = (Vec::new(), Vec::new());
        let mut files: BTreeMap<usize, u32> = BTreeMap::new();
        for row in group.iter() {
            if row.item.is_empty() {
                marks.push(row.mark);
                continue;
            }
            users.push(row.mark);
            if row.value == BY_RECORD {
                let first = files.entry(declaration.origins.stretch(row.mark)).or_insert(row.mark);
                *first = row.mark.min(*first);
            }
        }
        marks.extend(files.into_values());
        marks.sort_unstable();
        if are_two(Resource::Alias, alias, &marks, findings) {
            twice.insert(alias.to_owned());
        }
        alias_size(alias, users, findings);
        alias_bytes(alias, marks[0], findings);
    }
}

/// Lists in YAML are counted where they stand; an alias in a CSV file is counted here.
fn alias_size(alias: &str, mut users: Vec<u32>, findings: &mut Findings) {
    let max = limits::ALIAS_USERS_MAX;
    if users.len() > max {
        users.sort_unstable();
        let what = format!("{} has more than {max} users", show(Resource::Alias, alias));
        let problem = Problem::error(codes::TOO_MANY_USERS, what)
            .help("spread the users over several aliases, or use a tag");
        findings.later(problem, [Spot::new(users[max], alias, "")]);
    }
}

fn alias_bytes(alias: &str, mark: u32, findings: &mut Findings) {
    if alias.len() > limits::ALIAS_BYTES_WARN {
        let what = format!("the alias {} has {} bytes", quoted(alias), alias.len());
        let help = format!(
            "today's documents count {} characters, older ones {} bytes: the vendor may refuse it",
            limits::ALIAS_CHARS_MAX,
            limits::ALIAS_BYTES_WARN
        );
        let problem = Problem::warning(codes::ALIAS_BYTES, what).help(help);
        findings.later(problem, [Spot::new(mark, alias, "")]);
    }
}

fn neighbours(kind: Kind, same: &[TextRow<'_>], twice: &Twice, findings: &mut Findings) {
    for pair in same.windows(2) {
        let (mut first, mut second) = (pair[0], pair[1]);
        if first.mark > second.mark {
            std::mem::swap(&mut first, &mut second);
        }
        if let Some(problem) = same_key(kind, first, second, twice) {
            findings.later(problem, two_spots(first.mark, second.mark, word_of(kind, first)));
        }
    }
}

/// The text by which a row is found in its line.
fn word_of(kind: Kind, row: TextRow<'_>) -> &str {
    match kind {
        Kind::Alias | Kind::Blacklist | Kind::DeviceToken | Kind::Property => row.subject,
        Kind::Tag if row.value == SET => row.item,
        Kind::Tag => row.subject,
        Kind::Device => row.item,
    }
}

fn same_key(kind: Kind, first: TextRow<'_>, second: TextRow<'_>, twice: &Twice) -> Option<Problem> {
    let subject = first.subject;
    let listed_twice =
        |what: String| Some(Problem::error(codes::LISTED_TWICE, what).help("leave one of the two out"));
    let declared_twice = |resource: Resource, name: &str| {
        let what = format!("{} is declared twice", show(resource, name));
        Some(Problem::error(codes::DECLARED_TWICE, what).help("declare it in one place"))
    };
    match kind {
        Kind::Alias if first.value == second.value => {
            if twice.aliases.contains(first.value) {
                return None;
            }
            let alias = show(Resource::Alias, first.value);
            listed_twice(format!("the user {} is listed twice in {alias}", quoted(subject)))
        }
        Kind::Alias => {
            let what = format!(
                "the user {} has two aliases, {} and {}",
                quoted(subject),
                quoted(first.value),
                quoted(second.value)
            );
            Some(
                Problem::error(codes::TWO_ALIASES, what)
                    .help("a user has one alias: leave the user out of the other"),
            )
        }
        Kind::Tag if first.value != second.value => None,
        Kind::Tag if first.value == SET => {
            if twice.sets.contains(subject) {
                return None;
            }
            let set = show(Resource::TagSet, subject);
            listed_twice(format!("the tag {} is listed twice in {set}", quoted(first.item)))
        }
        Kind::Tag => {
            if twice.members.contains(first.item) {
                return None;
            }
            let members = show(Resource::TagMembers, first.item);
            listed_twice(format!("the user {} is listed twice in {members}", quoted(subject)))
        }
        Kind::Blacklist => {
            listed_twice(format!("the user {} is listed twice in the blacklist", quoted(subject)))
        }
        Kind::DeviceToken => {
            let channel = show(Resource::DeviceTokens, first.item);
            let what = format!("the user {} has two tokens in {channel}", quoted(subject));
            Some(
                Problem::error(codes::DECLARED_TWICE, what)
                    .help("declare one token for each user of a channel"),
            )
        }
        Kind::Property => declared_twice(Resource::Property, subject),
        Kind::Device => {
            if twice.devices.contains(subject) {
                return None;
            }
            let device = show(Resource::Device, subject);
            listed_twice(format!("the property {} has two values on {device}", quoted(first.item)))
        }
    }
}

/// One user's tags: how many, how long, and members that the user's own set does not hold. `set` is where that is
/// declared, if it is.
fn tags(of_user: &[TextRow<'_>], set: Option<u32>, findings: &mut Findings) {
    if let Some(set) = set {
        members_outside(of_user, set, findings);
    }
    tag_sizes(of_user, set, findings);
}

fn members_outside(of_user: &[TextRow<'_>], set: u32, findings: &mut Findings) {
    for same in by_key(of_user).filter(|same| same[0].value != SET) {
        let (user, tag) = same[0].key();
        let what = format!(
            "the user {} is a member of {}, but their exact set lacks that tag",
            quoted(user),
            show(Resource::TagMembers, tag)
        );
        let problem = Problem::error(codes::NOT_IN_SET, what)
            .help("a tag set is exact: add the tag to it, or leave the user out of the members");
        findings.later(
            problem,
            [Spot::new(same[0].mark, user, "a member here"), Spot::new(set, user, "the exact set")],
        );
    }
}

fn tag_sizes(of_user: &[TextRow<'_>], set: Option<u32>, findings: &mut Findings) {
    let user = of_user[0].subject;
    let each = || by_key(of_user).map(|same| &same[0]);
    if let Some(beyond) = each().nth(limits::USER_TAGS_MAX) {
        let what = format!("the user {} has more than {} tags", quoted(user), limits::USER_TAGS_MAX);
        let problem = Problem::error(codes::TOO_MANY_TAGS, what)
            .help("tag sets and members count together; leave some out");
        findings.later(problem, [Spot::new(beyond.mark, user, "one too many")]);
    }
    let Some(set) = set else { return };
    // Bytes first: most sets are far below the limit, and counting characters costs more.
    let mut chars: usize = each().map(|row| row.item.len()).sum();
    if chars > limits::OVERWRITE_CHARS_MAX {
        let of_set = of_user.iter().filter(|row| row.value == SET);
        chars = of_set.map(|row| row.item.chars().count()).sum();
    }
    if chars > limits::OVERWRITE_CHARS_MAX {
        let what = format!("the tags of {} have {chars} characters together", quoted(user));
        let help = format!(
            "one overwrite carries {}; Pushform writes this set tag by tag, which takes more calls",
            limits::OVERWRITE_CHARS_MAX
        );
        findings.later(Problem::warning(codes::SET_TOO_LONG, what).help(help), [Spot::new(set, user, "")]);
    }
}

/// Values of devices against the properties that are declared.
struct Values<'a> {
    declaration: &'a Declaration,
    has_gaps: bool,
    /// By property and file: how many values, and the first of them.
    unknown: BTreeMap<(String, String), (usize, u32)>,
}

impl Values<'_> {
    fn check(&mut self, row: TextRow<'_>, findings: &mut Findings) {
        match self.declaration.types.get(row.item) {
            Some(Some(kind)) => check_value(row, *kind, findings),
            Some(None) => {}
            None if self.has_gaps => {}
            None => {
                let file = self.declaration.origins.line(row.mark).map_or("", |(file, _)| file);
                let key = (row.item.to_owned(), file.to_owned());
                let (count, first) = self.unknown.entry(key).or_insert((0, row.mark));
                *count += 1;
                *first = row.mark.min(*first);
            }
        }
    }

    fn finish(self, findings: &mut Findings) {
        for ((property, _), (count, mark)) in self.unknown {
            let known: Vec<&str> = self.declaration.types.keys().map(String::as_str).collect();
            let values = if count == 1 { "a value".to_owned() } else { format!("{count} values") };
            let what = format!("the property {} is not declared, and has {values} here", quoted(&property));
            let help = match super::source::nearest(&property, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "declare it under `properties` with its type".to_owned(),
            };
            findings.later(
                Problem::error(codes::UNKNOWN_PROPERTY, what).help(help),
                [Spot::new(mark, &property, "the first of them")],
            );
        }
    }
}

fn check_value(row: TextRow<'_>, kind: PropertyType, findings: &mut Findings) {
    if kind.holds(row.value) {
        return;
    }
    let what =
        format!("{} is no {} as the property {} wants", quoted(row.value), kind.word(), quoted(row.item));
    let help = match kind {
        PropertyType::String => "any text will do",
        PropertyType::Number => "a number looks like 3, -1.5 or 2e6",
        PropertyType::Bool => "it is true or false",
        PropertyType::Datetime => "a datetime looks like 2026-11-22 10:12:00",
    };
    let word = if row.value.is_empty() { row.item } else { row.value };
    findings.later(Problem::error(codes::VALUE_TYPE, what).help(help), [Spot::new(row.mark, word, "")]);
}
