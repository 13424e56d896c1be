//! Every choice that could be better, looked at, where there are few enough: what is found is the best there is.
//!
//! It gives up after a number of choices, never after a time, so that it always ends the same way.

use super::bound::Plane;
use super::graph::Graph;
use super::pace::Clock;
use super::state::{Cost, State};

/// More choices than this are not looked at.
const LOOKS_MAX: u32 = 400_000;

/// More groups than this are not tried: what they leave open is too much.
pub(super) const GROUPS_MAX: usize = 64;

/// A proven half-plane, and what each group pays for it.
pub(super) type Proof = (Plane, Vec<u64>);

struct Search<'a> {
    graph: &'a Graph,
    clock: &'a Clock,
    proofs: &'a [Proof],
    /// Groups by how much hangs on them.
    order: Vec<usize>,
    best: (Cost, Vec<u32>),
    over: Vec<u32>,
    rows: Vec<u32>,
    batches: u64,
    overwrites: u64,
    /// What is proven by each half-plane for what is decided.
    least: Vec<i128>,
    looks: u32,
}

/// Looks for a better choice than a known one; whether there was none left to look at.
pub(super) fn search(graph: &Graph, clock: &Clock, proofs: &[Proof], state: &mut State) -> bool {
    if graph.len() > GROUPS_MAX {
        return false;
    }
    let mut order: Vec<usize> = (0..graph.len()).collect();
    order.sort_by_key(|group| (std::cmp::Reverse(graph.batches(*group).len()), *group));
    let mut search = Search {
        graph,
        clock,
        proofs,
        order,
        best: (state.cost(clock), state.over.clone()),
        over: vec![0; graph.len()],
        rows: graph.fixed.clone(),
        batches: graph.base,
        overwrites: 0,
        least: proofs.iter().map(|(plane, _)| plane.total).collect(),
        looks: 0,
    };
    search.decide(0);
    let is_done = search.looks <= LOOKS_MAX;
    *state = State::of(graph, search.best.1);
    is_done
}

impl Search<'_> {
    fn decide(&mut self, at: usize) {
        self.looks += 1;
        if self.looks > LOOKS_MAX || !self.may_be_better() {
            return;
        }
        let Some(group) = self.order.get(at).copied() else {
            let cost = Cost {
                ms: self.clock.ms(self.batches, self.overwrites),
                calls: self.batches + self.overwrites,
            };
            if cost < self.best.0 {
                self.best = (cost, self.over.clone());
            }
            return;
        };
        for over in 0..=self.graph.users[group] {
            let step = self.take(group, over);
            self.decide(at + 1);
            self.give_back(group, over, &step);
        }
    }

    fn take(&mut self, group: usize, over: u32) -> Vec<i128> {
        let stays = self.graph.users[group] - over;
        for batch in self.graph.batches(group) {
            let rows = &mut self.rows[*batch as usize];
            self.batches -= self.graph.calls(*rows);
            *rows += stays;
            self.batches += self.graph.calls(*rows);
        }
        let weight = u64::from(self.graph.weights[group]);
        self.overwrites += u64::from(over) * weight;
        self.over[group] = over;
        let before = self.least.clone();
        for (least, (plane, pays)) in self.least.iter_mut().zip(self.proofs) {
            let whole = i128::from(plane.overwrite_price) * i128::from(weight) * i128::from(over);
            // Equal users pay equally, rounded up here so that nothing is counted that is not proven.
            let paid = i128::from(pays[group]) * i128::from(over);
            let paid = (paid + i128::from(self.graph.users[group]) - 1) / i128::from(self.graph.users[group]);
            *least += whole - paid;
        }
        before
    }

    fn give_back(&mut self, group: usize, over: u32, least: &[i128]) {
        let stays = self.graph.users[group] - over;
        for batch in self.graph.batches(group) {
            let rows = &mut self.rows[*batch as usize];
            self.batches -= self.graph.calls(*rows);
            *rows -= stays;
            self.batches += self.graph.calls(*rows);
        }
        self.overwrites -= u64::from(over) * u64::from(self.graph.weights[group]);
        self.over[group] = 0;
        self.least.copy_from_slice(least);
    }

    /// Whether what is decided leaves room for a choice that is done earlier, or then and with fewer calls.
    fn may_be_better(&self) -> bool {
        let (best, calls) = (self.best.0, self.batches + self.overwrites);
        let ms = self.clock.ms(self.batches, self.overwrites);
        if ms > best.ms || (ms == best.ms && best.ms == 0 && calls >= best.calls) {
            return false;
        }
        let earlier = self.clock.room(best.ms.saturating_sub(1));
        let mut same = self.clock.room(best.ms);
        same.both = same.both.min(best.calls.saturating_sub(1));
        let fits = |room: super::pace::Room| {
            let most = |plane: &Plane| {
                let (batch, overwrite) = (i128::from(plane.batch_price), i128::from(plane.overwrite_price));
                let (b, o, both) =
                    (i128::from(room.batches), i128::from(room.overwrites), i128::from(room.both));
                let many_batches = b.min(both) * batch + o.min(both - b.min(both)) * overwrite;
                let many_overwrites = o.min(both) * overwrite + b.min(both - o.min(both)) * batch;
                many_batches.max(many_overwrites)
            };
            self.batches <= room.batches
                && self.overwrites <= room.overwrites
                && calls <= room.both
                && self.proofs.iter().zip(&self.least).all(|((plane, _), least)| *least <= most(plane))
        };
        (best.ms > 0 && fits(earlier)) || fits(same)
    }
}
