//! What the distance to the database costs an apply: 2,000 calls that no limit holds up, on a file and on a PostgreSQL
//! behind a network of 5, 20 and 50 ms of round trip.
//!
//! `cargo bench --bench distance`. Measured is the time from the first call to the last recorded outcome, and of the
//! whole apply, reading back included; the vendor answers after 250 ms.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../tests/server/mod.rs"]
mod server;
#[expect(dead_code, reason = "this network stays up")]
#[path = "../tests/server/proxy.rs"]
mod proxy;

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pushform::clock::Clock;
use pushform::emulator::{LocalVendors, Setup, World};
use pushform::gate::Options;
use pushform::manifest::{Env, Project, read_project};
use pushform::observe::Refresh;
use pushform::ops::Context;
use pushform::ops::apply::{Audience, Consent, apply};
use pushform::ops::context;
use pushform::ops::plan::{Look, Wanted};
use pushform::report::What;
use pushform::secret::Secret;
use pushform::state::postgres::{Postgres, Time};
use pushform::state::{Sqlite, Store};
use pushform::wire::Vendor;

const CALLS: usize = 2_000;
const LATENCY_MS: i64 = 250;
const ROUND_TRIPS_MS: [u64; 3] = [5, 20, 50];
/// How much longer than on a file it may take.
const TIMES_MAX: f64 = 1.3;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("{CALLS} calls, each answered after {LATENCY_MS} ms");
    println!("{:<24} {:>10} {:>8} {:>10}", "", "calls ms", "times", "whole ms");
    let file = runtime.block_on(on_a_file());
    file.show("a file", file);
    for ms in ROUND_TRIPS_MS {
        let far = tokio::task::LocalSet::new().block_on(&runtime, on_a_server(Duration::from_millis(ms)));
        let times = far.show(&format!("PostgreSQL, {ms} ms"), file);
        assert!(times <= TIMES_MAX, "with {ms} ms it takes {times:.2} times as long");
    }
}

/// How long it took.
#[derive(Clone, Copy)]
struct Took {
    calls: Duration,
    whole: Duration,
}

impl Took {
    /// Prints a line, and gives how many times as long as the other the calls took.
    fn show(self, what: &str, other: Self) -> f64 {
        let times = self.calls.as_secs_f64() / other.calls.as_secs_f64();
        println!("{what:<24} {:>10} {times:>8.2} {:>10}", self.calls.as_millis(), self.whole.as_millis());
        times
    }
}

async fn on_a_file() -> Took {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Sqlite::open(folder.path().join("state.db"));
    applied(folder.path(), Rc::new(store)).await
}

async fn on_a_server(round_trip: Duration) -> Took {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, schema) = server::fresh();
    let proxy = proxy::Proxy::open(&url, round_trip).await;
    let accounts = Vendor::ALL.into_iter().map(|vendor| (vendor, schema.clone())).collect();
    let store = Postgres::open(&Secret::new(proxy.url.clone()), accounts, Time::Server(Clock::real()));
    applied(folder.path(), Rc::new(store.expect("the URL of the tests"))).await
}

/// Applies a project from nothing, by the record alone: every user's tags are overwritten.
async fn applied(folder: &Path, store: Rc<dyn Store>) -> Took {
    write(folder);
    let clock = Clock::real();
    let setup = Setup { latency_ms: LATENCY_MS, unlimited: true, ..Setup::default() };
    let vendors = LocalVendors::new(Rc::new(RefCell::new(World::new(setup))), clock, "app");
    let source = read_project(folder).expect("a file");
    let (project, _) = Project::read(&source, Env::Ignore).expect("a project");
    let begun = Instant::now();
    let setup = context::Setup {
        folder: folder.to_owned(),
        project,
        clock,
        store,
        transport: Rc::new(vendors),
        gate: Options::default(),
    };
    let context = Context::open(setup).await.expect("a context");
    let (first, last, calls) = (Cell::new(None), Cell::new(begun), Cell::new(0));
    let audience = Audience {
        owner: "benchmark",
        consent: Consent::Given,
        show: &|_| Ok(()),
        ask: &|| Box::pin(async { Ok(()) }),
        say: &|_| {},
        listener: &|_, event| match event.what {
            What::CallStart { .. } if first.get().is_none() => first.set(Some(Instant::now())),
            What::CallDone { .. } => {
                calls.set(calls.get() + 1);
                last.set(Instant::now());
            }
            _ => {}
        },
    };
    let wanted = Wanted { look: Look::By(Refresh::None), options: pushform::plan::Options::default() };
    let applied = apply(&context, &wanted, None, &audience).await;
    let report = applied.unwrap_or_else(|why| panic!("{why:?}")).report;
    assert!(!report.problems.has_errors(), "{:?}", report.problems);
    assert_eq!(calls.get(), CALLS, "each user is one call");
    Took { calls: last.get() - first.get().expect("a call"), whole: begun.elapsed() }
}

fn write(folder: &Path) {
    let project = "getui:\n  app_id: app\n  app_key: key\n  master_secret: secret\n  \
        limits: {requests: 10000000/1m, tag_batch: 0/1d}\nmanifests: [audience.yaml]\n";
    let mut manifest = "getui:\n  tag_sets:\n".to_owned();
    for user in 0..CALLS {
        writeln!(manifest, "    {user:032x}: [a{user}, b{user}]").expect("memory");
    }
    std::fs::write(folder.join("pushform.yaml"), project).expect("a project file");
    std::fs::write(folder.join("audience.yaml"), manifest).expect("a manifest");
}
