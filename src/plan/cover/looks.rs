//! How much may still be looked at: what bounds the whole of choosing, whatever the instance is like.
//!
//! It counts and never reads a clock, so that the same instance gives the same choice on every machine.

use std::cell::Cell;

/// Looks at an edge in order, of which a processor does a hundred million a second: a choice takes some twenty
/// seconds at most, and nearly always a small part of that.
const LOOKS_MAX: u64 = 2_500_000_000;

/// How many of them a look at an edge anywhere in memory is worth.
const FAR_LOOK: u64 = 10;

/// What is left.
#[derive(Debug)]
pub(super) struct Looks(Cell<u64>);

impl Default for Looks {
    fn default() -> Self {
        Self(Cell::new(LOOKS_MAX))
    }
}

impl Looks {
    /// So many edges were looked at, one after the other.
    pub fn near(&self, edges: usize) {
        self.0.set(self.0.get().saturating_sub(edges as u64));
    }

    /// So many edges were looked at, here and there.
    pub fn far(&self, edges: u64) {
        self.0.set(self.0.get().saturating_sub(edges.saturating_mul(FAR_LOOK)));
    }

    /// How many edges one of several steps may look at, one after the other: half of what is left, so that what comes
    /// after it has its share.
    pub fn near_share(&self) -> u64 {
        self.0.get() / 2
    }

    /// The same, here and there.
    pub fn far_share(&self) -> u64 {
        self.near_share() / FAR_LOOK
    }

    /// Whether whatever goes on must end with what it has.
    pub fn are_spent(&self) -> bool {
        self.0.get() == 0
    }
}

#[cfg(test)]
impl Looks {
    /// So few that nothing but what is at hand is found.
    pub fn few(looks: u64) -> Self {
        Self(Cell::new(looks))
    }
}
