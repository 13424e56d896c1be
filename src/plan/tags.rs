//! From tag cells to calls: the numbers for `cover.rs`, and the calls of what it chose.
//!
//! Choosing itself is `cover.rs`'s.

use crate::change::Cell;
use crate::kind::{Write, limits};
use crate::names::Name;
use crate::quota::{QuotaId, Window};
use crate::table::{Kind, Row};
use crate::timestamp::DAY_MS;

use super::cover::{self, Instance, Pace, PaceLimit, Payer};
use super::order::{Work, spends};
use super::pack::{Draft, Placed};

/// The calls that change tags. `after` of binds are places in `unbinds`.
#[derive(Default)]
pub(super) struct TagCalls {
    pub unbinds: Vec<Draft>,
    /// Overwrites, then binds.
    pub binds: Vec<Draft>,
    pub calls_minimum: u64,
}

/// One user's cells, as a range of the list of all tag cells.
struct UserCells<'a> {
    user: Name,
    cells: &'a [Placed<'a>],
}

/// Overwrites and batches of tags.
pub(super) fn tags(work: &Work<'_>) -> TagCalls {
    let cells: Vec<Placed<'_>> = work.cells_of(Kind::Tag).collect();
    if cells.is_empty() {
        return TagCalls::default();
    }
    let mut users: Vec<UserCells<'_>> = (cells.chunk_by(|a, b| a.1.subject == b.1.subject))
        .map(|cells| UserCells { user: cells[0].1.subject, cells })
        .collect();
    users.sort_unstable_by_key(|one| work.order.rank(one.user));
    let batches = Batches::of(work, &cells);
    let instance = instance(work, &users, &batches);
    let cover = cover::choose(&instance);

    let mut calls = batches.calls(&users, &cover.overwrite, instance.batch_max as usize);
    let mut overwrites: Vec<Draft> = (users.iter().zip(&cover.overwrite))
        .filter(|(_, overwritten)| **overwritten)
        .map(|(one, _)| overwrite(work, one))
        .collect();
    removals_first(work, &users, &cover.overwrite, &mut calls);
    overwrites.append(&mut calls.binds);
    TagCalls { unbinds: calls.unbinds, binds: overwrites, calls_minimum: cover.calls_minimum }
}

/// Tags and directions, numbered by the tags' texts: even numbers unbind, odd ones bind.
struct Batches {
    tags: Vec<Name>,
    numbers: Vec<u32>,
}

impl Batches {
    fn of(work: &Work<'_>, cells: &[Placed<'_>]) -> Self {
        let mut numbers = vec![0; work.input.names.len()];
        let mut tags = Vec::new();
        for (_, cell) in cells {
            if std::mem::replace(&mut numbers[cell.item.index()], 1) == 0 {
                tags.push(cell.item);
            }
        }
        tags.sort_unstable_by_key(|tag| work.order.rank(*tag));
        for (number, tag) in (0..).zip(&tags) {
            numbers[tag.index()] = 2 * number;
        }
        Self { tags, numbers }
    }

    fn number(&self, cell: &Cell) -> u32 {
        self.numbers[cell.item.index()] + u32::from(cell.after.is_some())
    }

    /// The batches of all users who are not overwritten, cut into calls, users by text.
    fn calls(&self, users: &[UserCells<'_>], overwrite: &[bool], batch_max: usize) -> TagCalls {
        let mut lists: Vec<Vec<Placed<'_>>> = vec![Vec::new(); 2 * self.tags.len()];
        for (one, _) in users.iter().zip(overwrite).filter(|(_, overwritten)| !**overwritten) {
            for placed in one.cells {
                lists[self.number(placed.1) as usize].push(*placed);
            }
        }
        let mut calls = TagCalls::default();
        for (number, list) in lists.iter().enumerate() {
            let tag = self.tags[number / 2];
            for batch in list.chunks(batch_max) {
                let members = batch.iter().map(|(_, cell)| cell.subject).collect();
                let cells = batch.iter().map(|(at, _)| *at).collect();
                if number % 2 == 0 {
                    calls.unbinds.push(Draft::new(Write::UnbindTag(tag, members), cells));
                } else {
                    calls.binds.push(Draft::new(Write::BindTag(tag, members), cells));
                }
            }
        }
        calls
    }
}

fn instance(work: &Work<'_>, users: &[UserCells<'_>], batches: &Batches) -> Instance {
    let mut instance = Instance {
        starts: vec![0],
        batches: 2 * batches.tags.len(),
        batch_max: u32::try_from(work.batch_max(Kind::Tag)).unwrap_or(u32::MAX),
        pace: pace(work, users),
        ..Instance::default()
    };
    for one in users {
        let first = instance.rows.len();
        instance.rows.extend(one.cells.iter().map(|(_, cell)| batches.number(cell)));
        // Cells come by the numbers of their names, which must not decide anything.
        instance.rows[first..].sort_unstable();
        instance.starts.push(u32::try_from(instance.rows.len()).unwrap_or(u32::MAX));
        instance.may_overwrite.push(may_overwrite(work, one));
    }
    instance
}

/// How long batches and overwrites take, by the limits that all users share.
fn pace(work: &Work<'_>, users: &[UserCells<'_>]) -> Pace {
    let Some(first) = users.first() else { return Pace::default() };
    let shared = |write: &Write| -> Vec<QuotaId> {
        let spends = spends(work.input, write);
        spends.iter().filter(|spend| spend.subject == 0).map(|spend| spend.quota).collect()
    };
    let batch = shared(&Write::BindTag(first.cells[0].1.item, vec![first.user]));
    let whole = shared(&bare_overwrite(first.user));
    let limit = |status: crate::quota::LimitStatus| {
        let payer = match (batch.contains(&status.quota), whole.contains(&status.quota)) {
            (true, true) => Payer::Both,
            (true, false) => Payer::Batches,
            (false, true) => Payer::Overwrites,
            (false, false) => return None,
        };
        let window_ms = match status.limit.window {
            Window::Sliding(ms) => ms,
            Window::Day => DAY_MS,
        };
        Some(PaceLimit { left: u64::from(status.left), count: u64::from(status.usable), window_ms, payer })
    };
    let limits = work.input.ledger.status(work.input.now).into_iter().filter_map(limit).collect();
    Pace { limits }
}

/// What an overwrite spends does not hang on its tags.
const fn bare_overwrite(user: Name) -> Write {
    Write::OverwriteTags { user, tags: Vec::new(), drops: Vec::new() }
}

/// Whether a user's tags may be set as a whole: all of them are known, they are not too many or too long, and
/// it was not done today.
fn may_overwrite(work: &Work<'_>, one: &UserCells<'_>) -> bool {
    let input = work.input;
    let Some(tags) = final_tags(work, one) else { return false };
    let mut chars = 0;
    for tag in &tags {
        let text = input.names.text(*tag);
        let len = text.chars().count();
        // A foreign tag may be one that we could not write.
        if len == 0 || len > limits::TAG_CHARS_MAX || text.contains(char::is_whitespace) {
            return false;
        }
        chars += len;
    }
    if tags.is_empty() || tags.len() > limits::USER_TAGS_MAX || chars > limits::OVERWRITE_CHARS_MAX {
        return false;
    }
    let spends = spends(input, &bare_overwrite(one.user));
    let own = spends.iter().filter(|spend| spend.subject != 0);
    own.into_iter().all(|spend| !input.ledger.subject_spent(spend.quota, spend.subject, input.now))
}

/// Everything a user carries afterwards, foreign tags included, if that can be said.
fn final_tags(work: &Work<'_>, one: &UserCells<'_>) -> Option<Vec<Name>> {
    let input = work.input;
    let items = |rows: &[Row]| rows.iter().map(|row| row.item).collect::<Vec<Name>>();
    if input.live.tag_users.binary_search(&one.user).is_ok() {
        let mut tags = items(input.live.tables.of(Kind::Tag).of(one.user));
        let cell_of = |tag: &Name| one.cells.binary_search_by_key(tag, |(_, cell)| cell.item);
        tags.retain(|tag| cell_of(tag).is_err());
        tags.extend(one.cells.iter().filter(|(_, cell)| cell.after.is_some()).map(|(_, cell)| cell.item));
        return Some(tags);
    }
    let everything = input.options.targets.is_empty() && input.options.excludes.is_empty();
    let exact = input.desired.exact_users.binary_search(&one.user).is_ok();
    (exact && everything).then(|| items(input.desired.tables.of(Kind::Tag).of(one.user)))
}

fn overwrite(work: &Work<'_>, one: &UserCells<'_>) -> Draft {
    let names = &work.input.names;
    let mut tags = final_tags(work, one).unwrap_or_default();
    let removed = one.cells.iter().filter(|(_, cell)| cell.after.is_none());
    let mut drops: Vec<Name> = removed.map(|(_, cell)| cell.item).collect();
    tags.sort_unstable_by(|a, b| names.by_text(*a, *b));
    drops.sort_unstable_by(|a, b| names.by_text(*a, *b));
    let cells = one.cells.iter().map(|(at, _)| *at).collect();
    Draft::new(Write::OverwriteTags { user: one.user, tags, drops }, cells)
}

/// How many tags a user carries now, as far as anybody knows.
pub(super) fn held(work: &Work<'_>, user: Name) -> usize {
    let input = work.input;
    let known = input.live.tag_users.binary_search(&user).is_ok();
    let tables = if known { &input.live.tables } else { &input.recorded.tables };
    tables.of(Kind::Tag).of(user).len()
}

/// Lets additions wait for removals where a user would carry too many tags in between.
fn removals_first(work: &Work<'_>, users: &[UserCells<'_>], overwrite: &[bool], calls: &mut TagCalls) {
    let full = |one: &UserCells<'_>| {
        let added = one.cells.iter().filter(|(_, cell)| cell.after.is_some()).count();
        added > 0 && added < one.cells.len() && held(work, one.user) + added > limits::USER_TAGS_MAX
    };
    let batched = users.iter().zip(overwrite).filter(|(_, overwritten)| !**overwritten);
    let waiting: Vec<&UserCells<'_>> = batched.map(|(one, _)| one).filter(|one| full(one)).collect();
    if waiting.is_empty() {
        return;
    }
    let unbind_of = call_of_cell(work.cells.len(), &calls.unbinds);
    let bind_of = call_of_cell(work.cells.len(), &calls.binds);
    for one in waiting {
        let unbinds = one.cells.iter().filter(|(_, cell)| cell.after.is_none());
        let unbinds: Vec<u32> = unbinds.map(|(at, _)| unbind_of[*at as usize]).collect();
        for (at, _) in one.cells.iter().filter(|(_, cell)| cell.after.is_some()) {
            calls.binds[bind_of[*at as usize] as usize].after.extend(&unbinds);
        }
    }
    for draft in &mut calls.binds {
        draft.after.sort_unstable();
        draft.after.dedup();
    }
}

fn call_of_cell(len: usize, drafts: &[Draft]) -> Vec<u32> {
    let mut calls = vec![0; len];
    for (call, draft) in (0..).zip(drafts) {
        for cell in &draft.cells {
            calls[*cell as usize] = call;
        }
    }
    calls
}
