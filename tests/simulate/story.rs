//! One story from one seed: a world, some days of changing declarations, and everything that can go wrong on each.
//!
//! The same seed tells the same story. What has to hold is asserted as the story goes; a panic is a finding.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use pushform::apply::resume::LATE_MS;
use pushform::emulator::setup::ZoneName;
use pushform::emulator::world::Outside;
use pushform::emulator::{Action, Fault, Setup, Sort, Switches};
use pushform::ops::apply::Applied;
use pushform::plan::Forecast;
use pushform::problem::{Failure, Result};
use pushform::timestamp::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp, Zone};

use crate::declared::Declared;
use crate::draw::{self, Case, Narrow, TAGS, USERS, cases, declared, happen, outside, tag, user};
use crate::facts::Facts;
use crate::fates::{Fate, apply};
use crate::faults;
use crate::hardship::{Kind, Kinds};
use crate::laws::{limits, setup, start};
use crate::others::{Begins, Project, crowd, shifting};
use crate::sim::{Keeps, OFF_MS_MAX, Sim, left_to_do, listed};

/// Users from here on are nobody's: no declaration names a tag of theirs.
const STRANGERS: usize = 10;
/// As many applies as the smallest limits may take, each on another day, and as often as a lease is waited for.
const ROUNDS_MAX: usize = 80;
/// Applies that may fail once nothing goes wrong any more: what earlier faults left may take another day.
const FAILURES_MAX: usize = 3;
/// The longest that a call takes in these worlds when nothing is wrong, and how wrong the forecast may guess it.
const LATENCY_MS_MAX: i64 = 200;

/// The longest delay of a tag bind that anybody has to put up with.
const BIND_MS_MAX: i64 = 90_000;
/// The longest sliding window of these worlds, and a call's time-out: what lies further back counts in none.
const WINDOWS_MS: i64 = 100_000;

struct Story {
    kinds: Kinds,
    /// Dice of the kinds that this story has.
    steps: Option<Rng>,
    slow: Option<Rng>,
    windows: Option<Rng>,
    binds: Option<Rng>,
    pages: Option<Rng>,
    other: Option<Project>,
    dice: Rng,
    sim: Sim,
    owned: Declared,
    /// Whether the vendor counts as we do, so that passing a limit is our fault.
    counts_alike: bool,
    /// Tags that strangers got in the meantime.
    foreign: BTreeSet<(String, String)>,
    /// Tags that were taken out of the manifests, and when that was applied. A bind of before may give them once more, so
    /// until an apply has looked after it would be too late, nobody can say whether a stranger gave them.
    released: BTreeMap<(String, String), Timestamp>,
}

/// Tells the story of a seed.
pub async fn tell(seed: u64) {
    tell_and_count(seed).await;
}

/// The same; gives how many calls there were and when it ended.
pub async fn tell_and_count(seed: u64) -> (u64, Timestamp) {
    let mut dice = Rng::with_seed(seed);
    let case = drawn(&cases(), &mut dice);
    let mut counts_alike = true;
    let mut setup = setup(&case);
    let kinds = Kinds::new(seed);
    if dice.bool() {
        let mut drawn = setup.switches.clone();
        draw_switches(&mut drawn, &mut dice);
        if kinds.has(Kind::Switches) {
            setup.switches = drawn;
        }
    }
    // A sign-in with a clock that is off is refused; no story is about that.
    setup.switches.sign_in_clock_off_ms = DAY_MS;
    if dice.u8(0..6) == 0 && kinds.has(Kind::Requests) {
        // The documents name no figure for all calls: ours may be twice the vendor's.
        setup.switches.requests_per_minute = (setup.switches.requests_per_minute / 2).max(1);
        counts_alike = false;
    }
    let mut windows = kinds.dice(Kind::MovedWindows, 3);
    if let Some(dice) = &mut windows {
        counts_alike &= !moved(&mut setup, dice);
    }
    let pages = kinds.dice(Kind::ShiftingPages, 3);
    if pages.is_some() {
        crowd(&mut setup);
    }
    let sim = Sim::new(setup, &limits(case.narrow), start(&case), Keeps::Memory);
    let other = kinds.dice(Kind::OtherProject, 4).map(|dice| Project::beside(&sim, dice));
    let [steps, slow, binds] =
        [Kind::LastingSteps, Kind::SlowStore, Kind::LateBinds].map(|kind| kinds.dice(kind, 3));
    let (owned, foreign, released) = (Declared::default(), BTreeSet::new(), BTreeMap::new());
    let mut story = Story {
        kinds,
        steps,
        slow,
        windows,
        binds,
        pages,
        other,
        dice,
        sim,
        owned,
        counts_alike,
        foreign,
        released,
    };
    for day in 1..=story.dice.u8(2..4) {
        Box::pin(story.day(&format!("day {day}"), &case)).await;
    }
    let calls = story.sim.world.borrow().stats().values().map(|tally| tally.calls).sum();
    (calls, story.sim.clock.now())
}

fn drawn<S: Strategy>(strategy: &S, dice: &mut Rng) -> S::Value {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&dice.u64(..).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy.new_tree(&mut runner).expect("nothing is filtered").current()
}

/// Lets the vendor count at another moment of a call, and now and then by another calendar; says whether it does that:
/// then our day is not its day, and passing a daily limit is nobody's fault.
fn moved(setup: &mut Setup, dice: &mut Rng) -> bool {
    setup
        .switches
        .set("counted_at", dice.choice(["sending", "reply", "anywhere"]).expect("a word"))
        .expect("a word");
    let is_elsewhere = dice.u8(0..4) == 0;
    if is_elsewhere {
        let zone = dice.choice(["UTC", "America/New_York", "Asia/Kolkata"]).expect("a zone");
        setup.time_zone = ZoneName(Zone::named(zone).expect("a zone"));
    }
    is_elsewhere
}

/// Switches that a kind of its own draws.
const DRAWN_ELSEWHERE: [&str; 3] = ["requests_per_minute", "counted_at", "sign_in_clock_off_ms"];

fn draw_switches(switches: &mut Switches, dice: &mut Rng) {
    for switch in Switches::ALL.iter().filter(|switch| !DRAWN_ELSEWHERE.contains(&switch.name)) {
        let samples = switch.samples();
        switches.set(switch.name, &samples[dice.usize(..samples.len())]).expect("a sample is a value");
    }
    if switches.property_page_max < 100 || switches.device_page_max < 1000 {
        // Pages smaller than the document's own default cannot be refused as well: nothing could be read.
        switches.set("page_size_over", "capped").expect("a word of this switch");
    }
}

impl Story {
    async fn day(&mut self, step: &str, case: &Case) {
        let began = self.sim.clock.now();
        for _ in 0..self.dice.u8(0..6) {
            let change = drawn(&outside(), &mut self.dice);
            if !self.may_be_ours(&change) {
                happen(&mut self.sim.world.borrow_mut(), &change);
            }
        }
        let wanted =
            if self.dice.u8(0..5) == 0 { self.owned.clone() } else { drawn(&declared(), &mut self.dice) };
        let mut expected = self.sim.facts().after(&self.owned, &wanted);
        self.sim.declare(&wanted);
        // Of those who are recorded nobody can see that somebody else let them off.
        self.sim.watch.begin(wanted.blacklist.difference(&self.owned.blacklist).cloned().collect());
        if self.dice.u8(0..4) == 0 {
            Box::pin(self.clear_run(step, case.narrow)).await;
        } else {
            Box::pin(self.hardships(step)).await;
        }
        Box::pin(self.finish(step)).await;
        expected.tags.append(&mut self.foreign);
        self.is_settled(step, expected).await;
        self.released.retain(|_, at| at.plus(LATE_MS) >= began);
        let (owned, now) = (std::mem::replace(&mut self.owned, wanted), self.sim.clock.now());
        let all = (0..USERS).flat_map(|who| (0..TAGS).map(move |what| (user(who), tag(what))));
        let is_released =
            |(who, what): &(String, String)| owned.has_tag(who, what) && !self.owned.has_tag(who, what);
        self.released.extend(all.filter(is_released).map(|key| (key, now)));
        if self.dice.bool() {
            self.sim.next_day().await;
            self.sim.clock.sleep_ms(2 * OFF_MS_MAX).await;
        }
    }

    /// Whether somebody outside gives a tag that a late bind of ours may give as well.
    fn may_be_ours(&self, change: &draw::Outside) -> bool {
        matches!(change, draw::Outside::TagAdded(who, what) if self.released.contains_key(&(user(*who), tag(*what))))
    }

    /// Nothing goes wrong: then what the plan said of its end is what happens.
    async fn clear_run(&mut self, step: &str, narrow: Narrow) {
        let began = self.sim.clock.now();
        let ended = self.sim.apply().await;
        self.nothing_is_broken(step);
        let applied = ended.unwrap_or_else(|why| panic!("{step}: apply failed\n{}", listed(&why)));
        if self.counts_alike && applied.report.problems.is_empty() {
            let forecast = &applied.plan.forecast;
            is_honest(step, forecast, &applied, (began, self.sim.watch.last_done.get()), narrow);
        }
    }

    /// Some runs under faults and off clocks, each with a fate of its own, and strangers at work in between.
    async fn hardships(&mut self, step: &str) {
        let all = faults::all();
        for _ in 0..self.dice.u8(0..4) {
            let (_, mut fault) = all[self.dice.usize(..all.len())].clone();
            if fault.action == Action::Empty {
                // JPush's success may be empty: it would say that it did what it did not do.
                "getui.*".clone_into(&mut fault.on);
            }
            let fault = match self.dice.bool() {
                true => Fault { call: Some(self.dice.u64(1..80)), ..fault },
                false => Fault { times: None, probability: Some(self.dice.f64() * 0.4), ..fault },
            };
            if self.kinds.has(Kind::Faults) {
                self.sim.world.borrow_mut().add_fault(fault);
            }
        }
        for run in 1..=self.dice.u8(1..4) {
            self.clock_goes_back();
            let drawn = Fate::draw(&mut self.dice);
            let is_step = matches!(drawn, Fate::Stepped(..));
            let kind = if is_step { Kind::ClockSteps } else { Kind::Fates };
            let fate = if self.kinds.has(kind) { drawn } else { Fate::Whole };
            Box::pin(self.run(fate)).await;
            self.nothing_is_broken(&format!("{step}, run {run} ({fate:?})"));
            self.somebody_else_is_at_work();
        }
        self.sim.watch.others.take();
        self.sim.slow_stores(None);
        self.sim.mend();
    }

    /// One run with its fate, and whatever else goes on beside it.
    async fn run(&mut self, fate: Fate) {
        self.before_a_run();
        let at_ms = self.steps.as_mut().map_or(0, |dice| dice.i64(0..4_000));
        let step_ms = self.step_ms(fate);
        let (sim, other) = (&self.sim, &self.other);
        let step = async {
            if step_ms != 0 {
                sim.clock.sleep_ms(at_ms).await;
                sim.set_wall(sim.off_ms() + step_ms);
            }
        };
        let is_forwards = matches!(fate, Fate::Stepped(_, by_ms) if by_ms > 0);
        let begins = if is_forwards { Begins::AtOnce } else { Begins::Later };
        let beside = async {
            if let Some(other) = other {
                other.apply(sim, begins).await;
            }
        };
        // On the heap: unoptimised, the futures of whole runs would fill a thread's stack.
        let ((), ended, ()) = tokio::join!(Box::pin(beside), Box::pin(apply(sim, fate)), step);
        drop(ended);
        if step_ms > 0 {
            // A process that begins now cannot know that its clock jumped over a part of a window.
            sim.clock.sleep_ms(WINDOWS_MS).await;
        }
    }

    /// Draws what the vendor is like in the next run.
    fn before_a_run(&mut self) {
        if let Some(dice) = &mut self.windows {
            let ms = Some(dice.i64(0..20_000));
            let late = Fault { ms, probability: Some(dice.f64() * 0.2), ..Fault::new("*", Action::Late) };
            self.sim.world.borrow_mut().add_fault(late);
        }
        if let Some(dice) = &mut self.binds {
            let set = format!("tag_bind_delay_ms={}", dice.i64(0..BIND_MS_MAX));
            self.sim.world.borrow_mut().set_switch(&set).expect("a number");
        }
        if let Some(dice) = &mut self.slow {
            self.sim.slow_stores(Some(dice.fork()));
        }
        if let Some(dice) = &mut self.pages {
            self.sim.watch.others.replace(Some(shifting(dice.fork())));
        }
    }

    /// By how much the machine's clock is set in the middle of a run: not where another run begins with it meanwhile
    /// and it would jump over a part of a window, and far from midnight alone.
    fn step_ms(&mut self, fate: Fate) -> i64 {
        let off_ms = self.sim.off_ms();
        let Some(dice) = &mut self.steps else { return 0 };
        let step_ms = dice.i64(-OFF_MS_MAX..OFF_MS_MAX);
        let is_alone = matches!(fate, Fate::Whole | Fate::Refused(_) | Fate::Dropped(_) | Fate::Killed(_));
        let is_alone = is_alone && self.other.is_none();
        // A clock that stays ahead begins days early, and nobody can know.
        // Two steps in one run would be one forwards where the second, meant from the first moment, takes back the first.
        let is_stepped = matches!(fate, Fate::Stepped(..));
        let is_possible =
            !is_stepped && off_ms + step_ms <= 0 && self.sim.agrees_on_the_day(off_ms + step_ms);
        if is_possible && (step_ms < 0 || is_alone) { step_ms } else { 0 }
    }

    fn somebody_else_is_at_work(&mut self) {
        let now = self.sim.clock.now();
        let mut world = self.sim.world.borrow_mut();
        let drawn = self.dice.u8(0..4);
        match if self.kinds.has(Kind::Strangers) { drawn } else { 3 } {
            0 => world.change_outside(Outside::SessionsLost, now),
            1 => world.change_outside(Outside::Pushes(self.dice.u32(0..10)), now),
            2 => {
                let (who, what) = (self.dice.usize(STRANGERS..USERS), self.dice.usize(..6));
                world.change_outside(Outside::TagAdded(&user(who), &tag(what)), now);
                self.foreign.insert((user(who), tag(what)));
            }
            _ => {}
        }
    }

    /// Applies until nothing is left, and puts up with what earlier faults left behind.
    async fn finish(&mut self, step: &str) {
        let (mut failures, mut last) = (0, String::new());
        for _ in 0..ROUNDS_MAX {
            let ended = self.sim.apply().await;
            self.nothing_is_broken(step);
            match next(&ended) {
                Next::Nothing => return,
                Next::At(at) => self.sim.clock.sleep_ms(at.since(self.sim.machine().now())).await,
                Next::Minute => self.sim.clock.sleep_ms(MINUTE_MS).await,
                Next::Day(why) => {
                    (failures, last) = (failures + 1, why);
                    assert!(
                        failures <= FAILURES_MAX,
                        "{step}: apply failed for the {failures}th time\n{last}"
                    );
                    self.sim.next_day().await;
                    self.sim.clock.sleep_ms(2 * OFF_MS_MAX).await;
                }
            }
        }
        panic!("{step}: after {ROUNDS_MAX} applies there is still a rest\n{last}");
    }

    /// Far from midnight the machine's clock may be set back: then both still agree on the day.
    fn clock_goes_back(&mut self) {
        let off_ms = self.sim.off_ms() - self.dice.i64(0..MINUTE_MS * 5);
        let is_drawn = self.sim.agrees_on_the_day(off_ms) && self.dice.u8(0..4) == 0;
        if is_drawn && self.kinds.has(Kind::Skew) {
            self.sim.set_wall(off_ms);
        }
    }

    /// The end of a day: as declared, nothing foreign touched, nothing left to plan.
    async fn is_settled(&self, step: &str, expected: Facts) {
        // A vendor that says numbers as numbers loses how they were written.
        let differences = expected.loose().differences(&self.sim.facts().loose());
        assert!(
            differences.is_empty(),
            "{step}: not as declared, or something foreign was touched\n{differences}"
        );
        let planned =
            self.sim.plan().await.unwrap_or_else(|why| panic!("{step}: second plan\n{}", listed(&why)));
        let left = left_to_do(&planned);
        assert!(left.is_empty(), "{step}: the second plan is not empty\n{left}");
        self.nothing_is_broken(step);
    }

    /// What holds at every moment.
    fn nothing_is_broken(&self, step: &str) {
        let early = self.sim.watch.too_early.borrow();
        assert!(early.is_empty(), "{step}: the blacklist came behind tags\n{}", early.join("\n"));
        let world = self.sim.world.borrow();
        let ours = world.violations().iter().filter(|one| self.counts_alike || one.sort != Sort::OverLimit);
        let wrong: String = ours.map(|one| format!("  {one:?}\n")).collect();
        assert!(wrong.is_empty(), "{step}: violations\n{wrong}");
    }
}

enum Next {
    Nothing,
    At(Timestamp),
    Minute,
    Day(String),
}

fn next(ended: &Result<Applied>) -> Next {
    match ended {
        Ok(applied) if !applied.report.problems.is_empty() => Next::Day(listed(&applied.report.problems)),
        Ok(applied) => applied.report.rest.as_ref().map_or(Next::Nothing, |rest| Next::At(rest.next_at)),
        Err(why) if why.failure == Failure::Locked => Next::Minute,
        Err(why) => Next::Day(listed(why)),
    }
}

/// A run without mishap ends no later than the plan said, and leaves a rest when and only when the plan said so.
fn is_honest(
    step: &str,
    said: &Forecast,
    applied: &Applied,
    (began, ended): (Timestamp, Timestamp),
    narrow: Narrow,
) {
    let zone = Zone::shanghai();
    let near_midnight = zone.next_day(began).since(began) < HOUR_MS;
    let rest = applied.report.rest.is_some();
    let Some(finishes_at) = said.finishes_at else { return };
    if near_midnight || applied.plan.calls.is_empty() {
        return;
    }
    let today = zone.day(finishes_at) == zone.day(began);
    assert_eq!(
        today,
        !rest,
        "{step}: {narrow:?}: the plan said done by {finishes_at}, and the rest is {:?}",
        applied.report.rest.as_ref().map(|rest| rest.next_at)
    );
    let off_ms = ended.since(finishes_at);
    let slack_ms = LATENCY_MS_MAX * i64::try_from(applied.plan.calls.len() + 2).unwrap_or(i64::MAX);
    // Where reading back shares its limit with everything else, a call may have to wait for a question.
    let shared = narrow == Narrow::Everything;
    assert!(
        rest || shared || off_ms <= slack_ms,
        "{step}: {narrow:?}: said {finishes_at}, done {ended}: {off_ms} ms off"
    );
}
