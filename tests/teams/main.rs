//! Several runs of one account at the same time: what they spend together stays under its limits.
//!
//! The emulated vendor counts on its own. Plans and rows are not in question here, only calls that leave.

mod far;
#[path = "../server/proxy.rs"]
mod proxy;
#[path = "../server/mod.rs"]
mod server;

use std::cell::RefCell;
use std::rc::Rc;

use pushform::clock::Clock;
use pushform::emulator::{LocalVendors, Setup, World, world_file};
use pushform::gate;
use pushform::kind::Write;
use pushform::manifest::{Env, Project, read_project};
use pushform::names::Names;
use pushform::ops::Context;
use pushform::ops::context;
use pushform::provider;
use pushform::quota::Spend;
use pushform::secret::Secret;
use pushform::state::postgres::{Postgres, Time};
use pushform::state::{Memory, Sqlite, Store};
use pushform::timestamp::{HOUR_MS, Timestamp};
use pushform::wire::Vendor;

const START: Timestamp = Timestamp(1_795_312_800_000);
const CALLS_EACH: usize = 24;
const LIMIT: &str = "12/1s";

/// One account, and its world.
struct Account {
    folder: tempfile::TempDir,
    world: Rc<RefCell<World>>,
    /// The vendor's clock.
    clock: Clock,
}

impl Account {
    fn new(clock: Clock, latency_ms: i64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let project = format!(
            "getui: {{app_id: app, app_key: key, master_secret: secret, limits: {{tag_batch: [{LIMIT}]}}}}\n"
        );
        std::fs::write(folder.path().join("pushform.yaml"), project).expect("a project file");
        let text = format!(
            "limits: {{tag_batch: {LIMIT}}}\nlatency_ms: {latency_ms}\nlatency_jitter_ms: 30\nswitches: {{sign_in_clock_off_ms: {}}}\n",
            2 * HOUR_MS
        );
        let setup: Setup = world_file::read_setup(&text, "emulator.yaml").expect("a setup");
        Self { folder, world: Rc::new(RefCell::new(World::new(setup))), clock }
    }

    fn project(&self) -> Project {
        let source = read_project(self.folder.path()).expect("a project file");
        Project::read(&source, Env::Ignore).map(|(project, _)| project).expect("a project")
    }

    /// A run that binds one tag after another to a user, by its machine's clock.
    async fn run(&self, store: Rc<dyn Store>, clock: Clock) {
        let transport = Rc::new(LocalVendors::new(Rc::clone(&self.world), self.clock, "app"));
        let (folder, project, gate) =
            (self.folder.path().to_owned(), self.project(), gate::Options::default());
        let setup = context::Setup { folder, project, clock, store, transport, gate };
        let context = Context::open(setup).await.unwrap_or_else(|why| panic!("{why:?}"));
        let quotas = context.gate.ledger().quotas().clone();
        let quota = |name| quotas.find(Vendor::Getui, name).expect("a quota");
        let spends = ["requests", "tag_batch"].map(|name| Spend { quota: quota(name), subject: 0 });
        let mut names = Names::new();
        let user = names.intern("e605a0db5ce3cca9b76b012978064940");
        let tags: Vec<_> = (0..CALLS_EACH).map(|tag| names.intern(&format!("tag-{tag}"))).collect();
        let calls = tags.iter().map(|tag| Write::BindTag(*tag, vec![user])).collect::<Vec<_>>();
        let calls = calls.iter().map(|write| context.gate.write(write, &names, &spends, 0));
        for answer in futures_util::future::join_all(calls).await {
            answer.unwrap_or_else(|why| panic!("a call failed: {why:?}"));
        }
        context.close().await;
    }

    /// What the vendor found wrong.
    fn violations(&self) -> Vec<String> {
        let world = self.world.borrow();
        let shown = |one: &pushform::emulator::violation::Violation| {
            format!("{:?} at {}: {}", one.sort, one.at, one.detail)
        };
        world.violations().iter().map(shown).collect()
    }

    fn accounts(&self) -> std::collections::BTreeMap<Vendor, String> {
        provider::of(&self.project()).iter().map(|one| (one.vendor(), one.account())).collect()
    }
}

fn virtually<T>(course: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(course)
}

/// Two runs at the same time, on virtual time; gives what the vendor found wrong.
fn two_runs(latency_ms: i64, stores: [Rc<dyn Store>; 2]) -> Vec<String> {
    virtually(async {
        let clock = Clock::starting_at(START);
        let account = Account::new(clock, latency_ms);
        let [a, b] = stores;
        tokio::join!(account.run(a, clock), account.run(b, clock));
        // Those that the vendor refuses are made again.
        assert!(account.world.borrow().calls("getui.tag.bind") >= 2 * CALLS_EACH as u64, "calls are missing");
        account.violations()
    })
}

#[test]
fn two_projects_of_one_account_stay_under_its_limit_together() {
    for latency_ms in [0, 20, 250, 700] {
        let memory = Memory::new();
        let stores: [Rc<dyn Store>; 2] = [Rc::new(memory.beside()), Rc::new(memory)];
        let found = two_runs(latency_ms, stores);
        assert!(found.is_empty(), "with {latency_ms} ms: {found:#?}");
    }
}

#[test]
fn two_runs_on_one_file_stay_under_the_limit_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let stores: [Rc<dyn Store>; 2] = [Rc::new(Sqlite::open(&path)), Rc::new(Sqlite::open(&path))];
    let found = two_runs(20, stores);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_vendor_would_notice_two_projects_with_a_ledger_each() {
    let stores: [Rc<dyn Store>; 2] = [Rc::new(Memory::new()), Rc::new(Memory::new())];
    let found = two_runs(20, stores);
    assert!(!found.is_empty(), "this test could not fail");
}

/// On a server time passes really, and machines do not agree on what it is.
#[test]
fn two_machines_whose_clocks_differ_stay_under_the_limit_together() {
    two_machines("");
}

/// Whatever the server's defaults are, a transaction is what it has to be.
#[test]
fn a_server_with_other_defaults_serves_two_machines_as_well() {
    for setting in ["default_transaction_isolation%3Dserializable", "default_transaction_read_only%3Don"] {
        two_machines(&format!("&options=-c%20{setting}"));
    }
}

fn two_machines(options: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (real, wrong) = (Clock::real(), Clock::starting_at(Clock::real().now().plus(-HOUR_MS)));
        let account = Account::new(real, 20);
        let (first, schema) = server::fresh();
        let second = first.replace(&schema, &format!("{schema}_b"));
        let [first, second] = [first, second].map(|url| format!("{url}{options}"));
        let own = |url: String, clock| -> Rc<dyn Store> {
            let accounts = account.accounts().into_keys().map(|vendor| (vendor, schema.clone())).collect();
            let store = Postgres::open(&Secret::new(url), accounts, Time::Server(clock));
            Rc::new(store.expect("the URL of the tests"))
        };
        let (a, b) = (own(first, real), own(second, wrong));
        tokio::join!(account.run(a, real), account.run(b, wrong));
        assert_eq!(account.world.borrow().calls("getui.tag.bind"), 2 * CALLS_EACH as u64, "calls arrived");
        let found = account.violations();
        assert!(found.is_empty(), "{found:#?}");
    });
}
