//! Orders of binds held against drawn worlds: whatever order is allowed, no alias is ever too full.

use super::{Bounds, Move, Schedule, schedule};

/// Where each user is and shall be; users without a number of their own stand in `foreign`.
#[derive(Debug)]
struct Drawn {
    bounds: Bounds,
    foreign: Vec<u32>,
    users: Vec<(Option<u32>, Option<u32>)>,
}

impl Drawn {
    fn holders(&self) -> Vec<u32> {
        let mut holders = self.foreign.clone();
        for from in self.users.iter().filter_map(|(from, _)| *from) {
            holders[from as usize] += 1;
        }
        holders
    }

    /// The moves, and whose they are.
    fn moves(&self) -> (Vec<Move>, Vec<usize>) {
        let changed = self.users.iter().enumerate().filter(|(_, (from, to))| from != to);
        changed.map(|(user, (from, to))| (Move { from: *from, to: *to }, user)).unzip()
    }
}

/// A world in which everybody finds room in the end, mostly full.
fn draw(rng: &mut fastrand::Rng) -> Drawn {
    let aliases = rng.usize(1..7);
    let users_max = rng.u32(1..5);
    let mut foreign: Vec<u32> = (0..aliases).map(|_| rng.u32(0..=users_max / 3)).collect();
    // Now and then an alias holds more than it may.
    if rng.u8(0..10) == 0 {
        foreign[0] += users_max + 1;
    }
    let (mut before, mut after) = (foreign.clone(), foreign.clone());
    let place = |held: &mut Vec<u32>, rng: &mut fastrand::Rng| {
        let alias = rng.usize(0..aliases);
        let fits = held[alias] < users_max && rng.u8(0..8) > 0;
        held[alias] += u32::from(fits);
        fits.then(|| u32::try_from(alias).expect("a small number"))
    };
    let users = (0..rng.usize(0..24)).map(|_| (place(&mut before, rng), place(&mut after, rng))).collect();
    Drawn { bounds: Bounds { users_max, batch_max: rng.usize(1..5) }, foreign, users }
}

/// Does the calls in an order drawn from those that are allowed, and pairs inside of a call in any order.
fn simulate(drawn: &Drawn, done: &Schedule, rng: &mut fastrand::Rng) -> Vec<Option<u32>> {
    let (moves, owner) = drawn.moves();
    let mut at: Vec<Option<u32>> = drawn.users.iter().map(|(from, _)| *from).collect();
    let first_bind = done.unbinds.len();
    let len = first_bind + done.binds.len();
    let mut waiting: Vec<usize> = (0..len).collect();
    let mut is_done = vec![false; len];
    while !waiting.is_empty() {
        let may_go = |call: &usize| match call.checked_sub(first_bind) {
            None => true,
            Some(bind) => {
                let call = &done.binds[bind];
                call.after_unbinds.iter().all(|at| is_done[*at as usize])
                    && call.after_binds.iter().all(|at| is_done[first_bind + *at as usize])
            }
        };
        let ready: Vec<usize> = waiting.iter().copied().filter(may_go).collect();
        let call = ready[rng.usize(0..ready.len())];
        waiting.retain(|other| *other != call);
        let bind = call.checked_sub(first_bind);
        let mut pairs =
            bind.map_or_else(|| done.unbinds[call].clone(), |bind| done.binds[bind].moves.clone());
        assert!(pairs.len() <= drawn.bounds.batch_max, "a call has {} pairs", pairs.len());
        rng.shuffle(&mut pairs);
        for m in pairs {
            let user = owner[m as usize];
            at[user] = if bind.is_some() { moves[m as usize].to } else { None };
            no_alias_is_too_full(drawn, &at);
        }
        is_done[call] = true;
    }
    at
}

fn no_alias_is_too_full(drawn: &Drawn, at: &[Option<u32>]) {
    let begun = drawn.holders();
    for (alias, foreign) in (0_u32..).zip(&drawn.foreign) {
        let held = foreign + u32::try_from(at.iter().filter(|on| **on == Some(alias)).count()).unwrap_or(0);
        // One that held too many from the beginning must not grow.
        let most = drawn.bounds.users_max.max(begun[alias as usize]);
        assert!(held <= most, "alias {alias} holds {held} users");
    }
}

#[test]
fn no_alias_is_ever_too_full_and_everybody_arrives() {
    for seed in 0..4_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng);
        let done = schedule(&drawn.holders(), &drawn.moves().0, drawn.bounds);
        let context = || format!("seed {seed}: {drawn:?}\n{done:?}");
        assert!(done.stuck.is_empty(), "somebody found no room: {}", context());
        let at = simulate(&drawn, &done, &mut rng);
        let wanted: Vec<_> = drawn.users.iter().map(|(_, to)| *to).collect();
        assert_eq!(at, wanted, "{}", context());
        let removals = drawn.moves().0.iter().filter(|one| one.to.is_none()).count();
        let unbound: usize = done.unbinds.iter().map(Vec::len).sum();
        assert_eq!(unbound, removals + done.detours, "{}", context());
    }
}

/// Full aliases whose users are permuted: each group of aliases that exchange users is one ring.
#[test]
fn every_ring_costs_exactly_one_unbind() {
    for seed in 0..1_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (aliases, users_max) = (rng.u32(1..9), rng.u32(1..5));
        let mut places: Vec<u32> = (0..aliases).flat_map(|alias| vec![alias; users_max as usize]).collect();
        let from = places.clone();
        // Few exchanges, so that there are several rings.
        for _ in 0..rng.usize(0..6) {
            let (a, b) = (rng.usize(0..places.len()), rng.usize(0..places.len()));
            places.swap(a, b);
        }
        let users = from.iter().zip(&places).map(|(from, to)| (Some(*from), Some(*to))).collect();
        let bounds = Bounds { users_max, batch_max: 1_000 };
        let drawn = Drawn { bounds, foreign: vec![0; aliases as usize], users };
        let done = schedule(&drawn.holders(), &drawn.moves().0, bounds);
        assert_eq!(done.detours, rings(&drawn), "seed {seed}: {drawn:?}");
        let wanted: Vec<_> = drawn.users.iter().map(|(_, to)| *to).collect();
        assert_eq!(simulate(&drawn, &done, &mut rng), wanted, "seed {seed}");
    }
}

/// Groups of aliases that exchange users, by joining sets.
fn rings(drawn: &Drawn) -> usize {
    let mut group: Vec<u32> = (0..).take(drawn.foreign.len()).collect();
    let mut moved = vec![false; group.len()];
    for (from, to) in drawn.users.iter().filter(|(from, to)| from != to) {
        let (Some(from), Some(to)) = (*from, *to) else { continue };
        let (a, b) = (group[from as usize], group[to as usize]);
        group.iter_mut().filter(|one| **one == a).for_each(|one| *one = b);
        (moved[from as usize], moved[to as usize]) = (true, true);
    }
    let mut list: Vec<u32> =
        group.into_iter().zip(moved).filter(|(_, moved)| *moved).map(|(g, _)| g).collect();
    list.sort_unstable();
    list.dedup();
    list.len()
}

#[test]
fn binds_that_wait_for_nothing_fill_whole_calls() {
    let moves: Vec<Move> = (0..2_500).map(|user| Move { from: None, to: Some(user / 10) }).collect();
    let done = schedule(&vec![0; 250], &moves, Bounds { users_max: 10, batch_max: 1_000 });
    let sizes: Vec<usize> = done.binds.iter().map(|call| call.moves.len()).collect();
    assert_eq!(sizes, [1_000, 1_000, 500]);
    assert!(done.binds.iter().all(|call| call.after_binds.is_empty() && call.after_unbinds.is_empty()));
}

/// A chain of full aliases behind one with a place: each bind waits for the one before, and others fill the calls.
#[test]
fn a_long_chain_does_not_keep_others_waiting() {
    let chain = (0..10).map(|at| Move { from: Some(at + 1), to: Some(at) });
    let others = (0..100).map(|at| Move { from: None, to: Some(20 + at) });
    let moves: Vec<Move> = others.chain(chain).collect();
    let mut holders = vec![0; 120];
    holders[1..=10].fill(1);
    let done = schedule(&holders, &moves, Bounds { users_max: 1, batch_max: 11 });
    let sizes: Vec<usize> = done.binds.iter().map(|call| call.moves.len()).collect();
    assert_eq!(sizes, [11; 10], "110 binds, of which ten follow one another, are ten calls");
}

#[test]
fn what_never_finds_room_is_given_up_and_said() {
    let moves = [
        Move { from: Some(1), to: Some(0) },
        Move { from: None, to: Some(0) },
        Move { from: None, to: Some(1) },
    ];
    let done = schedule(&[2, 2], &moves, Bounds { users_max: 2, batch_max: 10 });
    assert_eq!(done.stuck, [0, 1, 2], "alias 0 stays full, so nobody leaves alias 1 either");
    assert!(done.binds.is_empty());
}

/// Two thousand and five hundred full aliases in one ring: paths stay short for one user more in a thousand.
#[test]
fn a_very_long_ring_is_cut_in_pieces() {
    let len = 2_500;
    let moves: Vec<Move> = (0..len).map(|at| Move { from: Some(at), to: Some((at + 1) % len) }).collect();
    let bounds = Bounds { users_max: 1, batch_max: 1_000 };
    let drawn = Drawn {
        bounds,
        foreign: vec![0; len as usize],
        users: moves.iter().map(|one| (one.from, one.to)).collect(),
    };
    let done = schedule(&drawn.holders(), &moves, bounds);
    assert_eq!((done.detours, done.unbinds.len(), done.binds.len()), (3, 1, 1_000));
}
