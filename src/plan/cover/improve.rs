//! Small steps that make a choice better at a price: users back into batches, users out of them, last calls cleared.
//!
//! A batch of several calls is priced by parts of calls before; here it costs what it costs.

use super::flow::UNIT;
use super::graph::{Graph, Sort};
use super::state::State;

/// How often all groups are gone through; after two rounds little changes.
const ROUNDS: usize = 2;

/// Makes a choice better at a price of a batch's call, in the flow's units.
pub(super) fn improve(graph: &Graph, state: &mut State, price: u64) {
    for _ in 0..ROUNDS {
        let before = (state.batches, state.overwrites);
        overwrite(graph, state, price);
        clear_last_calls(graph, state, price);
        take_back(graph, state, price);
        if (state.batches, state.overwrites) == before {
            break;
        }
    }
}

/// Overwrites groups that save more than they cost.
fn overwrite(graph: &Graph, state: &mut State, price: u64) {
    for group in (0..graph.len()).take_while(|_| !graph.looks.are_spent()) {
        let rest = graph.users[group] - state.over[group];
        let cost = u64::from(rest) * u64::from(graph.weights[group]) * UNIT;
        if rest > 0 && price * state.saved(graph, group, rest) > cost {
            state.set(graph, group, graph.users[group]);
        }
    }
}

/// Leaves users in batches who cost no more there: as many of a group as fit, or all.
fn take_back(graph: &Graph, state: &mut State, price: u64) {
    for group in (0..graph.len()).take_while(|_| !graph.looks.are_spent()) {
        let over = state.over[group];
        if over == 0 {
            continue;
        }
        let cost = u64::from(over) * u64::from(graph.weights[group]) * UNIT;
        let back =
            if price * state.added(graph, group, over) <= cost { over } else { state.fits(graph, group) };
        if back > 0 {
            state.set(graph, group, over - back);
        }
    }
}

/// Overwrites the users of a batch's last call where they are fewer than it costs.
fn clear_last_calls(graph: &Graph, state: &mut State, price: u64) {
    for batch in (0..graph.sorts.len()).filter(|batch| graph.sorts[*batch] == Sort::Stepped) {
        if graph.looks.are_spent() {
            break;
        }
        let last = last_rows(graph, state, batch);
        if last > 0 && u64::from(last) * UNIT < price {
            clear(graph, state, batch, last);
        }
    }
}

/// How many rows the last call of a batch carries, if all of them can be taken out.
pub(super) fn last_rows(graph: &Graph, state: &State, batch: usize) -> u32 {
    let rows = state.rows[batch];
    let last = rows - (rows.div_ceil(graph.batch_max).saturating_sub(1)) * graph.batch_max;
    if rows - graph.fixed[batch] >= last { last } else { 0 }
}

/// Overwrites so many users of a batch, those first whose other batches gain most.
pub(super) fn clear(graph: &Graph, state: &mut State, batch: usize, mut rows: u32) {
    graph.looks.far(graph.of_batch(batch).len() as u64);
    let left = |group: &usize| graph.users[*group] > state.over[*group];
    let mut groups: Vec<usize> = (graph.of_batch(batch).iter())
        .map(|edge| graph.group_of[*edge as usize] as usize)
        .filter(left)
        .collect();
    if graph.sorts[batch] == Sort::Stepped {
        let gain = |group: usize| state.saved(graph, group, rows.min(graph.users[group] - state.over[group]));
        groups.sort_by_cached_key(|group| (graph.weights[*group], std::cmp::Reverse(gain(*group)), *group));
    }
    for group in groups {
        let takes = rows.min(graph.users[group] - state.over[group]);
        state.set(graph, group, state.over[group] + takes);
        rows -= takes;
        if rows == 0 {
            break;
        }
    }
}
