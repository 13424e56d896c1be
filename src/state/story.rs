//! One story that every store has to live through, told through the trait alone.
//!
//! What only a file can suffer is told in `sqlite/tests.rs`.

mod rows;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{
    Claim, Doubt, End, Intent, Keep, Lease, Memory, Presence, RowChange, SpendEntry, Sqlite, Store, Told,
    UsedUp, Whereabouts, Whole, postgres, text,
};
use crate::kind::Write;
use crate::names::{Name, Names};
use crate::plan::Approval;
use crate::problem::{Failure, Problems, Result};
use crate::secret::Secret;
use crate::table::{Kind, Row};
use crate::timestamp::{MINUTE_MS, Timestamp};
use crate::wire::Vendor;

/// A state that processes come to and go from.
enum Ground {
    Memory(Memory),
    File(tempfile::TempDir, PathBuf),
    Database(Secret),
}

impl Ground {
    fn all() -> [Self; 3] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".pushform/state.db");
        [Self::Memory(Memory::new()), Self::File(folder, path), Self::Database(postgres::testing::url())]
    }

    /// What a new process sees.
    fn open(&self) -> Box<dyn Store> {
        match self {
            Self::Memory(memory) => Box::new(memory.clone()),
            Self::File(_, path) => Box::new(Sqlite::open(path)),
            Self::Database(url) => Box::new(postgres::testing::open(url)),
        }
    }
}

/// Tells a story on every ground.
fn on_every_ground(story: impl AsyncFn(&Ground)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for ground in Ground::all() {
        runtime.block_on(story(&ground));
    }
}

const NOW: Timestamp = Timestamp(1_795_000_000_000);

async fn take(store: &dyn Store) -> Lease {
    let lease = store.acquire("ann@laptop:1", "apply", NOW, MINUTE_MS).await;
    lease.unwrap_or_else(|problems| panic!("no lease: {}", said(&problems)))
}

fn said(problems: &Problems) -> String {
    let lines = problems.list().iter().map(|problem| format!("{}: {}", problem.code, problem.summary));
    lines.collect::<Vec<_>>().join("\n")
}

/// The failure and the words of what must not succeed.
fn refused<T>(outcome: Result<T>) -> (Failure, String) {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(problems) => (problems.failure, said(&problems)),
    }
}

fn row(names: &mut Names, subject: &str, item: &str, value: &str) -> Row {
    let mut name = |text: &str| names.intern(text);
    Row { subject: name(subject), item: name(item), value: name(value), mark: NOW.seconds() }
}

fn put(names: &mut Names, kind: Kind, subject: &str, item: &str, value: &str) -> RowChange {
    RowChange::Put(kind, row(names, subject, item, value))
}

fn drop_row(names: &mut Names, kind: Kind, subject: &str, item: &str) -> RowChange {
    RowChange::Drop(kind, names.intern(subject), names.intern(item))
}

/// Everything that a new process reads, as text.
async fn shown(store: &dyn Store) -> String {
    let mut names = Names::new();
    // Another pool than the writer's: numbers must not matter.
    names.intern("somebody else's text");
    let recorded = store.snapshot(&mut names).await.unwrap_or_else(|problems| panic!("{}", said(&problems)));
    let text = |row: &Row| {
        let [subject, item, value] = [row.subject, row.item, row.value].map(|name| names.text(name));
        format!("{subject}/{item}/{value}@{}", row.mark)
    };
    let mut lines = vec![format!("serial {}", recorded.serial)];
    for kind in Kind::ALL {
        let rows = recorded.tables.of(kind).rows();
        assert!(rows.is_sorted_by_key(Row::key), "{} rows are not sorted", kind.word());
        let mut rows: Vec<String> = rows.iter().map(|row| format!("{} {}", kind.word(), text(row))).collect();
        rows.sort_unstable();
        lines.append(&mut rows);
    }
    lines.extend(recorded.kept.iter().map(|row| format!("kept {}", text(row))));
    lines.extend(recorded.protected.iter().map(|name| format!("protected {}", names.text(*name))));
    lines.extend(recorded.accounts.iter().map(|(vendor, account)| format!("{} {account}", vendor.word())));
    lines.join("\n")
}

fn end<'a>(accounts: &'a BTreeMap<Vendor, String>, protected: &'a [Name]) -> End<'a> {
    End { protected, accounts, forget_before: Timestamp(0) }
}

#[test]
fn what_was_never_written_reads_as_empty() {
    on_every_ground(async |ground| {
        let store = ground.open();
        assert_eq!(shown(&*store).await, "serial 0");
        assert_eq!(store.spends(Timestamp(0)).await, Ok(vec![]));
        assert_eq!(store.doubts(&mut Names::new()).await, Ok(vec![]));
        assert_eq!(store.lease().await, Ok(None));
        assert_eq!(store.unlock(None).await, Ok(None));
        if let Ground::File(folder, _) = ground {
            let left = std::fs::read_dir(folder.path()).expect("the folder").count();
            assert_eq!(left, 0, "reading made something on the disk");
        }
    });
}

#[test]
fn rows_of_every_kind_outlive_the_run() {
    on_every_ground(async |ground| {
        let store = ground.open();
        let (lease, mut names) = (take(&*store).await, Names::new());
        let rows = [
            put(&mut names, Kind::Alias, "u1", "", "爱丽丝"),
            put(&mut names, Kind::Tag, "u1", "vip", "set"),
            put(&mut names, Kind::Tag, "u1", "old", "members"),
            put(&mut names, Kind::Blacklist, "u2", "", ""),
            put(&mut names, Kind::DeviceToken, "u1", "wx", "oX-Yr4"),
            put(&mut names, Kind::Property, "level", "", "number 会员等级"),
            put(&mut names, Kind::Device, "d1", "level", "3"),
            // Of changes to one row the last holds.
            put(&mut names, Kind::Alias, "u3", "", "first"),
            put(&mut names, Kind::Alias, "u3", "", "second"),
            put(&mut names, Kind::Alias, "u4", "", "gone"),
            drop_row(&mut names, Kind::Alias, "u4", ""),
            drop_row(&mut names, Kind::Alias, "never", ""),
        ];
        store.amend(&lease, &names, &rows).await.expect("the rows");
        let expected = "serial 0\nalias u1//爱丽丝@1795000000\nalias u3//second@1795000000\n\
            tag u1/old/members@1795000000\ntag u1/vip/set@1795000000\nblacklist u2//@1795000000\n\
            device_token u1/wx/oX-Yr4@1795000000\nproperty level//number 会员等级@1795000000\n\
            device d1/level/3@1795000000";
        assert_eq!(shown(&*store).await, expected, "in the same run");
        assert_eq!(shown(&*ground.open()).await, expected, "beside the run");
        store.release(&lease).await.expect("the release");
        drop(store);
        assert_eq!(shown(&*ground.open()).await, expected, "after the run");
    });
}

#[test]
fn what_was_approved_outlives_the_run_until_it_is_done() {
    on_every_ground(async |ground| {
        let store = ground.open();
        assert_eq!(store.approval().await, Ok(None), "nothing was approved yet");
        let lease = take(&*store).await;
        let approval = |first: u8| {
            let rows: Vec<u8> = (first..first + 48).collect();
            let plan = blake3::hash(&rows).to_hex().to_string();
            Approval::from_stored(plan, NOW, &[rows]).expect("two rows")
        };
        store.approve(&lease, Some(&approval(1))).await.expect("the approval");
        store.approve(&lease, Some(&approval(200))).await.expect("another");
        drop(store);

        let store = ground.open();
        assert_eq!(store.approval().await, Ok(Some(approval(200))), "the last one counts");
        store.finish(&lease, &Names::new(), end(&BTreeMap::new(), &[])).await.expect("the end of a run");
        assert!(store.approval().await.is_ok_and(|kept| kept.is_some()), "a run may end before all is done");
        store.approve(&lease, None).await.expect("all is done");
        assert_eq!(ground.open().approval().await, Ok(None));
        store.unlock(None).await.expect("the end of the lease");
        assert!(store.approve(&lease, Some(&approval(3))).await.is_err(), "the lease was lost");
    });
}

#[test]
fn a_call_without_an_outcome_is_a_doubt_of_the_next_run() {
    on_every_ground(async |ground| {
        let store = ground.open();
        let (lease, mut names) = (take(&*store).await, Names::new());
        let [tag, a, b] = ["vip", "u1", "u2"].map(|text| names.intern(text));
        let bind = Write::BindTag(tag, vec![a, b]);
        let rows = vec![
            put(&mut names, Kind::Tag, "u1", "vip", "members"),
            put(&mut names, Kind::Tag, "u2", "vip", "members"),
        ];
        let block = Write::Block(vec![a]);
        let blocked = vec![put(&mut names, Kind::Blacklist, "u1", "", "")];
        let intents = [
            Intent { write: &bind, rows: rows.clone(), at: NOW },
            Intent { write: &block, rows: blocked.clone(), at: NOW },
        ];
        let ids = store.record_intents(&lease, &names, &intents).await.expect("the journal");
        assert_eq!(ids.len(), 2);
        store.record_outcome(&lease, &names, ids[1], &blocked).await.expect("the outcome");
        // The process dies here.
        drop(store);

        let store = ground.open();
        let mut names = Names::new();
        let doubts = store.doubts(&mut names).await.expect("the doubts");
        let [tag, a, b] = ["vip", "u1", "u2"].map(|text| names.find(text).expect("an interned name"));
        let row = |subject| Row { subject, item: tag, value: Name::MEMBERS, mark: NOW.seconds() };
        let rows = vec![RowChange::Put(Kind::Tag, row(a)), RowChange::Put(Kind::Tag, row(b))];
        let expected = Doubt { id: ids[0], write: Write::BindTag(tag, vec![a, b]), rows, at: NOW };
        assert_eq!(doubts, [expected]);
        assert_eq!(shown(&*store).await, "serial 0\nblacklist u1//@1795000000");

        // The dead run's lease ends by itself; who takes it over clears the doubt.
        let later = NOW.plus(MINUTE_MS);
        let lease = store.acquire("ben@ci:2", "apply", later, MINUTE_MS).await.expect("the lease");
        store.record_outcome(&lease, &names, doubts[0].id, &doubts[0].rows).await.expect("the outcome");
        assert_eq!(store.doubts(&mut names).await, Ok(vec![]));
        let again = Intent { write: &doubts[0].write, rows: vec![], at: later };
        let again = store.record_intents(&lease, &names, &[again]).await.expect("the journal");
        assert!(again[0] > ids[1], "a number came again: {again:?} after {ids:?}");
    });
}

#[test]
fn one_run_at_a_time_holds_the_state() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        let lease = take(&*ann).await;
        assert_eq!(ben.lease().await, Ok(Some(lease.clone())));
        let (failure, words) = refused(ben.acquire("ben@ci:2", "apply", NOW, MINUTE_MS).await);
        assert_eq!(failure, Failure::Locked);
        assert_eq!(
            words,
            "state::locked: the state is locked by ann@laptop:1 since 2026-11-18T11:06:40Z, for `apply`, until \
             2026-11-18T11:07:40Z unless it is renewed"
        );
        ann.renew(&lease, NOW, 2 * MINUTE_MS).await.expect("the renewal");
        refused(ben.acquire("ben@ci:2", "apply", NOW.plus(MINUTE_MS), MINUTE_MS).await);
        ann.release(&lease).await.expect("the release");
        assert_eq!(ben.lease().await, Ok(None));
        let next = ben.acquire("ben@ci:2", "apply", NOW, MINUTE_MS).await.expect("the lease");
        assert!(next.fence > lease.fence);
        assert_eq!(ann.release(&lease).await, Ok(()), "giving back twice is harmless");
        assert_eq!(ben.lease().await, Ok(Some(next)));
    });
}

#[test]
fn a_run_that_lost_its_lease_can_write_nothing_more() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        let lease = take(&*ann).await;
        let late = NOW.plus(MINUTE_MS);
        let over =
            ben.acquire("ben@ci:2", "apply", late, MINUTE_MS).await.expect("an ended lease to take over");
        let mut names = Names::new();
        let rows = [put(&mut names, Kind::Blacklist, "u1", "", "")];
        let kept = [row(&mut names, "d1", "level", "3")];
        let write = Write::Block(vec![rows_subject(&rows[0])]);
        let intent = [Intent { write: &write, rows: vec![], at: NOW }];
        let none = BTreeMap::new();
        let refusals = [
            refused(ann.renew(&lease, late, MINUTE_MS).await),
            refused(ann.record_intents(&lease, &names, &intent).await.map(|_| ())),
            refused(ann.record_outcome(&lease, &names, 1, &rows).await),
            refused(ann.amend(&lease, &names, &rows).await),
            refused(ann.keep(&lease, &names, &kept, Keep::Hold).await),
            refused(ann.finish(&lease, &names, end(&none, &[])).await.map(|_| ())),
        ];
        for (failure, words) in refusals {
            assert_eq!(failure, Failure::Locked, "{words}");
            assert!(
                words.starts_with("state::lock_lost: this run has lost its lock on the state"),
                "{words}"
            );
            assert!(words.contains("ben@ci:2"), "{words}");
        }
        assert_eq!(shown(&*ben).await, "serial 0");
        assert_eq!(ben.renew(&over, late, MINUTE_MS).await, Ok(()));
    });
}

fn rows_subject(change: &RowChange) -> Name {
    match change {
        RowChange::Put(_, row) => row.subject,
        RowChange::Drop(_, subject, _) => *subject,
    }
}

#[test]
fn a_lock_is_ended_by_its_id_or_without_one() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        let lease = take(&*ann).await;
        let (failure, words) = refused(ben.unlock(Some("another")).await);
        assert_eq!(failure, Failure::Error);
        assert!(words.contains(&format!("the state's lock is `{}`, not `another`", lease.id)), "{words}");
        assert_eq!(ben.unlock(Some(&lease.id)).await, Ok(Some(lease.clone())));
        let (_, words) = refused(ann.renew(&lease, NOW, MINUTE_MS).await);
        assert!(words.contains("`state unlock` ended it, or the state was deleted"), "{words}");
        let second = take(&*ann).await;
        assert!(second.fence > lease.fence && second.id != lease.id, "{second:?} after {lease:?}");
        assert_eq!(ben.unlock(None).await, Ok(Some(second)));
        assert_eq!(ben.unlock(None).await, Ok(None));
    });
}

fn spent(quota: &str, sent_at: i64) -> SpendEntry {
    let (vendor, quota, subject) = (Vendor::Getui, quota.to_owned(), u64::MAX);
    SpendEntry { id: 0, vendor, quota, subject, sent_at: Timestamp(sent_at), replied_at: None }
}

/// What a run that knows nothing is told, and whatever else it is told.
const STRANGER: Told<'_> = Told { since: Timestamp(0), seen: 0, open: &[], replies: &[] };

async fn spend(store: &dyn Store, spends: &[SpendEntry]) -> Vec<u64> {
    store.exchange(STRANGER, &mut |_| spends.to_vec()).await.expect("the ledger")
}

/// What a run hears of the others' spends: `quota #1 sent→replied`, with the place of the id among these.
async fn heard(store: &dyn Store, told: Told<'_>, ids: &[u64]) -> String {
    let mut heard = Vec::new();
    let mut decide = |news: &[SpendEntry]| {
        heard.extend(news.iter().map(|spend| {
            let replied = spend.replied_at.map_or("?".to_owned(), |at| at.0.to_string());
            let place = ids.iter().position(|id| *id == spend.id).map_or(0, |place| place + 1);
            format!("{} #{place} {}→{replied}", spend.quota, spend.sent_at.0)
        }));
        vec![]
    };
    assert_eq!(store.exchange(told, &mut decide).await, Ok(vec![]));
    heard.join(", ")
}

#[test]
fn runs_hear_of_each_others_spends() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        let mut ids = spend(&*ann, &[spent("requests", 10), spent("requests", 20)]).await;
        assert_eq!(heard(&*ben, STRANGER, &ids).await, "requests #1 10→?, requests #2 20→?");
        let open = ids.clone();
        let told = Told { seen: ids[1], open: &open, ..STRANGER };
        assert_eq!(heard(&*ben, told, &ids).await, "", "nothing is new");

        let replies = [(ids[0], Timestamp(15))];
        let told = Told { seen: ids[1], replies: &replies, ..STRANGER };
        assert_eq!(heard(&*ann, told, &ids).await, "", "one's own");
        ids.extend(spend(&*ann, &[spent("tag_batch", 30)]).await);
        assert!(ids.is_sorted(), "{ids:?}");
        let told = Told { seen: ids[1], open: &open, ..STRANGER };
        assert_eq!(heard(&*ben, told, &ids).await, "requests #1 10→15, tag_batch #3 30→?");
        let told = Told { since: Timestamp(16), ..STRANGER };
        assert_eq!(heard(&*ben, told, &ids).await, "requests #2 20→?, tag_batch #3 30→?");
    });
}

#[test]
fn spends_need_no_lease_and_outlive_the_run() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        let first = spend(&*ann, &[spent("requests", 10), spent("tag_batch", 20)]).await;
        let other = spend(&*ben, &[spent("requests", 30)]).await;
        let mut all = [first.clone(), other.clone()].concat();
        all.dedup();
        assert_eq!(all.len(), 3, "two processes got the same id: {first:?} and {other:?}");
        ann.replied(&[(first[0], Timestamp(15)), (other[0], Timestamp(35)), (999, Timestamp(1))])
            .await
            .expect("the replies");
        drop((ann, ben));

        let store = ground.open();
        let with = |entry: SpendEntry, id, reply: Option<i64>| SpendEntry {
            id,
            replied_at: reply.map(Timestamp),
            ..entry
        };
        let a = with(spent("requests", 10), first[0], Some(15));
        let b = with(spent("tag_batch", 20), first[1], None);
        let c = with(spent("requests", 30), other[0], Some(35));
        assert_eq!(store.spends(Timestamp(0)).await, Ok(vec![a.clone(), b.clone(), c.clone()]));
        assert_eq!(store.spends(Timestamp(15)).await, Ok(vec![a, b.clone(), c.clone()]), "its reply counts");
        assert_eq!(store.spends(Timestamp(16)).await, Ok(vec![b.clone(), c.clone()]));
        assert_eq!(store.spends(Timestamp(36)).await, Ok(vec![b]), "what is under way always counts");

        let (lease, accounts) = (take(&*store).await, BTreeMap::new());
        let end = End { forget_before: Timestamp(35), ..end(&accounts, &[]) };
        store.finish(&lease, &Names::new(), end).await.expect("the end");
        assert_eq!(store.spends(Timestamp(0)).await, Ok(vec![c]));
        let next = spend(&*store, &[spent("requests", 40)]).await;
        assert!(next[0] > other[0], "an id came again: {next:?} after {other:?}");
    });
}

fn used_up(quota: &str, at: i64) -> UsedUp {
    let (vendor, quota, subject) = (Vendor::Getui, quota.to_owned(), u64::MAX);
    UsedUp { vendor, quota, subject, at: Timestamp(at) }
}

#[test]
fn what_a_vendor_says_of_a_day_outlives_the_run() {
    on_every_ground(async |ground| {
        assert_eq!(ground.open().used_up(Timestamp(0)).await, Ok(vec![]), "a state that is not there yet");
        let (batch, other) = (used_up("tag_batch", 20), UsedUp { subject: 0, ..used_up("tag_batch", 15) });
        let said = [used_up("tag_batch", 10), other.clone(), batch.clone(), used_up("tag_batch", 5)];
        ground.open().record_used_up(&said).await.expect("the vendor's word");

        let store = ground.open();
        let mut all = store.used_up(Timestamp(0)).await.expect("the ledger");
        all.sort();
        assert_eq!(all, [other, batch.clone()], "the latest word of each");
        assert_eq!(store.used_up(Timestamp(16)).await, Ok(vec![batch.clone()]));
        let (lease, accounts) = (take(&*store).await, BTreeMap::new());
        let end = End { forget_before: Timestamp(16), ..end(&accounts, &[]) };
        store.finish(&lease, &Names::new(), end).await.expect("the end");
        assert_eq!(store.used_up(Timestamp(0)).await, Ok(vec![batch]));
    });
}

#[test]
fn the_end_of_a_run_is_written_down() {
    on_every_ground(async |ground| {
        let store = ground.open();
        let (lease, mut names) = (take(&*store).await, Names::new());
        let [level, birthday] = ["level", "birthday"].map(|text| names.intern(text));
        let mut accounts = BTreeMap::from([(Vendor::Getui, "app-1".to_owned())]);
        let kept = [row(&mut names, "d1", "level", "3"), row(&mut names, "d2", "level", "5")];
        store.keep(&lease, &names, &kept, Keep::Hold).await.expect("the values");
        let serial = store.finish(&lease, &names, end(&accounts, &[birthday, level])).await;
        assert_eq!(serial, Ok(1));
        let expected = "serial 1\nkept d1/level/3@1795000000\nkept d2/level/5@1795000000\nprotected birthday\n\
            protected level\ngetui app-1";
        let sorted = |text: String| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines[1..].sort_unstable_by_key(|line| (line.contains("app-"), *line));
            lines.join("\n")
        };
        assert_eq!(sorted(shown(&*ground.open()).await), expected);

        store.keep(&lease, &names, &kept[..1], Keep::LetGo).await.expect("the values");
        accounts.insert(Vendor::Jpush, "app-2".to_owned());
        let serial = store.finish(&lease, &names, end(&accounts, &[level])).await;
        assert_eq!(serial, Ok(2));
        store.release(&lease).await.expect("the release");
        let expected = "serial 2\nkept d2/level/5@1795000000\nprotected level\ngetui app-1\njpush app-2";
        assert_eq!(shown(&*ground.open()).await, expected);
    });
}

/// A state with something of everything.
async fn full(store: &dyn Store) {
    let (lease, mut names) = (take(store).await, Names::new());
    let rows = [
        put(&mut names, Kind::Alias, "u2", "", "爱丽丝"),
        put(&mut names, Kind::Alias, "u1", "", "bob"),
        put(&mut names, Kind::Tag, "u1", "vip", "set"),
        put(&mut names, Kind::Device, "d1", "level", "3"),
    ];
    store.amend(&lease, &names, &rows).await.expect("the rows");
    let kept = [row(&mut names, "d1", "level", "3")];
    store.keep(&lease, &names, &kept, Keep::Hold).await.expect("the values");
    let accounts = BTreeMap::from([(Vendor::Getui, "app-1".to_owned())]);
    let level = names.intern("level");
    store.finish(&lease, &names, end(&accounts, &[level])).await.expect("the end");
    let write = Write::Block(vec![names.intern("u9")]);
    let rows = vec![put(&mut names, Kind::Blacklist, "u9", "", "")];
    let intent = Intent { write: &write, rows, at: NOW };
    store.record_intents(&lease, &names, &[intent]).await.expect("the journal");
    spend(store, &[spent("requests", 20), spent("requests", 10)]).await;
    store.record_used_up(&[used_up("tag_batch", 10)]).await.expect("the vendor's word");
    store.release(&lease).await.expect("the release");
}

/// A state as it is exported.
async fn exported(store: &dyn Store) -> String {
    let mut whole = Whole::default();
    whole.doubts = store.doubts(&mut whole.names).await.expect("the journal");
    whole.recorded = store.snapshot(&mut whole.names).await.expect("the rows");
    whole.spends = store.copies().await.expect("the ledger");
    whole.used_up = store.used_up(Timestamp(0)).await.expect("the ledger");
    let mut bytes = Vec::new();
    text::write(&whole, &mut bytes).expect("memory takes everything");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn a_state_that_was_imported_exports_to_the_same_bytes() {
    on_every_ground(async |from| {
        let source = from.open();
        full(&*source).await;
        let first = exported(&*source).await;
        assert!(
            first.starts_with(r#"{"line":"head","format":"pushform-state","version":2,"serial":1,"#),
            "{first}"
        );
        for ground in Ground::all() {
            let target = ground.open();
            let lease = take(&*target).await;
            let mut names = Names::new();
            let other = [put(&mut names, Kind::Alias, "gone", "", "gone")];
            target.amend(&lease, &names, &other).await.expect("what is there before");
            let whole = text::read(&mut first.as_bytes(), "state.jsonl")
                .unwrap_or_else(|why| panic!("{}", said(&why)));
            target
                .restore(&lease, &whole, Whereabouts::Here)
                .await
                .unwrap_or_else(|why| panic!("{}", said(&why)));
            for _ in 0..2 {
                target.add_copies(&whole.spends).await.expect("the ledger");
            }
            target.record_used_up(&whole.used_up).await.expect("the vendor's word");
            target.release(&lease).await.expect("the release");
            drop(target);
            assert_eq!(exported(&*ground.open()).await, first);
        }
    });
}

#[test]
fn what_a_store_says_it_can_hold_it_holds_and_nothing_else() {
    on_every_ground(async |ground| {
        let store = ground.open();
        let lease = take(&*store).await;
        for text in ["plain", "\u{1}\u{7f}", "喜爱", "a\u{0}b", "\u{feff}"] {
            let mut names = Names::new();
            let rows = [put(&mut names, Kind::Alias, "u1", "", text)];
            let held = store.amend(&lease, &names, &rows).await.is_ok();
            assert_eq!(held, store.can_hold(text), "{text:?}");
        }
    });
}

/// A process that has died renews nothing, whatever its lease says of its end.
#[test]
fn a_lease_that_was_left_behind_is_taken_over_only_while_it_is_exactly_that_one() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        let claim = |over| Claim {
            owner: "ben@ci:2",
            operation: "apply",
            process: Some("boot 1 1"),
            is_alive: |_| false,
            now: NOW,
            ms: MINUTE_MS,
            presence: Presence::Here,
            over,
        };
        let left = take(&*ann).await;
        let seen = ben.lease().await.expect("the lease");
        ann.renew(&left, NOW.plus(1), MINUTE_MS).await.expect("the renewal");
        assert_eq!(refused(ben.claim(claim(seen.as_ref())).await.map(|_| ())).0, Failure::Locked);
        let seen = ben.lease().await.expect("the lease");
        let taken = ben.claim(claim(seen.as_ref())).await.unwrap_or_else(|why| panic!("{}", said(&why)));
        assert_eq!(ben.lease().await.expect("the lease").expect("one").process.as_deref(), Some("boot 1 1"));
        assert!(crate::state::is_lost(&ann.renew(&left, NOW, MINUTE_MS).await.expect_err("it is lost")));
        ben.release(&taken).await.expect("the release");
    });
}

#[test]
fn a_state_that_has_moved_is_refused_where_it_was() {
    on_every_ground(async |ground| {
        let (ann, ben) = (ground.open(), ground.open());
        full(&*ann).await;
        let lease = take(&*ann).await;
        let elsewhere = Whereabouts::Elsewhere("sqlite:elsewhere.db", NOW);
        ann.move_to(&lease, elsewhere).await.expect("the mark");
        ann.release(&lease).await.expect("the release");
        let expected = "state::moved: the state has moved to `sqlite:elsewhere.db` at 2026-11-18T11:06:40Z";
        assert_eq!(refused(ben.acquire("ben@ci:2", "apply", NOW, MINUTE_MS).await).1, expected);
        assert_eq!(refused(ben.snapshot(&mut Names::new()).await).1, expected);
        let claim = Claim {
            owner: "ben@ci:2",
            operation: "state import",
            process: None,
            is_alive: |_| false,
            now: NOW,
            ms: MINUTE_MS,
            presence: Presence::Anywhere,
            over: None,
        };
        let lease = ben.claim(claim).await.expect("whoever brings it back needs a lease too");
        ben.move_to(&lease, Whereabouts::Here).await.expect("the mark");
        ben.release(&lease).await.expect("the release");
        assert!(shown(&*ann).await.contains("alias u1//bob"), "it is back");
        take(&*ann).await;
    });
}

#[test]
fn a_killed_process_writes_nothing_from_the_chosen_moment_on() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let memory = Memory::new();
        let lease = take(&memory).await;
        let mut names = Names::new();
        let rows = [put(&mut names, Kind::Blacklist, "u1", "", "")];
        memory.die_after(1);
        assert_eq!(memory.amend(&lease, &names, &rows).await, Ok(()));
        let (_, words) = refused(memory.finish(&lease, &names, end(&BTreeMap::new(), &[])).await);
        assert_eq!(words, "state::crashed: the simulated process is dead");
        assert_eq!(memory.writes(), 2);
        memory.revive();
        assert_eq!(shown(&memory).await, "serial 0\nblacklist u1//@1795000000");
        assert_eq!(memory.release(&lease).await, Ok(()));
    });
}
