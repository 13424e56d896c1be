//! Choices read off a flow: who is overwritten when the network is cut where it is tight.
//!
//! It pays nothing more; how tight a flow is is `flow.rs`'s.

use super::flow::{FAR, Flow, own_price};
use super::graph::Graph;

impl Flow {
    /// Which groups are overwritten by the cut with the most overwrites, or the best that was found.
    pub fn cut_with_most_overwrites(&self, graph: &Graph) -> Vec<u32> {
        let depth = if self.is_full { FAR - 1 } else { self.best_depth(graph) };
        let over = |group: usize| {
            let stays = self.group_level[group] <= depth && self.group_level[group] != FAR;
            if stays { 0 } else { graph.users[group] }
        };
        (0..graph.len()).map(over).collect()
    }

    /// The level behind which it costs least to cut, of those that are known in full.
    fn best_depth(&self, graph: &Graph) -> u32 {
        let levels = self.group_level.iter().chain(&self.batch_level).filter(|level| **level != FAR);
        let deepest = levels.max().copied().unwrap_or(0) as usize + 2;
        let (mut groups, mut batches) = (vec![0_u64; deepest + 1], vec![0_u64; deepest + 1]);
        let mut all = 0;
        for group in 0..graph.len() {
            let may = own_price(graph, group).saturating_sub(self.alone(graph, group));
            all += may;
            if self.group_level[group] != FAR {
                groups[self.group_level[group] as usize] += may;
            }
        }
        for level in self.batch_level.iter().filter(|level| **level != FAR) {
            batches[*level as usize] += self.price;
        }
        let (mut best, mut cost) = ((u64::MAX, 0), all);
        // Behind the level with room not every batch has been seen.
        for depth in (0..deepest.min(self.goal as usize)).step_by(2) {
            cost = cost - groups[depth] + batches[depth + 1];
            best = best.min((cost, depth as u32));
        }
        best.1
    }

    /// The same by the cut with the fewest overwrites: only those stay who cannot reach a batch with room.
    pub fn cut_with_fewest_overwrites(&mut self, graph: &Graph) -> Vec<u32> {
        let mut over = vec![0; graph.len()];
        let mut seen = vec![false; graph.sorts.len()];
        self.queue.clear();
        let mut add = |group: usize, queue: &mut Vec<u32>| {
            if over[group] == 0 {
                over[group] = graph.users[group];
                queue.push(group as u32);
            }
        };
        for group in 0..graph.len() {
            if self.alone(graph, group) > own_price(graph, group) {
                add(group, &mut self.queue);
            }
        }
        for (batch, seen) in seen.iter_mut().enumerate() {
            if self.room[batch] > 0 {
                *seen = true;
                graph.of_batch(batch).iter().for_each(|edge| {
                    add(graph.group_of[*edge as usize] as usize, &mut self.queue);
                });
            }
        }
        let mut at = 0;
        while at < self.queue.len() {
            let group = self.queue[at] as usize;
            at += 1;
            for edge in graph.shared(group) {
                let batch = graph.batch_of[edge] as usize;
                if self.paid[edge] > 0 && !std::mem::replace(&mut seen[batch], true) {
                    graph.of_batch(batch).iter().for_each(|edge| {
                        add(graph.group_of[*edge as usize] as usize, &mut self.queue);
                    });
                }
            }
        }
        self.work += graph.batch_of.len() as u64;
        graph.looks.far(graph.batch_of.len() as u64);
        over
    }
}
