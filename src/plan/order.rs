//! The calls of a plan in the order in which they go where not all fit today, and what each waits for.
//!
//! What a call carries is decided by `pack.rs`, `tags.rs` and `alias.rs`.
//!
//! ```text
//!   rank  ┌─ block ─────────────┐   people who asked not to be pushed come first, and wait for nothing
//!     │   ├─ unblock            │
//!     │   ├─ unbind aliases ────┼──> bind aliases ──> bind aliases …   places that others wait for
//!     │   ├─ unbind tags ───────┼──────────────────────────────┐        a user carries 100 tags at most
//!     │   ├─ bind aliases       │                              │
//!     │   ├─ delete property ───┼──> create property ──┐       │        a new type
//!     │   ├─ create, describe   │                      │       │
//!     │   ├─ remove values      │                      v       │
//!     │   ├─ set values ────────┼──────────────> set values    │        a value needs its property
//!     │   ├─ device tokens      │                              v
//!     v   └─ bind tags, overwrites ─────────────────────> bind tags
//! ```
//!
//! Where batches of tags do not fit today, unbinds of tags stand among binds, user by user: see `whole.rs`.
//! Every arrow leads down, so the place of a call in the list is its rank.

use crate::change::{Cell, Change};
use crate::kind::Write;
use crate::names::Name;
use crate::table::Kind;

use super::group::{change_of_property, is_replacement, owners};
use super::pack::{self, Draft};
use super::replace::find;
use super::tags::TagCalls;
use super::{Call, Choice, Input, Replacement, texts::TextOrder};

/// What the calls are made from.
pub(super) struct Work<'a> {
    pub input: &'a Input<'a>,
    pub cells: &'a [Cell],
    /// Those of `cells` that are properties.
    pub properties: &'a [Cell],
    pub replacements: &'a [Replacement],
    pub order: &'a TextOrder,
}

impl<'a> Work<'a> {
    pub fn of(
        input: &'a Input<'a>,
        cells: &'a [Cell],
        replacements: &'a [Replacement],
        order: &'a TextOrder,
    ) -> Self {
        let start = cells.partition_point(|cell| cell.kind() < Kind::Property);
        let end = cells.partition_point(|cell| cell.kind() <= Kind::Property);
        Self { input, cells, properties: &cells[start..end], replacements, order }
    }
}

/// The calls, how few there must be at least, and the cells that no call can serve.
#[derive(Default)]
pub(super) struct Ordered {
    pub drafts: Vec<Draft>,
    pub calls_minimum: u64,
    /// What is proven of the choice of calls for tags.
    pub choice: Option<Choice>,
    /// Binds into aliases that stay full, as places of cells.
    pub stuck: Vec<u32>,
    /// Values of properties that are neither there nor created, as places of cells.
    pub homeless: Vec<u32>,
    /// How many users are unbound to be bound again.
    pub detours: usize,
}

/// All calls in order.
pub(super) fn order(work: &Work<'_>) -> Ordered {
    let mut out = Ordered::default();
    let aliases = pack::aliases(work);
    let tags = super::tags::tags(work);
    let mut minimum = aliases.calls_minimum + tags.calls_minimum;

    pack::blacklist(work, &mut out.drafts);
    let first_alias = place(&out.drafts);
    append(&mut out.drafts, aliases.unbinds, first_alias);
    let TagCalls { unbinds, binds, choice, calls_minimum: _ } = tags;
    let first_tag = place(&out.drafts);
    let has_unbinds = !unbinds.is_empty();
    append(&mut out.drafts, unbinds, first_tag);
    let shift = place(&out.drafts) - aliases.unbind_count;
    append_binds(&mut out.drafts, aliases.binds, aliases.unbind_count, first_alias, shift);

    let before = out.drafts.len();
    let created = pack::properties(work, &mut out.drafts);
    out.homeless = pack::devices(work, &created, &mut out.drafts);
    pack::tokens(work, &mut out.drafts);
    minimum += (out.drafts.len() - before) as u64 + u64::from(first_alias);
    // Binds of tags wait for unbinds of tags only, which stand among them where not all fit today.
    let first = if has_unbinds { first_tag } else { place(&out.drafts) };
    append(&mut out.drafts, binds, first);
    (out.calls_minimum, out.stuck, out.detours) = (minimum, aliases.stuck, aliases.detours);
    out.choice = choice;
    out
}

/// Calls as a plan holds them.
pub(super) fn calls(work: &Work<'_>, drafts: Vec<Draft>, changes: &[Change]) -> Vec<Call> {
    let owners = owners(work.cells, changes);
    // Values that come along with their property serve its change.
    let carried: Vec<(Name, u32)> = (work.replacements.iter())
        .filter_map(|one| Some((one.property, change_of_property(changes, one.property)?)))
        .collect();
    let make = |(rank, draft): (u32, Draft)| {
        let mut serves: Vec<u32> = draft.cells.iter().map(|cell| owners[*cell as usize]).collect();
        if let Write::SetValues(values) = &draft.write
            && values.len() > draft.cells.len()
        {
            let is_cell = |device, property| find(work.cells, Kind::Device, device, property).is_some();
            let along = values.iter().filter(|(device, property, _)| !is_cell(*device, *property));
            let change_of = |property: &Name| carried.iter().find(|(one, _)| one == property);
            serves.extend(along.filter_map(|(_, property, _)| change_of(property)).map(|(_, at)| *at));
        }
        serves.sort_unstable();
        serves.dedup();
        assert!(!serves.is_empty(), "a plan without changes has no calls, and every call serves a change");
        let Draft { write, after, .. } = draft;
        let spends = spends(work.input, &write);
        Call { write, spends, after, changes: serves, rank }
    };
    (0..).zip(drafts).map(make).collect()
}

/// What a write spends, by its account's own word.
pub(super) fn spends(input: &Input<'_>, write: &Write) -> Vec<crate::quota::Spend> {
    let provider = input.providers.iter().find(|provider| provider.vendor() == write.vendor());
    provider.map_or_else(Vec::new, |one| one.write_spends(write, &input.names, input.ledger.quotas()))
}

/// Whether deleting a property in this plan takes a device's value with it.
pub(super) fn goes_with_property(work: &Work<'_>, cell: &Cell) -> bool {
    let at = work.properties.binary_search_by_key(&cell.item, |cell| cell.subject);
    at.is_ok_and(|at| goes(work, &work.properties[at]))
}

/// Whether a property is deleted, be it to be created again.
pub(super) fn goes(work: &Work<'_>, cell: &Cell) -> bool {
    cell.before.is_some() && (cell.after.is_none() || is_replacement(&work.input.names, cell))
}

pub(super) fn place(drafts: &[Draft]) -> u32 {
    u32::try_from(drafts.len()).unwrap_or(u32::MAX)
}

/// Puts calls behind the others; what they wait for is counted from `first`.
fn append(drafts: &mut Vec<Draft>, list: Vec<Draft>, first: u32) {
    for mut draft in list {
        draft.after.iter_mut().for_each(|at| *at += first);
        drafts.push(draft);
    }
}

/// The same for binds of aliases, which wait for unbinds (numbers below `unbinds`) and for binds, between which
/// other calls stand.
fn append_binds(drafts: &mut Vec<Draft>, list: Vec<Draft>, unbinds: u32, first: u32, shift: u32) {
    for mut draft in list {
        draft.after.iter_mut().for_each(|at| *at += if *at < unbinds { first } else { shift });
        drafts.push(draft);
    }
}
