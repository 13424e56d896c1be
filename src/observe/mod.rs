//! Reads the live side with the fewest calls: by alias first, by user only those that no alias showed, page by
//! page where there are pages.
//!
//! A step's reads are a list, sent through the gate side by side; their answers become rows. What the rows mean
//! is `plan/`'s.

mod aliases;
mod counted;
mod drawn;
pub mod pages;
mod properties;
mod question;
mod read_budget;
mod reader;
mod scope;
mod unknown;
pub mod users;
mod values;
mod worth;

pub use drawn::{draw, population};
pub use properties::{Listed, list_properties, values_of, whole};
pub use question::Asked;
pub use reader::Reader;
pub use scope::{Depth, Refresh, Scope, calls_within, pace_ms};
pub use unknown::unknown_users;

use question::{Lookups, Question};
use unknown::Existing;

use crate::gate::Gate;
use crate::kind::{Answer, Read};
use crate::names::{Name, Names};
use crate::plan::{EXCLUDE, Live, TARGET};
use crate::problem::Result;
use crate::table::{Kind, Row, Table};

/// Everything that a reading needs, but for the names, which grow while it reads.
pub struct Observer<'a> {
    /// The way to the vendors.
    pub gate: &'a Gate,
    /// What it is about.
    pub about: About<'a>,
    /// What shall be looked at.
    pub scope: Scope,
    /// How long reads may take that are not asked for in full, in milliseconds.
    pub budget_ms: i64,
}

/// What a reading is about: [`Asked`] without the pool.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// What is declared.
    pub desired: &'a crate::manifest::Desired,
    /// What is recorded.
    pub recorded: &'a crate::plan::Recorded,
    /// What is selected.
    pub options: &'a crate::plan::Options,
    /// The accounts.
    pub providers: &'a [&'a dyn crate::kind::Provider],
    /// The limits in force.
    pub quotas: &'a crate::quota::Quotas,
}

impl<'a> About<'a> {
    /// The same with a pool.
    #[must_use]
    pub const fn named(self, names: &'a Names) -> Asked<'a> {
        let Self { desired, recorded, options, providers, quotas } = self;
        Asked { names, desired, recorded, options, providers, quotas }
    }
}

/// A reading of which the last part is still to come.
pub struct Begun {
    live: Live,
    existing: Existing,
    counts: counted::Counts,
}

impl Begun {
    /// Tags whose recorded users are to be looked at: [`finish`] wants them in the tables.
    #[must_use]
    pub fn carriers_of(&self) -> &[Name] {
        &self.counts.read
    }
}

/// Reads properties, aliases and counts, as the scope says. Every name that the vendors showed is in the pool
/// afterwards.
///
/// # Errors
/// The first reading that failed for good, in the vendor's words.
pub async fn begin(observer: &Observer<'_>, reader: &Reader<'_>, names: &mut Names) -> Result<Begun> {
    let mut live = Live { looked: observer.words(), ..Live::default() };
    if observer.scope.looks_at(Kind::Property) {
        properties::observe(observer, reader, names, &mut live).await?;
    }
    let mut question = Question::of(&observer.scope, observer.budget_ms, &observer.about.named(names));
    observer.announce(&question, reader, names);
    let mut existing = Existing::default();
    if !question.aliases.is_empty() || question.lookups != Lookups::None {
        aliases::observe(observer, &mut question, reader, &mut existing, names, &mut live).await?;
    }
    let counts = counted::begin(question, reader, names).await?;
    Ok(Begun { live, existing, counts })
}

/// Reads the rest: users' tags and devices' values.
///
/// # Errors
/// The first reading that failed for good, in the vendor's words.
pub async fn finish(
    observer: &Observer<'_>,
    reader: &Reader<'_>,
    begun: Begun,
    names: &mut Names,
) -> Result<Live> {
    let Begun { mut live, mut existing, counts } = begun;
    counted::finish(observer, counts, reader, &mut existing, names, &mut live).await?;
    live.add_unknown(existing.unknown, observer.about.recorded);
    if observer.scope.looks_at(Kind::Device) {
        values::observe(observer, reader, names, &mut live).await?;
    }
    live.calls = reader.calls();
    live.latency_ms = observer.gate.latency_ms();
    Ok(live)
}

impl Observer<'_> {
    /// Says before it begins how many calls the reading takes and how long: the vendors' go side by side.
    fn announce(&self, question: &Question, reader: &Reader<'_>, names: &Names) {
        let asked = self.about.named(names);
        let (mut all, mut ms) = (0, 0);
        for provider in self.about.providers {
            let calls = if provider.vendor() == Kind::Tag.vendor() {
                question.calls(asked.hidden())
            } else if self.scope.looks_at(Kind::Device) {
                asked.calls(Kind::Device)
            } else {
                0
            };
            all += calls;
            ms = pace_ms(*provider, self.about.quotas, calls).max(ms);
        }
        reader.announce(all, ms);
    }

    /// What was looked at, in words from which it can be looked at again.
    fn words(&self) -> Vec<String> {
        let options = self.about.options;
        let targets = options.targets.iter().map(|one| format!("{TARGET}{one}"));
        let excludes = options.excludes.iter().map(|one| format!("{EXCLUDE}{one}"));
        self.scope.words().into_iter().chain(targets).chain(excludes).collect()
    }

    /// One call a user: there is no shorter way to see tags.
    async fn tags(
        &self,
        users: Vec<Name>,
        reader: &Reader<'_>,
        existing: &mut Existing,
        names: &mut Names,
        live: &mut Live,
    ) -> Result<()> {
        let users = existing.among(self, reader, users, names).await?;
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
