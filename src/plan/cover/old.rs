//! Which users are overwritten whole and which tags are written in batches, so that every pending row is
//! covered: earliest end first, then fewest calls; and how few calls there must be at least.
//!
//! Plain numbers in and out. It tries a row of prices for a batch against an overwrite and keeps the best, never
//! worse than batches alone or overwrites alone. It does not prove its choice optimal: what it proves is
//! [`Cover::calls_minimum`].

/// Rows to cover: each is one user's and belongs to one batch (a tag and a direction).
#[derive(Clone, Debug, Default)]
pub(super) struct Instance {
    /// Where each user's rows start in `rows`; one more entry than users.
    pub starts: Vec<u32>,
    /// The batch of each row, users after one another.
    pub rows: Vec<u32>,
    /// How many batches there are.
    pub batches: usize,
    /// Whether each user may be overwritten.
    pub may_overwrite: Vec<bool>,
    /// How many rows one call of a batch covers.
    pub batch_max: u32,
    /// How long calls take.
    pub pace: Pace,
}

/// The limits that calls of the two sorts spend.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    pub limits: Vec<PaceLimit>,
}

/// One limit: `left` calls now, then `count` calls in every `window_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PaceLimit {
    pub left: u64,
    pub count: u64,
    pub window_ms: i64,
    /// Which sorts of calls spend it.
    pub payer: Payer,
}

/// Which sorts of calls spend a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payer {
    Batches,
    Overwrites,
    Both,
}

/// A choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    /// Whether each user is overwritten; rows of all others go in batches.
    pub overwrite: Vec<bool>,
    /// No choice has fewer calls.
    pub calls_minimum: u64,
}

/// What a choice costs; the smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    pub ms: i64,
    pub calls: u64,
}

/// Prices of one call of a batch, in overwrites. Overwrites spend the general limit, which is an order of
/// magnitude wider than that of batches; where time does not matter a price of 1 counts calls.
const PRICES: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 40.0, 100.0];

/// Above this many rows only some prices are tried, to stay within seconds.
const ROWS_FOR_ALL_PRICES: usize = 2_000_000;

/// Chooses.
pub(super) fn choose(instance: &Instance) -> Cover {
    let none = vec![false; instance.users()];
    let mut best = (cost(instance, &none), none);
    let step = if instance.rows.len() > ROWS_FOR_ALL_PRICES { 3 } else { 1 };
    let all = instance.may_overwrite.clone();
    let drawn = PRICES.iter().step_by(step).map(|price| at_price(instance, *price));
    for candidate in std::iter::once(all).chain(drawn) {
        let cost = cost(instance, &candidate);
        if cost < best.0 {
            best = (cost, candidate);
        }
    }
    let mut overwrite = best.1;
    prefer_batches(instance, &mut overwrite);
    Cover { overwrite, calls_minimum: calls_minimum(instance) }
}

/// Takes back overwrites that save nothing: a batch leaves foreign tags alone whatever happens meanwhile, and
/// can be repeated, while a user's overwrite of the day is gone.
fn prefer_batches(instance: &Instance, overwrite: &mut [bool]) {
    let mut pending = instance.pending(overwrite);
    let mut batches: u64 = pending.iter().map(|rows| instance.calls(*rows)).sum();
    let mut overwrites = overwrite.iter().filter(|is| **is).count() as u64;
    for user in 0..instance.users() {
        if !overwrite[user] {
            continue;
        }
        let more = |batch: &u32| {
            let rows = pending[*batch as usize];
            instance.calls(rows + 1) - instance.calls(rows)
        };
        let added: u64 = instance.rows_of(user).iter().map(more).sum();
        let no_later =
            || instance.pace.ms(batches + added, overwrites - 1) <= instance.pace.ms(batches, overwrites);
        if added <= 1 && no_later() {
            batches += added;
            overwrites -= 1;
            set(instance, overwrite, &mut pending, user, How::Batches);
        }
    }
}

/// What a choice costs.
pub(super) fn cost(instance: &Instance, overwrite: &[bool]) -> Cost {
    let overwrites = overwrite.iter().filter(|is| **is).count() as u64;
    let pending = instance.pending(overwrite);
    let batches = pending.iter().map(|rows| instance.calls(*rows)).sum();
    Cost { ms: instance.pace.ms(batches, overwrites), calls: batches + overwrites }
}

impl Pace {
    /// When the last call may leave, taking windows as if they followed one another.
    fn ms(&self, batches: u64, overwrites: u64) -> i64 {
        let ms = |limit: &PaceLimit| {
            let calls = match limit.payer {
                Payer::Batches => batches,
                Payer::Overwrites => overwrites,
                Payer::Both => batches + overwrites,
            };
            let over = calls.saturating_sub(limit.left);
            if over == 0 {
                return 0;
            }
            let windows = over.checked_div(limit.count).map(|_| over.div_ceil(limit.count));
            windows.map_or(i64::MAX, |n| i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(limit.window_ms))
        };
        self.limits.iter().map(ms).max().unwrap_or(0)
    }
}

impl Instance {
    fn users(&self) -> usize {
        self.may_overwrite.len()
    }

    fn rows_of(&self, user: usize) -> &[u32] {
        &self.rows[self.starts[user] as usize..self.starts[user + 1] as usize]
    }

    fn calls(&self, rows: u32) -> u64 {
        u64::from(rows.div_ceil(self.batch_max.max(1)))
    }

    /// How many rows of each batch are left.
    fn pending(&self, overwrite: &[bool]) -> Vec<u32> {
        let mut pending = vec![0; self.batches];
        for user in (0..self.users()).filter(|user| !overwrite[*user]) {
            for batch in self.rows_of(user) {
                pending[*batch as usize] += 1;
            }
        }
        pending
    }
}

/// A choice that takes a batch's call to cost so many overwrites: users whose rows cost more than one in
/// batches are overwritten, then what that made needless is taken back, then small batches that are nearly
/// gone are cleared.
fn at_price(instance: &Instance, price: f64) -> Vec<bool> {
    let mut overwrite = vec![false; instance.users()];
    let mut pending = instance.pending(&overwrite);
    for _ in 0..ROUNDS {
        let share: Vec<f64> = pending.iter().map(|rows| share(instance, *rows, price)).collect();
        for user in 0..instance.users() {
            let costs = |batch: &u32| share[*batch as usize];
            if !overwrite[user]
                && instance.may_overwrite[user]
                && instance.rows_of(user).iter().map(costs).sum::<f64>() > 1.0
            {
                set(instance, &mut overwrite, &mut pending, user, How::Overwrite);
            }
        }
        clear_small(instance, price, &mut overwrite, &mut pending);
        take_back(instance, &mut overwrite, &mut pending);
    }
    overwrite
}

/// How often the shares are computed anew; after two rounds little changes.
const ROUNDS: usize = 2;

/// A row's share of its batch's calls.
fn share(instance: &Instance, rows: u32, price: f64) -> f64 {
    if rows == 0 {
        0.0
    } else {
        price * f64::from(rows.div_ceil(instance.batch_max.max(1))) / f64::from(rows)
    }
}

/// How one user's rows are covered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Overwrite,
    Batches,
}

fn set(instance: &Instance, overwrite: &mut [bool], pending: &mut [u32], user: usize, how: How) {
    overwrite[user] = how == How::Overwrite;
    for batch in instance.rows_of(user) {
        let rows = &mut pending[*batch as usize];
        *rows = if overwrite[user] { *rows - 1 } else { *rows + 1 };
    }
}

/// Users whose rows all fit into calls that are made anyway need no overwrite.
fn take_back(instance: &Instance, overwrite: &mut [bool], pending: &mut [u32]) {
    for user in 0..instance.users() {
        let fits = |batch: &u32| {
            let rows = pending[*batch as usize];
            rows > 0 && instance.calls(rows + 1) == instance.calls(rows)
        };
        if overwrite[user] && instance.rows_of(user).iter().all(fits) {
            set(instance, overwrite, pending, user, How::Batches);
        }
    }
}

/// A batch whose last rows all belong to users who may be overwritten, and to fewer than its call costs.
fn clear_small(instance: &Instance, price: f64, overwrite: &mut [bool], pending: &mut [u32]) {
    let mut open = vec![true; instance.batches];
    for user in (0..instance.users()).filter(|user| !overwrite[*user] && !instance.may_overwrite[*user]) {
        for batch in instance.rows_of(user) {
            open[*batch as usize] = false;
        }
    }
    for user in 0..instance.users() {
        let small = |batch: &u32| {
            let at = *batch as usize;
            open[at] && f64::from(pending[at]) < price
        };
        if !overwrite[user] && instance.may_overwrite[user] && instance.rows_of(user).iter().any(small) {
            set(instance, overwrite, pending, user, How::Overwrite);
        }
    }
}

/// A number of calls that no choice goes below: the better of two bounds.
fn calls_minimum(instance: &Instance) -> u64 {
    by_users(instance).max(by_shares(instance))
}

/// Each row pays a share such that no call is paid more than once: a batch's call covers at most `batch_max` of
/// its rows, so each of them pays one part of that, or of all its rows where they are fewer; and where a user may
/// be overwritten, their rows pay one call at most. Every choice makes at least as many calls as are paid.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the number of rows"
)]
fn by_shares(instance: &Instance) -> u64 {
    let pending = instance.pending(&vec![false; instance.users()]);
    let share: Vec<f64> =
        pending.iter().map(|rows| 1.0 / f64::from((*rows).clamp(1, instance.batch_max))).collect();
    let paid = |user: usize| {
        let all: f64 = instance.rows_of(user).iter().map(|batch| share[*batch as usize]).sum();
        if instance.may_overwrite[user] { all.min(1.0) } else { all }
    };
    let paid: f64 = (0..instance.users()).map(paid).sum();
    // Rounding down first keeps the sum's own error from proving a call too many.
    (paid - 1e-6 * (1.0 + paid)).ceil().max(0.0) as u64
}

/// Users are given to batches, each to at most one. A batch with `k` users who can not be overwritten and `d`
/// users given to it costs at least `ceil((k + d) / batch_max)` calls, its own and the overwrites of the users
/// given to it: an overwrite takes one row out of a batch, so it saves at most one call there. No call is
/// counted for two batches, so the sum stands. Users are given where they raise it, one at a time.
fn by_users(instance: &Instance) -> u64 {
    let mut fixed = vec![0_u32; instance.batches];
    let mut all = vec![0_u32; instance.batches];
    for user in 0..instance.users() {
        for batch in instance.rows_of(user) {
            all[*batch as usize] += 1;
            fixed[*batch as usize] += u32::from(!instance.may_overwrite[user]);
        }
    }
    let mut given = fixed.clone();
    let mut free: Vec<usize> = (0..instance.users()).filter(|user| instance.may_overwrite[*user]).collect();
    free.sort_by_key(|user| instance.rows_of(*user).len());
    let mut left = Vec::new();
    for user in free {
        let empty = instance.rows_of(user).iter().filter(|batch| given[**batch as usize] == 0);
        match empty.min_by_key(|batch| all[**batch as usize]) {
            Some(batch) => given[*batch as usize] += 1,
            None => left.push(user),
        }
    }
    for user in left {
        // The batch that lacks the fewest users to its next call.
        let lacks = |batch: &&u32| {
            let given = given[**batch as usize];
            let next = given.next_multiple_of(instance.batch_max.max(1)) + 1;
            (next > all[**batch as usize], next - given)
        };
        if let Some(batch) = instance.rows_of(user).iter().min_by_key(lacks) {
            given[*batch as usize] += 1;
        }
    }
    given.iter().map(|rows| instance.calls(*rows)).sum()
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
