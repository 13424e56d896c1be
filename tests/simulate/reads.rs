//! Reads that pay for themselves: a declaration that is too large to look at user by user is planned, applied and
//! verified with a few calls, ends as declared, and what somebody changes afterwards is found by counts.

use proptest::collection::btree_set;
use proptest::prelude::any;

use pushform::change::Basis;
use pushform::emulator::setup::ManySetup;
use pushform::emulator::switches::{AliasFull, Switches};
use pushform::emulator::world::Outside;
use pushform::emulator::{Action, Fault, Setup};
use pushform::observe::Refresh;
use pushform::ops::drift::{How, drift};
use pushform::plan::{Closer, Plan};
use pushform::report::Verified;
use pushform::timestamp::MINUTE_MS;

use crate::draw::{Case, Narrow, cases};
use crate::facts::Facts;
use crate::laws::{config, setup, start};
use crate::sim::{Keeps, Limits, MORNING, Sim, listed, run};

const SEGMENT: u32 = 200_000;

/// A tag on so many users who were never seen, and a project that declares it.
fn segment(users: u32) -> Sim {
    segment_in(Setup::default(), users)
}

fn segment_in(setup: Setup, users: u32) -> Sim {
    let sim = Sim::new(setup, &Limits::default(), MORNING, Keeps::Memory);
    sim.write("audience.yaml", "getui: {tag_members: {spring_sale: {from: segment.csv}}}\n");
    let rows: String = (0..users).map(|number| ManySetup::cid("a", number) + "\n").collect();
    sim.write("segment.csv", &format!("cid\n{rows}"));
    sim
}

/// How often each sort of call was made since the last look.
struct Meter<'a> {
    sim: &'a Sim,
    before: [u64; 4],
}

const ENDPOINTS: [&str; 4] =
    ["getui.user.details", "getui.user.count", "getui.tag.bind", "getui.tag.of_user"];

impl<'a> Meter<'a> {
    fn of(sim: &'a Sim) -> Self {
        let mut meter = Self { sim, before: [0; 4] };
        meter.read();
        meter
    }

    fn read(&mut self) -> [u64; 4] {
        let now = ENDPOINTS.map(|endpoint| self.sim.world.borrow().calls(endpoint));
        let since = std::array::from_fn(|at| now[at] - self.before[at]);
        self.before = now;
        since
    }
}

fn bases(plan: &Plan) -> Vec<(Basis, usize)> {
    plan.changes.iter().map(|change| (change.basis, change.cells.len())).collect()
}

#[test]
fn a_tag_on_200_000_new_users_takes_a_few_hundred_calls_and_one_lost_user_is_found_by_its_count() {
    run(async {
        let sim = segment(SEGMENT);
        let mut meter = Meter::of(&sim);
        let applied = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        let (plan, report) = (&applied.plan, &applied.report);
        assert!(report.problems.is_empty(), "{}", listed(&report.problems));
        assert_eq!(bases(plan), [(Basis::Assumed, 200_000)]);
        let [details, counts, binds, looks] = meter.read();
        assert_eq!(
            (details, binds),
            (200, 200),
            "a thousand users a call, once to know them and once to write"
        );
        // A count is asked again while binds are on their way.
        assert!((1..=8).contains(&counts), "{counts} counts");
        assert!((50..=400).contains(&looks), "{looks} looks at one of 50 drawn users");
        let Verified::Sampled { counts: 1, rows: 50, of: 200_000, untrue: 0, unreadable: 0, .. } =
            report.verified
        else {
            panic!("verified otherwise: {:?}", report.verified);
        };
        sim.nobody_did_wrong("the apply");

        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(bases(&planned.plan), [], "the second plan is empty");
        assert_eq!(meter.read(), [0, 1, 0, 0], "one count stands for 200,000 looks");

        let lost = ManySetup::cid("a", 123_456);
        sim.world.borrow_mut().change_outside(Outside::TagRemoved(&lost, "spring_sale"), sim.clock.now());
        let context = sim.context(None).await.expect("a context");
        let drifted =
            drift(&context, How::By(Refresh::Auto)).await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(drifted.is_any());
        let found = &drifted.planned.plan.counts[0];
        assert_eq!((found.recorded, found.counted, found.closer), (200_000, 199_999, Closer::Repeated));
        assert_eq!(
            drifted.planned.plan.notes,
            ["The tag `spring_sale` is carried by 199999 users where 200000 are recorded: it is given once \
              more to all who are declared to carry it."]
        );
        assert_eq!(meter.read()[1..], [1, 0, 0], "one count finds it");
        sim.apply_all("the repair").await;
        assert_eq!(
            sim.world.borrow().tags_of(&lost).0,
            ["spring_sale"],
            "it is put back without a look at anybody"
        );
        sim.nobody_did_wrong("the repair");
    });
}

#[test]
fn many_users_are_asked_after_side_by_side() {
    run(async {
        const LATENCY_MS: i64 = 500;
        let sim = segment_in(Setup { latency_ms: LATENCY_MS, ..Setup::default() }, 30_000);
        let (mut meter, start) = (Meter::of(&sim), sim.clock.now());
        sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        let took_ms = sim.clock.now().since(start) - MINUTE_MS;
        assert_eq!(meter.read(), [30, 0, 0, 0]);
        assert_eq!(took_ms, 3 * LATENCY_MS, "JPush's properties, a sign-in, and then all questions at once");
    });
}

/// How long 1,000 users take to read, where the answer about one of the first comes so late.
fn read_in_ms(late_ms: i64) -> i64 {
    run(async {
        let late = Fault { ms: Some(late_ms), ..Fault::new("getui.tag.of_user", Action::Slow).at_call(2) };
        let mut sim = segment_in(Setup { latency_ms: 500, faults: vec![late], ..Setup::default() }, 1_000);
        sim.look(Refresh::Full);
        let (mut meter, start) = (Meter::of(&sim), sim.clock.now());
        sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(meter.read(), [1, 0, 0, 1_000]);
        sim.clock.now().since(start) - MINUTE_MS
    })
}

#[test]
fn an_answer_that_is_late_holds_up_no_other_question() {
    let (in_time, late) = (read_in_ms(0), read_in_ms(3_000));
    assert!((5_000..7_000).contains(&in_time), "{in_time} ms for a thousand reads of half a second");
    assert!(late <= in_time + 500, "{late} ms, and {in_time} ms where all are in time");
}

/// How long a plan of so many new aliases and exact sets reads, and how many calls that takes.
async fn plan_of_new_sets(sim: &Sim, users: u32) -> (i64, [u64; 4], Plan) {
    let (mut aliases, mut sets) = (String::new(), String::new());
    for number in 0..users {
        let user = ManySetup::cid("a", number);
        aliases += &format!("    name_{number}: [{user}]\n");
        sets += &format!("    {user}: [vip]\n");
    }
    sim.write("audience.yaml", &format!("getui:\n  aliases:\n{aliases}  tag_sets:\n{sets}"));
    let (mut meter, start) = (Meter::of(sim), sim.clock.now());
    let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
    (sim.clock.now().since(start) - MINUTE_MS, meter.read(), planned.plan)
}

#[test]
fn new_aliases_and_exact_sets_are_read_within_the_budget_and_the_rest_is_assumed() {
    run(async {
        let sim = segment(0);
        let (took_ms, _, plan) = plan_of_new_sets(&sim, 20_000).await;
        assert!(took_ms <= 2 * MINUTE_MS + MINUTE_MS / 10, "reads take {took_ms} ms of 120,000");
        let mut assumed = 0;
        for change in plan.changes.iter().filter(|change| change.basis == Basis::Assumed) {
            assumed += change.cells.len();
        }
        assert!((35_000..39_000).contains(&assumed), "{assumed} of 40,000 rows are assumed");
    });
}

/// An alias that others filled is among a thousand that nobody had time to look at.
fn a_full_alias_among_many(full: AliasFull) {
    run(async {
        let switches = Switches { alias_full: full, ..Switches::default() };
        let sim = segment_in(Setup { switches, ..Setup::default() }, 0);
        sim.replace("limits: {}}\n", "limits: {requests: 5/1s}}\n");
        sim.budget("1ms");
        let aliases: String = (0..300)
            .map(|number| format!("    name_{number:03}: [{}]\n", ManySetup::cid("a", number)))
            .collect();
        sim.write("audience.yaml", &format!("getui:\n  aliases:\n{aliases}"));
        for number in 0..10 {
            let user = ManySetup::cid("b", number);
            sim.world.borrow_mut().change_outside(Outside::Alias(&user, Some("name_123")), sim.clock.now());
        }
        let applied = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        let said = listed(&applied.report.problems);
        assert_eq!(applied.report.problems.list().len(), 1, "{said}");
        assert!(said.contains("name_123") && said.contains("has 10 users already"), "{said}");
        let bound = |number: u32| {
            let world = sim.world.borrow();
            world.alias_of(&ManySetup::cid("a", number)) == Some(format!("name_{number:03}").as_str())
        };
        let missing: Vec<u32> = (0..300).filter(|number| !bound(*number)).collect();
        assert_eq!(missing, [123], "all others are bound");

        let again = sim.apply().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert!(again.report.problems.is_empty(), "{}", listed(&again.report.problems));
        assert!(bound(123), "the only alias that is not as declared is looked at, and cleared of others");
    });
}

#[test]
fn a_full_alias_that_nobody_looked_at_keeps_no_other_from_its_users() {
    a_full_alias_among_many(AliasFull::RefusesAll);
}

#[test]
fn a_full_alias_is_told_also_where_the_vendor_does_the_rest() {
    a_full_alias_among_many(AliasFull::DoesTheRest);
}

#[test]
fn users_on_few_new_aliases_are_looked_up_within_the_budget() {
    run(async {
        let sim = segment(0);
        let aliases: String = (0..1_000)
            .map(|alias| {
                let users: Vec<String> = (0..10).map(|at| ManySetup::cid("a", 10 * alias + at)).collect();
                format!("    name_{alias}: [{}]\n", users.join(", "))
            })
            .collect();
        sim.write("audience.yaml", &format!("getui:\n  aliases:\n{aliases}"));
        let start = sim.clock.now();
        sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        let took_ms = sim.clock.now().since(start) - MINUTE_MS;
        assert!(took_ms <= 2 * MINUTE_MS + MINUTE_MS / 10, "reads take {took_ms} ms of 120,000");
    });
}

#[test]
fn counts_alone_name_the_tag_and_what_to_do_and_write_nothing_on_suspicion() {
    run(async {
        let mut sim = segment(3_000);
        sim.apply_all("the apply").await;
        let lost = ManySetup::cid("a", 17);
        sim.world.borrow_mut().change_outside(Outside::TagRemoved(&lost, "spring_sale"), sim.clock.now());
        sim.look(Refresh::Counts);
        let mut meter = Meter::of(&sim);
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(bases(&planned.plan), []);
        assert_eq!(meter.read(), [0, 1, 0, 0]);
        assert_eq!(
            planned.plan.notes,
            ["The tag `spring_sale` is carried by 2999 users where 3000 are recorded: look closer with \
              `pushform plan --refresh full --target 'getui.tag_members[\"spring_sale\"]'`."]
        );
    });
}

#[test]
fn a_tag_whose_count_differs_is_looked_at_where_there_is_time() {
    run(async {
        let sim = segment(3_000);
        // Another tag of a few users, one of whom loses it.
        let few: Vec<String> = (0..20).map(|number| ManySetup::cid("b", number)).collect();
        sim.write(
            "audience.yaml",
            &format!(
                "getui: {{tag_members: {{spring_sale: {{from: segment.csv}}, vip: [{}]}}}}\n",
                few.join(", ")
            ),
        );
        sim.budget("1ms");
        sim.apply_all("the apply").await;
        sim.world.borrow_mut().change_outside(Outside::TagRemoved(&few[3], "vip"), sim.clock.now());
        let mut meter = Meter::of(&sim);
        let planned = sim.plan().await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        assert_eq!(bases(&planned.plan), [(Basis::Observed, 1)]);
        assert_eq!(planned.plan.drift_cells.len(), 1, "who lost it is seen");
        let [_, counts, _, looks] = meter.read();
        assert_eq!((counts, looks), (2, 20));
    });
}

#[test]
fn a_sample_reads_as_many_as_asked_and_finds_what_was_planted() {
    run(async {
        let sim = segment(3_000);
        sim.apply_all("the apply").await;
        for number in 0..300 {
            let lost = ManySetup::cid("a", 10 * number);
            sim.world.borrow_mut().change_outside(Outside::TagRemoved(&lost, "spring_sale"), sim.clock.now());
        }
        let mut meter = Meter::of(&sim);
        let context = sim.context(None).await.expect("a context");
        let drifted =
            drift(&context, How::Sample(200)).await.unwrap_or_else(|why| panic!("{}", listed(&why)));
        let sampled = drifted.sampled.expect("a sample");
        assert_eq!((sampled.proof.population, sampled.proof.drawn, sampled.gone), (3_000, 200, 0));
        assert!((8..=36).contains(&sampled.proof.differing), "a tenth of 200 differ: {sampled:?}");
        assert!(sampled.proof.at_most >= 300, "{sampled:?}");
        let [details, counts, _, looks] = meter.read();
        assert_eq!((details, counts, looks), (1, 0, 200));
    });
}

proptest::proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn of_what_is_too_large_to_look_at_nothing_is_missing_and_a_full_reading_makes_it_exact(case in cases()) {
        run(converges_unseen(case));
    }

    #[test]
    fn whoever_loses_a_tag_outside_gets_it_back_by_its_count(case in cases(), lost in btree_set(any::<u16>(), 0..6)) {
        run(converges_by_counts(case, lost.into_iter().map(usize::from).collect()));
    }
}

/// A project whose reads hardly ever fit into the time that they may take, so many calls.
fn narrow(case: &Case, calls: u32) -> Sim {
    let limits = Limits { getui: format!("{{requests: {calls}/1s}}"), jpush: "{}".to_owned() };
    let setup = Setup { switches: Switches::default(), limits: Setup::default().limits, ..setup(case) };
    let sim = Sim::new(setup, &limits, start(case), Keeps::Memory);
    sim.budget("1ms");
    sim
}

async fn converges_unseen(mut case: Case) {
    (case.narrow, case.outside) = (Narrow::Nothing, Vec::new());
    // An alias that others filled refuses what nobody looked at: `a_full_alias_among_many` is about that.
    case.world.alias.clear();
    let mut sim = narrow(&case, 7);
    let owned = case.first.clone().unwrap_or_default();
    if case.first.is_some() {
        let wanted = sim.facts().after(&crate::declared::Declared::default(), &owned);
        sim.declare(&owned);
        settles_unseen(&mut sim, "the first apply", &wanted).await;
    }
    let wanted = sim.facts().after(&owned, &case.second);
    sim.declare(&case.second);
    settles_unseen(&mut sim, "the second apply", &wanted).await;
}

/// Of what nobody had time to look at nothing is missing; what others have put there stays until it is read.
async fn settles_unseen(sim: &mut Sim, step: &str, wanted: &Facts) {
    sim.apply_all(step).await;
    let differences = wanted.differences(&sim.facts());
    let stays =
        |line: &str| ["too many tag ", "too many alias "].iter().any(|one| line.trim().starts_with(one));
    assert!(differences.lines().all(stays), "{step}: not as declared\n{differences}");
    sim.look(Refresh::Full);
    sim.apply_all(&format!("{step}, with everything read")).await;
    sim.is_settled(step, wanted).await;
    sim.look(Refresh::Auto);
}

/// Where nobody else uses the tags, a count is all that it takes.
async fn converges_by_counts(mut case: Case, lost: Vec<usize>) {
    (case.narrow, case.outside, case.world) = (Narrow::Nothing, Vec::new(), Facts::default());
    // A count of each of six tags, a look at each of three exact sets, and what has to be asked anyway.
    let sim = narrow(&case, 14);
    sim.declare(&case.second);
    sim.apply_all("the first apply").await;
    let wanted = sim.facts();
    let carried: Vec<(String, String)> = wanted.tags.iter().cloned().collect();
    for at in lost.into_iter().filter(|_| !carried.is_empty()) {
        let (user, tag) = &carried[at % carried.len()];
        sim.world.borrow_mut().change_outside(Outside::TagRemoved(user, tag), sim.clock.now());
    }
    sim.apply_all("the second apply").await;
    sim.is_settled("after the second apply", &wanted).await;
}
