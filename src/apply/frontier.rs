//! Which calls can go now: those whose predecessors are done, by rank, a bounded number of each lane.
//!
//! A lane is the calls that spend the same quotas. Bounding each lane by itself lets the calls of one limit go
//! on while those of another wait. Pure: nothing here waits or sends.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::plan::Call;
use crate::quota::QuotaId;

/// What stands for the number of predecessors of a call that is given up: no call has so many.
const GIVEN_UP: u32 = u32::MAX;

/// The quotas that a call spends, sorted.
type Lane = Vec<QuotaId>;

/// The calls of a plan on their way.
pub struct Frontier {
    lanes: Vec<u32>,
    /// How many predecessors of each call are not done yet.
    missing: Vec<u32>,
    /// The successors of call `i` are `successors[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    successors: Vec<u32>,
    ranks: Vec<u32>,
    ready: Vec<BinaryHeap<Reverse<(u32, u32)>>>,
    under_way: Vec<usize>,
    closed: Vec<bool>,
    /// How many calls on the wire each call takes.
    wire: Vec<u64>,
    left: u64,
}

impl Frontier {
    /// The start: calls without predecessors are ready.
    #[must_use]
    pub fn of(calls: &[Call]) -> Self {
        let mut numbers: BTreeMap<Lane, u32> = BTreeMap::new();
        let lanes: Vec<u32> = calls.iter().map(|call| number(&mut numbers, lane(call))).collect();
        let (starts, successors) = successors(calls);
        let mut frontier = Self {
            missing: calls.iter().map(|call| u32::try_from(call.after.len()).unwrap_or(u32::MAX)).collect(),
            ranks: calls.iter().map(|call| call.rank).collect(),
            ready: vec![BinaryHeap::new(); numbers.len()],
            under_way: vec![0; numbers.len()],
            closed: vec![false; numbers.len()],
            left: calls.iter().map(|call| call.write.wire_calls()).sum(),
            wire: calls.iter().map(|call| call.write.wire_calls()).collect(),
            lanes,
            starts,
            successors,
        };
        for call in 0..calls.len() {
            if frontier.missing[call] == 0 {
                frontier.make_ready(call);
            }
        }
        frontier
    }

    /// How many calls on the wire have not ended.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Takes the calls that may go now, by rank within their lane: of each lane as many as make `lane_max` under way
    /// or waiting at the gate.
    pub fn take(&mut self, lane_max: usize) -> Vec<u32> {
        let mut taken = Vec::new();
        for lane in 0..self.ready.len() {
            while !self.closed[lane] && self.under_way[lane] < lane_max {
                let Some(Reverse((_, call))) = self.ready[lane].pop() else { break };
                self.under_way[lane] += 1;
                taken.push(call);
            }
        }
        taken
    }

    /// A taken call was carried out: its successors may become ready.
    pub fn done(&mut self, call: u32) {
        self.leave(call);
        for successor in self.successors_of(call).to_vec() {
            let missing = &mut self.missing[successor as usize];
            if *missing == GIVEN_UP {
                continue;
            }
            *missing -= 1;
            if *missing == 0 {
                self.make_ready(successor as usize);
            }
        }
    }

    /// A taken call was not carried out: everything that needs it, at any distance, is given up and given back,
    /// sorted.
    pub fn given_up(&mut self, call: u32) -> Vec<u32> {
        self.leave(call);
        let (mut lost, mut open) = (Vec::new(), vec![call]);
        while let Some(call) = open.pop() {
            for successor in self.successors_of(call).to_vec() {
                // A call can be reached on several ways.
                if self.missing[successor as usize] != GIVEN_UP {
                    self.missing[successor as usize] = GIVEN_UP;
                    self.left -= self.wire[successor as usize];
                    lost.push(successor);
                    open.push(successor);
                }
            }
        }
        lost.sort_unstable();
        lost
    }

    /// No further call of this call's lane is taken: its limit has no room in this run.
    pub fn close_lane_of(&mut self, call: u32) {
        self.closed[self.lanes[call as usize] as usize] = true;
    }

    /// No further call is taken at all.
    pub fn close(&mut self) {
        self.closed.fill(true);
    }

    fn leave(&mut self, call: u32) {
        self.under_way[self.lanes[call as usize] as usize] -= 1;
        self.left -= self.wire[call as usize];
    }

    fn make_ready(&mut self, call: usize) {
        let id = u32::try_from(call).unwrap_or(u32::MAX);
        self.ready[self.lanes[call] as usize].push(Reverse((self.ranks[call], id)));
    }

    fn successors_of(&self, call: u32) -> &[u32] {
        let call = call as usize;
        &self.successors[self.starts[call] as usize..self.starts[call + 1] as usize]
    }
}

fn lane(call: &Call) -> Lane {
    let mut lane: Lane = call.spends.iter().map(|spend| spend.quota).collect();
    lane.sort_unstable();
    lane.dedup();
    lane
}

fn number(numbers: &mut BTreeMap<Lane, u32>, lane: Lane) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(lane).or_insert(next)
}

/// The edges of `after`, turned round: counted first, then laid end to end.
fn successors(calls: &[Call]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; calls.len() + 1];
    for before in calls.iter().flat_map(|call| &call.after) {
        starts[*before as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut next = starts.clone();
    let mut successors = vec![0u32; starts[calls.len()] as usize];
    for (id, call) in (0u32..).zip(calls) {
        for before in &call.after {
            let at = &mut next[*before as usize];
            successors[*at as usize] = id;
            *at += 1;
        }
    }
    (starts, successors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Write;
    use crate::names::Name;

    const LANE_MAX: usize = 16;

    fn call(quota: u8, after: &[u32], rank: u32) -> Call {
        let spends = vec![crate::quota::Spend { quota: QuotaId(quota), subject: 0 }];
        Call {
            write: Write::DeleteProperty(Name::NONE),
            spends,
            after: after.to_vec(),
            changes: vec![],
            rank,
        }
    }

    #[test]
    fn a_call_goes_when_all_before_it_are_done() {
        let mut frontier = Frontier::of(&[call(0, &[], 0), call(0, &[], 1), call(0, &[0, 1], 0)]);
        assert_eq!(frontier.take(LANE_MAX), [0, 1]);
        frontier.done(0);
        assert_eq!(frontier.take(LANE_MAX), [] as [u32; 0], "one of its two predecessors is still under way");
        frontier.done(1);
        assert_eq!(frontier.take(LANE_MAX), [2]);
        frontier.done(2);
        assert_eq!(frontier.left(), 0);
    }

    #[test]
    fn what_needs_a_lost_call_is_given_up_once() {
        let mut frontier =
            Frontier::of(&[call(0, &[], 0), call(0, &[0], 0), call(0, &[0], 0), call(0, &[1, 2], 0)]);
        assert_eq!(frontier.take(LANE_MAX), [0]);
        assert_eq!(frontier.given_up(0), [1, 2, 3]);
        assert_eq!((frontier.left(), frontier.take(LANE_MAX)), (0, vec![]));
    }

    #[test]
    fn what_is_given_up_stays_so_whatever_becomes_of_its_other_predecessors() {
        let mut frontier =
            Frontier::of(&[call(0, &[], 0), call(0, &[], 1), call(0, &[], 2), call(0, &[0, 1, 2], 0)]);
        assert_eq!(frontier.take(LANE_MAX), [0, 1, 2]);
        assert_eq!(frontier.given_up(0), [3]);
        frontier.done(1);
        assert_eq!(frontier.given_up(2), [] as [u32; 0], "it is given up already");
        assert_eq!((frontier.left(), frontier.take(LANE_MAX)), (0, vec![]));
    }

    #[test]
    fn a_full_lane_does_not_hold_back_another() {
        let mut calls: Vec<Call> = (0..40).map(|_| call(0, &[], 0)).collect();
        calls.push(call(1, &[], 9));
        let taken = Frontier::of(&calls).take(LANE_MAX);
        assert_eq!(taken.len(), LANE_MAX + 1);
        assert!(taken.contains(&40), "the only call of the second lane has to go at once");
    }
}
