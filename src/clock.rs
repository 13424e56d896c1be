//! The one place that reads the time and the one place that sleeps.
//!
//! A [`Clock`] is real, or virtual: then waiting takes no time at all and the clock jumps to the moment that
//! was waited for, on a tokio runtime that was built paused. A day of tests takes milliseconds.
#![expect(clippy::disallowed_methods, reason = "this is the place where everybody else is sent")]

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

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
///
/// The wall clock of a machine is stepped by people and by time servers. So it is read once, when the process asks for
/// the time first, and from there time goes on by the monotonic clock: no step makes a limit's window longer or shorter.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Real,
    Wall,
    Virtual { start: Timestamp, origin: tokio::time::Instant, wall: Option<Wall> },
}

/// The wall clock of a machine in a simulation.
#[derive(Clone, Copy, Debug)]
struct Wall {
    /// By how many milliseconds it is off.
    off_ms: &'static AtomicI64,
    /// By how many it was when the clock was made.
    at_start_ms: i64,
}

/// The one moment at which the process looked at the wall clock.
struct Anchor {
    wall: Duration,
    at: Instant,
}

static ANCHOR: LazyLock<Anchor> = LazyLock::new(|| Anchor { wall: wall(), at: Instant::now() });

/// The time since 1970 by the machine's wall clock.
fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Anchor {
    /// The time since 1970 when the monotonic clock shows `at`.
    fn since_1970(&self, at: Instant) -> Duration {
        self.wall.saturating_add(at.saturating_duration_since(self.at))
    }
}

fn whole_ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// How long the end of work on another thread is waited for. What it does there cannot be cut short: a look-up of a
/// host's name, or a file that a server on the network does not give.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// Work on a thread of its own, in real time. Dropped, it is ended at its next wait; where that does not come soon the
/// thread is left to itself.
pub struct Beside<T> {
    ended: oneshot::Receiver<T>,
    stop: Option<oneshot::Sender<()>>,
    /// Closed by the thread once nothing of the work is left.
    left: mpsc::Receiver<()>,
}

impl<T: Send + 'static> Beside<T> {
    /// Starts the work that `work` makes on the new thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start<F: Future<Output = T>>(work: impl FnOnce() -> F + Send + 'static) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let (tell, ended) = oneshot::channel();
        let (at_work, left) = mpsc::channel::<()>();
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    done = work() => drop(tell.send(done)),
                    _ = stopped => {}
                }
            });
            // Dropped, it would wait for look-ups of names.
            runtime.shutdown_background();
            drop(at_work);
        };
        std::thread::Builder::new().spawn(run)?;
        Ok(Self { ended, stop: Some(stop), left })
    }

    /// What the work came to; nothing where it ended by a panic.
    pub async fn ended(mut self) -> Option<T> {
        (&mut self.ended).await.ok()
    }
}

impl<T> Drop for Beside<T> {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Ends at once where the thread has ended, by a panic too.
        let _ended = self.left.recv_timeout(STOP_WAIT);
    }
}

impl Clock {
    /// Whether it shows the machine's time.
    #[must_use]
    pub const fn is_real(&self) -> bool {
        matches!(self.source, Source::Real)
    }

    /// The machine's clock.
    #[must_use]
    pub const fn real() -> Self {
        Self { source: Source::Real }
    }

    /// The machine's wall clock, with all its steps: for what serves others for weeks, as they would see the time.
    #[must_use]
    pub const fn wall() -> Self {
        Self { source: Source::Wall }
    }

    /// A clock that shows `start` now and follows tokio's time from here; inside a runtime that was built with
    /// `start_paused(true)` it moves only when everything waits.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { source: Source::Virtual { start, origin: tokio::time::Instant::now(), wall: None } }
    }

    /// The same on a simulated machine, whose wall clock is off by so many milliseconds, from now on too: a step of it
    /// is a change of that number.
    #[must_use]
    pub fn of_machine(right: Timestamp, off_ms: &'static AtomicI64) -> Self {
        let at_start_ms = off_ms.load(Ordering::Relaxed);
        let (start, origin) = (right.plus(at_start_ms), tokio::time::Instant::now());
        Self { source: Source::Virtual { start, origin, wall: Some(Wall { off_ms, at_start_ms }) } }
    }

    /// The present moment, in whole milliseconds that have passed: what is compared with it has surely come.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.moment(0)
    }

    /// The present moment, rounded up: what is written down as this has surely happened by then.
    #[must_use]
    pub fn now_rounded_up(&self) -> Timestamp {
        self.moment(999_999)
    }

    /// The present moment, `nanos` later.
    fn moment(&self, nanos: u64) -> Timestamp {
        let more = Duration::from_nanos(nanos);
        match self.source {
            Source::Real => Timestamp(whole_ms(ANCHOR.since_1970(Instant::now()).saturating_add(more))),
            Source::Wall => Timestamp(whole_ms(wall().saturating_add(more))),
            Source::Virtual { start, origin, .. } => {
                start.plus(whole_ms(origin.elapsed().saturating_add(more)))
            }
        }
    }

    /// By how many milliseconds the wall clock has come to be ahead of this clock; negative where it is behind.
    #[must_use]
    pub fn wall_ahead_ms(&self) -> i64 {
        match self.source {
            Source::Real => whole_ms(wall()).saturating_sub(self.now().0),
            Source::Virtual { wall: Some(Wall { off_ms, at_start_ms }), .. } => {
                off_ms.load(Ordering::Relaxed) - at_start_ms
            }
            Source::Wall | Source::Virtual { wall: None, .. } => 0,
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

    /// The same, but `work` gets no more time once `ms` milliseconds are over, not even where nobody looked meanwhile: a
    /// process that stood still begins nothing late.
    pub async fn never_after_ms<T>(&self, ms: i64, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.sleep_ms(ms) => None,
            done = work => Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_time_goes_on_by_the_monotonic_clock_whatever_the_wall_clock_shows() {
        // The wall clock is not asked again: the anchor alone and the monotonic clock make the time.
        let (wall, at) = (Duration::from_micros(1_795_312_800_000_400), Instant::now());
        let anchor = Anchor { wall, at };
        assert_eq!(anchor.since_1970(at + Duration::from_secs(60)), wall + Duration::from_secs(60));
        let clock = Clock::real();
        let (first, ahead_ms) = (clock.now(), clock.wall_ahead_ms());
        assert!(clock.now() >= first && ahead_ms.abs() < 60_000, "{ahead_ms} ms");
    }

    #[test]
    fn work_beside_that_cannot_be_cut_short_holds_nobody_up_for_long() {
        let asks = || async {
            drop(tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(60))).await);
        };
        let blocks = || async { std::thread::sleep(Duration::from_secs(60)) };
        for beside in [Beside::start(asks).expect("a thread"), Beside::start(blocks).expect("a thread")] {
            std::thread::sleep(Duration::from_millis(50));
            let begun = Instant::now();
            drop(beside);
            assert!(begun.elapsed() < STOP_WAIT * 2, "{:?}", begun.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_is_cut_to_compare_and_rounded_up_to_be_written_down() {
        let clock = Clock::starting_at(Timestamp(1_000));
        assert_eq!((clock.now(), clock.now_rounded_up()), (Timestamp(1_000), Timestamp(1_000)));
        tokio::time::advance(Duration::from_micros(1)).await;
        assert_eq!((clock.now(), clock.now_rounded_up()), (Timestamp(1_000), Timestamp(1_001)));
        tokio::time::advance(Duration::from_micros(999)).await;
        assert_eq!((clock.now(), clock.now_rounded_up()), (Timestamp(1_001), Timestamp(1_001)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_goes_no_further_once_its_time_is_over_even_where_nobody_looked_meanwhile() {
        let clock = Clock::starting_at(Timestamp(0));
        let is_sent = std::cell::Cell::new(false);
        let work = async {
            clock.sleep_ms(10).await;
            is_sent.set(true);
        };
        let mut call = std::pin::pin!(clock.never_after_ms(30_000, work));
        assert!(clock.within_ms(5, call.as_mut()).await.is_none());
        clock.sleep_ms(60_000).await;
        assert_eq!((call.await, is_sent.get()), (None, false));
        assert_eq!(clock.never_after_ms(20, clock.sleep_ms(10)).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_of_the_wall_clock_moves_no_clock_that_was_made_before_it() {
        let off_ms: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(-7)));
        let before = Clock::of_machine(Timestamp(1_000), off_ms);
        off_ms.store(-60_007, Ordering::Relaxed);
        let after = Clock::of_machine(Timestamp(1_000), off_ms);
        assert_eq!((before.now(), before.wall_ahead_ms()), (Timestamp(993), -60_000));
        assert_eq!((after.now(), after.wall_ahead_ms()), (Timestamp(-59_007), 0));
    }
}
