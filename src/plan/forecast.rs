//! When a plan will be done: the real ledger, run on a copy.
//!
//! Calls go as `apply/` sends them: by rank, each once what it waits for has succeeded and all its limits have
//! room, so many of each vendor under way at a time as a copy of its [`Flow`] allows. A call that a limit holds back
//! holds back only those that spend the same. Where there is no session yet, signing in comes first.
//!
//! It assumes that every call takes as long as the typical one did, that nothing fails, and that a session lasts:
//! then it is exact, to the millisecond.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::quota::{Flow, Ledger, Room, Spend, Ticket};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

use super::days::Days;
use super::lists::Lists;
use super::needs::needs;
use super::questions::questions;
use super::{Call, Forecast, Replacement};

/// How long a call takes where nothing is known: a reply from within the country takes tenths of a second.
const LATENCY_MS: i64 = 100;

/// What a call's time is when it never goes.
pub const NEVER: Timestamp = Timestamp(i64::MAX);

/// What the calls are run against.
pub struct Course<'a> {
    /// What was spent.
    pub ledger: &'a Ledger,
    /// How long a call takes, in milliseconds, where that is known.
    pub latency_ms: Option<i64>,
    /// When the first call can go.
    pub now: Timestamp,
    /// What the sign-ins spend that have to come first, by vendor.
    pub sign_ins: &'a [(Vendor, Vec<Spend>)],
    /// What is known of how many calls a vendor takes at a time; of a vendor that is missing, nothing is.
    pub flows: &'a [(Vendor, Flow)],
}

/// Runs the calls against a copy of the ledger. Before the first of them the values of properties that are replaced are
/// read once more.
pub(super) fn forecast(
    calls: &[Call],
    replacements: &[Replacement],
    calls_minimum: u64,
    course: &Course<'_>,
) -> Forecast {
    let questions = questions(calls, replacements);
    if questions.is_empty() {
        return forecast_after(calls, &[], calls_minimum, course);
    }
    let mut reading = Run::of(&questions, course);
    reading.go_on_to_the_end();
    let flows: Vec<(Vendor, Flow)> =
        reading.of_vendors.iter().map(|(vendor, traffic)| (*vendor, traffic.flow.clone())).collect();
    let Course { latency_ms, sign_ins, .. } = *course;
    let then = Course { ledger: &reading.ledger, latency_ms, now: reading.now, sign_ins, flows: &flows };
    let quotas = needs(calls.iter().chain(&questions), course);
    Forecast { quotas, ..forecast_after(calls, &questions, calls_minimum, &then) }
}

fn forecast_after(calls: &[Call], questions: &[Call], calls_minimum: u64, course: &Course<'_>) -> Forecast {
    let mut run = Run::of(calls, course);
    let finishes_at = run.go_on_to_the_end();
    let on_the_wire: u64 = calls.iter().map(|call| call.write.wire_calls()).sum();
    let asked = questions.len() as u64;
    Forecast {
        calls: on_the_wire + asked,
        reads: on_the_wire + asked - calls.len() as u64,
        calls_minimum: calls_minimum.min(on_the_wire) + asked,
        finishes_at,
        days: run.days.counts(),
        quotas: needs(calls.iter(), course),
        choice: None,
        sends_at: run.sends_at.split_off(run.sign_ins),
    }
}

/// Calls that spend the same shared limits: what holds back one of them holds back all.
struct Lane {
    vendor: Vendor,
    spends: Vec<Spend>,
    ready: BTreeSet<u32>,
    gate: Gate,
}

/// When to ask the ledger again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gate {
    At(Timestamp),
    AfterReply,
    Closed,
}

impl Gate {
    fn of(room: Room, now: Timestamp) -> Self {
        match room {
            Room::Now => Self::At(now),
            Room::At(at) | Room::NextDay(at) => Self::At(at),
            Room::AfterReply => Self::AfterReply,
            Room::Never => Self::Closed,
        }
    }

    fn is_open(self, now: Timestamp) -> bool {
        matches!(self, Self::At(at) if at <= now)
    }

    const fn opens_at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::AfterReply | Self::Closed => None,
        }
    }
}

/// A call, or a sign-in.
#[derive(Clone, Copy)]
struct Step<'a> {
    vendor: Vendor,
    spends: &'a [Spend],
    /// How many calls go one after the other, on leave that is given once.
    parts: u64,
}

/// One vendor's calls under way.
struct Traffic {
    under_way: usize,
    flow: Flow,
    /// How many may be under way: what the flow says, asked once a reply.
    allowed: usize,
}

impl Traffic {
    /// Nothing is under way.
    fn of(vendor: Vendor, course: &Course<'_>) -> Self {
        let known = course.flows.iter().find(|(one, _)| *one == vendor);
        let flow = known.map_or_else(Flow::default, |(_, flow)| flow.clone());
        let allowed = flow.allowed(course.ledger.quotas(), vendor);
        Self { under_way: 0, flow, allowed }
    }
}

/// A step under way.
struct UnderWay {
    /// When the reply to its present part comes.
    replied_at: Timestamp,
    step: u32,
    ticket: Ticket,
    /// How many parts come after the present one.
    parts_left: u64,
}

struct Run<'a> {
    /// The sign-ins first, then the calls.
    steps: Vec<Step<'a>>,
    sign_ins: usize,
    ledger: Ledger,
    now: Timestamp,
    latency_ms: i64,
    lanes: Vec<Lane>,
    lane_of: Vec<u32>,
    /// How many steps each step still waits for.
    waits: Vec<u32>,
    /// For each step, the steps that wait for it.
    followers: Lists,
    /// By the time of the reply, since all take equally long.
    under_way: VecDeque<UnderWay>,
    of_vendors: BTreeMap<Vendor, Traffic>,
    /// Steps held back by a share of their own.
    aside: BTreeSet<(Gate, u32)>,
    sends_at: Vec<Timestamp>,
    days: Days<'a>,
}

impl<'a> Run<'a> {
    fn of(calls: &'a [Call], course: &Course<'a>) -> Self {
        let called = |vendor| calls.iter().any(|call| call.write.vendor() == vendor);
        let sign_ins: Vec<&(Vendor, Vec<Spend>)> =
            course.sign_ins.iter().filter(|(vendor, _)| called(*vendor)).collect();
        let first = sign_ins.iter().map(|(vendor, spends)| Step { vendor: *vendor, spends, parts: 1 });
        let then = calls.iter().map(|call| Step {
            vendor: call.write.vendor(),
            spends: &call.spends,
            parts: call.write.wire_calls(),
        });
        let steps: Vec<Step<'_>> = first.chain(then).collect();
        let pairs = || pairs(calls, &sign_ins);
        let mut waits = vec![0; steps.len()];
        pairs().for_each(|(_, follower)| waits[follower as usize] += 1);
        let (lanes, lane_of) = lanes(&steps, course.now);
        let latency_ms = course.latency_ms.unwrap_or(LATENCY_MS);
        let traffic = |vendor| (vendor, Traffic::of(vendor, course));
        let mut run = Self {
            sign_ins: sign_ins.len(),
            ledger: course.ledger.clone(),
            now: course.now,
            latency_ms,
            lanes,
            lane_of,
            followers: Lists::of(steps.len(), pairs()),
            waits,
            under_way: VecDeque::new(),
            of_vendors: Vendor::ALL.into_iter().map(traffic).collect(),
            aside: BTreeSet::new(),
            sends_at: vec![NEVER; steps.len()],
            days: Days::new(course.ledger),
            steps,
        };
        for step in
            (0..number(run.steps.len())).filter(|step| run.waits[*step as usize] == 0).collect::<Vec<_>>()
        {
            run.make_ready(step);
        }
        run
    }

    fn make_ready(&mut self, call: u32) {
        self.lanes[self.lane_of[call as usize] as usize].ready.insert(call);
    }

    /// The moment of the last reply, if every call goes.
    fn go_on_to_the_end(&mut self) -> Option<Timestamp> {
        let mut sent = 0;
        loop {
            while let Some(call) = self.next() {
                self.send(call);
                sent += 1;
            }
            let Some(next) = self.next_event() else { break };
            self.now = self.now.max(next);
            self.take_replies();
            while let Some((_, call)) = self.aside.first().copied().filter(|(gate, _)| gate.is_open(self.now))
            {
                self.aside.pop_first();
                self.make_ready(call);
            }
        }
        (sent == self.steps.len()).then_some(self.now)
    }

    /// The first call by rank that may go now.
    fn next(&mut self) -> Option<u32> {
        loop {
            let goes = |lane: &Lane| lane.gate.is_open(self.now) && !self.is_full(lane.vendor);
            let open = (0_usize..).zip(&self.lanes).filter(|(_, lane)| goes(lane));
            let (call, at) = open.filter_map(|(at, lane)| Some((*lane.ready.first()?, at))).min()?;
            let lane = &mut self.lanes[at];
            lane.gate = Gate::of(self.ledger.room(&lane.spends, self.now), self.now);
            if !lane.gate.is_open(self.now) {
                continue;
            }
            lane.ready.remove(&call);
            let own = self.steps[call as usize].spends;
            if own.len() == lane.spends.len() {
                return Some(call);
            }
            let gate = Gate::of(self.ledger.room(own, self.now), self.now);
            if gate.is_open(self.now) {
                return Some(call);
            }
            self.aside.insert((gate, call));
        }
    }

    fn is_full(&self, vendor: Vendor) -> bool {
        self.of_vendors.get(&vendor).is_some_and(|traffic| traffic.under_way >= traffic.allowed)
    }

    fn send(&mut self, call: u32) {
        let Step { vendor, spends, parts } = self.steps[call as usize];
        if let Some(traffic) = self.of_vendors.get_mut(&vendor) {
            traffic.under_way += 1;
        }
        let ticket = self.ledger.send(spends, self.now);
        self.sends_at[call as usize] = self.now;
        let replied_at = self.now.plus(self.latency_ms);
        self.under_way.push_back(UnderWay { replied_at, step: call, ticket, parts_left: parts - 1 });
        // A sign-in is no call of the plan.
        if let Some(spend) = spends.first().filter(|_| call as usize >= self.sign_ins) {
            self.days.count(spend.quota, self.now, parts);
        }
    }

    /// When anything can change: a reply, or a limit that opens for a call that is ready.
    fn next_event(&self) -> Option<Timestamp> {
        let reply_at = self.under_way.front().map(|one| one.replied_at);
        let lanes = self.lanes.iter().filter(|lane| !lane.ready.is_empty() && !self.is_full(lane.vendor));
        let opens = lanes.filter_map(|lane| lane.gate.opens_at());
        let aside = self.aside.first().and_then(|(gate, _)| gate.opens_at());
        reply_at.into_iter().chain(opens).chain(aside).min()
    }

    fn take_replies(&mut self) {
        let mut came = false;
        while self.under_way.front().is_some_and(|one| one.replied_at <= self.now) {
            let Some(UnderWay { step: call, ticket, parts_left, .. }) = self.under_way.pop_front() else {
                break;
            };
            self.answer(self.steps[call as usize].vendor, parts_left);
            came = true;
            if parts_left > 0 {
                let replied_at = self.now.plus(self.latency_ms);
                self.under_way.push_back(UnderWay {
                    replied_at,
                    step: call,
                    ticket,
                    parts_left: parts_left - 1,
                });
                continue;
            }
            self.ledger.reply(ticket, self.now);
            for at in self.followers.range(call as usize) {
                let follower = self.followers.at(at);
                self.waits[follower as usize] -= 1;
                if self.waits[follower as usize] == 0 {
                    self.make_ready(follower);
                }
            }
        }
        if came {
            self.ask_again();
        }
    }

    /// A call's reply came: it tells the flow what it told the gate's.
    fn answer(&mut self, vendor: Vendor, parts_left: u64) {
        let Some(traffic) = self.of_vendors.get_mut(&vendor) else { return };
        let (quotas, sent_at) = (self.ledger.quotas(), self.now.plus(-self.latency_ms));
        traffic.flow.answered(sent_at, self.now, quotas, vendor);
        traffic.under_way -= usize::from(parts_left == 0);
        traffic.allowed = traffic.flow.allowed(quotas, vendor);
    }

    /// After a reply: what could not be foretold before can be asked again, and what it may have brought forward.
    fn ask_again(&mut self) {
        for lane in &mut self.lanes {
            if lane.gate != Gate::Closed {
                lane.gate = Gate::At(self.now);
            }
        }
        let behind = self.aside.split_off(&(Gate::AfterReply, 0));
        for (gate, call) in behind {
            let gate = if gate == Gate::AfterReply { Gate::At(self.now) } else { gate };
            self.aside.insert((gate, call));
        }
    }
}

pub(super) fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Which step comes before which: a call waits for what its plan says, and else for its vendor's sign-in.
fn pairs<'a>(
    calls: &'a [Call],
    sign_ins: &'a [&(Vendor, Vec<Spend>)],
) -> impl Iterator<Item = (u32, u32)> + Clone + 'a {
    let shift = number(sign_ins.len());
    (shift..).zip(calls).flat_map(move |(step, call)| {
        let first = call.after.is_empty();
        let sign_in = (0..).zip(sign_ins).filter(move |(_, one)| first && one.0 == call.write.vendor());
        let before = call.after.iter().map(move |before| before + shift);
        before.chain(sign_in.map(|(at, _)| at)).map(move |before| (before, step))
    })
}

fn lanes(steps: &[Step<'_>], now: Timestamp) -> (Vec<Lane>, Vec<u32>) {
    let mut numbers: BTreeMap<(Vendor, Vec<Spend>), u32> = BTreeMap::new();
    let mut lanes: Vec<Lane> = Vec::new();
    let mut lane = |step: &Step<'_>| {
        let shared: Vec<Spend> = step.spends.iter().copied().filter(|spend| spend.subject == 0).collect();
        let key = (step.vendor, shared);
        if let Some(lane) = numbers.get(&key) {
            return *lane;
        }
        let (vendor, spends) = key.clone();
        lanes.push(Lane { vendor, spends, ready: BTreeSet::new(), gate: Gate::At(now) });
        *numbers.entry(key).or_insert(number(lanes.len() - 1))
    };
    let lane_of = steps.iter().map(&mut lane).collect();
    (lanes, lane_of)
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
