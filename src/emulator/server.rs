//! Both vendors on a loopback port: for clients in other processes and in other languages.
//!
//! Getui's base is `http://ADDR/v2`, JPush's is `http://ADDR`. A fault that refuses or cuts a connection drops it
//! without a byte: a listener cannot refuse what it has taken. Under `/_emulator/` a test can look inside:
//! `GET violations`, `GET stats`, `GET world` (what `--world` reads again), `PUT world` (starts from another),
//! `POST faults` (one more line of the script, as JSON).
//! It listens on loopback addresses only and speaks plain HTTP/1.1. The one file that names the HTTP server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Request, Response};
use axum::serve::{IncomingStream, Listener};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::world::{End, Incoming, World};
use super::world_file::{read_fault, read_world, write_saved};
use crate::clock::Clock;
use crate::problem::{Problem, Problems, Result};
use crate::wire::{Method, Reply};

/// The largest body that is read: a thousand devices with their values are well under it.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A world that many connections share; nobody holds it while waiting.
pub type SharedWorld = Arc<Mutex<World>>;

/// Takes a port on a loopback address such as `127.0.0.1:0`; `localhost:8080` and a bare port will do as well.
///
/// # Errors
/// One problem when the address is none, is no loopback address, or is taken.
pub async fn listen(address: &str) -> Result<TcpListener> {
    let numeric = address.replace("localhost", "127.0.0.1");
    let numeric = if numeric.contains(':') { numeric } else { format!("127.0.0.1:{numeric}") };
    let wrong = |summary: String| {
        let problem = Problem::error("emulator::address", summary);
        problem.help("give a loopback address and a port, such as 127.0.0.1:8080; port 0 takes any free one")
    };
    let parsed: SocketAddr = numeric.parse().map_err(|_| wrong(format!("`{address}` is no address")))?;
    if !parsed.ip().is_loopback() {
        return Err(wrong(format!(
            "the emulator listens on loopback addresses only, and `{address}` is none"
        ))
        .into());
    }
    TcpListener::bind(parsed)
        .await
        .map_err(|error| wrong(format!("cannot listen on {parsed}: {error}")).into())
}

/// How long calls may take that are being answered when the end comes; a request that is half sent has no end.
const ANSWERS_END_MS: i64 = 3_000;

/// Serves `world` until `stop` comes; calls that are being answered then have `ANSWERS_END_MS`.
///
/// # Errors
/// What the listener reports.
pub async fn serve(
    listener: TcpListener,
    world: SharedWorld,
    clock: Clock,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(Served { world, clock });
    let service = router.into_make_service_with_connect_info::<Cut>();
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let stop = async {
        stop.await;
        // Nobody listens only where serving has ended already.
        stopping.send(()).unwrap_or_default();
    };
    let serving = axum::serve(Lines(listener), service).with_graceful_shutdown(stop).into_future();
    let grace_ends = async {
        match stopped.await {
            Ok(()) => clock.sleep_ms(ANSWERS_END_MS).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = serving => served,
        () = grace_ends => Ok(()),
    }
}

#[derive(Clone)]
struct Served {
    world: SharedWorld,
    clock: Clock,
}

impl Served {
    /// A panic in one call must not end all others, and the world is whole between two calls.
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(served): State<Served>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return cut.drop_line();
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let method = Method::from_word(head.method.as_str());
    if let Some(path) = path.strip_prefix("/_emulator/") {
        return respond(control(&served, method, path, &body));
    }
    let Some(method) = method else {
        let outcome = served.world().handle_method(head.method.as_str(), path, served.clock.now());
        return end(outcome.end, &cut);
    };
    let headers = headers(&head.headers);
    let incoming = Incoming { method, path: path.to_owned(), headers, body: body.into() };
    let travel = served.world().travel(&incoming);
    wait(&served.clock, travel.there_ms).await;
    let outcome = {
        let mut world = served.world();
        world.handle(&incoming, served.clock.now())
    };
    wait(&served.clock, travel.back_ms.saturating_add(outcome.delay_ms)).await;
    end(outcome.end, &cut)
}

fn end(end: End, cut: &Cut) -> Response<Body> {
    match end {
        End::Reply(reply) => respond(reply),
        End::Refused | End::CutBefore | End::CutAfter => cut.drop_line(),
    }
}

async fn wait(clock: &Clock, ms: i64) {
    if ms > 0 {
        clock.sleep_ms(ms).await;
    }
}

/// The headers that the vendors read.
fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let take = |name: &str| Some((name.to_owned(), all.get(name)?.to_str().ok()?.to_owned()));
    ["token", "authorization", "content-type"].into_iter().filter_map(take).collect()
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap_or_default()
}

fn control(served: &Served, method: Option<Method>, path: &str, body: &Bytes) -> Reply {
    let mut world = served.world();
    let text = String::from_utf8_lossy(body);
    match (method, path.split('?').next().unwrap_or_default()) {
        (Some(Method::Get), "violations") => {
            let counts = world.violation_counts();
            let total: u64 = counts.values().sum();
            Reply::json(
                200,
                json!({"total": total, "counts": counts, "list": world.violations()}).to_string(),
            )
        }
        (Some(Method::Get), "stats") => {
            let stats = world.stats().iter();
            let stats = stats.map(|(endpoint, tally)| {
                (endpoint.name().to_owned(), json!({"calls": tally.calls, "refused": tally.refused}))
            });
            Reply::json(200, serde_json::Value::Object(stats.collect()).to_string())
        }
        (Some(Method::Get), "world") => Reply::json(200, write_saved(&world)),
        (Some(Method::Put), "world") => match read_world(&text, "the body") {
            Ok(other) => {
                *world = other;
                Reply::json(200, "{}")
            }
            Err(problems) => Reply::json(400, json!({"error": sentence(&problems)}).to_string()),
        },
        (Some(Method::Post), "faults") => match read_fault(&text) {
            Ok(fault) => {
                world.add_fault(fault);
                Reply::json(200, "{}")
            }
            Err(why) => Reply::json(400, json!({"error": why}).to_string()),
        },
        _ => Reply::json(404, json!({"error": "there are violations, stats, world and faults"}).to_string()),
    }
}

/// The first of some problems in a line.
fn sentence(problems: &Problems) -> String {
    let Some(first) = problems.list().first() else { return String::new() };
    let place = first.labels.first().map(|label| format!("{}: ", label.place)).unwrap_or_default();
    let help = first.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    format!("{place}{}{help}", first.summary)
}

/// The word that a connection is to be dropped.
#[derive(Clone, Debug)]
struct Cut(Arc<AtomicBool>);

impl Cut {
    /// The reply that never gets through: its first byte fails to be written.
    fn drop_line(&self) -> Response<Body> {
        self.0.store(true, Ordering::Relaxed);
        Response::new(Body::empty())
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, Lines>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().cut.clone()
    }
}

/// A listener whose connections can be cut.
struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small replies must not wait for each other; without it they are merely slower.
        let _ = stream.set_nodelay(true);
        (Line { stream, cut: Cut(Arc::new(AtomicBool::new(false))) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that can be cut.
struct Line {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, into: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
        pieces: &[io::IoSlice],
    ) -> Poll<io::Result<usize>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
