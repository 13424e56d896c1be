//! What never left counts nowhere, what may be of two days counts in both, and nothing leaves that should not any more.

use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::fakes::{self, Bench, Step};
use super::{local, reads};
use crate::gate::{SEND_MS_MAX, remembered};
use crate::kind::Write;
use crate::quota::{Room, Spend};
use crate::timestamp::{HOUR_MS, MINUTE_MS, Zone};

/// What a run that begins now knows of what this one has spent.
async fn spent_by_now(bench: &Bench) -> Vec<u32> {
    let (store, now) = (bench.store.as_deref().expect("a store"), bench.clock().now());
    let quotas = bench.gate.ledger().quotas().clone();
    let books = remembered(store, quotas, now).await.expect("a store that works");
    books.ledger.status(now).iter().map(|one| one.spent).collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_turned_back_before_it_was_sent_counts_for_nobody() {
    let bench = Bench::new(&[("requests", &["100/1d"])]).latency(20).stored().build();
    bench.slow_store(SEND_MS_MAX);
    let answers = local(reads(&bench, 1)).await;
    assert_eq!(fakes::end_of(&answers[0]), "ok");
    bench.gate.flush().await.expect("a store that works");
    assert_eq!(bench.spend_ids(), [1, 2], "the first grant ran out while the store took its time");
    assert_eq!(bench.sent_at_ms(), [SEND_MS_MAX], "one call left");
    assert_eq!(bench.gate.status()[0].spent, 1, "by this run's count");
    assert_eq!(spent_by_now(&bench).await, [1], "by the count of the next run");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_waited_for_its_place_beyond_the_deadline_is_not_sent() {
    let quotas: &[(&'static str, &[&str])] = &[("requests", &["100/1s"])];
    let bench = Bench::new(quotas).latency(1_000).under_way(1).shared().until(Some(500)).build();
    let answers = local(reads(&bench, 2)).await;
    let ends: Vec<String> = answers.iter().map(fakes::end_of).collect();
    assert_eq!(ends, ["ok", "Deadline"]);
    assert_eq!(bench.sent_at_ms(), [0]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_an_interrupt_that_came_while_the_question_was_asked() {
    let bench = Bench::new(&[("requests", &["100/1s"])]).latency(100).build();
    let (gate, names) = (Rc::clone(&bench.gate), Rc::clone(&bench.names));
    let (user, spends) = (bench.name, bench.all_spends());
    let write = Write::OverwriteTags { user, tags: vec![user], drops: Vec::new(), carried: Some(Vec::new()) };
    let end = local(async {
        let call =
            tokio::task::spawn_local(async move { gate.write(&write, &names, &spends, 0).await.map(drop) });
        bench.clock().sleep_ms(50).await;
        bench.gate.interrupt();
        call.await.expect("no panic")
    })
    .await;
    assert_eq!(fakes::end_of(&end), "Interrupted");
    assert_eq!(bench.log(), ["/tags"], "the question, and nothing behind it");
}

/// A repetition that leaves before midnight on the share of its first try may arrive after it, on the next day's.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_repeated_just_before_midnight_leaves_its_user_one_call_of_the_new_day() {
    let quotas: &[(&'static str, &[&str])] =
        &[("requests", &["100/1s"]), ("tag_overwrite_per_user", &["1/1d"])];
    let bench = Bench::new(quotas).latency(4_000).build();
    bench.script(&[Step::NotSent]);
    let [requests, overwrite] = bench.all_spends()[..] else { panic!("two quotas") };
    let spends = [requests, Spend { subject: 7, ..overwrite }];
    let user = bench.name;
    let write = Write::OverwriteTags { user, tags: vec![user], drops: Vec::new(), carried: None };
    let midnight = Zone::shanghai().next_day(bench.start);
    let mut may_arrive_after = 0;
    for at in [midnight.plus(-8_000), midnight.plus(MINUTE_MS)] {
        bench.clock().sleep_until(at).await;
        let sent = bench.log().len();
        let end = bench.gate.write(&write, &bench.names, &spends, 0).await;
        let is_later = bench.clock().now() >= midnight;
        may_arrive_after += usize::from(bench.log().len() > sent && is_later && end.is_ok());
    }
    assert_eq!(may_arrive_after, 1, "{:?}", bench.log());
}

#[tokio::test(start_paused = true)]
async fn replies_that_the_store_did_not_take_are_told_again() {
    let bench = Bench::new(&[("requests", &["100/1m"])]).latency(20).stored().build();
    local(reads(&bench, 2)).await;
    bench.refuse_replies(1);
    assert!(bench.gate.flush().await.is_err(), "the store did not take them");
    bench.gate.flush().await.expect("a store that works");
    let spends = [bench.all_spends()[0]; 100];
    let store = bench.store.as_deref().expect("a store");
    let (quotas, now) = (bench.gate.ledger().quotas().clone(), bench.clock().now());
    let books = remembered(store, quotas, now).await.expect("a store that works");
    let opens_at = bench.start.plus(20 + MINUTE_MS);
    assert_eq!(books.ledger.room(&spends, now), Room::At(opens_at), "counted from their replies");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_asked_once_a_second_by_a_run_that_waits_for_the_replies_of_others() {
    let bench = Bench::new(&[("requests", &["1/1m"])]).latency(20).stored().build();
    bench.spent_by_another();
    local(async {
        let call = bench.spawn_read();
        bench.clock().sleep_ms(50).await;
        bench.lose_store(10);
        bench.clock().sleep_ms(5_000).await;
        let asked = 10 - bench.store_is_away_for();
        assert!((2..=6).contains(&asked), "it was asked {asked} times in 5 s");
        call.abort();
    })
    .await;
}

/// What another run has sent by a wall clock that was set forwards over midnight may be of either day, as a call of our
/// own is.
#[tokio::test(start_paused = true)]
async fn a_call_of_another_run_by_a_clock_that_was_set_forwards_counts_in_both_days() {
    static OFF_MS: AtomicI64 = AtomicI64::new(0);
    let bench = Bench::new(&[("requests", &["3/1d"])]).latency(20).stored().off(&OFF_MS).build();
    let midnight = Zone::shanghai().next_day(bench.start);
    bench.clock().sleep_until(midnight.plus(-40 * MINUTE_MS)).await;
    OFF_MS.store(HOUR_MS, Ordering::Relaxed);
    bench.spent_by_another();
    local(reads(&bench, 1)).await;
    bench.clock().sleep_until(midnight.plus(5 * MINUTE_MS)).await;
    let ends: Vec<String> = local(reads(&bench, 2)).await.iter().map(fakes::end_of).collect();
    assert_eq!(ends, ["ok", "DayUsedUp"], "one of ours and one of theirs may be of the new day already");
}
