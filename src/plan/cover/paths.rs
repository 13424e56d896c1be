//! Ways from one choice towards another, step by step, of which the best place is kept.
//!
//! At one price only the corners of what is possible are seen; the choices between them, which a limit may ask
//! for, lie on these ways.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::Graph;
use super::improve::{clear, last_rows};
use super::pace::Clock;
use super::state::{Cost, State};

/// Steps that can be taken back.
pub(super) struct Trail<'a> {
    graph: &'a Graph,
    clock: &'a Clock,
    /// Group, and how many of it were overwritten before.
    steps: Vec<(u32, u32)>,
    best: (Cost, usize),
}

impl<'a> Trail<'a> {
    pub fn from(graph: &'a Graph, clock: &'a Clock, state: &State) -> Self {
        Self { graph, clock, steps: Vec::new(), best: (state.cost(clock), 0) }
    }

    pub fn set(&mut self, state: &mut State, group: usize, over: u32) {
        self.steps.push((group as u32, state.over[group]));
        state.set(self.graph, group, over);
    }

    pub fn look(&mut self, state: &State) {
        let cost = state.cost(self.clock);
        // Of equal ones the last: on the way to batches it overwrites fewer.
        if cost <= self.best.0 {
            self.best = (cost, self.steps.len());
        }
    }

    pub fn back_to_best(mut self, state: &mut State) {
        for (group, over) in self.steps.drain(self.best.1..).rev() {
            state.set(self.graph, group as usize, over);
        }
    }
}

/// How often an edge is looked at on one way, on average: users of popular tags are looked at again and again.
const LOOKS_PER_EDGE: usize = 8;

/// What a step costs for what it brings: the smaller is better.
fn ratio(cost: u64, gain: u64) -> u64 {
    (cost << 20) / gain.max(1)
}

/// Leaves more and more users in batches, the cheapest first, as long as batches alone are done in time.
pub(super) fn towards_batches(graph: &Graph, clock: &Clock, state: &mut State, until_ms: i64) {
    let mut trail = Trail::from(graph, clock, state);
    let key = |state: &State, group: usize| {
        let users = piece(graph, state, group);
        let gain = u64::from(users) * u64::from(graph.weights[group]);
        (users > 0).then(|| ratio(state.added(graph, group, users), gain))
    };
    let mut keys = vec![u64::MAX; graph.len()];
    let mut heap = BinaryHeap::new();
    for (group, known) in keys.iter_mut().enumerate() {
        if let Some(found) = key(state, group) {
            *known = found;
            heap.push(Reverse((found, group as u32)));
        }
    }
    let mut looks = LOOKS_PER_EDGE * graph.batch_of.len();
    while let Some(Reverse((old, group))) = heap.pop() {
        let at = group as usize;
        if keys[at] != old {
            continue;
        }
        let Some(now) = key(state, at) else { continue };
        if now > old {
            keys[at] = now;
            heap.push(Reverse((now, group)));
            continue;
        }
        let users = piece(graph, state, at);
        if looks == 0
            || graph.looks.are_spent()
            || clock.batches_ms(state.batches + state.added(graph, at, users)) > until_ms
        {
            break;
        }
        let opened: Vec<u32> =
            graph.batches(at).iter().copied().filter(|batch| opens(graph, state, *batch, users)).collect();
        trail.set(state, at, state.over[at] - users);
        trail.look(state);
        for edge in opened.iter().flat_map(|batch| graph.of_batch(*batch as usize)) {
            let other = graph.group_of[*edge as usize] as usize;
            if state.over[other] == 0 {
                continue;
            }
            looks = looks.saturating_sub(graph.edges(other).len());
            if let Some(now) = key(state, other).filter(|now| *now < keys[other]) {
                keys[other] = now;
                heap.push(Reverse((now, other as u32)));
            }
        }
        if let Some(now) = key(state, at) {
            keys[at] = now;
            heap.push(Reverse((now, group)));
        }
    }
    trail.back_to_best(state);
}

/// Whether so many rows more take a call more, so that there is room for others.
fn opens(graph: &Graph, state: &State, batch: u32, users: u32) -> bool {
    let rows = state.rows[batch as usize];
    graph.calls(rows + users) > graph.calls(rows)
}

/// How many overwritten users of a group go back at once: as many as fit, or as one more call takes.
fn piece(graph: &Graph, state: &State, group: usize) -> u32 {
    let fits = state.fits(graph, group);
    if fits > 0 { fits } else { state.over[group].min(graph.batch_max) }
}

/// Empties more and more calls of batches, those with the fewest users first, as long as all else is done in time.
pub(super) fn towards_overwrites(graph: &Graph, clock: &Clock, state: &mut State, until_ms: i64) {
    let mut trail = Trail::from(graph, clock, state);
    let mut heap: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
    for batch in 0..graph.sorts.len() {
        let last = last_rows(graph, state, batch);
        if last > 0 && !graph.of_batch(batch).is_empty() {
            heap.push(Reverse((last, batch as u32)));
        }
    }
    while let Some(Reverse((old, batch))) = heap.pop() {
        let last = last_rows(graph, state, batch as usize);
        if last == 0 {
            continue;
        }
        if last > old {
            heap.push(Reverse((last, batch)));
            continue;
        }
        let before: Vec<(u32, u32)> = (graph.of_batch(batch as usize).iter())
            .map(|edge| graph.group_of[*edge as usize])
            .map(|group| (group, state.over[group as usize]))
            .collect();
        clear(graph, state, batch as usize, last);
        for (group, over) in before.into_iter().filter(|(group, over)| state.over[*group as usize] != *over) {
            trail.steps.push((group, over));
            for other in graph.batches(group as usize) {
                let last = last_rows(graph, state, *other as usize);
                if last > 0 {
                    heap.push(Reverse((last, *other)));
                }
            }
        }
        trail.look(state);
        if graph.looks.are_spent() || clock.others_ms(state.batches, state.overwrites) > until_ms {
            break;
        }
    }
    trail.back_to_best(state);
}

/// Goes from one choice to another, one part of their difference after the other, where parts share no batch.
pub(super) fn between(graph: &Graph, clock: &Clock, state: &mut State, to: &[u32]) {
    let mut parts = Parts((0..graph.len() as u32).collect());
    for batch in 0..graph.sorts.len() {
        let mut first = None;
        for edge in graph.of_batch(batch) {
            let group = graph.group_of[*edge as usize];
            if state.over[group as usize] != to[group as usize] {
                let leader = *first.get_or_insert(group);
                parts.join(leader, group);
            }
        }
    }
    let mut groups: Vec<(u32, u32)> = (0..graph.len() as u32)
        .filter(|group| state.over[*group as usize] != to[*group as usize])
        .map(|group| (parts.of(group), group))
        .collect();
    groups.sort_unstable();
    let mut trail = Trail::from(graph, clock, state);
    let mut list: Vec<(u64, &[(u32, u32)])> = Vec::new();
    for part in groups.chunk_by(|a, b| a.0 == b.0) {
        let (batches, overwrites) = (state.batches, state.overwrites);
        let before: Vec<u32> = part.iter().map(|(_, group)| state.over[*group as usize]).collect();
        part.iter().for_each(|(_, group)| state.set(graph, *group as usize, to[*group as usize]));
        let cost = state.overwrites.abs_diff(overwrites);
        list.push((ratio(cost, state.batches.abs_diff(batches)), part));
        part.iter().zip(before).for_each(|((_, group), over)| state.set(graph, *group as usize, over));
    }
    list.sort_by_key(|(ratio, part)| (*ratio, part[0].1));
    for (_, part) in list {
        if graph.looks.are_spent() {
            break;
        }
        for (_, group) in part {
            trail.set(state, *group as usize, to[*group as usize]);
        }
        trail.look(state);
    }
    trail.back_to_best(state);
}

/// Sets of groups that belong together.
struct Parts(Vec<u32>);

impl Parts {
    fn of(&mut self, mut group: u32) -> u32 {
        while self.0[group as usize] != group {
            let next = self.0[self.0[group as usize] as usize];
            self.0[group as usize] = next;
            group = next;
        }
        group
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}
