//! What a choice costs at least at one price of a batch, proven by a flow. The choices that cut it are `cut.rs`'s.
//!
//! Users pay for batches: nobody more than their overwrite costs, no batch takes more than its calls cost. What is
//! paid is a bound; where no more can be paid, the users who still could are the ones to leave in batches. A
//! batch of several calls takes a part of a call from each row, which is exact only at whole calls.

use super::bound::Plane;
use super::graph::{Graph, Sort};

/// The price of one call of an overwrite; parts of it are what is counted in.
pub(super) const UNIT: u64 = 1 << 20;

/// How much is done for one price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Edges looked at.
    pub work_max: u64,
    /// Enough is paid when the last paths brought one part of so many of it; only everything is when it is 0.
    pub gap_part: u64,
}

/// A flow at one price, kept for the next.
pub(super) struct Flow {
    pub price: u64,
    /// What each group pays to each shared batch.
    pub paid: Vec<u32>,
    /// What each group could still pay, and only to shared batches.
    pub excess: Vec<u64>,
    /// What each shared batch could still take.
    pub room: Vec<u64>,
    pub group_level: Vec<u32>,
    pub batch_level: Vec<u32>,
    group_arc: Vec<u32>,
    batch_arc: Vec<u32>,
    /// The level at which a batch has room.
    pub goal: u32,
    path: Vec<u32>,
    pub queue: Vec<u32>,
    /// Edges looked at, of all prices.
    pub work: u64,
    /// Where the work for one price ends.
    stop_at: u64,
    /// Whether no more can be paid.
    pub is_full: bool,
}

/// Not reached from anybody who could still pay.
pub(super) const FAR: u32 = u32::MAX;

impl Flow {
    pub fn of(graph: &Graph) -> Self {
        let (groups, batches) = (graph.len(), graph.sorts.len());
        Self {
            price: 0,
            paid: vec![0; graph.batch_of.len()],
            excess: vec![0; groups],
            room: vec![0; batches],
            group_level: vec![FAR; groups],
            batch_level: vec![FAR; batches],
            group_arc: vec![0; groups],
            batch_arc: vec![0; batches],
            goal: FAR,
            path: Vec::new(),
            queue: Vec::new(),
            work: 0,
            stop_at: 0,
            is_full: false,
        }
    }

    /// Pays as much as can be paid at a price, or until longer paths bring little, or as much as so much work allows.
    pub fn solve(&mut self, graph: &Graph, price: u64, effort: Effort) {
        self.price = price;
        let before = self.work;
        self.fit(graph);
        self.pay_at_once(graph);
        self.stop_at = self.work.saturating_add(effort.work_max.min(graph.looks.far_share()));
        self.is_full = true;
        let mut open = u64::MAX;
        while self.level(graph) {
            let now: u64 = self.excess.iter().sum();
            if self.work > self.stop_at || self.is_slow(graph, open - now, effort) {
                self.is_full = false;
                break;
            }
            open = now;
            self.group_arc.copy_from_slice(&graph.starts[..graph.len()]);
            self.batch_arc.copy_from_slice(&graph.batch_starts[..graph.sorts.len()]);
            for group in 0..graph.len() {
                if self.excess[group] > 0 {
                    self.pay_along_paths(graph, group);
                }
            }
        }
        graph.looks.far(self.work - before);
    }

    /// Whether so much more is little beside what is paid.
    fn is_slow(&self, graph: &Graph, more: u64, effort: Effort) -> bool {
        let may = |group: usize| own_price(graph, group).saturating_sub(self.alone(graph, group));
        effort.gap_part > 0
            && more.saturating_mul(effort.gap_part)
                <= (0..graph.len()).map(|group| may(group) - self.excess[group]).sum()
    }

    /// What a group pays where nobody else is concerned.
    pub fn alone(&self, graph: &Graph, group: usize) -> u64 {
        let part = self.part(graph) * u64::from(graph.users[group]);
        let others = graph.shared(group).end..graph.edges(group).end;
        let price = |batch: &u32| match graph.sorts[*batch as usize] {
            Sort::Own => self.price,
            Sort::Stepped => part,
            Sort::Free | Sort::Shared => 0,
        };
        graph.batch_of[others].iter().map(price).sum()
    }

    fn part(&self, graph: &Graph) -> u64 {
        self.price / u64::from(graph.batch_max)
    }

    /// Takes back what is too much at this price.
    fn fit(&mut self, graph: &Graph) {
        let mut taken = vec![0_u64; graph.sorts.len()];
        for group in 0..graph.len() {
            let may = own_price(graph, group).saturating_sub(self.alone(graph, group));
            let mut left = may;
            for edge in graph.shared(group) {
                let pays = u64::from(self.paid[edge]).min(left);
                self.paid[edge] = pays as u32;
                left -= pays;
                taken[graph.batch_of[edge] as usize] += pays;
            }
            self.excess[group] = left;
        }
        for (batch, taken) in taken.into_iter().enumerate() {
            let mut over = taken.saturating_sub(self.price);
            self.room[batch] = self.price - (taken - over);
            for edge in graph.of_batch(batch) {
                if over == 0 {
                    break;
                }
                let back = u64::from(self.paid[*edge as usize]).min(over);
                self.paid[*edge as usize] -= back as u32;
                self.excess[graph.group_of[*edge as usize] as usize] += back;
                over -= back;
            }
            if graph.sorts[batch] != Sort::Shared {
                self.room[batch] = 0;
            }
        }
        self.work += 2 * graph.batch_of.len() as u64;
    }

    /// Everybody pays what fits, those with the least choice first.
    fn pay_at_once(&mut self, graph: &Graph) {
        let mut order: Vec<u32> =
            (0..graph.len() as u32).filter(|at| self.excess[*at as usize] > 0).collect();
        order.sort_by_key(|group| graph.shared(*group as usize).len());
        for group in order {
            for edge in graph.shared(group as usize) {
                let batch = graph.batch_of[edge] as usize;
                let pays = self.excess[group as usize].min(self.room[batch]);
                self.paid[edge] += pays as u32;
                self.room[batch] -= pays;
                self.excess[group as usize] -= pays;
            }
        }
    }

    /// How far groups and batches are from groups that could still pay; whether any batch with room is reached.
    fn level(&mut self, graph: &Graph) -> bool {
        self.group_level.fill(FAR);
        self.batch_level.fill(FAR);
        self.queue.clear();
        self.queue.extend((0..graph.len() as u32).filter(|group| self.excess[*group as usize] > 0));
        for group in &self.queue {
            self.group_level[*group as usize] = 0;
        }
        self.goal = FAR;
        let mut at = 0;
        while at < self.queue.len() {
            let group = self.queue[at] as usize;
            at += 1;
            let next = self.group_level[group] + 1;
            if next > self.goal {
                break;
            }
            self.work += graph.shared(group).len() as u64;
            for edge in graph.shared(group) {
                let batch = graph.batch_of[edge] as usize;
                if self.batch_level[batch] != FAR {
                    continue;
                }
                self.batch_level[batch] = next;
                if self.room[batch] > 0 {
                    self.goal = self.goal.min(next);
                }
                if self.goal < FAR {
                    continue;
                }
                self.work += graph.of_batch(batch).len() as u64;
                for back in graph.of_batch(batch) {
                    // Most pay nothing here: then no other part of memory is touched.
                    if self.paid[*back as usize] == 0 {
                        continue;
                    }
                    let payer = graph.group_of[*back as usize] as usize;
                    if self.group_level[payer] == FAR {
                        self.group_level[payer] = next + 1;
                        self.queue.push(payer as u32);
                    }
                }
            }
        }
        self.goal < FAR
    }

    /// Pays along shortest paths: to a batch that has room, or to one that lets another payer go elsewhere.
    fn pay_along_paths(&mut self, graph: &Graph, source: usize) {
        self.path.clear();
        let mut group = source;
        while self.excess[source] > 0 && self.work <= self.stop_at {
            let end = graph.shared_ends[group];
            let mut moved = false;
            while self.group_arc[group] < end {
                self.work += 1;
                let edge = self.group_arc[group];
                let batch = graph.batch_of[edge as usize] as usize;
                if self.batch_level[batch] == self.group_level[group].saturating_add(1) {
                    if self.room[batch] > 0 {
                        group = self.pay(graph, source, group, edge);
                        moved = true;
                        break;
                    }
                    if let Some(back) = self.way_on(graph, batch) {
                        self.path.push(edge);
                        self.path.push(back);
                        group = graph.group_of[back as usize] as usize;
                        moved = true;
                        break;
                    }
                }
                self.group_arc[group] += 1;
            }
            if moved {
                continue;
            }
            self.group_level[group] = FAR;
            let (Some(back), Some(edge)) = (self.path.pop(), self.path.pop()) else { return };
            self.batch_arc[graph.batch_of[back as usize] as usize] += 1;
            group = graph.group_of[edge as usize] as usize;
        }
    }

    /// The edge to a payer of a batch who may find another.
    fn way_on(&mut self, graph: &Graph, batch: usize) -> Option<u32> {
        if self.batch_level[batch] >= self.goal {
            return None;
        }
        while self.batch_arc[batch] < graph.batch_starts[batch + 1] {
            self.work += 1;
            let back = graph.batch_edges[self.batch_arc[batch] as usize];
            let payer = || graph.group_of[back as usize] as usize;
            if self.paid[back as usize] > 0 && self.group_level[payer()] == self.batch_level[batch] + 1 {
                return Some(back);
            }
            self.batch_arc[batch] += 1;
        }
        None
    }

    /// Pays along the path and its last edge; gives the group from which to go on.
    fn pay(&mut self, graph: &Graph, source: usize, group: usize, last: u32) -> usize {
        let batch = graph.batch_of[last as usize] as usize;
        let backs = self.path.chunks_exact(2).map(|pair| u64::from(self.paid[pair[1] as usize]));
        let pays = backs.min().unwrap_or(u64::MAX).min(self.excess[source]).min(self.room[batch]);
        self.excess[source] -= pays;
        self.room[batch] -= pays;
        self.paid[last as usize] += pays as u32;
        for pair in self.path.chunks_exact(2) {
            self.paid[pair[0] as usize] += pays as u32;
            self.paid[pair[1] as usize] -= pays as u32;
        }
        let dry = self.path.chunks_exact(2).position(|pair| self.paid[pair[1] as usize] == 0);
        let Some(dry) = dry else { return group };
        let group = graph.group_of[self.path[2 * dry] as usize] as usize;
        self.path.truncate(2 * dry);
        group
    }

    /// What is proven, and what each group pays for it.
    pub fn plane(&self, graph: &Graph) -> (Plane, Vec<u64>) {
        let may = |group: usize| own_price(graph, group);
        let mut pays: Vec<u64> = (0..graph.len())
            .map(|group| {
                let alone = self.alone(graph, group);
                if alone >= may(group) { may(group) } else { may(group) - self.excess[group] }
            })
            .collect();
        let mut constant = i128::from(self.price) * i128::from(graph.base);
        for batch in (0..graph.sorts.len()).filter(|batch| graph.sorts[*batch] == Sort::Stepped) {
            constant += self.step(graph, batch, &mut pays);
        }
        let total = constant + pays.iter().map(|pays| i128::from(*pays)).sum::<i128>();
        (Plane { batch_price: self.price, overwrite_price: UNIT, total }, pays)
    }

    /// What a batch of several calls adds beside what its rows pay: the line below its steps may as well be the
    /// steeper one through its last two, if those who are in it can pay for that.
    fn step(&self, graph: &Graph, batch: usize, pays: &mut [u64]) -> i128 {
        let (fixed, rows) = (u64::from(graph.fixed[batch]), graph.fixed[batch] + graph.loose[batch]);
        let (price, part) = (self.price, self.part(graph));
        let flat = i128::from(part * fixed) - i128::from(price * graph.calls(graph.fixed[batch]));
        let steps = graph.calls(rows) - 1;
        let before = steps * u64::from(graph.batch_max);
        let steep = price / (u64::from(rows) - before);
        // Rounded down it may be too flat to stay below the steps before.
        if steep * u64::from(graph.batch_max) < price {
            return flat;
        }
        let more = steep - part;
        let slack = |group: usize, pays: &[u64]| {
            (own_price(graph, group) - pays[group]).min(more * u64::from(graph.users[group]))
        };
        let groups = || graph.of_batch(batch).iter().map(|edge| graph.group_of[*edge as usize] as usize);
        let gain: i128 = groups().map(|group| i128::from(slack(group, pays))).sum();
        let lost = i128::from(steep * before) - i128::from(price * steps) - i128::from(more * fixed);
        if gain <= lost {
            return flat;
        }
        for group in groups() {
            pays[group] += slack(group, pays);
        }
        flat - lost
    }
}

/// What overwriting a whole group costs.
pub(super) fn own_price(graph: &Graph, group: usize) -> u64 {
    u64::from(graph.users[group]) * u64::from(graph.weights[group]) * UNIT
}
