//! What reads pay for themselves: plain numbers in and out.
//!
//! A read pays where its answer changes what is sent by more than it costs, in time at the limits in force. Pure; who
//! asks the questions is `counted.rs`.

use std::cmp::{Ordering, Reverse};

use crate::names::{Name, Names};
use crate::plan::{Settled, SettledTag};
use crate::quota::{Limit, Window};
use crate::table::Row;
use crate::timestamp::DAY_MS;

use super::{holds, union};

/// One tag, and how many recorded rows it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub tag: Name,
    /// How many users are recorded to carry it.
    pub recorded: u64,
    /// Whether its users are declared or recorded as its members.
    pub members: bool,
    /// Whether it stands in declared or recorded tag sets.
    pub sets: bool,
}

/// Counts the recorded rows of these tags, sorted by number, the settled ones among them.
pub(super) fn tallies(tags: &[Name], desired: &[Row], recorded: &[Row], settled: &Settled) -> Vec<Tally> {
    let fresh = |tag: &Name| {
        let SettledTag { rows, members, sets } = settled.tags.get(tag).copied().unwrap_or_default();
        Tally { tag: *tag, recorded: rows, members, sets }
    };
    let mut all: Vec<Tally> = tags.iter().map(fresh).collect();
    for (row, counts) in desired.iter().map(|row| (row, 0)).chain(recorded.iter().map(|row| (row, 1))) {
        if let Ok(at) = tags.binary_search(&row.item) {
            let tally = &mut all[at];
            tally.recorded += counts;
            let by_set = row.value == Name::SET;
            (tally.sets, tally.members) = (tally.sets || by_set, tally.members || !by_set);
        }
    }
    all
}

/// Of tags that fewer users carry than are recorded, those whose recorded users can all be read, smallest first.
/// Both lists are sorted by number: those that are read, and the rest.
pub(super) fn closer(short: &[Tally], reads_max: u64, names: &Names) -> (Vec<Name>, Vec<Name>) {
    let mut short: Vec<&Tally> = short.iter().collect();
    short.sort_by(|a, b| match a.recorded.cmp(&b.recorded) {
        Ordering::Equal => names.by_text(a.tag, b.tag),
        unequal => unequal,
    });
    let mut left = reads_max;
    let (mut read, mut rest) = (Vec::new(), Vec::new());
    for tally in short {
        match left.checked_sub(tally.recorded) {
            Some(still) => {
                left = still;
                read.push(tally.tag);
            }
            None => rest.push(tally.tag),
        }
    }
    read.sort_unstable();
    rest.sort_unstable();
    (read, rest)
}

/// What a row that would be sent is worth beside one that would not: an answer about it changes a call, and as many users
/// share the question as an alias has at most.
pub(super) const WRITTEN: u64 = 10;

/// What a look at each of these aliases and the recorded ones is worth, sorted by number: one who comes or goes
/// counts ten times, and so does an alias that nobody recorded; one that stays as it is comes last.
pub(super) fn aliases(declared: &[Name], desired: &[Row], recorded: &[Row]) -> Vec<(Name, u64)> {
    let ours = union(recorded.iter().map(|row| row.value));
    let new = declared.iter().filter(|alias| !holds(&ours, **alias)).map(|alias| (*alias, WRITTEN));
    let mut gains: Vec<(Name, u64)> = new.collect();
    gains.extend(ours.iter().map(|alias| (*alias, 0)));
    for (desired, recorded) in (Pairs { desired, recorded }) {
        let (is, shall) = (recorded.map(|row| row.value), desired.map(|row| row.value));
        if is != shall {
            gains.extend(is.into_iter().chain(shall).map(|alias| (alias, WRITTEN)));
        }
    }
    gains.sort_unstable();
    let sum = |list: &[(Name, u64)]| (list[0].0, list.iter().map(|(_, gain)| gain).sum());
    gains.chunk_by(|a, b| a.0 == b.0).map(sum).collect()
}

/// How many users come to an alias that may not show them yet.
pub(super) fn hidden(desired: &[Row], recorded: &[Row]) -> u64 {
    let comes = |(desired, recorded): &(Option<&Row>, Option<&Row>)| {
        desired.is_some_and(|row| recorded.is_none_or(|one| one.value != row.value))
    };
    Pairs { desired, recorded }.filter(comes).count() as u64
}

/// Whose rows would be sent if the record were all there is.
pub(super) fn changed_subjects<'a>(
    desired: &'a [Row],
    recorded: &'a [Row],
) -> impl Iterator<Item = Name> + use<'a> {
    let changes = |(desired, recorded): &(Option<&Row>, Option<&Row>)| {
        desired.map(|row| row.value) != recorded.map(|row| row.value)
    };
    let subject =
        |(desired, recorded): (Option<&Row>, Option<&Row>)| desired.or(recorded).map(|row| row.subject);
    Pairs { desired, recorded }.filter(changes).filter_map(subject)
}

/// What a look at a user's tags is worth: what they carry beside the rows that would be sent counts as one more.
pub(super) fn of_user(pending: &[Pending], user: Name) -> u64 {
    let first = pending.partition_point(|row| row.user < user);
    let rows = pending[first..].iter().take_while(|row| row.user == user).count() as u64;
    WRITTEN.saturating_mul(rows + 1)
}

/// One tag row that would be sent: user, tag, and whether it comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    user: Name,
    tag: Name,
    comes: bool,
}

/// The tag rows that would be sent if the record were all there is, by user.
pub(super) fn pending(desired: &[Row], recorded: &[Row]) -> Vec<Pending> {
    let differ = |(desired, recorded): (Option<&Row>, Option<&Row>)| {
        let row = desired.xor(recorded)?;
        Some(Pending { user: row.subject, tag: row.item, comes: desired.is_some() })
    };
    Pairs { desired, recorded }.filter_map(differ).collect()
}

/// Two sorted lists of rows, walked side by side by key.
struct Pairs<'a> {
    desired: &'a [Row],
    recorded: &'a [Row],
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (Option<&'a Row>, Option<&'a Row>);

    fn next(&mut self) -> Option<Self::Item> {
        let (desired, recorded) = (self.desired.first(), self.recorded.first());
        let order = match (desired, recorded) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.key().cmp(&b.key()),
        };
        if order != Ordering::Greater {
            self.desired = &self.desired[1..];
        }
        if order != Ordering::Less {
            self.recorded = &self.recorded[1..];
        }
        Some((desired.filter(|_| order.is_le()), recorded.filter(|_| order.is_ge())))
    }
}

/// What calls cost.
pub(super) struct Prices {
    /// The limits that a batch spends.
    pub batches: Vec<Limit>,
    /// The limits that a read or an overwrite spends.
    pub reads: Vec<Limit>,
    /// How many users a batch takes.
    pub batch_max: u64,
}

/// Shares of a call are whole numbers: parts of a million.
const WHOLE: u64 = 1_000_000;
/// An overwrite that carries foreign tags is two calls: the read and the write.
const CALLS_OF_AN_OVERWRITE: u64 = 2;

/// The users to read so that each can be overwritten, sorted by number. A user's rows cost a share of each of their
/// batches; where that takes longer than a read and a write, those go, the dearest users first, until both sorts of
/// calls take equally long: they go side by side.
pub(super) fn overwritten(pending: &[Pending], names: usize, prices: &Prices) -> Vec<Name> {
    let batch = |row: &Pending| 2 * row.tag.index() + usize::from(row.comes);
    let mut sizes = vec![0_u64; 2 * names];
    pending.iter().for_each(|row| sizes[batch(row)] += 1);
    let calls: u64 = sizes.iter().map(|size| size.div_ceil(prices.batch_max)).sum();
    let batch_us = call_us(&prices.batches, calls);
    let share = |row: &Pending| WHOLE / sizes[batch(row)].clamp(1, prices.batch_max);
    let mut users: Vec<(u64, Name)> = (pending.chunk_by(|a, b| a.user == b.user))
        .map(|rows| (rows.iter().map(share).sum(), rows[0].user))
        .collect();
    users.sort_unstable_by_key(|(share, user)| (Reverse(*share), *user));
    // In microseconds, times the parts of a call.
    let mut batches_left = u128::from(calls) * u128::from(WHOLE) * u128::from(batch_us);
    let mut reads = 0_u64;
    let mut read = Vec::new();
    for (share, user) in users {
        let after = reads + CALLS_OF_AN_OVERWRITE;
        let read_us = call_us(&prices.reads, after).max(pace_us(&prices.reads));
        let saved = u128::from(share) * u128::from(batch_us);
        let costs = u128::from(CALLS_OF_AN_OVERWRITE) * u128::from(WHOLE) * u128::from(read_us);
        let all_reads = u128::from(after) * u128::from(WHOLE) * u128::from(read_us);
        if saved == 0 || saved <= costs || all_reads > batches_left {
            break;
        }
        batches_left = batches_left.saturating_sub(saved);
        reads = after;
        read.push(user);
    }
    read.sort_unstable();
    read
}

/// How much of a sliding window one call takes away from others, in microseconds: never nothing, since reads share their
/// limit with everything else.
fn pace_us(limits: &[Limit]) -> u64 {
    let us = |limit: &Limit| match limit.window {
        Window::Sliding(ms) => {
            u64::try_from(ms).unwrap_or(0).saturating_mul(1_000) / u64::from(limit.count).max(1)
        }
        Window::Day => 0,
    };
    limits.iter().map(us).max().unwrap_or(0)
}

/// How long one of so many calls takes on average, in microseconds: nothing while all of them fit into one window.
fn call_us(limits: &[Limit], calls: u64) -> u64 {
    let us = |limit: &Limit| {
        let window_ms = match limit.window {
            Window::Sliding(ms) => ms,
            Window::Day => DAY_MS,
        };
        let count = u64::from(limit.count);
        let per_call = || u64::try_from(window_ms).unwrap_or(0).saturating_mul(1_000) / count.max(1);
        if calls <= count { 0 } else { per_call() }
    };
    limits.iter().map(us).max().unwrap_or(0)
}

/// The recorded users of these tags, sorted by number.
pub(super) fn members(tags: &[Name], recorded: &[Row]) -> Vec<Name> {
    union(recorded.iter().filter(|row| holds(tags, row.item)).map(|row| row.subject))
}

#[cfg(test)]
#[path = "worth_tests.rs"]
mod tests;
