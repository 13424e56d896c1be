//! How close a whole apply comes to the pace that the limits allow: 250 calls of one tag each at 50 every two seconds,
//! and 12 calls that spend another limit. Together no more leave at once than may be under way at a time (128): of
//! more, some would wait for a reply, and not for a limit.
//!
//! On virtual time it must be the earliest moment the law allows, to the millisecond, and the other calls must not
//! wait for it; on a real loopback socket the last call leaves within 2 % of that moment. The clients do everything
//! they always do: the journal and the spends are written to a file before each call.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use pushform::clock::Clock;
use pushform::emulator::setup::{Limits, LimitsSetup};
use pushform::emulator::throttle::Limit;
use pushform::emulator::{LocalVendors, Setup, World, server};
use pushform::gate::transport::Wait;
use pushform::gate::{Http, Options, Transport};
use pushform::manifest::{Env, Project, read_project};
use pushform::observe::Refresh;
use pushform::ops::Context;
use pushform::ops::apply::{Audience, Consent, apply};
use pushform::ops::context;
use pushform::ops::plan::{Look, Wanted};
use pushform::state::Sqlite;
use pushform::timestamp::Timestamp;
use pushform::wire::{Broken, Reply, Request};

const TAGS: i64 = 250;
const COUNT: i64 = 50;
const WINDOW_MS: i64 = 2_000;
/// Twelve calls of 200 users each.
const BLOCKED: usize = 2_400;
const OTHERS: usize = 12;
/// A real run may be later than the law by this share.
const LATER_PERCENT_MAX: f64 = 2.0;
const START: Timestamp = Timestamp(1_795_320_000_000);

fn main() {
    println!("{TAGS} tag calls at {COUNT}/{WINDOW_MS}ms beside {OTHERS} calls of another limit");
    println!(
        "{:<24} {:>12} {:>12} {:>8} {:>16}",
        "", "last left ms", "earliest ms", "over", "others done ms"
    );
    for latency_ms in [0, 20, 250, 3_000] {
        let ran = on_virtual_time(latency_ms);
        let earliest_ms = (TAGS - 1) / COUNT * (WINDOW_MS + latency_ms);
        ran.show(&format!("virtual, {latency_ms} ms"), earliest_ms);
        assert_eq!(ran.last_ms, earliest_ms, "the last call did not leave at the earliest moment");
        assert_eq!(ran.others_ms, 0, "calls of another limit waited");
    }
    let ran = on_a_socket();
    let earliest_ms = (TAGS - 1) / COUNT * WINDOW_MS;
    let over = ran.show("loopback socket", earliest_ms);
    assert!(over <= LATER_PERCENT_MAX, "the last call left {over:.2} % later than the law allows");
}

/// When calls left, from the first one of an apply.
struct Ran {
    last_ms: i64,
    others_ms: i64,
}

impl Ran {
    /// Prints a line and gives by how many percent the last call was late.
    fn show(&self, what: &str, earliest_ms: i64) -> f64 {
        let Self { last_ms, others_ms } = self;
        #[expect(clippy::cast_precision_loss, reason = "seconds in milliseconds")]
        let over = 100.0 * (*last_ms as f64 / earliest_ms as f64 - 1.0);
        println!("{what:<24} {last_ms:>12} {earliest_ms:>12} {over:>6.2} % {others_ms:>16}");
        over
    }
}

fn on_virtual_time(latency_ms: i64) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O").block_on(async {
        let clock = Clock::starting_at(START);
        let world = Rc::new(RefCell::new(World::new(setup(latency_ms))));
        let vendors = LocalVendors::new(world, clock, "app");
        applied(Rc::new(vendors), clock, "https://restapi.getui.com/v2").await
    })
}

fn on_a_socket() -> Ran {
    let (send, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime of the vendors").block_on(async {
            let listener = server::listen("127.0.0.1:0").await.expect("a port");
            send.send(listener.local_addr().expect("an address")).expect("somebody waits for it");
            let world = Arc::new(Mutex::new(World::new(setup(0))));
            server::serve(listener, world, Clock::real(), std::future::pending()).await.expect("a server");
        });
    });
    let base = format!("http://{}/v2", address.recv().expect("the vendors start"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let bases = [(pushform::wire::Vendor::Getui, format!("{base}/app"))].into();
        let http = Http::new(&bases).expect("a transport");
        applied(Rc::new(http), Clock::real(), &base).await
    })
}

fn setup(latency_ms: i64) -> Setup {
    let limit = Limit::parse(&format!("{COUNT}/{}s", WINDOW_MS / 1_000)).expect("a limit");
    let limits = LimitsSetup { tag_batch: Limits(vec![limit]), ..LimitsSetup::default() };
    Setup { latency_ms, limits, ..Setup::default() }
}

/// Applies a project from nothing, by the record alone: every call but the sign-in is a write.
async fn applied(vendors: Rc<dyn Transport>, clock: Clock, base: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), base);
    let watched = Rc::new(Watched { vendors, clock, left: RefCell::default() });
    let (project, _) =
        Project::read(&read_project(folder.path()).expect("a file"), Env::Ignore).expect("a project");
    let setup = context::Setup {
        folder: folder.path().to_owned(),
        project,
        clock,
        store: Rc::new(Sqlite::open(folder.path().join("state.db"))),
        transport: watched.clone(),
        gate: Options::default(),
    };
    let context = Context::open(setup).await.expect("a context");
    let audience = Audience {
        say: &|_| {},
        owner: "benchmark",
        consent: Consent::Given,
        show: &|_| Ok(()),
        ask: &|| Box::pin(async { Ok(()) }),
        listener: &|_, _| {},
    };
    let wanted = Wanted { look: Look::By(Refresh::None), options: pushform::plan::Options::default() };
    let applied = apply(&context, &wanted, None, &audience).await;
    let report = applied.unwrap_or_else(|why| panic!("{why:?}")).report;
    assert!(!report.problems.has_errors(), "{:?}", report.problems);
    watched.ran()
}

fn write(folder: &Path, base: &str) {
    let project = format!(
        "getui:\n  app_id: app\n  app_key: key\n  master_secret: secret\n  base_url: {base}\n  \
         limits: {{tag_batch: {COUNT}/{WINDOW_MS}ms, tag_overwrite_per_user: 0/1d}}\nmanifests: [audience.yaml]\n"
    );
    let tags: String = (0..TAGS).map(|tag| format!("    tag_{tag}: [{tag:032x}]\n")).collect();
    let blocked: Vec<String> = (0..BLOCKED).map(|user| format!("{:032x}", user + 10_000)).collect();
    let manifest = format!("getui:\n  blacklist: [{}]\n  tag_members:\n{tags}", blocked.join(", "));
    std::fs::write(folder.join("pushform.yaml"), project).expect("a project file");
    std::fs::write(folder.join("audience.yaml"), manifest).expect("a manifest");
}

/// Notes when calls leave.
struct Watched {
    vendors: Rc<dyn Transport>,
    clock: Clock,
    left: RefCell<Vec<(String, Timestamp)>>,
}

impl Watched {
    fn ran(&self) -> Ran {
        let left = self.left.borrow();
        let of = |part: &str| {
            left.iter().filter(|(path, _)| path.contains(part)).map(|(_, at)| *at).collect::<Vec<_>>()
        };
        let (tags, others) = (of("/user/custom_tag/batch"), of("/user/black"));
        assert_eq!((i64::try_from(tags.len()), others.len()), (Ok(TAGS), OTHERS), "every call leaves once");
        let first = tags.iter().chain(&others).min().copied().expect("a call");
        let since = |list: &[Timestamp]| list.iter().max().map_or(0, |last| last.since(first));
        Ran { last_ms: since(&tags), others_ms: since(&others) }
    }
}

impl Transport for Watched {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, Result<Reply, Broken>> {
        if request.method != pushform::wire::Method::Get {
            self.left.borrow_mut().push((request.path.clone(), self.clock.now()));
        }
        self.vendors.send(request)
    }
}
