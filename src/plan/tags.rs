//! From tag cells to calls: the numbers for `cover/`, and the calls of what it chose.
//!
//! Choosing itself is `cover/`'s.

use crate::change::Cell;
use crate::kind::{Write, limits};
use crate::names::{Name, Names};
use crate::quota::{QuotaId, Spend, Window};
use crate::table::{Kind, Row};
use crate::timestamp::DAY_MS;
use crate::wire::is_path_segment;

use super::cover::{self, Cover, Instance, Pace, PaceLimit, Payer};
use super::left_out::{LeftOut, Why};
use super::order::{Work, spends};
use super::pack::{Draft, Placed};
use super::{Choice, Input, Options, whole};

/// The calls that change tags. `after` of binds are places in `unbinds`, or among themselves where that is empty.
#[derive(Default)]
pub(super) struct TagCalls {
    pub unbinds: Vec<Draft>,
    /// Binds, or all batches where they do not fit today, then overwrites: those have room beside batches, but
    /// batches that come last would find the limit that both spend used up, and their own unused.
    pub binds: Vec<Draft>,
    pub calls_minimum: u64,
    pub choice: Option<Choice>,
}

/// One user's cells, and what else decides how they are written.
struct UserCells<'a> {
    user: Name,
    cells: &'a [Placed<'a>],
    carried: Carried<'a>,
    may_overwrite: bool,
}

/// From what everything follows that a user carries afterwards.
#[derive(Clone, Copy)]
enum Carried<'a> {
    /// What they carry now was read: it is read again immediately before the overwrite.
    Now(&'a [Row]),
    /// What they carry afterwards is declared exactly.
    Afterwards(&'a [Row]),
    /// Nobody can say.
    Unknown,
}

/// Overwrites and batches of tags.
pub(super) fn tags(work: &Work<'_>) -> TagCalls {
    let placed: Vec<Placed<'_>> = work.cells_of(Kind::Tag).collect();
    if placed.is_empty() {
        return TagCalls::default();
    }
    let shares = Shares::of(work.input, placed[0].1.subject);
    // By number first: the tables are read in their own order, which matters for a million users.
    let users = (placed.chunk_by(|a, b| a.1.subject == b.1.subject))
        .map(|cells| UserCells::of(work.input, cells, &shares));
    let (mut users, mut forced): (Vec<UserCells<'_>>, Vec<UserCells<'_>>) =
        users.partition(|one| !one.has_unreachable(&work.input.names));
    users.sort_unstable_by_key(|one| work.order.rank(one.user));
    forced.sort_unstable_by_key(|one| work.order.rank(one.user));
    let batches = Batches::of(work, &placed);
    let instance = instance(work, &users, &batches);
    let cover = cover::choose(&instance);

    let calls_of = |one: &UserCells<'_>| u64::from(one.overwrite_calls());
    let overwritten: u64 = (users.iter().zip(&cover.overwrite))
        .filter(|(_, overwritten)| **overwritten)
        .map(|(one, _)| calls_of(one))
        .sum();
    let batch_calls = cover.cost.map_or(0, |cost| cost.calls - overwritten);
    let fits_today = !whole::is_needed(&instance.pace, batch_calls);
    let batched: Vec<&UserCells<'_>> = if fits_today {
        let users = users.iter().zip(&cover.overwrite).filter(|(_, overwritten)| !**overwritten);
        users.map(|(one, _)| one).collect()
    } else {
        let order = whole::cheapest_first(&instance, &cover.overwrite);
        order.into_iter().map(|user| &users[user as usize]).collect()
    };
    let mut calls = batches.calls(&batched, instance.batch_max as usize);
    removals_first(work, &batched, &mut calls);
    if !fits_today {
        calls = user_by_user(work, &batched, calls);
    }
    let overwrites = (users.iter().zip(&cover.overwrite))
        .filter(|(_, overwritten)| **overwritten)
        .map(|(one, _)| one)
        .chain(&forced)
        .map(|one| one.overwrite(&work.input.names));
    calls.binds.extend(overwrites);
    let calls_minimum = cover.calls_minimum + forced.iter().map(calls_of).sum::<u64>();
    TagCalls { calls_minimum, choice: choice(&cover), ..calls }
}

/// What is proven of what was chosen.
fn choice(cover: &Cover) -> Option<Choice> {
    let cost = cover.cost.filter(|cost| cost.calls > 0 && cost.ms < cover::NEVER_MS)?;
    let (calls_minimum, ms_minimum) = (cover.calls_minimum_in_time, cover.ms_minimum);
    Some(Choice { calls: cost.calls, calls_minimum, ms: cost.ms, ms_minimum })
}

/// Batches in the order of the users for whom they are needed.
fn user_by_user(work: &Work<'_>, batched: &[&UserCells<'_>], calls: TagCalls) -> TagCalls {
    let mut places = vec![u32::MAX; work.input.names.len()];
    for (place, one) in (0..).zip(batched) {
        places[one.user.index()] = place;
    }
    let first_user = |draft: &Draft| places[work.cells[draft.cells[0] as usize].subject.index()];
    TagCalls { binds: whole::together(calls.unbinds, calls.binds, first_user), ..TagCalls::default() }
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

    /// The batches of users, cut into calls, users as they come.
    fn calls(&self, users: &[&UserCells<'_>], batch_max: usize) -> TagCalls {
        let mut lists: Vec<Vec<Placed<'_>>> = vec![Vec::new(); 2 * self.tags.len()];
        for one in users {
            for placed in one.cells {
                lists[self.number(placed.1) as usize].push(*placed);
            }
        }
        let mut calls = TagCalls::default();
        for (number, list) in lists.iter().enumerate() {
            let tag = self.tags[number / 2];
            for batch in list.chunks(batch_max) {
                let members = batch.iter().map(|(_, cell)| cell.subject).collect();
                let places = batch.iter().map(|(at, _)| *at).collect();
                if number % 2 == 0 {
                    calls.unbinds.push(Draft::new(Write::UnbindTag(tag, members), places));
                } else {
                    calls.binds.push(Draft::new(Write::BindTag(tag, members), places));
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
        overwrite_calls: users.iter().map(UserCells::overwrite_calls).collect(),
        ..Instance::default()
    };
    for one in users {
        let first = instance.rows.len();
        instance.rows.extend(one.cells.iter().map(|(_, cell)| batches.number(cell)));
        // Cells come by the numbers of their names, which must not decide anything.
        instance.rows[first..].sort_unstable();
        instance.starts.push(u32::try_from(instance.rows.len()).unwrap_or(u32::MAX));
        instance.may_overwrite.push(one.may_overwrite);
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
        let first_ms = match status.limit.window {
            Window::Sliding(ms) => ms,
            Window::Day => status.turns_over_at.since(work.input.now),
        };
        let (left, count) = (u64::from(status.left), u64::from(status.usable));
        Some(PaceLimit { left, count, first_ms, window_ms, payer })
    };
    let limits = work.input.ledger.status(work.input.now).into_iter().filter_map(limit).collect();
    Pace { limits }
}

/// What an overwrite spends does not hang on its tags.
const fn bare_overwrite(user: Name) -> Write {
    Write::OverwriteTags { user, tags: Vec::new(), drops: Vec::new(), carried: None }
}

/// The same where the user is read first.
const fn bare_overwrite_after_reading(user: Name) -> Write {
    Write::OverwriteTags { user, tags: Vec::new(), drops: Vec::new(), carried: Some(Vec::new()) }
}

/// Whether users' own shares need a look at all: nobody's do while nobody has spent any.
struct Shares {
    are_untouched: bool,
    /// Whether a question and its overwrite may leave together.
    has_room_for_pairs: bool,
}

impl Shares {
    fn of(input: &Input<'_>, user: Name) -> Self {
        let spends = spends(input, &bare_overwrite(user));
        let own = |quota| spends.iter().any(|spend| spend.quota == quota && spend.subject != 0);
        let status = input.ledger.status(input.now);
        let mut own = status.iter().filter(|status| own(status.quota));
        let are_untouched = own.all(|status| status.subjects == 0 && status.usable > 0);
        let pair = super::order::spends(input, &bare_overwrite_after_reading(user));
        let times = |quota| pair.iter().filter(|spend| spend.subject == 0 && spend.quota == quota).count();
        let has_room_for_pairs = status.iter().all(|one| one.usable as usize >= times(one.quota));
        Self { are_untouched, has_room_for_pairs }
    }

    fn allow(&self, input: &Input<'_>, user: Name) -> bool {
        let free = |spend: &Spend| {
            spend.subject == 0 || !input.ledger.subject_spent(spend.quota, spend.subject, input.now)
        };
        self.are_untouched || spends(input, &bare_overwrite(user)).iter().all(free)
    }
}

impl<'a> UserCells<'a> {
    fn of(input: &Input<'a>, cells: &'a [Placed<'a>], shares: &Shares) -> Self {
        let user = cells[0].1.subject;
        let Options { targets, excludes, only, .. } = input.options;
        let everything = targets.is_empty() && excludes.is_empty() && only.is_none();
        let carried = if everything && input.desired.exact_users.binary_search(&user).is_ok() {
            Carried::Afterwards(input.desired.tables.of(Kind::Tag).of(user))
        } else if input.live.tag_users.binary_search(&user).is_ok() {
            Carried::Now(input.live.tables.of(Kind::Tag).of(user))
        } else {
            Carried::Unknown
        };
        let mut one = Self { user, cells, carried, may_overwrite: false };
        let goes = one.overwrite_calls() == 1 || shares.has_room_for_pairs;
        one.may_overwrite = goes && one.fits(&input.names) && shares.allow(input, user);
        one
    }

    /// An overwrite that has to carry foreign tags reads its user first.
    const fn overwrite_calls(&self) -> u32 {
        match self.carried {
            Carried::Now(_) => 2,
            Carried::Afterwards(_) | Carried::Unknown => 1,
        }
    }

    /// Whether one of the tags can stand in no path, so that no batch can name it.
    fn has_unreachable(&self, names: &Names) -> bool {
        self.cells.iter().any(|(_, cell)| !is_path_segment(names.text(cell.item)))
    }

    /// Everything that the user carries afterwards, foreign tags included, if that can be said.
    fn tags(&self) -> Option<impl Iterator<Item = Name>> {
        let (rows, added) = match self.carried {
            Carried::Now(rows) => (rows, self.cells),
            Carried::Afterwards(rows) => (rows, [].as_slice()),
            Carried::Unknown => return None,
        };
        let is_cell = |tag: &Name| self.cells.binary_search_by_key(tag, |(_, cell)| cell.item).is_ok();
        let stays = move |tag: &Name| matches!(self.carried, Carried::Afterwards(_)) || !is_cell(tag);
        let added = added.iter().filter(|(_, cell)| cell.after.is_some()).map(|(_, cell)| cell.item);
        Some(rows.iter().map(|row| row.item).filter(stays).chain(added))
    }

    /// Whether all of that may be sent in one call.
    fn fits(&self, names: &Names) -> bool {
        let Some(tags) = self.tags() else { return false };
        let (mut count, mut all_chars) = (0, 0);
        for tag in tags {
            let text = names.text(tag);
            let chars = text.chars().count();
            // A foreign tag may be one that we could not write.
            if chars == 0 || chars > limits::TAG_CHARS_MAX || text.contains(char::is_whitespace) {
                return false;
            }
            (count, all_chars) = (count + 1, all_chars + chars);
        }
        (1..=limits::USER_TAGS_MAX).contains(&count) && all_chars <= limits::OVERWRITE_CHARS_MAX
    }

    fn overwrite(&self, names: &Names) -> Draft {
        let removed = self.cells.iter().filter(|(_, cell)| cell.after.is_none());
        let mut drops: Vec<Name> = removed.map(|(_, cell)| cell.item).collect();
        let mut tags: Vec<Name> = self.tags().into_iter().flatten().collect();
        tags.sort_unstable_by(|a, b| names.by_text(*a, *b));
        drops.sort_unstable_by(|a, b| names.by_text(*a, *b));
        let is_cell = |tag: &Name| self.cells.binary_search_by_key(tag, |(_, cell)| cell.item).is_ok();
        let carried = match self.carried {
            Carried::Now(_) => Some(tags.iter().copied().filter(|tag| !is_cell(tag)).collect()),
            Carried::Afterwards(_) | Carried::Unknown => None,
        };
        let cells = self.cells.iter().map(|(at, _)| *at).collect();
        Draft::new(Write::OverwriteTags { user: self.user, tags, drops, carried }, cells)
    }
}

/// Takes out the tag cells that no call can serve: those whose tag no path can name, of users who cannot be
/// overwritten.
pub(super) fn leave_out_unreachable(input: &Input<'_>, cells: &mut Vec<Cell>) -> Vec<LeftOut> {
    let start = cells.partition_point(|cell| cell.kind() < Kind::Tag);
    let end = cells.partition_point(|cell| cell.kind() <= Kind::Tag);
    let is_unreachable = |cell: &Cell| !is_path_segment(input.names.text(cell.item));
    if !cells[start..end].iter().any(is_unreachable) {
        return Vec::new();
    }
    let placed: Vec<Placed<'_>> = (0..).zip(&cells[start..end]).collect();
    let shares = Shares::of(input, placed[0].1.subject);
    let mut gone: Vec<(Kind, Name, Name)> = Vec::new();
    let mut left_out = Vec::new();
    for cells in placed.chunk_by(|a, b| a.1.subject == b.1.subject) {
        if UserCells::of(input, cells, &shares).may_overwrite {
            continue;
        }
        for (_, cell) in cells.iter().filter(|(_, cell)| is_unreachable(cell)) {
            gone.push(cell.key());
            let Cell { subject: user, item: tag, origin, .. } = **cell;
            left_out.push(LeftOut { user, origin, why: Why::Unreachable(tag) });
        }
    }
    cells.retain(|cell| gone.binary_search(&cell.key()).is_err());
    left_out
}

/// How many tags a user carries now, as far as anybody knows.
pub(super) fn held(input: &Input<'_>, user: Name) -> usize {
    let known = input.live.tag_users.binary_search(&user).is_ok();
    if known {
        return input.live.tables.of(Kind::Tag).of(user).len();
    }
    // What is in doubt is written once more: it must not be counted twice.
    let stands = |row: &&Row| input.live.doubted.binary_search(&row.item).is_err();
    input.recorded.tables.of(Kind::Tag).of(user).iter().filter(stands).count()
}

/// Lets additions wait for removals where a user would carry too many tags in between.
fn removals_first(work: &Work<'_>, batched: &[&UserCells<'_>], calls: &mut TagCalls) {
    let full = |one: &&&UserCells<'_>| {
        let added = one.cells.iter().filter(|(_, cell)| cell.after.is_some()).count();
        added > 0 && added < one.cells.len() && held(work.input, one.user) + added > limits::USER_TAGS_MAX
    };
    let waiting: Vec<&UserCells<'_>> = batched.iter().filter(full).copied().collect();
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
