//! Long windows and days that a vendor closes: what is known of them outlives the runs.

use pushform::emulator::setup::{Limits as Emulated, LimitsSetup};
use pushform::emulator::throttle::Limit;
use pushform::emulator::{Action, Fault, Setup};
use pushform::timestamp::{DAY_MS, MINUTE_MS};

use crate::declared::Declared;
use crate::draw::user;
use crate::sim::{How, Keeps, Limits, MORNING, Sim, listed, run};

const BIND: &str = "getui.tag.bind";

/// So many tags for one user each, and a limit for their calls.
fn sim(tags: usize, tag_batch: &str, keeps: Keeps) -> Sim {
    let emulated = Emulated(vec![Limit::parse("100/1m").expect("a limit")]);
    let limits = LimitsSetup { tag_batch: emulated, ..LimitsSetup::default() };
    let setup = Setup { latency_ms: 20, limits, ..Setup::default() };
    let getui = format!("{{tag_batch: {tag_batch}, tag_overwrite_per_user: 0/1d}}");
    let sim = Sim::new(setup, &Limits { getui, jpush: "{}".to_owned() }, MORNING, keeps);
    let mut declared = Declared::default();
    for tag in 0..tags {
        declared.tag_members.insert(format!("tag_{tag:02}"), [user(tag)].into());
    }
    sim.declare(&declared);
    sim
}

/// How many tag calls the vendor has had.
fn binds(sim: &Sim) -> u64 {
    let world = sim.world.borrow();
    world.stats().iter().filter(|(endpoint, _)| endpoint.name() == BIND).map(|(_, tally)| tally.calls).sum()
}

#[test]
fn a_window_of_five_days_is_kept_over_runs_of_every_day() {
    for keeps in [Keeps::Memory, Keeps::Sqlite] {
        run(async {
            let sim = sim(12, "10/5d", keeps);
            let mut counts = Vec::new();
            for _ in 0..7 {
                let how = How { within_ms: Some(MINUTE_MS), ..How::default() };
                sim.apply_by(&how).await.unwrap_or_else(|why| panic!("apply failed\n{}", listed(&why)));
                counts.push(binds(&sim));
                sim.clock.sleep_ms(DAY_MS).await;
            }
            assert_eq!(counts, [10, 10, 10, 10, 10, 12, 12], "{keeps:?}: calls until each day");
        });
    }
}

#[test]
fn after_a_vendor_closed_a_day_no_run_of_that_day_sends_a_refused_call() {
    for keeps in [Keeps::Memory, Keeps::Sqlite] {
        run(async {
            let sim = sim(4, "[100/1m, 10000/1d]", keeps);
            let words = ("the day is used up".to_owned(), Some(403), Some(30_011));
            let fault = Fault::new(BIND, Action::Code);
            let fault = Fault { msg: Some(words.0), status: words.1, code: words.2, times: Some(1), ..fault };
            sim.world.borrow_mut().add_fault(fault);
            let applied = sim.apply().await.unwrap_or_else(|why| panic!("apply failed\n{}", listed(&why)));
            assert!(applied.report.rest.is_some(), "{keeps:?}: nothing is left for tomorrow");
            let refused = binds(&sim);

            let planned = sim.plan().await.unwrap_or_else(|why| panic!("no plan\n{}", listed(&why)));
            let needs = &planned.plan.forecast.quotas;
            let left: Vec<u64> =
                needs.iter().filter(|one| one.limit == "10000/1d").map(|one| one.left).collect();
            assert_eq!(left, [0], "{keeps:?}");
            let again = sim.apply().await.unwrap_or_else(|why| panic!("apply failed\n{}", listed(&why)));
            assert_eq!(again.report.rest.map(|rest| rest.calls), applied.report.rest.map(|rest| rest.calls));
            assert_eq!(binds(&sim), refused, "{keeps:?}: a call of a day that is closed was sent");

            sim.next_day().await;
            sim.apply_all("the next day").await;
            assert_eq!(binds(&sim), refused + 1, "{keeps:?}");
            let context = sim.context(None).await.expect("a context");
            let status = context.gate.status();
            let day = status.iter().find(|one| one.limit.to_string() == "10000/1d");
            assert_eq!(day.map(|one| one.left), Some(9_999), "{keeps:?}: the new day is open");
        });
    }
}
