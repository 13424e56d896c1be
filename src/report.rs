//! What happens during an apply, as events, and what came of it, as a report: the words between whoever
//! applies and whoever shows.
//!
//! Nothing here shows anything, and nothing here decides: the events of a run, folded, are its report.

use crate::change::Action;
use crate::plan::sampling::Proof;
use crate::plan::{Plan, Summary};
use crate::problem::{Problem, Problems};
use crate::timestamp::Timestamp;

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What can happen. Calls and changes are named by their places in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The lease is held and the plan still fits: calls go from now on.
    RunStart,
    /// The first call of a change is about to go.
    ChangeStart {
        /// Its place in the plan's changes.
        change: u32,
    },
    /// Everything of a change is carried out.
    ChangeDone {
        /// Its place in the plan's changes.
        change: u32,
        /// From its first call's start.
        ms: i64,
    },
    /// Something of a change failed, or what it needs did.
    ChangeErrored {
        /// Its place in the plan's changes.
        change: u32,
        /// What failed; more than one row may have.
        problem: Problem,
    },
    /// A call leaves.
    CallStart {
        /// Its place in the plan's calls.
        call: u32,
    },
    /// A call was taken; single rows of it may have failed, which their changes say.
    CallDone {
        /// Its place in the plan's calls.
        call: u32,
        /// From leaving to the reply.
        ms: i64,
    },
    /// A call is sent again.
    CallRepeated {
        /// Its place in the plan's calls.
        call: u32,
        /// Why, in the vendor's words.
        why: String,
    },
    /// A call was refused for good, or had no reply as often as is tolerated.
    CallFailed {
        /// Its place in the plan's calls.
        call: u32,
        /// What was wrong with it.
        problem: Problem,
    },
    /// Nothing can go before a limit has room again. Said once for each wait.
    QuotaWait {
        /// The quota that binds, with the vendor's word: `getui tag_batch`.
        quota: String,
        /// Its limit that binds: `100/1m`.
        limit: String,
        /// When it has room.
        until: Timestamp,
    },
    /// How far it is; said at most every second.
    Progress(Progress),
    /// Something that a person should know and that stops nothing.
    Noticed(Problem),
    /// Reading back has ended.
    Verified(Verified),
    /// The rest has to wait.
    Rests(Rest),
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Calls that are done.
    pub done: u64,
    /// All calls.
    pub calls: u64,
    /// When the last will be done, if nothing fails.
    pub finishes_at: Option<Timestamp>,
    /// How far each limit that binds at some time is, in the order of the plan's quotas.
    pub lanes: Vec<Lane>,
    /// How far reading back is, once every call is done.
    pub reading_back: Option<ReadingBack>,
}

/// How far reading back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadingBack {
    /// Rows and counts that are as written.
    pub done: u64,
    /// All that are looked at.
    pub of: u64,
    /// When the last look comes, if some stay otherwise.
    pub until: Timestamp,
}

/// How far one limit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The quota with the vendor's word: `getui tag_batch`.
    pub quota: String,
    /// Its limit: `100/1m`.
    pub limit: String,
    /// Calls of this run that spent it.
    pub done: u64,
    /// Calls of this run that spend it.
    pub calls: u64,
    /// How many it has room for now.
    pub left: u64,
    /// When its last call will be done.
    pub finishes_at: Option<Timestamp>,
}

/// How it was made sure that what was written is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verified {
    /// Not at all: nothing was written, or nothing of it can be read back.
    #[default]
    Nothing,
    /// Every row that can be read back was.
    InFull {
        /// How many rows.
        rows: u64,
        /// How many of them are not as written.
        untrue: u64,
        /// Rows that nobody can read back.
        unreadable: u64,
    },
    /// It was cut short: the next plan looks.
    CutShort {
        /// How many rows were seen to be as written.
        rows: u64,
        /// Of how many that can be read back.
        of: u64,
        /// Rows that nobody can read back.
        unreadable: u64,
    },
    /// By a count of each tag and a random sample.
    Sampled {
        /// How many counts were compared.
        counts: u64,
        /// How many rows were read back.
        rows: u64,
        /// Of how many that can be.
        of: u64,
        /// How many rows and counts are not as written.
        untrue: u64,
        /// Rows that nobody can read back.
        unreadable: u64,
        /// What the sample was drawn by.
        seed: u64,
    },
}

/// What looking at users drawn at random proves of all who are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// How many were drawn of how many, how many differ, and how many there can be at most.
    pub proof: Proof,
    /// Those of the differing ones whom the vendor does not know any more.
    pub gone: u64,
    /// What they were drawn by.
    pub seed: u64,
}

/// What an apply leaves for later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many calls.
    pub calls: u64,
    /// When the first of them can go.
    pub next_at: Timestamp,
    /// Why it waits: `getui tag_batch 10000/1d`, or `--until`.
    pub because: String,
}

/// What came of an apply.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The changes that are carried out as a whole.
    pub summary: Summary,
    /// The changes of which something failed.
    pub errored: u64,
    /// Calls that were sent and taken.
    pub calls: u64,
    /// How many calls read values once more before the first of them.
    pub reads: u64,
    /// Rows recorded without a call, because they were so already.
    pub adopted: u64,
    /// Rows forgotten without a call, because they were gone already.
    pub forgotten: u64,
    /// What failed, and what should be known.
    pub problems: Problems,
    /// How it was made sure.
    pub verified: Verified,
    /// What waits.
    pub rest: Option<Rest>,
    /// Whether there was nothing to do, since a saved plan had been applied before.
    pub already_applied: bool,
    /// When the calls began.
    pub started_at: Option<Timestamp>,
    /// When the last thing happened.
    pub ended_at: Option<Timestamp>,
}

impl Report {
    /// A report of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one more event in.
    pub fn fold(&mut self, plan: &Plan, event: &Event) {
        self.ended_at = Some(event.at);
        match &event.what {
            What::RunStart => {
                self.started_at = Some(event.at);
                self.adopted = plan.adopts.len() as u64;
                self.forgotten = plan.forgets.len() as u64;
            }
            What::ChangeDone { change, .. } => {
                if let Some(change) = plan.changes.get(*change as usize) {
                    count(&mut self.summary, change.action);
                }
            }
            What::ChangeErrored { problem, .. } => {
                self.errored += 1;
                self.note(problem);
            }
            What::CallDone { call, .. } => self.calls += plan.calls[*call as usize].write.wire_calls(),
            What::CallFailed { problem, .. } | What::Noticed(problem) => self.note(problem),
            What::Verified(verified) => self.verified = *verified,
            What::Rests(rest) => self.rest = Some(rest.clone()),
            What::ChangeStart { .. }
            | What::CallStart { .. }
            | What::CallRepeated { .. }
            | What::QuotaWait { .. }
            | What::Progress(_) => {}
        }
    }

    /// A call that failed is told, and then every change that it was for: one problem all the same.
    fn note(&mut self, problem: &Problem) {
        if !self.problems.list().contains(problem) {
            self.problems.push(problem.clone());
        }
    }

    /// How long it took, in milliseconds.
    #[must_use]
    pub fn took_ms(&self) -> i64 {
        match (self.started_at, self.ended_at) {
            (Some(start), Some(end)) => end.since(start),
            _ => 0,
        }
    }
}

/// Counts one change as Terraform does: a replacement is one of each.
pub fn count(summary: &mut Summary, action: Action) {
    match action {
        Action::Create => summary.add += 1,
        Action::Update => summary.change += 1,
        Action::Delete => summary.destroy += 1,
        Action::Replace => {
            summary.add += 1;
            summary.destroy += 1;
        }
    }
}
