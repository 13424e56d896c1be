//! What was spent outlives the run, and runs of one account see each other's: written down before the call
//! leaves, its reply's moment some time after.
//!
//! Whoever would have room by what is known here asks the store for it: there the run reads what others have
//! spent, decides, and writes down what it spends itself, while nobody else decides. A spend whose reply is not
//! written down counts from its time-out, so replies may be written late, together, or never: it costs whoever
//! waits for the quota, and nobody else.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::queue::{Granted, Outlook};
use super::{CallError, Gate, Inner, Options, SEND_MS_MAX};
use crate::problem::{Problem, Problems, Result};
use crate::quota::limit::WINDOW_MS_MAX;
use crate::quota::{Entry, Exhausted, Foreign, Ledger, Quotas, Spend, Window};
use crate::state::{PATIENCE_MS, RETRY_MS, SpendEntry, Store, Told, UsedUp, is_passing};
use crate::timestamp::{DAY_MS, HOUR_MS, SECOND_MS, Timestamp};

/// So many replies are written down together at the latest.
const REPLIES_MAX: usize = 256;

/// A calendar day may have an hour more than 24.
const DAY_MS_MAX: i64 = DAY_MS + HOUR_MS;

/// How long spends are kept: as long as the longest window that any project of the account can have needs, be it one
/// that is given tomorrow, and the longest send; and a day, since clocks differ.
pub const KEEP_MS: i64 = WINDOW_MS_MAX + SEND_MS_MAX + DAY_MS;

/// How often a run that waits for room looks whether other runs' calls were answered: what it may lose against
/// the pace that the limit allows.
const LOOK_AGAIN_MS: i64 = 100;

/// A clock that is behind the ledger by no more than this is not worth a word.
const BEHIND_MS_MAX: i64 = SECOND_MS;

/// When a call is written down as answered that was surely not carried out, so that it counts on no day: a spend ends
/// with its answer, and no limit reaches back to 1970.
pub(super) const NOT_COUNTED: Timestamp = Timestamp(0);

/// What a run knows of the spends of all runs.
#[derive(Debug, Default)]
pub struct Books {
    /// What was spent.
    pub ledger: Ledger,
    /// What is strange about what was written down.
    pub warnings: Problems,
    pub(super) others: Others,
}

/// How far a run has read what others wrote down.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// The last id.
    seen: u64,
    /// Calls of other runs that had no reply.
    open: BTreeMap<u64, Foreign>,
    looked_at: Timestamp,
}

impl From<Ledger> for Books {
    /// Books that know nothing of other runs yet.
    fn from(ledger: Ledger) -> Self {
        Self { ledger, warnings: Problems::new(), others: Others::default() }
    }
}

/// How a run's moments become those of a ledger that goes by the machine's wall clock, which may have been stepped since
/// the run began. In both directions a moment is moved to the late side: a call counts longer, never shorter.
#[derive(Clone, Copy, Debug, Default)]
struct Shift {
    /// By how much the wall clock is ahead of the run's; negative where it is behind.
    wall_ahead_ms: i64,
}

impl Shift {
    /// The run's moment in the ledger.
    fn told(self, ours: Timestamp) -> Timestamp {
        ours.plus(self.wall_ahead_ms.max(0))
    }

    /// The ledger's moment by the run's clock.
    fn heard(self, theirs: Timestamp) -> Timestamp {
        theirs.plus((-self.wall_ahead_ms).max(0))
    }

    /// The earliest moment in the ledger that may be this one by the run's clock.
    fn since(self, ours: Timestamp) -> Timestamp {
        ours.plus(self.wall_ahead_ms.min(0))
    }
}

/// The ledger of these quotas with what the state remembers. Spends of quotas that are no more are passed over.
///
/// # Errors
/// The store's.
pub async fn remembered(store: &dyn Store, quotas: Quotas, now: Timestamp) -> Result<Books> {
    let entries = store.spends(now.plus(-span_ms(&quotas))).await?;
    let mut books = Books::from(Ledger::new(quotas));
    books.others.take_in(&mut books.ledger, &entries, Shift::default(), now);
    for UsedUp { vendor, quota, subject, at } in store.used_up(now.plus(-DAY_MS_MAX)).await? {
        if let Some(quota) = books.ledger.quotas().find(vendor, &quota) {
            books.ledger.correct_exhausted(Spend { quota, subject }, Exhausted::DayOf(at), now);
        }
    }
    if !store.has_own_clock() {
        books.warnings.extend(backwards(&entries, now));
    }
    Ok(books)
}

/// What to say where calls were made later than now: somebody set the machine's clock back.
fn backwards(entries: &[SpendEntry], now: Timestamp) -> Problems {
    let latest = entries.iter().map(|entry| entry.replied_at.unwrap_or(entry.sent_at)).max();
    let mut said = Problems::new();
    if let Some(latest) = latest.filter(|latest| latest.since(now) > BEHIND_MS_MAX) {
        let (latest, now) = (latest.to_string(), now.to_string());
        let summary = format!(
            "the clock of this machine went backwards: the state holds a call made at {latest}, and now is {now}"
        );
        said.push(Problem::warning("state::clock_went_back", summary).help(
            "check the clock; calls from the future count as made now, so a limit may wait longer than it needs",
        ));
    }
    said
}

/// How far back spends may still count.
fn span_ms(quotas: &Quotas) -> i64 {
    let limits = quotas.iter().flat_map(|(_, quota)| &quota.limits);
    let windows = limits.map(|limit| match limit.window {
        Window::Sliding(ms) => ms,
        Window::Day => DAY_MS_MAX,
    });
    windows.max().unwrap_or(0) + SEND_MS_MAX
}

fn translate(entry: &SpendEntry, shift: Shift, quotas: &Quotas) -> Option<Entry> {
    let quota = quotas.find(entry.vendor, &entry.quota)?;
    let spend = Spend { quota, subject: entry.subject };
    let replied_at = entry.replied_at.map(|at| shift.heard(at));
    Some(Entry { spend, sent_at: shift.heard(entry.sent_at), replied_at })
}

impl Others {
    /// Takes in what others wrote down: spends in the order of their ids, and replies to open ones.
    fn take_in(&mut self, ledger: &mut Ledger, news: &[SpendEntry], shift: Shift, now: Timestamp) {
        for entry in news {
            let known = self.open.remove(&entry.id);
            self.seen = self.seen.max(entry.id);
            if let (Some(foreign), Some(replied_at)) = (known, entry.replied_at) {
                ledger.correct_reply(&foreign, shift.heard(replied_at), now);
            } else if let Some(spent) = translate(entry, shift, ledger.quotas()) {
                let reach = (SEND_MS_MAX, shift.wall_ahead_ms.max(0));
                let foreign = ledger.take_in_by_wall(spent, reach, now);
                if entry.replied_at.is_none() {
                    self.open.insert(entry.id, foreign);
                }
            }
        }
        // Whose time is out is not waited for: its run has died.
        self.open.retain(|_, foreign| foreign.counts_from > now);
        self.looked_at = now;
    }

    /// When to look again, if anything is open.
    fn look_at(&self) -> Option<Timestamp> {
        (!self.open.is_empty()).then(|| self.looked_at.plus(LOOK_AGAIN_MS))
    }
}

impl Gate {
    /// Lets everybody go who may by now, with their spends written down.
    pub(super) async fn look(&self) -> Outlook {
        let now = self.clock.now();
        let mut outlook = match &self.store {
            Some(store) if self.inner.borrow().is_asking(&self.options, now) => self.exchange(&**store).await,
            Some(store) if store.is_shared() => {
                let mut outlook = self.inner.borrow_mut().pump(&self.options, now);
                let tell_at = self.told_others_at.get().plus(LOOK_AGAIN_MS);
                if tell_at <= now {
                    self.told_others_at.set(now);
                    // What the store does not take is told again, and the next exchange says why.
                    drop(self.write_replies().await);
                } else if !self.inner.borrow().replies.is_empty() {
                    outlook.wake_at = Some(outlook.wake_at.map_or(tell_at, |wake| wake.min(tell_at)));
                }
                outlook
            }
            Some(_) | None => self.inner.borrow_mut().pump(&self.options, now),
        };
        let granted = std::mem::take(&mut self.inner.borrow_mut().unwritten);
        self.release(granted);
        let inner = self.inner.borrow();
        // Without a store nothing more is heard of others' calls: looking for it would wake nobody but ourselves.
        // One that has failed a moment ago is asked again in its own time.
        let answers = self.store.as_ref().filter(|_| self.failing_since.get().is_none());
        let look_at = answers.and_then(|_| inner.others.look_at());
        if let (Some(at), Some(_)) = (look_at, inner.queue.first()) {
            outlook.wake_at = Some(outlook.wake_at.map_or(at, |wake| wake.min(at)));
        }
        outlook
    }

    /// Reads what others have spent, lets everybody go who has room then, and writes their spends down.
    async fn exchange(&self, store: &dyn Store) -> Outlook {
        let shift = self.shift(store);
        let (replies, open, seen, since) = self.inner.borrow_mut().tell(self.clock.now());
        let shifted: Vec<(u64, Timestamp)> = replies.iter().map(|(id, at)| (*id, shift.told(*at))).collect();
        let since = shift.since(since);
        let told = Told { since, seen, open: &open, replies: &shifted };
        let mut outlook = Outlook::default();
        let mut decide = |news: &[SpendEntry]| {
            let (inner, now) = (&mut *self.inner.borrow_mut(), self.clock.now());
            inner.others.take_in(&mut inner.ledger, news, shift, now);
            outlook = inner.pump(&self.options, now);
            inner.unwritten_spends(shift)
        };
        match store.exchange(told, &mut decide).await {
            Ok(ids) => {
                self.failing_since.set(None);
                self.inner.borrow_mut().take_numbers(&ids);
            }
            Err(problems) => {
                self.inner.borrow_mut().replies.extend(replies);
                outlook = self.without_store(problems);
            }
        }
        outlook
    }

    /// A store with a clock of its own translates by itself.
    fn shift(&self, store: &dyn Store) -> Shift {
        let wall_ahead_ms = if store.has_own_clock() { 0 } else { self.clock.wall_ahead_ms() };
        Shift { wall_ahead_ms }
    }

    /// Writes down that a vendor said of a call sent at `sent_at` that its day is used up, for later runs. Where that
    /// fails they learn it by a refused call each.
    pub(super) async fn write_used_up(&self, spends: &[Spend], sent_at: Timestamp) {
        let Some(store) = self.store.as_ref().filter(|_| !spends.is_empty()) else { return };
        let said = |spend: &Spend| {
            let inner = self.inner.borrow();
            let quota = inner.ledger.quotas().get(spend.quota);
            let (vendor, quota) = (quota.vendor, quota.name.to_owned());
            UsedUp { vendor, quota, subject: spend.subject, at: sent_at }
        };
        let said: Vec<UsedUp> = spends.iter().map(said).collect();
        drop(store.record_used_up(&said).await);
    }

    /// A store that may be back in a moment is tried again, and everybody waits meanwhile.
    fn without_store(&self, problems: Problems) -> Outlook {
        let now = self.clock.now();
        let since = self.failing_since.get().unwrap_or(now);
        self.failing_since.set(Some(since));
        if is_passing(&problems) && now.since(since) < PATIENCE_MS {
            self.inner.borrow_mut().wait_again(now);
            return Outlook { wake_at: Some(now.plus(RETRY_MS)), ..Outlook::default() };
        }
        self.turn_everybody_away(&CallError::Store(problems));
        Outlook::default()
    }

    /// Without a state no call leaves, whoever waits for what.
    fn turn_everybody_away(&self, why: &CallError) {
        let granted = std::mem::take(&mut self.inner.borrow_mut().unwritten);
        self.turn_away(granted, why);
        self.inner.borrow_mut().queue.turn_away(why);
    }

    /// Where nobody waits for room nobody writes replies down either, and other machines' runs wait for them.
    pub(super) async fn tell_others(&self) {
        let is_shared = self.store.as_ref().is_some_and(|store| store.is_shared());
        if !is_shared || self.driven.get() || self.tells.replace(true) {
            return;
        }
        // One tells for all that are answered meanwhile.
        let telling = Telling(&self.tells);
        while !self.inner.borrow().replies.is_empty() && self.write_replies().await.is_ok() {}
        drop(telling);
    }

    pub(super) async fn write_replies(&self) -> Result<()> {
        let Some(store) = &self.store else { return Ok(()) };
        let replies = std::mem::take(&mut self.inner.borrow_mut().replies);
        if replies.is_empty() {
            return Ok(());
        }
        let shift = self.shift(&**store);
        let shifted: Vec<(u64, Timestamp)> = replies.iter().map(|(id, at)| (*id, shift.told(*at))).collect();
        let written = store.replied(&shifted).await;
        if written.is_err() {
            self.inner.borrow_mut().replies.extend(replies);
        }
        written
    }
}

/// Somebody tells others of replies.
struct Telling<'g>(&'g Cell<bool>);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Replies that came, spends of others that are open, the last id seen, and since when anything matters.
type Account = (Vec<(u64, Timestamp)>, Vec<u64>, u64, Timestamp);

impl Inner {
    /// Whether the store is to be asked: somebody has room by what is known here, or others' replies may have
    /// made some.
    fn is_asking(&self, options: &Options, now: Timestamp) -> bool {
        let looks_again = self.others.look_at().is_some_and(|at| at <= now) && self.queue.first().is_some();
        looks_again
            || !self.unwritten.is_empty()
            || self.replies.len() >= REPLIES_MAX
            || self.has_room(options, now)
    }

    /// What the store is told. Whoever had room and was not written down, since the driver was dropped over it,
    /// waits again: somebody else may have taken that room by now.
    fn tell(&mut self, now: Timestamp) -> Account {
        self.wait_again(now);
        let Others { seen, open, .. } = &self.others;
        let since = now.plus(-span_ms(self.ledger.quotas()));
        (std::mem::take(&mut self.replies), open.keys().copied().collect(), *seen, since)
    }

    /// Whoever had room and was not written down waits again.
    fn wait_again(&mut self, now: Timestamp) {
        for Granted { waiter, grant, .. } in std::mem::take(&mut self.unwritten) {
            self.ledger.cancel(grant.ticket, now);
            self.lanes.entry(grant.vendor).or_default().under_way -= 1;
            if !waiter.is_gone.get() {
                self.queue.push(&waiter);
            }
        }
    }

    /// The spends of everybody who has room; the state numbers them.
    fn unwritten_spends(&self, shift: Shift) -> Vec<SpendEntry> {
        let mut entries = Vec::new();
        for granted in &self.unwritten {
            for spend in granted.spends() {
                let quota = self.ledger.quotas().get(spend.quota);
                entries.push(SpendEntry {
                    id: 0,
                    vendor: quota.vendor,
                    quota: quota.name.to_owned(),
                    subject: spend.subject,
                    sent_at: shift.told(granted.grant.at),
                    replied_at: None,
                });
            }
        }
        entries
    }

    /// The numbers that the state gave to the spends, in their order.
    fn take_numbers(&mut self, ids: &[u64]) {
        self.others.seen = ids.iter().copied().fold(self.others.seen, u64::max);
        let mut ids = ids.iter().copied();
        for granted in &mut self.unwritten {
            let count = granted.spends().len();
            granted.grant.ids = ids.by_ref().take(count).collect();
        }
    }
}
