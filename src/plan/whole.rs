//! The order of tag calls where not all of them fit today: users are finished whole, not all of them half.
//!
//! ```text
//!              tag by tag                      user by user
//!   tag a   1 2 3 │ 4 5 6 │ 7 8 9          ┌ 1 2 3 ┐ 4 5 6   7 8 9
//!   tag b   1 2 3   4 5 6   7 8 9          │ 1 2 3 │ 4 5 6   7 8 9
//!   tag c   1 2 3   4 5 6   7 8 9          └ 1 2 3 ┘ 4 5 6   7 8 9
//!           ───────────────> first         three users are done after three calls
//! ```
//!
//! Every tag has its users in one and the same order, so that the calls of one part of them lie together. It
//! decides neither what a call carries beyond that, nor when it goes.

use super::cover::{Instance, Pace, Payer};
use super::pack::Draft;
use crate::timestamp::DAY_MS;

/// What a whole call counts in the price of a user: users of up to so many tags are told apart exactly enough.
const CALL: u64 = 1 << 20;

/// Whether more batches are wanted than the day has left.
pub(super) fn is_needed(pace: &Pace, batches: u64) -> bool {
    let of_today = |payer| payer == Payer::Batches || payer == Payer::Both;
    pace.limits.iter().any(|limit| of_today(limit.payer) && limit.window_ms >= DAY_MS && limit.left < batches)
}

/// Users who are not overwritten, those first who take the smallest part of calls, then as they come.
pub(super) fn cheapest_first(instance: &Instance, overwrite: &[bool]) -> Vec<u32> {
    let rows =
        |user: usize| &instance.rows[instance.starts[user] as usize..instance.starts[user + 1] as usize];
    let mut users: Vec<u32> = (0..).zip(overwrite).filter(|(_, is)| !**is).map(|(user, _)| user).collect();
    let mut sizes = vec![0_u32; instance.batches];
    for user in &users {
        rows(*user as usize).iter().for_each(|batch| sizes[*batch as usize] += 1);
    }
    let part = |batch: &u32| CALL / u64::from(sizes[*batch as usize].clamp(1, instance.batch_max.max(1)));
    users.sort_by_cached_key(|user| rows(*user as usize).iter().map(part).sum::<u64>());
    users
}

/// Calls by the first user for whom each is needed; of equal ones removals before additions. `first_user` gives the
/// place of a call's first user; what additions wait for are places in `unbinds`, and become places in the result.
pub(super) fn together(
    unbinds: Vec<Draft>,
    binds: Vec<Draft>,
    first_user: impl Fn(&Draft) -> u32,
) -> Vec<Draft> {
    let unbind_keys: Vec<u32> = unbinds.iter().map(&first_user).collect();
    let key = |bind: &Draft| {
        let waits_for = bind.after.iter().map(|at| unbind_keys[*at as usize]);
        waits_for.chain([first_user(bind)]).max().unwrap_or(0)
    };
    let bind_keys: Vec<u32> = binds.iter().map(key).collect();
    let first_bind = unbinds.len();
    let mut order: Vec<(u32, usize)> = unbind_keys.into_iter().chain(bind_keys).zip(0..).collect();
    // Unbinds have the smaller numbers.
    order.sort_unstable();
    let mut place_of = vec![0_u32; order.len()];
    for (place, (_, call)) in (0..).zip(&order) {
        place_of[*call] = place;
    }
    let mut calls: Vec<Option<Draft>> = unbinds.into_iter().chain(binds).map(Some).collect();
    let mut sorted = Vec::with_capacity(calls.len());
    for (_, call) in order {
        let Some(mut draft) = calls[call].take() else { continue };
        if call >= first_bind {
            draft.after.iter_mut().for_each(|at| *at = place_of[*at as usize]);
            draft.after.sort_unstable();
        }
        sorted.push(draft);
    }
    sorted
}
