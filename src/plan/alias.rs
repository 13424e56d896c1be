//! The order of binds: an alias never holds more users than it may, whatever the order inside of a call and
//! among calls under way.
//!
//! Plain numbers in and out; which rows and which texts they stand for is `pack.rs`'s.
//!
//! # How
//!
//! A free place on an alias is a *hole*. A user who moves from `a` to `b` fills a hole of `b` and leaves one on
//! `a`: the hole walks from `b` to `a`. A user who had no alias takes the hole with them. So every bind lies on
//! the path of one hole, and a bind is safe as soon as the bind or unbind before it on that path has succeeded:
//! that is the only thing it waits for.
//!
//! ```text
//!   hole on b        u: a -> b           v: c -> a           w: none -> c
//!   ─────────  ───>  ──────────   ───>   ──────────   ───>   ─────────────   the hole is filled
//! ```
//!
//! A hole that could leave an alias by several binds takes last the one that leads to the end of all walks (an
//! alias with a place left over, or a user without an alias). Then no bind is left behind: it is the argument
//! by which the last exits of an Euler tour form a tree. What no end can be reached from are full aliases that
//! wait for one another in a ring; those get one hole by one unbind, whose user is bound last.
//!
//! Paths are filled into calls longest first, which gives the fewest calls for given paths.

use std::collections::VecDeque;

use super::lists::Lists;
use super::paths::{BindCall, Hole, Paths, cut, fill};

/// One user's change; aliases and moves are numbers, smaller ones go first where nothing else decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub from: Option<u32>,
    pub to: Option<u32>,
}

/// What to do, as numbers of moves.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// Calls that unbind: removals, and one user of each ring.
    pub unbinds: Vec<Vec<u32>>,
    /// Calls that bind.
    pub binds: Vec<BindCall>,
    /// Moves that have no place: their alias stays full.
    pub stuck: Vec<u32>,
    /// How many users are unbound to be bound again: one for each ring, more where a path is too long.
    pub detours: usize,
}

/// The limits that an order keeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Users that an alias may hold.
    pub users_max: u32,
    /// Moves that one call may carry.
    pub batch_max: usize,
}

/// The calls that make all moves, given how many users each alias holds now.
pub(super) fn schedule(holders: &[u32], moves: &[Move], bounds: Bounds) -> Schedule {
    let mut graph = Graph::of(holders, moves, bounds.users_max);
    let stuck = graph.drop_stuck();
    let rings = graph.find_last_exits();
    let mut paths = graph.walk(&rings);
    let detours = cut(&mut paths, rings);
    let unbinds = unbinds(&graph, &detours, bounds.batch_max);
    let binds = fill(&paths, &unbinds, bounds.batch_max);
    Schedule { unbinds, binds, stuck, detours: detours.len() }
}

/// No move.
const NONE: u32 = u32::MAX;

/// Aliases as vertices, moves between them as edges.
struct Graph {
    moves: Vec<Move>,
    /// Places left on each alias once the removals are done; negative where it holds too many.
    free: Vec<i64>,
    /// Moves into each alias, in the order in which its holes take them once `find_last_exits` has sorted them.
    into: Lists,
    /// Moves out of each alias to another.
    out_of: Lists,
    /// Moves that are given up.
    dropped: Vec<bool>,
}

impl Graph {
    fn of(holders: &[u32], moves: &[Move], users_max: u32) -> Self {
        let mut free: Vec<i64> = holders.iter().map(|held| i64::from(users_max) - i64::from(*held)).collect();
        for removal in moves.iter().filter(|one| one.to.is_none()) {
            if let Some(from) = removal.from {
                free[from as usize] += 1;
            }
        }
        let numbered = (0_u32..).zip(moves);
        let into = numbered.clone().filter_map(|(m, one)| Some((one.to?, m)));
        let out_of = numbered.filter_map(|(m, one)| one.to.and(one.from).map(|from| (from, m)));
        Self {
            into: Lists::of(holders.len(), into),
            out_of: Lists::of(holders.len(), out_of),
            dropped: vec![false; moves.len()],
            moves: moves.to_vec(),
            free,
        }
    }

    /// Gives up moves into aliases that will not have the room; the last ones first, those of users without an
    /// alias before others, since the others would make room elsewhere.
    fn drop_stuck(&mut self) -> Vec<u32> {
        let mut stuck = Vec::new();
        let mut slack: Vec<i64> =
            (0..self.free.len()).map(|v| self.free[v] + self.out_of.len(v) - self.into.len(v)).collect();
        let mut work: Vec<usize> = (0..slack.len()).filter(|v| slack[*v] < 0).collect();
        while let Some(v) = work.pop() {
            while slack[v] < 0 {
                let open = self.into.get(v).iter().copied().filter(|m| !self.dropped[*m as usize]);
                let last = open.max_by_key(|m| (self.moves[*m as usize].from.is_none(), *m));
                let Some(last) = last else { break };
                self.dropped[last as usize] = true;
                stuck.push(last);
                slack[v] += 1;
                // The user stays where they are, and that alias does not get its place.
                if let Some(from) = self.moves[last as usize].from {
                    slack[from as usize] -= 1;
                    work.push(from as usize);
                }
            }
        }
        let dropped = &self.dropped;
        self.into.retain(|m| !dropped[m as usize]);
        self.out_of.retain(|m| !dropped[m as usize]);
        stuck.sort_unstable();
        stuck
    }

    /// Sorts the moves into each alias so that holes take the last exit last, and gives the moves whose users
    /// are unbound first, one for each ring.
    fn find_last_exits(&mut self) -> Vec<u32> {
        let len = self.free.len();
        let mut last = vec![NONE; len];
        let mut reached = vec![false; len];
        let mut queue = VecDeque::new();
        for v in 0..len {
            let leaves = |m: &&u32| self.moves[**m as usize].from.is_none();
            last[v] = self.into.get(v).iter().find(leaves).copied().unwrap_or(NONE);
            let slack = self.free[v] + self.out_of.len(v) - self.into.len(v);
            if last[v] != NONE || slack > 0 || self.into.get(v).is_empty() {
                reached[v] = true;
                queue.push_back(v);
            }
        }
        self.reach(&mut queue, &mut reached, &mut last);
        let mut rings = Vec::new();
        for v in 0..len {
            if reached[v] {
                continue;
            }
            // Nothing leads out of here: every alias is full and waits for another of the same ring.
            let first = self.into.get(v)[0];
            rings.push(first);
            (last[v], reached[v]) = (first, true);
            queue.push_back(v);
            self.reach(&mut queue, &mut reached, &mut last);
        }
        self.sort_exits(&last);
        rings.sort_unstable();
        rings
    }

    /// From the ends backwards: each alias newly reached has found its last exit.
    fn reach(&self, queue: &mut VecDeque<usize>, reached: &mut [bool], last: &mut [u32]) {
        while let Some(end) = queue.pop_front() {
            for m in self.out_of.get(end) {
                let Some(to) = self.moves[*m as usize].to else { continue };
                if !std::mem::replace(&mut reached[to as usize], true) {
                    last[to as usize] = *m;
                    queue.push_back(to as usize);
                }
            }
        }
    }

    /// Holes go first where an alias lacks places, and to users without an alias when nothing else is left.
    fn sort_exits(&mut self, last: &[u32]) {
        let lacking: Vec<bool> = (0..self.free.len()).map(|v| self.into.len(v) > self.free[v]).collect();
        let moves = &self.moves;
        self.into.sort_each(|v, m| {
            let from = moves[m as usize].from;
            let lacks = from.is_some_and(|from| lacking[from as usize]);
            (last[v] == m, from.is_none(), !lacks, m)
        });
    }

    /// Lets every hole walk, all of them one step at a time, so that paths stay short.
    fn walk(&self, rings: &[u32]) -> Paths {
        let mut walk = Walk {
            paths: Paths { before: vec![Hole::Unset; self.moves.len()] },
            holes: vec![VecDeque::new(); self.free.len()],
            lacks: vec![0; self.free.len()],
            taken: vec![0; self.free.len()],
        };
        let mut front = walk.begin(self, rings);
        while !front.is_empty() {
            front.sort_unstable();
            front.dedup();
            let mut next = Vec::new();
            for v in front {
                walk.step(self, v as usize, rings, &mut next);
            }
            front = next.iter().map(|(v, _)| *v).collect();
            for (v, hole) in next {
                walk.arrive(v as usize, hole);
            }
        }
        walk.paths
    }
}

struct Walk {
    paths: Paths,
    /// Holes on each alias.
    holes: Vec<VecDeque<Hole>>,
    /// How many places must come free on each alias before there is a hole, since it holds too many.
    lacks: Vec<i64>,
    /// How many of the moves into each alias have their place.
    taken: Vec<usize>,
}

impl Walk {
    /// Puts the first holes in their places: those that are there, then those that unbinds make.
    fn begin(&mut self, graph: &Graph, rings: &[u32]) -> Vec<u32> {
        let mut made: Vec<(u32, u32)> = Vec::new();
        for (at, one) in (0_u32..).zip(&graph.moves) {
            if let (Some(from), None) = (one.from, one.to) {
                made.push((from, at));
            }
        }
        made.extend(rings.iter().filter_map(|m| Some((graph.moves[*m as usize].from?, *m))));
        let mut freed = vec![0; graph.free.len()];
        for (from, at) in &made {
            freed[*from as usize] += i64::from(graph.moves[*at as usize].to.is_none());
        }
        for (v, free) in graph.free.iter().enumerate() {
            let at_first = free - freed[v];
            self.lacks[v] = (-at_first).max(0);
            let useful = at_first.clamp(0, graph.into.len(v));
            self.holes[v].extend((0..useful).map(|_| Hole::Free));
        }
        for (from, at) in made {
            self.arrive(from as usize, Hole::Unbind(at));
        }
        (0_u32..).zip(&self.holes).filter(|(_, holes)| !holes.is_empty()).map(|(v, _)| v).collect()
    }

    fn arrive(&mut self, v: usize, hole: Hole) {
        if self.lacks[v] > 0 { self.lacks[v] -= 1 } else { self.holes[v].push_back(hole) }
    }

    /// Fills the holes of one alias; the holes that this makes are there with the next step.
    fn step(&mut self, graph: &Graph, v: usize, rings: &[u32], next: &mut Vec<(u32, Hole)>) {
        let into = graph.into.get(v);
        while self.taken[v] < into.len() {
            let Some(hole) = self.holes[v].pop_front() else { return };
            let m = into[self.taken[v]];
            self.taken[v] += 1;
            self.paths.before[m as usize] = hole;
            let from = graph.moves[m as usize].from;
            if let (Some(from), false) = (from, rings.binary_search(&m).is_ok()) {
                next.push((from, Hole::Bind(m)));
            }
        }
    }
}

/// Removals and the users of detours, in order, as many in a call as fit.
fn unbinds(graph: &Graph, detours: &[u32], batch_max: usize) -> Vec<Vec<u32>> {
    let removals = (0_u32..).zip(&graph.moves).filter(|(_, one)| one.to.is_none()).map(|(at, _)| at);
    let mut all: Vec<u32> = removals.chain(detours.iter().copied()).collect();
    all.sort_unstable();
    all.chunks(batch_max.max(1)).map(<[u32]>::to_vec).collect()
}

#[cfg(test)]
#[path = "alias_tests.rs"]
mod tests;
