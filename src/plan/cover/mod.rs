//! Which users are overwritten whole and which tags are written in batches, so that every pending row is
//! covered: earliest end first, then fewest calls; and what no choice goes below.
//!
//! Plain numbers in and out. It orders no calls and knows no vendor.
//!
//! ```text
//!   Instance ──graph──> groups of equal users, batches that still cost something
//!                         │
//!            prices ──> flow at a price ──> cut ──improve──> choice        the corners of what is possible
//!                         │ half-plane         ├──paths────> choice        what lies between them
//!                         │                    └──peel─────> choice        the way through the middle
//!                         v                                     │
//!   mixture ─walk─spared> bound: no end earlier, no calls fewer └──exact──> the best, where few are open
//! ```

mod bound;
mod cut;
mod exact;
mod flow;
mod graph;
mod improve;
mod looks;
mod mixture;
mod pace;
mod paths;
mod peel;
mod prices;
mod spared;
mod state;
mod walk;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use pace::{NEVER_MS, Pace, PaceLimit, Payer};
pub use state::Cost;

/// Rows to cover: each is one user's and belongs to one batch (a tag and a direction).
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// Where each user's rows start in `rows`; one more entry than users.
    pub starts: Vec<u32>,
    /// The batch of each row, users after one another, each user's in order.
    pub rows: Vec<u32>,
    /// How many batches there are.
    pub batches: usize,
    /// Whether each user may be overwritten.
    pub may_overwrite: Vec<bool>,
    /// How many calls the overwrite of each user takes, at least 1: more where they must be read first. 1 for all
    /// when it is empty.
    pub overwrite_calls: Vec<u32>,
    /// How many rows one call of a batch covers.
    pub batch_max: u32,
    /// How long calls take.
    pub pace: Pace,
}

/// A choice, and what no choice goes below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Whether each user is overwritten; rows of all others go in batches.
    pub overwrite: Vec<bool>,
    /// What it costs.
    pub cost: Option<Cost>,
    /// No choice has fewer calls.
    pub calls_minimum: u64,
    /// No choice is done earlier.
    pub ms_minimum: i64,
    /// No choice that is done as early has fewer calls.
    pub calls_minimum_in_time: u64,
}

/// Chooses.
#[must_use]
pub fn choose(instance: &Instance) -> Cover {
    let graph = graph::Graph::of(instance);
    prices::choose(instance, &graph)
}

/// What a choice costs.
#[must_use]
pub fn cost(instance: &Instance, overwrite: &[bool]) -> Cost {
    let mut pending = vec![0_u32; instance.batches];
    let mut overwrites = 0;
    for (user, is_overwritten) in overwrite.iter().enumerate() {
        if *is_overwritten {
            overwrites += u64::from(instance.weight(user));
        } else {
            instance.rows_of(user).iter().for_each(|batch| pending[*batch as usize] += 1);
        }
    }
    let calls = |rows: &u32| u64::from(rows.div_ceil(instance.batch_max.max(1)));
    let batches = pending.iter().map(calls).sum();
    Cost { ms: instance.pace.ms(batches, overwrites), calls: batches + overwrites }
}

impl Instance {
    fn users(&self) -> usize {
        self.may_overwrite.len()
    }

    fn rows_of(&self, user: usize) -> &[u32] {
        &self.rows[self.starts[user] as usize..self.starts[user + 1] as usize]
    }

    fn weight(&self, user: usize) -> u32 {
        self.overwrite_calls.get(user).map_or(1, |calls| (*calls).max(1))
    }
}
