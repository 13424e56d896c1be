//! What is looked at: all of it, nothing, or what fits into the time that reads may take.

use crate::kind::{Provider, Read};
use crate::manifest::Desired;
use crate::names::Name;
use crate::plan::Recorded;
use crate::quota::{Limit, Quotas, Window};
use crate::table::Kind;

use super::{subjects, union};

/// How live state is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refresh {
    /// Everything while that is quick, else what pays for itself.
    #[default]
    Auto,
    /// Every row in question.
    Full,
    /// Aliases and properties in full, a count a tag, the record for the rest.
    Counts,
    /// The record alone.
    None,
}

/// The kinds that are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    kinds: Vec<Kind>,
}

impl Scope {
    /// Nothing.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { kinds: Vec::new() }
    }

    /// Exactly these kinds.
    #[must_use]
    pub const fn exactly(kinds: Vec<Kind>) -> Self {
        Self { kinds }
    }

    /// The kinds, in order.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Whether rows of this kind are looked at.
    #[must_use]
    pub fn looks_at(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// What to look at for `refresh`, with `budget_ms` of time for reads.
    #[must_use]
    pub fn of(refresh: Refresh, budget_ms: i64, asked: &Asked<'_>) -> Self {
        let readable = |kind: &Kind| kind.can_be_read() && asked.provider(*kind).is_some();
        let all: Vec<Kind> = Kind::ALL.into_iter().filter(readable).collect();
        let short = |kind: &Kind| matches!(kind, Kind::Alias | Kind::Property);
        match refresh {
            Refresh::None => Self::nothing(),
            Refresh::Full => Self { kinds: all },
            Refresh::Counts => Self { kinds: all.into_iter().filter(short).collect() },
            Refresh::Auto if asked.time_ms(&all) <= budget_ms => Self { kinds: all },
            Refresh::Auto => Self { kinds: all.into_iter().filter(short).collect() },
        }
    }
}

/// What a reading would be about.
pub struct Asked<'a> {
    /// What is declared.
    pub desired: &'a Desired,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// The accounts.
    pub providers: &'a [&'a dyn Provider],
    /// The limits in force.
    pub quotas: &'a Quotas,
}

impl Asked<'_> {
    fn provider(&self, kind: Kind) -> Option<&dyn Provider> {
        self.providers.iter().find(|provider| provider.vendor() == kind.vendor()).copied()
    }

    /// How long these kinds take to read at the limits in force, each vendor's side by side.
    fn time_ms(&self, kinds: &[Kind]) -> i64 {
        let time = |provider: &&dyn Provider| {
            let mine = kinds.iter().filter(|kind| kind.vendor() == provider.vendor());
            let calls: u64 = mine.map(|kind| self.calls(*kind)).sum();
            pace_ms(*provider, self.quotas, calls)
        };
        self.providers.iter().map(time).max().unwrap_or(0)
    }

    /// How many calls a kind takes: a call a subject, at most.
    fn calls(&self, kind: Kind) -> u64 {
        let desired = subjects(self.desired.tables.of(kind));
        let recorded = subjects(self.recorded.tables.of(kind));
        match kind {
            Kind::Alias => (self.desired.aliases.len() + recorded.count()) as u64,
            Kind::Tag => {
                union(desired.chain(recorded).chain(self.desired.exact_users.iter().copied())).len() as u64
            }
            Kind::Device => union(desired.chain(recorded)).len() as u64,
            Kind::Property => 1,
            Kind::Blacklist | Kind::DeviceToken => 0,
        }
    }
}

/// How long so many reads of one user or device each take at the limits in force, in milliseconds.
#[must_use]
pub fn pace_ms(provider: &dyn Provider, quotas: &Quotas, calls: u64) -> i64 {
    let one = if provider.vendor() == Kind::Tag.vendor() { Read::TagsOf } else { Read::ValuesOf };
    let spends = provider.read_spends(&one(Name::NONE), quotas);
    let limits = spends.iter().flat_map(|spend| &quotas.get(spend.quota).limits);
    let pace = |limit: &Limit| match (limit.window, u64::from(limit.count)) {
        (_, 0) => i64::MAX,
        (Window::Day, count) if calls > count => i64::MAX,
        (Window::Day, _) => 0,
        // The first window's calls go at once.
        (Window::Sliding(ms), count) => {
            ms.saturating_mul(i64::try_from(calls.saturating_sub(1) / count).unwrap_or(i64::MAX))
        }
    };
    limits.map(pace).max().unwrap_or(0)
}
