//! The machine's wall clock is stepped: in mid-run that changes nothing, and between runs it is said.

use pushform::emulator::Setup;
use pushform::emulator::setup::{Limits as Emulated, LimitsSetup};
use pushform::emulator::throttle::Limit;
use pushform::timestamp::{HOUR_MS, MINUTE_MS};

use crate::declared::Declared;
use crate::draw::user;
use crate::sim::{How, Keeps, Limits, MORNING, Sim, listed, run};

/// Twenty tag calls at five in ten seconds.
fn sim(keeps: Keeps) -> Sim {
    let tag_batch = Emulated(vec![Limit::parse("5/10s").expect("a limit")]);
    let limits = LimitsSetup { tag_batch, ..LimitsSetup::default() };
    let setup = Setup { latency_ms: 20, limits, ..Setup::default() };
    let getui = "{tag_batch: 5/10s, tag_overwrite_per_user: 0/1d}".to_owned();
    let sim = Sim::new(setup, &Limits { getui, jpush: "{}".to_owned() }, MORNING, keeps);
    let mut declared = Declared::default();
    for tag in 0..20 {
        declared.tag_members.insert(format!("tag_{tag:02}"), [user(tag)].into());
    }
    sim.declare(&declared);
    sim
}

/// How long an apply takes whose machine has its clock stepped after so long, by so much.
async fn takes_ms(sim: &Sim, at_ms: i64, by_ms: i64) -> i64 {
    let began = sim.clock.now();
    let work = async {
        let applied = sim.apply().await.unwrap_or_else(|why| panic!("apply failed\n{}", listed(&why)));
        assert_eq!(listed(&applied.report.problems), "");
        sim.clock.now()
    };
    let step = async {
        sim.clock.sleep_ms(at_ms).await;
        sim.set_wall(sim.off_ms() + by_ms);
    };
    let (ended, ()) = tokio::join!(work, step);
    sim.nobody_did_wrong(&format!("a step by {by_ms} ms after {at_ms} ms"));
    ended.since(began)
}

#[test]
fn a_step_of_the_clock_in_mid_run_opens_no_window_early_and_leaves_no_run_waiting() {
    let undisturbed = run(async { takes_ms(&sim(Keeps::Memory), 0, 0).await });
    assert!(undisturbed > 30_000, "{undisturbed} ms: no limit binds");
    for keeps in [Keeps::Memory, Keeps::Sqlite] {
        for at_ms in [50, 1_000, 12_345] {
            for by_ms in [-HOUR_MS, -5_000, 5_000, HOUR_MS] {
                let took = run(async { takes_ms(&sim(keeps), at_ms, by_ms).await });
                assert_eq!(took, undisturbed, "{keeps:?}: a step by {by_ms} ms after {at_ms} ms");
            }
        }
    }
}

#[test]
fn two_runs_that_a_step_of_the_clock_lies_between_stay_under_the_limit_together() {
    for by_ms in [-10 * MINUTE_MS, 10 * MINUTE_MS] {
        run(async {
            let sim = sim(Keeps::Memory);
            let how = How { within_ms: Some(1_000), ..How::default() };
            let step = async {
                sim.clock.sleep_ms(30).await;
                sim.set_wall(by_ms);
            };
            let (first, ()) = tokio::join!(sim.apply_by(&how), step);
            assert!(first.is_ok_and(|applied| applied.report.rest.is_some()), "the first run leaves a rest");
            if by_ms > 0 {
                // A run that starts behind a step forwards could not know of it.
                sim.set_wall(0);
            }
            sim.apply_all("the second run").await;
            sim.nobody_did_wrong("both");
        });
    }
}

#[test]
fn a_clock_that_went_back_between_two_runs_is_said() {
    run(async {
        let sim = sim(Keeps::Sqlite);
        let said = async || {
            let context = sim.context(None).await.expect("a context");
            listed(&context.warnings)
        };
        sim.apply_all("the first run").await;
        assert_eq!(said().await, "");
        sim.set_wall(-10 * MINUTE_MS);
        let words = said().await;
        assert!(words.contains("state::clock_went_back the clock of this machine went backwards"), "{words}");
        sim.apply_all("the second run").await;
        sim.nobody_did_wrong("both");
        sim.clock.sleep_ms(11 * MINUTE_MS).await;
        assert_eq!(said().await, "", "it has caught up");
    });
}
