//! The way from batches alone to overwrites alone on which the users go first who are dearest to keep in batches.
//!
//! Prices see only the corners of what is possible, and where users' batches are mixed the two ends may be all the
//! corners there are. This way leads through the middle: what a batch costs is shared among the rows that are left in
//! it, so a batch becomes dearer for the last ones, until they go too and it is spared. It looks at no price.

use super::graph::Graph;
use super::pace::Clock;
use super::paths::Trail;
use super::state::State;

/// Of those who are left one part of so many goes at a time, so that each edge is looked at about so often.
pub(super) const LOOKS_PER_EDGE: u64 = 400;
/// The same of many edges.
pub(super) const LOOKS_PER_EDGE_OF_MANY: u64 = 60;

/// Goes all the way, and gives the best choice on it.
pub(super) fn peel(graph: &Graph, clock: &Clock, looks_per_edge: u64) -> State {
    let mut state = State::of(graph, vec![0; graph.len()]);
    let mut trail = Trail::from(graph, clock, &state);
    let mut left: Vec<u32> = (0..graph.len() as u32).collect();
    let mut costs: Vec<(u64, u32)> = Vec::new();
    while !left.is_empty() && !graph.looks.are_spent() {
        let shares = shares(graph, &state);
        costs.clear();
        costs.extend(left.iter().map(|group| (cost(graph, &shares, *group as usize), *group)));
        let goes = (left.len() as u64).div_ceil(looks_per_edge) as usize;
        let key = |one: &(u64, u32)| (std::cmp::Reverse(one.0), one.1);
        costs.select_nth_unstable_by_key(goes - 1, key);
        costs[..goes].sort_unstable_by_key(key);
        for (_, group) in &costs[..goes] {
            trail.set(&mut state, *group as usize, graph.users[*group as usize]);
            trail.look(&state);
        }
        left.clear();
        left.extend(costs[goes..].iter().map(|(_, group)| *group));
        left.sort_unstable();
    }
    trail.back_to_best(&mut state);
    state
}

/// What each row costs that could leave a batch.
fn shares(graph: &Graph, state: &State) -> Vec<u64> {
    let one = |batch: usize| {
        let (rows, fixed) = (state.rows[batch], graph.fixed[batch]);
        ((graph.calls(rows) - graph.calls(fixed)) << 32) / u64::from(rows - fixed).max(1)
    };
    (0..graph.sorts.len()).map(one).collect()
}

/// What a user of a group costs in batches, for each call that an overwrite takes.
fn cost(graph: &Graph, shares: &[u64], group: usize) -> u64 {
    let batches = graph.batches(group);
    graph.looks.near(batches.len());
    batches.iter().map(|batch| shares[*batch as usize]).sum::<u64>() / u64::from(graph.weights[group])
}
