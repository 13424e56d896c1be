//! Laws of choosing, held for drawn instances that are small enough to try everything.

use proptest::prelude::*;

use super::graph::Graph;
use super::looks::Looks;
use super::prices;
use super::spared::Spared;
use super::tests::instance;
use super::{Cost, Instance, Pace, PaceLimit, Payer, choose, cost};

const TAGS: u32 = 6;

fn rows() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::btree_set(0..TAGS, 1..=TAGS as usize).prop_map(|rows| rows.into_iter().collect())
}

fn limit(payer: Payer) -> impl Strategy<Value = PaceLimit> {
    (0..6_u64, 0..7_u64, 1..4_i64).prop_map(move |(left, count, window)| PaceLimit {
        left: left.min(count),
        count,
        first_ms: 1_000 * window,
        window_ms: 1_000 * window,
        payer,
    })
}

fn pace() -> impl Strategy<Value = Pace> {
    let some = |payer| proptest::option::of(limit(payer));
    let both = proptest::option::of(limit(Payer::Both));
    let drawn = (some(Payer::Batches), some(Payer::Batches), some(Payer::Overwrites), both);
    drawn.prop_map(|(a, b, c, d)| Pace { limits: [a, b, c, d].into_iter().flatten().collect() })
}

/// Up to ten users, six tags, calls of two or three rows, limits of all sorts, of which much is spent.
fn small() -> impl Strategy<Value = Instance> {
    let user = (rows(), prop::bool::weighted(0.8), 1..3_u32);
    (proptest::collection::vec(user, 1..=10), 2..4_u32, pace()).prop_map(|(users, batch_max, pace)| {
        let lists: Vec<Vec<u32>> = users.iter().map(|(rows, ..)| rows.clone()).collect();
        let mut drawn = instance(&lists, batch_max, pace);
        drawn.may_overwrite = users.iter().map(|(_, may, _)| *may).collect();
        drawn.overwrite_calls = users.iter().map(|(.., calls)| *calls).collect();
        drawn
    })
}

/// All choices there are.
fn every_choice(instance: &Instance) -> Vec<Cost> {
    let allowed: Vec<usize> =
        (0..instance.may_overwrite.len()).filter(|user| instance.may_overwrite[*user]).collect();
    let one = |bits: u32| {
        let mut overwrite = vec![false; instance.may_overwrite.len()];
        for (at, user) in allowed.iter().enumerate() {
            overwrite[*user] = bits >> at & 1 == 1;
        }
        cost(instance, &overwrite)
    };
    (0..1_u32 << allowed.len()).map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_choice_is_the_best_there_is_and_no_bound_is_above_it(drawn in small()) {
        let chosen = choose(&drawn);
        let allowed = chosen.overwrite.iter().zip(&drawn.may_overwrite).all(|(is, may)| !is || *may);
        prop_assert!(allowed, "somebody is overwritten who may not be");
        let all = every_choice(&drawn);
        let best = all.iter().min().copied().expect("at least one choice");
        let fewest = all.iter().map(|cost| cost.calls).min().expect("at least one choice");
        prop_assert_eq!(cost(&drawn, &chosen.overwrite), best);
        prop_assert!(chosen.calls_minimum <= fewest, "{} calls suffice: {:?}", fewest, chosen);
        prop_assert!(chosen.ms_minimum <= best.ms, "{:?} is possible: {:?}", best, chosen);
        prop_assert!(chosen.calls_minimum_in_time <= best.calls, "{:?} is possible: {:?}", best, chosen);
    }

    #[test]
    fn the_same_instance_gives_the_same_choice(drawn in small()) {
        prop_assert_eq!(choose(&drawn), choose(&drawn.clone()));
    }
}

/// Users of a few tags each, more than can be tried.
fn middle() -> impl Strategy<Value = Instance> {
    let user = (proptest::collection::btree_set(0..40_u32, 1..6), prop::bool::weighted(0.9));
    (proptest::collection::vec(user, 1..200), 2..12_u32, pace()).prop_map(|(users, batch_max, pace)| {
        let lists: Vec<Vec<u32>> = users.iter().map(|(rows, _)| rows.iter().copied().collect()).collect();
        let mut drawn = instance(&lists, batch_max, pace);
        drawn.may_overwrite = users.iter().map(|(_, may)| *may).collect();
        drawn
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_choice_is_never_worse_than_batches_alone_or_overwrites_alone(drawn in middle()) {
        let chosen = choose(&drawn);
        let ours = cost(&drawn, &chosen.overwrite);
        let batches = cost(&drawn, &vec![false; drawn.may_overwrite.len()]);
        let whole = cost(&drawn, &drawn.may_overwrite);
        prop_assert!(ours <= batches.min(whole), "{:?}, not {:?} or {:?}", ours, batches, whole);
        prop_assert!(chosen.calls_minimum <= ours.calls && chosen.ms_minimum <= ours.ms);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_choice_spares_more_overwrites_than_is_shown(drawn in small(), most in 0..12_u64) {
        let graph = Graph::of(&drawn);
        let Some(spared) = Spared::of(&graph, most) else { return Ok(()) };
        for (batches, calls) in batches_and_calls(&drawn) {
            for (from, to) in [(batches, batches), (0, batches), (batches, most.max(batches))] {
                let least = spared.calls(from, to);
                prop_assert!(least <= calls, "{} batches and {} calls are possible, not {}", batches, calls, least);
            }
        }
    }
}

/// All choices there are, as batches and calls of both sorts.
fn batches_and_calls(instance: &Instance) -> Vec<(u64, u64)> {
    let weights = &instance.overwrite_calls;
    let users = instance.may_overwrite.len();
    let one = |bits: u32| {
        let overwrite: Vec<bool> = (0..users).map(|user| bits >> user & 1 == 1).collect();
        let is_allowed = overwrite.iter().zip(&instance.may_overwrite).all(|(is, may)| !is || *may);
        let overwrites: u64 =
            (0..users).filter(|user| overwrite[*user]).map(|user| u64::from(weights[user])).sum();
        let calls = cost(instance, &overwrite).calls;
        is_allowed.then_some((calls - overwrites, calls))
    };
    (0..1_u32 << users).filter_map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn where_looking_ends_early_the_choice_and_its_bound_still_hold(drawn in small(), looks in 0..3_000_u64) {
        let mut graph = Graph::of(&drawn);
        graph.looks = Looks::few(looks);
        let chosen = prices::choose(&drawn, &graph);
        let ours = cost(&drawn, &chosen.overwrite);
        prop_assert_eq!(chosen.cost, Some(ours));
        let all = every_choice(&drawn);
        let best = all.iter().min().copied().expect("at least one choice");
        let fewest = all.iter().map(|cost| cost.calls).min().expect("at least one choice");
        prop_assert!(chosen.calls_minimum <= fewest, "{} calls suffice: {:?}", fewest, chosen);
        prop_assert!(chosen.ms_minimum <= best.ms, "{:?} is possible: {:?}", best, chosen);
        let batches = cost(&drawn, &vec![false; drawn.may_overwrite.len()]);
        let whole = cost(&drawn, &drawn.may_overwrite);
        prop_assert!(ours <= batches.min(whole), "{:?}, not {:?} or {:?}", ours, batches, whole);
    }
}
