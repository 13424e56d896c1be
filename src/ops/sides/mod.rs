//! The two sides that a plan compares, what is declared and what is recorded, read side by side in the order of their
//! texts. In memory stands what differs and what is asked about; the rest is counted.
//!
//! What is asked about is only known step by step: the aliases that change bring up their other users, and what the
//! vendors show brings up who it is. So a kind is read again where that is so, and each reading takes what the pool of
//! names holds by then.

mod merge;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::ControlFlow;

use crate::apply::resume;
use crate::manifest::declaration::spill_problem;
use crate::manifest::{Declaration, Desired};
use crate::names::{Name, Names};
use crate::plan::{Live, Recorded};
use crate::problem::{Problems, Result};
use crate::state::{RowChange, RowQuery, Store, each_row};
use crate::table::{Kind, Row};
use crate::text_rows::TextRow;

use merge::{Interest, Merge, Merged};

/// Both sides.
pub struct Sides<'a> {
    store: &'a dyn Store,
    declaration: &'a Declaration,
    interests: [Interest; 6],
    /// The pool of everything that stands in memory.
    pub names: Names,
    /// What is declared, as far as it differs or is asked about.
    pub desired: Desired,
    /// What is recorded, likewise, and how many rows there are beside.
    pub recorded: Recorded,
    /// What calls in doubt change in the record.
    amended: Vec<RowChange>,
}

impl<'a> Sides<'a> {
    /// Nothing of the rows yet. `names` holds what is asked about from the start.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn of(store: &'a dyn Store, declaration: &'a Declaration) -> Result<Self> {
        let mut names = Names::new();
        let recorded = store.about(&mut names).await?;
        let desired = declaration.without_rows(&mut names);
        let interests =
            Kind::ALL.map(|kind| Interest { whole: kind == Kind::Property, ..Interest::default() });
        Ok(Self { store, declaration, interests, names, desired, recorded, amended: Vec::new() })
    }

    /// Asks about every row of these kinds.
    pub fn ask_for_all(&mut self, kinds: &[Kind]) {
        kinds.iter().for_each(|kind| self.interests[*kind as usize].whole = true);
    }

    /// Asks about every tag row that was recorded at this second or later.
    pub fn ask_for_tags_since(&mut self, since: Option<u32>) {
        self.interests[Kind::Tag as usize].since = since;
    }

    /// Asks about everybody who is declared or recorded to carry one of these tags.
    pub fn ask_for_carriers(&mut self, tags: &[Name]) {
        let names = &self.names;
        let tags = tags.iter().map(|tag| names.text(*tag).to_owned());
        self.interests[Kind::Tag as usize].items.extend(tags);
    }

    /// Takes these changes of calls in doubt into the record.
    pub fn amend(&mut self, changes: Vec<RowChange>) {
        self.amended = changes;
        resume::amend(&mut self.recorded, &self.amended);
    }

    /// Reads these kinds again, with what the vendors have shown: who it is about stands in the pool.
    ///
    /// # Errors
    /// The state or the temporary file of the declaration cannot be read.
    pub async fn gather_with(&mut self, live: &Live, kinds: &[Kind]) -> Result<()> {
        self.ask_for_carriers(&live.doubted);
        self.ask_for_values(Some(live));
        self.gather(kinds).await?;
        if self.ask_for_lost_members(live) { self.gather(&[Kind::Tag]).await } else { Ok(()) }
    }

    /// Asks about everybody who carries a tag that somebody who was looked at has lost: the tag's members change. Whether
    /// there are more of them than those who were read.
    fn ask_for_lost_members(&mut self, live: &Live) -> bool {
        let seen = live.tables.of(Kind::Tag);
        let is_lost = |row: &&Row| {
            row.value == Name::MEMBERS
                && live.tag_users.binary_search(&row.subject).is_ok()
                && seen.get(row.subject, row.item).is_none()
        };
        let tables = [&self.desired.tables, &self.recorded.tables].map(|tables| tables.of(Kind::Tag));
        let lost = tables.into_iter().flat_map(|table| table.rows().iter().filter(is_lost));
        let lost = lost.map(|row| self.names.text(row.item).to_owned()).collect();
        let settled = &self.recorded.settled.tags;
        let names = &self.names;
        let has = |item: &str| names.find(item).is_some_and(|tag| settled.contains_key(&tag));
        self.interests[Kind::Tag as usize].take_items(&lost, has)
    }

    /// Reads these kinds.
    ///
    /// # Errors
    /// The state or the temporary file of the declaration cannot be read.
    pub async fn gather(&mut self, kinds: &[Kind]) -> Result<()> {
        for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
            let mut values = 0;
            loop {
                let merged = self.pass(kind).await?;
                let is_again = self.has_more(kind, &merged, &mut values);
                self.put(kind, merged);
                if !is_again {
                    break;
                }
            }
            match kind {
                Kind::Alias => self.aliases().map_err(failed)?,
                Kind::Property => self.ask_for_values(None),
                Kind::Tag | Kind::Blacklist | Kind::DeviceToken | Kind::Device => {}
            }
        }
        resume::amend(&mut self.recorded, &self.amended);
        Ok(())
    }

    /// Reads a kind once.
    async fn pass(&mut self, kind: Kind) -> Result<Merged> {
        let interest = &self.interests[kind as usize];
        let mut merge = Merge::of(kind, self.declaration, interest, &mut self.names).map_err(failed)?;
        let mut taken = Ok(());
        let take = |row: TextRow<'_>| {
            taken = merge.take(row);
            if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        each_row(self.store, RowQuery::Kind(kind), take).await?;
        taken.map_err(failed)?;
        let merged = merge.finish().map_err(failed)?;
        self.names.has_room()?;
        Ok(merged)
    }

    /// Whether rows that were counted have to be read after all, since what was found belongs together with them.
    fn has_more(&mut self, kind: Kind, merged: &Merged, values: &mut usize) -> bool {
        match kind {
            // Who shares an alias with somebody who is asked about.
            Kind::Alias if merged.settled.rows == 0 => false,
            Kind::Alias => {
                let before = std::mem::replace(values, aliases_of(merged).len());
                *values > before
            }
            // Whoever carries a tag of which a member comes or goes.
            Kind::Tag => {
                let names = &self.names;
                let has = |item: &str| names.find(item).is_some_and(|tag| merged.tags.contains_key(&tag));
                self.interests[kind as usize].take_items(&merged.changed, has)
            }
            // Other tokens of a channel; the blacklist.
            Kind::Blacklist | Kind::DeviceToken => {
                self.interests[kind as usize].take_items(&merged.changed, |_| merged.settled.rows > 0)
            }
            Kind::Property | Kind::Device => false,
        }
    }

    fn put(&mut self, kind: Kind, merged: Merged) {
        let Merged { desired, recorded, exact_users, settled, tags, changed: _ } = merged;
        self.desired.tables.set(kind, desired);
        self.recorded.tables.set(kind, recorded);
        self.recorded.settled.set(kind, settled);
        if kind == Kind::Tag {
            self.desired.exact_users = exact_users;
            self.recorded.settled.tags = tags;
        }
    }

    /// The declared aliases: those in the pool by name, the others by number.
    fn aliases(&mut self) -> io::Result<()> {
        let is_whole = self.interests[Kind::Alias as usize].whole;
        let (mut list, mut settled) = (Vec::new(), 0);
        let (mut rows, mut last) = (self.declaration.aliases()?, String::new());
        while rows.step()? {
            let Some(row) = rows.row() else { break };
            if row.subject == last {
                continue;
            }
            last.clear();
            last.push_str(row.subject);
            match self.names.find(row.subject) {
                Some(alias) => list.push(alias),
                None if is_whole => list.push(self.names.intern(row.subject)),
                None => settled += 1,
            }
        }
        list.sort_unstable();
        self.desired.aliases = list;
        self.recorded.settled.aliases = settled;
        Ok(())
    }

    /// Asks about the values of the properties that change, or that the vendor shows otherwise.
    fn ask_for_values(&mut self, live: Option<&Live>) {
        let [desired, recorded] =
            [&self.desired.tables, &self.recorded.tables].map(|tables| tables.of(Kind::Property));
        let live = live.filter(|live| live.properties).map(|live| live.tables.of(Kind::Property));
        let is_same = |row: &&Row| {
            [Some(desired), Some(recorded), live]
                .into_iter()
                .flatten()
                .all(|table| table.get(row.subject, row.item).is_some_and(|other| other.value == row.value))
        };
        let all =
            desired.rows().iter().chain(recorded.rows()).chain(live.into_iter().flat_map(|live| live.rows()));
        let changed = all.filter(|row| !is_same(row)).map(|row| self.names.text(row.subject).to_owned());
        self.interests[Kind::Device as usize].items.extend(changed);
    }
}

/// The aliases of the rows in memory.
fn aliases_of(merged: &Merged) -> std::collections::BTreeSet<Name> {
    let rows = merged.desired.rows().iter().chain(merged.recorded.rows());
    rows.map(|row| row.value).collect()
}

fn failed(error: io::Error) -> Problems {
    spill_problem(&error).into()
}
