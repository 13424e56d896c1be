//! Choices for instances whose answer is known.

use super::graph::Graph;
use super::spared::Spared;
use super::{Cost, Cover, Instance, Pace, PaceLimit, Payer, choose, cost};

/// The vendor's limits with nothing spent.
fn pace() -> Pace {
    let limit =
        |left, window_ms, payer| PaceLimit { left, count: left, first_ms: window_ms, window_ms, payer };
    Pace {
        limits: vec![
            limit(1_200, 60_000, Payer::Both),
            limit(100, 60_000, Payer::Batches),
            limit(10_000, 86_400_000, Payer::Batches),
        ],
    }
}

/// Users with these rows, all of whom may be overwritten.
pub(super) fn instance(users: &[Vec<u32>], batch_max: u32, pace: Pace) -> Instance {
    let mut instance = Instance {
        starts: vec![0],
        batches: users.iter().flatten().max().map_or(0, |batch| *batch as usize + 1),
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

/// The choice, whose cost is what it says.
fn chosen(instance: &Instance) -> (Cover, Cost) {
    let cover = choose(instance);
    let cost = cost(instance, &cover.overwrite);
    assert_eq!(cover.cost, Some(cost), "a choice says what it costs");
    (cover, cost)
}

#[test]
fn one_segment_of_many_users_is_batches_and_proven_least() {
    let mut drawn = instance(&vec![vec![0]; 200_000], 1_000, pace());
    for may in [true, false] {
        drawn.may_overwrite.fill(may);
        let (cover, cost) = chosen(&drawn);
        assert!(cover.overwrite.iter().all(|is| !is));
        assert_eq!(cost, Cost { ms: 60_000, calls: 200 });
        assert_eq!((cover.calls_minimum, cover.ms_minimum), (200, 60_000));
    }
}

#[test]
fn users_with_tags_of_their_own_are_overwritten() {
    let users: Vec<Vec<u32>> = (0..3_000).map(|user| (user * 60..user * 60 + 60).collect()).collect();
    let (cover, cost) = chosen(&instance(&users, 1_000, pace()));
    assert_eq!(cost, Cost { ms: 120_000, calls: 3_000 });
    assert_eq!((cover.calls_minimum, cover.ms_minimum), (3_000, 120_000));
}

/// Popular tags as batches, rare ones with their users.
#[test]
fn a_mixture_is_better_than_either_alone_and_proven_least() {
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
    let (cover, cost) = chosen(&instance(&users, 1_000, pace()));
    assert_eq!(cost.calls, 300 + 20 * 5);
    assert_eq!(cover.ms_minimum, 0, "all of them have room at once");
}

/// A thousand tags with ten users each: batches are fewer calls, overwrites are done earlier.
#[test]
fn where_batches_bind_more_calls_are_done_earlier() {
    let users: Vec<Vec<u32>> =
        (0..1_200).map(|user| (0..10).map(|at| (user + at * 97) % 1_000).collect()).collect();
    let users: Vec<Vec<u32>> = users
        .into_iter()
        .map(|mut rows: Vec<u32>| {
            rows.sort_unstable();
            rows
        })
        .collect();
    let (cover, cost) = chosen(&instance(&users, 1_000, pace()));
    assert_eq!(cost, Cost { ms: 0, calls: 1_200 });
    assert_eq!(cover.calls_minimum, 1_000, "without limits a batch for each tag would do");
    let (_, cost) = chosen(&instance(&users, 1_000, Pace::default()));
    assert_eq!(cost.calls, 1_000);
}

#[test]
fn a_user_who_must_be_read_first_is_worth_two_calls() {
    let mut drawn = instance(&[vec![0, 1], vec![2, 3, 4]], 1_000, Pace::default());
    assert_eq!(chosen(&drawn).1.calls, 2);
    drawn.overwrite_calls = vec![2, 2];
    let (cover, cost) = chosen(&drawn);
    assert_eq!(cost.calls, 4);
    assert_eq!(cover.overwrite, [false, true], "what saves nothing stays in batches");
}

#[test]
fn nothing_pending_costs_nothing() {
    let (cover, cost) = chosen(&instance(&[], 1_000, pace()));
    assert_eq!((cost, cover.calls_minimum), (Cost { ms: 0, calls: 0 }, 0));
}

#[test]
fn calls_of_a_day_go_on_when_the_day_turns() {
    let limit = |left, count, first_ms, window_ms| PaceLimit {
        left,
        count,
        first_ms,
        window_ms,
        payer: Payer::Batches,
    };
    let hour = 3_600_000;
    let pace =
        Pace { limits: vec![limit(250, 10_000, 2 * hour, 24 * hour), limit(100, 100, 60_000, 60_000)] };
    let ms = |calls| pace.ms(calls, 0);
    assert_eq!([0, 100, 101, 250].map(ms), [0, 0, 60_000, 120_000], "today");
    assert_eq!([251, 350, 351].map(ms), [2 * hour, 2 * hour, 2 * hour + 60_000], "tomorrow at its own pace");
    assert_eq!(ms(10_251), 26 * hour, "the day after");
    let never = Pace { limits: vec![limit(0, 0, 60_000, 60_000)] };
    assert_eq!(never.ms(1, 0), i64::MAX, "a limit of 0 forbids it");
}

/// Users with so many tags each, of which the k-th is drawn as often as `1 / k` to a power of 1 or 2.
fn drawn(users: usize, tags: u32, each: usize, power: i32) -> Vec<Vec<u32>> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=tags)
        .map(|tag| {
            sum += f64::from(tag).powi(-power);
            sum
        })
        .collect();
    let mut one = || {
        let mut rows = std::collections::BTreeSet::new();
        while rows.len() < each {
            let at = random.f64() * sum;
            rows.insert(u32::try_from(sums.partition_point(|one| *one < at)).expect("a small number"));
        }
        rows.into_iter().collect()
    };
    (0..users).map(|_| one()).collect()
}

/// A bound by prices would allow a quarter of all users to be spared by a quarter of all tags.
#[test]
fn where_tags_are_mixed_few_batches_spare_hardly_anybody() {
    let drawn = instance(&drawn(2_000, 200, 12, 0), 1_000, pace());
    let spared = Spared::of(&Graph::of(&drawn), 50).expect("few enough to look at");
    let least = spared.calls(50, 50);
    assert!(least > 50 + 2_000 - 150, "{least} calls, of which 50 are batches");
    assert_eq!(spared.calls(200, 200), 200, "all batches spare everybody");
}

/// Popular and rare tags mixed among all: overwriting everybody is proven to be done as early as anything.
#[test]
fn where_tags_are_mixed_overwriting_everybody_is_proven_best() {
    let (cover, cost) = chosen(&instance(&drawn(2_500, 1_000, 30, 1), 1_000, pace()));
    assert_eq!(cost, Cost { ms: 120_000, calls: 2_500 });
    assert_eq!(cover.ms_minimum, 120_000);
    assert!(cover.calls_minimum_in_time >= 2_450, "{} calls are proven", cover.calls_minimum_in_time);
}

/// At no price is anything best but one of the two ends, and the best lies between.
#[test]
fn the_way_through_the_middle_is_found_where_prices_see_only_its_ends() {
    let limit = |count, payer| PaceLimit { left: count, count, first_ms: 60_000, window_ms: 60_000, payer };
    let pace = Pace { limits: vec![limit(120, Payer::Both), limit(10, Payer::Batches)] };
    let drawn = instance(&drawn(600, 300, 12, 2), 100, pace);
    let (cover, cost) = chosen(&drawn);
    let whole = super::cost(&drawn, &vec![true; 600]);
    assert_eq!(whole, Cost { ms: 240_000, calls: 600 });
    assert!(cost.ms <= 240_000 && cost.calls <= 480, "{cost:?}, where 462 calls are known");
    assert!(cover.ms_minimum <= cost.ms);
}

/// Users of equal tags whose overwrites take different numbers of calls: rounding once proved too much of them.
#[test]
fn users_of_equal_tags_are_spared_together_by_all_of_them() {
    let users = [vec![0, 1, 2], vec![0, 1, 2], vec![3, 4], vec![0, 1, 2]];
    let mut drawn = instance(&users, 3, Pace::default());
    drawn.may_overwrite = vec![true, true, false, true];
    drawn.overwrite_calls = vec![1, 2, 1, 2];
    let spared = Spared::of(&Graph::of(&drawn), 0).expect("few enough to look at");
    assert_eq!(spared.calls(5, 5), 5);
}
