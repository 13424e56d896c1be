//! Reads that pay for themselves: a declaration that is too large to look at user by user is planned, applied and
//! verified with a few calls, ends as declared, and what somebody changes afterwards is found by counts.

use proptest::collection::btree_set;
use proptest::prelude::any;

use pushform::change::Basis;
use pushform::emulator::setup::ManySetup;
use pushform::emulator::switches::Switches;
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
    fn what_is_too_large_to_look_at_ends_as_declared_all_the_same(case in cases()) {
        run(converges_unseen(case));
    }

    #[test]
    fn whoever_loses_a_tag_outside_gets_it_back_by_its_count(case in cases(), lost in btree_set(any::<u16>(), 0..6)) {
        run(converges_by_counts(case, lost.into_iter().map(usize::from).collect()));
    }
}

/// A project whose reads hardly ever fit into the time that they may take, while a count of each tag does.
fn narrow(case: &Case) -> Sim {
    let limits = Limits { getui: "{requests: 7/1s}".to_owned(), jpush: "{}".to_owned() };
    let setup = Setup { switches: Switches::default(), limits: Setup::default().limits, ..setup(case) };
    let sim = Sim::new(setup, &limits, start(case), Keeps::Memory);
    sim.budget("1ms");
    sim
}

async fn converges_unseen(mut case: Case) {
    (case.narrow, case.outside) = (Narrow::Nothing, Vec::new());
    let sim = narrow(&case);
    let owned = case.first.clone().unwrap_or_default();
    if case.first.is_some() {
        let wanted = sim.facts().after(&crate::declared::Declared::default(), &owned);
        sim.declare(&owned);
        sim.apply_all("the first apply").await;
        sim.is_settled("after the first apply", &wanted).await;
    }
    let wanted = sim.facts().after(&owned, &case.second);
    sim.declare(&case.second);
    sim.apply_all("the second apply").await;
    sim.is_settled("after the second apply", &wanted).await;
}

/// Where nobody else uses the tags, a count is all that it takes.
async fn converges_by_counts(mut case: Case, lost: Vec<usize>) {
    (case.narrow, case.outside, case.world) = (Narrow::Nothing, Vec::new(), Facts::default());
    let sim = narrow(&case);
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
