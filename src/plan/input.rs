//! Everything that a plan is made from, as data.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::address::{self, Resource, Selector};
use crate::kind::Provider;
use crate::manifest::Desired;
use crate::names::{Name, Names};
use crate::quota::Ledger;
use crate::table::{Kind, Row, Tables};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

use super::{Approval, Settled};

/// What the state says. Rows' marks are the seconds at which they were last known to be so.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Grows by one with every apply.
    pub serial: u64,
    /// The recorded rows that differ from what is declared or that are asked about.
    pub tables: Tables,
    /// All others.
    pub settled: Settled,
    /// Properties recorded as protected from destruction, sorted by number.
    pub protected: Vec<Name>,
    /// Values kept of properties that are being replaced, not bound again yet: subject device, item property,
    /// sorted by key.
    pub kept: Vec<Row>,
    /// The account that this state belongs to, by vendor.
    pub accounts: BTreeMap<Vendor, String>,
    /// Tags that an asynchronous call in doubt may still give, sorted by user and tag: they stay recorded, whatever is
    /// seen of them.
    pub awaited: Vec<Awaited>,
    /// Recorded rows that may never have been so, since nobody knows what their calls came to, sorted: where they are
    /// not live, nobody took them away.
    pub in_doubt: Vec<(Kind, Name, Name)>,
}

impl Recorded {
    /// How many rows of a kind are recorded.
    #[must_use]
    pub fn rows_of(&self, kind: Kind) -> u64 {
        self.tables.of(kind).len() as u64 + self.settled.of(kind).rows
    }

    /// How many rows are recorded in all.
    #[must_use]
    pub fn rows(&self) -> u64 {
        Kind::ALL.into_iter().map(|kind| self.rows_of(kind)).sum()
    }
}

/// One tag that may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Awaited {
    /// Who would carry it.
    pub user: Name,
    /// The tag.
    pub tag: Name,
    /// When it comes no more.
    pub until: Timestamp,
}

/// What the vendors showed. Only what was asked for is here: `looked` says what that was.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// What was looked at, in words from which it can be looked at again: kinds, and how closely what is left.
    pub looked: Vec<String>,
    /// The rows that were seen.
    pub tables: Tables,
    /// Users whose alias is known, be it none; sorted by number.
    pub alias_users: Vec<Name>,
    /// Aliases whose users are known, be it none; sorted by number.
    pub aliases: Vec<Name>,
    /// Users whose tags are known, be it none; sorted by number.
    pub tag_users: Vec<Name>,
    /// Whether all properties were read.
    pub properties: bool,
    /// How many devices have a value of each property, by property, sorted by number.
    pub property_devices: Vec<(Name, u64)>,
    /// Devices whose values are known, be it none; sorted by number.
    pub devices: Vec<Name>,
    /// Every value of the properties that change their type: subject device, item property.
    pub replaced: Vec<Row>,
    /// Users whom the vendor does not know, sorted by number.
    pub unknown: Vec<Name>,
    /// How many users carry each tag that was counted, by tag, sorted by number.
    pub counts: Vec<Counted>,
    /// Tags whose record a count has put in doubt, and whose users nobody looked at, sorted by number: of what is
    /// declared of them nothing is taken to be there.
    pub doubted: Vec<Name>,
    /// How long a call takes, typically, in milliseconds, where any was made.
    pub latency_ms: Option<i64>,
    /// How many calls the reading took.
    pub calls: u64,
}

/// How many users carry a tag, beside what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The tag.
    pub tag: Name,
    /// How many users are recorded to carry it, those left out whom the vendor does not know.
    pub recorded: u64,
    /// How many do, whoever gave it to them.
    pub counted: u64,
    /// Whether its users are declared or recorded as its members.
    pub members: bool,
    /// Whether it stands in declared or recorded tag sets.
    pub sets: bool,
    /// What was done about a difference.
    pub closer: Closer,
}

/// What was done about a count that is not as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closer {
    /// Nothing: it is only named.
    None,
    /// The recorded users were looked at.
    Read,
    /// What is declared is written once more.
    Repeated,
}

impl Counted {
    /// How many recorded users at least do not carry it any more.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        self.recorded.saturating_sub(self.counted)
    }

    /// How many users at least carry it whom nobody recorded.
    #[must_use]
    pub const fn beyond(&self) -> u64 {
        self.counted.saturating_sub(self.recorded)
    }
}

impl Counted {
    /// The command that looks at the users who are recorded to carry it; `tag` is its text.
    #[must_use]
    pub fn look_closer(&self, tag: &str) -> String {
        let members = self.members.then(|| address::show(Resource::TagMembers, tag));
        let sets = self.sets.then(|| address::resource_word(Resource::TagSet));
        let target = |address: String| format!(" --target '{}'", address.replace('\'', "'\\''"));
        let targets: String = members.into_iter().chain(sets).map(target).collect();
        format!("pushform plan --refresh full{targets}")
    }
}

impl Live {
    /// Takes in who is unknown to the vendor as well: nobody can count them, so counts are held against the others.
    pub fn add_unknown(&mut self, mut unknown: Vec<Name>, recorded: &Recorded) {
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|user| self.unknown.binary_search(user).is_err());
        for row in unknown.iter().flat_map(|user| recorded.tables.of(Kind::Tag).of(*user)) {
            if let Ok(at) = self.counts.binary_search_by_key(&row.item, |one| one.tag) {
                self.counts[at].recorded -= 1;
            }
        }
        self.unknown.extend(unknown);
        self.unknown.sort_unstable();
        let counts = &self.counts;
        self.doubted.retain(|tag| {
            let at = counts.binary_search_by_key(tag, |one| one.tag);
            at.is_ok_and(|at| counts[at].missing() > 0)
        });
    }
}

/// What the person asked for beside.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these; all when empty.
    pub targets: Vec<Selector>,
    /// Not these.
    pub excludes: Vec<Selector>,
    /// Of what would change, only what this approves.
    pub only: Option<Rc<Approval>>,
    /// `--max-deletes`.
    pub deletes_max: Option<u64>,
    /// Of what is recorded of a kind, more than this share is too much to delete…
    pub deletes_percent: u32,
    /// …if it is also more rows than this.
    pub deletes_at_least: u64,
}

/// Everything that a plan is made from.
pub struct Input<'a> {
    /// The pool of all names.
    pub names: Names,
    /// What is declared.
    pub desired: &'a Desired,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// What is live.
    pub live: &'a Live,
    /// What was spent of the limits, this run's reads included.
    pub ledger: &'a Ledger,
    /// The accounts.
    pub providers: &'a [&'a dyn Provider],
    /// What the person asked for.
    pub options: &'a Options,
    /// When it is.
    pub now: Timestamp,
}
