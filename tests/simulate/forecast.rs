//! The forecast is what happens: held against the moment at which the last call of an apply was answered, to the
//! millisecond, for drawn plans under drawn limits and without faults.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::sample::select;

use pushform::emulator::setup::{Limits as Emulated, LimitsSetup};
use pushform::emulator::throttle::Limit;
use pushform::emulator::{Setup, Switches};
use pushform::ops::apply::{Applied, Audience, Consent, apply};
use pushform::report::What;
use pushform::timestamp::{HOUR_MS, Timestamp};

use crate::declared::Declared;
use crate::draw::{Case, cases, user};
use crate::laws::{config, until_second};
use crate::sim::{Keeps, Limits, MORNING, Sim, listed, run};

/// An apply, and when its last call was answered.
async fn watched(sim: &Sim) -> (Applied, Option<Timestamp>) {
    let context = sim.context(None).await.expect("a context");
    let last = Cell::new(None);
    let audience = Audience {
        say: &|_| {},
        owner: "simulation",
        consent: Consent::Given,
        show: &|_| Ok(()),
        ask: &|| Box::pin(async { Ok(()) }),
        listener: &|_, event| {
            if matches!(event.what, What::CallDone { .. }) {
                last.set(Some(event.at));
            }
        },
    };
    let applied = apply(&context, &sim.wanted(&[]), None, &audience).await;
    (applied.unwrap_or_else(|why| panic!("apply failed\n{}", listed(&why))), last.get())
}

/// What was foreseen is what happened: the end where today suffices, and else how many calls went today.
fn is_honest(applied: &Applied, last: Option<Timestamp>, about: &str) {
    let (forecast, report) = (&applied.plan.forecast, &applied.report);
    assert_eq!(listed(&report.problems), "", "{about}");
    match (&report.rest, forecast.days.as_slice()) {
        (None, _) if forecast.calls == 0 => {}
        (None, days) => {
            assert!(days.len() <= 1, "{about}: more days were foreseen than it took: {days:?}");
            let since = |at: Option<Timestamp>| at.map(|at| at.since(applied.plan.created_at));
            assert_eq!(since(forecast.finishes_at), since(last), "{about}: of {} calls", forecast.calls);
        }
        (Some(rest), days) => {
            let [(_, today), later @ ..] = days else { panic!("{about}: no days were foreseen") };
            let later: u64 = later.iter().map(|(_, calls)| calls).sum();
            assert_eq!((report.calls, rest.calls), (*today, later), "{about}: today and later");
        }
    }
}

proptest::proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn what_is_foreseen_of_any_plan_is_what_happens(mut case in cases()) {
        (case.jitter_ms, case.before_midnight_ms) = (0, 10 * HOUR_MS);
        run(any_plan(case));
    }
}

proptest::proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn what_is_foreseen_of_hundreds_of_calls_under_drawn_limits_is_what_happens(
        tags in 1..300_usize,
        devices in 0..4_usize,
        blocked in 0..900_usize,
        latency_ms in select(vec![0, 2, 40, 250, 3_000, 9_000]),
        requests in 20..2_000_u32,
        batch in (1..60_u32, select(vec!["1s", "7s", "1m"]), select(vec!["", ", 90/1d"])),
    ) {
        let (count, window, day) = batch;
        let batch = format!("{count}/{window}{day}");
        run(many_calls(tags, devices, blocked, latency_ms, requests, &batch));
    }
}

async fn any_plan(case: Case) {
    let (sim, _) = until_second(&case, Keeps::Memory).await;
    let (applied, last) = watched(&sim).await;
    is_honest(&applied, last, &format!("{:?}", case.narrow));
    sim.nobody_did_wrong("the apply");
}

async fn many_calls(
    tags: usize,
    devices: usize,
    blocked: usize,
    latency_ms: i64,
    requests: u32,
    batch: &str,
) {
    let mut declared = Declared::default();
    for tag in 0..tags {
        declared.tag_members.insert(format!("tag{tag}"), BTreeSet::from([user(tag % 7)]));
    }
    declared.blacklist = (100..100 + blocked).map(user).collect();
    declared.properties.insert("level".to_owned(), ("number".to_owned(), String::new()));
    for device in 0..devices {
        let value = [("level".to_owned(), "3".to_owned())].into();
        declared.devices.insert(crate::draw::device(device), value);
    }
    let (mut emulated, mut switches) = (LimitsSetup::default(), Switches::default());
    emulated.tag_batch = Emulated(batch.split(", ").map(|one| Limit::parse(one).expect("a limit")).collect());
    switches.requests_per_minute = i64::from(requests);
    let setup = Setup { latency_ms, switches, limits: emulated, ..Setup::default() };
    let limits = Limits {
        getui: format!("{{requests: {requests}/1m, tag_batch: [{batch}], tag_overwrite_per_user: 0/1d}}"),
        jpush: "{}".to_owned(),
    };
    let sim = Sim::new(setup, &limits, MORNING, Keeps::Memory);
    sim.declare(&declared);
    let (applied, last) = watched(&sim).await;
    is_honest(&applied, last, &format!("{tags} tags, {latency_ms} ms, requests {requests}/1m, {batch}"));
    sim.nobody_did_wrong("the apply");
}
