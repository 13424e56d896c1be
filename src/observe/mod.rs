//! Reads the live side with the fewest calls: by alias first, by user only those that no alias showed, page by
//! page where there are pages.
//!
//! A step's reads are a list, sent through the gate side by side; their answers become rows. What the rows mean
//! is `plan/`'s.

mod aliases;
mod properties;
mod reader;
mod scope;
mod unknown;
pub mod users;
mod values;

pub use reader::Reader;
pub use scope::{Asked, Refresh, Scope, pace_ms};
pub use unknown::unknown_users;

use unknown::Existing;

use crate::gate::Gate;
use crate::kind::{Answer, Provider, Read};
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::plan::{Live, Recorded};
use crate::problem::Result;
use crate::table::{Kind, Row, Table};

/// Everything that a reading needs.
pub struct Observer<'a> {
    /// The way to the vendors.
    pub gate: &'a Gate,
    /// What is declared.
    pub desired: &'a Desired,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// The accounts.
    pub providers: &'a [&'a dyn Provider],
    /// What shall be looked at.
    pub scope: Scope,
}

/// Reads what the scope says. Every name that the vendors showed is in the pool afterwards.
///
/// # Errors
/// The first reading that failed for good, in the vendor's words.
pub async fn observe(observer: &Observer<'_>, names: &mut Names) -> Result<Live> {
    let reader = Reader::new(observer.gate);
    let mut live = Live { looked: observer.scope.kinds().to_vec(), ..Live::default() };
    if observer.scope.looks_at(Kind::Property) {
        properties::observe(observer, &reader, names, &mut live).await?;
    }
    let mut existing = Existing::default();
    if observer.scope.looks_at(Kind::Alias) {
        aliases::observe(observer, &reader, &mut existing, names, &mut live).await?;
    }
    if observer.scope.looks_at(Kind::Tag) {
        observer.tags(&reader, &mut existing, names, &mut live).await?;
    }
    live.unknown = existing.unknown;
    if observer.scope.looks_at(Kind::Device) {
        values::observe(observer, &reader, names, &mut live).await?;
    }
    live.calls = reader.calls();
    live.latency_ms = observer.gate.latency_ms();
    Ok(live)
}

impl Observer<'_> {
    /// One call a user: there is no shorter way to see tags.
    async fn tags(
        &self,
        reader: &Reader<'_>,
        existing: &mut Existing,
        names: &mut Names,
        live: &mut Live,
    ) -> Result<()> {
        let users = existing.among(self, reader, self.tag_users(), names).await?;
        let mut rows = Vec::new();
        let take = |user: Name, answer: Answer, names: &mut Names| {
            let Answer::Texts(tags) = answer else { return };
            let row =
                |tag: &String| Row { subject: user, item: names.intern(tag), value: Name::MEMBERS, mark: 0 };
            rows.extend(tags.iter().map(row));
        };
        reader.each(&users, Read::TagsOf, names, take).await?;
        live.tables.set(Kind::Tag, Table::from_rows(rows));
        live.tag_users = users;
        Ok(())
    }

    /// Everybody with a declared tag set, a declared tag or a recorded one.
    fn tag_users(&self) -> Vec<Name> {
        let desired = subjects(self.desired.tables.of(Kind::Tag));
        let recorded = subjects(self.recorded.tables.of(Kind::Tag));
        union(desired.chain(recorded).chain(self.desired.exact_users.iter().copied()))
    }
}

/// The subjects of a table, each once for every run of equal ones.
fn subjects(table: &Table) -> impl Iterator<Item = Name> {
    let rows = table.rows();
    let first = |at: usize| at == 0 || rows[at - 1].subject != rows[at].subject;
    (0..rows.len()).filter(move |at| first(*at)).map(|at| rows[at].subject)
}

/// These names sorted by number, each once.
fn union(names: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut all: Vec<Name> = names.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a sorted list holds a name.
fn holds(sorted: &[Name], name: Name) -> bool {
    sorted.binary_search(&name).is_ok()
}
