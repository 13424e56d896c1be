//! The laws, over drawn courses of events: what was applied is so, nothing else was touched, no limit was passed, and
//! planning again finds nothing.
//!
//! `SIMULATE_CASES=1000` draws more of them. A case that failed is kept in `regressions.txt` and runs first from then on.

use pushform::emulator::setup::{Limits as Emulated, LimitsSetup};
use pushform::emulator::switches::Switches;
use pushform::emulator::throttle::Limit;
use pushform::emulator::{Fault, Setup};
use pushform::timestamp::{DAY_MS, HOUR_MS};

use proptest::test_runner::{Config, FileFailurePersistence};

use crate::declared::Declared;
use crate::draw::{Case, Narrow, cases, happen};
use crate::facts::Facts;
use crate::faults;
use crate::sim::{Keeps, Limits, MORNING, Sim, run};

/// How many courses of events a test draws, unless the environment asks for more.
#[expect(clippy::disallowed_methods, reason = "a test has no configuration to ask")]
pub fn cases_or(default: u32) -> u32 {
    std::env::var("SIMULATE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

pub fn config(cases: u32) -> Config {
    let file = FileFailurePersistence::Direct("tests/simulate/regressions.txt");
    Config {
        cases: cases_or(cases),
        failure_persistence: Some(Box::new(file)),
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

proptest::proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn whatever_happened_before_an_apply_makes_it_as_declared(case in cases()) {
        run(converges(&case, Keeps::Memory));
    }
}

proptest::proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn a_state_on_disk_converges_too(case in cases()) {
        run(converges(&case, Keeps::Sqlite));
    }
}

proptest::proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn a_run_that_dies_loses_nothing_whatever_was_drawn(case in cases(), writes in 0..90_u64) {
        run(converges_after(&case, Hardship::Death(writes)));
    }

    #[test]
    fn a_fault_loses_nothing_whatever_was_drawn(case in cases(), call in 1..120_u64, which in 0..64_usize) {
        let all = faults::all();
        let (_, fault) = all[which % all.len()].clone();
        run(converges_after(&case, Hardship::Fault(Fault { call: Some(call), ..fault })));
    }
}

/// What goes wrong in the second apply.
enum Hardship {
    Death(u64),
    Fault(Fault),
}

async fn converges_after(case: &Case, hardship: Hardship) {
    let (sim, wanted) = until_second(case, Keeps::Memory).await;
    match hardship {
        Hardship::Death(writes) => {
            sim.memory.die_after(writes);
            drop(sim.apply().await);
            sim.memory.revive();
            sim.lease_over().await;
            sim.apply_in_spite("the apply after the death", 0).await;
        }
        Hardship::Fault(fault) => {
            sim.world.borrow_mut().add_fault(fault);
            sim.apply_in_spite("the second apply", faults::FAILURES_MAX).await;
            sim.mend();
        }
    }
    sim.is_settled("after all", &wanted).await;
}

async fn converges(case: &Case, keeps: Keeps) {
    let (sim, wanted) = until_second(case, keeps).await;
    sim.apply_all("the second apply").await;
    sim.is_settled("after the second apply", &wanted).await;
}

/// The first apply and what happens outside; gives what has to be so after the second.
pub async fn until_second(case: &Case, keeps: Keeps) -> (Sim, Facts) {
    let sim = Sim::new(setup(case), &limits(case.narrow), start(case), keeps);
    let owned = case.first.clone().unwrap_or_default();
    if case.first.is_some() {
        let wanted = sim.facts().after(&Declared::default(), &owned);
        sim.declare(&owned);
        sim.apply_all("the first apply").await;
        sim.is_settled("after the first apply", &wanted).await;
    }
    for change in &case.outside {
        happen(&mut sim.world.borrow_mut(), change);
    }
    let wanted = sim.facts().after(&owned, &case.second);
    sim.declare(&case.second);
    (sim, wanted)
}

/// Ten in the morning is fourteen hours before midnight.
pub fn start(case: &Case) -> pushform::timestamp::Timestamp {
    MORNING.plus(14 * HOUR_MS - case.before_midnight_ms).plus(-DAY_MS)
}

pub fn setup(case: &Case) -> Setup {
    let (getui, jpush) = case.world.setup();
    let (limits, switches) = emulated(case.narrow);
    Setup {
        getui,
        jpush,
        limits,
        switches,
        latency_ms: 20,
        latency_jitter_ms: case.jitter_ms,
        seed: case.seed,
        ..Setup::default()
    }
}

/// The project's limits…
pub fn limits(narrow: Narrow) -> Limits {
    let getui = match narrow {
        Narrow::Nothing => "{}",
        Narrow::TagsByTheSecond => "{tag_batch: 5/10s}",
        Narrow::TagsByTheDay => "{tag_batch: [5/10s, 7/1d]}",
        Narrow::Everything => "{requests: 40/1m, tag_batch: [3/5s, 30/1d], device_token: 2/1m}",
    };
    let jpush = if narrow == Narrow::Everything { "{requests: 20/1m}" } else { "{}" };
    Limits { getui: getui.to_owned(), jpush: jpush.to_owned() }
}

/// …and the same as the vendors keep them.
fn emulated(narrow: Narrow) -> (LimitsSetup, Switches) {
    let list =
        |texts: &[&str]| Emulated(texts.iter().map(|text| Limit::parse(text).expect("a limit")).collect());
    let (mut limits, mut switches) = (LimitsSetup::default(), Switches::default());
    match narrow {
        Narrow::Nothing => {}
        Narrow::TagsByTheSecond => limits.tag_batch = list(&["5/10s"]),
        Narrow::TagsByTheDay => limits.tag_batch = list(&["5/10s", "7/1d"]),
        Narrow::Everything => {
            limits.tag_batch = list(&["3/5s", "30/1d"]);
            limits.device_token = list(&["2/1m"]);
            limits.jpush_requests = list(&["20/1m"]);
            switches.requests_per_minute = 40;
        }
    }
    (limits, switches)
}
