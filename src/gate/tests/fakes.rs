//! A vendor that answers by script, a store that keeps what it is told, and a gate before them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::AtomicI64;

use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::gate::transport::Wait;
use crate::gate::{CallError, Gate, GateEvent, Options, Patience, Transport};
use crate::kind::{Answer, Failed, Provider, Read, Refusal, Remedy, Session, Shown, Verdict, Write};
use crate::names::{Name, Names};
use crate::plan::{Approval, Recorded};
use crate::problem::{Problem, Result};
use crate::quota::{Ledger, Limit, Quota, QuotaId, Quotas, Spend};
use crate::secret::Secret;
use crate::state::{
    Claim, Decide, Doubt, End, Intent, Keep, Lease, Outcome, RowChange, RowQuery, SpendEntry, Store, Told,
    UsedUp, Whereabouts, Whole,
};
use crate::table::{Kind, Row};
use crate::text_rows::TextRows;
use crate::timestamp::{Timestamp, Zone};
use crate::wire::{Broken, HeaderValue, Method, Reply, Request, Vendor};

/// What the vendor does with the next call; it says `ok` when the script is at its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Reply(u16, &'static str),
    /// `ok`, and so much is left of the bucket.
    Left(u32),
    Cut,
    NotSent,
    Silence,
}

type Log = Rc<RefCell<Vec<String>>>;

#[derive(Clone)]
struct Fake {
    clock: Clock,
    latency_ms: i64,
    life_ms: Option<i64>,
    steps: Rc<RefCell<VecDeque<Step>>>,
    sign_ins: Rc<Cell<u32>>,
    refuses: Rc<Cell<bool>>,
    /// A token that the vendor has ended.
    ended: Rc<RefCell<String>>,
    sent: Rc<RefCell<Vec<(String, Timestamp)>>>,
    log: Log,
}

impl Transport for Fake {
    fn send<'a>(&'a self, request: &'a Request) -> Wait<'a, std::result::Result<Reply, Broken>> {
        Box::pin(async move {
            let token = request.headers.iter().find_map(|(_, value)| match value {
                HeaderValue::Secret(token) => Some(token.reveal().to_owned()),
                HeaderValue::Plain(_) => None,
            });
            let has_ended = token.as_ref().is_some_and(|token| *token == *self.ended.borrow());
            let words =
                token.map_or_else(|| request.path.clone(), |token| format!("{} {token}", request.path));
            self.log.borrow_mut().push(words);
            self.sent.borrow_mut().push((request.path.clone(), self.clock.now()));
            let step = if request.path == "/auth" { None } else { self.steps.borrow_mut().pop_front() };
            if self.latency_ms > 0 {
                // A timer of no time would end with the millisecond.
                self.clock.sleep_ms(self.latency_ms).await;
            }
            match step {
                None if has_ended => Ok(Reply::json(401, "sign in")),
                None if request.path == "/auth" && self.refuses.get() => Ok(Reply::json(401, "give up")),
                None => Ok(Reply::json(200, "ok")),
                Some(Step::Reply(status, body)) => Ok(Reply::json(status, body)),
                Some(Step::Left(left)) => Ok(Reply::json(200, left.to_string())),
                Some(Step::Cut) => Err(Broken::NoReply("connection reset".to_owned())),
                Some(Step::NotSent) => Err(Broken::NotSent("connection refused".to_owned())),
                Some(Step::Silence) => std::future::pending().await,
            }
        })
    }
}

pub(super) fn verdict(reply: &Reply) -> Verdict<()> {
    let words = String::from_utf8_lossy(&reply.body).into_owned();
    let remedy = match words.as_str() {
        _ if reply.status == 200 => return Ok(()),
        "sign in" => Remedy::SignIn,
        "wait" => Remedy::Wait(60_000),
        "tomorrow" => Remedy::Tomorrow,
        "retry" => Remedy::Retry,
        _ => Remedy::GiveUp,
    };
    Err(Refusal { status: reply.status, code: Some(7), words, remedy, advice: "Do better.".to_owned() })
}

impl Provider for Fake {
    fn vendor(&self) -> Vendor {
        Vendor::Getui
    }
    fn account(&self) -> String {
        "app".to_owned()
    }
    fn read(&self, _: &Read, _: &Names) -> Request {
        Request::new(Vendor::Getui, Method::Get, "/tags")
    }
    fn read_spends(&self, _: &Read, quotas: &Quotas) -> Vec<Spend> {
        quotas.find(Vendor::Getui, "requests").map(|quota| Spend { quota, subject: 0 }).into_iter().collect()
    }
    fn answer(&self, _: &Read, _: &Names, reply: &Reply) -> Verdict<Answer> {
        verdict(reply).map(|()| Answer::Count(1))
    }
    fn write(&self, _: &Write, _: &Names) -> Request {
        Request::new(Vendor::Getui, Method::Post, "/bind")
    }
    fn write_spends(&self, _: &Write, _: &Names, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }
    fn judge(&self, _: &Write, _: &Names, reply: &Reply) -> Verdict<Vec<Failed>> {
        verdict(reply).map(|()| Vec::new())
    }
    fn batch_max(&self, _: Kind) -> usize {
        1
    }
    fn unknown_max(&self) -> usize {
        1
    }
    fn sign_in_spends(&self, quotas: &Quotas) -> Vec<Spend> {
        let quotas = ["requests", "auth"].into_iter().filter_map(|name| quotas.find(Vendor::Getui, name));
        quotas.map(|quota| Spend { quota, subject: 0 }).collect()
    }
    fn sign_in(&self, _: Timestamp) -> Option<Request> {
        self.life_ms.map(|_| Request::new(Vendor::Getui, Method::Post, "/auth"))
    }
    fn session(&self, reply: &Reply, now: Timestamp) -> Verdict<Session> {
        verdict(reply)?;
        self.sign_ins.set(self.sign_ins.get() + 1);
        let token = Secret::new(format!("t{}", self.sign_ins.get()));
        Ok(Session { token, ends_at: now.plus(self.life_ms.unwrap_or(0)) })
    }
    fn sign_out(&self, session: &Session) -> Option<Request> {
        Some(Request::new(Vendor::Getui, Method::Delete, format!("/auth/{}", session.token.reveal())))
    }
    fn authorize(&self, request: Request, session: Option<&Session>) -> Request {
        match session {
            Some(session) if request.path != "/auth" => {
                request.header("token", HeaderValue::Secret(session.token.clone()))
            }
            Some(_) | None => request,
        }
    }
    fn shown(&self, reply: &Reply) -> Option<Shown> {
        let remaining = std::str::from_utf8(&reply.body).ok()?.parse().ok()?;
        Some(Shown { limit: Some(100), remaining, reset_ms: 30_000 })
    }
}

/// Keeps spends; everything else is none of the gate's business.
#[derive(Default)]
pub(super) struct Kept {
    spends: RefCell<Vec<SpendEntry>>,
    used_up: RefCell<Vec<UsedUp>>,
    is_broken: Cell<bool>,
    /// How often it cannot be reached from now on.
    away: Cell<u32>,
    /// How many times it does not take replies from now on.
    refuses_replies: Cell<u32>,
    /// How long the next exchange takes after its decision.
    takes_ms: Cell<i64>,
    /// Whether others spend from it too.
    is_shared: Cell<bool>,
    log: Log,
}

impl Kept {
    fn take_replies(&self, replies: &[(u64, Timestamp)]) {
        for (id, at) in replies {
            let mut spends = self.spends.borrow_mut();
            spends.iter_mut().filter(|spend| spend.id == *id).for_each(|spend| spend.replied_at = Some(*at));
        }
    }
}

impl Store for Kept {
    fn spends(&self, since: Timestamp) -> Wait<'_, Result<Vec<SpendEntry>>> {
        let list = self.spends.borrow().iter().filter(|entry| entry.sent_at >= since).cloned().collect();
        Box::pin(async { Ok(list) })
    }
    fn exchange<'a>(&'a self, told: Told<'a>, decide: Decide<'a>) -> Wait<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            if self.is_broken.get() {
                return Err(Problem::error("state::full", "no space").into());
            }
            if let Some(away) = self.away.get().checked_sub(1) {
                self.away.set(away);
                return Err(Problem::error("state::unreachable", "the network is down").into());
            }
            if !told.replies.is_empty() {
                self.log.borrow_mut().push(format!("replied {}", told.replies.len()));
                self.take_replies(told.replies);
            }
            let news: Vec<SpendEntry> =
                self.spends.borrow().iter().filter(|entry| entry.id > told.seen).cloned().collect();
            let spends = decide(&news);
            // A store takes its time: nobody may leave meanwhile.
            tokio::task::yield_now().await;
            Clock::real().sleep_ms(self.takes_ms.take()).await;
            self.log.borrow_mut().push(format!("spend {}", spends.len()));
            let mut all = self.spends.borrow_mut();
            let first = all.len() as u64 + 1;
            let ids: Vec<u64> = (first..).take(spends.len()).collect();
            all.extend(spends.iter().zip(&ids).map(|(spend, id)| SpendEntry { id: *id, ..spend.clone() }));
            Ok(ids)
        })
    }
    fn used_up(&self, since: Timestamp) -> Wait<'_, Result<Vec<UsedUp>>> {
        let list = self.used_up.borrow().iter().filter(|said| said.at >= since).cloned().collect();
        Box::pin(async { Ok(list) })
    }
    fn record_used_up<'a>(&'a self, said: &'a [UsedUp]) -> Wait<'a, Result<()>> {
        self.used_up.borrow_mut().extend_from_slice(said);
        Box::pin(async { Ok(()) })
    }
    fn is_shared(&self) -> bool {
        self.is_shared.get()
    }
    fn replied<'a>(&'a self, replies: &'a [(u64, Timestamp)]) -> Wait<'a, Result<()>> {
        if let Some(refuses) = self.refuses_replies.get().checked_sub(1) {
            self.refuses_replies.set(refuses);
            return Box::pin(async {
                Err(Problem::error("state::unreachable", "the network is down").into())
            });
        }
        self.log.borrow_mut().push(format!("replied {}", replies.len()));
        self.take_replies(replies);
        Box::pin(async { Ok(()) })
    }
    fn moved(&self) -> Wait<'_, Result<Option<(String, Timestamp)>>> {
        unreachable!("the gate moves nothing")
    }
    fn recorded<'a>(&'a self, _: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        unreachable!("the gate reads no rows")
    }
    fn about_anywhere<'a>(&'a self, _: &'a mut Names) -> Wait<'a, Result<Recorded>> {
        unreachable!("the gate reads no rows")
    }
    fn page<'a>(
        &'a self,
        _: RowQuery<'a>,
        _: Option<(&'a str, &'a str)>,
        _: usize,
        _: &'a mut TextRows,
    ) -> Wait<'a, Result<()>> {
        unreachable!("the gate reads no rows")
    }
    fn doubts<'a>(&'a self, _: &'a mut Names) -> Wait<'a, Result<Vec<Doubt>>> {
        unreachable!("the gate knows no doubts")
    }
    fn claim<'a>(&'a self, _: Claim<'a>) -> Wait<'a, Result<Lease>> {
        unreachable!("the gate holds no lease")
    }
    fn renew<'a>(&'a self, _: &'a Lease, _: Timestamp, _: i64) -> Wait<'a, Result<()>> {
        unreachable!("the gate takes no lease")
    }
    fn release<'a>(&'a self, _: &'a Lease) -> Wait<'a, Result<()>> {
        unreachable!("the gate takes no lease")
    }
    fn lease(&self) -> Wait<'_, Result<Option<Lease>>> {
        unreachable!("the gate takes no lease")
    }
    fn unlock<'a>(&'a self, _: Option<&'a str>) -> Wait<'a, Result<Option<Lease>>> {
        unreachable!("the gate takes no lease")
    }
    fn record<'a>(
        &'a self,
        _: &'a Lease,
        _: &'a Names,
        _: &'a [Outcome],
        _: &'a [Intent<'a>],
    ) -> Wait<'a, Result<Vec<u64>>> {
        unreachable!("the gate keeps no journal")
    }
    fn amend<'a>(&'a self, _: &'a Lease, _: &'a Names, _: &'a [RowChange]) -> Wait<'a, Result<()>> {
        unreachable!("the gate keeps no rows")
    }
    fn keep<'a>(&'a self, _: &'a Lease, _: &'a Names, _: &'a [Row], _: Keep) -> Wait<'a, Result<()>> {
        unreachable!("the gate keeps no rows")
    }
    fn approval(&self) -> Wait<'_, Result<Option<Approval>>> {
        unreachable!("the gate asks nobody")
    }
    fn approve<'a>(&'a self, _: &'a Lease, _: Option<&'a Approval>) -> Wait<'a, Result<()>> {
        unreachable!("the gate asks nobody")
    }
    fn restore<'a>(&'a self, _: &'a Lease, _: &'a Whole, _: Whereabouts<'a>) -> Wait<'a, Result<()>> {
        unreachable!("the gate keeps no rows")
    }
    fn move_to<'a>(&'a self, _: &'a Lease, _: Whereabouts<'a>) -> Wait<'a, Result<()>> {
        unreachable!("the gate moves nothing")
    }
    fn finish<'a>(&'a self, _: &'a Lease, _: &'a Names, _: End<'a>) -> Wait<'a, Result<u64>> {
        unreachable!("the gate ends no run")
    }
}

/// A gate and what stands before and behind it.
pub(super) struct Bench {
    pub(super) gate: Rc<Gate>,
    pub(super) names: Rc<Names>,
    pub(super) name: Name,
    pub(super) start: Timestamp,
    pub(super) store: Option<Rc<Kept>>,
    fake: Fake,
    events: Log,
}

pub(super) struct Builder {
    quotas: Quotas,
    fake: Fake,
    start: Timestamp,
    store: Option<Rc<Kept>>,
    options: Options,
}

impl Bench {
    #[expect(clippy::new_ret_no_self, reason = "a bench is built from a builder")]
    pub(super) fn new(quotas: &[(&'static str, &[&str])]) -> Builder {
        let quota = |(name, limits): &(&'static str, &[&str])| Quota {
            vendor: Vendor::Getui,
            name,
            limits: limits.iter().map(|text| Limit::parse(text).expect("a limit")).collect(),
            zone: Zone::shanghai(),
            reserve_percent: 0,
        };
        let start = Timestamp::parse("2026-11-22T04:00:00Z").expect("a moment");
        let fake = Fake {
            clock: Clock::starting_at(start),
            latency_ms: 0,
            life_ms: None,
            steps: Rc::default(),
            sign_ins: Rc::default(),
            refuses: Rc::default(),
            ended: Rc::default(),
            sent: Rc::default(),
            log: Log::default(),
        };
        let quotas = Quotas::new(quotas.iter().map(quota).collect());
        Builder { quotas, fake, start, store: None, options: Options::default() }
    }

    pub(super) fn clock(&self) -> Clock {
        self.fake.clock
    }

    /// What the store was told of days that are used up.
    pub(super) fn used_up(&self) -> Vec<UsedUp> {
        self.store.as_ref().expect("a store").used_up.borrow().clone()
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.clock().now().since(self.start)
    }

    pub(super) fn script(&self, steps: &[Step]) {
        self.fake.steps.borrow_mut().extend(steps);
    }

    pub(super) fn refuse_sign_ins(&self) {
        self.fake.refuses.set(true);
    }

    /// The vendor ends the latest session.
    pub(super) fn end_session(&self) {
        *self.fake.ended.borrow_mut() = format!("t{}", self.fake.sign_ins.get());
    }

    pub(super) fn break_store(&self) {
        self.store.as_ref().expect("a store").is_broken.set(true);
    }

    /// The next exchange takes so long.
    pub(super) fn slow_store(&self, ms: i64) {
        self.store.as_ref().expect("a store").takes_ms.set(ms);
    }

    /// The store cannot be reached so often.
    pub(super) fn lose_store(&self, times: u32) {
        self.store.as_ref().expect("a store").away.set(times);
    }

    /// So often the store does not take replies.
    pub(super) fn refuse_replies(&self, times: u32) {
        self.store.as_ref().expect("a store").refuses_replies.set(times);
    }

    /// How often the store cannot be reached yet.
    pub(super) fn store_is_away_for(&self) -> u32 {
        self.store.as_ref().expect("a store").away.get()
    }

    /// Another run has sent a call of the first quota just now, and has no reply yet.
    pub(super) fn spent_by_another(&self) {
        let sent_at = self.clock().now().plus(self.clock().wall_ahead_ms());
        let quotas = self.gate.ledger().quotas().clone();
        let Some((_, quota)) = quotas.iter().next() else { return };
        let (vendor, quota) = (quota.vendor, quota.name.to_owned());
        let spend = SpendEntry { id: 1, vendor, quota, subject: 0, sent_at, replied_at: None };
        self.store.as_ref().expect("a store").spends.borrow_mut().push(spend);
    }

    /// One spend of every quota.
    pub(super) fn all_spends(&self) -> Vec<Spend> {
        self.gate.ledger().quotas().iter().map(|(quota, _)| Spend { quota, subject: 0 }).collect()
    }

    pub(super) fn spawn_read(&self) -> JoinHandle<std::result::Result<Answer, CallError>> {
        let (gate, names, read) = (Rc::clone(&self.gate), Rc::clone(&self.names), Read::TagsOf(self.name));
        tokio::task::spawn_local(async move { gate.read(&read, &names).await })
    }

    pub(super) fn spawn_write(&self, rank: u32) -> JoinHandle<std::result::Result<Vec<Failed>, CallError>> {
        let (gate, names, spends) = (Rc::clone(&self.gate), Rc::clone(&self.names), self.all_spends());
        let write = Write::BindTag(self.name, vec![self.name]);
        tokio::task::spawn_local(async move { gate.write(&write, &names, &spends, rank).await })
    }

    /// What the vendor and the store were told, in order.
    pub(super) fn log(&self) -> Vec<String> {
        self.fake.log.borrow().clone()
    }

    /// The calls of one path, and when they left.
    pub(super) fn sent(&self, path: &str) -> Vec<(String, i64)> {
        let sent = self.fake.sent.borrow();
        let sent = sent.iter().filter(|(sent, _)| sent == path);
        sent.map(|(path, at)| (path.clone(), at.since(self.start))).collect()
    }

    pub(super) fn sent_at_ms(&self) -> Vec<i64> {
        self.fake.sent.borrow().iter().map(|(_, at)| at.since(self.start)).collect()
    }

    pub(super) fn spend_ids(&self) -> Vec<u64> {
        let store = self.store.as_ref().expect("a store");
        store.spends.borrow().iter().map(|entry| entry.id).collect()
    }

    pub(super) fn events(&self) -> Vec<String> {
        self.events.borrow().clone()
    }
}

impl Builder {
    pub(super) fn latency(mut self, ms: i64) -> Self {
        self.fake.latency_ms = ms;
        self
    }

    pub(super) fn sessions(mut self, life_ms: i64) -> Self {
        self.fake.life_ms = Some(life_ms);
        self
    }

    pub(super) fn patience(mut self, patience: Patience) -> Self {
        self.options.patience = patience;
        self
    }

    pub(super) fn until(mut self, ms: Option<i64>) -> Self {
        self.options.until = ms.map(|ms| self.start.plus(ms));
        self
    }

    pub(super) fn under_way(mut self, max: usize) -> Self {
        self.options.under_way_max = max;
        self
    }

    /// On a machine whose wall clock is off by so much.
    pub(super) fn off(mut self, ms: &'static AtomicI64) -> Self {
        self.fake.clock = Clock::of_machine(self.start, ms);
        self
    }

    pub(super) fn stored(mut self) -> Self {
        self.store = Some(Rc::new(Kept { log: Rc::clone(&self.fake.log), ..Kept::default() }));
        self
    }

    pub(super) fn shared(self) -> Self {
        let builder = self.stored();
        builder.store.iter().for_each(|store| store.is_shared.set(true));
        builder
    }

    pub(super) fn build(mut self) -> Bench {
        let (mut names, events, start) = (Names::new(), Log::default(), self.start);
        let name = names.intern("vip");
        let heard = Rc::clone(&events);
        self.options.on_event = Some(Rc::new(move |event| heard.borrow_mut().push(words(&event, start))));
        let providers: Rc<[Box<dyn Provider>]> = Rc::new([Box::new(self.fake.clone())]);
        let store = self.store.clone().map(|store| store as Rc<dyn Store>);
        let (ledger, transport) = (Ledger::new(self.quotas), Rc::new(self.fake.clone()));
        let gate = Gate::new(ledger, transport, self.fake.clock, providers, store, self.options);
        let (gate, names) = (Rc::new(gate), Rc::new(names));
        Bench { gate, names, name, start, store: self.store, fake: self.fake, events }
    }
}

fn words(event: &GateEvent, start: Timestamp) -> String {
    match event {
        GateEvent::Waiting { quota: QuotaId(_), until } => format!("waiting {}", until.since(start)),
        GateEvent::Expected { calls, .. } => format!("expected {calls}"),
        GateEvent::Sent { .. } => "sent".to_owned(),
        GateEvent::Silent { ms, .. } => format!("silent {ms}"),
        GateEvent::Replied { latency_ms, .. } => format!("replied {latency_ms}"),
        GateEvent::Repeating { words, .. } => format!("repeating: {words}"),
    }
}

/// The sort of an outcome.
pub(super) fn end_of<T>(outcome: &std::result::Result<T, CallError>) -> String {
    fn sort(error: &CallError) -> String {
        match error {
            CallError::Refused { .. } => "Refused".to_owned(),
            CallError::InDoubt(cause) => format!("InDoubt({})", sort(cause)),
            CallError::NoReply { .. } => "NoReply".to_owned(),
            CallError::NotSent { .. } => "NotSent".to_owned(),
            CallError::DayUsedUp { .. } => "DayUsedUp".to_owned(),
            CallError::Deadline => "Deadline".to_owned(),
            CallError::Interrupted => "Interrupted".to_owned(),
            CallError::Forbidden { .. } => "Forbidden".to_owned(),
            CallError::Unreachable { .. } => "Unreachable".to_owned(),
            CallError::Unfit { .. } => "Unfit".to_owned(),
            CallError::NoAccount(_) => "NoAccount".to_owned(),
            CallError::Store(_) => "Store".to_owned(),
        }
    }
    outcome.as_ref().err().map_or_else(|| "ok".to_owned(), sort)
}
