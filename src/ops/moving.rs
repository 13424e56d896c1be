//! `state move|export|import`: a whole state from one place to another. No vendor is called.
//!
//! What was written is read back and compared before anybody is told that it is there, and before the old place
//! is given up. The ledger is added to, never taken from: what was spent stays spent.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::clock::Clock;
use crate::problem::{Problem, Problems, Result};
use crate::state::{Held, Lease, SpendEntry, Store, Told, Whole, text};
use crate::table::Kind;
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

/// How long moving may take before somebody else may write: a hundred times what a million users take.
const LEASE_MS: i64 = 3_600_000;

/// Before everything.
const EVER: Timestamp = Timestamp(i64::MIN / 2);

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
}

/// Reads all that is at a place.
///
/// # Errors
/// It can not be read, or has gone elsewhere.
pub async fn read(side: &Side) -> Result<Whole> {
    let mut whole = Whole::default();
    // The journal first: a call that is settled meanwhile is then in doubt, which is harmless, and not lost.
    whole.doubts = side.store.doubts(&mut whole.names).await?;
    whole.recorded = side.store.snapshot(&mut whole.names).await?;
    let ledger = (side.ledger)(&whole.recorded.accounts)?;
    whole.spends = ledger.spends(EVER).await?;
    whole.used_up = ledger.used_up(EVER).await?;
    Ok(whole)
}

/// Puts a state at a place, and reads it back.
///
/// # Errors
/// There is one already, somebody holds it, it can not be written, or what was read back is something else.
pub async fn write(side: &Side, whole: &Whole, present: Present, mover: Mover<'_>) -> Result<()> {
    if present == Present::Overwrite {
        side.store.move_to(None, mover.clock.now()).await?;
    }
    let lease = side.store.acquire(mover.owner, "state import", mover.clock.now(), LEASE_MS).await;
    let lease = lease.map_err(|problems| left(problems, &side.shown))?;
    let written = write_under(side, &lease, whole, present).await;
    side.store.release(&lease).await?;
    written
}

async fn write_under(side: &Side, lease: &Lease, whole: &Whole, present: Present) -> Result<()> {
    if present == Present::Keep {
        refuse_present(&read_record(side).await?, &side.shown)?;
    }
    side.store.restore(lease, whole).await?;
    add_spends(side, whole).await?;
    let back = read_record(side).await?;
    if text::digest(&back) == text::digest(whole) && rows(&back) == rows(whole) {
        return Ok(());
    }
    let summary = format!("what `{}` holds now is not what was written to it", side.shown);
    Err(Problem::error("state::not_the_same", summary)
        .help("nothing was given up: the state is still where it was; look at the disk or the database there")
        .into())
}

async fn read_record(side: &Side) -> Result<Whole> {
    let mut whole = Whole::default();
    whole.doubts = side.store.doubts(&mut whole.names).await?;
    whole.recorded = side.store.snapshot(&mut whole.names).await?;
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
fn left(mut problems: Problems, shown: &str) -> Problems {
    if problems.list().iter().any(|problem| problem.code == "state::moved") {
        let summary = format!("`{shown}` holds a state that has moved elsewhere since");
        problems =
            Problem::error("state::present", summary).help("--overwrite puts this one in its place").into();
    }
    problems
}

/// Adds to the ledger what it does not know yet.
async fn add_spends(side: &Side, whole: &Whole) -> Result<()> {
    let ledger = (side.ledger)(&whole.recorded.accounts)?;
    let strangers =
        whole.spends.iter().filter(|spend| !whole.recorded.accounts.contains_key(&spend.vendor)).count();
    if strangers > 0 && ledger.is_shared() {
        let summary = format!("the state does not say yet of which account {strangers} of its spends are");
        return Err(Problem::error("state::no_account", summary)
            .help("run `pushform apply` to its end once: then it does")
            .into());
    }
    let told = Told { since: EVER, seen: 0, open: &[], replies: &[] };
    let mut decide = |known: &[SpendEntry]| missing(&whole.spends, known);
    if !whole.spends.is_empty() {
        ledger.exchange(told, &mut decide).await?;
    }
    if !whole.used_up.is_empty() {
        ledger.record_used_up(&whole.used_up).await?;
    }
    Ok(())
}

/// Those that are not known; of equal ones as many as are lacking.
fn missing(spends: &[SpendEntry], known: &[SpendEntry]) -> Vec<SpendEntry> {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for spend in known {
        *counts.entry(text::key(spend)).or_default() += 1;
    }
    let mut new = Vec::new();
    for spend in spends {
        match counts.get_mut(&text::key(spend)) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => new.push(spend.clone()),
        }
    }
    new
}

/// Moves a state: from then on it is refused where it was.
///
/// # Errors
/// As [`read`] and [`write()`]. Until the new place holds all of it the old one stays what it is.
pub async fn move_state(from: &Side, to: &Side, present: Present, mover: Mover<'_>) -> Result<Held> {
    if from.shown == to.shown {
        let summary = format!("the state is at `{}` already", to.shown);
        return Err(Problem::error("state::same_place", summary).help("name another place").into());
    }
    let lease = from.store.acquire(mover.owner, "state move", mover.clock.now(), LEASE_MS).await?;
    let moved = move_under(from, to, present, mover).await;
    from.store.release(&lease).await?;
    moved
}

async fn move_under(from: &Side, to: &Side, present: Present, mover: Mover<'_>) -> Result<Held> {
    let whole = read(from).await?;
    write(to, &whole, present, mover).await?;
    from.store.move_to(Some(&to.shown), mover.clock.now()).await?;
    Ok(Held::of(&whole))
}
