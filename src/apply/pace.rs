//! How far a run is and when it will be done, by the plan's forecast and by how late the run is against it.
//!
//! Pure: it is told what ended and what time it is. Nothing is forecast anew.

use crate::plan::{Call, NEVER, Plan, QuotaNeed};
use crate::quota::{LimitStatus, QuotaId};
use crate::report::{Lane, Progress, ReadingBack};
use crate::timestamp::{SECOND_MS, Timestamp};

/// Where nothing has ended since, a run is told of again only after this long.
const STILL_MS: i64 = 10 * SECOND_MS;

/// How far a run is.
pub(super) struct Pace {
    all: Course,
    lanes: Vec<(QuotaNeed, Course)>,
    told: (Timestamp, u64),
    reading_back: Option<ReadingBack>,
}

/// Calls in the order in which the forecast sends them.
struct Course {
    sends_at: Vec<Timestamp>,
    ended: usize,
    finishes_at: Option<Timestamp>,
}

impl Pace {
    /// Nothing has ended. The forecast began when the plan was made, the run begins now.
    pub(super) fn of(plan: &Plan, now: Timestamp) -> Self {
        let delay_ms = now.since(plan.created_at).max(0);
        let course = |spends: &dyn Fn(&Call) -> bool| {
            let sends_at = plan.calls.iter().zip(&plan.forecast.sends_at);
            let mut sends_at: Vec<Timestamp> =
                sends_at.filter(|(call, _)| spends(call)).map(|(_, at)| later(*at, delay_ms)).collect();
            sends_at.sort_unstable();
            Course { ended: 0, finishes_at: None, sends_at }
        };
        let mut all = course(&|_| true);
        all.finishes_at = plan.forecast.finishes_at.map(|at| later(at, delay_ms));
        let reply_ms = match (all.finishes_at, all.sends_at.last()) {
            (Some(end), Some(last)) => end.since(*last).max(0),
            (_, _) => 0,
        };
        let lanes = plan.forecast.quotas.iter().filter(|need| need.binds || need.needed > need.left);
        let lane = |need: &QuotaNeed| {
            let mut course = course(&|call| call.spends.iter().any(|spend| spend.quota == need.quota));
            course.finishes_at =
                course.sends_at.last().filter(|at| **at != NEVER).map(|at| at.plus(reply_ms));
            (need.clone(), course)
        };
        Self { lanes: lanes.map(lane).collect(), all, told: (now, 0), reading_back: None }
    }

    /// A call has ended, whatever it came to.
    pub(super) fn ended(&mut self, call: &Call) {
        self.all.ended += 1;
        for (need, course) in &mut self.lanes {
            course.ended += usize::from(call.spends.iter().any(|spend| spend.quota == need.quota));
        }
    }

    /// Whether there is something to tell; then it counts as told.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        let ended = self.all.ended as u64;
        let (told_at, told) = self.told;
        let due = ended != told || (self.is_at_work() && now.since(told_at) >= STILL_MS);
        if due {
            self.told = (now, ended);
        }
        due
    }

    /// From now on rows are read back.
    pub(super) fn reads_back(&mut self, back: Option<ReadingBack>) {
        self.reading_back = back;
    }

    fn is_at_work(&self) -> bool {
        self.all.is_open() || self.reading_back.is_some()
    }

    /// How far it is now.
    pub(super) fn progress(&self, status: &[LimitStatus], now: Timestamp) -> Progress {
        let lane = |(need, course): &(QuotaNeed, Course)| Lane {
            quota: need.name.clone(),
            limit: need.limit.clone(),
            done: course.ended as u64,
            calls: course.sends_at.len() as u64,
            left: left(status, need.quota, &need.limit),
            finishes_at: course.finishes_at(now),
        };
        Progress {
            done: self.all.ended as u64,
            calls: self.all.sends_at.len() as u64,
            finishes_at: self.all.finishes_at(now),
            lanes: self.lanes.iter().map(lane).collect(),
            reading_back: self.reading_back,
        }
    }
}

impl Course {
    fn is_open(&self) -> bool {
        self.ended < self.sends_at.len()
    }

    /// The forecast's end, later by as much as the next call is late.
    fn finishes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let late_ms = self.sends_at.get(self.ended).map_or(0, |next| now.since(*next).max(0));
        self.finishes_at.map(|end| end.plus(late_ms))
    }
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    if at == NEVER { at } else { at.plus(ms) }
}

fn left(status: &[LimitStatus], quota: QuotaId, limit: &str) -> u64 {
    let of = |one: &&LimitStatus| one.quota == quota && one.limit.to_string() == limit;
    status.iter().find(of).map_or(0, |one| u64::from(one.left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Write;
    use crate::names::Name;
    use crate::quota::Spend;
    use crate::render::sample::Sample;

    /// Four calls, two at once and two a minute later; the last two spend what binds.
    fn plan() -> Plan {
        let mut plan = Sample::new().plan;
        let call = |quota| Call {
            write: Write::DeleteProperty(Name::NONE),
            spends: vec![Spend { quota: QuotaId(quota), subject: 0 }],
            after: vec![],
            changes: vec![],
            rank: 0,
        };
        plan.calls = vec![call(0), call(1), call(1), call(1)];
        let at = |ms| plan.created_at.plus(ms);
        plan.forecast.sends_at = vec![at(0), at(0), at(60_000), at(60_000)];
        plan.forecast.finishes_at = Some(at(60_100));
        let need = |quota, needed, left, binds| QuotaNeed {
            quota: QuotaId(quota),
            name: format!("getui q{quota}"),
            limit: "1/1m".to_owned(),
            needed,
            left,
            turns_over_at: at(60_000),
            binds,
        };
        plan.forecast.quotas = vec![need(0, 1, 9, false), need(1, 3, 1, true)];
        plan
    }

    #[test]
    fn a_run_that_began_later_ends_later() {
        let plan = plan();
        let start = plan.created_at.plus(5_000);
        let mut pace = Pace::of(&plan, start);
        pace.ended(&plan.calls[0]);
        pace.ended(&plan.calls[1]);
        let progress = pace.progress(&[], start.plus(1_000));
        assert_eq!((progress.done, progress.calls), (2, 4));
        assert_eq!(progress.finishes_at, Some(start.plus(60_100)));
        let lanes: Vec<_> =
            progress.lanes.iter().map(|lane| (lane.quota.as_str(), lane.done, lane.calls)).collect();
        assert_eq!(lanes, [("getui q1", 1, 3)], "only what binds has a lane");
        assert_eq!(progress.lanes[0].finishes_at, Some(start.plus(60_100)));
    }

    #[test]
    fn a_run_that_is_late_says_so() {
        let plan = plan();
        let start = plan.created_at;
        let pace = Pace::of(&plan, start);
        let progress = pace.progress(&[], start.plus(7_000));
        assert_eq!(
            progress.finishes_at,
            Some(start.plus(67_100)),
            "the first call ought to be gone since 7 s"
        );
    }

    #[test]
    fn standing_still_is_told_seldom_and_the_end_once() {
        let plan = plan();
        let start = plan.created_at;
        let mut pace = Pace::of(&plan, start);
        assert!(!pace.is_due(start.plus(1_000)));
        pace.ended(&plan.calls[0]);
        assert!(pace.is_due(start.plus(1_000)));
        assert!(!pace.is_due(start.plus(2_000)));
        assert!(pace.is_due(start.plus(11_000)));
        plan.calls[1..].iter().for_each(|call| pace.ended(call));
        assert!(pace.is_due(start.plus(30_000)), "the last call has ended");
        assert!(!pace.is_due(start.plus(60_000)));
    }
}
