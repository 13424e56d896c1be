//! `state list|show|rm|unlock`: the recorded side, by address. No vendor is called.

use std::ops::ControlFlow;

use super::lease::{Holder, TERMS};
use super::nearest;
use crate::address::{Resource, Selector};
use crate::apply::owed;
use crate::names::{Name, Names};
use crate::plan::Recorded;
use crate::problem::{Problem, Result};
use crate::state::addresses::{Entry, let_go, of_text, queries, select};
use crate::state::{Doubt as InDoubt, End, Lease, Store, each_row};
use crate::table::{Kind, Table, Tables};
use crate::text_rows::TextRow;
use crate::timestamp::Timestamp;

/// The recorded side with its names.
pub struct Record {
    /// The pool.
    pub names: Names,
    /// What is recorded, of the rows only those that were asked for.
    pub recorded: Recorded,
    /// Its addresses that were asked for, sorted by text.
    pub entries: Vec<Entry>,
}

/// Every address that one of the selectors matches; all without a selector. Only their rows are read, as far as that is
/// possible.
///
/// # Errors
/// The state cannot be read, or a selector matches nothing.
pub async fn list(store: &dyn Store, selectors: &[Selector]) -> Result<Record> {
    let mut names = Names::new();
    let mut recorded = store.about(&mut names).await?;
    recorded.tables = matching(store, selectors, &mut names).await?;
    let entries = select(&recorded.tables, &names, selectors);
    let matches =
        |one: &&Selector| entries.iter().any(|entry| one.matches(entry.resource, names.text(entry.name)));
    let unmatched: Vec<&Selector> = selectors.iter().filter(|one| !matches(one)).collect();
    if unmatched.is_empty() {
        Ok(Record { names, recorded, entries })
    } else {
        Err(nearest::no_matches(store, &unmatched).await?)
    }
}

/// The recorded rows that one of the selectors matches.
async fn matching(store: &dyn Store, selectors: &[Selector], names: &mut Names) -> Result<Tables> {
    let mut rows = Kind::ALL.map(|_| Vec::new());
    for query in queries(selectors) {
        let kind = query.kind();
        let is_selected = |row: &TextRow<'_>| {
            let (resource, name) = of_text(kind, row);
            selectors.is_empty() || selectors.iter().any(|one| one.matches(resource, name))
        };
        let rows = &mut rows[kind as usize];
        let take = |row: TextRow<'_>| {
            if is_selected(&row) {
                rows.push(row.intern(names));
            }
            ControlFlow::Continue(())
        };
        each_row(store, query, take).await?;
    }
    let mut tables = Tables::default();
    for (kind, rows) in Kind::ALL.into_iter().zip(rows) {
        tables.set(kind, Table::from_rows(rows));
    }
    Ok(tables)
}

/// Calls without an outcome, with their names.
///
/// # Errors
/// The state cannot be read.
pub async fn in_doubt(store: &dyn Store) -> Result<(Names, Vec<InDoubt>)> {
    let mut names = Names::new();
    let mut calls = store.doubts(&mut names).await?;
    calls.retain(|call| !owed::is_note(call));
    Ok((names, calls))
}

/// Takes a call without an outcome out of the journal, and records nothing of it. Gives the call.
///
/// # Errors
/// There is no such call, the state is locked, or it cannot be written.
pub async fn resolve(holder: &Holder<'_>, id: u64) -> Result<(Names, InDoubt)> {
    let lease = holder.take(TERMS).await?;
    let work = async {
        let (names, calls) = in_doubt(holder.store).await?;
        let Some(call) = calls.into_iter().find(|call| call.id == id) else {
            let problem = Problem::error("state::no_call", format!("no call in doubt has the number {id}"));
            return Err(problem.help("`pushform state resolve` lists them").into());
        };
        holder.store.record_outcome(&lease, &names, id, &[]).await?;
        Ok((names, call))
    };
    holder.under(&lease, TERMS, || {}, work).await
}

/// Lets go of what the selectors match without touching it; gives what was let go.
///
/// # Errors
/// Nothing matches, the state is locked, or it cannot be written.
pub async fn remove(holder: &Holder<'_>, selectors: &[Selector]) -> Result<Record> {
    let lease = holder.take(TERMS).await?;
    holder.under(&lease, TERMS, || {}, remove_under_lease(holder.store, &lease, selectors)).await
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
/// The state cannot be written, or another lease than `id` is held.
pub async fn unlock(store: &dyn Store, id: Option<&str>) -> Result<Option<Lease>> {
    store.unlock(id).await
}
