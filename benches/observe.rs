//! How fast users are read: every user's tags from the emulator without limits, over real sockets, beside the plain
//! load that `oha` and `wrk` put on the same server with as many calls under way.
//!
//! `cargo bench --bench observe`, or `… -- 100000` for as many users. All take turns in one run, so that whatever else
//! the machine does slows all, and all ask about the same users, since a server answers faster who asks about one
//! only. The emulator is a process of its own. `oha` is a client of our kind, in Rust over the same library; `wrk`, in
//! C, knows no library at all. Where neither is there, a minimal generator of our own takes their place, which knows
//! no URL, no timer and no JSON. The goal is for one of them; the ratio to each is printed.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use pushform::clock::Clock;
use pushform::emulator::setup::ManySetup;
use pushform::gate::transport::Wait;
use pushform::gate::{Http, Options, Transport};
use pushform::manifest::{Env, Project, read_project};
use pushform::observe::Refresh;
use pushform::ops::Context;
use pushform::ops::context;
use pushform::ops::plan::{Look, Wanted, plan};
use pushform::state::Sqlite;
use pushform::wire::{Broken, Reply, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const USERS: u32 = 20_000;
/// Our requests a second over those of the plain load.
const GOAL: f64 = 0.5;
/// An odd number: the median round counts, and the machine has other work in some of them.
const ROUNDS: usize = 9;
const LOAD: Duration = Duration::from_secs(2);
/// Every user's id is this and a number in hexadecimal digits.
const PREFIX: &str = "beef";

fn main() {
    let users = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(USERS);
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), users);
    write_project(folder.path(), &server.address, users);
    write_questions(folder.path(), &server.address, users);
    let plain = Plain::here();
    let words: Vec<&str> = plain.iter().map(Plain::words).collect();
    println!("{users} users a round; plain load by {}, {CONNECTIONS} connections", words.join(" and "));
    println!("{:<8} {:>16} {:>12}  plain load, and what part of it", "round", "observing", "whole plan");
    let runtime = pushform::clock::real_runtime().expect("a runtime");
    let mut ratios = vec![Vec::new(); plain.len()];
    for round in 1..=ROUNDS {
        let loads = plain
            .iter()
            .map(|one| runtime.block_on(one.requests_a_second(folder.path(), &server.address, users)));
        let loads: Vec<f64> = loads.collect();
        let (observed, whole) = runtime.block_on(observed(folder.path(), users));
        print!("{round:<8} {observed:>12.0} r/s {:>10.1} s", whole.as_secs_f64());
        for ((one, load), ratios) in plain.iter().zip(loads).zip(&mut ratios) {
            print!("  {} {load:.0} r/s {:.2}", one.words(), observed / load);
            ratios.push(observed / load);
        }
        println!();
    }
    let mut best: f64 = 0.0;
    for (one, ratios) in plain.iter().zip(&mut ratios) {
        ratios.sort_by(f64::total_cmp);
        println!("median ratio to {}: {:.2}", one.words(), ratios[ROUNDS / 2]);
        best = best.max(ratios[ROUNDS / 2]);
    }
    let word = if best >= GOAL { "held" } else { "MISSED" };
    println!("goal {GOAL} of one of them: {word}");
}

/// The emulator in a process of its own, which ends with this.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path, users: u32) -> Self {
        let world = folder.join("world.yaml");
        let many = format!(
            "getui: {{many: [{{count: {users}, prefix: {PREFIX}, like: {{tags: [newsletter]}}}}]}}\n"
        );
        std::fs::write(&world, many).expect("a world");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushform"));
        command.args(["emulator", "--listen", "127.0.0.1:0", "--unlimited", "--world"]).arg(&world);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the emulator starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.split("://").nth(1).and_then(|rest| rest.split('/').next());
        Self { address: address.expect("an address").to_owned(), child }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("the emulator is there");
        self.child.wait().expect("the emulator ends");
    }
}

fn write_project(folder: &Path, address: &str, users: u32) {
    let project = format!(
        "getui:\n  app_id: app\n  app_key: key\n  master_secret: secret\n  base_url: http://{address}/v2\n  \
         limits: {{requests: 100000000/1m}}\nmanifests: [audience.yaml]\n"
    );
    let manifest = "getui: {tag_members: {newsletter: {from: users.csv}}}\n";
    let mut csv = "cid\n".to_owned();
    (0..users).for_each(|user| writeln!(csv, "{}", ManySetup::cid(PREFIX, user)).expect("memory"));
    for (file, text) in
        [("pushform.yaml", project.as_str()), ("audience.yaml", manifest), ("users.csv", &csv)]
    {
        std::fs::write(folder.join(file), text).expect("a file of the project");
    }
}

/// Every user's address for `oha`, which draws from them, and for `wrk` a script that goes through them.
fn write_questions(folder: &Path, address: &str, users: u32) {
    let mut urls = String::new();
    for user in 0..users {
        writeln!(urls, "http://{address}/v2/app{PATH}{}", ManySetup::cid(PREFIX, user)).expect("memory");
    }
    let script = format!(
        "local user = 0\nrequest = function()\n  local path = string.format(\"/v2/app{PATH}{PREFIX}%0{}x\", user)\n  \
         user = (user + 1) % {users}\n  return wrk.format(nil, path)\nend\n",
        ManySetup::cid(PREFIX, 0).len() - PREFIX.len()
    );
    std::fs::write(folder.join(URLS), urls).expect("the addresses");
    std::fs::write(folder.join(SCRIPT), script).expect("a script");
}

/// Plans with every user read; gives the requests a second from the first to the last, and how long the plan took.
async fn observed(folder: &Path, users: u32) -> (f64, Duration) {
    let (project, _) = Project::read(&read_project(folder).expect("a file"), Env::Ignore).expect("a project");
    let http = Http::new(&project.bases()).expect("a transport");
    let watched = Rc::new(Watched { http, calls: Cell::default(), span: RefCell::default() });
    let setup = context::Setup {
        folder: folder.to_owned(),
        project,
        clock: Clock::real(),
        store: Rc::new(Sqlite::open(folder.join("state.db"))),
        transport: watched.clone(),
        gate: Options::default(),
    };
    let context = Context::open(setup).await.expect("a context");
    let wanted = Wanted { look: Look::By(Refresh::Full), options: pushform::plan::Options::default() };
    let start = Instant::now();
    let planned = plan(&context, &wanted).await.unwrap_or_else(|why| panic!("{why:?}"));
    let whole = start.elapsed();
    assert_eq!(planned.live.tag_users.len(), users as usize, "every user was looked at");
    assert!(planned.plan.calls.is_empty(), "all of them carry the tag");
    context.close().await;
    let span = watched.span.borrow().map(|(first, last)| last - first).expect("calls");
    (f64::from(watched.calls.get()) / span.as_secs_f64(), whole)
}

/// Counts the reads of users, and notes when the first left and the last was answered.
struct Watched {
    http: Http,
    calls: Cell<u32>,
    span: RefCell<Option<(Instant, Instant)>>,
}

impl Transport for Watched {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, Result<Reply, Broken>> {
        if !request.path.starts_with(PATH) {
            return self.http.send(request);
        }
        let sent = Instant::now();
        Box::pin(async move {
            let reply = self.http.send(request).await;
            self.calls.set(self.calls.get() + 1);
            let mut span = self.span.borrow_mut();
            *span = Some((span.map_or(sent, |(first, _)| first.min(sent)), Instant::now()));
            reply
        })
    }
}

/// Where one user's tags are read.
const PATH: &str = "/user/custom_tag/cid/";
const URLS: &str = "urls.txt";
const SCRIPT: &str = "users.lua";
/// As many connections as our reader has calls under way.
const CONNECTIONS: usize = 128;

/// What loads the server without knowing what it is told.
#[derive(Clone, Copy)]
enum Plain {
    Oha,
    Wrk,
    Ours,
}

impl Plain {
    /// Those that this machine has.
    fn here() -> Vec<Self> {
        let is_here = |one: &Self| {
            let mut command = Command::new(one.words());
            command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        };
        let found: Vec<Self> = [Self::Oha, Self::Wrk].into_iter().filter(is_here).collect();
        if found.is_empty() { vec![Self::Ours] } else { found }
    }

    const fn words(&self) -> &'static str {
        match self {
            Self::Oha => "oha",
            Self::Wrk => "wrk",
            Self::Ours => "our own generator",
        }
    }

    async fn requests_a_second(self, folder: &Path, address: &str, users: u32) -> f64 {
        let token = token(address).await;
        let (connections, length) = (CONNECTIONS.to_string(), format!("{}s", LOAD.as_secs()));
        let mut command = Command::new(self.words());
        command.current_dir(folder).args(["-c", &connections, "-H", &format!("token: {token}")]);
        match self {
            Self::Oha => command.args(["--no-tui", "-z", &length, "--urls-from-file", URLS]),
            Self::Wrk => command.args(["-t1", "-d", &length, "-s", SCRIPT, &format!("http://{address}")]),
            Self::Ours => return ours(address, &token, users).await,
        };
        self.said(&mut command)
    }

    /// What a tool says of the load that it put on the server.
    fn said(self, command: &mut Command) -> f64 {
        let output = command.output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let is_refused = text.contains("Non-2xx") || (matches!(self, Self::Oha) && !text.contains("[200]"));
        assert!(output.status.success() && !is_refused, "{text}");
        let figure = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
        figure.and_then(|figure| figure.trim().parse().ok()).unwrap_or_else(|| panic!("no figure in {text}"))
    }
}

/// Signs in. Without credentials in its world the emulator takes any.
async fn token(address: &str) -> String {
    let body = format!(r#"{{"sign":"x","timestamp":"{}","appkey":"k"}}"#, Clock::real().now().0);
    let head = format!("POST /v2/app/auth HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    let reply = Line::open(address).await.ask(&format!("{head}{body}")).await;
    let token = reply.split(r#""token":""#).nth(1).and_then(|rest| rest.split('"').next());
    token.unwrap_or_else(|| panic!("no token in {reply}")).to_owned()
}

async fn ours(address: &str, token: &str, users: u32) -> f64 {
    let start = Instant::now();
    let next = Cell::new(0);
    let lines = (0..CONNECTIONS).map(|_| async {
        let mut line = Line::open(address).await;
        while start.elapsed() < LOAD {
            let user = ManySetup::cid(PREFIX, next.replace(next.get() + 1) % users);
            let head = format!("GET /v2/app{PATH}{user} HTTP/1.1\r\nhost: x\r\ntoken: {token}\r\n\r\n");
            let reply = line.ask(&head).await;
            assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        }
    });
    join_all(lines).await;
    f64::from(next.get()) / start.elapsed().as_secs_f64()
}

/// A connection that is kept.
struct Line {
    stream: TcpStream,
    got: Vec<u8>,
}

impl Line {
    async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, got: Vec::with_capacity(4_096) }
    }

    /// Sends a request and gives the whole reply.
    async fn ask(&mut self, request: &str) -> String {
        self.stream.write_all(request.as_bytes()).await.expect("a request is written");
        self.got.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.got).await.expect("bytes") > 0, "the server hung up");
            let text = std::str::from_utf8(&self.got).expect("text");
            if is_whole(text) {
                return text.to_owned();
            }
        }
    }
}

fn is_whole(reply: &str) -> bool {
    let Some((head, body)) = reply.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}
