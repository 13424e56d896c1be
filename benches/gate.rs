//! How close the gate comes to the pace that a limit of 10 calls a second allows, on virtual time.
//!
//! It prints a table: when the last of 100 calls left, the earliest moment that the law allows, and their
//! ratio, which must be 1. It also counts what the ledger needs for a million calls. It is no measure of a
//! network.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use pushform::clock::Clock;
use pushform::gate::transport::Wait;
use pushform::gate::{Gate, Options, Transport};
use pushform::kind::{Answer, Failed, Provider, Read, Session, Shown, Verdict, Write};
use pushform::names::Names;
use pushform::quota::{Ledger, Limit, Quota, QuotaId, Quotas, Room, Spend};
use pushform::table::Kind;
use pushform::timestamp::{Timestamp, Zone};
use pushform::wire::{Broken, Method, Reply, Request, Vendor};
use tokio::task::LocalSet;

const CALLS: i64 = 100;
const COUNT: i64 = 10;
const WINDOW_MS: i64 = 1_000;
const START: Timestamp = Timestamp(1_795_320_000_000);

fn main() {
    println!("{CALLS} calls at {COUNT}/{WINDOW_MS}ms, each answered after `latency`");
    println!("{:>10} {:>14} {:>14} {:>7}", "latency ms", "last left ms", "earliest ms", "ratio");
    for latency_ms in [0, 1, 20, 250, 3_000] {
        let left_ms = last_call_ms(latency_ms);
        let earliest_ms = (CALLS - 1) / COUNT * (WINDOW_MS + latency_ms);
        let ratio = left_ms * 1_000 / earliest_ms;
        println!(
            "{latency_ms:>10} {left_ms:>14} {earliest_ms:>14} {:>3}.{:03}",
            ratio / 1_000,
            ratio % 1_000
        );
        assert_eq!(left_ms, earliest_ms, "the last call did not leave at the earliest moment");
    }
    let calls = 1_000_000;
    println!("ledger: {calls} calls in {} ms", ledger_ms(calls));
}

/// When the last call left, counted from the first.
fn last_call_ms(latency_ms: i64) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O");
    LocalSet::new().block_on(&runtime, async {
        let clock = Clock::starting_at(START);
        let wire = Rc::new(Wire { clock, latency_ms, left_ms: RefCell::default() });
        let providers: Rc<[Box<dyn Provider>]> = Rc::new([Box::new(Account)]);
        let gate = Gate::new(ledger(), Rc::clone(&wire) as _, clock, providers, None, Options::default());
        let gate = Rc::new(gate);
        let (mut calls, mut names) = (Vec::new(), Names::new());
        let read = Read::TagsOf(names.intern("user"));
        let names = Rc::new(names);
        for _ in 0..CALLS {
            let (gate, names, read) = (Rc::clone(&gate), Rc::clone(&names), read.clone());
            calls.push(tokio::task::spawn_local(async move { gate.read(&read, &names).await }));
        }
        for call in calls {
            call.await.expect("no panic").expect("an answer");
        }
        let left_ms = wire.left_ms.borrow();
        assert_eq!(i64::try_from(left_ms.len()), Ok(CALLS), "every call leaves once");
        left_ms.iter().copied().max().unwrap_or(0)
    })
}

/// What a forecast of so many calls takes.
fn ledger_ms(calls: usize) -> u128 {
    let spends = [Spend { quota: QuotaId(0), subject: 0 }];
    let (mut ledger, mut now, began) = (ledger(), START, Instant::now());
    for _ in 0..calls {
        while let Room::At(at) | Room::NextDay(at) = ledger.room(&spends, now) {
            now = at;
        }
        let ticket = ledger.send(&spends, now);
        ledger.reply(ticket, now);
    }
    began.elapsed().as_millis()
}

fn ledger() -> Ledger {
    let limits = vec![Limit::parse(&format!("{COUNT}/{WINDOW_MS}ms")).expect("a limit")];
    let (vendor, zone) = (Vendor::Getui, Zone::shanghai());
    Ledger::new(Quotas::new(vec![Quota { vendor, name: "requests", limits, zone, reserve_percent: 0 }]))
}

/// Answers everything after a while.
struct Wire {
    clock: Clock,
    latency_ms: i64,
    left_ms: RefCell<Vec<i64>>,
}

impl Transport for Wire {
    fn send<'a>(&'a self, _: &'a Request) -> Wait<'a, Result<Reply, Broken>> {
        Box::pin(async {
            self.left_ms.borrow_mut().push(self.clock.now().since(START));
            self.clock.sleep_ms(self.latency_ms).await;
            Ok(Reply::json(200, "{}"))
        })
    }
}

/// An account without a session, whose every call spends `requests`.
struct Account;

impl Provider for Account {
    fn vendor(&self) -> Vendor {
        Vendor::Getui
    }
    fn account(&self) -> String {
        "app".to_owned()
    }
    fn read(&self, _: &Read, _: &Names) -> Request {
        Request::new(Vendor::Getui, Method::Get, "/user")
    }
    fn read_spends(&self, _: &Read, _: &Quotas) -> Vec<Spend> {
        vec![Spend { quota: QuotaId(0), subject: 0 }]
    }
    fn answer(&self, _: &Read, _: &Names, _: &Reply) -> Verdict<Answer> {
        Ok(Answer::Texts(Vec::new()))
    }
    fn unknown_max(&self) -> usize {
        1
    }
    fn sign_in_spends(&self, _: &Quotas) -> Vec<Spend> {
        Vec::new()
    }
    fn write(&self, _: &Write, _: &Names) -> Request {
        Request::new(Vendor::Getui, Method::Post, "/user")
    }
    fn write_spends(&self, _: &Write, _: &Names, _: &Quotas) -> Vec<Spend> {
        vec![Spend { quota: QuotaId(0), subject: 0 }]
    }
    fn judge(&self, _: &Write, _: &Names, _: &Reply) -> Verdict<Vec<Failed>> {
        Ok(Vec::new())
    }
    fn batch_max(&self, _: Kind) -> usize {
        1
    }
    fn sign_in(&self, _: Timestamp) -> Option<Request> {
        None
    }
    fn session(&self, _: &Reply, now: Timestamp) -> Verdict<Session> {
        Ok(Session { token: pushform::secret::Secret::new(String::new()), ends_at: now })
    }
    fn authorize(&self, request: Request, _: Option<&Session>) -> Request {
        request
    }
    fn shown(&self, _: &Reply) -> Option<Shown> {
        None
    }
}
