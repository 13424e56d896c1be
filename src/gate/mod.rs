//! The one gate through which every call to a vendor leaves, reads and sign-ins too.
//!
//! It waits for the limits, signs in, writes spends down before their calls leave, and repeats what may be
//! repeated. It decides nothing about what is sent, and it does not know what a limit is: that is `quota/`'s.
//! Everything runs on one thread, and nothing is spawned: the callers' own futures drive it (see `admit.rs`).
//!
//! ```text
//! read, write ─> session ─> queue ─(room in the ledger)─> spends written down ─> transport ─> verdict
//!      ^                                                                                        │
//!      └───── again: new session · new room · after a while ── what may be repeated ────────────┘
//! ```

mod admit;
mod call;
mod error;
pub mod http;
mod look;
mod network;
mod queue;
mod retry;
mod send;
mod session;
mod slots;
mod spends;
pub mod transport;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Notify;

pub use error::CallError;
pub use http::Http;
pub use network::Proxy;
pub use retry::{FAULTS_MAX, LIMIT_WAITS_MAX, Repeat, SIGN_INS_MAX};
pub use spends::{Books, KEEP_MS, remembered};
pub use transport::{SEND_MS_MAX, Transport};

use crate::clock::Clock;
use crate::kind::Provider;
use crate::problem::Result;
use crate::quota::{Flow, Ledger, LimitStatus, QuotaId, Spend, UNDER_WAY_MAX};
use crate::state::Store;
use crate::timestamp::Timestamp;
use crate::wire::{Method, Vendor};

/// The gate. Share it by reference or `Rc`; every method takes `&self`.
pub struct Gate {
    transport: Rc<dyn Transport>,
    clock: Clock,
    providers: Rc<[Box<dyn Provider>]>,
    store: Option<Rc<dyn Store>>,
    options: Options,
    inner: RefCell<Inner>,
    /// Since when the store could not be reached.
    failing_since: Cell<Option<Timestamp>>,
    /// When others were told of replies.
    told_others_at: Cell<Timestamp>,
    /// Whether somebody tells them.
    tells: Cell<bool>,
    /// Whether some waiter's future drives the queue.
    driven: Cell<bool>,
    /// Something happened that the driver should look at: an arrival, a reply, an interruption.
    changed: Notify,
    /// Everybody should stop waiting.
    stopped: Notify,
    /// Somebody waits whom [`Gate::next_wait`] has not told of.
    waits_changed: Notify,
}

/// How a gate behaves.
pub struct Options {
    /// The most calls of one vendor under way; its [`Flow`] may allow fewer.
    pub under_way_max: usize,
    /// What to do when a day's calls are spent.
    pub patience: Patience,
    /// No call leaves after this moment.
    pub until: Option<Timestamp>,
    /// Seeds the jitter between repetitions.
    pub seed: u64,
    /// Who wants to know what happens; it must not call the gate's `async` methods.
    pub on_event: Option<Rc<dyn Fn(GateEvent)>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { under_way_max: UNDER_WAY_MAX, patience: Patience::Today, until: None, seed: 0, on_event: None }
    }
}

/// What to do when a day's calls are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Give [`CallError::DayUsedUp`].
    Today,
    /// Wait for the next day, and the one after it.
    Forever,
}

/// What a gate tells while it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateEvent {
    /// So many calls more are going to be made.
    Expected {
        /// How many.
        calls: u64,
        /// How long they take at the limits in force, in milliseconds; nothing where nobody has reckoned it.
        ms: i64,
    },
    /// Calls wait for this quota, which has no room before `until`.
    Waiting {
        /// Which quota.
        quota: QuotaId,
        /// When it has room again.
        until: Timestamp,
    },
    /// A call left.
    Sent {
        /// Whose.
        vendor: Vendor,
    },
    /// A call was taken long ago, and no reply has come yet.
    Silent {
        /// Whose.
        vendor: Vendor,
        /// For how long.
        ms: i64,
    },
    /// Its reply came, whatever it says.
    Replied {
        /// Whose.
        vendor: Vendor,
        /// How it was sent.
        method: Method,
        /// Where to, behind the account's base; nothing where the path itself is a secret.
        path: Option<String>,
        /// The HTTP status.
        status: u16,
        /// How long it took.
        latency_ms: i64,
    },
    /// A call is tried again.
    Repeating {
        /// Whose.
        vendor: Vendor,
        /// Why: the vendor's words, or the network's.
        words: String,
        /// In how many milliseconds, and then when there is room.
        in_ms: i64,
    },
}

/// What changes; never borrowed across a wait.
struct Inner {
    ledger: Ledger,
    others: spends::Others,
    queue: queue::Queue,
    lanes: BTreeMap<Vendor, Lane>,
    /// Calls that have their room and whose spends are not written down yet.
    unwritten: Vec<queue::Granted>,
    /// Replies whose moments are not written down yet.
    replies: Vec<(u64, Timestamp)>,
    seats: BTreeMap<Vendor, session::Seat>,
    latencies: Latencies,
    calls: u64,
    /// How many times as many calls as may be sent have their spends recorded ahead: none where the store is near.
    ahead: usize,
    jitter: fastrand::Rng,
    interrupted: bool,
    /// When it was last told that a vendor does not answer.
    silence_told: BTreeMap<Vendor, Timestamp>,
    /// Until when each quota's waiting was told to the observer.
    told: BTreeMap<QuotaId, Timestamp>,
    /// The waits that nobody has asked for yet: the latest of each quota.
    waits: BTreeMap<QuotaId, Timestamp>,
}

/// One vendor's calls.
#[derive(Default)]
struct Lane {
    flow: Flow,
    /// Calls that have their room, sent or not.
    under_way: usize,
    /// Those that have a [`slots::Slot`].
    sending: usize,
    /// One of them has given it back.
    freed: Rc<Notify>,
}

/// How many times as many calls as may be sent have their spends recorded ahead where the ledger is shared: so many that
/// an exchange may take twice as long as a reply.
const SPENDS_AHEAD: usize = 2;

/// How long calls under way may take once somebody asked to stop. Build machines kill what has not ended ten
/// seconds after they asked, and what came of the calls has to be written down before.
pub const GRACE_MS: i64 = 5_000;

/// How many latencies the typical one is taken from.
const LATENCIES_MAX: usize = 64;

/// The latest latencies.
#[derive(Default)]
struct Latencies {
    ms: Vec<i64>,
    next: usize,
}

impl Latencies {
    fn push(&mut self, ms: i64) {
        if self.ms.len() < LATENCIES_MAX {
            self.ms.push(ms);
        } else {
            self.ms[self.next] = ms;
        }
        self.next = (self.next + 1) % LATENCIES_MAX;
    }

    /// The median, which one slow call does not move.
    fn typical(&self) -> Option<i64> {
        let mut sorted = self.ms.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

impl Gate {
    /// A gate for these accounts. Without a store spends are kept in memory only: that is for what writes
    /// nothing.
    #[must_use]
    pub fn new(
        books: impl Into<Books>,
        transport: Rc<dyn Transport>,
        clock: Clock,
        providers: Rc<[Box<dyn Provider>]>,
        store: Option<Rc<dyn Store>>,
        options: Options,
    ) -> Self {
        let Books { ledger, others, warnings: _ } = books.into();
        let inner = Inner {
            ledger,
            others,
            queue: queue::Queue::default(),
            lanes: BTreeMap::new(),
            unwritten: Vec::new(),
            replies: Vec::new(),
            seats: BTreeMap::new(),
            latencies: Latencies::default(),
            calls: 0,
            ahead: if store.as_ref().is_some_and(|store| store.is_shared()) { SPENDS_AHEAD } else { 0 },
            jitter: fastrand::Rng::with_seed(options.seed),
            interrupted: false,
            silence_told: BTreeMap::new(),
            told: BTreeMap::new(),
            waits: BTreeMap::new(),
        };
        Self {
            transport,
            clock,
            providers,
            store,
            options,
            inner: RefCell::new(inner),
            failing_since: Cell::new(None),
            told_others_at: Cell::new(Timestamp(0)),
            tells: Cell::new(false),
            driven: Cell::new(false),
            changed: Notify::new(),
            stopped: Notify::new(),
            waits_changed: Notify::new(),
        }
    }

    /// Whoever waits comes back with [`CallError::Interrupted`], and so does every later call; calls under way
    /// have [`GRACE_MS`] to end.
    pub fn interrupt(&self) {
        self.inner.borrow_mut().interrupted = true;
        self.changed.notify_one();
        self.stopped.notify_waiters();
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.inner.borrow().interrupted
    }

    /// Comes back once somebody has asked to stop.
    pub async fn interrupted(&self) {
        let stopped = self.stopped.notified();
        if !self.is_interrupted() {
            stopped.await;
        }
    }

    /// The next quota that calls wait for, and until when; each wait is given once. Nothing is lost when this is
    /// dropped while it waits.
    pub async fn next_wait(&self) -> (QuotaId, Timestamp) {
        loop {
            let next = self.inner.borrow_mut().waits.pop_first();
            match next {
                Some(wait) => return wait,
                None => self.waits_changed.notified().await,
            }
        }
    }

    /// Every limit and what was spent of it so far.
    #[must_use]
    pub fn status(&self) -> Vec<LimitStatus> {
        self.inner.borrow().ledger.status(self.clock.now())
    }

    /// Writes down when the last replies came. Without it they count from their time-outs: quota is wasted,
    /// never overspent.
    ///
    /// # Errors
    /// The store's.
    pub async fn flush(&self) -> Result<()> {
        self.write_replies().await
    }

    /// A copy of what was spent so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.inner.borrow().ledger.clone()
    }

    /// The moment after which no call leaves.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        self.options.until
    }

    /// How many calls left.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.inner.borrow().calls
    }

    /// How long a call takes, typically; nothing before the first.
    #[must_use]
    pub fn latency_ms(&self) -> Option<i64> {
        self.inner.borrow().latencies.typical()
    }

    /// How many calls of one sort are worth having ready: twice as many as may be under way, so that nobody who
    /// could go is missing while replies are taken in.
    #[must_use]
    pub fn ready_max(&self) -> usize {
        let inner = self.inner.borrow();
        let vendors = self.providers.iter().map(|provider| inner.allowed(provider.vendor(), &self.options));
        2 * vendors.max().unwrap_or(1)
    }

    /// A copy of what is known of how many calls each vendor takes at a time.
    #[must_use]
    pub fn flows(&self) -> Vec<(Vendor, Flow)> {
        self.inner.borrow().lanes.iter().map(|(vendor, lane)| (*vendor, lane.flow.clone())).collect()
    }

    /// What the sign-ins spend that have to come before the next calls, by vendor.
    #[must_use]
    pub fn sign_ins(&self) -> Vec<(Vendor, Vec<Spend>)> {
        let (inner, now) = (self.inner.borrow(), self.clock.now());
        let providers = self.providers.iter().filter(|one| one.sign_in(now).is_some());
        let open = providers.filter(|one| !inner.has_session(one.vendor(), now));
        open.map(|one| (one.vendor(), one.sign_in_spends(inner.ledger.quotas()))).collect()
    }

    /// The clock that it goes by.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Lets whoever listens know that so many calls more are going to be made, and how long they take.
    pub fn expect(&self, calls: u64, ms: i64) {
        self.tell(GateEvent::Expected { calls, ms });
    }

    fn tell(&self, event: GateEvent) {
        if let Some(on_event) = &self.options.on_event {
            on_event(event);
        }
    }
}

#[cfg(test)]
mod tests;
