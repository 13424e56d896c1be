//! Calls that look before they are sent: what is read is a part of them, or tells whether they were carried out.
//!
//! The question and the call go on one leave, so that nothing but the two ways lies between what was read and what is
//! written. A call that may have been carried out is looked up before it is sent again. A subject's own share is spent
//! once for all tries of a call, and given back where it was surely not carried out.
//!
//! ```text
//! leave for both ─> question ─> call, as the answer wants it ─> verdict
//!       ^              │ it is so already: done                    │
//!       └──────────────┴──── again, with a look first where it may have been carried out
//! ```

use super::admit::UnderWay;
use super::call::Job;
use super::queue::{Needs, Place};
use super::retry::{Fault, Next, Repeat, Tries};
use super::spends::NOT_COUNTED;
use super::transport::SEND_MS_MAX;
use super::{CallError, Gate};
use crate::kind::{AfterLook, Answer, Failed, Read, Write};
use crate::names::Names;
use crate::quota::{Spend, Window};
use crate::timestamp::Timestamp;
use crate::wire::{Broken, Reply, Request};

/// A call and its question.
pub(super) struct Looking<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) write: &'a Write,
    pub(super) question: Read,
    pub(super) names: &'a Names,
}

/// What one try came to.
enum Try {
    Done(Vec<Failed>),
    /// The session ended before anything was sent.
    NotBegun,
    /// The question had no answer, so the call was not sent.
    NotRead(Fault),
    /// The call was refused, or had no answer.
    Failed(Fault),
    Over(CallError),
}

/// The share of its own subject that a call has spent: all its tries go on it.
#[derive(Default)]
struct OwnShare {
    spends: Vec<Spend>,
    /// Their ids in the store.
    ids: Vec<u64>,
    answered_at: Timestamp,
    /// Until when it is spent.
    ends_at: Timestamp,
}

impl OwnShare {
    /// Whether a try that leaves now may go on it: it has to arrive, at the latest, before the share ends, since the next
    /// day knows nothing of it.
    fn holds(&self, now: Timestamp) -> bool {
        now.plus(SEND_MS_MAX) < self.ends_at
    }

    /// Whether a call with these spends counts on the share, and the share does not hold it any more.
    fn is_over_since(&self, spends: &[Spend], now: Timestamp) -> bool {
        !self.spends.is_empty() && !self.holds(now) && spends.iter().all(|spend| spend.subject == 0)
    }
}

/// Whether a try asks its question first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    First,
    Nothing,
}

/// Whether the call may have been carried out before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Never,
    /// Nobody has looked since.
    Perhaps,
    /// It was not so when somebody looked, but it may come late.
    PerhapsLate,
}

impl Gate {
    /// Tries until the call is carried out, or no more is to be done.
    pub(super) async fn carry_looking(&self, looking: &Looking<'_>) -> Result<Vec<Failed>, CallError> {
        let job = looking.job;
        let place = (job.rank, self.inner.borrow_mut().queue.arrive());
        let (mut tries, mut share, mut before) = (Tries::default(), OwnShare::default(), Before::Never);
        let mut lost_until = Timestamp(i64::MIN);
        let error = loop {
            let asks = if before == Before::Perhaps || looking.write.reads_first().is_some() {
                Asks::First
            } else {
                Asks::Nothing
            };
            let spends = self.spends_of_try(looking, asks, &share);
            let under_way = match self.leave_to_go(job, &spends, place).await {
                Ok(under_way) => under_way,
                Err(error) => break error,
            };
            let sent_at = self.clock.now();
            // A wait that has outlasted the share which the call had spent: it has to spend one anew.
            if share.is_over_since(&spends, sent_at) {
                under_way.cancel();
                continue;
            }
            let (fault, repeat) = match self.try_once(looking, asks, under_way, &mut share).await {
                Try::Done(failed) => {
                    self.keep_share(share);
                    return Ok(failed);
                }
                Try::NotBegun => continue,
                Try::Over(error) => break error,
                Try::NotRead(fault) => (fault, Repeat::Question),
                Try::Failed(fault) => (fault, job.repeat),
            };
            let was_read = repeat == job.repeat && asks == Asks::First;
            tries.in_doubt = false;
            let next = tries.next(&fault, repeat);
            lost_until = lost_until.max(fault.may_arrive_until(self.clock.now()));
            before = match (tries.in_doubt, before) {
                (true, _) => Before::Perhaps,
                (false, Before::Perhaps) if was_read => Before::PerhapsLate,
                (false, before) => before,
            };
            // What is refused as the second one of a day may have been this very call, which came late; and where no
            // more is tried, a last look says whether anybody has to go on with it.
            let is_last = matches!(next, Next::AfterDay | Next::Stop);
            if is_last && before != Before::Never {
                match self.is_so_by_now(looking, place).await {
                    Some(true) => {
                        self.keep_share(share);
                        return Ok(Vec::new());
                    }
                    Some(false) => before = Before::PerhapsLate,
                    None => {}
                }
            }
            if next == Next::AfterDay {
                self.keep_share(std::mem::take(&mut share));
            }
            if let Err(error) = self.prepare(job, next, &tries, (sent_at, fault)).await {
                break error;
            }
        };
        if before == Before::Perhaps || (before == Before::PerhapsLate && self.clock.now() < lost_until) {
            self.keep_share(share);
            return Err(CallError::InDoubt(Box::new(error)));
        }
        // No try can come any more, and the last look says that none was carried out.
        self.give_back(share);
        Err(error)
    }

    /// What the next try spends: a share that the call has already it does not spend again.
    fn spends_of_try(&self, looking: &Looking<'_>, asks: Asks, share: &OwnShare) -> Vec<Spend> {
        let mut spends = looking.job.spends.to_vec();
        if share.holds(self.clock.now()) {
            spends.retain(|spend| spend.subject == 0);
        }
        if asks == Asks::First && looking.write.reads_first().is_none() {
            spends.extend(self.spends_of_question(looking));
        }
        spends
    }

    fn spends_of_question(&self, looking: &Looking<'_>) -> Vec<Spend> {
        looking.job.provider.read_spends(&looking.question, self.inner.borrow().ledger.quotas())
    }

    async fn try_once(
        &self,
        looking: &Looking<'_>,
        asks: Asks,
        under_way: UnderWay<'_>,
        share: &mut OwnShare,
    ) -> Try {
        let Looking { job, write, names, .. } = looking;
        let mut request = job.provider.write(write, names);
        if !request.keeps_its_path() {
            under_way.cancel();
            return Try::Over(CallError::Unreachable { vendor: job.vendor(), path: request.path });
        }
        if job.needs == Needs::Session && self.session(job.vendor()).0.is_none() {
            under_way.cancel();
            return Try::NotBegun;
        }
        if asks == Asks::First {
            match self.look_up(looking, &under_way).await {
                Ok(answer) => match job.provider.write_after(write, names, &answer) {
                    AfterLook::Done => {
                        self.finish_but_share(looking, under_way, share);
                        return Try::Done(Vec::new());
                    }
                    AfterLook::Send(as_found) => request = as_found,
                    AfterLook::Unfit(words) => {
                        self.finish_but_share(looking, under_way, share);
                        return Try::Over(CallError::Unfit { vendor: job.vendor(), words });
                    }
                },
                Err(fault) => {
                    self.finish_but_share(looking, under_way, share);
                    return Try::NotRead(fault);
                }
            }
            if self.is_interrupted() {
                self.finish_but_share(looking, under_way, share);
                return Try::Over(CallError::Interrupted);
            }
        }
        let sent =
            self.part(looking, &request, &under_way, |reply| job.provider.judge(write, names, reply)).await;
        self.finish_but_share(looking, under_way, share);
        self.tell_others().await;
        sent.map_or_else(Try::Failed, Try::Done)
    }

    async fn look_up(&self, looking: &Looking<'_>, under_way: &UnderWay<'_>) -> Result<Answer, Fault> {
        let Looking { job, question, names, .. } = looking;
        let request = job.provider.read(question, names);
        self.part(looking, &request, under_way, |reply| job.provider.answer(question, names, reply)).await
    }

    /// Sends the question or the call on a leave that both share.
    async fn part<T>(
        &self,
        looking: &Looking<'_>,
        request: &Request,
        under_way: &UnderWay<'_>,
        verdict: impl Fn(&Reply) -> crate::kind::Verdict<T>,
    ) -> Result<T, Fault> {
        let job = looking.job;
        let sent_at = self.clock.now();
        if under_way.left_ms() <= 0 {
            return Err(Fault::NotSent("its leave ended while the question was asked".to_owned()));
        }
        let (session, generation) = self.session(job.vendor());
        if job.needs == Needs::Session && session.is_none() {
            // Another call was told so while the question was asked: nothing is sent without one.
            return Err(Fault::NotSent("its session ended while the question was asked".to_owned()));
        }
        let request = job.provider.authorize(request.clone(), session.as_deref());
        let came = match self.send_part(job, &request, under_way).await {
            Ok(reply) => verdict(&reply).map_err(Fault::Refused),
            Err(Broken::NotSent(words)) => Err(Fault::NotSent(words)),
            Err(Broken::NoReply(words)) => Err(Fault::NoReply(words)),
        };
        self.flowed(job.vendor(), sent_at, came.as_ref().err());
        if came.as_ref().is_err_and(Fault::ends_session) {
            self.drop_session(job.vendor(), generation);
        }
        came
    }

    /// One more look at a call that may have been carried out; `None` where nothing can be read.
    async fn is_so_by_now(&self, looking: &Looking<'_>, place: Place) -> Option<bool> {
        let job = looking.job;
        let spends = self.spends_of_question(looking);
        let under_way = self.leave_to_go(job, &spends, place).await.ok()?;
        let answer = self.look_up(looking, &under_way).await;
        under_way.finish();
        let after = job.provider.write_after(looking.write, looking.names, &answer.ok()?);
        Some(after == AfterLook::Done)
    }

    /// The try is over; whether the subject's own share is spent is decided at the end of all tries.
    fn finish_but_share(&self, looking: &Looking<'_>, under_way: UnderWay<'_>, share: &mut OwnShare) {
        let now = self.clock.now();
        let own: Vec<Spend> = looking.job.spends.iter().copied().filter(|spend| spend.subject != 0).collect();
        if !under_way.has_subject() {
            under_way.finish();
            return;
        }
        let (ids, answered_at) = under_way.finish_but(own.len());
        let inner = self.inner.borrow();
        let ends = own.iter().flat_map(|spend| {
            let quota = inner.ledger.quotas().get(spend.quota);
            quota.limits.iter().map(|limit| match limit.window {
                Window::Day => quota.zone.next_day(now),
                Window::Sliding(ms) => now.plus(ms),
            })
        });
        let ends_at = ends.min().unwrap_or(now);
        drop(inner);
        self.keep_share(std::mem::replace(share, OwnShare { spends: own, ids, answered_at, ends_at }));
    }

    /// The share is spent: the call was carried out, or may have been.
    fn keep_share(&self, share: OwnShare) {
        let replies = share.ids.into_iter().map(|id| (id, share.answered_at));
        self.inner.borrow_mut().replies.extend(replies);
    }

    /// The call was surely not carried out, so its subject may have it today.
    fn give_back(&self, share: OwnShare) {
        let now = self.clock.now();
        let inner = &mut *self.inner.borrow_mut();
        inner.replies.extend(share.ids.into_iter().map(|id| (id, NOT_COUNTED)));
        for spend in share.spends {
            inner.ledger.give_back(spend, share.answered_at, now);
        }
    }
}
