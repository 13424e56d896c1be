//! A project in a folder of its own, emulated vendors, a state that outlives its runs, and a clock that jumps.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, Ordering};

use fastrand::Rng;

use pushform::address::Selector;
use pushform::clock::Clock;
use pushform::emulator::{LocalVendors, Setup, World};
use pushform::gate;
use pushform::manifest::{Env, Project, read_project};
use pushform::observe::Refresh;
use pushform::ops::Context;
use pushform::ops::apply::{Applied, Audience, Consent, apply};
use pushform::ops::context;
use pushform::ops::plan::{Look, Planned, Wanted, plan};
use pushform::ops::saved::SavedPlan;
use pushform::plan::file::{self, Accounts};
use pushform::plan::{Options, Plan};
use pushform::problem::{Problems, Result};
use pushform::report::What;
use pushform::state::{Memory, Sqlite, Store};
use pushform::timestamp::{HOUR_MS, MINUTE_MS, Timestamp, Zone};

use crate::declared::Declared;
use crate::facts::Facts;
use crate::slow::Slow;
use crate::watch::{Watch, Watched};

/// 2026-11-22 10:00 in Shanghai.
pub const MORNING: Timestamp = Timestamp(1_795_312_800_000);
/// As many applies as a drawn scenario with the smallest limits may take, each on another day.
const ROUNDS_MAX: usize = 40;
/// Longer than a lease lasts without its holder.
const LEASE_OVER_MS: i64 = 2 * MINUTE_MS;

/// The machine's clock is never further behind.
pub const OFF_MS_MAX: i64 = 30 * MINUTE_MS;

/// Where the state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Memory,
    Sqlite,
}

/// What a project file says of limits: the words behind `limits:` of each vendor.
#[derive(Clone, Debug)]
pub struct Limits {
    pub getui: String,
    pub jpush: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self { getui: "{}".to_owned(), jpush: "{}".to_owned() }
    }
}

/// Options of an apply.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// Only these; all when empty.
    pub targets: Vec<Selector>,
    /// No call leaves later than this.
    pub within_ms: Option<i64>,
    /// Whether a plan is made first, written to a file, and read again.
    pub saved: bool,
}

/// One simulation.
pub struct Sim {
    folder: tempfile::TempDir,
    pub world: Rc<RefCell<World>>,
    pub clock: Clock,
    pub memory: Memory,
    /// What went to the vendors.
    pub watch: Rc<Watch>,
    /// By how many milliseconds the machine's wall clock is off from the vendors'.
    off_ms: &'static AtomicI64,
    /// Where stores are slow.
    slow: RefCell<Option<Rng>>,
    keeps: Keeps,
    refresh: Refresh,
    rules: Setup,
}

/// Runs a course of events on a clock of its own that jumps wherever everything waits.
pub fn run<T>(course: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(course)
}

/// Everything wrong, a line each.
pub fn listed(problems: &Problems) -> String {
    listed_but(problems, "")
}

/// Everything wrong but what has this code, a line each.
fn listed_but(problems: &Problems, code: &str) -> String {
    let line = |one: &pushform::problem::Problem| {
        format!(
            "  {} {}{}\n",
            one.code,
            one.summary,
            one.help.as_ref().map_or(String::new(), |help| format!(" ({help})"))
        )
    };
    problems.list().iter().filter(|one| one.code != code).map(line).collect()
}

impl Sim {
    /// Vendors of a setup at a moment, and a project with these limits and no state yet. Inside of [`run`] only.
    pub fn new(setup: Setup, limits: &Limits, start: Timestamp, keeps: Keeps) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the project");
        let Limits { getui, jpush } = limits;
        let project = format!(
            "getui: {{app_id: app, app_key: key, master_secret: secret, limits: {getui}}}\n\
             jpush: {{app_key: key, master_secret: secret, limits: {jpush}}}\n\
             manifests: [audience.yaml]\n"
        );
        std::fs::write(folder.path().join("pushform.yaml"), project).expect("a project file");
        let rules = setup.clone();
        Self {
            folder,
            world: Rc::new(RefCell::new(World::new(setup))),
            clock: Clock::starting_at(start),
            memory: Memory::new(),
            watch: Rc::default(),
            off_ms: Box::leak(Box::new(AtomicI64::new(0))),
            slow: RefCell::new(None),
            keeps,
            refresh: Refresh::Auto,
            rules,
        }
    }

    /// Writes the manifest.
    pub fn declare(&self, declared: &Declared) {
        let path = self.folder.path().join("audience.yaml");
        std::fs::write(path, declared.manifest()).expect("a manifest");
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.path().join(path), text).expect("a file of the project");
    }

    /// Puts other words into the project file, in place of some that must be there.
    pub fn replace(&self, old: &str, new: &str) {
        let path = self.folder.path().join("pushform.yaml");
        let project = std::fs::read_to_string(&path).expect("a project file");
        assert!(project.contains(old), "`{old}` is not in\n{project}");
        std::fs::write(path, project.replace(old, new)).expect("a project file");
    }

    /// From now on reads may take so long.
    pub fn budget(&self, length: &str) {
        let path = self.folder.path().join("pushform.yaml");
        let project = std::fs::read_to_string(&path).expect("a project file");
        std::fs::write(path, format!("{project}policy: {{refresh_budget: {length}}}\n"))
            .expect("a project file");
    }

    /// From now on live state is read in this way.
    pub fn look(&mut self, refresh: Refresh) {
        self.refresh = refresh;
    }

    fn store(&self) -> Rc<dyn Store> {
        match self.keeps {
            Keeps::Memory => self.store_of(self.memory.clone()),
            Keeps::Sqlite => Rc::new(Sqlite::open(self.folder.path().join("state.db"))),
        }
    }

    /// A state in memory, behind a slow line where the stores are slow now.
    pub fn store_of(&self, memory: Memory) -> Rc<dyn Store> {
        match self.slow.borrow_mut().as_mut() {
            Some(dice) => Rc::new(Slow::new(memory, self.clock, dice.fork())),
            None => Rc::new(memory),
        }
    }

    /// From now on stores in memory are slow, or quick again.
    pub fn slow_stores(&self, dice: Option<Rng>) {
        self.slow.replace(dice);
    }

    /// The clock of a process that starts now on the machine that runs Pushform.
    pub fn machine(&self) -> Clock {
        Clock::of_machine(self.clock.now(), self.off_ms)
    }

    /// By how many milliseconds the machine's wall clock is off.
    pub fn off_ms(&self) -> i64 {
        self.off_ms.load(Ordering::Relaxed)
    }

    /// Somebody sets the machine's wall clock.
    pub fn set_wall(&self, off_ms: i64) {
        self.off_ms.store(off_ms, Ordering::Relaxed);
    }

    /// Whether a wall clock that is off by so much agrees with the vendors on the day, and does so for some hours.
    pub fn agrees_on_the_day(&self, off_ms: i64) -> bool {
        let (now, zone) = (self.clock.now(), Zone::shanghai());
        let far =
            zone.day(now.plus(-OFF_MS_MAX)) == zone.day(now) && zone.next_day(now).since(now) > 2 * HOUR_MS;
        far && (-OFF_MS_MAX..HOUR_MS).contains(&off_ms)
    }

    /// The text of the project file.
    pub fn project(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("pushform.yaml")).expect("a project file")
    }

    /// What one invocation works with.
    pub async fn context(&self, until: Option<Timestamp>) -> Result<Context> {
        self.context_in(self.folder.path().to_owned(), self.store(), until).await
    }

    /// What an invocation of a project in another folder works with.
    pub async fn context_in(
        &self,
        folder: PathBuf,
        store: Rc<dyn Store>,
        until: Option<Timestamp>,
    ) -> Result<Context> {
        let (project, _) = Project::read(&read_project(&folder)?, Env::Ignore)?;
        let vendors = LocalVendors::new(self.world.clone(), self.clock, "app");
        let transport = Rc::new(Watched { vendors, clock: self.clock, watch: self.watch.clone() });
        let gate =
            gate::Options { seed: self.clock.now().0.unsigned_abs(), until, ..gate::Options::default() };
        let clock = self.machine();
        Context::open(context::Setup { folder, project, clock, store, transport, gate }).await
    }

    pub fn wanted(&self, targets: &[Selector]) -> Wanted {
        let options =
            Options { deletes_max: Some(u64::MAX), targets: targets.to_vec(), ..Options::default() };
        Wanted { look: Look::By(self.refresh), options }
    }

    /// One `plan`. It writes nothing, so nobody remembers its reads: a minute passes before anybody else reads.
    pub async fn plan(&self) -> Result<Planned> {
        let context = self.context(None).await?;
        let planned = plan(&context, &self.wanted(&[])).await;
        self.clock.sleep_ms(MINUTE_MS).await;
        planned
    }

    /// One `apply`.
    pub async fn apply(&self) -> Result<Applied> {
        self.apply_by(&How::default()).await
    }

    /// One `apply` with options.
    pub async fn apply_by(&self, how: &How) -> Result<Applied> {
        let until = how.within_ms.map(|ms| self.clock.now().plus(ms));
        let saved = if how.saved { Some(self.saved().await?) } else { None };
        let context = self.context(until).await?;
        self.apply_in(&context, &self.wanted(&how.targets), saved).await
    }

    /// One `apply` of whichever project.
    pub async fn apply_in(&self, context: &Context, wanted: &Wanted, saved: Option<Plan>) -> Result<Applied> {
        let audience = Audience {
            say: &|_| {},
            owner: "simulation",
            consent: Consent::Given,
            show: &|_| Ok(()),
            ask: &|| Box::pin(async { Ok(()) }),
            listener: &|_, event| {
                if matches!(event.what, What::CallDone { .. }) {
                    self.watch.last_done.set(event.at);
                }
            },
        };
        apply(context, wanted, saved.map(SavedPlan::from), &audience).await
    }

    /// A plan as it comes back from a file.
    async fn saved(&self) -> Result<Plan> {
        let planned = self.plan().await?;
        let context = self.context(None).await?;
        let accounts = Accounts { providers: &context.providers(), quotas: &context.project.quotas };
        let mut bytes = Vec::new();
        file::write(&planned.plan, &mut bytes).expect("a list takes everything");
        file::read_to_apply(&mut bytes.as_slice(), accounts)
    }

    /// Applies until nothing is left, day after day where the limits want it, and nothing may fail.
    pub async fn apply_all(&self, step: &str) {
        for _ in 0..ROUNDS_MAX {
            let applied =
                self.apply().await.unwrap_or_else(|why| panic!("{step}: apply failed\n{}", listed(&why)));
            let (report, plan) = (applied.report, applied.plan);
            let wrong = listed(&report.problems) + &listed(&plan.problems);
            assert!(wrong.is_empty(), "{step}: apply has problems\n{wrong}");
            let Some(rest) = report.rest else { return };
            self.clock.sleep_until(rest.next_at).await;
        }
        panic!("{step}: after {ROUNDS_MAX} applies there is still a rest");
    }

    /// Applies until nothing is left, and puts up with so many applies that fail, each tried again a day later.
    pub async fn apply_in_spite(&self, step: &str, failures_max: usize) {
        let (mut failures, mut last) = (0, String::new());
        for _ in 0..ROUNDS_MAX {
            let rest = match self.apply().await {
                // A warning too: what could not be read back may not be so.
                Ok(applied) if !applied.report.problems.is_empty() => {
                    last = listed(&applied.report.problems);
                    None
                }
                Ok(applied) => match applied.report.rest {
                    Some(rest) => Some(rest.next_at),
                    None => return,
                },
                Err(why) => {
                    last = listed(&why);
                    None
                }
            };
            match rest {
                Some(next_at) => self.clock.sleep_until(next_at).await,
                None => {
                    failures += 1;
                    assert!(
                        failures <= failures_max,
                        "{step}: apply failed for the {failures}th time\n{last}"
                    );
                    self.next_day().await;
                }
            }
        }
        panic!("{step}: after {ROUNDS_MAX} applies there is still a rest");
    }

    /// From now on nothing goes wrong any more.
    pub fn mend(&self) {
        self.world.borrow_mut().set_rules(self.rules.clone());
    }

    /// Waits until a dead run's lease is over.
    pub async fn lease_over(&self) {
        self.clock.sleep_ms(LEASE_OVER_MS).await;
    }

    /// Waits until daily limits have turned over.
    pub async fn next_day(&self) {
        let day = Zone::shanghai().next_day(self.clock.now());
        self.clock.sleep_until(day.plus(MINUTE_MS)).await;
    }

    /// What is so now.
    pub fn facts(&self) -> Facts {
        self.world.borrow_mut().pass_to(self.clock.now());
        Facts::of(&self.world.borrow())
    }

    /// Applies where some users are declared whom the vendor does not know: that and nothing else may be complained of.
    pub async fn apply_without_the_unknown(&self, step: &str) {
        for _ in 0..ROUNDS_MAX {
            let applied =
                self.apply().await.unwrap_or_else(|why| panic!("{step}: apply failed\n{}", listed(&why)));
            let wrong =
                listed(&applied.report.problems) + &listed_but(&applied.plan.problems, "plan::unknown_user");
            assert!(wrong.is_empty(), "{step}: apply has problems\n{wrong}");
            let Some(rest) = applied.report.rest else { return };
            self.clock.sleep_until(rest.next_at).await;
        }
        panic!("{step}: after {ROUNDS_MAX} applies there is still a rest");
    }

    /// Asserts that the facts are these, that no client did wrong, and that there is nothing left to plan.
    pub async fn is_settled(&self, step: &str, wanted: &Facts) {
        let differences = wanted.differences(&self.facts());
        assert!(
            differences.is_empty(),
            "{step}: not as declared, or something foreign was touched\n{differences}"
        );
        self.nobody_did_wrong(step);
        let planned = self.plan().await.unwrap_or_else(|why| panic!("{step}: second plan\n{}", listed(&why)));
        let left = left_to_do(&planned);
        assert!(left.is_empty(), "{step}: the second plan is not empty\n{left}");
        self.nobody_did_wrong(step);
    }

    pub fn nobody_did_wrong(&self, step: &str) {
        let world = self.world.borrow();
        let wrong: String = world.violations().iter().map(|one| format!("  {one:?}\n")).collect();
        assert!(wrong.is_empty(), "{step}: violations\n{wrong}");
    }
}

/// Everything that a plan would do, a line each.
pub fn left_to_do(planned: &Planned) -> String {
    use std::fmt::Write as _;
    let (plan, mut text) = (&planned.plan, String::new());
    let name = |name| plan.names.text(name);
    let row =
        |row: &pushform::table::Row| format!("{} {} {}", name(row.subject), name(row.item), name(row.value));
    for cell in plan.cells.iter().chain(&plan.drift_cells) {
        let (before, after) = (cell.before.map(name), cell.after.map(name));
        let (kind, subject, item) = (cell.kind(), name(cell.subject), name(cell.item));
        let _ = writeln!(text, "  cell {kind:?} {subject} {item}: {before:?} -> {after:?} {:?}", cell.basis);
    }
    for call in &plan.calls {
        let _ = writeln!(text, "  call {:?}", call.write);
    }
    for (kind, adopted) in &plan.adopts {
        let _ = writeln!(text, "  adopts {kind:?} {}", row(adopted));
    }
    let is_in_doubt = |kind, row: &pushform::table::Row| {
        planned.recorded.in_doubt.binary_search(&(kind, row.subject, row.item)).is_ok()
    };
    for (kind, forgotten) in plan.forgets.iter().filter(|(kind, row)| !is_in_doubt(*kind, row)) {
        let _ = writeln!(text, "  forgets {kind:?} {}", row(forgotten));
    }
    // What may still come is waited for, and nothing can be done about it yet.
    let is_awaited = |doubt: &&pushform::state::Doubt| {
        let is_late = matches!(doubt.write, pushform::kind::Write::BindTag(..));
        is_late && !planned.recorded.awaited.is_empty() || pushform::apply::owed::is_overtaken(doubt)
    };
    for doubt in planned.doubts.iter().filter(|doubt| !is_awaited(doubt)) {
        let _ = writeln!(text, "  doubt {:?}", doubt.write);
    }
    for kept in &planned.recorded.kept {
        let _ = writeln!(text, "  keeps {}", row(kept));
    }
    // Whom the vendor does not know stays wrong, and changes nothing.
    text + &listed_but(&plan.problems, "plan::unknown_user")
}
