//! The declared and the recorded rows of one kind, side by side in the order of their texts: what differs or is asked
//! about goes into tables, the rest is counted.
//!
//! A subject goes with all of its rows or with none.

use std::collections::BTreeMap;
use std::io;

use hashbrown::{HashMap, HashSet};

use crate::manifest::Declaration;
use crate::manifest::declaration::Groups;
use crate::names::{Name, Names};
use crate::plan::{SettledKind, SettledTag};
use crate::table::{Kind, Row, Table};
use crate::text_rows::{MEMBERS, SET, TextRow, TextRows};

/// What is asked about, whether it differs or not.
#[derive(Clone, Debug, Default)]
pub struct Interest {
    /// Every row.
    pub whole: bool,
    /// Subjects with a row of one of these items.
    pub items: HashSet<String>,
    /// Subjects with a row that was recorded at this second or later.
    pub since: Option<u32>,
}

impl Interest {
    /// Asks about these items as well. Whether one of them is new and has settled rows.
    pub fn take_items(&mut self, items: &HashSet<String>, is_settled: impl Fn(&str) -> bool) -> bool {
        let new: Vec<&String> = items.iter().filter(|item| !self.items.contains(*item)).collect();
        let has_more = new.iter().any(|item| is_settled(item));
        self.items.extend(new.into_iter().cloned());
        has_more
    }

    /// Whether one of a subject's rows is asked about. Every text of the pool is: it stands in a row that differs, or a
    /// vendor has shown it.
    fn holds(&self, kind: Kind, names: &Names, desired: &TextRows, recorded: &TextRows) -> bool {
        let asks = |row: TextRow<'_>| {
            (!self.items.is_empty() && self.items.contains(row.item))
                || (kind == Kind::Alias && names.find(row.value).is_some())
        };
        let subject = desired.get(0).or_else(|| recorded.get(0)).map_or("", |row| row.subject);
        self.whole
            || names.find(subject).is_some()
            || desired.iter().chain(recorded.iter()).any(asks)
            || self.since.is_some_and(|since| recorded.iter().any(|row| row.mark >= since))
    }
}

/// What a merge comes to.
#[derive(Debug, Default)]
pub struct Merged {
    /// Declared rows that differ or are asked about.
    pub desired: Table,
    /// Recorded ones.
    pub recorded: Table,
    /// Of tags: users with a declared set among those, sorted by number.
    pub exact_users: Vec<Name>,
    /// The others.
    pub settled: SettledKind,
    /// The others of tags, by tag.
    pub tags: BTreeMap<Name, SettledTag>,
    /// The items of rows that differ, where they are what the rows are declared by: a tag's members, a channel, the
    /// blacklist.
    pub changed: HashSet<String>,
}

/// A merge under way.
pub struct Merge<'a> {
    declared: Groups<'a>,
    sets: Option<Groups<'a>>,
    recorded: TextRows,
    out: Out<'a>,
}

impl<'a> Merge<'a> {
    /// None of the rows yet.
    ///
    /// # Errors
    /// The temporary file of the declaration cannot be read; so in all that follow.
    pub fn of(
        kind: Kind,
        declaration: &'a Declaration,
        interest: &'a Interest,
        names: &'a mut Names,
    ) -> io::Result<Self> {
        let sets = (kind == Kind::Tag).then(|| declaration.exact_users().and_then(Groups::of));
        Ok(Self {
            declared: Groups::of(declaration.rows(kind)?)?,
            sets: sets.transpose()?,
            recorded: TextRows::default(),
            out: Out {
                kind,
                interest,
                names,
                rows: [Vec::new(), Vec::new()],
                exact_users: Vec::new(),
                settled: SettledKind::default(),
                tags: HashMap::new(),
                changed: HashSet::new(),
            },
        })
    }

    /// Takes the next recorded row.
    ///
    /// # Errors
    /// As [`Merge::of`].
    pub fn take(&mut self, row: TextRow<'_>) -> io::Result<()> {
        if self.recorded.last().is_some_and(|last| last.subject != row.subject) {
            self.subject()?;
        }
        self.recorded.push(row);
        Ok(())
    }

    /// Goes on to the subject whose recorded rows are complete.
    fn subject(&mut self) -> io::Result<()> {
        let mut recorded = std::mem::take(&mut self.recorded);
        if let Some(row) = recorded.get(0) {
            self.before(Some(row.subject))?;
            let exact = is_exact(self.sets.as_mut(), row.subject)?;
            self.out.subject(row.subject, self.declared.at(row.subject)?, &recorded, exact);
        }
        recorded.clear();
        self.recorded = recorded;
        Ok(())
    }

    /// Takes the declared subjects before this one, all of them where there is none.
    fn before(&mut self, subject: Option<&str>) -> io::Result<()> {
        let none = TextRows::default();
        loop {
            let set = self.sets.as_ref().and_then(Groups::next_subject);
            let least = match (set, self.declared.next_subject()) {
                (Some(set), Some(rows)) => set.min(rows),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return Ok(()),
            };
            if subject.is_some_and(|subject| least >= subject) {
                return Ok(());
            }
            let least = least.to_owned();
            let exact = is_exact(self.sets.as_mut(), &least)?;
            self.out.subject(&least, self.declared.at(&least)?, &none, exact);
        }
    }

    /// Takes what is declared behind the last recorded row.
    ///
    /// # Errors
    /// As [`Merge::of`].
    pub fn finish(mut self) -> io::Result<Merged> {
        self.subject()?;
        self.before(None)?;
        let Out { names, rows, mut exact_users, settled, tags, changed, .. } = self.out;
        let [desired, recorded] = rows.map(Table::from_rows);
        exact_users.sort_unstable();
        let tags = tags.iter().map(|(tag, counts)| (names.intern(tag), *counts)).collect();
        Ok(Merged { desired, recorded, exact_users, settled, tags, changed })
    }
}

/// Whether a user's tags are declared as a set.
fn is_exact(sets: Option<&mut Groups<'_>>, subject: &str) -> io::Result<bool> {
    sets.map_or(Ok(false), |sets| Ok(!sets.at(subject)?.is_empty()))
}

/// Where a subject's rows go.
struct Out<'a> {
    kind: Kind,
    interest: &'a Interest,
    names: &'a mut Names,
    rows: [Vec<Row>; 2],
    exact_users: Vec<Name>,
    settled: SettledKind,
    tags: HashMap<String, SettledTag>,
    changed: HashSet<String>,
}

impl Out<'_> {
    fn subject(&mut self, subject: &str, desired: &TextRows, recorded: &TextRows, exact: bool) {
        let differs =
            self.differences(desired, recorded) || (exact && !recorded.iter().any(|row| row.value == SET));
        if !differs && !self.interest.holds(self.kind, self.names, desired, recorded) {
            return self.settle(recorded);
        }
        let mut last = None;
        for row in desired.iter().filter(|row| last.replace(row.key()) != Some(row.key())) {
            self.rows[0].push(row.intern(self.names));
        }
        for row in recorded.iter() {
            self.rows[1].push(row.intern(self.names));
        }
        if exact {
            self.exact_users.push(self.names.intern(subject));
        }
    }

    /// Whether the two sides of a subject differ; notes what they differ in.
    fn differences(&mut self, desired: &TextRows, recorded: &TextRows) -> bool {
        let mut differs = false;
        let (mut at, mut other, mut last) = (0, 0, None);
        loop {
            let declared = desired.get(at);
            if declared.is_some() && declared.map(|row| row.key()) == last {
                at += 1;
                continue;
            }
            let (declared, known) = match (declared, recorded.get(other)) {
                (None, None) => return differs,
                (Some(declared), Some(known)) if declared.key() == known.key() => {
                    (Some(declared), Some(known))
                }
                (Some(declared), Some(known)) if declared.key() < known.key() => (Some(declared), None),
                (declared, None) => (declared, None),
                (_, known) => (None, known),
            };
            last = declared.map(|row| row.key()).or(last);
            at += usize::from(declared.is_some());
            other += usize::from(known.is_some());
            if declared.map(|row| row.value) != known.map(|row| row.value) {
                differs = true;
                declared.into_iter().chain(known).for_each(|row| self.note(row));
            }
        }
    }

    /// Notes the item of a row that differs, where it says by what the row is declared.
    fn note(&mut self, row: TextRow<'_>) {
        let is_by_item = match self.kind {
            Kind::Tag => row.value == MEMBERS,
            Kind::Blacklist | Kind::DeviceToken => true,
            Kind::Alias | Kind::Property | Kind::Device => false,
        };
        if is_by_item && !self.changed.contains(row.item) {
            self.changed.insert(row.item.to_owned());
        }
    }

    fn settle(&mut self, recorded: &TextRows) {
        self.settled.subjects += 1;
        for row in recorded.iter() {
            self.settled.rows += 1;
            self.settled.recorded_at = self.settled.recorded_at.max(row.mark);
            if self.kind == Kind::Tag {
                let counts = self.tags.entry_ref(row.item).or_default();
                counts.rows += 1;
                counts.sets |= row.value == SET;
                counts.members |= row.value != SET;
            }
        }
    }
}
