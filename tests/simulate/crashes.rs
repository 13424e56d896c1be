//! A run that dies at any moment, and two runs at once: the next run ends as declared, and no value is lost.

use pushform::emulator::{Setup, Switches};
use pushform::problem::Failure;

use crate::scenario::{Scenario, Size};
use crate::sim::{Keeps, Limits, MORNING, Sim, listed, run};

/// More writes than the second apply of the scenario makes.
const WRITES_MAX: u64 = 2_000;

#[test]
fn a_run_that_dies_at_any_write_leaves_the_next_one_able_to_finish() {
    for writes in 0..WRITES_MAX {
        if run(dies_after(writes)) == Ended::ByItself {
            assert!(writes > 20, "the scenario makes {writes} writes only: too few to say anything");
            return;
        }
    }
    panic!("the second apply still writes after {WRITES_MAX} writes");
}

#[derive(PartialEq, Eq)]
enum Ended {
    ByItself,
    ByDeath,
}

async fn dies_after(writes: u64) -> Ended {
    let step = format!("dead after {writes} writes");
    let scenario = Scenario::start(Size::Small, Switches::default(), Keeps::Memory).await;
    let sim = &scenario.sim;
    let tags = || {
        ["getui.tag.overwrite", "getui.tag.bind", "getui.tag.unbind"]
            .map(|name| sim.world.borrow().calls(name))
    };
    let before = tags();
    sim.memory.die_after(writes);
    let ended = sim.apply().await;
    let tagged = tags() != before;
    let blocked = scenario.wanted.blacklist.iter().all(|user| sim.world.borrow().is_blacklisted(user));
    assert!(blocked || !tagged, "{step}: tags were changed before the blacklist");
    sim.memory.revive();
    if ended.is_ok_and(|applied| !applied.report.problems.has_errors()) {
        return Ended::ByItself;
    }
    sim.lease_over().await;
    let applied = sim.apply().await.unwrap_or_else(|why| panic!("{step}: the next apply\n{}", listed(&why)));
    assert!(
        !applied.report.problems.has_errors(),
        "{step}: the next apply\n{}",
        listed(&applied.report.problems)
    );
    sim.nobody_did_wrong(&step);
    if applied.report.rest.is_some() {
        sim.next_day().await;
        sim.apply_all(&step).await;
    }
    scenario.is_settled(&step).await;
    Ended::ByDeath
}

/// More writes than a run makes that has one user to block and tag.
const WRITES_OF_ONE: u64 = 24;

/// What the first run may have sent, and the second did not come to repeat, is taken back by the third, which no longer
/// declares it.
#[test]
fn two_runs_that_die_one_after_the_other_leave_nothing_behind() {
    for first in 1..WRITES_OF_ONE {
        for second in 1..WRITES_OF_ONE {
            run(dies_twice(first, second));
        }
    }
}

async fn dies_twice(first: u64, second: u64) {
    let sim = Sim::new(Setup::default(), &Limits::default(), MORNING, Keeps::Memory);
    let [alice, bob] = [1, 2].map(crate::draw::user);
    let declared = |user: &String| crate::declared::Declared {
        blacklist: [user.clone()].into(),
        tag_members: [("sale".to_owned(), [user.clone()].into())].into(),
        tokens: [("wx".to_owned(), [(user.clone(), "oX".to_owned())].into())].into(),
        ..Default::default()
    };
    sim.replace("manifests: ", "policy: {max_deletes: {percent: 100}}\nmanifests: ");
    sim.declare(&declared(&alice));
    for writes in [first, second] {
        sim.memory.die_after(writes);
        drop(sim.apply().await);
        sim.memory.revive();
        sim.lease_over().await;
    }
    sim.declare(&declared(&bob));
    let step = format!("dead after {first} writes, then after {second}");
    sim.apply_all(&step).await;
    sim.nobody_did_wrong(&step);
    let world = sim.world.borrow();
    let is_blocked = [&alice, &bob].map(|user| world.is_blacklisted(user));
    assert_eq!(is_blocked, [false, true], "{step}: nobody declares the first one any more");
    drop(world);
    let facts = sim.facts();
    assert!(!format!("{facts:?}").contains(&alice), "{step}: something is left of the first one: {facts:?}");
}

#[test]
fn a_second_run_beside_the_first_is_refused_and_changes_nothing() {
    run(async {
        let scenario = Scenario::start(Size::Small, Switches::default(), Keeps::Memory).await;
        let sim = &scenario.sim;
        let late = async {
            sim.clock.sleep_ms(100).await;
            sim.apply().await
        };
        let (first, second) = tokio::join!(sim.apply(), late);
        assert!(first.is_ok_and(|applied| !applied.report.problems.has_errors()));
        match second {
            Ok(_) => panic!("the second run was let in"),
            Err(why) => assert_eq!(why.failure, Failure::Locked, "{}", listed(&why)),
        }
        scenario.is_settled("after two runs").await;
    });
}

#[test]
fn a_dead_run_s_lease_keeps_others_out_until_it_is_over() {
    run(async {
        let sim = Sim::new(Setup::default(), &Limits::default(), MORNING, Keeps::Memory);
        sim.declare(&crate::declared::Declared {
            blacklist: [crate::draw::user(1)].into(),
            ..Default::default()
        });
        sim.memory.die_after(1);
        assert!(sim.apply().await.is_err(), "it had only the one write that takes the lease");
        sim.memory.revive();
        let refused = sim.apply().await.err().map(|why| why.failure);
        assert_eq!(refused, Some(Failure::Locked));
        sim.lease_over().await;
        sim.apply_all("after the lease").await;
        assert!(sim.world.borrow().is_blacklisted(&crate::draw::user(1)));
    });
}
