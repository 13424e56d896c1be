//! Who waits for room, and who goes next.
//!
//! Calls that spend the same shared quotas form a line; within it the lower rank goes first, and at equal rank
//! who came first. Where the head of a line finds a shared quota full, so would everybody behind it: the line
//! is done with, and the others go on beside it. Nothing here waits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use std::rc::Rc;

use tokio::sync::Notify;

use super::{CallError, Inner, Options, Patience};
use crate::quota::{Flow, QuotaId, Room, Spend, Ticket};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// The place in a line: rank, then arrival.
pub(super) type Place = (u32, u64);

/// What a call waits for.
pub(super) struct Want {
    /// Those that all share first.
    spends: Vec<Spend>,
    shared: usize,
    place: Place,
    line: Line,
}

/// Whether a call needs a session when it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// The vendor's session.
    Session,
    /// Nothing: it is the sign-in, or the vendor knows no sessions.
    Nothing,
}

impl Want {
    pub(super) fn new(vendor: Vendor, spends: &[Spend], place: Place, needs: Needs) -> Self {
        let mut spends = spends.to_vec();
        spends.sort_by_key(|spend| (spend.subject != 0, spend.quota));
        let shared = spends.partition_point(|spend| spend.subject == 0);
        let quotas = spends[..shared].iter().map(|spend| spend.quota).collect();
        Self { shared, place, line: Line { vendor, shared: quotas, needs }, spends }
    }
}

/// One call that waits.
pub(super) struct Waiter {
    want: Want,
    fate: RefCell<Option<Fate>>,
    /// Whether nobody asks for its fate any more.
    pub(super) is_gone: Cell<bool>,
    /// Its fate is there, or the queue needs a driver.
    pub(super) wake: Notify,
}

/// What came of waiting.
pub(super) enum Fate {
    /// It has its room, and its spends are written down.
    Go(Grant),
    /// It would have its room, but there is no session: sign in and come back to the same place.
    SignIn,
    /// It does not go.
    Not(CallError),
}

/// Leave to go.
pub(super) struct Grant {
    pub(super) vendor: Vendor,
    pub(super) ticket: Ticket,
    /// The spends' ids in the store.
    pub(super) ids: Vec<u64>,
    /// When its spends say that it left.
    pub(super) at: Timestamp,
}

/// A call that has its room.
pub(super) struct Granted {
    pub(super) waiter: Rc<Waiter>,
    pub(super) grant: Grant,
}

impl Granted {
    pub(super) fn spends(&self) -> &[Spend] {
        &self.waiter.want.spends
    }
}

impl Waiter {
    pub(super) fn new(want: Want) -> Rc<Self> {
        let (fate, is_gone, wake) = (RefCell::new(None), Cell::new(false), Notify::new());
        Rc::new(Self { want, fate, is_gone, wake })
    }

    pub(super) fn settle(&self, fate: Fate) {
        *self.fate.borrow_mut() = Some(fate);
        self.wake.notify_one();
    }

    pub(super) fn is_settled(&self) -> bool {
        self.fate.borrow().is_some()
    }

    pub(super) fn take_fate(&self) -> Option<Fate> {
        self.fate.borrow_mut().take()
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    vendor: Vendor,
    shared: Rc<[QuotaId]>,
    needs: Needs,
}

/// Everybody who waits.
#[derive(Default)]
pub(super) struct Queue {
    lines: BTreeMap<Line, BTreeMap<Place, Rc<Waiter>>>,
    arrivals: u64,
}

impl Queue {
    /// The number of the next arrival; a call keeps its own through all its tries.
    pub(super) fn arrive(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    pub(super) fn push(&mut self, waiter: &Rc<Waiter>) {
        let line = self.lines.entry(waiter.want.line.clone()).or_default();
        line.insert(waiter.want.place, Rc::clone(waiter));
    }

    pub(super) fn remove(&mut self, waiter: &Waiter) {
        let line = &waiter.want.line;
        if let Some(places) = self.lines.get_mut(line) {
            places.remove(&waiter.want.place);
            if places.is_empty() {
                self.lines.remove(line);
            }
        }
    }

    /// Anybody at all.
    pub(super) fn first(&self) -> Option<&Rc<Waiter>> {
        self.lines.values().find_map(|line| line.values().next())
    }

    /// Nobody goes.
    pub(super) fn turn_away(&mut self, why: &CallError) {
        self.drain().for_each(|waiter| waiter.settle(Fate::Not(why.clone())));
    }

    fn drain(&mut self) -> impl Iterator<Item = Rc<Waiter>> + use<> {
        std::mem::take(&mut self.lines).into_values().flat_map(BTreeMap::into_values)
    }
}

/// What a look at the queue brought.
#[derive(Debug, Default)]
pub(super) struct Outlook {
    /// When to look again, if nothing happens before.
    pub(super) wake_at: Option<Timestamp>,
    /// The quotas that are waited for, and until when.
    pub(super) waits: BTreeMap<QuotaId, Timestamp>,
}

impl Outlook {
    fn wait(&mut self, quota: Option<QuotaId>, until: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(until, |at| at.min(until)));
        if let Some(quota) = quota {
            let at = self.waits.entry(quota).or_insert(until);
            *at = (*at).max(until);
        }
    }
}

/// What is to be done with the head of a line.
enum Turn {
    Go,
    Settle(Fate),
    /// It waits alone, others of its line may go.
    Wait,
    /// The whole line waits.
    LineWaits,
}

impl Inner {
    /// Lets everybody go who can go now, in order; their spends are in the ledger and not written down yet.
    pub(super) fn pump(&mut self, options: &Options, now: Timestamp) -> Outlook {
        let mut outlook = Outlook::default();
        if let Some(why) = self.closed(options, now) {
            self.queue.turn_away(&why);
            return outlook;
        }
        let lines: Vec<Line> = self.queue.lines.keys().cloned().collect();
        let head =
            |line: usize, places: &BTreeMap<Place, Rc<Waiter>>| places.keys().next().map(|p| (*p, line));
        let mut heads: BTreeMap<Place, usize> =
            self.queue.lines.values().enumerate().filter_map(|(line, places)| head(line, places)).collect();
        while let Some((place, line)) = heads.pop_first() {
            if self.is_full(lines[line].vendor, options) {
                continue;
            }
            let places = &self.queue.lines[&lines[line]];
            let waiter = Rc::clone(&places[&place]);
            let next = places.range((Excluded(place), Unbounded)).next().map(|(next, _)| *next);
            match self.turn(&waiter.want, options, now, &mut outlook) {
                Turn::Go => self.grant(&waiter, now),
                Turn::Settle(fate) => {
                    self.queue.remove(&waiter);
                    waiter.settle(fate);
                }
                Turn::Wait => {}
                Turn::LineWaits => continue,
            }
            heads.extend(next.map(|next| (next, line)));
        }
        if let (Some(until), Some(_)) = (options.until, self.queue.first()) {
            outlook.wait(None, until.plus(1));
        }
        outlook
    }

    /// How many calls of a vendor may be under way.
    pub(super) fn allowed(&self, vendor: Vendor, options: &Options) -> usize {
        let quotas = self.ledger.quotas();
        let allowed = match self.lanes.get(&vendor) {
            Some(lane) => lane.flow.allowed(quotas, vendor),
            None => Flow::default().allowed(quotas, vendor),
        };
        allowed.min(options.under_way_max)
    }

    fn is_full(&self, vendor: Vendor, options: &Options) -> bool {
        self.lanes
            .get(&vendor)
            .is_some_and(|lane| lane.under_way >= self.allowed(vendor, options) * (1 + self.ahead))
    }

    /// Whether somebody could go now.
    pub(super) fn has_room(&self, options: &Options, now: Timestamp) -> bool {
        let goes = |(line, places): (&Line, &BTreeMap<Place, Rc<Waiter>>)| {
            if self.is_full(line.vendor, options) {
                return false;
            }
            let turns = places.values().map(|w| self.turn(&w.want, options, now, &mut Outlook::default()));
            let mut before_the_line_waits = turns.take_while(|turn| !matches!(turn, Turn::LineWaits));
            before_the_line_waits.any(|turn| matches!(turn, Turn::Go))
        };
        self.closed(options, now).is_none() && self.queue.lines.iter().any(goes)
    }

    /// Why nobody goes any more.
    fn closed(&self, options: &Options, now: Timestamp) -> Option<CallError> {
        if self.interrupted {
            Some(CallError::Interrupted)
        } else if options.until.is_some_and(|until| now > until) {
            Some(CallError::Deadline)
        } else {
            None
        }
    }

    fn turn(&self, want: &Want, options: &Options, now: Timestamp, outlook: &mut Outlook) -> Turn {
        let (shared, own) = want.spends.split_at(want.shared);
        let (mut room, mut by, mut stays) = (Room::Now, None, Turn::LineWaits);
        for (spends, turn) in [(shared, Turn::LineWaits), (own, Turn::Wait)] {
            if room == Room::Now {
                (room, by) = self.ledger.binding(spends, now);
                stays = turn;
            }
        }
        let quota = || by.map_or_else(String::new, |spend| self.quota_name(spend.quota));
        match room {
            Room::Now if want.line.needs == Needs::Session && !self.has_session(want.line.vendor, now) => {
                Turn::Settle(Fate::SignIn)
            }
            Room::Now => Turn::Go,
            Room::Never => Turn::Settle(Fate::Not(CallError::Forbidden { quota: quota() })),
            Room::NextDay(until) if options.patience == Patience::Today => {
                Turn::Settle(Fate::Not(CallError::DayUsedUp { quota: quota(), until }))
            }
            Room::At(at) | Room::NextDay(at) if options.until.is_some_and(|until| at > until) => {
                Turn::Settle(Fate::Not(CallError::Deadline))
            }
            Room::At(at) | Room::NextDay(at) => {
                outlook.wait(by.map(|spend| spend.quota), at);
                stays
            }
            Room::AfterReply => stays,
        }
    }

    fn grant(&mut self, waiter: &Rc<Waiter>, now: Timestamp) {
        self.queue.remove(waiter);
        let (vendor, ticket) = (waiter.want.line.vendor, self.ledger.send(&waiter.want.spends, now));
        self.lanes.entry(vendor).or_default().under_way += 1;
        let grant = Grant { vendor, ticket, ids: Vec::new(), at: now };
        self.unwritten.push(Granted { waiter: Rc::clone(waiter), grant });
    }

    /// `getui tag_batch`.
    pub(super) fn quota_name(&self, id: QuotaId) -> String {
        let quota = self.ledger.quotas().get(id);
        format!("{} {}", quota.vendor.word(), quota.name)
    }
}
