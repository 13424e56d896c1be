//! Forecasts held against times worked out by hand.

use super::{Course, forecast};
use crate::kind::Write;
use crate::names::Name;
use crate::plan::testing::{now, quotas};
use crate::plan::{Call, Forecast};
use crate::quota::{Flow, Ledger, Limit, QuotaId, Spend};
use crate::timestamp::HOUR_MS;
use crate::wire::Vendor;

/// The places of the test's quotas.
const REQUESTS: u8 = 0;
const TAG_BATCH: u8 = 1;
const OVERWRITE: u8 = 2;

fn call(rank: u32, quotas: &[u8], after: &[u32]) -> Call {
    Call {
        write: Write::Block(vec![Name::NONE]),
        spends: quotas.iter().map(|quota| Spend { quota: QuotaId(*quota), subject: 0 }).collect(),
        after: after.to_vec(),
        changes: Vec::new(),
        rank,
    }
}

fn run(calls: &[Call], ledger: &Ledger) -> Forecast {
    forecast(calls, &[], 0, &Course { ledger, latency_ms: None, now: now(), sign_ins: &[], flows: &[] })
}

/// Milliseconds from now to when each call goes.
fn sends(forecast: &Forecast) -> Vec<i64> {
    forecast.sends_at.iter().map(|at| at.since(now())).collect()
}

#[test]
fn calls_without_a_limit_in_the_way_go_so_many_at_a_time() {
    let calls: Vec<Call> = (0..300).map(|rank| call(rank, &[REQUESTS], &[])).collect();
    let forecast = run(&calls, &Ledger::new(quotas()));
    let sends = sends(&forecast);
    assert_eq!((sends[0], sends[127], sends[128], sends[255], sends[256]), (0, 0, 100, 100, 200));
    assert_eq!(forecast.finishes_at, Some(now().plus(300)));
    assert_eq!(forecast.days, [("2026-11-22".to_owned(), 300)]);
    assert!(forecast.quotas.iter().all(|need| !need.binds));
}

#[test]
fn what_a_flow_has_learned_is_foreseen() {
    let (ledger, vendor) = (Ledger::new(quotas()), Vendor::Getui);
    let calls: Vec<Call> = (0..300).map(|rank| call(rank, &[REQUESTS], &[])).collect();
    let foreseen = |flow: Flow, latency_ms| {
        let flows = [(vendor, flow)];
        let latency_ms = Some(latency_ms);
        sends(&forecast(
            &calls,
            &[],
            0,
            &Course { ledger: &ledger, latency_ms, now: now(), sign_ins: &[], flows: &flows },
        ))
    };
    // A vendor that refused is asked by half as many, then by an eighth more.
    let mut braked = Flow::default();
    braked.refused(now().plus(-2), now().plus(-1), ledger.quotas(), vendor);
    let sends = foreseen(braked, 100);
    assert_eq!((sends[63], sends[64], sends[135], sends[136]), (0, 100, 100, 200));
    // Of a slow vendor the first replies say that more calls at a time are of use.
    let sends = foreseen(Flow::default(), 10_000);
    assert_eq!((sends[127], sends[128], sends[299]), (0, 10_000, 10_000));
}

#[test]
fn a_call_waits_for_the_reply_to_those_before_it() {
    let calls = [call(0, &[REQUESTS], &[]), call(1, &[REQUESTS], &[0]), call(2, &[REQUESTS], &[0, 1])];
    assert_eq!(sends(&run(&calls, &Ledger::new(quotas()))), [0, 100, 200]);
}

#[test]
fn when_a_limit_binds_its_calls_wait_and_others_go_beside_them() {
    let mut calls: Vec<Call> = (0..150).map(|rank| call(rank, &[REQUESTS, TAG_BATCH], &[])).collect();
    calls.push(call(150, &[REQUESTS], &[]));
    let forecast = run(&calls, &Ledger::new(quotas()));
    let sends = sends(&forecast);
    // A hundred leave together, and the rest together a minute after their replies.
    assert_eq!((sends[99], sends[100], sends[149], sends[150]), (0, 60_100, 60_100, 0));
    assert_eq!(forecast.finishes_at, Some(now().plus(60_200)));
    let binding: Vec<_> = forecast.quotas.iter().filter(|need| need.binds).collect();
    assert_eq!(binding.len(), 1);
    assert_eq!((&*binding[0].name, &*binding[0].limit), ("getui tag_batch", "100/1m"));
    assert_eq!((binding[0].needed, binding[0].left), (150, 100));
}

#[test]
fn what_a_day_does_not_hold_goes_the_next_day() {
    let calls: Vec<Call> = (0..10_500).map(|rank| call(rank, &[REQUESTS, TAG_BATCH], &[])).collect();
    let forecast = run(&calls, &Ledger::new(quotas()));
    assert_eq!(forecast.days, [("2026-11-22".to_owned(), 10_000), ("2026-11-23".to_owned(), 500)]);
    // Midnight in Shanghai is fourteen hours away.
    assert_eq!(forecast.sends_at[10_000], now().plus(14 * HOUR_MS));
    assert!(forecast.quotas.iter().any(|need| need.binds && need.limit == "10000/1d"));
}

#[test]
fn a_share_of_one_user_that_is_spent_holds_back_that_call_alone() {
    let own = |subject| Spend { quota: QuotaId(OVERWRITE), subject };
    let mut ledger = Ledger::new(quotas());
    let ticket = ledger.send(&[own(7)], now());
    ledger.reply(ticket, now());
    let mut calls: Vec<Call> = (0..3).map(|rank| call(rank, &[REQUESTS], &[])).collect();
    for (call, subject) in calls.iter_mut().zip([5, 7, 9]) {
        call.spends.push(own(subject));
    }
    assert_eq!(sends(&run(&calls, &ledger)), [0, 14 * HOUR_MS, 0]);
}

#[test]
fn a_limit_of_zero_lets_the_plan_never_end() {
    let mut list: Vec<_> = quotas().iter().map(|(_, quota)| quota.clone()).collect();
    list[TAG_BATCH as usize].limits = vec![Limit::parse("0/1d").expect("a limit")];
    let ledger = Ledger::new(crate::quota::Quotas::new(list));
    let calls = [call(0, &[REQUESTS, TAG_BATCH], &[]), call(1, &[REQUESTS], &[]), call(2, &[REQUESTS], &[0])];
    let forecast = run(&calls, &ledger);
    assert_eq!(forecast.finishes_at, None);
    assert_eq!(forecast.sends_at, [super::NEVER, now(), super::NEVER]);
    assert_eq!(forecast.days, [("2026-11-22".to_owned(), 1)]);
}
