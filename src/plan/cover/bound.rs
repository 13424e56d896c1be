//! What no choice goes below: half-planes of batches and overwrites, how many users so many batches spare, and what
//! follows for time and calls.
//!
//! It proves nothing itself; each half-plane comes with a flow that proves it.

use super::pace::{Clock, Room};
use super::spared::Spared;

/// Every choice has `batch_price · batches + overwrite_price · overwrites >= total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plane {
    pub batch_price: u64,
    pub overwrite_price: u64,
    pub total: i128,
}

/// All that is proven.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    planes: Vec<Plane>,
    spared: Option<Spared>,
}

impl Bounds {
    pub fn add(&mut self, plane: Plane) {
        let same = |old: &&mut Plane| {
            old.batch_price == plane.batch_price && old.overwrite_price == plane.overwrite_price
        };
        match self.planes.iter_mut().find(same) {
            Some(old) => old.total = old.total.max(plane.total),
            None => self.planes.push(plane),
        }
    }

    pub fn spare(&mut self, spared: Spared) {
        self.spared = Some(spared);
    }

    /// No choice has fewer calls.
    pub fn calls(&self) -> u64 {
        self.calls_within(EVERYTHING).unwrap_or(0)
    }

    /// No choice is done earlier.
    pub fn ms(&self, clock: &Clock, known_ms: i64) -> i64 {
        let (mut low, mut high) = (0, known_ms);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.calls_within(clock.room(middle)).is_some() { high = middle } else { low = middle + 1 }
        }
        low
    }

    /// No choice that has this room has fewer calls; nothing where none has so little room.
    pub fn calls_within(&self, room: Room) -> Option<u64> {
        let most = room.both.min(room.batches.saturating_add(room.overwrites)).min(EVERYTHING.both);
        if !self.allow(most, room) {
            return None;
        }
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.allow(middle, room) { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }

    /// Whether so many calls can be parted into batches and overwrites in a way that nothing forbids.
    fn allow(&self, calls: u64, room: Room) -> bool {
        let calls = i128::from(calls);
        let mut least = (calls - i128::from(room.overwrites)).max(0);
        let mut most = calls.min(i128::from(room.batches));
        for plane in &self.planes {
            let (batch, overwrite) = (i128::from(plane.batch_price), i128::from(plane.overwrite_price));
            let lacks = plane.total - overwrite * calls;
            match batch - overwrite {
                0 if lacks > 0 => return false,
                0 => {}
                more if more > 0 => least = least.max(div_up(lacks, more)),
                less => most = most.min((-lacks).div_euclid(-less)),
            }
        }
        let number = |batches: i128| u64::try_from(batches).unwrap_or(u64::MAX);
        let is_spared = |one: &Spared| i128::from(one.calls(number(least), number(most))) <= calls;
        least <= most && self.spared.as_ref().is_none_or(is_spared)
    }
}

/// Room for whatever a plan may need.
const EVERYTHING: Room = Room { batches: 1 << 40, overwrites: 1 << 40, both: 1 << 40 };

fn div_up(a: i128, b: i128) -> i128 {
    -((-a).div_euclid(b))
}
