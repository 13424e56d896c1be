//! Working under the lease on a state: taking it, renewing it meanwhile, and what happens once it is lost.
//!
//! Renewals go on a thread of their own where the time is real, so that a long computation, a slow file or a person
//! who is asked cannot delay them. Who may take the lease is decided by `state/lease.rs`.

use super::process::{self, Trace};
use crate::clock::{Beside, Clock, Wait};
use crate::gate::GRACE_MS;
use crate::problem::{Failure, Problem, Problems, Result};
use crate::state::{Claim, Lease, Presence, Store, is_lost};
use crate::timestamp::{SECOND_MS, Timestamp};

/// How a lease is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long it lasts unless it is renewed, in milliseconds.
    pub lease_ms: i64,
    /// How often it is renewed.
    pub renew_ms: i64,
    /// How soon a renewal that failed is tried again.
    pub retry_ms: i64,
}

/// Long enough for a machine that stalls, short enough that nobody waits long for one that died; two renewals may
/// fail before a third one is late.
pub const TERMS: Terms = Terms { lease_ms: 60_000, renew_ms: 20_000, retry_ms: SECOND_MS };

/// How long work may take to end once the lease is lost: calls under way, and recording what they came to.
const END_MS: i64 = GRACE_MS + 2 * SECOND_MS;

/// Who works, and on what.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// The state.
    pub store: &'a dyn Store,
    /// The time.
    pub clock: Clock,
    /// Person, machine and process.
    pub owner: &'a str,
    /// What is done: `apply`.
    pub operation: &'a str,
    /// Is told what is waited for.
    pub say: &'a dyn Fn(&str),
}

impl Holder<'_> {
    /// Takes the lease. One that another living process of this machine holds is never taken, whatever the clock says:
    /// it may have been set since. One that a dead process of this machine has left is taken over; so is one whose end is
    /// further away than any lease lasts, since another machine's clock was ahead, once it was not renewed for as long
    /// as a lease lasts.
    ///
    /// # Errors
    /// Somebody else holds it.
    pub async fn take(&self, terms: Terms) -> Result<Lease> {
        self.take_where(terms, Presence::Here).await
    }

    /// As [`Holder::take`], also where the state has moved away.
    ///
    /// # Errors
    /// Somebody else holds it.
    pub async fn take_anywhere(&self, terms: Terms) -> Result<Lease> {
        self.take_where(terms, Presence::Anywhere).await
    }

    async fn take_where(&self, terms: Terms, presence: Presence) -> Result<Lease> {
        let refused = match self.claim(terms, presence, None).await {
            Err(problems) if problems.failure == Failure::Locked => problems,
            ended => return ended,
        };
        let Some(held) = self.store.lease().await? else { return Err(refused) };
        match held.process.as_deref().map_or(Trace::Unknown, process::trace) {
            Trace::Gone => return self.claim(terms, presence, Some(&held)).await,
            Trace::Alive => return Err(refused),
            Trace::Unknown => {}
        }
        let ahead_ms = held.ends_at.since(self.clock.now()) - terms.lease_ms;
        // A server's clock is everybody's.
        if self.store.is_shared() || ahead_ms <= terms.retry_ms {
            return Err(refused);
        }
        (self.say)(&format!(
            "The lock of {} was left by a clock that is {} s ahead of this one. It is taken over unless it is renewed \
             within {} s.",
            held.owner,
            ahead_ms / SECOND_MS,
            terms.lease_ms / SECOND_MS
        ));
        if self.is_renewed(&held, terms).await? {
            Err(refused)
        } else {
            self.claim(terms, presence, Some(&held)).await
        }
    }

    async fn claim(&self, terms: Terms, presence: Presence, over: Option<&Lease>) -> Result<Lease> {
        let own = process::own();
        let (owner, operation, now) = (self.owner, self.operation, self.clock.now());
        let (process, is_alive) = (own.as_deref(), process::is_another_alive);
        let claim = Claim { owner, operation, process, is_alive, now, ms: terms.lease_ms, presence, over };
        self.store.claim(claim).await
    }

    /// Whether the lease changes while one lease's time passes.
    async fn is_renewed(&self, held: &Lease, terms: Terms) -> Result<bool> {
        let until = self.clock.now().plus(terms.lease_ms);
        while self.clock.now() < until {
            self.clock.sleep_ms(terms.retry_ms).await;
            if self.store.lease().await?.as_ref() != Some(held) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Does the work while the lease is renewed, and gives the lease back. Once it is lost `stop` is called, and the
    /// work has a few seconds to end.
    ///
    /// # Errors
    /// The work's, or the loss of the lease.
    pub async fn under<T>(
        &self,
        lease: &Lease,
        terms: Terms,
        stop: impl FnOnce(),
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut work = std::pin::pin!(work);
        let lost = tokio::select! {
            biased;
            // First, so that renewing has begun before the work keeps this thread busy.
            lost = renewals(self.store, self.clock, lease, terms) => lost,
            done = &mut work => {
                let released = self.store.release(lease).await;
                let done = done?;
                return released.map(|()| done);
            }
        };
        stop();
        let summary = "the lease on the state was lost while the run was at work";
        let mut all = Problems::of(Failure::Locked, Problem::error("state::lease_lost", summary));
        all.extend(lost);
        if let Some(Err(problems)) = self.clock.within_ms(END_MS, work).await {
            all.extend(problems);
        }
        Err(all)
    }
}

/// Renews the lease until it is lost, and says why. On a thread of its own, unless time is virtual or the store has
/// no second way to its lease.
async fn renewals(store: &dyn Store, clock: Clock, lease: &Lease, terms: Terms) -> Problems {
    let ends_at = clock.now().plus(terms.lease_ms);
    if let Some(renew) = store.renewer(lease).filter(|_| clock.is_real()) {
        let beside = Beside::start(move || async move { keep(clock, ends_at, terms, &*renew).await });
        if let Ok(beside) = beside {
            let stopped = || Problem::error("state::not_renewed", "the lease is not renewed any more").into();
            return beside.ended().await.unwrap_or_else(stopped);
        }
    }
    keep(clock, ends_at, terms, &|now, ms| store.renew(lease, now, ms)).await
}

/// Renews a lease that ends at `ends_at`, again and again where it fails, until it is over or somebody else's.
async fn keep<'a>(
    clock: Clock,
    mut ends_at: Timestamp,
    terms: Terms,
    renew: &dyn Fn(Timestamp, i64) -> Wait<'a, Result<()>>,
) -> Problems {
    clock.sleep_ms(terms.renew_ms).await;
    loop {
        let begun = clock.now();
        let left_ms = ends_at.since(begun);
        match clock.within_ms(left_ms, renew(begun, terms.lease_ms)).await {
            Some(Ok(())) => {
                ends_at = begun.plus(terms.lease_ms);
                clock.sleep_ms(terms.renew_ms).await;
            }
            Some(Err(problems)) if is_lost(&problems) || clock.now() >= ends_at => return problems,
            Some(Err(_)) => clock.sleep_ms(terms.retry_ms).await,
            None => {
                let summary = format!("the lease was not renewed for {} s", terms.lease_ms / SECOND_MS);
                return Problem::error("state::not_renewed", summary).into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;
    use crate::clock::real_runtime;
    use crate::state::Sqlite;

    /// Less than a test takes.
    const SHORT: Terms = Terms { lease_ms: 300, renew_ms: 60, retry_ms: 20 };

    fn holder<'a>(store: &'a dyn Store, say: &'a dyn Fn(&str)) -> Holder<'a> {
        Holder { store, clock: Clock::real(), owner: "ann@host:1", operation: "apply", say }
    }

    #[test]
    fn a_computation_that_takes_longer_than_the_lease_does_not_lose_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        real_runtime().expect("a runtime").block_on(async {
            let (ann, ben) = (Sqlite::open(&path), Sqlite::open(&path));
            let held = holder(&ann, &|_| {});
            let lease = held.take(SHORT).await.expect("the lease");
            let work = async {
                #[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread meanwhile")]
                std::thread::sleep(Duration::from_millis(1_000));
                let other = ben.acquire("ben@host:2", "apply", Clock::real().now(), 1_000).await;
                assert_eq!(other.map(drop).expect_err("it is held").failure, Failure::Locked);
                Ok(())
            };
            held.under(&lease, SHORT, || {}, work).await.expect("the lease is held to the end");
            assert_eq!(ben.lease().await.expect("the state"), None, "it was given back");
        });
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").flatten().collect();
        assert_eq!(left.len(), 1, "a file stands beside the state: {left:?}");
    }

    #[test]
    fn a_lease_of_a_living_process_of_this_machine_is_not_taken_whatever_the_clock_says() {
        if process::own().is_none() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("a process");
        let name = process::of(child.id()).expect("its name");
        real_runtime().expect("a runtime").block_on(async {
            let (ann, ben) = (Sqlite::open(&path), Sqlite::open(&path));
            for ahead_ms in [-3_600_000, 3_600_000] {
                ann.unlock(None).await.expect("nobody holds it");
                let claim = Claim {
                    owner: "ann@host:1",
                    operation: "apply",
                    process: Some(&name),
                    is_alive: process::is_another_alive,
                    now: Clock::real().now().plus(ahead_ms),
                    ms: 60_000,
                    presence: Presence::Here,
                    over: None,
                };
                ann.claim(claim).await.expect("the lease");
                let refused = holder(&ben, &|_| panic!("nothing is waited for")).take(SHORT).await;
                assert_eq!(refused.expect_err("its process lives").failure, Failure::Locked, "{ahead_ms} ms");
            }
            child.kill().expect("its end");
            // Nobody has asked for its exit status yet.
            while process::trace(&name) == Trace::Alive {
                Clock::real().sleep_ms(5).await;
            }
            holder(&ben, &|_| {}).take(SHORT).await.expect("its process is gone");
        });
        child.wait().expect("its end");
    }

    #[test]
    fn work_whose_lease_is_taken_is_told_to_stop_and_may_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        real_runtime().expect("a runtime").block_on(async {
            let (ann, ben) = (Sqlite::open(&path), Sqlite::open(&path));
            let held = holder(&ann, &|_| {});
            let lease = held.take(SHORT).await.expect("the lease");
            let (stopped, ended) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
            let work = async {
                ben.unlock(None).await.expect("the lock ends");
                while !stopped.get() {
                    Clock::real().sleep_ms(5).await;
                }
                Clock::real().sleep_ms(50).await;
                ended.set(true);
                Ok(())
            };
            let lost = held.under(&lease, SHORT, || stopped.set(true), work).await;
            assert_eq!(lost.expect_err("it is lost").failure, Failure::Locked);
            assert!(ended.get(), "the work was dropped");
        });
    }

    #[test]
    fn a_lease_whose_end_is_too_far_away_is_taken_once_it_is_not_renewed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        real_runtime().expect("a runtime").block_on(async {
            let (ann, ben) = (Sqlite::open(&path), Sqlite::open(&path));
            let said = Cell::new(0);
            let say = |_: &str| said.set(said.get() + 1);
            let ahead = Clock::real().now().plus(8 * 3_600_000);
            ann.acquire("ann@laptop:1", "apply", ahead, SHORT.lease_ms).await.expect("the lease");
            let held = holder(&ben, &say);
            let lease = held.take(SHORT).await.expect("nobody renews it");
            assert_eq!(said.get(), 1, "nothing was said of the wait");
            ben.release(&lease).await.expect("the release");

            let lease = ann.acquire("ann@laptop:1", "apply", ahead, SHORT.lease_ms).await.expect("the lease");
            let renewing = async {
                for step in 0..10 {
                    Clock::real().sleep_ms(60).await;
                    ann.renew(&lease, ahead.plus(step), SHORT.lease_ms).await.expect("the renewal");
                }
            };
            let (refused, ()) = tokio::join!(held.take(SHORT), renewing);
            assert_eq!(refused.expect_err("it is renewed").failure, Failure::Locked);
        });
    }

    /// The store is away for longer than one renewal.
    #[test]
    fn a_renewal_that_fails_is_tried_again_until_the_lease_is_over() {
        crate::clock::virtual_runtime().expect("a runtime").block_on(async {
            let clock = Clock::starting_at(Timestamp(1_795_312_800_000));
            let memory = crate::state::Memory::new();
            let held = Holder { clock, ..holder(&memory, &|_| {}) };
            for (away_ms, holds) in [(2_000, true), (39_000, true), (61_000, false)] {
                let lease = held.take(TERMS).await.expect("the lease");
                let work = async {
                    clock.sleep_ms(TERMS.renew_ms - 1).await;
                    memory.die_after(0);
                    clock.sleep_ms(away_ms).await;
                    memory.revive();
                    clock.sleep_ms(TERMS.lease_ms).await;
                    Ok(())
                };
                let ended = held.under(&lease, TERMS, || {}, work).await;
                assert_eq!(ended.is_ok(), holds, "away for {away_ms} ms: {ended:?}");
            }
        });
    }
}
