//! Which rows a reading is about: of a declaration and a record, those that were selected and that it pays to ask for.
//!
//! Pure: it sends nothing. The arithmetic of what pays is `worth.rs`'s.

use crate::kind::{Provider, Write};
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::plan::{Options, Recorded, Selection};
use crate::quota::Quotas;
use crate::table::{Kind, Row, Table};

use super::scope::{Depth, Scope, calls_within};
use super::worth::{self, Tally};
use super::{holds, subjects, union};

/// What a reading would be about.
pub struct Asked<'a> {
    /// The pool of all names.
    pub names: &'a Names,
    /// What is declared.
    pub desired: &'a Desired,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// What is selected.
    pub options: &'a Options,
    /// The accounts.
    pub providers: &'a [&'a dyn Provider],
    /// The limits in force.
    pub quotas: &'a Quotas,
}

/// Whose alias is asked for one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Lookups {
    /// Nobody's.
    #[default]
    None,
    /// That of declared users whom their declared alias did not show.
    Hidden,
    /// These users', sorted by number.
    These(Vec<Name>),
}

/// What is asked of Getui.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// Aliases whose users are asked for, sorted by number.
    pub aliases: Vec<Name>,
    /// Whose alias is asked for.
    pub lookups: Lookups,
    /// Users whose tags are asked for, sorted by number.
    pub tag_users: Vec<Name>,
    /// Tags of which a count is asked for, sorted by number.
    pub tags: Vec<Tally>,
    /// How many recorded members of tags whose count differs may be asked for their tags.
    pub closer_max: u64,
}

impl Question {
    pub fn of(scope: &Scope, budget_ms: i64, asked: &Asked<'_>) -> Self {
        let mut question = Self::default();
        let provider = asked.provider(Kind::Tag);
        if scope.looks_at(Kind::Alias) {
            (question.aliases, question.lookups) = (asked.aliases(), Lookups::Hidden);
        }
        if scope.looks_at(Kind::Tag) {
            question.tag_users = asked.tag_users();
        }
        match (&scope.depth, provider) {
            (Depth::Kinds, _) | (_, None) => {}
            (Depth::Counts, Some(_)) => question.tags = asked.tallies(),
            (Depth::Worth, Some(provider)) => {
                let calls_max = calls_within(provider, asked.quotas, budget_ms);
                (question.aliases, question.lookups) = asked.aliases_worth(calls_max);
                question.tag_users = union(asked.overwritten(provider).into_iter().chain(asked.never_seen()));
                question.tags = worth::counted(asked.tallies(), calls_max, asked.names);
                question.closer_max = calls_max.saturating_sub(question.tags.len() as u64);
            }
            (Depth::Users(users), Some(_)) => {
                (question.lookups, question.tag_users) = (Lookups::These(users.clone()), users.clone());
            }
        }
        question
    }
}

impl<'a> Asked<'a> {
    pub(super) fn provider(&self, kind: Kind) -> Option<&'a dyn Provider> {
        self.providers.iter().find(|provider| provider.vendor() == kind.vendor()).copied()
    }

    fn selects_everything(&self) -> bool {
        self.options.targets.is_empty() && self.options.excludes.is_empty()
    }

    /// The declared and the recorded rows of a kind that are selected.
    fn rows(&self, kind: Kind) -> impl Iterator<Item = &'a Row> {
        let (desired, recorded) = (self.desired.tables.of(kind), self.recorded.tables.of(kind));
        self.selected(kind, desired).chain(self.selected(kind, recorded))
    }

    fn selected(&self, kind: Kind, table: &'a Table) -> impl Iterator<Item = &'a Row> + use<'a> {
        let mut selection = Selection::of(self.names, self.options);
        table.rows().iter().filter(move |row| selection.holds_row(kind, row))
    }

    /// Whether anything that is selected is an alias. If so all of them are read: users move between them.
    pub(super) fn asks_for_aliases(&self) -> bool {
        self.selects_everything() || self.rows(Kind::Alias).next().is_some()
    }

    /// Every declared and every recorded alias.
    fn aliases(&self) -> Vec<Name> {
        let recorded = self.recorded.tables.of(Kind::Alias).rows().iter().map(|row| row.value);
        union(self.desired.aliases.iter().copied().chain(recorded))
    }

    /// All aliases where there is time for it, else those whose users change: an alias has exactly its users, and only
    /// it can say who else is on it. Which other alias a user leaves is only worth a call while there is time.
    fn aliases_worth(&self, calls_max: u64) -> (Vec<Name>, Lookups) {
        if !self.asks_for_aliases() {
            return (Vec::new(), Lookups::None);
        }
        let all = self.aliases();
        let changed = worth::changed(
            self.desired.tables.of(Kind::Alias).rows(),
            self.recorded.tables.of(Kind::Alias).rows(),
        );
        let fit = |aliases: &[Name], lookups: usize| (aliases.len() + lookups) as u64 <= calls_max;
        if fit(&all, changed.hidden) {
            (all, Lookups::Hidden)
        } else if fit(&changed.aliases, changed.hidden) {
            (changed.aliases, Lookups::Hidden)
        } else {
            (changed.aliases, Lookups::None)
        }
    }

    /// Users whose whole set is declared for the first time: what else they carry has to go, and nobody ever saw it.
    fn never_seen(&self) -> Vec<Name> {
        let recorded = self.recorded.tables.of(Kind::Tag);
        let is_set = |user: &Name| recorded.of(*user).iter().any(|row| row.value == Name::SET);
        self.exact_users().filter(|user| !is_set(user)).collect()
    }

    /// Everybody with a declared tag set, a declared tag or a recorded one.
    fn tag_users(&self) -> Vec<Name> {
        if !self.selects_everything() {
            return union(self.rows(Kind::Tag).map(|row| row.subject).chain(self.exact_users()));
        }
        let desired = subjects(self.desired.tables.of(Kind::Tag));
        let recorded = subjects(self.recorded.tables.of(Kind::Tag));
        union(desired.chain(recorded).chain(self.exact_users()))
    }

    /// Those whose whole set is declared and selected, be it empty.
    fn exact_users(&self) -> impl Iterator<Item = Name> {
        let mut selection = Selection::of(self.names, self.options);
        let users = self.desired.exact_users.iter().copied();
        users.filter(move |user| selection.holds(crate::address::Resource::TagSet, *user))
    }

    /// The tags that are declared or recorded and selected, sorted by number.
    fn tallies(&self) -> Vec<Tally> {
        let (desired, recorded) = (self.desired.tables.of(Kind::Tag), self.recorded.tables.of(Kind::Tag));
        let asked: Vec<Name> = union(self.rows(Kind::Tag).map(|row| row.item));
        // What the vendor counts does not stop at what is selected.
        worth::tallies(&asked, desired.rows(), recorded.rows())
    }

    /// Users whom one overwrite serves better than their share of many batches: only with their tags at hand can it
    /// carry those that nobody declared.
    fn overwritten(&self, provider: &dyn Provider) -> Vec<Name> {
        if !self.selects_everything() {
            return Vec::new();
        }
        let batch = Write::BindTag(Name::NONE, vec![Name::NONE]);
        let batches = provider.write_spends(&batch, self.names, self.quotas);
        let reads = provider.read_spends(&crate::kind::Read::TagsOf(Name::NONE), self.quotas);
        let prices = worth::Prices {
            batches: batches.iter().flat_map(|spend| &self.quotas.get(spend.quota).limits).copied().collect(),
            reads: reads.iter().flat_map(|spend| &self.quotas.get(spend.quota).limits).copied().collect(),
            batch_max: provider.batch_max(Kind::Tag).max(1) as u64,
        };
        let (desired, recorded) = (self.desired.tables.of(Kind::Tag), self.recorded.tables.of(Kind::Tag));
        let pending = worth::pending(desired.rows(), recorded.rows());
        let mut users = worth::overwritten(&pending, self.names.len(), &prices);
        // An exact set says by itself what an overwrite carries.
        users.retain(|user| !holds(&self.desired.exact_users, *user));
        users
    }

    /// How many calls a kind takes: a call a subject, at most.
    pub(super) fn calls(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Alias => (self.desired.aliases.len() + self.recorded.tables.of(kind).len()) as u64,
            Kind::Tag => self.tag_users().len() as u64,
            Kind::Device => {
                let desired = subjects(self.desired.tables.of(kind));
                union(desired.chain(subjects(self.recorded.tables.of(kind)))).len() as u64
            }
            Kind::Property => 1,
            Kind::Blacklist | Kind::DeviceToken => 0,
        }
    }
}
