//! From what is declared, recorded and live to the calls that make it so.
//!
//! Pure: no I/O, no clock, no randomness; the same input gives the same plan, byte for byte. The plan leaves
//! no choice to whoever applies it. How it reads on a screen is `render/`'s.

mod alias;
pub mod approval;
mod base;
mod closure;
pub mod cover;
mod days;
mod diff;
pub mod file;
mod forecast;
mod group;
mod guard;
pub mod input;
mod left_out;
mod lists;
mod merge;
mod needs;
mod notes;
mod order;
mod pack;
mod paths;
mod questions;
mod refit;
mod replace;
pub mod sampling;
mod select;
pub mod settled;
mod tags;
mod texts;
mod whole;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod whole_tests;

pub use approval::{Approval, Standing};
pub use diff::Unobserved;
pub use forecast::{Course, NEVER};
pub use guard::{PREVENT_DESTROY, Refused, is_of_single_rows, unknown_user, wrong_account};
pub use input::{Awaited, Closer, Counted, Input, Live, Options, Recorded};
pub use left_out::LeftOut;
pub use replace::of_no_use;
pub use select::{EXCLUDE, Selection, TARGET, no_match, unmatched};
pub use settled::{Settled, SettledKind, SettledTag};

use crate::address::Resource;
use crate::change::{Cell, Change};
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::problem::Problems;
use crate::quota::{QuotaId, Spend};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;

use diff::Diff;
use order::Work;
use texts::TextOrder;

/// What an apply does, to the letter.
pub struct Plan {
    /// The pool of every name below.
    pub names: Names,
    /// What it was made from.
    pub base: Base,
    /// When it was made.
    pub created_at: Timestamp,
    /// The rows that change, sorted by [`Cell::key`].
    pub cells: Vec<Cell>,
    /// The cells grouped by address, in the order in which people read them: deletions first.
    pub changes: Vec<Change>,
    /// The calls, in an order that keeps `after`.
    pub calls: Vec<Call>,
    /// Rows that are as declared and not recorded yet: recorded without a call.
    pub adopts: Vec<(Kind, Row)>,
    /// Recorded rows that are gone or no longer ours: forgotten without a call.
    pub forgets: Vec<(Kind, Row)>,
    /// What changed outside since it was recorded.
    pub drift: Vec<Change>,
    /// The cells of `drift`.
    pub drift_cells: Vec<Cell>,
    /// Counts that are not as recorded and that no look has explained, by the tags' texts.
    pub counts: Vec<Counted>,
    /// The recorded rows of each kind that nobody looked at, in the order of the kinds.
    pub unobserved: Vec<Unobserved>,
    /// Values of properties that are replaced: read, kept, and bound again.
    pub replacements: Vec<Replacement>,
    /// Declared things that stand in no reading: JPush properties nobody declared, sorted by text.
    pub unmanaged: Vec<(Resource, Name)>,
    /// Declared users whom the vendor does not know, sorted by text, each with the number of a declaration that
    /// names them. Their rows are left out; [`unknown_user`] is the error for whoever knows the places.
    pub unknown: Vec<(Name, u32)>,
    /// Users of whom something is left out, by text; [`LeftOut::problem`] is the error.
    pub left_out: Vec<LeftOut>,
    /// Properties protected from destruction after this plan, sorted by number.
    pub protected: Vec<Name>,
    /// Where to look for each of the problems [`PREVENT_DESTROY`], in their order.
    pub refused: Vec<Option<Refused>>,
    /// Calls, time, days.
    pub forecast: Forecast,
    /// What a person should know beside, in whole sentences.
    pub notes: Vec<String>,
    /// Errors and warnings that do not stop the rest: unknown users, guards.
    pub problems: Problems,
    /// How many rows the declaration, the record and the reading have.
    pub sizes: Sizes,
}

/// What a plan was made from; it fits no longer when any of it has moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Base {
    /// The state's serial number.
    pub serial: u64,
    /// Digest of the manifests.
    pub manifests: String,
    /// Digest of what was observed.
    pub live: String,
    /// What was looked at, in words: kinds, and how closely what is left.
    #[serde(default)]
    pub looked: Vec<String>,
    /// The accounts, as providers name them, by vendor's word.
    pub accounts: std::collections::BTreeMap<String, String>,
    /// The journal's numbers of the calls in doubt that the plan takes in, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_doubt: Vec<u64>,
    /// How many devices had a value of each property that the plan deletes for good, by property.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub deleted_values: std::collections::BTreeMap<String, u64>,
    /// The name of the project's folder, to show; empty where nobody said. It decides nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// Whether the vendors were emulated, to show. It decides nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub emulated: bool,
}

/// Numbers of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Declared.
    pub desired: usize,
    /// Recorded.
    pub recorded: usize,
    /// Observed.
    pub live: usize,
}

/// One call of a plan: its place in [`Plan::calls`] is its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it does.
    pub write: Write,
    /// What it spends.
    pub spends: Vec<Spend>,
    /// The calls that must have succeeded before it goes, sorted.
    pub after: Vec<u32>,
    /// The changes it serves, as places in [`Plan::changes`], sorted.
    pub changes: Vec<u32>,
    /// Its place in the order in which calls go where not all fit today; smaller first.
    pub rank: u32,
}

/// One property that changes its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The property.
    pub property: Name,
    /// How many devices have a value.
    pub devices: u64,
    /// Device and value, for those that the new type can hold.
    pub carried: Vec<(Name, Name)>,
    /// Device and value, for those that it cannot.
    pub lost: Vec<(Name, Name)>,
}

/// When a plan will be done, and at what cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// How many calls there are.
    pub calls: u64,
    /// How many of them only read, immediately before something is written: they are none of [`Plan::calls`].
    pub reads: u64,
    /// How many there must be at least, proven.
    pub calls_minimum: u64,
    /// When the last reply has come, if nothing fails; `None` when a limit of 0 forbids a call.
    pub finishes_at: Option<Timestamp>,
    /// How many calls go on each day, by date, in order.
    pub days: Vec<(String, u64)>,
    /// What each limit that is spent needs and has left.
    pub quotas: Vec<QuotaNeed>,
    /// How good the choice of calls for tags is; nothing where no tag changes, or a limit of 0 forbids it.
    pub choice: Option<Choice>,
    /// The call that goes last, by each call: when it goes (same order as [`Plan::calls`]).
    pub sends_at: Vec<Timestamp>,
}

/// The calls that change tags, were they alone, and what is proven of any other choice of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Batches and overwrites.
    pub calls: u64,
    /// No choice that is done as early has fewer.
    pub calls_minimum: u64,
    /// How long the limits take to let the last one leave, in milliseconds.
    pub ms: i64,
    /// No choice is done earlier.
    pub ms_minimum: i64,
}

/// One limit of a quota, as the plan spends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaNeed {
    /// Which quota.
    pub quota: QuotaId,
    /// Its name with the vendor's: `getui tag_batch`.
    pub name: String,
    /// The limit: `100/1m`.
    pub limit: String,
    /// How many calls of this plan spend it.
    pub needed: u64,
    /// How many calls it has room for at `created_at`.
    pub left: u64,
    /// When it turns over, or when the first spent call is out of the window.
    pub turns_over_at: Timestamp,
    /// Whether it is what decides when the plan is done.
    pub binds: bool,
}

/// Terraform's three numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Created, replaced ones too.
    pub add: u64,
    /// Updated in place.
    pub change: u64,
    /// Deleted, replaced ones too.
    pub destroy: u64,
}

/// The plan of an input.
#[must_use]
pub fn plan(input: Input<'_>) -> Plan {
    let mut selection = Selection::of(&input.names, input.options);
    let mut diff = diff::diff(&input);
    let everything = if selection.is_all() { Vec::new() } else { diff.cells.clone() };
    select::select(&mut diff, &mut selection);
    let orphans = select::without_account(&input, &mut diff);
    let left_out = left_out::leave_out(&input, &mut diff);
    let replacements = replace::replacements(&input, &diff.cells, &mut selection);
    let not_closed = closure::closure(&input, &everything, &replacements, &mut selection);

    let order = TextOrder::of(&input.names, names_in(&diff, &replacements));
    let work = Work::of(&input, &diff.cells, &replacements, &order);
    let mut ordered = order::order(&work);
    let mut problems = guard::guard(&work, &ordered);
    problems.extend(not_closed);
    problems.extend(orphans);

    let changes = group::group(&input, &diff.cells, &replacements, &order);
    let drift = group::group_drift(&input, &diff.drift, &order);
    let notes = notes::notes(&work, &ordered);
    let calls = order::calls(&work, std::mem::take(&mut ordered.drafts), &changes);
    let latency_ms = input.live.latency_ms;
    let course = Course { ledger: input.ledger, latency_ms, now: input.now, sign_ins: &[], flows: &[] };
    let choice = ordered.choice;
    let forecast =
        Forecast { choice, ..forecast::forecast(&calls, &replacements, ordered.calls_minimum, &course) };
    let limited = select::limited(input.options);
    let notes = limited.into_iter().chain(notes).collect();

    let refused = guard::refused(&work);
    let counts = diff::counts(&input);
    let unknown = select::distinct_users(&input.names, &diff.unknown);
    Plan {
        base: base::base(&input, &diff.cells),
        created_at: input.now,
        unmanaged: diff::unmanaged(&input),
        protected: guard::protected(&input),
        sizes: base::sizes(&input),
        names: input.names,
        cells: diff.cells,
        changes,
        calls,
        adopts: diff.adopts,
        forgets: diff.forgets,
        drift,
        drift_cells: diff.drift,
        counts,
        unobserved: diff.unobserved.into_iter().filter(|one| one.rows > 0).collect(),
        replacements,
        unknown,
        left_out,
        forecast,
        notes,
        problems,
        refused,
    }
}

/// Every name whose text decides an order.
fn names_in<'a>(diff: &'a Diff, replacements: &'a [Replacement]) -> impl Iterator<Item = Name> + 'a {
    let carried = |one: &'a Replacement| {
        one.carried.iter().map(|(device, _)| *device).chain(std::iter::once(one.property))
    };
    group::names_of(&diff.cells)
        .chain(group::names_of(&diff.drift))
        .chain(replacements.iter().flat_map(carried))
}

impl Plan {
    /// Foresees the calls anew: from another moment on, or after further calls that are none of the plan's.
    pub fn foresee(&mut self, course: &Course<'_>) {
        let Forecast { calls_minimum, choice, .. } = self.forecast;
        self.forecast =
            Forecast { choice, ..forecast::forecast(&self.calls, &self.replacements, calls_minimum, course) };
        self.created_at = course.now;
    }

    /// Terraform's three numbers, counted over changes.
    #[must_use]
    pub fn summary(&self) -> Summary {
        use crate::change::Action;
        let mut sum = Summary::default();
        for change in &self.changes {
            match change.action {
                Action::Create => sum.add += 1,
                Action::Update => sum.change += 1,
                Action::Delete => sum.destroy += 1,
                Action::Replace => {
                    sum.add += 1;
                    sum.destroy += 1;
                }
            }
        }
        sum
    }

    /// The selectors that it is limited by, as options of the command line; empty where it is about everything.
    #[must_use]
    pub fn limited_by(&self) -> Vec<String> {
        let option = |word: &String| {
            let target = word.strip_prefix(TARGET).map(|selector| format!("--target {selector}"));
            target.or_else(|| word.strip_prefix(EXCLUDE).map(|selector| format!("--exclude {selector}")))
        };
        self.base.looked.iter().filter_map(option).collect()
    }

    /// The aliases that its calls bind users to, or clear, sorted by number: who else is on them matters.
    #[must_use]
    pub fn written_aliases(&self) -> Vec<Name> {
        let mut aliases: Vec<Name> = Vec::new();
        for call in &self.calls {
            match &call.write {
                Write::BindAliases(pairs) => aliases.extend(pairs.iter().map(|(_, alias)| *alias)),
                Write::ClearAlias(alias, _) => aliases.push(*alias),
                Write::UnbindAliases(_)
                | Write::OverwriteTags { .. }
                | Write::BindTag(..)
                | Write::UnbindTag(..)
                | Write::Block(_)
                | Write::Unblock(_)
                | Write::BindTokens(..)
                | Write::UnbindTokens(..)
                | Write::CreateProperty(..)
                | Write::DescribeProperty(..)
                | Write::DeleteProperty(_)
                | Write::SetValues(_)
                | Write::RemoveValue(..) => {}
            }
        }
        aliases.sort_unstable();
        aliases.dedup();
        aliases
    }

    /// The cell of a row, if it changes.
    #[must_use]
    pub fn cell(&self, kind: Kind, subject: Name, item: Name) -> Option<&Cell> {
        self.cells.binary_search_by_key(&(kind, subject, item), Cell::key).ok().map(|at| &self.cells[at])
    }
}
