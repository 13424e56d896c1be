//! The laws of the rate limits, as examples and as properties over drawn sequences.

use proptest::prelude::*;

use super::*;
use crate::timestamp::{DAY_MS, HOUR_MS, SECOND_MS, Zone};
use crate::wire::Vendor;

/// Noon in Shanghai.
const NOON: Timestamp = Timestamp(1_795_320_000_000);

fn quota(name: &'static str, limits: &[&str]) -> Quota {
    let limits = limits.iter().map(|text| Limit::parse(text).expect("a limit")).collect();
    Quota { vendor: Vendor::Getui, name, limits, zone: Zone::shanghai(), reserve_percent: 0 }
}

fn ledger(limits: &[&str]) -> Ledger {
    Ledger::new(Quotas::new(vec![quota("requests", limits)]))
}

const ALL: [Spend; 1] = [Spend { quota: QuotaId(0), subject: 0 }];

/// Sends one call after the other as early as the ledger lets them, each with its latency; gives when each left
/// and when its reply came.
fn run(ledger: &mut Ledger, wants: &[(Timestamp, i64, Vec<Spend>)]) -> Vec<(Timestamp, Timestamp)> {
    let mut out: Vec<(Timestamp, Ticket)> = Vec::new();
    let mut done = Vec::new();
    let mut now = Timestamp(i64::MIN);
    for (wanted_at, latency_ms, spends) in wants {
        let mut goes_at = now.max(*wanted_at);
        loop {
            out.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            while out.last().is_some_and(|(at, _)| *at <= goes_at) {
                let (at, ticket) = out.pop().expect("one that was looked at");
                ledger.reply(ticket, at);
            }
            goes_at = match ledger.room(spends, goes_at) {
                Room::Now => break,
                Room::At(at) | Room::NextDay(at) => at,
                Room::AfterReply => out.last().expect("a call under way").0,
                Room::Never => panic!("a limit of 0 in this test"),
            };
        }
        now = goes_at;
        out.push((now.plus(*latency_ms), ledger.send(spends, now)));
        done.push((now, now.plus(*latency_ms)));
    }
    done
}

fn offsets(done: &[(Timestamp, Timestamp)], from: Timestamp) -> Vec<i64> {
    done.iter().map(|(sent_at, _)| sent_at.since(from)).collect()
}

#[test]
fn a_hundred_calls_at_ten_a_second_leave_in_ten_batches_to_the_millisecond() {
    for latency_ms in [0, 7, 250, 4_000] {
        let wants = vec![(NOON, latency_ms, ALL.to_vec()); 100];
        let done = run(&mut ledger(&["10/1s"]), &wants);
        let expected: Vec<i64> = (0..100).map(|i| (i / 10) * (1_000 + latency_ms)).collect();
        assert_eq!(offsets(&done, NOON), expected, "latency {latency_ms} ms");
    }
}

#[test]
fn a_late_reply_takes_one_place_of_its_window_and_holds_up_nobody_else() {
    let mut ledger = ledger(&["2/1s"]);
    let late = ledger.send(&ALL, NOON);
    let second = ledger.send(&ALL, NOON);
    assert_eq!(ledger.room(&ALL, NOON), Room::AfterReply);
    ledger.reply(second, NOON.plus(10));
    assert_eq!(ledger.room(&ALL, NOON.plus(10)), Room::At(NOON.plus(1_010)));
    let third = ledger.send(&ALL, NOON.plus(1_010));
    ledger.reply(third, NOON.plus(1_020));
    assert_eq!(ledger.room(&ALL, NOON.plus(1_020)), Room::At(NOON.plus(2_020)));
    ledger.reply(late, NOON.plus(1_500));
    assert_eq!(ledger.room(&ALL, NOON.plus(1_500)), Room::At(NOON.plus(2_020)));
    let fourth = ledger.send(&ALL, NOON.plus(2_020));
    assert_eq!(ledger.room(&ALL, NOON.plus(2_020)), Room::At(NOON.plus(2_500)));
    ledger.reply(fourth, NOON.plus(2_030));
}

#[test]
fn a_reply_that_comes_earlier_than_a_lost_one_counts_brings_the_next_call_forward() {
    let mut ledger = ledger(&["2/1s"]);
    let lost = Entry { spend: ALL[0], sent_at: NOON.plus(-10_000), replied_at: None };
    ledger.restore(&[lost], 30_000, NOON);
    let ticket = ledger.send(&ALL, NOON);
    assert_eq!(ledger.room(&ALL, NOON), Room::At(NOON.plus(21_000)));
    ledger.reply(ticket, NOON.plus(50));
    assert_eq!(ledger.room(&ALL, NOON.plus(50)), Room::At(NOON.plus(1_050)));
}

#[test]
fn a_call_that_straddles_the_turn_of_a_day_counts_in_both_days() {
    let mut ledger = ledger(&["2/1d"]);
    let midnight = Zone::shanghai().next_day(NOON);
    let early = ledger.send(&ALL, NOON);
    ledger.reply(early, NOON.plus(5));
    let late = ledger.send(&ALL, midnight.plus(-5));
    assert_eq!(ledger.room(&ALL, midnight.plus(-1)), Room::NextDay(midnight));
    ledger.reply(late, midnight.plus(5));
    let third = ledger.send(&ALL, midnight.plus(6));
    assert_eq!(ledger.room(&ALL, midnight.plus(7)), Room::NextDay(midnight.plus(DAY_MS)), "2 count today");
    ledger.reply(third, midnight.plus(8));
    assert_eq!(ledger.room(&ALL, midnight.plus(DAY_MS)), Room::Now);
}

#[test]
fn a_call_under_way_at_the_turn_of_a_day_counts_in_the_new_day_before_its_reply() {
    let mut ledger = ledger(&["1/1d"]);
    let midnight = Zone::shanghai().next_day(NOON);
    let ticket = ledger.send(&ALL, midnight.plus(-1));
    assert_eq!(ledger.room(&ALL, midnight), Room::NextDay(midnight.plus(DAY_MS)));
    ledger.reply(ticket, midnight.plus(30));
    assert_eq!(ledger.room(&ALL, midnight.plus(31)), Room::NextDay(midnight.plus(DAY_MS)));
    assert_eq!(ledger.room(&ALL, midnight.plus(DAY_MS)), Room::Now);
}

#[test]
fn every_user_has_a_share_of_their_own() {
    let mut ledger = ledger(&["1/1d"]);
    let spend = |subject| [Spend { quota: QuotaId(0), subject }];
    let ticket = ledger.send(&spend(7), NOON);
    ledger.reply(ticket, NOON);
    assert!(ledger.subject_spent(QuotaId(0), 7, NOON));
    assert!(!ledger.subject_spent(QuotaId(0), 8, NOON));
    assert!(!ledger.subject_spent(QuotaId(0), 7, NOON.plus(DAY_MS)));
    let status = &ledger.status(NOON)[0];
    assert_eq!((status.spent, status.left, status.subjects), (1, 1, 1));
}

#[test]
fn a_limit_of_zero_forbids_and_a_reserve_leaves_at_least_one() {
    assert_eq!(ledger(&["0/1m"]).room(&ALL, NOON), Room::Never);
    for (percent, limit, usable) in [(50, 600, 300), (0, 600, 600), (100, 600, 1), (99, 5, 1), (50, 0, 0)] {
        let quota = Quota { reserve_percent: percent, ..quota("requests", &["1/1m"]) };
        assert_eq!(quota.usable(limit), usable, "{percent} % of {limit}");
        assert_eq!(quota.reserved(limit), limit - usable, "{percent} % of {limit}");
    }
}

#[test]
fn what_earlier_runs_spent_counts_and_a_lost_reply_counts_from_its_time_out() {
    let entry = |ago_ms: i64, replied_ago_ms: Option<i64>| Entry {
        spend: ALL[0],
        sent_at: NOON.plus(-ago_ms),
        replied_at: replied_ago_ms.map(|ms| NOON.plus(-ms)),
    };
    for (entries, room) in [
        (vec![entry(59_000, Some(58_000))], Room::At(NOON.plus(2_000))),
        (vec![entry(70_000, Some(60_000))], Room::Now),
        (vec![entry(70_000, None)], Room::At(NOON.plus(20_000))),
        (vec![entry(10_000, None)], Room::At(NOON.plus(80_000))),
        (vec![entry(5_000, Some(100)), entry(20_000, Some(19_000))], Room::At(NOON.plus(59_900))),
        (vec![entry(20_000, Some(50)), entry(5_000, Some(4_000))], Room::At(NOON.plus(59_950))),
        (vec![entry(-99_999_999, None)], Room::At(NOON.plus(90_000))),
    ] {
        let mut ledger = ledger(&["1/1m"]);
        ledger.restore(&entries, 30_000, NOON);
        assert_eq!(ledger.room(&ALL, NOON), room, "{entries:?}");
    }
}

#[test]
fn a_call_of_a_dead_run_that_may_arrive_after_midnight_counts_in_both_days() {
    let midnight = Zone::shanghai().next_day(NOON);
    let entry = Entry { spend: ALL[0], sent_at: midnight.plus(-10_000), replied_at: None };
    for (now, then, room) in [
        (midnight.plus(-5_000), midnight.plus(-1), Room::NextDay(midnight)),
        (midnight.plus(-5_000), midnight.plus(1), Room::NextDay(midnight.plus(DAY_MS))),
        (midnight.plus(-5_000), midnight.plus(DAY_MS), Room::Now),
        (midnight.plus(5_000), midnight.plus(5_000), Room::NextDay(midnight.plus(DAY_MS))),
        (midnight.plus(DAY_MS), midnight.plus(DAY_MS), Room::Now),
    ] {
        let mut ledger = ledger(&["1/1d"]);
        ledger.restore(&[entry], 30_000, now);
        assert_eq!(ledger.room(&ALL, then), room, "restored at {now}, asked at {then}");
    }
}

#[test]
fn of_calls_before_midnight_only_the_late_one_counts_in_the_new_day() {
    let midnight = Zone::shanghai().next_day(NOON);
    let entry = |n: i64, replied_at| Entry { spend: ALL[0], sent_at: midnight.plus(-20_000 + n), replied_at };
    let answered = (0..12).map(|n| entry(n, Some(midnight.plus(-19_000))));
    let entries: Vec<Entry> = answered.chain([entry(12, None)]).collect();
    for restored_at in [midnight.plus(-1_000), midnight, midnight.plus(5_000)] {
        let mut ledger = ledger(&["25/1d"]);
        ledger.restore(&entries, 30_000, restored_at);
        let status = &ledger.status(midnight.plus(5_000))[0];
        assert_eq!((status.spent, status.left), (1, 24), "restored at {restored_at}");
    }
}

#[test]
fn a_call_that_was_answered_before_midnight_after_all_leaves_the_new_day() {
    let midnight = Zone::shanghai().next_day(NOON);
    let entry = Entry { spend: ALL[0], sent_at: midnight.plus(-20_000), replied_at: None };
    for (replied_at, corrected_at, spent) in [
        (midnight.plus(-5_000), midnight.plus(-1_000), 0),
        (midnight.plus(-5_000), midnight.plus(1_000), 0),
        (midnight.plus(5_000), midnight.plus(6_000), 1),
    ] {
        let mut ledger = ledger(&["25/1d"]);
        let foreign = ledger.take_in(entry, 30_000, midnight.plus(-10_000));
        ledger.correct_reply(&foreign, replied_at, corrected_at);
        let (before, after) = (midnight.plus(-1), midnight.plus(7_000));
        assert_eq!(ledger.status(after)[0].spent, spent, "{replied_at}, known at {corrected_at}");
        assert_eq!(ledger.status(after.plus(DAY_MS))[0].spent, 0, "{replied_at}, a day later");
        if corrected_at < midnight {
            assert_eq!(ledger.status(before)[0].spent, 1, "{replied_at}, before midnight");
        }
    }
}

#[test]
fn a_call_counts_in_the_day_of_a_wall_clock_that_is_ahead_too() {
    let midnight = Zone::shanghai().next_day(NOON);
    let mut ledger = ledger(&["2/1d", "5/1m"]);
    let ticket = ledger.send(&ALL, NOON);
    let by_wall = Arrival { until: NOON.plus(5), until_by_wall: midnight.plus(HOUR_MS) };
    ledger.end(ticket, by_wall, NOON.plus(5));
    let spent = |at| ledger.status(at).iter().map(|one| one.spent).collect::<Vec<_>>();
    assert_eq!(spent(NOON.plus(60_000)), [1, 1]);
    assert_eq!(spent(NOON.plus(60_005)), [1, 0], "a window goes by one clock");
    assert_eq!(spent(midnight), [1, 0]);
    assert_eq!(spent(midnight.plus(DAY_MS)), [0, 0]);
}

#[test]
fn a_vendor_who_says_that_a_limit_is_used_up_is_believed() {
    let midnight = Zone::shanghai().next_day(NOON);
    let mut ledger = ledger(&["100/1m", "10000/1d"]);
    let until = NOON.plus(60_000);
    assert!(ledger.correct_exhausted(ALL[0], Exhausted::Until(until), NOON));
    assert_eq!(ledger.room(&ALL, NOON), Room::At(until));
    assert_eq!(ledger.status(NOON)[0].left, 0);
    assert_eq!(ledger.room(&ALL, until), Room::Now);
    assert!(ledger.correct_exhausted(ALL[0], Exhausted::DayOf(until), until));
    assert_eq!(ledger.room(&ALL, until), Room::NextDay(midnight));
    assert_eq!(ledger.room(&ALL, midnight), Room::Now);
    assert!(
        !self::ledger(&["1/1m"]).correct_exhausted(ALL[0], Exhausted::DayOf(NOON), NOON),
        "it has no day"
    );
}

#[test]
fn the_reserve_of_a_shown_bucket_is_not_touched() {
    let quota = Quota { reserve_percent: 50, ..quota("requests", &["600/1m"]) };
    let mut ledger = Ledger::new(Quotas::new(vec![quota]));
    let until = NOON.plus(40_000);
    let bucket = |remaining| Bucket { limit: Some(600), remaining, resets_at: until };
    let (first, second) = (ledger.send(&ALL, NOON), ledger.send(&ALL, NOON));
    // 303 left, 300 of them reserved; the vendor may not have counted the first call yet.
    ledger.correct_shown(&second, QuotaId(0), bucket(303), NOON);
    ledger.reply(second, NOON);
    assert_eq!(ledger.status(NOON)[0].left, 2);
    // What the first call was shown is older than that.
    ledger.correct_shown(&first, QuotaId(0), bucket(304), NOON);
    ledger.reply(first, NOON);
    assert_eq!(ledger.status(NOON)[0].left, 2);
    for _ in 0..2 {
        assert_eq!(ledger.room(&ALL, NOON), Room::Now);
        let ticket = ledger.send(&ALL, NOON);
        ledger.reply(ticket, NOON);
    }
    assert_eq!(ledger.room(&ALL, NOON), Room::At(until));
    assert_eq!(ledger.room(&ALL, until), Room::Now);
}

#[test]
fn a_call_that_never_left_is_given_back_to_the_bucket_that_was_shown() {
    let mut ledger = ledger(&["600/1m"]);
    let first = ledger.send(&ALL, NOON);
    let resets_at = NOON.plus(60_000);
    ledger.correct_shown(&first, QuotaId(0), Bucket { limit: Some(600), remaining: 2, resets_at }, NOON);
    ledger.reply(first, NOON);
    let never_left = [ledger.send(&ALL, NOON), ledger.send(&ALL, NOON)];
    assert_eq!(ledger.room(&ALL, NOON), Room::At(resets_at));
    never_left.into_iter().for_each(|ticket| ledger.cancel(ticket, NOON));
    assert_eq!((ledger.status(NOON)[0].left, ledger.room(&ALL, NOON)), (2, Room::Now));
}

#[test]
fn a_bucket_that_only_we_drink_from_is_left_to_our_own_count() {
    let mut one = quota("requests", &["10/1m"]);
    one.reserve_percent = 50;
    let mut ledger = Ledger::new(Quotas::new(vec![one]));
    let bucket = |remaining| Bucket { limit: Some(10), remaining, resets_at: NOON.plus(61_000) };
    for left in [9, 8, 7, 6] {
        let ticket = ledger.send(&ALL, NOON);
        ledger.correct_shown(&ticket, QuotaId(0), bucket(left), NOON);
        ledger.reply(ticket, NOON);
        assert_eq!(ledger.room(&ALL, NOON), Room::Now, "{left} left");
    }
    let ticket = ledger.send(&ALL, NOON);
    ledger.correct_shown(&ticket, QuotaId(0), bucket(5), NOON);
    ledger.reply(ticket, NOON);
    assert_eq!(
        ledger.room(&ALL, NOON),
        Room::At(NOON.plus(60_000)),
        "not a second later, as the headers say"
    );
    // Somebody else is there, too: from then on the vendor's count is what counts.
    let ticket = ledger.send(&ALL, NOON.plus(60_000));
    ledger.correct_shown(&ticket, QuotaId(0), bucket(5), NOON.plus(60_000));
    ledger.reply(ticket, NOON.plus(60_000));
    assert_eq!(ledger.room(&ALL, NOON.plus(60_000)), Room::At(NOON.plus(61_000)));
}

#[test]
fn of_several_limits_the_one_that_says_most_decides() {
    let quotas = vec![quota("requests", &["1/1s"]), quota("tag_batch", &["5/1m", "1/1d"])];
    let mut ledger = Ledger::new(Quotas::new(quotas));
    let both = [ALL[0], Spend { quota: QuotaId(1), subject: 0 }];
    let ticket = ledger.send(&both, NOON);
    assert_eq!(ledger.room(&ALL, NOON), Room::AfterReply);
    let midnight = Zone::shanghai().next_day(NOON);
    assert_eq!(ledger.binding(&both, NOON), (Room::NextDay(midnight), Some(both[1])));
    ledger.reply(ticket, NOON.plus(20));
    assert_eq!(ledger.room(&ALL, NOON.plus(20)), Room::At(NOON.plus(20 + SECOND_MS)));
}

/// One drawn world: a sliding limit, a daily limit, and calls with gaps and latencies around midnight. Some are late.
fn drawn() -> impl Strategy<Value = (u32, i64, u32, Vec<(i64, i64, f64)>)> {
    let gap = prop_oneof![4 => 0i64..5, 1 => 0i64..200];
    let latency = prop_oneof![4 => 0i64..20, 2 => 0i64..300, 1 => 2_000i64..3_000];
    let call = (gap, latency, 0.0..=1.0);
    (1u32..6, 1i64..60, 1u32..14, proptest::collection::vec(call, 1..40))
}

/// How many of these calls are unanswered at `at`, or were answered less than a window ago.
fn inside(calls: &[(Timestamp, Timestamp)], at: Timestamp, window_ms: i64) -> usize {
    calls.iter().filter(|(_, replied)| replied.plus(window_ms) > at).count()
}

/// A vendor that counts each call at some moment between its sending and its reply, and refuses what is too much.
fn refused(counted: &[Timestamp], count: usize, window_ms: i64, per_day: usize) -> Option<Timestamp> {
    let zone = Zone::shanghai();
    let mut counted = counted.to_vec();
    counted.sort_unstable();
    let too_many = |at: &Timestamp, earlier: &[Timestamp]| {
        let inside = earlier.iter().filter(|one| at.since(**one) < window_ms).count();
        let today = earlier.iter().filter(|one| zone.day(**one) == zone.day(*at)).count();
        inside >= count || today >= per_day
    };
    (0..counted.len()).find(|n| too_many(&counted[*n], &counted[..*n])).map(|n| counted[n])
}

proptest! {
    #[test]
    fn wherever_the_vendor_counts_a_call_no_limit_is_passed_and_none_is_wasted((count, window_ms, per_day, calls) in drawn()) {
        let zone = Zone::shanghai();
        let start = zone.next_day(NOON).plus(-150);
        let mut wanted_at = start;
        let wants: Vec<_> = calls.iter().map(|(gap, latency, _)| {
            wanted_at = wanted_at.plus(*gap);
            (wanted_at, *latency, ALL.to_vec())
        }).collect();
        let done = run(&mut ledger(&[&format!("{count}/{window_ms}ms"), &format!("{per_day}/1d")]), &wants);
        let n = count as usize;
        // Counted at some moment each.
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a part of small numbers")]
        let counted: Vec<Timestamp> = done.iter().zip(&calls).map(|((sent, replied), (.., part))| {
            sent.plus((replied.since(*sent) as f64 * part) as i64)
        }).collect();
        prop_assert_eq!(refused(&counted, n, window_ms, per_day as usize), None, "{:?}", &done);
        for (i, (_, replied_at)) in done.iter().enumerate() {
            // Counted at the worst moment each: whatever can fall into a window that begins here does.
            for x in [*replied_at, done[i].0.plus(1 - window_ms)] {
                let end = x.plus(window_ms);
                let inside = done.iter().filter(|(sent, replied)| *sent < end && *replied >= x).count();
                prop_assert!(inside <= n, "{inside} calls in a window that begins at {x}: {done:?}");
            }
            let (from, to) = (zone.start(zone.day(done[i].0)), zone.next_day(done[i].0));
            let today = done.iter().filter(|(sent, replied)| *sent < to && *replied >= from).count();
            prop_assert!(today <= per_day as usize, "{today} calls on one day: {done:?}");
        }
        // Every call left at the first moment at which these two laws let it.
        for (k, (sent_at, _)) in done.iter().enumerate() {
            let mut at = wants[k].0.max(if k > 0 { done[k - 1].0 } else { start });
            let today = |at| {
                let from = zone.start(zone.day(at));
                done[..k].iter().filter(|(_, replied)| *replied >= from).count()
            };
            loop {
                let leaves = done[..k].iter().map(|(_, replied)| replied.plus(window_ms)).filter(|one| *one > at);
                at = match leaves.min() {
                    Some(first) if inside(&done[..k], at, window_ms) >= n => first,
                    Some(_) | None if today(at) >= per_day as usize => zone.next_day(at),
                    Some(_) | None => break,
                };
            }
            prop_assert_eq!(*sent_at, at, "call {} of {:?}", k, &done);
        }
    }

    /// A run sends, dies, and another goes on with what was written down: some replies were, some were not.
    #[test]
    fn a_run_that_follows_a_dead_one_passes_no_limit_either(
        (count, window_ms, per_day, calls) in drawn(),
        dies_after in 0usize..40,
        written in proptest::collection::vec(any::<bool>(), 40),
    ) {
        const TIMEOUT_MS: i64 = 3_000;
        let start = Zone::shanghai().next_day(NOON).plus(-150);
        let limits = [&*format!("{count}/{window_ms}ms"), &*format!("{per_day}/1d")];
        let wants: Vec<_> = calls.iter().map(|(gap, latency, _)| (start.plus(*gap), *latency, ALL.to_vec())).collect();
        let (first, second) = wants.split_at(dies_after.min(wants.len()));
        let before = run(&mut ledger(&limits), first);
        let dies_at = before.iter().map(|(sent, _)| *sent).max().unwrap_or(start);
        let entries: Vec<Entry> = before.iter().zip(&written).map(|((sent_at, replied_at), written)| {
            let replied_at = Some(*replied_at).filter(|at| *written && *at <= dies_at);
            Entry { spend: ALL[0], sent_at: *sent_at, replied_at }
        }).collect();
        let mut next = ledger(&limits);
        next.restore(&entries, TIMEOUT_MS, dies_at);
        let wants: Vec<_> = second.iter().map(|(at, latency, spends)| (at.plus(dies_at.since(start)), *latency, spends.clone())).collect();
        let mut done = before.clone();
        done.extend(run(&mut next, &wants));
        for parts in [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]] {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a part of small numbers")]
            let counted: Vec<Timestamp> = (0..).zip(&done).map(|(n, (sent, replied))| {
                sent.plus((replied.since(*sent) as f64 * parts[n % 2]) as i64)
            }).collect();
            prop_assert_eq!(refused(&counted, count as usize, window_ms, per_day as usize), None, "{:?}", &done);
        }
    }
}
