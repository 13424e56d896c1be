//! Plans that take days: a new process every day, on what the one before left, approved once.

use std::cell::Cell;
use std::collections::BTreeSet;

use pushform::emulator::Setup;
use pushform::emulator::setup::{Limits as Emulated, LimitsSetup};
use pushform::emulator::throttle::Limit;
use pushform::emulator::world::Outside;
use pushform::ops::apply::{Applied, Audience, Consent, apply};
use pushform::ops::saved::SavedPlan;
use pushform::plan::file::{self, Accounts};
use pushform::problem::{Failure, Problem, Problems, Result};

use crate::declared::Declared;
use crate::draw::{alias, user};
use crate::sim::{Keeps, Limits, MORNING, Sim, listed, run};

/// So many tag calls a day: 25 of them take three days.
const BY_DAY: &str = "100/1m, 10/1d";
const TAGS: usize = 25;

fn sim(by_day: &str) -> Sim {
    let limits = by_day.split(", ").map(|one| Limit::parse(one).expect("a limit")).collect();
    let limits = LimitsSetup { tag_batch: Emulated(limits), ..LimitsSetup::default() };
    let setup = Setup { latency_ms: 20, limits, ..Setup::default() };
    let getui = format!("{{tag_batch: [{by_day}], tag_overwrite_per_user: 0/1d}}");
    Sim::new(setup, &Limits { getui, jpush: "{}".to_owned() }, MORNING, Keeps::Sqlite)
}

fn tag(number: usize) -> String {
    format!("tag_{number:02}")
}

/// Every tag has three users of its own.
fn first() -> Declared {
    let mut declared = Declared::default();
    for number in 0..TAGS {
        declared.tag_members.insert(tag(number), (0..3).map(|at| user(number * 3 + at)).collect());
    }
    declared
}

/// Of the second tag one user less, which is a removal of what was done on the first day; of the 21st another user;
/// and a tag that is new.
fn second() -> Declared {
    let mut declared = first();
    declared.tag_members.insert(tag(1), BTreeSet::from([user(3), user(4)]));
    declared.tag_members.insert(tag(20), BTreeSet::from([user(60), user(61), user(90)]));
    declared.tag_members.insert("added_later".to_owned(), BTreeSet::from([user(91)]));
    declared
}

/// A plan as a file holds it.
async fn saved(sim: &Sim) -> String {
    let planned = sim.plan().await.expect("a plan");
    let context = sim.context(None).await.expect("a context");
    let accounts = Accounts { providers: &context.providers(), quotas: &context.project.quotas };
    let mut text = String::new();
    file::to_json(&planned.plan, accounts, &mut text).expect("a text takes everything");
    text
}

/// What came of an apply, and how often somebody was asked.
struct Day {
    outcome: Result<Applied>,
    asked: u32,
    warnings: String,
}

/// One process: an apply of a saved plan, or of a new one.
async fn day(sim: &Sim, file: Option<&str>, consent: Consent) -> Day {
    let context = sim.context(None).await.expect("a context");
    let accounts = Accounts { providers: &context.providers(), quotas: &context.project.quotas };
    let plan = file.map(|text| file::to_apply(text, accounts).expect("a saved plan"));
    let (asked, warnings) = (Cell::new(0), std::cell::RefCell::new(String::new()));
    let nobody = || Problems::from(Problem::error("apply::nobody_to_ask", "nobody is there"));
    let audience = Audience {
        say: &|_| {},
        owner: "simulation",
        consent,
        show: &|planned| {
            *warnings.borrow_mut() = listed(&planned.warnings);
            Ok(())
        },
        ask: &|| {
            asked.set(asked.get() + 1);
            Box::pin(async move { if consent == Consent::Nobody { Err(nobody()) } else { Ok(()) } })
        },
        listener: &|_, _| {},
    };
    let outcome = apply(&context, &sim.wanted(&[]), plan.map(SavedPlan::from), &audience).await;
    context.close().await;
    Day { outcome, asked: asked.get(), warnings: warnings.into_inner() }
}

impl Day {
    #[track_caller]
    fn applied(&self) -> &Applied {
        self.outcome.as_ref().unwrap_or_else(|why| panic!("apply failed\n{}", listed(why)))
    }

    /// Asserts how many calls went, how many wait, how often somebody was asked, and what was complained of.
    #[track_caller]
    fn is(&self, calls: u64, wait: u64, asked: u32, complaints: &[&str]) {
        let report = &self.applied().report;
        let said = listed(&report.problems);
        let rest = report.rest.as_ref().map_or(0, |rest| rest.calls);
        assert_eq!((report.calls, rest, self.asked), (calls, wait, asked), "calls, rest, asked\n{said}");
        assert_eq!(said.is_empty(), complaints.is_empty(), "{said}");
        for one in complaints {
            assert!(said.contains(one), "`{one}` is not in\n{said}");
        }
    }

    /// Asserts that it was refused as stale, and gives why.
    #[track_caller]
    fn stale(&self) -> String {
        let Err(why) = &self.outcome else { panic!("it was not refused") };
        assert_eq!(why.failure, Failure::Stale, "{}", listed(why));
        listed(why)
    }
}

#[test]
fn three_days_with_a_changed_manifest_and_a_changed_user_end_as_declared() {
    run(async {
        let sim = sim(BY_DAY);
        sim.declare(&first());
        let one = day(&sim, None, Consent::Asked).await;
        one.is(10, 15, 1, &[]);
        let days: Vec<u64> = one.applied().plan.forecast.days.iter().map(|(_, calls)| *calls).collect();
        assert_eq!(days, [10, 10, 5], "what was foreseen");
        sim.next_day().await;

        // A pipeline goes on with what was approved, and refuses the rest.
        sim.declare(&second());
        let two = day(&sim, None, Consent::Nobody).await;
        let new = "getui.tag_members[\"added_later\"] (1 row): new since then";
        two.is(
            10,
            5,
            0,
            &["nobody can be asked", new, "getui.tag_members[\"tag_20\"] (1 row): new since then"],
        );
        // Somebody approves it; today has no room for it any more.
        let approved = day(&sim, None, Consent::Asked).await;
        assert_eq!((approved.applied().report.calls, approved.asked), (0, 1));
        sim.next_day().await;

        let now = sim.clock.now();
        sim.world.borrow_mut().change_outside(Outside::TagRemoved(&user(0), &tag(0)), now);
        sim.world.borrow_mut().change_outside(Outside::TagAdded(&user(0), "of_nobody"), now);
        let wanted = sim.facts().after(&first(), &second());
        let three = day(&sim, None, Consent::Nobody).await;
        let calls = three.applied().report.calls;
        three.is(calls, 0, 0, &["getui.tag_members[\"tag_00\"] (1 row): new since then"]);
        day(&sim, None, Consent::Asked).await.is(1, 0, 1, &[]);
        sim.is_settled("after three days", &wanted).await;
        let after = day(&sim, None, Consent::Nobody).await;
        after.is(0, 0, 0, &[]);
    });
}

#[test]
fn a_saved_plan_goes_on_day_after_day_without_a_second_approval() {
    run(async {
        let sim = sim(BY_DAY);
        sim.declare(&first());
        let file = saved(&sim).await;
        day(&sim, Some(&file), Consent::Nobody).await.is(10, 15, 0, &[]);
        sim.next_day().await;

        sim.declare(&second());
        let two = day(&sim, Some(&file), Consent::Nobody).await;
        two.is(10, 5, 0, &[]);
        assert!(two.warnings.contains("the manifests have changed since"), "{}", two.warnings);
        sim.next_day().await;

        let now = sim.clock.now();
        sim.world.borrow_mut().change_outside(Outside::TagRemoved(&user(0), &tag(0)), now);
        let three = day(&sim, Some(&file), Consent::Nobody).await;
        // What the plan made so on the first day is made so again.
        three.is(6, 0, 0, &[]);
        // Now it is done, and no plan that is under way any more.
        let why = day(&sim, Some(&file), Consent::Nobody).await.stale();
        assert!(why.contains("the manifests have changed since"), "{why}");
        sim.nobody_did_wrong("the saved plan");

        let wanted = sim.facts().after(&first(), &second());
        day(&sim, None, Consent::Asked).await.is(3, 0, 1, &[]);
        sim.is_settled("after all", &wanted).await;
    });
}

#[test]
fn a_run_that_is_killed_goes_on_with_what_was_approved() {
    run(async {
        let sim = sim("5/1m");
        sim.declare(&first());
        drop(sim.clock.within_ms(90_000, day(&sim, None, Consent::Asked)).await);
        sim.lease_over().await;
        let wanted = sim.facts().after(&first(), &first());
        let rest = day(&sim, None, Consent::Nobody).await;
        rest.is(rest.applied().report.calls, 0, 0, &[]);
        assert!(rest.applied().report.calls > 0, "it had been done already");
        sim.is_settled("after all", &wanted).await;
    });
}

#[test]
fn what_a_first_run_left_when_it_was_killed_goes_on_against_no_other_app() {
    run(async {
        let sim = sim("5/1m");
        sim.declare(&first());
        drop(sim.clock.within_ms(90_000, day(&sim, None, Consent::Asked)).await);
        sim.lease_over().await;
        sim.replace("app_id: app", "app_id: another_app");
        let carried = sim.facts().tags.len();
        assert!(carried > 0, "it was killed before it had begun");
        let other = day(&sim, None, Consent::Nobody).await;
        let Err(why) = &other.outcome else { panic!("it went on against another app") };
        assert_eq!(why.failure, Failure::Guard, "{}", listed(why));
        let told = "the state belongs to the getui account `getui app`, not to `getui another_app`";
        assert!(listed(why).contains(told), "{}", listed(why));
        assert_eq!(sim.facts().tags.len(), carried, "something was changed");

        sim.replace("app_id: another_app", "app_id: app");
        let rest = day(&sim, None, Consent::Nobody).await;
        rest.is(rest.applied().report.calls, 0, 0, &[]);
        sim.nobody_did_wrong("in the end");
    });
}

#[test]
fn a_saved_plan_whose_first_run_was_killed_goes_on() {
    run(async {
        let sim = sim("5/1m");
        sim.declare(&first());
        let file = saved(&sim).await;
        drop(sim.clock.within_ms(90_000, day(&sim, Some(&file), Consent::Nobody)).await);
        sim.lease_over().await;
        let rest = day(&sim, Some(&file), Consent::Nobody).await;
        rest.is(rest.applied().report.calls, 0, 0, &[]);
        assert!(rest.applied().report.calls > 0, "it had been done already");
        sim.is_settled("after all", &sim.facts().after(&first(), &first())).await;
    });
}

#[test]
fn a_saved_plan_is_refused_when_one_of_its_rows_has_moved_and_says_which() {
    run(async {
        let sim = sim("100/1m");
        let mut declared = first();
        declared.aliases.insert(alias(0), BTreeSet::from([user(1)]));
        sim.declare(&declared);
        let file = saved(&sim).await;

        let now = sim.clock.now();
        sim.world.borrow_mut().change_outside(Outside::Alias(&user(1), Some("elsewhere")), now);
        let calls = sim.world.borrow().now();
        let why = day(&sim, Some(&file), Consent::Nobody).await.stale();
        let told = format!("`{}` was nothing and is `elsewhere`", user(1));
        assert!(why.contains("somebody has changed the live side since") && why.contains(&told), "{why}");
        assert!(sim.facts().tags.is_empty(), "something was sent at {calls:?}");

        sim.world.borrow_mut().change_outside(Outside::Alias(&user(1), None), sim.clock.now());
        declared.tag_members.insert("added_later".to_owned(), BTreeSet::from([user(91)]));
        sim.declare(&declared);
        let why = day(&sim, Some(&file), Consent::Nobody).await.stale();
        let told = "getui.tag_members[\"added_later\"]";
        assert!(why.contains("the manifests have changed since") && why.contains(told), "{why}");
    });
}

#[test]
fn a_saved_plan_does_not_mind_what_is_none_of_its_business() {
    run(async {
        let sim = sim("100/1m");
        sim.declare(&first());
        let file = saved(&sim).await;
        let now = sim.clock.now();
        sim.world.borrow_mut().change_outside(Outside::TagAdded(&user(0), "of_nobody"), now);
        day(&sim, Some(&file), Consent::Nobody).await.is(TAGS as u64, 0, 0, &[]);
        let wanted = sim.facts().after(&first(), &first());
        sim.is_settled("after all", &wanted).await;
    });
}
