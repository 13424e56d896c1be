//! `quota`: what is spent and left of each limit, as far as the state knows.

use super::Context;
use crate::quota::LimitStatus;

/// Every limit, in the order of the project file.
#[must_use]
pub fn quota(context: &Context) -> Vec<LimitStatus> {
    context.gate.ledger().status(context.clock.now())
}
