//! How many overwrites so many batches can spare at most, however they are chosen.
//!
//! A bound by prices may leave a fifth of every user in batches. A plan may not: a user is spared by all of their
//! batches together or not at all, and where users' batches are mixed, few batches hold hardly anybody whole. It says
//! nothing about which users those are.
//!
//! Each user parts one unit among their batches; of users drawn by their weight, let `z` be the part that lies in the
//! chosen batches. Its mean `p` is what the chosen batches get of all, so no more than the fullest get. Its variance is
//! at most `s p (1 - p)`, where `s` is the second eigenvalue of the walk from batches to users and back. Whoever is
//! spared has `z = 1`, and by Cantelli's inequality those are at most `s p / (s p + 1 - p)` of all.

use super::graph::Graph;
use super::mixture;
use super::walk::{self, Walk};

/// For every number of batches how few calls there are at least.
#[derive(Clone, Debug)]
pub(super) struct Spared {
    /// Batches that every choice makes.
    base: u64,
    /// Calls at least, with so many batches beyond them.
    calls: Vec<u64>,
    /// The least of each run of them.
    least: Vec<u64>,
}

/// How many numbers have their least kept.
const RUN: usize = 256;
/// What rounding may take away, in parts of all.
const ROUNDING: f64 = 1e-9;

impl Spared {
    /// A bound that is good where so many batches may be used; nothing where looking for it would take too long.
    pub fn of(graph: &Graph, batches: u64) -> Option<Self> {
        if !walk::may_pass(graph, mixture::PASSES) {
            return None;
        }
        let beyond = usize::try_from(batches.saturating_sub(graph.base)).unwrap_or(usize::MAX);
        let shares = mixture::shares(graph, beyond)?;
        Some(Self::from_walk(graph, &Walk::of(graph, shares)))
    }

    fn from_walk(graph: &Graph, walk: &Walk<'_>) -> Self {
        let second = walk.second_at_most();
        let mut chosen = 0.0;
        let mut calls = vec![graph.base + overwrites(walk, second, 0.0)];
        for (beyond, batch) in (1..).zip(fullest(&walk.loads, usize::MAX)) {
            chosen += walk.loads[batch as usize];
            calls.push(graph.base + beyond + overwrites(walk, second, chosen / walk.total));
        }
        let least = calls.chunks(RUN).map(|run| run.iter().copied().min().unwrap_or(0)).collect();
        Self { base: graph.base, calls, least }
    }

    /// No choice with a number of batches in this range has fewer calls.
    pub fn calls(&self, least: u64, most: u64) -> u64 {
        let place = |batches: u64| usize::try_from(batches.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let last = self.calls.len() - 1;
        let (from, to) = (place(least), place(most).min(last));
        if from > last {
            return least;
        }
        let whole = from.div_ceil(RUN)..(to + 1) / RUN;
        let here = if whole.start < whole.end {
            let (before, after) = (&self.calls[from..whole.start * RUN], &self.calls[whole.end * RUN..=to]);
            self.least[whole].iter().chain(before).chain(after).min()
        } else {
            self.calls[from..=to].iter().min()
        };
        here.copied().unwrap_or(0)
    }
}

/// How many are left of those who have a share, where the chosen batches get this part of all; whoever has none may be
/// spared by nothing at all.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and what fits into 2^52"
)]
fn overwrites(walk: &Walk<'_>, second: f64, part: f64) -> u64 {
    let part = (part + ROUNDING).min(1.0);
    let spared = if part < 1.0 { second * part / (second * part + 1.0 - part) } else { 1.0 };
    (walk.total * (1.0 - spared - ROUNDING)).ceil().max(0.0) as u64
}

/// So many batches that get most, the fullest first, those left out that get nothing.
pub(super) fn fullest(loads: &[f64], batches: usize) -> Vec<u32> {
    let mut order: Vec<u32> =
        (0..).zip(loads).filter(|(_, load)| **load > 0.0).map(|(batch, _)| batch).collect();
    order.sort_unstable_by(|a, b| loads[*b as usize].total_cmp(&loads[*a as usize]).then(a.cmp(b)));
    order.truncate(batches);
    order
}
