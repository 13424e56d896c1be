//! The loop that carries calls out, as many side by side as the frontier allows: intent, call, outcome.
//!
//! ```text
//! frontier ──ready──> intents ──┐                      ┌──> gate ──> replies ──┐
//!    ^                          ├──> one transaction ──┘                       │
//!    └──────── done ────────────┼───────────── outcomes <──────────────────────┘
//! ```
//!
//! One `select!` yields one event, and a synchronous function handles it: nothing else waits here. At most one
//! transaction is under way; what comes in meanwhile makes up the next one, so that a slow store costs larger
//! batches and not slower calls. An outcome is in the transaction of the intents that need it, or in an earlier one.

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::frontier::Frontier;
use super::owed;
use super::step::{self, Done, Ended, Written};
use super::watch::PROGRESS_EVERY_MS;
use super::{Run, rows};
use crate::gate::CallError;
use crate::kind::Write;
use crate::problem::{Problem, Problems, Result};
use crate::report::{Rest, What};
use crate::state::{Intent, Outcome, PATIENCE_MS, is_passing};
use crate::timestamp::Timestamp;

/// What a run waits for that has no more time.
pub(super) const UNTIL: &str = "--until";

/// How many calls are recorded ahead of those that the gate may let go: a slow store has to be asked early.
const INTENTS_AHEAD: usize = 2;

/// How often recording may fail before what is left stays in doubt.
const TRIES_MAX: u32 = 2;

/// What happens next.
enum Next {
    /// Calls came back.
    Ended(Vec<Ended>),
    /// The store has written a batch.
    Recorded(Batch, Result<Vec<u64>>),
    /// Something that is only told.
    Told,
    /// Nothing is under way any more.
    Over,
}

/// What one transaction records.
#[derive(Default)]
struct Batch {
    outcomes: Vec<Outcome>,
    /// What the outcomes make true, for the report.
    done: Vec<Done>,
    /// Calls that go once their intents are recorded.
    intents: Vec<u32>,
    /// The note that a reading back is owed, where this run has none yet.
    note: Option<Write>,
}

impl Batch {
    const fn is_empty(&self) -> bool {
        self.outcomes.is_empty() && self.intents.is_empty()
    }
}

/// What a run has to remember between events.
struct Dispatcher<'r, 'a> {
    run: &'r Run<'a>,
    frontier: Frontier,
    next: Batch,
    written: Written,
    put_off: u64,
    next_at: Option<Timestamp>,
    because: String,
    /// Calls that were under way when somebody asked to stop, and have no reply.
    cut_off: u64,
    /// Since when the store could not be reached.
    failing_since: Option<Timestamp>,
    /// Whether nothing is recorded until some time has passed.
    is_paused: bool,
    /// Why nothing new is sent: the store could not be written.
    failed: Option<Problems>,
    /// How often that was so.
    tries: u32,
}

/// Carries out every call that can be. Gives the rows that were written.
///
/// # Errors
/// The store's. By then every call that was under way has ended, and what could be recorded is.
pub(super) async fn carry_out(run: &Run<'_>) -> Result<Written> {
    let mut dispatcher = Dispatcher::new(run);
    let (mut calls, mut recording) = (FuturesUnordered::new(), FuturesUnordered::new());
    let mut tell_at = run.apply.clock.now().plus(PROGRESS_EVERY_MS);
    loop {
        if recording.is_empty() {
            recording.extend(dispatcher.batch(calls.len()).map(|batch| record(run, batch)));
        }
        let next = tokio::select! {
            biased;
            Some(first) = calls.next(), if !calls.is_empty() => Next::Ended(with_all_ready(first, &mut calls)),
            Some((batch, numbers)) = recording.next(), if !recording.is_empty() => Next::Recorded(batch, numbers),
            (quota, until) = run.apply.gate.next_wait(), if !calls.is_empty() => {
                run.tell_wait(quota, until);
                Next::Told
            }
            () = run.apply.clock.sleep_until(tell_at), if dispatcher.waits(calls.len() + recording.len()) => {
                dispatcher.is_paused = false;
                run.tell_progress();
                tell_at = run.apply.clock.now().plus(PROGRESS_EVERY_MS);
                Next::Told
            }
            else => Next::Over,
        };
        match next {
            Next::Ended(ended) => ended.into_iter().for_each(|one| dispatcher.on_ended(one)),
            Next::Recorded(batch, numbers) => {
                let started = dispatcher.on_recorded(batch, numbers);
                calls.extend(started.into_iter().map(|(call, journal)| step::send(run, call, journal)));
            }
            Next::Told => {}
            Next::Over => return dispatcher.finish(),
        }
    }
}

/// Who else is answered by now is heard before anything is recorded: a window is counted from the moment at which a
/// reply is heard.
fn with_all_ready(first: Ended, calls: &mut FuturesUnordered<impl Future<Output = Ended>>) -> Vec<Ended> {
    let mut ended = vec![first];
    while let Some(Some(next)) = calls.next().now_or_never() {
        ended.push(next);
    }
    ended
}

/// Records outcomes and intents in one transaction, and gives the journal numbers of the intents.
async fn record(run: &Run<'_>, batch: Batch) -> (Batch, Result<Vec<u64>>) {
    let (apply, plan) = (run.apply, run.apply.plan);
    let at = apply.clock.now();
    let intent = |call: &u32| {
        let call = &plan.calls[*call as usize];
        Intent { write: &call.write, rows: rows::of(plan, call, at.seconds()), at }
    };
    let note = batch.note.iter().map(|write| Intent { write, rows: Vec::new(), at });
    let intents: Vec<Intent<'_>> = batch.intents.iter().map(intent).chain(note).collect();
    let numbers = apply.store.record(apply.lease, &plan.names, &batch.outcomes, &intents).await;
    drop(intents);
    (batch, numbers)
}

impl<'r, 'a> Dispatcher<'r, 'a> {
    fn new(run: &'r Run<'a>) -> Self {
        Self {
            run,
            frontier: Frontier::of(&run.apply.plan.calls),
            next: Batch::default(),
            written: Written::default(),
            put_off: 0,
            next_at: None,
            because: String::new(),
            cut_off: 0,
            failing_since: None,
            is_paused: false,
            failed: None,
            tries: 0,
        }
    }

    /// Whether time alone may bring the next event.
    const fn waits(&self, under_way: usize) -> bool {
        under_way > 0 || self.is_paused
    }

    /// What is to be recorded next, if anything is, while so many calls are under way. Where the store has failed, all
    /// that is left is recorded once more, when the last call has ended.
    fn batch(&mut self, under_way: usize) -> Option<Batch> {
        let gate = &self.run.apply.gate;
        if self.failed.is_some() && (under_way > 0 || self.tries >= TRIES_MAX) {
            return None;
        }
        if self.is_paused {
            return None;
        }
        if self.failed.is_none() && !gate.is_interrupted() && self.next.intents.is_empty() {
            self.next.intents = self.frontier.take(INTENTS_AHEAD * gate.ready_max());
        }
        let writes = self.next.intents.iter().map(|call| &self.run.apply.plan.calls[*call as usize].write);
        self.next.note = if self.written.owed.is_none() { owed::note(writes) } else { None };
        (!self.next.is_empty()).then(|| std::mem::take(&mut self.next))
    }

    /// A call came back: what waited for it may go, and what it came to is to be recorded.
    fn on_ended(&mut self, ended: Ended) {
        let Ended { call, journal, started, at, outcome } = ended;
        let run = self.run;
        match outcome {
            Ok(failed) => {
                self.frontier.done(call);
                let rows = step::made_true(run, call, &failed, at);
                self.next.outcomes.push(Outcome { id: journal, rows });
                self.next.done.push(Done { call, ms: at.since(started), failed });
            }
            Err(error) if error.is_in_doubt() => {
                // It stays in the journal without an outcome: the next run reads it there and looks.
                let lost = self.frontier.given_up(call);
                self.cut_off += u64::from(run.apply.gate.is_interrupted());
                step::fail_call(run, call, error, &lost);
                run.close(call);
            }
            Err(error) => {
                self.next.outcomes.push(Outcome { id: journal, rows: Vec::new() });
                self.put_off_or_fail(call, error);
                run.close(call);
            }
        }
    }

    /// A batch is in the store, or is not: gives the calls that go now, with their journal numbers.
    fn on_recorded(&mut self, batch: Batch, numbers: Result<Vec<u64>>) -> Vec<(u32, u64)> {
        let Batch { outcomes, done, intents, note } = batch;
        match numbers {
            Ok(numbers) => {
                self.failing_since = None;
                if note.is_some() {
                    self.written.owed = numbers.last().copied();
                }
                for one in done {
                    step::note_kept(self.run, one.call, &one.failed, &mut self.written);
                    self.run.tell(What::CallDone { call: one.call, ms: one.ms });
                    step::fail_rows(self.run, one.call, &one.failed);
                    self.run.close(one.call);
                }
                self.written.rows.extend(outcomes.into_iter().flat_map(|one| one.rows));
                intents.into_iter().zip(numbers).collect()
            }
            Err(problems) => {
                let later = std::mem::replace(&mut self.next, Batch { outcomes, done, intents, note: None });
                self.next.outcomes.extend(later.outcomes);
                self.next.done.extend(later.done);
                self.on_failed(problems);
                Vec::new()
            }
        }
    }

    /// A store that may be back in a moment is tried again with everything that it did not take; should it have taken it
    /// all the same, an intent is recorded twice, and the next run finds that it was not carried out.
    fn on_failed(&mut self, problems: Problems) {
        let now = self.run.apply.clock.now();
        let since = *self.failing_since.get_or_insert(now);
        if self.failed.is_none() && is_passing(&problems) && now.since(since) < PATIENCE_MS {
            self.is_paused = true;
        } else {
            self.next.intents.clear();
            self.stop(problems);
        }
    }

    /// Nothing new is sent; calls under way have their time to end, and what they come to is recorded if that is
    /// possible by then.
    fn stop(&mut self, problems: Problems) {
        self.tries += 1;
        self.failed.get_or_insert(problems);
        self.frontier.close();
        self.run.apply.gate.interrupt();
    }

    fn put_off_or_fail(&mut self, call: u32, error: CallError) {
        let run = self.run;
        match put_off(&error, run.apply.gate.until()) {
            Some((until, because)) => {
                // A user's own share says nothing of the others in the lane.
                if run.apply.plan.calls[call as usize].spends.iter().all(|spend| spend.subject == 0) {
                    self.frontier.close_lane_of(call);
                }
                if self.next_at.is_none_or(|next| until < next) {
                    (self.next_at, self.because) = (Some(until), because);
                }
                self.leave_to_the_next_run(call);
            }
            None if error == CallError::Interrupted => {
                self.frontier.close();
                self.leave_to_the_next_run(call);
            }
            None => {
                let lost = self.frontier.given_up(call);
                step::fail_call(run, call, error, &lost);
            }
        }
    }

    fn leave_to_the_next_run(&mut self, call: u32) {
        let lost = self.frontier.given_up(call);
        let wire = |call: &u32| self.run.apply.plan.calls[*call as usize].write.wire_calls();
        self.put_off += wire(&call) + lost.iter().map(wire).sum::<u64>();
        self.run.track.borrow_mut().put_off(std::iter::once(call).chain(lost));
    }

    fn finish(self) -> Result<Written> {
        if let Some(problems) = self.failed {
            return Err(problems);
        }
        let left = self.frontier.left() + self.put_off;
        if self.run.apply.gate.is_interrupted() && left + self.cut_off > 0 {
            tell_interrupted(self.run, left, self.cut_off);
        } else if let (Some(next_at), true) = (self.next_at, left > 0) {
            self.run.rest(Rest { calls: left, next_at, because: self.because });
        }
        Ok(self.written)
    }
}

/// One sentence for all calls that do not go any more.
fn tell_interrupted(run: &Run<'_>, left: u64, cut_off: u64) {
    run.interrupted.set(true);
    let calls: u64 = run.apply.plan.calls.iter().map(|call| call.write.wire_calls()).sum();
    let made = run.report.borrow().calls;
    let of = if calls == 1 { "call is" } else { "calls are" };
    let were = if left == 1 { "was" } else { "were" };
    let mut summary =
        format!("interrupted: {made} of {calls} {of} made and recorded, {left} {were} not sent");
    if cut_off > 0 {
        summary.push_str(&format!(", {cut_off} had no reply yet"));
    }
    let problem = Problem::error("apply::interrupted", summary);
    run.tell(What::Noticed(problem.help("run the same command again: it goes on where this run stopped")));
}

/// Until when a call that was not sent waits, and for what; `None` when it was refused for good.
fn put_off(error: &CallError, deadline: Option<Timestamp>) -> Option<(Timestamp, String)> {
    match error {
        CallError::DayUsedUp { quota, until } => Some((*until, quota.clone())),
        CallError::Deadline => Some((deadline?, UNTIL.to_owned())),
        CallError::Refused { .. }
        | CallError::InDoubt(_)
        | CallError::NoReply { .. }
        | CallError::NotSent { .. }
        | CallError::Interrupted
        | CallError::Forbidden { .. }
        | CallError::Unreachable { .. }
        | CallError::Unfit { .. }
        | CallError::NoAccount(_)
        | CallError::Store(_) => None,
    }
}
