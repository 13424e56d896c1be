//! Choices for instances whose answer is known.

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
