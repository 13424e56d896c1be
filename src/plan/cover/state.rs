//! A choice while it is being made: how many users of each group are overwritten, and what that costs.
//!
//! It chooses nothing.

use super::graph::Graph;
use super::pace::Clock;

/// What a choice costs; the smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// When the last call may leave.
    pub ms: i64,
    /// Calls of both sorts.
    pub calls: u64,
}

/// A choice.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// How many users of each group are overwritten.
    pub over: Vec<u32>,
    /// How many rows of each batch are left.
    pub rows: Vec<u32>,
    pub batches: u64,
    pub overwrites: u64,
}

impl State {
    pub fn of(graph: &Graph, over: Vec<u32>) -> Self {
        let mut rows: Vec<u32> =
            graph.fixed.iter().zip(&graph.loose).map(|(fixed, loose)| fixed + loose).collect();
        let mut overwrites = 0;
        for (group, over) in over.iter().enumerate().filter(|(_, over)| **over > 0) {
            overwrites += u64::from(*over) * u64::from(graph.weights[group]);
            graph.batches(group).iter().for_each(|batch| rows[*batch as usize] -= over);
        }
        let batches = rows.iter().map(|rows| graph.calls(*rows)).sum();
        graph.looks.near(graph.batch_of.len());
        Self { over, rows, batches, overwrites }
    }

    pub fn cost(&self, clock: &Clock) -> Cost {
        Cost { ms: clock.ms(self.batches, self.overwrites), calls: self.batches + self.overwrites }
    }

    /// Overwrites so many of a group.
    pub fn set(&mut self, graph: &Graph, group: usize, over: u32) {
        graph.looks.near(graph.edges(group).len());
        let old = std::mem::replace(&mut self.over[group], over);
        for batch in graph.batches(group) {
            let rows = &mut self.rows[*batch as usize];
            self.batches -= graph.calls(*rows);
            *rows = *rows + old - over;
            self.batches += graph.calls(*rows);
        }
        let weight = u64::from(graph.weights[group]);
        self.overwrites = self.overwrites + u64::from(over) * weight - u64::from(old) * weight;
    }

    /// How many calls more it takes to leave so many more of a group in batches.
    pub fn added(&self, graph: &Graph, group: usize, users: u32) -> u64 {
        graph.looks.near(graph.edges(group).len());
        let more = |batch: &u32| {
            let rows = self.rows[*batch as usize];
            graph.calls(rows + users) - graph.calls(rows)
        };
        graph.batches(group).iter().map(more).sum()
    }

    /// How many calls fewer it takes to overwrite so many more of a group.
    pub fn saved(&self, graph: &Graph, group: usize, users: u32) -> u64 {
        graph.looks.near(graph.edges(group).len());
        let less = |batch: &u32| {
            let rows = self.rows[*batch as usize];
            graph.calls(rows) - graph.calls(rows - users)
        };
        graph.batches(group).iter().map(less).sum()
    }

    /// How many more of a group fit into calls that are made anyway.
    pub fn fits(&self, graph: &Graph, group: usize) -> u32 {
        graph.looks.near(graph.edges(group).len());
        let room = |batch: &u32| {
            let rows = self.rows[*batch as usize];
            rows.next_multiple_of(graph.batch_max) - rows
        };
        graph.batches(group).iter().map(room).min().unwrap_or(u32::MAX).min(self.over[group])
    }
}
