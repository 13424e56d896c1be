//! How a run may end: by itself, by death at an entry of the journal or at any moment, beside a rival, after a stall.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use fastrand::Rng;

use pushform::ops::apply::Applied;
use pushform::problem::{Failure, Result};
use pushform::timestamp::{HOUR_MS, MINUTE_MS};

use crate::sim::Sim;

/// What happens to one apply.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// Nothing.
    Whole,
    /// From this write on the state takes none: it dies before an entry, and what it had begun goes on.
    Refused(u64),
    /// It is gone as soon as this write is down: it dies behind an entry.
    Dropped(u64),
    /// It is gone so many milliseconds after it began.
    Killed(i64),
    /// A second run starts so many milliseconds after it.
    Rival(i64),
    /// It stands still after so many milliseconds, for so many; a second run starts in between.
    Stalled(i64, i64),
    /// Somebody sets the machine's clock so many milliseconds after it began, by so many: back for good, or forwards until
    /// it is over.
    Stepped(i64, i64),
}

impl Fate {
    pub fn draw(dice: &mut Rng) -> Self {
        match dice.u8(0..11) {
            0..=2 => Self::Whole,
            3..=4 => Self::Refused(dice.u64(0..60)),
            5..=6 => Self::Dropped(dice.u64(1..60)),
            7 => Self::Killed(dice.i64(0..4_000)),
            8 => Self::Rival(dice.i64(0..3_000)),
            9 => Self::Stalled(dice.i64(0..1_500), dice.i64(20_000..200_000)),
            _ => Self::Stepped(dice.i64(0..2_000), dice.i64(-10 * MINUTE_MS..HOUR_MS)),
        }
    }
}

/// One apply with its fate; what it said, if it could still say something.
pub async fn apply(sim: &Sim, fate: Fate) -> Option<Result<Applied>> {
    match fate {
        Fate::Whole => Some(sim.apply().await),
        Fate::Refused(writes) => {
            sim.memory.die_after(writes);
            drop(sim.apply().await);
            sim.memory.revive();
            None
        }
        Fate::Dropped(writes) => {
            until_written(sim, writes).await;
            None
        }
        Fate::Killed(after_ms) => sim.clock.within_ms(after_ms, sim.apply()).await,
        Fate::Rival(after_ms) => {
            let late = async {
                sim.clock.sleep_ms(after_ms).await;
                sim.apply().await
            };
            let (first, second) = tokio::join!(sim.apply(), late);
            let first = only_locked(first)?;
            drop(second.map(|applied| applied.report));
            Some(first)
        }
        Fate::Stepped(at_ms, by_ms) => Some(stepped(sim, at_ms, by_ms).await),
        Fate::Stalled(at_ms, for_ms) => {
            let rival = async {
                sim.clock.sleep_ms(at_ms + for_ms / 2).await;
                sim.apply().await
            };
            let (_, rival) = tokio::join!(stalled(sim, at_ms, for_ms), rival);
            drop(rival);
            None
        }
    }
}

/// The wall clock is stepped while the run is at work. Forwards it comes back before the next run, which could not know
/// that what was written down before the step is not as old as it looks.
async fn stepped(sim: &Sim, at_ms: i64, by_ms: i64) -> Result<Applied> {
    let before = sim.off_ms();
    let step = async {
        sim.clock.sleep_ms(at_ms).await;
        if sim.agrees_on_the_day(before + by_ms) {
            sim.set_wall(before + by_ms);
        }
    };
    let (ended, ()) = tokio::join!(sim.apply(), step);
    if by_ms > 0 {
        sim.set_wall(before);
    }
    ended
}

/// A run that found another at work says nothing of the plan.
fn only_locked(ended: Result<Applied>) -> Option<Result<Applied>> {
    match ended {
        Err(why) if why.failure == Failure::Locked => None,
        Ok(_) | Err(_) => Some(ended),
    }
}

/// The run is dropped as soon as the state has taken so many writes of it: nothing of it runs on.
async fn until_written(sim: &Sim, writes: u64) {
    let last = sim.memory.writes() + writes;
    sim.memory.die_after(writes);
    let mut run = pin!(sim.apply());
    poll_fn(|context| {
        let ended = run.as_mut().poll(context).is_ready();
        if ended || sim.memory.writes() >= last { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    sim.memory.revive();
}

/// The process gets no time, as on a machine that sleeps; then it goes on as if nothing had been.
async fn stalled(sim: &Sim, at_ms: i64, for_ms: i64) {
    let mut run = pin!(sim.apply());
    if sim.clock.within_ms(at_ms, run.as_mut()).await.is_none() {
        sim.clock.sleep_ms(for_ms).await;
        drop(run.await);
    }
}
