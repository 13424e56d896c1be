//! Which rows a reading is about: of a declaration and a record, those that were selected and that it pays to ask for.
//!
//! Pure: it sends nothing. The arithmetic of what pays is `worth.rs`'s.

use crate::kind::{Provider, Write};
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::plan::{Options, Recorded, Selection};
use crate::quota::Quotas;
use crate::table::{Kind, Row, Table};

use super::read_budget::{About, Candidate, ReadBudget};
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
    /// How many of those whom their declared alias did not show may be asked for theirs.
    pub lookups_max: u64,
    /// Users whose tags are asked for, sorted by number.
    pub tag_users: Vec<Name>,
    /// Tags of which a count is asked for, sorted by number.
    pub tags: Vec<Tally>,
    /// How many recorded members of tags whose count differs may be asked for their tags.
    pub closer_max: u64,
}

impl Question {
    pub fn of(scope: &Scope, budget_ms: i64, asked: &Asked<'_>) -> Self {
        let mut question = Self { lookups_max: u64::MAX, ..Self::default() };
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
            (Depth::Worth, Some(provider)) => question.spend_budget(asked, provider, budget_ms),
            (Depth::Users(users), Some(_)) => {
                (question.lookups, question.tag_users) = (Lookups::These(users.clone()), users.clone());
            }
        }
        question
    }

    /// Spends the read budget on the reads that are worth most. What is left is for reads that come up while others are
    /// answered.
    fn spend_budget(&mut self, asked: &Asked<'_>, provider: &dyn Provider, budget_ms: i64) {
        let mut budget = ReadBudget::of(calls_within(provider, asked.quotas, budget_ms));
        budget.reserve(asked.checks(provider));
        let tallies = asked.tallies();
        let sizes = tallies.iter().map(|tally| Candidate {
            about: About::Tag,
            name: tally.tag,
            gain: tally.recorded,
        });
        // What nobody recorded cannot have changed.
        let mut candidates: Vec<Candidate> = sizes.filter(|candidate| candidate.gain > 0).collect();
        candidates.extend(asked.alias_candidates());
        candidates.extend(asked.user_candidates(provider));
        let chosen = budget.choose(candidates, asked.names);
        let of = |about: About| union(chosen.iter().filter(|one| one.about == about).map(|one| one.name));
        (self.aliases, self.tag_users) = (of(About::Alias), of(About::TagsOf));
        let tags = of(About::Tag);
        self.tags = tallies.into_iter().filter(|tally| holds(&tags, tally.tag)).collect();
        if !self.aliases.is_empty() {
            self.lookups = Lookups::Hidden;
        }
        // A user who comes up while others are answered is looked up first.
        let left = budget.left();
        self.closer_max = left - left.div_ceil(provider.unknown_max() as u64 + 1);
        self.lookups_max = self.closer_max;
    }

    /// How many calls this takes, as far as that is known before the first answer.
    pub fn calls(&self, hidden: u64) -> u64 {
        let lookups = match &self.lookups {
            Lookups::None => 0,
            Lookups::Hidden => hidden.min(self.lookups_max),
            Lookups::These(users) => users.len() as u64,
        };
        (self.aliases.len() + self.tag_users.len() + self.tags.len()) as u64 + lookups
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

    /// Every alias, by what its users are worth: an alias has exactly its users, and only it can say who else is on it.
    fn alias_candidates(&self) -> Vec<Candidate> {
        if !self.asks_for_aliases() {
            return Vec::new();
        }
        let (desired, recorded) = (self.desired.tables.of(Kind::Alias), self.recorded.tables.of(Kind::Alias));
        let gains = worth::aliases(&self.desired.aliases, desired.rows(), recorded.rows());
        gains.into_iter().map(|(name, gain)| Candidate { about: About::Alias, name, gain }).collect()
    }

    /// Users whose tags are worth a look: those whose whole set is declared for the first time, and those whom one
    /// overwrite serves better than their share of many batches.
    fn user_candidates(&self, provider: &dyn Provider) -> Vec<Candidate> {
        let (desired, recorded) = (self.desired.tables.of(Kind::Tag), self.recorded.tables.of(Kind::Tag));
        let pending = worth::pending(desired.rows(), recorded.rows());
        let users = union(self.overwritten(provider, &pending).into_iter().chain(self.never_seen()));
        let candidate =
            |name: Name| Candidate { about: About::TagsOf, name, gain: worth::of_user(&pending, name) };
        users.into_iter().map(candidate).collect()
    }

    /// How many declared users no alias may show.
    pub(super) fn hidden(&self) -> u64 {
        let (desired, recorded) = (self.desired.tables.of(Kind::Alias), self.recorded.tables.of(Kind::Alias));
        worth::hidden(desired.rows(), recorded.rows())
    }

    /// How many calls go beside the questions: one to sign in, and those that ask whether the users exist of whom rows are
    /// sent.
    pub(super) fn checks(&self, provider: &dyn Provider) -> u64 {
        if provider.vendor() != Kind::Tag.vendor() {
            return 0;
        }
        let kinds = Kind::ALL.into_iter().filter(|kind| {
            kind.vendor() == provider.vendor() && !matches!(kind, Kind::Property | Kind::Device)
        });
        let changed = kinds.flat_map(|kind| {
            let (desired, recorded) = (self.desired.tables.of(kind), self.recorded.tables.of(kind));
            worth::changed_subjects(desired.rows(), recorded.rows())
        });
        let users = union(changed.chain(self.never_seen())).len();
        let full = users.div_ceil(provider.unknown_max().max(1)) as u64;
        // Aliases, tags and the rest are each asked for by themselves.
        if users == 0 { 1 } else { full + 3 }
    }

    /// The kinds of which a reading asks for every row, settled ones too.
    #[must_use]
    pub fn whole_kinds(&self, scope: &Scope, budget_ms: i64) -> Vec<Kind> {
        let mut kinds = scope.kinds().to_vec();
        if let (Depth::Worth, Some(provider)) = (&scope.depth, self.provider(Kind::Alias)) {
            let aliases = self.aliases().len() as u64 + self.recorded.settled.aliases;
            if self.asks_for_aliases() && aliases <= calls_within(provider, self.quotas, budget_ms) {
                kinds.push(Kind::Alias);
            }
        }
        kinds
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
        let settled = &self.recorded.settled;
        let tags = self.rows(Kind::Tag).map(|row| row.item);
        let asked: Vec<Name> = union(tags.chain(settled.tags.keys().copied()));
        // What the vendor counts does not stop at what is selected.
        worth::tallies(&asked, desired.rows(), recorded.rows(), settled)
    }

    /// Users whom one overwrite serves better than their share of many batches: only with their tags at hand can it
    /// carry those that nobody declared.
    fn overwritten(&self, provider: &dyn Provider, pending: &[worth::Pending]) -> Vec<Name> {
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
        let mut users = worth::overwritten(pending, self.names.len(), &prices);
        // An exact set says by itself what an overwrite carries.
        users.retain(|user| !holds(&self.desired.exact_users, *user));
        users
    }

    /// How many calls a kind takes: a call a subject, at most.
    pub(super) fn calls(&self, kind: Kind) -> u64 {
        let settled = self.recorded.settled.of(kind);
        match kind {
            Kind::Alias => self.aliases().len() as u64 + self.recorded.settled.aliases + self.hidden(),
            Kind::Tag => self.tag_users().len() as u64 + settled.subjects,
            Kind::Device => {
                let desired = subjects(self.desired.tables.of(kind));
                let devices = union(desired.chain(subjects(self.recorded.tables.of(kind))));
                devices.len() as u64 + settled.subjects
            }
            Kind::Property => 1,
            Kind::Blacklist | Kind::DeviceToken => 0,
        }
    }
}
