//! The gate on virtual time, with a little vendor of its own.

mod fakes;
mod unsent;

use std::cell::RefCell;
use std::rc::Rc;
use std::result::Result;

use tokio::task::{JoinHandle, LocalSet};

use self::fakes::{Bench, Step};
use super::*;
use crate::kind::{Answer, Read, Write};
use crate::quota::Spend;
use crate::timestamp::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::wire::{Method, Request};

/// Runs `calls` reads at once and gives when each left, in milliseconds.
async fn reads(bench: &Bench, calls: usize) -> Vec<Result<Answer, CallError>> {
    let all: Vec<_> = (0..calls).map(|_| bench.spawn_read()).collect();
    join(all).await
}

async fn join<T: 'static>(all: Vec<JoinHandle<T>>) -> Vec<T> {
    let mut done = Vec::new();
    for one in all {
        done.push(one.await.expect("no panic in a call"));
    }
    done
}

async fn local<T>(work: impl Future<Output = T>) -> T {
    LocalSet::new().run_until(work).await
}

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_at_ten_a_second_leave_at_the_earliest_moment_each() {
    for latency_ms in [0, 30, 1_700] {
        let bench = Bench::new(&[("requests", &["10/1s"])]).latency(latency_ms).build();
        local(reads(&bench, 100)).await;
        let expected: Vec<i64> = (0..100).map(|i| (i / 10) * (1_000 + latency_ms)).collect();
        assert_eq!(bench.sent_at_ms(), expected, "latency {latency_ms} ms");
        assert_eq!((bench.gate.calls(), bench.gate.latency_ms()), (100, Some(latency_ms)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_one_quota_does_not_hold_back_the_others() {
    let bench = Bench::new(&[("requests", &["100/1s"]), ("tag_batch", &["1/1m"])]).build();
    local(async {
        let writes: Vec<_> = (0..3).map(|rank| bench.spawn_write(rank)).collect();
        let answers = reads(&bench, 20).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(bench.gate.clock().now(), bench.start, "a read waited for a tag batch");
        join(writes).await;
    })
    .await;
    let writes: Vec<i64> = bench.sent("/bind").iter().map(|(_, ms)| *ms).collect();
    assert_eq!(writes, [0, 60_000, 120_000]);
}

#[tokio::test(start_paused = true)]
async fn the_lower_rank_goes_first_and_at_equal_rank_who_came_first() {
    let bench = Bench::new(&[("requests", &["100/1s"]), ("tag_batch", &["1/1s"])]).build();
    let done = Rc::new(RefCell::new(Vec::new()));
    local(async {
        let all = [(3, "d"), (1, "a"), (2, "b"), (2, "c")].map(|(rank, name)| {
            let (call, done) = (bench.spawn_write(rank), Rc::clone(&done));
            tokio::task::spawn_local(async move {
                call.await.expect("no panic").expect("a call that goes");
                done.borrow_mut().push(name);
            })
        });
        join(all.into()).await;
    })
    .await;
    assert_eq!(*done.borrow(), ["a", "b", "c", "d"]);
}

#[tokio::test(start_paused = true)]
async fn everybody_shares_one_sign_in() {
    let bench =
        Bench::new(&[("requests", &["100/1s"]), ("auth", &["100/1m"])]).sessions(DAY_MS).latency(5).build();
    local(async {
        let answers = reads(&bench, 20).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(bench.sent("/auth").len(), 1);
        // The vendor ends the session: all 20 are refused once, and one signs in for all.
        bench.end_session();
        let answers = reads(&bench, 20).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    })
    .await;
    assert_eq!(bench.sent("/auth").len(), 2);
    assert_eq!(bench.sent("/tags").len(), 60);
    let spent: Vec<u32> =
        bench.gate.ledger().status(bench.gate.clock().now()).iter().map(|s| s.spent).collect();
    assert_eq!(spent, [62, 2], "requests and auth");
}

#[tokio::test(start_paused = true)]
async fn whoever_waited_for_a_new_day_leaves_with_a_new_session() {
    let quotas: &[(&'static str, &[&str])] = &[("requests", &["2/1d"])];
    let bench = Bench::new(quotas).sessions(5 * HOUR_MS).patience(Patience::Forever).build();
    let answers = local(reads(&bench, 3)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let log = bench.log();
    assert_eq!(log, ["/auth", "/tags t1", "/auth", "/tags t2", "/auth", "/tags t3"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_sign_in_is_not_asked_for_again() {
    let bench = Bench::new(&[("requests", &["100/1s"])]).sessions(DAY_MS).build();
    bench.refuse_sign_ins();
    let answers = local(async {
        let mut answers = reads(&bench, 5).await;
        answers.extend(reads(&bench, 5).await);
        answers
    })
    .await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CallError::Refused { .. }))), "{answers:?}");
    assert_eq!(bench.log(), ["/auth"]);
}

/// A name, a call, what the vendor does, how often it is sent, and how it ends.
type Row<'a> = (&'static str, &'a dyn Fn(&Bench) -> Write, &'static [Step], usize, &'static str);

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_twice_that_must_not_be() {
    use Step::{Cut, NotSent, Reply};
    let looked_up = |bench: &Bench| {
        let (user, tags) = (bench.name, vec![bench.name]);
        Write::OverwriteTags { user, tags, drops: Vec::new(), carried: None }
    };
    let harmless = |bench: &Bench| Write::BindTag(bench.name, vec![bench.name]);
    let rows: [Row<'_>; 12] = [
        ("cut off, and looked up", &looked_up, &[Cut], 3, "ok"),
        ("cut off, harmless", &harmless, &[Cut], 2, "ok"),
        ("cut off for good, harmless", &harmless, &[Cut; 9], 5, "InDoubt(NoReply)"),
        ("busy, and looked up", &looked_up, &[Reply(503, "retry")], 3, "ok"),
        ("busy, harmless", &harmless, &[Reply(503, "retry")], 2, "ok"),
        ("never left", &looked_up, &[NotSent; 4], 5, "ok"),
        ("never left for good", &looked_up, &[NotSent; 9], 5, "NotSent"),
        ("wait", &looked_up, &[Reply(403, "wait")], 2, "ok"),
        ("refused", &looked_up, &[Reply(400, "give up")], 1, "Refused"),
        ("cut, then refused", &harmless, &[Cut, Reply(400, "give up")], 2, "InDoubt(Refused)"),
        ("tomorrow", &looked_up, &[Reply(403, "tomorrow")], 1, "DayUsedUp"),
        ("cut, then tomorrow", &harmless, &[Cut, Reply(403, "tomorrow")], 2, "InDoubt(DayUsedUp)"),
    ];
    for (name, write, steps, sent, end) in rows {
        let bench = Bench::new(&[("requests", &["100/1m"]), ("tag_batch", &["50/1m", "100/1d"])]).build();
        bench.script(steps);
        let spends = bench.all_spends();
        let outcome = bench.gate.write(&write(&bench), &bench.names, &spends, 0).await;
        assert_eq!((bench.log().len(), fakes::end_of(&outcome).as_str()), (sent, end), "{name}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_a_bounded_number_of_times() {
    for (steps, sent, end) in [
        (vec![Step::Cut; 4], 5, "ok"),
        (vec![Step::Cut; 5], 5, "NoReply"),
        (vec![Step::Reply(503, "retry"); 5], 5, "Refused"),
        (vec![Step::Reply(403, "wait"); 10], 11, "ok"),
        (vec![Step::Reply(403, "wait"); 11], 11, "Refused"),
        (vec![Step::Silence], 2, "ok"),
    ] {
        let bench = Bench::new(&[("requests", &["100/1m"])]).build();
        bench.script(&steps);
        let outcome = bench.gate.read(&Read::TagsOf(bench.name), &bench.names).await;
        assert_eq!((bench.log().len(), fakes::end_of(&outcome).as_str()), (sent, end), "{steps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_request_is_repeated_where_that_changes_nothing() {
    for (repeat, steps, sent, end) in [
        (Repeat::Question, vec![Step::Cut; 2], 3, "ok"),
        (Repeat::Harmless, vec![Step::Cut], 2, "ok"),
        (Repeat::Harmful, vec![Step::Cut], 1, "InDoubt(NoReply)"),
        (Repeat::Harmful, vec![Step::Reply(400, "give up")], 1, "Refused"),
    ] {
        let bench = Bench::new(&[("requests", &["100/1m"])]).build();
        bench.script(&steps);
        let request = Request::new(Vendor::Getui, Method::Post, "/badge");
        let outcome = bench.gate.ask(&request, &bench.all_spends(), repeat, fakes::verdict).await;
        assert_eq!(
            (bench.log().len(), fakes::end_of(&outcome).as_str()),
            (sent, end),
            "{repeat:?} {steps:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_ended_once_and_nobody_waits_long_for_it() {
    let bench = Bench::new(&[("requests", &["100/1m"])]).sessions(HOUR_MS).build();
    bench.gate.close().await;
    assert_eq!(bench.log(), [""; 0], "without a session there is nothing to end");
    local(reads(&bench, 2)).await;
    bench.script(&[Step::Silence]);
    let before_ms = bench.now_ms();
    bench.gate.close().await;
    bench.gate.close().await;
    assert!(bench.now_ms() - before_ms <= 3_001, "it took {} ms", bench.now_ms() - before_ms);
    assert_eq!(bench.log(), ["/auth", "/tags t1", "/tags t1", "/auth/t1 t1"]);
    // Whoever comes later signs in anew, and an interrupted run leaves its session to its end.
    local(reads(&bench, 1)).await;
    bench.gate.interrupt();
    bench.gate.close().await;
    assert_eq!(bench.log()[4..], ["/auth", "/tags t2"]);
}

#[tokio::test(start_paused = true)]
async fn a_vendors_full_limit_holds_back_its_own_quota_only() {
    let bench = Bench::new(&[("requests", &["100/1m"]), ("tag_batch", &["50/1m"])]).build();
    bench.script(&[Step::Reply(403, "wait")]);
    local(async {
        let writes = vec![bench.spawn_write(1), bench.spawn_write(2)];
        bench.clock().sleep_ms(10).await;
        reads(&bench, 3).await;
        assert_eq!(bench.now_ms(), 10, "a read waited for a tag batch");
        join(writes).await;
    })
    .await;
    let writes: Vec<i64> = bench.sent("/bind").iter().map(|(_, ms)| *ms).collect();
    assert_eq!(writes, [0, 0, 60_000]);
}

#[tokio::test(start_paused = true)]
async fn spends_are_written_down_before_their_calls_leave_and_together() {
    let bench = Bench::new(&[("requests", &["10/1s"])]).latency(20).stored().build();
    local(reads(&bench, 20)).await;
    bench.gate.flush().await.expect("a store that works");
    let mut expected = vec!["spend 10".to_owned()];
    expected.extend(vec!["/tags".to_owned(); 10]);
    expected.push("replied 10".to_owned());
    expected.extend(expected.clone());
    assert_eq!(bench.log(), expected);
    let ids = bench.spend_ids();
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
}

#[tokio::test(start_paused = true)]
async fn what_can_not_be_written_down_is_not_sent() {
    let bench = Bench::new(&[("requests", &["10/1s"])]).stored().build();
    bench.break_store();
    let answers = local(reads(&bench, 2)).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CallError::Store(_)))), "{answers:?}");
    assert_eq!(bench.sent_at_ms(), [0i64; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_new_run_goes_on_where_a_dead_one_stopped() {
    let bench = Bench::new(&[("requests", &["10/1m"])]).latency(20).stored().build();
    local(reads(&bench, 10)).await;
    let store = bench.store.as_deref().expect("a store");
    let now = bench.gate.clock().now();
    let quotas = bench.gate.ledger().quotas().clone();
    let remembered = remembered(store, quotas, now).await.expect("a store that works");
    // The replies were not written down: they count from their time-out.
    let spends = [bench.all_spends()[0]];
    let room = remembered.ledger.room(&spends, now);
    assert_eq!(room, crate::quota::Room::At(bench.start.plus(SEND_MS_MAX + MINUTE_MS)));
    assert_eq!(bench.spend_ids(), (1..=10).collect::<Vec<u64>>(), "the state numbers the spends");
}

#[tokio::test(start_paused = true)]
async fn an_interruption_lets_calls_under_way_finish_and_nobody_else_go() {
    let bench = Bench::new(&[("requests", &["2/1s"])]).latency(500).build();
    let answers = local(async {
        let calls: Vec<_> = (0..5).map(|_| bench.spawn_read()).collect();
        bench.clock().sleep_ms(100).await;
        bench.gate.interrupt();
        join(calls).await
    })
    .await;
    let ends: Vec<_> = answers.iter().map(fakes::end_of).collect();
    assert_eq!(ends, ["ok", "ok", "Interrupted", "Interrupted", "Interrupted"]);
    assert_eq!(bench.now_ms(), 500);
    assert_eq!(fakes::end_of(&bench.gate.read(&Read::TagsOf(bench.name), &bench.names).await), "Interrupted");
}

#[tokio::test(start_paused = true)]
async fn an_interruption_ends_a_pause_between_tries() {
    let bench = Bench::new(&[("requests", &["100/1s"])]).build();
    bench.script(&[Step::NotSent; 3]);
    let answers = local(async {
        let call = bench.spawn_read();
        bench.clock().sleep_ms(1).await;
        bench.gate.interrupt();
        call.await.expect("no panic")
    })
    .await;
    assert_eq!((fakes::end_of(&answers).as_str(), bench.now_ms()), ("Interrupted", 1));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_past_the_day_or_the_deadline_or_for_what_is_forbidden() {
    for (limit, until_ms, ends, now_ms) in [
        ("2/1d", None, ["ok", "ok", "DayUsedUp", "DayUsedUp"], 0),
        ("2/1m", Some(59_999), ["ok", "ok", "Deadline", "Deadline"], 0),
        ("1/1m", Some(60_000), ["ok", "ok", "Deadline", "Deadline"], 60_000),
        ("0/1m", None, ["Forbidden"; 4], 0),
    ] {
        let bench = Bench::new(&[("requests", &[limit])]).until(until_ms).build();
        let answers = local(reads(&bench, 4)).await;
        assert_eq!(answers.iter().map(fakes::end_of).collect::<Vec<_>>(), ends, "{limit}");
        assert_eq!(bench.now_ms(), now_ms, "{limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_asks_for_any_more_leaves_its_place_to_others() {
    let bench = Bench::new(&[("requests", &["1/1s"])]).latency(100).build();
    let end = local(async {
        let dropped: Vec<_> = (0..3).map(|_| bench.spawn_read()).collect();
        bench.clock().sleep_ms(50).await;
        let last = bench.spawn_read();
        bench.clock().sleep_ms(1).await;
        // The first is under way and may still arrive, the second drives the queue, the third waits.
        dropped.iter().for_each(JoinHandle::abort);
        last.await.expect("no panic")
    })
    .await;
    assert_eq!(fakes::end_of(&end), "ok");
    assert_eq!(bench.sent_at_ms(), [0, 51 + SEND_MS_MAX + 1_000]);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_under_way_than_allowed() {
    let bench = Bench::new(&[("requests", &["1000/1s"])]).latency(10).under_way(4).build();
    local(reads(&bench, 10)).await;
    assert_eq!(bench.sent_at_ms(), [0, 0, 0, 0, 10, 10, 10, 10, 20, 20]);
}

#[tokio::test(start_paused = true)]
async fn observers_hear_of_waits_calls_and_replies() {
    let bench = Bench::new(&[("requests", &["2/1m"])]).latency(7).build();
    local(reads(&bench, 3)).await;
    assert_eq!(
        bench.events(),
        ["sent", "sent", "replied 7", "replied 7", "waiting 60007", "sent", "replied 7"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_falling_bucket_slows_us() {
    let bench = Bench::new(&[("requests", &["100/1s"])]).build();
    bench.script(&[Step::Left(1), Step::Left(0)]);
    local(async {
        for _ in 0..3 {
            bench.gate.read(&Read::TagsOf(bench.name), &bench.names).await.expect("an answer");
        }
    })
    .await;
    assert_eq!(bench.sent_at_ms(), [0, 0, 31_000]);
}

#[tokio::test(start_paused = true)]
async fn each_users_share_binds_that_user_only() {
    let bench = Bench::new(&[("requests", &["100/1s"]), ("tag_overwrite_per_user", &["1/1d"])]).build();
    let [requests, overwrite] = bench.all_spends()[..] else { panic!("two quotas") };
    let write = Write::BindTag(bench.name, vec![bench.name]);
    let mut ends = Vec::new();
    for subject in [7, 8, 7] {
        let spends = [requests, Spend { subject, ..overwrite }];
        ends.push(fakes::end_of(&bench.gate.write(&write, &bench.names, &spends, 0).await));
    }
    assert_eq!(ends, ["ok", "ok", "DayUsedUp"]);
}

/// How many calls left at each moment, in order.
fn left_together(bench: &Bench) -> Vec<(i64, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for at in bench.sent_at_ms() {
        *counts.entry(at).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn a_slow_vendor_is_asked_by_more_at_a_time_so_that_nothing_of_its_limit_is_wasted() {
    let bench = Bench::new(&[("requests", &["1200/1m"])]).latency(10_000).build();
    local(reads(&bench, 640)).await;
    assert_eq!(left_together(&bench), [(0, 128), (10_000, 256), (20_000, 256)]);
}

#[tokio::test(start_paused = true)]
async fn a_windows_calls_leave_together_so_that_the_next_window_opens_for_all_at_once() {
    for (limits, sent) in [
        (&["100/1m"][..], [(0, 100), (60_300, 100)]),
        (&["100/1m", "10000/1d"], [(0, 100), (60_300, 100)]),
        (&["128/1m"], [(0, 128), (60_300, 72)]),
    ] {
        let bench = Bench::new(&[("requests", limits)]).latency(300).build();
        local(reads(&bench, 200)).await;
        assert_eq!(left_together(&bench), sent, "{limits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_refuses_is_asked_by_half_as_many_and_then_carefully_by_more() {
    let bench = Bench::new(&[("requests", &["1200/1m"])]).latency(10).build();
    bench.script(&[Step::Reply(503, "retry"); 8]);
    let answers = local(reads(&bench, 1_000)).await;
    assert!(answers.iter().all(|answer| fakes::end_of(answer) == "ok"), "all are answered in the end");
    let left: Vec<usize> = left_together(&bench).iter().map(|(_, calls)| *calls).collect();
    assert_eq!(left[..3], [128, 64, 64], "{left:?}");
    assert!(left[3..].iter().any(|calls| (65..=128).contains(calls)), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_says_too_many_is_left_alone_and_then_asked_by_half_as_many() {
    let bench = Bench::new(&[("requests", &["1200/1m"])]).latency(10).build();
    bench.script(&[Step::Reply(429, "wait")]);
    local(reads(&bench, 263)).await;
    assert_eq!(left_together(&bench), [(0, 128), (60_010, 64), (60_020, 72)]);
}

#[tokio::test(start_paused = true)]
async fn one_late_reply_does_not_hold_up_the_calls_behind_it() {
    let bench = Bench::new(&[("requests", &["10/1s"])]).build();
    bench.script(&[Step::Silence]);
    local(reads(&bench, 100)).await;
    let mut expected = vec![(0, 10)];
    expected.extend((1..=10).map(|second| (second * 1_000, 9)));
    assert_eq!(left_together(&bench)[..11], expected, "the late one takes one place of ten");
}

#[tokio::test(start_paused = true)]
async fn no_call_leaves_a_part_of_a_millisecond_early() {
    let bench = Bench::new(&[("requests", &["1/1s"])]).build();
    let pass = |micros| tokio::time::advance(std::time::Duration::from_micros(micros));
    local(async {
        pass(900).await;
        reads(&bench, 1).await;
        // From here on every timer ends with a whole millisecond.
        pass(499_100).await;
        reads(&bench, 1).await;
    })
    .await;
    assert_eq!(bench.sent_at_ms(), [0, 1_001], "the reply came at 0.9 ms");
}

#[tokio::test(start_paused = true)]
async fn what_a_vendor_says_of_a_day_is_known_to_the_next_run() {
    let bench =
        Bench::new(&[("requests", &["100/1m"]), ("tag_batch", &["50/1m", "100/1d"])]).stored().build();
    bench.script(&[Step::Reply(403, "tomorrow")]);
    let end = local(async { bench.spawn_write(0).await.expect("no panic") }).await;
    assert_eq!(fakes::end_of(&end), "DayUsedUp");
    let [said] = &bench.used_up()[..] else { panic!("{:?}", bench.used_up()) };
    assert_eq!((said.quota.as_str(), said.at), ("tag_batch", bench.start));
    let store = bench.store.as_deref().expect("a store");
    for (ms, left) in [(MINUTE_MS, [49, 0]), (DAY_MS, [50, 100])] {
        let (quotas, now) = (bench.gate.ledger().quotas().clone(), bench.start.plus(ms));
        let books = remembered(store, quotas, now).await.expect("a store that works");
        let found: Vec<u32> = books.ledger.status(now).iter().map(|one| one.left).collect();
        assert_eq!(found[1..], left, "{ms} ms later");
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_that_was_used_up_before_midnight_is_over_after_it() {
    let bench =
        Bench::new(&[("requests", &["100/1m"]), ("tag_batch", &["100/1d"])]).latency(20).stored().build();
    bench.script(&[Step::Reply(403, "tomorrow")]);
    let midnight = crate::timestamp::Zone::shanghai().next_day(bench.start);
    let end = local(async {
        bench.clock().sleep_until(midnight.plus(-10)).await;
        bench.spawn_write(0).await.expect("no panic")
    })
    .await;
    assert_eq!((fakes::end_of(&end).as_str(), bench.sent("/bind").len()), ("ok", 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_grant_has_run_out_while_it_waited_for_the_store_is_not_sent() {
    let bench = Bench::new(&[("requests", &["100/1m"])]).latency(20).stored().build();
    bench.slow_store(40_000);
    let answers = local(reads(&bench, 3)).await;
    assert!(answers.iter().all(|answer| fakes::end_of(answer) == "ok"), "{answers:?}");
    assert_eq!(bench.sent_at_ms(), [40_000i64; 3], "each goes once, with a grant of its own");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_a_moment_ends_nothing() {
    let bench = Bench::new(&[("requests", &["100/1m"])]).latency(20).stored().build();
    bench.lose_store(3);
    let answers = local(reads(&bench, 3)).await;
    assert!(answers.iter().all(|answer| fakes::end_of(answer) == "ok"), "{answers:?}");
    assert_eq!(
        bench.sent_at_ms(),
        [2_000i64; 3],
        "it is asked at once, once more when all have come, and each second"
    );

    bench.lose_store(u32::MAX);
    let answers = local(reads(&bench, 3)).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(CallError::Store(_)))), "{answers:?}");
}

/// The second exchange with the store goes on while the first calls are under way.
#[tokio::test(start_paused = true)]
async fn spends_are_recorded_ahead_where_the_store_is_far_and_calls_leave_as_far_as_there_is_a_place() {
    let bench = Bench::new(&[("requests", &["100000/1m"])]).latency(300).shared().build();
    bench.slow_store(50);
    local(reads(&bench, 600)).await;
    let left = left_together(&bench);
    assert_eq!(left[0], (50, 128), "{left:?}");
    assert_eq!(left[1].0, 350, "a place is taken the moment it is free: {left:?}");
    let most = left.iter().map(|(_, calls)| *calls).max();
    assert!(most <= Some(256), "more leave than may be under way: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_cut_off_is_unanswered_until_its_time_is_out() {
    let bench = Bench::new(&[("requests", &["2/1s"])]).build();
    bench.script(&[Step::Cut]);
    local(reads(&bench, 4)).await;
    // It takes one place of two until it can no longer arrive, and its repetition is one call more.
    assert_eq!(bench.sent_at_ms(), [0, 0, 1_000, 2_000, 3_000]);
    local(async {
        bench.clock().sleep_until(bench.start.plus(SEND_MS_MAX + 1_000)).await;
        reads(&bench, 2).await;
    })
    .await;
    assert_eq!(bench.sent_at_ms()[5..], [31_000, 31_000]);
}
