//! How long so many calls take under limits that run side by side, and how many calls a time has room for.
//!
//! Numbers of calls only: which call goes when is the forecast's.

/// The limits that calls of the two sorts spend.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// In any order.
    pub limits: Vec<PaceLimit>,
}

/// One limit: `left` calls now, `count` from `first_ms` on, and `count` again after every `window_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceLimit {
    /// Calls that have room now.
    pub left: u64,
    /// Calls in a window.
    pub count: u64,
    /// When the first window is over.
    pub first_ms: i64,
    /// How long a window is.
    pub window_ms: i64,
    /// Which sorts of calls spend it.
    pub payer: Payer,
}

/// Which sorts of calls spend a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// Batches of one tag.
    Batches,
    /// Overwrites of one user.
    Overwrites,
    /// Both together.
    Both,
}

/// How many calls have room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub batches: u64,
    pub overwrites: u64,
    pub both: u64,
}

/// Whether windows begin where they are now, or anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Now,
    Turn,
}

/// The limits of one sort of calls, the longest window first.
struct Nest(Vec<PaceLimit>);

/// Calls that never go.
pub const NEVER_MS: i64 = i64::MAX;

/// More calls than any plan has.
const CALLS_MAX: u64 = 1 << 40;

impl Pace {
    /// When the last of so many calls may leave.
    #[must_use]
    pub fn ms(&self, batches: u64, overwrites: u64) -> i64 {
        Clock::of(self).ms(batches, overwrites)
    }

    fn nest(&self, payer: Payer) -> Nest {
        let mut limits: Vec<PaceLimit> =
            self.limits.iter().copied().filter(|limit| limit.payer == payer).collect();
        limits.sort_by_key(|limit| (std::cmp::Reverse(limit.window_ms), limit.count, limit.left));
        Nest(limits)
    }
}

/// The limits by who spends them, laid out to be asked often.
pub(super) struct Clock {
    batches: Nest,
    overwrites: Nest,
    both: Nest,
}

impl Clock {
    pub fn of(pace: &Pace) -> Self {
        Self {
            batches: pace.nest(Payer::Batches),
            overwrites: pace.nest(Payer::Overwrites),
            both: pace.nest(Payer::Both),
        }
    }

    /// When the last of so many calls may leave.
    pub fn ms(&self, batches: u64, overwrites: u64) -> i64 {
        self.batches_ms(batches).max(self.others_ms(batches, overwrites))
    }

    /// The same by the limit of batches alone.
    pub fn batches_ms(&self, batches: u64) -> i64 {
        self.batches.nth(batches)
    }

    /// The same by all other limits.
    pub fn others_ms(&self, batches: u64, overwrites: u64) -> i64 {
        self.overwrites.nth(overwrites).max(self.both.nth(batches + overwrites))
    }

    /// How many calls may have left by then.
    pub fn room(&self, ms: i64) -> Room {
        Room {
            batches: self.batches.within(ms),
            overwrites: self.overwrites.within(ms),
            both: self.both.within(ms),
        }
    }
}

impl Nest {
    fn nth(&self, calls: u64) -> i64 {
        nth(&self.0, calls, From::Now)
    }

    fn within(&self, ms: i64) -> u64 {
        match ms {
            ..0 => 0,
            // What never goes has room for anything: there it is only calls that count.
            NEVER_MS => CALLS_MAX,
            _ => within(&self.0, ms, From::Now),
        }
    }
}

/// The first window of the outermost limit: how many calls it has room for, and how long it lasts.
fn first(limits: &[PaceLimit], from: From) -> (u64, i64) {
    let (outer, inner) = (&limits[0], &limits[1..]);
    let (calls, ms) = match from {
        From::Now => (outer.left, outer.first_ms.max(1)),
        From::Turn => (outer.count, outer.window_ms.max(1)),
    };
    (calls.min(within(inner, ms - 1, from)), ms)
}

fn nth(limits: &[PaceLimit], calls: u64, from: From) -> i64 {
    let Some(outer) = limits.first().filter(|_| calls > 0) else { return 0 };
    let (fits, first_ms) = first(limits, from);
    if calls <= fits {
        return nth(&limits[1..], calls, from);
    }
    let (each, window_ms) = first(limits, From::Turn);
    if each == 0 || outer.count == 0 {
        return NEVER_MS;
    }
    let windows = (calls - fits - 1) / each;
    let rest = nth(&limits[1..], calls - fits - windows * each, From::Turn);
    let windows = i64::try_from(windows).unwrap_or(i64::MAX);
    windows.saturating_mul(window_ms).saturating_add(first_ms).saturating_add(rest)
}

fn within(limits: &[PaceLimit], ms: i64, from: From) -> u64 {
    if limits.is_empty() {
        return CALLS_MAX;
    }
    let (fits, first_ms) = first(limits, from);
    if ms < first_ms {
        return fits.min(within(&limits[1..], ms, from));
    }
    let (each, window_ms) = first(limits, From::Turn);
    let windows = (ms - first_ms) / window_ms;
    let rest = each.min(within(&limits[1..], (ms - first_ms) % window_ms, From::Turn));
    let whole = each.saturating_mul(u64::try_from(windows).unwrap_or(0));
    fits.saturating_add(whole).saturating_add(rest).min(CALLS_MAX)
}
