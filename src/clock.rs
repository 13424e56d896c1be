//! The one place that reads the time and the one place that sleeps.
//!
//! A [`Clock`] is real, or virtual: then waiting takes no time at all and the clock jumps to the moment that
//! was waited for, on a tokio runtime that was built paused. A day of tests takes milliseconds.
#![expect(clippy::disallowed_methods, reason = "this is the place where everybody else is sent")]

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::runtime::{Builder, Runtime};

use crate::timestamp::Timestamp;

/// What runs futures in real time: whatever decides runs on the thread that waits for it, connections on one beside it,
/// so that bytes come and go while others are made sense of.
///
/// # Errors
/// Where the system gives no thread.
pub fn real_runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

/// What runs futures in a time that passes only by being waited for, on one thread.
///
/// # Errors
/// Where the system gives no resources.
pub fn virtual_runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().start_paused(true).build()
}

/// A future that a trait object gives back. It runs on one thread.
pub type Wait<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Tells the time and waits.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Real,
    Virtual { start: Timestamp, origin: tokio::time::Instant },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn real() -> Self {
        Self { source: Source::Real }
    }

    /// A clock that shows `start` now and follows tokio's time from here; inside a runtime that was built with
    /// `start_paused(true)` it moves only when everything waits.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { source: Source::Virtual { start, origin: tokio::time::Instant::now() } }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.source {
            Source::Real => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Virtual { start, origin } => {
                start.plus(i64::try_from(origin.elapsed().as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Waits for `ms` milliseconds; a negative time is none.
    pub async fn sleep_ms(&self, ms: i64) {
        tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0))).await;
    }

    /// Waits until `at`; at once if that has passed.
    pub async fn sleep_until(&self, at: Timestamp) {
        self.sleep_ms(at.since(self.now())).await;
    }

    /// Waits for `work`, at most `ms` milliseconds: `None` when it took longer.
    pub async fn within_ms<T>(&self, ms: i64, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::from_millis(u64::try_from(ms).unwrap_or(0)), work).await.ok()
    }
}
