//! `state move|export|import`: a whole state from one place to another. No vendor is called.
//!
//! What was written is read back and compared before anybody is told that it is there, and before the old place
//! is given up. The ledger is added to, never taken from: what was spent stays spent.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::lease::{Holder, TERMS};
use crate::clock::Clock;
use crate::problem::{Problem, Result};
use crate::state::{EVER, Held, Lease, Store, Whereabouts, Whole, text};
use crate::table::Kind;
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// Opens the ledger of these accounts.
pub type OpenLedger = Box<dyn Fn(&BTreeMap<Vendor, String>) -> Result<Rc<dyn Store>>>;

/// A place that a state may be at.
pub struct Side {
    /// The state.
    pub store: Rc<dyn Store>,
    /// Its ledger.
    pub ledger: OpenLedger,
    /// The place, for people: as the project file names it, without a password.
    pub shown: String,
}

/// What to do with a state that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    /// Refuse.
    Keep,
    /// Put the new one in its place.
    Overwrite,
}

/// Who moves, and when.
#[derive(Clone, Copy)]
pub struct Mover<'a> {
    /// Person, machine and process.
    pub owner: &'a str,
    /// The time.
    pub clock: Clock,
    /// Is told what is waited for.
    pub say: &'a dyn Fn(&str),
}

impl<'a> Mover<'a> {
    fn on(self, side: &'a Side, operation: &'a str) -> Holder<'a> {
        let Self { owner, clock, say } = self;
        Holder { store: &*side.store, clock, owner, operation, say }
    }
}

/// Reads all that is at a place.
///
/// # Errors
/// It cannot be read, or has gone elsewhere.
pub async fn read(side: &Side) -> Result<Whole> {
    let mut whole = Whole::default();
    // The journal first: a call that is settled meanwhile is then in doubt, which is harmless, and not lost.
    whole.doubts = side.store.doubts(&mut whole.names).await?;
    whole.recorded = side.store.snapshot(&mut whole.names).await?;
    let ledger = (side.ledger)(&whole.recorded.accounts)?;
    whole.spends = ledger.copies().await?;
    whole.used_up = ledger.used_up(EVER).await?;
    Ok(whole)
}

/// Puts a state at a place, and reads it back.
///
/// # Errors
/// There is one already, somebody holds it, it cannot be written, or what was read back is something else.
pub async fn write(side: &Side, whole: &Whole, present: Present, mover: Mover<'_>) -> Result<()> {
    let holder = mover.on(side, "state import");
    let lease = holder.take_anywhere(TERMS).await?;
    let put = put(side, &lease, whole, present, Whereabouts::Here);
    holder.under(&lease, TERMS, || {}, put).await
}

/// Puts a state at a place, where it is meant to be live `at`.
async fn put(side: &Side, lease: &Lease, whole: &Whole, present: Present, at: Whereabouts<'_>) -> Result<()> {
    if present == Present::Keep {
        refuse_left(side).await?;
        refuse_present(&read_record(side).await?, &side.shown)?;
    }
    // First: a state is never live without what was spent for it. Spends whose state does not follow only make runs wait.
    add_spends(side, whole).await?;
    side.store.restore(lease, whole, at).await?;
    let back = read_record(side).await?;
    if is_same(&back, whole) {
        return Ok(());
    }
    let summary = format!("what `{}` holds now is not what was written to it", side.shown);
    Err(Problem::error("state::not_the_same", summary)
        .help("nothing was given up: the state is still where it was; look at the disk or the database there")
        .into())
}

fn is_same(one: &Whole, other: &Whole) -> bool {
    text::digest(one) == text::digest(other) && rows(one) == rows(other)
}

/// What is recorded at a place, wherever the state is.
async fn read_record(side: &Side) -> Result<Whole> {
    let mut whole = Whole::default();
    whole.doubts = side.store.doubts(&mut whole.names).await?;
    whole.recorded = side.store.recorded(&mut whole.names).await?;
    Ok(whole)
}

/// How many rows there are of each kind.
fn rows(whole: &Whole) -> [usize; Kind::ALL.len()] {
    Kind::ALL.map(|kind| whole.recorded.tables.of(kind).rows().len())
}

fn refuse_present(there: &Whole, shown: &str) -> Result<()> {
    if there.recorded.serial == 0 && Held::of(there).rows == 0 && there.doubts.is_empty() {
        return Ok(());
    }
    let summary = format!("there is a state at `{shown}` already, of serial {}", there.recorded.serial);
    Err(Problem::error("state::present", summary).help("--overwrite puts this one in its place").into())
}

/// A place that the state has left may be moved to again, when somebody says so.
async fn refuse_left(side: &Side) -> Result<()> {
    if side.store.moved().await?.is_none() {
        return Ok(());
    }
    let summary = format!("`{}` holds a state that has moved elsewhere since", side.shown);
    Err(Problem::error("state::present", summary).help("--overwrite puts this one in its place").into())
}

/// Adds to the ledger what it does not know yet.
async fn add_spends(side: &Side, whole: &Whole) -> Result<()> {
    let ledger = (side.ledger)(&whole.recorded.accounts)?;
    let strangers =
        whole.spends.iter().filter(|copy| !whole.recorded.accounts.contains_key(&copy.spend.vendor)).count();
    if strangers > 0 && ledger.is_shared() {
        let summary = format!("the state does not say yet of which account {strangers} of its spends are");
        return Err(Problem::error("state::no_account", summary)
            .help("run `pushform apply` to its end once: then it does")
            .into());
    }
    if !whole.spends.is_empty() {
        ledger.add_copies(&whole.spends).await?;
    }
    if !whole.used_up.is_empty() {
        ledger.record_used_up(&whole.used_up).await?;
    }
    Ok(())
}

/// Moves a state: from then on it is refused where it was. At every moment at most one of the two places is live; a
/// move that ended between giving up the one and taking up the other is finished by the next.
///
/// # Errors
/// As [`read`] and [`write()`]. Until the new place holds all of it the old one stays what it is.
pub async fn move_state(from: &Side, to: &Side, present: Present, mover: Mover<'_>) -> Result<Held> {
    if from.shown == to.shown {
        let summary = format!("the state is at `{}` already", to.shown);
        return Err(Problem::error("state::same_place", summary).help("name another place").into());
    }
    let (old, new) = (mover.on(from, "state move"), mover.on(to, "state move"));
    let old_lease = old.take_anywhere(TERMS).await?;
    let work = async {
        let new_lease = new.take_anywhere(TERMS).await?;
        let between = Between { from, to, old: &old_lease, new: &new_lease };
        new.under(&new_lease, TERMS, || {}, between.move_on(present, mover)).await
    };
    old.under(&old_lease, TERMS, || {}, work).await
}

/// Two places, both held.
struct Between<'a> {
    from: &'a Side,
    to: &'a Side,
    old: &'a Lease,
    new: &'a Lease,
}

impl Between<'_> {
    async fn move_on(&self, present: Present, mover: Mover<'_>) -> Result<Held> {
        let Self { from, to, old, new } = *self;
        if self.is_given_up().await? {
            let whole = read_record(to).await?;
            to.store.move_to(new, Whereabouts::Here).await?;
            return Ok(Held::of(&whole));
        }
        let whole = read(from).await?;
        let now = mover.clock.now();
        // It is not live there before it is given up here.
        put(to, new, &whole, present, Whereabouts::Elsewhere(&from.shown, now)).await?;
        from.store.move_to(old, Whereabouts::Elsewhere(&to.shown, now)).await?;
        to.store.move_to(new, Whereabouts::Here).await?;
        Ok(Held::of(&whole))
    }

    /// Whether an earlier move has given up the old place, and ended before the new one was live: then each says that
    /// the state is in the other, and both hold the same.
    async fn is_given_up(&self) -> Result<bool> {
        let is_at = |moved: Option<(String, Timestamp)>, side: &Side| {
            moved.is_some_and(|(place, _)| place == side.shown)
        };
        let each =
            is_at(self.from.store.moved().await?, self.to) && is_at(self.to.store.moved().await?, self.from);
        Ok(each && is_same(&read_record(self.from).await?, &read_record(self.to).await?))
    }
}

#[cfg(test)]
#[path = "moving_tests.rs"]
mod tests;
