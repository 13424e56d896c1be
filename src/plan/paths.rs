//! Paths of holes: which bind takes the place that another leaves, and how such paths fill calls.
//!
//! Finding the paths is `alias.rs`'s.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// No move.
const NONE: u32 = u32::MAX;

/// One call that binds.
#[derive(Debug, Default)]
pub(super) struct BindCall {
    pub moves: Vec<u32>,
    /// The calls of [`super::alias::Schedule::unbinds`] that make its places, sorted.
    pub after_unbinds: Vec<u32>,
    /// The calls of [`super::alias::Schedule::binds`] that make its places, sorted.
    pub after_binds: Vec<u32>,
}

/// The longest path. Its binds are calls one after another, tenths of a second each: a thousand are minutes, a
/// million would be a day during which other limits idle.
const PATH_MAX: u32 = 1_000;

/// What made the place that a bind takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// No place was given: the move binds nobody.
    Unset,
    /// It was there from the beginning.
    Free,
    /// This move's user was unbound.
    Unbind(u32),
    /// This move's user was bound elsewhere.
    Bind(u32),
}

/// For each move, what made the place that it takes.
pub(super) struct Paths {
    pub before: Vec<Hole>,
}

impl Paths {
    /// For each move, the move that takes the place it leaves.
    fn next(&self) -> Vec<u32> {
        let mut next = vec![NONE; self.before.len()];
        for (at, before) in (0_u32..).zip(&self.before) {
            if let Hole::Bind(m) = before {
                next[*m as usize] = at;
            }
        }
        next
    }

    /// The first moves of all paths.
    fn firsts(&self) -> impl Iterator<Item = u32> {
        let numbered = (0_u32..).zip(&self.before);
        numbered.filter(|(_, hole)| matches!(hole, Hole::Free | Hole::Unbind(_))).map(|(at, _)| at)
    }
}

/// Cuts long paths in pieces that go side by side: the user of the last bind of a piece is unbound first, which
/// makes the hole that the next piece begins with. Gives all users who are unbound to be bound again.
pub(super) fn cut(paths: &mut Paths, mut detours: Vec<u32>) -> Vec<u32> {
    let next = paths.next();
    let firsts: Vec<u32> = paths.firsts().collect();
    for first in firsts {
        let (mut at, mut len) = (first, 1);
        while next[at as usize] != NONE {
            let after = next[at as usize];
            if len % PATH_MAX == 0 {
                paths.before[after as usize] = Hole::Unbind(at);
                detours.push(at);
            }
            (at, len) = (after, len + 1);
        }
    }
    detours.sort_unstable();
    detours
}

/// Fills paths into calls: each call takes the next binds of the longest paths. For paths that is the fewest
/// calls there can be (Hu 1961).
pub(super) fn fill(paths: &Paths, unbinds: &[Vec<u32>], batch_max: usize) -> Vec<BindCall> {
    let len = paths.before.len();
    let mut unbind_call = vec![NONE; len];
    for (call, list) in (0..).zip(unbinds) {
        for m in list {
            unbind_call[*m as usize] = call;
        }
    }
    let next = paths.next();
    let mut ready: BinaryHeap<(u32, Reverse<u32>)> =
        paths.firsts().map(|first| (length(&next, first), Reverse(first))).collect();
    let mut bind_call = vec![NONE; len];
    let mut calls = Vec::new();
    while !ready.is_empty() {
        let taken: Vec<_> = (0..batch_max.max(1)).map_while(|_| ready.pop()).collect();
        let mut call = BindCall::default();
        for (rest, Reverse(at)) in taken {
            match paths.before[at as usize] {
                Hole::Unbind(m) => call.after_unbinds.push(unbind_call[m as usize]),
                Hole::Bind(m) => call.after_binds.push(bind_call[m as usize]),
                Hole::Unset | Hole::Free => {}
            }
            call.moves.push(at);
            bind_call[at as usize] = u32::try_from(calls.len()).unwrap_or(NONE);
            if next[at as usize] != NONE {
                ready.push((rest - 1, Reverse(next[at as usize])));
            }
        }
        for list in [&mut call.moves, &mut call.after_unbinds, &mut call.after_binds] {
            list.sort_unstable();
            list.dedup();
        }
        calls.push(call);
    }
    calls
}

/// How many binds a path has from here on.
fn length(next: &[u32], mut at: u32) -> u32 {
    let mut len = 1;
    while next[at as usize] != NONE {
        at = next[at as usize];
        len += 1;
    }
    len
}
