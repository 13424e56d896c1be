//! One call from its request to its answer, through as many tries as it may have.

use super::admit::{Turned, UnderWay};
use super::look::Looking;
use super::queue::{Needs, Place, Want};
use super::retry::{Fault, Next, Repeat, Tries};
use super::transport::SEND_MS_MAX;
use super::{CallError, Gate, GateEvent, Patience};
use crate::kind::{Answer, Failed, Provider, Read, Verdict, Write};
use crate::names::Names;
use crate::quota::{Exhausted, Spend, Window};
use crate::timestamp::Timestamp;
use crate::wire::{Broken, Reply, Request, Vendor};

/// A call is not sent with less time than this before it counts as over.
const SEND_MS_LEAST: i64 = SEND_MS_MAX / 2;

/// How often that may happen to one call.
const RUN_OUT_MAX: u32 = 8;

/// What every try of a call has in common.
pub(super) struct Job<'a> {
    pub(super) provider: &'a dyn Provider,
    pub(super) spends: &'a [Spend],
    pub(super) rank: u32,
    pub(super) repeat: Repeat,
    pub(super) needs: Needs,
}

impl Job<'_> {
    pub(super) fn vendor(&self) -> Vendor {
        self.provider.vendor()
    }
}

impl Gate {
    /// Asks a question. It is repeated where no answer comes, which is harmless.
    ///
    /// # Errors
    /// Every [`CallError`] but `InDoubt`.
    pub async fn read(&self, read: &Read, names: &Names) -> Result<Answer, CallError> {
        let provider = self.provider(read.vendor())?;
        let spends = provider.read_spends(read, self.inner.borrow().ledger.quotas());
        let needs = self.needs(provider);
        let job = Job { provider, spends: &spends, rank: 0, repeat: Repeat::Question, needs };
        let request = || Some(provider.read(read, names));
        self.carry(&job, request, |reply| provider.answer(read, names, reply)).await
    }

    /// Makes a call that changes something, and gives the rows that it did not make true. It is repeated only
    /// where the vendor said, or the network, that it was not carried out, or where repeating is harmless.
    ///
    /// # Errors
    /// [`CallError::InDoubt`] where it may have been carried out; every other error says that it was not.
    pub async fn write(
        &self,
        write: &Write,
        names: &Names,
        spends: &[Spend],
        rank: u32,
    ) -> Result<Vec<Failed>, CallError> {
        let provider = self.provider(write.vendor())?;
        let question = write.look_up();
        let repeat = if write.is_harmless_to_repeat() {
            Repeat::Harmless
        } else if question.is_some() {
            Repeat::AfterLook
        } else {
            Repeat::Harmful
        };
        let job = Job { provider, spends, rank, repeat, needs: self.needs(provider) };
        if let Some(question) = question {
            return self.carry_looking(&Looking { job: &job, write, question, names }).await;
        }
        let request = || Some(provider.write(write, names));
        self.carry(&job, request, |reply| provider.judge(write, names, reply)).await
    }

    /// Sends a request that belongs to no declared kind, and gives what `verdict` reads in its reply.
    ///
    /// # Errors
    /// [`CallError::InDoubt`] where it may have been carried out and is [`Repeat::Harmful`]; every other error
    /// says that it was not, or that it does not matter.
    pub async fn ask<T>(
        &self,
        request: &Request,
        spends: &[Spend],
        repeat: Repeat,
        verdict: impl Fn(&Reply) -> Verdict<T>,
    ) -> Result<T, CallError> {
        let provider = self.provider(request.vendor)?;
        let job = Job { provider, spends, rank: 0, repeat, needs: self.needs(provider) };
        let verdict = |reply: &Reply| verdict(reply).map_err(|refusal| provider.without_secrets(refusal));
        self.carry(&job, || Some(request.clone()), verdict).await
    }

    /// Tries until there is an answer, or no more to be done.
    pub(super) async fn carry<T>(
        &self,
        job: &Job<'_>,
        request: impl Fn() -> Option<Request>,
        verdict: impl Fn(&Reply) -> Verdict<T>,
    ) -> Result<T, CallError> {
        let place = (job.rank, self.inner.borrow_mut().queue.arrive());
        let mut tries = Tries::default();
        let error = loop {
            let under_way = match self.leave_to_go(job, job.spends, place).await {
                Ok(under_way) => under_way,
                Err(error) => break error,
            };
            let Some(request) = request() else {
                under_way.cancel();
                break CallError::NoAccount(job.vendor());
            };
            if !request.keeps_its_path() {
                under_way.cancel();
                break CallError::Unreachable { vendor: job.vendor(), path: request.path };
            }
            let (session, generation) = self.session(job.vendor());
            if job.needs == Needs::Session && session.is_none() {
                // It ended while the spends were written down: nothing is sent without one.
                under_way.cancel();
                continue;
            }
            let request = job.provider.authorize(request, session.as_deref());
            let sent_at = self.clock.now();
            let fault = match self.transmit(job, &request, under_way).await {
                Ok(reply) => match verdict(&reply) {
                    Ok(answer) => {
                        self.flowed(job.vendor(), sent_at, None);
                        self.tell_others().await;
                        return Ok(answer);
                    }
                    Err(refusal) => Fault::Refused(refusal),
                },
                Err(Broken::NotSent(words)) => Fault::NotSent(words),
                Err(Broken::NoReply(words)) => Fault::NoReply(words),
            };
            self.flowed(job.vendor(), sent_at, Some(&fault));
            // Not before: what the store takes says nothing of the vendor.
            self.tell_others().await;
            let next = tries.next(&fault, job.repeat);
            if next == Next::SignIn {
                self.drop_session(job.vendor(), generation);
            }
            if let Err(error) = self.prepare(job, next, &tries, (sent_at, fault)).await {
                break error;
            }
        };
        Err(if tries.in_doubt { CallError::InDoubt(Box::new(error)) } else { error })
    }

    /// A session where one is needed, and room.
    pub(super) async fn leave_to_go(
        &self,
        job: &Job<'_>,
        spends: &[Spend],
        place: Place,
    ) -> Result<UnderWay<'_>, CallError> {
        let mut run_out = 0;
        loop {
            if job.needs == Needs::Session {
                self.sign_in(job.provider).await?;
            }
            let under_way = match self.admit(Want::new(job.vendor(), spends, place, job.needs)).await {
                Ok(under_way) => under_way,
                Err(Turned::SignIn) => continue,
                Err(Turned::Away(error)) => return Err(error),
            };
            let slot = match self.slot(job.vendor()).await {
                Ok(slot) => slot,
                Err(error) => {
                    under_way.cancel();
                    return Err(error);
                }
            };
            if under_way.left_ms() >= SEND_MS_LEAST {
                return Ok(under_way.with_slot(slot));
            }
            // The store took its time: what is left of it is too short for a reply.
            under_way.cancel();
            run_out += 1;
            if run_out >= RUN_OUT_MAX {
                let words = "the state took too long to record what the call spends".to_owned();
                return Err(CallError::NotSent { vendor: job.vendor(), words });
            }
        }
    }

    /// Does what has to come before the next try, or says how the call ends.
    pub(super) async fn prepare(
        &self,
        job: &Job<'_>,
        next: Next,
        tries: &Tries,
        (sent_at, fault): (Timestamp, Fault),
    ) -> Result<(), CallError> {
        let now = self.clock.now();
        let repeating = |in_ms| {
            let words = fault.words().to_owned();
            self.tell(GateEvent::Repeating { vendor: job.vendor(), words, in_ms });
        };
        match next {
            Next::SignIn => repeating(0),
            Next::AfterLimit(ms) => {
                repeating(ms);
                if self.exhausted(job, tries, Exhausted::Until(now.plus(ms)), now).is_empty() {
                    self.pause(ms).await?;
                }
            }
            Next::AfterDay => {
                let corrected = self.exhausted(job, tries, Exhausted::DayOf(sent_at), now);
                self.write_used_up(&corrected, sent_at).await;
                let (quota, until) =
                    self.day_of(job, sent_at).ok_or_else(|| ended(job.vendor(), fault.clone()))?;
                if until <= now {
                    // That day is over by now.
                    repeating(0);
                    return Ok(());
                }
                if self.options.patience == Patience::Today {
                    return Err(CallError::DayUsedUp { quota, until });
                }
                repeating(until.since(now));
                if corrected.is_empty() {
                    self.pause(until.since(now)).await?;
                }
            }
            Next::AfterPause => {
                let ms = tries.pause_ms(&mut self.inner.borrow_mut().jitter);
                repeating(ms);
                self.pause(ms).await?;
            }
            Next::Stop => return Err(ended(job.vendor(), fault)),
        }
        Ok(())
    }

    /// Corrects the ledger after a vendor's refusal, which does not name the limit: the narrowest that fits is
    /// taken at first, a user's own before one that all share, and all that fit when that was not enough.
    /// Gives the spends that were corrected.
    fn exhausted(&self, job: &Job<'_>, tries: &Tries, exhausted: Exhausted, now: Timestamp) -> Vec<Spend> {
        let ledger = &mut self.inner.borrow_mut().ledger;
        let mut spends = job.spends.to_vec();
        spends.sort_by_key(|spend| {
            let counts = ledger.quotas().get(spend.quota).limits.iter().map(|limit| limit.count);
            (spend.subject == 0, counts.min())
        });
        let corrected = spends.into_iter().filter(|spend| ledger.correct_exhausted(*spend, exhausted, now));
        if tries.is_first_limit() { corrected.take(1).collect() } else { corrected.collect() }
    }

    /// The quota whose day is spent, by name, and when its day turns over.
    fn day_of(&self, job: &Job<'_>, now: Timestamp) -> Option<(String, Timestamp)> {
        let inner = self.inner.borrow();
        let quotas = inner.ledger.quotas();
        let has_day =
            |spend: &&Spend| quotas.get(spend.quota).limits.iter().any(|limit| limit.window == Window::Day);
        let mut with_day = job.spends.iter().filter(has_day);
        let spend = with_day.next_back().or(job.spends.last())?;
        Some((inner.quota_name(spend.quota), quotas.get(spend.quota).zone.next_day(now)))
    }

    /// Waits, unless somebody asks us to stop or the deadline comes first.
    async fn pause(&self, ms: i64) -> Result<(), CallError> {
        let until = self.clock.now().plus(ms);
        if self.options.until.is_some_and(|deadline| until > deadline) {
            return Err(CallError::Deadline);
        }
        let stopped = self.stopped.notified();
        if self.inner.borrow().interrupted {
            return Err(CallError::Interrupted);
        }
        tokio::select! {
            () = stopped => Err(CallError::Interrupted),
            () = self.clock.sleep_until(until) => Ok(()),
        }
    }

    fn provider(&self, vendor: Vendor) -> Result<&dyn Provider, CallError> {
        let mut providers = self.providers.iter().map(AsRef::as_ref);
        providers.find(|provider| provider.vendor() == vendor).ok_or(CallError::NoAccount(vendor))
    }

    /// Whoever has a session needs one: only where there is none a provider is asked, since it would sign a request
    /// to tell.
    fn needs(&self, provider: &dyn Provider) -> Needs {
        let now = self.clock.now();
        let is_signed_in = self.inner.borrow().has_session(provider.vendor(), now);
        if is_signed_in || provider.sign_in(now).is_some() { Needs::Session } else { Needs::Nothing }
    }
}

/// How a call ends whose last try came to this.
fn ended(vendor: Vendor, fault: Fault) -> CallError {
    match fault {
        Fault::NotSent(words) => CallError::NotSent { vendor, words },
        Fault::NoReply(words) => CallError::NoReply { vendor, words },
        Fault::Refused(refusal) => CallError::Refused { vendor, refusal },
    }
}
