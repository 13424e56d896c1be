//! What others do while a run is at work, between two of its calls: nothing of theirs is lost, nothing is mistaken.

use std::collections::BTreeMap;

use pushform::emulator::setup::{PropertySetup, UserSetup, ValueType};
use pushform::emulator::world::Outside;
use pushform::emulator::{Action, Fault, Setup, Switches};
use pushform::observe::Refresh;
use pushform::state::Store as _;
use pushform::timestamp::{HOUR_MS, MINUTE_MS, SECOND_MS};
use pushform::wire::Method;

use crate::declared::Declared;
use crate::draw::{device, user};
use crate::sim::{Keeps, Limits, MORNING, Sim, left_to_do, listed, run};

/// A page of properties, and one of the devices of a property.
const PROPERTIES_PAGE: i64 = 10;
const DEVICES_PAGE: i64 = 100;

fn small_pages() -> Switches {
    Switches { property_page_max: PROPERTIES_PAGE, device_page_max: DEVICES_PAGE, ..Switches::default() }
}

fn declared(properties: impl Iterator<Item = (String, &'static str)>) -> Declared {
    let properties = properties.map(|(name, kind)| (name, (kind.to_owned(), String::new()))).collect();
    Declared { properties, ..Declared::default() }
}

fn values(sim: &Sim) -> BTreeMap<String, String> {
    let world = sim.world.borrow();
    let of = |device: &str| world.value(device, "level").map(|value| (device.to_owned(), value.to_owned()));
    (0..400).filter_map(|number| of(&device(number))).collect()
}

#[test]
fn a_property_that_goes_while_the_list_is_read_makes_no_other_look_gone() {
    run(async {
        let foreign = PropertySetup {
            value_type: ValueType::String,
            description: String::new(),
            last_update_time: None,
        };
        let mut setup = Setup { switches: small_pages(), ..Setup::default() };
        setup.jpush.properties = [("a_theirs".to_owned(), foreign)].into();
        let sim = Sim::new(setup, &Limits::default(), MORNING, Keeps::Memory);
        sim.declare(&declared((0..24).map(|n| (format!("p{n:02}"), "string"))));
        sim.apply_all("the properties").await;
        sim.watch.meanwhile((Method::Get, "/v3/property?page=2"), 0, |world, now| {
            world.change_outside(Outside::PropertyGone("a_theirs"), now);
        });
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(left_to_do(&planned), "", "what moved to a page that was read is there all the same");
    });
}

/// So many devices of strangers have a value of a property that changes its type.
fn crowd(devices: usize) -> Sim {
    let mut setup = Setup { switches: small_pages(), ..Setup::default() };
    let level =
        PropertySetup { value_type: ValueType::String, description: String::new(), last_update_time: None };
    setup.jpush.properties = [("level".to_owned(), level)].into();
    let value = |n: usize| Some([("level".to_owned(), n.to_string())].into());
    setup.jpush.devices = (0..devices).map(|n| (device(n), value(n))).collect();
    let sim = Sim::new(setup, &Limits::default(), MORNING, Keeps::Memory);
    sim.declare(&declared([("level".to_owned(), "number")].into_iter()));
    sim
}

#[test]
fn a_device_that_goes_between_two_pages_hides_no_other_from_a_change_of_type() {
    run(async {
        let sim = crowd(250);
        let first = values(&sim);
        let (gone, _) = first.first_key_value().expect("a device");
        let gone = gone.clone();
        let (name, mut wanted) = (gone.clone(), first.clone());
        sim.watch.meanwhile((Method::Get, "/v3/property/level?page=2"), 0, move |world, now| {
            world.change_outside(Outside::Value(&name, "level", None), now);
        });
        sim.apply_all("the change of type").await;
        wanted.remove(&gone);
        assert_eq!(values(&sim), wanted);
        sim.nobody_did_wrong("the change of type");
    });
}

#[test]
fn what_a_dead_run_kept_comes_along_although_others_create_the_property_with_its_old_type() {
    for writes in 0..16 {
        run(async {
            let (sim, step) = (crowd(5), format!("dead after {writes} writes"));
            let first = values(&sim);
            sim.memory.die_after(writes);
            drop(sim.apply().await);
            sim.memory.revive();
            sim.lease_over().await;
            if values(&sim).is_empty() {
                let (is_theirs, now) = (Outside::Property("level", ValueType::String, ""), sim.clock.now());
                sim.world.borrow_mut().change_outside(is_theirs, now);
            }
            sim.apply_all(&step).await;
            assert_eq!(values(&sim), first, "{step}");
            let planned = sim.plan().await.unwrap_or_else(|why| panic!("{step}: {}", listed(&why)));
            assert_eq!(left_to_do(&planned), "", "{step}");
        });
    }
}

/// A user with a tag of others, who is declared to carry so many that one overwrite is worth it.
fn tagged() -> Sim {
    let mut setup = Setup::default();
    let theirs = UserSetup { tags: vec!["theirs".to_owned()], ..UserSetup::default() };
    setup.getui.users = [(user(1), Some(theirs))].into();
    let sim = Sim::new(setup, &Limits::default(), MORNING, Keeps::Memory);
    let members = (0..6).map(|n| (format!("t{n}"), [user(1)].into())).collect();
    sim.declare(&Declared { tag_members: members, ..Declared::default() });
    sim
}

fn tags(sim: &Sim, user: &str) -> String {
    sim.world.borrow_mut().pass_to(sim.clock.now());
    let world = sim.world.borrow();
    let mut tags = world.tags_of(user).0;
    tags.sort_unstable();
    tags.join(" ")
}

const QUESTION: (Method, &str) = (Method::Get, "/user/custom_tag/cid/");

#[test]
fn an_overwrite_carries_the_tags_that_others_give_and_take_after_the_plan() {
    run(async {
        let sim = tagged();
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(planned.plan.calls.len(), 1);
        assert_eq!((planned.plan.calls[0].spends.len(), planned.plan.forecast.calls), (3, 2), "two calls");
        // The plan of the apply asks once, and the overwrite once more.
        sim.watch.meanwhile(QUESTION, 1, |world, now| {
            assert_eq!(world.calls("getui.tag.overwrite"), 0, "it was sent without asking once more");
            world.change_outside(Outside::TagAdded(&user(1), "late"), now);
            world.change_outside(Outside::TagRemoved(&user(1), "theirs"), now);
        });
        sim.apply_all("tags").await;
        assert_eq!(tags(&sim, &user(1)), "late t0 t1 t2 t3 t4 t5");
        assert_eq!(sim.world.borrow().calls("getui.tag.overwrite"), 1);
        sim.nobody_did_wrong("tags");
    });
}

#[test]
fn a_saved_plan_carries_the_tags_that_others_give_after_it_was_made() {
    run(async {
        let sim = tagged();
        let saved = crate::sim::How { saved: true, ..crate::sim::How::default() };
        // The plan asks once, whether it still fits is asked once, and the overwrite asks once more.
        sim.watch.meanwhile(QUESTION, 1, |world, now| {
            world.change_outside(Outside::TagAdded(&user(1), "late"), now);
        });
        let applied = sim.apply_by(&saved).await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(applied.report.problems.is_empty(), "{}", listed(&applied.report.problems));
        assert_eq!(tags(&sim, &user(1)), "late t0 t1 t2 t3 t4 t5 theirs");
    });
}

#[test]
fn a_user_whom_others_fill_after_the_plan_is_not_overwritten() {
    run(async {
        let sim = tagged();
        sim.watch.meanwhile(QUESTION, 1, |world, now| {
            for n in 0..99 {
                world.change_outside(Outside::TagAdded(&user(1), &format!("x{n}")), now);
            }
        });
        let applied = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        let said = listed(&applied.report.problems);
        let words = format!("the user `{}` would carry 106 tags: 100 at most are allowed", user(1));
        assert!(said.contains("call::unfit") && said.contains(&words), "{said}");
        assert_eq!(sim.world.borrow().calls("getui.tag.overwrite"), 0);
    });
}

/// Everything that can happen to an overwrite once.
fn faults() -> Vec<Fault> {
    let one = |action| Fault::new("getui.tag.overwrite", action).at_call(1);
    let code = |status, code| Fault { status: Some(status), code: Some(code), ..one(Action::Code) };
    let done = |action| Fault { carried_out: true, ..one(action) };
    vec![
        one(Action::Refuse),
        one(Action::TokenGone),
        one(Action::OverLimit),
        code(403, 30019),
        code(200, 2),
        one(Action::Status),
        done(Action::Status),
        one(Action::Empty),
        done(Action::Empty),
        one(Action::CutBefore),
        one(Action::CutAfter),
    ]
}

#[test]
fn an_overwrite_that_failed_is_made_at_once_and_spends_one_day_of_its_user() {
    for fault in faults() {
        for exact in [false, true] {
            let step = format!("{fault:?}, exact: {exact}");
            run(async {
                let sim = tagged();
                if exact {
                    let set = (0..6).map(|n| format!("t{n}")).collect();
                    sim.declare(&Declared { tag_sets: [(user(1), set)].into(), ..Declared::default() });
                }
                sim.world.borrow_mut().add_fault(fault.clone());
                let applied = sim.apply().await.unwrap_or_else(|why| panic!("{step}: {}", listed(&why)));
                assert!(applied.report.problems.is_empty(), "{step}: {}", listed(&applied.report.problems));
                assert!(applied.report.rest.is_none(), "{step}: it was put off");
                let theirs = if exact { "" } else { " theirs" };
                assert_eq!(tags(&sim, &user(1)), format!("t0 t1 t2 t3 t4 t5{theirs}"), "{step}");
                assert!(sim.clock.now().since(MORNING) < HOUR_MS, "{step}: it took too long");
                sim.nobody_did_wrong(&step);
            });
        }
    }
}

#[test]
fn an_overwrite_that_was_given_up_leaves_its_user_the_day() {
    for code in [(403, 30019), (400, 20001)] {
        run(async {
            let sim = tagged();
            let (status, code) = (Some(code.0), Some(code.1));
            let fault = Fault {
                status,
                code,
                times: Some(5),
                ..Fault::new("getui.tag.overwrite", Action::Code).at_call(1)
            };
            sim.world.borrow_mut().add_fault(fault);
            let first = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
            assert!(first.report.problems.has_errors(), "{code:?}: it was refused every time");
            sim.mend();
            sim.clock.sleep_ms(2 * MINUTE_MS).await;
            let second = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
            assert!(second.report.problems.is_empty(), "{}", listed(&second.report.problems));
            assert_eq!(sim.world.borrow().calls("getui.tag.bind"), 0, "{code:?}: the day was there still");
            assert_eq!(tags(&sim, &user(1)), "t0 t1 t2 t3 t4 t5 theirs");
            sim.nobody_did_wrong("the second");
        });
    }
}

#[test]
fn a_late_bind_that_nobody_declares_any_more_is_taken_back_once_it_has_come() {
    run(async {
        let switches = Switches { tag_bind_delay_ms: 3 * MINUTE_MS, ..Switches::default() };
        let limits = Limits { getui: "{tag_overwrite_per_user: 0/1d}".to_owned(), ..Limits::default() };
        let sim = Sim::new(Setup { switches, ..Setup::default() }, &limits, MORNING, Keeps::Memory);
        let sale = |number| Declared {
            tag_members: [("sale".to_owned(), [user(number)].into())].into(),
            ..Declared::default()
        };
        sim.declare(&sale(1));
        let cut = Fault { times: Some(5), ..Fault::new("getui.tag.bind", Action::CutAfter).at_call(1) };
        sim.world.borrow_mut().add_fault(cut);
        sim.replace("manifests: ", "policy: {max_deletes: {percent: 100}}\nmanifests: ");
        let first = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(listed(&first.report.problems).contains("unknown whether"), "it is in doubt");
        sim.mend();
        sim.declare(&sale(2));
        let second = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(second.plan.forgets.is_empty(), "it may still come");
        assert!(
            second.plan.notes.iter().any(|note| note.contains("may still come until")),
            "{:?}",
            second.plan.notes
        );
        sim.clock.sleep_ms(12 * MINUTE_MS).await;
        assert_eq!(tags(&sim, &user(1)), "sale", "it came after all");
        sim.apply_all("after the bound").await;
        assert_eq!((tags(&sim, &user(1)), tags(&sim, &user(2))), (String::new(), "sale".to_owned()));
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(left_to_do(&planned), "");
    });
}

#[test]
fn a_bind_that_was_not_seen_in_time_is_taken_back_once_it_has_come() {
    run(async {
        let switches = Switches { tag_bind_delay_ms: 3 * MINUTE_MS, ..Switches::default() };
        let limits = Limits { getui: "{tag_overwrite_per_user: 0/1d}".to_owned(), ..Limits::default() };
        let sim = Sim::new(Setup { switches, ..Setup::default() }, &limits, MORNING, Keeps::Memory);
        let sale = |number| Declared {
            tag_members: [("sale".to_owned(), [user(number)].into())].into(),
            blacklist: [user(5)].into(),
            ..Declared::default()
        };
        sim.declare(&sale(1));
        let first = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(listed(&first.report.problems).contains("apply::not_true"), "it is not there after 94 s");
        sim.declare(&Declared { tag_members: BTreeMap::new(), ..sale(1) });
        let second = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(second.report.problems.is_empty(), "{}", listed(&second.report.problems));
        sim.clock.sleep_ms(12 * MINUTE_MS).await;
        assert_eq!(tags(&sim, &user(1)), "sale", "it came after all");
        sim.apply_all("after the bound").await;
        assert_eq!(tags(&sim, &user(1)), "");
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(left_to_do(&planned), "");
    });
}

/// What ends a run before it has read back what it wrote.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Killed,
    Interrupted,
    Until,
}

/// Ends an apply that waits for a bind to be seen.
async fn cut_short(sim: &Sim, cut: Cut) {
    let wait_ms = 10 * SECOND_MS;
    let how = crate::sim::How { within_ms: Some(wait_ms), ..crate::sim::How::default() };
    match cut {
        Cut::Killed => {
            tokio::select! {
                _ = sim.apply() => panic!("it has seen the bind already"),
                () = sim.clock.sleep_ms(wait_ms) => {}
            }
            sim.memory.unlock(None).await.expect("it can be unlocked");
        }
        Cut::Interrupted => {
            let context = sim.context(None).await.unwrap_or_else(|why| panic!("{}", listed(&why)));
            let stop = async {
                sim.clock.sleep_ms(wait_ms).await;
                context.gate.interrupt();
            };
            let wanted = sim.wanted(&[]);
            let (applied, ()) = tokio::join!(sim.apply_in(&context, &wanted, None), stop);
            let report = applied.unwrap_or_else(|why| panic!("{}", listed(&why))).report;
            assert_eq!(report.problems.failure, pushform::problem::Failure::Interrupted);
        }
        Cut::Until => {
            let began = sim.clock.now();
            let applied = sim.apply_by(&how).await.unwrap_or_else(|why| panic!("{}", listed(&why)));
            assert!(sim.clock.now().since(began) <= wait_ms, "it went on after its time was over");
            assert!(applied.report.rest.is_some(), "it says that it was not through");
        }
    }
}

/// Takes a tag that an apply has given out of the manifest, within the time in which it may come, where its reading back
/// was cut short.
async fn cut_short_then_not_declared(cut: Cut, refresh: Refresh, saved: bool) {
    let step = format!("{cut:?}, {refresh:?}, saved: {saved}");
    let switches = Switches { tag_bind_delay_ms: 3 * MINUTE_MS, ..Switches::default() };
    let limits = Limits { getui: "{tag_overwrite_per_user: 0/1d}".to_owned(), ..Limits::default() };
    let mut sim = Sim::new(Setup { switches, ..Setup::default() }, &limits, MORNING, Keeps::Memory);
    let sale = |tags: &[&str]| Declared {
        tag_members: tags.iter().map(|tag| ((*tag).to_owned(), [user(1)].into())).collect(),
        blacklist: [user(5)].into(),
        ..Declared::default()
    };
    sim.declare(&sale(&["sale"]));
    cut_short(&sim, cut).await;
    sim.look(refresh);
    sim.declare(&sale(&[]));
    let how = crate::sim::How { saved, ..crate::sim::How::default() };
    let second = sim.apply_by(&how).await.unwrap_or_else(|why| panic!("{step}: {}", listed(&why)));
    assert!(second.report.problems.is_empty(), "{step}: {}", listed(&second.report.problems));
    assert!(second.plan.forgets.is_empty(), "{step}: it may still come");
    let notes = second.plan.notes.join("\n");
    assert!(
        notes.contains("1 tag row that nobody declares any more may still come until"),
        "{step}: {notes}"
    );
    if refresh == Refresh::None {
        // The removal was sent, since nobody looked. It has overtaken the bind, which comes after it.
        assert_eq!(sim.world.borrow().calls("getui.tag.unbind"), 1, "{step}");
        let (is_late, now) = (Outside::TagAdded(&user(1), "sale"), sim.clock.now());
        sim.world.borrow_mut().change_outside(is_late, now);
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{step}: {}", listed(&why)));
        assert_eq!(left_to_do(&planned), "", "{step}: it is not removed twice before the bound");
    }
    sim.look(Refresh::Auto);
    sim.clock.sleep_ms(12 * MINUTE_MS).await;
    assert_eq!(tags(&sim, &user(1)), "sale", "{step}: it came after all");
    sim.apply_all(&step).await;
    assert_eq!(tags(&sim, &user(1)), "", "{step}");
    let planned = sim.plan().await.unwrap_or_else(|why| panic!("{step}: {}", listed(&why)));
    assert_eq!(left_to_do(&planned), "", "{step}");
    assert!(planned.plan.notes.is_empty(), "{step}: {:?}", planned.plan.notes);
}

#[test]
fn a_bind_whose_reading_back_was_cut_short_is_taken_back_once_it_has_come() {
    for cut in [Cut::Killed, Cut::Interrupted, Cut::Until] {
        for refresh in [Refresh::Auto, Refresh::None] {
            for saved in [false, true] {
                run(cut_short_then_not_declared(cut, refresh, saved));
            }
        }
    }
}

#[test]
fn a_tag_that_was_taken_out_and_never_came_is_no_drift() {
    run(async {
        let switches = Switches { tag_bind_delay_ms: 5 * HOUR_MS, ..Switches::default() };
        let limits = Limits { getui: "{tag_overwrite_per_user: 0/1d}".to_owned(), ..Limits::default() };
        let sim = Sim::new(Setup { switches, ..Setup::default() }, &limits, MORNING, Keeps::Memory);
        let sale = |tags: &[&str]| Declared {
            tag_members: tags.iter().map(|tag| ((*tag).to_owned(), [user(1)].into())).collect(),
            blacklist: [user(5)].into(),
            ..Declared::default()
        };
        sim.declare(&sale(&["sale"]));
        cut_short(&sim, Cut::Killed).await;
        sim.declare(&sale(&[]));
        let applied = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(applied.plan.forgets.is_empty(), "it may still come");
        sim.clock.sleep_ms(12 * MINUTE_MS).await;
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(left_to_do(&planned), "", "nobody took it away");
        sim.apply_all("the apply after the bound").await;
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(planned.plan.forgets.is_empty() && planned.doubts.is_empty(), "nothing of it is left");
    });
}

/// A device that no test's crowd has.
const NEWCOMER: usize = 399;

#[test]
fn values_that_others_bind_change_and_remove_while_the_prompt_is_open_are_as_they_left_them() {
    run(async {
        let sim = crowd(30);
        let mut wanted = values(&sim);
        let [gone, changed] = [device(3), device(4)];
        let others = [gone.clone(), changed.clone(), device(NEWCOMER)];
        // The plan reads the devices, and then everything once more before it deletes.
        sim.watch.meanwhile((Method::Get, "/v3/property/level?page=1"), 1, move |world, now| {
            let [gone, changed, newcomer] = &others;
            world.change_outside(Outside::Value(gone, "level", None), now);
            world.change_outside(Outside::Value(changed, "level", Some("77")), now);
            world.change_outside(Outside::Value(newcomer, "level", Some("88")), now);
        });
        sim.apply_all("the change of type").await;
        wanted.remove(&gone);
        wanted.insert(changed, "77".to_owned());
        wanted.insert(device(NEWCOMER), "88".to_owned());
        assert_eq!(values(&sim), wanted);
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(left_to_do(&planned), "");
        sim.nobody_did_wrong("the change of type");
    });
}

#[test]
fn a_value_that_would_be_lost_and_that_nobody_approved_to_lose_stops_the_replacement() {
    run(async {
        let sim = crowd(30);
        sim.watch.meanwhile((Method::Get, "/v3/property/level?page=1"), 1, move |world, now| {
            world.change_outside(Outside::Value(&device(4), "level", Some("many")), now);
        });
        let Err(why) = sim.apply().await else { panic!("it was applied") };
        assert!(listed(&why).contains("plan::value_would_be_lost"), "{}", listed(&why));
        assert_eq!(values(&sim).get(&device(4)).map(String::as_str), Some("many"));
        assert_eq!(sim.world.borrow().calls("jpush.property.delete"), 0);
    });
}

#[test]
fn values_that_come_while_the_prompt_is_open_are_bound_however_few_came_along_before() {
    run(async {
        let sim = crowd(0);
        sim.watch.meanwhile((Method::Get, "/v3/property/level?page=1"), 1, move |world, now| {
            world.change_outside(Outside::Value(&device(NEWCOMER), "level", Some("88")), now);
        });
        sim.apply_all("the change of type").await;
        assert_eq!(values(&sim), [(device(NEWCOMER), "88".to_owned())].into());
        let sim = crowd(1);
        sim.watch.meanwhile((Method::Get, "/v3/property/level?page=1"), 1, move |world, now| {
            world.change_outside(Outside::Value(&device(0), "level", None), now);
        });
        sim.apply_all("the change of type").await;
        assert_eq!(values(&sim), BTreeMap::new());
        sim.nobody_did_wrong("the change of type");
    });
}
