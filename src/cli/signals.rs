//! Ctrl-C and the system's requests to stop: the first one asks, the second one ends.
//!
//! Whatever a command waits for, it is over within seconds of the first one: a build machine kills what has not ended
//! ten seconds after it asked, and a person has no reason to wait longer.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::exit;
use super::ui;
use crate::clock::{Beside, Clock};
use crate::gate::GRACE_MS;
use crate::problem::{Failure, Problem, Problems, Result};
use crate::timestamp::SECOND_MS;

/// How long work may go on that was asked to stop: calls under way have [`GRACE_MS`], and what came of them has to be
/// written down.
pub(super) const WORK_ENDS_MS: i64 = GRACE_MS + SECOND_MS;

/// When the process ends that could not even be told: something keeps its thread busy.
const PROCESS_ENDS_MS: i64 = WORK_ENDS_MS + SECOND_MS / 2;

/// When a process ends whose work has nothing to bring to an end, should its thread be busy.
const IDLE_ENDS_MS: i64 = SECOND_MS / 2;

/// Whether nothing has to be brought to an end at this moment.
static IDLE: AtomicBool = AtomicBool::new(false);

/// Whether somebody has asked; who comes later has been asked as well.
static ASKED: AtomicBool = AtomicBool::new(false);
static STOP: Notify = Notify::const_new();

/// Listens for as long as what it gives is kept, on a thread of its own: a command may be busy, or wait for a pipe that
/// nobody opens.
///
/// # Errors
/// The system gives no thread.
pub(super) fn listen() -> io::Result<Beside<()>> {
    Beside::start(|| async {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            // A terminal that is closed takes its programs with it.
            for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
                // Without a handler the system ends the process by itself.
                let Ok(mut signals) = signal(kind) else { continue };
                tokio::spawn(async move {
                    while signals.recv().await.is_some() {
                        asked();
                    }
                });
            }
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                asked();
            }
        });
        std::future::pending().await
    })
}

fn asked() {
    if ASKED.swap(true, Ordering::SeqCst) {
        end();
    }
    STOP.notify_waiters();
    // In the machine's time, whatever time the command runs in: this is a thread of its own.
    let wait_ms = if IDLE.load(Ordering::SeqCst) { IDLE_ENDS_MS } else { PROCESS_ENDS_MS };
    tokio::spawn(async move {
        Clock::real().sleep_ms(wait_ms).await;
        ui::last_words("Ended without waiting any longer. Calls under way are looked up by the next run.\n");
        end();
    });
}

/// Ends at once. What was written down stays; a lock stays until its lease is over, as after a crash.
#[expect(clippy::disallowed_methods, reason = "nothing else ends a process whose work cannot be told to")]
fn end() -> ! {
    std::process::exit(i32::from(exit::of_failure(Failure::Interrupted)))
}

/// Comes back once somebody has asked to stop.
pub(super) async fn asked_to_stop() {
    loop {
        let stop = STOP.notified();
        tokio::pin!(stop);
        stop.as_mut().enable();
        if ASKED.load(Ordering::SeqCst) {
            return;
        }
        stop.await;
    }
}

/// Work that has nothing to bring to an end first: it is dropped as soon as somebody asks.
///
/// # Errors
/// What the work ends with, or that it was interrupted.
pub(super) async fn until_asked<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    IDLE.store(true, Ordering::SeqCst);
    let ended = tokio::select! {
        biased;
        done = work => done,
        () = asked_to_stop() => return Err(interrupted("interrupted before it was done")),
    };
    IDLE.store(false, Ordering::SeqCst);
    ended
}

/// The problem of somebody who asked.
pub(super) fn interrupted(what: &str) -> Problems {
    Problems::of(Failure::Interrupted, Problem::error("cli::interrupted", what))
}
