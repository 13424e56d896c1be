//! `state list|show|rm|unlock`: the recorded side, by address. No vendor is called.

use crate::address::{Resource, Selector};
use crate::clock::Clock;
use crate::names::{Name, Names};
use crate::plan::{Recorded, no_match};
use crate::problem::{Problems, Result};
use crate::state::addresses::{Entry, let_go, select};
use crate::state::{End, Lease, Store};
use crate::timestamp::Timestamp;

/// How long letting go of rows may take before somebody else may write.
const LEASE_MS: i64 = 60_000;

/// The recorded side with its names.
pub struct Record {
    /// The pool.
    pub names: Names,
    /// What is recorded.
    pub recorded: Recorded,
    /// Its addresses that were asked for, sorted by text.
    pub entries: Vec<Entry>,
}

/// Every address that one of the selectors matches; all without a selector.
///
/// # Errors
/// The state cannot be read, or a selector matches nothing.
pub async fn list(store: &dyn Store, selectors: &[Selector]) -> Result<Record> {
    let mut names = Names::new();
    let recorded = store.snapshot(&mut names).await?;
    let entries = select(&recorded.tables, &names, selectors);
    refuse_unmatched(&recorded, &names, selectors, &entries)?;
    Ok(Record { names, recorded, entries })
}

/// A selector that matches nothing was mistyped, whatever the others match.
fn refuse_unmatched(
    recorded: &Recorded,
    names: &Names,
    selectors: &[Selector],
    entries: &[Entry],
) -> Result<()> {
    let matches =
        |one: &&Selector| entries.iter().any(|entry| one.matches(entry.resource, names.text(entry.name)));
    let unmatched: Vec<&Selector> = selectors.iter().filter(|one| !matches(one)).collect();
    if unmatched.is_empty() {
        return Ok(());
    }
    let all = select(&recorded.tables, names, &[]);
    let mut problems = Problems::new();
    for selector in unmatched {
        let addresses = all.iter().map(|entry| (entry.resource, names.text(entry.name)));
        problems.push(no_match(selector, "recorded", addresses));
    }
    Err(problems)
}

/// Lets go of what the selectors match without touching it; gives what was let go.
///
/// # Errors
/// Nothing matches, the state is locked, or it can not be written.
pub async fn remove(store: &dyn Store, clock: Clock, owner: &str, selectors: &[Selector]) -> Result<Record> {
    let lease = store.acquire(owner, "state rm", clock.now(), LEASE_MS).await?;
    let removed = remove_under_lease(store, &lease, selectors).await;
    store.release(&lease).await?;
    removed
}

async fn remove_under_lease(store: &dyn Store, lease: &Lease, selectors: &[Selector]) -> Result<Record> {
    let record = list(store, selectors).await?;
    store.amend(lease, &record.names, &let_go(&record.entries)).await?;
    let of = |entry: &Entry, property: Name| entry.resource == Resource::Property && entry.name == property;
    let stays = |property: &&Name| !record.entries.iter().any(|entry| of(entry, **property));
    let protected: Vec<Name> = record.recorded.protected.iter().filter(stays).copied().collect();
    let end = End { protected: &protected, accounts: &record.recorded.accounts, forget_before: Timestamp(0) };
    store.finish(lease, &record.names, end).await?;
    Ok(record)
}

/// Ends the lease by force.
///
/// # Errors
/// The state can not be written, or another lease than `id` is held.
pub async fn unlock(store: &dyn Store, id: Option<&str>) -> Result<Option<Lease>> {
    store.unlock(id).await
}
