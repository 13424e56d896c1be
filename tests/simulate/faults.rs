//! Whatever goes wrong with whichever call, and however often: applying again ends as declared, and nothing is lost.

use pushform::emulator::{Action, Fault, Sort, Switches};

use crate::laws::cases_or;
use crate::scenario::{Scenario, Size};
use crate::sim::{Keeps, listed, run};

/// Once is repeated by the gate, this often outlasts its patience.
const STUBBORN: u64 = 7;
/// Every so manieth pair of call and fault is tried by default; `SIMULATE_CASES` of at least 1,000 tries all.
const STRIDE: usize = 11;
const EVERYTHING: u32 = 1_000;
/// Applies that may fail before one is well, each on another day.
pub const FAILURES_MAX: usize = 3;

/// Every way in which a call can go wrong, by a word for messages.
pub fn all() -> Vec<(String, Fault)> {
    let one = |action| Fault::new("*", action);
    let carried = |action| Fault { carried_out: true, ..one(action) };
    let code = |status, code, msg: &str| Fault {
        status: Some(status),
        code: Some(code),
        msg: Some(msg.to_owned()),
        // The codes are Getui's.
        ..Fault::new("getui.*", Action::Code)
    };
    let faults = [
        ("slow", Fault { ms: Some(3_000), ..one(Action::Slow) }),
        ("too slow", Fault { ms: Some(200_000), ..one(Action::Slow) }),
        ("refused", one(Action::Refuse)),
        ("cut before", one(Action::CutBefore)),
        ("cut after", one(Action::CutAfter)),
        ("502", one(Action::Status)),
        ("502 though done", carried(Action::Status)),
        ("500 though done", Fault { status: Some(500), ..carried(Action::Status) }),
        ("garbage", one(Action::Garbage)),
        ("garbage though done", carried(Action::Garbage)),
        ("empty", one(Action::Empty)),
        ("empty though done", carried(Action::Empty)),
        ("token gone", one(Action::TokenGone)),
        ("over limit", one(Action::OverLimit)),
        ("busy", code(403, 30019, "system busy")),
        ("starting", code(200, 2, "service starting")),
    ];
    let times = |fault: &Fault| [1, STUBBORN].map(|times| Fault { times: Some(times), ..fault.clone() });
    let named = |(word, fault): &(&str, Fault)| {
        times(fault).map(|fault| (format!("{word}, {} times", fault.times.unwrap_or(0)), fault))
    };
    faults.iter().flat_map(named).collect()
}

/// How many calls the second apply makes without any fault.
fn calls_of_the_second_apply() -> u64 {
    run(async {
        let scenario = Scenario::start(Size::Small, Switches::default(), Keeps::Memory).await;
        let calls = || scenario.sim.world.borrow().stats().values().map(|tally| tally.calls).sum::<u64>();
        let before = calls();
        scenario.sim.apply_all("without a fault").await;
        calls() - before
    })
}

#[test]
fn no_fault_of_any_call_loses_or_breaks_anything() {
    let calls = calls_of_the_second_apply();
    let stride = if cases_or(1) >= EVERYTHING { 1 } else { STRIDE };
    let pairs = (1..=calls).flat_map(|call| all().into_iter().map(move |(word, fault)| (call, word, fault)));
    for (call, word, fault) in pairs.step_by(stride) {
        let step = format!("call {call} of {calls}: {word}");
        run(survives(&step, Fault { call: Some(call), ..fault }));
    }
}

async fn survives(step: &str, fault: Fault) {
    let scenario = Scenario::start(Size::Small, Switches::default(), Keeps::Memory).await;
    scenario.sim.world.borrow_mut().add_fault(fault);
    if let Err(why) = scenario.sim.apply().await {
        assert!(why.has_errors(), "{step}: a failure without a problem\n{}", listed(&why));
    }
    scenario.sim.apply_in_spite(step, FAILURES_MAX).await;
    scenario.sim.mend();
    scenario.is_settled(step).await;
}

/// The vendor itself says how the limits are: saying so in error is no violation of anybody.
#[test]
fn a_limit_that_the_vendor_says_is_used_up_is_no_violation_of_ours() {
    run(async {
        let scenario = Scenario::start(Size::Small, Switches::default(), Keeps::Memory).await;
        scenario.sim.world.borrow_mut().add_fault(Fault {
            call: Some(3),
            times: Some(2),
            ..Fault::new("getui.*", Action::OverLimit)
        });
        scenario.sim.apply_in_spite("over limit", FAILURES_MAX).await;
        let count = scenario.sim.world.borrow().violation_counts().get(&Sort::OverLimit).copied();
        assert_eq!(count, None);
        scenario.is_settled("over limit").await;
    });
}
