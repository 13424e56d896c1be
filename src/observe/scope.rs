//! What is looked at: all of it, nothing, or what fits into the time that reads may take.
//!
//! Pure. Which rows exactly that comes to is `question.rs`'s.

use crate::kind::{Provider, Read};
use crate::names::Name;
use crate::quota::{Limit, Quotas, Window};
use crate::table::Kind;

use super::Asked;

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

/// How closely tags and aliases are looked at, where their kind is not read in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Not beyond the kinds that are read in full.
    #[default]
    Kinds,
    /// A count a tag.
    Counts,
    /// A count a recorded tag, and of the rest what pays for itself.
    Worth,
    /// These users, sorted by number.
    Users(Vec<Name>),
}

impl Depth {
    const fn word(&self) -> Option<&'static str> {
        match self {
            Self::Kinds | Self::Users(_) => None,
            Self::Counts => Some("counts"),
            Self::Worth => Some("worth"),
        }
    }
}

/// The kinds that are looked at, and how closely the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    kinds: Vec<Kind>,
    /// How closely tags and aliases are looked at beside.
    pub depth: Depth,
}

impl Scope {
    /// Nothing.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { kinds: Vec::new(), depth: Depth::Kinds }
    }

    /// What these words say, as [`Scope::words`] gave them; words of others are passed over.
    #[must_use]
    pub fn of_words(words: &[String]) -> Self {
        let is = |depth: &Depth| depth.word().is_some_and(|word| words.iter().any(|one| one == word));
        let depth = [Depth::Counts, Depth::Worth].into_iter().find(is).unwrap_or_default();
        Self { kinds: words.iter().filter_map(|word| Kind::from_word(word)).collect(), depth }
    }

    /// The scope in words, so that a saved plan's reading can be made again.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let kinds = self.kinds.iter().map(|kind| kind.word());
        kinds.chain(self.depth.word()).map(str::to_owned).collect()
    }

    /// Only these users, sorted by number.
    #[must_use]
    pub const fn users(users: Vec<Name>) -> Self {
        Self { kinds: Vec::new(), depth: Depth::Users(users) }
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
        let asks = |kind: &Kind| *kind != Kind::Alias || asked.asks_for_aliases();
        let readable = |kind: &Kind| kind.can_be_read() && asked.provider(*kind).is_some() && asks(kind);
        let all: Vec<Kind> = Kind::ALL.into_iter().filter(readable).collect();
        let short = |kind: &Kind| matches!(kind, Kind::Alias | Kind::Property);
        match refresh {
            Refresh::None => Self::nothing(),
            Refresh::Full => Self { kinds: all, depth: Depth::Kinds },
            Refresh::Counts => Self { kinds: all.into_iter().filter(short).collect(), depth: Depth::Counts },
            Refresh::Auto => Self::within(budget_ms, asked, &all),
        }
    }

    /// A vendor whose reads fit into the time is read in full, whatever the other's take: they go side by side.
    fn within(budget_ms: i64, asked: &Asked<'_>, all: &[Kind]) -> Self {
        let mut scope = Self::nothing();
        for provider in asked.providers {
            let mine = all.iter().copied().filter(|kind| kind.vendor() == provider.vendor());
            let mine: Vec<Kind> = mine.collect();
            let reads: u64 = mine.iter().map(|kind| asked.calls(*kind)).sum();
            let calls = reads.saturating_add(asked.checks(*provider));
            if pace_ms(*provider, asked.quotas, calls) <= budget_ms {
                scope.kinds.extend(mine);
            } else if provider.vendor() == Kind::Tag.vendor() {
                scope.depth = Depth::Worth;
            } else {
                scope.kinds.extend(mine.into_iter().filter(|kind| *kind == Kind::Property));
            }
        }
        scope.kinds.sort_unstable();
        scope
    }
}

/// How long so many reads of one user or device each take at the limits in force, in milliseconds.
#[must_use]
pub fn pace_ms(provider: &dyn Provider, quotas: &Quotas, calls: u64) -> i64 {
    let pace = |limit: &Limit| match (limit.window, u64::from(limit.count)) {
        (_, 0) => i64::MAX,
        (Window::Day, count) if calls > count => i64::MAX,
        (Window::Day, _) => 0,
        // The first window's calls go at once.
        (Window::Sliding(ms), count) => {
            ms.saturating_mul(i64::try_from(calls.saturating_sub(1) / count).unwrap_or(i64::MAX))
        }
    };
    limits_of_reads(provider, quotas).map(pace).max().unwrap_or(0)
}

/// How many such reads go within so much time.
#[must_use]
pub fn calls_within(provider: &dyn Provider, quotas: &Quotas, budget_ms: i64) -> u64 {
    let calls = |limit: &Limit| {
        let windows = match limit.window {
            Window::Day => 1,
            Window::Sliding(ms) => u64::try_from(budget_ms / ms.max(1)).unwrap_or(0).saturating_add(1),
        };
        windows.saturating_mul(u64::from(limit.count))
    };
    limits_of_reads(provider, quotas).map(calls).min().unwrap_or(u64::MAX)
}

fn limits_of_reads<'a>(provider: &dyn Provider, quotas: &'a Quotas) -> impl Iterator<Item = &'a Limit> {
    let one = if provider.vendor() == Kind::Tag.vendor() { Read::TagsOf } else { Read::ValuesOf };
    let spends = provider.read_spends(&one(Name::NONE), quotas);
    spends.into_iter().flat_map(|spend| &quotas.get(spend.quota).limits)
}
