//! A PostgreSQL that is far, away for a moment, behind a pool, or set up otherwise.
#![expect(clippy::disallowed_methods, reason = "a distant server answers in real time")]

use std::cell::RefCell;
use std::process::{Child, Command};
use std::rc::Rc;
use std::time::{Duration, Instant};

use pushform::clock::Clock;
use pushform::emulator::{LocalVendors, Setup, World};
use pushform::gate::Options;
use pushform::manifest::{Env, Project, read_project};
use pushform::names::{Name, Names};
use pushform::observe::Refresh;
use pushform::ops::Context;
use pushform::ops::apply::{Applied, Audience, Consent, apply};
use pushform::ops::context;
use pushform::ops::plan::{Look, Wanted};
use pushform::report::What;
use pushform::secret::Secret;
use pushform::state::postgres::{Postgres, Time};
use pushform::state::{RowChange, Store};
use pushform::table::{Kind, Row};
use pushform::wire::Vendor;

use super::proxy::Proxy;
use super::server;

const USERS: usize = 120;

/// How many sessions the pool has.
const POOL_SESSIONS: usize = 3;

fn store(url: &str, account: &str) -> Rc<dyn Store> {
    let accounts = Vendor::ALL.into_iter().map(|vendor| (vendor, account.to_owned())).collect();
    let store = Postgres::open(&Secret::new(url.to_owned()), accounts, Time::Server(Clock::real()));
    Rc::new(store.expect("the URL of the tests"))
}

fn really(course: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, course);
}

/// Overwrites the tags of some users; `seen` is told of every call that is done.
async fn applied(
    store: Rc<dyn Store>,
    latency_ms: i64,
    seen: &dyn Fn(usize),
) -> (Applied, Rc<RefCell<World>>) {
    let folder = tempfile::tempdir().expect("a folder");
    let project = "getui:\n  app_id: app\n  app_key: key\n  master_secret: secret\n  \
        limits: {requests: 1000000/1m, tag_batch: 0/1d, tag_overwrite_per_user: 9/1d}\nmanifests: [audience.yaml]\n";
    let sets: String = (0..USERS).map(|user| format!("    {user:032x}: [a{user}, b{user}]\n")).collect();
    std::fs::write(folder.path().join("pushform.yaml"), project).expect("a project file");
    std::fs::write(folder.path().join("audience.yaml"), format!("getui:\n  tag_sets:\n{sets}"))
        .expect("a file");
    let setup = Setup { latency_ms, unlimited: true, ..Setup::default() };
    let world = Rc::new(RefCell::new(World::new(setup)));
    let clock = Clock::real();
    let source = read_project(folder.path()).expect("a file");
    let (project, _) = Project::read(&source, Env::Ignore).expect("a project");
    let setup = context::Setup {
        folder: folder.path().to_owned(),
        project,
        clock,
        store,
        transport: Rc::new(LocalVendors::new(Rc::clone(&world), clock, "app")),
        // Few at a time, so that something goes on for a while.
        gate: Options { under_way_max: 8, ..Options::default() },
    };
    let context = Context::open(setup).await.expect("a context");
    let done = RefCell::new(0);
    let audience = Audience {
        owner: "test",
        consent: Consent::Given,
        show: &|_| Ok(()),
        ask: &|| Box::pin(async { Ok(()) }),
        say: &|_| {},
        listener: &|_, event| {
            if matches!(event.what, What::CallDone { .. }) {
                *done.borrow_mut() += 1;
                seen(*done.borrow());
            }
        },
    };
    let wanted = Wanted { look: Look::By(Refresh::None), options: pushform::plan::Options::default() };
    let applied = apply(&context, &wanted, None, &audience).await;
    (applied.unwrap_or_else(|why| panic!("{why:?}")), world)
}

async fn is_recorded_whole(store: &dyn Store) {
    let mut names = Names::new();
    let recorded = store.snapshot(&mut names).await.expect("the rows");
    assert_eq!(recorded.tables.len(), 2 * USERS, "not every tag is recorded");
    assert_eq!(store.doubts(&mut names).await.expect("the journal").len(), 0, "calls are in doubt");
}

#[test]
fn a_database_that_is_away_for_two_seconds_ends_nothing() {
    really(async {
        let (url, schema) = server::fresh();
        let proxy = Rc::new(Proxy::open(&url, Duration::from_millis(2)).await);
        let cut = |done: usize| {
            if done == USERS / 4 {
                let proxy = Rc::clone(&proxy);
                proxy.down();
                tokio::task::spawn_local(async move {
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    proxy.up();
                });
            }
        };
        let (applied, world) = applied(store(&proxy.url, &schema), 20, &cut).await;
        assert!(!applied.report.problems.has_errors(), "{:?}", applied.report.problems);
        assert_eq!(world.borrow().calls("getui.tag.overwrite"), USERS as u64, "each call went once");
        is_recorded_whole(&*store(&url, &schema)).await;
    });
}

/// With 20 ms of round trip, recorded one by one, so many calls would take 20 seconds and more.
#[test]
fn outcomes_are_recorded_in_batches_however_far_the_database_is() {
    really(async {
        let (url, schema) = server::fresh();
        let proxy = Proxy::open(&url, Duration::from_millis(20)).await;
        let begun = RefCell::new(None);
        let last = RefCell::new(None);
        let seen = |_: usize| {
            begun.borrow_mut().get_or_insert_with(Instant::now);
            last.replace(Some(Instant::now()));
        };
        let (applied, _) = applied(store(&proxy.url, &schema), 20, &seen).await;
        assert!(!applied.report.problems.has_errors(), "{:?}", applied.report.problems);
        let took = last.take().expect("calls") - begun.take().expect("calls");
        assert!(took < Duration::from_secs(8), "{USERS} calls took {took:?}");
        is_recorded_whole(&*store(&url, &schema)).await;
    });
}

/// A pool of connections in front of the server, which gives each transaction another session.
struct Pool {
    process: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Pool {
    /// Starts PgBouncer; nothing where it is not installed.
    fn start(url: &str) -> Option<Self> {
        let value = |key: &str| {
            let pair = url
                .split_once('?')?
                .1
                .split('&')
                .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
            Some(pair.to_owned())
        };
        let (host, user, schema) = (value("host")?, value("user")?, value("schema")?);
        let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let folder = tempfile::tempdir().expect("a folder");
        let settings = format!(
            "[databases]\npushform = host={host} port=5432 user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {POOL_SESSIONS}\nserver_round_robin = 1\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("a file");
        let mut command = Command::new("pgbouncer");
        // It does not run as root.
        let is_root = nobody_owns(folder.path());
        if is_root {
            command.args(["-u", owner(&host).as_str()]);
        }
        let quiet = std::process::Stdio::null;
        let process = command.arg("-q").arg(&file).stdout(quiet()).stderr(quiet()).spawn().ok()?;
        let url = format!("postgres://{user}@127.0.0.1:{port}/pushform?pgbouncer=true&schema={schema}");
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "PgBouncer does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { process, url, _folder: folder })
    }
}

/// To whom the server's socket belongs.
fn owner(folder: &str) -> String {
    let said = Command::new("stat").args(["-c", "%U", folder]).output().expect("stat starts");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

/// Makes a folder readable for everybody; says whether its owner is root.
fn nobody_owns(folder: &std::path::Path) -> bool {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("our own folder");
    std::fs::metadata(folder).is_ok_and(|data| data.uid() == 0)
}

impl Drop for Pool {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn a_pool_that_gives_each_transaction_another_session_is_taken() {
    really(async {
        let (url, schema) = server::fresh();
        let Some(pool) = Pool::start(&url) else {
            println!("PgBouncer is not installed here: nothing was tried");
            return;
        };
        let far = store(&pool.url, &schema);
        let (applied, _) = applied(Rc::clone(&far), 5, &|_| {}).await;
        assert!(!applied.report.problems.has_errors(), "{:?}", applied.report.problems);
        is_recorded_whole(&*far).await;
        is_recorded_whole(&*store(&pool.url, &schema)).await;

        // So many rows go at once that a prepared statement would pay.
        leave_statements(&pool).await;
        let mut names = Names::new();
        let rows: Vec<RowChange> = (0..2_500)
            .map(|user| {
                let subject = names.intern(&format!("u{user:05}"));
                let row = Row { subject, item: Name::NONE, value: Name::NONE, mark: 7 };
                RowChange::Put(Kind::Blacklist, row)
            })
            .collect();
        let lease = far.acquire("ann", "apply", Clock::real().now(), 60_000).await.expect("the lease");
        far.amend(&lease, &names, &rows).await.expect("many rows");
        far.release(&lease).await.expect("the release");
    });
}

/// Other processes have left prepared statements in every session, by the names that this one would give its own.
async fn leave_statements(pool: &Pool) {
    let named: String = (0..100).map(|number| format!("PREPARE s{number} AS SELECT 1; ")).collect();
    let (url, _) = pool.url.split_once('?').expect("a query");
    let mut open = Vec::new();
    for _ in 0..POOL_SESSIONS {
        let (client, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the pool");
        tokio::task::spawn_local(connection);
        client.batch_execute(&format!("BEGIN; {named}")).await.expect("a session of its own");
        open.push(client);
    }
    for client in open {
        client.batch_execute("COMMIT").await.expect("the end");
    }
}
