//! Choices held against drawn instances, and against trying everything on small ones.

use super::{Cost, Instance, Pace, PaceLimit, Payer, choose, cost};

/// The vendor's limits with nothing spent.
fn pace() -> Pace {
    let limit = |left, window_ms, payer| PaceLimit { left, count: left, window_ms, payer };
    Pace {
        limits: vec![
            limit(1_200, 60_000, Payer::Both),
            limit(100, 60_000, Payer::Batches),
            limit(10_000, 86_400_000, Payer::Batches),
        ],
    }
}

fn instance(users: &[Vec<u32>], batches: usize, batch_max: u32, pace: Pace) -> Instance {
    let mut instance = Instance {
        starts: vec![0],
        batches,
        batch_max,
        pace,
        may_overwrite: vec![true; users.len()],
        ..Instance::default()
    };
    for rows in users {
        instance.rows.extend(rows);
        instance.starts.push(u32::try_from(instance.rows.len()).expect("a small number"));
    }
    instance
}

fn draw(rng: &mut fastrand::Rng, users_max: usize) -> Instance {
    let batches = rng.usize(1..8);
    let users: Vec<Vec<u32>> = (0..rng.usize(1..=users_max))
        .map(|_| {
            let mut rows: Vec<u32> = (0..).take(batches).filter(|_| rng.u8(0..3) == 0).collect();
            if rows.is_empty() {
                rows.push(rng.u32(0..u32::try_from(batches).expect("a small number")));
            }
            rows
        })
        .collect();
    let tight = |count, payer| PaceLimit { left: count, count, window_ms: 1_000, payer };
    let limits = vec![
        tight(rng.u64(1..6), Payer::Batches),
        tight(rng.u64(1..9), Payer::Overwrites),
        tight(rng.u64(5..30), Payer::Both),
    ];
    let mut drawn = instance(&users, batches, rng.u32(1..5), Pace { limits });
    drawn.may_overwrite.iter_mut().for_each(|may| *may = rng.u8(0..4) > 0);
    drawn
}

/// The fewest calls of all choices.
fn fewest(instance: &Instance) -> u64 {
    let allowed: Vec<usize> =
        (0..instance.may_overwrite.len()).filter(|user| instance.may_overwrite[*user]).collect();
    let calls = |bits: u32| {
        let mut overwrite = vec![false; instance.may_overwrite.len()];
        for (at, user) in allowed.iter().enumerate() {
            overwrite[*user] = bits >> at & 1 == 1;
        }
        cost(instance, &overwrite).calls
    };
    (0..1_u32 << allowed.len()).map(calls).min().unwrap_or(0)
}

#[test]
fn a_choice_is_never_worse_than_batches_alone_or_overwrites_alone() {
    for seed in 0..2_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng, 40);
        let chosen = choose(&drawn);
        let both = chosen.overwrite.iter().zip(&drawn.may_overwrite);
        assert!(both.clone().all(|(is, may)| !is || *may), "seed {seed}: somebody may not be overwritten");
        let ours = cost(&drawn, &chosen.overwrite);
        let batches = cost(&drawn, &vec![false; drawn.may_overwrite.len()]);
        let whole = cost(&drawn, &drawn.may_overwrite);
        assert!(ours <= batches.min(whole), "seed {seed}: {ours:?}, not {batches:?} or {whole:?}");
    }
}

#[test]
fn the_least_number_of_calls_is_never_above_the_truth() {
    for seed in 0..600 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let drawn = draw(&mut rng, 9);
        let (bound, truth) = (choose(&drawn).calls_minimum, fewest(&drawn));
        assert!(
            bound <= truth,
            "seed {seed}: {bound} calls are said to be least, {truth} suffice: {drawn:?}"
        );
    }
}

#[test]
fn one_segment_of_many_users_is_batches_and_proven_least() {
    let mut drawn = instance(&vec![vec![0]; 200_000], 1, 1_000, pace());
    drawn.may_overwrite.fill(false);
    let chosen = choose(&drawn);
    assert!(chosen.overwrite.iter().all(|is| !is));
    assert_eq!(chosen.calls_minimum, 200);
    drawn.may_overwrite.fill(true);
    assert_eq!(choose(&drawn).calls_minimum, 200);
}

#[test]
fn users_with_tags_of_their_own_are_overwritten() {
    let users: Vec<Vec<u32>> = (0..3_000).map(|user| (user * 60..user * 60 + 60).collect()).collect();
    let drawn = instance(&users, 180_000, 1_000, pace());
    let chosen = choose(&drawn);
    assert_eq!(cost(&drawn, &chosen.overwrite), Cost { ms: 120_000, calls: 3_000 });
    assert_eq!(chosen.calls_minimum, 3_000);
}

/// Popular tags as batches, rare ones with their users: better than either alone.
#[test]
fn a_mixture_is_better_than_either_alone() {
    let rare = |user: u32| 20 + user;
    let users: Vec<Vec<u32>> = (0..5_000)
        .map(|user| {
            let mut rows: Vec<u32> = (0..20).collect();
            if user < 300 {
                rows.extend((0..10).map(|at| rare(10 * user + at)));
            }
            rows
        })
        .collect();
    let drawn = instance(&users, 20 + 3_000, 1_000, pace());
    let ours = cost(&drawn, &choose(&drawn).overwrite);
    assert_eq!(ours.calls, 300 + 20 * 5, "{ours:?}");
}
