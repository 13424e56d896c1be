//! Signing in: once for everybody who needs it, and once a token.
//!
//! A sign-in is a call like any other: it leaves through the gate and spends. The token lives in memory only.

use std::rc::Rc;

use tokio::sync::Notify;

use super::call::Job;
use super::queue::{Needs, Want};
use super::retry::Repeat;
use super::{CallError, Gate, Inner};
use crate::kind::{Provider, Refusal, Remedy, Session, Verdict};
use crate::timestamp::{MINUTE_MS, SECOND_MS, Timestamp};
use crate::wire::{Request, Vendor};

/// A session is renewed this long before it ends, so that no call under way outlives it; a short-lived one when
/// half of it is over.
const RENEW_BEFORE_MS: i64 = MINUTE_MS;

/// Nobody waits longer than this for the end of a session.
const SIGN_OUT_MS_MAX: i64 = 3 * SECOND_MS;

/// A vendor's session, or the way to it.
#[derive(Default)]
pub(super) struct Seat {
    session: Option<Rc<Session>>,
    renew_at: Timestamp,
    /// Counts the sign-ins that ended.
    generation: u64,
    is_signing_in: bool,
    /// How the last sign-in failed.
    failure: Option<CallError>,
    done: Rc<Notify>,
}

impl Seat {
    fn live(&self, now: Timestamp) -> Option<&Rc<Session>> {
        self.session.as_ref().filter(|_| now < self.renew_at)
    }

    /// A refused sign-in stays refused: asking again with the same secret spends calls and locks accounts.
    fn is_hopeless(&self) -> bool {
        matches!(self.failure, Some(CallError::Refused { .. }))
    }

    fn end(&mut self, outcome: Result<Session, CallError>, now: Timestamp) {
        self.generation += 1;
        self.is_signing_in = false;
        match outcome {
            Ok(session) => {
                self.renew_at = renew_at(session.ends_at, now);
                self.session = Some(Rc::new(session));
                self.failure = None;
            }
            Err(error) => {
                self.session = None;
                self.failure = Some(error);
            }
        }
        self.done.notify_waiters();
    }
}

/// A session that has ended when it comes tells of a clock that is off: it is used until it is refused.
fn renew_at(ends_at: Timestamp, now: Timestamp) -> Timestamp {
    match ends_at.since(now) {
        ..=0 => Timestamp(i64::MAX),
        life_ms => ends_at.plus(-RENEW_BEFORE_MS.min(life_ms / 2)),
    }
}

/// Ends a sign-in whose future was dropped, so that nobody waits for it for ever.
struct SigningIn<'g> {
    gate: &'g Gate,
    vendor: Vendor,
}

impl SigningIn<'_> {
    fn end(self, outcome: Result<Session, CallError>) {
        let now = self.gate.clock.now();
        self.gate.inner.borrow_mut().seats.entry(self.vendor).or_default().end(outcome, now);
    }
}

impl Drop for SigningIn<'_> {
    fn drop(&mut self) {
        let mut inner = self.gate.inner.borrow_mut();
        let seat = inner.seats.entry(self.vendor).or_default();
        if seat.is_signing_in {
            seat.is_signing_in = false;
            seat.done.notify_waiters();
        }
    }
}

/// What somebody who needs a session finds.
enum Found {
    Session,
    Failure(CallError),
    SomebodySigningIn(Rc<Notify>),
    Nobody,
}

impl Gate {
    /// Sees to it that there is a session; whoever comes while somebody signs in waits for the same one.
    pub(super) async fn sign_in(&self, provider: &dyn Provider) -> Result<(), CallError> {
        let vendor = provider.vendor();
        let mut waited_for = None;
        loop {
            let found = self.inner.borrow_mut().find_session(vendor, waited_for, self.clock.now());
            match found {
                Found::Session => return Ok(()),
                Found::Failure(error) => return Err(error),
                Found::SomebodySigningIn(done) => {
                    waited_for = Some(self.inner.borrow().generation(vendor));
                    done.notified().await;
                }
                Found::Nobody => {
                    let signing_in = SigningIn { gate: self, vendor };
                    let outcome = Box::pin(self.ask_for_session(provider)).await;
                    let failure = outcome.as_ref().err().cloned();
                    signing_in.end(outcome);
                    return failure.map_or(Ok(()), Err);
                }
            }
        }
    }

    /// The vendor took the session of this generation for ended.
    pub(super) fn drop_session(&self, vendor: Vendor, generation: u64) {
        let mut inner = self.inner.borrow_mut();
        let seat = inner.seats.entry(vendor).or_default();
        if seat.generation == generation {
            seat.session = None;
        }
    }

    /// The session and its generation.
    pub(super) fn session(&self, vendor: Vendor) -> (Option<Rc<Session>>, u64) {
        let inner = self.inner.borrow();
        inner.seats.get(&vendor).map_or((None, 0), |seat| (seat.session.clone(), seat.generation))
    }

    /// Ends the sessions that are still good, once nobody needs them any more: a token that is not used should not
    /// be worth stealing. Best effort: it waits for no limit longer than `SIGN_OUT_MS_MAX`, is sent once, and
    /// what comes of it does not matter, since a session ends by itself within a day.
    pub async fn close(&self) {
        if self.inner.borrow().interrupted {
            return;
        }
        for provider in self.providers.iter() {
            let (session, generation) = self.session(provider.vendor());
            let Some(session) = session else { continue };
            self.drop_session(provider.vendor(), generation);
            if let Some(request) = provider.sign_out(&session) {
                self.clock.within_ms(SIGN_OUT_MS_MAX, self.sign_out(&**provider, &request, &session)).await;
            }
        }
    }

    async fn sign_out(&self, provider: &dyn Provider, request: &Request, session: &Session) {
        let spends = provider.sign_in_spends(self.inner.borrow().ledger.quotas());
        let needs = Needs::Nothing;
        let job = Job { provider, spends: &spends, rank: u32::MAX, repeat: Repeat::Harmful, needs };
        let request = provider.authorize(request.clone(), Some(session));
        let place = (job.rank, self.inner.borrow_mut().queue.arrive());
        let want = Want::new(provider.vendor(), &spends, place, needs);
        if let Ok(under_way) = self.admit(want).await {
            drop(self.transmit(&job, &request, under_way).await);
        }
    }

    async fn ask_for_session(&self, provider: &dyn Provider) -> Result<Session, CallError> {
        let spends = provider.sign_in_spends(self.inner.borrow().ledger.quotas());
        let job = Job { provider, spends: &spends, rank: 0, repeat: Repeat::Question, needs: Needs::Nothing };
        // Only asked for where the provider has such a request; a body is signed anew at every try.
        let request = || provider.sign_in(self.clock.now());
        self.carry(&job, request, |reply| not_again(provider.session(reply, self.clock.now()))).await
    }
}

impl Inner {
    /// Whether a call of this vendor that goes now has a session.
    pub(super) fn has_session(&self, vendor: Vendor, now: Timestamp) -> bool {
        self.seats.get(&vendor).is_some_and(|seat| seat.live(now).is_some())
    }

    fn generation(&self, vendor: Vendor) -> u64 {
        self.seats.get(&vendor).map_or(0, |seat| seat.generation)
    }

    fn find_session(&mut self, vendor: Vendor, waited_for: Option<u64>, now: Timestamp) -> Found {
        let seat = self.seats.entry(vendor).or_default();
        if seat.live(now).is_some() {
            return Found::Session;
        }
        if seat.is_signing_in {
            return Found::SomebodySigningIn(Rc::clone(&seat.done));
        }
        let is_news = waited_for.is_some_and(|generation| generation < seat.generation);
        match &seat.failure {
            Some(error) if is_news || seat.is_hopeless() => Found::Failure(error.clone()),
            Some(_) | None => {
                seat.is_signing_in = true;
                Found::Nobody
            }
        }
    }
}

/// Signing in does not help a sign-in that is refused.
fn not_again(verdict: Verdict<Session>) -> Verdict<Session> {
    verdict.map_err(|refusal| match refusal.remedy {
        Remedy::SignIn => Refusal { remedy: Remedy::GiveUp, ..refusal },
        Remedy::Wait(_) | Remedy::Tomorrow | Remedy::Retry | Remedy::GiveUp => refusal,
    })
}
