//! Turns that a course of events can take: nobody looks at the live side, users are gone, the declaration changes after
//! a run that died.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::sample::select;

use pushform::address::Selector;
use pushform::emulator::Switches;
use pushform::emulator::setup::Unknown;
use pushform::emulator::world::Outside;
use pushform::observe::Refresh;

use crate::declared::Declared;
use crate::draw::{self, Case, USERS, cases, declared, user};
use crate::facts::{Facts, holds};
use crate::laws::{config, limits, setup, start, until_second};
use crate::sim::{How, Keeps, Sim, run};

proptest::proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn where_everything_is_ours_the_record_is_enough(case in cases(), refresh in select(vec![Refresh::None, Refresh::Counts, Refresh::Full])) {
        run(by_record(case, refresh));
    }

    #[test]
    fn users_who_are_gone_spoil_nothing_for_the_others(
        case in cases(),
        gone in btree_set(0..USERS, 0..6),
        bad_user in select(vec!["refuses_all", "does_the_rest", "does_the_rest_in_silence"]),
        no_alias in select(vec!["empty_string", "absent", "empty_object", "20001"]),
    ) {
        run(without_the_gone(case, gone.into_iter().map(user).collect(), bad_user, no_alias));
    }

    #[test]
    fn a_declaration_that_changes_after_a_death_is_what_counts(case in cases(), third in declared(), writes in 0..60_u64) {
        run(changes_after_death(case, third, writes));
    }
}

proptest::proptest! {
    #![proptest_config(config(15))]

    #[test]
    fn a_process_that_is_killed_at_any_moment_loses_nothing(case in cases(), after_ms in 0..4_000_i64) {
        run(killed(case, after_ms));
    }

    #[test]
    fn a_deadline_leaves_a_rest_that_the_next_apply_does(case in cases(), within_ms in 0..4_000_i64) {
        run(after(case, &How { within_ms: Some(within_ms), ..How::default() }));
    }

    #[test]
    fn a_part_first_and_then_all_ends_as_all_at_once(case in cases(), targets in vec(select(TARGETS.to_vec()), 1..3)) {
        let targets = targets.into_iter().map(|text| Selector::parse(text).expect("a selector")).collect();
        run(after(case, &How { targets, ..How::default() }));
    }

    #[test]
    fn a_saved_plan_does_what_a_fresh_one_does(case in cases()) {
        run(after(case, &How { saved: true, ..How::default() }));
    }
}

/// Parts of what can be drawn.
const TARGETS: [&str; 9] = [
    "getui.*",
    "jpush.*",
    "getui.alias[\"alice_w\"]",
    "getui.tag_set[*]",
    "getui.tag_members[\"vip\"]",
    "getui.blacklist",
    "getui.device_tokens[\"wx\"]",
    "jpush.property[*]",
    "jpush.device[*]",
];

/// The process is gone from one moment to the next: nothing of it runs on, and calls that were under way may be.
async fn killed(case: Case, after_ms: i64) {
    let (sim, wanted) = until_second(&case, Keeps::Memory).await;
    drop(sim.clock.within_ms(after_ms, sim.apply()).await);
    sim.lease_over().await;
    sim.apply_all("the apply after the death").await;
    sim.is_settled("after all", &wanted).await;
}

/// One apply in some way, which may leave something, then whole ones.
async fn after(case: Case, how: &How) {
    let (sim, wanted) = until_second(&case, Keeps::Memory).await;
    match sim.apply_by(how).await {
        Ok(applied) => {
            let complains = applied.report.problems.has_errors();
            assert!(!complains || !how.targets.is_empty(), "{how:?}: {:?}", applied.report.problems);
        }
        // Only a part fits nowhere sometimes, and a deadline may come before everything is read.
        Err(why) => assert!(!how.saved, "{how:?}: {why:?}"),
    }
    sim.nobody_did_wrong("the apply in its way");
    sim.apply_all("the apply of the rest").await;
    sim.is_settled("after all", &wanted).await;
}

async fn by_record(mut case: Case, refresh: Refresh) {
    (case.world, case.outside) = (Facts::default(), Vec::new());
    let (mut sim, wanted) = until_second(&case, Keeps::Memory).await;
    sim.look(refresh);
    sim.apply_all("the second apply").await;
    sim.is_settled("after the second apply", &wanted).await;
}

async fn without_the_gone(
    mut case: Case,
    gone: BTreeSet<String>,
    bad_user: &'static str,
    no_alias: &'static str,
) {
    case.outside.clear();
    let mut setup = setup(&case);
    setup.getui.users_unknown = Unknown::Reject;
    let set = |switches: &mut Switches, name: &str, value: &str| {
        switches.set(name, value).expect("a word of this switch")
    };
    set(&mut setup.switches, "alias_bad_user", bad_user);
    set(&mut setup.switches, "alias_of_none", no_alias);
    let sim = Sim::new(setup, &limits(case.narrow), start(&case), Keeps::Memory);
    let first = case.first.clone().unwrap_or_default();
    sim.declare(&first);
    sim.apply_all("the first apply").await;
    for user in &gone {
        let now = sim.clock.now();
        sim.world.borrow_mut().change_outside(Outside::UserGone(user), now);
    }
    let wanted = sim.facts().after(&first.without(&gone), &case.second.clone().without(&gone));
    sim.declare(&case.second);
    sim.apply_without_the_unknown("the second apply").await;
    sim.is_settled("after the second apply", &wanted).await;
}

async fn changes_after_death(mut case: Case, third: Declared, writes: u64) {
    // Nobody can see that somebody else was at the blacklist.
    case.outside
        .retain(|change| !matches!(change, draw::Outside::Allowed(_) | draw::Outside::Blacklisted(_)));
    let (sim, _) = until_second(&case, Keeps::Memory).await;
    let before = sim.facts();
    sim.memory.die_after(writes);
    drop(sim.apply().await);
    sim.memory.revive();
    sim.lease_over().await;
    sim.declare(&third);
    sim.apply_all("the third apply").await;
    // What the dead run kept of a property that is deleted now is let go of by the next.
    sim.apply_all("the fourth apply").await;

    let (step, owned) = ("after the third apply", case.first.clone().unwrap_or_default());
    sim.is_settled(step, &sim.facts()).await;
    let (after, declared) = (sim.facts().loose().lines(), bare(&third).loose().lines());
    let known: BTreeSet<String> = before.clone().loose().lines().union(&declared).cloned().collect();
    let untouched = never_declared(&before, &[&owned, &case.second, &third]).loose().lines();
    assert_eq!(listed(declared.difference(&after)), "", "{step}: declared and not so");
    assert_eq!(listed(after.difference(&known)), "", "{step}: neither declared nor there before");
    assert_eq!(listed(untouched.difference(&after)), "", "{step}: nobody declared it and it is gone");
}

fn listed<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    lines.map(|line| format!("{line}\n")).collect()
}

/// What a declaration says, in an empty world.
fn bare(declared: &Declared) -> Facts {
    Facts::default().after(&Declared::default(), declared)
}

/// The facts that none of these declarations has anything to do with, and that none of their types is too narrow for.
fn never_declared(facts: &Facts, all: &[&Declared]) -> Facts {
    let mut left = facts.clone();
    let any = |test: &dyn Fn(&Declared) -> bool| all.iter().any(|one| test(one));
    left.alias
        .retain(|user, alias| !any(&|one| one.alias_of(user).is_some() || one.aliases.contains_key(alias)));
    left.tags.retain(|(user, tag)| !any(&|one| one.has_tag(user, tag) || one.tag_sets.contains_key(user)));
    left.blacklist.retain(|user| !any(&|one| one.blacklist.contains(user)));
    left.tokens.retain(|(channel, user), _| !any(&|one| one.token(channel, user).is_some()));
    left.values.retain(|(device, property), value| {
        let declared = any(&|one| one.value(device, property).is_some());
        // Whoever declared the property and does so no longer has it destroyed.
        let has = |at: usize| all[at].properties.contains_key(property);
        let goes = has(0) && !has(1) || (has(0) || has(1)) && !has(2);
        let narrow = any(&|one| one.properties.get(property).is_some_and(|of| !holds(&of.0, value)));
        !declared && !goes && !narrow
    });
    left.properties.retain(|property, _| !any(&|one| one.properties.contains_key(property)));
    // A value is told with the type that its property has in the end.
    for (property, definition) in &all[2].properties {
        if left.values.keys().any(|(_, of)| of == property) {
            left.properties.insert(property.clone(), definition.clone());
        }
    }
    left
}
