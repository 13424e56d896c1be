//! The search for the price at which batches and overwrites are done together, and the best choice on the way.
//!
//! A price of 1 counts calls. Where batches take longer than all else, they must cost more, and the other way
//! round; between two prices the next to try is the one at which both choices cost the same.

use super::bound::Bounds;
use super::exact::{self, Proof};
use super::flow::{Effort, Flow, UNIT};
use super::graph::{Graph, NO_GROUP};
use super::improve::improve;
use super::pace::Clock;
use super::spared::Spared;
use super::state::{Cost, State};
use super::{Cover, Instance, paths, peel};

/// How often the ways between choices are gone.
const ROUNDS: usize = 3;
/// How many prices are tried at most, in each of the two searches.
const PRICES_MAX: usize = 12;
/// The same where every one of them takes seconds.
const PRICES_MAX_OF_MANY: usize = 3;
/// More edges than this are many.
const MANY_EDGES: usize = 2_000_000;
/// Edges looked at for one price, in all edges: an early end costs some of the proof, never the choice.
const WORK_PER_EDGE: u64 = 40;
/// The same of many edges.
const WORK_PER_EDGE_OF_MANY: u64 = 10;
/// Of many edges paths that bring less than one part of so many are not worth their time.
const GAP_PART_OF_MANY: u64 = 200;
/// The same for a price that only says how few calls there could be, where limits decide about something else.
const GAP_PART_ASIDE: u64 = 60;
/// Of many edges a choice that is one part of so many from what is proven is as good as the best.
const CLOSE_PART: u64 = 200;
/// Of many edges prices closer than one part of so many tell nothing new.
const PRICE_PART: u64 = 500;
/// Edges looked at however few there are: small instances are solved in full.
const WORK_LEAST: u64 = 2_000_000;
/// Where a flow of many edges ended early at a price of 1, and a limit binds, a price a little higher proves more in
/// less time: nearly everybody can pay.
const PRICE_BESIDE: u64 = UNIT + UNIT / 4;
/// The highest price: a batch carries fewer rows than this, in calls.
const PRICE_MAX: u64 = 4_000 * UNIT;
/// The lowest: nobody has more tags than 4096.
const PRICE_MIN: u64 = UNIT / 4096;

/// What is known so far.
struct Solver<'a> {
    graph: &'a Graph,
    clock: Clock,
    flow: Flow,
    bounds: Bounds,
    proofs: Vec<Proof>,
    tried: Vec<(u64, Corner)>,
    best: (Cost, State),
    /// The choice with the fewest calls, to which the best is compared.
    fewest: Option<(u64, Vec<u32>)>,
}

/// What the choice at one price is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Corner {
    batches: u64,
    overwrites: u64,
}

/// Where a better price lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Dearer,
    Cheaper,
    Stop,
}

/// Chooses.
pub(super) fn choose(instance: &Instance, graph: &Graph) -> Cover {
    let clock = Clock::of(&instance.pace);
    let none = State::of(graph, vec![0; graph.len()]);
    let best = (none.cost(&clock), none);
    let mut solver = Solver {
        graph,
        clock,
        flow: Flow::of(graph),
        bounds: Bounds::default(),
        proofs: Vec::new(),
        tried: Vec::new(),
        best,
        fewest: None,
    };
    solver.consider(State::of(graph, graph.users.clone()));
    solver.at(UNIT);
    if solver.is_large() && !solver.flow.is_full && solver.best.0.ms > 0 {
        solver.at(PRICE_BESIDE);
    }
    solver.search(Solver::towards_end);
    solver.search(Solver::towards_fewest);
    solver.go_between();
    solver.peel();
    solver.prove_by_mixture();
    solver.finish(instance)
}

impl Solver<'_> {
    fn is_large(&self) -> bool {
        self.graph.batch_of.len() > MANY_EDGES
    }

    fn consider(&mut self, state: State) {
        let cost = state.cost(&self.clock);
        if self.fewest.as_ref().is_none_or(|(calls, _)| cost.calls < *calls) {
            self.fewest = Some((cost.calls, state.over.clone()));
        }
        if cost < self.best.0 || (cost == self.best.0 && state.overwrites < self.best.1.overwrites) {
            self.best = (cost, state);
        }
    }

    /// The choices at a price, and the proof that comes with them.
    fn at(&mut self, price: u64) -> Corner {
        let edges = self.graph.batch_of.len() as u64;
        let effort = if self.is_large() {
            let is_aside = price == UNIT && self.best.0.ms > 0;
            let gap_part = if is_aside { GAP_PART_ASIDE } else { GAP_PART_OF_MANY };
            Effort { work_max: WORK_PER_EDGE_OF_MANY * edges, gap_part }
        } else {
            Effort { work_max: WORK_PER_EDGE * edges + WORK_LEAST, gap_part: 0 }
        };
        self.flow.solve(self.graph, price, effort);
        let (plane, pays) = self.flow.plane(self.graph);
        self.bounds.add(plane);
        if self.graph.len() <= exact::GROUPS_MAX {
            self.proofs.push((plane, pays));
        }
        let mut corners = Vec::new();
        let mut cuts = vec![self.flow.cut_with_most_overwrites(self.graph)];
        if self.flow.is_full && !self.is_large() {
            cuts.push(self.flow.cut_with_fewest_overwrites(self.graph));
        }
        for over in cuts {
            let mut state = State::of(self.graph, over);
            improve(self.graph, &mut state, price);
            corners.push((
                state.batches * price + state.overwrites * UNIT,
                state.cost(&self.clock),
                Corner { batches: state.batches, overwrites: state.overwrites },
            ));
            self.consider(state);
        }
        let corner = corners.into_iter().min_by_key(|(total, cost, _)| (*total, *cost));
        let corner = corner.map_or(Corner { batches: 0, overwrites: 0 }, |(.., corner)| corner);
        self.tried.push((price, corner));
        corner
    }

    /// Towards the price at which all limits are done together.
    fn towards_end(&self, corner: Corner) -> Turn {
        let batches = self.clock.batches_ms(corner.batches);
        let others = self.clock.others_ms(corner.batches, corner.overwrites);
        match batches.cmp(&others) {
            std::cmp::Ordering::Greater => Turn::Dearer,
            std::cmp::Ordering::Less => Turn::Cheaper,
            std::cmp::Ordering::Equal => Turn::Stop,
        }
    }

    /// Towards the fewest calls that are done as early as the best choice.
    fn towards_fewest(&self, corner: Corner) -> Turn {
        let late = self.clock.batches_ms(corner.batches) > self.best.0.ms;
        if late { Turn::Dearer } else { Turn::Cheaper }
    }

    /// Tries prices between one that is too low and one that is too high.
    fn search(&mut self, turn: impl Fn(&Self, Corner) -> Turn) {
        let tries = if self.is_large() { PRICES_MAX_OF_MANY } else { PRICES_MAX };
        for _ in 0..tries {
            if self.is_enough() || self.graph.looks.are_spent() {
                return;
            }
            let mut sides = (None, None);
            for (price, corner) in &self.tried {
                match turn(self, *corner) {
                    Turn::Dearer => {
                        sides.0 = sides.0.max(Some((*price, (corner.batches, corner.overwrites))))
                    }
                    Turn::Cheaper | Turn::Stop => {
                        let now = (*price, (corner.batches, corner.overwrites));
                        sides.1 = Some(sides.1.map_or(now, |old: (u64, (u64, u64))| old.min(now)));
                    }
                }
            }
            let price = match sides {
                (Some((low, _)), None) => (low * 16).min(PRICE_MAX),
                // Below 1 all calls are more, which helps only where overwrites have a limit of their own.
                (None, Some((high, _))) => {
                    if high <= UNIT && self.clock.room(self.best.0.ms).overwrites >= 1 << 40 {
                        return;
                    }
                    if high > UNIT { UNIT } else { (high / 16).max(PRICE_MIN) }
                }
                (Some((low, a)), Some((high, b))) => {
                    let (more, less) = (b.1.saturating_sub(a.1), a.0.saturating_sub(b.0));
                    if less == 0 || low + 1 >= high {
                        return;
                    }
                    (UNIT * more / less).clamp(low + 1, high - 1)
                }
                (None, None) => return,
            };
            if self.tried.iter().any(|(tried, _)| self.is_told_by(*tried, price)) {
                return;
            }
            let corner = self.at(price);
            let on_line = |(_, old): &(u64, Corner)| *old == corner;
            let tried = self.tried.len() - 1;
            if self.tried[..tried].iter().any(on_line) && sides.0.is_some() && sides.1.is_some() {
                return;
            }
        }
    }

    /// Whether a price says nothing that another did not.
    fn is_told_by(&self, tried: u64, price: u64) -> bool {
        tried.abs_diff(price) <= if self.is_large() { price / PRICE_PART } else { 0 }
    }

    /// Whether looking further is not worth its time.
    fn is_enough(&self) -> bool {
        if self.is_proven() {
            return true;
        }
        let cost = self.best.0;
        let ms = cost.ms - cost.ms / i64::try_from(CLOSE_PART).unwrap_or(i64::MAX);
        let no_earlier = cost.ms == 0 || self.bounds.calls_within(self.clock.room(ms - 1)).is_none();
        let no_fewer = self.bounds.calls_within(self.clock.room(cost.ms));
        let is_close =
            no_fewer.is_none_or(|least| cost.calls - least.min(cost.calls) <= cost.calls / CLOSE_PART);
        self.is_large() && no_earlier && is_close
    }

    fn is_proven(&self) -> bool {
        let cost = self.best.0;
        let earlier = cost.ms > 0 && self.bounds.calls_within(self.clock.room(cost.ms - 1)).is_some();
        !earlier && self.bounds.calls_within(self.clock.room(cost.ms)) == Some(cost.calls)
    }

    /// The way through the middle, where a limit binds.
    fn peel(&mut self) {
        if self.is_enough() || self.best.0.ms == 0 || self.graph.looks.are_spent() {
            return;
        }
        let looks = if self.is_large() { peel::LOOKS_PER_EDGE_OF_MANY } else { peel::LOOKS_PER_EDGE };
        let state = peel::peel(self.graph, &self.clock, looks);
        let before = self.best.0;
        self.consider(state);
        if self.best.0 < before {
            self.go_between();
        }
    }

    /// What lies between the choices of two prices, and beside the best. Without a limit that binds a price of 1
    /// leaves nothing between.
    fn go_between(&mut self) {
        for _ in 0..ROUNDS {
            let before = self.best.0;
            if self.is_enough() || before.ms == 0 || self.graph.looks.are_spent() {
                return;
            }
            let mut state = self.best.1.clone();
            paths::towards_batches(self.graph, &self.clock, &mut state, before.ms);
            self.consider(state.clone());
            if self.is_large() {
                return;
            }
            paths::towards_overwrites(self.graph, &self.clock, &mut state, before.ms);
            paths::towards_batches(self.graph, &self.clock, &mut state, before.ms);
            self.consider(state);
            if let Some((_, fewest)) = &self.fewest {
                let mut state = self.best.1.clone();
                paths::between(self.graph, &self.clock, &mut state, fewest);
                self.consider(state);
            }
            if self.best.0 == before {
                return;
            }
        }
    }

    /// A proof of another sort, where prices leave it open how early all is done.
    fn prove_by_mixture(&mut self) {
        let ms = self.best.0.ms;
        if self.is_enough() || ms == 0 {
            return;
        }
        if let Some(spared) = Spared::of(self.graph, self.clock.room(ms - 1).batches) {
            self.bounds.spare(spared);
        }
    }

    fn finish(mut self, instance: &Instance) -> Cover {
        let mut is_best = self.is_proven();
        if !is_best {
            let mut state = self.best.1.clone();
            is_best = exact::search(self.graph, &self.clock, &self.proofs, &mut state);
            self.consider(state);
        }
        let cost = self.best.0;
        let ms = if is_best { cost.ms } else { self.bounds.ms(&self.clock, cost.ms) };
        let in_time = self.bounds.calls_within(self.clock.room(cost.ms)).unwrap_or(cost.calls);
        let mut left: Vec<u32> = self.best.1.over.clone();
        let overwrite = |user: usize| match self.graph.groups[user] {
            NO_GROUP => false,
            group => {
                let left = &mut left[group as usize];
                std::mem::replace(left, left.saturating_sub(1)) > 0
            }
        };
        Cover {
            overwrite: (0..instance.users()).map(overwrite).collect(),
            cost: Some(cost),
            calls_minimum: self.bounds.calls().min(cost.calls),
            ms_minimum: ms,
            calls_minimum_in_time: if is_best { cost.calls } else { in_time.min(cost.calls) },
        }
    }
}
