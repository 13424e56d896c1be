//! Moves that die at any write: never are both places live, and the next move finishes.

use super::*;
use crate::names::Names;
use crate::state::{Memory, RowChange, SpendEntry, Told};
use crate::table::{Kind, Row};
use crate::timestamp::Timestamp;
use crate::wire::Vendor;

const NOW: Timestamp = Timestamp(1_795_312_800_000);
/// More writes than a move makes in either place.
const WRITES_MAX: u64 = 12;

fn side(memory: &Memory, shown: &str) -> Side {
    let ledger = memory.clone();
    Side {
        store: Rc::new(memory.clone()),
        ledger: Box::new(move |_| Ok(Rc::new(ledger.clone()))),
        shown: shown.to_owned(),
    }
}

fn mover() -> Mover<'static> {
    Mover { owner: "ann@host:1", clock: Clock::starting_at(NOW), say: &|_| {} }
}

/// A state with one row, which says where it was written.
async fn with_row(memory: &Memory, text: &str) {
    let lease = memory.acquire("ann", "apply", NOW, 1).await.expect("the lease");
    let mut names = Names::new();
    let (subject, value) = (names.intern("user"), names.intern(text));
    let row = RowChange::Put(Kind::Alias, Row { subject, item: crate::names::Name::NONE, value, mark: 1 });
    memory.amend(&lease, &names, &[row]).await.expect("the row");
    memory.release(&lease).await.expect("the release");
}

/// The value of the row where the state is live.
async fn live(memory: &Memory) -> Option<String> {
    let mut names = Names::new();
    let recorded = memory.snapshot(&mut names).await.ok()?;
    let row = recorded.tables.of(Kind::Alias).rows().first().copied();
    Some(row.map_or_else(String::new, |row| names.text(row.value).to_owned()))
}

/// Writes down a spend of the account.
async fn with_spend(memory: &Memory) {
    let (vendor, quota) = (Vendor::Getui, "tag_batch".to_owned());
    let spend = SpendEntry { id: 0, vendor, quota, subject: 0, sent_at: NOW, replied_at: Some(NOW) };
    let told = Told { since: NOW, seen: 0, open: &[], replies: &[] };
    memory.exchange(told, &mut |_| vec![spend.clone()]).await.expect("the spend");
}

async fn spends(memory: &Memory) -> usize {
    memory.spends(EVER).await.expect("the ledger").len()
}

fn virtually(course: impl Future<Output = ()>) {
    crate::clock::virtual_runtime().expect("a runtime").block_on(course);
}

/// The state has gone from `old` to `new`, where it was changed since; now it comes back.
async fn moved_once() -> (Memory, Memory) {
    let (old, new) = (Memory::new(), Memory::new());
    with_row(&old, "stale").await;
    let (from, to) = (side(&old, "memory:old"), side(&new, "memory:new"));
    move_state(&from, &to, Present::Keep, mover()).await.expect("the first move");
    with_row(&new, "fresh").await;
    with_spend(&new).await;
    (old, new)
}

#[test]
fn a_move_that_dies_at_any_write_leaves_at_most_one_live_state_and_the_next_one_finishes() {
    for dies_in_old in [true, false] {
        for writes in 0..WRITES_MAX {
            virtually(async {
                let step = format!("dead after {writes} writes, in the old place: {dies_in_old}");
                let (old, new) = moved_once().await;
                let (from, to) = (side(&new, "memory:new"), side(&old, "memory:old"));
                let dying = if dies_in_old { &old } else { &new };
                dying.die_after(writes);
                drop(move_state(&from, &to, Present::Overwrite, mover()).await);
                dying.revive();
                let alive = (live(&old).await, live(&new).await);
                assert!(alive.0.is_none() || alive.1.is_none(), "{step}: both are live: {alive:?}");
                assert!(alive.0.as_deref() != Some("stale"), "{step}: the stale one is live");
                assert!(alive.0.is_none() || spends(&old).await == 1, "{step}: live without its spends");
                if alive.0.is_none() {
                    // What the dead one held is over by then.
                    let later = Clock::starting_at(NOW.plus(2 * TERMS.lease_ms));
                    let mover = Mover { clock: later, ..mover() };
                    let again = move_state(&from, &to, Present::Overwrite, mover).await;
                    again.unwrap_or_else(|why| panic!("{step}: {why:?}"));
                }
                assert_eq!(live(&old).await.as_deref(), Some("fresh"), "{step}");
                assert_eq!(live(&new).await, None, "{step}");
                assert_eq!(spends(&old).await, 1, "{step}: spends were lost, or counted twice");
            });
        }
    }
}

#[test]
fn an_import_that_dies_at_any_write_leaves_the_place_as_it_was_or_as_it_is_meant_to_be() {
    for writes in 0..WRITES_MAX {
        virtually(async {
            let (old, new) = moved_once().await;
            let whole = read(&side(&new, "memory:new")).await.expect("the state");
            old.die_after(writes);
            drop(write(&side(&old, "memory:old"), &whole, Present::Overwrite, mover()).await);
            old.revive();
            let alive = live(&old).await;
            assert!(alive.is_none() || alive.as_deref() == Some("fresh"), "{writes} writes: {alive:?}");
            assert!(alive.is_none() || spends(&old).await == 1, "{writes} writes: live without its spends");
            let later = Mover { clock: Clock::starting_at(NOW.plus(2 * TERMS.lease_ms)), ..mover() };
            let again = write(&side(&old, "memory:old"), &whole, Present::Overwrite, later).await;
            again.unwrap_or_else(|why| panic!("{writes} writes: {why:?}"));
            assert_eq!(
                (live(&old).await.as_deref(), spends(&old).await),
                (Some("fresh"), 1),
                "{writes} writes"
            );
        });
    }
}
